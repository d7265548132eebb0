// All numbers of a run under the names of reference dumps.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_file.h"
#include "core/trace.h"

namespace vitscope {

/// What a complete run on this architecture can write, in the order of dump_tensors().
struct DumpEntry {
  std::string name;
  Shape shape;  ///< of analysis.embedding_filters: the most that there can be; weights of low rank give fewer
};
std::vector<DumpEntry> dump_entries(const VitConfig& config);

/// The recorded tensors in the order of the walk, then the analyses, whose names begin with "analysis.": position_similarity [N, N],
/// attention_distance [L, H] (definition keras, pixels), attention_distance_renormalised [L, H], rollout [N] (of the class token) and
/// embedding_filters [F, C, P, P]. Only names that match `glob` are computed. What an unfinished trace lacks is left out.
std::vector<NamedTensor> dump_tensors(const Trace& trace, std::string_view glob = "*");

/// `*` stands for any run of characters, `?` for one; everything else for itself.
bool matches_glob(std::string_view text, std::string_view glob);

}  // namespace vitscope
