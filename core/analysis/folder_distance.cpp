#include "core/analysis/folder_distance.h"

#include <cmath>

#include "core/forward.h"

namespace vitscope {

namespace {
constexpr DistanceUnit kUnits[] = {DistanceUnit::pixels, DistanceUnit::cells, DistanceUnit::diagonal_share};

/// Running mean and sum of squared deviations (Welford 1962).
struct Running {
  double mean = 0, squares = 0, prefix = 0;
  void add(double value, double prefix_share, int count) {
    const double off = value - mean;
    mean += off / count;
    squares += off * (value - mean);
    prefix += (prefix_share - prefix) / count;
  }
};
using Table = std::array<std::vector<Running>, 3>;

void add(Table& table, const Trace& trace, DistanceDefinition definition, int count) {
  const VitConfig& config = trace.config();
  for (std::size_t unit = 0; unit < 3; ++unit) {
    table[unit].resize(static_cast<std::size_t>(config.depth) * static_cast<std::size_t>(config.heads));
    std::size_t at = 0;
    for (int block = 0; block < config.depth; ++block) {
      for (const HeadDistance& head : attention_distance(trace.at(Slot::attn, block), config.grid, definition, kUnits[unit]))
        table[unit][at++].add(head.distance, head.prefix_share, count);
    }
  }
}

FolderDistance finished(const Table& table, const VitConfig& config, DistanceDefinition definition, int pictures) {
  FolderDistance found;
  found.definition = definition;
  found.blocks = config.depth;
  found.heads = config.heads;
  found.pictures = pictures;
  for (std::size_t unit = 0; unit < 3; ++unit) {
    for (const Running& r : table[unit]) found.units[unit].push_back({r.mean, pictures > 1 ? std::sqrt(r.squares / (pictures - 1)) : 0, r.prefix});
  }
  return found;
}
}  // namespace

FolderDistance distances_of_run(const Trace& trace, DistanceDefinition definition) {
  Table table;
  add(table, trace, definition, 1);
  return finished(table, trace.config(), definition, 1);
}

Result<std::optional<FolderDistance>> folder_attention_distance(const ModelPtr& model, const std::vector<std::string>& files, ResizeMode mode, DistanceDefinition definition,
                                                                const EditsPtr& edits, StudyContext& context) {
  Table table;
  int pictures = 0, done = 0;
  std::vector<std::string> failed;
  PreprocessSpec spec = model->preprocess;
  spec.mode = mode;
  ForwardOptions options;
  options.record = Record::attention_only;
  options.stop = context.stop;
  options.edits = tensor_edits(edits);
  for (const std::string& file : files) {
    if (!context.go_on(done++, static_cast<int>(files.size()))) return std::optional<FolderDistance>();
    Result<Picture> picture = load_picture(file);
    if (!picture) {
      failed.push_back(picture.error().text);
      continue;
    }
    const TracePtr trace = forward(model, preprocess(std::make_shared<const Picture>(std::move(*picture)), spec), context.pool, options);
    if (!trace->complete()) return std::optional<FolderDistance>();
    add(table, *trace, definition, ++pictures);
  }
  context.go_on(done, done);
  if (pictures == 0) return Error{failed.empty() ? "there are no pictures in this folder" : "none of the pictures can be read; " + failed.front()};
  FolderDistance found = finished(table, model->config, definition, pictures);
  found.failed = std::move(failed);
  return std::optional<FolderDistance>(std::move(found));
}

}  // namespace vitscope
