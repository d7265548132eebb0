// Why the numbers of T2T's token performers are what they are.
#include <cmath>

#include "core/steps/performer.h"

namespace vitscope::performer {

namespace {

/// As many times ε, the divisor is the sum of the weights alone to three digits.
constexpr double kPlainMean = 1000;

class Why {
 public:
  Why(const Trace& trace, const Performer& p) : trace_(trace), p_(p) {}

  double value(const CellRef& cell) const { return static_cast<double>(trace_.value(cell)); }
  std::string name(int window) const { return std::string(p_.stack.token_word) + " " + std::to_string(window); }

  /// x = Σ_j w_j u_j − |u|² / 2 for row `window` of queries or keys.
  Explanation exponent(Slot from, const char* letter, int window, int feature) const {
    const std::span<const float> row = trace_.at(from).values().subspan(static_cast<std::size_t>(window) * width(), width());
    Explanation e = why::linear(row, p_.stack.weights->features, feature, {}, [&](int j) {
      return CellRef{{from}, 0, window, j};
    });
    double square = 0;
    for (const float u : row) square += static_cast<double>(u) * static_cast<double>(u);
    e.rest = -square / 2;
    e.rest_label = "−|" + std::string(letter) + "|² / 2";
    e.rule = "x = Σ_j w_j " + std::string(letter) + "_j − |" + letter + "|^2 / 2";
    e.numbers = why::number(e.value) + " " + why::added(e.rest);
    e.value += e.rest;
    e.a_column = letter;
    e.note = "Direction " + std::to_string(feature) + " of the random ones, which were drawn once and are not trained, with the " + (letter[0] == 'q' ? "query" : "key") + " of " +
             name(window) + ".";
    return e;
  }

  Explanation feature(Slot exponents, int window, int feature) const {
    const CellRef cell{{exponents}, window, feature};
    const double x = value(cell), power = std::exp(x);
    Explanation e;
    e.value = power / std::sqrt(static_cast<double>(p_.stack.features));
    e.rule = "φ = e^x / √m";
    e.numbers = why::number(power) + " / " + why::number(std::sqrt(static_cast<double>(p_.stack.features)));
    e.a_column = "x";
    e.b_column = "e^x";
    e.product_column = "φ";
    e.terms = {{"", x, power, e.value, cell, {}}};
    e.note = "A feature is never negative; the root of m = " + std::to_string(p_.stack.features) + " makes the product of two rows of features a mean over the directions.";
    return e;
  }

  Explanation key_and_value(int number, int feature) const {
    Explanation e;
    for (int window = 0; window < p_.stack.tokens; ++window) {
      const CellRef v{{p_.stack.v}, 0, window, number}, f{{p_.features_k}, window, feature};
      const double a = value(v), b = value(f);
      e.terms.push_back({name(window), a, b, a * b, v, f});
      e.value += a * b;
    }
    e.rule = "S = Σ_j v_j φ( k_j )";
    e.a_column = "v";
    e.b_column = "φ(k)";
    e.product_column = "product";
    e.note = "Number " + std::to_string(number) + " of every value times feature " + std::to_string(feature) + " of its key, added over all windows: the same for every query.";
    return all_windows(std::move(e));
  }

  Explanation key_sum(int feature) const {
    Explanation e;
    for (int window = 0; window < p_.stack.tokens; ++window) {
      const CellRef f{{p_.features_k}, window, feature};
      const double a = value(f);
      e.terms.push_back({name(window), a, why::kNone, a, f, {}});
      e.value += a;
    }
    e.rule = "s = Σ_j φ( k_j )";
    e.a_column = "φ(k)";
    e.product_column = "adds";
    e.note = "Feature " + std::to_string(feature) + " of all keys, added up.";
    return all_windows(std::move(e));
  }

  /// Features of a query times a row of kv, or times the sum of the keys (number = -1).
  Explanation read(int window, int number) const {
    Explanation e;
    for (int feature = 0; feature < p_.stack.features; ++feature) {
      const CellRef q{{p_.features_q}, window, feature}, other = number < 0 ? CellRef{{p_.k_sum}, feature} : CellRef{{p_.kv}, number, feature};
      const double a = value(q), b = value(other);
      e.terms.push_back({std::to_string(feature), a, b, a * b, q, other});
      e.value += a * b;
    }
    why::sort_by_size(e);
    e.rule = number < 0 ? "D = Σ_j φ_j s_j" : "c = Σ_j S_j φ_j";
    e.numbers = "Σ of " + std::to_string(p_.stack.features) + " products";
    e.label_column = "j";
    e.a_column = "φ(q)";
    e.b_column = number < 0 ? "s" : "S";
    e.product_column = "product";
    e.note = number < 0 ? "The sum of how alike the query of " + name(window) + " and every key are in their features: what the weights of all values add up to."
                        : "The query of " + name(window) + " reads number " + std::to_string(number) + " of the summed keys and values.";
    return e;
  }

  Explanation divided(int window, int number) const {
    const CellRef above{{p_.numerator}, window, number}, below{{p_.normaliser}, window};
    const double a = value(above), b = value(below);
    Explanation e;
    e.value = a / (b + kPerformerEps);
    e.rule = "z = c / ( D + ε )";
    e.numbers = why::number(a) + " / " + why::number(b + kPerformerEps);
    e.a_column = "c";
    e.b_column = "D";
    e.product_column = "z";
    e.terms = {{"", a, b, e.value, above, below}};
    e.note = b > kPlainMean * kPerformerEps ? "Divided by the sum of its weights, what is read is a mean of all values; ε = 10⁻⁸ keeps the divisor from zero."
                                            : "The sum of the weights is not far above ε = 10⁻⁸, which keeps the divisor from zero: what is read is smaller than a mean of all values.";
    return e;
  }

 private:
  Explanation all_windows(Explanation e) const {
    why::sort_by_size(e);
    e.numbers = "Σ of " + std::to_string(p_.stack.tokens) + (e.b_column.empty() ? " features" : " products");
    e.label_column = std::string(p_.stack.token_word);
    return e;
  }
  std::size_t width() const { return static_cast<std::size_t>(p_.stack.width()); }
  const Trace& trace_;
  const Performer& p_;
};

}  // namespace

Explanation explain(const Trace& trace, const Performer& p, const CellRef& cell, const std::function<void(Explanation&)>& below) {
  const Why w(trace, p);
  const Stack& s = p.stack;
  const Slot slot = cell.tensor.slot;
  const auto summary = [&](Explanation& e) { why::station(e, "summed keys and values", why::sizes({s.width(), s.features}), s.summary_slug); };
  const auto features = [&](Explanation& e) { why::station(e, "features of " + std::to_string(s.tokens) + " windows", why::sizes({s.tokens, s.features}), s.attention_slug); };
  Explanation e;
  if (slot == p.exponents_q || slot == p.exponents_k || slot == p.features_q || slot == p.features_k) {
    e = slot == p.exponents_q   ? w.exponent(s.q, "q", cell.i, cell.j)
        : slot == p.exponents_k ? w.exponent(s.k, "k", cell.i, cell.j)
                                : w.feature(slot == p.features_q ? p.exponents_q : p.exponents_k, cell.i, cell.j);
    why::station(e, "a feature of " + w.name(cell.i), "1 of " + std::to_string(s.features), s.attention_slug);
  } else if (slot == p.kv || slot == p.k_sum) {
    e = slot == p.kv ? w.key_and_value(cell.i, cell.j) : w.key_sum(cell.i);
    why::station(e, "a number of the sum over all windows", "1 number", s.summary_slug);
    features(e);
  } else if (slot == p.numerator || slot == p.normaliser || slot == s.context) {
    e = slot == p.numerator ? w.read(cell.i, cell.j) : slot == p.normaliser ? w.read(cell.i, -1) : w.divided(cell.i, cell.j);
    why::station(e, "a number of " + w.name(cell.i), "1 number", s.gather_slug);
    summary(e);
    features(e);
  } else {
    return stack::explain(trace, s, cell, below);
  }
  below(e);
  return e;
}

}  // namespace vitscope::performer
