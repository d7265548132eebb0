// Small formula typesetter: one line of markup with subscripts, superscripts and coloured sizes.
#pragma once
#include <string>
#include <string_view>

#include "app/draw/canvas.h"
#include "core/model/config.h"

namespace vitscope::draw {

/// Markup: `_x`, `_{ab}` subscript; `^x`, `^{ab}` superscript (0.75 of the size, shifted by 0.3 and -0.34); single latin letters are
/// italic, words, digits and signs upright;
/// `{N}`, `{T}`, `{D}`, `{H}`, `{d}`, `{M}`, `{K}`, `{C}`, `{P}`, `{P²C}`, `{W}`, `{Ht}` outside of scripts are replaced by the size in
/// `config` in the colour of their dimension. Draws one line from its upper left point; returns the width.
float formula(Canvas& canvas, Vec at, std::string_view markup, float size, Color color, const VitConfig* config = nullptr);
float formula_width(const Canvas& canvas, std::string_view markup, float size, const VitConfig* config = nullptr);

/// Running text with the placeholders of sizes replaced by plain numbers: "{N} patches" -> "64 patches".
std::string with_sizes(std::string_view text, const VitConfig& config);

/// A shape such as 65 × 192, every extent in the colour of its dimension; `muted` draws all of it in text3. Returns the width.
float shape(Canvas& canvas, Vec at, Slot slot, const VitConfig& config, Style style, Align align, bool muted = false);

}  // namespace vitscope::draw
