// The parts of the export panel: what is to be written, the preview, how it is written.
#pragma once
#include <string>
#include <vector>

#include "app/views/panel.h"

namespace vitscope::views {

/// What a person has chosen in the panel; kept in the interface's state from frame to frame.
class ExportChoice {
 public:
  ExportChoice(ui::Ui& ui, const Frame& frame);

  bool has(const figures::Figure& figure) const;
  void set(const figures::Figure& figure, bool on);
  bool contact_sheet() const;
  void set_contact_sheet(bool on);
  /// Nothing but these; unknown slugs are left out.
  void only(const std::vector<std::string_view>& slugs);
  void all();
  std::vector<std::string> slugs() const;
  /// The figure that is previewed; null while there is none.
  const figures::Figure* previewed() const;
  void preview(const figures::Figure& figure);
  int& number(const char* key, int initial);

 private:
  float& value(const std::string& key, float initial = 0) const;
  ui::State& state_;
  const Frame& frame_;
};

/// True when this run can show the figure.
bool can_be_exported(const Frame& frame, const figures::Figure& figure);
/// Presets, and every figure with a box, by steps.
void export_list(ui::Ui& ui, draw::Rect r, const Frame& frame, ExportChoice& choice);
/// The previewed figure as it will be written, `width` pixels wide.
void export_preview(ui::Ui& ui, draw::Rect r, const Frame& frame, const ExportChoice& choice, bool dark, int width, Commands& out);

}  // namespace vitscope::views
