#include <catch2/catch.hpp>
#include <random>

#include "core/checkpoint/tensor_file.h"
#include "core/checkpoint/zip.h"
#include "core/model/model.h"
#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

struct Packed {
  std::string name;
  Bytes stored;
  std::uint32_t size;  ///< unpacked
  int method = 0;
};

/// A zip archive; `wide` writes sizes into zip64 fields.
Bytes zip(const std::vector<Packed>& entries, bool wide = false) {
  Bytes file, directory;
  for (const Packed& e : entries) {
    const std::uint32_t size = wide ? 0xFFFFFFFF : e.size, packed = wide ? 0xFFFFFFFF : static_cast<std::uint32_t>(e.stored.size());
    const auto extra = [&](Bytes& to) {
      if (!wide) return;
      append(to, 1, 2);
      append(to, 16, 2);
      append(to, e.size, 8);
      append(to, e.stored.size(), 8);
    };
    const std::size_t offset = file.size();
    append(file, 0x04034b50, 4);
    for (const std::uint64_t field : {std::uint64_t{45}, std::uint64_t{0}, static_cast<std::uint64_t>(e.method), std::uint64_t{0}, std::uint64_t{0}}) append(file, field, 2);
    append(file, 0, 4);
    append(file, packed, 4);
    append(file, size, 4);
    append(file, e.name.size(), 2);
    append(file, wide ? 20 : 0, 2);
    append(file, e.name);
    extra(file);
    file.insert(file.end(), e.stored.begin(), e.stored.end());
    append(directory, 0x02014b50, 4);
    for (const std::uint64_t field : {std::uint64_t{45}, std::uint64_t{45}, std::uint64_t{0}, static_cast<std::uint64_t>(e.method), std::uint64_t{0}, std::uint64_t{0}}) append(directory, field, 2);
    append(directory, 0, 4);
    append(directory, packed, 4);
    append(directory, size, 4);
    append(directory, e.name.size(), 2);
    append(directory, wide ? 20 : 0, 2);
    append(directory, 0, 2);
    append(directory, 0, 4);
    append(directory, 0, 4);
    append(directory, offset, 4);
    append(directory, e.name);
    extra(directory);
  }
  const std::size_t begin = file.size();
  file.insert(file.end(), directory.begin(), directory.end());
  append(file, 0x06054b50, 4);
  append(file, 0, 4);
  append(file, entries.size(), 2);
  append(file, entries.size(), 2);
  append(file, directory.size(), 4);
  append(file, begin, 4);
  append(file, 0, 2);
  return file;
}

Packed stored(const std::string& name, const Bytes& bytes) { return {name, bytes, static_cast<std::uint32_t>(bytes.size())}; }

Bytes floats() { return npy("<f4", "(2, 3)", raw(std::vector<float>{1, 2, 3, 4, 5, 6})); }

std::string npz_refusal(const Bytes& bytes) {
  const auto file = parse_checkpoint("a.npz", shared(bytes));
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().text.starts_with("a.npz: "));
  CHECK(file.error().text.find('\n') == std::string::npos);
  return file.error().text;
}

}  // namespace

TEST_CASE("arrays of an .npz are read, with and without zip64 fields", "[npz]") {
  for (const bool wide : {false, true}) {
    const auto file = parse_checkpoint("a.npz", shared(zip({stored("a/b.npy", floats()), stored("c.npy", npy("<f8", "(2,)", raw(std::vector<double>{0.5, -2})))}, wide)));
    REQUIRE(file.ok());
    const Tensor a = to_float(*file, "a/b").value(), c = to_float(*file, "c").value();
    CHECK((a.shape() == Shape{2, 3} && a.at(1, 2) == 6));
    CHECK((c.shape() == Shape{2} && c.at(1) == -2));
  }
}

TEST_CASE("arrays in other orders are turned, other types are named", "[npz]") {
  const auto file = parse_checkpoint(
      "a.npz", shared(zip({stored("turned.npy", npy("<f4", "(2, 3)", raw(std::vector<float>{1, 4, 2, 5, 3, 6}), true)), stored("big.npy", npy(">f4", "(1,)", Bytes{0x3F, 0x80, 0, 0})),
                           stored("whole.npy", npy("<i8", "(1,)", Bytes(8)))})));
  REQUIRE(file.ok());
  const Tensor turned = to_float(*file, "turned").value();
  for (int i = 0; i < 6; ++i) CHECK(turned.values()[static_cast<std::size_t>(i)] == static_cast<float>(i + 1));
  CHECK(to_float(*file, "big").value().at(0) == 1);
  CHECK(contains(to_float(*file, "whole").error().text, "is of type i8"));
}

TEST_CASE("packed entries are unpacked", "[npz]") {
  // DEFLATE's stored blocks: final flag, length, its complement, the bytes themselves.
  const Bytes plain = floats();
  Bytes packed{1};
  append(packed, plain.size(), 2);
  append(packed, ~plain.size() & 0xFFFF, 2);
  packed.insert(packed.end(), plain.begin(), plain.end());
  const auto file = parse_checkpoint("a.npz", shared(zip({{"x.npy", packed, static_cast<std::uint32_t>(plain.size()), 8}})));
  REQUIRE(file.ok());
  CHECK(to_float(*file, "x").value().at(0, 1) == 2);
  CHECK(contains(npz_refusal(zip({{"x.npy", packed, static_cast<std::uint32_t>(plain.size()) + 1, 8}})), "x.npy in it is damaged"));
  CHECK(contains(npz_refusal(zip({{"x.npy", packed, 2'000'000'000, 8}})), "more than its packed bytes can hold"));
  CHECK(contains(npz_refusal(zip({{"x.npy", Bytes{7, 7, 7, 7}, 100, 8}})), "damaged"));
}

TEST_CASE("damaged and foreign archives give one clear line", "[npz]") {
  const Bytes whole = zip({stored("a.npy", floats()), stored("b.npy", floats())});
  CHECK(contains(npz_refusal(bytes_of("PK\x03\x04 and no more")), "no table of contents"));
  CHECK(contains(npz_refusal(zip({stored("data.txt", bytes_of("x"))})), "holds data.txt, not a .npz of arrays"));
  CHECK(contains(npz_refusal(zip({stored("a.npy", floats()), stored("a.npy", floats())})), "occurs twice"));
  CHECK(contains(npz_refusal(zip({{"a.npy", floats(), 10, 12}})), "packed by method 12"));
  CHECK(contains(npz_refusal(zip({{"a.npy", floats(), 10, 0}})), "two different sizes"));
  for (std::size_t size = 4; size < whole.size(); ++size) npz_refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  std::mt19937 random(5);
  for (int i = 0; i < 4000; ++i) {
    Bytes changed = whole;
    for (int j = 0; j < 3; ++j) changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    if (const auto file = parse_checkpoint("a.npz", shared(changed)); !file) CHECK(file.error().text.find('\n') == std::string::npos);
  }
}

TEST_CASE("damaged Flax archives never crash", "[npz][hostile]") {
  const Bytes whole = file_bytes("golden/flax/model.npz");
  REQUIRE(parse_model("flax", shared(whole), "").ok());
  std::mt19937 random(6);
  for (int i = 0; i < 150; ++i) {
    Bytes changed = whole;
    for (int j = 0; j < 1 + i % 4; ++j) changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    if (const auto model = parse_model("flax", shared(changed), ""); !model) CHECK(model.error().text.find('\n') == std::string::npos);
  }
}

TEST_CASE("checkpoints are known by their suffix", "[npz]") {
  CHECK(is_checkpoint_name("/a/ViT-B_16.npz"));
  CHECK(is_checkpoint_name("m.safetensors"));
  for (const char* name : {"deit_base_patch16_224-b5f2ef4d.pth", "pytorch_model.bin", "81.5_T2T_ViT_14.pth.tar", "last.ckpt", "module.pt"}) CHECK(is_checkpoint_name(name));
  CHECK_FALSE(is_checkpoint_name("pictures.tar"));
  CHECK_FALSE(is_checkpoint_name(".npz"));
  CHECK_FALSE(is_checkpoint_name("picture.npy"));
}
