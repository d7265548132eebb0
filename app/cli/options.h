// The command line as data: one struct for each subcommand, or one line that says what is off.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vitscope::cli {

/// Which model: a file, a preset, or (both empty) the shipped one.
struct ModelChoice {
  std::string file, preset, input_size;
  std::uint64_t seed = 0;
};

struct WindowOptions {
  ModelChoice model;
  std::string image, step, language, theme, edits;
};
struct ExportOptions {
  ModelChoice model, compare_model;
  std::string image, compare_image, folder, edits, out, figures, theme = "light", head = "0", query, key, class_name, data = "none", language = "en", resize = "crop";
  double scale = 1;
  int width = 0;                     ///< pixels; 0: by scale
  std::optional<int> block;          ///< without it the last
  std::vector<std::string> aliases;  ///< one for each of aliases(); empty: not given
  std::vector<std::string> set;      ///< KEY=VALUE
  bool contact_sheet = false, force = false;
};
struct PredictOptions {
  ModelChoice model;
  std::string image, edits, folder, resize = "crop";
  int top = 5;
  bool json = false;
};
struct DumpOptions {
  ModelChoice model;
  std::string image, edits, input, out, tensors = "*", resize = "crop";
  bool force = false;
};
struct InfoOptions {
  ModelChoice model;
  bool json = false;
};
struct BenchOptions {
  ModelChoice model;
  int threads = 0, runs = 20;  ///< 0 threads: one for each core
  std::string figures;         ///< "all" or slugs with commas: what is timed besides; empty: nothing
  bool json = false;
};
struct ListOptions {
  ModelChoice model;
  std::string what;
  bool json = false;
};
/// Text for standard output, such as the help.
struct Print {
  std::string text;
};
struct UsageError {
  std::string text;
};
using Options = std::variant<WindowOptions, ExportOptions, PredictOptions, DumpOptions, InfoOptions, BenchOptions, ListOptions, Print, UsageError>;

Options parse(int argc, const char* const* argv);

}  // namespace vitscope::cli
