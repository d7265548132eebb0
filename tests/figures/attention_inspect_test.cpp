// Maps of attention: where the overlay lies, what can be pointed at, what the matrix, the wall and the comparison show.
#include <catch2/catch.hpp>

#include <numeric>
#include <set>

#include "app/figures/attention_compared.h"
#include "app/figures/attention_facts.h"
#include "app/figures/attention_wall.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

const figures::Figure& figure_of(const char* slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure != nullptr);
  return *figure;
}

/// A run that holds attention only, each row a distribution, for any number of prefix tokens.
std::shared_ptr<Trace> attention_of(const TinySizes& sizes, int prefix, const PicturePtr& picture, ResizeMode mode = ResizeMode::crop) {
  auto model = std::make_shared<Model>(*test::tiny_model(sizes));
  model->config.prefix_tokens = prefix;
  model->config.grid = std::get<PatchGrid>(PatchGrid::make(sizes.height, sizes.width, sizes.patch_height, sizes.patch_width, prefix));
  model->preprocess.mode = mode;
  auto trace = std::make_shared<Trace>(model, preprocess(picture, model->preprocess));
  const int tokens = model->config.tokens();
  for (int block = 0; block < sizes.depth; ++block) {
    Tensor attn = test::random_tensor({sizes.heads, tokens, tokens}, static_cast<std::uint64_t>(100 + block), 1);
    for (int row = 0; row < sizes.heads * tokens; ++row) {
      float* values = attn.edit() + row * tokens;
      std::transform(values, values + tokens, values, [](float v) { return std::exp(2 * v); });
      const float sum = std::accumulate(values, values + tokens, 0.0f);
      std::transform(values, values + tokens, values, [sum](float v) { return v / sum; });
    }
    trace->set({Slot::attn, block}, attn);
  }
  return trace;
}

figures::Selection selection_of(const Trace& trace, int token, int block = 0, int head = 0) {
  figures::Selection selection = figures::Selection::initial(trace.config());
  selection.query = token;
  selection.block = block;
  selection.head = head;
  return selection;
}

const draw::RasterJob& job_of(const test::Drawing& drawing, draw::RasterJob::Kind kind, bool overlay) {
  const auto job = std::find_if(drawing.store.jobs.begin(), drawing.store.jobs.end(), [&](const draw::RasterJob& j) { return j.kind == kind && j.style.overlay == overlay; });
  REQUIRE(job != drawing.store.jobs.end());
  return *job;
}

bool tagged(const test::Drawing& drawing, const draw::Target& target) {
  return std::any_of(drawing.store.tags.begin(), drawing.store.tags.end(), [&](const draw::Tag& tag) { return !tag.grid && tag.target == target; });
}

void check(const test::Drawing& drawing, const VitConfig& config) {
  CHECK(test::outside(drawing) == "");
  CHECK(test::overlapping_texts(drawing) == "");
  CHECK(test::bad_tags(drawing, config) == "");
}

/// A picture whose red is the place from left to right and whose green is the place from top to bottom, both 0 to 1.
PicturePtr ramps(int width, int height) {
  std::vector<float> values;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) values.insert(values.end(), {(static_cast<float>(x) + 0.5f) / static_cast<float>(width), (static_cast<float>(y) + 0.5f) / static_cast<float>(height), 0});
  auto picture = std::make_shared<Picture>();
  picture->name = "ramps.npy";
  picture->image = Image::of_floats(width, height, 3, std::move(values));
  return picture;
}

/// Mean of one channel over a patch of the model input.
double mean_over(const Tensor& pixels, int channel, const Box& patch) {
  double sum = 0, count = 0;
  for (int y = static_cast<int>(patch.y0); y < static_cast<int>(patch.y1); ++y)
    for (int x = static_cast<int>(patch.x0); x < static_cast<int>(patch.x1); ++x) sum += static_cast<double>(pixels.at(channel, y, x)), ++count;
  return sum / count;
}

PicturePtr white_cell(int width, int height, int x0, int y0, int x1, int y1) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 0);
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x) std::fill_n(bytes.begin() + (y * width + x) * 3, 3, std::uint8_t{255});
  auto picture = std::make_shared<Picture>();
  picture->name = "white.png";
  picture->image = Image::of_bytes(width, height, 3, std::move(bytes));
  return picture;
}

constexpr TinySizes kEight{.height = 32, .width = 32, .depth = 1, .heads = 1};
constexpr const char* kMaps[] = {"attention-overlay", "attention-matrix", "attention-compare", "all-heads"};

}  // namespace

TEST_CASE("the overlay of a planted share lies on the white cell within one pixel", "[inspect]") {
  int measured = 0;
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad})
    for (const auto& [width, height] : {std::pair{160, 96}, std::pair{97, 161}, std::pair{333, 250}, std::pair{32, 32}, std::pair{75, 203}})
      for (const auto& [row, column] : {std::pair{3, 3}, std::pair{4, 2}, std::pair{3, 5}}) {
        INFO(name_of(mode) << ", " << width << " x " << height << ", cell " << row << ", " << column);
        // Padding shows no picture: only cells that lie on it can be white.
        const double wide = mode == ResizeMode::pad ? std::min(1.0, static_cast<double>(width) / height) : 1, high = mode == ResizeMode::pad ? std::min(1.0, static_cast<double>(height) / width) : 1;
        if (column * 4 < 16 - 16 * wide + 1 || column * 4 + 4 > 16 + 16 * wide - 1 || row * 4 < 16 - 16 * high + 1 || row * 4 + 4 > 16 + 16 * high - 1) continue;
        ++measured;
        // Where the cell lies is measured through the resampling itself: ramps tell every pixel of the model where it came from.
        const auto ramp = attention_of(kEight, 1, ramps(width, height), mode);
        const PatchGrid& grid = ramp->grid();
        const int patch = grid.patch_at(row, column);
        const double x = mean_over(ramp->input().pixels, 0, grid.pixels(patch)) * width, y = mean_over(ramp->input().pixels, 1, grid.pixels(patch)) * height;
        // Its size is the distance to the next cell towards the middle.
        const int aside = column < 4 ? 1 : -1, along = row < 4 ? 1 : -1;
        const double size_x = std::abs(mean_over(ramp->input().pixels, 0, grid.pixels(patch + aside)) * width - x);
        const double size_y = std::abs(mean_over(ramp->input().pixels, 1, grid.pixels(patch + along * grid.columns())) * height - y);
        const auto edge = [](double middle, double size, double side) { return static_cast<int>(std::lround(middle + side * size / 2)); };
        const int x0 = edge(x, size_x, -1), x1 = std::max(x0 + 1, edge(x, size_x, 1)), y0 = edge(y, size_y, -1), y1 = std::max(y0 + 1, edge(y, size_y, 1));
        REQUIRE((x0 >= 0 && y0 >= 0 && x1 <= width && y1 <= height));
        const auto trace = attention_of(kEight, 1, white_cell(width, height, x0, y0, x1, y1), mode);
        int brightest = 0;
        for (int other = 0; other < grid.patches(); ++other)
          if (mean_over(trace->input().pixels, 0, grid.pixels(other)) > mean_over(trace->input().pixels, 0, grid.pixels(brightest)) + (mode == ResizeMode::pad ? 1e-3 : 0)) brightest = other;
        CHECK(brightest == patch);
        Tensor planted(Shape{1, grid.tokens(), grid.tokens()});
        std::fill_n(planted.edit(), planted.size(), 0.0f);
        for (int query = 0; query < grid.tokens(); ++query) planted.edit()[query * grid.tokens() + grid.token_of(patch)] = 1;
        trace->set({Slot::attn, 0}, planted);
        const auto selection = selection_of(*trace, 0);
        const auto drawing = test::draw_figure(figure_of("attention-overlay"), {*trace, selection, false}, draw::rect_at({13, 7}, 950, 560));
        const draw::RasterJob& picture = job_of(*drawing, draw::RasterJob::Kind::image, false);
        const draw::RasterJob& overlay = job_of(*drawing, draw::RasterJob::Kind::heat, true);
        // The middle of the overlay's weight, in pixels of the original picture.
        double weight = 0, at_x = 0, at_y = 0;
        for (int r = 0; r < overlay.heat.rows; ++r)
          for (int c = 0; c < overlay.heat.columns; ++c) {
            const auto share = static_cast<double>(overlay.heat.at(r, c));
            weight += share;
            at_x += share * (static_cast<double>(overlay.where.x0) + (c + 0.5) * static_cast<double>(overlay.where.width()) / overlay.heat.columns);
            at_y += share * (static_cast<double>(overlay.where.y0) + (r + 0.5) * static_cast<double>(overlay.where.height()) / overlay.heat.rows);
          }
        REQUIRE(weight == Approx(1));
        const double scale = width / static_cast<double>(picture.where.width());
        CHECK(std::abs((at_x - static_cast<double>(picture.where.x0)) * scale - (x0 + x1) / 2.0) < 1);
        CHECK(std::abs((at_y - static_cast<double>(picture.where.y0)) * scale - (y0 + y1) / 2.0) < 1);
      }
  CHECK(measured > 40);
}

TEST_CASE("every token can be chosen on every map, with no, one or several prefix tokens", "[inspect]") {
  for (const int prefix : {0, 1, 2, 5}) {
    const auto trace = attention_of({.height = 24, .width = 32, .depth = 2, .heads = 3}, prefix, test::tiny_picture(40, 90, 3));
    const int tokens = trace->grid().tokens();
    for (const int token : {0, prefix, tokens - 1})
      for (const float column : {0.0f, 1.0f}) {
        auto selection = selection_of(*trace, token, 1, 2);
        selection.options["attention.reading"] = column;
        for (const char* slug : {"attention-overlay", "attention-compare"}) {
          INFO(slug << ", " << prefix << " prefix tokens, token " << token);
          const auto drawing = test::draw_figure(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 1100, 620));
          check(*drawing, trace->config());
          for (int other = 0; other < tokens; ++other) CHECK(tagged(*drawing, draw::TokenTarget{other}));
        }
        const auto drawing = test::draw_figure(figure_of("attention-matrix"), {*trace, selection, false}, draw::rect_at({0, 0}, 1100, 620));
        check(*drawing, trace->config());
      }
  }
}

TEST_CASE("maps of attention keep their place at every size", "[inspect]") {
  for (const TinySizes& sizes : {TinySizes{}, TinySizes{.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .heads = 4},
                                 TinySizes{.height = 56, .width = 56, .dim = 16, .depth = 24, .heads = 16, .head_width = 4, .mlp_dim = 8}, TinySizes{.height = 12, .width = 4, .depth = 1, .heads = 1}})
    for (const int prefix : {0, 1, 3}) {
      const auto trace = attention_of(sizes, prefix, test::tiny_picture(sizes.height * 2, sizes.width * 3, 3));
      for (const char* slug : kMaps)
        for (const draw::Vec size : {draw::Vec{560, 360}, draw::Vec{750, 360}, draw::Vec{950, 560}, draw::Vec{1600, 900}, draw::Vec{560, 900}})
          for (const int setting : {0, 1, 2}) {
            auto selection = selection_of(*trace, trace->grid().tokens() / 2, 0, setting == 2 ? figures::kMaxHead : 0);
            if (setting > 0) selection.options["attention.reading"] = 1;
            selection.options["all-heads.order"] = static_cast<float>(setting + 1);
            selection.options["attention-matrix.zoom"] = setting == 0 ? 1.0f : 6.0f;
            if (setting == 1) selection.hovered = draw::TokenTarget{trace->grid().tokens() - 1};
            INFO(slug << " in " << size.x << " x " << size.y << ", " << prefix << " prefix tokens, setting " << setting);
            check(*test::draw_figure(figure_of(slug), {*trace, selection, false}, draw::rect_at({31, 17}, size.x, size.y)), trace->config());
          }
    }
}

TEST_CASE("a pointed token is said in full", "[inspect]") {
  const auto trace = attention_of(kEight, 1, test::tiny_picture(64, 96, 3));
  auto selection = selection_of(*trace, 0);
  const int token = trace->grid().token_of(trace->grid().patch_at(2, 5));
  selection.hovered = draw::TokenTarget{token};
  const auto drawing = test::draw_figure(figure_of("attention-overlay"), {*trace, selection, false}, draw::rect_at({0, 0}, 1000, 600));
  const auto says = [&](const std::string& text) {
    return std::any_of(drawing->store.marks.begin(), drawing->store.marks.end(), [&](const draw::Mark& m) { return m.kind == "text" && m.text.find(text) != std::string::npos; });
  };
  CHECK(says("row 2, column 5"));
  CHECK(says("x 20 to 24, y 8 to 12"));
  // 96 x 64 is halved to 48 x 32, of which the middle 32 columns are seen: pixels start at 16.
  CHECK(says("x 56.0 to 64.0, y 16.0 to 24.0"));
  const figures::attention::Chosen now{0, 0, 0, false};
  const std::vector<float> values = figures::attention::values_of(*trace, now);
  CHECK(says(std::to_string(rank_of(values, token)) + " of 65"));
  const auto tag = std::find_if(drawing->store.tags.begin(), drawing->store.tags.end(), [&](const draw::Tag& t) { return t.target == draw::Target(draw::TokenTarget{token}) && !t.tooltip.empty(); });
  REQUIRE(tag != drawing->store.tags.end());
  CHECK(tag->tooltip.find("rank " + std::to_string(rank_of(values, token)) + " of 65") != std::string::npos);
}

TEST_CASE("pointing previews another head, another row, another column", "[inspect]") {
  const auto trace = attention_of({.depth = 2, .heads = 3}, 1, test::tiny_picture(40, 40, 3));
  auto selection = selection_of(*trace, 3, 0, 1);
  using figures::attention::Chosen;
  const auto shown = [&](bool paper) { return figures::attention::chosen({*trace, selection, paper}); };
  CHECK(shown(false) == Chosen{0, 1, 3, false});
  selection.hovered = draw::HeadTarget{1, 2};
  CHECK(shown(false) == Chosen{1, 2, 3, false});
  CHECK(shown(true) == Chosen{0, 1, 3, false});
  selection.hovered = draw::HeadTarget{1, figures::kMeanHead};
  CHECK(shown(false) == Chosen{1, figures::kMeanHead, 3, false});
  selection.hovered = draw::CellTarget{{{Slot::attn, 0}, 1, 7, 9}};
  CHECK(shown(false) == Chosen{0, 1, 7, false});
  selection.options["attention.reading"] = 1;
  CHECK(shown(false) == Chosen{0, 1, 9, true});
  selection.hovered = draw::CellTarget{{{Slot::attn, 0}, 2, 7, 9}};
  CHECK(shown(false) == Chosen{0, 1, 3, true});
}

TEST_CASE("a range set by hand is the end of every map", "[inspect]") {
  const auto trace = attention_of({.depth = 2, .heads = 3}, 1, test::tiny_picture(40, 40, 3));
  auto selection = selection_of(*trace, 3, 0, 1);
  for (const figures::ScaleMode mode : {figures::ScaleMode::map, figures::ScaleMode::block, figures::ScaleMode::all}) {
    selection.scale = mode;
    selection.options.erase("attention.range");
    const float automatic = figures::attention::span_of({*trace, selection, true}, {0, 1, 3, false}).hi;
    CHECK(automatic > 0);
    selection.options["attention.range"] = 0.03f;
    for (const char* slug : {"attention-overlay", "all-heads"}) {
      const auto drawing = test::draw_figure(figure_of(slug), {*trace, selection, true}, draw::rect_at({0, 0}, 1300, 700));
      for (const draw::RasterJob& job : drawing->store.jobs)
        if (job.kind == draw::RasterJob::Kind::heat && job.heat.rows == trace->grid().rows() && job.heat.columns == trace->grid().columns()) CHECK(job.style.span.hi == 0.03f);
    }
  }
}

TEST_CASE("the spans of a map, of its block and of all blocks hold each other", "[inspect]") {
  const auto trace = attention_of({.depth = 3, .heads = 3}, 2, test::tiny_picture(40, 40, 3));
  for (const bool column : {false, true})
    for (const int token : {0, 1, 9}) {
      auto selection = selection_of(*trace, token, 1, 1);
      selection.options["attention.reading"] = column ? 1.0f : 0.0f;
      const auto end = [&](figures::ScaleMode mode) {
        selection.scale = mode;
        return figures::attention::span_of({*trace, selection, true}, {1, 1, token, column}).hi;
      };
      const float map = end(figures::ScaleMode::map), block = end(figures::ScaleMode::block), all = end(figures::ScaleMode::all);
      CHECK(map <= block);
      CHECK(block <= all);
      float most = 0;
      for (int other = 2; other < trace->grid().tokens(); ++other) most = std::max(most, column ? trace->at(Slot::attn, 1).at(1, other, token) : trace->at(Slot::attn, 1).at(1, token, other));
      CHECK(map == most);
    }
}

TEST_CASE("the matrix zooms about the pointer, shows its numbers and fits again", "[inspect]") {
  const auto trace = attention_of({.height = 64, .width = 64, .depth = 1, .heads = 2}, 1, test::tiny_picture(64, 64, 3));
  const figures::Figure& figure = figure_of("attention-matrix");
  const draw::Rect body = draw::rect_at({0, 0}, 900, 620);
  auto selection = selection_of(*trace, 0);
  selection.options["attention-matrix.row"] = 100;
  selection.options["attention-matrix.column"] = 200;
  const auto cells_of = [&](const test::Drawing& drawing) -> const draw::RasterJob& { return job_of(drawing, draw::RasterJob::Kind::heat, false); };
  static const draw::Language english;
  draw::CanvasStore store;
  static const draw::Fonts fonts(draw::kScreenMetrics, 1, english);
  const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = &fonts, .theme = &draw::dark_theme(), .language = &english, .sink = {}});
  const auto numbers = [](const test::Drawing& drawing) {
    return std::count_if(drawing.store.marks.begin(), drawing.store.marks.end(), [](const draw::Mark& m) { return m.kind == "text" && (m.text.starts_with(".") || m.text.ends_with(" %") || m.text == "0"); });
  };
  const auto whole = test::draw_figure(figure, {*trace, selection, false}, body);
  const draw::Rect fitted = cells_of(*whole).where;
  const auto few = numbers(*whole);
  const draw::Vec at{fitted.x0 + 0.3f * fitted.width(), fitted.y0 + 0.6f * fitted.height()};
  const auto cell_under = [&](const draw::Rect& r) { return draw::Vec{(at.x - r.x0) / r.width(), (at.y - r.y0) / r.height()}; };
  const draw::Vec before = cell_under(fitted);
  draw::Rect last = fitted;
  for (int i = 0; i < 16; ++i) {
    for (const auto& [key, value] : figure.zoom(canvas, body, {*trace, selection, false}, at, 1)) selection.options[std::string(key)] = value;
    const auto drawing = test::draw_figure(figure, {*trace, selection, false}, body);
    check(*drawing, trace->config());
    const draw::Rect now = cells_of(*drawing).where;
    CHECK(now.width() > last.width());
    last = now;
    CHECK(cell_under(now).x == Approx(before.x).margin(0.02));
    CHECK(cell_under(now).y == Approx(before.y).margin(0.02));
    if (i == 15) CHECK(numbers(*drawing) > few + 20);
    // Never more marks than fit the page, however many tokens there are.
    CHECK(std::count_if(drawing->store.marks.begin(), drawing->store.marks.end(), [](const draw::Mark& m) { return m.kind == "text"; }) < 1500);
  }
  for (const auto& [key, value] : figure.zoom(canvas, body, {*trace, selection, false}, at, 0)) selection.options[std::string(key)] = value;
  CHECK(cells_of(*test::draw_figure(figure, {*trace, selection, false}, body)).where == fitted);
}

TEST_CASE("the matrix gives the sums of its rows and columns", "[inspect]") {
  const auto trace = attention_of({.depth = 1, .heads = 2}, 2, test::tiny_picture(40, 40, 3));
  for (const int head : {0, 1, figures::kMeanHead, figures::kMaxHead}) {
    const auto selection = selection_of(*trace, 0, 0, head);
    const figures::Table table = figure_of("attention-matrix").data({*trace, selection, true});
    REQUIRE(table.columns.size() == 4);
    double rows = 0, columns = 0;
    for (const double sum : table.columns[2].values) {
      rows += sum;
      if (head == figures::kMaxHead) CHECK(sum >= 1 - 1e-5);
      else CHECK(sum == Approx(1).margin(1e-5));
    }
    for (const double sum : table.columns[3].values) columns += sum;
    CHECK(rows == Approx(columns));
  }
}

TEST_CASE("the wall of heads is put in order by what it says", "[inspect]") {
  const auto trace = attention_of({.depth = 4, .heads = 5}, 1, test::tiny_picture(40, 40, 3));
  for (const float column : {0.0f, 1.0f})
    for (int order = 0; order < 4; ++order) {
      auto selection = selection_of(*trace, 0);
      selection.options["all-heads.order"] = static_cast<float>(order);
      selection.options["attention.reading"] = column;
      const figures::FigureInput input{*trace, selection, true};
      const auto maps = figures::attention::wall_maps(input);
      REQUIRE(maps.size() == 20);
      std::set<std::pair<int, int>> all;
      for (const auto& map : maps) all.emplace(map.block, map.head);
      CHECK(all.size() == 20);
      for (std::size_t i = 1; i < maps.size(); ++i) {
        if (order == 0) CHECK(std::pair(maps[i - 1].block, maps[i - 1].head) < std::pair(maps[i].block, maps[i].head));
        else if (order == 3) CHECK(maps[i - 1].value >= maps[i].value);
        else CHECK(maps[i - 1].value <= maps[i].value);
      }
      const std::vector<float> values = figures::attention::values_of(*trace, {maps[0].block, maps[0].head, 0, column > 0.5f});
      if (order == 2) CHECK(maps[0].value == Approx(map_facts(values, 1).entropy_bits));
      if (order == 3) CHECK(maps[0].value == Approx(values[0]));
      const auto drawing = test::draw_figure(figure_of("all-heads"), input, draw::rect_at({0, 0}, 1340, 760));
      for (const auto& map : maps) CHECK(tagged(*drawing, draw::HeadTarget{map.block, map.head}));
      CHECK(test::bad_data(figure_of("all-heads").data(input)) == "");
    }
}

TEST_CASE("a comparison shows what was kept against what is chosen", "[inspect]") {
  const auto trace = attention_of({.depth = 2, .heads = 3}, 1, test::tiny_picture(40, 40, 3));
  const figures::Figure& figure = figure_of("attention-compare");
  auto selection = selection_of(*trace, 4, 1, 2);
  // Nothing kept: the head against the mean of its block.
  using figures::attention::Chosen;
  CHECK(figures::attention::side_a({*trace, selection, true}) == Chosen{1, figures::kMeanHead, 4, false});
  figures::attention::keep_as_side_a(selection);
  CHECK(figures::attention::has_side_a(selection));
  auto other = attention_of({.depth = 2, .heads = 3}, 1, test::tiny_picture(30, 70, 3));
  Tensor shifted(trace->at(Slot::attn, 1).shape(), trace->at(Slot::attn, 0).values());
  other->set({Slot::attn, 1}, shifted);
  selection.block = 0, selection.head = 0, selection.query = 7;
  CHECK(figures::attention::side_a({*trace, selection, true}) == Chosen{1, 2, 4, false});
  for (const Trace* kept : {static_cast<const Trace*>(nullptr), static_cast<const Trace*>(other.get())}) {
    figures::FigureInput input{*trace, selection, true};
    input.other = kept;
    const figures::Table table = figure.data(input);
    REQUIRE(table.columns.size() == 5);
    const Tensor& a = (kept ? *kept : *trace).at(Slot::attn, 1);
    for (int token = 0; token < trace->grid().tokens(); ++token) {
      const auto i = static_cast<std::size_t>(token);
      CHECK(table.columns[2].values[i] == Approx(a.at(2, 4, token)));
      CHECK(table.columns[3].values[i] == Approx(trace->at(Slot::attn, 0).at(0, 7, token)));
      CHECK(table.columns[4].values[i] == Approx(table.columns[3].values[i] - table.columns[2].values[i]).margin(1e-7));
    }
    const auto drawing = test::draw_figure(figure, input, draw::rect_at({0, 0}, 1340, 620));
    check(*drawing, trace->config());
    // The difference is drawn on a span that is symmetric about 0.
    const auto difference = std::find_if(drawing->store.jobs.begin(), drawing->store.jobs.end(), [](const draw::RasterJob& j) { return j.style.map == ColorMap::diverging; });
    REQUIRE(difference != drawing->store.jobs.end());
    CHECK(difference->style.span.lo == -difference->style.span.hi);
    CHECK(difference->style.span.hi > 0);
  }
  // Another grid: both maps, no difference.
  const auto coarse = attention_of({.patch_height = 8, .patch_width = 8, .depth = 2, .heads = 3}, 1, test::tiny_picture(30, 70, 3));
  figures::FigureInput input{*trace, selection, true};
  input.other = coarse.get();
  check(*test::draw_figure(figure, input, draw::rect_at({0, 0}, 1340, 620)), trace->config());
  CHECK(test::bad_data(figure.data(input)) == "");
  // Another model on the same grid: it is named, and tokens in front of the patches are said to differ.
  const auto distilled = attention_of({.depth = 3, .heads = 2}, 2, test::tiny_picture(40, 40, 3));
  input.other = distilled.get();
  const auto drawing = test::draw_figure(figure, input, draw::rect_at({0, 0}, 1340, 620));
  check(*drawing, trace->config());
  CHECK(std::any_of(drawing->store.marks.begin(), drawing->store.marks.end(), [](const draw::Mark& m) { return m.text.find("A has 2 tokens in front") != std::string::npos; }));
  figures::attention::forget_side_a(selection);
  CHECK_FALSE(figures::attention::has_side_a(selection));
}
