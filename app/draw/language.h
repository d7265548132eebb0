// Words of the interface in another language.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace vitscope::draw {

/// Maps English source texts to their translation; English itself has no entries. A text without entry stays English.
class Language {
 public:
  Language() = default;
  Language(std::string code, std::map<std::string, std::string, std::less<>> texts) : code_(std::move(code)), texts_(std::move(texts)) {}
  const std::string& code() const { return code_; }
  /// The result lives as long as this object or the argument.
  std::string_view operator()(std::string_view english) const {
    const auto found = texts_.find(english);
    return found == texts_.end() ? english : std::string_view(found->second);
  }
  const std::map<std::string, std::string, std::less<>>& texts() const { return texts_; }

 private:
  std::string code_ = "en";
  std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace vitscope::draw
