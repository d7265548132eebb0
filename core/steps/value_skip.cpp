// Value skip: LANL's attention adds the values themselves to what it has gathered.
#include "core/ops/thread_pool.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::attn_proj, Slot::v};
constexpr Slot kWrites[] = {Slot::attn_out};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const Tensor &projected = c.in(Slot::attn_proj), &v = c.in(Slot::v);
  Tensor sum = c.make(Slot::attn_out);
  float* out = sum.edit();
  const auto width = static_cast<std::size_t>(config.dim), head_width = static_cast<std::size_t>(config.head_width);
  c.pool.run(config.tokens(), 16, [&](int begin, int end) {
    for (auto token = static_cast<std::size_t>(begin); token < static_cast<std::size_t>(end); ++token) {
      for (std::size_t j = 0; j < width; ++j) {
        const std::size_t head = j / head_width, row = head * static_cast<std::size_t>(config.tokens()) + token;
        out[token * width + j] = projected.data()[token * width + j] + v.data()[row * head_width + j % head_width];
      }
    }
  });
  c.keep(Slot::attn_out, std::move(sum));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block, head = cell.j / config.head_width, number = cell.j % config.head_width;
  const std::string name = why::token_name(trace, cell.i), width = "1 of " + std::to_string(config.dim);
  Explanation e = why::sum("projected context", trace.at(Slot::attn_proj, block).at(cell.i, cell.j), "own value", trace.at(Slot::v, block).at(head, cell.i, number),
                           CellRef{{Slot::attn_proj, block}, cell.i, cell.j}, CellRef{{Slot::v, block}, head, cell.i, number});
  e.rule = "o = p + v";
  e.note = "The token's own value, head " + std::to_string(head + 1) + ", number " + std::to_string(number) +
           ", is added once more, past the shares and past the output projection.";
  why::station(e, "attention output of " + name, width, "value-skip", block);
  why::station(e, "projected context of " + name, width, "attention-projection", block);
  why::station(e, "token rows after LayerNorm", why::sizes({config.tokens(), config.dim}), "norm1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step value_skip_step() {
  return {.slug = "value-skip",
          .title = "Add own values",
          .short_title = "Add values",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::attn_out,
          .formula = "o = p + v",
          .sizes = "{T} × {D} + {H} × {T} × {d} → {T} × {D}",
          .sentence = "Every token's own values, heads side by side, are added to the projected context.",
          .teaching =
              "Few models have this second way around: it comes from the token transformer of T2T-ViT, where input and output differ in width and the "
              "values take the place of the residual. "
              "Here the usual residual follows as well, so a token keeps two traces of itself: what it was, and its values.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.value_skip; }};
}

}  // namespace vitscope
