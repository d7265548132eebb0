// LayerScale: a learned gain per column on what attention or MLP add.
#include "core/ops/thread_pool.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::attn_out}, kReads2[] = {Slot::fc2};
constexpr Slot kWrites1[] = {Slot::scaled1}, kWrites2[] = {Slot::scaled2};

const Tensor& gains(const BlockWeights& weights, Slot scaled) { return scaled == Slot::scaled1 ? weights.scale1 : weights.scale2; }

void scale(StepContext& c, Slot from, Slot to) {
  const Tensor &before = c.in(from), &gain = gains(c.weights(), to);
  const auto width = static_cast<std::size_t>(c.config().dim);
  Tensor after = c.make(to);
  float* out = after.edit();
  c.pool.run(c.config().tokens(), 16, [&](int begin, int end) {
    for (std::size_t i = static_cast<std::size_t>(begin) * width; i < static_cast<std::size_t>(end) * width; ++i) out[i] = before.data()[i] * gain.data()[i % width];
  });
  c.keep(to, std::move(after));
}

void run1(StepContext& c) { scale(c, Slot::attn_out, Slot::scaled1); }
void run2(StepContext& c) { scale(c, Slot::fc2, Slot::scaled2); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  const bool first = cell.tensor.slot == Slot::scaled1;
  const Slot from = first ? Slot::attn_out : Slot::fc2;
  const double x = trace.at(from, block).at(cell.i, cell.j);
  const double gain = gains(trace.model().weights.blocks[static_cast<std::size_t>(block)], cell.tensor.slot).at(cell.j);
  const std::string name = why::token_name(trace, cell.i), width = "1 of " + std::to_string(config.dim);
  Explanation e;
  e.rule = "y = x · g";
  e.numbers = why::number(x) + " · " + why::number(gain);
  e.value = x * gain;
  e.label_column = "part";
  e.a_column = "x";
  e.b_column = "gain";
  e.product_column = "product";
  e.terms = {{first ? "attention output" : "MLP output", x, gain, x * gain, CellRef{{from, block}, cell.i, cell.j}, {}}};
  e.note = "One learned gain for column " + std::to_string(cell.j) + ", the same for every token and every picture.";
  why::station(e, "scaled " + std::string(first ? "attention output" : "MLP output") + " of " + name, width, first ? "layer-scale1" : "layer-scale2", block);
  why::station(e, first ? "attention output" : "MLP output", width, writer_of(from, config).slug, block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step layer_scale1_step() {
  return {.slug = "layer-scale1",
          .title = "LayerScale",
          .short_title = "LayerScale",
          .stage = Stage::block,
          .reads = kReads1,
          .writes = kWrites1,
          .result = Slot::scaled1,
          .formula = "y = x · g",
          .sizes = "{T} × {D} · {D} → {T} × {D}",
          .sentence = "A learned gain per column decides how strongly attention writes into the token.",
          .teaching =
              "Training starts with tiny gains, so that a deep stack of blocks begins almost as doing nothing and learns how loud each column may be. "
              "Gains near 0 mean that this block hardly uses the column.",
          .run = run1,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.layer_scale; }};
}

Step layer_scale2_step() {
  Step step = layer_scale1_step();
  step.slug = "layer-scale2";
  step.reads = kReads2;
  step.writes = kWrites2;
  step.result = Slot::scaled2;
  step.sentence = "A learned gain per column decides how strongly the MLP writes into the token.";
  step.run = run2;
  return step;
}

}  // namespace vitscope
