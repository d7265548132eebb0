// The selected thing, and where its number comes from.
#include <cmath>

#include "app/draw/axis.h"
#include "app/draw/formula.h"
#include "app/draw/number.h"
#include "app/draw/parts.h"
#include "app/views/subject.h"
#include "app/views/view.h"
#include "app/views/why_card.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

/// The neighbourhood of a patch in the original picture, the patch framed.
void photo_crop(draw::Canvas& c, Rect r, const Trace& trace, int patch, bool pinned) {
  const Picture& picture = *trace.input().picture;
  const Box cell = trace.input().map.to_original(trace.grid().pixels(patch));
  const double side = 2.6 * std::max(cell.width(), cell.height() * r.width() / r.height());
  Box box{cell.centre().x - side / 2, cell.centre().y - side / 2 * r.height() / r.width(), cell.centre().x + side / 2, cell.centre().y + side / 2 * r.height() / r.width()};
  // The window is moved into the picture; where the picture is smaller than the window it is drawn whole.
  const double w = picture.image.width(), h = picture.image.height();
  const double dx = box.x0 < 0 ? -box.x0 : box.x1 > w ? w - box.x1 : 0, dy = box.y0 < 0 ? -box.y0 : box.y1 > h ? h - box.y1 : 0;
  if (box.width() <= w) box.x0 += dx, box.x1 += dx;
  if (box.height() <= h) box.y0 += dy, box.y1 += dy;
  c.fill(r, c.theme().raised);
  const Box seen{std::max(box.x0, 0.0), std::max(box.y0, 0.0), std::min(box.x1, w), std::min(box.y1, h)};
  const auto to_canvas = [&](Box b) {
    const auto x = [&](double v) { return r.x0 + static_cast<float>((v - box.x0) / box.width()) * r.width(); };
    const auto y = [&](double v) { return r.y0 + static_cast<float>((v - box.y0) / box.height()) * r.height(); };
    return Rect{x(b.x0), y(b.y0), x(b.x1), y(b.y1)};
  };
  c.push_clip(r);
  const bool tiny = picture.image.width() < 4 * trace.config().image_width;
  c.image(to_canvas(seen), {trace.input().picture, &picture.image}, seen, !tiny);
  if (pinned) c.pinned(to_canvas(cell));
  else c.hovered(to_canvas(cell));
  c.pop_clip();
}

void fact(draw::Canvas& c, Rect& r, std::string_view label, std::string_view value, float indent) {
  const draw::Style small = c.metrics().small_style();
  const Rect row = r.cut_top(2.4f * c.u());
  c.text({row.x0, row.y0}, label, small, c.theme().text3, Align::left, indent - c.u());
  c.text({row.x0 + indent, row.y0}, value, small, c.theme().text1, Align::left, row.width() - indent);
}

std::string range_text(const draw::Canvas& c, std::string_view what, double from, double to) {
  return std::string(c.tr(what)) + " " + std::to_string(static_cast<int>(from)) + " " + std::string(c.tr("to")) + " " + std::to_string(static_cast<int>(to) - 1);
}

/// The selected token's row in the tensor of this step, or nothing.
std::span<const float> row_of(const Trace& trace, Place place, int token) {
  const SlotInfo& slot = info(place.step->result);
  const TensorRef ref{slot.slot, slot.scope == Scope::block ? place.block : -1};
  if (!trace.has(ref) || slot.dims.size() != 2) return {};
  if (slot.dims[0] == Dim::tokens) return trace.at(ref).row(token);
  if (slot.dims[0] == Dim::patches && trace.grid().patch_of(token) >= 0) return trace.at(ref).row(trace.grid().patch_of(token));
  return {};
}

/// Title and crops of a pair of tokens, the number between them.
void pair_header(draw::Canvas& c, Rect& r, const Frame& frame, const Subject& subject, bool narrow) {
  const draw::Theme& theme = c.theme();
  const Trace& trace = *frame.trace;
  const PatchGrid& grid = trace.grid();
  const float u = c.u(), side = (narrow ? 8 : 11) * u;
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const Rect crops = r.cut_top(side);
  const int token[2] = {subject.token, subject.key};
  const Rect box[2] = {{crops.x0, crops.y0, crops.x0 + side, crops.y1}, {crops.x1 - side, crops.y0, crops.x1, crops.y1}};
  for (int i = 0; i < 2; ++i) {
    if (grid.patch_of(token[i]) >= 0 && trace.input().picture) {
      photo_crop(c, box[i], trace, grid.patch_of(token[i]), i == 0);
    } else {
      // Without a photograph patches stand here by their numbers.
      const bool in_front = token[i] < grid.prefix();
      const draw::Color ink = in_front ? draw::prefix_color(theme, token[i], grid.prefix_tokens()) : theme.patch_token;
      c.outline(box[i], ink, 1.5f);
      c.text({box[i].centre().x, box[i].centre().y - 0.8f * u}, c.tr(draw::axis_label(token[i], grid.prefix_tokens())), medium, ink, Align::centre);
    }
  }
  if (subject.cell) {
    const float value = trace.value(*subject.cell);
    const bool share = subject.cell->tensor.slot == Slot::attn;
    c.text({crops.centre().x, crops.centre().y - 3 * u}, share ? draw::percent(value) : draw::number(value), c.metrics().heading_style(), theme.text1, Align::centre);
    c.line({box[0].x1 + 1.5f * u, crops.centre().y}, {box[1].x0 - 1.5f * u, crops.centre().y}, theme.text2, 1);
    const float x = box[1].x0 - 1.5f * u, y = crops.centre().y;
    const draw::Vec head[3] = {{x, y}, {x - 6, y - 3.5f}, {x - 6, y + 3.5f}};
    c.polygon(head, theme.text2);
  }
  r.cut_top(0.75f * u);
  const Rect names = r.cut_top(2.25f * u), places = r.cut_top(2.75f * u);
  const float half = r.width() / 2 - u;
  float x = c.text({names.x0, names.y0}, c.tr("query"), small, theme.text2).x1 + 0.5f * u;
  c.text({x, names.y0}, draw::token_name(c, token[0], grid), medium, theme.selection, Align::left, half);
  const float w = c.text_width(draw::token_name(c, token[1], grid), medium);
  c.text({names.x1, names.y0}, draw::token_name(c, token[1], grid), medium, theme.text1, Align::right, half);
  c.text({names.x1 - w - 0.5f * u, names.y0}, c.tr("key"), small, theme.text2, Align::right);
  if (grid.patch_of(token[0]) >= 0) c.text({places.x0, places.y0}, draw::token_place(c, token[0], grid), small, theme.text3, Align::left, half);
  if (grid.patch_of(token[1]) >= 0) c.text({places.x1, places.y0}, draw::token_place(c, token[1], grid), small, theme.text3, Align::right, half);
}

void token_header(draw::Canvas& c, Rect& r, const Frame& frame, const Subject& subject, bool narrow) {
  const draw::Theme& theme = c.theme();
  const Trace& trace = *frame.trace;
  const PatchGrid& grid = trace.grid();
  const float u = c.u();
  const int patch = grid.patch_of(subject.token);
  const draw::Style title = c.metrics().title_style(), small = c.metrics().small_style();
  Rect name = r.cut_top(4.25f * u);
  std::string text = draw::token_name(c, subject.token, grid);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  const float end = c.text({name.x0, name.y0}, text, title, patch < 0 ? draw::prefix_color(theme, subject.token, grid.prefix_tokens()) : theme.text1).x1;
  if (patch >= 0)
    c.text({name.x1, name.y0 + 1.25f * u}, draw::token_place(c, subject.token, grid) + (narrow ? "" : ", " + std::string(c.tr("from 0"))), small, theme.text2, Align::right,
           name.x1 - end - u);
  if (patch >= 0 && trace.input().picture && trace.has(Slot::pixels)) {
    const float side = std::min((r.width() - 1.25f * u) / 2, (narrow ? 11 : 15) * u);
    const Rect crops = r.cut_top(side);
    const Rect left{crops.x0, crops.y0, crops.x0 + side, crops.y1}, right{crops.x0 + side + 1.25f * u, crops.y0, crops.x0 + 2 * side + 1.25f * u, crops.y1};
    photo_crop(c, left, trace, patch, !subject.under_pointer);
    const Box pixels = grid.pixels(patch);
    const Rect seen = draw::fit(right, static_cast<float>(pixels.width() / pixels.height()));
    c.planes(seen, trace.at(Slot::pixels), pixels);
    const Rect labels = r.cut_top(3 * u);
    c.text({left.x0, labels.y0 + 0.5f * u}, c.tr("picture"), small, theme.text3);
    c.text({right.x0, labels.y0 + 0.5f * u}, c.tr("what the model sees"), small, theme.text3, Align::left, right.width());
    r.y0 += 0.5f * u;
  }
}

void facts(draw::Canvas& c, Rect& r, const Frame& frame, const Subject& subject, bool narrow) {
  const Trace& trace = *frame.trace;
  const int patch = trace.grid().patch_of(subject.token);
  const float indent = 9.5f * c.u();
  if (patch >= 0) {
    const Box box = trace.grid().pixels(patch);
    fact(c, r, c.tr("Pixels"), range_text(c, "rows", box.y0, box.y1) + ", " + range_text(c, "columns", box.x0, box.x1), indent);
  }
  const std::span<const float> row = row_of(trace, frame.selection.place, subject.token);
  if (!row.empty()) {
    double lo = row[0], hi = row[0], sum = 0, squares = 0;
    for (float v : row) lo = std::min<double>(lo, v), hi = std::max<double>(hi, v), sum += v, squares += static_cast<double>(v) * v;
    fact(c, r, c.tr("Range"), draw::number(lo) + " " + std::string(c.tr("to")) + " " + draw::number(hi), indent);
    if (!narrow) fact(c, r, c.tr("Mean"), draw::number(sum / static_cast<double>(row.size())), indent);
    fact(c, r, c.tr("Length"), draw::number(std::sqrt(squares)) + " (" + std::to_string(row.size()) + " " + std::string(c.tr("numbers")) + ")", indent);
  }
}

/// How the numbers of the row are spread, where room is left.
void histogram(draw::Canvas& c, Rect r, std::span<const float> row, const CellRef* cell) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  if (row.size() < 8 || r.height() < 14 * u) return;
  float span = 0;
  for (float v : row) span = std::max(span, std::abs(v));
  if (!(span > 0) || !std::isfinite(span)) return;
  const draw::Style small = c.metrics().small_style();
  c.text({r.x0, r.y0}, c.tr("How the row's numbers are spread"), c.metrics().small_medium(), theme.text1, Align::left, r.width());
  r.y0 += 3 * u;
  r.y1 = std::min(r.y1 - 3 * u, r.y0 + 12 * u);
  constexpr int kBins = 41;
  int bins[kBins] = {}, top = 1;
  const auto bin = [&](float v) { return std::clamp(static_cast<int>((v / span + 1) / 2 * kBins), 0, kBins - 1); };
  for (float v : row) top = std::max(top, ++bins[bin(v)]);
  const float w = r.width() / kBins;
  for (int i = 0; i < kBins; ++i) {
    const float h = r.height() * static_cast<float>(bins[i]) / static_cast<float>(top);
    const float middle = (static_cast<float>(i) + 0.5f) / kBins * 2 - 1;
    const bool mine = cell && bin(row[static_cast<std::size_t>(cell->j)]) == i;
    if (bins[i] > 0) c.fill({r.x0 + w * static_cast<float>(i), r.y1 - std::max(h, 1.0f), r.x0 + w * static_cast<float>(i + 1) - 1, r.y1},
           mine ? theme.mark : draw::of(color_of(ColorMap::diverging, middle * 0.9f, -1, 1)));
  }
  c.fill({r.x0, r.y1, r.x1, r.y1 + c.pixel()}, theme.tick);
  c.text({r.x0, r.y1 + 0.5f * u}, draw::number(-span), small, theme.text3);
  c.text({r.centre().x, r.y1 + 0.5f * u}, "0", small, theme.text3, Align::centre);
  c.text({r.x1, r.y1 + 0.5f * u}, draw::number(span), small, theme.text3, Align::right);
}

}  // namespace

void inspector(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const bool narrow = layout(frame.size).narrow;
  const Subject subject = subject_of(frame);
  r = r.inset(2.5f * u, 0);
  r.y1 -= u;
  c.push_clip({r.x0 - 2, r.y0, r.x1 + 2, r.y1});
  const Rect head = r.cut_top(narrow ? 4.5f * u : 4.75f * u);
  const draw::Style small = c.metrics().small_style();
  c.text({head.x0, head.y0 + 1.75f * u}, c.tr(subject.under_pointer ? "Under the pointer" : "Selected"), small, theme.text3);
  if (!subject.under_pointer) c.text({head.x1, head.y0 + 1.75f * u}, c.tr("pinned"), small, theme.selection, Align::right);
  if (subject.key >= 0) pair_header(c, r, frame, subject, narrow);
  else token_header(c, r, frame, subject, narrow);
  if (subject.key < 0 || !narrow) facts(c, r, frame, subject, narrow);
  r.cut_top(1.25f * u);
  c.fill({r.x0, r.y0, r.x1, r.y0 + c.pixel()}, theme.hairline);
  r.cut_top(1.75f * u);
  if (subject.cell) {
    r.y0 += why_card(ui, r, frame, *subject.cell, out);
    const std::span<const float> row = row_of(*frame.trace, frame.selection.place, subject.token);
    const bool mine = subject.cell->tensor.slot == frame.selection.place.step->result;
    r.y0 += 1.5f * u;
    histogram(c, r, row, mine ? &*subject.cell : nullptr);
  } else {
    c.paragraph(r, c.tr("This number has not been computed yet."), small, theme.text3);
  }
  c.pop_clip();
}

}  // namespace vitscope::views
