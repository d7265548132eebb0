// Stem norm: GroupNorm over the map, then ReLU.
#include <algorithm>
#include <cmath>

#include "core/ops/thread_pool.h"
#include "core/steps/stem_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::stem_conv};
constexpr Slot kWrites[] = {Slot::stem_norm, Slot::stem_relu};

struct Moments {
  double mean = 0, deviation = 1;
};

/// Of all numbers of the channels of one group.
Moments moments_of_group(const Tensor& map, const StemConfig& s, int group) {
  const std::int64_t size = std::int64_t{s.group_size()} * map.dim(1) * map.dim(2);
  const float* const x = map.data() + group * size;
  double mean = 0, variance = 0;
  for (std::int64_t i = 0; i < size; ++i) mean += static_cast<double>(x[i]);
  mean /= static_cast<double>(size);
  for (std::int64_t i = 0; i < size; ++i) variance += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
  return {mean, std::sqrt(variance / static_cast<double>(size) + static_cast<double>(s.norm_eps))};
}

void run(StepContext& c) {
  const StemConfig& s = *c.config().stem;
  const NormWeights& weights = c.model().weights.stem.norm;
  const Tensor& before = c.in(Slot::stem_conv);
  Tensor after = c.make(Slot::stem_norm), bent = c.make(Slot::stem_relu);
  const std::int64_t area = std::int64_t{before.dim(1)} * before.dim(2);
  c.pool.run(s.groups, 1, [&](int begin, int end) {
    for (int group = begin; group < end; ++group) {
      const Moments m = moments_of_group(before, s, group);
      for (int channel = group * s.group_size(); channel < (group + 1) * s.group_size(); ++channel) {
        const double scale = static_cast<double>(weights.gain.at(channel)) / m.deviation, shift = static_cast<double>(weights.shift.at(channel)) - m.mean * scale;
        const float* const x = before.data() + channel * area;
        float *const y = after.edit() + channel * area, *const z = bent.edit() + channel * area;
        for (std::int64_t i = 0; i < area; ++i) {
          y[i] = static_cast<float>(static_cast<double>(x[i]) * scale + shift);
          z[i] = std::max(0.0f, y[i]);
        }
      }
    }
  });
  c.keep(Slot::stem_norm, std::move(after));
  c.keep(Slot::stem_relu, std::move(bent));
}

Explanation explain_norm(const Trace& trace, const CellRef& cell) {
  const StemConfig& s = *trace.config().stem;
  const NormWeights& weights = trace.model().weights.stem.norm;
  const Tensor& before = trace.at(Slot::stem_conv);
  const int group = cell.i / s.group_size();
  const Moments m = moments_of_group(before, s, group);
  const double x = static_cast<double>(before.at(cell.i, cell.j, cell.k)), gain = static_cast<double>(weights.gain.at(cell.i)), shift = static_cast<double>(weights.shift.at(cell.i));
  Explanation e;
  e.rule = "y = (x − μ) / √(σ^2 + ε) · g + b";
  e.numbers = "(" + why::number(x) + " " + why::added(-m.mean) + ") / " + why::number(m.deviation) + " · " + why::number(gain) + " " + why::added(shift);
  e.value = (x - m.mean) / m.deviation * gain + shift;
  e.label_column = "part";
  e.a_column = "number";
  e.b_column = "gain / deviation";
  e.product_column = "adds";
  const double scale = gain / m.deviation;
  e.terms = {{"value", x, scale, x * scale, CellRef{{Slot::stem_conv}, cell.i, cell.j, cell.k}, {}}, {"minus mean", -m.mean, scale, -m.mean * scale, {}, {}}};
  why::sort_by_size(e);
  e.rest = shift;
  e.rest_label = "shift";
  const int first = group * s.group_size(), last = first + s.group_size() - 1;
  const std::string channels = first == last ? "channel " + std::to_string(first) : "channels " + std::to_string(first) + " to " + std::to_string(last);
  e.note = "Mean and deviation are those of all " + std::to_string(std::int64_t{s.group_size()} * before.dim(1) * before.dim(2)) + " numbers of group " + std::to_string(group) +
           ", which is " + channels + "; gain and shift were learned, one pair for each channel.";
  return e;
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  Explanation e;
  const std::string name = stem::cell_name(cell.i, cell.j, cell.k);
  if (cell.tensor.slot == Slot::stem_norm) {
    e = explain_norm(trace, cell);
  } else {
    const double y = static_cast<double>(trace.at(Slot::stem_norm).at(cell.i, cell.j, cell.k));
    e.rule = "z = max(0, y)";
    e.numbers = "max(0, " + why::number(y) + ")";
    e.value = std::max(0.0, y);
    e.a_column = "y";
    e.product_column = "passes";
    e.terms = {{"", y, why::kNone, e.value, CellRef{{Slot::stem_norm}, cell.i, cell.j, cell.k}, {}}};
    e.note = y > 0 ? "ReLU lets positive numbers pass as they are." : "ReLU makes 0 of every number that is not positive.";
    why::station(e, name + " behind ReLU", "1 number", "stem-norm");
  }
  why::station(e, name + " behind the norm", "1 number", "stem-norm");
  stem::stations_from(e, trace, stem::Level::conv);
  return e;
}

}  // namespace

Step stem_norm_step() {
  return {.slug = "stem-norm",
          .title = "GroupNorm and ReLU",
          .short_title = "Norm, ReLU",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::stem_relu,
          .formula = "z = max( 0, (x − μ) / √(σ^2 + ε) · g + b )",
          .sizes = "{S} × {h₁} × {w₁} → {S} × {h₁} × {w₁}",
          .sentence = "Each group of channels is brought to mean 0 and deviation 1 over the whole map, then negative numbers become 0.",
          .teaching =
              "GroupNorm needs no batch: mean and deviation come from this picture alone, from all places of the channels of a group. "
              "So even the first token knows a little of the whole picture. After ReLU a map shows only where its filter answered with a positive number.",
          .run = run,
          .explain = explain_cell,
          .applies = stem::applies};
}

}  // namespace vitscope
