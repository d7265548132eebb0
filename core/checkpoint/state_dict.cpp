#include "core/checkpoint/state_dict.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace vitscope {

namespace {

constexpr int kMaxWrappers = 8, kMaxDepth = 64;
constexpr std::size_t kMaxVisits = 1'000'000;

/// Where training programs keep weights, moving averages first: timm.models._helpers.load_state_dict, DINO's teacher, Lightning, transformers.
constexpr std::string_view kHolders[] = {"state_dict_ema", "model_ema",   "ema_state_dict", "ema", "teacher", "state_dict", "model_state_dict",
                                         "model_state",    "model",       "network",        "net", "module",  "weights",    "params"};

/// Walks through values and collects tensors with their names.
class Collector {
 public:
  explicit Collector(const Pickle& pickle) : pickle_(pickle) {}

  StateDict collect(PickleRef ref) {
    visit(ref, "", 0);
    if (visits_ > kMaxVisits || deep_) {
      StateDict nothing;
      nothing.too_deep = true;
      return nothing;
    }
    for (const auto& [name, values] : said_)
      if (values.size() == 1) found_.metadata[name] = values.front();
    return std::move(found_);
  }

 private:
  void visit(PickleRef ref, const std::string& name, int depth) {
    deep_ = deep_ || depth > kMaxDepth;
    if (deep_ || ++visits_ > kMaxVisits) return;
    if (tensor_recipe(pickle_, ref)) {
      if (!name.empty()) found_.tensors.emplace_back(name, ref);
      return;
    }
    const PickleValue& value = pickle_[ref];
    if (value.kind == PickleKind::dictionary) {
      for (const auto& [key, item] : value.entries)
        if (pickle_[key].kind == PickleKind::text) visit(item, joined(name, pickle_[key].text), depth + 1);
    }
    if (value.kind == PickleKind::object) visit_module(value.state, name, depth);
  }
  /// nn.Module keeps its tensors and its parts in dictionaries of their own; torch.jit keeps them beside everything else.
  void visit_module(PickleRef state, const std::string& name, int depth) {
    for (const auto& [key, item] : pickle_[state].entries) {
      const std::string_view word = pickle_[key].text;
      if (word == "_parameters" || word == "_buffers" || word == "_modules") {
        visit(item, name, depth + 1);
      } else if (pickle_[item].kind == PickleKind::object) {
        visit(item, joined(name, word), depth + 1);
      } else {
        remember(word, pickle_[item]);
      }
    }
  }
  void remember(std::string_view word, const PickleValue& value) {
    if ((word == "num_heads" || word == "heads") && value.kind == PickleKind::integer) said("num_heads", std::to_string(value.integer));
    if (word == "eps" && value.kind == PickleKind::real) {
      char text[32];
      said("eps", std::string(text, std::to_chars(text, text + sizeof text, value.real).ptr));
    }
  }
  void said(const std::string& name, const std::string& value) {
    std::vector<std::string>& values = said_[name];
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  static std::string joined(const std::string& front, std::string_view name) { return front.empty() ? std::string(name) : front + "." + std::string(name); }

  const Pickle& pickle_;
  StateDict found_;
  std::map<std::string, std::vector<std::string>> said_;
  std::size_t visits_ = 0;
  bool deep_ = false;
};

}  // namespace

std::optional<TensorRecipe> tensor_recipe(const Pickle& pickle, PickleRef ref) {
  for (int i = 0; i < kMaxWrappers; ++i) {
    const PickleValue& value = pickle[ref];
    if (value.kind != PickleKind::object || value.items.size() != 2) return std::nullopt;
    const std::string maker = pickle.name_of(value.items[0]);
    if (!maker.starts_with("torch._utils._rebuild_") && maker != "torch._tensor._rebuild_from_type_v2") return std::nullopt;
    const std::vector<PickleRef>& arguments = pickle[value.items[1]].items;
    if (maker.starts_with("torch._utils._rebuild_parameter")) {
      if (arguments.empty()) return std::nullopt;
      ref = arguments[0];
    } else if (maker == "torch._tensor._rebuild_from_type_v2") {
      // (function, type, arguments of the function, state)
      if (arguments.size() < 3) return std::nullopt;
      return TensorRecipe{pickle.name_of(arguments[0]), arguments[2]};
    } else {
      return TensorRecipe{maker, value.items[1]};
    }
  }
  return std::nullopt;
}

StateDict find_state_dict(const Pickle& pickle) {
  PickleRef at = pickle.root;
  std::string path;
  std::vector<std::string> notes;
  for (int depth = 0; depth < kMaxWrappers; ++depth) {
    std::vector<std::string_view> held;
    PickleRef next = 0;
    for (const std::string_view holder : kHolders) {
      const PickleRef inside = pickle.entry(at, holder);
      if (pickle[inside].kind != PickleKind::dictionary && pickle[inside].kind != PickleKind::object) continue;
      if (const StateDict trial = Collector(pickle).collect(inside); trial.tensors.empty() && !trial.too_deep) continue;
      if (held.empty()) next = inside;
      held.push_back(holder);
    }
    if (held.empty()) break;
    at = next;
    path += (path.empty() ? "" : ".") + std::string(held.front());
    if (held.size() > 1) {
      std::string others;
      for (std::size_t i = 1; i < held.size(); ++i) others += (i > 1 ? ", " : "") + printable(held[i], 40);
      notes.push_back("the file holds several sets of weights: those of " + path + " were taken, not those of " + others);
    }
  }
  StateDict found = Collector(pickle).collect(at);
  found.notes = std::move(notes);
  return found;
}

}  // namespace vitscope
