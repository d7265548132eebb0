// Why the numbers of the small transformers of T2T and TNT are what they are.
#include <cmath>
#include <numbers>

#include "core/steps/stack.h"

namespace vitscope::stack {

namespace {

/// A cell of the stack: sequence, then the axes of its tensor without the one that counts sequences.
struct At {
  int sequence, i, j, k;
};

At at(const Stack& s, const CellRef& cell) { return s.stacked ? At{cell.i, cell.j, cell.k, cell.l} : At{0, cell.i, cell.j, cell.k}; }

class Why {
 public:
  Why(const Trace& trace, const Stack& s, int sequence) : trace_(trace), s_(s), sequence_(sequence) {}

  CellRef cell(Slot slot, int i, int j, int k = 0) const {
    if (s_.stacked) return {{slot, s_.block}, sequence_, i, j, k};
    return {{slot, s_.block}, i, j, k};
  }
  double value(Slot slot, int i, int j, int k = 0) const { return static_cast<double>(trace_.value(cell(slot, i, j, k))); }
  /// Row `row` of the sequence in a tensor [sequences, rows, width].
  std::span<const float> row(Slot slot, int row, int width) const { return row_of(trace_.at(slot, s_.block), s_.tokens, row, width); }
  /// Row of the scores of one head.
  std::span<const float> row_of_head(Slot slot, int head, int row) const {
    return row_of(trace_.at(slot, s_.block), s_.heads * s_.tokens, head * s_.tokens + row, s_.tokens);
  }
  std::span<const float> entering_row(int token) const { return row_of(trace_.at(s_.entering, s_.entering_block), s_.tokens, token, s_.width_in); }
  CellRef entering_cell(int token, int j) const {
    const TensorRef ref{s_.entering, s_.entering_block};
    return s_.stacked ? CellRef{ref, sequence_, token, j} : CellRef{ref, token, j};
  }
  /// Within its sequence.
  std::string short_name(int token) const { return std::string(s_.token_word) + " " + std::to_string(token); }
  std::string name(int token) const {
    std::string text = short_name(token);
    if (!s_.sequence_word.empty()) text += " of " + std::string(s_.sequence_word) + " " + std::to_string(sequence_);
    return text;
  }

  Explanation linear(Slot from, int token, int width, const ops::Linear& weights, int output) const {
    return why::linear(row(from, token, width), weights, output, {}, [&](int j) { return cell(from, token, j); });
  }

 private:
  std::span<const float> row_of(const Tensor& tensor, int rows, int row, int width) const {
    return tensor.values().subspan((static_cast<std::size_t>(sequence_) * rows + row) * width, static_cast<std::size_t>(width));
  }
  const Trace& trace_;
  const Stack& s_;
  int sequence_;
};

Explanation score(const Why& w, const Stack& s, const At& p) {
  Explanation e;
  double sum = 0;
  for (int j = 0; j < s.head_width; ++j) {
    const double a = w.value(s.q, p.i, p.j, j), b = w.value(s.k, p.i, p.k, j);
    e.terms.push_back({std::to_string(j), a, b, a * b, w.cell(s.q, p.i, p.j, j), w.cell(s.k, p.i, p.k, j)});
    sum += a * b;
  }
  why::sort_by_size(e);
  e.value = sum * static_cast<double>(s.score_scale);
  e.rule = "score = Σ_j q_j k_j · scale";
  e.numbers = why::number(sum) + " · " + why::number(static_cast<double>(s.score_scale));
  e.label_column = "j";
  e.a_column = "q";
  e.b_column = "k";
  e.product_column = "product";
  e.note = "The query of " + w.name(p.j) + " and the key of " + w.name(p.k) + ", multiplied number by number.";
  return e;
}

Explanation gathered(const Why& w, const Stack& s, const At& p) {
  const int head = p.j / s.head_width, number = p.j % s.head_width;
  Explanation e;
  for (int key = 0; key < s.tokens; ++key) {
    const double share = w.value(s.attn, head, p.i, key), value = w.value(s.v, head, key, number);
    e.terms.push_back({w.short_name(key), share, value, share * value, w.cell(s.attn, head, p.i, key), w.cell(s.v, head, key, number)});
    e.value += share * value;
  }
  why::sort_by_size(e);
  e.rule = "z = Σ_j a_j v_j";
  e.numbers = "Σ of " + std::to_string(s.tokens) + " products";
  e.label_column = std::string(s.token_word);
  e.a_column = "share";
  e.b_column = "v";
  e.product_column = "product";
  e.note = "The largest part comes from " + e.terms.front().label + ", which receives " + why::percent(e.terms.front().a) + " of the attention.";
  return e;
}

Explanation bent(const Why& w, const Stack& s, const At& p) {
  const double u = w.value(s.fc1, p.i, p.j), passed = 0.5 * std::erfc(-u / std::numbers::sqrt2);
  Explanation e;
  e.rule = "h = u · Φ(u)";
  e.numbers = why::number(u) + " · " + why::number(passed);
  e.value = u * passed;
  e.a_column = "u";
  e.b_column = "Φ(u)";
  e.product_column = "product";
  e.terms = {{"", u, passed, e.value, w.cell(s.fc1, p.i, p.j), {}}};
  e.note = "Φ(u) is the share of a normal distribution that lies below u: here " + why::percent(passed) + " of the number passes.";
  return e;
}

/// sum = v + proj or x + proj.
Explanation joined(const Why& w, const Stack& s, const At& p) {
  const double second = w.value(s.proj, p.i, p.j);
  const CellRef from = w.cell(s.proj, p.i, p.j);
  if (s.adds_values) {
    const int head = p.j / s.head_width, number = p.j % s.head_width;
    Explanation e = why::sum("value of its own", w.value(s.v, head, p.i, number), "gathered", second, w.cell(s.v, head, p.i, number), from);
    e.rule = "y = v + o";
    e.note = "What enters is " + std::to_string(s.width_in) + " numbers wide, too wide to be added to " + std::to_string(s.width()) +
             ": the value takes its place in the sum.";
    return e;
  }
  Explanation e =
      why::sum("before", static_cast<double>(w.entering_row(p.i)[static_cast<std::size_t>(p.j)]), "gathered", second, w.entering_cell(p.i, p.j), from);
  e.rule = "r = x + o";
  e.note = "What it was before stays in the sum; attention only adds to it.";
  return e;
}

std::string note_of_projection(const Why& w, const At& p, const char* what) {
  return std::string(what) + " number " + std::to_string(p.j) + " of " + w.name(p.i) + ".";
}

}  // namespace

Explanation explain(const Trace& trace, const Stack& s, const CellRef& cell, const std::function<void(Explanation&)>& below) {
  const At p = at(s, cell);
  const Why w(trace, s, p.sequence);
  const Slot slot = cell.tensor.slot;
  Explanation e;
  std::string_view slug = s.mlp_slug;
  int token = p.i;
  if (slot == s.norm1) {
    slug = s.attention_slug;
    e = why::layer_norm(w.entering_row(p.i), s.weights->norm1, s.eps, p.j, w.entering_cell(p.i, p.j));
  } else if (slot == s.q || slot == s.k || slot == s.v) {
    slug = s.attention_slug;
    token = p.j;
    const int part = slot == s.q ? 0 : slot == s.k ? 1 : 2;
    const char* const names[] = {"query", "key", "value"};
    const char* const letters[] = {"q", "k", "v"};
    e = w.linear(s.norm1, p.j, s.width_in, s.weights->qkv, (part * s.heads + p.i) * s.head_width + p.k);
    e.rule = std::string(letters[part]) + " = Σ_j y_j w_j" + (e.rest_label.empty() ? "" : " + b");
    e.a_column = "y";
    e.note = "Head " + std::to_string(p.i + 1) + ", " + names[part] + " number " + std::to_string(p.k) + " of " + w.name(p.j) + ".";
  } else if (slot == s.scores) {
    slug = s.attention_slug;
    token = p.j;
    e = score(w, s, p);
  } else if (slot == s.attn) {
    slug = s.attention_slug;
    token = p.j;
    e = why::softmax(
        w.row_of_head(s.scores, p.i, p.j), p.k, [&](int key) { return w.short_name(key); }, [&](int key) { return w.cell(s.scores, p.i, p.j, key); });
    e.label_column = "key";
    e.note = "All " + std::to_string(s.tokens) + " shares of this row sum to 1.";
  } else if (slot == s.context) {
    slug = s.gather_slug;
    e = gathered(w, s, p);
  } else if (slot == s.proj) {
    slug = s.gather_slug;
    e = w.linear(s.context, p.i, s.width(), s.weights->proj, p.j);
    e.note = note_of_projection(w, p, "All heads contribute to");
  } else if (slot == s.sum) {
    slug = s.gather_slug;
    e = joined(w, s, p);
  } else if (slot == s.norm2) {
    e = why::layer_norm(w.row(s.sum, p.i, s.width()), s.weights->norm2, s.eps, p.j, w.cell(s.sum, p.i, p.j));
  } else if (slot == s.fc1) {
    e = w.linear(s.norm2, p.i, s.width(), s.weights->fc1, p.j);
    e.note = note_of_projection(w, p, "Hidden");
  } else if (slot == s.gelu) {
    e = bent(w, s, p);
  } else if (slot == s.fc2) {
    e = w.linear(s.gelu, p.i, s.hidden, s.weights->fc2, p.j);
    e.note = note_of_projection(w, p, "The hidden units write");
  } else {
    e = why::sum("before", w.value(s.sum, p.i, p.j), "MLP", w.value(s.fc2, p.i, p.j), w.cell(s.sum, p.i, p.j), w.cell(s.fc2, p.i, p.j));
    e.rule = "x = r + m";
    e.note = "What it was before the MLP stays in the sum.";
  }
  why::station(e, "a number of " + w.name(token), "1 number", slug, s.block);
  if (slug != s.attention_slug && s.features == 0) {
    why::station(e, "shares among " + std::to_string(s.tokens) + " of them", why::sizes({s.tokens, s.tokens}), s.attention_slug, s.block);
  } else if (slug != s.attention_slug) {
    why::station(e, "summed keys and values", why::sizes({s.width(), s.features}), s.summary_slug, s.block);
    why::station(e, "features of " + std::to_string(s.tokens) + " of them", why::sizes({s.tokens, s.features}), s.attention_slug, s.block);
  }
  below(e);
  return e;
}

}  // namespace vitscope::stack
