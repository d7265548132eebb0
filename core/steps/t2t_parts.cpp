#include "core/steps/t2t_parts.h"

namespace vitscope::t2t {

Slot split_slot(int n) { return n == 0 ? Slot::t2t_split0 : n == 1 ? Slot::t2t_split1 : Slot::t2t_split2; }
Slot image_slot(int n) { return n == 0 ? Slot::t2t1_image : Slot::t2t2_image; }

Stack token_transformer(const Model& model, int n) {
  const T2tConfig& t2t = *model.config.t2t;
  const SoftSplit& split = t2t.splits[static_cast<std::size_t>(n)];
  Stack s;
  if (n == 0) {
    s = {.norm1 = Slot::t2t1_norm1,
         .q = Slot::t2t1_q,
         .k = Slot::t2t1_k,
         .v = Slot::t2t1_v,
         .scores = Slot::t2t1_scores,
         .attn = Slot::t2t1_attn,
         .context = Slot::t2t1_context,
         .proj = Slot::t2t1_attn_proj,
         .sum = Slot::t2t1_attn_out,
         .norm2 = Slot::t2t1_norm2,
         .fc1 = Slot::t2t1_fc1,
         .gelu = Slot::t2t1_gelu,
         .fc2 = Slot::t2t1_fc2,
         .out = Slot::t2t1_out};
  } else {
    s = {.norm1 = Slot::t2t2_norm1,
         .q = Slot::t2t2_q,
         .k = Slot::t2t2_k,
         .v = Slot::t2t2_v,
         .scores = Slot::t2t2_scores,
         .attn = Slot::t2t2_attn,
         .context = Slot::t2t2_context,
         .proj = Slot::t2t2_attn_proj,
         .sum = Slot::t2t2_attn_out,
         .norm2 = Slot::t2t2_norm2,
         .fc1 = Slot::t2t2_fc1,
         .gelu = Slot::t2t2_gelu,
         .fc2 = Slot::t2t2_fc2,
         .out = Slot::t2t2_out};
  }
  s.tokens = split.windows();
  s.width_in = split.length();
  s.heads = t2t.heads;
  s.head_width = t2t.head_width;
  s.hidden = t2t.hidden;
  s.score_scale = t2t.score_scale[static_cast<std::size_t>(n)];
  s.eps = model.config.layer_norm_eps;
  s.adds_values = true;
  s.weights = &model.weights.token_transformers[static_cast<std::size_t>(n)];
  s.entering = split_slot(n);
  s.token_word = "window";
  s.features = t2t.features;
  s.summary_slug = n == 0 ? "t2t-summary1" : "t2t-summary2";
  s.attention_slug = t2t.performer() ? (n == 0 ? "t2t-features1" : "t2t-features2") : n == 0 ? "t2t-attention1" : "t2t-attention2";
  s.gather_slug = t2t.performer() ? (n == 0 ? "t2t-read1" : "t2t-read2") : n == 0 ? "t2t-gather1" : "t2t-gather2";
  s.mlp_slug = n == 0 ? "t2t-mlp1" : "t2t-mlp2";
  return s;
}

Performer token_performer(const Model& model, int n) {
  const Stack s = token_transformer(model, n);
  if (n == 0) {
    return {s,
            Slot::t2t1_exponents_q,
            Slot::t2t1_exponents_k,
            Slot::t2t1_features_q,
            Slot::t2t1_features_k,
            Slot::t2t1_kv,
            Slot::t2t1_k_sum,
            Slot::t2t1_numerator,
            Slot::t2t1_normaliser};
  }
  return {s,
          Slot::t2t2_exponents_q,
          Slot::t2t2_exponents_k,
          Slot::t2t2_features_q,
          Slot::t2t2_features_k,
          Slot::t2t2_kv,
          Slot::t2t2_k_sum,
          Slot::t2t2_numerator,
          Slot::t2t2_normaliser};
}

std::string window_name(int n, int window) { return (n == 2 ? "patch " : "window ") + std::to_string(window); }

void stations_below_split(Explanation& e, const Trace& trace, int n) {
  const VitConfig& config = trace.config();
  for (int i = n; i >= 0; --i) {
    const SoftSplit& split = split_of(config, i);
    const char* const slugs[] = {"t2t-split1", "t2t-split2", "t2t-split3"};
    why::station(e, "windows of soft split " + std::to_string(i + 1), why::sizes({split.windows(), split.length()}), slugs[i]);
    if (i > 0) why::station(e, "image of tokens", why::sizes({split.channels, split.height, split.width}), i == 1 ? "t2t-restructure1" : "t2t-restructure2");
  }
  why::station(e, trace.input().picture ? "pixels of the picture" : "numbers of the input file",
               why::sizes({config.channels, config.image_height, config.image_width}), "picture");
}

}  // namespace vitscope::t2t
