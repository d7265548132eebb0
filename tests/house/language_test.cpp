// The translations of the interface: whole, with the same placeholders, and with an entry for nearly every text.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/analysis/position_effects.h"
#include "core/edits/edits.h"
#include "core/model/model.h"
#include "core/step.h"

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> languages() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(VITSCOPE_SOURCE) / "assets/languages"))
    if (entry.path().extension() == ".json") found.push_back(entry.path());
  return found;
}

/// {N}, {0}, {P²C} and the like, sorted.
std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) break;
    found.emplace_back(text.substr(at, end + 1 - at));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

void skip_space(std::string_view source, std::size_t& at) { at = std::min(source.find_first_not_of(" \t\r\n", at), source.size()); }

/// The string literals from `at` on that the compiler would join; empty where there is none.
std::string literals(std::string_view source, std::size_t at) {
  std::string text;
  for (skip_space(source, at); at < source.size() && source[at] == '"'; skip_space(source, at)) {
    for (++at; at < source.size() && source[at] != '"'; ++at) {
      if (source[at] != '\\' || at + 1 >= source.size()) {
        text += source[at];
        continue;
      }
      ++at;
      text += source[at] == 'n' ? '\n' : source[at] == 't' ? '\t' : source[at];
    }
    ++at;
  }
  return text;
}

/// Literals that follow `call`, which is not the end of a longer name.
void collect(std::string_view source, std::string_view call, std::set<std::string>& texts) {
  for (std::size_t at = source.find(call); at != std::string_view::npos; at = source.find(call, at + call.size())) {
    const char before = at ? source[at - 1] : ' ';
    if (before == '_' || (before >= '0' && before <= '9') || (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z')) continue;
    std::string text = literals(source, at + call.size());
    if (!text.empty()) texts.insert(std::move(text));
  }
}

/// What the views and figures hand to the language as a literal.
std::set<std::string> texts_of_app() {
  std::set<std::string> texts;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(VITSCOPE_SOURCE) / "app")) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string source = text_of(entry.path());
    collect(source, "tr(", texts);
    collect(source, "phrase(c,", texts);
  }
  return texts;
}

/// The words of the steps; formulas and sizes need none.
std::set<std::string> texts_of_steps() {
  std::set<std::string> texts;
  for (const vitscope::Stage stage : {vitscope::Stage::embed, vitscope::Stage::block, vitscope::Stage::answer})
    for (const vitscope::Step& step : vitscope::steps(stage))
      for (const auto& text : {step.title, step.short_title, step.sentence, step.teaching}) texts.emplace(text);
  return texts;
}

void check_entries(const nlohmann::json& language, const std::set<std::string>& texts) {
  std::string missing;
  std::size_t found = 0;
  for (const std::string& text : texts) {
    if (language.contains(text))
      ++found;
    else
      missing += "\n  " + text;
  }
  INFO(found << " of " << texts.size() << " texts have an entry, without:" << missing);
  CHECK(found * 100 >= texts.size() * 95);
}

}  // namespace

TEST_CASE("translations are whole") {
  REQUIRE_FALSE(languages().empty());
  for (const fs::path& path : languages()) {
    INFO(path.filename().string());
    const nlohmann::json language = nlohmann::json::parse(text_of(path));
    REQUIRE(language.is_object());
    for (const auto& [english, value] : language.items()) {
      INFO(english);
      CHECK_FALSE(english.empty());
      REQUIRE(value.is_string());
      const std::string text = value.get<std::string>();
      CHECK(text.find_first_not_of(" \t\r\n") != std::string::npos);
      CHECK(placeholders(text) == placeholders(english));
      // What a lost character turns into.
      CHECK(text.find('?') == std::string::npos);
      CHECK(text.find("\xEF\xBF\xBD") == std::string::npos);
      // Bold is switched on and off again.
      CHECK(count_of(text, "**") == count_of(english, "**"));
      CHECK(count_of(text, "**") % 2 == 0);
      // Labels of colour bars are cut at this sign where room is short.
      if (english.starts_with("value;") || english.starts_with("weight;")) CHECK(count_of(text, ";") == count_of(english, ";"));
    }
  }
}

TEST_CASE("no text is translated twice") {
  for (const fs::path& path : languages()) {
    std::set<std::string> keys;
    std::ignore = nlohmann::json::parse(text_of(path), [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
      if (event != nlohmann::json::parse_event_t::key || depth != 1) return true;
      INFO(parsed.get<std::string>());
      CHECK(keys.insert(parsed.get<std::string>()).second);
      return true;
    });
  }
}

TEST_CASE("what tables of core show in the interface is translated") {
  for (const fs::path& path : languages()) {
    const nlohmann::json language = nlohmann::json::parse(text_of(path));
    const auto translated = [&](std::string_view english) {
      INFO(path.filename().string() << ": " << english);
      CHECK(language.contains(std::string(english)));
    };
    for (const vitscope::Preset& preset : vitscope::presets()) translated(preset.about);
    for (const vitscope::EditKindInfo& kind : vitscope::edit_kinds()) translated(kind.title), translated(kind.words);
    for (const vitscope::PositionVariantInfo& variant : vitscope::position_variants()) translated(variant.name);
  }
}

TEST_CASE("nearly every text of the interface is translated") {
  const std::set<std::string> app = texts_of_app(), steps = texts_of_steps();
  CHECK(app.size() > 300);
  CHECK(steps.size() > 50);
  for (const fs::path& path : languages()) {
    INFO(path.filename().string());
    const nlohmann::json language = nlohmann::json::parse(text_of(path));
    check_entries(language, app);
    check_entries(language, steps);
  }
}
