#include "app/draw/formula.h"

#include <optional>
#include <string>
#include <vector>

#include "app/draw/glyph_sets.h"
#include "app/draw/text_pen.h"

namespace vitscope::draw {

namespace {
constexpr float kScript = 0.75f, kLowered = 0.3f, kRaised = -0.34f;

/// A piece of one face, size and colour, `shift` sizes below the line.
struct Piece {
  std::string text;
  Face face = Face::regular;
  float scale = 1, shift = 0;
  std::optional<Dim> dim;
};
/// Pieces that follow each other; two scripts of one letter start at the same place.
struct Atom {
  std::vector<Piece> base, lower, upper;
};

bool is_letter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool is_word(char32_t c) { return is_letter(c) || (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7) || (c >= 0x391 && c <= 0x3C9); }

/// Runs of letters and of anything else; a Latin letter that stands alone is italic.
std::vector<Piece> faces(std::string_view utf8, float scale, float shift) {
  std::vector<Piece> pieces;
  while (!utf8.empty()) {
    std::string_view rest = utf8;
    const bool letters = is_word(next_character(rest));
    int length = 1;
    for (std::string_view ahead = rest; !ahead.empty(); rest = ahead, ++length)
      if (is_word(next_character(ahead)) != letters) break;
    const std::string_view run = utf8.substr(0, utf8.size() - rest.size());
    const bool variable = letters && length == 1 && is_letter(static_cast<unsigned char>(run.front()));
    pieces.push_back({std::string(run), variable ? Face::italic : Face::regular, scale, shift, {}});
    utf8 = rest;
  }
  return pieces;
}

/// The text of a script that begins at `utf8`, which is shortened by it.
std::string_view script(std::string_view& utf8) {
  if (utf8.empty()) return {};
  if (utf8.front() == '{') {
    const std::size_t end = std::min(utf8.find('}'), utf8.size());
    const std::string_view inside = utf8.substr(1, end - 1);
    utf8.remove_prefix(std::min(end + 1, utf8.size()));
    return inside;
  }
  std::string_view rest = utf8;
  next_character(rest);
  const std::string_view one = utf8.substr(0, utf8.size() - rest.size());
  utf8 = rest;
  return one;
}

std::vector<Atom> parsed(std::string_view markup, const VitConfig* config) {
  std::vector<Atom> atoms;
  std::string plain;
  const auto flush = [&] {
    for (Piece& piece : faces(plain, 1, 0)) {
      atoms.emplace_back().base.push_back(std::move(piece));
    }
    plain.clear();
  };
  while (!markup.empty()) {
    const char c = markup.front();
    if (c == '_' || c == '^') {
      flush();
      markup.remove_prefix(1);
      const float shift = c == '_' ? kLowered : kRaised;
      if (atoms.empty()) atoms.emplace_back();
      auto& place = c == '_' ? atoms.back().lower : atoms.back().upper;
      for (Piece& piece : faces(script(markup), kScript, shift)) place.push_back(std::move(piece));
    } else if (const std::size_t end = markup.find('}'); c == '{' && end != std::string_view::npos && find_dim(markup.substr(1, end - 1))) {
      flush();
      const std::string_view name = markup.substr(1, end - 1);
      const std::optional<Dim> dim = find_dim(name);
      atoms.emplace_back().base.push_back({config ? std::to_string(extent(*dim, *config)) : std::string(name), Face::regular, 1, 0, dim});
      markup.remove_prefix(end + 1);
    } else {
      plain += c;
      markup.remove_prefix(1);
    }
  }
  flush();
  return atoms;
}

float set(const TextPen& pen, Vec at, const std::vector<Piece>& pieces, float size, Color color, const Theme* theme) {
  float x = 0;
  for (const Piece& piece : pieces) {
    const Style style{size * piece.scale, piece.face};
    // The script's own baseline, moved by a share of the full size.
    const float y = size * (kBaseline + piece.shift) - style.size * kBaseline;
    if (theme) pen.draw({at.x + x, at.y + y}, piece.text, style, piece.dim ? color_of(*piece.dim, *theme) : color);
    x += pen.width(piece.text, style);
  }
  return x;
}

/// Draws when there is a theme; measures in any case.
float typeset(const TextPen& pen, Vec at, const std::vector<Atom>& atoms, float size, Color color, const Theme* theme) {
  float x = 0;
  for (const Atom& atom : atoms) {
    x += set(pen, {at.x + x, at.y}, atom.base, size, color, theme);
    const float low = set(pen, {at.x + x, at.y}, atom.lower, size, color, theme),
                high = set(pen, {at.x + x, at.y}, atom.upper, size, color, theme);
    x += std::max(low, high);
    if (low > 0 || high > 0) x += 0.04f * size;
  }
  return x;
}

std::string plain_text(const std::vector<Atom>& atoms) {
  std::string text;
  for (const Atom& atom : atoms)
    for (const auto* pieces : {&atom.base, &atom.lower, &atom.upper})
      for (const Piece& piece : *pieces) text += piece.text;
  return text;
}
}  // namespace

float formula(Canvas& canvas, Vec at, std::string_view markup, float size, Color color, const VitConfig* config) {
  if (!(size > 0) || markup.empty()) return 0;
  const std::vector<Atom> atoms = parsed(markup, config);
  const float width = typeset(TextPen(canvas), at, atoms, size, color, &canvas.theme());
  TextPen::mark(canvas, rect_at(at, width, Canvas::text_height({size})), plain_text(atoms));
  return width;
}

float formula_width(const Canvas& canvas, std::string_view markup, float size, const VitConfig* config) {
  if (!(size > 0) || markup.empty()) return 0;
  return typeset(TextPen(canvas), {}, parsed(markup, config), size, {}, nullptr);
}

float shape(Canvas& canvas, Vec at, Slot slot, const VitConfig& config, Style style, Align align, bool muted) {
  const TextPen pen(canvas);
  const Theme& theme = canvas.theme();
  struct Part {
    std::string text;
    Color color;
  };
  std::vector<Part> parts;
  std::string all;
  float width = 0;
  for (Dim dim : info(slot).dims) {
    if (!parts.empty()) parts.push_back({" × ", theme.text3});
    parts.push_back({std::to_string(extent(dim, config)), muted ? theme.text3 : color_of(dim, theme)});
  }
  for (const Part& part : parts) width += pen.width(part.text, style), all += part.text;
  float x = align == Align::left ? at.x : align == Align::right ? at.x - width : at.x - width / 2;
  const Rect box = rect_at({x, at.y}, width, Canvas::text_height(style));
  for (const Part& part : parts) {
    pen.draw({x, at.y}, part.text, style, part.color);
    x += pen.width(part.text, style);
  }
  if (!all.empty()) TextPen::mark(canvas, box, all);
  return width;
}

std::string with_sizes(std::string_view text, const VitConfig& config) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('}');
    const std::optional<Dim> dim = text.front() == '{' && end != std::string_view::npos ? find_dim(text.substr(1, end - 1)) : std::nullopt;
    if (dim) out += std::to_string(extent(*dim, config));
    else out += text.front();
    text.remove_prefix(dim ? end + 1 : 1);
  }
  return out;
}

}  // namespace vitscope::draw
