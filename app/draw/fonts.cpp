#include "app/draw/fonts.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string_view>
#include <vector>

#include "app/draw/glyph_sets.h"
#include "app/draw/imgui_compat.h"
#include "app/embed/embedded.h"

namespace vitscope::draw {

namespace {
/// Largest size of an em that is baked, in pixels. Chinese takes more room.
constexpr float kMostPixels = 192, kMostPixelsTranslated = 128;

/// One size of one face, in points.
struct Cut {
  Face face;
  float size;
  bool script;  ///< only used for sub- and superscripts: no names, no Chinese
};

/// No cut is larger than `most` points: of huge pictures a few sizes serve all, or the atlas would outgrow the card.
std::vector<Cut> cuts(const Metrics& m, float most) {
  std::vector<Cut> list;
  const auto add = [&list, most](Face face, float size, bool script) {
    size = std::min(size, most);
    for (const Cut& cut : list)
      if (cut.face == face && std::abs(cut.size - size) < 0.01f) return;
    list.push_back({face, size, script});
  };
  for (float size : {m.body, m.small, m.title, m.body * 0.875f}) add(Face::regular, size, false);
  for (float size : {m.title, m.body, m.small}) add(Face::medium, size, false);
  for (float size : {m.body * 0.75f, m.small * 0.75f}) add(Face::regular, size, true);
  for (float size : {m.body, m.small, m.body * 0.75f, m.small * 0.75f}) add(Face::italic, size, true);
  return list;
}

/// Ranges as Dear ImGui reads them: pairs, closed by a zero.
std::vector<ImWchar> ranges(const std::vector<char32_t>& sorted) {
  std::vector<ImWchar> pairs;
  for (char32_t c : sorted) {
    const auto w = static_cast<ImWchar>(c);
    if (!pairs.empty() && pairs.back() + 1 == w) {
      pairs.back() = w;
    } else {
      pairs.push_back(w);
      pairs.push_back(w);
    }
  }
  pairs.push_back(0);
  return pairs;
}
}  // namespace

struct Fonts::Impl {
  struct Cutting {
    Face face;
    float size;  ///< of the cut, in points
    ImFont* font;
  };
  ImFontAtlas atlas;
  ImDrawListSharedData shared;
  std::vector<Cutting> fonts;
  std::deque<std::vector<ImWchar>> glyph_ranges;  ///< the atlas keeps pointers into these
  float scale = 1;

  const Cutting& nearest(Style style) const {
    // A larger cut drawn smaller stays sharp, a smaller one drawn larger does not.
    const auto badness = [&](const Cutting& baked) {
      const float ratio = baked.size / style.size;
      return (baked.face == style.face ? 0.0f : 100.0f) + (ratio >= 0.999f ? ratio - 1 : 2.5f * (1 / ratio - 1));
    };
    return *std::ranges::min_element(fonts, {}, badness);
  }

  /// Adds the characters of `wanted` that `file` has, merged into the last font unless `first`; returns those it lacks.
  std::vector<char32_t> add(const FontFile& file, const std::vector<char32_t>& wanted, float size, bool first, ImFont** font) {
    std::vector<char32_t> found, missing;
    for (char32_t c : wanted) (file.has(c) ? found : missing).push_back(c);
    if (found.empty()) return missing;
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    config.MergeMode = !first;
    config.PixelSnapH = false;
    // Small type profits from finer horizontal positions; for large type one sample per pixel is enough.
    config.OversampleH = size * scale < 20 ? 3 : size * scale < 40 ? 2 : 1;
    config.OversampleV = 1;
    const std::vector<ImWchar>& pairs = glyph_ranges.emplace_back(ranges(found));
    // Dear ImGui takes the bytes as mutable but only reads them.
    auto* bytes = const_cast<std::uint8_t*>(file.bytes().data());
    ImFont* added =
        atlas.AddFontFromMemoryTTF(bytes, static_cast<int>(file.bytes().size()), size * scale * file.line_height(), &config, pairs.data());
    if (first) *font = added;
    return missing;
  }
};

Fonts::Fonts(const Metrics& metrics, float scale, const Language& language) : impl_(std::make_unique<Impl>()) {
  Impl& f = *impl_;
  f.scale = scale > 0 ? scale : 1;
  const FontFile faces[] = {FontFile(embedded("fonts/regular.ttf")), FontFile(embedded("fonts/medium.ttf")),
                            FontFile(embedded("fonts/italic.ttf"))};
  const FontFile signs(embedded("fonts/signs.ttf")), chinese(embedded("fonts/chinese.ttf"));
  const std::vector<char32_t> base = base_characters(false), with_names = base_characters(true), beyond = characters_beyond(language);
  const bool translated = !language.texts().empty();
  const float most = (translated ? kMostPixelsTranslated : kMostPixels) / f.scale;
  for (const Cut& cut : cuts(metrics, most)) {
    ImFont* font = nullptr;
    const FontFile& face = faces[static_cast<std::size_t>(cut.face)];
    const std::vector<char32_t> missing = f.add(face, cut.script ? base : with_names, cut.size, true, &font);
    f.add(signs, missing, cut.size, false, &font);
    if (!cut.script && (translated || cut.size == std::min(metrics.small, most))) f.add(chinese, beyond, cut.size, false, &font);
    f.fonts.push_back({cut.face, cut.size, font});
  }
  f.atlas.Flags |= ImFontAtlasFlags_NoMouseCursors | ImFontAtlasFlags_NoPowerOfTwoHeight;
  compat::build(f.atlas);
  compat::share(f.shared, f.atlas, *f.fonts.front().font);
  f.shared.CurveTessellationTol = 0.5f;
  f.shared.SetCircleTessellationMaxError(0.2f);
  f.shared.InitialFlags = ImDrawListFlags_AntiAliasedLines | ImDrawListFlags_AntiAliasedLinesUseTex | ImDrawListFlags_AntiAliasedFill |
                          ImDrawListFlags_AllowVtxOffset;
  f.shared.ClipRectFullscreen = ImVec4(0, 0, 1e6f, 1e6f);
}

Fonts::~Fonts() { compat::unshare(impl_->shared, impl_->atlas); }
ImFontAtlas& Fonts::atlas() const { return impl_->atlas; }
float Fonts::scale() const { return impl_->scale; }
ImDrawListSharedData* Fonts::shared() const { return &impl_->shared; }

Fonts::Baked Fonts::font(Style style) const {
  const Impl::Cutting& nearest = impl_->nearest(style);
  return {nearest.font, nearest.size};
}

}  // namespace vitscope::draw
