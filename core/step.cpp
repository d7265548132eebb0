#include "core/step.h"

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

const Step& writer_of(Slot slot) {
  for (const Step& step : steps()) {
    for (Slot written : step.writes) {
      if (written == slot) return step;
    }
  }
  assert(false && "every slot has a step that writes it");
  return steps().front();
}

std::vector<Place> walk(const VitConfig& config) {
  std::vector<Place> places;
  for (const Step& step : steps(Stage::embed)) places.push_back({&step, -1});
  for (int block = 0; block < config.depth; ++block) {
    for (const Step& step : steps(Stage::block)) places.push_back({&step, block});
  }
  for (const Step& step : steps(Stage::answer)) places.push_back({&step, -1});
  return places;
}

}  // namespace vitscope
