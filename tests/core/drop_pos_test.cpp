#include "core/analysis/drop_pos.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/forward.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {
using State = DropPosState;

void check_counts(int patches, const DropPosOptions& options, int seen, int placed) {
  const auto states = drop_pos_masks(patches, options);
  CHECK(std::ssize(states) == patches);
  CHECK(count_of(states, State::dropped) == patches - seen);
  CHECK(count_of(states, State::placed) == placed);
  CHECK(count_of(states, State::unplaced) == seen - placed);
}

PatchGrid grid_of(int rows, int columns, int prefix) { return std::get<PatchGrid>(PatchGrid::make(rows * 2, columns * 2, 2, 2, prefix)); }

/// Rows of length 1: every one has its largest product with itself.
Tensor unit_rows(int rows, int width) {
  Tensor tensor = test::Draw(5)({rows, width}, 1);
  for (int i = 0; i < rows; ++i) {
    double sum = 0;
    for (float x : tensor.row(i)) sum += static_cast<double>(x) * static_cast<double>(x);
    for (int j = 0; j < width; ++j) tensor.edit()[i * width + j] /= static_cast<float>(std::sqrt(sum));
  }
  return tensor;
}

DropPos run(const TracePtr& trace, const DropPosOptions& options = {}) {
  ThreadPool pool(1);
  StudyContext context{pool, {}, {}};
  const auto found = drop_pos(*trace, options, context);
  REQUIRE(found);
  return *found;
}

/// Largest difference between the rows of the seen patches.
double difference(const DropPos& a, const DropPos& b, const PatchGrid& grid) {
  double most = 0;
  for (int patch = 0; patch < grid.patches(); ++patch) {
    if (a.states[static_cast<std::size_t>(patch)] == State::dropped) continue;
    const auto x = a.tokens.row(grid.token_of(patch)), y = b.tokens.row(grid.token_of(patch));
    for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, static_cast<double>(std::fabs(x[i] - y[i])));
  }
  return most;
}
}  // namespace

TEST_CASE("DropPos sees 49 of 196 patches, 12 of them with their position", "[drop-pos]") {
  check_counts(196, {}, 49, 12);
  check_counts(64, {}, 16, 4);
  check_counts(15, {}, 3, 0);
  check_counts(3, {}, 1, 0);
  check_counts(1, {}, 1, 0);
  check_counts(196, {0, 0, 1}, 196, 196);
  check_counts(196, {0, 1, 1}, 196, 0);
  check_counts(196, {1, 0.75, 1}, 1, 0);
  check_counts(10, {0.9, 0, 1}, 1, 1);
  check_counts(100, {0.7, 0.9, 1}, 30, 3);
}

TEST_CASE("masks of DropPos follow their seed", "[drop-pos]") {
  CHECK(drop_pos_masks(196, {0.75, 0.75, 3}) == drop_pos_masks(196, {0.75, 0.75, 3}));
  CHECK(drop_pos_masks(196, {0.75, 0.75, 3}) != drop_pos_masks(196, {0.75, 0.75, 4}));
  // Every patch has the same chance to be seen: over 400 seeds each about 100 times.
  std::vector<int> seen(196);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const auto states = drop_pos_masks(196, {0.75, 0.75, seed});
    for (std::size_t i = 0; i < states.size(); ++i) seen[i] += states[i] != State::dropped;
  }
  for (int count : seen) CHECK(std::abs(count - 100) < 45);
}

TEST_CASE("unplaced patches share one vector, the others keep their rows", "[drop-pos]") {
  const PatchGrid grid = grid_of(3, 5, 2);
  const Tensor table = test::Draw(4)({17, 8});
  const auto states = drop_pos_masks(15, {0.4, 0.5, 2});
  const Tensor changed = drop_pos_positions(table, grid, states, 2);
  std::vector<float> shared;
  for (int token = 0; token < 17; ++token) {
    const auto row = changed.row(token), before = table.row(token);
    const int patch = grid.patch_of(token);
    if (patch < 0 || states[static_cast<std::size_t>(patch)] != State::unplaced) {
      CHECK(std::equal(row.begin(), row.end(), before.begin()));
      continue;
    }
    if (shared.empty()) shared.assign(row.begin(), row.end());
    CHECK(std::equal(row.begin(), row.end(), shared.begin()));
  }
  REQUIRE(shared.size() == 8);
  for (float x : shared) CHECK(std::fabs(x) < 0.07f);
}

TEST_CASE("a planted head is right everywhere, one that is a cell off nowhere", "[drop-pos]") {
  const PatchGrid grid = grid_of(6, 7, 1);
  const auto states = drop_pos_masks(42, {});
  const Tensor tokens = unit_rows(43, 16);
  Tensor head({42, 16}), shifted({42, 16});
  for (int patch = 0; patch < 42; ++patch) {
    std::ranges::copy(tokens.row(grid.token_of(patch)), head.edit() + patch * 16);
    std::ranges::copy(tokens.row(grid.token_of(patch)), shifted.edit() + (patch + 1) % 42 * 16);
  }
  const DropPosGuesses perfect = drop_pos_guesses(tokens, head, grid, states), off = drop_pos_guesses(tokens, shifted, grid, states);
  CHECK(perfect.asked == 8);
  CHECK(perfect.accuracy() == 1.0);
  CHECK(off.accuracy() == 0.0);
  for (int patch = 0; patch < 42; ++patch) {
    const auto i = static_cast<std::size_t>(patch);
    CHECK(perfect.cells[i] == (states[i] == State::dropped ? -1 : patch));
    if (states[i] != State::dropped) CHECK(off.cells[i] == (patch + 1) % 42);
  }
  CHECK_FALSE(drop_pos_guesses(tokens, head, grid, drop_pos_masks(42, {0.5, 0, 1})).accuracy());
}

TEST_CASE("untrained heads of DropPos are at chance", "[drop-pos]") {
  // 300 heads of their own for 15 cells: about 1/15 of the answers are right.
  const TracePtr trace = test::small_trace();
  const DropPosOptions options{0, 1, 1};
  const DropPos found = run(trace, options);
  int right = 0, asked = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const DropPosGuesses guesses = drop_pos_guesses(found.tokens, drop_pos_head(15, trace->config().dim, seed), trace->grid(), found.states);
    right += guesses.right;
    asked += guesses.asked;
  }
  CHECK(asked == 4500);
  CHECK(static_cast<double>(right) / asked == Approx(1.0 / 15).margin(0.02));
}

TEST_CASE("the encoder of DropPos sees neither dropped patches nor dropped positions", "[drop-pos]") {
  const DropPosOptions options{0.5, 0.5, 6};
  const TracePtr trace = test::small_trace();
  const PatchGrid& grid = trace->grid();
  const DropPos found = run(trace, options);
  ThreadPool pool(1);
  // Other pixels where patches are dropped, and other positions where they are: nothing that is seen changes.
  auto input = std::make_shared<ModelInput>(trace->input());
  input->values = Tensor(input->values.shape(), input->values.values());
  auto model = std::make_shared<Model>(trace->model());
  model->weights.position = Tensor(model->weights.position.shape(), model->weights.position.values());
  const auto change = [&](State state) {
    for (int patch = 0; patch < grid.patches(); ++patch) {
      if (found.states[static_cast<std::size_t>(patch)] != state) continue;
      for (int j = 0; j < 24; ++j) model->weights.position.edit()[grid.token_of(patch) * 24 + j] += 0.5f * static_cast<float>(j % 3);  // a LayerNorm does not see one number added to all
      if (state != State::dropped) continue;
      const Box box = grid.pixels(patch);
      for (int c = 0; c < 3; ++c)
        for (int y = static_cast<int>(box.y0); y < static_cast<int>(box.y1); ++y)
          for (int x = static_cast<int>(box.x0); x < static_cast<int>(box.x1); ++x) input->values.edit()[(c * 12 + y) * 10 + x] += 3;
    }
  };
  change(State::dropped);
  change(State::unplaced);
  CHECK(difference(found, run(forward(model, input, pool), options), grid) == 0);
  change(State::placed);
  CHECK(difference(found, run(forward(model, input, pool), options), grid) > 1e-3);
}

TEST_CASE("a hundred untrained heads are at chance where one may be lucky", "[drop-pos]") {
  double sum = 0;
  for (const std::uint64_t seed : {1, 200, 400, 600, 800}) {
    const DropPos found = run(test::small_trace(), {0.5, 0.5, seed});
    REQUIRE(found.mean_accuracy);
    sum += *found.mean_accuracy / 5;
  }
  CHECK(sum == Approx(1.0 / 15).margin(0.02));
  CHECK_FALSE(run(test::small_trace(), {0.5, 0, 1}).mean_accuracy);
}

TEST_CASE("DropPos runs on every family, and not when it was stopped", "[drop-pos]") {
  ThreadPool pool(1);
  for (const auto& [name, config] : test::small_families()) {
    INFO(name);
    const TracePtr trace = forward(test::random_weights(config), test::small_input(), pool);
    REQUIRE(has_position_table(trace->model()));
    CHECK(run(trace).guesses.asked == 3);
  }
  for (const ModelPtr& model : {test::small_t2t(), test::small_tnt(false), test::small_tnt(true)}) CHECK(run(test::random_trace(model)).guesses.asked == 1);
  auto edited = std::make_shared<Edits>();
  edited->push_back({});
  edited->back().fill = Fill::drop;
  for (int patch = 0; patch < 15; ++patch) edited->back().patches.push_back(patch);
  ForwardOptions all_dropped;
  all_dropped.edits = edited;
  const TracePtr plain = test::small_trace(), without = forward(plain->model_ptr(), plain->input_ptr(), pool, all_dropped);
  CHECK(difference(run(plain), run(without), plain->grid()) == 0);
  auto bare = std::make_shared<Model>(plain->model());
  bare->weights.position = {};
  CHECK_FALSE(has_position_table(*bare));
  std::stop_source stop;
  stop.request_stop();
  StudyContext stopped{pool, stop.get_token(), {}};
  CHECK_FALSE(drop_pos(*plain, {}, stopped));
}
