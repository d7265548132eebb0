#include "core/dump.h"

#include <algorithm>

#include "core/analysis/attention.h"
#include "core/analysis/embedding.h"
#include "core/step.h"

namespace vitscope {

namespace {
constexpr int kFilters = 28;  // as many as figure 7 of Dosovitskiy et al. 2021 shows

struct Analysis {
  std::string_view name;
  Shape (*shape)(const VitConfig&);
  Tensor (*compute)(const Trace&);  ///< empty when the trace lacks what it needs
  bool of_patches = false;          ///< only for models that project patches of pixels
};

Tensor distances(const Trace& trace, DistanceDefinition definition) {
  const VitConfig& config = trace.config();
  if (trace.finished_blocks() < config.depth) return {};
  Tensor result({config.depth, config.heads});
  float* out = result.edit();
  for (int block = 0; block < config.depth; ++block) {
    for (const HeadDistance& head : attention_distance(trace.at(Slot::attn, block), config.grid, definition)) {
      *out++ = static_cast<float>(head.distance);
    }
  }
  return result;
}

Shape distances_shape(const VitConfig& c) { return {c.depth, c.heads}; }

constexpr std::string_view kJoined = "embed.cls";

/// Without tokens in front of the patches nothing is joined: what reference dumps call so is the patches' rows.
bool patches_alone(const VitConfig& config) { return config.prefix_tokens == 0 && records(config, Slot::embed_patch); }

constexpr Analysis kAnalyses[] = {
    {"analysis.position_similarity",
     [](const VitConfig& c) {
       return Shape{c.patches(), c.patches()};
     },
     [](const Trace& t) { return position_similarity(t.model().weights.position, t.grid()); }},
    {"analysis.attention_distance", distances_shape, [](const Trace& t) { return distances(t, DistanceDefinition::keras); }},
    {"analysis.attention_distance_renormalised", distances_shape,
     [](const Trace& t) { return distances(t, DistanceDefinition::renormalised); }},
    {"analysis.rollout", [](const VitConfig& c) { return Shape{c.patches()}; }, [](const Trace& t) { return class_rollout(t); }},
    {"analysis.embedding_filters",
     [](const VitConfig& c) {
       return Shape{std::min({kFilters, c.dim - 1, c.patch_length()}), c.channels, c.patch_height, c.patch_width};
     },
     [](const Trace& t) { return embedding_filters(t.model(), kFilters).components; }, true},
};
}  // namespace

std::vector<DumpEntry> dump_entries(const VitConfig& config) {
  std::vector<DumpEntry> entries;
  for (const TensorRef& ref : tensors_of(config)) entries.push_back({name_of(ref), shape_of(ref.slot, config)});
  if (patches_alone(config)) entries.push_back({std::string(kJoined), shape_of(Slot::embed_patch, config)});
  for (const Analysis& analysis : kAnalyses) {
    if (analysis.of_patches && !config.cuts_patches()) continue;
    entries.push_back({std::string(analysis.name), analysis.shape(config)});
  }
  return entries;
}

std::vector<NamedTensor> dump_tensors(const Trace& trace, std::string_view glob) {
  std::vector<NamedTensor> tensors;
  for (const TensorRef& ref : tensors_of(trace.config())) {
    const std::string name = name_of(ref);
    if (trace.has(ref) && matches_glob(name, glob)) tensors.push_back({name, trace.at(ref)});
  }
  if (patches_alone(trace.config()) && trace.has(Slot::embed_patch) && matches_glob(kJoined, glob)) {
    tensors.push_back({std::string(kJoined), trace.at(Slot::embed_patch)});
  }
  for (const Analysis& analysis : kAnalyses) {
    if (!matches_glob(analysis.name, glob)) continue;
    if (Tensor values = analysis.compute(trace); !values.empty()) tensors.push_back({std::string(analysis.name), std::move(values)});
  }
  return tensors;
}

bool matches_glob(std::string_view text, std::string_view glob) {
  // Position after the last star, and the text it had matched up to: where to go on after a mismatch.
  std::size_t t = 0, g = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = ++g;
      retry = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star;
      t = ++retry;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

}  // namespace vitscope
