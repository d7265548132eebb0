// Every figure that an architecture has, on architectures that differ from the plain one.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <set>

#include "app/figures/attention_compared.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"
#include "tests/figures/harness.h"

using namespace vitscope;

namespace {
constexpr draw::Vec kSizes[] = {{560, 360}};

std::vector<std::pair<std::string, ModelPtr>> models() {
  std::vector<std::pair<std::string, ModelPtr>> all{{"many channels", build_preset("own:height=12,width=20,channels=32,patch=4,dim=24,depth=2,heads=3,hidden=32,classes=5", 1).value()}, {"hybrid", test::small_hybrid()}, {"t2t", test::small_t2t()}, {"t2t with performers", test::small_t2t_performer()}, {"tnt", test::small_tnt(false)}, {"tnt over the whole picture", test::small_tnt(true)}};
  for (const auto& [name, config] : test::small_families()) all.emplace_back(name, test::random_weights(config));
  return all;
}

TracePtr trace_of(const ModelPtr& model) {
  const VitConfig& c = model->config;
  return test::tiny_trace(model, test::tiny_picture(2 * c.image_height, 3 * c.image_width, c.channels > 4 ? 3 : c.channels));
}
/// Speaks of a class token as if there were one.
bool speaks_of_class_token(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view none : {"no class token", "without a class token", "has no class"})
    for (std::size_t at = text.find(none); at != std::string::npos; at = text.find(none)) text.erase(at, none.size());
  return text.find("class token") != std::string::npos;
}

/// Every choice of every option of a figure, one at a time; first none.
std::vector<std::pair<std::string, float>> choices_of(const figures::Figure& figure) {
  std::vector<std::pair<std::string, float>> all{{"", 0}};
  for (const figures::Option& option : figure.options)
    for (std::size_t i = 0; i < option.choices.size(); ++i) all.emplace_back(option.key, static_cast<float>(i));
  return all;
}

}  // namespace

TEST_CASE("figures of every family keep their place", "[figures][families]") {
  std::set<std::string_view> shown;
  // Comparisons have a run of the first family as their side A.
  const TracePtr kept = figures::attention::kept_for_comparing(*trace_of(models().front().second));
  for (const auto& [name, model] : models()) {
    const VitConfig& config = model->config;
    const auto trace = trace_of(model);
    figures::Selection selection = figures::Selection::initial(config);
    // Decoders with blocks are large: one family is enough.
    if (shown.contains("drop-pos")) selection.options["drop-pos.decoder"] = 2;
    for (const figures::Figure* figure : figures::figures()) {
      const Step* step = figures::step_of(*figure, config);
      if (!step) continue;
      selection.place = {step, step->stage == Stage::block ? 1 : -1};
      const bool compares = figure->slug == "t-sne-two" || figure->slug == "attention-compare";
      if (compares) figures::attention::keep_as_side_a(selection);
      else figures::attention::forget_side_a(selection);
      const figures::FigureInput page{*trace, selection, false, nullptr, kept.get()};
      if (!figures::shows(*figure, page)) continue;
      // It runs every built-in picture: one family is enough.
      if (!shown.insert(figure->slug).second && figure->slug == "paper-figure-6") continue;
      INFO(name << ": " << figure->slug);
      for (const draw::Vec size : kSizes) {
        const auto drawing = test::draw_figure(*figure, page, draw::rect_at({37, 21}, size.x, size.y));
        INFO(size.x << " x " << size.y);
        CHECK(test::outside(*drawing) == "");
        CHECK(test::overlapping_texts(*drawing) == "");
        CHECK(test::bad_tags(*drawing, config) == "");
      }
      const figures::FigureInput paper{*trace, selection, true, nullptr, kept.get()};
      const auto drawing = test::draw_figure(*figure, paper, draw::rect_at({0, 0}, figure->natural_size.x, figure->natural_size.y));
      CHECK(test::outside(*drawing) == "");
      CHECK(test::overlapping_texts(*drawing) == "");
      figure->data(paper);
    }
  }
  for (const figures::Figure* figure : figures::figures()) {
    INFO(figure->slug);
    CHECK(shown.contains(figure->slug));
  }
}

TEST_CASE("a model with two heads has the analyses of its logits, behind the page's own figure", "[figures][families]") {
  for (const auto& [name, model] : models()) {
    if (!model->config.two_heads) continue;
    const auto trace = trace_of(model);
    const figures::Selection selection = figures::Selection::initial(model->config);
    for (const char* slug : {"logit-lens", "residual-ledger"}) {
      INFO(name << ": " << slug);
      const figures::Figure& figure = *figures::find_figure(slug);
      REQUIRE(figures::step_of(figure, model->config));
      CHECK(figures::step_of(figure, model->config)->slug == "mean-logits");
      CHECK(figures::shows(figure, {*trace, selection}));
    }
    const auto page = figures::figures_of(*find_step("mean-logits"), {*trace, selection});
    REQUIRE(page.size() == 3);
    CHECK(page.front()->slug == "mean-logits");
    CHECK_FALSE(figures::shows(*figures::find_figure("head"), {*trace, selection}));
  }
}

TEST_CASE("captions say which equal numbers are chance, and where the tutorials err", "[figures][families]") {
  const draw::Language english;
  draw::CanvasStore store;
  const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = nullptr, .theme = &draw::light_theme(), .language = &english, .sink = {}});
  const auto caption = [&](const char* preset, const char* slug) {
    const ModelPtr model = build_preset(preset, 1).value();
    const VitConfig& c = model->config;
    const Trace trace(model, input_of_values("x", test::Draw(1)({c.channels, c.image_height, c.image_width})));
    const figures::Selection selection = figures::Selection::initial(c);
    return figures::find_figure(slug)->caption(canvas, {trace, selection, true});
  };
  const auto says = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(says(caption("vit-b16", "project"), "That a patch and a token both have 768 numbers is chance."));
  CHECK_FALSE(says(caption("toy-10", "project"), "chance"));
  CHECK(says(caption("lucidrains-256-32", "qkv"), "That these are 3072 numbers, as many as a flattened patch has, is chance."));
  CHECK_FALSE(says(caption("toy-10", "qkv"), "chance"));
  CHECK(says(caption("tnt-ti", "tnt-words"), "768 pixel values are 16 words of 4 × 4 × 3 = 48."));
  CHECK(says(caption("tnt-s-pixels", "tnt-words"), "side by side"));
  // GELU of 1 in both forms, to five digits.
  char exact[16], approximate[16];
  std::snprintf(exact, sizeof exact, "%.5f", 0.5 * std::erfc(-1 / std::sqrt(2.0)));
  std::snprintf(approximate, sizeof approximate, "%.5f", 0.5 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * 1.044715)));
  CHECK(says(caption("toy-10", "gelu"), exact));
  CHECK(says(caption("toy-10", "gelu"), approximate));
  CHECK(says(caption("toy-10", "residual1"), "in a run like this one none is"));
  CHECK(says(caption("lanl-mountain", "patches"), "patch 12, which is number 11 here"));
  CHECK(says(caption("lanl-mountain", "class-token"), "400 numbers in one place and 768 in another"));
}

TEST_CASE("every place of every family's walk has a figure that its run can show", "[figures][families]") {
  for (const auto& [name, model] : models()) {
    const VitConfig& config = model->config;
    const auto trace = trace_of(model);
    figures::Selection selection = figures::Selection::initial(config);
    for (const Place& place : walk(config)) {
      INFO(name << ": " << place.step->slug);
      selection.place = place;
      const auto list = figures::figures_of(*place.step, {*trace, selection});
      REQUIRE_FALSE(list.empty());
      CHECK(figures::shows(*list.front(), {*trace, selection}));
    }
  }
}

TEST_CASE("no figure speaks of a class token that the model does not have", "[figures][families][places]") {
  const draw::Language english;
  int without = 0;
  for (const auto& [name, model] : models()) {
    const VitConfig& config = model->config;
    if (config.grid.class_token()) continue;
    ++without;
    const auto trace = trace_of(model);
    draw::CanvasStore store;
    const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = nullptr, .theme = &draw::light_theme(), .language = &english, .sink = {}});
    for (const figures::Figure* figure : figures::figures()) {
      const Step* step = figures::step_of(*figure, config);
      if (!step) continue;
      for (const auto& [key, value] : choices_of(*figure)) {
        figures::Selection selection = figures::Selection::initial(config);
        selection.place = {step, step->stage == Stage::block ? 1 : -1};
        if (!key.empty()) selection.options[key] = value;
        const figures::FigureInput paper{*trace, selection, true};
        if (!figures::shows(*figure, paper)) continue;
        INFO(name << ": " << figure->slug << " " << key << " " << value);
        const std::string caption = figure->caption(canvas, paper);
        INFO(caption);
        CHECK_FALSE(speaks_of_class_token(caption));
        const auto drawing = test::draw_figure(*figure, paper, draw::rect_at({0, 0}, figure->natural_size.x, figure->natural_size.y));
        for (const draw::Mark& mark : drawing->store.marks)
          if (speaks_of_class_token(mark.text)) FAIL_CHECK(mark.text);
        for (const draw::Tag& tag : drawing->store.tags)
          if (speaks_of_class_token(tag.tooltip)) FAIL_CHECK(tag.tooltip);
      }
    }
  }
  CHECK(without > 0);
}
