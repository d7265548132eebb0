// Patches as sentences: the nested grid of patches and words, the window of one word, and the words of the chosen patch.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_inside.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using draw::Canvas;
using draw::Rect;

constexpr Option kOptions[] = {{Option::Kind::slider, "tnt-words.word", "Word", 0, 1, 0.34f, {}}};

bool ready(const FigureInput& in) { return in.config().tnt && in.trace.has(Slot::tnt_embed) && in.trace.has(Slot::tnt_windows) && in.trace.has(Slot::pixels); }

/// A rectangle of model pixels in a picture of the part `seen` that fills `r`.
Rect place_of(Rect r, Box seen, Box pixels) {
  const double x = r.width() / seen.width(), y = r.height() / seen.height();
  const auto at = [](double v) { return static_cast<float>(v); };
  return {r.x0 + at((pixels.x0 - seen.x0) * x), r.y0 + at((pixels.y0 - seen.y0) * y), r.x0 + at((pixels.x1 - seen.x0) * x),
          r.y0 + at((pixels.y1 - seen.y0) * y)};
}

Rect top_left(Rect r, double aspect) {
  const Rect fitted = draw::fit(r, static_cast<float>(aspect));
  return fitted.moved({r.x0 - fitted.x0, r.y0 - fitted.y0});
}

/// The cell of a word: its share of the patch.
Box word_cell(const FigureInput& in, int patch, int word) {
  const TntConfig& tnt = *in.config().tnt;
  const Box box = in.grid().pixels(patch);
  const double width = box.width() / tnt.word_columns, height = box.height() / tnt.word_rows;
  const double x = box.x0 + word % tnt.word_columns * width, y = box.y0 + word / tnt.word_columns * height;
  return {x, y, x + width, y + height};
}

/// The pixels that the convolution reads for a word.
Box window_box(const FigureInput& in, int patch, int word) {
  const TntConfig& tnt = *in.config().tnt;
  const Box box = in.grid().pixels(patch);
  const double x = box.x0 + word % tnt.word_columns * tnt.stride - tnt.padding, y = box.y0 + word / tnt.word_columns * tnt.stride - tnt.padding;
  return {x, y, x + tnt.kernel, y + tnt.kernel};
}

void draw_grid(Canvas& c, Rect r, const FigureInput& in, int patch) {
  const PatchGrid& grid = in.grid();
  const TntConfig& tnt = *in.config().tnt;
  stream::heading(
      c, r, c.tr("Patches and words"),
      stream::phrase(c, "{0} × {1} patches of {2} × {3} words",
                     {std::to_string(grid.rows()), std::to_string(grid.columns()), std::to_string(tnt.word_rows), std::to_string(tnt.word_columns)}));
  r = r.inset(2, 2);
  const Box all{0, 0, static_cast<double>(in.config().image_width), static_cast<double>(in.config().image_height)};
  const Rect at = top_left(r, all.width() / all.height());
  embed::model_part(c, at, in, all);
  const float word_pitch = at.width() / static_cast<float>(grid.columns() * tnt.word_columns);
  if (word_pitch >= 4) embed::cell_lines(c, at, grid.rows() * tnt.word_rows, grid.columns() * tnt.word_columns, draw::kWhite.faded(0.25f));
  embed::cell_lines(c, at, grid.rows(), grid.columns(), draw::kWhite.faded(0.75f));
  embed::tag_patches(c, in, [&](int n) { return place_of(at, all, grid.pixels(n)); });
  c.pinned(place_of(at, all, grid.pixels(patch)));
  const int hovered = embed::hovered_patch(in);
  if (hovered >= 0) c.hovered(place_of(at, all, grid.pixels(hovered)));
}

void draw_patch(Canvas& c, Rect r, const FigureInput& in, int patch, int word) {
  const TntConfig& tnt = *in.config().tnt;
  const auto small = c.metrics().small_style();
  stream::heading(c, r, stream::capitalised(stream::phrase(c, "patch {0}", {std::to_string(patch)})),
                  stream::phrase(c, "word {0}: window of {1} × {1} pixels", {std::to_string(word), std::to_string(tnt.kernel)}), c.theme().selection);
  r = r.inset(2, 2);
  const Box box = in.grid().pixels(patch);
  // Room for the windows that reach over the border of the patch.
  const Box seen{box.x0 - tnt.padding, box.y0 - tnt.padding, box.x1 + tnt.padding, box.y1 + tnt.padding};
  const Rect at = top_left(r, seen.width() / seen.height());
  c.fill(at, c.theme().panel);
  c.hatch(at, c.theme().tick, 5, c.pixel());
  if (tnt.whole_picture) {
    const Box part{std::max(seen.x0, 0.0), std::max(seen.y0, 0.0), std::min(seen.x1, static_cast<double>(in.config().image_width)),
                   std::min(seen.y1, static_cast<double>(in.config().image_height))};
    embed::model_part(c, place_of(at, seen, part), in, part);
  } else {
    embed::model_part(c, place_of(at, seen, box), in, box);
  }
  for (int w = 0; w < tnt.words(); ++w) {
    const Rect cell = place_of(at, seen, word_cell(in, patch, w));
    c.outline(cell, draw::kWhite.faded(0.6f), std::max(1.0f, c.pixel()));
    const std::string number = std::to_string(w);
    if (c.text_width(number, small) + c.u() < cell.width() && stream::line_height(c) < cell.height()) {
      const Rect plate = draw::rect_at({cell.x0 + 1, cell.y0 + 1}, c.text_width(number, small) + 0.5f * c.u(), stream::line_height(c));
      c.fill(plate, draw::kBlack.faded(0.6f));
      c.text({plate.x0 + 0.25f * c.u(), plate.y0}, number, small, w == word ? c.theme().mark : draw::kWhite);
    }
    c.tag(cell, draw::CellTarget{{{Slot::tnt_embed}, patch, w, 0}});
  }
  c.pinned(place_of(at, seen, window_box(in, patch, word)));
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const int patch = inside::chosen_patch(in), word = inside::chosen_word(in, kOptions[0]);
  Rect below = r.cut_bottom(std::clamp(0.4f * r.height(), 15 * u, 32 * u));
  r.cut_bottom(2 * u);
  Rect left = r.cut_left(0.56f * r.width());
  r.cut_left(3 * u);
  draw_grid(c, left, in, patch);
  draw_patch(c, r, in, patch, word);
  const inside::View views[] = {inside::view_of(c, in, {Slot::tnt_windows}, "Windows of the words", patch),
                                inside::view_of(c, in, {Slot::tnt_embed}, "Words with position", patch)};
  inside::maps_apart(c, below, in, views, word);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  if (!in.config().tnt) return {};
  return stream::phrase(c, "word {0} of patch {1}", {std::to_string(inside::chosen_word(in, kOptions[0])), std::to_string(inside::chosen_patch(in))});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const TntConfig& tnt = *in.config().tnt;
  const std::string_view makes = tnt.pixels_apart()
                                     ? "Each patch of {0} × {1} pixels is a sentence of {2} words. A linear map of the {3} × {3} pixels of a word makes it {5} numbers, and a table of places is added."
                                     : "Each patch of {0} × {1} pixels is a sentence of {2} words. A convolution of {3} × {3} in steps of {4} makes each word {5} numbers, and a table of places is added.";
  std::string text = stream::phrase(c, makes,
                                    {std::to_string(in.config().patch_height), std::to_string(in.config().patch_width), std::to_string(tnt.words()),
                                     std::to_string(tnt.kernel), std::to_string(tnt.stride), std::to_string(tnt.width())});
  text += " ";
  text += c.tr(tnt.pixels_apart() ? "The windows of words lie side by side and hold all pixels of the patch once." : tnt.whole_picture ? "The convolution runs over the whole picture: windows at the border of a patch see its neighbours."
                                 : "The convolution runs inside each patch: beyond its border it is given zeros (hatched).");
  const int pixels = tnt.stride * tnt.stride * tnt.channels;
  text += " " + stream::phrase(c, "Rearranged alone, its {0} pixel values are {1} words of {2} × {2} × {3} = {4}.",
                               {std::to_string(tnt.words() * pixels), std::to_string(tnt.words()), std::to_string(tnt.stride), std::to_string(tnt.channels), std::to_string(pixels)});
  text += " " + stream::phrase(c, "A tutorial's 4 × 4 × 28 = {0} fits no variant.", {std::to_string(4 * 4 * 28)});
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"words", in.trace.at(Slot::tnt_embed)}, {"windows", in.trace.at(Slot::tnt_windows)}};
  return table;
}

}  // namespace

const Figure& tnt_words() {
  static const Figure figure{"tnt-words", "Words in patches", "tnt-words", {1340, 760}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
