// Scores: how well every query fits every key.
#include <cmath>

#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::q, Slot::k, Slot::relative};
constexpr Slot kWrites[] = {Slot::scores};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  Tensor scores = c.make(Slot::scores);
  ops::attention_scores(c.pool, c.in(Slot::q).data(), c.in(Slot::k).data(), config.heads, config.tokens(), config.head_width,
                        config.score_scale, scores.edit());
  if (config.relative_position) ops::add(c.pool, scores.data(), c.in(Slot::relative).data(), scores.size(), scores.edit());
  c.keep(Slot::scores, std::move(scores));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block, width = config.head_width;
  const Tensor &q = trace.at(Slot::q, block), &k = trace.at(Slot::k, block);
  Explanation e;
  double sum = 0;
  for (int j = 0; j < width; ++j) {
    const double a = q.at(cell.i, cell.j, j), b = k.at(cell.i, cell.k, j);
    e.terms.push_back({std::to_string(j), a, b, a * b, CellRef{{Slot::q, block}, cell.i, cell.j, j},
                       CellRef{{Slot::k, block}, cell.i, cell.k, j}});
    sum += a * b;
  }
  if (config.relative_position) {
    // Scaled like the products, so that it stands among them as what it would have to be.
    const double relative = trace.at(Slot::relative, block).at(cell.i, cell.j, cell.k), unscaled = relative / config.score_scale;
    e.terms.push_back({"offset", relative, 1.0 / config.score_scale, unscaled, CellRef{{Slot::relative, block}, cell.i, cell.j, cell.k}, {}});
    sum += unscaled;
  }
  why::sort_by_size(e);
  e.value = sum * config.score_scale;
  const bool by_width = std::fabs(config.score_scale * std::sqrt(static_cast<double>(width)) - 1) < 1e-4;
  e.rule = by_width ? "score = Σ_j q_j k_j / √d" : "score = Σ_j q_j k_j · scale";
  e.numbers = why::number(sum) + (by_width ? " / " + why::number(1.0 / config.score_scale) : " · " + why::number(config.score_scale));
  e.label_column = "j";
  e.a_column = "q";
  e.b_column = "k";
  e.product_column = "product";
  e.note = "The query of " + why::token_name(trace, cell.j) + " and the key of " + why::token_name(trace, cell.k) + " in head " +
           std::to_string(cell.i + 1) + ", multiplied number by number." + (config.relative_position ? " What their offset adds is one more term." : "");
  const std::string rows = "query row " + std::to_string(cell.j) + ", key row " + std::to_string(cell.k);
  why::station(e, "score of one key", "1 of " + std::to_string(config.tokens()), "scores", block);
  why::station(e, rows, std::to_string(width) + " numbers each", "qkv", block);
  why::station(e, "token rows after LayerNorm", std::to_string(config.dim) + " numbers", "norm1", block);
  why::stations_below(e, trace, block, {cell.j, cell.k});
  return e;
}

}  // namespace

Step scores_step() {
  return {.slug = "scores",
          .title = "Scores",
          .short_title = "Scores",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::scores,
          .formula = "S = Q K^T / √d",
          .sizes = "{H} × {T} × {d} · {d} × {T} → {H} × {T} × {T}",
          .sentence = "Every query meets every key; the better they fit, the higher the score.",
          .teaching =
              "A score is the sum of {d} products, divided by √d so that longer heads do not give larger scores. "
              "Rows are queries, columns are keys: follow one row to see what one token is looking for.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
