#include "core/slots.h"

#include <algorithm>
#include <array>

#include "core/step.h"

namespace vitscope {

namespace {
struct DimInfo {
  std::string_view symbol, word;
};

DimInfo dim_info(Dim dim) {
  switch (dim) {
    case Dim::channels: return {"C", "channels"};
    case Dim::height: return {"Ht", "pixel rows"};
    case Dim::width: return {"W", "pixel columns"};
    case Dim::patch_height: return {"P", "patch rows"};
    case Dim::patch_width: return {"P", "patch columns"};
    case Dim::patch_length: return {"P²C", "patch length"};
    case Dim::patches: return {"N", "patches"};
    case Dim::tokens: return {"T", "tokens"};
    case Dim::dim: return {"D", "width"};
    case Dim::heads: return {"H", "heads"};
    case Dim::head_width: return {"d", "head width"};
    case Dim::joined_heads: return {"Hd", "joined heads"};
    case Dim::windows1: return {"n₁", "windows"};
    case Dim::windows2: return {"n₂", "windows"};
    case Dim::window_length1: return {"L₁", "window length"};
    case Dim::window_length2: return {"L₂", "window length"};
    case Dim::window_length3: return {"L₃", "window length"};
    case Dim::window_rows1: return {"r₁", "window rows"};
    case Dim::window_columns1: return {"c₁", "window columns"};
    case Dim::window_rows2: return {"r₂", "window rows"};
    case Dim::window_columns2: return {"c₂", "window columns"};
    case Dim::token_width: return {"e", "reduced width"};
    case Dim::token_heads: return {"Hₜ", "heads"};
    case Dim::token_head_width: return {"dₜ", "head width"};
    case Dim::token_hidden: return {"Mₜ", "hidden width"};
    case Dim::token_features: return {"mₜ", "random features"};
    case Dim::words: return {"m", "words"};
    case Dim::word_window: return {"k²C", "window length"};
    case Dim::word_width: return {"c", "word width"};
    case Dim::word_heads: return {"Hᵢ", "heads"};
    case Dim::word_head_width: return {"dᵢ", "head width"};
    case Dim::word_hidden: return {"Mᵢ", "hidden width"};
    case Dim::joined_words: return {"mc", "joined words"};
    case Dim::stem_channels: return {"S", "map channels"};
    case Dim::stem_rows: return {"h₁", "map rows"};
    case Dim::stem_columns: return {"w₁", "map columns"};
    case Dim::map_rows: return {"h₂", "map rows"};
    case Dim::map_columns: return {"w₂", "map columns"};
    case Dim::map_patch_length: return {"L", "patch length"};
    case Dim::hidden: return {"M", "hidden width"};
    case Dim::classes: return {"K", "classes"};
    case Dim::representation: return {"R", "representation"};
  }
  return {};
}

constexpr Dim kLastDim = Dim::representation;

int extent_of_t2t(Dim dim, const T2tConfig& t2t) {
  switch (dim) {
    case Dim::windows1: return t2t.splits[0].windows();
    case Dim::windows2: return t2t.splits[1].windows();
    case Dim::window_length1: return t2t.splits[0].length();
    case Dim::window_length2: return t2t.splits[1].length();
    case Dim::window_length3: return t2t.splits[2].length();
    case Dim::window_rows1: return t2t.splits[0].rows;
    case Dim::window_columns1: return t2t.splits[0].columns;
    case Dim::window_rows2: return t2t.splits[1].rows;
    case Dim::window_columns2: return t2t.splits[1].columns;
    case Dim::token_width: return t2t.width();
    case Dim::token_heads: return t2t.heads;
    case Dim::token_head_width: return t2t.head_width;
    case Dim::token_hidden: return t2t.hidden;
    case Dim::token_features: return t2t.features;
    default: return 0;
  }
}

int extent_of_tnt(Dim dim, const TntConfig& tnt) {
  switch (dim) {
    case Dim::words: return tnt.words();
    case Dim::word_window: return tnt.window_length();
    case Dim::word_width: return tnt.width();
    case Dim::word_heads: return tnt.heads;
    case Dim::word_head_width: return tnt.head_width;
    case Dim::word_hidden: return tnt.hidden;
    case Dim::joined_words: return tnt.words() * tnt.width();
    default: return 0;
  }
}

int extent_of_stem(Dim dim, const StemConfig& stem) {
  switch (dim) {
    case Dim::stem_channels: return stem.channels;
    case Dim::stem_rows: return stem.conv.rows;
    case Dim::stem_columns: return stem.conv.columns;
    case Dim::map_rows: return stem.map_height();
    case Dim::map_columns: return stem.map_width();
    case Dim::map_patch_length: return stem.patch_length();
    default: return 0;
  }
}
}  // namespace

int extent(Dim dim, const VitConfig& config) {
  switch (dim) {
    case Dim::channels: return config.channels;
    case Dim::height: return config.image_height;
    case Dim::width: return config.image_width;
    case Dim::patch_height: return config.patch_height;
    case Dim::patch_width: return config.patch_width;
    case Dim::patch_length: return config.patch_length();
    case Dim::patches: return config.patches();
    case Dim::tokens: return config.tokens();
    case Dim::dim: return config.dim;
    case Dim::heads: return config.heads;
    case Dim::head_width: return config.head_width;
    case Dim::joined_heads: return config.heads * config.head_width;
    case Dim::hidden: return config.mlp_dim;
    case Dim::classes: return config.classes;
    case Dim::representation: return std::max(1, config.representation);
    default: return config.t2t ? extent_of_t2t(dim, *config.t2t) : config.tnt ? extent_of_tnt(dim, *config.tnt) : config.stem ? extent_of_stem(dim, *config.stem) : 0;
  }
}

std::string_view symbol(Dim dim) { return dim_info(dim).symbol; }
std::string_view word(Dim dim) { return dim_info(dim).word; }

std::optional<Dim> find_dim(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(kLastDim); ++i) {
    if (symbol(static_cast<Dim>(i)) == text) return static_cast<Dim>(i);
  }
  return std::nullopt;
}

std::span<const SlotInfo> slots() {
  using enum Dim;
  static const std::array<SlotInfo, kSlotCount> table{{
#define SLOT(id, name, scope, values, ...) {Slot::id, name, Scope::scope, Values::values, {__VA_ARGS__}},
#include "core/slots.def"
#undef SLOT
  }};
  return table;
}

const SlotInfo& info(Slot slot) { return slots()[static_cast<std::size_t>(slot)]; }

Shape shape_of(Slot slot, const VitConfig& config) {
  std::array<int, 4> extents{};
  const std::vector<Dim>& dims = info(slot).dims;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) extents[axis] = extent(dims[axis], config);
  return Shape::of(std::span(extents).first(dims.size()));
}

std::string name_of(TensorRef ref) {
  std::string name(info(ref.slot).name);
  if (const auto star = name.find('*'); star != std::string::npos) name.replace(star, 1, std::to_string(ref.block));
  return name;
}

std::vector<TensorRef> tensors_of(const VitConfig& config) {
  std::vector<TensorRef> tensors;
  for (const Place& place : walk(config)) {
    for (Slot slot : place.step->writes) tensors.push_back({slot, place.block});
  }
  return tensors;
}

std::optional<TensorRef> find_tensor(std::string_view name, const VitConfig& config) {
  for (const TensorRef& ref : tensors_of(config)) {
    if (name_of(ref) == name) return ref;
  }
  return std::nullopt;
}

}  // namespace vitscope
