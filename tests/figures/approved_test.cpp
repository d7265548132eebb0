// Where every figure places its texts and frames, against lists that a person has looked at.
//
// tests/figures/approved/SLUG.txt holds one line a mark: kind, corner, size in whole points, text with its digits as #. After a change that
// is meant, look at the figure and run `VITSCOPE_APPROVE=1 figures_test "[approved]"`, which writes the lists anew.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/figures/harness.h"

using namespace vitscope;
namespace fs = std::filesystem;

namespace {

/// Cells and curves repeat by the hundred; what a reader takes hold of are words, frames and marks.
constexpr std::string_view kKinds[] = {"text", "outline", "pinned", "hatch"};
constexpr std::size_t kMostMarks = 160;

struct Placed {
  std::string kind, text;
  int x = 0, y = 0, width = 0, height = 0;
};

bool is_number(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c); });
}

int whole(float value) { return static_cast<int>(std::lround(value)); }

std::vector<Placed> placed(const test::Drawing& drawing, std::string_view slug) {
  std::vector<Placed> list;
  for (const draw::Mark& mark : drawing.store.marks) {
    if (std::find(std::begin(kKinds), std::end(kKinds), mark.kind) == std::end(kKinds)) continue;
    if (mark.kind == "text" && is_number(mark.text)) continue;
    // It follows a point whose place after a thousand steps depends on the last bit of the first.
    if (slug == "t-sne" && mark.text == "cls") continue;
    std::string text = mark.text;
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); }, '#');
    list.push_back({mark.kind, text, whole(mark.where.x0), whole(mark.where.y0), whole(mark.where.width()), whole(mark.where.height())});
    if (list.size() == kMostMarks) break;
  }
  return list;
}

std::string line_of(const Placed& p) {
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, "%d,%d %dx%d", p.x, p.y, p.width, p.height);
  return p.kind + " " + numbers + (p.text.empty() ? "" : " " + p.text);
}

std::vector<Placed> read(const fs::path& path) {
  std::vector<Placed> list;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    Placed p;
    char kind[16];
    int taken = 0;
    REQUIRE(std::sscanf(line.c_str(), "%15s %d,%d %dx%d%n", kind, &p.x, &p.y, &p.width, &p.height, &taken) == 5);
    p.kind = kind;
    const auto at = static_cast<std::size_t>(taken);
    if (at < line.size()) p.text = line.substr(at + 1);
    list.push_back(std::move(p));
  }
  return list;
}

/// Text may differ by one digit's worth of rounding from one processor to the next.
bool same(const Placed& a, const Placed& b) {
  const auto near = [](int x, int y) { return std::abs(x - y) <= 1; };
  return a.kind == b.kind && a.text == b.text && near(a.x, b.x) && near(a.y, b.y) && near(a.width, b.width) && near(a.height, b.height);
}

}  // namespace

TEST_CASE("figures place their words and frames where a person approved them", "[figures][approved]") {
  const fs::path folder = fs::path(VITSCOPE_TEST_DATA) / "figures/approved";
  const bool approve = std::getenv("VITSCOPE_APPROVE") != nullptr;
  const auto trace = test::tiny_trace({});
  figures::Selection selection = figures::Selection::initial(trace->config());
  selection.patch = 6;
  for (const figures::Figure* figure : figures::figures()) {
    const figures::FigureInput input{*trace, selection, true};
    if (!figures::shows(*figure, input)) continue;
    const auto drawing = test::draw_figure(*figure, input, draw::rect_at({0, 0}, figure->natural_size.x, figure->natural_size.y));
    const auto found = placed(*drawing, figure->slug);
    const fs::path path = folder / (std::string(figure->slug) + ".txt");
    if (approve) {
      fs::create_directories(folder);
      std::ofstream out(path);
      for (const Placed& p : found) out << line_of(p) << '\n';
      REQUIRE(out.good());
    }
    INFO(figure->slug << ": look at the figure, then run VITSCOPE_APPROVE=1 figures_test \"[approved]\"");
    REQUIRE(fs::exists(path));
    const auto approved = read(path);
    CHECK(found.size() == approved.size());
    std::string differing;
    for (std::size_t i = 0; i < std::min(found.size(), approved.size()); ++i)
      if (!same(found[i], approved[i])) differing += "\n" + line_of(found[i]) + " instead of " + line_of(approved[i]);
    CHECK(differing == "");
  }
}

TEST_CASE("no approved list is left over", "[figures][approved]") {
  for (const auto& entry : fs::directory_iterator(fs::path(VITSCOPE_TEST_DATA) / "figures/approved")) {
    INFO(entry.path().string());
    CHECK(figures::find_figure(entry.path().stem().string()) != nullptr);
  }
}
