// One row of weights per class, held against the class token's row: the logits.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_answer.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr TensorRef kLogits{Slot::logits, -1};
constexpr int kMany = 24;  ///< more classes than this are shown by the best of them and a density

/// The row that the head reads: pooled, normalised or bent.
TensorRef row_ref(const FigureInput& in) { return {variants::head_input(in.config())}; }

/// With two heads no single row makes the logits.
bool ready(const FigureInput& in) { return !in.config().two_heads && in.trace.has(row_ref(in)) && in.trace.has(kLogits); }

Bar class_bar(const FigureInput& in, int k) {
  const float logit = in.trace.at(kLogits).at(k);
  Bar b;
  b.label = in.trace.model().label(k);
  b.text = draw::number(logit);
  b.value = logit;
  b.color = sign_color(logit);
  b.pinned = k == pinned_class(in);
  b.hovered = k == hovered_class(in);
  b.target = draw::CellTarget{{kLogits, k}};
  return b;
}

/// All logits as a density strip over their range.
void density(Canvas& c, Rect r, const FigureInput& in, const std::vector<int>& named) {
  const auto logits = in.trace.at(kLogits).values();
  const float u = c.u();
  const auto& theme = c.theme();
  const auto small = c.metrics().small_style();
  heading(c, r, phrase(c, "All {0} logits", {draw::count(static_cast<std::int64_t>(logits.size()))}), phrase(c, "the {0} above in colour", {std::to_string(named.size())}));
  const auto [low, high] = std::minmax_element(logits.begin(), logits.end());
  const double lo = *low, hi = std::max(lo + 1e-6, static_cast<double>(*high));
  Rect plot = r;
  plot.y1 -= line_height(c) + 0.5f * u;
  constexpr std::size_t kBins = 64;
  std::array<int, kBins> all{}, best{};
  const auto bin = [&](float v) {
    const double at = (v - lo) / (hi - lo) * static_cast<double>(kBins);
    return static_cast<std::size_t>(std::clamp(std::isfinite(at) ? at : 0.0, 0.0, static_cast<double>(kBins) - 1));
  };
  for (const float v : logits) ++all[bin(v)];
  for (const int k : named) ++best[bin(logits[static_cast<std::size_t>(k)])];
  const int most = std::max(1, *std::max_element(all.begin(), all.end()));
  for (std::size_t i = 0; i < kBins; ++i) {
    const Rect column = column_of(plot, static_cast<int>(i), static_cast<int>(kBins));
    const auto height = [&](int n) { return plot.height() * static_cast<float>(n) / static_cast<float>(most); };
    if (all[i] > 0) c.fill({column.x0, plot.y1 - std::max(1.0f, height(all[i])), column.x1 - c.pixel(), plot.y1}, theme.tick);
    if (best[i] > 0) c.fill({column.x0, plot.y1 - std::max(2.0f, height(best[i])), column.x1 - c.pixel(), plot.y1}, theme.class_token);
  }
  c.line({plot.x0, plot.y1}, {plot.x1, plot.y1}, theme.tick, c.pixel());
  const float y = plot.y1 + 0.4f * u;
  c.text({plot.x0, y}, draw::number(lo), small, theme.text3);
  c.text({plot.x1, y}, draw::number(hi), small, theme.text3, Align::right);
  c.text({plot.centre().x, y}, c.tr("logit"), small, theme.text3, Align::centre);
}

/// The class row over the weights, column under column; a line per class with its logit at the right where there is room for it.
Rect weights_and_logits(Canvas& c, Rect r, const FigureInput& in, int chosen) {
  const auto& config = in.config();
  const auto& theme = c.theme();
  const ops::Linear& head = in.trace.model().weights.head;
  const Tensor& pooled = in.trace.at(row_ref(in));
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const int classes = config.classes, width = head.in();
  const bool many = classes > kMany;
  const draw::Matrix matrix(head.weight(), 0, classes, width, width);
  const auto heat = signed_heat(signed_span(matrix));
  const auto hovered = hovered_in(in, row_ref(in));
  const int hovered_column = hovered ? hovered->i : -1;

  float label = c.text_width("0000", small);
  if (!many)
    for (int k = 0; k < classes; ++k) label = std::max(label, c.text_width(in.trace.model().label(k), c.metrics().small_medium()));
  label = std::min(label, r.width() * 0.2f) + u;
  const float bars_width = many ? 0 : std::clamp(r.width() * 0.26f, 12 * u, 24 * u);
  Rect title = r;
  heading(c, title, c.tr(in.config().pool == "cls" ? "Row of the class token" : "Pooled row"), {}, theme.class_token);
  r.y0 = title.y0;
  Rect body = r;
  body.x0 += label;
  body.x1 -= bars_width > 0 ? bars_width + 2 * u : 0;
  const Rect row = draw::rect_at({body.x0, r.y0}, body.width(), 3 * u);
  strip(c, row, {draw::Matrix(pooled), signed_heat(signed_span(draw::Matrix(pooled))), CellRef{row_ref(in), 0}, 0, -1, hovered_column});
  c.text({row.x0 - u, row.centre().y - lh / 2}, "cls", small, theme.class_token, Align::right);
  sign(c, {row.x0, row.y1, row.x1, row.y1 + 3 * u}, "×");
  Rect w{body.x0, row.y1 + 3 * u, body.x1, r.y1};
  Rect w_title{r.x0, w.y0, body.x1, w.y1};
  heading(c, w_title, c.tr("Weights"), c.tr("one learned row per class"), theme.weights);
  w.y0 = w_title.y0;
  w.y1 -= lh + 1.5f * u + lying_bar_height(c);
  const float cell = std::min(w.height() / static_cast<float>(classes), 5 * u);
  const float top = w.y0;
  w.y1 = w.y0 + cell * static_cast<float>(classes);
  c.heat(w, matrix, heat);
  c.tag_cells(w, {{kLogits, 0}, classes, 1, 0, -1});
  column_axis(c, w, width, dim_name(c, info(row_ref(in).slot).dims.back(), config), theme.width);
  Rect picked = row_of(w, chosen, classes);
  if (picked.height() < 2) picked = {picked.x0, picked.centre().y - 1, picked.x1, picked.centre().y + 1};
  c.pinned(picked);
  if (hovered_column >= 0) c.hovered(column_of(w, hovered_column, width));
  lying_bar(c, {r.x0, w.y1 + lh + 1.5f * u, body.x1, r.y1}, heat, c.tr("weight; 1 % lies beyond"), false, true);
  // Few classes leave room for all products of the chosen one.
  Rect rest{r.x0, w.y1 + lh + 1.5f * u + lying_bar_height(c) + 2.5f * u, body.x1, r.y1};
  if (!many && rest.height() > 14 * u) {
    const auto x = pooled.values(), y = head.weight().row(chosen);
    heading(c, rest, phrase(c, "Products for {0}", {in.trace.model().label(chosen)}), c.tr("row × weights, column by column"), theme.selection);
    std::vector<float> products(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) products[i] = x[i] * y[i];
    rest = {body.x0, rest.y0 + lh / 2, rest.x1, std::min(rest.y1, rest.y0 + 30 * u) - lh - 0.5f * u};
    profile(c, rest, products, hovered_column);
    c.tag_cells(rest, {{row_ref(in), 0}, 1, width, -1, 0});
    column_axis(c, rest, width, dim_name(c, info(row_ref(in).slot).dims.back(), config), theme.width);
  }
  if (many) {
    c.text({w.x0 - u, w.y0}, "0", small, theme.text3, Align::right);
    c.text({w.x0 - u, w.y1 - lh}, std::to_string(classes - 1), small, theme.text3, Align::right);
    return w;
  }
  Rect logits_title{w.x1 + 2 * u, top - heading_height(c), r.x1, top};
  heading(c, logits_title, c.tr("Logits"), head.bias().empty() ? std::string_view() : c.tr("bias added"));
  const auto logits = in.trace.at(kLogits).values();
  double lo = 0, hi = 0;
  float text = 0;
  for (const float z : logits) {
    lo = std::min(lo, static_cast<double>(z));
    hi = std::max(hi, static_cast<double>(z));
    text = std::max(text, c.text_width(draw::number(z), small));
  }
  const Rect plot{w.x1 + 2 * u, w.y0, r.x1 - text - u, w.y1};
  const double span = hi - lo > 0 ? hi - lo : 1;
  const auto x_of = [&](double v) { return plot.x0 + static_cast<float>((v - lo) / span) * plot.width(); };
  const int under = hovered_class(in);
  for (int k = 0; k < classes; ++k) {
    const Rect line = row_of({r.x0, w.y0, r.x1, w.y1}, k, classes);
    const float z = logits[static_cast<std::size_t>(k)], y = line.centre().y;
    const bool is = k == chosen;
    const float half = std::min(line.height() * 0.3f, 1.2f * u);
    if (line.height() >= lh * 0.9f) {
      c.text({w.x0 - u, y - lh / 2}, in.trace.model().label(k), is ? c.metrics().small_medium() : small, is ? theme.selection : theme.text2, Align::right, label - u);
      c.text({r.x1, y - lh / 2}, draw::number(z), small, is ? theme.selection : theme.text1, Align::right);
    }
    if (std::isfinite(z)) c.fill({std::min(x_of(0), x_of(z)), y - half, std::max(x_of(0), x_of(z)), y + half}, sign_color(z));
    c.tag({w.x1, line.y0, r.x1, line.y1}, draw::CellTarget{{kLogits, k}});
    c.tag({r.x0, line.y0, w.x0, line.y1}, draw::CellTarget{{kLogits, k}});
    if (k == under) c.hovered(row_of(w, k, classes));
  }
  c.line({x_of(0), w.y0}, {x_of(0), w.y1}, theme.tick, c.pixel());
  return w;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u();
  const int classes = config.classes, chosen = chosen_class(in);
  const bool many = classes > kMany;
  const ops::Linear& head = in.trace.model().weights.head;
  const auto hovered = hovered_in(in, row_ref(in));
  Rect left = r.cut_left(r.width() * (many ? 0.36f : 0.62f));
  r.cut_left(5 * u);
  weights_and_logits(c, left, in, chosen);
  if (many) {
    Rect middle = r.cut_left((r.width() - 4 * u) * 0.5f);
    r.cut_left(4 * u);
    Rect strip_rect = middle.cut_bottom(std::clamp(middle.height() * 0.26f, 10 * u, 18 * u));
    middle.cut_bottom(u);
    const int lines = std::min(12, static_cast<int>((middle.height() - heading_height(c)) / bar_row_height(c)));
    const auto order = top_classes(in, lines);
    heading(c, middle, phrase(c, "The {0} largest logits", {std::to_string(order.size())}), c.tr("bias added"));
    std::vector<Bar> list;
    for (const int k : order) list.push_back(class_bar(in, k));
    BarsStyle style;
    style.row_height = std::min(4 * u, std::max(bar_row_height(c), middle.height() / static_cast<float>(std::max(1, lines))));
    bars(c, middle, list, style);
    density(c, strip_rect, in, order);
  }
  const auto width = static_cast<std::size_t>(head.in());
  heading(c, r, phrase(c, "Why {0}?", {in.trace.model().label(chosen)}), c.tr("input × weight"), c.theme().selection);
  const auto sum = contributions(in.trace.at(row_ref(in)).values(), head.weight().values().subspan(static_cast<std::size_t>(chosen) * width, width), head.bias(), chosen,
                                 std::min(16, contribution_rows(c, r.height())));
  contribution_bars(c, r, sum, {"element {0}", CellRef{row_ref(in), 0}, 0, hovered ? hovered->i : -1});
}

std::string subject(const Canvas& c, const FigureInput& in) { return outputs_text(c, in.config()); }

std::string caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "Logit of a class: the pooled row of {0} numbers times that class's learned row of weights, plus its bias. Logits have no unit; only their differences matter. "
                "Contributions are the products of the row with the weights of the chosen class, largest magnitude first.",
                {std::to_string(in.trace.model().weights.head.in())});
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn index{"class", {}}, bias{"bias", {}}, logit{"logit", {}};
  const Tensor& b = in.trace.model().weights.head.bias();
  for (int k = 0; k < in.config().classes; ++k) {
    index.values.push_back(k);
    bias.values.push_back(b.empty() ? 0 : b.at(k));
    logit.values.push_back(in.trace.at(kLogits).at(k));
  }
  table.columns = {index, bias, logit};
  table.tensors = {{"pooled", in.trace.at(row_ref(in))}, {"logits", in.trace.at(kLogits)}};
  return table;
}

}  // namespace

const Figure& head() {
  static const Figure figure{"head", "Head", "head", {1340, 680}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
