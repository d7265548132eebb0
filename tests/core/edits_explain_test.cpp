// Numbers of runs under edits are explained as they are stored.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/core/edit_helpers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

/// What is wrong with the explanation of a number; empty when nothing is. `largest` is the largest magnitude of its tensor.
std::string fault_of(const Trace& trace, const CellRef& cell, double largest) {
  const Explanation e = explain(trace, cell);
  const double stored = static_cast<double>(trace.value(cell));
  if (!(std::fabs(e.value - stored) <= 1e-4 * largest)) return "explained as " + std::to_string(e.value) + ", stored " + std::to_string(stored);
  if (e.rule.empty()) return "no rule";
  if (e.stations.empty()) return "no stations";
  for (const Term& term : e.terms)
    if (term.a_cell && std::isfinite(term.a) && trace.value(*term.a_cell) != static_cast<float>(term.a)) return "an operand is not what it is said to be";
  if (e.source && trace.value(*e.source) != static_cast<float>(e.value)) return "the source is another number";
  return {};
}

/// `per_tensor` random numbers of every tensor of the run.
void check_explained(const Trace& trace, int per_tensor, Draw& draw, const std::string& edits) {
  for (const TensorRef& ref : tensors_of(trace.config())) {
    const Tensor& tensor = trace.at(ref);
    double largest = 1e-6;
    for (float x : tensor.values()) largest = std::max(largest, std::fabs(static_cast<double>(x)));
    for (int i = 0; i < per_tensor; ++i) {
      CellRef cell{ref};
      int* const indices[] = {&cell.i, &cell.j, &cell.k, &cell.l};
      for (int axis = 0; axis < tensor.rank(); ++axis) *indices[axis] = draw.below(tensor.dim(axis));
      const std::string fault = fault_of(trace, cell, largest);
      if (!fault.empty()) UNSCOPED_INFO(edits << ": " << name_of(ref) << " [" << cell.i << ", " << cell.j << ", " << cell.k << ", " << cell.l << "]: " << fault);
      CHECK(fault == "");
    }
  }
}

}  // namespace

TEST_CASE("numbers of edited runs are explained as they are stored", "[edits][one-thread]") {
  std::vector<Edits> lists{{shuffle(1), mask({2, 3}, Fill::drop), temperature(0.7)}};
  for (const Edit& edit : one_of_each()) lists.push_back({edit});
  for (const Edits& edits : lists) {
    const TracePtr trace = run(edits);
    Draw draw(3);
    check_explained(*trace, 12, draw, words(edits));
  }
  const TracePtr off = run({head_off(1, {0})});
  CHECK(explain(*off, {{Slot::weighted, 1}, 0, 2, 3}).note == "Set to 0 by the edit \"head 1 of block 2 off\".");
  CHECK(explain(*off, {{Slot::weighted, 1}, 1, 2, 3}).note.find("edit") == std::string::npos);
}

TEST_CASE("every family is edited, explained and brought back", "[edits][families][one-thread]") {
  std::vector<std::pair<std::string, ModelPtr>> models{{"t2t", small_t2t()}, {"t2t with performers", small_t2t_performer()}, {"tnt", small_tnt(false)}};
  for (const auto& [name, config] : small_families()) models.emplace_back(name, random_weights(config));
  for (const auto& [name, model] : models) {
    const VitConfig& c = model->config;
    Draw draw(5);
    const InputPtr input = input_of_values("noise", draw({c.channels, c.image_height, c.image_width}, 2));
    const TracePtr plain = run({}, model, input);
    int made = 0;
    for (Edit edit : one_of_each()) {
      if (c.depth < 3 && edit.block >= c.depth) edit.block = c.depth - 1;
      if (edit.kind == EditKind::class_from && edit.block <= edit.from) continue;
      if (refusal(edit, *model)) continue;
      ++made;
      CAPTURE(name, words(edit));
      const TracePtr trace = run({edit}, model, input, plain), undone = run({}, model, input, trace);
      CHECK(same_bits(undone->at(Slot::logits), plain->at(Slot::logits)));
      CHECK(same_bits(trace->at(Slot::logits), run({edit}, model, input)->at(Slot::logits)));
      check_explained(*trace, 4, draw, name + ", " + words(edit));
    }
    CHECK(made > 10);
  }
}
