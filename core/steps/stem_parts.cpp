#include "core/steps/stem_parts.h"

namespace vitscope::stem {

ops::Windows windows_of(const SameWindows& w, int channels) {
  return {channels, w.height, w.width, w.kernel, w.stride, w.rows, w.columns, -w.above, -w.before, 0, 0, w.height, w.width};
}

std::string cell_name(int channel, int row, int column) {
  return "channel " + std::to_string(channel) + " (" + std::to_string(row) + ", " + std::to_string(column) + ")";
}

MapPlace place_of(const VitConfig& config, int patch, int element) {
  const int side = config.stem->patch, area = side * side;
  return {element / area, config.grid.row(patch) * side + element % area / side, config.grid.column(patch) * side + element % side};
}

void stations_from(Explanation& e, const Trace& trace, Level level) {
  const VitConfig& config = trace.config();
  const StemConfig& s = *config.stem;
  const std::string large = why::sizes({s.channels, s.conv.rows, s.conv.columns});
  if (level >= Level::patches) why::station(e, "patches of the map", why::sizes({config.patches(), s.patch_length()}), "stem-patches");
  if (level >= Level::pool) why::station(e, "map behind the pooling", why::sizes({s.channels, s.map_height(), s.map_width()}), "stem-pool");
  if (level >= Level::norm) why::station(e, "map behind norm and ReLU", large, "stem-norm");
  if (level >= Level::conv) why::station(e, "map behind the convolution", large, "stem-conv");
  why::station(e, trace.input().picture ? "pixels of the picture" : "numbers of the input file", why::sizes({config.channels, config.image_height, config.image_width}), "picture");
}

}  // namespace vitscope::stem
