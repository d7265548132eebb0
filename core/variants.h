// Which tensor plays a part of the computation, by architecture.
#pragma once
#include "core/slots.h"

namespace vitscope::variants {

/// What the projection makes of the patches [N, D], before a LayerNorm that may follow.
inline Slot projected(const VitConfig& c) { return c.patch_norms ? Slot::embed_proj : Slot::embed_patch; }
/// What the projection reads [N, P*P*C].
inline Slot projection_input(const VitConfig& c) { return c.patch_norms ? Slot::patch_norm : Slot::patches; }
/// The tokens [T, D] that positions are added to.
inline Slot unplaced_tokens(const VitConfig& c) { return c.prefix_tokens > 0 ? Slot::embed_cls : Slot::embed_patch; }
/// The joined heads behind the output projection [T, D].
inline Slot attention_projection(const VitConfig& c) { return c.value_skip ? Slot::attn_proj : Slot::attn_out; }
/// What the first and the second sum of a block add to the tokens [T, D].
inline Slot first_addition(const VitConfig& c) { return c.layer_scale ? Slot::scaled1 : Slot::attn_out; }
inline Slot second_addition(const VitConfig& c) { return c.layer_scale ? Slot::scaled2 : Slot::fc2; }
/// What the pooling reads [T, D].
inline TensorRef pooling_input(const VitConfig& c) { return c.final_norm ? TensorRef{Slot::norm} : TensorRef{Slot::out, c.depth - 1}; }
/// What the layer in front of the head reads [D], and what the head reads [D] or [R].
inline Slot representation_input(const VitConfig& c) { return c.head_norm ? Slot::head_norm : Slot::pooled; }
inline Slot head_input(const VitConfig& c) { return c.representation > 0 ? Slot::pre_logits : representation_input(c); }

}  // namespace vitscope::variants
