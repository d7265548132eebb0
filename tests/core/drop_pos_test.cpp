#include "core/analysis/drop_pos.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/checkpoint/tensor_file.h"
#include "core/forward.h"
#include "tests/core/file_makers.h"
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

PatchGrid small_grid(int rows, int columns, int prefix) { return std::get<PatchGrid>(PatchGrid::make(rows * 2, columns * 2, 2, 2, prefix)); }

/// Without blocks a hundred decoders take no time.
constexpr DropPosOptions kNoBlocks{.blocks = 0};

DropPos run_drop_pos(const TracePtr& trace, const DropPosOptions& options = kNoBlocks) {
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
  const PatchGrid grid = small_grid(3, 5, 2);
  const Tensor table = test::Draw(4)({17, 8});
  const auto states = drop_pos_masks(15, {0.4, 0.5, 2});
  const Tensor vector = drop_pos_shared(8, 2), changed = drop_pos_positions(table, grid, states, vector);
  const auto shared = vector.values();
  for (int token = 0; token < 17; ++token) {
    const auto row = changed.row(token), before = table.row(token);
    const int patch = grid.patch_of(token);
    if (patch < 0 || states[static_cast<std::size_t>(patch)] != State::unplaced) {
      CHECK(std::equal(row.begin(), row.end(), before.begin()));
      continue;
    }
    CHECK(std::equal(row.begin(), row.end(), shared.begin()));
  }
  REQUIRE(shared.size() == 8);
  for (float x : shared) CHECK(std::fabs(x) < 0.07f);
  CHECK(drop_pos_shared(8, 3).at(0) != vector.at(0));
}

TEST_CASE("the largest logit is the guess, in the order of the seen patches behind the tokens in front", "[drop-pos]") {
  const auto states = drop_pos_masks(42, {});
  // Logits that name each row's own patch, and the patch behind it.
  Tensor right({11, 42}), off({11, 42});
  std::fill_n(right.edit(), right.size(), 0.0f);
  std::fill_n(off.edit(), off.size(), 0.0f);
  int row = 1;
  for (int patch = 0; patch < 42; ++patch) {
    if (states[static_cast<std::size_t>(patch)] == State::dropped) continue;
    right.edit()[row * 42 + patch] = 1;
    off.edit()[row++ * 42 + (patch + 1) % 42] = 1;
  }
  REQUIRE(row == 11);
  const DropPosGuesses perfect = drop_pos_guesses(right, states), wrong = drop_pos_guesses(off, states);
  CHECK(perfect.asked == 8);
  CHECK(perfect.accuracy() == 1.0);
  CHECK(wrong.accuracy() == 0.0);
  for (int patch = 0; patch < 42; ++patch) {
    const auto i = static_cast<std::size_t>(patch);
    CHECK(perfect.cells[i] == (states[i] == State::dropped ? -1 : patch));
    if (states[i] != State::dropped) CHECK(wrong.cells[i] == (patch + 1) % 42);
  }
  const auto all_placed = drop_pos_masks(42, {0.5, 0, 1});
  CHECK_FALSE(drop_pos_guesses(Tensor({21, 42}, std::vector<float>(21 * 42)), all_placed).accuracy());
}

TEST_CASE("the decoder reads the tokens in front and the seen patches", "[drop-pos]") {
  const PatchGrid grid = small_grid(3, 5, 2);
  const auto states = drop_pos_masks(15, {0.4, 0.5, 2});
  const Tensor tokens = test::Draw(4)({17, 8}), rows = drop_pos_rows(tokens, grid, states);
  REQUIRE(rows.shape() == Shape{2 + 9, 8});
  int next = 0;
  for (int token = 0; token < 17; ++token) {
    const int patch = grid.patch_of(token);
    if (patch >= 0 && states[static_cast<std::size_t>(patch)] == State::dropped) continue;
    CHECK(std::ranges::equal(rows.row(next++), tokens.row(token)));
  }
  CHECK(next == 11);
}

TEST_CASE("an untrained decoder has the authors' sizes and first weights", "[drop-pos]") {
  ThreadPool one(1), three(3);
  const DropPosWeights decoder = drop_pos_decoder(one, 24, 15, 2, 7), again = drop_pos_decoder(three, 24, 15, 2, 7), other = drop_pos_decoder(one, 24, 15, 2, 8);
  CHECK((decoder.embed.in() == 24 && decoder.embed.out() == 512 && decoder.predict.in() == 512 && decoder.predict.out() == 15));
  REQUIRE(decoder.blocks.size() == 2);
  CHECK(decoder.heads == 16);
  CHECK(decoder.layer_norm_eps == 1e-6f);
  const BlockWeights& block = decoder.blocks[1];
  CHECK((block.qkv.out() == 3 * 512 && block.proj.out() == 512 && block.fc1.out() == 4 * 512 && block.fc2.in() == 4 * 512));
  for (const ops::Linear* linear : {&decoder.embed, &block.qkv, &block.fc1, &decoder.predict}) {
    const double bound = std::sqrt(6.0 / (linear->in() + linear->out()));
    double sum = 0, squares = 0, most = 0;
    for (const float w : linear->weight().values()) {
      sum += static_cast<double>(w);
      squares += static_cast<double>(w) * static_cast<double>(w);
      most = std::max(most, std::fabs(static_cast<double>(w)));
    }
    const auto n = static_cast<double>(linear->weight().size());
    CHECK(most <= bound * (1 + 1e-6));
    CHECK(most > 0.99 * bound);
    CHECK(sum / n == Approx(0).margin(0.03 * bound));
    CHECK(squares / n == Approx(bound * bound / 3).epsilon(0.03));
    for (const float b : linear->bias().values()) CHECK(b == 0);
  }
  CHECK(std::ranges::equal(block.fc1.weight().values(), again.blocks[1].fc1.weight().values()));
  CHECK(block.fc1.weight().at(0, 0) != other.blocks[1].fc1.weight().at(0, 0));
  CHECK(block.fc1.weight().at(0, 0) != decoder.blocks[0].fc1.weight().at(0, 0));
  CHECK((drop_pos_decoders(0) == 100 && drop_pos_decoders(2) == 16 && drop_pos_decoders(8) == 4));
}

TEST_CASE("a decoder without blocks is a norm between two linear layers, and so is one whose blocks add nothing", "[drop-pos]") {
  ThreadPool pool(1);
  const Tensor tokens = test::Draw(6)({11, 24}, 1);
  const DropPosWeights bare = drop_pos_decoder(pool, 24, 15, 0, 3);
  const Tensor logits = drop_pos_logits(pool, tokens, bare);
  REQUIRE(logits.shape() == Shape{11, 15});
  for (int row = 0; row < 11; ++row) {
    std::vector<double> x(512);
    double mean = 0, variance = 0;
    for (int i = 0; i < 512; ++i) {
      double sum = 0;
      for (int j = 0; j < 24; ++j) sum += static_cast<double>(bare.embed.weight().at(i, j)) * static_cast<double>(tokens.at(row, j));
      x[static_cast<std::size_t>(i)] = sum;
      mean += sum / 512;
    }
    for (const double v : x) variance += (v - mean) * (v - mean) / 512;
    for (int cell = 0; cell < 15; ++cell) {
      double sum = 0;
      for (int i = 0; i < 512; ++i) sum += (x[static_cast<std::size_t>(i)] - mean) / std::sqrt(variance + 1e-6) * static_cast<double>(bare.predict.weight().at(cell, i));
      CHECK(static_cast<double>(logits.at(row, cell)) == Approx(sum).margin(1e-4));
    }
  }
  DropPosWeights idle = drop_pos_decoder(pool, 24, 15, 2, 3);
  idle.embed = bare.embed;
  idle.predict = bare.predict;
  CHECK_FALSE(std::ranges::equal(drop_pos_logits(pool, tokens, idle).values(), logits.values()));
  for (BlockWeights& block : idle.blocks)
    for (ops::Linear* last : {&block.proj, &block.fc2}) {
      Tensor zeros(last->weight().shape());
      std::fill_n(zeros.edit(), zeros.size(), 0.0f);
      *last = {zeros, last->bias()};
    }
  CHECK(std::ranges::equal(drop_pos_logits(pool, tokens, idle).values(), logits.values()));
}

TEST_CASE("a decoder of an encoder's blocks computes what the encoder computes", "[drop-pos]") {
  VitConfig config = test::small_config();
  config.head_width = 8;
  config.score_scale = static_cast<float>(1.0 / std::sqrt(8.0));
  const ModelPtr model = test::random_weights(config);
  ThreadPool pool(1);
  const TracePtr trace = forward(model, test::small_input(), pool);
  Tensor identity({24, 24});
  for (int i = 0; i < 24 * 24; ++i) identity.edit()[i] = i % 25 == 0 ? 1.0f : 0.0f;
  DropPosWeights decoder;
  decoder.embed = decoder.predict = {identity, {}};
  decoder.blocks = model->weights.blocks;
  decoder.norm = model->weights.norm;
  decoder.heads = 3;
  decoder.layer_norm_eps = config.layer_norm_eps;
  CHECK(std::ranges::equal(drop_pos_logits(pool, trace->at(Slot::embed_pos), decoder).values(), trace->at(Slot::norm).values()));
}

TEST_CASE("a decoder does not know the order of its rows", "[drop-pos]") {
  ThreadPool pool(1);
  const DropPosWeights decoder = drop_pos_decoder(pool, 24, 15, 2, 3);
  const Tensor tokens = test::Draw(6)({11, 24}, 1);
  // Row i of the one is row (4 i + 3) mod 11 of the other.
  Tensor moved({11, 24});
  for (int i = 0; i < 11; ++i) std::ranges::copy(tokens.row((4 * i + 3) % 11), moved.edit() + i * 24);
  const Tensor a = drop_pos_logits(pool, tokens, decoder), b = drop_pos_logits(pool, moved, decoder);
  for (int i = 0; i < 11; ++i)
    for (int cell = 0; cell < 15; ++cell) CHECK(b.at(i, cell) == Approx(a.at((4 * i + 3) % 11, cell)).margin(1e-4));
  // The rows are not alone either: another row changes all of them.
  Tensor changed(tokens.shape(), tokens.values());
  for (int j = 0; j < 24; ++j) changed.edit()[j] += static_cast<float>(j % 3);
  const Tensor c = drop_pos_logits(pool, changed, decoder);
  for (int i = 1; i < 11; ++i) CHECK_FALSE(std::ranges::equal(c.row(i), a.row(i)));
}

TEST_CASE("untrained decoders of DropPos are at chance", "[drop-pos][one-thread]") {
  // Many for 15 cells: about 1/15 of the answers are right.
  const TracePtr trace = test::small_trace();
  ThreadPool pool(1);
  const DropPos found = run_drop_pos(trace, {0, 1, 1, 0});
  const Tensor rows = drop_pos_rows(found.tokens, trace->grid(), found.states);
  for (const auto& [blocks, decoders] : {std::pair{0, 300}, std::pair{1, 30}}) {
    int right = 0, asked = 0;
    for (int seed = 0; seed < decoders; ++seed) {
      const DropPosGuesses guesses = drop_pos_guesses(drop_pos_logits(pool, rows, drop_pos_decoder(pool, trace->config().dim, 15, blocks, static_cast<std::uint64_t>(seed))), found.states);
      right += guesses.right;
      asked += guesses.asked;
    }
    CHECK(asked == 15 * decoders);
    CHECK(static_cast<double>(right) / asked == Approx(1.0 / 15).margin(0.03));
  }
}

TEST_CASE("the encoder of DropPos sees neither dropped patches nor dropped positions", "[drop-pos]") {
  const DropPosOptions options{0.5, 0.5, 6, 0};
  const TracePtr trace = test::small_trace();
  const PatchGrid& grid = trace->grid();
  const DropPos found = run_drop_pos(trace, options);
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
  CHECK(difference(found, run_drop_pos(forward(model, input, pool), options), grid) == 0);
  change(State::placed);
  CHECK(difference(found, run_drop_pos(forward(model, input, pool), options), grid) > 1e-3);
}

TEST_CASE("a hundred untrained decoders are at chance where one may be lucky", "[drop-pos]") {
  double sum = 0;
  for (const std::uint64_t seed : {1, 200, 400, 600, 800}) {
    const DropPos found = run_drop_pos(test::small_trace(), {0.5, 0.5, seed, 0});
    REQUIRE(found.mean_accuracy);
    CHECK((!found.own_decoder && found.decoders == 100 && found.width == 512 && found.blocks == 0));
    sum += *found.mean_accuracy / 5;
  }
  CHECK(sum == Approx(1.0 / 15).margin(0.02));
  CHECK_FALSE(run_drop_pos(test::small_trace(), {0.5, 0, 1, 0}).mean_accuracy);
}

TEST_CASE("DropPos asks a decoder of its option's blocks of the encoder's rows", "[drop-pos][one-thread]") {
  const TracePtr trace = test::small_trace();
  ThreadPool pool(1);
  const DropPos found = run_drop_pos(trace, {0.5, 0.5, 4, 2});
  CHECK((!found.own_decoder && found.width == 512 && found.blocks == 2 && found.heads == 16 && found.decoders == 16));
  REQUIRE(found.logits.shape() == Shape{7, 15});
  const Tensor all = drop_pos_logits(pool, drop_pos_rows(found.tokens, trace->grid(), found.states), drop_pos_decoder(pool, 24, 15, 2, 4));
  CHECK(std::ranges::equal(found.logits.values(), all.values().subspan(15)));
  CHECK(found.guesses.cells == drop_pos_guesses(all, found.states).cells);
}

TEST_CASE("loss weights of DropPos are the softmax of cosines with the class token, brought to the sum 1", "[drop-pos]") {
  const TracePtr trace = test::small_trace();
  const auto states = drop_pos_masks(15, {0.4, 0.5, 2});
  const Tensor& tokens = trace->at(Slot::norm);
  const auto cosine = [&](int token) {
    double product = 0, a = 0, b = 0;
    for (int j = 0; j < 24; ++j) {
      const auto x = static_cast<double>(tokens.at(0, j)), y = static_cast<double>(tokens.at(token, j));
      product += x * y, a += x * x, b += y * y;
    }
    return product / std::sqrt(a) / std::sqrt(b);
  };
  // As the authors do it: over all patches first, then what is seen and unplaced.
  double all = 0, unplaced = 0;
  for (int patch = 0; patch < 15; ++patch) all += std::exp(cosine(1 + patch) / 0.1);
  for (int patch = 0; patch < 15; ++patch)
    if (states[static_cast<std::size_t>(patch)] == State::unplaced) unplaced += std::exp(cosine(1 + patch) / 0.1) / all;
  const std::vector<double> weights = drop_pos_loss_weights(*trace, states);
  REQUIRE(weights.size() == 15);
  for (int patch = 0; patch < 15; ++patch) {
    const auto i = static_cast<std::size_t>(patch);
    CHECK(weights[i] == Approx(states[i] == State::unplaced ? std::exp(cosine(1 + patch) / 0.1) / all / unplaced : 0).margin(1e-9));
  }
  CHECK(drop_pos_loss_weights(*trace, drop_pos_masks(15, {0.4, 0, 2})).empty());
  CHECK(run_drop_pos(trace, {0.4, 0.5, 2, 0}).loss_weights == weights);
}

namespace {
/// A small checkpoint with a DropPos decoder of width 32, `blocks` blocks, hidden width 20.
test::Checkpoint with_decoder(int blocks) {
  test::Checkpoint c = test::Checkpoint::small();
  c.shapes.insert({{"mask_pos_token", {1, 1, 8}}, {"decoder_embed.weight", {32, 8}}, {"decoder_embed.bias", {32}}, {"decoder_norm.weight", {32}}, {"decoder_norm.bias", {32}},
                   {"decoder_pred.weight", {9, 32}}, {"decoder_pred.bias", {9}}});
  for (int i = 0; i < blocks; ++i) {
    const std::string b = "decoder_blocks." + std::to_string(i) + ".";
    c.shapes.insert({{b + "norm1.weight", {32}}, {b + "norm1.bias", {32}}, {b + "attn.qkv.weight", {96, 32}}, {b + "attn.qkv.bias", {96}}, {b + "attn.proj.weight", {32, 32}}, {b + "attn.proj.bias", {32}},
                     {b + "norm2.weight", {32}}, {b + "norm2.bias", {32}}, {b + "mlp.fc1.weight", {20, 32}}, {b + "mlp.fc1.bias", {20}}, {b + "mlp.fc2.weight", {32, 20}}, {b + "mlp.fc2.bias", {32}}});
  }
  test::Draw draw(9);
  for (const auto& [name, shape] : c.shapes) {
    const Tensor values = draw(Shape::of(shape), name.ends_with("norm.weight") || name.ends_with("norm1.weight") ? 1.0f : 0.4f);
    c.values[name] = {values.values().begin(), values.values().end()};
  }
  return c;
}

Result<ModelPtr> parsed(const test::Checkpoint& c, const std::string& prefix = "") { return parse_model("drop.safetensors", test::shared(c.file(prefix)), ""); }

bool warns(const ModelPtr& model, const std::string& text) {
  return std::any_of(model->warnings.begin(), model->warnings.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
}
}  // namespace

TEST_CASE("a checkpoint's own decoder is used bit for bit", "[drop-pos]") {
  const test::Checkpoint checkpoint = with_decoder(2);
  ThreadPool pool(1);
  for (const char* prefix : {"", "module."}) {
    const auto loaded = parsed(checkpoint, prefix);
    REQUIRE(loaded);
    const ModelPtr model = *loaded;
    CHECK(has_drop_pos_decoder(*model));
    CHECK_FALSE(warns(model, "not used"));
    CHECK(model->parameters == parsed(test::Checkpoint::small()).value()->parameters);
    const DropPosWeights& own = model->weights.drop_pos;
    REQUIRE(own.blocks.size() == 2);
    CHECK((own.heads == 16 && own.embed.out() == 32 && own.predict.out() == 9));
    CHECK(std::ranges::equal(own.mask_position.values(), checkpoint.values.at("mask_pos_token")));
    CHECK(std::ranges::equal(own.embed.weight().values(), checkpoint.values.at("decoder_embed.weight")));
    CHECK(std::ranges::equal(own.blocks[1].qkv.weight().values(), checkpoint.values.at("decoder_blocks.1.attn.qkv.weight")));
    CHECK(std::ranges::equal(own.blocks[0].fc2.bias().values(), checkpoint.values.at("decoder_blocks.0.mlp.fc2.bias")));
    CHECK(std::ranges::equal(own.norm.shift.values(), checkpoint.values.at("decoder_norm.bias")));
    CHECK(std::ranges::equal(own.predict.bias().values(), checkpoint.values.at("decoder_pred.bias")));

    const TracePtr trace = forward(model, input_of_values("random", test::Draw(2)({3, 6, 6}, 2)), pool);
    const DropPos found = run_drop_pos(trace, {0.3, 0.5, 4, 2});
    CHECK((found.own_decoder && found.width == 32 && found.blocks == 2 && found.heads == 16 && found.decoders == 0));
    CHECK_FALSE(found.mean_accuracy);
    const Tensor all = drop_pos_logits(pool, drop_pos_rows(found.tokens, trace->grid(), found.states), own);
    CHECK(std::ranges::equal(found.logits.values(), all.values().subspan(9)));
    CHECK(std::ranges::equal(found.logits.values(), run_drop_pos(trace, {0.3, 0.5, 4, 8}).logits.values()));
    // Its own vector stands in place of positions.
    auto other = std::make_shared<Model>(*model);
    other->weights.drop_pos.mask_position = test::Draw(3)({8});
    CHECK_FALSE(std::ranges::equal(run_drop_pos(forward(other, trace->input_ptr(), pool), {0.3, 0.5, 4, 2}).logits.values(), found.logits.values()));
    // On another grid its cells are others: an untrained one takes its place.
    const ModelPtr larger = with_input_size(model, 6, 8).value();
    CHECK_FALSE(has_drop_pos_decoder(*larger));
    CHECK_FALSE(run_drop_pos(forward(larger, input_of_values("random", test::Draw(2)({3, 6, 8}, 2)), pool)).own_decoder);
  }
  CHECK(parsed(with_decoder(0)).value()->weights.drop_pos.blocks.empty());
}

TEST_CASE("a decoder that does not fit is left out, a broken one is an error, and a masked autoencoder is none", "[drop-pos]") {
  const std::vector<std::pair<std::string, std::vector<int>>> sizes{{"decoder_pred.weight", {10, 32}}, {"decoder_embed.weight", {24, 8}}, {"decoder_embed.weight", {32, 7}}};
  for (const auto& [name, shape] : sizes) {
    test::Checkpoint c = with_decoder(1);
    c.shapes[name] = shape;
    c.values.erase(name);
    const auto loaded = parsed(c);
    REQUIRE(loaded);
    CHECK_FALSE(has_drop_pos_decoder(**loaded));
    CHECK(warns(*loaded, "its DropPos decoder is not used"));
  }
  test::Checkpoint broken = with_decoder(2);
  broken.shapes.erase("decoder_blocks.1.attn.proj.weight");
  CHECK(parsed(broken).error().text.find("decoder_blocks.1.attn.proj.weight is missing") != std::string::npos);
  test::Checkpoint autoencoder = with_decoder(1);
  autoencoder.shapes.erase("mask_pos_token");
  CHECK(parsed(autoencoder).error().text.find("masked autoencoder") != std::string::npos);
}

TEST_CASE("a checkpoint of DropPos without a head gets one of zeros", "[drop-pos]") {
  test::Checkpoint c = with_decoder(1);
  c.shapes.erase("head.weight");
  c.shapes.erase("head.bias");
  const ModelPtr model = parsed(c).value();
  CHECK(warns(model, "holds no head"));
  CHECK(model->config.classes == 1000);
  CHECK(has_drop_pos_decoder(*model));
  ThreadPool pool(1);
  const TracePtr trace = forward(model, input_of_values("random", test::Draw(2)({3, 6, 6}, 2)), pool);
  for (const float p : trace->at(Slot::probs).values()) CHECK(p == Approx(0.001));
  c.metadata["num_classes"] = "12";
  CHECK(parsed(c).value()->config.classes == 12);
}

TEST_CASE("DropPos runs on every family, and not when it was stopped", "[drop-pos]") {
  ThreadPool pool(1);
  for (const auto& [name, config] : test::small_families()) {
    INFO(name);
    const TracePtr trace = forward(test::random_weights(config), test::small_input(), pool);
    REQUIRE(has_position_table(trace->model()));
    CHECK(run_drop_pos(trace).guesses.asked == 3);
  }
  for (const ModelPtr& model : {test::small_t2t(), test::small_t2t_performer(), test::small_tnt(false), test::small_tnt(true)}) CHECK(run_drop_pos(test::random_trace(model)).guesses.asked == 1);
  auto edited = std::make_shared<Edits>();
  edited->push_back({});
  edited->back().fill = Fill::drop;
  for (int patch = 0; patch < 15; ++patch) edited->back().patches.push_back(patch);
  ForwardOptions all_dropped;
  all_dropped.edits = edited;
  const TracePtr plain = test::small_trace(), without = forward(plain->model_ptr(), plain->input_ptr(), pool, all_dropped);
  CHECK(difference(run_drop_pos(plain), run_drop_pos(without), plain->grid()) == 0);
  auto bare = std::make_shared<Model>(plain->model());
  bare->weights.position = {};
  CHECK_FALSE(has_position_table(*bare));
  std::stop_source stop;
  stop.request_stop();
  StudyContext stopped{pool, stop.get_token(), {}};
  CHECK_FALSE(drop_pos(*plain, kNoBlocks, stopped));
}
