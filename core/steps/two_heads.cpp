// Two heads: a distilled model asks class token and distillation token separately, then takes the mean of the two answers.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::pooled, Slot::pooled_dist};
constexpr Slot kWrites[] = {Slot::logits_cls, Slot::logits_dist};
constexpr Slot kMeanWrites[] = {Slot::logits};
constexpr std::string_view kMeanShownAs[] = {"head"};  // analyses of the logits

void run(StepContext& c) {
  const Weights& weights = c.model().weights;
  Tensor of_class = c.make(Slot::logits_cls), of_distillation = c.make(Slot::logits_dist);
  ops::linear(c.pool, c.in(Slot::pooled).data(), 1, weights.head, of_class.edit());
  ops::linear(c.pool, c.in(Slot::pooled_dist).data(), 1, weights.head_dist, of_distillation.edit());
  c.keep(Slot::logits_cls, std::move(of_class));
  c.keep(Slot::logits_dist, std::move(of_distillation));
}

void run_mean(StepContext& c) {
  const Tensor &a = c.in(Slot::logits_cls), &b = c.in(Slot::logits_dist);
  Tensor mean = c.make(Slot::logits);
  for (std::int64_t i = 0; i < mean.size(); ++i) mean.edit()[i] = (a.data()[i] + b.data()[i]) / 2;
  c.keep(Slot::logits, std::move(mean));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const bool distilled = cell.tensor.slot == Slot::logits_dist;
  const Slot source = distilled ? Slot::pooled_dist : Slot::pooled;
  const Weights& weights = trace.model().weights;
  const std::string name = distilled ? "distillation token" : "class token", label = trace.model().label(cell.i);
  Explanation e = why::linear(trace.at(source).values(), distilled ? weights.head_dist : weights.head, cell.i, {}, [&](int j) { return CellRef{{source}, j}; });
  e.rule = e.rest_label.empty() ? "z = Σ_j c_j w_j" : "z = Σ_j c_j w_j + b";
  e.a_column = "c";
  e.note = "The " + name + " compared with the direction of " + label + " that its own head has learned.";
  why::station(e, "logit of " + label + " from the " + name, "1 of " + std::to_string(config.classes), "two-heads");
  why::station(e, name, std::to_string(config.dim) + " numbers", "two-rows");
  why::stations_below(e, trace, config.depth, {});
  return e;
}

Explanation explain_mean(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const double a = trace.at(Slot::logits_cls).at(cell.i), b = trace.at(Slot::logits_dist).at(cell.i);
  Explanation e;
  e.rule = "z = (z_{cls} + z_{dist}) / 2";
  e.numbers = "(" + why::number(a) + " " + why::added(b) + ") / 2";
  e.value = (a + b) / 2;
  e.label_column = "head";
  e.a_column = "z";
  e.b_column = "share";
  e.product_column = "adds";
  e.terms = {{"class token", a, 0.5, a / 2, CellRef{{Slot::logits_cls}, cell.i}, {}}, {"distillation token", b, 0.5, b / 2, CellRef{{Slot::logits_dist}, cell.i}, {}}};
  why::sort_by_size(e);
  e.note = "The mean is taken of the logits, before softmax; the mean of the two probabilities would be another number.";
  why::station(e, "logit of " + trace.model().label(cell.i), "1 of " + std::to_string(config.classes), "mean-logits");
  why::station(e, "logits of both heads", why::sizes({2, config.classes}), "two-heads");
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step two_heads_step() {
  return {.slug = "two-heads",
          .title = "Two heads",
          .short_title = "Two heads",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::logits_cls,
          .formula = "z_{cls} = c W + b   z_{dist} = d W_d + b_d",
          .sizes = "2 × {D} → 2 × {K}",
          .sentence = "Class token and distillation token each meet a head of their own.",
          .teaching =
              "The second head was trained to repeat the answers of a teacher, a convolutional network, so it may rank the classes differently. "
              "Look where the two bars of a class part: there the labels and the teacher disagreed.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.two_heads; }};
}

Step mean_logits_step() {
  constexpr static Slot kMeanReads[] = {Slot::logits_cls, Slot::logits_dist};
  return {.slug = "mean-logits",
          .title = "Mean of the logits",
          .short_title = "Mean logits",
          .stage = Stage::answer,
          .reads = kMeanReads,
          .writes = kMeanWrites,
          .result = Slot::logits,
          .formula = "z = (z_{cls} + z_{dist}) / 2",
          .sizes = "2 × {K} → {K}",
          .sentence = "The answer is the mean of the two logit vectors.",
          .teaching =
              "Averaging logits and then taking the softmax is not averaging probabilities: a head that is very sure against a class can hold it down here. "
              "Compare the two bars of every class.",
          .run = run_mean,
          .explain = explain_mean,
          .applies = [](const VitConfig& c) { return c.two_heads; },
          .shown_as = kMeanShownAs};
}

}  // namespace vitscope
