// Head importance: what the answer loses when one head is switched off.
#pragma once
#include <optional>
#include <vector>

#include "core/study.h"
#include "core/trace.h"

namespace vitscope {

/// The answers with one head silent at a time.
struct HeadImportance {
  int blocks = 0, heads = 0;
  std::vector<float> plain_logits, plain_probs;  ///< [K], all heads
  Tensor logits, probs;                          ///< [blocks * heads, K], block by block
};

/// Sets one head's columns of `context` to zero in one block and computes what comes after; the run before that block is used again.
/// Nothing when it was stopped. The trace must hold everything.
std::optional<TracePtr> without_head(const Trace& trace, int block, int head, ThreadPool& pool, std::stop_token stop = {});

/// Every head of every block in turn, the first block first. Own definition in the spirit of Michel et al. 2019 ("Are sixteen heads really better than
/// one?"), who switch off heads in the same way and measure the accuracy.
std::optional<HeadImportance> head_importance(const Trace& trace, StudyContext& context);

/// Plain minus silent for one class: [blocks, heads]; positive where the head speaks for the class.
Tensor head_drop(const HeadImportance& importance, int class_index, bool probability);

}  // namespace vitscope
