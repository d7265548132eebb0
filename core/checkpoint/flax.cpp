#include "core/checkpoint/flax.h"

#include <cstring>
#include <optional>

#include "core/checkpoint/dtype.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::string_view kAnchor = "embedding/kernel";

/// How a tensor is turned into timm's order.
enum class Turn : std::uint8_t {
  none,
  matrix,        // [in, out] -> [out, in]
  filters,       // [P, P, C, D] -> [D, C, P, P]
  flat,          // [1, 1, 1, S] or [S] -> [S]
  heads_out,     // [D, H, d] -> [H d, D]
  heads_in,      // [H, d, D] -> [D, H d]
  heads_bias,    // [H, d] -> [H d]
};

struct FlaxRule {
  std::string_view theirs, ours;
  Turn turn = Turn::none;
};
/// `#` stands for the number of a block. The second of two spellings is that of big_vision.
constexpr FlaxRule kRules[] = {
    {"cls", "cls_token"},
    {"Transformer/posembed_input/pos_embedding", "pos_embed"},
    {"pos_embedding", "pos_embed"},
    {"conv_root/kernel", "patch_embed.backbone.conv.weight", Turn::filters},
    {"gn_root/scale", "patch_embed.backbone.norm.weight", Turn::flat},
    {"gn_root/bias", "patch_embed.backbone.norm.bias", Turn::flat},
    {"embedding/kernel", "patch_embed.proj.weight", Turn::filters},
    {"embedding/bias", "patch_embed.proj.bias"},
    {"Transformer/encoderblock_#/LayerNorm_0/scale", "blocks.#.norm1.weight"},
    {"Transformer/encoderblock_#/LayerNorm_0/bias", "blocks.#.norm1.bias"},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/query/kernel", "blocks.#.attn.q.weight", Turn::heads_out},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/query/kernel", "blocks.#.attn.q.weight", Turn::heads_out},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/query/bias", "blocks.#.attn.q.bias", Turn::heads_bias},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/query/bias", "blocks.#.attn.q.bias", Turn::heads_bias},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/key/kernel", "blocks.#.attn.k.weight", Turn::heads_out},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/key/kernel", "blocks.#.attn.k.weight", Turn::heads_out},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/key/bias", "blocks.#.attn.k.bias", Turn::heads_bias},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/key/bias", "blocks.#.attn.k.bias", Turn::heads_bias},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/value/kernel", "blocks.#.attn.v.weight", Turn::heads_out},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/value/kernel", "blocks.#.attn.v.weight", Turn::heads_out},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/value/bias", "blocks.#.attn.v.bias", Turn::heads_bias},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/value/bias", "blocks.#.attn.v.bias", Turn::heads_bias},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/out/kernel", "blocks.#.attn.proj.weight", Turn::heads_in},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/out/kernel", "blocks.#.attn.proj.weight", Turn::heads_in},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_1/out/bias", "blocks.#.attn.proj.bias"},
    {"Transformer/encoderblock_#/MultiHeadDotProductAttention_0/out/bias", "blocks.#.attn.proj.bias"},
    {"Transformer/encoderblock_#/LayerNorm_2/scale", "blocks.#.norm2.weight"},
    {"Transformer/encoderblock_#/LayerNorm_1/scale", "blocks.#.norm2.weight"},
    {"Transformer/encoderblock_#/LayerNorm_2/bias", "blocks.#.norm2.bias"},
    {"Transformer/encoderblock_#/LayerNorm_1/bias", "blocks.#.norm2.bias"},
    {"Transformer/encoderblock_#/MlpBlock_3/Dense_0/kernel", "blocks.#.mlp.fc1.weight", Turn::matrix},
    {"Transformer/encoderblock_#/MlpBlock_0/Dense_0/kernel", "blocks.#.mlp.fc1.weight", Turn::matrix},
    {"Transformer/encoderblock_#/MlpBlock_3/Dense_0/bias", "blocks.#.mlp.fc1.bias"},
    {"Transformer/encoderblock_#/MlpBlock_0/Dense_0/bias", "blocks.#.mlp.fc1.bias"},
    {"Transformer/encoderblock_#/MlpBlock_3/Dense_1/kernel", "blocks.#.mlp.fc2.weight", Turn::matrix},
    {"Transformer/encoderblock_#/MlpBlock_0/Dense_1/kernel", "blocks.#.mlp.fc2.weight", Turn::matrix},
    {"Transformer/encoderblock_#/MlpBlock_3/Dense_1/bias", "blocks.#.mlp.fc2.bias"},
    {"Transformer/encoderblock_#/MlpBlock_0/Dense_1/bias", "blocks.#.mlp.fc2.bias"},
    {"Transformer/encoder_norm/scale", "norm.weight"},
    {"Transformer/encoder_norm/bias", "norm.bias"},
    {"pre_logits/kernel", "pre_logits.fc.weight", Turn::matrix},
    {"pre_logits/bias", "pre_logits.fc.bias"},
    {"head/kernel", "head.weight", Turn::matrix},
    {"head/bias", "head.bias"},
};

/// `pattern` with its number filled in, when `name` is made like `other` (the same pattern in the other spelling).
std::optional<std::string> flax_translated(std::string_view name, std::string_view from, std::string_view to) {
  std::string number;
  const auto hash = from.find('#');
  if (hash == std::string_view::npos) return name == from ? std::optional(std::string(to)) : std::nullopt;
  const std::string_view front = from.substr(0, hash), back = from.substr(hash + 1);
  if (name.size() <= front.size() + back.size() || !name.starts_with(front) || !name.ends_with(back)) return std::nullopt;
  number = name.substr(front.size(), name.size() - front.size() - back.size());
  if (number.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  std::string result(to);
  return result.replace(result.find('#'), 1, number);
}

/// The same values with the axes in another order.
Tensor turned(const Tensor& from, Turn turn) {
  const auto extent = [&](int axis) { return from.dim(axis); };
  int outer = 0, inner = 0;  // the matrix [outer, inner] that is transposed
  Shape shape;
  switch (turn) {
    case Turn::none: return from;
    case Turn::flat: return from.reshaped({static_cast<int>(from.size())});
    case Turn::heads_bias: return from.reshaped({extent(0) * extent(1)});
    case Turn::matrix: outer = extent(0), inner = extent(1), shape = {inner, outer}; break;
    case Turn::heads_out: outer = extent(0), inner = extent(1) * extent(2), shape = {inner, outer}; break;
    case Turn::heads_in: outer = extent(0) * extent(1), inner = extent(2), shape = {inner, outer}; break;
    case Turn::filters: {
      const int rows = extent(0), columns = extent(1), channels = extent(2), filters = extent(3);
      Tensor to({filters, channels, rows, columns});
      const float* in = from.data();
      for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x)
          for (int c = 0; c < channels; ++c)
            for (int f = 0; f < filters; ++f)
              to.edit()[((static_cast<std::size_t>(f) * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)) * static_cast<std::size_t>(rows) + static_cast<std::size_t>(y)) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(x)] = *in++;
      return to;
    }
  }
  Tensor to(shape);
  const auto rows = static_cast<std::size_t>(outer), columns = static_cast<std::size_t>(inner);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) to.edit()[j * rows + i] = from.data()[i * columns + j];
  return to;
}

std::size_t axes_of(Turn turn) {
  switch (turn) {
    case Turn::none:
    case Turn::flat: return 0;
    case Turn::matrix:
    case Turn::heads_bias: return 2;
    case Turn::heads_out:
    case Turn::heads_in: return 3;
    case Turn::filters: return 4;
  }
  return 0;
}

StoredTensor stored(TensorFile& file, const Tensor& tensor) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(tensor.size()) * sizeof(float));
  if (!bytes.empty()) std::memcpy(bytes.data(), tensor.data(), bytes.size());
  file.more_memory.push_back(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)));
  StoredTensor result{DType::f32, "F32", {}, *file.more_memory.back()};
  for (int axis = 0; axis < tensor.rank(); ++axis) result.shape.push_back(tensor.dim(axis));
  return result;
}

std::optional<std::string> prefix_in(const TensorFile& file) {
  for (const std::string_view prefix : {"", "opt/target/", "params/"}) {
    if (file.tensors.contains(std::string(prefix) + std::string(kAnchor))) return std::string(prefix);
  }
  return std::nullopt;
}

}  // namespace

bool is_flax(const TensorFile& file) { return prefix_in(file).has_value(); }

std::string flax_name(const std::string& name, const std::string& prefix) {
  for (const FlaxRule& rule : kRules) {
    if (auto theirs = flax_translated(name, rule.ours, rule.theirs)) return prefix + *theirs;
  }
  return prefix + name;
}

Result<NamedFile> from_flax(TensorFile file) {
  NamedFile named;
  named.naming = Naming::flax;
  named.prefix = prefix_in(file).value_or("");
  std::map<std::string, StoredTensor> tensors;
  TensorFile turned_file;
  for (const auto& [name, tensor] : file.tensors) {
    const std::string bare = name.starts_with(named.prefix) ? name.substr(named.prefix.size()) : name;
    std::optional<std::string> ours;
    const FlaxRule* rule = kRules;
    for (; rule != std::end(kRules) && !ours; ++rule) ours = flax_translated(bare, rule->theirs, rule->ours);
    if (!ours || tensors.contains(*ours)) {
      tensors.emplace(name, tensor);
      named.original.emplace(name, name);
      continue;
    }
    const Turn turn = (rule - 1)->turn;
    if (turn != Turn::none) {
      if (axes_of(turn) > 0 && tensor.shape.size() != axes_of(turn)) {
        return Error{printable(file.path) + ": " + printable(name, 80) + " has the shape " + shape_text(tensor.shape) + ", expected " + std::to_string(axes_of(turn)) + " axes"};
      }
      for (const std::int64_t extent : tensor.shape) {
        if (extent < 1) return Error{printable(file.path) + ": " + printable(name, 80) + " has the shape " + shape_text(tensor.shape) + ", which is empty"};
      }
      const auto values = to_float(file, name);
      if (!values) return values.error();
      if (turn == Turn::heads_out && named.heads == 0) named.heads = values->dim(1);
      tensors.emplace(*ours, stored(turned_file, turned(*values, turn)));
    } else {
      tensors.emplace(*ours, tensor);
    }
    named.original.emplace(*ours, name);
  }
  file.tensors = std::move(tensors);
  file.more_memory.insert(file.more_memory.end(), turned_file.more_memory.begin(), turned_file.more_memory.end());
  named.file = std::move(file);
  return named;
}

}  // namespace vitscope
