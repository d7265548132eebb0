#include "app/draw/paragraph.h"

#include <cmath>

#include "app/draw/glyph_sets.h"

namespace vitscope::draw {

namespace {
bool is_wide(char32_t c) {
  return (c >= 0x2E80 && c < 0xA000) || (c >= 0xF900 && c < 0xFB00) || (c >= 0xFE30 && c < 0xFE50) || (c >= 0xFF00 && c < 0xFFF0);
}
bool closes(char32_t c) { return std::u32string_view(U"，。、；：？！）》〉」』】…％,.;:?!)]%").find(c) != std::u32string_view::npos; }
bool opens(char32_t c) { return std::u32string_view(U"（《〈「『【([").find(c) != std::u32string_view::npos; }

/// What must stay on one line, and the space before it.
struct Word {
  std::vector<TextRun> runs;
  bool space_before = false, line_before = false;
};

void append(std::vector<TextRun>& runs, std::string_view text, Face face) {
  if (runs.empty() || runs.back().face != face) runs.push_back({{}, face, 0});
  runs.back().text += text;
}

std::vector<Word> words_of(std::string_view utf8, Face face) {
  std::vector<Word> words;
  bool bold = false, space = false, feed = false;
  char32_t before = 0;
  while (!utf8.empty()) {
    if (utf8.starts_with("**")) {
      bold = !bold;
      utf8.remove_prefix(2);
      continue;
    }
    std::string_view rest = utf8;
    const char32_t c = next_character(rest);
    const std::string_view text = utf8.substr(0, utf8.size() - rest.size());
    utf8 = rest;
    if (c == U'\n') {
      if (feed) words.push_back({{}, false, true});  // an empty line
      feed = true;
      space = false;
      before = 0;
      continue;
    }
    if (c == U' ' || c == U'\t') {
      space = true;
      continue;
    }
    const bool breakable = before == 0 || space || feed || ((is_wide(c) || is_wide(before)) && !closes(c) && !opens(before));
    if (breakable) words.push_back({{}, space && before != 0, feed});
    append(words.back().runs, text, bold ? Face::medium : face);
    space = feed = false;
    before = c;
  }
  return words;
}
}  // namespace

std::vector<TextLine> break_lines(const TextPen& pen, std::string_view utf8, Style style, float width) {
  std::vector<TextLine> lines(1);
  float used = 0;
  const auto put = [&](std::string_view text, Face face) { append(lines.back(), text, face); };
  const auto new_line = [&] {
    lines.emplace_back();
    used = 0;
  };
  for (const Word& word : words_of(utf8, style.face)) {
    if (word.line_before) new_line();
    float needed = 0;
    for (const TextRun& run : word.runs) needed += pen.width(run.text, {style.size, run.face});
    const float gap = word.space_before && used > 0 ? pen.width(" ", style) : 0;
    if (used > 0 && used + gap + needed > width + 0.005f) {
      new_line();
    } else if (gap > 0) {
      put(" ", lines.back().back().face);
      used += gap;
    }
    for (const TextRun& run : word.runs) {
      const Style face{style.size, run.face};
      std::string_view text = run.text;
      float wide = pen.width(text, face);
      while (used + wide > width + 0.005f && !text.empty()) {
        std::string_view head = pen.head(text, face, width - used);
        if (head.empty() && used > 0) {
          new_line();
          wide = pen.width(text, face);
          continue;
        }
        if (head.empty()) {  // at least one character a line, however narrow it is
          std::string_view rest = text;
          next_character(rest);
          head = text.substr(0, text.size() - rest.size());
        }
        put(head, run.face);
        text.remove_prefix(head.size());
        wide = pen.width(text, face);
        if (!text.empty()) new_line();
        else used = width;
      }
      if (text.empty()) continue;
      put(text, run.face);
      used += wide;
    }
  }
  for (TextLine& line : lines)
    for (TextRun& run : line) run.width = pen.width(run.text, {style.size, run.face});
  return lines;
}

float Canvas::paragraph(Rect r, std::string_view utf8, Style style, Color c) {
  if (utf8.empty() || !(style.size > 0)) return 0;
  const TextPen pen(s_);
  const float step = style.size * metrics().line, above = (step - text_height(style)) / 2;
  const std::vector<TextLine> lines = break_lines(pen, utf8, style, r.width());
  float y = r.y0;
  for (const TextLine& line : lines) {
    const bool fits = y + above + text_height(style) <= r.y1 + 0.5f;
    float x = r.x0;
    std::string all;
    for (const TextRun& run : line) {
      if (fits) pen.draw({x, y + above}, run.text, {style.size, run.face}, c);
      x += run.width;
      all += run.text;
    }
    if (fits && !all.empty()) mark("text", {r.x0, y + above, x, y + above + text_height(style)}, all);
    y += step;
  }
  return y - r.y0;
}

float Canvas::paragraph_height(float width, std::string_view utf8, Style style) const {
  if (utf8.empty() || !(style.size > 0)) return 0;
  return static_cast<float>(break_lines(TextPen(s_), utf8, style, width).size()) * style.size * metrics().line;
}

}  // namespace vitscope::draw
