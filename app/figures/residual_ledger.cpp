// Residual ledger: what the embedding and every branch of every block added to one logit.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_depth.h"
#include "core/analysis/ledger.h"
#include "core/analysis/tokens.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 2>& options() {
  static const std::array<Option, 2> all{{{Option::Kind::choice, "residual-ledger.of", "Of", 0, 1, 0, {"the logit", "the logit above the mean of all"}}, class_option()}};
  return all;
}

LedgerOf what(const FigureInput& in) { return option(in.selection, options()[0]) > 0.5f && in.config().classes > 1 ? LedgerOf::above_mean : LedgerOf::logit; }

bool ready(const FigureInput& in) {
  if (!in.trace.complete() || token_positions(in.trace) != in.config().depth + 1) return false;
  for (int block = 0; block < in.config().depth; ++block)
    if (!in.trace.has(Slot::resid1, block)) return false;
  return true;
}

std::shared_ptr<const Ledger> ledger_of(const FigureInput& in, int k) {
  static Kept<std::tuple<std::uint64_t, int, LedgerOf>, std::shared_ptr<const Ledger>, 8> kept;
  return kept.get({in.trace.at(Slot::logits).id(), k, what(in)}, [&] { return std::make_shared<const Ledger>(vitscope::residual_ledger(in.trace, k, what(in))); });
}

/// Of the block that is selected; null where the run does not hold what it is made from.
std::shared_ptr<const HeadLedger> heads_of(const FigureInput& in, int k) {
  static Kept<std::tuple<std::uint64_t, int, int, LedgerOf>, std::shared_ptr<const HeadLedger>, 16> kept;
  const int block = in.block();
  if (!in.trace.has(Slot::context, block)) return nullptr;
  return kept.get({in.trace.at(Slot::logits).id(), k, block, what(in)}, [&] { return std::make_shared<const HeadLedger>(head_ledger(in.trace, k, block, what(in))); });
}

/// One line of the ledger.
struct Part {
  enum class Kind { embedding, fold, placed, attention, mlp, shift, bias, edits } kind;
  int block = -1;
  double value = 0;
};

/// `folds`: what is added in front of attention comes from the words of TNT, else from positions.
std::vector<Part> parts_of(const Ledger& ledger, bool folds) {
  std::vector<Part> parts{{Part::Kind::embedding, -1, ledger.embedding}};
  for (std::size_t block = 0; block < ledger.attention.size(); ++block) {
    if (block < ledger.fold.size()) parts.push_back({folds ? Part::Kind::fold : Part::Kind::placed, static_cast<int>(block), ledger.fold[block]});
    parts.push_back({Part::Kind::attention, static_cast<int>(block), ledger.attention[block]});
    parts.push_back({Part::Kind::mlp, static_cast<int>(block), ledger.mlp[block]});
  }
  parts.push_back({Part::Kind::shift, -1, ledger.shift});
  parts.push_back({Part::Kind::bias, -1, ledger.bias});
  // Rounding leaves far less; what is more comes from edits behind the last block.
  if (const double rest = ledger.logit - ledger.sum(); std::abs(rest) > 1e-3 * (1 + std::abs(ledger.logit))) parts.push_back({Part::Kind::edits, -1, rest});
  return parts;
}

draw::Color color_of_part(const draw::Theme& theme, Part::Kind kind) {
  switch (kind) {
    case Part::Kind::embedding:
    case Part::Kind::fold:
    case Part::Kind::placed: return theme.patch_token;
    case Part::Kind::attention: return theme.heads;
    case Part::Kind::mlp: return theme.width;
    case Part::Kind::edits: return theme.warning;
    default: return theme.weights;
  }
}

std::string name_of_part(const Canvas& c, const Part& part) {
  const std::string block = std::to_string(part.block + 1);
  switch (part.kind) {
    case Part::Kind::embedding: return std::string(c.tr("embedding"));
    case Part::Kind::attention: return phrase(c, "attention {0}", {block});
    case Part::Kind::mlp: return phrase(c, "MLP {0}", {block});
    case Part::Kind::fold: return phrase(c, "words {0}", {block});
    case Part::Kind::placed: return phrase(c, "positions {0}", {block});
    case Part::Kind::shift: return std::string(c.tr("norm shift"));
    case Part::Kind::bias: return std::string(c.tr("bias"));
    case Part::Kind::edits: return std::string(c.tr("edits"));
  }
  return {};
}

/// The page that shows how the part came about.
draw::Target target_of_part(const VitConfig& config, const Part& part) {
  const char* slug = part.kind == Part::Kind::embedding ? "position" : part.kind == Part::Kind::attention ? "residual1" : part.kind == Part::Kind::mlp ? "residual2" : part.kind == Part::Kind::shift ? "final-norm" : "";
  const Step* step = find_step(slug);
  if (!step || !applies(*step, config)) return {};
  return draw::PlaceTarget{{step, part.block}};
}

std::string tooltip_of(const Canvas& c, const Part& part, double total) {
  return name_of_part(c, part) + ": " + draw::signed_number(part.value) + (std::abs(total) > 1e-9 ? ", " + phrase(c, "{0} of the logit", {draw::percent(part.value / total)}) : "");
}

/// Columns of a chart with a place for the embedding, two for each block, and two for the constants.
struct Places {
  Rect plot;
  int depth = 1;
  float unit() const { return plot.width() / (static_cast<float>(depth) + 2.2f); }
  Rect of(const Part& part) const {
    const float w = unit();
    const auto at = [&](float left, float width) { return Rect{plot.x0 + left * w, plot.y0, plot.x0 + (left + width) * w, plot.y1}; };
    switch (part.kind) {
      case Part::Kind::embedding: return at(0.2f, 0.6f);
      case Part::Kind::attention: return at(1.1f + static_cast<float>(part.block), 0.4f);
      case Part::Kind::fold:
      case Part::Kind::placed: return at(1.0f + static_cast<float>(part.block), 0.1f);
      case Part::Kind::mlp: return at(1.5f + static_cast<float>(part.block), 0.4f);
      case Part::Kind::shift: return at(1.2f + static_cast<float>(depth), 0.4f);
      case Part::Kind::bias: return at(1.6f + static_cast<float>(depth), 0.4f);
      case Part::Kind::edits: return at(2.0f + static_cast<float>(depth), 0.2f);
    }
    return plot;
  }
  Rect block(int block) const { return {plot.x0 + (1 + static_cast<float>(block)) * unit(), plot.y0, plot.x0 + (2 + static_cast<float>(block)) * unit(), plot.y1}; }
};

struct Axis {
  double lo = 0, hi = 1, step = 1;
};

Axis axis_of(std::span<const double> values, float height, float line) {
  Axis axis{0, 0, 1};
  for (const double v : values)
    if (std::isfinite(v)) axis.lo = std::min(axis.lo, v), axis.hi = std::max(axis.hi, v);
  const double range = std::max(axis.hi - axis.lo, 1e-6);
  axis.step = draw::tick_step(range * 1.06, std::max(2, static_cast<int>(height / (2.6f * line))));
  if (axis.hi > 0) axis.hi += 0.06 * range;
  if (axis.lo < 0) axis.lo -= 0.06 * range;
  return axis;
}

/// Frame, numbers and zero line; returns how values become heights.
auto frame(Canvas& c, const Places& places, const Axis& axis, std::string_view title, float left) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  const Rect plot = places.plot;
  const auto y_of = [plot, axis](double v) { return plot.y1 - static_cast<float>(std::clamp((v - axis.lo) / std::max(axis.hi - axis.lo, 1e-12), 0.0, 1.0)) * plot.height(); };
  for (int block = 0; block < places.depth; block += 2) c.fill(places.block(block), theme.panel);
  for (double k = std::ceil(axis.lo / axis.step); k * axis.step <= axis.hi; ++k) {
    const float y = y_of(k * axis.step);
    c.line({plot.x0, y}, {plot.x1, y}, std::abs(k) < 0.5 ? theme.tick : theme.hairline, std::abs(k) < 0.5 ? 1 : c.pixel());
    c.text({plot.x0 - 0.9f * u, y - lh / 2}, draw::tick_number(std::abs(k) < 0.5 ? 0 : k * axis.step, axis.step), small, theme.text2, Align::right);
  }
  c.line({plot.x0, plot.y0}, {plot.x0, plot.y1}, theme.tick, c.pixel());
  if (c.text_width(title, small) <= plot.height() + lh) c.text_up({plot.x0 - left + lh / 2, plot.centre().y}, title, small, theme.text2);
  return y_of;
}

void numbers_below(Canvas& c, const Places& places, const FigureInput& in, float y) {
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  const float u = c.u(), lh = line_height(c);
  const auto write = [&](float x, std::string_view text, float& last) {
    const float half = c.text_width(text, small) / 2;
    if (x - half < last) return;
    c.text({x, y}, text, small, theme.text2, Align::centre);
    last = x + half + 0.6f * u;
  };
  float last = -1e9f;
  const std::string_view emb = c.tr("emb."), constants = c.tr("const.");
  write(places.of({Part::Kind::embedding}).centre().x, emb, last);
  const float end = places.of({Part::Kind::shift}).x1 - c.text_width(constants, small) / 2 - 0.6f * u;
  for (int block = 0; block < in.config().depth; ++block) {
    const std::string text = std::to_string(block + 1);
    if (places.block(block).centre().x + c.text_width(text, small) / 2 > end) break;
    write(places.block(block).centre().x, text, last);
  }
  write(places.of({Part::Kind::shift}).x1, constants, last);
  c.text({places.plot.centre().x, y + lh + 0.25f * u}, c.tr("encoder block"), small, theme.text1, Align::centre, places.plot.width());
}

void charts(Canvas& c, Rect r, const FigureInput& in, const Ledger& ledger, const std::vector<Part>& parts) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  const float left = lh + 0.5f * u + c.text_width("−00.0", small) + 1.25f * u;
  const float below = 2 * lh + 0.75f * u;
  heading(c, r, c.tr("What each part adds"), c.tr("along the direction of the class"));
  Rect legend = r.cut_top(lh + 0.25f * u);
  r.x1 -= 1.5f * u;
  Rect bottom = r.cut_bottom(0.42f * (r.height() + below));
  Places upper{{r.x0 + left, r.y0 + lh / 2, r.x1, r.y1 - lh / 2}, in.config().depth};
  std::vector<double> values, running;
  for (const Part& part : parts) {
    values.push_back(part.value);
    running.push_back(part.value + (running.empty() ? 0 : running.back()));
  }
  const auto y_of = frame(c, upper, axis_of(values, upper.plot.height(), lh), c.tr("added to the logit"), left);
  const auto* pointed = in.paper ? nullptr : std::get_if<draw::PlaceTarget>(&in.selection.hovered);
  for (const Part& part : parts) {
    const Rect place = upper.of(part);
    const float zero = y_of(0), y = y_of(part.value);
    Rect bar{place.x0, std::min(zero, y), place.x1 - c.pixel(), std::max(zero, y)};
    if (bar.height() < 1) bar = {bar.x0, zero - 0.5f, bar.x1, zero + 0.5f};
    if (std::isfinite(part.value)) c.fill(bar, color_of_part(theme, part.kind));
    c.tag(place, target_of_part(in.config(), part), tooltip_of(c, part, ledger.logit));
    if (pointed && draw::Target(*pointed) == target_of_part(in.config(), part)) c.outline(bar.inset(-2), theme.text1, 1);
  }
  const std::pair<Part::Kind, std::string_view> entries[] = {{Part::Kind::attention, c.tr("attention")}, {Part::Kind::mlp, c.tr("MLP")}, {Part::Kind::embedding, c.tr("embedding")}, {Part::Kind::bias, c.tr("constants")}};
  float x = upper.plot.x0;
  for (const auto& [kind, name] : entries) {
    const float width = 2.2f * u + c.text_width(name, small);
    if (x + width > r.x1) break;
    c.fill({x, legend.y0 + lh / 2 - 0.6f * u, x + 1.2f * u, legend.y0 + lh / 2 + 0.6f * u}, color_of_part(theme, kind));
    c.text({x + 1.9f * u, legend.y0}, name, small, theme.text2);
    x += width + 1.75f * u;
  }
  // The running sum: a level behind every part, ending at the logit.
  bottom.cut_top(0.5f * u);
  Places lower{{bottom.x0 + left, bottom.y0 + lh / 2, bottom.x1, bottom.y1 - below}, in.config().depth};
  const auto sum_y = frame(c, lower, axis_of(running, lower.plot.height(), lh), c.tr("sum so far"), left);
  float from = lower.plot.x0, level = sum_y(0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Rect place = lower.of(parts[i]);
    const float middle = place.centre().x, next = sum_y(running[i]);
    c.line({from, level}, {middle, level}, theme.text2, 1.5f);
    c.line({middle, level}, {middle, next}, color_of_part(theme, parts[i].kind), 3);
    c.tag(place, target_of_part(in.config(), parts[i]), phrase(c, "after {0}: {1}", {name_of_part(c, parts[i]), draw::signed_number(running[i])}));
    from = middle;
    level = next;
  }
  c.line({from, level}, {lower.plot.x1, level}, theme.text2, 1.5f);
  c.circle({lower.plot.x1, level}, 0.5f * u, theme.class_token);
  numbers_below(c, lower, in, lower.plot.y1 + 0.5f * u);
}

/// The attention of the selected block, head by head.
void heads(Canvas& c, Rect r, const FigureInput& in, const HeadLedger& ledger) {
  const int block = in.block();
  heading(c, r, phrase(c, "Attention {0} by head", {std::to_string(block + 1)}), {}, c.theme().heads);
  std::vector<Bar> list;
  for (int head = 0; head < static_cast<int>(ledger.heads.size()); ++head) {
    Bar bar;
    bar.label = phrase(c, "head {0}", {std::to_string(head + 1)});
    bar.value = ledger.heads[static_cast<std::size_t>(head)];
    bar.text = draw::signed_number(bar.value);
    bar.color = c.theme().heads;
    bar.target = draw::HeadTarget{block, head};
    bar.pinned = !in.paper && head == in.selection.head;
    bar.hovered = !in.paper && bar.target == in.selection.hovered;
    list.push_back(std::move(bar));
  }
  Bar rest;
  rest.label = std::string(c.tr("bias"));
  rest.value = ledger.rest;
  rest.text = draw::signed_number(ledger.rest);
  rest.color = c.theme().tick;
  rest.label_color = c.theme().text3;
  list.push_back(std::move(rest));
  bars(c, r, list);
}

/// All parts by size, and their sum beside the model's logit.
void list(Canvas& c, Rect r, const FigureInput& in, const Ledger& ledger, std::vector<Part> parts, int k) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style(), medium = c.metrics().small_medium();
  heading(c, r, phrase(c, "Largest parts of {0}", {in.trace.model().label(k)}), {}, theme.class_token);
  r.cut_bottom(2 * lh + 0.75f * u);
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return std::abs(a.value) > std::abs(b.value); });
  const auto fits = static_cast<std::size_t>(std::max(1.0f, std::floor(r.height() / bar_row_height(c))));
  const bool all = parts.size() <= fits;
  const std::size_t shown = all ? parts.size() : fits - 1;
  std::vector<Bar> bars_list;
  double rest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i >= shown) {
      rest += parts[i].value;
      continue;
    }
    Bar bar;
    bar.label = name_of_part(c, parts[i]);
    bar.text = draw::signed_number(parts[i].value);
    bar.value = parts[i].value;
    bar.color = color_of_part(theme, parts[i].kind);
    bar.target = target_of_part(in.config(), parts[i]);
    bar.hovered = !in.paper && !std::holds_alternative<std::monostate>(bar.target) && bar.target == in.selection.hovered;
    bars_list.push_back(std::move(bar));
  }
  if (!all) {
    Bar bar;
    bar.label = phrase(c, "{0} more", {std::to_string(parts.size() - shown)});
    bar.text = draw::signed_number(rest);
    bar.value = rest;
    bar.color = theme.tick;
    bar.label_color = theme.text3;
    bars_list.push_back(std::move(bar));
  }
  BarsStyle style;
  style.row_height = std::clamp(r.height() / static_cast<float>(bars_list.size()), bar_row_height(c), 1.25f * bar_row_height(c));
  const float used = bars(c, r, bars_list, style);
  const float y = r.y0 + used + 0.25f * u;
  c.line({r.x0, y}, {r.x1, y}, theme.hairline, c.pixel());
  c.text({r.x0, y + 0.25f * u}, c.tr("sum of all parts"), medium, theme.text1, Align::left, r.width() * 0.65f);
  const double sum = std::accumulate(parts.begin(), parts.end(), 0.0, [](double total, const Part& part) { return total + part.value; });
  c.text({r.x1, y + 0.25f * u}, draw::signed_number(sum, 5), medium, theme.text1, Align::right);
  c.text({r.x0, y + 0.25f * u + lh}, what(in) == LedgerOf::logit ? c.tr("logit of the model") : c.tr("logit minus mean of all"), small, theme.text3, Align::left, r.width() * 0.65f);
  c.text({r.x1, y + 0.25f * u + lh}, draw::signed_number(ledger.logit, 5), small, theme.text3, Align::right);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const int k = chosen_class(in);
  const auto ledger = ledger_of(in, k);
  const std::vector<Part> parts = parts_of(*ledger, in.config().tnt.has_value());
  Rect side = r.height() > 1.05f * r.width() ? r.cut_bottom(0.36f * r.height()) : r.cut_right(std::clamp(0.27f * r.width(), 22 * u, 38 * u));
  if (side.x0 > r.x0) r.cut_right(4 * u);
  else r.cut_bottom(2 * u);
  charts(c, r, in, *ledger, parts);
  const float rows = heading_height(c) + bar_row_height(c) * static_cast<float>(in.config().heads + 1);
  const float needed = heading_height(c) + bar_row_height(c) * 8 + 2 * line_height(c);
  if (const auto by_head = heads_of(in, k); by_head && side.height() >= rows + needed + 2 * u) {
    const Rect place = side.cut_bottom(rows);
    side.cut_bottom(2 * u);
    heads(c, place, in, *by_head);
  }
  list(c, side, in, *ledger, parts, k);
}

std::string subject(const Canvas&, const FigureInput& in) { return in.trace.complete() ? in.trace.model().label(chosen_class(in)) : std::string(); }

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text(c.tr("The last tokens are the sum of the embedding and of what each attention and each MLP added. With the deviation σ of the final LayerNorm held at its value in this run, the logit is linear in "
                        "them: a part p adds Σ (p − mean p) / σ · gain · w, with w the weights of the class. The constants are Σ shift · w (norm shift) and the bias of the head; together the parts give the logit."));
  if (what(in) == LedgerOf::above_mean) text += " " + std::string(c.tr("Here w and bias are taken minus their mean over all classes, because only differences between logits matter."));
  return text;
}

Table data(const FigureInput& in) {
  const int k = chosen_class(in);
  const auto ledger = ledger_of(in, k);
  Table table;
  table.columns = {{"block", {}}, {"attention", {}}, {"mlp", {}}};
  for (int block = 0; block < in.config().depth; ++block) {
    table.columns[0].values.push_back(block);
    table.columns[1].values.push_back(ledger->attention[static_cast<std::size_t>(block)]);
    table.columns[2].values.push_back(ledger->mlp[static_cast<std::size_t>(block)]);
  }
  const float rest[] = {static_cast<float>(k), static_cast<float>(ledger->embedding), static_cast<float>(ledger->shift), static_cast<float>(ledger->bias), static_cast<float>(ledger->logit)};
  table.tensors = {{"class_embedding_shift_bias_logit", Tensor({5}, rest)}};
  if (const auto by_head = heads_of(in, k)) {
    Tensor heads({static_cast<int>(by_head->heads.size())});
    std::transform(by_head->heads.begin(), by_head->heads.end(), heads.edit(), [](double value) { return static_cast<float>(value); });
    table.tensors.push_back({"heads_of_block_" + std::to_string(in.block()), heads});
  }
  return table;
}

}  // namespace

const Figure& residual_ledger() {
  static const Figure figure{"residual-ledger", "Residual ledger", "head", {1340, 680}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
