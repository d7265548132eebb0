// The direction of includes, folder by folder, and what may see which library.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

/// Folder -> folders that it may include, besides itself.
const std::map<std::string, std::set<std::string>> kMay{
    {"core", {}},
    {"app/embed", {}},
    {"app/draw", {"core", "app/embed"}},
    {"app/figures", {"core", "app/draw", "app/embed"}},
    {"app/gl", {"core", "app/draw", "app/embed"}},
    {"app/platform", {"core"}},
    {"app/export", {"core", "app/draw", "app/figures", "app/gl", "app/platform"}},
    {"app/ui", {"core", "app/draw"}},
    {"app/views", {"core", "app/draw", "app/figures", "app/ui"}},
    {"app/shell", {"core", "app/draw", "app/figures", "app/ui", "app/views", "app/export", "app/gl", "app/platform", "app/worker", "app/embed"}},
    {"app/worker", {"core"}},
    {"app/cli", {"core", "app/draw", "app/figures", "app/views", "app/shell", "app/export", "app/gl", "app/platform", "app/embed"}},
    {"app", {"app/cli"}},
};

/// Library header prefix -> folders that may include it.
const std::map<std::string, std::set<std::string>> kLibraries{
    {"GLFW/", {"app/platform"}},
    {"epoxy/egl", {"app/platform"}},
    {"epoxy/gl", {"app/gl", "app/platform"}},
    {"imgui", {"app/draw", "app/gl", "app/platform", "app/export", "app/shell"}},
    {"Eigen/", {"core"}},
    {"stb_", {"core", "app/draw", "app/export"}},
    {"CLI/", {"app/cli"}},
};

std::string folder_of(const std::string& path) {
  if (path.starts_with("core/")) return "core";
  if (!path.starts_with("app/")) return "";
  const auto slash = path.find('/', 4);
  return slash == std::string::npos ? "app" : path.substr(0, slash);
}

}  // namespace

TEST_CASE("every include keeps to the direction of the house") {
  const fs::path root = VITSCOPE_SOURCE;
  int files = 0;
  for (const char* top : {"app", "core"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".inc") continue;
      ++files;
      const std::string name = fs::relative(entry.path(), root).string();
      const std::string folder = folder_of(name);
      INFO(name);
      REQUIRE(kMay.contains(folder));
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("#include ")) continue;
        const char open = line[9];
        const std::string what = line.substr(10, line.find_first_of(">\"", 10) - 10);
        INFO(line);
        if (open == '"' && what.find('/') != std::string::npos) {
          const std::string other = folder_of(what);
          CHECK((other == folder || kMay.at(folder).contains(other)));
        }
        for (const auto& [prefix, allowed] : kLibraries)
          if (what.starts_with(prefix)) CHECK(allowed.contains(folder));
      }
    }
  }
  CHECK(files > 100);
}

TEST_CASE("the top level holds what the plan names") {
  const std::set<std::string> plan{"app", "core", "shaders", "assets", "tests", "CMakeLists.txt", "CMakePresets.json", "README.md", "HACKING.md", "CHANGELOG.md", "LICENSE", "run.sh",
                                   "test.sh"};
  for (const auto& entry : fs::directory_iterator(VITSCOPE_SOURCE)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') || name == "build" || name == "vitscope-figures") continue;
    INFO(name);
    CHECK(plan.contains(name));
  }
}
