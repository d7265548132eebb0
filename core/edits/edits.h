// Edits: what a person changed about a run. An input of the forward pass like the picture; a run without edits is never touched.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.h"
#include "core/model/model.h"
#include "core/slots.h"

namespace vitscope {

enum class EditKind : std::uint8_t {
#define EDIT(id, ...) id,
#include "core/edits/edits.def"
#undef EDIT
};
inline constexpr int kEditKinds = 0
#define EDIT(...) +1
#include "core/edits/edits.def"
#undef EDIT
    ;

enum class EditGroup : std::uint8_t { picture, tokens, position, class_token, components, softmax };
inline constexpr int kEditGroups = 6;
std::string_view title_of(EditGroup group);

/// What stands in a masked patch. grey: pixels of 0.5, halfway between black and white. mean: the mean over all patches, pixel by pixel. zero: the token behind the
/// projection is 0, its position is still added. drop: the token leaves the sequence, see Edit.
enum class Fill : std::uint8_t { grey, mean, zero, drop };
/// One of the two branches of a block, or a LayerNorm by what follows it; `answer` is the final LayerNorm.
enum class Part : std::uint8_t { attention, mlp, answer };

/// A mark on the picture as it was stored; pixels of the original picture, colours 0..1.
struct Stroke {
  bool box = false;           ///< the rectangle between two corners, else a brush along the points
  std::vector<Point> points;
  double radius = 1;          ///< of the brush
  std::array<float, 3> colour{0.5f, 0.5f, 0.5f};
  bool operator==(const Stroke&) const = default;
};

inline constexpr int kAllBlocks = -1;

/// One change. Which of the fields a kind uses stands in its line of edits.def; the others keep their initial values.
///
/// Pixels are changed first (paint, crop, then masks, swaps and shuffles in the order of the list), then weights (position, class token), then tensors as the walk
/// reaches them, those of one tensor in the order of the list.
///
/// A dropped token keeps its row in every tensor, so that every figure keeps its shape, but no other token attends to it: its column of the attention is 0 and the
/// shares of the others are renormalised, as if its score were minus infinity. All other tokens, and the answer, are those of a run on the shorter sequence. The
/// row of the dropped token itself goes nowhere.
struct Edit {
  EditKind kind = EditKind::mask;
  bool on = true;
  int block = kAllBlocks;    ///< from 0
  std::vector<int> heads;    ///< from 0; empty: all
  std::vector<int> patches;  ///< from 0
  Fill fill = Fill::grey;
  Part part = Part::attention;
  double value = 1;          ///< a factor, a score or a temperature, which may be infinite
  std::uint64_t seed = 0;
  int from = 0;              ///< a block
  int query = 0, key = 0;    ///< tokens
  int rows = 1, columns = 1; ///< of a grid
  double x = 0, y = 0;       ///< pixels of the original picture
  std::vector<Stroke> strokes;
  bool operator==(const Edit&) const = default;
};

using Edits = std::vector<Edit>;
using EditsPtr = std::shared_ptr<const Edits>;

/// Fields of an Edit that a kind uses.
enum EditField : std::uint32_t {
  kStrokes = 1, kShift = 2, kPatches = 4, kFill = 8, kSeed = 16, kGrid = 32, kBlock = 64, kOneBlock = 128, kFrom = 256, kHeads = 512,
  kOneHead = 1024, kBranch = 2048, kNorm = 4096, kFactor = 8192, kTemperature = 16384, kNumber = 32768, kCell = 65536,
};

struct EditKindInfo {
  EditKind kind;
  std::string_view slug;       ///< "head-off": files
  EditGroup group;
  std::uint32_t fields;        ///< of EditField
  std::string_view title;      ///< "Switch off a head": menus
  std::string_view words;      ///< "{heads} of {block} off", see words()
};
std::span<const EditKindInfo> edit_kinds();
const EditKindInfo& info(EditKind kind);

/// Translates a text; the default leaves it as it is.
using Translate = std::function<std::string_view(std::string_view)>;
/// The edit in a few words: "head 3 of block 6 off", "patch 27 masked with grey". Blocks and heads are counted from 1 as figures do, patches from 0.
std::string words(const Edit& edit, const Translate& translate = {});
/// All edits that are on, with semicolons; empty when there are none.
std::string words(const Edits& edits, const Translate& translate = {});

/// Whether one is on. False for null.
bool any_on(const EditsPtr& edits);

/// Why the edit cannot be made to this model, if it cannot: "block 12: the model has blocks 0 to 5".
std::optional<std::string> refusal(const Edit& edit, const Model& model);
/// Why it cannot be made to this input: pictures are painted, numbers of a file are not.
std::optional<std::string> refusal(const Edit& edit, const ModelInput& input);
/// The list with what does not fit switched off; the list itself where all of it fits.
EditsPtr fitting(const EditsPtr& edits, const Model& model, const ModelInput& input);

/// Those that are on and change tensors as the walk reaches them, for runs on a picture and a model that hold the others already; null for none.
EditsPtr tensor_edits(const EditsPtr& edits);
/// The first tensor that the edit changes.
TensorRef first_affected(const Edit& edit);
/// How many places of walk(config) come out the same under both lists: those before the first that an edit of only one of them affects.
std::size_t places_shared(const EditsPtr& a, const EditsPtr& b, const VitConfig& config);

/// The file of edits: `{"vitscope_edits": 1, "edits": [{"kind": "head-off", "block": 3, "heads": [2], "on": true}, ...]}`. Blocks, heads, tokens and patches count from
/// 0, "all" stands for all of them, "infinity" for an infinite temperature. Nothing unknown is accepted; errors name the edit and the field.
std::string edits_to_json(const Edits& edits);
Result<Edits> edits_from_json(std::string_view text);
/// Errors begin with the path.
Result<EditsPtr> load_edits(const std::string& path);
Result<std::monostate> save_edits(const std::string& path, const Edits& edits, bool force);

}  // namespace vitscope
