// The numbers beside the figures: every figure writes both kinds, and every file can be read.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "app/export/data.h"
#include "tests/figures/harness.h"

using namespace vitscope;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Lines of equally many fields, all but names in the head line numbers or empty.
void check_csv(const std::string& text, bool head) {
  std::size_t fields = 0, line_number = 0;
  for (std::size_t at = 0; at < text.size(); ++line_number) {
    const std::size_t end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(at, end - at);
    std::size_t count = 1;
    for (std::size_t from = 0; from <= line.size();) {
      const std::size_t comma = std::min(line.find(',', from), line.size());
      const std::string field = line.substr(from, comma - from);
      if (!(head && line_number == 0) && !field.empty()) {
        char* rest = nullptr;
        std::strtod(field.c_str(), &rest);
        if (*rest != 0 || field.find_first_of("nN") != std::string::npos) FAIL("not a number: " << field);
      }
      count += comma < line.size() ? 1 : 0;
      from = comma + 1;
    }
    if (line_number == 0) fields = count;
    if (count != fields) FAIL("line " << line_number << " has " << count << " fields instead of " << fields);
    at = end + 1;
  }
  CHECK(line_number >= 1);
}

/// Head and values fill the file exactly.
void check_npy(const std::string& bytes) {
  REQUIRE(bytes.size() > 64);
  REQUIRE(bytes.substr(1, 5) == "NUMPY");
  const std::size_t head = 10 + static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  CHECK(head % 64 == 0);
  const std::size_t open = bytes.find('(');
  std::size_t values = 1;
  for (const char* at = bytes.c_str() + open + 1; *at != ')';) {
    char* rest = nullptr;
    values *= static_cast<std::size_t>(std::strtoul(at, &rest, 10));
    for (at = rest; *at == ',' || *at == ' ';) ++at;
  }
  CHECK(bytes.size() == head + 4 * values);
}

}  // namespace

TEST_CASE("every figure that a run has writes CSV and .npy that can be read back", "[figures][data]") {
  const fs::path folder = fs::temp_directory_path() / ("vitscope-data-" + std::to_string(std::rand()));
  fs::create_directories(folder);
  const auto trace = test::tiny_trace({.height = 12, .width = 20, .channels = 1});
  ThreadPool pool(1);
  Studies studies;
  int written = 0;
  for (const figures::Figure* figure : figures::figures()) {
    figures::Selection selection = figures::Selection::initial(trace->config());
    const Step* step = find_step(figure->step);
    selection.place = {step, step->stage == Stage::block ? 1 : -1};
    selection.pinned = CellRef{{Slot::logits, -1}, 1, 0, 0, 0};
    const figures::FigureInput input{*trace, selection, true, &studies};
    if (!figure->ready(input)) continue;
    INFO(figure->slug);
    for (const Study& study : figures::missing_studies(*figure, input)) REQUIRE(run_study(study, studies, pool).status == StudyState::Status::finished);
    const figures::Table table = figure->data(input);
    CHECK(test::bad_data(table) == "");
    for (const char* kind : {"csv", "npy"}) {
      const fs::path own = folder / (std::string(figure->slug) + "-" + kind);
      fs::create_directories(own);
      REQUIRE(exporting::write_table(table, (own / "numbers").string(), kind, false));
      int files = 0;
      for (const auto& entry : fs::directory_iterator(own)) {
        ++files;
        INFO(entry.path().string());
        if (entry.path().extension() == ".csv") check_csv(slurp(entry.path()), entry.path().filename() == "numbers.csv");
        else check_npy(slurp(entry.path()));
      }
      CHECK(files >= 1);
    }
    ++written;
  }
  CHECK(written > 25);
  fs::remove_all(folder);
}
