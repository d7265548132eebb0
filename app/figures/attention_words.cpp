#include "app/figures/attention_words.h"

#include <vector>

#include "app/draw/axis.h"
#include "app/draw/parts.h"
#include "app/figures/attention_data.h"

namespace vitscope::figures::attention {

using draw::Canvas;
using draw::Rect;

namespace {

struct Run {
  std::string text;
  int piece = -1;  ///< -1: words of the pattern
};

/// The pattern cut at its placeholders.
std::vector<Run> runs_of(std::string_view pattern) {
  std::vector<Run> runs;
  std::string words;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool placeholder = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}' && pattern[i + 1] >= '0' && pattern[i + 1] <= '9';
    if (!placeholder) {
      words += pattern[i];
      continue;
    }
    if (!words.empty()) runs.push_back({words, -1});
    words.clear();
    runs.push_back({{}, pattern[i + 1] - '0'});
    i += 2;
  }
  if (!words.empty()) runs.push_back({words, -1});
  return runs;
}

}  // namespace

std::string filled(std::string_view pattern, std::initializer_list<std::string_view> arguments) {
  std::string text;
  for (const Run& run : runs_of(pattern)) {
    if (run.piece < 0)
      text += run.text;
    else if (static_cast<std::size_t>(run.piece) < arguments.size())
      text += arguments.begin()[run.piece];
  }
  return text;
}

Rect phrase(Canvas& c, draw::Vec at, std::string_view pattern, std::initializer_list<Piece> pieces, draw::Style style, draw::Color color, float max_width) {
  std::vector<Run> runs = runs_of(pattern);
  std::string whole;
  for (Run& run : runs) {
    if (run.piece >= 0) run.text = static_cast<std::size_t>(run.piece) < pieces.size() ? pieces.begin()[run.piece].text : std::string();
    whole += run.text;
  }
  if (c.text_width(whole, style) > max_width) return c.text(at, whole, style, color, draw::Align::left, std::max(max_width, 1.0f));
  Rect box = draw::rect_at(at, 0, Canvas::text_height(style));
  for (const Run& run : runs) {
    if (run.text.empty()) continue;
    const draw::Color own = run.piece >= 0 ? pieces.begin()[run.piece].color : color;
    c.text({box.x1, at.y}, run.text, style, own);
    box.x1 += c.text_width(run.text, style);
  }
  return box;
}

float heading_height(const Canvas& c) { return std::max(2.5f * c.u(), Canvas::text_height(c.metrics().small_medium()) + 0.4f * c.u()); }

void heading(Canvas& c, Rect& r, std::string_view pattern, std::initializer_list<Piece> pieces, std::string_view hint) {
  const draw::Style title = c.metrics().small_medium(), small = c.metrics().small_style();
  const Rect line = r.cut_top(heading_height(c));
  const Rect box = phrase(c, {line.x0, line.y0}, pattern, pieces, title, c.theme().text1, line.width());
  if (hint.empty() || box.x1 + 2 * c.u() + c.text_width(hint, small) > line.x1) return;
  c.text({line.x1, line.y0}, hint, small, c.theme().text3, draw::Align::right);
}

std::string head_name(const Canvas& c, const FigureInput& input, int head) {
  const std::string heads = std::to_string(input.config().heads);
  if (head == kMeanHead) return filled(c.tr("mean of {0} heads"), {heads});
  if (head == kMaxHead) return filled(c.tr("largest of {0} heads"), {heads});
  return filled(c.tr("head {0} of {1}"), {std::to_string(head + 1), heads});
}

std::string block_and_head(const Canvas& c, const FigureInput& input) {
  const Chosen now = chosen(input);
  return filled(c.tr("block {0}"), {std::to_string(now.block + 1)}) + ", " + head_name(c, input, now.head);
}

Piece token_piece(const Canvas& c, int token, const PatchGrid& grid) {
  if (grid.is_class_token(token)) return {std::string(c.tr("the class token")), c.theme().class_token};
  return {draw::token_name(c, token, grid), token < grid.prefix() ? c.theme().other_token : c.theme().selection};
}

std::string token_number(const Canvas& c, int token, const PatchGrid& grid) {
  return std::string(c.tr(draw::axis_label(token, grid.prefix_tokens())));
}

}  // namespace vitscope::figures::attention
