#include "inspect/symbolic_machine.h"

#include <algorithm>
#include <string>

#include "inspect/arrays.h"
#include "pickle/escapes.h"
#include "pickle/literals.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::Reduction;
using pickle::Instruction;
using pickle::Opcode;

namespace {

constexpr std::size_t kNameBytes = 400;  // longer module and class names are cut
constexpr std::size_t kHeaderBytes = 64;
constexpr std::uint64_t kMostKeys = 100'000'000;  // of the memo, forgotten ones among them: 20 bytes each
constexpr std::uint32_t kItemsShown = 64;         // of a container of which the rest is folded
constexpr std::uint32_t kStepsBetween = 1 << 17;  // opcodes between two calls of Limits::proceed: a few milliseconds
constexpr std::size_t kMostNested = 64;           // arrays of objects in arrays of objects, in joblib's files

constexpr const char* kUnderflow = "the stack has too few objects";
constexpr const char* kNoMark = "there is no MARK";

std::string_view as_text(pickle::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool can_have_items(Kind kind) { return kind == Kind::List || kind >= Kind::Global; }

bool can_have_entries(Kind kind) { return kind == Kind::Dict || can_have_items(kind); }

}  // namespace

std::optional<Fault> SymbolicMachine::read_pickle() {
  std::optional<Fault> fault = read_to_stop();
  while (!suspended_.empty()) resume();
  return fault;
}

std::optional<Fault> SymbolicMachine::read_to_stop() {
  stack_.clear();
  marks_.clear();
  memo_.clear();
  suspended_.clear();
  root_ = kNone;
  std::optional<std::string> cut_frame;
  std::uint64_t frame_offset = 0;
  for (;;) {
    if (++steps_ % kStepsBetween == 0 && limits_.proceed && !limits_.proceed(decoder_.position())) {
      stopped_ = true;
      return Fault{decoder_.position(), "reading was stopped before the end", ""};
    }
    const auto instruction = decoder_.next();
    if (!instruction) {
      const pickle::DecodeError& error = instruction.error();
      const pickle::OpcodeInfo* info = error.byte == 0 ? nullptr : pickle::find_opcode(error.byte);
      std::string message = error.message();
      if (cut_frame) message += "; " + *cut_frame;
      return Fault{error.offset, std::move(message), std::string(info == nullptr ? std::string_view() : info->name)};
    }
    const pickle::OpcodeInfo& info = pickle::opcode_info(instruction->opcode);
    protocol_ = std::max(protocol_, static_cast<int>(info.protocol));
    end_ = instruction->offset + instruction->length;
    if (instruction->opcode == Opcode::FRAME &&
        static_cast<std::uint64_t>(instruction->integer) > decoder_.remaining() && !cut_frame) {
      cut_frame = "the frame at byte " + std::to_string(instruction->offset) + " announces " +
                  std::to_string(instruction->integer) + " bytes, only " + std::to_string(decoder_.remaining()) +
                  " follow";
      frame_offset = instruction->offset;
    }
    Step wrong = execute(*instruction);
    if (wrong == nullptr &&
        std::max({std::size_t{values_.size()}, values_.edge_count(), stack_.size()}) > limits_.max_objects) {
      wrong = "there are more objects than the reader may keep";
    }
    if (wrong != nullptr) return Fault{instruction->offset, wrong, std::string(info.name)};
    if (instruction->opcode == Opcode::STOP && root_ != kNone) {
      // Complete, but the Unpickler would refuse the frame before it came here.
      if (cut_frame) return Fault{frame_offset, *cut_frame, "FRAME"};
      return std::nullopt;
    }
  }
}

SymbolicMachine::Step SymbolicMachine::execute(const Instruction& instruction) {
  switch (instruction.opcode) {
    case Opcode::PROTO:
      if (instruction.integer > pickle::kHighestProtocol) return "the protocol is not known";
      protocol_ = std::max(protocol_, static_cast<int>(instruction.integer));
      return {};
    case Opcode::FRAME:
      return {};
    case Opcode::STOP: {
      if (!has(1)) return kUnderflow;
      const ValueId root = stack_.back().value;
      stack_.pop_back();
      for (const Entry& left : stack_) discard(left.value);
      stack_.clear();
      marks_.clear();
      if (suspended_.empty()) {
        root_ = root;
      } else {
        values_.attach(suspended_.back().wrapper, root, true, {EdgeKind::SaverItem, graph::kNoIndex, 0});
        resume();
      }
      return {};
    }
    case Opcode::STRING:
      if (!pickle::unescape_string(instruction.payload)) return "the string has a broken escape";
      push_leaf(instruction);
      return {};
    case Opcode::UNICODE:
      if (!pickle::unescape_unicode(instruction.payload)) return "the string has a broken escape";
      push_leaf(instruction);
      return {};
    default:
      if (pickle::literal_of(instruction.opcode) == pickle::Literal::No) return execute_container(instruction);
      push_leaf(instruction);
      return {};
  }
}

SymbolicMachine::Step SymbolicMachine::execute_container(const Instruction& instruction) {
  const auto tuple = [&](std::size_t count) -> Step {
    if (!has(count)) return kUnderflow;
    const std::size_t first = stack_.size() - count;
    return make_tuple(first, stack_[first].begin, Kind::Tuple, EdgeKind::Item);
  };
  const auto marked = [&](auto&& action) -> Step {
    if (marks_.empty()) return kNoMark;
    const Mark mark = marks_.back();
    marks_.pop_back();
    return action(mark);
  };
  switch (instruction.opcode) {
    case Opcode::EMPTY_LIST:
      push(Kind::List, instruction);
      return {};
    case Opcode::EMPTY_TUPLE:
      push(Kind::Tuple, instruction);
      return {};
    case Opcode::EMPTY_DICT:
      push(Kind::Dict, instruction);
      return {};
    case Opcode::EMPTY_SET:
      push(Kind::Set, instruction);
      return {};
    case Opcode::TUPLE1:
      return tuple(1);
    case Opcode::TUPLE2:
      return tuple(2);
    case Opcode::TUPLE3:
      return tuple(3);
    case Opcode::MARK:
      marks_.push_back({stack_.size(), instruction.offset});
      return marks_.size() > limits_.max_objects ? Step("there are more marks than the reader may keep") : Step();
    case Opcode::TUPLE:
      return marked([&](const Mark& mark) { return make_tuple(mark.depth, mark.offset, Kind::Tuple, EdgeKind::Item); });
    case Opcode::LIST:
      return marked([&](const Mark& mark) { return make_tuple(mark.depth, mark.offset, Kind::List, EdgeKind::Item); });
    case Opcode::FROZENSET:
      return marked(
          [&](const Mark& mark) { return make_tuple(mark.depth, mark.offset, Kind::FrozenSet, EdgeKind::SetItem); });
    case Opcode::DICT:
      return marked([&](const Mark& mark) { return make_dict(mark); });
    case Opcode::APPEND:
      return has(2) ? add_items(stack_.size() - 1, false) : kUnderflow;
    case Opcode::APPENDS:
      return marked([&](const Mark& mark) { return add_items(mark.depth, false); });
    case Opcode::ADDITEMS:
      return marked([&](const Mark& mark) { return add_items(mark.depth, true); });
    case Opcode::SETITEM:
      return has(3) ? add_pairs(stack_.size() - 2) : kUnderflow;
    case Opcode::SETITEMS:
      return marked([&](const Mark& mark) { return add_pairs(mark.depth); });
    case Opcode::POP:
      return pop();
    case Opcode::POP_MARK:
      return marked([&](const Mark& mark) -> Step {
        for (std::size_t i = mark.depth; i < stack_.size(); ++i) {
          if (stack_[i].original) discard(stack_[i].value);
        }
        stack_.resize(mark.depth);
        return {};
      });
    case Opcode::DUP:
      if (!has(1)) return kUnderflow;
      values_[stack_.back().value].shared = true;
      stack_.push_back(entry(stack_.back().value, instruction.offset, false));
      return {};
    case Opcode::GET:
    case Opcode::BINGET:
    case Opcode::LONG_BINGET:
    case Opcode::PUT:
    case Opcode::BINPUT:
    case Opcode::LONG_BINPUT:
    case Opcode::MEMOIZE:
      return execute_memo(instruction);
    default:
      return execute_object(instruction);
  }
}

SymbolicMachine::Step SymbolicMachine::execute_memo(const Instruction& instruction) {
  switch (instruction.opcode) {
    case Opcode::MEMOIZE:
      return remember(memo_.size());
    case Opcode::PUT:
    case Opcode::BINPUT:
    case Opcode::LONG_BINPUT:
      return remember(static_cast<std::uint64_t>(instruction.integer));
    default: {
      const Step wrong = recall(static_cast<std::uint64_t>(instruction.integer));
      if (wrong == nullptr) stack_.back().begin = instruction.offset;
      return wrong;
    }
  }
}

SymbolicMachine::Step SymbolicMachine::execute_object(const Instruction& instruction) {
  switch (instruction.opcode) {
    case Opcode::GLOBAL:
      add_global(as_text(instruction.payload).substr(0, kNameBytes), as_text(instruction.second).substr(0, kNameBytes),
                 instruction.offset);
      return {};
    case Opcode::STACK_GLOBAL:
      return stack_global();
    case Opcode::REDUCE:
      return has(2) ? call(stack_.size() - 2, false, Reduction::ReduceEx) : kUnderflow;
    case Opcode::NEWOBJ:
      return has(2) ? call(stack_.size() - 2, true, Reduction::Instance) : kUnderflow;
    case Opcode::NEWOBJ_EX:
      return has(3) ? call(stack_.size() - 3, true, Reduction::Instance) : kUnderflow;
    case Opcode::BUILD:
      return build();
    case Opcode::INST:
      return inst(instruction);
    case Opcode::OBJ: {
      if (marks_.empty()) return kNoMark;
      const Mark mark = marks_.back();
      marks_.pop_back();
      if (stack_.size() == mark.depth) return "OBJ has no class behind its MARK";
      stack_[mark.depth].begin = mark.offset;
      // The arguments lie flat on the stack; make them the tuple that they are for NEWOBJ.
      make_tuple(mark.depth + 1, mark.offset, Kind::Tuple, EdgeKind::Item);
      return call(mark.depth, true, Reduction::Instance);
    }
    case Opcode::PERSID: {
      const ValueId value = push(Kind::Persistent, instruction);
      values_[value].reduction = Reduction::PersistentId;
      values_[value].note = values_.intern(as_text(instruction.payload).substr(0, kNameBytes));
      return {};
    }
    case Opcode::BINPERSID: {
      if (!has(1)) return kUnderflow;
      const Entry id = stack_.back();
      const ValueId value = replace(stack_.size() - 1, id.begin, Kind::Persistent);
      values_[value].reduction = Reduction::PersistentId;
      values_[value].note = values_.intern(values_.literal(values_[id.value]));
      attach(value, id, {EdgeKind::PersistentId});
      return {};
    }
    case Opcode::EXT1:
    case Opcode::EXT2:
    case Opcode::EXT4: {
      if (instruction.integer <= 0) return "the extension code is not positive";
      const ValueId value = push(Kind::Extension, instruction);
      values_[value].reduction = Reduction::Global;
      values_[value].number = static_cast<std::uint64_t>(instruction.integer);
      values_[value].note = values_.intern("code " + std::to_string(instruction.integer));
      return {};
    }
    case Opcode::NEXT_BUFFER:
      values_[push(Kind::Buffer, instruction)].note = values_.intern("out of band");
      return {};
    case Opcode::READONLY_BUFFER:
      if (!has(1)) return kUnderflow;
      if (values_[stack_.back().value].kind == Kind::Buffer) {
        values_[stack_.back().value].note = values_.intern("out of band, read-only");
        values_[stack_.back().value].end = end_;
      }
      return {};
    default:
      return "the opcode is not known";
  }
}

ValueId SymbolicMachine::push(Kind kind, const Instruction& instruction) {
  stack_.push_back(entry(values_.size(), instruction.offset));
  ++objects_;
  ++made_;
  return values_.add(kind, instruction.offset, end_);
}

void SymbolicMachine::push_leaf(const Instruction& instruction) {
  stack_.push_back(entry(values_.size(), instruction.offset));
  ++objects_;
  ++made_;
  read_leaf(instruction, values_.add());
}

void SymbolicMachine::discard(ValueId value) {
  discarded_.push_back(value);
  late_holds_.keep(values_.size());
}

ValueId SymbolicMachine::replace(std::size_t first, std::uint64_t begin, Kind kind) {
  stack_.resize(first + 1);
  Entry& made = stack_.back();
  made.value = values_.add(kind, begin, end_);
  made.begin = begin;
  made.original = true;
  ++objects_;
  ++made_;
  return made.value;
}

SymbolicMachine::Step SymbolicMachine::make_tuple(std::size_t first, std::uint64_t begin, Kind kind, EdgeKind edge) {
  Entry made = first < stack_.size() ? stack_[first] : entry(kNone, begin);
  const std::size_t folded = first_folded(first, 1, 0, kNone);
  const std::size_t count = stack_.size() - first;
  const Folded rest = fold(folded, 1);
  const ValueId value = values_.add(kind, begin, end_);
  std::uint32_t index = 0;
  for (std::size_t i = first; i < folded; ++i) attach(value, stack_[i], {edge, index++});
  if (folded < stack_.size()) attach_remainder(value, rest, {edge, index});
  values_[value].length = count;
  stack_.resize(first);
  made.value = value;
  made.begin = begin;
  made.original = true;
  stack_.push_back(made);
  ++objects_;
  ++made_;
  return {};
}

std::size_t SymbolicMachine::first_folded(std::size_t first, std::size_t step, std::uint64_t items,
                                          ValueId container) const {
  const std::size_t top = stack_.size();
  const std::uint64_t kept = std::max<std::uint64_t>(values_.size(), values_.edge_count());
  const bool windowed = limits_.shown_begin != 0 || limits_.shown_end != Limits().shown_end;
  if (kept < limits_.shown_objects && !windowed) return top;
  // What is just over the limit keeps the first items of each container. Where there are still more, as in a tree of
  // small containers, whatever has become large is folded whole.
  const std::uint64_t shown = kept < 2 * std::uint64_t{limits_.shown_objects} ? std::uint64_t{kItemsShown} : 0;
  std::size_t folded = first + static_cast<std::size_t>(shown > items ? (shown - items) * step : 0);
  if (folded >= top) return top;
  if (kept < limits_.shown_objects) {  // only what lies outside the bytes that are asked for
    std::size_t outside = top;
    for (std::uint64_t end = end_; outside > folded; outside -= step) {
      const std::uint64_t begin = stack_[outside - step].begin;
      if (begin < limits_.shown_end && end > limits_.shown_begin) break;
      end = begin;
    }
    folded = outside;
    if (folded == top) return top;
  }
  const Entry& from = stack_[folded];
  const std::uint64_t dropped =
      values_.size() - from.first_value + values_.edge_count() - from.first_edge + top - folded;
  const bool behind = container == kNone || container < from.first_value;
  return (shown != 0 || dropped >= kItemsShown) && behind && late_holds_.allow(from.first_value) ? folded : top;
}

Folded SymbolicMachine::fold(std::size_t first, std::size_t step) {
  if (first == stack_.size()) return {};
  const Entry& from = stack_[first];
  folded_globals_.note_edges(values_, from.first_edge, from.first_value);
  for (std::size_t i = first; i < stack_.size(); ++i) {
    folded_globals_.note(values_, stack_[i].value, false, from.first_value);
  }
  memo_.forget(from.first_value, values_);
  late_holds_.drop(from.first_value);
  values_.truncate(from.first_value, from.first_edge);
  return {.begin = from.begin,
          .end = end_,
          .items = (stack_.size() - first) / step,
          .objects = static_cast<std::uint32_t>(made_) - from.first_object};
}

void SymbolicMachine::attach_remainder(ValueId container, const Folded& folded, const Hold& hold) {
  folded_globals_.attach_to(values_.attach_remainder(container, folded, hold), values_);
}

bool SymbolicMachine::fold_pickle(const Entry& begin) {
  if (!late_holds_.allow(begin.first_value)) return false;
  folded_globals_.note_edges(values_, begin.first_edge, begin.first_value);
  folded_globals_.note(values_, root_, false, begin.first_value);
  late_holds_.drop(begin.first_value);
  values_.truncate(begin.first_value, begin.first_edge);
  memo_.clear();
  root_ = kNone;
  return true;
}

ValueId SymbolicMachine::add_remainder(const Folded& folded) {
  const ValueId remainder = values_.add_remainder(folded);
  folded_globals_.attach_to(remainder, values_);
  return remainder;
}

SymbolicMachine::Step SymbolicMachine::make_dict(const Mark& mark) {
  if ((stack_.size() - mark.depth) % 2 != 0) return "a dict has a key without value";
  Entry made = stack_.size() > mark.depth ? stack_[mark.depth] : entry(kNone, mark.offset);
  made.value = values_.add(Kind::Dict, mark.offset, end_);
  made.begin = mark.offset;
  made.original = true;
  stack_.insert(stack_.begin() + static_cast<std::ptrdiff_t>(mark.depth), made);
  ++objects_;
  ++made_;
  return add_pairs(mark.depth + 1);
}

ValueId SymbolicMachine::filler_of(std::size_t container) const {
  const bool in_frame = marks_.empty() ? container > 0 : container > marks_.back().depth;
  if (stack_[container].original || !in_frame || !stack_[container - 1].original) return kNone;
  const Value& below = values_[stack_[container - 1].value];
  return below.kind == Kind::Object ? stack_[container - 1].value : kNone;
}

void SymbolicMachine::hold(std::size_t container, const Entry& item, const Hold& at, const Hold& later) {
  if (!stack_[container].original) late_holds_.add(stack_[container].value, values_.size());
  const ValueId filler = filler_of(container);
  if (filler == kNone) return attach(stack_[container].value, item, at);
  attach(filler, item, later);
  values_[filler].end = end_;
  values_.attach(stack_[container].value, item.value, false, at);
}

SymbolicMachine::Step SymbolicMachine::add_items(std::size_t first, bool as_set) {
  const bool in_frame = marks_.empty() ? first > 0 : first > marks_.back().depth;
  if (!in_frame) return kUnderflow;
  const std::size_t place = first - 1;
  const ValueId container = stack_[place].value;
  const Kind kind = values_[container].kind;
  if (as_set ? kind != Kind::Set && kind < Kind::Global : !can_have_items(kind)) {
    return as_set ? "items are added to what is no set" : "items are appended to what is no list";
  }
  const EdgeKind edge = as_set ? EdgeKind::SetItem : kind == Kind::List ? EdgeKind::Item : EdgeKind::ReduceListItem;
  const bool foldable = stack_[place].original;
  const std::size_t folded = foldable ? first_folded(first, 1, values_[container].length, container) : stack_.size();
  const Folded rest = fold(folded, 1);
  const ValueId first_item = first < folded ? stack_[first].value : kNone;
  for (std::size_t i = first; i < folded; ++i) {
    const auto index = static_cast<std::uint32_t>(values_[container].length++);
    hold(place, stack_[i], {edge, index}, {EdgeKind::PostItem, index});
  }
  if (folded < stack_.size()) {
    const auto index = static_cast<std::uint32_t>(values_[container].length);
    values_[container].length += rest.items;
    attach_remainder(container, rest, {edge, index});
  }
  if (foldable) values_[container].end = end_;
  stack_.resize(first);
  if (first_item != kNone) values_.drop_folded_tail(first_item);
  return {};
}

SymbolicMachine::Step SymbolicMachine::add_pairs(std::size_t first) {
  const bool in_frame = marks_.empty() ? first > 0 : first > marks_.back().depth;
  if (!in_frame) return kUnderflow;
  if ((stack_.size() - first) % 2 != 0) return "a dict has a key without value";
  const std::size_t place = first - 1;
  const ValueId container = stack_[place].value;
  const Kind kind = values_[container].kind;
  if (!can_have_entries(kind)) return "entries are put into what is no dict";
  const EdgeKind edge = kind == Kind::Dict ? EdgeKind::DictValue : EdgeKind::ReduceDictItem;
  const bool of_module = place > 0 && values_.is_module(stack_[place - 1].value);
  const auto entries = [&]() -> std::uint64_t& {
    // An object may have list items too, which have positions of their own.
    return kind == Kind::Object ? values_[container].number : values_[container].length;
  };
  const bool foldable = stack_[place].original && !of_module;
  const std::size_t folded = foldable ? first_folded(first, 2, entries(), container) : stack_.size();
  const Folded rest = fold(folded, 2);
  for (std::size_t i = first; i < folded; i += 2) {
    const Entry& key = stack_[i];
    const auto index = static_cast<std::uint32_t>(entries()++);
    graph::StringId label = 0;
    if (values_[key.value].is_leaf()) {
      label = values_.intern(values_.literal(values_[key.value]));
    } else {
      hold(place, key, {EdgeKind::DictKey, index}, {EdgeKind::PostItem, index});
    }
    const ValueId filler = filler_of(place);
    const Hold later = filler == kNone ? Hold{edge} : meaning_.late_entry(filler, container, label);
    if (of_module) values_[container].run = 0;  // each variable has a name of its own: none is folded
    hold(place, stack_[i + 1], {edge, index, label}, later);
  }
  if (folded < stack_.size()) {
    const auto index = static_cast<std::uint32_t>(entries());
    entries() += rest.items;
    attach_remainder(container, rest, {edge, index});
  }
  if (stack_[place].original) values_[container].end = end_;
  stack_.resize(first);
  return {};
}

SymbolicMachine::Step SymbolicMachine::pop() {
  if (!marks_.empty() && marks_.back().depth == stack_.size()) {  // as the Unpickler does
    marks_.pop_back();
    return {};
  }
  if (stack_.empty()) return kUnderflow;
  const Entry popped = stack_.back();
  stack_.pop_back();
  if (!popped.original) return {};
  const Value& value = values_[popped.value];
  if (stack_.empty() && popped.value == 0 && value.kind == Kind::Str) note_header(values_.text(value, kHeaderBytes));
  const bool call = value.kind == Kind::Object && !value.shared;
  if (call && has(1) && stack_.back().original && values_[stack_.back().value].kind == Kind::Object) {
    meaning_.call_later(stack_.back().value, popped.value);
    values_[stack_.back().value].end = end_;
  } else {
    discard(popped.value);
  }
  return {};
}

// dill's optional header is a string that is popped before anything else: "dill;python=3.11.7".
void SymbolicMachine::note_header(std::string_view text) {
  constexpr std::string_view kHeader = "dill;python=";
  if (text.starts_with(kHeader)) python_ = text.substr(kHeader.size());
}

SymbolicMachine::Step SymbolicMachine::build() {
  if (!has(2)) return kUnderflow;
  const Entry state = stack_.back();
  stack_.pop_back();
  const Entry& object = stack_.back();
  if (values_[object.value].is_leaf()) return "a state is set on what has none";
  const ValueId target = object.value;
  if (!object.original) late_holds_.add(target, values_.size());
  meaning_.set_state(target, state.value, state.original);
  if (object.original) values_[target].end = end_;
  keep_dtype(target);
  return read_raw_array(target);
}

SymbolicMachine::Step SymbolicMachine::read_raw_array(ValueId wrapper) {
  const std::optional<RawArray> array = raw_array_of(values_, wrapper);
  if (!array) return {};
  if (array->holds_objects) {
    if (suspended_.size() >= kMostNested) return "arrays of objects are nested too deep";
    suspended_.push_back({wrapper, std::move(stack_), std::move(marks_), std::move(memo_)});
    stack_ = {};
    marks_ = {};
    memo_ = {};
    return {};
  }
  const std::optional<RawBytes> raw = raw_bytes(input_, end_, *array);
  if (!raw) return "the raw bytes of the array reach beyond the end of the data";
  decoder_.seek(raw->end);
  end_ = raw->end;
  values_[wrapper].end = end_;
  meaning_.describe_wrapper(wrapper);
  return {};
}

void SymbolicMachine::keep_dtype(ValueId value) {
  if (has_raw_arrays_ && values_[value].kind == Kind::Object && values_.string(values_[value].type) == "numpy.dtype") {
    late_holds_.keep(values_.size());
  }
}

void SymbolicMachine::resume() {
  Suspended& outer = suspended_.back();
  const ValueId wrapper = outer.wrapper;
  // Of a pickle that broke off, what was under way stands above what is around it.
  for (Mark& mark : marks_) mark.depth += outer.stack.size();
  outer.stack.insert(outer.stack.end(), stack_.begin(), stack_.end());
  outer.marks.insert(outer.marks.end(), marks_.begin(), marks_.end());
  stack_ = std::move(outer.stack);
  marks_ = std::move(outer.marks);
  memo_ = std::move(outer.memo);
  suspended_.pop_back();
  values_[wrapper].end = end_;
  meaning_.describe_wrapper(wrapper);
}

SymbolicMachine::Step SymbolicMachine::call(std::size_t callable, bool is_class, Reduction reduction) {
  const Entry target = stack_[callable];
  const Entry arguments = stack_[callable + 1];
  const Kind kind = values_[target.value].kind;
  if (kind < Kind::Global) return "what is called is not callable";
  if (values_[arguments.value].kind != Kind::Tuple && values_[arguments.value].kind < Kind::Global) {
    return "the arguments of a call are no tuple";
  }
  const bool keywords = stack_.size() - callable > 2;
  const Entry named = stack_.back();
  const ValueId object = replace(callable, target.begin, Kind::Object);
  values_[object].reduction = reduction;
  attach(object, target, {is_class ? EdgeKind::Type : EdgeKind::ReduceCallable});
  if (arguments.original && values_[arguments.value].kind == Kind::Tuple) {
    for (EdgeId e = values_.unlink_all(arguments.value); e != kNone;) {
      const EdgeId next = values_.edge(e).next;
      values_.edge(e).kind = EdgeKind::ReduceArgument;
      values_.link(object, e);
      e = next;
    }
    values_[arguments.value].part_of = object;
    // Stands for the object from here on, wherever the memo asks for it.
  } else {
    attach(object, arguments, {EdgeKind::ReduceArgument});
  }
  if (keywords) attach(object, named, {EdgeKind::ReduceArgument});
  meaning_.interpret(object, is_class);
  return {};
}

SymbolicMachine::Step SymbolicMachine::inst(const Instruction& instruction) {
  if (marks_.empty()) return kNoMark;
  const Mark mark = marks_.back();
  marks_.pop_back();
  make_tuple(mark.depth, mark.offset, Kind::Tuple, EdgeKind::Item);
  add_global(as_text(instruction.payload).substr(0, kNameBytes), as_text(instruction.second).substr(0, kNameBytes),
             instruction.offset);
  std::swap(stack_[mark.depth].value, stack_[mark.depth + 1].value);  // what came first stays below
  const ValueId target = stack_[mark.depth].value;
  stack_[mark.depth].begin = mark.offset;
  values_[target].begin = instruction.offset;
  return call(mark.depth, true, Reduction::Instance);
}

SymbolicMachine::Step SymbolicMachine::stack_global() {
  if (!has(2)) return kUnderflow;
  const Entry module = stack_[stack_.size() - 2];
  const Entry name = stack_.back();
  if (values_[module.value].kind != Kind::Str || values_[name.value].kind != Kind::Str) {
    return "the name of a global is no string";
  }
  const std::string module_text = values_.text(values_[module.value], kNameBytes);
  const std::string name_text = values_.text(values_[name.value], kNameBytes);
  stack_.resize(stack_.size() - 2);
  add_global(module_text, name_text, module.begin);
  stack_.back().first_value = module.first_value;
  stack_.back().first_edge = module.first_edge;
  stack_.back().first_object = module.first_object;
  return {};
}

void SymbolicMachine::add_global(std::string_view module, std::string_view name, std::uint64_t begin) {
  stack_.push_back(entry(values_.size(), begin));
  const ValueId value = values_.add(Kind::Global, begin, end_);
  values_[value].type = values_.intern(std::string(module) + "." + std::string(name));
  values_[value].reduction = Reduction::Global;
  has_raw_arrays_ |= values_.string(values_[value].type) == kRawArrayWrapper;
  module_lengths_.try_emplace(values_[value].type, static_cast<std::uint32_t>(module.size()));
  // dill names the dicts of modules in this way.
  if (name == "__dict__") values_[value].note = values_.intern("globals of " + std::string(module));
  if (name == "__main__" && module == "__builtin__") values_[value].note = values_.intern("globals of __main__");
  ++objects_;
  ++made_;
}

SymbolicMachine::Step SymbolicMachine::remember(std::uint64_t key) {
  if (!has(1)) return kUnderflow;
  const Entry& top = stack_.back();
  if (!memo_.put(key, top.value)) late_holds_.keep(values_.size());
  if (memo_.size() - memo_.forgotten() > limits_.max_objects * std::uint64_t{2} || memo_.size() > kMostKeys) {
    return "there are more memo entries than the reader may keep";
  }
  keep_dtype(top.value);
  Value& value = values_[top.value];
  value.shared = true;
  if (value.memo == graph::kNoMemo && key < graph::kNoMemo) value.memo = static_cast<std::uint32_t>(key);
  if (top.original) value.end = end_;
  return {};
}

SymbolicMachine::Step SymbolicMachine::recall(std::uint64_t key) {
  Entry fetched = entry(kNone, 0, false);
  const ValueId value = memo_.get(key, values_, input_);
  if (value == kNone) return "the memo has no such number";
  fetched.value = value;
  stack_.push_back(fetched);
  ++objects_;
  return {};
}

}  // namespace dill::inspect
