// Attention among the words of one patch: on the patch, and as a matrix for each head.
#include <algorithm>

#include "app/draw/number.h"
#include "app/figures/parts_inside.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using draw::Canvas;
using draw::Rect;

constexpr Option kOptions[] = {{Option::Kind::slider, "inner-attention.word", "Word", 0, 1, 0.34f, {}}};

bool ready(const FigureInput& in) { return in.config().tnt && in.trace.has(Slot::tnt_attn, in.block()) && in.trace.has(Slot::pixels); }

/// The shares of one head of one patch, [m, m].
draw::Matrix shares_of(const FigureInput& in, int patch, int head) {
  const TntConfig& tnt = *in.config().tnt;
  const int m = tnt.words();
  return {in.trace.at(Slot::tnt_attn, in.block()), (static_cast<std::int64_t>(patch) * tnt.heads + head) * m * m, m, m, m};
}

draw::HeatStyle heat_of(const FigureInput& in, int patch) {
  draw::HeatStyle heat;
  for (int head = 0; head < in.config().tnt->heads; ++head)
    heat.span.hi = head == 0 ? draw::range_of(shares_of(in, patch, head)).hi : std::max(heat.span.hi, draw::range_of(shares_of(in, patch, head)).hi);
  heat.span.hi = std::max(heat.span.hi, 1e-9f);
  return heat;
}

/// Where the chosen word looks inside its patch, one picture for each head.
void draw_patches(Canvas& c, Rect r, const FigureInput& in, int patch, int word) {
  const TntConfig& tnt = *in.config().tnt;
  const float u = c.u(), gap = 1.5f * u, lh = stream::line_height(c);
  const auto heads = static_cast<float>(tnt.heads);
  const Box box = in.grid().pixels(patch);
  stream::heading(c, r, stream::phrase(c, "Where word {0} of patch {1} looks", {std::to_string(word), std::to_string(patch)}),
                  c.tr("one picture for each head"));
  const float width = (r.width() - gap * (heads - 1)) / heads;
  for (int head = 0; head < tnt.heads; ++head) {
    Rect place = r.cut_left(width);
    r.cut_left(gap);
    const Rect label = place.cut_bottom(lh + 0.5f * u);
    place = place.inset(2, 2);
    if (place.width() < 6 || place.height() < 6) continue;
    const Rect fitted = draw::fit(place, static_cast<float>(box.width() / box.height()));
    const Rect at = fitted.moved({place.x0 - fitted.x0, place.y0 - fitted.y0});
    embed::model_part(c, at, in, box);
    const draw::Matrix all = shares_of(in, patch, head);
    draw::HeatStyle heat = heat_of(in, patch);
    heat.overlay = true;
    c.heat(at, all.row_as_grid(word, 0, tnt.word_rows, tnt.word_columns), heat);
    for (int row = 0; row < tnt.word_rows; ++row)
      c.tag_cells(embed::cell_at(at, row, 0, tnt.word_rows, 1),
                  {{{Slot::tnt_attn, in.block()}, patch, head, word, row * tnt.word_columns}, 1, tnt.word_columns, -1, 3});
    c.pinned(embed::cell_at(at, word / tnt.word_columns, word % tnt.word_columns, tnt.word_rows, tnt.word_columns));
    c.text({at.x0, std::min(at.y1 + 0.5f * u, label.y0)}, stream::phrase(c, "head {0}", {std::to_string(head + 1)}), c.metrics().small_style(), c.theme().heads,
           draw::Align::left, width);
  }
}

void draw_matrices(Canvas& c, Rect r, const FigureInput& in, int patch, int word) {
  const TntConfig& tnt = *in.config().tnt;
  const float gap = 2 * c.u(), width = (r.width() - gap * static_cast<float>(tnt.heads - 1)) / static_cast<float>(tnt.heads);
  for (int head = 0; head < tnt.heads; ++head) {
    const Rect place = r.cut_left(width);
    r.cut_left(gap);
    draw::MapStyle style;
    style.title = stream::phrase(c, "head {0}", {std::to_string(head + 1)});
    if (head == 0) style.row_name = c.tr("query word");
    style.column_name = c.tr("key word");
    style.heat = heat_of(in, patch);
    style.bar = head + 1 == tnt.heads;
    style.bar_percent = true;
    style.square_cells = true;
    style.numbers = false;
    style.pinned_row = word;
    style.cells = draw::CellGrid{{{Slot::tnt_attn, in.block()}, patch, head, 0, 0}, tnt.words(), tnt.words(), 2, 3};
    if (!in.paper) style.hovered = in.selection.hovered_cell();
    style.pinned = in.selection.pinned;
    draw::map(c, place, shares_of(in, patch, head), style);
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const int patch = inside::chosen_patch(in), word = inside::chosen_word(in, kOptions[0]);
  const Rect below = r.cut_bottom(0.5f * r.height());
  r.cut_bottom(2 * c.u());
  draw_patches(c, r, in, patch, word);
  draw_matrices(c, below, in, patch, word);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  if (!in.config().tnt) return {};
  return stream::block_subject(c, in) + ", " +
         stream::phrase(c, "word {0} of patch {1}", {std::to_string(inside::chosen_word(in, kOptions[0])), std::to_string(inside::chosen_patch(in))});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return stream::phrase(c,
                        "Softmax of the scores among the {0} words of one patch, for each of {1} heads: every row sums to 1. Words of other patches are never "
                        "seen; the weights are the same for all patches.",
                        {std::to_string(in.config().tnt->words()), std::to_string(in.config().tnt->heads)});
}

Table data(const FigureInput& in) {
  const TntConfig& tnt = *in.config().tnt;
  const int patch = inside::chosen_patch(in), word = inside::chosen_word(in, kOptions[0]);
  Table table;
  table.columns.push_back({"key_word", {}});
  for (int key = 0; key < tnt.words(); ++key) table.columns[0].values.push_back(key);
  for (int head = 0; head < tnt.heads; ++head) {
    TableColumn column{"head_" + std::to_string(head + 1), {}};
    for (int key = 0; key < tnt.words(); ++key) column.values.push_back(static_cast<double>(shares_of(in, patch, head).at(word, key)));
    table.columns.push_back(std::move(column));
  }
  table.tensors = {{"attn", in.trace.at(Slot::tnt_attn, in.block())}};
  return table;
}

}  // namespace

const Figure& inner_attention() {
  static const Figure figure{"inner-attention", "Inner attention", "tnt-inner-attention", {1340, 760}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
