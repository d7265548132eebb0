#include "core/slots.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/core/small_model.h"

using namespace vitscope;

TEST_CASE("every slot has a line, a unique name and one to four dimensions", "[slots]") {
  std::set<std::string_view> names;
  for (int i = 0; i < kSlotCount; ++i) {
    const SlotInfo& slot = info(static_cast<Slot>(i));
    CAPTURE(slot.name);
    CHECK(slot.slot == static_cast<Slot>(i));
    CHECK(names.insert(slot.name).second);
    CHECK(slot.dims.size() >= 1);
    CHECK(slot.dims.size() <= 4);
    CHECK((slot.name.find('*') != std::string_view::npos) == (slot.scope == Scope::block));
  }
}

TEST_CASE("dimensions have symbols and words", "[slots]") {
  for (int i = 0; i <= static_cast<int>(Dim::representation); ++i) {
    const Dim dim = static_cast<Dim>(i);
    CHECK_FALSE(symbol(dim).empty());
    CHECK_FALSE(word(dim).empty());
    REQUIRE(find_dim(symbol(dim)));
    CHECK(symbol(*find_dim(symbol(dim))) == symbol(dim));
  }
  CHECK(find_dim("H") == Dim::heads);
  CHECK(find_dim("P") == Dim::patch_height);
  CHECK_FALSE(find_dim("Q"));
}

TEST_CASE("names of tensors go both ways", "[slots]") {
  const VitConfig config = test::small_model()->config;
  CHECK(name_of({Slot::attn, 2}) == "blocks.2.attn");
  CHECK(name_of({Slot::embed_pos, -1}) == "embed.pos");
  const std::vector<TensorRef> tensors = tensors_of(config);
  CHECK(tensors.size() == 7 + 15 * 3 + 4);
  for (const TensorRef& ref : tensors) CHECK(find_tensor(name_of(ref), config) == ref);
  CHECK_FALSE(find_tensor("blocks.3.attn", config));
  CHECK_FALSE(find_tensor("blocks.*.attn", config));
  CHECK_FALSE(find_tensor("", config));
}

TEST_CASE("shapes follow the architecture", "[slots]") {
  const VitConfig config = test::small_model()->config;
  CHECK(shape_of(Slot::input, config) == Shape{3, 12, 10});
  CHECK(shape_of(Slot::patch_grid, config) == Shape{15, 3, 4, 2});
  CHECK(shape_of(Slot::patches, config) == Shape{15, 24});
  CHECK(shape_of(Slot::attn, config) == Shape{3, 16, 16});
  CHECK(shape_of(Slot::context, config) == Shape{16, 30});
  CHECK(shape_of(Slot::gelu, config) == Shape{16, 40});
  CHECK(shape_of(Slot::probs, config) == Shape{7});
}
