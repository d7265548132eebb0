// An architecture that a person wishes for: what it would be, why it cannot be, and what would work instead.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/image/channels.h"
#include "core/model/model.h"

namespace vitscope {

/// What the head reads: the class token, or the mean of the patches; then there is no class token.
enum class Pooling : std::uint8_t { class_token, mean };
/// How the model knows where patches lie (Dosovitskiy et al. 2021, D.4): a table added to the tokens, learned, of sinusoids along the raster, of sinusoids along rows and
/// columns, or learned as one row for each column and each row of the grid; or no table: learned offsets in the scores, or nothing.
enum class PositionKind : std::uint8_t { learned, sinusoid, sinusoid_2d, axes, relative, none };
inline bool has_table(PositionKind kind) { return kind != PositionKind::relative && kind != PositionKind::none; }

/// A plain pre-norm Vision Transformer, by its sizes.
struct ArchitectureWish {
  int height = 60, width = 100;  ///< of the input, pixels
  int channels = 3;
  int patch = 20;  ///< P, side of a square patch, pixels
  int dim = 192;   ///< D
  int depth = 6;
  int heads = 3;
  int hidden = 384;  ///< M
  int classes = 10;  ///< K
  Pooling pooling = Pooling::class_token;
  PositionKind position = PositionKind::learned;
  PositionPlace place = PositionPlace::stem;  ///< of the table
  bool qkv_bias = true;
  bool value_skip = false;  ///< attention adds v to the projected context (LANL)
  bool operator==(const ArchitectureWish&) const = default;
};

/// What a wish has a whole number for, with the least and the most that is possible.
struct WishNumber {
  std::string_view key;  ///< as the command line calls it
  int ArchitectureWish::* value;
  int least, most;
};
inline constexpr int kMostSide = 16384;
inline constexpr WishNumber kWishNumbers[] = {
    {"height", &ArchitectureWish::height, 1, kMostSide}, {"width", &ArchitectureWish::width, 1, kMostSide}, {"channels", &ArchitectureWish::channels, 1, kMostChannels},
    {"patch", &ArchitectureWish::patch, 1, kMostSide},   {"dim", &ArchitectureWish::dim, 1, 16384},         {"depth", &ArchitectureWish::depth, 1, 128},
    {"heads", &ArchitectureWish::heads, 1, 1024},        {"hidden", &ArchitectureWish::hidden, 1, 65536},   {"classes", &ArchitectureWish::classes, 1, 100000},
};

/// English with {0}, {1}, ... for the values, so that it can be translated.
struct Phrase {
  std::string_view pattern;
  std::vector<std::string> values;
  std::string text() const;
};

/// Why a wish cannot be, and the nearest wishes without this obstacle.
struct WishRefusal {
  struct Fix {
    Phrase label;
    ArchitectureWish wish;
  };
  std::string_view field;  ///< as the command line calls it
  Phrase reason;
  std::vector<Fix> fixes;  ///< each is refused for fewer reasons than the wish
};

/// The most memory for the weights and all tensors of a run.
inline constexpr std::int64_t kMostWishBytes = std::int64_t{4} << 30;

/// Empty when the architecture can be built.
std::vector<WishRefusal> check(const ArchitectureWish& wish);

/// The architecture as data; nothing while numbers are out of range or do not divide. Needs no weights, so that sizes are known before anything is built.
std::optional<VitConfig> config_of(const ArchitectureWish& wish);

/// Why a run on this architecture would need more memory than is allowed for all its tensors, if it would; English.
std::optional<std::string> run_refusal(const VitConfig& config);

/// What an architecture costs.
struct WishCosts {
  std::int64_t parameters = 0;     ///< numbers in the weights; a fixed table counts, a missing one does not
  std::int64_t multiply_adds = 0;  ///< of one forward pass, as VitConfig::multiply_adds
  std::int64_t bytes = 0;          ///< of the weights and all tensors of a run, as float32
};
/// `config` is that of `wish`.
WishCosts costs_of(const ArchitectureWish& wish, const VitConfig& config);

/// With seeded random weights. Named "own 60x100/20"; metadata "preset" is preset_text(wish). Refused with the reasons of check().
Result<ModelPtr> build_architecture(const ArchitectureWish& wish, std::uint64_t seed, PresetWeights weights = PresetWeights::random);

/// "own:height=60,width=100,...": the name that build_preset takes.
std::string preset_text(const ArchitectureWish& wish);
bool is_wish_text(std::string_view preset);
/// What stands in such a name; what is not named is as in a default ArchitectureWish. One line names the part that is off.
Result<ArchitectureWish> parse_wish(std::string_view preset);

}  // namespace vitscope
