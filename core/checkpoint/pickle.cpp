#include "core/checkpoint/pickle.h"

#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace vitscope {

namespace {

constexpr std::size_t kMaxValues = 1'000'000, kMaxOpcodes = 20'000'000;

/// The stack machine that a pickle is a program for, with the opcodes that make data.
class Machine {
 public:
  explicit Machine(std::span<const std::uint8_t> bytes) : bytes_(bytes) { pickle_.values.emplace_back(); }

  Result<Pickle> run() {
    for (std::size_t count = 0; !stopped_ && !damage_; ++count) {
      if (count == kMaxOpcodes) fail("is too long: 20 million opcodes at most work");
      step(static_cast<std::uint8_t>(number(1)));
    }
    if (damage_) return Error{*damage_};
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  void fail(std::string what) {
    if (!damage_) damage_ = std::move(what);
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fail("ends early");
      return {};
    }
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return text;
  }
  /// A whole number of `count` bytes, little-endian.
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    const std::string_view text = take(count);
    for (std::size_t i = 0; i < text.size(); ++i) value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(text[i])) << (8 * i);
    return value;
  }
  std::string_view line() {
    const void* end = at_ < bytes_.size() ? std::memchr(bytes_.data() + at_, '\n', bytes_.size() - at_) : nullptr;
    if (!end) {
      fail("ends early");
      return {};
    }
    const std::string_view text = take(static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(end) - (bytes_.data() + at_)));
    ++at_;
    return text;
  }

  PickleValue& make(PickleKind kind) {
    if (pickle_.values.size() == kMaxValues) {
      fail("holds more than a million values");
      pickle_.values.back() = {};
    } else {
      pickle_.values.emplace_back();
    }
    pickle_.values.back().kind = kind;
    stack_.push_back(static_cast<PickleRef>(pickle_.values.size() - 1));
    return pickle_.values.back();
  }
  void make_text(PickleKind kind, std::string_view text) { make(kind).text = text; }
  void make_integer(PickleKind kind, std::int64_t value) {
    PickleValue& made = make(kind);
    made.integer = value;
    made.real = static_cast<double>(value);
  }
  /// Two's complement of any length.
  void make_long(std::uint64_t length) {
    const std::string_view text = take(length);
    if (text.size() > 8) return make_text(PickleKind::bytes, text);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(text[i])) << (8 * i);
    const std::size_t unused = 64 - 8 * text.size();
    make_integer(PickleKind::integer, text.empty() ? 0 : static_cast<std::int64_t>(value << unused) >> unused);
  }

  /// The uppermost value above the last mark; None where there is none, which is damage.
  PickleRef pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
      fail("takes a value that is not there");
      return 0;
    }
    const PickleRef top = stack_.back();
    stack_.pop_back();
    return top;
  }
  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) {
      fail("takes values up to a mark that is not there");
      return {};
    }
    std::vector<PickleRef> taken(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return taken;
  }
  std::vector<PickleRef> pop_many(std::size_t count) {
    std::vector<PickleRef> taken(count);
    for (std::size_t i = count; i-- > 0;) taken[i] = pop();
    return taken;
  }
  /// The value that what was just taken is put into.
  PickleValue& target() {
    const PickleRef top = pop();
    stack_.push_back(top);
    return pickle_.values[top];
  }

  void make_items(PickleKind kind, std::vector<PickleRef> items) { make(kind).items = std::move(items); }
  void set_entries(const std::vector<PickleRef>& flat) {
    if (flat.size() % 2 != 0) return fail("holds a key without a value");
    PickleValue& into = target();
    if (into.kind != PickleKind::dictionary && into.kind != PickleKind::object) return fail("sets an entry of what is no dictionary");
    for (std::size_t i = 0; i < flat.size(); i += 2) into.entries.emplace_back(flat[i], flat[i + 1]);
  }
  /// Lists grow; what is added to an object that behaves like a list plays no part here.
  void extend(const std::vector<PickleRef>& items) {
    PickleValue& into = target();
    if (into.kind == PickleKind::object) return;
    if (into.kind != PickleKind::list && into.kind != PickleKind::set) return fail("adds to what is no list");
    into.items.insert(into.items.end(), items.begin(), items.end());
  }
  /// What calling `maker` would make: dictionaries of the standard library as such, everything else as an object that remembers how it was made.
  void make_object(PickleRef maker, PickleRef arguments) {
    const std::string name = pickle_.name_of(maker);
    if (name != "collections.OrderedDict" && name != "collections.defaultdict" && name != "builtins.dict" && name != "__builtin__.dict")
      return make_items(PickleKind::object, {maker, arguments});
    std::vector<std::pair<PickleRef, PickleRef>> entries;
    // Python 2 gives an ordered dictionary its entries as one list of pairs.
    const PickleValue& given = pickle_.values[arguments];
    if (given.kind == PickleKind::tuple && given.items.size() == 1) {
      for (const PickleRef pair : pickle_.values[given.items.front()].items)
        if (const auto& two = pickle_.values[pair].items; two.size() == 2) entries.emplace_back(two[0], two[1]);
    }
    make(PickleKind::dictionary).entries = std::move(entries);
  }
  void put(std::uint64_t place) {
    target();
    if (!damage_) memo_[place] = stack_.back();
  }
  void get(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) return fail("refers to a value that is not there");
    stack_.push_back(found->second);
  }
  void make_global(std::string_view module, std::string_view name) {
    make_text(PickleKind::text, module);
    make_text(PickleKind::text, name);
    make_items(PickleKind::name, pop_many(2));
  }

  void step(std::uint8_t opcode) {
    if (damage_) return;
    switch (opcode) {
      case 0x80:  // PROTO
        if (number(1) > 5) fail("is of a protocol beyond 5");
        return;
      case 0x95:  // FRAME
        take(8);
        return;
      case '.':
        pickle_.root = pop();
        stopped_ = true;
        return;
      case '(':
        marks_.push_back(stack_.size());
        return;
      case '0':
        pop();
        return;
      case '1':
        pop_to_mark();
        return;
      case '2':
        target();
        if (!damage_) stack_.push_back(stack_.back());
        return;

      case 'N':
        make(PickleKind::none);
        return;
      case 0x88:
      case 0x89:
        return make_integer(PickleKind::boolean, opcode == 0x88);
      case 'J':
        return make_integer(PickleKind::integer, static_cast<std::int32_t>(static_cast<std::uint32_t>(number(4))));
      case 'K':
        return make_integer(PickleKind::integer, static_cast<std::int64_t>(number(1)));
      case 'M':
        return make_integer(PickleKind::integer, static_cast<std::int64_t>(number(2)));
      case 0x8a:
        return make_long(number(1));
      case 0x8b:
        return make_long(number(4));
      case 'G': {
        const std::string_view text = take(8);
        std::uint64_t bits = 0;
        for (const char c : text) bits = bits << 8 | static_cast<std::uint8_t>(c);
        make(PickleKind::real).real = std::bit_cast<double>(bits);
        return;
      }
      case 'X':
      case 'T':
        return make_text(PickleKind::text, take(number(4)));
      case 0x8c:
      case 'U':
        return make_text(PickleKind::text, take(number(1)));
      case 0x8d:
        return make_text(PickleKind::text, take(number(8)));
      case 'B':
        return make_text(PickleKind::bytes, take(number(4)));
      case 'C':
        return make_text(PickleKind::bytes, take(number(1)));
      case 0x8e:
      case 0x96:
        return make_text(PickleKind::bytes, take(number(8)));

      case ')':
        return make_items(PickleKind::tuple, {});
      case 't':
        return make_items(PickleKind::tuple, pop_to_mark());
      case 0x85:
      case 0x86:
      case 0x87:
        return make_items(PickleKind::tuple, pop_many(opcode - 0x84u));
      case ']':
        return make_items(PickleKind::list, {});
      case 'a':
        return extend(pop_many(1));
      case 'e':
      case 0x90:
        return extend(pop_to_mark());
      case '}':
        make(PickleKind::dictionary);
        return;
      case 's':
        return set_entries(pop_many(2));
      case 'u':
        return set_entries(pop_to_mark());
      case 0x8f:
        return make_items(PickleKind::set, {});
      case 0x91:
        return make_items(PickleKind::set, pop_to_mark());

      case 'h':
        return get(number(1));
      case 'j':
        return get(number(4));
      case 'q':
        return put(number(1));
      case 'r':
        return put(number(4));
      case 0x94:
        return put(memo_.size());

      case 'c': {
        const std::string_view module = line();
        return make_global(module, line());
      }
      case 0x93:
        return make_items(PickleKind::name, pop_many(2));
      case 'R':
      case 0x81: {  // REDUCE, NEWOBJ
        const auto parts = pop_many(2);
        return make_object(parts[0], parts[1]);
      }
      case 0x92: {  // NEWOBJ_EX: named arguments behind the others
        const auto parts = pop_many(3);
        return make_object(parts[0], parts[1]);
      }
      case 'b': {
        const PickleRef state = pop();
        target().state = state;
        return;
      }
      case 'Q':
        return make_items(PickleKind::persistent, pop_many(1));
      default:
        return fail("holds the unknown opcode " + std::to_string(opcode) + " at byte " + std::to_string(at_ - 1));
    }
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  Pickle pickle_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleRef> memo_;
  std::optional<std::string> damage_;
  bool stopped_ = false;
};

}  // namespace

std::string Pickle::name_of(PickleRef ref) const {
  const PickleValue& value = values[ref];
  if (value.kind != PickleKind::name) return {};
  return std::string(values[value.items[0]].text) + "." + std::string(values[value.items[1]].text);
}

PickleRef Pickle::entry(PickleRef dictionary, std::string_view key) const {
  for (const auto& [name, value] : values[dictionary].entries)
    if (values[name].kind == PickleKind::text && values[name].text == key) return value;
  return 0;
}

Result<Pickle> parse_pickle(std::span<const std::uint8_t> bytes) { return Machine(bytes).run(); }

}  // namespace vitscope
