// The way back from a number to the pixels.

#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope::why {

namespace {
/// "patch 27", "patches 27 and 29", "all patches"; empty when there is no patch among the tokens.
std::string patch_names(const Trace& trace, const std::vector<int>& tokens, int& count) {
  std::string names;
  count = 0;
  int previous = -1;
  for (int token : tokens) {
    const int patch = trace.grid().patch_of(token);
    if (patch < 0 || patch == previous) continue;
    names += (count ? " and " : "") + std::to_string(patch);
    previous = patch;
    ++count;
  }
  if (count == 0) return "";
  return (count == 1 ? "patch " : "patches ") + names;
}
/// Whether a row of embed.patch depends on more pixels than those of its patch.
bool sees_more(const VitConfig& c) { return c.t2t || c.stem || (c.tnt && c.tnt->whole_picture); }
bool begins_as_zeros(const VitConfig& c) { return c.tnt && c.tnt->zero_rows; }
/// What stands behind the words of the first block is no zero any more, though the rows began so.
std::string row_before_position(const VitConfig& c, const std::string& patches) { return (begins_as_zeros(c) ? "zeros, and the words, of " : "projected ") + patches; }
std::string pixels_of(const Trace& trace) { return trace.input().picture ? "pixels of the picture" : "numbers of the input file"; }
}  // namespace

std::string_view projection_slug(const VitConfig& config) { return writer_of(Slot::embed_patch, config).slug; }

void station(Explanation& e, std::string what, std::string count, std::string_view slug, int block) {
  e.stations.push_back({std::move(what), std::move(count), slug.empty() ? nullptr : find_step(slug), block});
}

void pixels_of_patch(Explanation& e, const Trace& trace) {
  const VitConfig& c = trace.config();
  const std::string count = sees_more(c) ? sizes({c.channels, c.image_height, c.image_width}) : sizes({c.patch_height, c.patch_width, c.channels});
  station(e, pixels_of(trace), count, "picture");
}

void row_of_patch(Explanation& e, const Trace& trace, const std::string& patch) {
  const VitConfig& c = trace.config();
  const std::string of_row = "1 of " + std::to_string(c.dim);
  if (begins_as_zeros(c)) {
    station(e, patch + " before its words", of_row, projection_slug(c));
    return station(e, "a zero, no number of the image", "1 number", "");
  }
  station(e, "projected " + patch, of_row, projection_slug(c));
  pixels_of_patch(e, trace);
}

void stations_below(Explanation& e, const Trace& trace, int block, const std::vector<int>& tokens) {
  const VitConfig& c = trace.config();
  const std::string all_tokens = sizes({c.tokens(), c.dim});
  if (block > 0) {
    // Attention has mixed the tokens: everything depends on everything from here on.
    const std::string blocks = block == 1 ? "block 1" : "blocks " + std::to_string(block) + " to 1";
    station(e, blocks, all_tokens, "residual2", block - 1);
  }
  if (block > 0 || tokens.empty()) {
    station(e, "tokens with position", all_tokens, "position");
    station(e, row_before_position(c, "patches"), sizes({c.patches(), c.dim}), projection_slug(c));
    station(e, pixels_of(trace), sizes({c.channels, c.image_height, c.image_width}), "picture");
    return;
  }
  int count = 0;
  const std::string patches = patch_names(trace, tokens, count);
  if (count == 0) {
    const std::string name = tokens.size() == 1 || tokens.front() == tokens.back() ? token_name(trace, tokens.front()) : "tokens in front";
    station(e, name + " with position", std::to_string(c.dim) + " numbers", "position");
    station(e, name + ", learned: no picture involved", std::to_string(c.dim) + " numbers", "class-token");
    return;
  }
  const std::string each = count == 1 ? " numbers" : " numbers each";
  station(e, "tokens with position", std::to_string(c.dim) + each, "position");
  station(e, row_before_position(c, patches), std::to_string(c.dim) + each, projection_slug(c));
  if (sees_more(c)) return pixels_of_patch(e, trace);
  const std::string per_patch = sizes({c.patch_height, c.patch_width, c.channels});
  station(e, pixels_of(trace), count == 1 ? per_patch : std::to_string(count) + " × " + per_patch, "picture");
}

}  // namespace vitscope::why
