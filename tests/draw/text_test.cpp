#include <catch2/catch.hpp>
#include <cmath>

#include "app/draw/formula.h"
#include "app/draw/glyph_sets.h"
#include "app/draw/imgui_compat.h"
#include "app/draw/paragraph.h"
#include "app/embed/embedded.h"
#include "tests/draw/paper.h"

using namespace vitscope;
using namespace vitscope::draw;
using test::Paper;

namespace {
constexpr Style kBody{16}, kSmall{13};

std::vector<std::string> texts(const CanvasStore& store) {
  std::vector<std::string> all;
  for (const Mark& mark : store.marks)
    if (mark.kind == "text") all.push_back(mark.text);
  return all;
}

VitConfig small_config() {
  VitConfig config;
  config.image_height = config.image_width = 32;
  config.patch_height = config.patch_width = 4;
  config.dim = 192;
  config.heads = 6;
  config.head_width = 32;
  config.mlp_dim = 768;
  config.classes = 10;
  config.grid = std::get<PatchGrid>(PatchGrid::make(32, 32, 4, 4, 1));
  return config;
}
}  // namespace

TEST_CASE("text is as wide in points at every scale") {
  const std::string_view line = "Each patch becomes one row of numbers: its red values first, then green, then blue.";
  const float at1 = Paper(1).canvas.text_width(line, kBody);
  CHECK(at1 == Approx(589).epsilon(0.02));  // Roboto at 16 pixels an em
  for (float scale : {1.5f, 2.0f, 3.0f}) CHECK(Paper(scale).canvas.text_width(line, kBody) == Approx(at1).epsilon(0.002));
  Paper paper;
  CHECK(paper.canvas.text_width(line, {32}) == Approx(2 * at1).epsilon(0.002));
  CHECK(paper.canvas.text_width("", kBody) == 0);
  // Digits have one width, so that columns of numbers stand below each other.
  for (char digit = '0'; digit <= '9'; ++digit)
    CHECK(paper.canvas.text_width(std::string(1, digit), kSmall) == Approx(paper.canvas.text_width("0", kSmall)));
}

TEST_CASE("marks hold the exact box of a text") {
  Paper paper;
  const float width = paper.canvas.text_width("shape 65 × 192", kSmall);
  const Rect left = paper.canvas.text({100, 50}, "shape 65 × 192", kSmall, kWhite);
  CHECK(left == Rect{100, 50, 100 + width, 50 + Canvas::text_height(kSmall)});
  CHECK(paper.canvas.text({100, 50}, "shape 65 × 192", kSmall, kWhite, Align::right).x0 == Approx(100 - width));
  CHECK(paper.canvas.text({100, 50}, "shape 65 × 192", kSmall, kWhite, Align::centre).x0 == Approx(100 - width / 2));
  REQUIRE(paper.store.marks.size() == 3);
  CHECK(paper.store.marks[0].where == left);
}

TEST_CASE("long texts end in an ellipsis and explain themselves") {
  Paper paper;
  const std::string name = "a very long name of a picture.jpg";
  const Rect box = paper.canvas.text({0, 0}, name, kSmall, kWhite, Align::left, 90);
  CHECK(box.width() <= 90.01f);
  CHECK(texts(paper.store).back().ends_with("…"));
  REQUIRE(paper.store.tags.size() == 1);
  CHECK(paper.store.tags[0].tooltip == name);
  // What fits stays as it is, also when the room is exactly its own width.
  const float width = paper.canvas.text_width(name, kSmall);
  paper.canvas.text({0, 40}, name, kSmall, kWhite, Align::left, width);
  CHECK(texts(paper.store).back() == name);
  CHECK(paper.store.tags.size() == 1);
  // No room at all: nothing is drawn, the words stay reachable by what lies around.
  CHECK(paper.canvas.text({0, 80}, name, kSmall, kWhite, Align::left, 2).width() == 0);
  CHECK(paper.canvas.text({0, 80}, name, kSmall, kWhite, Align::left, -5).width() == 0);
}

TEST_CASE("an elided text keeps the meaning of what it lies on") {
  Paper paper;
  paper.canvas.tag({0, 0, 200, 20}, ActionTarget{4});
  paper.canvas.text({0, 0}, "a very long name of a picture.jpg", kSmall, kWhite, Align::left, 90);
  CHECK(paper.store.tags.back().target == Target{ActionTarget{4}});
}

TEST_CASE("broken and foreign characters do no harm") {
  Paper paper;
  for (const char* bad : {"\xFF\xFE", "\xC3", "a\xE2\x82", "\xF0\x9F\x98\x80 smile", "tab\tline\nfeed", "\xED\xA0\x80"}) {
    CHECK(std::isfinite(paper.canvas.text_width(bad, kBody)));
    paper.canvas.text({0, 0}, bad, kBody, kWhite, Align::left, 30);
    paper.canvas.paragraph({0, 0, 40, 100}, bad, kBody, kWhite);
    formula(paper.canvas, {0, 0}, bad, 16, kWhite);
  }
}

TEST_CASE("the fonts hold every sign that formulas and labels use") {
  const FontFile regular(embedded("fonts/regular.ttf")), signs(embedded("fonts/signs.ttf")), chinese(embedded("fonts/chinese.ttf"));
  std::string_view wanted = "abcXYZ0123456789 ×·−±√∑Σ²³ᵀ₀₁₂₃₄₅₆₇₈₉⁰¹⁴⁵⁶⁷⁸⁹⁻≤≥≈‖∞αβγδεθλμσφ→←↑↓⇒∈⊕⊙ℝ▸▾✓…–—“”‘’‰ⱼᵢ∂∇≠∘ₙ";
  const std::vector<char32_t> base = base_characters(false);
  while (!wanted.empty()) {
    const char32_t c = next_character(wanted);
    INFO(static_cast<unsigned>(c));
    CHECK(std::ranges::binary_search(base, c));
    CHECK((regular.has(c) || signs.has(c)));
  }
  CHECK_FALSE(regular.has(U'→'));
  const Language translated("zh", {{"Flatten", "展平：每个图块"}});
  const std::vector<char32_t> beyond = characters_beyond(translated);
  for (char32_t c : {U'展', U'图', U'：', U'中'}) {
    CHECK(std::ranges::binary_search(beyond, c));
    CHECK(chinese.has(c));
  }
  CHECK(beyond.size() == 9);
}

TEST_CASE("the atlas fits the card at every scale, in Chinese too") {
  std::map<std::string, std::string, std::less<>> texts;
  for (char32_t c = 0x4E00; c < 0x4E00 + 800; ++c) {
    const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
    texts["all"] += {byte(0xE0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3F)), byte(0x80 | (c & 0x3F))};
  }
  for (const Language& language : {Language(), Language("zh", texts)})
    for (float scale : {1.0f, 4.0f, 10.0f}) {
      const Fonts fonts(kPaperMetrics, scale, language);
      const compat::AtlasSize size = compat::atlas_size(fonts.atlas());
      INFO("scale " << scale << ": " << size.width << " x " << size.height);
      CHECK(size.width <= 8192);
      CHECK(size.height <= 16384);
      CHECK(static_cast<double>(size.width) * size.height < 64e6);
    }
}

TEST_CASE("a paragraph breaks between words and counts its lines") {
  Paper paper;
  const Canvas& c = paper.canvas;
  const std::string_view text =
      "Nothing is lost and nothing is learned here: the same 3,072 numbers, in **another order**. Every row reads its patch left to right.";
  for (float width : {90.0f, 120.0f, 333.0f, 2000.0f}) {
    paper.store.clear();
    const float height = paper.canvas.paragraph({10, 20, 10 + width, 1000}, text, kBody, kWhite);
    CHECK(height == Approx(c.paragraph_height(width, text, kBody)));
    const auto lines = texts(paper.store);
    CHECK(height == Approx(24.0f * static_cast<float>(lines.size())));
    std::string all;
    for (const std::string& line : lines) all += (all.empty() ? "" : " ") + line;
    CHECK(
        all ==
        "Nothing is lost and nothing is learned here: the same 3,072 numbers, in another order. Every row reads its patch left to right.");
    for (const Mark& mark : paper.store.marks) {
      CHECK(mark.where.x1 <= 10 + width + 0.01f);
      CHECK(mark.where.y0 >= 20);
    }
  }
  // What lies below the rectangle is counted, not drawn.
  paper.store.clear();
  CHECK(paper.canvas.paragraph({0, 0, 120, 50}, text, kBody, kWhite) > 200);
  CHECK(texts(paper.store).size() == 2);
  CHECK(paper.canvas.paragraph({0, 0, 120, 50}, "", kBody, kWhite) == 0);
}

TEST_CASE("a paragraph cuts words that are wider than the line, and feeds lines") {
  Paper paper;
  const TextPen pen(paper.canvas);
  for (float width : {0.0f, 1.0f, 30.0f}) {
    std::string all;
    for (const TextLine& line : break_lines(pen, "Donaudampfschifffahrt", kBody, width))
      for (const TextRun& run : line) all += run.text;
    CHECK(all == "Donaudampfschifffahrt");
  }
  CHECK(break_lines(pen, "one\ntwo\n\nfour", kBody, 500).size() == 4);
}

TEST_CASE("Chinese breaks anywhere but before closing punctuation") {
  Paper paper;
  const TextPen pen(paper.canvas);
  const auto lines = break_lines(pen, "每个图块变成一行数字，先是红色，然后是绿色，最后是蓝色。", kBody, 80);
  CHECK(lines.size() > 3);
  for (const TextLine& line : lines) {
    REQUIRE_FALSE(line.empty());
    CHECK_FALSE(line.front().text.starts_with("，"));
    CHECK_FALSE(line.front().text.starts_with("。"));
  }
}

TEST_CASE("formulas set sub- and superscripts small and one above the other") {
  Paper paper;
  const Canvas& c = paper.canvas;
  const float x = formula_width(c, "x", 16);
  CHECK(x == Approx(c.text_width("x", {16, Face::italic})));
  CHECK(formula_width(c, "softmax", 16) == Approx(c.text_width("softmax", {16})));
  const float low = formula_width(c, "x_i", 16) - x, both = formula_width(c, "x_i^{abc}", 16) - x,
              high = formula_width(c, "x^{abc}", 16) - x;
  CHECK(low > 0);
  CHECK(low < c.text_width("i", {16, Face::italic}) + 2);
  CHECK(both == Approx(high));
  CHECK(formula_width(c, "x_{ab}", 32) == Approx(2 * formula_width(c, "x_{ab}", 16)).epsilon(0.01));
  for (const char* odd : {"_", "^", "x_", "x_{", "x_{}", "{", "{N", "{unknown}", "}", "^a_b^c"})
    CHECK(std::isfinite(formula_width(c, odd, 16)));
}

TEST_CASE("placeholders become the sizes of the architecture") {
  Paper paper;
  const VitConfig config = small_config();
  formula(paper.canvas, {0, 0}, "{N} × {P²C} → {T} × {D}", 16, kWhite, &config);
  CHECK(texts(paper.store).back() == "64 × 48 → 65 × 192");
  const float drawn = formula(paper.canvas, {0, 0}, "ℝ^{N×D}", 16, kWhite, &config);
  CHECK(texts(paper.store).back() == "ℝN×D");
  CHECK(drawn == Approx(formula_width(paper.canvas, "ℝ^{N×D}", 16, &config)));
  shape(paper.canvas, {300, 0}, Slot::embed_pos, config, kSmall, Align::right);
  CHECK(texts(paper.store).back() == "65 × 192");
  CHECK(paper.store.marks.back().where.x1 == Approx(300));
}
