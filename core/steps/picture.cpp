// Picture: the numbers that the model sees.
#include <cmath>

#include "core/image/channels.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kWrites[] = {Slot::pixels, Slot::input};

void run(StepContext& c) {
  c.keep(Slot::pixels, c.trace.input().pixels);
  c.keep(Slot::input, c.trace.input().values);
}

/// "157 / 255" where the picture has bytes.
std::string pixel_text(double pixel, bool bytes) {
  const double byte = std::round(pixel * 255);
  return bytes && std::fabs(pixel * 255 - byte) < 1e-3 ? std::to_string(static_cast<int>(byte)) + " / 255" : why::number(pixel);
}

std::string range(double from, double to) {
  const int first = static_cast<int>(std::floor(from)), last = static_cast<int>(std::ceil(to)) - 1;
  return first >= last ? std::to_string(first) : std::to_string(first) + " to " + std::to_string(last);
}

std::string place_in_picture(const ModelInput& input, int row, int column) {
  const Box here{static_cast<double>(column), static_cast<double>(row), column + 1.0, row + 1.0};
  if (!input.map.covered().contains(here.centre())) return "This pixel lies beside the picture and was filled with grey.";
  const Box box = input.map.to_original(here);
  return "Resampled from about rows " + range(box.y0, box.y1) + ", columns " + range(box.x0, box.x1) + " of the original picture.";
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const ModelInput& input = trace.input();
  const double pixel = trace.at(Slot::pixels).at(cell.i, cell.j, cell.k);
  const std::string name = why::pixel_name(trace.config(), cell.i, cell.j, cell.k);
  if (!input.picture) {
    Explanation e =
        why::copy("x = number of the file", trace.value(cell), "These numbers came from a file and are fed to the model as they are.");
    why::station(e, input.name + " " + name, "1 number", "");
    return e;
  }
  const bool bytes = input.picture->image.is_bytes();
  std::string place = place_in_picture(input, cell.j, cell.k);
  if (const int channels = trace.config().channels; colours_in_turn(channels) && input.picture->image.channels() == 3)
    place += std::string(" Channel ") + std::to_string(cell.i) + " is " + (colour_in_turn(cell.i) == 0 ? "red" : colour_in_turn(cell.i) == 1 ? "green" : "blue") + " of the picture, as colours are taken in turn.";
  Explanation e;
  if (cell.tensor.slot == Slot::pixels) {
    e = why::copy("pixel, from 0 (black) to 1 (white)", pixel, place);
    e.numbers = pixel_text(pixel, bytes);
  } else {
    const std::size_t channel = constants_of(cell.i, trace.config().channels);
    const double mean = input.spec.mean[channel], deviation = input.spec.std[channel];
    e.rule = "x = (pixel − mean) / deviation";
    e.numbers = "(" + pixel_text(pixel, bytes) + " " + why::added(-mean) + ") / " + why::number(deviation);
    e.value = (pixel - mean) / deviation;
    e.label_column = "part";
    e.product_column = "adds";
    e.terms = {{"pixel / deviation", why::kNone, why::kNone, pixel / deviation, CellRef{{Slot::pixels}, cell.i, cell.j, cell.k}, {}},
               {"− mean / deviation", why::kNone, why::kNone, -mean / deviation}};
    why::sort_by_size(e);
    e.note = "Mean and deviation are fixed numbers of this model, the same for every picture. " + place;
    why::station(e, "normalised " + name, "1 number", "picture");
  }
  why::station(e, "model pixel " + name, "1 number", "picture");
  why::station(e, "original picture", why::sizes({input.picture->image.width(), input.picture->image.height()}), "");
  return e;
}

}  // namespace

Step picture_step() {
  return {.slug = "picture",
          .title = "Picture",
          .short_title = "Picture",
          .stage = Stage::embed,
          .reads = {},
          .writes = kWrites,
          .result = Slot::input,
          .formula = "x = (pixel − mean) / deviation",
          .sizes = "picture → {C} × {Ht} × {W}",
          .sentence = "The model sees numbers, not a picture: {C} × {Ht} × {W} of them.",
          .teaching =
              "The picture is brought to the size that the model was built for, and each colour is shifted and scaled to lie around 0. "
              "Look at what the crop leaves out and what the small size blurs: the model never gets it back.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
