// Stem pooling: the largest number of each window stays.
#include <algorithm>
#include <limits>

#include "core/ops/thread_pool.h"
#include "core/steps/stem_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::stem_relu};
constexpr Slot kWrites[] = {Slot::stem_pool};

void run(StepContext& c) {
  const StemConfig& s = *c.config().stem;
  const SameWindows& w = s.pool;
  const Tensor& before = c.in(Slot::stem_relu);
  Tensor after = c.make(Slot::stem_pool);
  c.pool.run(s.channels, 1, [&](int begin, int end) {
    for (int channel = begin; channel < end; ++channel) {
      const auto map = before.row(channel);
      float* next = after.edit() + static_cast<std::ptrdiff_t>(channel) * w.rows * w.columns;
      for (int row = 0; row < w.rows; ++row) {
        for (int column = 0; column < w.columns; ++column) {
          float largest = -std::numeric_limits<float>::infinity();
          for (int y = std::max(0, w.top(row)); y < std::min(w.height, w.top(row) + w.kernel); ++y)
            for (int x = std::max(0, w.left(column)); x < std::min(w.width, w.left(column) + w.kernel); ++x)
              largest = std::max(largest, map[static_cast<std::size_t>(y) * static_cast<std::size_t>(w.width) + static_cast<std::size_t>(x)]);
          *next++ = largest;
        }
      }
    }
  });
  c.keep(Slot::stem_pool, std::move(after));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const SameWindows& w = trace.config().stem->pool;
  const Tensor& before = trace.at(Slot::stem_relu);
  Explanation e;
  for (int y = std::max(0, w.top(cell.j)); y < std::min(w.height, w.top(cell.j) + w.kernel); ++y)
    for (int x = std::max(0, w.left(cell.k)); x < std::min(w.width, w.left(cell.k) + w.kernel); ++x)
      e.terms.push_back({"(" + std::to_string(y) + ", " + std::to_string(x) + ")", static_cast<double>(before.at(cell.i, y, x)), why::kNone, 0, CellRef{{Slot::stem_relu}, cell.i, y, x}, {}});
  const auto largest = std::max_element(e.terms.begin(), e.terms.end(), [](const Term& a, const Term& b) { return a.a < b.a; });
  largest->product = e.value = largest->a;
  const std::string place = largest->label;
  // The winner first, whatever its size.
  std::rotate(e.terms.begin(), largest, largest + 1);
  e.rule = "y = max x";
  e.numbers = "max of " + std::to_string(e.terms.size()) + " numbers";
  e.label_column = "place";
  e.a_column = "x";
  e.product_column = "stays";
  e.note = "The largest number of the window stays, here that at " + place + "; the others are dropped.";
  if (static_cast<int>(e.terms.size()) < w.kernel * w.kernel) e.note += " The window reaches over the edge of the map, where there is nothing to win.";
  why::station(e, stem::cell_name(cell.i, cell.j, cell.k) + " behind the pooling", "1 number", "stem-pool");
  stem::stations_from(e, trace, stem::Level::norm);
  return e;
}

}  // namespace

Step stem_pool_step() {
  return {.slug = "stem-pool",
          .title = "Max pooling",
          .short_title = "Pooling",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::stem_pool,
          .formula = "y = max( 3 × 3 numbers )",
          .sizes = "{S} × {h₁} × {w₁} → {S} × {h₂} × {w₂}",
          .sentence = "Of each 3 × 3 numbers, at every second place, only the largest stays: {S} maps of {h₂} × {w₂}.",
          .teaching =
              "One cell of the map now stands for 4 × 4 pixels. "
              "That a filter answered is kept, exactly where is not: an edge may move by a pixel without changing the number.",
          .run = run,
          .explain = explain_cell,
          .applies = stem::applies};
}

}  // namespace vitscope
