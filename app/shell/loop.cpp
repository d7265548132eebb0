#include "app/shell/loop.h"

#include <cmath>
#include <filesystem>

#include "app/draw/number.h"
#include "app/draw/parts.h"
#include "app/figures/attention_options.h"
#include "app/views/view.h"
#include "core/checkpoint/tensor_file.h"

namespace vitscope::shell {

using draw::Rect;
using draw::Vec;
using platform::Key;
using views::Panel;

namespace {

/// One index of a cell in words: "patch 27", "head 2", "row 12".
std::string index_text(const draw::Canvas& c, Dim dim, int index, const Trace& trace) {
  const auto numbered = [&](std::string_view word, int number) { return std::string(c.tr(word)) + " " + std::to_string(number); };
  switch (dim) {
    case Dim::tokens: return draw::token_name(c, index, trace.grid());
    case Dim::patches: return numbered("patch", index);
    case Dim::windows1: case Dim::windows2: return numbered("window", index);
    case Dim::words: return numbered("word", index);
    case Dim::heads: case Dim::token_heads: case Dim::word_heads: return numbered("head", index + 1);
    case Dim::classes: return trace.model().label(index);
    case Dim::height: case Dim::patch_height: case Dim::stem_rows: case Dim::map_rows: case Dim::window_rows1: case Dim::window_rows2: return numbered("row", index);
    case Dim::width: case Dim::patch_width: case Dim::stem_columns: case Dim::map_columns: case Dim::window_columns1: case Dim::window_columns2: return numbered("column", index);
    case Dim::hidden: case Dim::token_hidden: case Dim::word_hidden: return numbered("hidden unit", index);
    case Dim::token_features: return numbered("feature", index);
    case Dim::stem_channels: return numbered("channel", index);
    case Dim::channels: {
      constexpr std::string_view colours[] = {"red", "green", "blue"};
      return trace.config().channels == 3 ? std::string(c.tr(colours[index % 3])) : numbered("channel", index);
    }
    default: return numbered("number", index);
  }
}

}  // namespace

float Loop::scale_for(const platform::Input& input) const {
  const float wanted = session_.settings().ui_scale > 0 ? session_.settings().ui_scale : input.content_scale;
  const float fits = std::min(static_cast<float>(input.width) / 1180.0f, static_cast<float>(input.height) / 660.0f);
  const float scale = std::clamp(std::min(wanted, fits), 1.0f, 3.0f);
  return std::round(scale * 4) / 4;
}

void Loop::keys(const platform::Input& input, views::Commands& out) {
  using namespace views;
  for (const platform::KeyPress& press : input.keys) {
    if (press.key == Key::escape) {
      out.push_back(Release{});
      ui_state_.focus.clear();
      continue;
    }
    // Letters belong to the text field while one has the focus.
    if (!ui_state_.focus.empty() && session_.panel() != Panel::none) continue;
    if (press.control && press.key == Key::q) out.push_back(Quit{});
    if (press.control && press.key == Key::z && !press.shift) out.push_back(Undo{});
    if (press.control && (press.key == Key::y || (press.key == Key::z && press.shift))) out.push_back(Redo{});
    if (press.control || press.alt) continue;
    switch (press.key) {
      case Key::left: out.push_back(StepBy{-1}); break;
      case Key::right: out.push_back(StepBy{1}); break;
      case Key::up: out.push_back(BlockBy{-1}); break;
      case Key::down: out.push_back(BlockBy{1}); break;
      case Key::bracket_left: out.push_back(HeadBy{-1}); break;
      case Key::bracket_right: out.push_back(HeadBy{1}); break;
      case Key::home: out.push_back(StepBy{-100000}); break;
      case Key::end: out.push_back(StepBy{100000}); break;
      case Key::space: out.push_back(TogglePlay{}); break;
      case Key::tab: {
        const auto list = figures::figures_of(*session_.selection().place.step, session_.figure_input(session_.selection()));
        const Frame now = session_.frame({}, input.time);
        const auto at = std::find(list.begin(), list.end(), now.figure);
        if (list.size() > 1) out.push_back(ShowFigure{std::string(list[static_cast<std::size_t>(at - list.begin() + (press.shift ? std::ssize(list) - 1 : 1)) % list.size()]->slug)});
        break;
      }
      case Key::o: out.push_back(ShowPanel{Panel::pictures}); break;
      case Key::m: out.push_back(ShowPanel{Panel::models}); break;
      case Key::n: out.push_back(ShowPanel{Panel::building}); break;
      case Key::e: out.push_back(ShowPanel{Panel::exporting}); break;
      case Key::i: out.push_back(ShowPanel{Panel::edits}); break;
      case Key::comma: out.push_back(ShowPanel{Panel::settings}); break;
      case Key::question: out.push_back(ShowPanel{Panel::keys}); break;
      case Key::s: out.push_back(CycleScale{}); break;
      case Key::l: out.push_back(ToggleLanguage{}); break;
      case Key::t: out.push_back(ToggleTheme{}); break;
      case Key::b: press.shift ? out.push_back(ForgetCompared{}) : out.push_back(KeepToCompare{}); break;
      case Key::r: out.push_back(SetOption{std::string(figures::attention::reading_option().key), figures::attention::reads_column(session_.selection()) ? 0.0f : 1.0f}); break;
      case Key::c: {
        // The class token; again: the next of the prefix tokens.
        const int prefix = session_.trace()->grid().prefix(), query = session_.selection().query;
        if (prefix > 0) out.push_back(SelectToken{query < prefix ? (query + 1) % prefix : 0});
        break;
      }
      case Key::a: case Key::d: case Key::w: case Key::x: {
        // The selected patch moves over the grid.
        const PatchGrid& grid = session_.trace()->grid();
        const int patch = session_.selection().patch;
        const int row = std::clamp(grid.row(patch) + (press.key == Key::x) - (press.key == Key::w), 0, grid.rows() - 1);
        const int column = std::clamp(grid.column(patch) + (press.key == Key::d) - (press.key == Key::a), 0, grid.columns() - 1);
        out.push_back(SelectToken{grid.token_of(grid.patch_at(row, column))});
        break;
      }
      default: break;
    }
  }
  for (const std::string& path : input.dropped) {
    std::error_code ignored;
    const bool model = is_checkpoint_name(path);
    if (std::filesystem::is_directory(path, ignored)) {
      out.push_back(ShowPanel{Panel::pictures});
      out.push_back(BrowseTo{path});
    } else if (model) {
      out.push_back(OpenModel{path});
    } else {
      out.push_back(OpenPicture{path});
    }
  }
  if (input.close) out.push_back(Quit{});
}

bool Loop::frame(const platform::Input& input, ImDrawList& list, draw::CanvasStore& store, const draw::Fonts& fonts, draw::RasterSink sink) {
  bool again = session_.poll(input.time);
  const float scale = fonts.scale();
  const Vec window{static_cast<float>(input.width) / scale, static_cast<float>(input.height) / scale};
  const draw::Theme& theme = session_.settings().dark ? draw::dark_theme() : draw::light_theme();
  draw::Canvas canvas({.list = &list, .store = &store, .fonts = &fonts, .theme = &theme, .language = &session_.language(), .sink = sink,
                       .metrics = draw::kScreenMetrics, .scale = scale, .time = input.time, .motion = session_.settings().motion});
  ui::Pointer pointer;
  pointer.at = {input.mouse_x / scale, input.mouse_y / scale};
  pointer.down = input.mouse_down;
  pointer.pressed = input.pressed;
  pointer.released = input.released;
  pointer.double_clicked = input.double_clicked;
  pointer.wheel = input.wheel;

  views::Commands commands;
  keys(input, commands);
  const auto has = [&](Key key) { return std::any_of(input.keys.begin(), input.keys.end(), [&](const platform::KeyPress& p) { return p.key == key; }); };
  ui::Ui ui(canvas, pointer, ui_state_, input.typed, has(Key::backspace), has(Key::enter));
  const views::Frame frame = session_.frame(window, input.time);
  views::window(ui, frame, commands);
  if (pointer.released) ui_state_.active.clear();

  // What lies under the pointer: the topmost tag.
  draw::Target target;
  const draw::Tag* under = nullptr;
  for (auto tag = store.tags.rbegin(); tag != store.tags.rend() && !under; ++tag)
    if (tag->where.contains(pointer.at)) under = &*tag;
  if (under) target = under->at(pointer.at);
  if (session_.panel() == Panel::none || !under) again = session_.hover(target) || again;
  if (!(target == hovered_)) hovered_ = target, hovered_since_ = input.time;
  if (under && frame.brush.colour < 0) tooltip(canvas, *under, target, pointer.at, window);
  if (brush(canvas, pointer, frame, commands)) {
    // The brush takes what would be selected.
  } else if (pointer.pressed && under && frame.panel == Panel::none) {
    if (const auto* token = std::get_if<draw::TokenTarget>(&target)) {
      commands.push_back(views::SelectToken{token->token});
      if (const int patch = session_.trace()->grid().patch_of(token->token); frame.masking >= 0 && patch >= 0) commands.push_back(views::MaskPatch{patch});
    }
    if (const auto* cell = std::get_if<draw::CellTarget>(&target)) commands.push_back(views::PinCell{cell->cell});
    if (const auto* head = std::get_if<draw::HeadTarget>(&target)) commands.push_back(views::SelectHead{head->block, head->head});
    if (const auto* place = std::get_if<draw::PlaceTarget>(&target)) commands.push_back(views::GoTo{place->place});
  }
  widgets_ = ui.widgets();
  for (const views::Command& command : commands) session_.apply(command);
  // Widgets that were drawn before the one that was used show its effect in the next frame.
  return again || !commands.empty() || input.released || !input.keys.empty() || !input.typed.empty();
}

bool Loop::brush(draw::Canvas& c, const ui::Pointer& pointer, const views::Frame& frame, views::Commands& out) {
  if (!pointer.down) painting_ = false;
  if (frame.brush.colour < 0 || frame.panel != Panel::none || !frame.picture) return false;
  const auto& areas = c.pictures();
  const auto area = std::find_if(areas.rbegin(), areas.rend(), [&](const draw::PictureArea& a) { return a.where.contains(pointer.at); });
  if (area == areas.rend()) return painting_;
  if (pointer.pressed) painting_ = true;
  if (painting_ && (pointer.pressed || !(pointer.at == painted_at_))) out.push_back(views::PaintTo{area->at(pointer.at), pointer.pressed});
  painted_at_ = pointer.at;
  const auto side = static_cast<float>(std::max(frame.picture->image.width(), frame.picture->image.height()));
  const float radius = std::max(2.0f, frame.brush.size * side * area->scale());
  c.ring(pointer.at, radius + 1, draw::kBlack, 1);
  c.ring(pointer.at, radius, draw::kWhite, 1);
  return true;
}

void Loop::tooltip(draw::Canvas& c, const draw::Tag& tag, const draw::Target& target, Vec at, Vec window) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  std::vector<std::string> lines;
  const Trace& trace = *session_.trace();
  if (const auto* cell = std::get_if<draw::CellTarget>(&target)) {
    if (!trace.has(cell->cell.tensor)) return;
    const SlotInfo& slot = info(cell->cell.tensor.slot);
    const int index[4] = {cell->cell.i, cell->cell.j, cell->cell.k, cell->cell.l};
    std::string where;
    for (std::size_t axis = 0; axis < slot.dims.size(); ++axis) where += (axis ? ", " : "") + index_text(c, slot.dims[axis], index[axis], trace);
    lines = {where, draw::exact(trace.value(cell->cell)), name_of(cell->cell.tensor)};
  } else if (const auto* token = std::get_if<draw::TokenTarget>(&target)) {
    lines = {draw::token_name(c, token->token, trace.grid()), draw::token_place(c, token->token, trace.grid())};
  }
  for (std::size_t from = 0; from < tag.tooltip.size();) {
    const std::size_t end = std::min(tag.tooltip.find('\n', from), tag.tooltip.size());
    lines.push_back(tag.tooltip.substr(from, end - from));
    from = end + 1;
  }
  std::erase(lines, "");
  if (lines.empty()) return;
  const draw::Style small = c.metrics().small_style(), strong = c.metrics().heading_style();
  const bool value = std::holds_alternative<draw::CellTarget>(target);
  float width = 0, height = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const draw::Style style = value && i == 1 ? strong : small;
    width = std::max(width, c.text_width(lines[i], style));
    height += style.size * 1.4f;
  }
  width = std::min(width, window.x - 6 * u);
  Rect box = draw::rect_at({at.x + 1.75f * u, at.y + 1.75f * u}, width + 2.5f * u, height + 1.5f * u);
  if (box.x1 > window.x - u) box = box.moved({-(box.width() + 3 * u), 0});
  if (box.y1 > window.y - u) box = box.moved({0, -(box.height() + 3 * u)});
  c.fill(box, theme.tooltip, 5);
  float y = box.y0 + 0.75f * u;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const draw::Style style = value && i == 1 ? strong : small;
    c.text({box.x0 + 1.25f * u, y}, lines[i], style, theme.tooltip_text, draw::Align::left, width + 1);
    y += style.size * 1.4f;
  }
}

}  // namespace vitscope::shell
