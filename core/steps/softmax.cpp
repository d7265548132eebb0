// Softmax: scores become shares.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::scores};
constexpr Slot kWrites[] = {Slot::attn};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  Tensor attn = c.make(Slot::attn);
  ops::softmax_rows(c.pool, c.in(Slot::scores).data(), config.heads * config.tokens(), config.tokens(), attn.edit());
  c.keep(Slot::attn, std::move(attn));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block, tokens = config.tokens();
  const auto first = (static_cast<std::size_t>(cell.i) * tokens + cell.j) * tokens;
  const std::span<const float> row = trace.at(Slot::scores, block).values().subspan(first, static_cast<std::size_t>(tokens));
  Explanation e = why::softmax(row, cell.k, [&](int key) { return why::token_name(trace, key); },
                               [&](int key) { return CellRef{{Slot::scores, block}, cell.i, cell.j, key}; });
  e.label_column = "key";
  e.note = "All " + std::to_string(tokens) +
           " shares of this row sum to 1. Subtracting the largest score first changes no share and keeps the powers small.";
  const std::string rows = "query row " + std::to_string(cell.j) + ", key row " + std::to_string(cell.k);
  why::station(e, "share of one key", "1 of " + std::to_string(tokens), "softmax", block);
  why::station(e, "scores of " + why::token_name(trace, cell.j), std::to_string(tokens) + " numbers", "scores", block);
  why::station(e, rows, std::to_string(config.head_width) + " numbers each", "qkv", block);
  why::station(e, "token rows after LayerNorm", std::to_string(config.dim) + " numbers", "norm1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step softmax_step() {
  return {.slug = "softmax",
          .title = "Softmax",
          .short_title = "Softmax",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::attn,
          .formula = "A = e^S / Σ e^S",
          .sizes = "{H} × {T} × {T} → {H} × {T} × {T}",
          .sentence = "Every token has scored every other one; softmax turns each row of scores into shares that sum to 1.",
          .teaching =
              "The exponential makes every share positive and lets clear winners win clearly; dividing by the row's sum leaves each token "
              "one unit of attention to spend. "
              "Rows are queries, columns are keys: a bright column is a token that many look at, a bright diagonal are tokens that look at "
              "themselves.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
