// Relative positions: what the offset of two patches adds to their score.
#include <algorithm>

#include "core/ops/ops.h"
#include "core/ops/thread_pool.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::q};
constexpr Slot kWrites[] = {Slot::relative};

/// The row of the table for a query and a key patch.
int offset_row(const VitConfig& config, int query, int key) { return query - key + config.patches() - 1; }

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const int tokens = config.tokens(), prefix = config.grid.prefix(), offsets = config.offsets();
  // Every query against every offset; of these each pair of patches takes its own.
  Tensor products = c.scratch({config.heads * tokens, offsets});
  ops::linear(c.pool, c.in(Slot::q).data(), config.heads * tokens, c.weights().relative, products.edit());
  Tensor relative = c.make(Slot::relative);
  float* const out = relative.edit();
  c.pool.run(config.heads * tokens, 64, [&](int begin, int end) {
    for (int row = begin; row < end; ++row) {
      float* const to = out + static_cast<std::ptrdiff_t>(row) * tokens;
      std::fill_n(to, tokens, 0.0f);
      const int query = row % tokens - prefix;
      if (query < 0) continue;
      const float* const from = products.data() + static_cast<std::ptrdiff_t>(row) * offsets;
      for (int key = 0; key < config.patches(); ++key) to[prefix + key] = config.score_scale * from[offset_row(config, query, key)];
    }
  });
  c.keep(Slot::relative, std::move(relative));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block, query = trace.grid().patch_of(cell.j), key = trace.grid().patch_of(cell.k);
  const std::string names = why::token_name(trace, cell.j) + " and " + why::token_name(trace, cell.k);
  Explanation e;
  if (query < 0 || key < 0) {
    e = why::copy("a = 0", 0, "Tokens in front of the patches lie nowhere: between " + names + " there is no offset.");
  } else {
    const std::span<const float> x = trace.at(Slot::q, block).values().subspan((static_cast<std::size_t>(cell.i) * static_cast<std::size_t>(config.tokens()) + static_cast<std::size_t>(cell.j)) *
                                                                                    static_cast<std::size_t>(config.head_width), static_cast<std::size_t>(config.head_width));
    e = why::linear(x, trace.model().weights.blocks[static_cast<std::size_t>(block)].relative, offset_row(config, query, key), {},
                    [&](int j) { return CellRef{{Slot::q, block}, cell.i, cell.j, j}; });
    const double sum = e.value;
    e.value = sum * static_cast<double>(config.score_scale);
    for (Term& term : e.terms) term.product *= static_cast<double>(config.score_scale);
    e.rule = "a = Σ_j q_j r_j · scale";
    e.numbers = why::number(sum) + " · " + why::number(static_cast<double>(config.score_scale));
    e.a_column = "q";
    e.b_column = "r";
    e.product_column = "adds";
    e.note = "The query of " + why::token_name(trace, cell.j) + " with the row for offset " + std::to_string(query - key) + "; every pair of patches with this offset shares it.";
  }
  why::station(e, "offset of " + names, "1 of " + std::to_string(config.tokens()), "relative", block);
  why::station(e, "query of " + why::token_name(trace, cell.j), std::to_string(config.head_width) + " numbers", "qkv", block);
  why::station(e, "token rows after LayerNorm", std::to_string(config.dim) + " numbers", "norm1", block);
  why::stations_below(e, trace, block, {cell.j});
  return e;
}

}  // namespace

Step relative_step() {
  return {.slug = "relative",
          .title = "Relative positions",
          .short_title = "Offsets",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::relative,
          .formula = "a_{ij} = q_i · r_{i−j} / √d",
          .sizes = "{H} × {T} × {d} · {d} × (2·{N} − 1) → {H} × {T} × {T}",
          .sentence = "Every query meets a row that stands for the offset of the key, wherever the two patches lie.",
          .teaching =
              "No token says where it is; a pair of patches says how far apart they are along the raster, and what that is worth depends on the query. "
              "In the matrix of one head the same numbers of the table run along the diagonals; the class token lies nowhere and gets nothing.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.relative_position; }};
}

}  // namespace vitscope
