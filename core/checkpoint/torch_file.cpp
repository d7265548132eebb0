#include "core/checkpoint/torch_file.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <map>

#include "core/checkpoint/pickle.h"
#include "core/checkpoint/state_dict.h"
#include "core/text.h"

namespace vitscope {

namespace {

using Bytes = std::span<const std::uint8_t>;

/// torch.save's own sign in front of the older format: a pickle of the number 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);

struct ItemType {
  std::string_view storage;  ///< PyTorch's class of untyped bytes with this type
  std::string_view name;     ///< for messages
  std::uint64_t size;        ///< bytes
  DType dtype;
};
constexpr ItemType kItemTypes[] = {
    {"torch.FloatStorage", "float32", 4, DType::f32},          {"torch.HalfStorage", "float16", 2, DType::f16},     {"torch.BFloat16Storage", "bfloat16", 2, DType::bf16},
    {"torch.DoubleStorage", "float64", 8, DType::f64},         {"torch.LongStorage", "int64", 8, DType::other},     {"torch.IntStorage", "int32", 4, DType::other},
    {"torch.ShortStorage", "int16", 2, DType::other},          {"torch.CharStorage", "int8", 1, DType::other},      {"torch.ByteStorage", "uint8", 1, DType::other},
    {"torch.BoolStorage", "bool", 1, DType::other},            {"torch.ComplexFloatStorage", "complex64", 8, DType::other},
    {"torch.ComplexDoubleStorage", "complex128", 16, DType::other}, {"torch.QInt8Storage", "qint8", 1, DType::other}, {"torch.QUInt8Storage", "quint8", 1, DType::other},
    {"torch.QInt32Storage", "qint32", 4, DType::other},        {"torch.storage.UntypedStorage", "bytes", 1, DType::other},
};

const ItemType* item_type(std::string name) {
  // Saved from a GPU by the oldest versions.
  if (name.starts_with("torch.cuda.")) name.erase(6, 5);
  const auto found = std::find_if(std::begin(kItemTypes), std::end(kItemTypes), [&](const ItemType& type) { return type.storage == name; });
  return found == std::end(kItemTypes) ? nullptr : &*found;
}

/// A persistent id ("storage", class, key, device, items[, view]) that stands for a run of numbers kept outside the pickle.
struct StorageId {
  const ItemType* type = nullptr;
  std::string_view key;
  std::int64_t items = 0, first = 0;
};
std::optional<StorageId> storage_id(const Pickle& pickle, PickleRef ref) {
  if (pickle[ref].kind != PickleKind::persistent) return std::nullopt;
  const std::vector<PickleRef>& id = pickle[pickle[ref].items[0]].items;
  if (id.size() < 5 || pickle[id[0]].text != "storage" || pickle[id[2]].kind != PickleKind::text || pickle[id[4]].kind != PickleKind::integer) return std::nullopt;
  StorageId storage{item_type(pickle.name_of(id[1])), pickle[id[2]].text, pickle[id[4]].integer, 0};
  // A view of the storage: its own key, where it begins, how long it is.
  if (id.size() > 5 && pickle[id[5]].items.size() == 3) {
    storage.first = pickle[pickle[id[5]].items[1]].integer;
    storage.items = pickle[pickle[id[5]].items[2]].integer;
  }
  if (!storage.type || storage.items < 0 || storage.first < 0) return std::nullopt;
  return storage;
}

std::vector<std::int64_t> whole_numbers(const Pickle& pickle, PickleRef ref) {
  std::vector<std::int64_t> list;
  for (const PickleRef item : pickle[ref].items) list.push_back(pickle[item].integer);
  return list;
}

/// Steps of a tensor in C order.
std::vector<std::int64_t> c_order(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

/// The items of a tensor in C order, whose steps through `storage` are anything.
std::vector<std::uint8_t> gathered(Bytes storage, std::size_t item, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides, std::int64_t count) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count) * item);
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t from = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(bytes.data() + static_cast<std::size_t>(i) * item, storage.data() + static_cast<std::size_t>(from) * item, item);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return bytes;
}

/// Where the bytes of a storage are; nothing where the file does not hold it.
using FindStorage = std::function<std::optional<Bytes>(const StorageId&)>;

/// Turns what the pickle says of a tensor into a stored one.
class TensorMaker {
 public:
  TensorMaker(const Pickle& pickle, const FindStorage& find, TensorFile& file)
      : pickle_(pickle), find_(find), file_(file), to_gather_(kMaxExtra + 2 * static_cast<std::uint64_t>(file.memory->size())) {}

  /// An error says what is wrong with the tensor, without its name.
  Result<StoredTensor> make(PickleRef ref) {
    const TensorRecipe recipe = tensor_recipe(pickle_, ref).value_or(TensorRecipe{});
    const std::vector<PickleRef>& arguments = pickle_[recipe.arguments].items;
    if (recipe.maker != "torch._utils._rebuild_tensor" && recipe.maker != "torch._utils._rebuild_tensor_v2" && recipe.maker != "torch._utils._rebuild_tensor_v3")
      return StoredTensor{DType::other, recipe.maker.substr(recipe.maker.rfind('.') + 1), {}, {}};
    if (arguments.size() < 4) return Error{"is described by too little"};
    const auto storage = storage_id(pickle_, arguments[0]);
    if (!storage) return Error{"lies in a storage of an unknown kind"};
    StoredTensor tensor{storage->type->dtype, std::string(storage->type->name), whole_numbers(pickle_, arguments[2]), {}};
    const std::vector<std::int64_t> strides = whole_numbers(pickle_, arguments[3]);
    const auto count = items(tensor.shape, strides, pickle_[arguments[1]].integer, *storage);
    if (!count) return Error{"lies outside its storage of " + std::to_string(storage->items) + " numbers"};
    if (*count == 0) return tensor;

    const auto bytes = find_(*storage);
    if (!bytes) return Error{"lies in storage " + printable(storage->key, 40) + ", which the file does not hold"};
    const std::uint64_t item = storage->type->size, first = static_cast<std::uint64_t>(storage->first);
    if (bytes->size() / item < first || bytes->size() / item - first < static_cast<std::uint64_t>(storage->items)) {
      return Error{"lies in storage " + printable(storage->key, 40) + " of " + std::to_string(bytes->size()) + " bytes, expected " + std::to_string(storage->items) + " times " + std::to_string(item)};
    }
    const Bytes from = bytes->subspan(static_cast<std::size_t>((first + static_cast<std::uint64_t>(pickle_[arguments[1]].integer)) * item));
    const std::vector<std::int64_t> steps = c_order(tensor.shape);
    bool plain = true;
    for (std::size_t axis = 0; axis < steps.size(); ++axis) plain = plain && (tensor.shape[axis] == 1 || steps[axis] == strides[axis]);
    if (plain) {
      tensor.bytes = from.first(static_cast<std::size_t>(*count) * item);
    } else {
      if (static_cast<std::uint64_t>(*count) > to_gather_ / item) return Error{"repeats too many numbers (" + std::to_string(*count) + ")"};
      to_gather_ -= static_cast<std::uint64_t>(*count) * item;
      file_.more_memory.push_back(std::make_shared<const std::vector<std::uint8_t>>(gathered(from, item, tensor.shape, strides, *count)));
      tensor.bytes = *file_.more_memory.back();
    }
    return tensor;
  }

 private:
  /// Tensors that are not stored in C order are copied; a small file that repeats its numbers must not ask for much memory.
  static constexpr std::uint64_t kMaxExtra = std::uint64_t{256} << 20;
  static constexpr std::int64_t kMaxItems = std::int64_t{1} << 48;

  /// How many items a tensor has, when all of them lie inside its storage. Steps of 0 repeat numbers.
  static std::optional<std::int64_t> items(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides, std::int64_t first, const StorageId& storage) {
    if (shape.size() != strides.size() || shape.size() > 16) return std::nullopt;
    if (std::any_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent < 0; })) return std::nullopt;
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
    if (first < 0 || first >= storage.items) return std::nullopt;
    std::int64_t count = 1, last = first;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (strides[axis] < 0 || shape[axis] > kMaxItems / count) return std::nullopt;
      count *= shape[axis];
      if (shape[axis] == 1) continue;
      if (strides[axis] > 0 && shape[axis] - 1 > (storage.items - 1 - last) / strides[axis]) return std::nullopt;
      last += strides[axis] * (shape[axis] - 1);
    }
    return count;
  }

  const Pickle& pickle_;
  const FindStorage& find_;
  TensorFile& file_;
  std::uint64_t to_gather_;  ///< bytes that may still be copied
};

/// Fills `file`, whose memory is the checkpoint. Nothing, or what is wrong.
std::optional<Error> read_tensors(const Pickle& pickle, const FindStorage& find, TensorFile& file) {
  const StateDict state = find_state_dict(pickle);
  if (state.too_deep) return Error{printable(file.path) + ": damaged PyTorch file: its values are nested too deeply"};
  TensorMaker maker(pickle, find, file);
  for (const auto& [name, ref] : state.tensors) {
    auto tensor = maker.make(ref);
    if (!tensor) return Error{printable(file.path) + ": tensor " + printable(name, 80) + " " + tensor.error().text};
    file.tensors.emplace(name, std::move(*tensor));
  }
  file.metadata = state.metadata;
  file.notes = state.notes;
  return std::nullopt;
}

}  // namespace

bool is_torch_archive(std::span<const ZipEntry> entries) {
  return std::any_of(entries.begin(), entries.end(), [](const ZipEntry& entry) { return entry.name == "data.pkl" || entry.name.ends_with("/data.pkl"); });
}

bool looks_like_pickle(std::span<const std::uint8_t> file) {
  // A safetensors header of 640 to 1408 bytes begins alike; its ninth byte is the header's first.
  return file.size() > 2 && file[0] == 0x80 && file[1] >= 2 && file[1] <= 5 && (file.size() < 9 || file[8] != '{');
}

Result<TensorFile> parse_torch_archive(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, std::span<const ZipEntry> entries) {
  TensorFile file;
  file.path = std::move(name);
  file.memory = std::move(memory);
  const std::string where = file.path;
  std::map<std::string, const ZipEntry*, std::less<>> by_name;
  for (const ZipEntry& entry : entries) by_name.emplace(entry.name, &entry);
  const auto main = std::find_if(entries.begin(), entries.end(), [](const ZipEntry& entry) { return entry.name == "data.pkl" || entry.name.ends_with("/data.pkl"); });
  const std::string folder = main->name.substr(0, main->name.size() - std::string_view("data.pkl").size());

  std::optional<Error> unpacking;
  std::map<std::string, Bytes, std::less<>> unpacked;
  const auto bytes_of = [&](const std::string& entry_name) -> std::optional<Bytes> {
    const auto found = by_name.find(entry_name);
    if (found == by_name.end()) return std::nullopt;
    if (!found->second->deflated) return found->second->bytes;
    if (const auto before = unpacked.find(entry_name); before != unpacked.end()) return before->second;
    auto bytes = unpack(where, *found->second);
    if (!bytes) {
      if (!unpacking) unpacking = bytes.error();
      return std::nullopt;
    }
    file.more_memory.push_back(std::make_shared<const std::vector<std::uint8_t>>(std::move(*bytes)));
    return unpacked[entry_name] = *file.more_memory.back();
  };
  if (const auto order = bytes_of(folder + "byteorder"); order && std::string_view(reinterpret_cast<const char*>(order->data()), order->size()) == "big")
    return Error{printable(where) + ": was written on a big-endian machine, which cannot be read; little-endian files work"};
  const auto program = bytes_of(main->name);
  if (!program) return *unpacking;
  const auto pickle = parse_pickle(*program);
  if (!pickle) return Error{printable(where) + ": damaged PyTorch file: its data.pkl " + pickle.error().text};
  const auto error = read_tensors(*pickle, [&](const StorageId& id) { return bytes_of(folder + "data/" + std::string(id.key)); }, file);
  if (unpacking) return *unpacking;
  if (error) return *error;
  return file;
}

Result<TensorFile> parse_torch_pickles(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory) {
  TensorFile file;
  file.path = std::move(name);
  file.memory = std::move(memory);
  const auto fail = [&](const std::string& what) { return Error{printable(file.path) + ": " + what}; };
  Bytes rest = *file.memory;
  // The magic number, the version of the format, the machine it was written on, the object itself, the keys of its storages in the order in which their numbers follow.
  std::vector<Pickle> pickles;
  for (const char* what : {"sign", "version", "machine", "object", "list of storages"}) {
    auto pickle = parse_pickle(rest);
    if (!pickle && pickles.empty()) return fail("is no PyTorch checkpoint, or damaged: as a pickle it " + pickle.error().text);
    if (!pickle) return fail("damaged PyTorch file: its " + std::string(what) + " " + pickle.error().text);
    rest = rest.subspan(pickle->size);
    pickles.push_back(std::move(*pickle));
    if (pickles.size() == 1 && pickles[0][pickles[0].root].text != kMagic)
      return fail("is a pickle that PyTorch did not write; state dicts saved by torch.save, safetensors and .npz files work");
  }
  const Pickle &machine = pickles[2], &object = pickles[3], &keys = pickles[4];
  const PickleRef little = machine.entry(machine.root, "little_endian");
  if (machine[little].kind == PickleKind::boolean && machine[little].integer == 0)
    return fail("was written on a big-endian machine, which cannot be read; little-endian files work");

  std::map<std::string_view, std::uint64_t> item_sizes;
  for (PickleRef ref = 0; ref < object.values.size(); ++ref)
    if (const auto id = storage_id(object, ref)) item_sizes.emplace(id->key, id->type->size);
  std::map<std::string_view, Bytes> storages;
  for (const PickleRef ref : keys[keys.root].items) {
    const std::string_view key = keys[ref].text;
    const auto size = item_sizes.find(key);
    if (size == item_sizes.end()) return fail("damaged PyTorch file: it holds storage " + printable(key, 40) + ", which nothing refers to");
    std::uint64_t items = 0;
    if (rest.size() >= sizeof items) std::memcpy(&items, rest.data(), sizeof items);
    if (rest.size() < sizeof items || items > (rest.size() - sizeof items) / size->second)
      return fail("the file ends early: storage " + printable(key, 40) + " is not complete");
    storages.emplace(key, rest.subspan(sizeof items, static_cast<std::size_t>(items * size->second)));
    rest = rest.subspan(sizeof items + static_cast<std::size_t>(items * size->second));
  }
  const auto error = read_tensors(
      object,
      [&](const StorageId& id) -> std::optional<Bytes> {
        const auto found = storages.find(id.key);
        return found == storages.end() ? std::nullopt : std::optional(found->second);
      },
      file);
  if (error) return *error;
  return file;
}

}  // namespace vitscope
