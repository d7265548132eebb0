// PyTorch's checkpoints: files that PyTorch wrote (tests/golden/make_torch.py), and pickles made by hand, legal or not.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "core/checkpoint/pickle.h"
#include "core/checkpoint/tensor_file.h"
#include "core/forward.h"
#include "core/image/preprocess.h"
#include "core/model/model.h"
#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;
using namespace std::string_literals;

namespace {

constexpr const char* kFiles[] = {"deit.pth", "trained.pth.tar", "odd.bin", "module.pt", "module_old.pt", "traced.pt"};
constexpr const char* kConfig = R"({"num_heads": 4, "layer_norm_eps": 1e-3})";

Bytes torch_file(const std::string& name) { return file_bytes("golden/torch/" + name); }

/// A text of up to 255 bytes as an opcode.
std::string word(const std::string& text) { return "\x8c" + std::string(1, static_cast<char>(text.size())) + text; }
std::string whole(int value) { return "J" + std::string{static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16), static_cast<char>(value >> 24)}; }
std::string tuple_of(const std::vector<int>& values) {
  std::string text = "(";
  for (const int value : values) text += whole(value);
  return text + "t";
}
std::string storage_opcodes(const std::string& kind, int items, const std::string& key = "0") {
  return "(" + word("storage") + "ctorch\n" + kind + "\n" + word(key) + word("cpu") + whole(items) + "tQ";
}
std::string tensor_opcodes(const std::string& stored, int first, const std::vector<int>& shape, const std::vector<int>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + stored + whole(first) + tuple_of(shape) + tuple_of(strides) + "\x89)tR";
}

/// A file in the format before PyTorch 1.6: the object's opcodes, then storage "0".
Bytes saved(const std::string& object, const Bytes& numbers, std::uint64_t items) {
  Bytes file;
  append(file, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s);
  append(file, "\x80\x02M\xe9\x03."s);
  append(file, "\x80\x02}"s + word("little_endian") + "\x88s.");
  append(file, "\x80\x02"s + object + ".");
  append(file, "\x80\x02]"s + word("0") + "a.");
  append(file, items, 8);
  file.insert(file.end(), numbers.begin(), numbers.end());
  return file;
}
Bytes saved_six(const std::string& object) { return saved(object, raw(std::vector<float>{1, 2, 3, 4, 5, 6}), 6); }

std::string torch_refusal(const Bytes& bytes) {
  const auto file = parse_checkpoint("a.pth", shared(bytes));
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().text.starts_with("a.pth: "));
  CHECK(file.error().text.find('\n') == std::string::npos);
  return file.error().text;
}

}  // namespace

TEST_CASE("whatever PyTorch puts around a model, it answers as PyTorch did", "[torch]") {
  std::ifstream expected_file(data_path("golden/torch/expected.json"));
  const auto expected = nlohmann::json::parse(expected_file)["logits"].get<std::vector<double>>();
  const auto input = load_input_values(data_path("golden/torch/input.npy"));
  REQUIRE(input.ok());
  ThreadPool pool(1);
  for (const char* name : kFiles) {
    INFO(name);
    const auto model = parse_model(name, shared(torch_file(name)), kConfig);
    if (!model) FAIL(model.error().text);
    CHECK((*model)->config.heads == 4);
    CHECK((*model)->parameters == 1083);
    const TracePtr trace = forward(*model, *input, pool);
    for (int k = 0; k < 3; ++k) CHECK(trace->at(Slot::logits).at(k) == Approx(expected[static_cast<std::size_t>(k)]).margin(1e-6));
  }
}

TEST_CASE("a whole model tells its heads and epsilon, a state dict does not", "[torch]") {
  for (const char* name : {"module.pt", "module_old.pt"}) {
    const auto model = parse_model(name, shared(torch_file(name)), "");
    if (!model) FAIL(model.error().text);
    CHECK((*model)->config.heads == 4);
    CHECK((*model)->config.layer_norm_eps == 1e-3f);
  }
  const auto model = parse_model("deit.pth", shared(torch_file("deit.pth")), "");
  REQUIRE_FALSE(model.ok());
  CHECK(contains(model.error().text, "the number of heads is not stored"));
}

TEST_CASE("of several sets of weights the moving average is taken, and that is said", "[torch]") {
  const auto file = parse_checkpoint("a", shared(torch_file("trained.pth.tar")));
  REQUIRE(file.ok());
  REQUIRE(file->notes.size() == 1);
  CHECK(file->notes[0] == "the file holds several sets of weights: those of state_dict_ema were taken, not those of state_dict");
  const auto model = parse_model("a", shared(torch_file("trained.pth.tar")), kConfig);
  REQUIRE(model.ok());
  CHECK(std::count((*model)->warnings.begin(), (*model)->warnings.end(), file->notes[0]) == 1);
}

TEST_CASE("steps through a storage are honoured", "[torch]") {
  const std::string six = storage_opcodes("FloatStorage", 6);
  const auto read = [&](const std::string& object) { return to_float(parse_checkpoint("a", shared(saved_six("}" + word("x") + object + "s"))).value(), "x").value(); };
  const Tensor turned = read(tensor_opcodes(six, 0, {3, 2}, {1, 3}));
  CHECK(turned.shape() == Shape{3, 2});
  CHECK(std::vector<float>(turned.values().begin(), turned.values().end()) == std::vector<float>{1, 4, 2, 5, 3, 6});
  const Tensor part = read(tensor_opcodes(six, 2, {2, 2}, {2, 1}));
  CHECK(std::vector<float>(part.values().begin(), part.values().end()) == std::vector<float>{3, 4, 5, 6});
  const Tensor repeated = read(tensor_opcodes(six, 5, {2, 2}, {0, 0}));
  CHECK(std::vector<float>(repeated.values().begin(), repeated.values().end()) == std::vector<float>{6, 6, 6, 6});
  CHECK(read(tensor_opcodes(six, 3, {}, {})).values()[0] == 4);
  CHECK(read("ctorch._utils\n_rebuild_parameter\n(" + tensor_opcodes(six, 1, {1}, {1}) + "\x88)tR").at(0) == 2);
  const auto whole_numbers = parse_checkpoint("a", shared(saved("}" + word("x") + tensor_opcodes(storage_opcodes("LongStorage", 1), 0, {1}, {1}) + "s", Bytes(8), 1)));
  CHECK(contains(to_float(whole_numbers.value(), "x").error().text, "is of type int64"));
  const auto quantised = parse_checkpoint("a", shared(saved_six("}" + word("x") + "ctorch._utils\n_rebuild_qtensor\n(" + six + "tRs")));
  CHECK(contains(to_float(quantised.value(), "x").error().text, "is of type _rebuild_qtensor"));
}

TEST_CASE("tensors that lie outside their storage, or nowhere, are refused by name", "[torch]") {
  const std::string six = storage_opcodes("FloatStorage", 6);
  const auto with = [&](const std::string& object) { return torch_refusal(saved_six("}" + word("blocks.0.x") + object + "s")); };
  struct Case {
    std::vector<int> shape, strides;
    int first;
  };
  for (const auto& [shape, strides, first] : std::vector<Case>{
           {{7}, {1}, 0}, {{6}, {1}, 1}, {{2, 3}, {4, 1}, 0}, {{2}, {6}, 0}, {{2}, {-1}, 3}, {{-1}, {1}, 0}, {{1}, {1}, -1}, {{1}, {1}, 6}, {{2, 3}, {3}, 0}})
    CHECK(contains(with(tensor_opcodes(six, first, shape, strides)), "tensor blocks.0.x lies outside its storage of 6 numbers"));
  CHECK(contains(with(tensor_opcodes(storage_opcodes("FloatStorage", 7), 0, {7}, {1})), "lies in storage 0 of 24 bytes, expected 7 times 4"));
  CHECK(contains(with(tensor_opcodes(six, 0, {6}, {1}) + "s" + word("blocks.1.x") + tensor_opcodes(storage_opcodes("FloatStorage", 6, "nine"), 0, {6}, {1})), "lies in storage nine, which the file does not hold"));
  CHECK(contains(with(tensor_opcodes(storage_opcodes("StrangeStorage", 6), 0, {6}, {1})), "storage"));
  CHECK(contains(with(tensor_opcodes(six, 0, {1 << 20, 1 << 20}, {0, 0})), "repeats too many numbers (1099511627776)"));
  CHECK(contains(torch_refusal(saved("}" + word("x") + tensor_opcodes(storage_opcodes("FloatStorage", 6), 0, {6}, {1}) + "s", Bytes(23), 6)), "storage 0 is not complete"));
  CHECK(contains(torch_refusal(saved("}", Bytes(24), 6)), "which nothing refers to"));
}

TEST_CASE("pickles say what is wrong with them", "[torch]") {
  const auto wrong = [](const std::string& text) {
    const Bytes bytes = bytes_of(text);
    const auto pickle = parse_pickle(bytes);
    REQUIRE_FALSE(pickle.ok());
    return pickle.error().text;
  };
  CHECK(wrong("") == "ends early");
  CHECK(wrong("\x80\x02N") == "ends early");
  CHECK(wrong("X\xff\xff\xff\x7fshort") == "ends early");
  CHECK(wrong("cmodule") == "ends early");
  CHECK(wrong("\x80\x06N.") == "is of a protocol beyond 5");
  CHECK(wrong("\xff") == "holds the unknown opcode 255 at byte 0");
  CHECK(wrong(".") == "takes a value that is not there");
  CHECK(wrong("N(.") == "takes a value that is not there");
  CHECK(wrong("t.") == "takes values up to a mark that is not there");
  CHECK(wrong("h\x01.") == "refers to a value that is not there");
  CHECK(wrong("NNNs.") == "sets an entry of what is no dictionary");
  CHECK(wrong("}(Nu.") == "holds a key without a value");
  CHECK(wrong("}Na.") == "adds to what is no list");
  CHECK(wrong(std::string(1'000'001, 'N')) == "holds more than a million values");

  const Bytes numbers = bytes_of("(J\xfe\xff\xff\xffK\x05M\x01\x02\x8a\x00\x8a\x01\xff\x8a\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09G\xbf\xf8\x00\x00\x00\x00\x00\x00\x88t."s);
  const auto pickle = parse_pickle(numbers);
  REQUIRE(pickle.ok());
  const auto& items = (*pickle)[pickle->root].items;
  REQUIRE(items.size() == 8);
  const std::int64_t expected[] = {-2, 5, 513, 0, -1};
  for (std::size_t i = 0; i < 5; ++i) CHECK((*pickle)[items[i]].integer == expected[i]);
  CHECK((*pickle)[items[5]].text.size() == 9);
  CHECK((*pickle)[items[6]].real == -1.5);
  CHECK(((*pickle)[items[7]].kind == PickleKind::boolean && (*pickle)[items[7]].integer == 1));
}

TEST_CASE("what a pickle asks to be called is never called", "[torch]") {
  const std::string path = temporary_path("called");
  const std::string call = "cposix\nsystem\n(" + word("touch " + path) + "tR";
  const auto file = parse_checkpoint("a", shared(saved_six("}" + word("evil") + call + "s" + word("x") + tensor_opcodes(storage_opcodes("FloatStorage", 6), 0, {6}, {1}) + "s")));
  REQUIRE(file.ok());
  CHECK(file->tensors.size() == 1);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("nesting without end is refused", "[torch]") {
  // A dictionary that holds itself, one inside another 100,000 times, and sharing that doubles 40 times.
  CHECK(contains(torch_refusal(saved_six("}q\x01"s + word("x") + "h\x01s" + word("y") + tensor_opcodes(storage_opcodes("FloatStorage", 6), 0, {6}, {1}) + "s")), "nested too deeply"));
  std::string deep, doubled = "}q\x00"s;
  for (int i = 0; i < 100'000; ++i) deep += "}" + word("x");
  deep += tensor_opcodes(storage_opcodes("FloatStorage", 6), 0, {6}, {1}) + std::string(100'000, 's');
  CHECK(contains(torch_refusal(saved_six(deep)), "nested too deeply"));
  for (int i = 0; i < 40; ++i) {
    const std::string place(1, static_cast<char>(i));
    doubled += "}" + word("a") + "h" + place + "s" + word("b") + "h" + place + "sq" + std::string(1, static_cast<char>(i + 1));
  }
  CHECK(contains(torch_refusal(saved_six("}" + word("y") + tensor_opcodes(storage_opcodes("FloatStorage", 6), 0, {6}, {1}) + "s" + word("z") + doubled + "s")), "nested too deeply"));
}

TEST_CASE("other pickles and machines are told apart", "[torch]") {
  CHECK(contains(torch_refusal(bytes_of("\x80\x04N.")), "is a pickle that PyTorch did not write"));
  CHECK(contains(torch_refusal(bytes_of("\x80\x02garbage")), "is no PyTorch checkpoint, or damaged"));
  Bytes big = saved_six("}");
  const std::string flag = "little_endian";
  const auto at = std::search(big.begin(), big.end(), flag.begin(), flag.end());
  *(at + static_cast<std::ptrdiff_t>(flag.size())) = 0x89;
  CHECK(contains(torch_refusal(big), "big-endian"));
  Bytes tar(512);
  std::copy_n("sys_info", 8, tar.begin());
  std::copy_n("ustar", 5, tar.begin() + 257);
  CHECK(contains(torch_refusal(tar), "is a tar archive"));
  CHECK(contains(parse_model("a.pth", shared(saved("N", Bytes(), 0)), "").error().text, "nothing refers to"));
}

TEST_CASE("changed PyTorch files never crash", "[torch][hostile]") {
  std::mt19937 random(7);
  int loaded = 0;
  for (const char* name : kFiles) {
    INFO(name);
    const Bytes file = torch_file(name);
    for (std::size_t size = 0; size < file.size(); size += 97) {
      const auto model = parse_model("m", shared({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}), kConfig);
      REQUIRE_FALSE(model.ok());
    }
    for (int i = 0; i < 400; ++i) {
      Bytes changed = file;
      // Opcodes stand in front of the numbers in older files, behind or among them in newer ones.
      const std::size_t front = i % 2 ? changed.size() : std::min<std::size_t>(changed.size(), 4096);
      for (int j = 0; j < 1 + i % 3; ++j) changed[random() % front] = static_cast<std::uint8_t>(random());
      const auto model = parse_model("m", shared(changed), kConfig);
      loaded += model.ok();
      if (!model && (model.error().text.empty() || model.error().text.find('\n') != std::string::npos || model.error().text.size() > 1000)) FAIL("not one clear line: " << model.error().text);
    }
  }
  CHECK(loaded > 100);
}
