// Carries out what the session wants drawn off screen: the figures of an export, and the preview of one.
#pragma once
#include <memory>
#include <string>

#include "app/export/contact_sheet.h"
#include "app/shell/session.h"

namespace vitscope::shell {

class Exporter {
 public:
  explicit Exporter(gl::Renderer& renderer) : renderer_(renderer) {}
  /// One figure of the export, or else the preview; nothing when there is nothing to do.
  void step(Session& session);

 private:
  /// A writer with its fonts, kept until another page is asked for.
  struct Kept {
    std::string key;
    std::unique_ptr<exporting::FigureWriter> writer;
  };
  exporting::FigureWriter& writer(Kept& kept, double scale, bool dark, const draw::Language& language);
  Result<std::monostate> carry_out(const Session::ExportJob& job, const Session& session);

  gl::Renderer& renderer_;
  Kept export_, preview_;
  std::unique_ptr<exporting::ContactSheet> sheet_;
};

}  // namespace vitscope::shell
