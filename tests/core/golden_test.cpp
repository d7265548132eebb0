// The numbers of reference runs, case by case: see tests/golden/README.md.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "core/checkpoint/tensor_file.h"
#include "core/dump.h"
#include "core/forward.h"

using namespace vitscope;
namespace fs = std::filesystem;

namespace {
std::vector<fs::path> cases() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fs::path(VITSCOPE_TEST_DATA) / "golden")) {
    if (fs::exists(entry.path() / "case.json")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// Components may come with either sign, and there may be more of them than expected.
Tensor matched_filters(const Tensor& got, const Tensor& expected) {
  if (got.rank() != 4 || got.dim(0) < expected.dim(0)) return got;
  Tensor matched(expected.shape());
  float* out = matched.edit();
  for (int f = 0; f < expected.dim(0); ++f) {
    double product = 0;
    const auto a = got.row(f), b = expected.row(f);
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) product += static_cast<double>(a[i]) * b[i];
    for (float x : a) *out++ = product < 0 ? -x : x;
  }
  return matched;
}

void compare(const std::string& name, Tensor got, const Tensor& expected) {
  if (name == "analysis.embedding_filters") got = matched_filters(got, expected);
  REQUIRE(got.shape() == expected.shape());
  double error = 0, peak = 0;
  for (std::size_t i = 0; i < got.values().size(); ++i) {
    REQUIRE(std::isfinite(got.values()[i]));
    error = std::max(error, std::fabs(static_cast<double>(got.values()[i]) - expected.values()[i]));
    peak = std::max(peak, std::fabs(static_cast<double>(expected.values()[i])));
  }
  const bool gelu = name.size() > 5 && name.substr(name.size() - 5) == ".gelu";
  const double tolerance = name == "probs" ? 1e-4 : (gelu ? 5e-5 : 2e-4) * peak;
  CHECK(error <= tolerance);
}
}  // namespace

TEST_CASE("forward pass and analyses agree with the reference", "[golden]") {
  const std::vector<fs::path> folders = cases();
  REQUIRE(folders.size() >= 15);
  for (const fs::path& folder : folders) {
    DYNAMIC_SECTION(folder.filename().string()) {
      const fs::path archive = folder / "model.npz";
      const auto loaded = load_model(fs::exists(archive) ? archive.string() : (folder / "model.safetensors").string());
      if (!loaded) FAIL(loaded.error().text);
      const auto input = load_input_values((folder / "input.npy").string());
      if (!input) FAIL(input.error().text);
      const auto model = with_input_size(*loaded, (*input)->values.dim(1), (*input)->values.dim(2));
      if (!model) FAIL(model.error().text);
      const auto expected = read_safetensors((folder / "expected.safetensors").string());
      if (!expected) FAIL(expected.error().text);

      ThreadPool pool(2);
      const auto tensors = dump_tensors(*forward(*model, *input, pool));
      for (const auto& [name, stored] : expected->tensors) {
        CAPTURE(name);
        const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
        REQUIRE(found != tensors.end());
        const auto values = to_float(*expected, name);
        if (!values) FAIL(values.error().text);
        compare(name, found->tensor, *values);
      }
    }
  }
}
