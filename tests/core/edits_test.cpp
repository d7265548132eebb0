#include "core/edits/edits.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "core/analysis/attention.h"
#include "core/edits/permutation.h"
#include "core/model/position.h"
#include "core/model/weight_maker.h"
#include "tests/core/edit_helpers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

/// A model whose grid is one row, so that leaving a patch out gives a smaller grid: `without` names the patch that is not there.
std::pair<ModelPtr, InputPtr> one_row(int without) {
  constexpr int kPatches = 5, kHeight = 4, kWidth = 2;
  auto model = std::make_shared<Model>(*test::small_model());
  test::Draw draw(9);
  const Tensor pixels = draw({3, kHeight, kPatches * kWidth}, 2), table = draw({1 + kPatches, model->config.dim});
  const int count = without < 0 ? kPatches : kPatches - 1;
  Tensor cut({3, kHeight, count * kWidth}), rows({1 + count, model->config.dim});
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0, to = 0; x < kPatches * kWidth; ++x)
        if (x / kWidth != without) cut.edit()[(c * kHeight + y) * count * kWidth + to++] = pixels.at(c, y, x);
  for (int row = 0, to = 0; row < 1 + kPatches; ++row)
    if (row - 1 != without || without < 0) std::copy(table.row(row).begin(), table.row(row).end(), rows.edit() + model->config.dim * to++);
  VitConfig& config = model->config;
  config.image_height = kHeight;
  config.image_width = count * kWidth;
  config.grid = std::get<PatchGrid>(PatchGrid::make(kHeight, count * kWidth, kHeight, kWidth, 1));
  model->weights.position = model->weights.stored_position = rows;
  model->weights.stored_rows = 1;
  model->weights.stored_columns = count;
  return {model, input_of_values("row", cut)};
}

}  // namespace

TEST_CASE("a dropped token equals a model run on the shorter sequence", "[edits]") {
  for (int patch : {0, 2, 4}) {
    const auto [whole, input] = one_row(-1);
    const auto [shorter, cut] = one_row(patch);
    const TracePtr dropped = run({mask({patch}, Fill::drop)}, whole, input), expected = run({}, shorter, cut);
    CAPTURE(patch);
    CHECK(difference(dropped->at(Slot::logits).values(), expected->at(Slot::logits).values()) < 1e-4);
    CHECK(difference(run({}, whole, input)->at(Slot::logits).values(), expected->at(Slot::logits).values()) > 1e-3);
    for (int block = 0; block < 3; ++block) {
      const Tensor &attn = dropped->at(Slot::attn, block), &small = expected->at(Slot::attn, block);
      for (int head = 0; head < 3; ++head)
        for (int q = 0; q < 6; ++q)
          for (int k = 0; k < 6; ++k) {
            if (k == patch + 1) CHECK(attn.at(head, q, k) == 0);
            else if (q != patch + 1) CHECK(std::fabs(attn.at(head, q, k) - small.at(head, q - (q > patch + 1), k - (k > patch + 1))) < 1e-5f);
          }
    }
    // What the dropped token itself holds reaches nobody.
    const TracePtr grey = run({mask({patch}, Fill::grey), mask({patch}, Fill::drop)}, whole, input);
    CHECK(same_bits(grey->at(Slot::logits), dropped->at(Slot::logits)));
  }
}

TEST_CASE("without positions a shuffled picture gives the same answer and permuted maps", "[edits]") {
  const Edit off = edit_of(EditKind::position_off);
  const std::vector<int> order = permutation(15, 5);
  const TracePtr plain = run({off}), shuffled = run({off, shuffle(5)});
  CHECK(difference(plain->at(Slot::logits).values(), shuffled->at(Slot::logits).values()) < 1e-4);
  for (int block = 0; block < 3; ++block)
    for (int head = 0; head < 3; ++head)
      for (int q = 0; q < 15; ++q)
        for (int k = 0; k < 15; ++k)
          CHECK(std::fabs(shuffled->at(Slot::attn, block).at(head, 1 + q, 1 + k) -
                          plain->at(Slot::attn, block).at(head, 1 + order[static_cast<std::size_t>(q)], 1 + order[static_cast<std::size_t>(k)])) < 1e-4f);
  CHECK(difference(run({})->at(Slot::logits).values(), run({shuffle(5)})->at(Slot::logits).values()) > 1e-2);
  CHECK(difference(run({})->at(Slot::logits).values(), plain->at(Slot::logits).values()) > 1e-2);
}

TEST_CASE("a head that is off takes its part out of the block", "[edits]") {
  const TracePtr plain = run({});
  const int block = 1, head = 2;
  const TracePtr off = run({head_off(block, {head})});
  const VitConfig& c = plain->config();
  const Tensor& weight = plain->model().weights.blocks[1].proj.weight();
  for (int token = 0; token < c.tokens(); ++token)
    for (int j = 0; j < c.dim; ++j) {
      double part = 0;
      for (int i = 0; i < c.head_width; ++i) part += static_cast<double>(plain->at(Slot::weighted, block).at(head, token, i)) * static_cast<double>(weight.at(j, head * c.head_width + i));
      CHECK(std::fabs(plain->at(Slot::resid1, block).at(token, j) - part - off->at(Slot::resid1, block).at(token, j)) < 1e-5);
    }
  CHECK(same_bits(plain->at(Slot::out, 0), off->at(Slot::out, 0)));
  CHECK(difference(plain->at(Slot::logits).values(), off->at(Slot::logits).values()) > 1e-4);
}

TEST_CASE("components are switched off and scaled", "[edits]") {
  const TracePtr plain = run({});
  const TracePtr no_branch = run({branch(1, Part::attention, 0)});
  CHECK(same_bits(no_branch->at(Slot::resid1, 1), no_branch->at(Slot::out, 0)));
  const TracePtr half = run({branch(1, Part::mlp, 0.5)});
  CHECK(half->at(Slot::fc2, 1).at(3, 4) == 0.5f * plain->at(Slot::fc2, 1).at(3, 4));
  const TracePtr skipped = run({at_block(EditKind::block_off, 1)});
  CHECK(same_bits(skipped->at(Slot::out, 1), plain->at(Slot::out, 0)));
  CHECK(same_bits(skipped->at(Slot::resid1, 1), plain->at(Slot::resid1, 1)));
  const TracePtr cut = run({at_block(EditKind::residual_off, 1)});
  CHECK(same_bits(cut->at(Slot::resid1, 1), plain->at(Slot::attn_out, 1)));
  const TracePtr bare = run({at_block(EditKind::norm_off, 2)});
  CHECK(same_bits(bare->at(Slot::norm1, 2), plain->at(Slot::out, 1)));
  Edit last = edit_of(EditKind::norm_off);
  last.part = Part::answer;
  CHECK(same_bits(run({last})->at(Slot::norm), plain->at(Slot::out, 2)));
  // Skipping every block leaves the embedding.
  CHECK(same_bits(run({edit_of(EditKind::block_off)})->at(Slot::out, 2), plain->at(Slot::embed_pos)));
}

TEST_CASE("temperature goes from the winner alone to all alike", "[edits]") {
  const TracePtr plain = run({}), cold = run({temperature(0)}), hot = run({temperature(kInfinity)}), warm = run({temperature(2)});
  for (int head = 0; head < 3; ++head)
    for (int q = 0; q < 16; ++q) {
      int ones = 0;
      for (int k = 0; k < 16; ++k) {
        ones += cold->at(Slot::attn, 0).at(head, q, k) == 1;
        CHECK(hot->at(Slot::attn, 2).at(head, q, k) == Approx(1.0 / 16));
      }
      CHECK(ones == 1);
      const auto scores = plain->at(Slot::scores, 0).row(head).subspan(static_cast<std::size_t>(q) * 16, 16);
      double total = 0;
      for (float s : scores) total += std::exp(static_cast<double>(s) / 2);
      CHECK(warm->at(Slot::attn, 0).at(head, q, 5) == Approx(std::exp(static_cast<double>(scores[5]) / 2) / total).epsilon(1e-5));
    }
  // Uniform attention over 14 x 14 patches of 16 pixels, class token left out: 116.492 pixels.
  const auto model = build_preset("vit-ti16", 1);
  REQUIRE(model);
  Tensor values({3, 224, 224});
  test::Draw draw(4);
  const TracePtr uniform = run({temperature(kInfinity, 0), branch(kAllBlocks, Part::mlp, 1)}, *model, input_of_values("noise", draw({3, 224, 224}, 1)));
  for (const HeadDistance& head : attention_distance(uniform->at(Slot::attn, 0), uniform->grid(), DistanceDefinition::renormalised))
    CHECK(head.distance == Approx(116.492).margin(5e-4));
  // Equal scores share the one unit.
  const float scores[] = {1, 3, 3, 2};
  float shares[4];
  softmax_row(scores, {}, 0, shares);
  CHECK(shares[1] == 0.5f);
  CHECK(shares[0] == 0);
}

TEST_CASE("scores and the answer are edited", "[edits]") {
  const TracePtr plain = run({});
  const TracePtr raw = run({at_block(EditKind::no_scale, 1)});
  CHECK(raw->at(Slot::scores, 1).at(2, 3, 4) == Approx(plain->at(Slot::scores, 1).at(2, 3, 4) / 0.4f));
  Edit score = at_block(EditKind::score, 0);
  score.heads = {1}, score.query = 2, score.key = 3, score.value = 50;
  CHECK(run({score})->at(Slot::attn, 0).at(1, 2, 3) == Approx(1));
  Edit hot = edit_of(EditKind::logit_temperature);
  hot.value = kInfinity;
  const TracePtr flat = run({hot});
  CHECK(same_bits(flat->at(Slot::logits), plain->at(Slot::logits)));
  for (float p : flat->at(Slot::probs).values()) CHECK(p == Approx(1.0 / 7));
}

TEST_CASE("the class token is emptied, taken from before, or removed", "[edits]") {
  const TracePtr plain = run({}), empty = run({edit_of(EditKind::class_zero)});
  const TracePtr again = run({[] { Edit e = at_block(EditKind::class_from, 3); e.from = 0; return e; }()});
  for (float x : empty->at(Slot::embed_cls).row(0)) CHECK(x == 0);
  CHECK(difference(again->at(Slot::out, 2).row(0), plain->at(Slot::out, 0).row(0)) == 0);
  CHECK(difference(again->at(Slot::out, 2).row(5), plain->at(Slot::out, 2).row(5)) == 0);
  const TracePtr mean = run({edit_of(EditKind::class_removed)});
  double sum = 0;
  for (int patch = 1; patch < 16; ++patch) sum += static_cast<double>(mean->at(Slot::norm).at(patch, 6));
  CHECK(mean->at(Slot::pooled).at(6) == Approx(sum / 15));
  CHECK(mean->at(Slot::attn, 1).at(0, 4, 0) == 0);
  // Whatever stood in the class token, it has no say.
  CHECK(same_bits(run({edit_of(EditKind::class_removed), edit_of(EditKind::class_zero)})->at(Slot::logits), mean->at(Slot::logits)));
}

TEST_CASE("pixels are masked, moved and copied by patches", "[edits]") {
  const TracePtr plain = run({});
  const Tensor& before = plain->at(Slot::patches);
  const TracePtr grey = run({mask({7}, Fill::grey)});
  for (float x : grey->at(Slot::patches).row(7)) CHECK(x == 0);
  CHECK(difference(grey->at(Slot::patches).row(6), before.row(6)) == 0);
  const TracePtr mean = run({mask({7}, Fill::mean)});
  for (int j = 0; j < 24; ++j) {
    double sum = 0;
    for (int patch = 0; patch < 15; ++patch) sum += static_cast<double>(before.at(patch, j));
    CHECK(mean->at(Slot::patches).at(7, j) == Approx(sum / 15).margin(1e-6));
  }
  const TracePtr zeroed = run({mask({7}, Fill::zero)});
  for (float x : zeroed->at(Slot::embed_patch).row(7)) CHECK(x == 0);
  Edit swap = edit_of(EditKind::swap), copy = edit_of(EditKind::duplicate);
  swap.patches = {1, 8};
  copy.patches = {2, 5, 6};
  const TracePtr both = run({swap, copy});
  CHECK(difference(both->at(Slot::patches).row(1), before.row(8)) == 0);
  CHECK(difference(both->at(Slot::patches).row(8), before.row(1)) == 0);
  CHECK(difference(both->at(Slot::patches).row(5), before.row(2)) == 0);
  const std::vector<int> order = permutation(15, 3);
  CHECK(order != permutation(15, 4));
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 15; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
  const TracePtr shuffled = run({shuffle(3)});
  for (int i = 0; i < 15; ++i) CHECK(difference(shuffled->at(Slot::patches).row(i), before.row(order[static_cast<std::size_t>(i)])) == 0);
}

TEST_CASE("a wrong order of flattening takes the numbers from elsewhere", "[edits]") {
  // The toy: 4 x 4 pixels, 3 channels, numbered 0 to 47, patches of 2 x 2.
  VitConfig toy;
  toy.channels = 3;
  toy.image_height = toy.image_width = 4;
  toy.patch_height = toy.patch_width = 2;
  toy.grid = std::get<PatchGrid>(PatchGrid::make(4, 4, 2, 2, 1));
  const auto first_token = [&](const Edits& edits, int row) {
    std::vector<int> numbers;
    for (int j = 0; j < 12; ++j) {
      const FlatPlace at = flat_place(edits, toy, row, j);
      numbers.push_back(at.element / 4 * 16 + (toy.grid.row(at.patch) * 2 + at.element % 4 / 2) * 4 + toy.grid.column(at.patch) * 2 + at.element % 2);
    }
    return numbers;
  };
  CHECK(first_token({}, 0) == std::vector{0, 1, 4, 5, 16, 17, 20, 21, 32, 33, 36, 37});
  CHECK(first_token({edit_of(EditKind::channel_last)}, 0) == std::vector{0, 16, 32, 1, 17, 33, 4, 20, 36, 5, 21, 37});
  CHECK(first_token({edit_of(EditKind::column_order)}, 1).front() == 8);
  CHECK(first_token({}, 1).front() == 2);
  const TracePtr plain = run({}), wrong = run({edit_of(EditKind::channel_last)});
  CHECK(same_bits(wrong->at(Slot::patch_grid), plain->at(Slot::patch_grid)));
  CHECK(wrong->at(Slot::patches).at(3, 1) == plain->at(Slot::patches).at(3, 8));
}

TEST_CASE("pictures are painted and their crop is moved", "[edits]") {
  auto picture = std::make_shared<Picture>();
  picture->name = "grey.png";
  picture->image = Image::of_bytes(40, 24, 3, std::vector<std::uint8_t>(40 * 24 * 3, 128));
  ModelPtr model = test::small_model();
  const InputPtr input = preprocess(picture, model->preprocess);
  Edit paint = edit_of(EditKind::paint);
  Stroke box, dot;
  box.box = true;
  box.points = {{40, 24}, {20, 0}};
  box.colour = {1, 0, 0};
  dot.points = {{5, 5}};
  dot.radius = 2;
  dot.colour = {0, 0, 1};
  paint.strokes = {box, dot};
  const TracePtr painted = run({paint}, model, input);
  const Image& image = painted->input().picture->image;
  CHECK(image.value(3, 19, 0) == Approx(128.0 / 255));
  CHECK(image.value(3, 20, 0) == 1);
  CHECK(image.value(3, 20, 1) == 0);
  CHECK(image.value(5, 5, 2) == 1);
  CHECK(image.value(5, 8, 2) == Approx(128.0 / 255));
  CHECK(painted->origin().input == input);
  CHECK(picture->image.value(3, 20, 0) == Approx(128.0 / 255));
  Edit move = edit_of(EditKind::move_crop);
  move.x = 4;
  const TracePtr moved = run({move}, model, input);
  const Box from = input->map.seen(), to = moved->input().map.seen();
  CHECK(to.x0 == Approx(from.x0 + 4));
  move.x = 1e6, move.y = -1e6;
  const Box far = run({move}, model, input)->input().map.seen();
  CHECK(far.x1 <= 40);
  CHECK(far.y0 >= 0);
  CHECK(refusal(paint, *input) == std::nullopt);
  CHECK(refusal(paint, *test::small_input()));
}

TEST_CASE("positions of other kinds", "[edits]") {
  const Tensor line = sinusoidal_table(16, 24), grid = sinusoidal_grid_table(3, 5, 1, 24);
  CHECK(same_bits(run({edit_of(EditKind::position_1d)})->model().weights.position, line));
  CHECK(line.at(1, 0) == Approx(0.8415).margin(1e-4));
  CHECK(line.at(0, 1) == 1);
  for (float x : grid.row(0)) CHECK(x == 0);
  // To the right and below are equally near; with 14 columns and 768 numbers their cosine is .9864.
  const Tensor large = sinusoidal_grid_table(14, 14, 0, 768);
  const auto cosine = [&](int a, int b) {
    double ab = 0, aa = 0, bb = 0;
    for (int j = 0; j < 768; ++j) ab += large.at(a, j) * large.at(b, j), aa += large.at(a, j) * large.at(a, j), bb += large.at(b, j) * large.at(b, j);
    return ab / std::sqrt(aa * bb);
  };
  CHECK(cosine(0, 1) == Approx(0.9864).margin(1e-4));
  CHECK(cosine(0, 14) == Approx(0.9864).margin(1e-4));
  CHECK(cosine(0, 15) == Approx(0.9729).margin(1e-4));
  CHECK(cosine(0, 195) == Approx(0.6632).margin(1e-4));
  Edit same = edit_of(EditKind::position_resampled);
  same.rows = 3, same.columns = 5;
  const TracePtr there = run({same});
  CHECK(difference(there->model().weights.position.values(), test::small_model()->weights.position.values()) < 1e-5);
}

TEST_CASE("an edited run shares what comes before the edit, and undoing gives the same bits", "[edits]") {
  const ModelPtr model = test::small_model();
  const InputPtr input = test::small_input();
  const TracePtr plain = run({}, model, input);
  for (const Edit& edit : one_of_each()) {
    CAPTURE(words(edit));
    const TracePtr fresh = run({edit}, model, input), quick = run({edit}, model, input, plain), undone = run({}, model, input, quick);
    const TensorRef first = first_affected(edit);
    bool before = true;
    for (const Place& place : walk(model->config)) {
      for (Slot slot : place.step->writes) {
        if (TensorRef{slot, info(slot).scope == Scope::block ? place.block : -1} == first) before = false;
      }
      for (Slot slot : place.step->writes) {
        CAPTURE(name_of({slot, place.block}));
        if (before) CHECK(quick->at(slot, place.block).id() == plain->at(slot, place.block).id());
        CHECK(same_bits(quick->at(slot, place.block), fresh->at(slot, place.block)));
        CHECK(same_bits(undone->at(slot, place.block), plain->at(slot, place.block)));
        const auto values = quick->at(slot, place.block).values();
        CHECK(std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }));
      }
    }
    CHECK_FALSE(before);
    CHECK(undone->edits() == nullptr);
    CHECK(quick->origin().model == model);
    const bool harmless = edit.kind == EditKind::class_removed;
    CHECK((harmless || difference(quick->at(Slot::probs).values(), plain->at(Slot::probs).values()) > 0));
  }
  // A run on another picture shares nothing.
  const TracePtr other = run({}, model, test::small_input(7), plain);
  CHECK(other->at(Slot::norm1, 0).id() != plain->at(Slot::norm1, 0).id());
}

TEST_CASE("what two lists share ends where the first difference begins", "[edits]") {
  const VitConfig config = test::small_model()->config;
  const std::vector<Place> places = walk(config);
  const auto list = [](Edits edits) { return std::make_shared<const Edits>(std::move(edits)); };
  const auto shared = [&](Edits a, Edits b) { return places_shared(list(std::move(a)), list(std::move(b)), config); };
  CHECK(places_shared(nullptr, nullptr, config) == places.size());
  CHECK(places_shared(nullptr, list({}), config) == places.size());
  const std::size_t late = shared({temperature(2, 0)}, {temperature(2, 0), head_off(2, {1})});
  CHECK(places[late] == Place{find_step("weighted-sum"), 2});
  CHECK(shared({head_off(2, {1}), temperature(2, 0)}, {temperature(2, 0)}) == late);
  CHECK(places[shared({temperature(2, 0)}, {temperature(3, 0)})] == Place{find_step("softmax"), 0});
  Edit off = shuffle(1);
  off.on = false;
  CHECK(shared({off}, {}) == places.size());
  CHECK(shared({shuffle(1), mask({2}, Fill::grey)}, {mask({2}, Fill::grey), shuffle(1)}) == 0);
}

TEST_CASE("recording only the attention gives the same numbers under edits", "[edits]") {
  ThreadPool pool(1);
  for (const Edit& edit : one_of_each()) {
    CAPTURE(words(edit));
    const TracePtr all = run({edit});
    ForwardOptions options;
    options.record = Record::attention_only;
    options.edits = all->edits();
    const TracePtr some = forward(all->origin().model, all->origin().input, pool, options);
    CHECK(same_bits(some->at(Slot::logits), all->at(Slot::logits)));
    CHECK(same_bits(some->at(Slot::attn, 2), all->at(Slot::attn, 2)));
  }
}

TEST_CASE("what is left to do on an edited picture and model are the edits of tensors", "[edits]") {
  const EditsPtr all = std::make_shared<const Edits>(Edits{shuffle(2), edit_of(EditKind::position_off), head_off(1, {0}), temperature(2)});
  const TracePtr trace = run(*all);
  const EditsPtr rest = tensor_edits(all);
  REQUIRE(rest);
  CHECK(rest->size() == 2);
  CHECK(same_bits(run(*rest, trace->model_ptr(), trace->input_ptr())->at(Slot::logits), trace->at(Slot::logits)));
  CHECK(tensor_edits(std::make_shared<const Edits>(Edits{shuffle(2)})) == nullptr);
}
