#include "core/step.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "core/steps/workspace.h"

namespace vitscope {

#define STEP(name) Step name##_step();
#include "core/steps/steps.def"
#undef STEP

Tensor StepContext::make(Slot slot) const {
  const Shape shape = shape_of(slot, config());
  return workspace ? workspace->make(slot, shape) : Tensor(shape);
}

Tensor StepContext::scratch(Shape shape) const { return workspace ? workspace->scratch(shape) : Tensor(shape); }

std::span<const Step> steps() {
  static const std::array table{
#define STEP(name) name##_step(),
#include "core/steps/steps.def"
#undef STEP
  };
  return table;
}

std::span<const Step> steps(Stage stage) {
  const std::span<const Step> all = steps();
  std::size_t first = 0;
  while (first < all.size() && all[first].stage != stage) ++first;
  std::size_t last = first;
  while (last < all.size() && all[last].stage == stage) ++last;
  return all.subspan(first, last - first);
}

const Step* find_step(std::string_view slug) {
  for (const Step& step : steps()) {
    if (step.slug == slug) return &step;
  }
  return nullptr;
}

bool applies(const Step& step, const VitConfig& config) { return !step.applies || step.applies(config); }

std::vector<const Step*> steps_of(Stage stage, const VitConfig& config) {
  std::vector<const Step*> found;
  for (const Step& step : steps(stage)) {
    if (applies(step, config)) found.push_back(&step);
  }
  return found;
}

const Step& writer_of(Slot slot, const VitConfig& config) {
  const Step* elsewhere = nullptr;
  for (const Step& step : steps()) {
    if (std::find(step.writes.begin(), step.writes.end(), slot) == step.writes.end()) continue;
    if (applies(step, config)) return step;
    if (!elsewhere) elsewhere = &step;
  }
  assert(elsewhere && "every slot has a step that writes it");
  return *elsewhere;
}

bool records(const VitConfig& config, Slot slot) { return applies(writer_of(slot, config), config); }

std::vector<Place> walk(const VitConfig& config) {
  std::vector<Place> places;
  for (const Step* step : steps_of(Stage::embed, config)) places.push_back({step, -1});
  const std::vector<const Step*> inner = steps_of(Stage::block, config);
  for (int block = 0; block < config.depth; ++block) {
    for (const Step* step : inner) places.push_back({step, block});
  }
  for (const Step* step : steps_of(Stage::answer, config)) places.push_back({step, -1});
  return places;
}

}  // namespace vitscope
