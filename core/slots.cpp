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
    case Dim::hidden: return {"M", "hidden width"};
    case Dim::classes: return {"K", "classes"};
    case Dim::representation: return {"R", "representation"};
  }
  return {};
}

constexpr Dim kLastDim = Dim::representation;
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
  }
  return 0;
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
