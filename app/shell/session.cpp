#include "app/shell/session.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/figures/attention_compared.h"
#include "app/figures/patch_under.h"
#include "app/shell/class_names.h"
#include "core/edits/apply.h"
#include "core/way_back.h"

namespace vitscope::shell {

using views::Panel;

namespace {
constexpr double kPlayPause = 2.0;     // seconds on a step while playing
constexpr double kMotionLength = 0.25; // longest motion of a page
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;
}  // namespace

Session::Session(Settings settings, std::string settings_file, int threads, std::function<void()> wake)
    : settings_(std::move(settings)), settings_file_(std::move(settings_file)), worker_(threads, std::move(wake)) {
  set_language(settings_.language);
  for (const std::string& name : builtin_pictures()) {
    std::string title = name.substr(0, name.find_last_of('.'));
    std::replace(title.begin(), title.end(), '_', ' ');
    browser_.builtins.push_back({name, title, nullptr});
  }
}

void Session::set_language(const std::string& code) {
  Result<draw::Language> language = load_language(code);
  settings_.language = language ? code : "en";
  language_ = language ? std::move(*language) : draw::Language{};
}

Result<std::monostate> Session::open(const Opening& opening) {
  const auto view = opening.picture.empty() ? std::nullopt : exporting::saved_view_of_file(opening.picture);
  restoring_ = view;
  restoring_path_ = opening.picture;
  if (!opening.preset.empty()) model_source_ = [=] { return build_preset(opening.preset, opening.seed); };
  else if (!opening.model.empty()) model_source_ = [=] { return load_model(opening.model); };
  else if (view) model_source_ = [view, here = at_hand(opening.picture)] { return find_model(*view, here); };
  else model_source_ = load_shipped_model;
  const std::string first = builtin_pictures().empty() ? "" : builtin_pictures().front();
  const std::string name = opening.picture.empty() ? first : opening.picture;
  if (view) picture_source_ = [view, here = at_hand(opening.picture)] { return find_picture(*view, here); };
  else picture_source_ = [=] { return load_any_picture(name); };

  if (!opening.input_size.empty()) {
    model_source_ = [source = model_source_, size = opening.input_size]() -> Result<ModelPtr> {
      const Result<ModelPtr> own = source();
      return own ? on_input_size(*own, size) : own;
    };
  }
  Result<ModelPtr> model = with_class_names(model_source_());
  if (!model) {
    fail({true, model.error()});
    model_source_ = load_shipped_model;
    model = model_source_();
    if (!model) return model.error();
  } else if (!opening.model.empty()) {
    remember(settings_.recent_models, opening.model);
  }
  Result<PicturePtr> picture = picture_source_();
  if (!picture) {
    fail({false, picture.error()});
    picture_source_ = [=] { return load_builtin_picture(first); };
    picture = picture_source_();
    if (!picture) return picture.error();
  } else if (!opening.picture.empty() && !(*picture)->path.empty()) {
    remember(settings_.recent_pictures, (*picture)->path);
  }
  model_ = *model;
  picture_ = *picture;
  const bool whole = view && is_model_of(*view, *model_) && is_picture_of(*view, *picture_);
  if (view && !whole && !message_) fail({!is_model_of(*view, *model_), needed(*view, !is_model_of(*view, *model_))});
  restoring_.reset();
  if (whole) settings_.resize_mode = resize_mode_of(view->resize, settings_.resize_mode);
  PreprocessSpec spec = model_->preprocess;
  spec.mode = settings_.resize_mode;
  trace_ = std::make_shared<Trace>(model_, preprocess(picture_, spec));
  if (opening.edits || whole) edits_.replace(opening.edits ? opening.edits : edits_of(*view));
  selection_ = figures::Selection::initial(model_->config);
  if (whole) take_over(*view);
  if (const Step* step = find_step(opening.step); step && applies(*step, wanted_config())) start_walk({step, step->stage == Stage::block ? selection_.block : -1});
  run();
  return std::monostate{};
}

void Session::run() {
  // Loaded objects are used again: only what is new is read from its source.
  worker::RunRequest request;
  request.mode = restoring_ ? resize_mode_of(restoring_->resize, settings_.resize_mode) : settings_.resize_mode;
  request.model = [model = model_, source = model_source_]() -> Result<ModelPtr> { return model ? Result<ModelPtr>(model) : with_class_names(source()); };
  request.picture = [picture = picture_, source = picture_source_]() -> Result<PicturePtr> { return picture ? Result<PicturePtr>(picture) : source(); };
  request.edits = restoring_ ? edits_of(*restoring_) : edits_.now();
  request.latest = trace_;
  busy_ = true;
  wanted_.clear();
  worker_.run(std::move(request));
}

VitConfig Session::wanted_config() const { return edits_.now() ? edited_config(model_->config, *edits_.now()) : model_->config; }

void Session::fail(const worker::Failure& failure) {
  views::Message message;
  if (restoring_) {
    message.title = std::string(language_("The view of this figure cannot be restored"));
    message.reason = restoring_path_.substr(restoring_path_.find_last_of('/') + 1) + ": " + failure.error.text;
    message.ways.push_back({std::string(language_(failure.of_model ? "Open the model" : "Open the picture")), views::ShowPanel{failure.of_model ? Panel::models : Panel::pictures}});
    message.ways.push_back({std::string(language_("Open the figure as a picture")), views::OpenPicture{restoring_path_, true}});
    message.ways.push_back({std::string(language_("Keep what is open")), views::DismissMessage{}});
    message_ = std::move(message);
    return;
  }
  message.title = std::string(language_(failure.of_model ? "This model cannot be opened" : "This picture cannot be opened"));
  message.reason = failure.error.text;
  message.ways.push_back({std::string(language_(failure.of_model ? "Keep the old model" : "Keep the old picture")), views::DismissMessage{}});
  message.ways.push_back({std::string(language_("Open another")), views::ShowPanel{failure.of_model ? Panel::models : Panel::pictures}});
  message_ = std::move(message);
}

bool Session::poll(double now) {
  now_ = now;
  bool changed = false;
  for (worker::Event& event : worker_.take_events()) {
    changed = true;
    std::visit(Overloaded{
                   [&](worker::Failure& failure) {
                     fail(failure);
                     busy_ = false;
                     // What was shown before stays, and is what the next run starts from.
                     if (trace_) model_ = trace_->origin().model, picture_ = trace_->origin().input->picture;
                     opening_picture_.clear(), opening_model_.clear(), restoring_.reset();
                   },
                   [&](worker::Started& started) {
                     busy_ = true;
                     const bool same_model = trace_ && trace_->origin().model == started.trace->model_ptr();
                     if (restoring_) {
                       if (started.edits || edits_.now()) edits_.push(started.edits);
                     } else if (started.edits != edits_.now() && any_on(edits_.now())) {
                       edits_.replace(started.edits);
                       message_ = views::Message{std::string(language_("Some edits do not fit")), std::string(language_("They name blocks, heads or patches that this model does not have, and are switched off.")),
                                                 {{std::string(language_("Go on")), views::DismissMessage{}}}, true};
                     }
                     model_ = started.trace->model_ptr();
                     picture_ = started.trace->input().picture;
                     if (!opening_picture_.empty()) remember(settings_.recent_pictures, std::exchange(opening_picture_, {}));
                     if (!opening_model_.empty()) remember(settings_.recent_models, std::exchange(opening_model_, {}));
                     save();
                     growing_ = started.trace;
                     // A finished run stays in sight until the new one is complete, unless it belongs to another model.
                     if (!same_model || !trace_->complete()) {
                       trace_ = started.trace;
                       if (!same_model) {
                         const Place place = selection_.place;
                         figures::Selection fresh = figures::Selection::initial(model_->config);
                         figures::attention::copy_side_a(selection_, fresh);
                         selection_ = std::move(fresh);
                         selection_.place = place;
                       }
                     }
                     selection_.clamp_to(wanted_config());
                     if (restoring_) take_over(*std::exchange(restoring_, std::nullopt));
                   },
                   [&](worker::Progressed& progressed) {
                     growing_ = progressed.trace;
                     if (!trace_->complete() || progressed.trace->complete()) trace_ = progressed.trace;
                   },
                   [&](worker::Computing& computing) { computing_ = computing.place; },
                   [&](worker::Finished&) { busy_ = false; },
                   [&](worker::Thumbnail& thumbnail) {
                     for (views::FolderEntry& entry : browser_.entries)
                       if (entry.path == thumbnail.path) {
                         entry.thumbnail = thumbnail.image;
                         entry.failed = thumbnail.image == nullptr;
                         entry.reason = thumbnail.reason;
                       }
                   },
                   [](const worker::Studied&) {},
               },
               event);
  }
  if (playing_ && now - last_step_ >= kPlayPause) {
    last_step_ = now;
    const std::vector<Place> places = walk(trace_->config());
    if (selection_.place == places.back()) playing_ = false;
    else step_by(1);
    changed = true;
  }
  want_studies();
  return changed;
}

double Session::next_change(double now) const {
  double next = std::numeric_limits<double>::infinity();
  if (playing_) next = last_step_ + kPlayPause;
  if (settings_.motion && now < page_since_ + kMotionLength) next = now;
  if (next_export() || next_preview()) next = now;
  return next;
}

const figures::Figure* Session::shown_figure() const {
  const figures::Figure* figure = figures::find_figure(figure_);
  const auto of_step = figures::figures_of(*selection_.place.step, figure_input(selection_));
  if (std::find(of_step.begin(), of_step.end(), figure) != of_step.end()) return figure;
  return of_step.empty() ? nullptr : of_step.front();
}

views::Frame Session::frame(draw::Vec size, double now) const {
  const figures::Figure* figure = shown_figure();
  return {trace_->model_ptr(), trace_->input().picture, trace_, busy_, computing_, selection_, figure, panel_, browser_, exporting_, preview_,
          message_, playing_, settings_.motion, settings_.ui_scale, settings_.resize_mode, size, now, page_since_, &worker_.studies(), compared(), edits_.now(), edits_.can_undo(), edits_.can_redo(), masking_, brush_};
}

bool Session::hover(const draw::Target& target) {
  if (target == selection_.hovered) return false;
  selection_.hovered = target;
  return true;
}

void Session::start_walk(const Place& place) {
  if (!place.step) return;
  if (!(place == selection_.place)) page_since_ = now_;
  selection_.place = place;
  if (place.block >= 0) selection_.block = place.block;
  selection_.hovered = {};
}

void Session::step_by(int steps) {
  const std::vector<Place> places = walk(trace_->config());
  const auto at = std::find(places.begin(), places.end(), selection_.place);
  const auto index = at == places.end() ? 0 : at - places.begin();
  start_walk(places[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(index + steps, 0, std::ssize(places) - 1))]);
}

void Session::pin(const CellRef& cell) {
  selection_.pinned = cell;
  const PatchGrid& grid = trace_->grid();
  const SlotInfo& slot = info(cell.tensor.slot);
  const int index[4] = {cell.i, cell.j, cell.k, cell.l};
  int token = -1;
  for (std::size_t axis = 0; axis < slot.dims.size() && token < 0; ++axis) {
    if (slot.dims[axis] == Dim::tokens) token = index[axis];
    if (slot.dims[axis] == Dim::patches) token = grid.token_of(index[axis]);
    if (slot.dims[axis] == Dim::heads) selection_.head = index[axis];
  }
  if (token < 0)
    if (const int patch = figures::patch_under(cell, *trace_); patch >= 0) token = grid.token_of(patch);
  // Where columns are read, the chosen token is the key.
  if (cell.tensor.slot == Slot::attn && figures::attention::reads_column(selection_)) token = cell.k;
  if (token >= 0) selection_.query = token;
  if (token >= 0 && grid.patch_of(token) >= 0) selection_.patch = grid.patch_of(token);
}

void Session::keep_to_compare() {
  if (!trace_->has(Slot::attn, selection_.place.block >= 0 ? selection_.place.block : selection_.block)) return;
  figures::attention::keep_as_side_a(selection_);
  compared_ = figures::attention::kept_for_comparing(*trace_);
  compared_with_ = trace_;
  if (figure_ == "t-sne" || figure_ == "t-sne-two") {
    message_ = views::Message{std::string(language_("This run is kept")),
                              std::string(language_("Open another model or another picture: a page \"t-SNE of two runs\" then sets it beside this one, which is called A.")),
                              {{std::string(language_("Go on")), views::DismissMessage{}}},
                              false};
    return;
  }
  const figures::Figure* comparison = figures::find_figure("attention-compare");
  const Step* step = find_step(comparison->step);
  start_walk({step, selection_.block});
  figure_ = comparison->slug;
}

void Session::visit(const CellRef& cell) {
  pin(cell);
  const Step& step = writer_of(cell.tensor.slot, trace_->config());
  start_walk({&step, step.stage == Stage::block ? cell.tensor.block : -1});
}

void Session::show_panel(Panel panel) {
  panel_ = panel;
  if (panel == Panel::pictures) {
    for (views::Browser::Builtin& builtin : browser_.builtins)
      if (!builtin.thumbnail)
        if (const auto picture = load_builtin_picture(builtin.name)) builtin.thumbnail = worker::thumbnail_of((*picture)->image, 192);
    browse(settings_.picture_folder);
  }
  if (panel == Panel::models) browse(settings_.model_folder);
  browser_.recent_pictures = settings_.recent_pictures;
  browser_.recent_models = settings_.recent_models;
  if (panel == Panel::exporting && export_jobs_.empty()) {
    exporting_ = {};
    exporting_.folder = settings_.export_folder;
  }
}

void Session::apply(const views::Command& command) {
  const int depth = trace_->config().depth, heads = trace_->config().heads;
  std::visit(Overloaded{
                 [&](const views::GoTo& c) { start_walk(c.place); },
                 [&](const views::StepBy& c) { step_by(c.steps); },
                 [&](const views::BlockBy& c) {
                   selection_.block = std::clamp(selection_.block + c.blocks, 0, depth - 1);
                   if (selection_.place.block >= 0) start_walk({selection_.place.step, selection_.block});
                 },
                 [&](const views::HeadBy& c) { selection_.head = std::clamp(selection_.head + c.heads, figures::kMaxHead, heads - 1); },
                 [&](const views::SelectToken& c) {
                   selection_.query = c.token;
                   selection_.pinned.reset();
                   if (const int patch = trace_->grid().patch_of(c.token); patch >= 0) selection_.patch = patch;
                 },
                 [&](const views::SelectHead& c) {
                   selection_.head = c.head;
                   selection_.block = c.block;
                   const bool attends = selection_.place.step->stage == Stage::block;
                   start_walk({attends ? selection_.place.step : &writer_of(Slot::attn, trace_->config()), c.block});
                 },
                 [&](const views::PinCell& c) { pin(c.cell), selection_.trail.clear(); },
                 [&](const views::Follow& c) {
                   if (!trace_->has(c.to.tensor)) return;
                   selection_.trail.push_back(c.from);
                   visit(c.to);
                 },
                 [&](const views::WalkBack& c) {
                   if (c.index >= selection_.trail.size()) return;
                   const CellRef cell = selection_.trail[c.index];
                   selection_.trail.resize(c.index);
                   visit(cell);
                 },
                 [&](const views::CopyTrail&) {
                   std::vector<CellRef> way = selection_.trail;
                   if (selection_.pinned) way.push_back(*selection_.pinned);
                   copied_ = way_text(*trace_, way);
                 },
                 [&](const views::Release&) {
                   if (panel_ != Panel::none) panel_ = Panel::none;
                   else if (message_) message_.reset();
                   else if (busy_) worker_.stop();
                   else if (studying()) worker_.cancel_studies();
                   else if (playing_) playing_ = false;
                   else if (masking_ >= 0 || brush_.colour >= 0) masking_ = brush_.colour = -1;
                   else selection_.pinned.reset(), selection_.query = 0;
                 },
                 [&](const views::SetOption& c) { selection_.options[c.key] = c.value; },
                 [&](const views::CycleScale&) {
                   // A range that was set by hand gives way to the mode that it covered.
                   const std::string_view range = figures::attention::range_option().key;
                   if (const auto by_hand = selection_.options.find(range); by_hand != selection_.options.end() && by_hand->second > 0)
                     selection_.options.erase(by_hand);
                   else
                     selection_.scale = static_cast<figures::ScaleMode>((static_cast<int>(selection_.scale) + 1) % 3);
                 },
                 [&](const views::KeepToCompare&) { keep_to_compare(); },
                 [&](const views::ForgetCompared&) {
                   figures::attention::forget_side_a(selection_);
                   compared_.reset();
                 },
                 [&](const views::ToggleTheme&) { settings_.dark = !settings_.dark, save(); },
                 [&](const views::ToggleLanguage&) { set_language(settings_.language == "en" ? "zh" : "en"), save(); },
                 [&](const views::ToggleMotion&) { settings_.motion = !settings_.motion, save(); },
                 [&](const views::TogglePlay&) { playing_ = !playing_, last_step_ = now_; },
                 [&](const views::SetUiScale& c) { settings_.ui_scale = c.scale, save(); },
                 [&](const views::ShowPanel& c) { show_panel(panel_ == c.panel ? Panel::none : c.panel); },
                 [&](const views::ShowFigure& c) { figure_ = c.slug, page_since_ = now_; },
                 [&](const views::BrowseTo& c) { browse(c.folder); },
                 [&](const views::OpenPicture& c) {
                   if (const auto view = c.plain ? std::nullopt : exporting::saved_view_of_file(c.path)) return restore(*view, c.path);
                   restoring_.reset();
                   picture_.reset();
                   picture_source_ = [path = c.path] { return load_any_picture(path); };
                   opening_picture_ = c.path;
                   panel_ = Panel::none;
                   message_.reset();
                   run();
                 },
                 [&](const views::OpenBuiltin& c) {
                   restoring_.reset();
                   picture_.reset();
                   picture_source_ = [name = c.name] { return load_builtin_picture(name); };
                   panel_ = Panel::none;
                   message_.reset();
                   run();
                 },
                 [&](const views::OpenModel& c) {
                   restoring_.reset();
                   model_.reset();
                   model_source_ = [path = c.path] { return load_model(path); };
                   opening_model_ = c.path;
                   panel_ = Panel::none;
                   message_.reset();
                   run();
                 },
                 [&](const views::OpenShipped&) {
                   restoring_.reset();
                   model_.reset();
                   model_source_ = load_shipped_model;
                   panel_ = Panel::none;
                   run();
                 },
                 [&](const views::OpenPreset& c) {
                   restoring_.reset();
                   model_.reset();
                   model_source_ = [name = c.name] { return build_preset(name, 0); };
                   panel_ = Panel::none;
                   run();
                 },
                 [&](const views::SetInputSize& c) {
                   if (!model_) return;
                   restoring_.reset();
                   model_source_ = [model = std::exchange(model_, nullptr), c] { return with_input_size(model, c.height, c.width); };
                   message_.reset();
                   run();
                 },
                 [&](const views::SetResizeMode& c) {
                   settings_.resize_mode = c.mode;
                   save();
                   run();
                 },
                 [&](const views::AddEdit& c) {
                   Edits edits = edits_.list();
                   edits.push_back(c.edit);
                   run_edited({}, std::move(edits));
                 },
                 [&](const views::ChangeEdit& c) {
                   Edits edits = edits_.list();
                   if (c.index >= edits.size() || edits[c.index] == c.edit) return;
                   edits[c.index] = c.edit;
                   run_edited(c.index, std::move(edits));
                 },
                 [&](const views::RemoveEdit& c) {
                   Edits edits = edits_.list();
                   if (c.index >= edits.size()) return;
                   edits.erase(edits.begin() + static_cast<std::ptrdiff_t>(c.index));
                   run_edited({}, std::move(edits));
                 },
                 [&](const views::ToggleEdit& c) {
                   Edits edits = edits_.list();
                   if (c.index >= edits.size()) return;
                   edits[c.index].on = !edits[c.index].on;
                   run_edited({}, std::move(edits));
                 },
                 [&](const views::ClearEdits&) {
                   if (!edits_.list().empty()) run_edited({}, {});
                 },
                 [&](const views::SetMasking& c) { masking_ = c.fill, brush_.colour = -1; },
                 [&](const views::MaskPatch& c) { mask_patch(c.patch); },
                 [&](const views::SetBrush& c) {
                   brush_ = c.brush;
                   if (brush_.colour >= 0) masking_ = -1;
                 },
                 [&](const views::PaintTo& c) { paint_to(c); },
                 [&](const views::Undo&) {
                   if (edits_.undo()) run();
                 },
                 [&](const views::Redo&) {
                   if (edits_.redo()) run();
                 },
                 [&](const views::LoadEdits& c) { load_edits_of(c.path); },
                 [&](const views::SaveEdits& c) { save_edits_to(c.path); },
                 [&](const views::DismissMessage&) { message_.reset(); },
                 [&](const views::ExportFigures& c) { start_export(c); },
                 [&](const views::StopExport&) {
                   exporting_.stopped = !export_jobs_.empty();
                   export_jobs_.clear();
                 },
                 [&](const views::ShowPreview& c) { preview_.wish = c, preview_.current = false; },
                 [&](const views::CancelStudies&) { worker_.cancel_studies(); },
                 [&](const views::ComputeStudies&) { worker_.forget(wanted_), wanted_.clear(); },
                 [&](const views::Quit&) { quit_ = true; },
             },
             command.wish());
  selection_.clamp_to(trace_->config());
}

void Session::window_resized(int width, int height) {
  settings_.window_width = width;
  settings_.window_height = height;
}

void Session::save() {
  if (settings_file_.empty()) return;
  if (const auto saved = save_settings(settings_file_, settings_); !saved && !message_)
    message_ = views::Message{std::string(language_("Settings cannot be saved")), saved.error().text, {{std::string(language_("Go on")), views::DismissMessage{}}}, true};
}

}  // namespace vitscope::shell
