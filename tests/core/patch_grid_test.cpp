#include "core/patch_grid.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

using namespace vitscope;

namespace {
PatchGrid grid(int height, int width, int patch_height, int patch_width, int prefix = 1) {
  return std::get<PatchGrid>(PatchGrid::make(height, width, patch_height, patch_width, prefix));
}
GridRefusal grid_refusal(int height, int width, int patch_height, int patch_width) {
  return std::get<GridRefusal>(PatchGrid::make(height, width, patch_height, patch_width, 1));
}
}  // namespace

TEST_CASE("the mountain's grid has 3 rows of 5 patches", "[patch_grid]") {
  const PatchGrid g = grid(60, 100, 20, 20);
  CHECK(g.rows() == 3);
  CHECK(g.columns() == 5);
  CHECK(g.tokens() == 16);
  CHECK(g.pixels(11) == Box{20, 40, 40, 60});  // the twelfth patch: rows 40..59, columns 20..39
  CHECK(g.patch_at_pixel({20, 40}) == 11);
  CHECK(g.patch_at_pixel({39.999, 59.999}) == 11);
  CHECK(g.patch_at_pixel({40, 59}) == 12);
  CHECK(g.patch_at_pixel({-0.001, 0}) == -1);
  CHECK(g.patch_at_pixel({100, 0}) == -1);
  CHECK(g.patch_at_pixel({0, std::numeric_limits<double>::quiet_NaN()}) == -1);
  CHECK(g.distance(0, 14) == Approx(std::hypot(40, 80)));
  CHECK(g.distance_in_cells(0, 14) == Approx(std::hypot(2, 4)));
}

TEST_CASE("tokens in front of the patches are named by their roles", "[patch_grid]") {
  using Names = std::vector<std::string>;
  const auto check = [](PrefixTokens prefix, const Names& names, const Names& short_names) {
    const PatchGrid g = std::get<PatchGrid>(PatchGrid::make(8, 12, 4, 4, prefix));
    CHECK(g.prefix() == static_cast<int>(names.size()));
    CHECK(g.tokens() == g.prefix() + 6);
    CHECK(g.patch_of(g.prefix()) == 0);
    Names found, found_short;
    for (int token = 0; token < g.prefix(); ++token) found.push_back(prefix.name(token)), found_short.push_back(prefix.short_name(token));
    CHECK(found == names);
    CHECK(found_short == short_names);
    CHECK(g.class_token() == (!names.empty() && names[0] == "class token"));
    CHECK(g.is_class_token(0) == g.class_token());
    CHECK_FALSE(g.is_class_token(1));
    CHECK(g.only_class_token() == (names == Names{"class token"}));
    CHECK(g == PatchGrid::shared(8, 12, 2, 3, prefix));
  };
  check({}, {}, {});
  check(1, {"class token"}, {"cls"});
  check({true, true, 0}, {"class token", "distillation token"}, {"cls", "dist"});
  check({true, false, 2}, {"class token", "register 1", "register 2"}, {"cls", "r1", "r2"});
  check({true, true, 1}, {"class token", "distillation token", "register 1"}, {"cls", "dist", "r1"});
  check({false, true, 0}, {"distillation token"}, {"dist"});
  check({false, false, 3}, {"register 1", "register 2", "register 3"}, {"r1", "r2", "r3"});
  // One token without a role of its own is a class token; a grid of registers alone is another grid.
  CHECK_FALSE(PatchGrid::shared(8, 12, 2, 3, {false, false, 1}) == PatchGrid::shared(8, 12, 2, 3, 1));
}

TEST_CASE("tokens, patches, rows and columns agree on any grid", "[patch_grid]") {
  for (const auto& [rows, columns, ph, pw, prefix] : {std::tuple{1, 1, 1, 1, 0}, {7, 3, 4, 4, 1}, {2, 9, 5, 3, 2}, {1, 6, 2, 8, 5}}) {
    const PatchGrid g = grid(rows * ph, columns * pw, ph, pw, prefix);
    REQUIRE(g.patches() == rows * columns);
    REQUIRE(g.tokens() == rows * columns + prefix);
    for (int t = 0; t < prefix; ++t) CHECK(g.patch_of(t) == -1);
    for (int p = 0; p < g.patches(); ++p) {
      CHECK(g.patch_at(g.row(p), g.column(p)) == p);
      CHECK(g.patch_of(g.token_of(p)) == p);
      CHECK(g.patch_at_pixel(g.pixels(p).centre()) == p);
      CHECK(g.patch_at_pixel({g.pixels(p).x0, g.pixels(p).y0}) == p);
      CHECK(g.pixels(p).width() == pw);
      CHECK(g.pixels(p).height() == ph);
      CHECK(g.distance(p, p) == 0);
    }
  }
}

TEST_CASE("an illegal size is refused with what would work", "[patch_grid]") {
  const GridRefusal r = grid_refusal(60, 100, 16, 16);
  CHECK(r.rows_left == 12);
  CHECK(r.columns_left == 4);
  CHECK(r.padded_height == 64);
  CHECK(r.padded_width == 112);
  CHECK(r.cropped_height == 48);
  CHECK(r.cropped_width == 96);
  CHECK(r.legal_patches == std::vector<int>{1, 2, 4, 5, 10, 20});
  CHECK(r.text() == "16 does not divide 60 x 100: 12 rows and 4 columns are left over; 64 x 112 or 48 x 96 would work, or patches of 1, 2, 4, 5, 10, 20");
  CHECK(grid_refusal(33, 32, 16, 16).text() == "16 does not divide 33 x 32: 1 row is left over; 48 x 32 or 32 x 32 would work, or patches of 1");
  CHECK(grid_refusal(4, 32, 16, 8).text() == "16 x 8 patches do not divide 4 x 32: 4 rows are left over; 16 x 32 would work, or patches of 1, 2, 4");
  CHECK(grid_refusal(0, 5, 1, 1).text().find("at least 1") != std::string::npos);
  CHECK(grid_refusal(5, 5, -1, 1).text().find("not possible") != std::string::npos);
}

TEST_CASE("every size is either cut exactly or refused with legal neighbours", "[patch_grid]") {
  for (int height = 1; height <= 24; ++height) {
    for (int width = 1; width <= 24; width += 3) {
      for (int patch = 1; patch <= 26; ++patch) {
        const auto made = PatchGrid::make(height, width, patch, patch, 1);
        if (height % patch == 0 && width % patch == 0) {
          CHECK(std::get<PatchGrid>(made).patches() == height / patch * (width / patch));
          continue;
        }
        const auto& r = std::get<GridRefusal>(made);
        CHECK(std::holds_alternative<PatchGrid>(PatchGrid::make(r.padded_height, r.padded_width, patch, patch, 1)));
        CHECK((r.cropped_height == 0 || std::holds_alternative<PatchGrid>(PatchGrid::make(r.cropped_height, r.cropped_width, patch, patch, 1))));
        for (const int legal : r.legal_patches) CHECK(std::holds_alternative<PatchGrid>(PatchGrid::make(height, width, legal, legal, 1)));
      }
    }
  }
}

TEST_CASE("sizes near the limits of numbers do no harm", "[patch_grid]") {
  const int most = std::numeric_limits<int>::max();
  CHECK(std::holds_alternative<GridRefusal>(PatchGrid::make(most, most, 1, 1, 1)));
  CHECK(grid_refusal(most, most, 1, 1).text().find("too many tokens") != std::string::npos);
  const GridRefusal r = grid_refusal(most, most, most - 1, 16);
  CHECK(r.padded_height == 0);
  CHECK(r.cropped_height == most - 1);
  CHECK(!r.text().empty());
  CHECK(std::holds_alternative<GridRefusal>(PatchGrid::make(std::numeric_limits<int>::min(), 1, 1, 1, 1)));
}
