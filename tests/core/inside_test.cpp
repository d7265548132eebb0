// T2T and TNT: numbers of windows and words, parameters, other sizes of pictures, files that do not fit.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "core/checkpoint/tensor_file.h"
#include "core/dump.h"
#include "tests/core/file_makers.h"
#include "tests/core/inside_models.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

std::array<SoftSplit, 3> splits(int channels, int height, int width, int kernel, int inside = 64) {
  std::string why;
  const auto made = soft_splits(channels, height, width, inside, {lanl_split(kernel), lanl_split(3), lanl_split(3)}, why);
  INFO(why);
  REQUIRE(made);
  return *made;
}

void check_split(const SoftSplit& s, int rows, int columns, int length) {
  CHECK(s.rows == rows);
  CHECK(s.columns == columns);
  CHECK(s.length() == length);
}

/// The tensors of a golden case as a checkpoint whose shapes, names and metadata can be changed.
Checkpoint checkpoint_of(const std::string& name) {
  const auto file = read_safetensors(data_path("golden/" + name + "/model.safetensors"));
  REQUIRE(file.ok());
  Checkpoint c;
  c.metadata = file->metadata;
  for (const auto& [tensor, stored] : file->tensors) c.shapes[tensor] = {stored.shape.begin(), stored.shape.end()};
  return c;
}

std::string inside_refusal(const Checkpoint& checkpoint) {
  const auto model = parse_model("m", shared(checkpoint.file()), "");
  REQUIRE_FALSE(model.ok());
  CHECK(model.error().text.rfind("m: ", 0) == 0);
  CHECK(model.error().text.find('\n') == std::string::npos);
  return model.error().text;
}

}  // namespace

TEST_CASE("windows of soft splits are counted as Unfold counts them", "[inside]") {
  const auto original = splits(3, 224, 224, 7);
  check_split(original[0], 56, 56, 147);
  check_split(original[1], 28, 28, 576);
  check_split(original[2], 14, 14, 576);
  const auto picture = splits(1, 60, 100, 7);
  check_split(picture[0], 15, 25, 49);
  check_split(picture[1], 8, 13, 576);
  check_split(picture[2], 4, 7, 576);
  CHECK((picture[0].windows() == 375 && picture[1].windows() == 104 && picture[2].windows() == 28));
  const auto wide = splits(1, 60, 100, 20);
  check_split(wide[0], 6, 10, 400);
  CHECK((wide[0].stride == 10 && wide[0].padding == 5 && wide[0].windows() == 60));
  CHECK((lanl_split(7).stride == 4 && lanl_split(7).padding == 2 && lanl_split(3).stride == 2 && lanl_split(3).padding == 1));
  std::string why;
  CHECK_FALSE(soft_splits(3, 2, 224, 64, {lanl_split(7), lanl_split(3), lanl_split(3)}, why));
  CHECK(contains(why, "a window of 7 does not fit into 2 x 224 with padding 2"));
}

TEST_CASE("the first window of the picture begins with its padding, inner pixels lie in four windows", "[inside]") {
  const ModelPtr model = build_preset("t2t-picture", 1).value();
  const SoftSplit& split = model->config.t2t->splits[0];
  int zeros = 0;
  while (split.place(0, zeros).padding) ++zeros;
  CHECK(zeros == 105);
  for (int e = 105; e < 120; ++e) CHECK_FALSE(split.place(0, e).padding);
  CHECK(split.place(0, 120).padding);
  CHECK((split.place(0, 105).row == 0 && split.place(0, 105).column == 0));
  std::vector<int> count(60 * 100, 0);
  for (int w = 0; w < split.windows(); ++w) {
    for (int e = 0; e < split.length(); ++e) {
      const SoftSplit::Place p = split.place(w, e);
      if (!p.padding) ++count[static_cast<std::size_t>(p.row * 100 + p.column)];
    }
  }
  for (int row = 5; row < 55; ++row) {
    for (int column = 5; column < 95; ++column) CHECK(count[static_cast<std::size_t>(row * 100 + column)] == 4);
  }
  CHECK(count[0] == 1);
}

TEST_CASE("soft splits hold the numbers of their places, and the image of tokens those of their rows", "[inside]") {
  for (const ModelPtr& model : {small_t2t(), small_t2t(60, 100, 1), small_t2t(33, 21, 2, 5)}) {
    const TracePtr trace = random_trace(model);
    const T2tConfig& t2t = *model->config.t2t;
    const Slot images[] = {Slot::input, Slot::t2t1_image, Slot::t2t2_image}, rows[] = {Slot::t2t_split0, Slot::t2t_split1, Slot::t2t_split2};
    for (std::size_t n = 0; n < 3; ++n) {
      const SoftSplit& s = t2t.splits[n];
      const Tensor &image = trace->at(images[n]), &split = trace->at(rows[n]);
      REQUIRE(split.shape() == Shape{s.windows(), s.length()});
      bool equal = true;
      for (int w = 0; w < s.windows(); ++w) {
        for (int e = 0; e < s.length(); ++e) {
          const SoftSplit::Place p = s.place(w, e);
          equal = equal && split.at(w, e) == (p.padding ? 0.0f : image.at(p.channel, p.row, p.column));
        }
      }
      CHECK(equal);
    }
    const Tensor &tokens = trace->at(Slot::t2t1_out), &image = trace->at(Slot::t2t1_image);
    for (int w = 0; w < tokens.dim(0); ++w) {
      for (int j = 0; j < tokens.dim(1); ++j) CHECK(image.at(j, w / t2t.splits[0].columns, w % t2t.splits[0].columns) == tokens.at(w, j));
    }
  }
}

TEST_CASE("words see their patch alone, or the whole picture", "[inside]") {
  const TracePtr apart = random_trace(small_tnt(false)), whole = random_trace(small_tnt(true));
  const Tensor &in_patch = apart->at(Slot::tnt_windows), &in_picture = whole->at(Slot::tnt_windows), &input = apart->at(Slot::input);
  REQUIRE(in_patch.shape() == Shape{6, 4, 147});
  // Word 0 of patch 1 (row 0, column 1): its window begins at row -3, column 8 - 3, above the picture and left of the patch.
  const auto value = [](const Tensor& t, int patch, int word, int element) { return t.row(patch)[static_cast<std::size_t>(word * 147 + element)]; };
  for (int channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < 7; ++y) {
      for (int x = 0; x < 7; ++x) {
        const int row = y - 3, column = 5 + x, element = (channel * 7 + y) * 7 + x;
        CHECK(value(in_patch, 1, 0, element) == (row >= 0 && column >= 8 ? input.at(channel, row, column) : 0.0f));
        CHECK(value(in_picture, 1, 0, element) == (row >= 0 ? input.at(channel, row, column) : 0.0f));
      }
    }
  }
  // Blocks add to patches only what their words make; the class token goes on as it is.
  for (const TracePtr& trace : {apart, whole}) {
    const Tensor &before = trace->at(Slot::embed_pos), &after = trace->at(Slot::tnt_outer_in, 0), &fold = trace->at(Slot::tnt_fold, 0);
    for (int j = 0; j < 12; ++j) {
      CHECK(after.at(0, j) == before.at(0, j));
      CHECK(after.at(3, j) == before.at(3, j) + fold.at(2, j));
    }
  }
}

TEST_CASE("presets have the parameters and the work of their papers", "[inside]") {
  // Counted layer by layer from the module definitions by a separate program.
  const struct {
    const char* name;
    std::int64_t parameters, multiply_adds;
  } cases[] = {{"t2t-vit-7", 4'305'742, 2'452'116'992}, {"t2t-vit-7-performer", 4'310'222, 1'146'863'616}, {"t2t-vit-14-performer", 21'545'550, 4'783'468'544}, {"t2t-vit-14", 21'541'070, 6'088'721'920}, {"t2t-picture", 50'280'481, 358'052'736}, {"tnt-ti", 6'076'408, 1'403'721'984},
               {"tnt-s", 23'768'584, 5'216'875'008}};
  for (const auto& [name, parameters, multiply_adds] : cases) {
    CAPTURE(name);
    const ModelPtr model = build_preset(name, 1, PresetWeights::zeros).value();
    CHECK(model->parameters == parameters);
    CHECK(model->config.multiply_adds() == multiply_adds);
    CHECK(model->random_weights);
    CHECK(model->name == name);
  }
  // Yuan et al. 2021, table 2 and their code: 5.9, 6.9, 39.2 and 64.1 million parameters.
  const struct {
    const char* name;
    double millions;
    int dim, depth, heads, mlp_ratio;
  } deeper[] = {{"t2t-vit-10", 5.9, 256, 10, 4, 2}, {"t2t-vit-12", 6.9, 256, 12, 4, 2}, {"t2t-vit-19", 39.2, 448, 19, 7, 3}, {"t2t-vit-24", 64.1, 512, 24, 8, 3},
                {"t2t-vit-10-performer", 5.9, 256, 10, 4, 2}, {"t2t-vit-12-performer", 6.9, 256, 12, 4, 2}, {"t2t-vit-19-performer", 39.2, 448, 19, 7, 3}, {"t2t-vit-24-performer", 64.1, 512, 24, 8, 3}};
  for (const auto& one : deeper) {
    CAPTURE(one.name);
    const ModelPtr model = build_preset(one.name, 1, PresetWeights::zeros).value();
    CHECK(static_cast<double>(model->parameters) == Approx(1e6 * one.millions).epsilon(0).margin(0.05e6));
    const VitConfig& c = model->config;
    CHECK((c.dim == one.dim && c.depth == one.depth && c.heads == one.heads && c.mlp_dim == one.mlp_ratio * one.dim && !c.qkv_bias));
  }
  const VitConfig t2t = build_preset("t2t-vit-14", 1, PresetWeights::zeros).value()->config;
  CHECK((t2t.tokens() == 197 && t2t.grid.whole_pixels() && t2t.patch_height == 16));
  CHECK(t2t.t2t->score_scale[0] == Approx(std::pow(147, -0.5)));
  CHECK(t2t.t2t->score_scale[1] == Approx(std::pow(576, -0.5)));
  const VitConfig tnt = build_preset("tnt-s", 1, PresetWeights::zeros).value()->config;
  // The paper's table: 65.6 million parameters, 14.1 billion multiply-adds.
  const ModelPtr base = build_preset("tnt-b", 1, PresetWeights::zeros).value();
  CHECK(static_cast<double>(base->parameters) == Approx(65.6e6).epsilon(0.005));
  CHECK(static_cast<double>(base->config.multiply_adds()) == Approx(14.1e9).epsilon(0.005));
  CHECK((base->config.tnt->width() == 40 && base->config.tnt->heads == 4 && base->config.heads == 10));
  CHECK((tnt.tnt->words() == 16 && tnt.tnt->width() == 24 && tnt.tnt->heads == 4 && tnt.patch_length() == 384));
}

TEST_CASE("words of TNT come from the patch, the whole picture, or their own pixels", "[inside]") {
  const auto words = [](const char* name) { return *build_preset(name, 1).value()->config.tnt; };
  const TntConfig patch = words("tnt-s"), picture = words("tnt-s-picture"), pixels = words("tnt-s-pixels");
  CHECK((patch.window_length() == 147 && !patch.whole_picture && patch.padding == 3));
  CHECK((picture.window_length() == 147 && picture.whole_picture && picture.fold_words_apart));
  CHECK((pixels.window_length() == 4 * 4 * 3 && pixels.padding == 0));
  // Words of their own pixels are all pixels of the patch once.
  auto model = std::make_shared<Model>(*small_tnt(false));
  TntConfig& tnt = *model->config.tnt;
  tnt.kernel = tnt.stride, tnt.padding = 0;
  Draw draw(3);
  model->weights.tnt.words = {draw({6, tnt.window_length()}), draw({6})};
  const TracePtr trace = random_trace(model);
  const Tensor &windows = trace->at(Slot::tnt_windows), &input = trace->at(Slot::input);
  REQUIRE(windows.shape() == Shape{6, 4, 48});
  for (int p = 0; p < 6; ++p)
    for (int word = 0; word < 4; ++word)
      for (int i = 0; i < 48; ++i) CHECK(windows.at(p, word, i) == input.at(i / 16, p / 3 * 8 + word / 2 * 4 + i % 16 / 4, p % 3 * 8 + word % 2 * 4 + i % 4));
  for (const float logit : trace->at(Slot::logits).values()) CHECK(std::isfinite(logit));
}

TEST_CASE("every choice of TNT's words and first rows has a preset of its own, with its parameters and work", "[inside]") {
  // Weights that the choice decides: the map to words, the norms and the bias of the fold of each block, and the fold that begins the rows; see kTnt's kinds.
  const auto [c, d, joined] = std::array{12, 192, 16 * 12};
  const std::int64_t convolution = 147 * c, plain = 48 * c, fold_in = 2 * joined + joined * d + d + 2 * d, base = 6'076'408, work = 1'403'721'984;
  const std::int64_t apart = 12 * (2 * c + d - 2 * joined - 2 * d);  // a norm of c, a bias and no second norm for a norm of m c, no bias and a second norm
  const struct {
    const char* name;
    std::int64_t parameters, multiply_adds;
    bool whole, pixels, zeros;
  } cases[] = {
      {"tnt-ti", base, work, false, false, false},
      {"tnt-ti-picture", base + apart, work, true, false, false},
      {"tnt-ti-pixels", base - convolution + plain, work - 196 * 16 * (convolution - plain), false, true, false},
      {"tnt-ti-zeros", base - fold_in, work - std::int64_t{196} * joined * d, false, false, true},
      {"tnt-ti-picture-zeros", base + apart - fold_in, work - std::int64_t{196} * joined * d, true, false, true},
      {"tnt-ti-pixels-zeros", base - convolution + plain - fold_in, work - 196 * 16 * (convolution - plain) - std::int64_t{196} * joined * d, false, true, true},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const ModelPtr model = build_preset(one.name, 1, PresetWeights::zeros).value();
    const TntConfig& tnt = *model->config.tnt;
    CHECK(model->parameters == one.parameters);
    CHECK(model->config.multiply_adds() == one.multiply_adds);
    CHECK((tnt.whole_picture == one.whole && tnt.pixels_apart() == one.pixels && tnt.zero_rows == one.zeros));
    CHECK(model->weights.tnt.fold_in.proj.empty() == one.zeros);
    const std::vector<Place> places = walk(model->config);
    const auto has = [&](std::string_view slug) { return std::any_of(places.begin(), places.end(), [&](const Place& place) { return place.step->slug == slug; }); };
    CHECK(has("tnt-zero-rows") == one.zeros);
    CHECK(has("tnt-fold-in") != one.zeros);
  }
  for (const char* size : {"tnt-ti", "tnt-s", "tnt-b"})
    for (const char* words : {"", "-picture", "-pixels"})
      for (const char* rows : {"", "-zeros"})
        CHECK(std::any_of(presets().begin(), presets().end(), [&](const Preset& preset) { return preset.name == std::string(size) + words + rows; }));
}

TEST_CASE("patches that begin as zeros hold their positions, then what their words add", "[inside]") {
  for (const bool whole : {false, true}) {
    const TracePtr trace = random_trace(small_tnt(whole, 16, 24, 3, true));
    const Tensor& position = trace->model().weights.position;
    for (const float x : trace->at(Slot::embed_patch).values()) CHECK(x == 0);
    CHECK_FALSE(trace->has(Slot::tnt_fold_in_norm));
    for (int patch = 0; patch < 6; ++patch) CHECK(std::ranges::equal(trace->at(Slot::embed_pos).row(1 + patch), position.row(1 + patch)));
    for (int j = 0; j < 12; ++j) CHECK(trace->at(Slot::tnt_outer_in, 0).at(3, j) == position.at(3, j) + trace->at(Slot::tnt_fold, 0).at(2, j));
    // Words are those of the model that folds them in.
    CHECK(std::ranges::equal(trace->at(Slot::tnt_embed).values(), random_trace(small_tnt(whole))->at(Slot::tnt_embed).values()));
  }
}

TEST_CASE("cells of a grid share a picture evenly", "[inside]") {
  const PatchGrid grid = PatchGrid::shared(60, 100, 4, 7, 1);
  CHECK((grid.patches() == 28 && grid.tokens() == 29));
  CHECK(grid.cell_height() == 15);
  CHECK(grid.cell_width() == Approx(100.0 / 7));
  CHECK_FALSE(grid.whole_pixels());
  CHECK(grid.patch_width() == 14);
  CHECK(grid.pixels(27).x1 == Approx(100));
  CHECK(grid.pixels(27).y1 == Approx(60));
  for (int patch = 0; patch < 28; ++patch) CHECK(grid.patch_at_pixel(grid.pixels(patch).centre()) == patch);
  CHECK(grid.patch_at_pixel({99.999, 59.999}) == 27);
  CHECK(grid.patch_at_pixel({100, 59}) == -1);
  CHECK(grid.distance(0, 8) == Approx(std::hypot(15, 100.0 / 7)));
  CHECK(PatchGrid::shared(48, 24, 6, 3, 1) == std::get<PatchGrid>(PatchGrid::make(48, 24, 8, 8, 1)));
}

TEST_CASE("T2T runs on any picture that its windows fit into", "[inside]") {
  const ModelPtr model = small_t2t();
  const auto other = with_input_size(model, 37, 50);
  REQUIRE(other.ok());
  const VitConfig& c = (*other)->config;
  CHECK((c.t2t->splits[0].rows == 9 && c.t2t->splits[0].columns == 12));
  CHECK((c.grid.rows() == 3 && c.grid.columns() == 3));
  const TracePtr trace = random_trace(*other);
  CHECK(trace->complete());
  CHECK((*other)->weights.position.dim(0) == 10);
  CHECK_FALSE(with_input_size(model, 2, 50).ok());
  CHECK_FALSE(with_input_size(model, 0, 50).ok());
  CHECK(with_input_size(small_tnt(false), 24, 16).ok());
  CHECK_FALSE(with_input_size(small_tnt(false), 20, 16).ok());
}

TEST_CASE("runs that keep only the attention give the same attention", "[inside]") {
  for (const ModelPtr& model : {small_t2t(), small_t2t_performer(), small_tnt(false), small_tnt(true)}) {
    const TracePtr all = random_trace(model), few = random_trace(model, Record::attention_only);
    REQUIRE(few->complete());
    for (int block = 0; block < 2; ++block) {
      const auto a = all->at(Slot::attn, block).values(), b = few->at(Slot::attn, block).values();
      CHECK(std::equal(a.begin(), a.end(), b.begin()));
      CHECK_FALSE(few->has(Slot::out, block));
      CHECK_FALSE(few->has(Slot::tnt_out, block));
    }
    CHECK(few->at(Slot::logits).values()[3] == all->at(Slot::logits).values()[3]);
  }
}

TEST_CASE("T2T-ViT and TNT give the same bits for any number of threads", "[inside]") {
  for (const ModelPtr& model : {small_t2t(60, 100, 1), small_t2t_performer(60, 100, 1), small_tnt(false)}) {
    const VitConfig& c = model->config;
    const InputPtr input = input_of_values("random", Draw(2)({c.channels, c.image_height, c.image_width}, 2));
    ThreadPool one(1), four(4);
    const TracePtr a = forward(model, input, one), b = forward(model, input, four);
    for (const TensorRef& ref : tensors_of(c)) {
      CAPTURE(name_of(ref));
      const auto x = a->at(ref).values(), y = b->at(ref).values();
      CHECK(std::equal(x.begin(), x.end(), y.begin()));
    }
  }
}

TEST_CASE("dumps list what they hold", "[inside]") {
  for (const ModelPtr& model : {small_t2t(), small_t2t_performer(), small_tnt(false)}) {
    const TracePtr trace = random_trace(model);
    const std::vector<DumpEntry> entries = dump_entries(model->config);
    const std::vector<NamedTensor> tensors = dump_tensors(*trace);
    REQUIRE(entries.size() == tensors.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      CHECK(entries[i].name == tensors[i].name);
      CHECK(entries[i].shape == tensors[i].tensor.shape());
      CHECK(entries[i].name != "analysis.embedding_filters");
    }
  }
}

TEST_CASE("T2T checkpoints say what they assume and what does not fit", "[inside]") {
  Checkpoint c = checkpoint_of("t2t_original");
  c.metadata = {{"img_size", "24,16"}};
  const auto bare = parse_model("m", shared(c.file()), "");
  REQUIRE(bare.ok());
  // Published weights come without a word about their scale: D^-0.5.
  CHECK((*bare)->config.score_scale == Approx(0.25));
  CHECK(warned(*bare, "16^-0.5 taken"));
  CHECK((*bare)->config.t2t->score_scale[0] == Approx(1.0 / 7));
  c.metadata["num_heads"] = "2";
  CHECK((*parse_model("m", shared(c.file()), ""))->config.score_scale == Approx(std::pow(8, -0.5)));
  CHECK((*parse_model("m", shared(c.file("module.")), ""))->config.t2t.has_value());
  Checkpoint other = c;
  other.metadata["num_heads"] = "3";
  CHECK(contains(inside_refusal(other), "num_heads = 3 does not divide the attention width 16"));
  other = c;
  other.metadata["img_size"] = "24,24";
  CHECK(contains(inside_refusal(other), "pos_embed has 3 rows, expected 5 for pictures of 24 x 24"));
  other = c;
  other.metadata.erase("img_size");
  CHECK(contains(inside_refusal(other), "give the picture size"));
  other = c;
  other.shapes["tokens_to_token.project.weight"] = {16, 55};
  CHECK(contains(inside_refusal(other), "the windows of soft split 3 hold 55 numbers"));
  other = c;
  other.shapes["tokens_to_token.attention1.attn.qkv.weight"] = {18, 0};
  CHECK(contains(inside_refusal(other), "18 x 0"));
  other = c;
  other.shapes.erase("blocks.1.mlp.fc2.bias");
  CHECK(contains(inside_refusal(other), "blocks.1.mlp.fc2.bias is missing"));
  other = c;
  other.shapes["tokens_to_token.attention1.attn.qkv.weight"] = {18, 1};
  CHECK(contains(inside_refusal(other), "norm1"));
  other = c;
  other.shapes["blocks.0.attn.se_layer.fc.0.weight"] = {1, 16};
  CHECK(contains(inside_refusal(other), "T2T-ViT-SE"));
  Checkpoint lanl = checkpoint_of("t2t_lanl");
  CHECK((*parse_model("m", shared(lanl.file()), ""))->config.value_skip);
  lanl.metadata["softsplit_kernels"] = "5,3,2";
  CHECK(contains(inside_refusal(lanl), "softsplit_kernels"));
  lanl.metadata["softsplit_kernels"] = "0,3,3";
  CHECK(contains(inside_refusal(lanl), "softsplit_kernels"));
  lanl.metadata.erase("softsplit_kernels");
  CHECK(warned(*parse_model("m", shared(lanl.file()), ""), "5 x 5 assumed"));
}

TEST_CASE("T2T checkpoints with performers are recognised by their names, and what does not fit is told", "[inside]") {
  Checkpoint c = checkpoint_of("t2t_performer");
  const auto model = parse_model("m", shared(c.file("module.")), "");
  REQUIRE(model.ok());
  const T2tConfig& t2t = *(*model)->config.t2t;
  CHECK((t2t.performer() && t2t.features == 4 && t2t.width() == 8 && t2t.heads == 1 && t2t.hidden == 8 && t2t.qkv_bias));
  std::int64_t stored = 0;
  for (const auto& [name, shape] : c.shapes) {
    std::int64_t count = 1;
    for (const int extent : shape) count *= extent;
    stored += count;
  }
  CHECK((*model)->parameters == stored);  // the random directions among them
  const auto says = [&](const std::string& name, std::vector<int> shape, const std::string& part) {
    Checkpoint other = c;
    if (shape.empty()) other.shapes.erase("tokens_to_token." + name);
    else other.shapes["tokens_to_token." + name] = std::move(shape);
    CAPTURE(name);
    CHECK(contains(inside_refusal(other), part));
  };
  says("attention1.w", {}, "tokens_to_token.attention1.w is missing");
  says("attention1.w", {4}, "tokens_to_token.attention1.w has the shape 4, expected random features x reduced width");
  says("attention1.w", {4, 7}, "tokens_to_token.attention1.w has the shape 4 x 7, expected 4 x 8");
  says("attention2.w", {3, 8}, "tokens_to_token.attention2.w has the shape 3 x 8, expected 4 x 8");
  says("attention1.kqv.weight", {}, "tokens_to_token.attention1.kqv.weight is missing");
  says("attention1.kqv.weight", {25, 98}, "attention1.kqv.weight has 25 rows");
  says("attention1.kqv.bias", {}, "tokens_to_token.attention1.kqv.bias is missing");
  says("attention2.kqv.bias", {8}, "tokens_to_token.attention2.kqv.bias has the shape 8, expected 24");
  says("attention2.kqv.weight", {24, 71}, "the windows of soft split 2 hold 71 numbers");
  says("attention1.mlp.0.weight", {9, 8}, "tokens_to_token.attention1.mlp.0.weight has the shape 9 x 8, expected 8 x 8");
  says("attention1.mlp.2.bias", {}, "tokens_to_token.attention1.mlp.2.bias is missing");
  says("attention2.proj.weight", {8, 9}, "tokens_to_token.attention2.proj.weight has the shape 8 x 9, expected 8 x 8");
  Checkpoint other = c;
  other.shapes["tokens_to_token.soft_split0.weight"] = {8, 2, 7, 7};
  CHECK(contains(inside_refusal(other), "convolutions instead of soft splits"));
}

TEST_CASE("T2T checkpoints of colours that do not say otherwise see pictures as their authors prepared them", "[inside]") {
  Checkpoint c = checkpoint_of("t2t_performer");
  const auto grey = parse_model("m", shared(c.file()), "");
  REQUIRE(grey.ok());
  CHECK((warned(*grey, "0.5 assumed") && (*grey)->preprocess.mean[0] == 0.5f && (*grey)->preprocess.crop_fraction == 1));
  c.shapes["tokens_to_token.attention1.norm1.weight"] = c.shapes["tokens_to_token.attention1.norm1.bias"] = {147};
  c.shapes["tokens_to_token.attention1.kqv.weight"] = {24, 147};
  const auto colours = parse_model("m", shared(c.file()), "");
  REQUIRE(colours.ok());
  const PreprocessSpec spec = (*colours)->preprocess, preset = build_preset("t2t-vit-7-performer", 1, PresetWeights::zeros).value()->preprocess;
  CHECK(warned(*colours, "those of ImageNet assumed"));
  for (std::size_t i = 0; i < 3; ++i) CHECK((spec.mean[i] == preset.mean[i] && spec.std[i] == preset.std[i]));
  CHECK(spec.crop_fraction == preset.crop_fraction);
  c.metadata.insert({{"mean", "[0.25]"}, {"std", "[0.125]"}, {"crop_pct", "1.0"}});
  const auto told = parse_model("m", shared(c.file()), "");
  REQUIRE(told.ok());
  CHECK(((*told)->preprocess.mean[1] == 0.25f && (*told)->preprocess.std[2] == 0.125f && (*told)->preprocess.crop_fraction == 1 && !warned(*told, "mean and")));
}

TEST_CASE("performers store keys, queries and values in this order", "[inside]") {
  // Rows of kqv that hold one number each: k_0, k_1, ..., q_0, ..., v_0, ... are told apart by their bias alone.
  Checkpoint c = checkpoint_of("t2t_performer");
  std::vector<float>& bias = c.values["tokens_to_token.attention1.kqv.bias"];
  for (int i = 0; i < 24; ++i) bias.push_back(0.01f * static_cast<float>(i));
  c.values["tokens_to_token.attention1.kqv.weight"].assign(24 * 98, 0.0f);
  const auto model = parse_model("m", shared(c.file()), "");
  REQUIRE(model.ok());
  const TracePtr trace = random_trace(*model);
  for (int i = 0; i < 8; ++i) {
    CHECK(trace->at(Slot::t2t1_k).at(0, 3, i) == bias[static_cast<std::size_t>(i)]);
    CHECK(trace->at(Slot::t2t1_q).at(0, 3, i) == bias[static_cast<std::size_t>(8 + i)]);
    CHECK(trace->at(Slot::t2t1_v).at(0, 3, i) == bias[static_cast<std::size_t>(16 + i)]);
  }
}

TEST_CASE("performers have closed forms", "[inside]") {
  const auto changed = [](auto change) {
    auto model = std::make_shared<Model>(*small_t2t_performer());
    for (BlockWeights& block : model->weights.token_transformers) change(block);
    return random_trace(model);
  };
  const auto rows_of_linear = [](const ops::Linear& from, int first, int count, float value) {
    Tensor weight(from.weight().shape(), from.weight().values()), bias(from.bias().shape(), from.bias().values());
    std::fill_n(weight.edit() + std::int64_t{first} * from.in(), count * from.in(), value);
    return ops::Linear(weight, bias);
  };
  const auto mean_of_values = [](const Trace& trace, int number) {
    const Tensor& v = trace.at(Slot::t2t1_v);
    double sum = 0;
    for (int window = 0; window < v.dim(1); ++window) sum += static_cast<double>(v.at(0, window, number));
    return sum / v.dim(1);
  };
  // Equal keys have equal features: whatever the query, it reads the plain mean of all values.
  const TracePtr equal_keys = changed([&](BlockWeights& block) { block.qkv = rows_of_linear(block.qkv, 6, 6, 0); });
  // Without directions a feature is e^(-|u|^2 / 2) / sqrt(m), and a weight depends on the length of the key alone.
  const TracePtr no_directions = changed([](BlockWeights& block) {
    Tensor zeros({4, 6});
    std::fill_n(zeros.edit(), 24, 0.0f);
    block.features = {zeros, {}};
  });
  // With both, features are the same for all keys.
  const TracePtr neither = changed([&](BlockWeights& block) {
    Tensor zeros({4, 6});
    std::fill_n(zeros.edit(), 24, 0.0f);
    block.features = {zeros, {}};
    block.qkv = rows_of_linear(block.qkv, 6, 6, 0);
  });
  const int windows = equal_keys->at(Slot::t2t1_v).dim(1);
  for (const TracePtr& trace : {equal_keys, neither})
    for (int window = 0; window < windows; ++window)
      for (int j = 0; j < 6; ++j) CHECK(trace->at(Slot::t2t1_context).at(window, j) == Approx(mean_of_values(*trace, j)).epsilon(1e-4).margin(1e-6));
  const Tensor &q = no_directions->at(Slot::t2t1_q), &k = no_directions->at(Slot::t2t1_k), &v = no_directions->at(Slot::t2t1_v);
  const auto length = [](const Tensor& rows, int window) {
    double sum = 0;
    for (int j = 0; j < 6; ++j) sum += static_cast<double>(rows.at(0, window, j)) * static_cast<double>(rows.at(0, window, j));
    return sum;
  };
  std::vector<double> weights;
  for (int window = 0; window < windows; ++window) {
    weights.push_back(std::exp(-length(k, window) / 2));
    for (int i = 0; i < 4; ++i) CHECK(no_directions->at(Slot::t2t1_features_q).at(window, i) == Approx(std::exp(-length(q, window) / 2) / 2).epsilon(1e-5));
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (int j = 0; j < 6; ++j) {
    double mean = 0;
    for (int window = 0; window < windows; ++window) mean += weights[static_cast<std::size_t>(window)] * static_cast<double>(v.at(0, window, j)) / total;
    for (const int window : {0, windows - 1}) CHECK(no_directions->at(Slot::t2t1_context).at(window, j) == Approx(mean).epsilon(1e-4).margin(1e-6));
  }
}

TEST_CASE("queries too long for single precision read zeros and nothing that is not finite", "[inside]") {
  auto model = std::make_shared<Model>(*small_t2t_performer());
  Draw draw(5);
  for (BlockWeights& block : model->weights.token_transformers) block.qkv = {draw({18, block.qkv.in()}, 30), block.qkv.bias()};
  const TracePtr trace = random_trace(model);
  for (const TensorRef& ref : tensors_of(model->config))
    for (const float x : trace->at(ref).values()) REQUIRE(std::isfinite(x));
  CHECK(trace->at(Slot::t2t1_context).at(3, 2) == 0);
}

TEST_CASE("random directions of a preset are orthogonal and as long as the root of their number", "[inside]") {
  const ModelPtr model = build_preset("t2t-vit-7-performer", 3).value(), other = build_preset("t2t-vit-7-performer", 4).value();
  const Tensor &w = model->weights.token_transformers[0].features.weight(), &second = model->weights.token_transformers[1].features.weight();
  REQUIRE(w.shape() == Shape{32, 64});
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j <= i; ++j) {
      double product = 0;
      for (int k = 0; k < 64; ++k) product += static_cast<double>(w.at(i, k)) * static_cast<double>(w.at(j, k));
      CHECK(product == Approx(i == j ? 32 : 0).margin(1e-4));
    }
  }
  CHECK_FALSE(std::ranges::equal(w.values(), second.values()));
  CHECK_FALSE(std::ranges::equal(w.values(), other->weights.token_transformers[0].features.weight().values()));
  CHECK(std::ranges::equal(w.values(), build_preset("t2t-vit-7-performer", 3).value()->weights.token_transformers[0].features.weight().values()));
}

TEST_CASE("runs of performers hold no matrix of pairs", "[inside]") {
  const VitConfig config = build_preset("t2t-vit-7-performer", 1).value()->config;
  for (const Slot slot : {Slot::t2t1_scores, Slot::t2t1_attn, Slot::t2t2_scores, Slot::t2t2_attn}) CHECK_FALSE(records(config, slot));
  for (const TensorRef& ref : tensors_of(config))
    if (name_of(ref).starts_with("t2t.")) CHECK(shape_of(ref.slot, config).size() <= 3136 * 576);
  CHECK(shape_of(Slot::t2t1_features_k, config) == Shape{3136, 32});
  CHECK(shape_of(Slot::t2t1_kv, config) == Shape{64, 32});
  CHECK(shape_of(Slot::t2t2_normaliser, config) == Shape{784});
  for (const Slot slot : {Slot::t2t1_features_k, Slot::t2t1_kv}) CHECK_FALSE(records(build_preset("t2t-vit-7", 1).value()->config, slot));
}

TEST_CASE("lucidrains' T2T is recognised and refused", "[inside]") {
  Checkpoint c = Checkpoint::small();
  c.shapes["to_patch_embedding.3.layers.0.0.fn.norm.weight"] = {147};
  CHECK(contains(inside_refusal(c), "lucidrains' T2T-ViT"));
}

TEST_CASE("TNT checkpoints say what they assume and what does not fit", "[inside]") {
  Checkpoint c = checkpoint_of("tnt_patch");
  const auto model = parse_model("m", shared(c.file()), "");
  REQUIRE(model.ok());
  CHECK_FALSE((*model)->config.tnt->whole_picture);
  CHECK(warned(*model, "outer_tokens"));
  CHECK((*parse_model("m", shared(checkpoint_of("tnt_whole").file("model.")), ""))->config.tnt->whole_picture);
  Checkpoint other = c;
  other.metadata["num_heads_inner"] = "3";
  CHECK(contains(inside_refusal(other), "num_heads_inner = 3 does not divide the word width 4"));
  other = c;
  other.metadata["patch_size"] = "16";
  CHECK(contains(inside_refusal(other), "patches of 16 x 16 pixels have no 2 x 2 words 4 pixels apart"));
  other = c;
  other.metadata["img_size"] = "20,16";
  CHECK(contains(inside_refusal(other), "8 does not divide 20 x 16"));
  other = c;
  other.shapes["inner_pos"] = {1, 3, 4};
  CHECK(contains(inside_refusal(other), "3 words, which is no square number"));
  other = c;
  other.shapes["patch_embed.proj.weight"] = {4, 1, 6, 6};
  CHECK(contains(inside_refusal(other), "expected a square one of odd side"));
  other = c;
  other.shapes["blocks.1.proj.weight"] = {12, 17};
  CHECK(contains(inside_refusal(other), "blocks.1.proj.weight has the shape 12 x 17, expected 12 x 16"));
  other = c;
  other.metadata["global_pool"] = "avg";
  CHECK(contains(inside_refusal(other), "pools its tokens by 'avg'"));
  other = c;
  other.metadata.clear();
  CHECK(contains(inside_refusal(other), "give the picture size"));
  other.metadata["img_size"] = "24,16";
  const auto assumed = parse_model("m", shared(other.file()), "");
  REQUIRE(assumed.ok());
  for (const char* part : {"number of heads", "inner heads", "distance of the words", "epsilon"}) CHECK(warned(*assumed, part));
}
