// Logit lens of the answer: what the head would say after every block, as probability and rank of one class and as a table of the best.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_depth.h"
#include "core/analysis/lens.h"
#include "core/analysis/tokens.h"
#include "core/ops/ops.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 2>& options() {
  static const std::array<Option, 2> all{{{Option::Kind::choice, "logit-lens.norm", "Final norm", 0, 1, 0, {"with", "without"}}, class_option()}};
  return all;
}

constexpr int kRows = 5;  ///< classes in each column of the table, where there is height for them
constexpr int kFewRows = 3;

LensNorm norm_of(const FigureInput& in) { return option(in.selection, options()[0]) > 0.5f ? LensNorm::without : LensNorm::with_norm; }
LensNorm other(LensNorm norm) { return norm == LensNorm::with_norm ? LensNorm::without : LensNorm::with_norm; }

bool ready(const FigureInput& in) { return in.trace.complete() && token_positions(in.trace) == in.config().depth + 1; }

struct Content {
  Tensor logits, shares;              ///< [positions, K]
  std::vector<std::vector<int>> best; ///< kRows or fewer classes at each position
};

std::shared_ptr<const Content> content_of(const FigureInput& in, LensNorm norm) {
  static Kept<std::tuple<std::uint64_t, LensNorm>, std::shared_ptr<const Content>, 4> kept;
  return kept.get({in.trace.stream_before(in.config().depth).id(), norm}, [&] {
    ThreadPool pool(1);
    auto content = std::make_shared<Content>();
    content->logits = lens_by_depth(in.trace, pool, norm);
    content->shares = Tensor(content->logits.shape());
    ops::softmax_rows(pool, content->logits.data(), content->logits.dim(0), content->logits.dim(1), content->shares.edit());
    for (int position = 0; position < content->logits.dim(0); ++position) content->best.push_back(largest(content->logits.row(position), kRows, true));
    return content;
  });
}

std::vector<double> of_class(const Tensor& table, int k) {
  std::vector<double> values;
  for (int position = 0; position < table.dim(0); ++position) values.push_back(static_cast<double>(table.at(position, k)));
  return values;
}

std::vector<double> ranks_of(const Content& content, int k) {
  std::vector<double> ranks;
  for (int position = 0; position < content.logits.dim(0); ++position) ranks.push_back(rank_of(content.logits.row(position), k));
  return ranks;
}

std::string norm_words(const Canvas& c, LensNorm norm) { return std::string(norm == LensNorm::with_norm ? c.tr("with the final norm") : c.tr("without the final norm")); }

std::string tooltip_of(const Canvas& c, const FigureInput& in, const Content& content, int k, int position) {
  return phrase(c, "{0}: {1} has {2}, rank {3} of {4}",
                {capitalised(depth::position_name(c, position)), in.trace.model().label(k), draw::percent(static_cast<double>(content.shares.at(position, k))),
                 std::to_string(rank_of(content.logits.row(position), k)), draw::count(in.config().classes)});
}

/// Probability of the chosen class over depth, with the chosen definition and, dashed, with the other.
void probabilities(Canvas& c, Rect r, const FigureInput& in, int k, float left) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const bool single = in.config().classes == 1;
  const LensNorm norm = norm_of(in);
  const auto content = content_of(in, norm), second = content_of(in, other(norm));
  heading(c, r, single ? c.tr("The output as it would be after each block") : phrase(c, "Probability of {0} if the walk ended here", {in.trace.model().label(k)}), {}, theme.class_token);
  const Rect legend = r.cut_top(lh + 0.25f * u);
  const std::vector<double> values = of_class(single ? content->logits : content->shares, k), others = of_class(single ? second->logits : second->shares, k);
  depth::ChartStyle style;
  style.positions = in.config().depth + 1;
  style.percent = !single;
  if (single) {
    const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
    const double pad = std::max(0.1, (*hi - *lo) * 0.1);
    style.lo = *lo - pad;
    style.hi = *hi + pad;
  }
  style.title = single ? c.tr("output") : c.tr("probability");
  style.short_title = style.title;
  style.named = style.numbers = single;
  style.left = left;
  const depth::Chart chart = depth::chart(c, r, style);
  if (!single) depth::line(c, chart, others, {theme.text3, 1.5f, true, 0});
  depth::line(c, chart, values, {theme.class_token, 2, false, 0.4f * u});
  depth::tag_positions(c, chart, in, static_cast<int>(values.size()), [&](int position) {
    return single ? depth::position_name(c, position) + ": " + draw::number(values[static_cast<std::size_t>(position)], 4) : tooltip_of(c, in, *content, k, position);
  });
  const float x = depth::legend_entry(c, {chart.plot.x0, legend.y0}, legend.x1, norm_words(c, norm), {theme.class_token, 2, false, 0.4f * u});
  if (!single) depth::legend_entry(c, {x, legend.y0}, legend.x1, norm_words(c, other(norm)), {theme.text3, 1.5f, true, 0});
}

void ranks(Canvas& c, Rect r, const FigureInput& in, int k, float left) {
  const auto& theme = c.theme();
  const auto content = content_of(in, norm_of(in)), second = content_of(in, other(norm_of(in)));
  depth::ChartStyle style;
  style.positions = in.config().depth + 1;
  style.lo = 1;
  style.hi = in.config().classes;
  style.logarithmic = style.hi > 20;
  style.downwards = true;
  style.title = style.logarithmic ? c.tr("rank, log.") : c.tr("rank");
  style.short_title = c.tr("rank");
  style.named = style.numbers = false;
  style.left = left;
  const depth::Chart chart = depth::chart(c, r, style);
  depth::line(c, chart, ranks_of(*second, k), {theme.text3, 1.5f, true, 0});
  depth::line(c, chart, ranks_of(*content, k), {theme.class_token, 2, false, 0.4f * c.u()});
  depth::tag_positions(c, chart, in, content->logits.dim(0), [&](int position) { return tooltip_of(c, in, *content, k, position); });
}

/// The best classes at each position, coloured by their probability, below the charts and in step with them.
void table(Canvas& c, Rect r, const FigureInput& in, int k, float left, int rows) {
  const auto& theme = c.theme();
  const auto& model = in.trace.model();
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  const auto content = content_of(in, norm_of(in));
  depth::ChartStyle style;  // only for its numbers
  style.positions = in.config().depth + 1;
  Rect cells = r;
  cells.x0 += left;
  cells.y1 -= depth::below_room(c, style) + lying_bar_height(c) + 0.75f * u;
  const float height = std::min(cells.height() / static_cast<float>(rows), 4.5f * u);
  cells.y1 = cells.y0 + height * static_cast<float>(rows);
  const float width = cells.width() / static_cast<float>(style.positions);
  const bool named = width > 5 * u && height >= lh, two_lines = named && height > 2 * lh;
  draw::HeatStyle heat;
  heat.span = {0, 1};
  const int under = hovered_class(in);
  for (int position = 0; position < style.positions; ++position) {
    const Rect column = column_of(cells, position, style.positions);
    const auto& best = content->best[static_cast<std::size_t>(position)];
    for (int i = 0; i < rows; ++i) {
      const int cls = best[static_cast<std::size_t>(i)];
      const float share = content->shares.at(position, cls);
      const Rect cell = row_of(column, i, rows).inset(c.pixel() / 2);
      const draw::Color ground = draw::heat_color(share, heat);
      c.fill(cell, ground);
      const draw::Color ink = luminance({ground.r, ground.g, ground.b}) > 0.2 ? draw::hex(0x12161B) : draw::kWhite;
      if (named) {
        const float y = two_lines ? cell.centre().y - lh : cell.centre().y - lh / 2;
        c.text({cell.centre().x, y}, model.label(cls), small, ink, Align::centre, cell.width() - 0.75f * u);
        if (two_lines) c.text({cell.centre().x, y + lh}, draw::percent(static_cast<double>(share), 2), small, ink, Align::centre, cell.width() - 0.5f * u);
      }
      c.tag(cell, draw::CellTarget{{{Slot::logits, -1}, cls}}, tooltip_of(c, in, *content, cls, position));
      if (cls == k) c.outline(cell.inset(0.5f), theme.mark, height < 2 * lh ? 1.5f : 2);
      if (cls == under && cls != k) c.outline(cell.inset(1), draw::kWhite, 2);
    }
  }
  for (int i = 0; i < rows; ++i) c.text({cells.x0 - 0.9f * u, row_of(cells, i, rows).centre().y - lh / 2}, std::to_string(i + 1), small, theme.text2, Align::right);
  // Positions and the bar below the cells.
  float last = -1e9f;
  for (int position = 0; position < style.positions; ++position) {
    const std::string text = position == 0 ? std::string(c.tr("emb.")) : std::to_string(position);
    const float x = column_of(cells, position, style.positions).centre().x, half = c.text_width(text, small) / 2;
    if (x - half < last || x + half > r.x1 + 0.5f) continue;
    c.text({x, cells.y1 + 0.5f * u}, text, small, theme.text2, Align::centre);
    last = x + half + 0.5f * u;
  }
  c.text({cells.centre().x, cells.y1 + 0.75f * u + lh}, c.tr("encoder block"), small, theme.text1, Align::centre, cells.width());
  const float y = cells.y1 + 1.5f * u + 2 * lh;
  lying_bar(c, {cells.x0, y, r.x1, y + lying_bar_height(c)}, heat, c.tr("probability; the framed class is the chosen one"), true);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), lh = line_height(c);
  const int k = chosen_class(in);
  const float left = lh + 0.5f * u + c.text_width("10,000", c.metrics().small_style()) + 1.25f * u;
  if (in.config().classes == 1) return probabilities(c, r, in, k, left);
  const float below = 2 * lh + 2.5f * u + lying_bar_height(c) + heading_height(c);
  const int rows = std::min(in.config().classes, r.height() < 52 * u ? kFewRows : kRows);
  Rect bottom = r.cut_bottom(std::clamp(0.42f * r.height(), static_cast<float>(rows) * lh + below, static_cast<float>(rows) * 4.5f * u + below));
  r.cut_bottom(1.5f * u);
  Rect lower = r.cut_bottom(std::max(0.3f * r.height(), 4.5f * lh));
  r.cut_bottom(0.5f * u);
  probabilities(c, r, in, k, left);
  ranks(c, lower, in, k, left);
  heading(c, bottom, phrase(c, "The {0} best classes at each place", {std::to_string(rows)}), c.tr("best at the top"));
  table(c, bottom, in, k, left, rows);
}

std::string subject(const Canvas& c, const FigureInput& in) { return in.trace.complete() ? in.trace.model().label(chosen_class(in)) + ", " + norm_words(c, norm_of(in)) : std::string(); }

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text(norm_of(in) == LensNorm::with_norm
                       ? c.tr("Logit lens: all that follows the last block, from the final LayerNorm to the head, reads the tokens after each block as if they were the last, z = head(LN(x)) (nostalgebraist 2020). At the "
                              "last block it is the answer itself, bit for bit.")
                       : c.tr("Logit lens without the final norm: z = head(x), the row that the answer is read from compared with the class directions as it is after each block (as in Vilas et al. 2023). Also at the last "
                              "block this is not the model's answer."));
  text += " ";
  text += c.tr("The head was trained on the last block alone; what it says earlier shows how far the row already points to a class, not what the model believes.");
  return text;
}

Table data(const FigureInput& in) {
  const int k = chosen_class(in);
  Table table;
  TableColumn position{"position", {}}, cls{"class", {}};
  table.columns = {position, cls, {"probability", {}}, {"rank", {}}, {"probability_without_norm", {}}, {"rank_without_norm", {}}};
  const auto with = content_of(in, LensNorm::with_norm), without = content_of(in, LensNorm::without);
  for (int p = 0; p < with->logits.dim(0); ++p) {
    const double values[] = {static_cast<double>(p), static_cast<double>(k), static_cast<double>(with->shares.at(p, k)), static_cast<double>(rank_of(with->logits.row(p), k)),
                             static_cast<double>(without->shares.at(p, k)), static_cast<double>(rank_of(without->logits.row(p), k))};
    for (std::size_t i = 0; i < table.columns.size(); ++i) table.columns[i].values.push_back(values[i]);
  }
  table.tensors = {{"logits", with->logits}, {"logits_without_norm", without->logits}};
  return table;
}

}  // namespace

const Figure& logit_lens() {
  static const Figure figure{"logit-lens", "Logit lens", "head", {1340, 760}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
