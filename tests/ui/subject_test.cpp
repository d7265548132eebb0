// What the inspector explains while nothing is pinned.
#include <catch2/catch.hpp>

#include "app/views/subject.h"
#include "core/step.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

std::vector<TracePtr> runs_of_every_kind() {
  ThreadPool pool(1);
  std::vector<TracePtr> all;
  for (const auto& [name, config] : test::small_families()) all.push_back(forward(test::random_weights(config), test::small_input(), pool));
  for (const ModelPtr& model : {test::small_t2t(), test::small_t2t_performer(), test::small_tnt(false), test::small_tnt(true), test::small_hybrid()}) all.push_back(test::random_trace(model));
  return all;
}

}  // namespace

TEST_CASE("a number stands for every step, inside its tensor and as it is stored, whatever head and token are chosen", "[subject]") {
  for (const TracePtr& trace : runs_of_every_kind()) {
    const VitConfig& c = trace->config();
    for (const Place& place : walk(c)) {
      const TensorRef ref{place.step->result, info(place.step->result).scope == Scope::block ? place.block : -1};
      if (!trace->has(ref)) continue;
      INFO(trace->model().name << " " << c.family << " " << name_of(ref));
      const Shape shape = trace->at(ref).shape();
      for (const int token : {0, c.grid.prefix(), c.tokens() - 1}) {
        for (const int head : {-2, 0, c.heads - 1}) {
          if (token >= c.tokens()) continue;
          const CellRef cell = views::standing_cell(*trace, ref, head, token);
          const int index[4] = {cell.i, cell.j, cell.k, cell.l};
          for (int axis = 0; axis < 4; ++axis) REQUIRE((index[axis] >= 0 && index[axis] < (axis < shape.rank() ? shape[axis] : 1)));
          if (place.step->explain) CHECK(place.step->explain(*trace, cell).value == Approx(static_cast<double>(trace->value(cell))).epsilon(1e-3).margin(1e-5));
        }
      }
    }
  }
}

TEST_CASE("the number that stands for a step belongs to the chosen head, token and window", "[subject]") {
  const TracePtr trace = test::random_trace(test::small_t2t());
  const VitConfig& c = trace->config();
  const int token = c.tokens() - 1;
  const CellRef attention = views::standing_cell(*trace, {Slot::attn, 1}, c.heads - 1, token);
  CHECK((attention.i == c.heads - 1 && attention.j == token));
  for (int key = 0; key < c.tokens(); ++key) CHECK(trace->at(Slot::attn, 1).at(attention.i, token, key) <= trace->value(attention));
  // The last patch lies at the lower right, and so does its window.
  const SoftSplit& split = c.t2t->splits[0];
  const int window = views::standing_cell(*trace, {Slot::t2t1_out, -1}, 0, token).i;
  CHECK((window / split.columns >= split.rows / 2 && window % split.columns >= split.columns / 2));
}
