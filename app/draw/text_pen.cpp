#include "app/draw/text_pen.h"

#include <cmath>

#include "app/draw/fonts.h"
#include "app/draw/glyph_sets.h"
#include "app/draw/imgui_compat.h"

namespace vitscope::draw {

namespace {
/// The glyphs of one style at one size in pixels.
class Run {
 public:
  Run(const Fonts& fonts, Style style, float pixels) : fonts_(fonts), style_(style), pixels_(pixels), own_(sized(style)) {}

  struct Piece {
    const ImFontGlyph* glyph;
    float k;         ///< size over baked size
    float baseline;  ///< rows of the baked glyph's line above the baseline
  };

  Piece piece(char32_t c) const {
    if (c == U'\t' || c == U'\n' || c == U'\r') c = U' ';
    for (const char32_t wanted : {c, U'\uFFFD', U'?'}) {
      if (wanted > 0xFFFF) continue;
      const auto w = static_cast<ImWchar>(wanted);
      if (const ImFontGlyph* g = compat::find_glyph(*own_.font, w)) return {g, own_.k, compat::baseline(*own_.font)};
      // Most texts never need the regular face.
      const Sized regular = sized({style_.size, Face::regular});
      if (const ImFontGlyph* g = compat::find_glyph(*regular.font, w)) return {g, regular.k, compat::baseline(*regular.font)};
    }
    return {nullptr, own_.k, 0};
  }

 private:
  struct Sized {
    ImFont* font;
    float k;  ///< baked pixels of an em to wanted pixels of an em
  };
  Sized sized(Style style) const {
    const Fonts::Baked baked = fonts_.font(style);
    return {baked.font, pixels_ * (1 / (baked.size * fonts_.scale()))};
  }

  const Fonts& fonts_;
  Style style_;
  float pixels_;
  Sized own_;
};

struct Corners {
  ImVec2 a, b, c, d;
};

/// Calls place(x0, y0, x1, y1) for every visible glyph, relative to the pen at the baseline's start, and writes the corners it returns.
template <class Place>
void write_glyphs(ImDrawList& list, const Run& run, std::string_view utf8, Color color, Place place) {
  const ImU32 c = IM_COL32(color.r, color.g, color.b, color.a);
  float pen = 0;
  while (!utf8.empty()) {
    const Run::Piece p = run.piece(next_character(utf8));
    if (!p.glyph) continue;
    const ImFontGlyph& g = *p.glyph;
    if (g.Visible) {
      const Corners q = place(pen + g.X0 * p.k, (g.Y0 - p.baseline) * p.k, pen + g.X1 * p.k, (g.Y1 - p.baseline) * p.k);
      list.PrimReserve(6, 4);
      list.PrimQuadUV(q.a, q.b, q.c, q.d, ImVec2(g.U0, g.V0), ImVec2(g.U1, g.V0), ImVec2(g.U1, g.V1), ImVec2(g.U0, g.V1), c);
    }
    pen += g.AdvanceX * p.k;
  }
}

bool drawable(Style style, Color c) { return c.a > 0 && style.size > 0 && std::isfinite(style.size); }
}  // namespace

float TextPen::width(std::string_view utf8, Style style) const {
  if (!(style.size > 0) || utf8.empty()) return 0;
  const Run run(*s_.fonts, style, style.size);
  float width = 0;
  while (!utf8.empty())
    if (const Run::Piece p = run.piece(next_character(utf8)); p.glyph) width += p.glyph->AdvanceX * p.k;
  return width;
}

std::string_view TextPen::head(std::string_view utf8, Style style, float room) const {
  const Run run(*s_.fonts, style, style.size);
  float width = 0;
  std::string_view rest = utf8;
  while (!rest.empty()) {
    const std::size_t before = rest.size();
    const Run::Piece p = run.piece(next_character(rest));
    width += p.glyph ? p.glyph->AdvanceX * p.k : 0;
    if (width > room) return utf8.substr(0, utf8.size() - before);
  }
  return utf8;
}

std::string TextPen::elided(std::string_view utf8, Style style, float room) const {
  // Half a hundredth of a point: a text measured with width() fits into that width.
  if (width(utf8, style) <= room + 0.005f) return std::string(utf8);
  const float dots = width("…", style);
  if (dots > room) return {};
  std::string_view kept = head(utf8, style, room - dots);
  while (!kept.empty() && (kept.back() == ' ' || kept.back() == ',')) kept.remove_suffix(1);
  return std::string(kept) + "…";
}

void TextPen::draw(Vec at, std::string_view utf8, Style style, Color c) const {
  if (!s_.list || !drawable(style, c) || utf8.empty()) return;
  const Run run(*s_.fonts, style, style.size * s_.scale);
  const float x = std::floor(at.x * s_.scale + 0.5f), y = std::floor((at.y + kBaseline * style.size) * s_.scale + 0.5f);
  write_glyphs(*s_.list, run, utf8, c, [x, y](float x0, float y0, float x1, float y1) {
    return Corners{{x + x0, y + y0}, {x + x1, y + y0}, {x + x1, y + y1}, {x + x0, y + y1}};
  });
}

void TextPen::draw_up(Vec centre, std::string_view utf8, Style style, Color c) const {
  if (!s_.list || !drawable(style, c) || utf8.empty()) return;
  const Run run(*s_.fonts, style, style.size * s_.scale);
  const float x = std::floor((centre.x + (kBaseline - 0.625f) * style.size) * s_.scale + 0.5f);
  const float y = std::floor((centre.y + width(utf8, style) / 2) * s_.scale + 0.5f);
  write_glyphs(*s_.list, run, utf8, c, [x, y](float x0, float y0, float x1, float y1) {
    return Corners{{x + y0, y - x0}, {x + y0, y - x1}, {x + y1, y - x1}, {x + y1, y - x0}};
  });
}

}  // namespace vitscope::draw
