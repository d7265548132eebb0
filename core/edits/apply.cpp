// Edits of tensors, made when the step that writes them is done.
#include "core/edits/apply.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/ops/ops.h"
#include "core/ops/thread_pool.h"
#include "core/variants.h"

namespace vitscope {

namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

bool changes_order(const Edit& edit) { return edit.on && (edit.kind == EditKind::channel_last || edit.kind == EditKind::column_order); }

/// One step that has just run, with the edits of the run.
class Editor {
 public:
  Editor(Trace& trace, ThreadPool& pool, int block, const Edits& edits) : trace_(trace), pool_(pool), block_(block), edits_(edits) {}

  void edit(Slot slot) {
    switch (slot) {
      case Slot::patches: reorder(); break;
      case Slot::embed_patch: zero_tokens(); break;
      case Slot::embed_cls: zero_class(); break;
      case Slot::scores: scores(); break;
      case Slot::attn: attention(); break;
      case Slot::weighted: heads_off(); break;
      case Slot::attn_out: scale(Slot::attn_out, Part::attention); break;
      case Slot::fc2: scale(Slot::fc2, Part::mlp); break;
      case Slot::resid1: cut(Slot::resid1, variants::first_addition(trace_.config()), Part::attention); break;
      case Slot::out: leave_block(); break;
      case Slot::norm1: norm_off(Slot::norm1, Part::attention); break;
      case Slot::norm2: norm_off(Slot::norm2, Part::mlp); break;
      case Slot::norm: norm_off(Slot::norm, Part::answer); break;
      case Slot::pooled: pool_patches(); break;
      case Slot::probs: heat_answer(); break;
      default: break;
    }
  }

 private:
  /// The numbers of a tensor that only this run has seen.
  float* values(Slot slot) {
    Tensor tensor = trace_.at(slot, block_of(slot));
    return tensor.edit();
  }
  int block_of(Slot slot) const { return info(slot).scope == Scope::block ? block_ : -1; }
  template <class Action>
  void each(EditKind kind, const Action& action) {
    for (const Edit& edit : edits_)
      if (edit.kind == kind && concerns(edit, block_)) action(edit);
  }
  void copy(const Tensor& from, Slot to) { std::copy(from.values().begin(), from.values().end(), values(to)); }

  void reorder() {
    if (std::none_of(edits_.begin(), edits_.end(), changes_order)) return;
    // The rows share their memory with the patches of the step before, which stay.
    const VitConfig& config = trace_.config();
    const Tensor before = trace_.at(Slot::patches);
    Tensor after(before.shape());
    for (int row = 0; row < before.dim(0); ++row)
      for (int element = 0; element < before.dim(1); ++element) {
        const FlatPlace from = flat_place(edits_, config, row, element);
        after.edit()[static_cast<std::ptrdiff_t>(row) * before.dim(1) + element] = before.at(from.patch, from.element);
      }
    trace_.set({Slot::patches}, std::move(after));
  }
  void zero_tokens() {
    const int dim = trace_.config().dim;
    for (const Edit& edit : edits_)
      if (edit.on && edit.kind == EditKind::mask && edit.fill == Fill::zero)
        for (int patch : edit.patches) std::fill_n(values(Slot::embed_patch) + static_cast<std::ptrdiff_t>(patch) * dim, dim, 0.0f);
  }
  void zero_class() {
    for (const Edit& edit : edits_)
      if (edit.on && edit.kind == EditKind::class_zero) std::fill_n(values(Slot::embed_cls), trace_.config().dim, 0.0f);
  }
  void scores() {
    const VitConfig& config = trace_.config();
    float* const scores = values(Slot::scores);
    bool scaled = false;
    for (const Edit& edit : edits_) {
      if (!concerns(edit, block_)) continue;
      if (edit.kind == EditKind::no_scale && !std::exchange(scaled, true)) {
        const float factor = 1 / config.score_scale;
        const std::int64_t count = trace_.at(Slot::scores, block_).size();
        for (std::int64_t i = 0; i < count; ++i) scores[i] *= factor;
      } else if (edit.kind == EditKind::score) {
        const std::ptrdiff_t tokens = config.tokens();
        scores[(edit.heads.front() * tokens + edit.query) * tokens + edit.key] = static_cast<float>(edit.value);
      }
    }
  }
  void attention() {
    const VitConfig& config = trace_.config();
    const SoftmaxEdits softmax = softmax_edits(edits_, block_, config);
    if (!softmax.any) return;
    const int tokens = config.tokens();
    const float* const from = trace_.at(Slot::scores, block_).data();
    float* const to = values(Slot::attn);
    const auto rows = [&](int begin, int end) {
      for (int row = begin; row < end; ++row) {
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(row) * tokens;
        softmax_row({from + at, index(tokens)}, softmax.dropped, softmax.temperature[index(row / tokens)], {to + at, index(tokens)});
      }
    };
    pool_.run(config.heads * tokens, 16, std::cref(rows));
  }
  void heads_off() {
    const VitConfig& config = trace_.config();
    const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(config.tokens()) * config.head_width;
    each(EditKind::head_off, [&](const Edit& edit) {
      for (int head = 0; head < config.heads; ++head)
        if (concerns_head(edit, head)) std::fill_n(values(Slot::weighted) + head * size, size, 0.0f);
    });
  }
  void scale(Slot slot, Part part) {
    const std::int64_t count = trace_.at(slot, block_).size();
    each(EditKind::branch, [&](const Edit& edit) {
      if (edit.part != part) return;
      float* const x = values(slot);
      // 0 times infinity is no number; a branch that is off adds 0 whatever it holds.
      for (std::int64_t i = 0; i < count; ++i) x[i] = edit.value == 0 ? 0.0f : x[i] * static_cast<float>(edit.value);
    });
  }
  void cut(Slot sum, Slot branch, Part part) {
    each(EditKind::residual_off, [&](const Edit& edit) {
      if (edit.part == part) copy(trace_.at(branch, block_), sum);
    });
  }
  void leave_block() {
    for (const Edit& edit : edits_) {
      if (!edit.on) continue;
      if (edit.kind == EditKind::residual_off && edit.part == Part::mlp && concerns(edit, block_)) copy(trace_.at(variants::second_addition(trace_.config()), block_), Slot::out);
      if (edit.kind == EditKind::block_off && concerns(edit, block_)) copy(trace_.stream_before(block_), Slot::out);
      if (edit.kind == EditKind::class_from && edit.block - 1 == block_) {
        const auto row = trace_.at(Slot::out, edit.from).row(0);
        std::copy(row.begin(), row.end(), values(Slot::out));
      }
    }
  }
  void norm_off(Slot slot, Part part) {
    for (const Edit& edit : edits_) {
      if (!edit.on || edit.kind != EditKind::norm_off || edit.part != part) continue;
      if (part == Part::answer) copy(trace_.entering(trace_.config().depth), slot);
      else if (concerns(edit, block_)) copy(part == Part::mlp ? trace_.at(Slot::resid1, block_) : trace_.entering(block_), slot);
    }
  }
  void pool_patches() {
    const std::vector<int> tokens = averaged_tokens(edits_, trace_.config());
    if (tokens.empty()) return;
    const Tensor& norm = trace_.at(variants::pooling_input(trace_.config()));
    float* const pooled = values(Slot::pooled);
    for (int j = 0; j < norm.dim(1); ++j) {
      double sum = 0;
      for (int token : tokens) sum += static_cast<double>(norm.at(token, j));
      pooled[j] = static_cast<float>(sum / static_cast<double>(tokens.size()));
    }
  }
  void heat_answer() {
    const double temperature = answer_temperature(edits_);
    if (temperature == 1 || !trace_.has(Slot::probs)) return;
    const Tensor& logits = trace_.at(Slot::logits);
    softmax_row(logits.values(), {}, temperature, {values(Slot::probs), logits.values().size()});
  }

  Trace& trace_;
  ThreadPool& pool_;
  int block_;
  const Edits& edits_;
};

}  // namespace

FlatPlace flat_place(const Edits& edits, const VitConfig& config, int row, int element) {
  FlatPlace place{row, element};
  const int area = config.patch_height * config.patch_width;
  for (const Edit& edit : edits) {
    if (!edit.on) continue;
    // Row i of the wrong order holds patch (i mod rows, i / rows); element i holds channel i mod C of pixel i / C.
    if (edit.kind == EditKind::column_order) place.patch = config.grid.patch_at(row % config.grid.rows(), row / config.grid.rows());
    if (edit.kind == EditKind::channel_last) place.element = element % config.channels * area + element / config.channels;
  }
  return place;
}

bool concerns_head(const Edit& edit, int head) { return edit.heads.empty() || std::find(edit.heads.begin(), edit.heads.end(), head) != edit.heads.end(); }

int SoftmaxEdits::kept() const { return static_cast<int>(std::count(dropped.begin(), dropped.end(), nullptr)); }

SoftmaxEdits softmax_edits(const Edits& edits, int block, const VitConfig& config) {
  SoftmaxEdits result{std::vector<const Edit*>(index(config.tokens())), std::vector<double>(index(config.heads), 1), std::vector<const Edit*>(index(config.heads)), false};
  for (const Edit& edit : edits) {
    if (!edit.on) continue;
    if (edit.kind == EditKind::mask && edit.fill == Fill::drop) {
      for (int patch : edit.patches) result.dropped[index(config.grid.token_of(patch))] = &edit;
    } else if (edit.kind == EditKind::class_removed) {
      result.dropped[0] = &edit;
    } else if (edit.kind == EditKind::temperature && concerns(edit, block)) {
      for (int head = 0; head < config.heads; ++head) {
        if (!concerns_head(edit, head)) continue;
        result.temperature[index(head)] = edit.value;
        result.heated[index(head)] = &edit;
      }
    } else {
      continue;
    }
    result.any = true;
  }
  return result;
}

std::vector<double> softmax_powers(std::span<const float> scores, std::span<const Edit* const> dropped, double temperature) {
  const auto left = [&](std::size_t i) { return dropped.empty() || dropped[i] == nullptr; };
  double peak = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (left(i)) peak = std::max(peak, static_cast<double>(scores[i]));
  std::vector<double> powers(scores.size(), 0.0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!left(i)) continue;
    const double below = static_cast<double>(scores[i]) - peak;
    // Both limits are taken: at 0 the largest score takes all (equal ones share), at infinity all are alike.
    powers[i] = temperature == 0 ? (below == 0 ? 1.0 : 0.0) : std::exp(below / temperature);
  }
  return powers;
}

void softmax_row(std::span<const float> scores, std::span<const Edit* const> dropped, double temperature, std::span<float> shares) {
  const std::vector<double> powers = softmax_powers(scores, dropped, temperature);
  double total = 0;
  for (double power : powers) total += power;
  for (std::size_t i = 0; i < powers.size(); ++i) shares[i] = total > 0 ? static_cast<float>(powers[i] / total) : 0.0f;
}

std::vector<int> averaged_tokens(const Edits& edits, const VitConfig& config) {
  const bool removed = std::any_of(edits.begin(), edits.end(), [](const Edit& e) { return e.on && e.kind == EditKind::class_removed; });
  const SoftmaxEdits softmax = softmax_edits(edits, 0, config);
  if (!removed && (config.pool == "cls" || softmax.kept() == config.tokens())) return {};
  std::vector<int> tokens;
  for (int token = config.pool == "mean" && !removed ? 0 : config.grid.prefix(); token < config.tokens(); ++token)
    if (!softmax.dropped[index(token)]) tokens.push_back(token);
  return tokens;
}

double answer_temperature(const Edits& edits) {
  double temperature = 1;
  for (const Edit& edit : edits)
    if (edit.on && edit.kind == EditKind::logit_temperature) temperature = edit.value;
  return temperature;
}

void apply_edits(Trace& trace, ThreadPool& pool, const Place& place, const Edits& edits) {
  Editor editor(trace, pool, place.block, edits);
  for (Slot slot : place.step->writes) editor.edit(slot);
}

}  // namespace vitscope
