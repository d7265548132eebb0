// Weighted values: each token collects the values of the tokens it looks at.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::attn, Slot::v};
constexpr Slot kWrites[] = {Slot::weighted};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  Tensor weighted = c.make(Slot::weighted);
  ops::weighted_sum(c.pool, c.in(Slot::attn).data(), c.in(Slot::v).data(), config.heads, config.tokens(), config.head_width,
                    weighted.edit());
  c.keep(Slot::weighted, std::move(weighted));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  const Tensor &attn = trace.at(Slot::attn, block), &v = trace.at(Slot::v, block);
  Explanation e;
  for (int key = 0; key < config.tokens(); ++key) {
    const double share = attn.at(cell.i, cell.j, key), value = v.at(cell.i, key, cell.k);
    e.terms.push_back({why::token_name(trace, key), share, value, share * value, CellRef{{Slot::attn, block}, cell.i, cell.j, key},
                       CellRef{{Slot::v, block}, cell.i, key, cell.k}});
    e.value += share * value;
  }
  why::sort_by_size(e);
  e.rule = "z = Σ_j a_j v_j";
  e.numbers = "Σ of " + std::to_string(config.tokens()) + " products";
  e.label_column = "token";
  e.a_column = "share";
  e.b_column = "v";
  e.product_column = "product";
  e.note = "The largest part comes from " + e.terms.front().label + ", to which " + why::token_name(trace, cell.j) + " gives " +
           why::percent(e.terms.front().a) + " of its attention in head " + std::to_string(cell.i + 1) + ".";
  why::station(e, "weighted value of " + why::token_name(trace, cell.j), "1 of " + std::to_string(config.head_width), "weighted-sum",
               block);
  why::station(e, "shares of one row", std::to_string(config.tokens()) + " numbers", "softmax", block);
  why::station(e, "values of all tokens", std::to_string(config.tokens()) + " numbers", "qkv", block);
  why::station(e, "token rows after LayerNorm", why::sizes({config.tokens(), config.dim}), "norm1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step weighted_sum_step() {
  return {.slug = "weighted-sum",
          .title = "Weighted values",
          .short_title = "Values",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::weighted,
          .formula = "z_i = Σ_j a_{ij} v_j",
          .sizes = "{H} × {T} × {T} · {T} × {d} → {H} × {T} × {d}",
          .sentence = "Each token collects the values of the others, each in proportion to its share.",
          .teaching =
              "This is the only place where information moves from one token to another; a token with share 0 contributes nothing. "
              "Rows are tokens that collect: where two rows of shares were alike, the results are alike too.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
