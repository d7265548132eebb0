// Join heads: the results of all heads side by side.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::weighted};
constexpr Slot kWrites[] = {Slot::context};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  Tensor joined = c.make(Slot::context);
  ops::join_heads(c.pool, c.in(Slot::weighted).data(), config.heads, config.tokens(), config.head_width, joined.edit());
  c.keep(Slot::context, std::move(joined));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block, head = cell.j / config.head_width, number = cell.j % config.head_width;
  const std::string name = why::token_name(trace, cell.i);
  Explanation e =
      why::copy("column " + std::to_string(cell.j) + " = head " + std::to_string(head + 1) + ", number " + std::to_string(number),
                trace.at(Slot::weighted, block).at(head, cell.i, number), "Taken over unchanged from one head; only the place changes.",
                CellRef{{Slot::weighted, block}, head, cell.i, number});
  why::station(e, "joined row of " + name, "1 of " + std::to_string(config.heads * config.head_width), "join-heads", block);
  why::station(e, "weighted value of head " + std::to_string(head + 1), "1 of " + std::to_string(config.head_width), "weighted-sum", block);
  why::station(e, "shares of one row", std::to_string(config.tokens()) + " numbers", "softmax", block);
  why::station(e, "token rows after LayerNorm", why::sizes({config.tokens(), config.dim}), "norm1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step join_heads_step() {
  return {.slug = "join-heads",
          .title = "Join heads",
          .short_title = "Join",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::context,
          .formula = "Z = [ Z_1 , Z_2 , … , Z_H ]",
          .sizes = "{H} × {T} × {d} → {T} × {H}·{d}",
          .sentence = "The results of all {H} heads are laid side by side in one row per token.",
          .teaching =
              "Nothing is computed here: each head keeps its own {d} columns. "
              "Look at the stripes of {d} columns, one per head; the next step mixes them.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
