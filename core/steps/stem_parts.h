// What the steps of a hybrid's stem share.
#pragma once
#include <string>

#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope::stem {

inline bool applies(const VitConfig& config) { return config.stem.has_value(); }

/// The windows of a convolution or pooling as rows; what lies beyond the image is zero.
ops::Windows windows_of(const SameWindows& w, int channels);
/// "channel 5 (3, 12)" of a map.
std::string cell_name(int channel, int row, int column);
/// The place in the map of element `element` of a flattened patch.
struct MapPlace {
  int channel = 0, row = 0, column = 0;
};
MapPlace place_of(const VitConfig& config, int patch, int element);

/// How far a number has come on its way through the stem.
enum class Level : int { picture, conv, norm, pool, patches };
/// Stations from the tensor of `level` down to the pixels of the whole picture.
void stations_from(Explanation& e, const Trace& trace, Level level);

}  // namespace vitscope::stem
