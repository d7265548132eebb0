// Names for the classes of models that bring none.
#pragma once
#include <span>
#include <string>

#include "core/model/model.h"

namespace vitscope::shell {

/// The 1000 classes of ILSVRC 2012 in their order, in the words of WordNet 3.0; `assets/classes/README.md` says how they were made.
std::span<const std::string> imagenet_names();

/// The model with ImageNet's names where it has 1000 classes and no names of its own; `labels_assumed` and a warning say so. Any other model, or error, as it is.
Result<ModelPtr> with_class_names(Result<ModelPtr> model);

}  // namespace vitscope::shell
