// Edits in words, and why one cannot be made.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/edits/edits.h"
#include "core/step.h"

namespace vitscope {

namespace {

constexpr std::size_t kNamesInList = 4;

std::string number(double value) {
  if (std::isinf(value)) return "∞";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  std::string plain = text;
  if (value < 0) plain.replace(0, 1, "−");
  return plain;
}

std::string filled(std::string_view pattern, std::string_view name, const std::string& text) {
  std::string result(pattern);
  const std::string hole = "{" + std::string(name) + "}";
  for (auto at = result.find(hole); at != std::string::npos; at = result.find(hole, at + text.size())) result.replace(at, hole.size(), text);
  return result;
}

/// "head 3", "heads 1, 2 and 3", "heads 1, 2, 3, 4 and 8 more": `one` and `many` are patterns with a hole for the numbers.
std::string listed(const std::vector<int>& numbers, int shift, std::string_view one, std::string_view many, std::string_view more) {
  if (numbers.size() == 1) return filled(one, "n", std::to_string(numbers[0] + shift));
  std::string list;
  const std::size_t shown = std::min(numbers.size(), kNamesInList);
  for (std::size_t i = 0; i < shown; ++i) list += (i ? ", " : "") + std::to_string(numbers[i] + shift);
  const std::string text = filled(many, "n", list);
  return numbers.size() == shown ? text : text + " " + filled(more, "n", std::to_string(numbers.size() - shown));
}

std::string out_of(std::string_view what, int found, std::string_view plural, int count) {
  return std::string(what) + " " + std::to_string(found) + ": the model has " + std::string(plural) + " 0 to " + std::to_string(count - 1);
}

}  // namespace

std::string words(const Edit& edit, const Translate& translate) {
  const auto tr = [&](std::string_view text) { return translate ? translate(text) : text; };
  const auto patches = [&](const std::vector<int>& list) { return listed(list, 0, tr("patch {n}"), tr("patches {n}"), tr("and {n} more")); };
  const EditKindInfo& kind = info(edit.kind);
  std::string text(tr(kind.words));
  const auto fill = [&](std::string_view name, const auto& make) {
    if (text.find("{" + std::string(name) + "}") != std::string::npos) text = filled(text, name, std::string(make()));
  };
  const auto block = [&] { return edit.block == kAllBlocks ? std::string(tr("all blocks")) : filled(tr("block {n}"), "n", std::to_string(edit.block + 1)); };
  fill("patches", [&] { return patches(edit.patches); });
  fill("first", [&] { return patches({edit.patches.begin(), edit.patches.begin() + std::min<std::ptrdiff_t>(1, std::ssize(edit.patches))}); });
  fill("others", [&] { return patches({edit.patches.begin() + std::min<std::ptrdiff_t>(1, std::ssize(edit.patches)), edit.patches.end()}); });
  fill("fill", [&] {
    constexpr std::string_view names[] = {"masked with grey", "masked with the mean patch", "masked as zero tokens", "dropped"};
    return tr(names[static_cast<std::size_t>(edit.fill)]);
  });
  fill("heads", [&] { return edit.heads.empty() ? std::string(tr("all heads")) : listed(edit.heads, 1, tr("head {n}"), tr("heads {n}"), tr("and {n} more")); });
  fill("block", block);
  fill("entering", [&] { return edit.block == 0 ? filled(tr("in front of block {n}"), "n", "1") : filled(tr("behind block {n}"), "n", std::to_string(edit.block)); });
  fill("part", [&] { return tr(edit.part == Part::mlp ? "MLP" : "attention"); });
  fill("norm", [&] {
    if (edit.part == Part::answer) return std::string(tr("before the head"));
    return filled(tr(edit.part == Part::mlp ? "before the MLP of {block}" : "before the attention of {block}"), "block", block());
  });
  fill("factor", [&] { return edit.value == 0 ? std::string(tr("off")) : filled(tr("times {n}"), "n", number(edit.value)); });
  fill("value", [&] { return number(edit.value); });
  fill("seed", [&] { return std::to_string(edit.seed); });
  fill("from", [&] { return std::to_string(edit.from + 1); });
  fill("query", [&] { return std::to_string(edit.query); });
  fill("key", [&] { return std::to_string(edit.key); });
  fill("rows", [&] { return std::to_string(edit.rows); });
  fill("columns", [&] { return std::to_string(edit.columns); });
  fill("x", [&] { return number(edit.x); });
  fill("y", [&] { return number(edit.y); });
  fill("strokes", [&] { return filled(tr(edit.strokes.size() == 1 ? "{n} stroke" : "{n} strokes"), "n", std::to_string(edit.strokes.size())); });
  return text;
}

std::string words(const Edits& edits, const Translate& translate) {
  std::string all;
  for (const Edit& edit : edits)
    if (edit.on) all += (all.empty() ? "" : "; ") + words(edit, translate);
  return all;
}

std::optional<std::string> refusal(const Edit& edit, const Model& model) {
  const VitConfig& c = model.config;
  const std::uint32_t fields = info(edit.kind).fields;
  const bool class_from = edit.kind == EditKind::class_from;
  const int last = class_from ? c.depth + 1 : c.depth;  // the class token may be put in front of the final norm as well
  if (fields & (kBlock | kOneBlock))
    if (edit.block >= last || edit.block < (fields & kOneBlock ? 0 : kAllBlocks)) return out_of("block", edit.block, "blocks", c.depth);
  for (int head : edit.heads)
    if (head < 0 || head >= c.heads) return out_of("head", head, "heads", c.heads);
  for (int patch : edit.patches)
    if (patch < 0 || patch >= c.patches()) return out_of("patch", patch, "patches", c.patches());
  if (fields & kCell)
    for (int token : {edit.query, edit.key})
      if (token < 0 || token >= c.tokens()) return out_of("token", token, "tokens", c.tokens());
  const bool moves_pixels = edit.kind == EditKind::swap || edit.kind == EditKind::shuffle || edit.kind == EditKind::duplicate ||
                            (edit.kind == EditKind::mask && (edit.fill == Fill::grey || edit.fill == Fill::mean));
  if (moves_pixels && (c.grid.rows() * c.grid.patch_height() != c.image_height || c.grid.columns() * c.grid.patch_width() != c.image_width))
    return "the patches of this model do not tile the picture";
  const bool reorders = edit.kind == EditKind::channel_last || edit.kind == EditKind::column_order;
  if (reorders && !c.cuts_patches()) return "the patches of this model are not flattened as they are";
  if (edit.kind != EditKind::mask || edit.fill != Fill::drop)
    if (const TensorRef first = first_affected(edit); !records(c, first.slot)) return "this model has no " + std::string(info(first.slot).name);
  switch (edit.kind) {
    case EditKind::channel_last: case EditKind::column_order:
      if (edit.kind == EditKind::channel_last && c.channel_last) return "the patches of this model are flattened channel last already";
      if (edit.kind == EditKind::channel_last && c.channels == 1) return "pictures of one channel have only one order";
      break;
    case EditKind::mask:
      if (edit.fill == Fill::drop && std::ssize(edit.patches) >= c.patches()) {
        std::vector<int> all = edit.patches;
        std::sort(all.begin(), all.end());
        if (std::unique(all.begin(), all.end()) - all.begin() == c.patches() && c.prefix_tokens == 0) return "no token would be left";
      }
      break;
    case EditKind::position_off: case EditKind::position_shuffled: case EditKind::position_1d: case EditKind::position_2d: case EditKind::position_resampled:
    case EditKind::position_axes: case EditKind::position_relative: case EditKind::position_every_block:
      if (model.weights.position.empty()) return "the model has no table of positions";
      if (edit.kind == EditKind::position_2d && c.dim % 4 != 0) return "sinusoids along rows and columns need a width that 4 divides, this one is " + std::to_string(c.dim);
      if (edit.kind == EditKind::position_relative && c.relative_position) return "the positions of this model are relative already";
      if (edit.kind == EditKind::position_every_block && c.places_in_blocks()) return "this model adds positions in front of every block already";
      if (edit.kind == EditKind::position_every_block && c.tnt) return "in front of its blocks this model adds what words have found";
      break;
    case EditKind::class_zero: case EditKind::class_from: case EditKind::class_removed:
      if (!c.class_token || c.prefix_tokens == 0) return "the model has no class token";
      if (edit.kind == EditKind::class_removed && (c.prefix_tokens != 1 || c.pool != "cls" || c.two_heads)) return "this needs a model that answers from its class token alone";
      if (class_from && (edit.from < 0 || edit.from >= edit.block)) return "from " + std::to_string(edit.from) + ": the class token comes from a block before " + std::to_string(edit.block);
      break;
    default: break;
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const Edit& edit, const ModelInput& input) {
  if (edit.kind != EditKind::paint && edit.kind != EditKind::move_crop) return std::nullopt;
  if (!input.picture) return "this needs a picture, not a file of numbers";
  if (edit.kind == EditKind::move_crop && input.spec.mode != ResizeMode::crop) return "this needs a picture that is cropped to fit";
  return std::nullopt;
}

}  // namespace vitscope
