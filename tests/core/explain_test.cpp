#include "core/steps/explain.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "core/step.h"
#include "core/way_back.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {
// Cells that are recomputed, and cells from which one random way is followed back to its end, of each kind of tensor. Sanitizers make each several times slower.
#ifdef VITSCOPE_LONG_TESTS
constexpr int kCells = 100, kWays = 4;
#else
constexpr int kCells = 1000, kWays = 20;
#endif

float largest(const Tensor& tensor) {
  float peak = 0;
  for (float x : tensor.values()) peak = std::max(peak, std::fabs(x));
  return peak;
}

CellRef random_cell(const Trace& trace, TensorRef ref, test::Draw& draw) {
  const Shape& shape = trace.at(ref).shape();
  CellRef cell{ref};
  int* const indices[] = {&cell.i, &cell.j, &cell.k, &cell.l};
  for (int axis = 0; axis < shape.rank(); ++axis) *indices[axis] = draw.below(shape[axis]);
  return cell;
}

void check_texts(const Explanation& e, bool picture) {
  CHECK_FALSE(e.rule.empty());
  CHECK_FALSE(e.numbers.empty());
  CHECK_FALSE(e.note.empty());
  CHECK(e.note.find_first_of("_^{}") == std::string::npos);
  REQUIRE_FALSE(e.stations.empty());
  for (const Station& station : e.stations) {
    CHECK_FALSE(station.what.empty());
    CHECK_FALSE(station.count.empty());
    if (station.step) CHECK((station.step->stage == Stage::block) == (station.block >= 0));
  }
  const Station& last = e.stations.back();
  const bool learned = last.step && (last.step->slug == "class-token");
  CHECK((learned || !last.step || last.step->slug == "picture"));
  if (picture) CHECK(e.note.find("nan") == std::string::npos);
}

/// Sum rules: the terms and the rest make the value.
void check_sum(const Explanation& e, Slot slot, const VitConfig& config) {
  if (e.terms.empty()) return;
  double sum = 0;
  for (const Term& term : e.terms) sum += term.product;
  const bool shares = slot == Slot::attn || slot == Slot::probs || slot == Slot::t2t1_attn || slot == Slot::t2t2_attn || slot == Slot::tnt_attn;
  if (shares) {
    CHECK(sum == Approx(1).epsilon(1e-9));
  } else {
    const double factor = slot == Slot::scores        ? config.score_scale
                          : slot == Slot::t2t1_scores ? config.t2t->score_scale[0]
                          : slot == Slot::t2t2_scores ? config.t2t->score_scale[1]
                          : slot == Slot::tnt_scores  ? config.tnt->score_scale
                                                      : 1;
    CHECK(sum * factor + e.rest == Approx(e.value).epsilon(1e-9).margin(1e-12));
  }
  CHECK(std::is_sorted(e.terms.begin(), e.terms.end(),
                       [](const Term& a, const Term& b) { return std::fabs(a.product) > std::fabs(b.product); }));
}

/// What kinds of tensors a run holds, each with its tensors of all blocks.
std::map<Slot, std::vector<TensorRef>> kinds_of(const VitConfig& config) {
  std::map<Slot, std::vector<TensorRef>> kinds;
  for (const TensorRef& ref : tensors_of(config)) kinds[ref.slot].push_back(ref);
  return kinds;
}

/// Recomputes random cells of every kind of tensor, over all its blocks. Values agree within 1e-4 of themselves; where a value is small because large operands cancel
/// each other, within 1e-4 of `kFloor` times the largest of its tensor, below which single precision has no digits to compare. Texts and sums are read at the first 20 cells.
void check_cells(const TracePtr& trace, int per_kind) {
  constexpr double kFloor = 1e-2;
  test::Draw draw(7);
  for (const auto& [slot, refs] : kinds_of(trace->config())) {
    std::vector<double> peaks;
    for (const TensorRef& ref : refs) peaks.push_back(largest(trace->at(ref)));
    const Step& writer = writer_of(slot, trace->config());
    int wrong = 0;
    for (int i = 0; i < per_kind; ++i) {
      const auto which = static_cast<std::size_t>(draw.below(static_cast<int>(refs.size())));
      const CellRef cell = random_cell(*trace, refs[which], draw);
      const Explanation e = writer.explain(*trace, cell);
      const double stored = trace->value(cell), most = 1e-4 * std::max(std::fabs(stored), kFloor * peaks[which]);
      if (!(std::fabs(e.value - stored) <= most)) {
        UNSCOPED_INFO(name_of(refs[which]) << " [" << cell.i << ", " << cell.j << ", " << cell.k << ", " << cell.l << "]: " << e.value << ", stored " << stored);
        ++wrong;
      }
      if (i >= 20) continue;
      CAPTURE(name_of(refs[which]), cell.i, cell.j, cell.k, cell.l);
      check_texts(e, trace->input().picture != nullptr);
      check_sum(e, slot, trace->config());
    }
    CHECK(wrong == 0);
  }
}

/// Follows random operands from random numbers of every tensor: every way ends at a pixel, an input number or a learned number.
void check_ways(const TracePtr& trace, int per_kind) {
  test::Draw draw(11);
  for (const auto& [slot, refs] : kinds_of(trace->config())) {
    for (int i = 0; i < per_kind; ++i) {
      const TensorRef ref = refs[static_cast<std::size_t>(draw.below(static_cast<int>(refs.size())))];
      CellRef cell = random_cell(*trace, ref, draw);
      for (int steps = 0;; ++steps) {
        CAPTURE(name_of(ref), name_of(cell.tensor), cell.i, cell.j, cell.k, cell.l);
        REQUIRE(steps < 200);
        REQUIRE(trace->has(cell.tensor));
        const Explanation e = writer_of(cell.tensor.slot, trace->config()).explain(*trace, cell);
        // Operands are what the terms say they are.
        for (const Term& term : e.terms) {
          if (term.a_cell && std::isfinite(term.a)) CHECK(trace->value(*term.a_cell) == static_cast<float>(term.a));
          if (term.b_cell && std::isfinite(term.b)) CHECK(trace->value(*term.b_cell) == static_cast<float>(term.b));
        }
        if (e.source) CHECK(trace->value(*e.source) == static_cast<float>(e.value));
        const std::vector<CellRef> next = operands(e);
        if (next.empty()) {
          const Slot end = cell.tensor.slot;
          const bool picture = trace->input().picture != nullptr;
          const bool window = end == Slot::t2t_split0 || end == Slot::t2t_split1 || end == Slot::t2t_split2 || end == Slot::tnt_windows;
          const bool padding = window && trace->value(cell) == 0 && e.note.find("zeros") != std::string::npos;
          const bool nowhere = end == Slot::relative && (cell.j < trace->grid().prefix() || cell.k < trace->grid().prefix());  // no offset to a token that lies nowhere
          const bool zero_row = end == Slot::embed_patch && trace->config().tnt && trace->config().tnt->zero_rows && trace->value(cell) == 0;
          CHECK((padding || nowhere || zero_row || end == Slot::pixels || (end == Slot::input && !picture) || (end == Slot::embed_cls && cell.i < trace->grid().prefix())));
          break;
        }
        cell = next[static_cast<std::size_t>(draw.below(static_cast<int>(next.size())))];
      }
    }
  }
}

PicturePtr random_picture(int width, int height) {
  std::vector<std::uint8_t> bytes;
  test::Draw draw(3);
  for (int i = 0; i < width * height * 3; ++i) bytes.push_back(static_cast<std::uint8_t>(draw.below(256)));
  auto picture = std::make_shared<Picture>();
  picture->name = "random.png";
  picture->image = Image::of_bytes(width, height, 3, std::move(bytes));
  return picture;
}
}  // namespace

TEST_CASE("every number is explained by its own operands", "[explain][one-thread]") {
  ThreadPool pool(1);
  for (const auto& [name, config] : test::small_families()) {
    INFO(name);
    check_cells(forward(test::random_weights(config), test::small_input(), pool), kCells);
  }
}

TEST_CASE("every way back ends at pixels or weights", "[explain][one-thread]") {
  const ModelPtr model = test::small_model();
  ThreadPool pool(1);
  for (const auto& [name, config] : test::small_families()) {
    INFO(name);
    check_ways(forward(test::random_weights(config), test::small_input(), pool), kWays);
  }
  check_ways(forward(model, preprocess(random_picture(37, 23), model->preprocess), pool), kWays);
}

TEST_CASE("numbers of T2T, TNT and hybrids are explained, down to pixels, weights or padding", "[explain][one-thread]") {
  for (const ModelPtr& model : {test::small_t2t(), test::small_t2t(60, 100, 1), test::small_t2t_performer(), test::small_t2t_performer(60, 100, 1), test::small_tnt(false), test::small_tnt(true), test::small_tnt(false, 16, 24, 3, true), test::small_tnt(true, 16, 24, 3, true), test::small_hybrid(), test::small_hybrid(32, 16, 1)}) {
    check_cells(test::random_trace(model), kCells);
    check_ways(test::random_trace(model), kWays);
    if (model->config.channels == 3) {
      ThreadPool pool(1);
      check_ways(forward(model, preprocess(random_picture(37, 23), model->preprocess), pool), kWays / 2);
    }
  }
}

TEST_CASE("numbers of performers are put into words", "[explain]") {
  const ModelPtr model = test::small_t2t_performer();
  const TracePtr trace = test::random_trace(model);
  const auto why = [](const Trace& run, Slot slot, int i, int j = 0) { return writer_of(slot, run.config()).explain(run, {{slot}, i, j}); };
  double square = 0;
  for (int j = 0; j < 6; ++j) square += static_cast<double>(trace->at(Slot::t2t1_k).at(0, 9, j)) * static_cast<double>(trace->at(Slot::t2t1_k).at(0, 9, j));
  const Explanation exponent = why(*trace, Slot::t2t1_exponents_k, 9, 2);
  CHECK(exponent.terms.size() == 6);
  CHECK(exponent.rest == Approx(-square / 2));
  CHECK(exponent.rest_label == "−|k|² / 2");
  CHECK(exponent.note.find("the key of window 9") != std::string::npos);
  const Explanation feature = why(*trace, Slot::t2t1_features_q, 9, 2);
  CHECK(feature.value == Approx(std::exp(static_cast<double>(trace->at(Slot::t2t1_exponents_q).at(9, 2))) / 2));
  // Every window has a part in the sum, and no matrix of pairs stands on the way back.
  const Explanation sum = why(*trace, Slot::t2t1_kv, 5, 3);
  CHECK(sum.terms.size() == 35);
  const Explanation gathered = why(*trace, Slot::t2t1_context, 9, 3);
  REQUIRE(gathered.terms.size() == 1);
  CHECK((gathered.terms[0].a_cell == CellRef{{Slot::t2t1_numerator}, 9, 3} && gathered.terms[0].b_cell == CellRef{{Slot::t2t1_normaliser}, 9}));
  CHECK(gathered.note.find("a mean of all values; ε") != std::string::npos);
  for (const Explanation& e : {exponent, feature, sum, gathered, why(*trace, Slot::t2t1_out, 9, 3)})
    for (const Station& station : e.stations) CHECK(station.what.find("shares among") == std::string::npos);
  // A divisor of the size of ε.
  auto long_queries = std::make_shared<Model>(*model);
  test::Draw draw(5);
  for (BlockWeights& block : long_queries->weights.token_transformers) block.qkv = {draw({18, block.qkv.in()}, 30), block.qkv.bias()};
  CHECK(why(*test::random_trace(long_queries), Slot::t2t1_context, 3, 2).note.find("smaller than a mean of all values") != std::string::npos);
}

TEST_CASE("padding and overlap of windows are put into words", "[explain]") {
  const TracePtr trace = test::random_trace(test::small_t2t());
  const Explanation first = find_step("t2t-split1")->explain(*trace, {{Slot::t2t_split0}, 0, 0});
  CHECK(first.value == 0);
  CHECK(first.note.find("beyond the image, where zeros are put") != std::string::npos);
  // Window 8 begins at row 2, column 2; its pixel (3, 3) of the window lies in no other, its corner in four.
  CHECK(find_step("t2t-split1")->explain(*trace, {{Slot::t2t_split0}, 8, 3 * 7 + 3}).note.find("No other window") != std::string::npos);
  CHECK(find_step("t2t-split1")->explain(*trace, {{Slot::t2t_split0}, 8, 0}).note.find("windows 0, 1, 7 and 8") != std::string::npos);
  const TracePtr words = test::random_trace(test::small_tnt(false));
  CHECK(find_step("tnt-words")->explain(*words, {{Slot::tnt_windows}, 1, 0, 0}).note.find("outside of the patch") != std::string::npos);
  const TracePtr zeros = test::random_trace(test::small_tnt(false, 16, 24, 3, true));
  const Explanation begins = find_step("tnt-zero-rows")->explain(*zeros, {{Slot::embed_patch}, 2, 5});
  CHECK((begins.value == 0 && begins.terms.empty() && begins.stations.size() == 2));
  const Explanation placed = find_step("position")->explain(*zeros, {{Slot::embed_pos}, 3, 5});
  CHECK(placed.stations.back().what == "a zero, no number of the image");
}

TEST_CASE("numbers of a picture are explained down to its pixels", "[explain]") {
  const ModelPtr model = test::small_model();
  ThreadPool pool(1);
  for (ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    PreprocessSpec spec = model->preprocess;
    spec.mode = mode;
    spec.mean = {0.4f, 0.5f, 0.6f, 0};
    spec.std = {0.2f, 0.3f, 0.25f, 1};
    const TracePtr trace = forward(model, preprocess(random_picture(37, 23), spec), pool);
    check_cells(trace, 100);
    const Explanation e = find_step("picture")->explain(*trace, {{Slot::input, -1}, 1, 6, 4});
    CHECK(e.numbers.find(" / 255 − 0.500) / 0.300") != std::string::npos);
    CHECK(e.note.find("of the original picture") != std::string::npos);
    CHECK(e.stations.front().what == "normalised green (6, 4)");
  }
}

TEST_CASE("the strongest way leads from the prediction to one end", "[explain]") {
  const TracePtr trace = test::small_trace();
  const std::vector<CellRef> way = strongest_way(*trace, {{Slot::probs}, 2});
  REQUIRE(way.size() > 8);
  CHECK(way[1].tensor.slot == Slot::logits);
  CHECK(way[2].tensor.slot == Slot::pooled);
  CHECK(way[3].tensor.slot == Slot::norm);
  CHECK(operands(writer_of(way.back().tensor.slot, trace->config()).explain(*trace, way.back())).empty());
  const std::string text = way_text(*trace, way);
  for (const CellRef& cell : way) CHECK(text.find(cell_text(cell)) != std::string::npos);
  CHECK(text.starts_with("probs [2] = "));
  CHECK(text.find('{') == std::string::npos);
  CHECK(way_text(*trace, {}).empty());
  const CellRef bent[] = {{{Slot::gelu, 1}, 2, 3}};
  CHECK(way_text(*trace, bent).find("\n  u: ") != std::string::npos);
  CHECK(cell_text({{Slot::attn, 1}, 0, 3, 5}) == "blocks.1.attn [0, 3, 5]");
}

TEST_CASE("the largest terms are named", "[explain]") {
  const TracePtr trace = test::small_trace();
  const Explanation share = find_step("softmax")->explain(*trace, {{Slot::attn, 2}, 1, 4, 9});
  CHECK(share.terms.size() == 16);
  const auto row = trace->at(Slot::attn, 2).row(1).subspan(4 * 16, 16);
  CHECK(static_cast<float>(share.terms.front().product) == Approx(*std::max_element(row.begin(), row.end())));
  CHECK(std::count_if(share.terms.begin(), share.terms.end(), [](const Term& t) { return t.label == "class token"; }) == 1);

  const Explanation pixel = find_step("project")->explain(*trace, {{Slot::embed_patch, -1}, 7, 3});
  CHECK(pixel.terms.size() == 24);
  CHECK(pixel.rest_label == "bias");
  // Patch 7 lies in row 1, column 2: its pixels in rows 4 to 7, columns 4 and 5.
  for (const Term& term : pixel.terms)
    CHECK((term.label.find(", 4)") != std::string::npos || term.label.find(", 5)") != std::string::npos));
}

TEST_CASE("stations lead from the first block to single patches", "[explain]") {
  const TracePtr trace = test::small_trace();
  const Explanation first = find_step("scores")->explain(*trace, {{Slot::scores, 0}, 0, 3, 8});
  CHECK(first.stations.back().what == "numbers of the input file");
  CHECK(first.stations.back().count == "2 × 4 × 2 × 3");
  CHECK(first.stations[first.stations.size() - 2].what == "projected patches 2 and 7");
  const Explanation later = find_step("scores")->explain(*trace, {{Slot::scores, 2}, 0, 3, 8});
  CHECK(later.stations.back().count == "3 × 12 × 10");
  const Explanation learned = find_step("qkv")->explain(*trace, {{Slot::q, 0}, 0, 0, 1});
  CHECK(learned.stations.back().what == "class token, learned: no picture involved");
}

TEST_CASE("numbers are written with three digits", "[explain]") {
  CHECK(why::number(0) == "0");
  CHECK(why::number(0.37) == "0.370");
  CHECK(why::number(-1.284) == "−1.28");
  CHECK(why::number(157.2) == "157");
  CHECK(why::number(12345.6) == "12346");
  CHECK(why::number(0.0001234) == "1.23 × 10^{−4}");
  CHECK(why::number(-2.5e7) == "−2.50 × 10^{7}");
  CHECK(why::percent(0.16) == "16.0 %");
  CHECK(why::percent(1e-6) == "below 0.01 %");
  CHECK(why::added(-0.5) == "− 0.500");
  CHECK(why::added(0.5) == "+ 0.500");
}
