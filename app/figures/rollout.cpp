// Attention rollout: what reaches the class token through all blocks.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_rollout.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

struct Content {
  RolloutChoice choice;
  RolloutMap map;
  int count = 0, depth = 0;  ///< blocks that are multiplied, and all
  draw::Matrix last_block;   ///< mean over heads, [T, T]
  draw::Matrix last_row;     ///< its row of the class token, or the mean over the patches as queries, [1, T]
  draw::Matrix last_grid;    ///< what that row gives to the patches
  double last_prefix = 0;
};

Content content_of(const FigureInput& input) {
  Content content;
  content.choice = rollout_choice(input);
  content.map = rollout_map(input, content.choice.options);
  content.count = content.map.rolled.rows.dim(0);
  content.depth = input.config().depth;
  content.last_block = shares(input.trace, content.depth - 1, kMeanHead);
  const draw::Matrix& m = content.last_block;
  if (input.grid().class_token()) {
    content.last_row = m.part(0, 1, 0, m.columns);
  } else {
    static Kept<std::uint64_t, Tensor, 4> kept;  // the mean over the patches as queries
    content.last_row = draw::Matrix(kept.get(m.tensor.id(), [&] {
      Tensor mean(Shape{1, m.columns});
      for (int key = 0; key < m.columns; ++key) {
        double sum = 0;
        for (int query = input.grid().prefix(); query < m.rows; ++query) sum += static_cast<double>(m.at(query, key));
        mean.edit()[key] = static_cast<float>(sum / input.grid().patches());
      }
      return mean;
    }));
  }
  content.last_grid = on_grid(content.last_row, 0, input.grid());
  content.last_prefix = prefix_share(content.last_row, 0, input.grid());
  return content;
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

/// The same as a published variant shows it: as brightness of the picture.
float lit_panel(Canvas& c, Rect r, const FigureInput& input, const Content& content, std::string_view title, std::string_view hint, const std::string& kept) {
  const float u = c.u(), line = Canvas::text_height(c.metrics().small_style());
  Rect room = r;
  heading(c, room, title, {}, hint);
  room.y1 -= 1.25f * u + 2 * line;
  const Rect picture = lit_picture(c, room, input, content.map, content.choice.display);
  const float bar = std::min(18 * u, 0.42f * r.width());
  const float end = picture.y1 + u + lit_bar(c, {r.x0, picture.y1 + u}, bar, input, content.map, content.choice.display);
  const draw::Style small = c.metrics().small_style();
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
  const draw::Matrix rows(content.map.rolled.rows);
  const int start = content.choice.options.start_block;
  Rect title = r;
  heading(c, title, c.tr("Up to block"), {}, c.tr("each from 0 to its largest share"));
  r.y0 = title.y0;
  const float aspect = static_cast<float>(input.config().image_width) / static_cast<float>(input.config().image_height);
  const float gap = 0.8f * u;
  int columns = 1;
  float best = 0;
  for (int n = 1; n <= content.count; ++n) {
    const int lines = (content.count + n - 1) / n;
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
  for (int row = 0; row < content.count; ++row) {
    const int block = start + row;
    const float x = r.x0 + static_cast<float>(row % columns) * (width + gap), y = r.y0 + static_cast<float>(row / columns) * (height + gap + line);
    const bool open = block == block_shown;
    const std::string number = std::to_string(block + 1);
    if (width > c.text_width(number, medium)) c.text({x, y}, number, open ? medium : small, open ? c.theme().text1 : c.theme().block);
    const draw::Matrix shown = on_grid(rows, row, grid);
    const Rect map = draw::rect_at({x, y + line}, width, height);
    thumbnail(c, map, shown, from_zero(shown));
    const double kept = prefix_share(rows, row, grid);
    const std::string tooltip = filled(grid.only_class_token() ? c.tr("blocks {0} to {1}: largest share {2}, class token keeps {3}") : c.tr("blocks {0} to {1}: largest share {2}"), {std::to_string(start + 1), number, draw::percent(static_cast<double>(draw::range_of(shown).hi)), draw::percent(kept, 2)});
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

std::vector<Study> studies(const FigureInput& input) { return rollout_studies(input, std::array{rollout_choice(input).options}); }

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  if (!rollouts_found(input, std::array{rollout_choice(input).options})) return draw_missing(c, r);
  const float u = c.u();
  const Content content = content_of(input);
  const PatchGrid& grid = input.grid();
  const bool prefix = grid.prefix() > 0, others = !grid.only_class_token();
  const std::string kept = prefix ? filled(others ? c.tr("prefix tokens keep {0}") : c.tr("class token keeps {0}"), {draw::percent(content.map.kept, 2)}) : std::string();
  const std::string kept_mean = prefix ? filled(others ? c.tr("prefix tokens receive {0}") : c.tr("class token receives {0}"), {draw::percent(content.last_prefix, 2)}) : std::string();
  const int start = content.choice.options.start_block;
  const std::string title = start == 0 ? filled(c.tr("Rollout over {0} blocks"), {std::to_string(content.depth)})
                                       : filled(c.tr("Rollout over blocks {0} to {1}"), {std::to_string(start + 1), std::to_string(content.depth)});
  const std::string other = filled(c.tr("Block {0} alone, mean of {1} heads"), {std::to_string(content.depth), std::to_string(input.config().heads)});
  const std::string sums = row_sums_text(c, content.map.rolled.sums);
  const std::string hint = not_a_distribution(content.choice.options) ? std::string(c.tr("not a distribution")) + ", " + sums
                                                                     : std::string(grid.class_token() ? c.tr("from the class token") : c.tr("mean over all patches")) + ", " + sums;
  const auto first_panel = [&](Rect place) {
    return content.choice.display == RolloutDisplay::cells ? panel(c, place, input, title, hint, content.map.grid, kept) : lit_panel(c, place, input, content, title, hint, kept);
  };
  if (r.height() > 1.1f * r.width()) {
    Rect first = r.cut_top(0.4f * r.height());
    r.cut_top(2 * u);
    Rect second = r.cut_top(0.5f * r.height());
    r.cut_top(2 * u);
    first_panel(first);
    panel(c, second, input, other, {}, content.last_grid, kept_mean);
    steps_of(c, r, input, content);
    return;
  }
  const float steps_height = std::clamp(0.3f * r.height(), 12 * u, 24 * u);
  Rect below = r.cut_bottom(steps_height);
  r.cut_bottom(1.5f * u);
  Rect left = r.cut_left((r.width() - 4 * u) / 2);
  r.cut_left(4 * u);
  float used = first_panel(left);
  used = std::max(used, panel(c, r, input, other, c.tr("for comparison"), content.last_grid, kept_mean));
  below.y0 = std::min(below.y0, r.y0 + used + 2.5f * u);
  steps_of(c, below, input, content);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  const RolloutChoice chosen = rollout_choice(input);
  const std::string blocks = filled(input.grid().class_token() ? c.tr("class token, {0} blocks") : c.tr("mean over all patches, {0} blocks"), {std::to_string(input.config().depth - chosen.options.start_block)});
  return chosen.variant ? std::string(c.tr(chosen.variant->name)) + ", " + blocks : blocks;
}

std::string own_caption(const Canvas& c, const FigureInput& input, const RolloutOptions& options) {
  std::string text(options.residual ? c.tr("Attention rollout (Abnar and Zuidema 2020): per block A = (W + I) / 2 with W the attention of the heads taken together, rows divided by their sums, multiplied from the "
                                           "first block to the last.")
                                    : c.tr("Attention rollout (Abnar and Zuidema 2020) without the residual connection: per block A = W, the attention of the heads taken together, rows divided by their sums, "
                                           "multiplied from the first block to the last."));
  text += " ";
  text += input.grid().class_token() ? c.tr("Drawn is the row of the class token over the patches, as a share of 1.")
                                    : c.tr("There is no class token: drawn is the mean of the rows of all patches, as a share of 1.");
  text += " ";
  text += options.fusion == HeadFusion::mean ? c.tr("W is the mean over the heads.") : options.fusion == HeadFusion::max ? c.tr("W is the largest share over the heads, rows renormalised; it is not a distribution the model computes.")
                                                                              : c.tr("W is the smallest share over the heads, rows renormalised; it is not a distribution the model computes.");
  if (options.discard > 0.0005) text += " " + filled(c.tr("The smallest {0} of the weights are set to 0."), {draw::percent(options.discard, 2)});
  if (options.start_block > 0) text += " " + filled(c.tr("The product starts with block {0}."), {std::to_string(options.start_block + 1)});
  return text;
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const RolloutChoice chosen = rollout_choice(input);
  std::string text = chosen.variant ? filled(c.tr("Attention rollout as published by {0}."), {c.tr(chosen.variant->name)}) + " " + std::string(c.tr(chosen.variant->definition))
                                    : own_caption(c, input, chosen.options);
  text += " ";
  text += c.tr("It follows the mixing of tokens only; values, the MLP and their signs are left out.");
  return text;
}

Table data(const FigureInput& input) {
  const Content content = content_of(input);
  const Tensor& rows = content.map.rolled.rows;
  TableColumn token{"token", {}}, patch{"patch", {}}, rollout{"rollout", {}}, mean{"mean_attention_last_block", {}};
  const PatchGrid& grid = input.grid();
  for (int t = 0; t < input.config().tokens(); ++t) {
    token.values.push_back(t);
    patch.values.push_back(grid.patch_of(t));
    rollout.values.push_back(static_cast<double>(rows.at(content.count - 1, t)));
    mean.values.push_back(static_cast<double>(content.last_row.at(0, t)));
  }
  Table table;
  table.columns = {token, patch, rollout, mean};
  table.tensors = {{"rollout_by_block", rows}};
  return table;
}

}  // namespace

const Figure& rollout() {
  static const Figure figure{"rollout", "Attention rollout", "prediction", {1340, 760}, rollout_ready, draw_figure, subject, caption, data, rollout_options(), studies};
  return figure;
}

}  // namespace vitscope::figures
