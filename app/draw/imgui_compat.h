// What differs between releases of Dear ImGui (1.86 to 1.92). The only place that asks for its version.
#pragma once
#include <imgui.h>
#include <imgui_internal.h>

#include <cmath>
#include <cstdint>

namespace vitscope::draw::compat {

/// Pixels of line height that a font was baked at.
inline float baked_size(const ImFont& font) {
#if IMGUI_VERSION_NUM >= 19200
  return font.LegacySize;
#else
  return font.FontSize;
#endif
}

/// Null when the font has no such glyph. Metrics are for baked_size().
inline const ImFontGlyph* find_glyph(ImFont& font, ImWchar c) {
#if IMGUI_VERSION_NUM >= 19200
  return font.GetFontBaked(font.LegacySize)->FindGlyphNoFallback(c);
#else
  return font.FindGlyphNoFallback(c);
#endif
}

/// Rows from the top of a glyph's line to its baseline.
inline float baseline(ImFont& font) {
#if IMGUI_VERSION_NUM >= 19200
  return std::floor(font.GetFontBaked(font.LegacySize)->Ascent + 0.5f);
#else
  return std::floor(font.Ascent + 0.5f);
#endif
}

/// Rasterises all glyphs of the fonts that were added, as coverage only.
inline bool build(ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM >= 19200
  atlas.TexDesiredFormat = ImTextureFormat_Alpha8;
  return atlas.Build();
#else
  const bool built = atlas.Build();
  atlas.ClearInputData();  // its copies of the font files
  return built;
#endif
}

struct AtlasSize {
  int width, height;
};
inline AtlasSize atlas_size(const ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM >= 19200
  return {atlas.TexData->Width, atlas.TexData->Height};
#else
  return {atlas.TexWidth, atlas.TexHeight};
#endif
}

/// Points the shared data of stand-alone draw lists at a built atlas.
inline void share(ImDrawListSharedData& shared, ImFontAtlas& atlas, ImFont& font) {
  shared.TexUvWhitePixel = atlas.TexUvWhitePixel;
  shared.TexUvLines = atlas.TexUvLines;
#if IMGUI_VERSION_NUM >= 19200
  shared.FontAtlas = &atlas;
  ImFontAtlasAddDrawListSharedData(&atlas, &shared);
#endif
  shared.Font = &font;
  shared.FontSize = baked_size(font);
}

inline void unshare(ImDrawListSharedData& shared, ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM >= 19200
  ImFontAtlasRemoveDrawListSharedData(&atlas, &shared);
#else
  static_cast<void>(shared);
  static_cast<void>(atlas);
#endif
}

/// Name of a texture inside draw lists.
inline ImTextureID texture_id(unsigned name) {
#if IMGUI_VERSION_NUM >= 19150
  return static_cast<ImTextureID>(name);
#else
  return reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(name));
#endif
}

inline unsigned texture_name(ImTextureID id) {
#if IMGUI_VERSION_NUM >= 19150
  return static_cast<unsigned>(id);
#else
  return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(id));
#endif
}

/// The atlas's texture, 0 while it has none.
inline unsigned atlas_texture(const ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM >= 19200
  return atlas.TexData ? texture_name(atlas.TexData->TexID) : 0;
#else
  return texture_name(atlas.TexID);
#endif
}

inline void set_atlas_texture(ImFontAtlas& atlas, unsigned name) {
#if IMGUI_VERSION_NUM >= 19200
  atlas.TexData->SetTexID(texture_id(name));
  atlas.TexData->SetStatus(name ? ImTextureStatus_OK : ImTextureStatus_WantCreate);
#else
  atlas.TexID = texture_id(name);
#endif
}

inline void push_atlas_texture(ImDrawList& list, ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM >= 19200
  list.PushTexture(atlas.TexRef);
#else
  list.PushTextureID(atlas.TexID);
#endif
}

}  // namespace vitscope::draw::compat
