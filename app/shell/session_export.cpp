// What the session does for the export: the queue of figures, the preview, views that come back from figures.
#include <algorithm>
#include <filesystem>

#include "app/figures/selection_json.h"
#include "app/shell/session.h"

namespace vitscope::shell {

using Kind = Session::ExportJob::Kind;

figures::Selection Session::selection_for(const figures::Figure& figure) const {
  figures::Selection selection = selection_;
  const Step* applying = figures::step_of(figure, trace_->config());
  const Step* step = applying ? applying : find_step(figure.step);
  selection.place = {step, step->stage == Stage::block ? selection.block : -1};
  selection.hovered = {};
  return selection;
}

void Session::start_export(const views::ExportFigures& wish) {
  export_jobs_.clear();
  for (const figures::Figure* figure : figures::figures()) {
    const figures::Selection selection = selection_for(*figure);
    const figures::FigureInput input = figure_input(selection, true);
    const bool chosen = std::find(wish.figures.begin(), wish.figures.end(), figure->slug) != wish.figures.end();
    if (chosen && figures::shows(*figure, input)) export_jobs_.push_back({Kind::figure, figure, wish.folder, wish.width, wish.dark, wish.data});
  }
  if (wish.contact_sheet) {
    for (const figures::Figure* figure : figures::figures()) {
      const figures::Selection selection = selection_for(*figure);
      if (figures::shows(*figure, figure_input(selection, true))) export_jobs_.push_back({Kind::sheet_part, figure, wish.folder, wish.width, wish.dark, "none"});
    }
    export_jobs_.push_back({Kind::sheet_end, nullptr, wish.folder, wish.width, wish.dark, "none"});
  }
  // What failed or was stopped is tried again.
  for (const ExportJob& job : export_jobs_)
    if (job.figure && job.figure->studies) {
      const figures::Selection selection = selection_for(*job.figure);
      worker_.forget(figures::missing_studies(*job.figure, figure_input(selection, true)));
    }
  exporting_ = {wish.folder, 0, static_cast<int>(export_jobs_.size()), {}, {}, false};
  if (export_jobs_.empty()) exporting_.error = std::string(language_("Nothing to write: choose figures that this run has"));
  settings_.export_folder = wish.folder;
  save();
}

std::optional<Session::ExportJob> Session::next_export() const {
  if (export_jobs_.empty()) return std::nullopt;
  if (const figures::Figure* figure = export_jobs_.front().figure; figure && figure->studies) {
    const figures::Selection selection = selection_for(*figure);
    if (!figures::missing_studies(*figure, figure_input(selection, true)).empty()) return std::nullopt;
  }
  return export_jobs_.front();
}

void Session::exported(const Result<std::monostate>& result) {
  if (export_jobs_.empty()) return;
  export_jobs_.pop_front();
  ++exporting_.done;
  if (!result) {
    exporting_.error = result.error().text;
    export_jobs_.clear();
  }
  exporting_.current = export_jobs_.empty() ? "" : std::string(export_jobs_.front().figure ? export_jobs_.front().figure->title : "Contact sheet");
  wanted_.clear();
}

std::string Session::preview_key() const {
  const views::ShowPreview& wish = preview_.wish;
  const figures::Figure* figure = figures::find_figure(wish.figure);
  if (!figure) return {};
  const figures::Selection selection = selection_for(*figure);
  return wish.figure + " " + std::to_string(wish.width) + (wish.dark ? " dark " : " light ") + settings_.language + " " + std::to_string(reinterpret_cast<std::uintptr_t>(trace_.get())) + " " +
         std::to_string(trace_->finished_blocks()) + (trace_->complete() ? " complete " : " ") +
         std::to_string(figures::shows(*figure, figure_input(selection, true)) ? figures::missing_studies(*figure, figure_input(selection, true)).size() : 0) + figures::to_json(selection);
}

std::optional<Session::PreviewJob> Session::next_preview() const {
  if (panel_ != views::Panel::exporting || preview_.wish.width <= 0) return std::nullopt;
  const figures::Figure* figure = figures::find_figure(preview_.wish.figure);
  if (!figure || previewed_key_ == preview_key()) return std::nullopt;
  return PreviewJob{figure, preview_.wish.width, preview_.wish.dark};
}

void Session::previewed(Result<Image> image) {
  previewed_key_ = preview_key();
  preview_.current = true;
  preview_.image = image ? std::make_shared<const Image>(std::move(*image)) : nullptr;
  preview_.reason = image ? "" : image.error().text;
}

AtHand Session::at_hand(const std::string& figure_path) const {
  return {model_, picture_, settings_.recent_models, settings_.recent_pictures,
          {std::filesystem::path(figure_path).parent_path().string(), settings_.model_folder, settings_.picture_folder}};
}

void Session::restore(const exporting::SavedView& view, const std::string& path) {
  panel_ = views::Panel::none;
  message_.reset();
  const AtHand here = at_hand(path);
  model_.reset();
  picture_.reset();
  model_source_ = [view, here] { return find_model(view, here); };
  picture_source_ = [view, here] { return find_picture(view, here); };
  restoring_ = view;
  restoring_path_ = path;
  opening_picture_.clear(), opening_model_.clear();
  run();
}

void Session::take_over(const exporting::SavedView& view) {
  settings_.resize_mode = resize_mode_of(view.resize, settings_.resize_mode);
  selection_ = figures::selection_of_json(view.selection, wanted_config());
  const figures::Figure* figure = figures::find_figure(view.figure);
  figure_ = figure ? view.figure : "";
  // The step of the figure, whatever the selection says.
  if (const Step* step = figure ? figures::step_of(*figure, wanted_config()) : nullptr) selection_.place = {step, step->stage == Stage::block ? selection_.block : -1};
  page_since_ = now_;
}

}  // namespace vitscope::shell
