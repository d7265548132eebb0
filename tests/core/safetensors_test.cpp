#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/checkpoint/tensor_file.h"
#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

Result<TensorFile> parse(const std::string& header, std::size_t data_size) { return parse_safetensors("f", shared(safetensors(header, Bytes(data_size)))); }

std::string safetensors_refusal(const std::string& header, std::size_t data_size = 0) {
  const auto file = parse(header, data_size);
  INFO(header);
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().text.rfind("f: ", 0) == 0);
  CHECK(file.error().text.find('\n') == std::string::npos);
  return file.error().text;
}

std::string tensor_entry(const std::string& name, const std::string& dtype, const std::string& shape, int begin, int end) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

template <class T>
Tensor converted(const std::string& dtype, const std::vector<T>& values) {
  const Bytes data = raw(values);
  const std::string header = "{" + tensor_entry("t", dtype, "[" + std::to_string(values.size()) + "]", 0, static_cast<int>(data.size())) + "}";
  return to_float(parse_safetensors("f", shared(safetensors(header, data))).value(), "t").value();
}

}  // namespace

TEST_CASE("a legal file gives its tensors and metadata", "[safetensors]") {
  const auto file = parse("{\"__metadata__\":{\"a\":\"1\",\"b\":\"\"}," + tensor_entry("second", "F32", "[2,1]", 4, 12) + "," + tensor_entry("first", "F16", "[2]", 0, 4) +
                              "," + tensor_entry("none", "F32", "[0,7]", 12, 12) + "," + tensor_entry("one", "I64", "[]", 12, 20) + "}   ",
                          20);
  REQUIRE(file.ok());
  CHECK(file->tensors.size() == 4);
  CHECK(file->metadata == std::map<std::string, std::string>{{"a", "1"}, {"b", ""}});
  CHECK(file->tensors.at("second").shape == std::vector<std::int64_t>{2, 1});
  CHECK(file->tensors.at("second").bytes.size() == 8);
  CHECK(file->tensors.at("first").dtype == DType::f16);
  CHECK(to_float(*file, "second")->shape() == Shape{2, 1});
  CHECK(to_float(*file, "none")->size() == 0);
  CHECK(to_float(*file, "one").error().text == "f: one is of type I64; F32, F16, BF16 and F64 work");
  CHECK(to_float(*file, "absent").error().text == "f: holds no tensor absent");
  CHECK(parse("{}", 0).ok());
}

TEST_CASE("conversions to float are exact", "[safetensors]") {
  const Tensor f16 = converted<std::uint16_t>("F16", {0x3C00, 0xC000, 0x0001, 0x03FF, 0x7BFF, 0x8000, 0x7C00, 0x7E00, 0x3555});
  CHECK(f16.at(0) == 1.0f);
  CHECK(f16.at(1) == -2.0f);
  CHECK(f16.at(2) == 0x1p-24f);
  CHECK(f16.at(3) == 1023 * 0x1p-24f);
  CHECK(f16.at(4) == 65504.0f);
  CHECK((f16.at(5) == 0.0f && std::signbit(f16.at(5))));
  CHECK(std::isinf(f16.at(6)));
  CHECK(std::isnan(f16.at(7)));
  CHECK(f16.at(8) == 0.333251953125f);
  const Tensor bf16 = converted<std::uint16_t>("BF16", {0x3F80, 0xBFC0, 0x0001, 0x7F80});
  CHECK(bf16.at(0) == 1.0f);
  CHECK(bf16.at(1) == -1.5f);
  CHECK(bf16.at(2) == std::bit_cast<float>(0x00010000u));
  CHECK(std::isinf(bf16.at(3)));
  const Tensor f64 = converted<double>("F64", {0.1, -1e300, 3.4028235e38, 1e-320, std::numeric_limits<double>::quiet_NaN()});
  CHECK(f64.at(0) == 0.1f);
  CHECK(f64.at(1) == -std::numeric_limits<float>::infinity());
  CHECK(f64.at(2) == std::numeric_limits<float>::max());
  CHECK(f64.at(3) == 0.0f);
  CHECK(std::isnan(f64.at(4)));
  CHECK(converted<float>("F32", {1.5f, -0.0f}).at(0) == 1.5f);
}

TEST_CASE("all half floats widen to the numbers their bits mean", "[safetensors]") {
  std::vector<std::uint16_t> all;
  for (int i = 0; i < 65536; ++i) all.push_back(static_cast<std::uint16_t>(i));
  const Tensor wide = converted("F16", all);
  for (int i = 0; i < 65536; ++i) {
    const int exponent = i >> 10 & 31, fraction = i & 1023;
    if (exponent == 31) continue;
    const double magnitude = exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    if (wide.at(i) != static_cast<float>(i >> 15 ? -magnitude : magnitude)) FAIL(i);
  }
}

TEST_CASE("the header's claims must hold", "[safetensors]") {
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[2]", 0, 8) + "," + tensor_entry("b", "F32", "[1]", 4, 8) + "}", 8), "tensor b overlaps the one before it"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1]", 0, 4) + "," + tensor_entry("b", "F32", "[1]", 8, 12) + "}", 12), "tensor b leaves a hole in front of it"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1]", 4, 8) + "}", 8), "leaves a hole"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1]", 0, 4) + "}", 5), "holds 5 bytes of data, of which its tensors cover 4"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[2]", 0, 8) + "}", 4), "lies at bytes 0 to 8, but the file holds 4"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1]", 4, 0) + "}", 4), "lies at bytes 4 to 0"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[3]", 0, 8) + "}", 8), "holds 8 bytes, expected 12 for 3 of type F32"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F4", "[3]", 0, 1) + "}", 1), "expected 1 for 3 of type F4"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F99", "[1]", 0, 4) + "}", 4), "has the unknown type F99"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[4503599627370496,4503599627370496]", 0, 4) + "}", 4), "far more"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[4294967296,4294967296]", 0, 0) + "}"), "far more"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[18446744073709551615]", 0, 4) + "}", 4), "more than a file can hold"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[99999999999999999999]", 0, 4) + "}", 4), "not whole"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[-1]", 0, 4) + "}", 4), "negative"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1.0]", 0, 4) + "}", 4), "not whole"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 0, 4) + "}", 4), "more than 16"));
}

TEST_CASE("the header must be what the format says", "[safetensors]") {
  CHECK(contains(safetensors_refusal(""), "does not begin with '{'"));
  CHECK(contains(safetensors_refusal(" {}"), "does not begin with '{'"));
  CHECK(contains(safetensors_refusal("[]"), "does not begin with '{'"));
  CHECK(contains(safetensors_refusal("{"), "not valid JSON"));
  CHECK(contains(safetensors_refusal("{} x"), "not valid JSON"));
  CHECK(contains(safetensors_refusal("{\"a\xFF\":1}"), "not valid JSON"));
  CHECK(contains(safetensors_refusal("{" + tensor_entry("a", "F32", "[1]", 0, 4) + "," + tensor_entry("a", "F32", "[1]", 0, 4) + "}", 4), "\"a\" occurs twice"));
  CHECK(contains(safetensors_refusal("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), "\"k\" occurs twice"));
  CHECK(contains(safetensors_refusal("{\"__metadata__\":{},\"__metadata__\":{}}"), "occurs twice"));
  CHECK(contains(safetensors_refusal("{\"__metadata__\":{\"k\":1}}"), "expected only texts"));
  CHECK(contains(safetensors_refusal("{\"__metadata__\":{\"k\":{}}}"), "expected only texts"));
  CHECK(contains(safetensors_refusal("{\"__metadata__\":3}"), "expected only texts"));
  CHECK(contains(safetensors_refusal("{\"a\":3}"), "tensor a"));
  CHECK(contains(safetensors_refusal("{\"a\":{}}"), "lacks one of"));
  CHECK(contains(safetensors_refusal("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}"), "twice"));
  CHECK(contains(safetensors_refusal("{\"a\":{\"colour\":1}}"), "unknown field"));
  CHECK(contains(safetensors_refusal("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}"), "has 1 data offsets"));
  CHECK(contains(safetensors_refusal("{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", 4), "does not belong"));
  CHECK(contains(safetensors_refusal("{\"a\":{\"dtype\":null,\"shape\":[1],\"data_offsets\":[0,4]}}", 4), "null"));
  safetensors_refusal("{\"a\":" + std::string(100'000, '[') + "}");
  safetensors_refusal("{\"__metadata__\":{\"a\\nb\":\"x\",\"a\\nb\":\"y\"}}");
}

TEST_CASE("lengths in front of the header are not believed", "[safetensors]") {
  const auto with_length = [](std::uint64_t length, std::size_t rest) {
    Bytes file;
    append(file, length, 8);
    file.resize(8 + rest, '{');
    return parse_safetensors("f", shared(file)).error().text;
  };
  CHECK(contains(parse_safetensors("f", shared({1, 2, 3})).error().text, "too short"));
  CHECK(parse_safetensors("f", shared({})).error().text == "f: the file is empty");
  CHECK(contains(parse_safetensors("f", shared(bytes_of("\x93NUMPY and more"))).error().text, "is a .npy array"));
  CHECK(contains(with_length(std::numeric_limits<std::uint64_t>::max(), 20), "at most 100000000 work"));
  CHECK(contains(with_length(100'000'001, 20), "at most 100000000 work"));
  CHECK(contains(with_length(21, 20), "only 20 follow"));
  CHECK(contains(with_length(0, 20), "does not begin with '{'"));
}

TEST_CASE("no beginning of a file is a file", "[safetensors]") {
  const Bytes whole = Checkpoint::small().file();
  REQUIRE(parse_safetensors("f", shared(whole)).ok());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    if (parse_safetensors("f", shared({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)})).ok()) FAIL(length);
  }
}

TEST_CASE("what is written reads back", "[safetensors]") {
  const std::string path = temporary_path("written.safetensors");
  const std::vector<float> values{1, 2, 3, 4, 5, -0.5f};
  const NamedTensor tensors[] = {{"b", Tensor({2, 3}, values)}, {"a\"\n", Tensor({1}, std::vector{7.0f})}};
  REQUIRE(write_safetensors(path, tensors, {{"who", "me \"quoted\" \xFF"}}, true).ok());
  const auto file = read_safetensors(path);
  REQUIRE(file.ok());
  const Tensor b = to_float(*file, "b").value();
  CHECK(b.shape() == Shape{2, 3});
  CHECK(std::equal(values.begin(), values.end(), b.values().begin()));
  CHECK(to_float(*file, "a\"\n")->at(0) == 7.0f);
  CHECK(file->metadata.at("who").rfind("me \"quoted\" ", 0) == 0);
  CHECK((file->tensors.at("b").bytes.data() - file->memory->data()) % 8 == 0);
  CHECK(contains(write_safetensors(path, tensors, {}, false).error().text, "exists already"));
  const NamedTensor twice[] = {{"a", Tensor({1}, std::vector{7.0f})}, {"a", Tensor({1}, std::vector{7.0f})}};
  CHECK(contains(write_safetensors(path, twice, {}, true).error().text, "two tensors are called a"));
  std::remove(path.c_str());
  CHECK(read_safetensors(path).error().text == path + ": no such file");
}
