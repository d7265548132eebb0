// Textures by key; the ones that were not used for longest go when they hold more bytes than allowed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>

#include "app/gl/handles.h"

namespace vitscope::gl {

template <class Key, class Extra>
class LruTextures {
 public:
  struct Entry {
    Texture texture;
    Extra extra{};
    std::size_t bytes = 0;
    std::uint64_t used = 0;
  };

  explicit LruTextures(std::size_t budget) : budget_(budget) {}

  /// Null when there is none. The pointer holds until the next insert().
  Entry* find(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return nullptr;
    at->second.used = ++clock_;
    return &at->second;
  }

  /// Keeps a texture, at the cost of older ones. The newest stays even when it alone is larger than the budget.
  Entry& insert(const Key& key, Entry entry) {
    erase(key);
    bytes_ += entry.bytes;
    entry.used = ++clock_;
    const auto kept = entries_.emplace(key, std::move(entry)).first;
    while (bytes_ > budget_ && entries_.size() > 1) {
      auto oldest = entries_.begin();
      for (auto at = entries_.begin(); at != entries_.end(); ++at)
        if (at->second.used < oldest->second.used) oldest = at;
      bytes_ -= oldest->second.bytes;
      entries_.erase(oldest);
    }
    return kept->second;
  }

  void erase(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    bytes_ -= at->second.bytes;
    entries_.erase(at);
  }

  template <class Condition>
  void erase_if(Condition gone) {
    for (auto at = entries_.begin(); at != entries_.end();) {
      if (!gone(at->second)) {
        ++at;
        continue;
      }
      bytes_ -= at->second.bytes;
      at = entries_.erase(at);
    }
  }

  void set_budget(std::size_t bytes) { budget_ = bytes; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }

 private:
  std::size_t budget_, bytes_ = 0;
  std::uint64_t clock_ = 0;
  std::map<Key, Entry> entries_;
};

}  // namespace vitscope::gl
