// The subcommands. Each returns the exit status; errors and warnings go to standard error, a line each.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/cli/options.h"
#include "app/figures/figure.h"
#include "core/forward.h"

namespace vitscope::cli {

int run_window(const WindowOptions& options);
int run_export(const ExportOptions& options);
int run_predict(const PredictOptions& options);
int run_dump(const DumpOptions& options);
int run_info(const InfoOptions& options);
int run_bench(const BenchOptions& options);
int run_list(const ListOptions& options);

/// Parses and runs.
int run(int argc, const char* const* argv);

// --- shared by the subcommands

inline constexpr int kDone = 0, kFileOrMachine = 1, kUsage = 2;
/// Prints "vitscope: TEXT" and returns `status`.
int fail(const std::string& text, int status = kFileOrMachine);
void warn(const std::string& text);

/// Loads what was chosen and prints the model's warnings.
Result<ModelPtr> load_model_choice(const ModelChoice& choice, PresetWeights weights = PresetWeights::random);
/// Loads (empty: the first built-in picture), fits by `resize` ("crop", "stretch", "pad").
Result<InputPtr> load_input(const std::string& image, const std::string& resize, const Model& model);
/// Loads a file of edits (empty: none) and checks that what is on fits; errors name the file and the edit.
Result<EditsPtr> load_edits_choice(const std::string& file, const Model& model, const ModelInput& input);
/// The run, under edits also the unedited one that it is compared with.
TracePtr run_with_edits(const ModelPtr& model, const InputPtr& input, const EditsPtr& edits, ThreadPool& pool);
/// The model's warnings and the notes of the picture and its fitting.
std::vector<std::string> warnings_of(const Model& model, const ModelInput* input);
/// "a,b" -> a, b; empty parts are left out.
std::vector<std::string> split(const std::string& text);
/// "all" or slugs with commas; errors name what is none.
Result<std::vector<const figures::Figure*>> figures_named(const std::string& list);
/// One thread for each core.
int default_threads();

}  // namespace vitscope::cli
