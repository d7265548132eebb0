// The forward pass: the loop over the steps.
#pragma once
#include <functional>
#include <stop_token>

#include "core/ops/thread_pool.h"
#include "core/step.h"
#include "core/trace.h"

namespace vitscope {

enum class Record {
  everything,     ///< all slots of all blocks
  attention_only, ///< of the blocks only the attention probabilities; the memory of everything else is used again by the next block
};

struct ForwardOptions {
  Record record = Record::everything;
  /// Asked before every step; the run ends there when a stop was requested.
  std::stop_token stop;
  /// Called before each step, on the computing thread.
  std::function<void(Place)> on_step;
  /// Called after the embedding, after each block and at the end with what has been computed so far.
  std::function<void(TracePtr)> on_progress;
  /// What is changed; null for nothing. All of it must fit the model and the input, see fitting(). A run that takes the class token from an earlier block records everything.
  EditsPtr edits;
  /// A complete run of the same model and input, under whatever edits. What comes before the first place where the two differ, or where this run differs from the
  /// unedited one that `reuse` remembers, is taken over: its tensors are shared. For runs that record everything.
  TracePtr reuse;
};

/// Runs the model on the input, whose shape must be the model's. Returns the trace, unfinished (complete() is false) when it was stopped.
/// The same bits for any number of threads.
TracePtr forward(const ModelPtr& model, const InputPtr& input, ThreadPool& pool, const ForwardOptions& options = {});

}  // namespace vitscope
