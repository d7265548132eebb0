// Exported figures bring back their view; what is written in them can do no harm.
#include <filesystem>
#include <fstream>

#include "app/export/png.h"
#include "app/figures/selection_json.h"
#include "core/files.h"
#include "tests/ui/program.h"

using namespace vitscope;
using exporting::Texts;
using test::Program;

namespace {

/// A folder of our own.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("vitscope-restore-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

/// A picture of 8 x 8 pixels with these text chunks, as the export writes them.
std::string png_with(const std::string& path, const Texts& texts) {
  const Image image = Image::of_bytes(8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3, 128));
  REQUIRE(write_file(path, exporting::encode_png(image, texts, 2835), true));
  return path;
}

/// The chunks that the session's own export of a figure would hold.
Texts chunks(const shell::Session& session, const std::string& slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure);
  const figures::Selection selection = session.selection_for(*figure);
  return exporting::texts_of(figure, {*session.trace(), selection, true}, 1, "definition");
}

std::string& value(Texts& texts, const std::string& key) {
  for (auto& [name, text] : texts)
    if (name == key) return text;
  FAIL("no chunk " << key);
  return texts.front().second;
}

void open(Program& p, const std::string& path) {
  p.input.dropped = {path};
  p.settle();
}

}  // namespace

TEST_CASE("a figure brings back picture, model, fitting, step, figure and selection, and leaves the theme alone") {
  Folder folder;
  Texts texts;
  std::string selection;
  {
    Program p({.picture = "deer.jpg", .step = "softmax"});
    p.settle();
    p.session.apply(views::SetResizeMode{ResizeMode::stretch});
    p.settle();
    p.session.apply(views::SelectHead{2, 4});
    p.session.apply(views::SelectToken{20});
    p.session.apply(views::PinCell{{{Slot::attn, 2}, 4, 20, 30, 0}});
    p.session.apply(views::SetOption{"attention.smooth", 1});
    p.session.apply(views::CycleScale{});
    texts = chunks(p.session, "attention-overlay");
    selection = figures::to_json(p.session.selection_for(*figures::find_figure("attention-overlay")));
  }
  const std::string path = png_with(folder / "attention-overlay.png", texts);
  for (const auto& [name, text] : texts) CHECK(text.find('/') == std::string::npos);
  shell::Settings settings;
  settings.dark = false;
  Program p({}, 1600, 1000, settings);
  p.settle();
  REQUIRE(p.session.trace()->input().name == "ship.jpg");
  open(p, path);
  CHECK(p.session.trace()->input().name == "deer.jpg");
  CHECK(p.session.trace()->input().spec.mode == ResizeMode::stretch);
  CHECK(p.session.trace()->complete());
  CHECK(p.slug() == "softmax");
  CHECK(p.shows("Attention on the picture"));
  CHECK(figures::to_json(p.session.selection()) == selection);
  CHECK_FALSE(p.session.settings().dark);
  // As the first argument, too.
  Program first({.picture = path});
  first.settle();
  CHECK(first.session.trace()->input().name == "deer.jpg");
  CHECK(figures::to_json(first.session.selection()) == selection);
  CHECK_FALSE(first.shows("cannot"));
}

TEST_CASE("a figure made under edits brings the edits back, and with them every number", "[edits]") {
  Folder folder;
  Texts texts;
  Edits edits;
  std::vector<float> probs;
  {
    Program p({.picture = "frog.jpg", .step = "softmax"});
    p.settle();
    Edit mask;
    mask.fill = Fill::drop;
    mask.patches = {3, 60};
    Edit paint{.kind = EditKind::paint};
    paint.strokes = {{.box = false, .points = {{100.25, 200.5}, {400, 300}}, .radius = 33.5, .colour = {1, 0.25f, 0}}};
    Edit off{.kind = EditKind::head_off, .on = false, .block = 2, .heads = {1}};
    for (const Edit& edit : {mask, paint, off}) p.session.apply(views::AddEdit{edit});
    p.settle();
    edits = *p.session.edits();
    probs.assign(p.session.trace()->at(Slot::probs).values().begin(), p.session.trace()->at(Slot::probs).values().end());
    texts = chunks(p.session, "softmax");
  }
  Program p;
  p.settle();
  open(p, png_with(folder / "softmax.png", texts));
  REQUIRE(p.session.edits());
  CHECK(*p.session.edits() == edits);
  const auto now = p.session.trace()->at(Slot::probs).values();
  CHECK(std::equal(now.begin(), now.end(), probs.begin(), probs.end()));
  REQUIRE(p.session.trace()->origin().unedited);
}

TEST_CASE("a figure of a preset brings back the preset with its seed") {
  Folder folder;
  Texts texts;
  float weight = 0;
  {
    Program p({.picture = "mountains.png", .preset = "lanl-mountain", .seed = 5, .step = "qkv"});
    p.settle();
    texts = chunks(p.session, "qkv");
    weight = p.session.trace()->model().weights.head.weight().values()[0];
  }
  Program p;
  p.settle();
  open(p, png_with(folder / "qkv.png", texts));
  CHECK(p.session.trace()->model().name == "lanl-mountain");
  CHECK(p.session.trace()->model().weights.head.weight().values()[0] == weight);
  CHECK(p.slug() == "qkv");
  // Another seed is another model.
  value(texts, "vitscope:model-seed") = "6";
  open(p, png_with(folder / "other.png", texts));
  CHECK(p.session.trace()->model().weights.head.weight().values()[0] == weight);  // the open one still fits
  p.session.apply(views::OpenShipped{});
  p.settle();
  open(p, folder / "other.png");
  CHECK(p.shows("cannot be restored"));
  CHECK(p.session.trace()->model().name != "lanl-mountain");
}

TEST_CASE("pictures and models that cannot be found are named, and the figure still opens as a picture") {
  Folder folder;
  Program p({.step = "softmax"});
  p.settle();
  Texts texts = chunks(p.session, "softmax");
  SECTION("picture") {
    value(texts, "vitscope:picture") = "holiday.jpg";
    value(texts, "vitscope:picture-crc32") = "12345678";
    open(p, png_with(folder / "softmax.png", texts));
    CHECK(p.shows("cannot be restored"));
    CHECK(p.shows("holiday.jpg"));
    CHECK(p.shows("12345678"));
    CHECK(p.session.trace()->input().name == "ship.jpg");
    CHECK(p.session.trace()->complete());
    // A picture of that name beside the figure with other bytes is not taken for it.
    png_with(folder / "holiday.jpg", {});
    open(p, folder / "softmax.png");
    CHECK(p.shows("another"));
    p.click(p.widget("message.1").centre());
    CHECK(p.session.trace()->input().name == "softmax.png");
  }
  SECTION("the right picture lies beside the figure") {
    const std::string picture = png_with(folder / "holiday.png", {});
    open(p, picture);
    texts = chunks(p.session, "softmax");
    p.session.apply(views::OpenBuiltin{"deer.jpg"});
    p.settle();
    open(p, png_with(folder / "softmax.png", texts));
    CHECK(p.session.trace()->input().name == "holiday.png");
  }
  SECTION("model") {
    value(texts, "vitscope:model") = "vit-of-somebody";
    value(texts, "vitscope:model-crc32") = "deadbeef";
    open(p, png_with(folder / "softmax.png", texts));
    CHECK(p.shows("cannot be restored"));
    CHECK(p.shows("vit-of-somebody"));
    CHECK(p.session.trace()->model().name == "cifar10-vit");
    CHECK(p.session.trace()->complete());
    Program first({.picture = folder / "softmax.png"});
    first.settle();
    CHECK(first.shows("vit-of-somebody"));
    CHECK(first.session.trace()->complete());
  }
}

TEST_CASE("a picture without our chunks opens as a picture") {
  Folder folder;
  Program p;
  p.settle();
  open(p, png_with(folder / "plain.png", {{"Software", "somebody"}, {"vitscope:figure", "softmax"}}));
  CHECK(p.session.trace()->input().name == "plain.png");
  CHECK_FALSE(p.shows("cannot"));
}

TEST_CASE("chunks full of nonsense change nothing that is not allowed") {
  Folder folder;
  Program p;
  p.settle();
  const Texts good = chunks(p.session, "softmax");
  const std::string path = folder / "figure.png";
  for (const char* selection : {"", "{", "[]", R"({"step":"softmax","block":99999,"head":-77,"query":1000000,"patch":-3,"options":{"rollout.heads":1e30}})",
                                R"({"pinned":{"tensor":"blocks.3.attn","index":[0,64,64,0]},"trail":[{"tensor":"probs","index":[99]}]})"}) {
    Texts texts = good;
    value(texts, "vitscope:selection") = selection;
    value(texts, "vitscope:figure") = std::string(2000, 'x');
    value(texts, "vitscope:resize") = "sideways";
    open(p, png_with(path, texts));
    INFO(selection);
    CHECK(p.session.trace()->complete());
    for (const char* step : {"softmax", "scores", "prediction"}) {
      p.session.apply(views::GoTo{{find_step(step), find_step(step)->stage == Stage::block ? 0 : -1}});
      p.settle();
    }
  }
  // Names that point elsewhere are taken as names only.
  Texts texts = good;
  value(texts, "vitscope:picture") = "../../../etc/passwd";
  value(texts, "vitscope:picture-crc32") = "00000000";
  value(texts, "vitscope:model") = "/etc/shadow";
  const auto view = exporting::saved_view(texts);
  REQUIRE(view);
  CHECK(view->picture == "passwd");
  CHECK(view->model == "shadow");
  // Every truncation and every flipped byte of the head of a real one.
  png_with(path, good);
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 3000); i += 7) {
    std::string damaged = i % 2 ? bytes : bytes.substr(0, i);
    if (i % 2) damaged[i] = static_cast<char>(damaged[i] ^ 0xFF);
    const auto texts_of_it = exporting::png_texts({reinterpret_cast<const std::uint8_t*>(damaged.data()), damaged.size()});
    if (const auto damaged_view = exporting::saved_view(texts_of_it)) figures::selection_of_json(damaged_view->selection, p.session.trace()->config());
  }
}

TEST_CASE("the export panel chooses figures, and asks for what was chosen") {
  for (const auto& [width, height] : {std::pair(1280, 800), {1600, 1000}}) {
    Program p({.step = "softmax"}, width, height);
    p.settle();
    p.press(platform::Key::e);
    REQUIRE(p.session.panel() == views::Panel::exporting);
    CHECK(p.shows("Export 1"));
    const auto preview = p.session.next_preview();
    REQUIRE(preview);
    CHECK(preview->figure->slug == "softmax");
    p.session.previewed(Image::of_bytes(320, 200, 3, std::vector<std::uint8_t>(320 * 200 * 3, 200)));
    p.settle();
    CHECK_FALSE(p.session.next_preview());
    CHECK(p.shows("1600 × 1000"));
    for (const draw::Mark& mark : p.store.marks)
      if (mark.kind == "text") {
        INFO(mark.text);
        CHECK(mark.where.x1 <= static_cast<float>(width) / p.fonts->scale() + 1);
      }
    p.click(p.widget("export.only.all").centre());
    p.click(p.widget("export.width#4").centre());
    p.click(p.widget("export.data#1").centre());
    CHECK(p.shows("8000 × 5000"));
    p.click(p.widget("export.go").centre());
    const auto job = p.session.next_export();
    REQUIRE(job);
    CHECK(job->width == 8000);
    CHECK(job->data == "csv");
    CHECK_FALSE(job->dark);
    p.click(p.widget("export.go").centre());  // it says Stop now
    CHECK_FALSE(p.session.next_export());
    CHECK(p.shows("Stopped after"));
    p.click(p.widget("export.only.sheet").centre());
    p.click(p.widget("export.go").centre());
    REQUIRE(p.session.next_export());
    CHECK(p.session.next_export()->kind == shell::Session::ExportJob::Kind::sheet_part);
    p.session.exported(Error{"/nowhere: permission denied"});
    p.settle();
    CHECK(p.shows("/nowhere: permission denied"));
    // Any other width is typed.
    p.click(p.widget("export.width.typed").centre());
    p.input.typed = "99";
    p.settle();
    CHECK(p.shows("400"));
    p.input.typed = "99";
    p.settle();
    CHECK(p.shows("9999 × "));
  }
}
