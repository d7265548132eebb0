// The parts of the panel that builds an architecture.
#pragma once
#include <span>
#include <string>

#include "app/views/view.h"
#include "core/model/architecture.h"

namespace vitscope::views {

/// "224 × 196"
std::string sides(int a, int b);

/// A picture of the wish's size with its grid of patches; what no patch covers is red. `picture` lies below when the wish has three channels.
void draw_wished_grid(draw::Canvas& c, draw::Rect r, const ArchitectureWish& wish, const std::shared_ptr<const Image>& picture);

/// From the picture to the logits, with the sizes of every station, and the costs. Dashes where the sizes do not fit.
void shape_walk(draw::Canvas& c, draw::Rect r, const ArchitectureWish& wish);

/// The reasons against a wish, each with its ways out as buttons; a click replaces the wish.
void wish_refusals(ui::Ui& ui, draw::Rect r, std::span<const WishRefusal> refusals, ArchitectureWish& wish);

/// Less, a field to type in, more. A click empties the field, so that what is typed replaces the number, which shows until then.
struct NumberField {
  std::string key;
  std::string_view label;
  int least = 1, most = 1, step = 1;
  bool refused = false;
};
void number_field(ui::Ui& ui, draw::Rect row, const NumberField& number, int& value);

}  // namespace vitscope::views
