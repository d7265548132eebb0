// Figure 6 of the ViT paper: what attention reaches, over several pictures.
#include <algorithm>
#include <array>
#include <filesystem>

#include "app/draw/number.h"
#include "app/embed/embedded.h"
#include "app/figures/attention_words.h"
#include "core/analysis/rollout_gallery.h"
#include "core/image/picture_files.h"

namespace vitscope::figures {

namespace {

using attention::filled;
using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr std::size_t kMostBuiltIn = 11, kMostOfFolder = 8;
constexpr std::string_view kFolder = "pictures/";

bool ready(const FigureInput& input) { return input.trace.complete() && input.grid().class_token() && input.trace.input().picture; }

const std::array<Option, 1>& options() {
  static const std::array<Option, 1> all{{{Option::Kind::choice, "paper-figure-6.pictures", "Pictures", 0, 1, 0, {"built-in", "this folder"}}}};
  return all;
}

/// The folder whose pictures are shown; empty for the built-in ones, which are shown too where the open picture is no file.
std::string folder_of(const FigureInput& input) { return choice(input.selection, options()[0]) == 1 ? vitscope::folder_of(input.trace.input().picture->path) : std::string(); }

std::string key_of(const FigureInput& input) {
  const std::string folder = folder_of(input);
  return study_key("paper-figure-6", input.trace.at(Slot::logits).id()) + (folder.empty() ? "" : " " + folder);
}

/// The pictures of a folder but the open one, by name.
Result<std::vector<PictureSource>> pictures_beside(const std::string& folder, const std::string& open) {
  const Result<std::vector<std::string>> files = picture_files(folder);
  if (!files) return files.error();
  std::vector<PictureSource> sources;
  const auto name = std::filesystem::path(open).filename();
  for (const std::string& file : *files)
    if (std::filesystem::path(file).filename() != name) sources.push_back([file]() -> Result<PicturePtr> {
        Result<Picture> picture = load_picture(file);
        if (!picture) return picture.error();
        return std::make_shared<const Picture>(std::move(*picture));
      });
  return sources;
}

/// The built-in pictures but the open one.
std::vector<PictureSource> built_in_pictures(const FigureInput& input) {
  std::vector<PictureSource> sources;
  for (const std::string_view file : embedded_names()) {
    if (!file.starts_with(kFolder) || file.substr(kFolder.size()) == input.trace.input().name) continue;
    sources.push_back([file]() -> Result<PicturePtr> {
      Result<Picture> picture = decode_picture(std::string(file.substr(kFolder.size())), embedded(file));
      if (!picture) return picture.error();
      return std::make_shared<const Picture>(std::move(*picture));
    });
  }
  return sources;
}

std::vector<Study> studies(const FigureInput& input) {
  const std::string folder = folder_of(input);
  const auto trace = std::make_shared<const Trace>(input.trace);
  if (!folder.empty())
    return {study_of<RolloutGallery>(key_of(input), "Rollout over the pictures", [trace, folder](StudyContext& context) -> Result<std::optional<RolloutGallery>> {
      const Result<std::vector<PictureSource>> others = pictures_beside(folder, trace->input().picture->path);
      if (!others) return others.error();
      return rollout_gallery(trace, *others, kMostOfFolder, context);
    })};
  return {study_of<RolloutGallery>(key_of(input), "Rollout over the pictures", [trace, others = built_in_pictures(input)](StudyContext& context) -> Result<std::optional<RolloutGallery>> {
    return rollout_gallery(trace, others, kMostBuiltIn, context);
  })};
}

/// The columns of pairs that make pictures largest.
struct Tiling {
  int columns = 1, rows = 1;
  float side = 0;  ///< of the square that a picture lies in
};
Tiling tiling(Rect r, int count, float gap, float pair_gap, float words) {
  Tiling best;
  for (int columns = 1; columns <= count; ++columns) {
    const int rows = (count + columns - 1) / columns;
    const float wide = ((r.width() + gap) / static_cast<float>(columns) - gap - pair_gap) / 2, high = (r.height() + gap) / static_cast<float>(rows) - gap - words;
    if (const float side = std::min(wide, high); side > best.side) best = {columns, rows, side};
  }
  return best;
}

void draw_pair(Canvas& c, Rect input, Rect attention, const FigureInput& in, const GalleryEntry& entry) {
  const float u = c.u(), line = Canvas::text_height(c.metrics().small_style());
  const auto draw = [&](Rect place, const std::shared_ptr<const Image>& image) {
    const Box all{0, 0, static_cast<double>(image->width()), static_cast<double>(image->height())};
    c.image(draw::fit(place, static_cast<float>(image->width()) / static_cast<float>(image->height())), image, all);
  };
  draw(input, entry.seen);
  draw(attention, entry.attended);
  const auto values = entry.rollout.values();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const draw::Style small = c.metrics().small_style();
  const float y = input.y1 + 0.4f * u;
  c.text({input.x0, y}, entry.name, c.metrics().small_medium(), c.theme().text1, Align::left, input.width());
  if (entry.best >= 0) c.text({input.x0, y + line}, in.trace.model().label(entry.best) + " " + draw::percent(entry.probability, 2), small, c.theme().text2, Align::left, input.width());
  c.text({attention.x0, y}, draw::percent(static_cast<double>(*low), 2) + " – " + draw::percent(static_cast<double>(*high), 2), small, c.theme().text2, Align::left, attention.width());
}

/// What brightness means: black to white from each picture's smallest to its largest share.
void brightness_bar(Canvas& c, Rect line) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const std::string_view low = c.tr("smallest share of the picture"), high = c.tr("largest");
  const float y = line.centre().y - Canvas::text_height(small) / 2;
  const float x = c.text({line.x0, y}, low, small, c.theme().text3, Align::left, 0.5f * line.width()).x1 + u;
  const Rect bar{x, line.centre().y - 0.6f * u, std::min(x + 14 * u, line.x1), line.centre().y + 0.6f * u};
  constexpr int kParts = 32;
  for (int i = 0; i < kParts; ++i) {
    const auto level = static_cast<std::uint8_t>(255 * i / (kParts - 1));
    const float step = bar.width() / kParts;
    c.fill({bar.x0 + step * static_cast<float>(i), bar.y0, bar.x0 + step * static_cast<float>(i + 1), bar.y1}, draw::Color{level, level, level, 255});
  }
  c.outline(bar, c.theme().hairline);
  if (bar.x1 + u + c.text_width(high, small) <= line.x1) c.text({bar.x1 + u, y}, high, small, c.theme().text3);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const auto gallery = found<RolloutGallery>(input, key_of(input));
  if (!gallery) return draw_missing(c, r);
  const float u = c.u(), line = Canvas::text_height(c.metrics().small_style());
  const auto count = static_cast<int>(gallery->entries.size());
  brightness_bar(c, r.cut_bottom(line));
  r.cut_bottom(u);
  const Rect heads = r.cut_top(line + 0.75f * u);
  const float gap = 2.5f * u, pair_gap = 0.6f * u, words = 2 * line + 0.4f * u;
  const Tiling t = tiling(r, count, gap, pair_gap, words);
  if (t.side < 3 * u) return;
  const float width = 2 * t.side + pair_gap, used = static_cast<float>(t.columns) * (width + gap) - gap;
  const float left = r.x0 + std::max(0.0f, (r.width() - used) / 2);
  for (int i = 0; i < count; ++i) {
    const float x = left + static_cast<float>(i % t.columns) * (width + gap), y = r.y0 + static_cast<float>(i / t.columns) * (t.side + words + gap);
    const Rect first = draw::rect_at({x, y}, t.side, t.side), second = first.moved({t.side + pair_gap, 0});
    if (i < t.columns)
      for (const auto& [place, name] : {std::pair{first, c.tr("input")}, {second, c.tr("attention")}})
        c.text({place.centre().x, heads.y0}, name, c.metrics().small_style(), c.theme().text3, Align::centre, t.side);
    draw_pair(c, first, second, input, gallery->entries[static_cast<std::size_t>(i)]);
  }
}

std::string subject(const Canvas& c, const FigureInput& input) {
  const std::string folder = folder_of(input);
  if (folder.empty()) return {};
  const std::string name = std::filesystem::path(folder).filename().string();
  return filled(c.tr("folder {0}"), {name.empty() ? folder : name});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text(c.tr("After Dosovitskiy et al. 2021, figure 6 and D.8: attention rollout from the class token (mean over heads, plus the identity, all blocks), divided by its largest share, "
                        "upscaled (Lanczos), blurred with a Gaussian one patch wide, spread from 0 to 1 and used as brightness. The numbers are the smallest and the largest share of a patch."));
  if (!folder_of(input).empty()) text += " " + filled(c.tr("Beside the open picture stand at most {0} others of its folder, by name; what cannot be read is left out."), {std::to_string(kMostOfFolder)});
  else if (choice(input.selection, options()[0]) == 1) text += " " + std::string(c.tr("The open picture lies in no folder: beside it stand the built-in ones."));
  if (input.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: attention that follows the objects is not to be expected without training."));
  return text;
}

Table data(const FigureInput& input) {
  Table table;
  const auto gallery = found<RolloutGallery>(input, key_of(input));
  if (!gallery) return table;
  TableColumn picture{"picture", {}}, patch{"patch", {}}, share{"rollout", {}};
  const int patches = input.config().patches();
  Tensor all({static_cast<int>(gallery->entries.size()), patches});
  for (std::size_t i = 0; i < gallery->entries.size(); ++i)
    for (int p = 0; p < patches; ++p) {
      const float value = gallery->entries[i].rollout.values()[static_cast<std::size_t>(p)];
      picture.values.push_back(static_cast<double>(i));
      patch.values.push_back(p);
      share.values.push_back(static_cast<double>(value));
      all.edit()[static_cast<std::int64_t>(i) * patches + p] = value;
    }
  table.columns = {picture, patch, share};
  table.tensors = {{"rollout", all}};
  return table;
}

}  // namespace

const Figure& paper_figure6() {
  static const Figure figure{"paper-figure-6", "Attention over several pictures (ViT, figure 6)", "prediction", {1340, 900}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
