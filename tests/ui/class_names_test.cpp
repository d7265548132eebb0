// Names of classes for models that bring none.
#include "app/shell/class_names.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

#include "app/shell/builtin.h"
#include "tests/core/file_makers.h"
#include "tests/ui/program.h"

using namespace vitscope;
using test::Program;

namespace {
/// A model file of so many classes alone in a folder, which the end removes.
struct ModelFolder {
  static inline int made = 0;
  std::filesystem::path folder = test::temporary_path("class_names_" + std::to_string(made++));
  std::string file = (folder / "model.safetensors").string();
  ~ModelFolder() { std::filesystem::remove_all(folder); }
  explicit ModelFolder(int classes, const std::string& labels_in_file = {}) {
    std::filesystem::create_directories(folder);
    test::Checkpoint c = test::Checkpoint::small();
    c.shapes["head.weight"] = {classes, 8};
    c.shapes["head.bias"] = {classes};
    if (!labels_in_file.empty()) c.metadata["labels"] = labels_in_file;
    const test::Bytes bytes = c.file();
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  void labels(int count) const {
    std::ofstream out(folder / "labels.txt");
    for (int i = 0; i < count; ++i) out << "thing " << i << "\n";
  }
  ModelPtr model() const { return shell::with_class_names(load_model(file)).value(); }
};

bool says_assumed(const Model& model) {
  return std::any_of(model.warnings.begin(), model.warnings.end(), [](const std::string& text) { return text.find("ImageNet") != std::string::npos; });
}
}  // namespace

TEST_CASE("the list of ImageNet's classes is whole, in order, and no name is there twice") {
  const auto names = shell::imagenet_names();
  REQUIRE(names.size() == 1000);
  CHECK(names.front() == "tench");
  CHECK(names[207] == "golden retriever");
  CHECK(names[281] == "tabby");
  CHECK(names[985] == "daisy");
  CHECK(names.back() == "toilet tissue");
  // Words that two synsets share.
  CHECK((names[134] == "crane (wading bird)" && names[517] == "crane (lifting device)"));
  CHECK((names[638] == "maillot (tights)" && names[639] == "maillot, tank suit"));
  CHECK((names[264] == "Cardigan, Cardigan Welsh corgi" && names[474] == "cardigan (sweater)"));
  std::set<std::string> different;
  for (std::string name : names) {
    INFO(name);
    CHECK_FALSE(name.empty());
    CHECK(name.find_first_of("_/\t\r\n") == std::string::npos);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(different.insert(name).second);
  }
}

TEST_CASE("a model of 1000 classes without names goes by ImageNet's and says so, one of another size has none") {
  const ModelFolder thousand(1000);
  const ModelPtr bare = load_model(thousand.file).value(), named = thousand.model();
  CHECK(bare->labels.empty());
  CHECK((named->labels_assumed && named->label(0) == "tench" && named->label(999) == "toilet tissue"));
  CHECK(says_assumed(*named));
  CHECK(named->warnings.size() == bare->warnings.size() + 1);
  CHECK(with_input_size(named, 8, 8).value()->labels_assumed);
  CHECK(shell::with_class_names(named).value() == named);
  for (const int classes : {999, 1001}) {
    const ModelPtr other = ModelFolder(classes).model();
    CHECK((other->labels.empty() && !other->labels_assumed && !says_assumed(*other)));
    CHECK(other->label(7) == "class 7");
  }
  const ModelPtr shipped = shell::with_class_names(shell::load_shipped_model()).value();
  CHECK((shipped->label(8) == "ship" && !shipped->labels_assumed && !says_assumed(*shipped)));
  CHECK_FALSE(shell::with_class_names(Error{"no such file"}).ok());
}

TEST_CASE("names beside or inside the file win over ImageNet's") {
  const ModelFolder beside(1000);
  beside.labels(1000);
  const ModelPtr model = beside.model();
  CHECK((model->label(0) == "thing 0" && !model->labels_assumed && !says_assumed(*model)));
  std::string list;
  for (int i = 0; i < 1000; ++i) list += (i ? ", \"own " : "[\"own ") + std::to_string(i) + "\"";
  const ModelPtr inside = ModelFolder(1000, list + "]").model();
  CHECK((inside->label(999) == "own 999" && !inside->labels_assumed && !says_assumed(*inside)));
}

TEST_CASE("the window shows the assumed names and that they are assumed") {
  const ModelFolder thousand(1000);
  Program p({.model = thousand.file, .step = "prediction"});
  p.settle();
  const Trace& trace = *p.session.trace();
  REQUIRE(trace.complete());
  const auto logits = trace.at(Slot::logits).values();
  const auto best = static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  CHECK(p.shows(shell::imagenet_names()[best]));
  CHECK(p.shows("1000 classes, names assumed"));
  CHECK_FALSE(p.shows("class " + std::to_string(best)));
  thousand.labels(1000);
  Program own({.model = thousand.file, .step = "prediction"});
  own.settle();
  CHECK(own.shows("thing " + std::to_string(best)));
  CHECK_FALSE(own.shows("names assumed"));
}
