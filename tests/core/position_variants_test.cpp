// How patches are told apart (Dosovitskiy et al. 2021, D.4): no positions, rows for columns and rows, relative positions, positions in front of every block.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/analysis/ledger.h"
#include "core/analysis/position_effects.h"
#include "core/edits/apply.h"
#include "core/edits/permutation.h"
#include "core/model/architecture.h"
#include "core/model/position.h"
#include "core/model/weight_maker.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

bool same_tensor_bits(const Tensor& a, const Tensor& b) { return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.values().size_bytes()) == 0; }

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double most = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) most = std::max(most, std::fabs(static_cast<double>(a.values()[i]) - static_cast<double>(b.values()[i])));
  return most;
}

Edit edit_of(EditKind kind, std::uint64_t seed = 0) {
  Edit edit;
  edit.kind = kind;
  edit.seed = seed;
  return edit;
}

TracePtr run_variant(const ModelPtr& model, Edits edits = {}, const InputPtr& input = test::small_input()) {
  static ThreadPool pool(2);
  ForwardOptions options;
  options.edits = std::make_shared<const Edits>(std::move(edits));
  return forward(model, input, pool, options);
}

VitConfig config_with(PositionPlace place, bool relative) {
  VitConfig c = test::small_config();
  c.position_place = place;
  c.relative_position = relative;
  return c;
}

Tensor zeros_like(const Tensor& tensor) {
  Tensor zeros(tensor.shape());
  std::fill_n(zeros.edit(), zeros.size(), 0.0f);
  return zeros;
}

/// The small model with relative positions and no table.
std::shared_ptr<Model> relative_model() {
  auto model = std::make_shared<Model>(*test::random_weights(config_with(PositionPlace::stem, true)));
  model->weights.position = zeros_like(model->weights.position);
  return model;
}

/// The patches of a picture in reverse order.
InputPtr reversed(const InputPtr& input, const PatchGrid& grid) {
  Tensor values(input->values.shape());
  const int height = values.dim(1), width = values.dim(2), p = grid.patch_height(), q = grid.patch_width();
  for (int c = 0; c < values.dim(0); ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        values.edit()[(c * height + y) * width + x] = input->values.at(c, (grid.rows() - 1 - y / p) * p + y % p, (grid.columns() - 1 - x / q) * q + x % q);
  return input_of_values("reversed", values);
}

}  // namespace

TEST_CASE("relative positions add the product of query and offset to the scores", "[positions]") {
  const auto model = relative_model();
  const TracePtr trace = run_variant(model);
  const VitConfig& c = model->config;
  for (int block = 0; block < c.depth; ++block) {
    const Tensor &relative = trace->at(Slot::relative, block), &q = trace->at(Slot::q, block), &k = trace->at(Slot::k, block), &scores = trace->at(Slot::scores, block);
    const Tensor& table = model->weights.blocks[static_cast<std::size_t>(block)].relative.weight();
    REQUIRE(table.shape() == Shape{2 * 15 - 1, 10});
    for (int head = 0; head < c.heads; ++head)
      for (int i = 0; i < c.tokens(); ++i)
        for (int j = 0; j < c.tokens(); ++j) {
          double content = 0, offset = 0;
          for (int n = 0; n < c.head_width; ++n) {
            content += static_cast<double>(q.at(head, i, n)) * static_cast<double>(k.at(head, j, n));
            if (i > 0 && j > 0) offset += static_cast<double>(q.at(head, i, n)) * static_cast<double>(table.at(i - j + 14, n));
          }
          CHECK(static_cast<double>(relative.at(head, i, j)) == Approx(0.4 * offset).margin(1e-5));
          CHECK(static_cast<double>(scores.at(head, i, j)) == Approx(0.4 * (content + offset)).margin(2e-5));
          if (i == 0 || j == 0) CHECK(relative.at(head, i, j) == 0);
        }
  }
}

TEST_CASE("with equal queries what is added depends on the offset alone, wherever the pair lies", "[positions]") {
  auto model = relative_model();
  for (BlockWeights& block : model->weights.blocks) {
    // Queries that are their bias: the same for every token.
    Tensor weight(block.qkv.weight().shape(), block.qkv.weight().values());
    std::fill_n(weight.edit(), 3 * 10 * 24, 0.0f);
    block.qkv = ops::Linear(weight, block.qkv.bias());
  }
  const TracePtr trace = run_variant(model);
  for (int block = 0; block < 3; ++block) {
    const Tensor& relative = trace->at(Slot::relative, block);
    double spread = 0;
    for (int head = 0; head < 3; ++head)
      for (int i = 2; i < 16; ++i)
        for (int j = 2; j < 16; ++j) {
          CHECK(relative.at(head, i, j) == relative.at(head, i - 1, j - 1));
          spread = std::max(spread, std::fabs(static_cast<double>(relative.at(head, i, j)) - static_cast<double>(relative.at(head, i, j - 1))));
        }
    CHECK(spread > 0.1);
  }
}

TEST_CASE("a table that is the same in both directions cannot tell a picture from its reverse, another can", "[positions]") {
  auto model = relative_model();
  const InputPtr input = test::small_input(), back = reversed(input, model->config.grid);
  CHECK(difference(run_variant(model, {}, input)->at(Slot::logits), run_variant(model, {}, back)->at(Slot::logits)) > 1e-3);
  for (BlockWeights& block : model->weights.blocks) {
    Tensor table(block.relative.weight().shape());
    for (int row = 0; row < 29; ++row) std::copy_n(block.relative.weight().row(std::max(row, 28 - row)).begin(), 10, table.edit() + row * 10);
    block.relative = ops::Linear(table, {});
  }
  CHECK(difference(run_variant(model, {}, input)->at(Slot::logits), run_variant(model, {}, back)->at(Slot::logits)) < 2e-5);
  // It still tells it from a picture whose patches are in another order.
  CHECK(difference(run_variant(model, {}, input)->at(Slot::logits), run_variant(model, {edit_of(EditKind::shuffle, 3)}, input)->at(Slot::logits)) > 1e-3);
}

TEST_CASE("without positions shuffling the patches shuffles the tokens of every block and nothing else", "[positions]") {
  const ModelPtr model = test::small_model();
  const PatchGrid& grid = model->config.grid;
  const Edit off = edit_of(EditKind::position_off), shuffle = edit_of(EditKind::shuffle, 3);
  const TracePtr plain = run_variant(model, {off}), shuffled = run_variant(model, {off, shuffle});
  const std::vector<int> order = permutation(grid.patches(), 3);
  for (int block = 0; block < 3; ++block) {
    const Tensor &before = plain->at(Slot::out, block), &after = shuffled->at(Slot::out, block);
    for (int patch = 0; patch < grid.patches(); ++patch)
      for (int j = 0; j < 24; ++j) CHECK(after.at(grid.token_of(patch), j) == Approx(before.at(grid.token_of(order[static_cast<std::size_t>(patch)]), j)).margin(1e-5));
  }
  CHECK(difference(plain->at(Slot::logits), shuffled->at(Slot::logits)) < 1e-5);
  for (const EditKind kind : {EditKind::position_1d, EditKind::position_2d, EditKind::position_axes, EditKind::position_relative, EditKind::position_every_block}) {
    CAPTURE(words(edit_of(kind)));
    CHECK(difference(run_variant(model, {edit_of(kind)})->at(Slot::logits), run_variant(model, {edit_of(kind), shuffle})->at(Slot::logits)) > 1e-3);
  }
}

TEST_CASE("blocks add the same table, or each its own, to the tokens that enter", "[positions]") {
  const ModelPtr shared = test::random_weights(config_with(PositionPlace::every_shared, false));
  const TracePtr trace = run_variant(shared);
  CHECK(same_tensor_bits(trace->at(Slot::placed, 0), trace->at(Slot::embed_pos)));
  for (int block = 1; block < 3; ++block) {
    const Tensor &placed = trace->at(Slot::placed, block), &before = trace->at(Slot::out, block - 1);
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 24; ++j) CHECK(placed.at(i, j) == before.at(i, j) + shared->weights.position.at(i, j));
    CHECK(trace->entering_ref(block) == TensorRef{Slot::placed, block});
  }
  CHECK(trace->entering_ref(3) == TensorRef{Slot::out, 2});
  // The same table as a block's own gives the same bits; another one does not.
  auto own = std::make_shared<Model>(*shared);
  own->config.position_place = PositionPlace::every_own;
  for (std::size_t block = 1; block < 3; ++block) own->weights.blocks[block].position = shared->weights.position;
  CHECK(same_tensor_bits(run_variant(own)->at(Slot::logits), trace->at(Slot::logits)));
  own->weights.blocks[2].position = test::Draw(8)({16, 24});
  const TracePtr other = run_variant(own);
  CHECK(same_tensor_bits(other->at(Slot::out, 1), trace->at(Slot::out, 1)));
  CHECK(difference(other->at(Slot::logits), trace->at(Slot::logits)) > 1e-3);
  // Tables of zeros are none.
  auto nothing = std::make_shared<Model>(*shared);
  nothing->weights.position = zeros_like(shared->weights.position);
  CHECK(same_tensor_bits(run_variant(nothing)->at(Slot::logits), run_variant(shared, {edit_of(EditKind::position_off)})->at(Slot::logits)));
  // What every block adds stands in the ledger, which still sums to the logit.
  const Ledger ledger = residual_ledger(*trace, 2);
  REQUIRE(ledger.fold.size() == 3);
  CHECK(ledger.fold[0] == 0);
  CHECK(std::fabs(ledger.fold[1]) > 1e-4);
  CHECK(ledger.sum() == Approx(ledger.logit).margin(1e-4));
}

TEST_CASE("edits of positions give the bits of models that are built so", "[positions]") {
  const ModelPtr plain = test::small_model();
  auto relative = std::make_shared<Model>(*plain);
  relative->config.relative_position = true;
  relative->weights.position = zeros_like(plain->weights.position);
  for (BlockWeights& block : relative->weights.blocks) block.relative = ops::Linear(sinusoidal_offset_table(15, 10), {});
  const TracePtr edited = run_variant(plain, {edit_of(EditKind::position_relative)}), built = run_variant(relative);
  for (int block = 0; block < 3; ++block)
    for (const Slot slot : {Slot::relative, Slot::scores, Slot::out}) CHECK(same_tensor_bits(edited->at(slot, block), built->at(slot, block)));
  CHECK(same_tensor_bits(edited->at(Slot::logits), built->at(Slot::logits)));
  CHECK(edited->origin().model == plain);
  // No positions behind relative ones: none at all.
  const Edit off = edit_of(EditKind::position_off);
  CHECK(difference(run_variant(plain, {edit_of(EditKind::position_relative), off})->at(Slot::logits), run_variant(plain, {off})->at(Slot::logits)) < 1e-6);
  CHECK(difference(run_variant(relative, {off})->at(Slot::logits), run_variant(plain, {off})->at(Slot::logits)) < 1e-6);

  auto every = std::make_shared<Model>(*plain);
  every->config.position_place = PositionPlace::every_shared;
  CHECK(same_tensor_bits(run_variant(plain, {edit_of(EditKind::position_every_block)})->at(Slot::logits), run_variant(every)->at(Slot::logits)));
  // A re-run that takes over what it can, with and without the steps that the edit adds.
  ThreadPool pool(1);
  const InputPtr input = test::small_input();
  const auto again = [&](Edits edits, const TracePtr& reuse) {
    ForwardOptions options;
    options.edits = std::make_shared<const Edits>(std::move(edits));
    options.reuse = reuse;
    return forward(plain, input, pool, options);
  };
  Edit head = edit_of(EditKind::head_off);
  head.block = 1, head.heads = {0};
  for (const EditKind kind : {EditKind::position_relative, EditKind::position_every_block}) {
    const TracePtr unedited = again({}, nullptr), first = again({edit_of(kind)}, unedited), second = again({edit_of(kind), head}, first), back = again({head}, second);
    CHECK(same_tensor_bits(first->at(Slot::logits), run_variant(plain, {edit_of(kind)})->at(Slot::logits)));
    CHECK(same_tensor_bits(second->at(Slot::logits), run_variant(plain, {edit_of(kind), head})->at(Slot::logits)));
    CHECK(second->at(Slot::out, 0).id() == first->at(Slot::out, 0).id());
    CHECK(same_tensor_bits(back->at(Slot::logits), run_variant(plain, {head})->at(Slot::logits)));
  }
  CHECK(refusal(edit_of(EditKind::position_relative), *relative));
  CHECK(refusal(edit_of(EditKind::position_every_block), *every));
}

TEST_CASE("rows for columns and for rows are half a token each", "[positions]") {
  const PatchGrid grid = test::small_config().grid;
  const Tensor table = test::small_model()->weights.position, axes = axes_of_table(table, grid);
  for (int j = 0; j < 24; ++j) CHECK(axes.at(0, j) == table.at(0, j));
  for (int patch = 0; patch < 15; ++patch)
    for (int j = 0; j < 24; ++j) {
      double mean = 0;
      const int count = j < 12 ? 3 : 5;
      for (int i = 0; i < count; ++i) mean += static_cast<double>(table.at(1 + (j < 12 ? grid.patch_at(i, grid.column(patch)) : grid.patch_at(grid.row(patch), i)), j)) / count;
      CHECK(axes.at(1 + patch, j) == Approx(mean).margin(1e-6));
    }
  CHECK(difference(axes_of_table(axes, grid), axes) < 1e-6);
  // An odd width gives the row one number more.
  const Tensor odd = table_of_axes({}, Tensor({2, 1}, std::vector<float>{1, 2}), Tensor({2, 2}, std::vector<float>{5, 6, 7, 8}));
  const std::vector<float> expected{1, 5, 6, 2, 5, 6, 1, 7, 8, 2, 7, 8};
  CHECK(std::equal(expected.begin(), expected.end(), odd.data()));
  CHECK(odd.shape() == Shape{4, 3});
}

TEST_CASE("sinusoids of offsets are those of places, from the negative to the positive", "[positions]") {
  const Tensor offsets = sinusoidal_offset_table(15, 10), places = sinusoidal_table(15, 10);
  REQUIRE(offsets.shape() == Shape{29, 10});
  for (int offset = 0; offset < 15; ++offset)
    for (int j = 0; j < 10; ++j) {
      CHECK(offsets.at(14 + offset, j) == Approx(places.at(offset, j)).margin(1e-6));
      CHECK(offsets.at(14 - offset, j) == Approx(j % 2 ? places.at(offset, j) : -places.at(offset, j)).margin(1e-6));
    }
}

TEST_CASE("every kind of position in every place can be built, or says why not", "[positions]") {
  ArchitectureWish wish;
  wish.depth = 3, wish.dim = 24, wish.heads = 2, wish.hidden = 8;
  for (const PositionKind kind : {PositionKind::learned, PositionKind::sinusoid, PositionKind::sinusoid_2d, PositionKind::axes, PositionKind::relative, PositionKind::none})
    for (const PositionPlace place : {PositionPlace::stem, PositionPlace::every_shared, PositionPlace::every_own}) {
      wish.position = kind, wish.place = place;
      INFO(preset_text(wish));
      CHECK(parse_wish(preset_text(wish)).value() == wish);
      const auto refusals = check(wish);
      if (!has_table(kind) && place != PositionPlace::stem) {
        REQUIRE(refusals.size() == 1);
        CHECK(refusals[0].field == "place");
        REQUIRE(refusals[0].fixes.size() == 2);
        for (const auto& fix : refusals[0].fixes) CHECK(check(fix.wish).empty());
        continue;
      }
      REQUIRE(refusals.empty());
      const ModelPtr model = build_architecture(wish, 3).value();
      const WishCosts costs = costs_of(wish, model->config);
      CHECK(model->parameters == costs.parameters);
      CHECK(model->config.multiply_adds() == costs.multiply_adds);
      CHECK(model->config.relative_position == (kind == PositionKind::relative));
      CHECK(model->config.position_place == place);
      CHECK(records(model->config, Slot::placed) == (place != PositionPlace::stem));
      CHECK(records(model->config, Slot::relative) == (kind == PositionKind::relative));
      CHECK(same_tensor_bits(model->position_of(2), model->weights.position) == (place != PositionPlace::every_own || kind == PositionKind::sinusoid || kind == PositionKind::sinusoid_2d));
    }
  // 15 patches: 29 offsets of 12 numbers in each of 3 blocks, in place of 16 rows of 24.
  const auto parameters = [&](PositionKind kind, PositionPlace place) {
    wish.position = kind, wish.place = place;
    return costs_of(wish, *config_of(wish)).parameters;
  };
  const auto none = parameters(PositionKind::none, PositionPlace::stem);
  CHECK(parameters(PositionKind::learned, PositionPlace::stem) - none == 16 * 24);
  CHECK(parameters(PositionKind::axes, PositionPlace::stem) - none == 24 + (5 + 3) * 12);
  CHECK(parameters(PositionKind::relative, PositionPlace::stem) - none == 3 * 29 * 12);
  CHECK(parameters(PositionKind::learned, PositionPlace::every_shared) - none == 16 * 24);
  const auto products = [&](PositionKind kind) {
    wish.position = kind, wish.place = PositionPlace::stem;
    return config_of(wish)->multiply_adds();
  };
  CHECK(products(PositionKind::relative) - products(PositionKind::none) == 3 * 15 * 15 * 24);  // every pair of patches in every block, over all heads together
  CHECK(parameters(PositionKind::learned, PositionPlace::every_own) - none == 3 * 16 * 24);
}

TEST_CASE("other input sizes: tables of blocks are resampled, offsets have no row beyond their own", "[positions]") {
  const ModelPtr own = test::random_weights(config_with(PositionPlace::every_own, false)), relative = test::random_weights(config_with(PositionPlace::stem, true));
  const ModelPtr larger = with_input_size(own, 16, 12).value();
  for (int block = 1; block < 3; ++block) CHECK(same_tensor_bits(larger->position_of(block), resample_position(own->position_of(block), 3, 5, larger->config.grid)));
  CHECK(run_variant(larger, {}, input_of_values("larger", test::Draw(4)({3, 16, 12})))->complete());
  const auto refused = with_input_size(relative, 16, 12);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text.find("offsets of a grid of 3 x 5") != std::string::npos);
  CHECK(with_input_size(relative, 12, 10).ok());
}

TEST_CASE("kinds of positions compared on one run", "[positions]") {
  ThreadPool pool(1);
  const TracePtr trace = run_variant(test::small_model());
  StudyContext context{pool, {}, {}};
  const auto effects = position_effects(*trace, context);
  REQUIRE(effects);
  REQUIRE(effects->size() == position_variants().size());
  for (const PositionEffect& effect : *effects) {
    CAPTURE(static_cast<int>(effect.variant));
    CHECK(same_tensor_bits(effect.logits, run_variant(test::small_model(), *edits_with(*trace, effect.variant))->at(Slot::logits)));
    CHECK(effect.moved == Approx(difference(effect.logits, trace->at(Slot::logits))));
    CHECK((effect.moved == 0) == (effect.variant == PositionVariant::as_is));
    REQUIRE(effect.shuffled);
    if (effect.variant == PositionVariant::none) CHECK(*effect.shuffled < 1e-5);
    else CHECK(*effect.shuffled > 1e-3);
  }
  // Under edits of the run the variant comes on top.
  const TracePtr edited = run_variant(test::small_model(), {edit_of(EditKind::class_zero)});
  const auto under = position_effects(*edited, context);
  REQUIRE(under);
  CHECK(same_tensor_bits((*under)[0].logits, edited->at(Slot::logits)));
  // TNT adds words in front of its blocks, and no table beside them.
  const TracePtr nested = test::random_trace(test::small_tnt(false));
  const auto of_tnt = position_effects(*nested, context);
  REQUIRE(of_tnt);
  CHECK(of_tnt->size() == position_variants().size() - 1);
  CHECK_FALSE(edits_with(*nested, PositionVariant::every_block));
  std::stop_source stopped;
  stopped.request_stop();
  StudyContext stop{pool, stopped.get_token(), {}};
  CHECK_FALSE(position_effects(*trace, stop));
  // Dosovitskiy et al. 2021, Table 8, first column.
  const auto published = [](PositionVariant variant) {
    for (const PositionVariantInfo& info : position_variants())
      if (info.variant == variant) return info.published.value_or(0);
    return 0.0;
  };
  CHECK(published(PositionVariant::none) == .61382);
  CHECK(published(PositionVariant::as_is) == .64206);
  CHECK(published(PositionVariant::axes) == .64001);
  CHECK(published(PositionVariant::relative) == .64032);
}
