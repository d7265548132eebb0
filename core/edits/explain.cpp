// Explanations of numbers that edits have changed.
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/edits/apply.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {

namespace {

std::string by(const Edit& edit) { return " by the edit \"" + words(edit) + "\"."; }

/// Takes the operands out; the stations stay, they say what the number would have been made from.
void forget_operands(Explanation& e) {
  e.terms.clear();
  e.source.reset();
  e.rest = 0;
  e.rest_label.clear();
  e.label_column = e.a_column = e.b_column = e.product_column = "";
}

void make_constant(Explanation& e, double value, const Edit& edit) {
  forget_operands(e);
  e.rule = "set by an edit";
  e.numbers = why::number(value);
  e.value = value;
  e.note = "Set to " + e.numbers + by(edit);
}

void make_copy(Explanation& e, const Trace& trace, const CellRef& source, std::string rule, const std::string& what, const Edit& edit) {
  forget_operands(e);
  e.value = static_cast<double>(trace.value(source));
  e.rule = std::move(rule);
  e.numbers = why::number(e.value);
  e.source = source;
  e.note = what + by(edit);
}

void make_scaled(Explanation& e, double factor, const Edit& edit) {
  if (factor == 0) return make_constant(e, 0, edit);
  e.rule = why::number(factor) + " · (" + e.rule + ")";
  e.numbers = why::number(factor) + " · (" + e.numbers + ")";
  e.value *= factor;
  for (Term& term : e.terms) term.product *= factor;
  e.rest *= factor;
  e.note = "Multiplied with " + why::number(factor) + by(edit);
}

/// A row of a softmax with its temperature and the tokens that are left.
void make_softmax(Explanation& e, std::span<const float> scores, std::span<const Edit* const> dropped, double temperature, int column) {
  const std::vector<double> powers = softmax_powers(scores, dropped, temperature);
  double total = 0;
  for (double power : powers) total += power;
  // The terms of the plain row are those of this one with other powers; each remembers its score.
  std::vector<Term> terms(scores.size());
  for (Term& term : e.terms) {
    const CellRef& cell = *term.a_cell;
    const int at = cell.tensor.slot == Slot::scores ? cell.k : cell.i;
    const auto i = static_cast<std::size_t>(at);
    term.b = powers[i];
    term.product = powers[i] / total;
    terms[i] = std::move(term);
  }
  e.value = terms[static_cast<std::size_t>(column)].product;
  const std::string power = why::number(powers[static_cast<std::size_t>(column)]), sum = why::number(total);
  e.terms = std::move(terms);
  e.numbers = power + " / " + sum;
  const std::string letter = e.a_column;
  const std::string heat = temperature == 1 ? "" : std::isinf(temperature) ? " / ∞" : " / " + why::number(temperature);
  const std::string exponent = heat.empty() ? letter + " − max" : "(" + letter + " − max)" + heat;
  if (exponent.find('^') == std::string::npos) {
    e.rule = "share = e^{" + exponent + "} / Σ e^{" + exponent + "}";
    e.b_column = "e^{" + exponent + "}";
  } else {
    e.rule = "share = e^{(" + letter + " − max) / τ} / Σ e^{(" + letter + " − max) / τ}";
    e.b_column = "e^{(" + letter + " − max) / τ}";
  }
  why::sort_by_size(e);
}

class Explainer {
 public:
  Explainer(const Trace& trace, const CellRef& cell) : trace_(trace), cell_(cell), block_(cell.tensor.block), edits_(*trace.edits()) {}

  void amend(Explanation& e) const {
    switch (cell_.tensor.slot) {
      case Slot::pixels: case Slot::input: pixel(e); break;
      case Slot::patches: order(e); break;
      case Slot::embed_patch: zero_token(e); break;
      case Slot::embed_cls: zero_class(e); break;
      case Slot::embed_pos: case Slot::placed: case Slot::relative: position(e); break;
      case Slot::scores: score(e); break;
      case Slot::attn: attention(e); break;
      case Slot::weighted: head_off(e); break;
      case Slot::attn_out: scaled(e, Part::attention); break;
      case Slot::fc2: scaled(e, Part::mlp); break;
      case Slot::resid1: cut(e, variants::first_addition(trace_.config()), Part::attention); break;
      case Slot::out: left_block(e); break;
      case Slot::norm1: norm_off(e, Part::attention); break;
      case Slot::norm2: norm_off(e, Part::mlp); break;
      case Slot::norm: norm_off(e, Part::answer); break;
      case Slot::pooled: pooled(e); break;
      case Slot::probs: heated_answer(e); break;
      default: break;
    }
  }

 private:
  /// The tokens that the block was handed, before anything in it.
  TensorRef before_block() const { return block_ == 0 ? TensorRef{Slot::embed_pos} : TensorRef{Slot::out, block_ - 1}; }
  CellRef same_place(Slot slot, int block) const { return {{slot, block}, cell_.i, cell_.j}; }

  void pixel(Explanation& e) const {
    const PatchGrid& grid = trace_.grid();
    const int patch = grid.patch_at_pixel({cell_.k + 0.5, cell_.j + 0.5});
    const std::vector<PatchOrigin> origins = patch_origins(edits_, grid.patches());
    for (const Edit& edit : edits_) {
      if (!edit.on) continue;
      if (edit.kind == EditKind::paint) e.note += " The picture is painted over by the edit \"" + words(edit) + "\".";
      if (edit.kind == EditKind::move_crop) e.note += " The crop is moved by the edit \"" + words(edit) + "\".";
    }
    if (patch < 0) return;
    const PatchOrigin& origin = origins[static_cast<std::size_t>(patch)];
    if (!origin.edit) return;
    if (cell_.tensor.slot == Slot::pixels || !trace_.input().picture) make_constant(e, static_cast<double>(trace_.value(cell_)), *origin.edit);
    if (origin.patch == kGreyPatch) e.note = "Set to grey" + by(*origin.edit);
    else if (origin.patch == kMeanPatch) e.note = "Set to the mean over all patches" + by(*origin.edit);
    else e.note = "Taken from patch " + std::to_string(origin.patch) + by(*origin.edit);
  }
  void order(Explanation& e) const {
    const VitConfig& config = trace_.config();
    const FlatPlace from = flat_place(edits_, config, cell_.i, cell_.j);
    const int area = config.patch_height * config.patch_width;
    const int channel = config.channel_last ? from.element % config.channels : from.element / area;
    const int pixel = config.channel_last ? from.element / config.channels : from.element % area;
    for (const Edit& edit : edits_)
      if (edit.on && (edit.kind == EditKind::channel_last || edit.kind == EditKind::column_order))
        make_copy(e, trace_, {{Slot::patch_grid}, from.patch, channel, pixel / config.patch_width, pixel % config.patch_width},
                  "element " + std::to_string(cell_.j) + " of row " + std::to_string(cell_.i), "Taken from patch " + std::to_string(from.patch), edit);
  }
  void zero_token(Explanation& e) const {
    for (const Edit& edit : edits_)
      if (edit.on && edit.kind == EditKind::mask && edit.fill == Fill::zero && std::find(edit.patches.begin(), edit.patches.end(), cell_.i) != edit.patches.end())
        make_constant(e, 0, edit);
  }
  void zero_class(Explanation& e) const {
    for (const Edit& edit : edits_)
      if (edit.on && edit.kind == EditKind::class_zero && cell_.i == 0) make_constant(e, 0, edit);
  }
  void position(Explanation& e) const {
    for (const Edit& edit : edits_)
      if (edit.on && info(edit.kind).group == EditGroup::position) e.note = "The positions were replaced" + by(edit);
  }
  void score(Explanation& e) const {
    bool unscaled = false;
    for (const Edit& edit : edits_) {
      if (!concerns(edit, block_)) continue;
      if (edit.kind == EditKind::no_scale && !std::exchange(unscaled, true)) {
        e.value = 0;
        for (const Term& term : e.terms) e.value += term.product;
        e.rule = "score = Σ_j q_j k_j";
        e.numbers = why::number(e.value);
        e.note = "Not divided by √d" + by(edit);
      } else if (edit.kind == EditKind::score && edit.heads.front() == cell_.i && edit.query == cell_.j && edit.key == cell_.k) {
        make_constant(e, static_cast<double>(static_cast<float>(edit.value)), edit);
      }
    }
  }
  void attention(Explanation& e) const {
    const SoftmaxEdits softmax = softmax_edits(edits_, block_, trace_.config());
    if (!softmax.any) return;
    const auto tokens = static_cast<std::size_t>(trace_.config().tokens());
    const auto first = (static_cast<std::size_t>(cell_.i) * tokens + static_cast<std::size_t>(cell_.j)) * tokens;
    const auto head = static_cast<std::size_t>(cell_.i);
    make_softmax(e, trace_.at(Slot::scores, block_).values().subspan(first, tokens), softmax.dropped, softmax.temperature[head], cell_.k);
    const Edit* const dropped = softmax.dropped[static_cast<std::size_t>(cell_.k)];
    if (dropped) e.note = "This token is out of the sequence" + by(*dropped);
    else if (softmax.heated[head]) e.note = "The scores are divided by the temperature" + by(*softmax.heated[head]);
    else if (softmax.kept() < trace_.config().tokens()) e.note = "The shares of the " + std::to_string(softmax.kept()) + " tokens that edits have left in the sequence sum to 1.";
  }
  void head_off(Explanation& e) const {
    for (const Edit& edit : edits_)
      if (edit.kind == EditKind::head_off && concerns(edit, block_) && concerns_head(edit, cell_.i)) make_constant(e, 0, edit);
  }
  void scaled(Explanation& e, Part part) const {
    for (const Edit& edit : edits_)
      if (edit.kind == EditKind::branch && edit.part == part && concerns(edit, block_)) make_scaled(e, edit.value, edit);
  }
  void cut(Explanation& e, Slot branch, Part part) const {
    for (const Edit& edit : edits_)
      if (edit.kind == EditKind::residual_off && edit.part == part && concerns(edit, block_))
        make_copy(e, trace_, same_place(branch, block_), "r = o", "Without what the token was before", edit);
  }
  void left_block(Explanation& e) const {
    for (const Edit& edit : edits_) {
      if (!edit.on) continue;
      if (edit.kind == EditKind::residual_off && edit.part == Part::mlp && concerns(edit, block_))
        make_copy(e, trace_, same_place(variants::second_addition(trace_.config()), block_), "x = m", "Without what the token was before", edit);
      if (edit.kind == EditKind::block_off && concerns(edit, block_))
        make_copy(e, trace_, same_place(before_block().slot, before_block().block), "x = x before the block", "The token leaves the block as it came", edit);
      if (edit.kind == EditKind::class_from && edit.block - 1 == block_ && cell_.i == 0)
        make_copy(e, trace_, same_place(Slot::out, edit.from), "x = x of block " + std::to_string(edit.from + 1), "Taken from an earlier block", edit);
    }
  }
  void norm_off(Explanation& e, Part part) const {
    for (const Edit& edit : edits_) {
      if (!edit.on || edit.kind != EditKind::norm_off || edit.part != part || (part != Part::answer && !concerns(edit, block_))) continue;
      const TensorRef entering = trace_.entering_ref(part == Part::answer ? trace_.config().depth : block_);
      const CellRef source = part == Part::mlp ? same_place(Slot::resid1, block_) : same_place(entering.slot, entering.block);
      make_copy(e, trace_, source, "y = x", "Taken over without LayerNorm", edit);
    }
  }
  void pooled(Explanation& e) const {
    const std::vector<int> tokens = averaged_tokens(edits_, trace_.config());
    if (tokens.empty()) return;
    forget_operands(e);
    e.value = 0;
    const auto count = static_cast<double>(tokens.size());
    for (int token : tokens) {
      const CellRef source{variants::pooling_input(trace_.config()), token, cell_.i};
      const double x = static_cast<double>(trace_.value(source));
      e.terms.push_back({why::token_name(trace_, token), x, 1 / count, x / count, source, {}});
      e.value += x / count;
    }
    why::sort_by_size(e);
    e.rule = "c = Σ_i y_i / " + std::to_string(tokens.size());
    e.numbers = "Σ of " + std::to_string(tokens.size()) + " numbers";
    e.label_column = "token";
    e.a_column = "y";
    e.b_column = "1 / number";
    e.product_column = "adds";
    e.note = "The mean over the tokens that the edits have left: " + words(edits_) + ".";
  }
  void heated_answer(Explanation& e) const {
    const double temperature = answer_temperature(edits_);
    if (temperature == 1) return;
    make_softmax(e, trace_.at(Slot::logits).values(), {}, temperature, cell_.i);
    for (const Edit& edit : edits_)
      if (edit.on && edit.kind == EditKind::logit_temperature) e.note = "The logits are divided by the temperature" + by(edit);
  }

  const Trace& trace_;
  const CellRef& cell_;
  int block_;
  const Edits& edits_;
};

}  // namespace

Explanation explain(const Trace& trace, const CellRef& cell) {
  Explanation e = writer_of(cell.tensor.slot, trace.config()).explain(trace, cell);
  if (trace.edits()) Explainer(trace, cell).amend(e);
  return e;
}

}  // namespace vitscope
