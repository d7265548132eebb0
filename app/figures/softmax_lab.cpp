// One row of scores under another temperature: how shares, entropy and distance follow.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"
#include "core/analysis/softmax_lab.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr float kEnd = 6;  // the slider's ends, in doublings: there the limits are taken

const std::array<Option, 2>& options() {
  static const std::array<Option, 2> all{{{Option::Kind::slider, "softmax-lab.heat", "Temperature", -kEnd, kEnd, 0, {}}, {Option::Kind::toggle, "softmax-lab.unscaled", "without 1/√d", 0, 1, 0, {}}}};
  return all;
}

bool ready(const FigureInput& in) { return in.trace.has(Slot::scores, in.block()); }

double temperature_at(double doublings) {
  if (doublings <= -static_cast<double>(kEnd) + 0.01) return 0;
  if (doublings >= static_cast<double>(kEnd) - 0.01) return std::numeric_limits<double>::infinity();
  return std::exp2(doublings);
}

struct Lab {
  int block = 0, head = 0, query = 0;
  std::span<const float> scores;
  double factor = 1, temperature = 1, doublings = 0;
  SoftmaxRow plain, now;
};

Lab lab_of(const FigureInput& in) {
  Lab lab;
  const Chosen now = chosen(in);
  lab.block = now.block, lab.head = real_head(in), lab.query = now.query;
  const auto tokens = static_cast<std::size_t>(in.config().tokens());
  lab.scores = in.trace.at(Slot::scores, lab.block).row(lab.head).subspan(static_cast<std::size_t>(lab.query) * tokens, tokens);
  lab.doublings = static_cast<double>(option(in.selection, options()[0]));
  lab.temperature = temperature_at(lab.doublings);
  if (option(in.selection, options()[1]) > 0.5f) lab.factor = 1 / static_cast<double>(in.config().score_scale);
  lab.plain = softmax_row_at(lab.scores, 1, 1, in.grid(), lab.query);
  lab.now = softmax_row_at(lab.scores, lab.factor, lab.temperature, in.grid(), lab.query);
  return lab;
}

std::string temperature_text(double temperature) { return std::isinf(temperature) ? "∞" : draw::number(temperature); }

/// Shares of the row as it is made of the model (outlined) and as it would be.
void row_chart(Canvas& c, Rect r, const FigureInput& in, const Lab& lab) {
  const float u = c.u(), lh = Canvas::text_height(c.metrics().small_style());
  const auto& theme = c.theme();
  const int tokens = in.config().tokens();
  heading(c, r, c.tr("Row of {0} at temperature {1}"), {token_piece(c, lab.query, in.grid()), {temperature_text(lab.temperature), theme.text1}}, c.tr("line: as the model computes it"));
  Rect plot{r.x0 + 6 * u, r.y0 + 0.5f * u, r.x1, r.y1 - lh - 0.5f * u};
  const float top = static_cast<float>(std::max({lab.plain.largest, lab.now.largest, 1e-9}));
  draw::HeatStyle heat;
  heat.span = {0, top};
  token_bars(c, plot, lab.now.shares, heat, 0, top);
  std::vector<draw::Vec> line;
  for (int token = 0; token < tokens; ++token) {
    const Rect place = token_place_in(plot, token, tokens);
    const float y = plot.y1 - plot.height() * lab.plain.shares[static_cast<std::size_t>(token)] / top;
    line.push_back({place.x0, y});
    line.push_back({place.x1, y});
    const std::string tip = draw::percent(static_cast<double>(lab.plain.shares[static_cast<std::size_t>(token)])) + " → " + draw::percent(static_cast<double>(lab.now.shares[static_cast<std::size_t>(token)]));
    c.tag(place, draw::TokenTarget{token}, tip);
  }
  c.polyline(line, theme.text1, 1);
  c.line({plot.x0, plot.y1}, {plot.x1, plot.y1}, theme.tick, c.pixel());
  AxisNumbers numbers(c, plot.x0);
  numbers.add(plot.y1, "0", -0.25f);
  numbers.add(plot.y0, draw::percent(static_cast<double>(top), 2), 0.25f);
  token_axis(c, plot, in.grid(), lab.query, hovered_key(in));
}

/// Entropy of the row over the temperature, from 0 to infinity.
void entropy_curve(Canvas& c, Rect r, const FigureInput& in, const Lab& lab) {
  const float u = c.u(), lh = Canvas::text_height(c.metrics().small_style());
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const double most = std::log2(static_cast<double>(in.config().tokens()));
  heading(c, r, c.tr("Entropy over the temperature"), {}, c.tr("bits"));
  const Rect plot{r.x0 + 6 * u, r.y0 + 0.5f * lh, r.x1 - 2 * u, r.y1 - 2.4f * lh};
  const auto x_of = [&](double doublings) { return plot.x0 + plot.width() * static_cast<float>((doublings + static_cast<double>(kEnd)) / (2 * static_cast<double>(kEnd))); };
  const auto y_of = [&](double bits) { return plot.y1 - plot.height() * static_cast<float>(most > 0 ? std::clamp(bits / most, 0.0, 1.0) : 0.0); };
  AxisNumbers numbers(c, plot.x0);
  for (const double bits : {0.0, most / 2, most}) {
    c.line({plot.x0, y_of(bits)}, {plot.x1, y_of(bits)}, theme.hairline, c.pixel());
    numbers.add(y_of(bits), draw::number(bits, 2));
  }
  constexpr int kSamples = 49;
  std::vector<draw::Vec> curve;
  for (int i = 0; i < kSamples; ++i) {
    const double doublings = -static_cast<double>(kEnd) + 2 * static_cast<double>(kEnd) * i / (kSamples - 1);
    curve.push_back({x_of(doublings), y_of(softmax_row_at(lab.scores, lab.factor, temperature_at(doublings), in.grid(), lab.query).entropy)});
  }
  c.polyline(curve, theme.text2, 1.5f);
  float taken = plot.x0 - 100;
  for (const auto& [doublings, text] : {std::pair<double, std::string_view>{-6, "0"}, {-4, "1/16"}, {-2, "1/4"}, {0, "1"}, {2, "4"}, {4, "16"}, {6, "∞"}}) {
    const float width = c.text_width(text, small), x = x_of(doublings);
    c.line({x, plot.y1}, {x, plot.y1 + 0.4f * u}, theme.tick, c.pixel());
    if (x - width / 2 < taken + 0.5f * u) continue;
    c.text({x, plot.y1 + 0.6f * u}, text, small, theme.text3, Align::centre);
    taken = x + width / 2;
  }
  c.text({plot.centre().x, r.y1 - lh}, c.tr("temperature"), small, theme.text3, Align::centre, plot.width());
  c.circle({x_of(0), y_of(softmax_row_at(lab.scores, lab.factor, 1, in.grid(), lab.query).entropy)}, 0.5f * u, theme.text1);
  c.circle({x_of(lab.doublings), y_of(lab.now.entropy)}, 0.7f * u, theme.selection);
}

void numbers(Canvas& c, Rect r, const FigureInput& in, const Lab& lab) {
  const auto& theme = c.theme();
  heading(c, r, c.tr("As the model, and here"), {});
  const auto line = [&](std::string_view label, const std::string& before, const std::string& after) {
    const float height = fact(c, r, label, before + " → " + after, theme.text1);
    if (r.height() > height) r.cut_top(height);
  };
  const float needed = Canvas::text_height(c.metrics().small_style()) * 2.2f;
  line(c.tr("entropy"), draw::number(lab.plain.entropy) + " bits", draw::number(lab.now.entropy) + " bits");
  if (r.height() > needed) line(c.tr("largest share"), draw::percent(lab.plain.largest), draw::percent(lab.now.largest));
  if (in.grid().prefix() > 0 && r.height() > needed) line(c.tr(in.grid().only_class_token() ? "to the class token" : "to prefix tokens"), draw::percent(lab.plain.prefix_share), draw::percent(lab.now.prefix_share));
  if (!std::isnan(lab.now.distance) && r.height() > needed) line(c.tr("attention distance"), draw::number(lab.plain.distance, 4) + " px", draw::number(lab.now.distance, 4) + " px");
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const Lab lab = lab_of(in);
  Rect upper = r.cut_top(0.52f * r.height());
  r.cut_top(2.5f * u);
  Rect picture = upper.cut_left(0.5f * upper.width());
  upper.cut_left(4 * u);
  Overlay o;
  const Tensor row({1, in.config().tokens()}, lab.now.shares);
  o.grid = draw::Matrix(row).row_as_grid(0, in.grid().prefix(), in.grid().rows(), in.grid().columns());
  o.span = {0, static_cast<float>(std::max(lab.now.largest, 1e-9))};
  o.pinned = lab.query;
  o.hovered = hovered_key(in);
  overlay_panel(c, picture, in, c.tr("Where {0} would look"), {token_piece(c, lab.query, in.grid())}, "", 0.5f * u, o);
  const float facts = std::min(0.42f * upper.height(), 5 * 1.9f * Canvas::text_height(c.metrics().small_style()));
  Rect words = upper.cut_top(facts);
  upper.cut_top(1.5f * u);
  numbers(c, words, in, lab);
  entropy_curve(c, upper, in, lab);
  row_chart(c, r, in, lab);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  return filled(c.tr("block {0}, head {1}"), {std::to_string(in.block() + 1), std::to_string(real_head(in) + 1)});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const Lab lab = lab_of(in);
  return filled(c.tr("Softmax of the scores of one query divided by a temperature of {0}: at 0 the largest score takes all, at infinity all {1} tokens are alike and the entropy is log₂ {1} = {2} bits. Distance: mean over "
                     "the patches in pixels of the model input, weighted by their shares."),
                {temperature_text(lab.temperature), std::to_string(in.config().tokens()), draw::number(std::log2(static_cast<double>(in.config().tokens())), 4)}) +
         prefix_left_out(c, in.config());
}

Table data(const FigureInput& in) {
  const Lab lab = lab_of(in);
  TableColumn token{"key_token", {}}, score{"score", {}}, plain{"share", {}}, now{"share_at_temperature", {}};
  for (std::size_t i = 0; i < lab.scores.size(); ++i) {
    token.values.push_back(static_cast<double>(i));
    score.values.push_back(static_cast<double>(lab.scores[i]));
    plain.values.push_back(static_cast<double>(lab.plain.shares[i]));
    now.values.push_back(static_cast<double>(lab.now.shares[i]));
  }
  Table table;
  table.columns = {token, score, plain, now};
  return table;
}

}  // namespace

const Figure& softmax_lab() {
  static const Figure figure{"softmax-lab", "Temperature", "softmax", {1340, 800}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
