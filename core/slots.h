// The table of recorded tensors: what each is called, how large it is, what its numbers are like.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/config.h"

namespace vitscope {

/// A dimension of a tensor by its meaning. Interface and figures colour shapes by it.
enum class Dim : std::uint8_t {
  channels, height, width,                 // of the model input, pixels
  patch_height, patch_width, patch_length, // of one patch; patch_length = P*P*C
  patches, tokens,                         // N, T = prefix + N
  dim, heads, head_width, joined_heads,    // D, H, d, H*d
  windows1, windows2, window_length1, window_length2, window_length3,  // of the soft splits of T2T; the windows of the third are the patches
  window_rows1, window_columns1, window_rows2, window_columns2,        // of the images that the windows of a split make
  token_width, token_heads, token_head_width, token_hidden,            // of T2T's token transformers
  token_features,                                                      // of T2T's performers
  words, word_window, word_width, word_heads, word_head_width, word_hidden, joined_words,  // of TNT's inner transformers
  stem_channels, stem_rows, stem_columns, map_rows, map_columns, map_patch_length,  // of a hybrid's maps, before and behind the pooling
  hidden, classes,                         // M, K
  representation,                          // R, width of the layer in front of the head; 1 where there is none
};
/// Extent of a dimension in an architecture.
int extent(Dim dim, const VitConfig& config);
/// The letter that formulas use: "N", "D", "P²C", ...; "W" and "Ht" for the pixels of the input, because H counts heads.
std::string_view symbol(Dim dim);
/// The dimension that a symbol stands for, the first of them where two share it ("P" is the patch height).
std::optional<Dim> find_dim(std::string_view symbol);
/// The word for axes: "tokens", "width", "heads", ...
std::string_view word(Dim dim);

enum class Slot : std::uint8_t {
#define SLOT(id, name, scope, values, ...) id,
#include "core/slots.def"
#undef SLOT
};
inline constexpr int kSlotCount = 0
#define SLOT(...) +1
#include "core/slots.def"
#undef SLOT
    ;

enum class Scope : std::uint8_t { model, block };
/// magnitude: never negative, drawn with viridis. signed_values: drawn with the diverging map, white at 0.
enum class Values : std::uint8_t { magnitude, signed_values };

struct SlotInfo {
  Slot slot;
  std::string_view name;  ///< with `*` for the block number
  Scope scope;
  Values values;
  std::vector<Dim> dims;
};

std::span<const SlotInfo> slots();
const SlotInfo& info(Slot slot);
Shape shape_of(Slot slot, const VitConfig& config);

/// One tensor of one run.
struct TensorRef {
  Slot slot = Slot::pixels;
  int block = -1;  ///< -1 where the scope is the model
  bool operator==(const TensorRef&) const = default;
};
/// "blocks.3.attn"
std::string name_of(TensorRef ref);
/// All tensors that a run on this architecture records, in the order in which they are written.
std::vector<TensorRef> tensors_of(const VitConfig& config);
std::optional<TensorRef> find_tensor(std::string_view name, const VitConfig& config);

/// One number of one run; unused indices are 0.
struct CellRef {
  TensorRef tensor;
  int i = 0, j = 0, k = 0, l = 0;
  bool operator==(const CellRef&) const = default;
};

}  // namespace vitscope
