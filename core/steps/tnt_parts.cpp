#include "core/steps/tnt_parts.h"

#include <algorithm>

namespace vitscope::tnt {

TensorRef entering_words(int block) { return block == 0 ? TensorRef{Slot::tnt_embed, -1} : TensorRef{Slot::tnt_out, block - 1}; }

Stack inner_transformer(const Model& model, int block) {
  const TntConfig& tnt = *model.config.tnt;
  Stack s{.norm1 = Slot::tnt_norm1,
          .q = Slot::tnt_q,
          .k = Slot::tnt_k,
          .v = Slot::tnt_v,
          .scores = Slot::tnt_scores,
          .attn = Slot::tnt_attn,
          .context = Slot::tnt_context,
          .proj = Slot::tnt_attn_out,
          .sum = Slot::tnt_resid1,
          .norm2 = Slot::tnt_norm2,
          .fc1 = Slot::tnt_fc1,
          .gelu = Slot::tnt_gelu,
          .fc2 = Slot::tnt_fc2,
          .out = Slot::tnt_out};
  s.block = block;
  s.stacked = true;
  s.sequences = model.config.patches();
  s.tokens = tnt.words();
  s.width_in = tnt.width();
  s.heads = tnt.heads;
  s.head_width = tnt.head_width;
  s.hidden = tnt.hidden;
  s.score_scale = tnt.score_scale;
  s.eps = model.config.layer_norm_eps;
  s.weights = &model.weights.tnt.inner[static_cast<std::size_t>(block)];
  const TensorRef entering = entering_words(block);
  s.entering = entering.slot;
  s.entering_block = entering.block;
  s.token_word = "word";
  s.sequence_word = "patch";
  s.attention_slug = "tnt-inner-attention";
  s.gather_slug = "tnt-inner-gather";
  s.mlp_slug = "tnt-inner-mlp";
  return s;
}

Corner window_corner(const VitConfig& config, int patch, int word) {
  const TntConfig& tnt = *config.tnt;
  const int row = word / tnt.word_columns, column = word % tnt.word_columns, patch_row = config.grid.row(patch), patch_column = config.grid.column(patch);
  if (tnt.whole_picture)
    return {(patch_row * tnt.word_rows + row) * tnt.stride - tnt.padding, (patch_column * tnt.word_columns + column) * tnt.stride - tnt.padding};
  return {patch_row * config.patch_height + row * tnt.stride - tnt.padding, patch_column * config.patch_width + column * tnt.stride - tnt.padding};
}

Bounds bounds_of(const VitConfig& config, int patch) {
  if (config.tnt->whole_picture) return {0, 0, config.image_height, config.image_width};
  const int top = config.grid.row(patch) * config.patch_height, left = config.grid.column(patch) * config.patch_width;
  return {top, left, top + config.patch_height, left + config.patch_width};
}

std::string word_name(int patch, int word) { return "word " + std::to_string(word) + " of patch " + std::to_string(patch); }

void stations_below_words(Explanation& e, const Trace& trace, int block, int patch) {
  const VitConfig& config = trace.config();
  const TntConfig& tnt = *config.tnt;
  const std::string of_patch = why::sizes({tnt.words(), tnt.width()});
  if (block > 0) why::station(e, "words of patch " + std::to_string(patch) + " after block " + std::to_string(block), of_patch, "tnt-inner-mlp", block - 1);
  why::station(e, "words of patch " + std::to_string(patch) + " with position", of_patch, "tnt-words");
  if (config.tnt->whole_picture) {
    why::station(e, trace.input().picture ? "pixels of the picture" : "numbers of the input file",
                 why::sizes({config.channels, config.image_height, config.image_width}), "picture");
  } else {
    why::pixels_of_patch(e, trace);
  }
}

namespace {
bool apart(const FoldParts& f, const TntConfig& tnt) { return f.weights->norm1.gain.size() == tnt.width() && tnt.words() > 1; }
}  // namespace

void run_fold(StepContext& c, const FoldParts& f) {
  const VitConfig& config = c.config();
  const TntConfig& tnt = *config.tnt;
  const float* words = c.trace.at(f.words).data();
  const NormWeights& norm = f.weights->norm1;
  Tensor normed = c.make(f.norm), projected = c.make(f.proj), result = c.make(f.result);
  const bool each = apart(f, tnt);
  ops::layer_norm(c.pool, words, config.patches() * (each ? tnt.words() : 1), each ? tnt.width() : tnt.words() * tnt.width(), norm.gain.data(),
                  norm.shift.data(), config.layer_norm_eps, normed.edit());
  ops::linear(c.pool, normed.data(), config.patches(), f.weights->proj, projected.edit());
  if (f.weights->norm2.gain.empty()) {
    std::copy_n(projected.data(), projected.size(), result.edit());
  } else {
    ops::layer_norm(c.pool, projected.data(), config.patches(), config.dim, f.weights->norm2.gain.data(), f.weights->norm2.shift.data(), config.layer_norm_eps,
                    result.edit());
  }
  c.keep(f.norm, std::move(normed));
  c.keep(f.proj, std::move(projected));
  c.keep(f.result, std::move(result));
}

Explanation explain_fold(const Trace& trace, const FoldParts& f, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const TntConfig& tnt = *config.tnt;
  const int patch = cell.i, width = tnt.width();
  const std::string name = "patch " + std::to_string(patch);
  Explanation e;
  if (cell.tensor.slot == f.norm) {
    const int word = cell.j / width, number = cell.j % width;
    const std::span<const float> all = trace.at(f.words).row(patch);
    const CellRef source{f.words, patch, word, number};
    const bool each = apart(f, tnt);
    const std::span<const float> row = each ? all.subspan(static_cast<std::size_t>(word) * width, static_cast<std::size_t>(width)) : all;
    e = why::layer_norm(row, f.weights->norm1, config.layer_norm_eps, each ? number : cell.j, source);
    why::station(e, "normalised number " + std::to_string(number) + " of " + word_name(patch, word), "1 number", f.slug, f.block);
  } else if (cell.tensor.slot == f.proj) {
    e = why::linear(
        trace.at(f.norm, f.block).row(patch), f.weights->proj, cell.j,
        [&](int j) { return "word " + std::to_string(j / width) + ", " + std::to_string(j % width); },
        [&](int j) {
          return CellRef{{f.norm, f.block}, patch, j};
        });
    e.label_column = "word, number";
    e.note = "All " + std::to_string(tnt.words()) + " words of the patch, side by side, each number times its weight.";
    why::station(e, "projected words of " + name, "1 of " + std::to_string(config.dim), f.slug, f.block);
  } else {
    const CellRef source{{f.proj, f.block}, patch, cell.j};
    if (f.weights->norm2.gain.empty()) {
      e = why::copy("y = projected words", static_cast<double>(trace.value(source)),
                    "This variant adds the projected words as they are, without a second norm.", source);
    } else {
      e = why::layer_norm(trace.at(f.proj, f.block).row(patch), f.weights->norm2, config.layer_norm_eps, cell.j, source);
    }
    why::station(e, "words of " + name + " as one row", "1 of " + std::to_string(config.dim), f.slug, f.block);
  }
  // The words behind block i have gone through i + 1 inner transformers.
  stations_below_words(e, trace, f.block + 1, patch);
  return e;
}

}  // namespace vitscope::tnt
