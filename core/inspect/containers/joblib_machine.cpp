#include "inspect/containers/joblib_machine.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "inspect/containers/marked_stack.h"
#include "inspect/containers/pickle_trial.h"
#include "pickle/decoder.h"
#include "pickle/literals.h"

namespace dill::inspect::containers {

namespace {

using pickle::Instruction;
using pickle::Opcode;

enum class Kind : std::uint8_t {
  Other,
  None,
  Int,            // at: the number
  Text,           // at: offset in the bytes; count: length
  Tuple,          // at: first item; count: of items
  Dict,           // at: number of its facts
  WrapperClass,   // joblib's NumpyArrayWrapper
  ExternalClass,  // joblib's NDArrayWrapper, for an array in a file of its own
  DtypeClass,     // numpy.dtype
  Wrapper,
  External,
  Dtype,  // at: number of it
};

struct Value {
  Kind kind = Kind::Other;
  std::uint32_t count = 0;
  std::uint64_t at = 0;
};

struct Dtype {
  std::optional<std::uint64_t> size;
  bool objects = false;
};

// What matters of a dict.
struct Facts {
  Value shape, dtype, alignment;
};

class Machine {
 public:
  explicit Machine(Bytes bytes) : bytes_(bytes), decoder_(bytes, pickle::Frames::MayBeCut) {}

  JoblibDump run() {
    std::uint64_t run_begin = 0;
    const auto end_run = [&](std::uint64_t end) {
      if (end > run_begin) dump_.runs.push_back({run_begin, end});
    };
    while (true) {
      const std::uint64_t at = decoder_.position();
      // joblib reads a frame as a whole: what comes next in the file lies behind it.
      if (in_frame_ && at == frame_end_) {
        in_frame_ = false;
        if (file_ != at) {
          end_run(at);
          decoder_.seek(file_);
          run_begin = file_;
        }
        continue;
      }
      const auto instruction = decoder_.next();
      if (!instruction) break;
      const std::uint64_t end = decoder_.position();
      if (in_frame_ && end > frame_end_) {
        decoder_.seek(at);
        break;
      }
      if (instruction->opcode == Opcode::FRAME) {
        if (in_frame_) {
          decoder_.seek(at);
          break;
        }
        end_run(at);
        run_begin = end;
        in_frame_ = true;
        frame_end_ = end + std::min<std::uint64_t>(frame_length(*instruction), bytes_.size() - end);
        file_ = frame_end_;
        continue;
      }
      const std::size_t arrays = dump_.arrays.size();
      const bool good = execute(*instruction);
      if (dump_.unknown_array) {
        end_run(end);
        dump_.end = in_frame_ ? file_ : end;
        return std::move(dump_);
      }
      if (!good) {
        // The opcode at fault belongs to the stream: what follows it does not.
        dump_.end = end;
        end_run(end);
        return std::move(dump_);
      }
      if (dump_.arrays.size() > arrays && !in_frame_) {
        end_run(end);
        decoder_.seek(file_);
        run_begin = file_;
      }
      if (instruction->opcode == Opcode::STOP) {
        dump_.stops = true;
        break;
      }
    }
    // A fault may be at bytes that are no opcode: they belong to the stream, so that its reader sees the fault too.
    const std::uint64_t position = decoder_.position();
    end_run(dump_.stops ? position : std::max(position, in_frame_ ? frame_end_ : bytes_.size()));
    dump_.end = dump_.stops ? std::max(position, in_frame_ ? file_ : position) : bytes_.size();
    return std::move(dump_);
  }

 private:
  static std::uint64_t frame_length(const Instruction& instruction) {
    return instruction.integer < 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(instruction.integer);
  }

  bool has(std::size_t count) const { return stack_.has(count); }
  void push(Kind kind, std::uint64_t at = 0, std::uint32_t count = 0) { stack_.push({kind, count, at}); }
  Value pop() { return stack_.pop(); }
  bool to_mark() { return stack_.to_mark(); }

  std::string_view text(const Value& value) const {
    if (value.kind != Kind::Text) return {};
    return {reinterpret_cast<const char*>(bytes_.data()) + value.at, value.count};
  }
  void push_text(Bytes payload) {
    // Names that matter are short.
    if (payload.size() > 4096) return push(Kind::Other);
    push(Kind::Text, static_cast<std::uint64_t>(payload.data() - bytes_.data()),
         static_cast<std::uint32_t>(payload.size()));
  }

  void push_global(std::string_view module, std::string_view name) {
    std::string full(module);
    full.append(".").append(name);
    const std::string_view all = full;
    if (all.ends_with("numpy_pickle.NumpyArrayWrapper")) {
      push(Kind::WrapperClass);
    } else if (all.ends_with(".NDArrayWrapper") || all.ends_with(".ZNDArrayWrapper")) {
      push(Kind::ExternalClass);
    } else {
      push(all == "numpy.dtype" ? Kind::DtypeClass : Kind::Other);
    }
  }

  bool make_tuple(std::size_t first) {
    const std::span<const Value> items = stack_.from(first);
    const Value tuple{Kind::Tuple, static_cast<std::uint32_t>(items.size()), items_.size()};
    items_.insert(items_.end(), items.begin(), items.end());
    stack_.drop(items.size());
    stack_.push(tuple);
    return true;
  }
  Value item(const Value& tuple, std::uint32_t index) const {
    if (tuple.kind != Kind::Tuple || index >= tuple.count) return {};
    return items_[tuple.at + index];
  }

  void set(const Value& dict, const Value& key, const Value& value) {
    if (dict.kind != Kind::Dict) return;
    const std::string_view name = text(key);
    if (name == "shape") facts_[dict.at].shape = value;
    if (name == "dtype") facts_[dict.at].dtype = value;
    if (name == "numpy_array_alignment_bytes") facts_[dict.at].alignment = value;
  }

  bool set_items(std::size_t first) {
    if (first == 0) return false;
    const Value dict = stack_[first - 1];
    for (std::size_t i = first; i + 1 < stack_.size(); i += 2) set(dict, stack_[i], stack_[i + 1]);
    return true;
  }

  bool call() {
    if (!has(2)) return false;
    const Value arguments = pop();
    const Value callee = pop();
    const Kind first = item(arguments, 0).kind;
    if (callee.kind == Kind::DtypeClass) {
      push_dtype(text(item(arguments, 0)));
    } else if (callee.kind == Kind::WrapperClass || first == Kind::WrapperClass) {
      push(Kind::Wrapper);  // by itself, or by copyreg's helpers
    } else if (callee.kind == Kind::ExternalClass || first == Kind::ExternalClass) {
      push(Kind::External);
    } else {
      push(Kind::Other);
    }
    return true;
  }

  void push_dtype(std::string_view name) {
    Dtype dtype;
    if (!name.empty() && std::string_view("<>|=").find(name.front()) != std::string_view::npos) name.remove_prefix(1);
    if (!name.empty()) {
      dtype.objects = name.front() == 'O';
      std::uint64_t size = 0;
      bool digits = name.size() > 1 && name.size() < 12;
      for (const char c : name.substr(1)) {
        if (c < '0' || c > '9') {
          digits = false;
          break;
        }
        size = size * 10 + static_cast<std::uint64_t>(c - '0');
      }
      if (digits) dtype.size = name.front() == 'U' ? size * 4 : size;
    }
    dtypes_.push_back(dtype);
    push(Kind::Dtype, dtypes_.size() - 1);
  }

  bool build() {
    if (!has(2)) return false;
    Value state = pop();
    const Value target = stack_.top();
    if (target.kind == Kind::Dtype) {
      Dtype& dtype = dtypes_[target.at];
      const Value size = item(state, 5), flags = item(state, 7);
      if (size.kind == Kind::Int && static_cast<std::int64_t>(size.at) > 0) dtype.size = size.at;
      if (flags.kind == Kind::Int && (flags.at & 1) != 0) dtype.objects = true;
    } else if (target.kind == Kind::External) {
      dump_.external.push_back(decoder_.position());
    } else if (target.kind == Kind::Wrapper) {
      stack_.top() = {};
      if (state.kind == Kind::Tuple) state = item(state, 0);
      return read_array(state);
    }
    return true;
  }

  bool read_array(const Value& state) {
    if (!in_frame_) file_ = decoder_.position();
    const Facts facts = state.kind == Kind::Dict ? facts_[state.at] : Facts{};
    if (facts.dtype.kind != Kind::Dtype || facts.shape.kind != Kind::Tuple) return give_up();
    const Dtype dtype = dtypes_[facts.dtype.at];
    JoblibArray array{.begin = file_, .objects = dtype.objects};
    if (dtype.objects) {
      const PickleTrial trial = try_pickle(bytes_.subspan(file_), ~std::uint64_t{0});
      array.cut = !trial.stops;
      array.end = trial.stops ? file_ + trial.end : bytes_.size();
    } else {
      if (!dtype.size) return give_up();
      std::uint64_t size = *dtype.size;
      for (std::uint32_t i = 0; i < facts.shape.count; ++i) {
        const Value length = item(facts.shape, i);
        if (length.kind != Kind::Int) return give_up();
        if (__builtin_mul_overflow(size, length.at, &size)) size = ~std::uint64_t{0};
      }
      const bool padded = facts.alignment.kind != Kind::None && facts.alignment.kind != Kind::Other;
      std::uint64_t padding = 0;
      if (padded) padding = file_ < bytes_.size() ? 1 + std::uint64_t{bytes_[file_]} : 1;
      const std::uint64_t left = bytes_.size() - file_;
      array.cut = padding > left || size > left - padding;
      array.end = array.cut ? bytes_.size() : file_ + padding + size;
    }
    file_ = array.end;
    dump_.arrays.push_back(array);
    return true;
  }

  bool give_up() {
    dump_.unknown_array = true;
    return false;
  }

  bool remember(std::uint64_t key) {
    if (!has(1)) return false;
    memo_[key] = stack_.top();
    return true;
  }

  bool execute(const Instruction& instruction) {
    if (const std::optional<bool> arranged = stack_.arrange(instruction.opcode)) return *arranged;
    switch (instruction.opcode) {
      case Opcode::EMPTY_DICT:
        facts_.emplace_back();
        push(Kind::Dict, facts_.size() - 1);
        return true;
      case Opcode::DICT: {
        if (!stack_.mark()) return false;
        const Value dict{Kind::Dict, 0, facts_.size()};
        facts_.emplace_back();
        for (std::size_t i = *stack_.mark(); i + 1 < stack_.size(); i += 2) set(dict, stack_[i], stack_[i + 1]);
        to_mark();
        stack_.push(dict);
        return true;
      }
      case Opcode::SETITEM: {
        if (!has(3) || !set_items(stack_.size() - 2)) return false;
        stack_.drop(2);
        return true;
      }
      case Opcode::SETITEMS:
        return stack_.mark() && set_items(*stack_.mark()) && to_mark() && has(1);
      case Opcode::APPEND:
        if (!has(2)) return false;
        stack_.drop(1);
        return true;
      case Opcode::APPENDS:
      case Opcode::ADDITEMS:
        return to_mark() && has(1);
      case Opcode::LIST:
      case Opcode::FROZENSET:
        if (!to_mark()) return false;
        push(Kind::Other);
        return true;
      case Opcode::TUPLE: {
        const auto first = stack_.take_mark();
        return first && make_tuple(*first);
      }
      case Opcode::EMPTY_TUPLE:
        return make_tuple(stack_.size());
      case Opcode::TUPLE1:
        return has(1) && make_tuple(stack_.size() - 1);
      case Opcode::TUPLE2:
        return has(2) && make_tuple(stack_.size() - 2);
      case Opcode::TUPLE3:
        return has(3) && make_tuple(stack_.size() - 3);
      case Opcode::GLOBAL:
        push_global({reinterpret_cast<const char*>(instruction.payload.data()), instruction.payload.size()},
                    {reinterpret_cast<const char*>(instruction.second.data()), instruction.second.size()});
        return true;
      case Opcode::STACK_GLOBAL: {
        if (!has(2)) return false;
        const Value name = pop();
        const Value module = pop();
        push_global(text(module), text(name));
        return true;
      }
      case Opcode::INST:
      case Opcode::OBJ:
        return call_with_mark(instruction);
      case Opcode::REDUCE:
      case Opcode::NEWOBJ:
        return call();
      case Opcode::NEWOBJ_EX:
        if (!has(3)) return false;
        stack_.drop(1);
        return call();
      case Opcode::BUILD:
        return build();
      case Opcode::BINPERSID:
        if (!has(1)) return false;
        stack_.top() = {};
        return true;
      case Opcode::READONLY_BUFFER:
        return has(1);
      case Opcode::MEMOIZE:
        return remember(memo_.size());
      case Opcode::PUT:
      case Opcode::BINPUT:
      case Opcode::LONG_BINPUT:
        return remember(static_cast<std::uint64_t>(instruction.integer));
      case Opcode::GET:
      case Opcode::BINGET:
      case Opcode::LONG_BINGET: {
        const auto found = memo_.find(static_cast<std::uint64_t>(instruction.integer));
        if (found == memo_.end()) return false;
        stack_.push(found->second);
        return true;
      }
      default:
        push_literal(instruction);
        return true;
    }
  }

  void push_literal(const Instruction& instruction) {
    switch (pickle::literal_of(instruction.opcode)) {
      case pickle::Literal::None:
        return push(Kind::None);
      case pickle::Literal::Bool:
        return push(Kind::Int, instruction.opcode == Opcode::NEWTRUE ? 1 : 0);
      case pickle::Literal::Int:
        return instruction.big ? push(Kind::Other) : push(Kind::Int, static_cast<std::uint64_t>(instruction.integer));
      case pickle::Literal::Text:
        return push_text(instruction.payload);
      default:
        return push(Kind::Other);
    }
  }

  bool call_with_mark(const Instruction& instruction) {
    if (!stack_.mark()) return false;
    Kind callee = Kind::Other;
    if (instruction.opcode == Opcode::OBJ) {
      if (!has(1)) return false;
      callee = stack_[*stack_.mark()].kind;
    } else {
      push_global({reinterpret_cast<const char*>(instruction.payload.data()), instruction.payload.size()},
                  {reinterpret_cast<const char*>(instruction.second.data()), instruction.second.size()});
      callee = pop().kind;
    }
    to_mark();
    push(callee == Kind::WrapperClass ? Kind::Wrapper : callee == Kind::ExternalClass ? Kind::External : Kind::Other);
    return true;
  }

  Bytes bytes_;
  pickle::Decoder decoder_;
  JoblibDump dump_;
  bool in_frame_ = false;
  std::uint64_t frame_end_ = 0;
  std::uint64_t file_ = 0;  // where joblib's file stands when it is in a frame
  MarkedStack<Value> stack_;
  std::vector<Value> items_;
  std::vector<Facts> facts_;
  std::vector<Dtype> dtypes_;
  std::unordered_map<std::uint64_t, Value> memo_;
};

}  // namespace

JoblibDump follow_joblib(Bytes bytes) { return Machine(bytes).run(); }

}  // namespace dill::inspect::containers
