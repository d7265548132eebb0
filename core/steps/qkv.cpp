// Q, K, V: what each token asks, what it offers, what it hands over.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::norm1};
constexpr Slot kWrites[] = {Slot::q, Slot::k, Slot::v};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  // One product for all three: the weights lie stacked as q, k, v.
  Tensor qkv = c.scratch({config.tokens(), 3 * config.heads * config.head_width});
  ops::linear(c.pool, c.in(Slot::norm1).data(), config.tokens(), c.weights().qkv, qkv.edit());
  Tensor q = c.make(Slot::q), k = c.make(Slot::k), v = c.make(Slot::v);
  ops::split_heads(c.pool, qkv.data(), config.tokens(), config.heads, config.head_width, q.edit(), k.edit(), v.edit());
  c.keep(Slot::q, std::move(q));
  c.keep(Slot::k, std::move(k));
  c.keep(Slot::v, std::move(v));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  const int part = cell.tensor.slot == Slot::q ? 0 : cell.tensor.slot == Slot::k ? 1 : 2;
  const char* const names[] = {"query", "key", "value"};
  const char* const rules[] = {"q = Σ_j y_j w_j", "k = Σ_j y_j w_j", "v = Σ_j y_j w_j"};
  const int output = (part * config.heads + cell.i) * config.head_width + cell.k;
  Explanation e =
      why::linear(trace.at(Slot::norm1, block).row(cell.j), trace.model().weights.blocks[static_cast<std::size_t>(block)].qkv, output, {},
                  [&](int j) { return CellRef{{Slot::norm1, block}, cell.j, j}; });
  e.rule = std::string(rules[part]) + (e.rest_label.empty() ? "" : " + b");
  e.a_column = "y";
  const std::string token = why::token_name(trace, cell.j), width = std::to_string(config.dim);
  e.note = "Head " + std::to_string(cell.i + 1) + " has " + std::to_string(config.head_width) + " " + names[part] +
           " filters of its own; this is number " + std::to_string(cell.k) + " of " + token + ".";
  why::station(e, std::string(names[part]) + " of " + token, "1 of " + std::to_string(config.head_width), "qkv", block);
  why::station(e, token + " after LayerNorm", width + " numbers", "norm1", block);
  why::stations_below(e, trace, block, {cell.j});
  return e;
}

}  // namespace

Step qkv_step() {
  return {
      .slug = "qkv",
      .title = "Q, K, V",
      .short_title = "Q, K, V",
      .stage = Stage::block,
      .reads = kReads,
      .writes = kWrites,
      .result = Slot::q,
      .formula = "q = y W_q + b_q   k = y W_k + b_k   v = y W_v + b_v",
      .sizes = "{T} × {D} → 3 × {H} × {T} × {d}",
      .sentence = "Three learned views of every token: what it looks for, what it offers, what it hands over.",
      .teaching =
          "Each of the {H} heads gets its own query, key and value of {d} numbers, so that different heads can look for different things. "
          "Rows are tokens, columns the numbers of one head; a query matches a key when both are large in the same columns.",
      .run = run,
      .explain = explain_cell};
}

}  // namespace vitscope
