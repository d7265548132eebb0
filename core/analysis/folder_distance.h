// Mean attention distance over many pictures.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/attention.h"
#include "core/study.h"

namespace vitscope {

/// One head over all pictures that could be read.
struct HeadSpread {
  double mean = 0, deviation = 0;  ///< of the distance; the deviation is that of a sample (n - 1), 0 for one picture
  double prefix_share = 0;         ///< mean share of a patch query's attention that goes to prefix tokens
};

struct FolderDistance {
  DistanceDefinition definition{};
  int blocks = 0, heads = 0, pictures = 0;
  /// One table for each DistanceUnit, in its order: [blocks * heads], block by block.
  std::array<std::vector<HeadSpread>, 3> units;
  std::vector<std::string> failed;  ///< one line for each picture that cannot be read
  const HeadSpread& at(DistanceUnit unit, int block, int head) const {
    return units[static_cast<std::size_t>(unit)][static_cast<std::size_t>(block) * static_cast<std::size_t>(heads) + static_cast<std::size_t>(head)];
  }
};

/// One forward pass for each file, under the edits of tensors where there are any. Pictures that cannot be read are counted out and listed; an error when none can. Nothing when it was stopped.
Result<std::optional<FolderDistance>> folder_attention_distance(const ModelPtr& model, const std::vector<std::string>& files, ResizeMode mode, DistanceDefinition definition,
                                                                const EditsPtr& edits, StudyContext& context);
/// The same of one finished run.
FolderDistance distances_of_run(const Trace& trace, DistanceDefinition definition);

}  // namespace vitscope
