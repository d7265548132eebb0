// Stem convolution: filters slide over the picture and make a map of half its size.
#include <cmath>

#include "core/steps/stem_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::input};
constexpr Slot kWrites[] = {Slot::stem_conv};

void run(StepContext& c) {
  const StemConfig& s = *c.config().stem;
  const int places = s.conv.rows * s.conv.columns;
  // The scratch memory is one: what is multiplied lies there, the products do not.
  Tensor windows = c.scratch({places, s.window_length()}), rows({places, s.channels}), map = c.make(Slot::stem_conv);
  ops::unfold(c.pool, c.in(Slot::input).data(), stem::windows_of(s.conv, s.picture_channels), windows.edit());
  ops::linear(c.pool, windows.data(), places, c.model().weights.stem.conv, rows.edit());
  ops::transpose(c.pool, rows.data(), places, s.channels, map.edit());
  c.keep(Slot::stem_conv, std::move(map));
}

/// Mean and deviation that a stored filter was standardised with.
std::string standardisation_text(const Model& model, int filter) {
  double mean = 0, variance = 0;
  const auto weights = model.weights.stem.kernel.row(filter);
  for (const float w : weights) mean += static_cast<double>(w);
  mean /= static_cast<double>(weights.size());
  for (const float w : weights) variance += (static_cast<double>(w) - mean) * (static_cast<double>(w) - mean);
  const double deviation = std::sqrt(variance / static_cast<double>(weights.size()) + static_cast<double>(model.config.stem->weight_eps));
  char text[96];
  std::snprintf(text, sizeof text, "mean %.3g and deviation %.3g", mean, deviation);
  return text;
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const StemConfig& s = *config.stem;
  const Tensor& input = trace.at(Slot::input);
  const int k = s.conv.kernel, top = s.conv.top(cell.j), left = s.conv.left(cell.k);
  const auto pixel_at = [&](int element) { return stem::MapPlace{element / (k * k), top + element % (k * k) / k, left + element % k}; };
  std::vector<float> window(static_cast<std::size_t>(s.window_length()));
  for (int i = 0; i < s.window_length(); ++i) {
    const stem::MapPlace p = pixel_at(i);
    window[static_cast<std::size_t>(i)] = s.conv.contains(p.row, p.column) ? input.at(p.channel, p.row, p.column) : 0.0f;
  }
  Explanation e = why::linear(
      window, trace.model().weights.stem.conv, cell.i,
      [&](int element) {
        const stem::MapPlace p = pixel_at(element);
        return s.conv.contains(p.row, p.column) ? why::pixel_name(config, p.channel, p.row, p.column) : std::string("padding");
      },
      [&](int element) {
        const stem::MapPlace p = pixel_at(element);
        return CellRef{{Slot::input}, p.channel, p.row, p.column};
      });
  // Zeros of the padding stand nowhere in the run.
  for (Term& term : e.terms)
    if (term.a_cell && !s.conv.contains(term.a_cell->j, term.a_cell->k)) term.a_cell.reset();
  e.label_column = "pixel";
  e.note = "Filter " + std::to_string(cell.i) + " over the window that begins at row " + std::to_string(top) + ", column " + std::to_string(left) +
           "; its stored weights, of " + standardisation_text(trace.model(), cell.i) + ", are brought to mean 0 and deviation 1 before they are used.";
  why::station(e, stem::cell_name(cell.i, cell.j, cell.k) + " behind the convolution", "1 number", "stem-conv");
  stem::stations_from(e, trace, stem::Level::picture);
  return e;
}

}  // namespace

Step stem_conv_step() {
  return {.slug = "stem-conv",
          .title = "Convolution",
          .short_title = "Convolution",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::stem_conv,
          .formula = "y = Σ x · ŵ,  ŵ = (w − μ) / √(σ^2 + ε)",
          .sizes = "{C} × {Ht} × {W} → {S} × {h₁} × {w₁}",
          .sentence = "{S} filters of 7 × 7 pixels stop at every second pixel and make maps of {h₁} × {w₁}.",
          .teaching =
              "This model is a hybrid: the first layers of a ResNet look at the picture before it is cut, and one filter sees the same thing wherever it lies. "
              "Each filter's weights are brought to mean 0 and deviation 1 first, so a filter cannot answer to plain brightness; at the edge the window reaches over the "
              "picture, where zeros are put, one more below and at the right than above and at the left.",
          .run = run,
          .explain = explain_cell,
          .applies = stem::applies};
}

}  // namespace vitscope
