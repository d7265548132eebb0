#include "app/draw/theme.h"

namespace vitscope::draw {

const Theme& dark_theme() {
  static const Theme theme{
      .dark = true,
      .ground = hex(0x0E1114), .panel = hex(0x14181D), .raised = hex(0x1D232A), .hairline = hex(0x272E36), .tick = hex(0x4A5561),
      .text1 = hex(0xEBEFF3), .text2 = hex(0xB4BDC8), .text3 = hex(0x8B95A2),
      .patch_token = hex(0x5FCB8E), .class_token = hex(0xFF7168), .other_token = hex(0xE8924A),
      .weights = hex(0x5C90FF), .block = hex(0xC6B6FF), .width = hex(0x6AD4F3), .heads = hex(0xD8A531), .hidden = hex(0xE9EDA6),
      .selection = hex(0xFF64D0), .selection_tint = hex(0x3A1B33), .mark = hex(0xFF64D0),
      .warning = hex(0xFFB547), .warning_tint = hex(0x2B2212),
      .tooltip = hex(0x2B333C), .tooltip_text = hex(0xF2F5F8)};
  return theme;
}

const Theme& light_theme() {
  static const Theme theme{
      .dark = false,
      .ground = hex(0xFFFFFF), .panel = hex(0xF4F6F8), .raised = hex(0xE7EBEF), .hairline = hex(0xDDE2E7), .tick = hex(0xA3ADB8),
      .text1 = hex(0x12161B), .text2 = hex(0x434C57), .text3 = hex(0x5D6773),
      .patch_token = hex(0x0A7743), .class_token = hex(0xB81A1E), .other_token = hex(0xA05600),
      .weights = hex(0x0F45B4), .block = hex(0x7146DA), .width = hex(0x005A73), .heads = hex(0x8C6000), .hidden = hex(0x3F4C00),
      .selection = hex(0xC4158F), .selection_tint = hex(0xFBE3F4), .mark = hex(0xFF64D0),
      .warning = hex(0x8F5500), .warning_tint = hex(0xFFF3DC),
      .tooltip = hex(0x2A3138), .tooltip_text = hex(0xF2F5F8)};
  return theme;
}

Color color_of(Dim dim, const Theme& theme) {
  switch (dim) {
    case Dim::channels:
    case Dim::height:
    case Dim::width:
    case Dim::patch_height:
    case Dim::patch_width:
    case Dim::patch_length:
    case Dim::stem_channels:
    case Dim::stem_rows:
    case Dim::stem_columns:
    case Dim::map_rows:
    case Dim::map_columns:
    case Dim::map_patch_length: return theme.text2;
    case Dim::patches:
    case Dim::tokens: return theme.patch_token;
    case Dim::dim:
    case Dim::head_width:
    case Dim::joined_heads: return theme.width;
    case Dim::heads: return theme.heads;
    case Dim::hidden: return theme.hidden;
    case Dim::representation: return theme.hidden;
    case Dim::windows1:
    case Dim::windows2:
    case Dim::window_rows1:
    case Dim::window_columns1:
    case Dim::window_rows2:
    case Dim::window_columns2:
    case Dim::words: return theme.patch_token;
    case Dim::window_length1:
    case Dim::window_length2:
    case Dim::window_length3:
    case Dim::word_window: return theme.text2;
    case Dim::token_width:
    case Dim::token_head_width:
    case Dim::word_width:
    case Dim::word_head_width:
    case Dim::joined_words: return theme.width;
    case Dim::token_heads:
    case Dim::word_heads: return theme.heads;
    case Dim::token_hidden:
    case Dim::token_features:
    case Dim::word_hidden: return theme.hidden;
    case Dim::classes: return theme.class_token;
  }
  return theme.text2;
}

}  // namespace vitscope::draw
