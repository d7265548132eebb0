// Attention rollout: what reaches the class token through all blocks.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 2>& options() {
  static const std::array<Option, 2> all{{
      {Option::Kind::choice, "rollout.heads", "Heads", 0, 2, 0, {"mean", "largest", "smallest"}},
      {Option::Kind::slider, "rollout.discard", "Discard", 0, 0.95f, 0, {}},
  }};
  return all;
}

HeadFusion fusion_of(const FigureInput& input) {
  constexpr std::array kinds{HeadFusion::mean, HeadFusion::max, HeadFusion::min};
  return kinds[static_cast<std::size_t>(std::clamp(std::lround(option(input.selection, options()[0])), 0L, 2L))];
}
double discard_of(const FigureInput& input) { return static_cast<double>(option(input.selection, options()[1])); }

bool ready(const FigureInput& input) {
  if (input.grid().prefix() == 0) return false;
  for (int block = 0; block < input.config().depth; ++block)
    if (!input.trace.has(Slot::attn, block)) return false;
  return true;
}

struct Content {
  Tensor rows;  ///< [blocks, T]
  int depth;
  draw::Matrix last_block;  ///< mean over heads, [T, T]
};

Content content_of(const FigureInput& input) {
  const int depth = input.config().depth;
  return {rollout_by_block(input.trace, fusion_of(input), discard_of(input)), depth, shares(input.trace, depth - 1, kMeanHead)};
}

draw::Span from_zero(const draw::Matrix& grid) { return {0, std::max(draw::range_of(grid).hi, 1e-9f)}; }

/// An overlay with its title and its bar; what the class token keeps stands beside the bar. Returns the height used.
float panel(Canvas& c, Rect r, const FigureInput& input, std::string_view title, std::string_view hint, const draw::Matrix& grid, const std::string& kept) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  Overlay o;
  o.grid = grid;
  o.span = from_zero(grid);
  o.hovered = hovered_key(input);
  const Rect picture = overlay_panel(c, r, input, title, {}, hint, 1.25f * u + 2 * Canvas::text_height(small), o);
  const float bar = std::min(18 * u, 0.42f * r.width());
  const float end = picture.y1 + u + overlay_bar(c, {r.x0, picture.y1 + u}, bar, o.span);
  const float right = std::clamp(picture.x1, r.x0 + bar + 3 * u + c.text_width(kept, small), r.x1);
  c.text({right, picture.y1 + 0.75f * u}, kept, small, c.theme().class_token, Align::right, std::max(1.0f, right - r.x0 - bar - 3 * u));
  return end - r.y0;
}

/// Rollout up to block 1, 2, ...: one small map each, all of them with one span.
void steps_of(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float line = Canvas::text_height(small);
  const PatchGrid& grid = input.grid();
  const draw::Matrix rows(content.rows);
  Rect title = r;
  heading(c, title, c.tr("Up to block"), {}, c.tr("each from 0 to its largest share"));
  r.y0 = title.y0;
  const float aspect = static_cast<float>(input.config().image_width) / static_cast<float>(input.config().image_height);
  const float gap = 0.8f * u;
  int columns = 1;
  float best = 0;
  for (int n = 1; n <= content.depth; ++n) {
    const int lines = (content.depth + n - 1) / n;
    const float wide = (r.width() - static_cast<float>(n - 1) * gap) / static_cast<float>(n);
    const float high = r.height() / static_cast<float>(lines) - gap - line;
    const float size = std::min({wide, high * aspect, 18 * u});
    if (size > best) {
      best = size;
      columns = n;
    }
  }
  if (best < 1.5f * u) return;
  const float width = best, height = best / aspect;
  const int block_shown = std::clamp(input.block(), 0, content.depth - 1);
  for (int block = 0; block < content.depth; ++block) {
    const float x = r.x0 + static_cast<float>(block % columns) * (width + gap), y = r.y0 + static_cast<float>(block / columns) * (height + gap + line);
    const bool open = block == block_shown;
    const std::string number = std::to_string(block + 1);
    if (width > c.text_width(number, medium)) c.text({x, y}, number, open ? medium : small, open ? c.theme().text1 : c.theme().block);
    const draw::Matrix shown = on_grid(rows, block, grid);
    const Rect map = draw::rect_at({x, y + line}, width, height);
    thumbnail(c, map, shown, from_zero(shown));
    const double kept = static_cast<double>(rows.at(block, 0));
    const std::string tooltip = filled(c.tr("blocks 1 to {0}: largest share {1}, class token keeps {2}"), {number, draw::percent(static_cast<double>(draw::range_of(shown).hi)), draw::percent(kept, 2)});
    c.tag(map, draw::HeadTarget{block, kMeanHead}, tooltip);
    const int pointed = input.paper ? -1 : input.selection.hovered_token();
    if (pointed >= grid.prefix() && pointed < grid.tokens()) {
      const int patch = grid.patch_of(pointed);
      const float w = width / static_cast<float>(grid.columns()), h = height / static_cast<float>(grid.rows());
      c.hovered(draw::rect_at({map.x0 + static_cast<float>(grid.column(patch)) * w, map.y0 + static_cast<float>(grid.row(patch)) * h}, w, h));
    }
    const auto* head = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
    if (head && head->block == block) c.hovered(map);
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const Content content = content_of(input);
  const PatchGrid& grid = input.grid();
  const draw::Matrix rows(content.rows);
  const draw::Matrix rolled = on_grid(rows, content.depth - 1, grid), mean = on_grid(content.last_block, 0, grid);
  const std::string kept = filled(c.tr("class token keeps {0}"), {draw::percent(static_cast<double>(rows.at(content.depth - 1, 0)), 2)});
  const std::string kept_mean = filled(c.tr("class token receives {0}"), {draw::percent(prefix_share(content.last_block, 0, grid), 2)});
  const std::string title = filled(c.tr("Rollout over {0} blocks"), {std::to_string(content.depth)});
  const std::string other = filled(c.tr("Block {0} alone, mean of {1} heads"), {std::to_string(content.depth), std::to_string(input.config().heads)});
  if (r.height() > 1.1f * r.width()) {
    Rect first = r.cut_top(0.4f * r.height());
    r.cut_top(2 * u);
    Rect second = r.cut_top(0.5f * r.height());
    r.cut_top(2 * u);
    panel(c, first, input, title, c.tr("from the class token"), rolled, kept);
    panel(c, second, input, other, {}, mean, kept_mean);
    steps_of(c, r, input, content);
    return;
  }
  const float steps_height = std::clamp(0.3f * r.height(), 12 * u, 24 * u);
  Rect below = r.cut_bottom(steps_height);
  r.cut_bottom(1.5f * u);
  Rect left = r.cut_left((r.width() - 4 * u) / 2);
  r.cut_left(4 * u);
  float used = panel(c, left, input, title, c.tr("from the class token"), rolled, kept);
  used = std::max(used, panel(c, r, input, other, c.tr("for comparison"), mean, kept_mean));
  below.y0 = std::min(below.y0, r.y0 + used + 2.5f * u);
  steps_of(c, below, input, content);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("class token, {0} blocks"), {std::to_string(input.config().depth)});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const HeadFusion fusion = fusion_of(input);
  std::string text(c.tr("Attention rollout (Abnar and Zuidema 2020): per block A = (W + I) / 2 with W the attention of the heads taken together, multiplied from the first block to the last; "
                        "drawn is the row of the class token over the patches, as a share of 1."));
  text += " ";
  text += fusion == HeadFusion::mean ? c.tr("W is the mean over the heads.") : fusion == HeadFusion::max ? c.tr("W is the largest share over the heads, rows renormalised; it is not a distribution the model computes.")
                                                                              : c.tr("W is the smallest share over the heads, rows renormalised; it is not a distribution the model computes.");
  if (discard_of(input) > 0.004) text += " " + filled(c.tr("The smallest {0} of the weights are set to 0."), {draw::percent(discard_of(input), 2)});
  text += " ";
  text += c.tr("It follows the mixing of tokens only; values, the MLP and their signs are left out.");
  return text;
}

Table data(const FigureInput& input) {
  const Content content = content_of(input);
  TableColumn token{"token", {}}, patch{"patch", {}}, rollout{"rollout", {}}, mean{"mean_attention_last_block", {}};
  for (int t = 0; t < input.config().tokens(); ++t) {
    token.values.push_back(t);
    patch.values.push_back(input.grid().patch_of(t));
    rollout.values.push_back(static_cast<double>(content.rows.at(content.depth - 1, t)));
    mean.values.push_back(static_cast<double>(content.last_block.at(0, t)));
  }
  Table table;
  table.columns = {token, patch, rollout, mean};
  table.tensors = {{"rollout_by_block", content.rows}};
  return table;
}

}  // namespace

const Figure& rollout() {
  static const Figure figure{"rollout", "Attention rollout", "prediction", {1340, 760}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
