// What a figure's PNG says of itself, and what brings its view back.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/figures/figure.h"

namespace vitscope::exporting {

/// Names and checksums, never a path: a figure that is passed on tells nothing of the folders that it came from.
struct SavedView {
  std::string figure;          ///< slug; empty for a contact sheet
  std::string model;           ///< file name without extension, or the preset
  std::string model_check;     ///< weights_check() of the model
  std::string model_seed;      ///< of a preset's weights; empty for trained models
  std::string model_preset;    ///< preset_text() of an architecture of one's own; empty for others
  std::string input_size;      ///< of the model's input, "HEIGHTxWIDTH" in pixels; empty in figures of versions that did not write it
  std::string picture;         ///< file name
  std::string picture_check;   ///< CRC-32 of the file, eight hexadecimal digits
  std::string resize;          ///< "crop", "stretch", "pad"
  std::string selection;       ///< figures::to_json()
  std::string edits;           ///< edits_to_json(); empty without edits
};

using Texts = std::vector<std::pair<std::string, std::string>>;

/// CRC-32 over the architecture's sizes and the weights of patch projection, positions and head, eight hexadecimal digits.
std::string weights_check(const Model& model);
/// The text chunks of an exported figure. `figure` null: a contact sheet. `definition`: the caption.
Texts texts_of(const figures::Figure* figure, const figures::FigureInput& input, double scale, const std::string& definition);
/// The view that the chunks of a PNG describe, or nothing when they are not ours. Values are still to be checked against the model.
std::optional<SavedView> saved_view(const Texts& texts);
/// The same of a file; reads no more than its head, where the chunks stand.
std::optional<SavedView> saved_view_of_file(const std::string& path);

}  // namespace vitscope::exporting
