#include "app/shell/exporter.h"

namespace vitscope::shell {

using exporting::FigureWriter;
using Kind = Session::ExportJob::Kind;

namespace {
double scale_of(int width) { return static_cast<double>(width) / static_cast<double>(exporting::kPageWidth); }
}  // namespace

FigureWriter& Exporter::writer(Kept& kept, double scale, bool dark, const draw::Language& language) {
  const std::string key = std::to_string(scale) + (dark ? " dark " : " light ") + std::string(language.code());
  if (!kept.writer || kept.key != key) {
    kept.writer.reset();
    kept.writer = std::make_unique<FigureWriter>(renderer_, exporting::SheetOptions{scale, dark, &language});
    kept.key = key;
  }
  return *kept.writer;
}

void Exporter::step(Session& session) {
  if (const auto job = session.next_export()) {
    session.exported(carry_out(*job, session));
  } else if (const auto wish = session.next_preview()) {
    const figures::Selection selection = session.selection_for(*wish->figure);
    const figures::FigureInput input = session.figure_input(selection, true);
    if (figures::shows(*wish->figure, input)) session.previewed(writer(preview_, scale_of(wish->width), wish->dark, session.language()).render(*wish->figure, input));
    else session.previewed(Error{std::string(session.language()(session.trace()->complete() ? "This model has no such figure" : "Not computed yet"))});
  } else {
    export_ = {};
    sheet_.reset();
  }
}

Result<std::monostate> Exporter::carry_out(const Session::ExportJob& job, const Session& session) {
  const double scale = scale_of(job.width);
  if (job.kind == Kind::sheet_end) {
    const figures::FigureInput input = session.figure_input(session.selection(), true);
    auto sheet = std::move(sheet_);
    return sheet ? sheet->write(input, job.folder, true) : Error{"contact sheet: no figures"};
  }
  const figures::Selection selection = session.selection_for(*job.figure);
  const figures::FigureInput input = session.figure_input(selection, true);
  if (!figures::shows(*job.figure, input)) return Error{std::string(job.figure->slug) + ": not computed"};
  if (job.kind == Kind::figure) return writer(export_, scale, job.dark, session.language()).write(*job.figure, input, job.folder, job.data, true);
  if (!sheet_) sheet_ = std::make_unique<exporting::ContactSheet>(renderer_, exporting::SheetOptions{scale, job.dark, &session.language()});
  return sheet_->add(*job.figure, input);
}

}  // namespace vitscope::shell
