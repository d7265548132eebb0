// Where tokens lie: the only place that turns token numbers into rows, columns, pixels and distances.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/geometry.h"

namespace vitscope {

/// Why a picture of this size cannot be cut into such patches, and what would work.
struct GridRefusal {
  int height = 0, width = 0, patch_height = 0, patch_width = 0;
  int rows_left = 0, columns_left = 0;        ///< remainders of height and width
  int padded_height = 0, padded_width = 0;    ///< nearest legal size that is not smaller
  int cropped_height = 0, cropped_width = 0;  ///< nearest legal size that is not larger; 0 when there is none
  std::vector<int> legal_patches;             ///< square patch sizes that divide both sides, ascending
  /// "16 does not divide 60 x 100: 12 rows and 4 columns are left over; 64 x 112 or 48 x 96 would work, or patches of 1, 2, 4, 5, 10, 20"
  std::string text() const;
};

/// What a token in front of the patches is for. They stand in this order.
enum class PrefixRole : std::uint8_t { class_token, distillation, register_token };

/// The tokens in front of the patches, as far as there are any: class token, DeiT's distillation token, registers.
struct PrefixTokens {
  bool class_token = false, distillation = false;
  int registers = 0;
  constexpr PrefixTokens() = default;
  constexpr PrefixTokens(bool has_class_token, bool has_distillation, int register_count)
      : class_token(has_class_token), distillation(has_distillation), registers(register_count) {}
  /// So many tokens without a distillation token: a class token, then registers.
  constexpr PrefixTokens(int count) : class_token(count > 0), registers(count > 0 ? count - 1 : count) {}
  constexpr int count() const { return (class_token ? 1 : 0) + (distillation ? 1 : 0) + registers; }
  /// The role of one of the first count() tokens.
  constexpr PrefixRole role(int token) const {
    if (class_token && token == 0) return PrefixRole::class_token;
    return distillation && token == (class_token ? 1 : 0) ? PrefixRole::distillation : PrefixRole::register_token;
  }
  /// Registers count from 1.
  constexpr int register_number(int token) const { return token - (count() - registers) + 1; }
  /// "cls", "dist", "r1": what stands where there is little room.
  std::string short_name(int token) const;
  /// "class token", "distillation token", "register 1".
  std::string name(int token) const;
  bool operator==(const PrefixTokens&) const = default;
};

/// A grid of patches with tokens of other roles in front. Tokens are numbered from 0, prefix tokens first, then patches row by row.
class PatchGrid {
 public:
  /// All sizes in pixels. Non-positive sizes are refused as well.
  static std::variant<PatchGrid, GridRefusal> make(int height, int width, int patch_height, int patch_width, PrefixTokens prefix);
  /// A grid whose cells share a picture evenly, of whole pixels or not: the tokens of models that make them by overlapping windows. All sizes are positive.
  static PatchGrid shared(int height, int width, int rows, int columns, PrefixTokens prefix);
  PatchGrid() = default;

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  /// How many tokens stand in front of the patches.
  int prefix() const { return prefix_.count(); }
  const PrefixTokens& prefix_tokens() const { return prefix_; }
  bool class_token() const { return prefix_.class_token; }
  /// The role of one of the first prefix() tokens.
  PrefixRole role(int token) const { return prefix_.role(token); }
  bool only_class_token() const { return prefix_ == PrefixTokens(1); }
  bool is_class_token(int token) const { return prefix_.class_token && token == 0; }
  /// Sides of a cell in pixels, rounded where they are not whole.
  int patch_height() const { return static_cast<int>(cell_height_ + 0.5); }
  int patch_width() const { return static_cast<int>(cell_width_ + 0.5); }
  /// The same, exactly.
  double cell_height() const { return cell_height_; }
  double cell_width() const { return cell_width_; }
  bool whole_pixels() const { return cell_height_ == patch_height() && cell_width_ == patch_width(); }
  int patches() const { return rows_ * columns_; }
  int tokens() const { return prefix() + patches(); }
  int row(int patch) const { return patch / columns_; }
  int column(int patch) const { return patch % columns_; }
  int patch_at(int row, int column) const { return row * columns_ + column; }
  int token_of(int patch) const { return prefix() + patch; }
  /// Patch number of a token, -1 for prefix tokens.
  int patch_of(int token) const { return token < prefix() ? -1 : token - prefix(); }
  /// Pixels of the model input that a patch covers.
  Box pixels(int patch) const;
  /// Patch that covers a pixel position of the model input, -1 outside.
  int patch_at_pixel(Point model_pixel) const;
  /// Euclidean distance between the centres of two patches, in pixels of the model input.
  double distance(int patch_a, int patch_b) const;
  /// The same in cells of the grid.
  double distance_in_cells(int patch_a, int patch_b) const;
  bool operator==(const PatchGrid&) const = default;

 private:
  int rows_ = 0, columns_ = 0;
  PrefixTokens prefix_;
  double cell_height_ = 0, cell_width_ = 0;
};

}  // namespace vitscope
