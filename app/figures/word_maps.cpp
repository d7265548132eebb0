// The words of all patches where they lie in the picture, averaged over their numbers, block by block.
#include <algorithm>

#include "app/figures/parts_inside.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using draw::Canvas;
using draw::Rect;

bool ready(const FigureInput& in) { return in.config().tnt && in.trace.has(Slot::tnt_out, 0) && in.trace.has(Slot::tnt_embed); }

/// The words before the first block and behind each finished one.
std::vector<TensorRef> stages(const FigureInput& in) {
  std::vector<TensorRef> list{{Slot::tnt_embed}};
  for (int block = 0; block < in.config().depth && in.trace.has(Slot::tnt_out, block); ++block) list.push_back({Slot::tnt_out, block});
  return list;
}

std::string name_of_stage(const Canvas& c, std::size_t stage) {
  return stage == 0 ? std::string(c.tr("before block 1")) : stream::phrase(c, "block {0}", {std::to_string(stage)});
}

/// Words of one patch, to be pointed at.
void tag_words(Canvas& c, Rect cells, const FigureInput& in, TensorRef ref) {
  const PatchGrid& grid = in.grid();
  for (int patch = 0; patch < grid.patches(); ++patch)
    c.tag(embed::cell_at(cells, grid.row(patch), grid.column(patch), grid.rows(), grid.columns()), draw::CellTarget{{ref, patch, 0, 0}});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), lh = stream::line_height(c), gap = 1.5f * u;
  const std::vector<TensorRef> list = stages(in);
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(u);
  r = r.inset(2, 2);
  draw::Span span{0, 0};
  for (const TensorRef& ref : list) span.hi = std::max(span.hi, stream::signed_span(draw::Matrix(inside::word_map(in, ref))).hi);
  span.lo = -span.hi;
  const draw::HeatStyle heat = stream::signed_heat(span);
  const float aspect = static_cast<float>(in.config().image_width) / static_cast<float>(in.config().image_height);
  const int count = static_cast<int>(list.size());
  int across = 1;
  float width = 0;
  for (int columns = 1; columns <= count; ++columns) {
    const int down = (count + columns - 1) / columns;
    const float wide = (r.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
    const float high = (r.height() - gap * static_cast<float>(down - 1)) / static_cast<float>(down) - lh;
    if (const float fits = std::min(wide, high * aspect); fits > width) width = fits, across = columns;
  }
  const float height = width / aspect;
  const int chosen = inside::chosen_patch(in);
  for (int i = 0; i < count && width > 2; ++i) {
    const draw::Vec corner{r.x0 + static_cast<float>(i % across) * (width + gap), r.y0 + static_cast<float>(i / across) * (height + lh + gap)};
    const Rect cells = draw::rect_at({corner.x, corner.y + lh}, width, height);
    c.text(corner, name_of_stage(c, static_cast<std::size_t>(i)), c.metrics().small_style(), i == in.block() + 1 ? c.theme().selection : c.theme().text2,
           draw::Align::left, width);
    c.heat(cells, draw::Matrix(inside::word_map(in, list[static_cast<std::size_t>(i)])), heat);
    tag_words(c, cells, in, list[static_cast<std::size_t>(i)]);
    const PatchGrid& grid = in.grid();
    c.outline(embed::cell_at(cells, grid.row(chosen), grid.column(chosen), grid.rows(), grid.columns()), c.theme().mark, 1);
  }
  stream::lying_bar(c, bar, heat, c.tr("mean of the numbers of a word; one scale for all"), false, true);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  if (!in.config().tnt) return {};
  const TntConfig& tnt = *in.config().tnt;
  return stream::phrase(c, "{0} × {1} words", {std::to_string(in.grid().rows() * tnt.word_rows), std::to_string(in.grid().columns() * tnt.word_columns)});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return stream::phrase(c,
                        "A mosaic of all patches: every cell is one word, the mean of its {0} numbers, where the word lies in the picture (after figure 4 of "
                        "Han et al. 2021). One map before the first block "
                        "and one behind each; all share one scale.",
                        {std::to_string(in.config().tnt->width())});
}

Table data(const FigureInput& in) {
  Table table;
  std::size_t i = 0;
  for (const TensorRef& ref : stages(in)) table.tensors.emplace_back(i++ == 0 ? "before" : "block_" + std::to_string(i - 1), inside::word_map(in, ref));
  return table;
}

}  // namespace

const Figure& word_maps() {
  static const Figure figure{"word-maps", "Word maps", "tnt-inner-mlp", {1340, 760}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
