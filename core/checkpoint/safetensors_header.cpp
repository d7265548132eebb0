#include "core/checkpoint/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <set>

#include "core/text.h"

namespace vitscope {

namespace {

using Json = nlohmann::json;
constexpr std::int64_t kMaxNumber = std::int64_t{1} << 52;
constexpr std::size_t kMaxAxes = 16;

/// Receives the header's tokens in order, so that nesting never costs stack and duplicate keys are seen.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  SafetensorsHeader header;
  std::string error;

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::outside:
        place_ = Place::top;
        return true;
      case Place::entry_value:
        place_ = Place::entry;
        seen_.clear();
        header.entries.push_back({key_, {}, {}, 0, 0});
        return true;
      case Place::metadata_value:
        place_ = Place::metadata;
        return true;
      default:
        return unexpected("an object");
    }
  }
  bool key(std::string& key) override {
    if (place_ == Place::top) {
      if (!names_.insert(key).second) return fail("the key \"" + printable(key, 80) + "\" occurs twice");
      key_ = key;
      place_ = key == "__metadata__" ? Place::metadata_value : Place::entry_value;
      return true;
    }
    if (place_ == Place::metadata) {
      if (header.metadata.contains(key)) return fail("the metadata key \"" + printable(key, 80) + "\" occurs twice");
      key_ = key;
      return true;
    }
    if (key != "dtype" && key != "shape" && key != "data_offsets") return fail(entry_text() + " has an unknown field \"" + printable(key, 40) + "\"");
    if (!seen_.insert(key).second) return fail(entry_text() + " has the field \"" + key + "\" twice");
    field_ = key;
    return true;
  }
  bool end_object() override {
    if (place_ == Place::entry) {
      if (seen_.size() != 3) return fail(entry_text() + " lacks one of dtype, shape and data_offsets");
      place_ = Place::top;
    } else if (place_ == Place::metadata) {
      place_ = Place::top;
    } else {
      place_ = Place::finished;
    }
    return true;
  }
  bool start_array(std::size_t) override {
    if (place_ != Place::entry || (field_ != "shape" && field_ != "data_offsets")) return unexpected("a list");
    place_ = Place::list;
    numbers_.clear();
    return true;
  }
  bool end_array() override {
    place_ = Place::entry;
    auto& entry = header.entries.back();
    if (field_ == "shape") {
      entry.shape.assign(numbers_.begin(), numbers_.end());
      field_.clear();
      return true;
    }
    if (numbers_.size() != 2) return fail(entry_text() + " has " + std::to_string(numbers_.size()) + " data offsets, expected 2");
    entry.begin = static_cast<std::uint64_t>(numbers_[0]);
    entry.end = static_cast<std::uint64_t>(numbers_[1]);
    field_.clear();
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::list) return unexpected("a number");
    if (value > static_cast<number_unsigned_t>(kMaxNumber))
      return fail(entry_text() + " has the number " + std::to_string(value) + " in its " + field_ + ", more than a file can hold");
    if (numbers_.size() == kMaxAxes) return fail(entry_text() + " has more than " + std::to_string(kMaxAxes) + " numbers in its " + field_);
    numbers_.push_back(static_cast<std::int64_t>(value));
    return true;
  }
  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      header.metadata.emplace(key_, std::move(text));
      return true;
    }
    if (place_ != Place::entry || field_ != "dtype") return unexpected("a text");
    header.entries.back().dtype = text;
    field_.clear();
    return true;
  }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const std::string&) override { return unexpected("a number that is not whole"); }
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool binary(Json::binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return fail("the header is not valid JSON at byte " + std::to_string(position));
  }

 private:
  enum class Place { outside, top, entry_value, entry, list, metadata_value, metadata, finished };

  std::string entry_text() const { return "tensor " + printable(key_, 80); }
  bool fail(std::string text) {
    if (error.empty()) error = std::move(text);
    return false;
  }
  bool unexpected(const std::string& what) {
    if (place_ == Place::outside) return fail("the header is not a JSON object");
    if (place_ == Place::metadata || place_ == Place::metadata_value)
      return fail("the metadata hold " + what + " at \"" + printable(key_, 80) + "\", expected only texts");
    return fail(entry_text() + " has " + what + (field_.empty() ? std::string() : " in its " + field_) + ", which does not belong there");
  }

  Place place_ = Place::outside;
  std::set<std::string> names_, seen_;
  std::string key_, field_;
  std::vector<std::int64_t> numbers_;
};

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::string_view json) {
  HeaderReader reader;
  if (!Json::sax_parse(json.begin(), json.end(), &reader)) {
    return Error{reader.error.empty() ? "the header is not valid JSON" : reader.error};
  }
  return std::move(reader.header);
}

}  // namespace vitscope
