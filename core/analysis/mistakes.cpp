#include "core/analysis/mistakes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analysis/attention.h"
#include "core/analysis/embedding.h"
#include "core/analysis/softmax_lab.h"

namespace vitscope {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::span<const float> row_of(const Tensor& stack, int head, int query) {
  const std::size_t tokens = at(stack.dim(2));
  return stack.row(head).subspan(at(query) * tokens, tokens);
}

/// The patches among a row over all tokens, as the grid that `value(row, column)` reads.
Tensor on_grid(std::span<const float> row, const PatchGrid& grid) {
  return Tensor({grid.rows(), grid.columns()}, row.subspan(at(grid.prefix()), at(grid.patches())));
}

double correlation(std::span<const float> a, std::span<const float> b) {
  double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  const auto n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ma += static_cast<double>(a[i]) / n, mb += static_cast<double>(b[i]) / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]) - ma, y = static_cast<double>(b[i]) - mb;
    aa += x * x, bb += y * y, ab += x * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 1;
}

/// Tokens cut channel first and put together again as if they had been cut channel last.
Mistake flatten_order(const Trace& trace) {
  const VitConfig& c = trace.config();
  const Tensor& pixels = trace.at(Slot::pixels);
  Tensor wrong(pixels.shape());
  const int area = c.patch_height * c.patch_width;
  double error = 0;
  for (int patch = 0; patch < c.patches(); ++patch)
    for (int element = 0; element < c.patch_length(); ++element) {
      const auto pixel = [&](int channel, int inside) {
        return (static_cast<std::ptrdiff_t>(channel) * c.image_height + c.grid.row(patch) * c.patch_height + inside / c.patch_width) * c.image_width +
               c.grid.column(patch) * c.patch_width + inside % c.patch_width;
      };
      const float value = pixels.data()[pixel(element / area, element % area)];
      float& to = wrong.edit()[pixel(element % c.channels, element / c.channels)];
      to = value;
    }
  for (std::int64_t i = 0; i < pixels.size(); ++i) error += std::fabs(static_cast<double>(pixels.data()[i]) - static_cast<double>(wrong.data()[i]));
  return {"Channels read in the wrong order",
          "Patches are flattened channel by channel and put together again pixel by pixel. The picture falls apart inside every patch, colours and all.",
          "mean error of a pixel, of white", "%", 0, 100 * error / static_cast<double>(pixels.size()), MistakePicture::planes, pixels, wrong};
}

/// Tokens laid out down the columns instead of along the rows.
Mistake transposed(const Trace& trace, std::span<const float> row) {
  const PatchGrid& grid = trace.grid();
  const Tensor right = on_grid(row, grid);
  Tensor wrong({grid.rows(), grid.columns()});
  for (int r = 0; r < grid.rows(); ++r)
    for (int k = 0; k < grid.columns(); ++k) wrong.edit()[r * grid.columns() + k] = right.values()[at(k * grid.rows() + r)];
  return {"Rows and columns exchanged", "The map is laid out down the columns. On a square grid nothing fails: only the place is wrong.", "correlation with the true map", "", 1,
          correlation(right.values(), wrong.values()), MistakePicture::magnitude, right, wrong};
}

/// The map of the crop stretched over the whole picture.
Mistake stretched(const Trace& trace) {
  const ModelInput& input = trace.input();
  const Image& image = input.picture->image;
  const PatchGrid& grid = trace.grid();
  const double w = image.width(), h = image.height();
  double shift = 0;
  // Where each pixel of a small copy of the picture finds its patch: brightness counts patches like a chessboard.
  const int columns = 96, rows = std::clamp(static_cast<int>(96 * h / w), 8, 192);
  Tensor right({rows, columns}), wrong({rows, columns});
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x) {
      const Point original{(x + 0.5) * w / columns, (y + 0.5) * h / rows};
      const Point model = input.map.to_model(original), naive{original.x / w * trace.config().image_width, original.y / h * trace.config().image_height};
      const auto tone = [&](Point p) {
        const int patch = grid.patch_at_pixel(p);
        return patch < 0 ? 0.0f : (grid.row(patch) + grid.column(patch)) % 2 ? 1.0f : 0.5f;
      };
      right.edit()[y * columns + x] = tone(model);
      wrong.edit()[y * columns + x] = tone(naive);
    }
  for (const Point corner : {Point{0, 0}, Point{w, 0}, Point{0, h}, Point{w, h}}) {
    const Point naive = input.map.to_original(Point{corner.x / w * trace.config().image_width, corner.y / h * trace.config().image_height});
    shift = std::max(shift, std::hypot(naive.x - corner.x, naive.y - corner.y));
  }
  return {"The map stretched over what was cut off", "The model saw the middle of the picture; the map is laid over all of it. Every patch lies away from what it was made from.",
          "largest shift on the picture", "px", 0, shift, MistakePicture::magnitude, right, wrong};
}

Mistake own_scale(const Trace& trace, int block, int head, int query) {
  const PatchGrid& grid = trace.grid();
  // The flattest head of the block against the selected one.
  int flattest = 0;
  double most = -1;
  for (int h = 0; h < trace.config().heads; ++h)
    if (const double bits = entropy_bits(row_of(trace.at(Slot::attn, block), h, query)); bits > most) most = bits, flattest = h;
  const Tensor sharp = on_grid(row_of(trace.at(Slot::attn, block), head, query), grid), flat = on_grid(row_of(trace.at(Slot::attn, block), flattest, query), grid);
  const float top = std::max(*std::max_element(sharp.values().begin(), sharp.values().end()), *std::max_element(flat.values().begin(), flat.values().end()));
  const auto [lo, hi] = std::minmax_element(flat.values().begin(), flat.values().end());
  Tensor right(flat.shape()), wrong(flat.shape());
  for (std::size_t i = 0; i < flat.values().size(); ++i) {
    right.edit()[i] = top > 0 ? flat.values()[i] / top : 0;
    wrong.edit()[i] = *hi > *lo ? (flat.values()[i] - *lo) / (*hi - *lo) : 0;
  }
  const double shown = top > 0 ? static_cast<double>((*hi - *lo) / top) : 0;
  return {"Every map scaled to its own range", "The flattest head of the block, scaled from its least to its largest share, looks as strong as any. On one scale with the selected head it is faint.",
          "part of the scale that it uses", "%", 100 * shown, 100, MistakePicture::magnitude, right, wrong};
}

Mistake not_renormalised(const Trace& trace, int block, int head) {
  const Tensor& attn = trace.at(Slot::attn, block);
  const auto distance = [&](DistanceDefinition definition) { return attention_distance(attn, trace.grid(), definition)[at(head)].distance; };
  const int tokens = trace.config().tokens(), prefix = trace.grid().prefix();
  Tensor right({tokens - prefix, tokens - prefix}), wrong(right.shape());
  for (int q = prefix; q < tokens; ++q) {
    double sum = 0;
    for (int k = prefix; k < tokens; ++k) sum += static_cast<double>(attn.at(head, q, k));
    for (int k = prefix; k < tokens; ++k) {
      const std::ptrdiff_t cell = static_cast<std::ptrdiff_t>(q - prefix) * (tokens - prefix) + k - prefix;
      wrong.edit()[cell] = attn.at(head, q, k);
      right.edit()[cell] = sum > 0 ? static_cast<float>(static_cast<double>(attn.at(head, q, k)) / sum) : 0;
    }
  }
  return {"A distance over shares that do not sum to 1", "The class token's share is cut out and the rest is not renormalised. A head that looks at the class token seems to look nearby.",
          "mean attention distance", "px", distance(DistanceDefinition::renormalised), distance(DistanceDefinition::keras), MistakePicture::magnitude, right, wrong};
}

Mistake last_row_dropped(const Trace& trace, int query) {
  const PatchGrid& grid = trace.grid();
  const Tensor& table = trace.model().weights.position;
  const int prefix = table.dim(0) - grid.patches(), patch = std::max(0, grid.patch_of(query));
  const auto tile = [&](int first) {
    const auto cut = table.values().subspan(at(first) * at(table.dim(1)), at(grid.patches()) * at(table.dim(1)));
    const Tensor similarity = position_similarity(Tensor({grid.patches(), table.dim(1)}, cut), grid);
    return Tensor({grid.rows(), grid.columns()}, similarity.row(patch));
  };
  const Tensor right = tile(prefix), wrong = tile(0);
  // What the tile says of the patch's own right neighbour, or left one at the border.
  const int beside = grid.column(patch) + 1 < grid.columns() ? patch + 1 : std::max(0, patch - 1);
  return {"Similarity that drops the last row", "The row of the class token stays in, the last patch falls out: every tile belongs to the patch before it.", "cosine with the next patch, as shown", "",
          static_cast<double>(right.values()[at(beside)]), static_cast<double>(wrong.values()[at(beside)]), MistakePicture::signed_values, right, wrong};
}

Mistake wrong_epsilon(const Trace& trace, int query) {
  const std::span<const float> x = trace.entering(0).row(query);
  const double right_eps = static_cast<double>(trace.config().layer_norm_eps), wrong_eps = right_eps < 5e-6 ? 1e-5 : 1e-6;
  double mean = 0, variance = 0;
  for (float v : x) mean += static_cast<double>(v) / static_cast<double>(x.size());
  for (float v : x) variance += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean) / static_cast<double>(x.size());
  Tensor right({1, static_cast<int>(x.size())}), wrong(right.shape());
  for (std::size_t i = 0; i < x.size(); ++i) {
    right.edit()[i] = static_cast<float>((static_cast<double>(x[i]) - mean) / std::sqrt(variance + right_eps));
    wrong.edit()[i] = static_cast<float>((static_cast<double>(x[i]) - mean) / std::sqrt(variance + wrong_eps));
  }
  return {"Another epsilon in LayerNorm", "1e-5 where the model was trained with 1e-6, or the other way round. Nothing looks wrong; short tokens come out a little smaller or larger.",
          "error of the row, of its length", "%", 0, 100 * std::fabs(std::sqrt((variance + right_eps) / (variance + wrong_eps)) - 1), MistakePicture::signed_values, right, wrong};
}

double exact_gelu(double u) { return u * 0.5 * std::erfc(-u / std::numbers::sqrt2); }
double tanh_gelu(double u) { return 0.5 * u * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (u + 0.044715 * u * u * u))); }

Mistake wrong_gelu(const Trace& trace, int block, int query) {
  const std::span<const float> u = trace.at(Slot::fc1, block).row(query);
  Tensor right({1, static_cast<int>(u.size())}), wrong(right.shape());
  double largest = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double exact = exact_gelu(static_cast<double>(u[i])), approximate = tanh_gelu(static_cast<double>(u[i]));
    right.edit()[i] = static_cast<float>(exact);
    wrong.edit()[i] = static_cast<float>(approximate);
    largest = std::max(largest, std::fabs(exact - approximate));
  }
  return {"GELU by its tanh approximation", "Two formulas go by the name of GELU. They differ by less than 0.0005: too little to see, enough to fail a comparison with the reference.",
          "largest error in this row", "", 0, largest, MistakePicture::signed_values, right, wrong};
}

std::vector<double> probabilities(std::span<const double> logits) {
  const double peak = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  double sum = 0;
  for (double z : logits) p.push_back(std::exp(z - peak)), sum += p.back();
  for (double& x : p) x /= sum;
  return p;
}

/// Two answers, from the class token and from the mean patch, taken together before and after the softmax.
Mistake mean_of_probabilities(const Trace& trace) {
  const Tensor &norm = trace.at(Slot::norm), &weight = trace.model().weights.head.weight(), &bias = trace.model().weights.head.bias();
  const int classes = trace.config().classes, dim = norm.dim(1), prefix = trace.grid().prefix();
  std::vector<double> first(at(classes)), second(at(classes)), mean(at(classes));
  std::vector<double> patches(at(dim), 0.0);
  for (int token = prefix; token < norm.dim(0); ++token)
    for (int j = 0; j < dim; ++j) patches[at(j)] += static_cast<double>(norm.at(token, j)) / (norm.dim(0) - prefix);
  for (int k = 0; k < classes; ++k) {
    first[at(k)] = static_cast<double>(trace.at(Slot::logits).at(k));
    second[at(k)] = bias.empty() ? 0 : static_cast<double>(bias.at(k));
    for (int j = 0; j < dim; ++j) second[at(k)] += patches[at(j)] * static_cast<double>(weight.at(k, j));
    mean[at(k)] = (first[at(k)] + second[at(k)]) / 2;
  }
  const std::vector<double> right = probabilities(mean), one = probabilities(first), two = probabilities(second);
  Tensor right_row({1, classes}), wrong_row({1, classes});
  for (std::size_t k = 0; k < right.size(); ++k) {
    right_row.edit()[k] = static_cast<float>(right[k]);
    wrong_row.edit()[k] = static_cast<float>((one[k] + two[k]) / 2);
  }
  const auto best = static_cast<std::size_t>(std::max_element(right.begin(), right.end()) - right.begin());
  return {"Probabilities averaged instead of logits", "Distilled models answer with the mean of two vectors of logits. Here the two answers are those of the class token and of the mean patch.",
          "probability of the first class", "%", 100 * right[best], 50 * (one[best] + two[best]), MistakePicture::magnitude, right_row, wrong_row};
}

Mistake wrong_axis(const Trace& trace, int block, int head, int query) {
  const Tensor& attn = trace.at(Slot::attn, block);
  const int tokens = trace.config().tokens();
  Tensor right({tokens, tokens}), wrong({tokens, tokens});
  double sum = 0;
  for (int k = 0; k < tokens; ++k) {
    double column = 0;
    for (int q = 0; q < tokens; ++q) column += static_cast<double>(attn.at(head, q, k));
    for (int q = 0; q < tokens; ++q) {
      right.edit()[q * tokens + k] = attn.at(head, q, k);
      wrong.edit()[q * tokens + k] = column > 0 ? static_cast<float>(static_cast<double>(attn.at(head, q, k)) / column) : 0;
    }
    sum += static_cast<double>(wrong.at(query, k));
  }
  return {"Divided along the wrong axis", "Rows are queries and sum to 1. Divided by the sums of the columns, every key is looked at equally much, which says nothing about queries.", "sum of the selected row", "",
          1, sum, MistakePicture::magnitude, right, wrong};
}

/// Heads read interleaved (number, head) instead of side by side (head, number).
Mistake wrong_head_order(const Trace& trace, int block, int query) {
  const VitConfig& c = trace.config();
  const std::span<const float> context = trace.at(Slot::context, block).row(query);
  Tensor right({c.heads, c.head_width}, context), wrong({c.heads, c.head_width});
  for (std::size_t i = 0; i < context.size(); ++i) wrong.edit()[i] = context[i % at(c.heads) * at(c.head_width) + i / at(c.heads)];
  const Tensor& weight = trace.model().weights.blocks[at(block)].proj.weight();
  double error = 0, size = 0;
  for (int j = 0; j < c.dim; ++j) {
    double a = 0, b = 0;
    for (std::size_t i = 0; i < context.size(); ++i) {
      const auto w = static_cast<double>(weight.row(j)[i]);
      a += static_cast<double>(right.values()[i]) * w;
      b += static_cast<double>(wrong.values()[i]) * w;
    }
    error += (a - b) * (a - b), size += a * a;
  }
  return {"Heads joined in the wrong order", "The numbers of the heads are interleaved instead of side by side: the shape is right, every weight of the output projection meets a wrong number.",
          "error of the attention output, of its length", "%", 0, size > 0 ? 100 * std::sqrt(error / size) : 0, MistakePicture::signed_values, right, wrong};
}

Mistake missing_scale(const Trace& trace, int block, int head, int query) {
  const auto scores = row_of(trace.at(Slot::scores, block), head, query);
  const PatchGrid& grid = trace.grid();
  const SoftmaxRow right = softmax_row_at(scores, 1, 1, grid, query);
  const SoftmaxRow wrong = softmax_row_at(scores, 1 / static_cast<double>(trace.config().score_scale), 1, grid, query);
  return {"Scores without 1/√d", "Scores of wide heads are large. Not divided by √d they make the softmax all but choose one key.", "entropy of the selected row", "bits", right.entropy, wrong.entropy,
          MistakePicture::magnitude, on_grid(right.shares, grid), on_grid(wrong.shares, grid)};
}

}  // namespace

std::vector<Mistake> mistakes(const Trace& trace, int block, int head, int query) {
  const VitConfig& c = trace.config();
  const Tensor& position = trace.model().weights.position;
  const auto has = [&](std::initializer_list<Slot> slots) {
    return std::all_of(slots.begin(), slots.end(), [&](Slot slot) { return trace.has(slot, info(slot).scope == Scope::block ? block : -1); });
  };
  std::vector<Mistake> list;
  if (c.channels > 1 && c.cuts_patches() && has({Slot::pixels})) list.push_back(flatten_order(trace));
  if (has({Slot::attn, Slot::scores})) {
    list.push_back(transposed(trace, row_of(trace.at(Slot::attn, block), head, query)));
    if (trace.input().picture) list.push_back(stretched(trace));
    list.push_back(own_scale(trace, block, head, query));
    if (c.grid.prefix() > 0) list.push_back(not_renormalised(trace, block, head));
  }
  if (!position.empty() && position.dim(0) > c.patches()) list.push_back(last_row_dropped(trace, query));
  if (trace.has(Slot::embed_pos)) list.push_back(wrong_epsilon(trace, query));
  if (has({Slot::fc1})) list.push_back(wrong_gelu(trace, block, query));
  if (c.classes > 1 && c.pool == "cls" && !c.two_heads && has({Slot::norm, Slot::logits}) && trace.model().weights.head.in() == c.dim) list.push_back(mean_of_probabilities(trace));
  if (has({Slot::attn, Slot::scores})) {
    list.push_back(wrong_axis(trace, block, head, query));
    if (c.heads > 1 && has({Slot::context})) list.push_back(wrong_head_order(trace, block, query));
    list.push_back(missing_scale(trace, block, head, query));
  }
  return list;
}

}  // namespace vitscope
