#include "app/figures/attention_compared.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitscope::figures::attention {

namespace {
constexpr float kNothing = -3, kMost = 1e6f;

const std::array<Option, 4>& options() {
  static const std::array<Option, 4> all{{
      {Option::Kind::number, "attention-compare.a-block", "Block of A", kNothing, kMost, kNothing, {}},
      {Option::Kind::number, "attention-compare.a-head", "Head of A", kNothing, kMost, kNothing, {}},
      {Option::Kind::number, "attention-compare.a-token", "Token of A", kNothing, kMost, kNothing, {}},
      {Option::Kind::number, "attention-compare.a-column", "Column of A", kNothing, 1, kNothing, {}},
  }};
  return all;
}

bool is_set(float value) { return value > kNothing + 0.5f; }
int whole(float value) { return static_cast<int>(std::lround(value)); }
}  // namespace

std::span<const Option> side_a_options() { return options(); }

void keep_as_side_a(Selection& s) {
  const float values[] = {static_cast<float>(s.place.block >= 0 ? s.place.block : s.block), static_cast<float>(s.head), static_cast<float>(s.query), reads_column(s) ? 1.0f : 0.0f};
  for (std::size_t i = 0; i < options().size(); ++i) s.options[std::string(options()[i].key)] = values[i];
}

void forget_side_a(Selection& s) {
  for (const Option& option : options())
    if (const auto found = s.options.find(option.key); found != s.options.end()) s.options.erase(found);
}

void copy_side_a(const Selection& from, Selection& to) {
  for (const Option& option : options())
    if (const auto found = from.options.find(option.key); found != from.options.end()) to.options.insert_or_assign(found->first, found->second);
}

bool has_side_a(const Selection& s) {
  return std::any_of(options().begin(), options().end(), [&](const Option& one) { return is_set(option(s, one)); });
}

Chosen side_a(const FigureInput& input) {
  const Trace& trace = trace_of_a(input);
  const VitConfig& config = trace.config();
  Chosen a = pinned_choice(input);
  float values[4];
  for (std::size_t i = 0; i < 4; ++i) values[i] = option(input.selection, options()[i]);
  if (!has_side_a(input.selection)) a.head = a.head >= 0 ? kMeanHead : 0;
  if (is_set(values[0])) a.block = whole(values[0]);
  if (is_set(values[1])) a.head = whole(values[1]);
  if (is_set(values[2])) a.query = whole(values[2]);
  if (is_set(values[3])) a.column = values[3] > 0.5f;
  a.block = std::clamp(a.block, 0, config.depth - 1);
  a.head = std::clamp(a.head, kMaxHead, config.heads - 1);
  a.query = std::clamp(a.query, 0, config.tokens() - 1);
  return a;
}

TracePtr kept_for_comparing(const Trace& trace) {
  auto kept = std::make_shared<Trace>(trace);
  for (const TensorRef ref : tensors_of(trace.config()))
    if (ref.slot != Slot::attn && ref.slot != Slot::out && kept->has(ref)) kept->take(ref);
  return kept;
}

const Trace& trace_of_a(const FigureInput& input) { return input.other && has_side_a(input.selection) ? *input.other : input.trace; }

}  // namespace vitscope::figures::attention
