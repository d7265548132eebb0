// Running the open model on inputs of another size, and finding it again.
#include "app/export/saved_view.h"
#include "app/shell/restore.h"
#include "core/model/position.h"
#include "tests/ui/program.h"

using namespace vitscope;
using platform::Key;
using test::Program;

TEST_CASE("the open model runs on any size that its patches divide, others are explained") {
  Program p;
  p.settle();
  const ModelPtr own = p.session.trace()->model_ptr();
  p.press(Key::m);
  REQUIRE(p.session.panel() == views::Panel::models);
  CHECK(p.shows("Input of cifar10-vit"));
  CHECK_FALSE(p.has("models.resize"));  // nothing to do yet
  p.type("models.width", "50");
  CHECK(p.shows("4 does not divide 32 x 50"));
  CHECK_FALSE(p.has("models.resize"));
  p.click(p.widget("models.width.less").centre());
  CHECK(p.shows("8 × 12 patches instead of 8 × 8"));
  p.click(p.widget("models.resize").centre());
  const Model& wide = p.session.trace()->model();
  CHECK((wide.config.image_height == 32 && wide.config.image_width == 48 && wide.config.tokens() == 97));
  CHECK(wide.position_resampled());
  CHECK(p.session.trace()->complete());
  const Tensor expected = resample_position(own->weights.stored_position, 8, 8, wide.config.grid);
  CHECK(std::equal(expected.values().begin(), expected.values().end(), wide.weights.position.values().begin()));
  // Back again: the table as it was stored.
  p.click(p.widget("models.width.less").centre());
  p.click(p.widget("models.width.less").centre());
  p.click(p.widget("models.width.less").centre());
  p.click(p.widget("models.width.less").centre());
  p.click(p.widget("models.resize").centre());
  CHECK(p.session.trace()->model().config.image_width == 32);
  CHECK_FALSE(p.session.trace()->model().position_resampled());
  // So many tokens would not fit.
  p.type("models.height", "4096");
  p.type("models.width", "4096");
  CHECK_FALSE(p.has("models.resize"));
  CHECK(p.shows("tokens"));
}

TEST_CASE("a size asked for on the command line is taken or refused in one line") {
  Program p({.preset = "toy-10", .input_size = "50x20"});
  p.settle();
  CHECK((p.session.trace()->config().image_height == 50 && p.session.trace()->config().image_width == 20));
  Program off({.preset = "toy-10", .input_size = "55"});
  off.settle();
  CHECK(off.shows("This model cannot be opened"));
  CHECK(off.shows("10 does not divide 55 x 55"));
  const ModelPtr model = p.session.trace()->model_ptr();
  CHECK(shell::on_input_size(model, "").value() == model);
  CHECK(shell::on_input_size(model, "60").value()->config.image_width == 60);
  for (const char* text : {"x", "60x", "x60", "60x60x60", "-60", "sixty", "99999999999"}) {
    const auto refused = shell::on_input_size(model, text);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().text.find("expected HEIGHT or HEIGHTxWIDTH") != std::string::npos);
  }
}

TEST_CASE("a figure of a model on another input size finds that size again") {
  Program p({.preset = "toy-10", .seed = 3, .step = "softmax", .input_size = "50x20"});
  p.settle();
  const auto texts = exporting::texts_of(figures::find_figure("softmax"), {*p.session.trace(), p.session.selection(), true}, 1, "definition");
  const auto view = exporting::saved_view(texts);
  REQUIRE(view);
  CHECK(view->input_size == "50x20");
  const auto found = shell::find_model(*view, {});
  REQUIRE(found.ok());
  CHECK((shell::is_model_of(*view, **found) && (*found)->config.image_height == 50 && (*found)->config.image_width == 20));
}
