// Output projection: mixes what the heads have found.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::context};
constexpr Slot kWrites[] = {Slot::attn_out}, kWritesProjection[] = {Slot::attn_proj};
constexpr std::string_view kShownAs[] = {"attention-output"};

void run(StepContext& c) {
  const Slot result = variants::attention_projection(c.config());
  Tensor y = c.make(result);
  ops::linear(c.pool, c.in(Slot::context).data(), c.config().tokens(), c.weights().proj, y.edit());
  c.keep(result, std::move(y));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  const std::string name = why::token_name(trace, cell.i);
  Explanation e = why::linear(
      trace.at(Slot::context, block).row(cell.i), trace.model().weights.blocks[static_cast<std::size_t>(block)].proj, cell.j,
      [&](int j) { return "head " + std::to_string(j / config.head_width + 1) + ", " + std::to_string(j % config.head_width); },
      [&](int j) { return CellRef{{Slot::context, block}, cell.i, j}; });
  e.rule = e.rest_label.empty() ? "o = Σ_j z_j w_j" : "o = Σ_j z_j w_j + b";
  e.label_column = "head, number";
  e.a_column = "z";
  e.note = "All heads contribute, each through its own " + std::to_string(config.head_width) + " weights.";
  why::station(e, "attention output of " + name, "1 of " + std::to_string(config.dim), writer_of(cell.tensor.slot, config).slug, block);
  why::station(e, "joined heads of " + name, std::to_string(config.heads * config.head_width) + " numbers", "join-heads", block);
  why::station(e, "shares and values", why::sizes({config.heads, config.tokens()}), "softmax", block);
  why::station(e, "token rows after LayerNorm", why::sizes({config.tokens(), config.dim}), "norm1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step attention_output_step() {
  return {.slug = "attention-output",
          .title = "Output projection",
          .short_title = "Output",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::attn_out,
          .formula = "o = Z W_o + b_o",
          .sizes = "{T} × {H}·{d} → {T} × {D}",
          .sentence = "A learned linear map mixes the heads into one message per token.",
          .teaching =
              "Heads worked apart until now; this map decides which of their findings are worth writing into the token, and where. "
              "Each row is what attention wants to add to that token: compare its size with the token itself.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return !c.value_skip; }};
}

Step attention_projection_step() {
  Step step = attention_output_step();
  step.slug = "attention-projection";
  step.writes = kWritesProjection;
  step.result = Slot::attn_proj;
  step.applies = [](const VitConfig& c) { return c.value_skip; };
  step.shown_as = kShownAs;
  return step;
}

}  // namespace vitscope
