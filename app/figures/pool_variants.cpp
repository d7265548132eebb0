// What some models do instead of taking one row: two rows, the mean of many, a norm or a bent layer behind.
#include "app/draw/number.h"
#include "app/figures/parts_panels.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Canvas;
using draw::Rect;

std::string said(const Canvas& c, std::string_view english) { return std::string(c.tr(english)); }

Panel source(const Canvas& c, const FigureInput& in) {
  return recorded(in, variants::pooling_input(in.config()), said(c, in.config().final_norm ? "Tokens after the final norm" : "Tokens after the last block"));
}

// --- two rows
bool two_ready(const FigureInput& in) { return in.trace.has(variants::pooling_input(in.config())) && in.trace.has(Slot::pooled) && in.trace.has(Slot::pooled_dist); }
void two_draw(Canvas& c, Rect r, const FigureInput& in) {
  Panel cls = recorded(in, {Slot::pooled}, said(c, "Row of the class token")), dist = recorded(in, {Slot::pooled_dist}, said(c, "Row of the distillation token"));
  cls.color = c.theme().class_token;
  dist.color = c.theme().other_token;
  draw_panels(c, r, in, {source(c, in), cls, dist});
}
std::string two_caption(const Canvas& c, const FigureInput& in) {
  return phrase(c, "Rows 0 and 1 of the tokens, {0} numbers each, no unit, are taken out; each has a head of its own. The {1} rows of the patches end here.",
                {std::to_string(in.config().dim), std::to_string(in.grid().patches())});
}
Table two_data(const FigureInput& in) {
  return panels_data({{"tokens", in.trace.at(variants::pooling_input(in.config()))}, {"pooled", in.trace.at(Slot::pooled)}, {"pooled_dist", in.trace.at(Slot::pooled_dist)}});
}

// --- mean
bool mean_ready(const FigureInput& in) { return in.trace.has(variants::pooling_input(in.config())) && in.trace.has(Slot::pooled); }
void mean_draw(Canvas& c, Rect r, const FigureInput& in) {
  Panel mean = recorded(in, {Slot::pooled}, said(c, in.config().pool == "avg" ? "Mean of the patches" : "Mean of all tokens"));
  mean.color = c.theme().class_token;
  draw_panels(c, r, in, {source(c, in), mean});
}
std::string mean_caption(const Canvas& c, const FigureInput& in) {
  const int counted = in.config().pool == "avg" ? in.grid().patches() : in.config().tokens();
  return phrase(c,
                in.config().pool == "avg" ? std::string_view("The mean of the rows of the {0} patches, column by column, no unit; tokens in front of the patches do not count.")
                                          : std::string_view("The mean of the rows of all {0} tokens, column by column, no unit; tokens in front of the patches count as well."),
                {std::to_string(counted)});
}
Table mean_data(const FigureInput& in) { return panels_data({{"tokens", in.trace.at(variants::pooling_input(in.config()))}, {"pooled", in.trace.at(Slot::pooled)}}); }

// --- norm of the pooled row
bool norm_ready(const FigureInput& in) { return in.trace.has(Slot::pooled) && in.trace.has(Slot::head_norm); }
void norm_draw(Canvas& c, Rect r, const FigureInput& in) {
  const NormWeights& norm = in.trace.model().weights.head_norm;
  draw_panels(c, r, in, {recorded(in, {Slot::pooled}, said(c, "Pooled row")), learned(c, norm.gain, said(c, "gain, learned"), "×"), learned(c, norm.shift, said(c, "shift, learned"), "+"),
                         recorded(in, {Slot::head_norm}, said(c, "After the norm"), "=")});
}
std::string norm_caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "LayerNorm of the one pooled row: minus the mean of its {0} numbers, divided by their standard deviation (divisor {0}, ε = {1}), times a learned gain, plus a learned shift. No unit.",
                {std::to_string(in.config().dim), draw::number(static_cast<double>(in.config().layer_norm_eps))});
}
Table norm_data(const FigureInput& in) {
  const NormWeights& norm = in.trace.model().weights.head_norm;
  return panels_data({{"pooled", in.trace.at(Slot::pooled)}, {"gain", norm.gain}, {"shift", norm.shift}, {"head_norm", in.trace.at(Slot::head_norm)}});
}

// --- representation
bool representation_ready(const FigureInput& in) { return in.trace.has(variants::representation_input(in.config())) && in.trace.has(Slot::pre_logits); }
void representation_draw(Canvas& c, Rect r, const FigureInput& in) {
  draw_panels(c, r, in, {recorded(in, {variants::representation_input(in.config())}, said(c, "Pooled row")), recorded(in, {Slot::representation}, said(c, "After the linear map"), "→"),
                         recorded(in, {Slot::pre_logits}, said(c, "After tanh"), "→")});
}
std::string representation_caption(const Canvas& c, const FigureInput& in) {
  return phrase(c, "A learned linear map takes the {0} numbers of the pooled row to {1}, and tanh bends each of them into the range from −1 to 1. No unit; the head reads the last row.",
                {std::to_string(in.config().dim), std::to_string(in.config().representation)});
}
Table representation_data(const FigureInput& in) {
  return panels_data({{"pooled", in.trace.at(variants::representation_input(in.config()))}, {"linear", in.trace.at(Slot::representation)}, {"pre_logits", in.trace.at(Slot::pre_logits)}});
}

}  // namespace

const Figure& two_rows() {
  static const Figure figure{"two-rows", "Two rows", "two-rows", {1340, 680}, two_ready, two_draw, nullptr, two_caption, two_data, {}};
  return figure;
}

const Figure& mean_pool() {
  static const Figure figure{"mean-pool", "Mean over tokens", "mean-pool", {1340, 680}, mean_ready, mean_draw, nullptr, mean_caption, mean_data, {}};
  return figure;
}

const Figure& head_norm() {
  static const Figure figure{"head-norm", "Norm of the pooled row", "head-norm", {1340, 720}, norm_ready, norm_draw, nullptr, norm_caption, norm_data, {}};
  return figure;
}

const Figure& pre_logits() {
  static const Figure figure{"pre-logits", "Representation", "pre-logits", {1340, 680}, representation_ready, representation_draw, nullptr, representation_caption, representation_data, {}};
  return figure;
}

}  // namespace vitscope::figures
