// Runs the executable and keeps what it said.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

struct Outcome {
  int status = -1;
  std::string out, err;
};

/// A fresh folder that is removed at the end.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "vitscope-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spit(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// `arguments` is shell text; `environment` stands before the command. Exports run without the leak checker: the software rasteriser leaks from code that it
/// makes while running, which no suppression can name.
inline Outcome vitscope(const std::string& arguments, const std::string& environment = "") {
  Scratch scratch;
  const std::string leaks = arguments.find("export ") == std::string::npos ? "" : "ASAN_OPTIONS=detect_leaks=0 ";
  const std::string command = "env " + leaks + environment + " '" VITSCOPE_BINARY "' " + arguments + " >'" + (scratch / "out") + "' 2>'" + (scratch / "err") + "'";
  const int raw = std::system(command.c_str());
  return {WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw), slurp(scratch / "out"), slurp(scratch / "err")};
}

inline long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

/// The one line of an error: begins with the program's name and ends the text.
inline bool one_line(const Outcome& o) { return o.err.starts_with("vitscope: ") && lines(o.err) == 1 && o.err.back() == '\n'; }
