// The real frame loop, driven by hand-made input, without a window and without OpenGL.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/ui/program.h"

using namespace vitscope;
using platform::Key;
using test::Program;

TEST_CASE("the walk visits every step of every block and ends at the prediction") {
  Program p;
  p.settle();
  const std::vector<Place> places = walk(p.session.trace()->config());
  REQUIRE(places.size() == 6 + 6 * 13 + 4);
  for (std::size_t i = 0; i < places.size(); ++i) {
    INFO(i << " " << p.slug());
    CHECK(p.session.selection().place == places[i]);
    CHECK(p.shows(std::string(places[i].step->title)));
    CHECK_FALSE(p.shows("Not computed yet"));
    CHECK_FALSE(p.shows("{"));
    p.press(Key::right);
  }
  CHECK(p.slug() == "prediction");
  p.press(Key::home);
  CHECK(p.slug() == "picture");
}

TEST_CASE("nothing is drawn outside the window, at any of its sizes") {
  for (const auto& [width, height, scale] : {std::tuple(1280, 720, 1.0f), {1600, 1000, 1.0f}, {3200, 2000, 2.0f}, {3840, 2160, 3.0f}}) {
    shell::Settings settings;
    settings.ui_scale = scale;
    Program p({}, width, height, settings);
    p.settle();
    const float s = p.fonts->scale();
    for (int i = 0; i < 23; ++i) {
      for (const draw::Mark& mark : p.store.marks) {
        if (mark.kind != "text") continue;
        INFO(width << " x " << height << " at " << s << ", " << p.slug() << ": " << mark.text);
        CHECK(mark.where.x0 >= -1);
        CHECK(mark.where.x1 <= static_cast<float>(width) / s + 1);
      }
      p.press(Key::right);
    }
  }
}

TEST_CASE("pointing at a cell explains it, clicking pins it, Esc releases it") {
  Program p({.step = "softmax"});
  p.settle();
  const draw::Tag* cells = nullptr;
  for (const draw::Tag& tag : p.store.tags)
    if (tag.grid && tag.grid->first.tensor.slot == Slot::attn && (!cells || tag.where.height() > cells->where.height())) cells = &tag;
  REQUIRE(cells);
  const draw::Vec at = cells->where.centre();
  p.point(at);
  const auto hovered = p.session.selection().hovered_cell();
  REQUIRE(hovered);
  CHECK(p.shows("Under the pointer"));
  CHECK(p.shows("Why this number?"));
  p.click(at);
  REQUIRE(p.session.selection().pinned);
  CHECK(*p.session.selection().pinned == *hovered);
  CHECK(p.session.selection().query == hovered->j);
  p.point({5, 5});
  CHECK(p.shows("pinned"));
  p.press(Key::escape);
  CHECK_FALSE(p.session.selection().pinned);
}

TEST_CASE("a number is followed operand by operand, walked back, and copied") {
  Program p({.step = "prediction"});
  p.settle();
  REQUIRE(p.shows("Why this number?"));
  p.click(p.widget("why.term.0").centre());
  CHECK(p.slug() == "head");
  REQUIRE(p.session.selection().pinned);
  CHECK(p.session.selection().pinned->tensor.slot == Slot::logits);
  REQUIRE(p.session.selection().trail.size() == 1);
  p.point({5, 5});
  CHECK(p.shows("probs"));
  p.click(p.widget("why.term.0").centre());
  CHECK(p.slug() == "pool");
  p.point({5, 5});
  p.click(p.widget("why.source").centre());
  CHECK(p.slug() == "final-norm");
  REQUIRE(p.session.selection().trail.size() == 3);
  // Operands of the last number lead on, down to where nothing follows.
  for (int i = 0; i < 400; ++i) {
    const auto& selection = p.session.selection();
    const auto next = operands(writer_of(selection.pinned->tensor.slot, p.session.trace()->config()).explain(*p.session.trace(), *selection.pinned));
    if (next.empty()) break;
    p.session.apply(views::Follow{*selection.pinned, next.front()});
  }
  p.settle();
  const Slot last = p.session.selection().pinned->tensor.slot;
  CHECK((last == Slot::pixels || last == Slot::embed_cls));
  CHECK(p.session.selection().trail.size() > 8);
  p.click(p.widget("why.copy").centre());
  const auto copied = p.session.take_copied();
  REQUIRE(copied);
  CHECK(copied->starts_with("probs ["));
  CHECK_FALSE(p.session.take_copied());
  p.session.apply(views::WalkBack{1});
  p.settle();
  CHECK(p.slug() == "head");
  CHECK(p.session.selection().trail.size() == 1);
  p.session.apply(views::WalkBack{7});
  CHECK(p.session.selection().trail.size() == 1);
  p.press(Key::escape);
  CHECK(p.session.selection().trail.empty());
}

TEST_CASE("edits are made, switched, undone bit for bit and made again") {
  Program p({.step = "prediction"});
  p.settle();
  const TracePtr plain = p.session.trace();
  const auto probs = [&] {
    const auto values = p.session.trace()->at(Slot::probs).values();
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<float> before = probs();
  CHECK_FALSE(p.shows("Undo"));
  p.press(Key::i);
  CHECK(p.session.panel() == views::Panel::edits);
  CHECK(p.shows("Edits of this run"));
  p.click(p.widget("edits.offer.4.0").centre());
  REQUIRE(p.session.edits());
  CHECK((*p.session.edits())[0].kind == EditKind::head_off);
  p.press(Key::escape);
  CHECK(p.shows("What if"));
  CHECK(p.shows("line: without the edits"));
  CHECK(p.session.trace()->origin().unedited == plain);
  CHECK(p.session.trace()->at(Slot::norm1, 0).id() == plain->at(Slot::norm1, 0).id());
  const std::vector<float> after = probs();
  CHECK(after != before);
  p.click(p.widget("edit.0").centre());
  CHECK(probs() == before);
  p.input.keys.push_back({Key::z, false, true});
  p.settle();
  CHECK(probs() == after);
  p.input.keys.push_back({Key::z, false, true});
  p.settle();
  CHECK(probs() == before);
  CHECK(p.session.trace()->edits() == nullptr);
  p.input.keys.push_back({Key::y, false, true});
  p.settle();
  CHECK(probs() == after);
  p.click(p.widget("edit.0.remove").centre());
  CHECK(p.session.edits()->empty());
  CHECK(probs() == before);
  // Patches are masked by clicks.
  p.session.apply(views::SetMasking{static_cast<int>(Fill::drop)});
  p.session.apply(views::MaskPatch{3});
  p.session.apply(views::MaskPatch{4});
  p.settle();
  CHECK(p.session.trace()->at(Slot::attn, 0).at(0, 0, 4) == 0);
  p.session.apply(views::MaskPatch{3});
  p.session.apply(views::MaskPatch{4});
  p.settle();
  CHECK(probs() == before);
  // What a new picture is shown under are the same edits, beside its own unedited run.
  p.session.apply(views::AddEdit{(*p.session.edits()).empty() ? Edit{.kind = EditKind::position_off} : Edit{}});
  p.settle();
  p.session.apply(views::OpenBuiltin{"frog.jpg"});
  p.settle();
  REQUIRE(p.session.trace()->edits());
  CHECK(p.session.trace()->input().name == "frog.jpg");
  REQUIRE(p.session.trace()->origin().unedited);
  CHECK(p.session.trace()->origin().unedited->input().name == "frog.jpg");
  // Files.
  const std::string path = (std::filesystem::temp_directory_path() / ("vitscope-edits-" + std::to_string(getpid()) + ".json")).string();
  p.session.apply(views::SaveEdits{path});
  p.session.apply(views::ClearEdits{});
  p.settle();
  CHECK(p.session.trace()->edits() == nullptr);
  p.session.apply(views::LoadEdits{path});
  p.settle();
  REQUIRE(p.session.trace()->edits());
  CHECK((*p.session.trace()->edits())[0].kind == EditKind::position_off);
  std::filesystem::remove(path);
  p.session.apply(views::LoadEdits{path});
  p.settle();
  CHECK(p.shows("These edits cannot be loaded"));
  p.session.apply(views::DismissMessage{});
  // Edits that another model lacks are switched off, and that is said.
  p.session.apply(views::AddEdit{Edit{.kind = EditKind::mask, .patches = {63}}});
  p.settle();
  p.session.apply(views::OpenPreset{"lanl-mountain"});
  p.settle();
  CHECK(p.shows("Some edits do not fit"));
  CHECK_FALSE(p.session.edits()->back().on);
}

TEST_CASE("keys move block, head, patch and scale, and toggle theme") {
  Program p({.step = "scores"});
  p.settle();
  const int block = p.session.selection().block;
  p.press(Key::up);
  CHECK(p.session.selection().block == block - 1);
  CHECK(p.session.selection().place.block == block - 1);
  p.press(Key::bracket_right);
  CHECK(p.session.selection().head == 1);
  for (int i = 0; i < 5; ++i) p.press(Key::bracket_left);
  CHECK(p.session.selection().head == figures::kMaxHead);
  const int patch = p.session.selection().patch;
  p.press(Key::d);
  CHECK(p.session.selection().patch == patch + 1);
  CHECK(p.session.selection().query == patch + 2);
  p.press(Key::c);
  CHECK(p.session.selection().query == 0);
  p.press(Key::s);
  CHECK(p.session.selection().scale == figures::ScaleMode::block);
  const bool dark = p.session.settings().dark;
  p.press(Key::t);
  CHECK(p.session.settings().dark != dark);
}

TEST_CASE("a click on a head goes to its block, a click in the rail to the step") {
  Program p;
  p.settle();
  const draw::Tag* head = nullptr;
  for (const draw::Tag& tag : p.store.tags)
    if (const auto* target = std::get_if<draw::HeadTarget>(&tag.target); target && target->block == 2 && target->head == 4) head = &tag;
  REQUIRE(head);
  p.click(head->where.centre());
  CHECK(p.session.selection().block == 2);
  CHECK(p.session.selection().head == 4);
  CHECK(p.slug() == "softmax");
  p.press(Key::home);
  p.click(p.widget("rail.4").centre());
  CHECK(p.slug() == "project");
}

TEST_CASE("every panel opens by key, reacts, and closes with Esc") {
  Program p;
  p.settle();
  for (const auto& [key, panel, text] : {std::tuple(Key::o, views::Panel::pictures, "Open a picture"), {Key::m, views::Panel::models, "Open a model"},
                                         {Key::e, views::Panel::exporting, "Export figures"}, {Key::question, views::Panel::keys, "Keys"}, {Key::comma, views::Panel::settings, "Settings"}}) {
    p.press(key);
    CHECK(p.session.panel() == panel);
    CHECK(p.shows(text));
    p.press(Key::escape);
    CHECK(p.session.panel() == views::Panel::none);
  }
  p.press(Key::o);
  p.click(p.widget("builtin.mountains.png").centre());
  CHECK(p.session.trace()->input().name == "mountains.png");
  CHECK(p.session.panel() == views::Panel::none);
}

TEST_CASE("a file that cannot be opened is told in place and nothing is lost") {
  const std::string path = (std::filesystem::temp_directory_path() / "vitscope-damaged.png").string();
  std::ofstream(path) << "not a picture";
  Program p;
  p.settle();
  const std::string before = p.session.trace()->input().name;
  p.input.dropped = {path};
  p.settle();
  CHECK(p.shows("This picture cannot be opened"));
  CHECK(p.session.trace()->input().name == before);
  CHECK(p.session.trace()->complete());
  p.click(p.widget("message.0").centre());
  CHECK_FALSE(p.shows("This picture cannot be opened"));
  p.input.dropped = {"/nonexistent/model.safetensors"};
  p.settle();
  CHECK(p.shows("This model cannot be opened"));
  CHECK(p.session.trace()->complete());
  p.press(Key::right);
  CHECK(p.slug() == "patches");
  std::filesystem::remove(path);
}

TEST_CASE("an idle window asks for nothing") {
  Program p;
  p.settle();
  for (int i = 0; i < 20; ++i) CHECK_FALSE(p.frame());
  p.input.time += 10;
  p.frame();
  CHECK(std::isinf(p.session.next_change(p.input.time)));
}

TEST_CASE("a picture is a function of what is selected and of time: two frames draw the same") {
  Program p({.step = "flatten"});
  p.settle();
  p.input.time += 5;
  p.frame();
  const auto texts = [&] {
    std::string all;
    for (const draw::Mark& mark : p.store.marks) all += mark.kind + mark.text + std::to_string(mark.where.x0) + "," + std::to_string(mark.where.y0) + ";";
    return all;
  };
  const std::string first = texts();
  p.frame();
  CHECK(texts() == first);
}

TEST_CASE("presets of other shapes walk through, and a deep one fits the rail") {
  for (const char* preset : {"lanl-mountain", "vit-ti16", "vit-ti16-r", "deit-ti16-distilled", "vit-ti16-mean"}) {
    Program p({.picture = "mountains.png", .preset = preset}, 1280, 800);
    p.settle();
    CHECK(p.shows("random weights"));
    for (int i = 0; i < 30; ++i) {
      INFO(preset << " " << p.slug());
      CHECK_FALSE(p.shows("Not computed yet"));
      p.press(Key::right);
    }
    p.press(Key::end);
    CHECK(p.slug() == (std::string_view(preset) == "lanl-mountain" ? "one-number" : "prediction"));
  }
}

TEST_CASE("settings are written whole and read back; a damaged file gives the defaults") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "vitscope-settings-test";
  std::filesystem::remove_all(folder);
  const std::string file = (folder / "deep/settings.json").string();
  {
    Program p({}, 1600, 1000, {}, file);
    p.settle();
    p.press(Key::t);
  }
  std::string problem;
  CHECK_FALSE(shell::load_settings(file, problem).dark);
  CHECK(problem.empty());
  std::ofstream(file) << "{ damaged";
  CHECK(shell::load_settings(file, problem) == shell::Settings{});
  CHECK_FALSE(problem.empty());
  std::ofstream(file) << R"({"dark": "yes", "ui_scale": 99, "recent_pictures": [1, "a"], "window_width": -5})";
  const shell::Settings odd = shell::load_settings(file, problem);
  CHECK(odd.dark);
  CHECK(odd.ui_scale == 0);
  CHECK(odd.recent_pictures == std::vector<std::string>{"a"});
  CHECK(odd.window_width == 640);
  std::filesystem::remove_all(folder);
}

namespace {
bool has_widget(const Program& p, const std::string& key) {
  const auto& widgets = p.loop.widgets();
  return std::any_of(widgets.begin(), widgets.end(), [&](const ui::Widget& w) { return w.key == key; });
}
}  // namespace

TEST_CASE("a long analysis is computed on the worker while the window stays alive", "[study]") {
  Program p({.step = "prediction"});
  p.settle();
  p.session.apply(views::ShowFigure{"occlusion"});
  p.frame();
  p.frame();
  CHECK(p.session.studying());
  CHECK(has_widget(p, "study.cancel"));
  CHECK(p.shows("Occlusion map"));
  p.until([&] { return p.shows("Does attention agree?"); });
  CHECK_FALSE(p.session.studying());
  CHECK_FALSE(has_widget(p, "study.cancel"));
  // What is finished is there at once when the page is opened again.
  p.session.apply(views::ShowFigure{"rollout"});
  p.settle();
  p.session.apply(views::ShowFigure{"occlusion"});
  p.frame();
  p.frame();
  CHECK(p.shows("Does attention agree?"));
  CHECK_FALSE(p.session.studying());
  for (int i = 0; i < 5; ++i) CHECK_FALSE(p.frame());
}

TEST_CASE("a long analysis tells how far it is, stops on Esc, and begins again on the button", "[study]") {
  Program p({.preset = "vit-ti16", .step = "prediction"});
  p.settle();
  p.session.apply(views::ShowFigure{"occlusion"});
  p.until([&] { return p.shows("3 of 196") || p.shows("4 of 196") || p.shows("5 of 196"); });
  p.input.keys.push_back({Key::escape});
  p.frame();
  CHECK_FALSE(p.session.studying());
  p.until([&] { return has_widget(p, "study.compute"); });
  CHECK(p.shows("stopped"));
  for (int i = 0; i < 50; ++i) {
    p.frame();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK_FALSE(p.session.studying());
  CHECK(p.session.trace()->complete());
  // Esc has spent itself on the analysis: the page and its picture stay.
  CHECK(p.slug() == "prediction");
  p.click(p.widget("study.compute").centre());
  p.until([&] { return p.shows("2 of 196") || p.shows("3 of 196") || p.shows("4 of 196"); });
  p.click(p.widget("study.cancel").centre());
  p.until([&] { return has_widget(p, "study.compute"); });
}

TEST_CASE("a new picture goes before a long analysis, which then begins on the new run", "[study]") {
  Program p({.preset = "vit-ti16", .step = "prediction"});
  p.settle();
  p.session.apply(views::ShowFigure{"occlusion"});
  p.until([&] { return p.session.studying() && p.shows("of 196"); });
  const TracePtr before = p.session.trace();
  p.session.apply(views::OpenBuiltin{"mountains.png"});
  p.until([&] { return !p.session.busy(); });
  CHECK(p.session.trace() != before);
  CHECK(p.session.trace()->input().name == "mountains.png");
  CHECK(p.session.trace()->complete());
  p.until([&] { return p.session.studying() && p.shows("of 196"); });
  // Leaving the page lets it go on; asking for another one takes its place.
  p.session.apply(views::GoTo{{find_step("join-heads"), 11}});
  p.session.apply(views::ShowFigure{"head-importance"});
  p.until([&] { return p.shows("of 36"); });
}

TEST_CASE("an export waits for its analyses without holding up the window", "[study]") {
  Program p;
  p.settle();
  p.session.apply(views::ExportFigures{.figures = {"head-importance"}, .folder = std::filesystem::temp_directory_path().string()});
  CHECK_FALSE(p.session.next_export());
  p.until([&] { return p.session.next_export().has_value(); });
  CHECK(p.session.next_export()->figure->slug == "head-importance");
  p.session.exported(std::monostate{});
  p.settle();
  CHECK_FALSE(p.session.next_export());
}
