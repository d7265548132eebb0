// A small cache of what figures show in every frame.
#pragma once
#include <list>
#include <mutex>
#include <utility>

namespace vitscope::figures {

/// The `kSize` most recently used values by key. Keys hold Tensor::id(), which is never reused, so that nothing needs to be thrown away by hand.
template <class Key, class Value, std::size_t kSize>
class Kept {
 public:
  template <class Make>
  Value get(const Key& key, Make&& make) {
    const std::lock_guard lock(mutex_);
    for (auto it = kept_.begin(); it != kept_.end(); ++it)
      if (it->first == key) {
        kept_.splice(kept_.begin(), kept_, it);
        return kept_.front().second;
      }
    kept_.emplace_front(key, make());
    if (kept_.size() > kSize) kept_.pop_back();
    return kept_.front().second;
  }

 private:
  std::mutex mutex_;
  std::list<std::pair<Key, Value>> kept_;
};

}  // namespace vitscope::figures
