// What if: the list of edits, and everything that can be changed about the selected patch, block and head.
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "app/draw/parts.h"
#include "app/views/edit_parts.h"
#include "app/views/panel.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr float kOfferLine = 2.6f;  // height of a line, units

Edit make(EditKind kind, int block = kAllBlocks) {
  Edit edit;
  edit.kind = kind;
  edit.block = block;
  return edit;
}

std::uint64_t next_seed(const Frame& frame) {
  std::uint64_t seed = 1;
  if (frame.edits)
    for (const Edit& edit : *frame.edits) seed = std::max(seed, edit.seed + 1);
  return seed;
}

/// Everything that is offered for the selection, by groups.
std::array<std::vector<Edit>, kEditGroups> offers(const Frame& frame, bool all_blocks) {
  const figures::Selection& s = frame.selection;
  const VitConfig& config = frame.trace->config();
  const PatchGrid& grid = config.grid;
  const int block = all_blocks ? kAllBlocks : s.block;
  std::array<std::vector<Edit>, kEditGroups> offered;
  const auto add = [&](Edit edit) -> Edit& {
    auto& group = offered[static_cast<std::size_t>(info(edit.kind).group)];
    group.push_back(std::move(edit));
    return group.back();
  };
  const double step = frame.picture ? std::max(1.0, frame.picture->image.width() / 16.0) : 1;
  for (const auto& [x, y] : {std::pair{-step, 0.0}, {step, 0.0}, {0.0, -step}, {0.0, step}}) {
    Edit& move = add(make(EditKind::move_crop));
    move.x = std::round(x), move.y = std::round(y);
  }
  if (frame.trace->input().picture) {
    // The patch, painted over on the picture as it was stored.
    Edit& paint = add(make(EditKind::paint));
    const Box box = frame.trace->input().map.to_original(grid.pixels(s.patch));
    Stroke stroke;
    stroke.box = true;
    stroke.points = {{box.x0, box.y0}, {box.x1, box.y1}};
    stroke.colour = {1, 0, 0};
    paint.strokes = {stroke};
  }
  for (Fill fill : {Fill::grey, Fill::mean, Fill::zero, Fill::drop}) {
    Edit& mask = add(make(EditKind::mask));
    mask.patches = {s.patch};
    mask.fill = fill;
  }
  if (grid.patches() > 1) {
    const int opposite = grid.patches() - 1 - s.patch;
    if (opposite != s.patch) add(make(EditKind::swap)).patches = {s.patch, opposite};
    std::vector<int> copies{s.patch};
    for (int patch = 0; patch < grid.patches(); ++patch)
      if (patch != s.patch) copies.push_back(patch);
    add(make(EditKind::duplicate)).patches = copies;
  }
  add(make(EditKind::shuffle)).seed = next_seed(frame);
  if (grid.patches() == 15) add(make(EditKind::shuffle)).seed = 21;  // the scrambled mountain of the LANL tutorial
  add(make(EditKind::channel_last));
  add(make(EditKind::column_order));
  add(make(EditKind::position_off));
  add(make(EditKind::position_shuffled)).seed = next_seed(frame);
  add(make(EditKind::position_1d));
  add(make(EditKind::position_2d));
  for (EditKind kind : {EditKind::position_axes, EditKind::position_relative, EditKind::position_every_block}) add(make(kind));
  Edit& resampled = add(make(EditKind::position_resampled));
  resampled.rows = std::max(1, grid.rows() / 2), resampled.columns = std::max(1, grid.columns() / 2);
  add(make(EditKind::class_zero));
  if (s.block > 0) {
    Edit& from = add(make(EditKind::class_from, config.depth));
    from.from = s.block - 1;
  }
  add(make(EditKind::class_removed));
  if (s.head >= 0) add(make(EditKind::head_off, block)).heads = {s.head};
  add(make(EditKind::block_off, s.block));
  for (const auto& [part, factor] : {std::pair{Part::attention, 0.0}, {Part::mlp, 0.0}, {Part::attention, 0.5}, {Part::mlp, 2.0}}) {
    Edit& branch = add(make(EditKind::branch, block));
    branch.part = part;
    branch.value = factor;
  }
  for (Part part : {Part::attention, Part::mlp}) add(make(EditKind::residual_off, block)).part = part;
  for (Part part : {Part::attention, Part::mlp, Part::answer}) add(make(EditKind::norm_off, block)).part = part;
  for (double value : {0.0, 0.5, 2.0, std::numeric_limits<double>::infinity()}) {
    Edit& heat = add(make(EditKind::temperature, block));
    if (s.head >= 0) heat.heads = {s.head};
    heat.value = value;
  }
  add(make(EditKind::no_scale, block));
  if (s.head >= 0) {
    Edit& score = add(make(EditKind::score, s.block));
    score.heads = {s.head};
    score.query = s.query;
    score.key = grid.token_of(s.patch);
    score.value = 10;
  }
  for (double value : {0.5, 2.0}) add(make(EditKind::logit_temperature)).value = value;
  return offered;
}

/// One line that can be clicked; returns whether it was.
bool offer(ui::Ui& ui, Rect r, const std::string& key, const Edit& edit, const std::optional<std::string>& off) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const bool hot = !off && ui.hovering(r);
  if (hot) c.fill(r, theme.raised, 4);
  const float y = r.centre().y - c.text_height(small) / 2;
  c.text({r.x0 + 0.75f * u, y}, "+", small, hot ? theme.selection : theme.text3);
  const std::string text = words(edit, [&](std::string_view english) { return c.tr(english); });
  c.text({r.x0 + 2.25f * u, y}, text, small, off ? theme.tick : theme.text1, Align::left, r.width() - 2.5f * u);
  return ui.clicked(key, r) && !off;
}

/// The list at the left: switch, words, sliders, remove.
void list(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  if (!frame.edits || frame.edits->empty()) {
    c.paragraph(r, c.tr("Nothing is changed. Click a line at the right: the run is computed again from there on, and what the model would have said stays beside it."), small, theme.text3);
    return;
  }
  constexpr float kRow = 3.25f;  // units
  const auto height_of = [&](const Edit& edit) { return kRow * u + edit_sliders_height(c, edit, frame); };
  float whole = 0;
  for (const Edit& edit : *frame.edits) whole += height_of(edit);
  float y = r.y0 + ui.begin_scroll("edits.list", r, whole);
  for (std::size_t i = 0; i < frame.edits->size(); ++i) {
    const Edit& edit = (*frame.edits)[i];
    Rect below = draw::rect_at({r.x0, y}, r.width() - 1.5f * u, height_of(edit));
    y = below.y1;
    if (below.y1 < r.y0 || below.y0 > r.y1) continue;
    const Rect row = below.cut_top(kRow * u);
    const std::string key = "edits.row." + std::to_string(i);
    edit_sliders(ui, below, key, i, edit, frame, out);
    const std::string_view away = c.tr("remove");
    const float away_width = c.text_width(away, small) + u;
    const std::string text = words(edit, [&](std::string_view english) { return c.tr(english); });
    if (ui.toggle(key, {row.x0, row.y0, row.x1 - away_width - u, row.y1}, text, edit.on) != edit.on) out.push_back(ToggleEdit{i});
    const Rect cross{row.x1 - away_width, row.y0, row.x1, row.y1};
    c.text({cross.x1, cross.centre().y - c.text_height(small) / 2}, away, small, ui.hovering(cross) ? theme.selection : theme.text3, Align::right);
    if (ui.clicked(key + ".remove", cross)) out.push_back(RemoveEdit{i});
  }
  ui.end_scroll();
}

/// Path of a file with both ways.
void file_row(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  std::string& path = ui.state().texts["edits.path"];
  if (path.empty() && ui.state().focus != "edits.path") path = "edits.json";
  const float save = ui.button_width(c.tr("Save")), load = ui.button_width(c.tr("Load"));
  Rect field = r;
  field.x1 -= save + load + 2 * u;
  ui.text_field("edits.path", field, path, c.tr("file of edits"));
  if (ui.button("edits.load", {field.x1 + u, r.y0, field.x1 + u + load, r.y1}, c.tr("Load")) && !path.empty()) out.push_back(LoadEdits{path});
  if (ui.button("edits.save", {r.x1 - save, r.y0, r.x1, r.y1}, c.tr("Save")) && !path.empty() && frame.edits) out.push_back(SaveEdits{path});
}

}  // namespace

void edits_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  Rect r = panel_frame(ui, window, 150 * u, 104 * u, c.tr("What if"), c.tr("Ctrl Z undoes, Ctrl Y makes it again"), out);
  Rect left = r.cut_left(std::min(46 * u, r.width() * 0.32f));
  r.x0 += 3.5f * u;

  Rect head = left.cut_top(3 * u);
  c.text({head.x0, head.y0}, c.tr("Edits of this run"), medium, theme.text2);
  file_row(ui, left.cut_bottom(4 * u), frame, out);
  left.cut_bottom(u);
  Rect masking = left.cut_bottom(4 * u);
  masking.y1 -= 0.75f * u;
  std::vector<std::string> fills{std::string(c.tr("nothing")), std::string(c.tr("grey")), std::string(c.tr("mean")), std::string(c.tr("zero")), std::string(c.tr("drop"))};
  const int chosen = ui.segments("edits.masking", {masking.x0, masking.y0, masking.x0 + ui.segments_width(fills), masking.y1}, fills, frame.masking + 1);
  if (chosen != frame.masking + 1) out.push_back(SetMasking{chosen - 1});
  const Rect says = left.cut_bottom(2.75f * u);
  c.text({says.x0, says.y0 + 0.25f * u}, c.tr("A click on a patch masks it with"), small, theme.text3, Align::left, says.width());
  left.cut_bottom(u);
  if (frame.trace->input().picture) {
    Rect painting = left.cut_bottom(4 * u);
    painting.y1 -= 0.75f * u;
    brush_row(ui, painting, frame, out);
    const Rect label = left.cut_bottom(2.75f * u);
    c.text({label.x0, label.y0 + 0.25f * u}, c.tr("A drag over the picture paints, this thick"), small, theme.text3, Align::left, label.width());
    left.cut_bottom(u);
  }
  list(ui, left, frame, out);

  head = r.cut_top(4 * u);
  head.y1 -= 0.75f * u;
  float& all_blocks = ui.state().scroll["edits.all_blocks"];
  const std::vector<std::string> scopes{std::string(c.tr("block")) + " " + std::to_string(frame.selection.block + 1), std::string(c.tr("all blocks"))};
  const float x = head.x1 - ui.segments_width(scopes);
  all_blocks = static_cast<float>(ui.segments("edits.scope", {x, head.y0, head.x1, head.y1}, scopes, static_cast<int>(all_blocks)));
  const std::string subject = draw::token_name(c, frame.trace->grid().token_of(frame.selection.patch), frame.trace->grid()) + ", " + scopes[0] +
                              (frame.selection.head >= 0 ? ", " + std::string(c.tr("head")) + " " + std::to_string(frame.selection.head + 1) : "");
  c.text({r.x0, head.centre().y - c.text_height(small) / 2}, std::string(c.tr("Offered for the selection")) + ": " + subject, small, theme.text3, Align::left, x - r.x0 - u);

  const auto offered = offers(frame, all_blocks > 0.5f);
  const int columns = r.width() > 84 * u ? 2 : 1;
  // Groups fill the columns in order; a column is full when it holds half of the lines.
  std::size_t lines = 0;
  for (const auto& group : offered) lines += group.size() + 2;
  const float width = (r.width() - 2 * u) / static_cast<float>(columns), half = static_cast<float>(lines) / static_cast<float>(columns);
  float row = 0, tallest = 0;
  int column = 0;
  struct Placed { float row; int column; };
  std::array<Placed, kEditGroups> places{};
  for (std::size_t g = 0; g < offered.size(); ++g) {
    const auto height = static_cast<float>(offered[g].size() + 2);
    if (column + 1 < columns && row + height / 2 > half) row = 0, ++column;
    places[g] = {row, column};
    row += height;
    tallest = std::max(tallest, row);
  }
  const float dy = ui.begin_scroll("edits.offers", r, tallest * kOfferLine * u);
  const Model& model = *frame.trace->origin().model;
  for (std::size_t g = 0; g < offered.size(); ++g) {
    float y = r.y0 + dy + places[g].row * kOfferLine * u;
    const float x0 = r.x0 + width * static_cast<float>(places[g].column);
    c.text({x0, y + 0.5f * u}, c.tr(title_of(static_cast<EditGroup>(g))), medium, theme.text2);
    y += kOfferLine * u;
    for (std::size_t i = 0; i < offered[g].size(); ++i, y += kOfferLine * u) {
      const Rect box = draw::rect_at({x0, y}, width - 2 * u, kOfferLine * u);
      if (box.y1 < r.y0 || box.y0 > r.y1) continue;
      std::optional<std::string> off = refusal(offered[g][i], model);
      if (!off) off = refusal(offered[g][i], frame.trace->input());
      if (offer(ui, box, "edits.offer." + std::to_string(g) + "." + std::to_string(i), offered[g][i], off)) out.push_back(AddEdit{offered[g][i]});
    }
  }
  ui.end_scroll();
}

}  // namespace vitscope::views
