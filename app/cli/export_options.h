// Options of `vitscope export` that stand for an option of a figure or a field of the selection.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "app/cli/options.h"
#include "app/figures/selection.h"
#include "core/model/model.h"
#include "core/result.h"

namespace CLI {
class App;
}

namespace vitscope::cli {

/// A word for the same value elsewhere: `--fusion max` sets the choice "largest".
struct Alias {
  struct Word {
    std::string_view typed, meant;
  };
  std::string_view flag;    ///< "--fusion"
  std::string_view values;  ///< "mean|max|min", for the help
  std::string_view help;
  std::vector<std::string_view> keys;  ///< options that are set, all of them; empty where `field` is
  std::vector<Word> words;             ///< what is not among them is handed on as typed
  /// Sets a field of the selection; false when the value is none. Null where `keys` are set.
  bool (*field)(figures::Selection&, std::string_view value) = nullptr;
};
std::span<const Alias> aliases();

/// Everything that `vitscope export` takes besides model and picture.
void add_export_options(CLI::App& app, ExportOptions& options);

/// Block, head, query, key, class, aliases and --set of the command line, checked against the architecture.
Result<figures::Selection> selection_of(const ExportOptions& options, const Model& model);

}  // namespace vitscope::cli
