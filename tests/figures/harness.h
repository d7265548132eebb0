// Draws figures without graphics card and looks at what they drew: small random models, a recording canvas, and checks of places, texts, tags and data.
#pragma once
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/draw/canvas.h"
#include "app/draw/fonts.h"
#include "app/draw/imgui_compat.h"
#include "app/figures/figure.h"
#include "core/forward.h"
#include "core/model/model.h"
#include "core/model/random.h"

namespace vitscope::test {

/// An architecture small enough to run in a test.
struct TinySizes {
  int height = 16, width = 16, channels = 3, patch_height = 4, patch_width = 4, dim = 24, depth = 2, heads = 3, head_width = 8, mlp_dim = 48, classes = 10;
};

inline Tensor random_tensor(Shape shape, std::uint64_t stream, float deviation) {
  Random random(7, stream);
  Tensor tensor(shape);
  std::generate_n(tensor.edit(), tensor.size(), [&] { return deviation * random.bell(); });
  return tensor;
}

/// Weights large enough that attention and prediction are not uniform.
inline ModelPtr tiny_model(const TinySizes& s, std::vector<std::string> labels = {}) {
  auto model = std::make_shared<Model>();
  VitConfig& config = model->config;
  config.image_height = s.height;
  config.image_width = s.width;
  config.channels = s.channels;
  config.patch_height = s.patch_height;
  config.patch_width = s.patch_width;
  config.dim = s.dim;
  config.depth = s.depth;
  config.heads = s.heads;
  config.head_width = s.head_width;
  config.mlp_dim = s.mlp_dim;
  config.classes = s.classes;
  config.score_scale = 1 / std::sqrt(static_cast<float>(s.head_width));
  config.grid = std::get<PatchGrid>(PatchGrid::make(s.height, s.width, s.patch_height, s.patch_width, config.prefix()));
  std::uint64_t stream = 0;
  const auto random = [&](Shape shape, float deviation) { return random_tensor(shape, ++stream, deviation); };
  const auto linear = [&](int out, int in) {
    Tensor bias = random({out}, 0.3f);
    return ops::Linear(random({out, in}, 0.3f), std::move(bias));
  };
  const auto norm = [&] { return NormWeights{random({s.dim}, 1), random({s.dim}, 0.1f)}; };
  Weights& w = model->weights;
  w.patch = linear(s.dim, config.patch_length());
  w.class_token = random({s.dim}, 1);
  w.stored_position = random({config.tokens(), s.dim}, 0.5f);
  w.stored_rows = config.grid.rows();
  w.stored_columns = config.grid.columns();
  w.position = w.stored_position;
  for (int b = 0; b < s.depth; ++b) {
    BlockWeights block;
    block.norm1 = norm();
    block.norm2 = norm();
    block.qkv = linear(3 * s.heads * s.head_width, s.dim);
    block.proj = linear(s.dim, s.heads * s.head_width);
    block.fc1 = linear(s.mlp_dim, s.dim);
    block.fc2 = linear(s.dim, s.mlp_dim);
    w.blocks.push_back(std::move(block));
  }
  w.norm = norm();
  w.head = linear(s.classes, s.dim);
  model->preprocess.height = s.height;
  model->preprocess.width = s.width;
  model->preprocess.channels = s.channels;
  model->name = "tiny";
  model->labels = std::move(labels);
  model->random_weights = true;
  model->parameters = 1;
  return model;
}

/// A picture of soft random waves.
inline PicturePtr tiny_picture(int height, int width, int channels) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int k = 0; k < channels; ++k) bytes.push_back(static_cast<std::uint8_t>(127.5 + 120 * std::sin(0.31 * x + 0.23 * y + 2 * k)));
  auto picture = std::make_shared<Picture>();
  picture->name = "waves.png";
  picture->image = Image::of_bytes(width, height, channels, std::move(bytes));
  return picture;
}

inline TracePtr tiny_trace(const ModelPtr& model, const PicturePtr& picture, Record record = Record::everything) {
  ThreadPool pool(1);
  ForwardOptions options;
  options.record = record;
  return forward(model, preprocess(picture, model->preprocess), pool, options);
}
inline TracePtr tiny_trace(const TinySizes& s, std::vector<std::string> labels = {}) {
  return tiny_trace(tiny_model(s, std::move(labels)), tiny_picture(s.height * 2, s.width * 3, s.channels));
}

/// The input with everything that the figure's studies find; computed on one thread, the first time that they are asked for.
inline figures::FigureInput with_studies(const figures::Figure& figure, figures::FigureInput input) {
  static Studies studies(4096);
  static ThreadPool pool(1);
  input.studies = &studies;
  for (const Study& study : figures::missing_studies(figure, input)) run_study(study, studies, pool);
  return input;
}

/// What a figure drew.
struct Drawing {
  draw::CanvasStore store;
  draw::Rect body;
};

inline std::unique_ptr<Drawing> draw_figure(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body, bool dark = true) {
  static const draw::Language english;
  static const draw::Fonts screen(draw::kScreenMetrics, 1, english), paper(draw::kPaperMetrics, 1, english);
  const draw::Fonts& fonts = input.paper ? paper : screen;
  auto drawing = std::make_unique<Drawing>();
  drawing->body = body;
  drawing->store.record = true;
  ImDrawList list(fonts.shared());
  list._ResetForNewFrame();
  list.PushClipRect({-1e4f, -1e4f}, {1e4f, 1e4f});
  draw::compat::push_atlas_texture(list, fonts.atlas());
  draw::Canvas canvas({.list = &list,
                       .store = &drawing->store,
                       .fonts = &fonts,
                       .theme = dark ? &draw::dark_theme() : &draw::light_theme(),
                       .language = &english,
                       .sink = {},
                       .metrics = input.paper ? draw::kPaperMetrics : draw::kScreenMetrics,
                       .scale = 1,
                       .time = 0,
                       .motion = false});
  figure.draw(canvas, body, input.studies ? input : with_studies(figure, input));
  return drawing;
}

inline std::string text_of(const draw::Rect& r) {
  return std::to_string(r.x0) + "," + std::to_string(r.y0) + ".." + std::to_string(r.x1) + "," + std::to_string(r.y1);
}

/// Marks outside of the body, in words; empty when there are none. The ring around a pinned thing may stand out by its own width: pages and
/// sheets leave that room, so that pictures and headings share their left edge.
inline std::string outside(const Drawing& d) {
  std::string found;
  for (const draw::Mark& m : d.store.marks) {
    const draw::Rect& w = m.where;
    const float slack = m.kind == "pinned" ? 3.1f : 2.0f;
    if (w.x0 < d.body.x0 - slack || w.y0 < d.body.y0 - slack || w.x1 > d.body.x1 + slack || w.y1 > d.body.y1 + slack)
      found += m.kind + " '" + m.text + "' at " + text_of(w) + "; ";
  }
  return found;
}

/// Pairs of texts that lie on each other, in words. Line boxes are a quarter taller than the type; only the type may not overlap.
inline std::string overlapping_texts(const Drawing& d) {
  std::vector<const draw::Mark*> texts;
  for (const draw::Mark& m : d.store.marks)
    if (m.kind == "text" && !m.text.empty()) texts.push_back(&m);
  std::string found;
  const auto type = [](const draw::Rect& r) { return r.inset(std::min(0.5f, r.width() / 4), r.height() * 0.14f); };
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = i + 1; j < texts.size(); ++j)
      if (type(texts[i]->where).overlaps(type(texts[j]->where)))
        found += "'" + texts[i]->text + "' " + text_of(texts[i]->where) + " and '" + texts[j]->text + "' " + text_of(texts[j]->where) + "; ";
  return found;
}

inline bool legal(const draw::Target& target, const VitConfig& config) {
  if (const auto* token = std::get_if<draw::TokenTarget>(&target)) return token->token >= 0 && token->token < config.tokens();
  if (const auto* head = std::get_if<draw::HeadTarget>(&target)) return head->block >= 0 && head->block < config.depth && head->head >= -2 && head->head < config.heads;
  if (const auto* place = std::get_if<draw::PlaceTarget>(&target)) return place->place.step != nullptr && place->place.block < config.depth;
  if (const auto* cell = std::get_if<draw::CellTarget>(&target)) {
    const CellRef& ref = cell->cell;
    const bool block = info(ref.tensor.slot).scope == Scope::block;
    if (block ? ref.tensor.block < 0 || ref.tensor.block >= config.depth : ref.tensor.block != -1) return false;
    const Shape shape = shape_of(ref.tensor.slot, config);
    const int index[4] = {ref.i, ref.j, ref.k, ref.l};
    for (int axis = 0; axis < 4; ++axis)
      if (index[axis] < 0 || index[axis] >= (axis < shape.rank() ? shape[axis] : 1)) return false;
    return true;
  }
  return true;
}

/// Tags that lie outside of the body or mean something that does not exist.
inline std::string bad_tags(const Drawing& d, const VitConfig& config) {
  std::string found;
  for (const draw::Tag& tag : d.store.tags) {
    const draw::Rect& w = tag.where;
    if (w.x0 < d.body.x0 - 2 || w.y0 < d.body.y0 - 2 || w.x1 > d.body.x1 + 2 || w.y1 > d.body.y1 + 2) found += "tag outside at " + text_of(w) + "; ";
    for (const float x : {0.001f, 0.3f, 0.5f, 0.999f})
      for (const float y : {0.001f, 0.3f, 0.5f, 0.999f})
        if (!legal(tag.at({w.x0 + x * w.width(), w.y0 + y * w.height()}), config)) {
          found += "illegal target at " + text_of(w) + "; ";
          break;
        }
  }
  return found;
}

/// Columns of unequal length, or without a name.
inline std::string bad_data(const figures::Table& table) {
  std::string found;
  for (const figures::TableColumn& column : table.columns) {
    if (column.name.empty()) found += "column without name; ";
    if (column.values.size() != table.columns.front().values.size()) found += column.name + " has another length; ";
  }
  for (const auto& [name, tensor] : table.tensors)
    if (name.empty() || tensor.empty()) found += "tensor " + name + " is empty; ";
  if (table.columns.empty() && table.tensors.empty()) found += "no data; ";
  return found;
}

}  // namespace vitscope::test
