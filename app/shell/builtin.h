// What ships inside the executable: pictures and the trained model.
#pragma once
#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/model/model.h"
#include "app/draw/language.h"

namespace vitscope::shell {

/// File names of the built-in pictures; the first one is what the program opens without an argument.
std::vector<std::string> builtin_pictures();
/// Errors name the pictures that exist.
Result<PicturePtr> load_builtin_picture(const std::string& name);
/// A path, or the name of a built-in picture where no such file exists.
Result<PicturePtr> load_any_picture(const std::string& path_or_name);
/// The shipped model.
Result<ModelPtr> load_shipped_model();
/// "en", "zh".
Result<draw::Language> load_language(const std::string& code);

/// The model on inputs of another size, written HEIGHT or HEIGHTxWIDTH in pixels; the model itself for an empty text.
Result<ModelPtr> on_input_size(const ModelPtr& model, std::string_view size);

}  // namespace vitscope::shell
