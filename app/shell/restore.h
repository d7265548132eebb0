// Finds the model and the picture that an exported figure was made with.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/export/saved_view.h"
#include "core/model/model.h"

namespace vitscope::shell {

/// What is at hand: the objects that are open, files that were open before, folders to look into by name.
struct AtHand {
  ModelPtr model;
  PicturePtr picture;
  std::vector<std::string> recent_models, recent_pictures, folders;
};

/// The object with the name and the checksum of the view: the open one, what ships, a preset, a file that was open before, a file of that name in one
/// of the folders. To be called on the worker; errors say what is needed and where it was looked for.
Result<ModelPtr> find_model(const exporting::SavedView& view, const AtHand& at_hand);
Result<PicturePtr> find_picture(const exporting::SavedView& view, const AtHand& at_hand);

/// What is missing for the view: its model, else its picture.
Error needed(const exporting::SavedView& view, bool of_model);
/// The edits that the figure was made under; null for none, and where they cannot be read.
EditsPtr edits_of(const exporting::SavedView& view);
/// "crop", "stretch", "pad"; anything else: `other`.
ResizeMode resize_mode_of(std::string_view name, ResizeMode other);
/// True when the object is the view's own.
bool is_model_of(const exporting::SavedView& view, const Model& model);
bool is_picture_of(const exporting::SavedView& view, const Picture& picture);

}  // namespace vitscope::shell
