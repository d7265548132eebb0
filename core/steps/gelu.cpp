// GELU: the bend that makes the MLP more than one linear map.
#include <cmath>
#include <numbers>

#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::fc1};
constexpr Slot kWrites[] = {Slot::gelu};

void run(StepContext& c) {
  const Tensor& u = c.in(Slot::fc1);
  Tensor h = c.make(Slot::gelu);
  ops::gelu(c.pool, u.data(), u.size(), h.edit());
  c.keep(Slot::gelu, std::move(h));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  const double u = trace.at(Slot::fc1, block).at(cell.i, cell.j);
  const double passed = 0.5 * std::erfc(-u / std::numbers::sqrt2);
  Explanation e;
  e.rule = "h = u · Φ(u)";
  e.numbers = why::number(u) + " · " + why::number(passed);
  e.value = u * passed;
  e.a_column = "u";
  e.b_column = "Φ(u)";
  e.product_column = "product";
  e.terms = {{"", u, passed, e.value, CellRef{{Slot::fc1, block}, cell.i, cell.j}, {}}};
  e.note = "Φ(u) is the share of a normal distribution that lies below u: here " + why::percent(passed) + " of the number passes.";
  const std::string name = why::token_name(trace, cell.i);
  why::station(e, "hidden unit " + std::to_string(cell.j) + " of " + name, "1 of " + std::to_string(config.mlp_dim), "gelu", block);
  why::station(e, "the same before GELU", "1 number", "fc1", block);
  why::station(e, name + " after LayerNorm", std::to_string(config.dim) + " numbers", "norm2", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step gelu_step() {
  return {.slug = "gelu",
          .title = "GELU",
          .short_title = "GELU",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::gelu,
          .formula = "h = u · Φ(u)",
          .sizes = "{T} × {M} → {T} × {M}",
          .sentence = "Positive numbers pass, negative ones are almost silenced, with a soft bend in between.",
          .teaching =
              "Without a bend two linear maps in a row would be one linear map; with it a hidden unit can be on or off. "
              "In a trained model most units are silent for most tokens: look how few cells stay bright. Nothing falls below −0.17.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
