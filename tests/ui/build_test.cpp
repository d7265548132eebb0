// The panel that builds an architecture, from the first click to the run.
#include "app/export/saved_view.h"
#include "app/shell/restore.h"
#include "core/model/architecture.h"
#include "tests/ui/program.h"

using namespace vitscope;
using platform::Key;
using test::Program;

TEST_CASE("a patch that does not fit is refused with ways out, and one of them is built") {
  Program p;
  p.settle();
  p.press(Key::n);
  REQUIRE(p.session.panel() == views::Panel::building);
  CHECK(p.shows("Build an architecture"));
  CHECK(p.has("build.build"));
  p.type("build.patch", "16");
  CHECK(p.shows("16 does not divide 60 × 100: 12 rows"));
  CHECK(p.shows("3 × 16 + 12 = 60"));
  CHECK(p.shows("6 × 16 + 4 = 100"));
  CHECK_FALSE(p.has("build.build"));
  p.click(p.widget("build.fix.patch.0").centre());
  CHECK_FALSE(p.shows("does not divide"));
  CHECK(p.shows("4 × 16 = 64"));
  p.click(p.widget("build.depth.less").centre());
  p.click(p.widget("build.bias#0").centre());
  p.click(p.widget("build.position#2").centre());
  p.click(p.widget("build.build").centre());
  CHECK(p.session.panel() == views::Panel::none);
  const Model& model = p.session.trace()->model();
  CHECK(model.name == "own 64x112/16");
  CHECK(model.random_weights);
  CHECK((model.config.image_height == 64 && model.config.image_width == 112 && model.config.patch_height == 16));
  CHECK((model.config.depth == 5 && !model.config.qkv_bias));
  CHECK(p.session.trace()->complete());
  CHECK(p.shows("random weights"));
}

TEST_CASE("the panel opens from the list of models, keeps the wish, and takes any number", "[one-thread]") {
  Program p({}, 1280, 800);
  p.settle();
  p.press(Key::m);
  p.click(p.widget("models.build").centre());
  REQUIRE(p.session.panel() == views::Panel::building);
  for (const char* text : {"0", "7", "999999", "16384", "", "1"})
    for (const WishNumber& number : kWishNumbers) {
      p.type("build." + std::string(number.key), text);
      for (const draw::Mark& mark : p.store.marks) {
        if (mark.kind != "text") continue;
        INFO(text << " as " << number.key << ": " << mark.text);
        CHECK((mark.where.x0 >= -1 && mark.where.x1 <= 1281 && mark.where.y1 <= 801));
      }
    }
  p.type("build.heads", "5");
  p.type("build.dim", "96");
  CHECK(p.shows("5 heads do not divide D = 96"));
  p.press(Key::escape);
  p.press(Key::n);
  CHECK(p.shows("5 heads do not divide D = 96"));
}

TEST_CASE("a figure of an architecture of one's own finds its model again") {
  Program p({.preset = "own:patch=10,depth=1,dim=24,hidden=32", .seed = 7, .step = "softmax"});
  p.settle();
  const figures::Figure* figure = figures::find_figure("softmax");
  REQUIRE(figure);
  const auto texts = exporting::texts_of(figure, {*p.session.trace(), p.session.selection(), true}, 1, "definition");
  auto view = exporting::saved_view(texts);
  REQUIRE(view);
  CHECK(view->model == "own 60x100/10");
  const auto found = shell::find_model(*view, {});
  REQUIRE(found.ok());
  CHECK(shell::is_model_of(*view, **found));
  CHECK((*found)->metadata.at("seed") == "7");
  view->model_preset = "own:patch=16";
  CHECK_FALSE(shell::find_model(*view, {}).ok());
  view->model_preset = "../own";
  CHECK_FALSE(shell::find_model(*view, {}).ok());
}
