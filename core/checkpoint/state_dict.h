// What a pickle of PyTorch holds: which of its values are the tensors of a model, and their names.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/pickle.h"

namespace vitscope {

/// How a tensor is put together: the function of torch._utils that would make it, and its arguments.
struct TensorRecipe {
  std::string maker;
  PickleRef arguments = 0;
};
/// Parameters and subclasses of tensors are looked through. Nothing for a value that is no tensor.
std::optional<TensorRecipe> tensor_recipe(const Pickle& pickle, PickleRef ref);

struct StateDict {
  std::vector<std::pair<std::string, PickleRef>> tensors;  ///< under the names of a state dict ("blocks.0.attn.qkv.weight")
  std::map<std::string, std::string> metadata;  ///< what the modules of a whole model say of themselves where all agree: num_heads, eps
  std::vector<std::string> notes;               ///< which of several sets of weights was taken
  bool too_deep = false;                        ///< nested beyond what any model is; the rest is empty
};
/// A state dict by itself or inside dictionaries (state_dict_ema, model_ema, teacher, state_dict, model and others, moving averages first), or a whole module.
StateDict find_state_dict(const Pickle& pickle);

}  // namespace vitscope
