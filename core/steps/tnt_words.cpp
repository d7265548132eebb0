// Words: a window of pixels around each small piece of a patch, and what a convolution makes of it.
#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::input};
constexpr Slot kWrites[] = {Slot::tnt_windows, Slot::tnt_words, Slot::tnt_embed};

void unfold(StepContext& c, Tensor& windows) {
  const VitConfig& config = c.config();
  const TntConfig& tnt = *config.tnt;
  const float* input = c.in(Slot::input).data();
  const std::int64_t per_patch = std::int64_t{tnt.words()} * tnt.window_length();
  for (int patch = 0; patch < config.patches(); ++patch) {
    const tnt::Corner corner = tnt::window_corner(config, patch, 0);
    const tnt::Bounds b = tnt::bounds_of(config, patch);
    const ops::Windows w{config.channels,  config.image_height, config.image_width, tnt.kernel, tnt.stride, tnt.word_rows,
                         tnt.word_columns, corner.row,          corner.column,      b.top,      b.left,     b.bottom,
                         b.right};
    ops::unfold(c.pool, input, w, windows.edit() + patch * per_patch);
  }
}

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const TntWeights& weights = c.model().weights.tnt;
  Tensor windows = c.make(Slot::tnt_windows), words = c.make(Slot::tnt_words), embedded = c.make(Slot::tnt_embed);
  unfold(c, windows);
  ops::linear(c.pool, windows.data(), config.patches() * config.tnt->words(), weights.words, words.edit());
  const std::int64_t of_patch = weights.word_position.size();
  for (int patch = 0; patch < config.patches(); ++patch)
    ops::add(c.pool, words.data() + patch * of_patch, weights.word_position.data(), of_patch, embedded.edit() + patch * of_patch);
  c.keep(Slot::tnt_windows, std::move(windows));
  c.keep(Slot::tnt_words, std::move(words));
  c.keep(Slot::tnt_embed, std::move(embedded));
}

Explanation explain_window(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const TntConfig& tnt = *config.tnt;
  const tnt::Corner corner = tnt::window_corner(config, cell.i, cell.j);
  const int area = tnt.kernel * tnt.kernel, channel = cell.k / area, row = corner.row + cell.k % area / tnt.kernel,
            column = corner.column + cell.k % tnt.kernel;
  const std::string element = "element " + std::to_string(cell.k) + " of the window of " + tnt::word_name(cell.i, cell.j);
  const tnt::Bounds bounds = tnt::bounds_of(config, cell.i);
  if (!bounds.contains(row, column)) {
    const std::string edge = tnt.whole_picture ? "the picture" : "the patch";
    Explanation e = why::copy("element " + std::to_string(cell.k) + " = 0", 0,
                              "Row " + std::to_string(row) + ", column " + std::to_string(column) + " of the model input lies outside of " + edge +
                                  ", where the convolution is given zeros.");
    why::station(e, element, "1 of " + std::to_string(tnt.window_length()), "tnt-words");
    why::station(e, "padding: a zero, no number of the image", "1 number", "");
    return e;
  }
  const std::string pixel = why::pixel_name(config, channel, row, column);
  const CellRef source{{Slot::input}, channel, row, column};
  Explanation e = why::copy("element " + std::to_string(cell.k) + " = " + pixel, static_cast<double>(trace.value(source)),
                            (!tnt.pixels_apart() ? "The windows of neighbouring words overlap: each is " : "The windows of words lie side by side: each is ") + std::to_string(tnt.kernel) +
                                " pixels wide and begins " + std::to_string(tnt.stride) + " behind the one before.",
                            source);
  why::station(e, element, "1 of " + std::to_string(tnt.window_length()), "tnt-words");
  why::station(e, "model pixel " + pixel, "1 number", "picture");
  return e;
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  if (cell.tensor.slot == Slot::tnt_windows) return explain_window(trace, cell);
  const VitConfig& config = trace.config();
  const TntConfig& tnt = *config.tnt;
  const TntWeights& weights = trace.model().weights.tnt;
  const std::string name = tnt::word_name(cell.i, cell.j), of_word = "1 of " + std::to_string(tnt.width());
  Explanation e;
  if (cell.tensor.slot == Slot::tnt_words) {
    const std::size_t length = static_cast<std::size_t>(tnt.window_length());
    const tnt::Corner corner = tnt::window_corner(config, cell.i, cell.j);
    const tnt::Bounds bounds = tnt::bounds_of(config, cell.i);
    e = why::linear(
        trace.at(Slot::tnt_windows).row(cell.i).subspan(static_cast<std::size_t>(cell.j) * length, length), weights.words, cell.k,
        [&](int element) {
          const int area = tnt.kernel * tnt.kernel, row = corner.row + element % area / tnt.kernel, column = corner.column + element % tnt.kernel;
          return bounds.contains(row, column) ? why::pixel_name(config, element / area, row, column) : std::string("padding");
        },
        [&](int element) {
          return CellRef{{Slot::tnt_windows}, cell.i, cell.j, element};
        });
    e.label_column = "pixel";
    e.note = tnt.pixels_apart() ? "Row " + std::to_string(cell.k) + " of the linear map, applied to the pixels of " + name + " alone."
                                : "Filter " + std::to_string(cell.k) + " of the convolution, laid over the window of " + name + ".";
    why::station(e, "number " + std::to_string(cell.k) + " of " + name, of_word, "tnt-words");
  } else {
    const CellRef source{{Slot::tnt_words}, cell.i, cell.j, cell.k};
    e = why::sum("word", static_cast<double>(trace.value(source)), "position", static_cast<double>(weights.word_position.at(cell.j, cell.k)), source);
    e.rule = "y = word + position";
    e.note = "The table of word positions was learned; every patch uses the same one.";
    why::station(e, name + " with position, number " + std::to_string(cell.k), of_word, "tnt-words");
  }
  why::pixels_of_patch(e, trace);
  return e;
}

}  // namespace

Step tnt_words_step() {
  return {.slug = "tnt-words",
          .title = "Words",
          .short_title = "Words",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::tnt_embed,
          .formula = "word = window · W + b + position",
          .sizes = "{N} × {m} windows of {k²C} → {N} × {m} × {c}",
          .sentence = "Each patch is a sentence of {m} words; a small convolution makes every word {c} numbers.",
          .teaching =
              "A patch of a plain Vision Transformer is one row at once, and what lies where inside it is lost early; here its parts stay apart and keep a "
              "place of their own. "
              "All patches share the filters and the table of word positions.",
          .run = run,
          .explain = explain_cell,
          .applies = tnt::applies};
}

}  // namespace vitscope
