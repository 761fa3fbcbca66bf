#include "inspect/call_meaning.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "inspect/arrays.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::Reduction;

namespace {

constexpr std::size_t kTextBytes = 200;        // longer names are cut
constexpr std::size_t kMostArguments = 64;     // calls with more are none that is understood here
constexpr std::size_t kSharedCodeEdges = 256;  // how far the names of a shared code object are looked up

using Names = std::pair<std::string_view, std::string_view>;

// dill's helpers that make one type, whatever their arguments.
constexpr std::array<Names, 10> kHelperTypes{{{"_create_weakref", "weakref.ReferenceType"},
                                              {"_create_weakproxy", "weakref.ProxyType"},
                                              {"_create_lock", "_thread.lock"},
                                              {"_create_rlock", "_thread.RLock"},
                                              {"_create_thread_handle", "_thread._ThreadHandle"},
                                              {"_create_filehandle", "file"},
                                              {"_create_capsule", "PyCapsule"},
                                              {"_create_stringi", "_io.BytesIO"},
                                              {"_create_stringo", "_io.BytesIO"},
                                              {"_unmarshal", "code"}}};

// Names that dill._dill._load_type takes, where the type has another name.
constexpr std::array<Names, 17> kLoadedTypes{{{"LambdaType", "function"},
                                              {"FunctionType", "function"},
                                              {"CodeType", "code"},
                                              {"MethodType", "method"},
                                              {"ModuleType", "module"},
                                              {"CellType", "cell"},
                                              {"SuperType", "super"},
                                              {"IOError", "OSError"},
                                              {"BuiltinMethodType", "builtin_function_or_method"},
                                              {"MappingProxyType", "mappingproxy"},
                                              {"EllipsisType", "ellipsis"},
                                              {"DictKeysType", "dict_keys"},
                                              {"DictValuesType", "dict_values"},
                                              {"DictItemsType", "dict_items"},
                                              {"PartialType", "functools.partial"},
                                              {"ItemGetterType", "operator.itemgetter"},
                                              {"AttrGetterType", "operator.attrgetter"}}};

// Functions that make one type, whatever their arguments.
constexpr std::array<Names, 7> kResults{{{"re._compile", "re.Pattern"},
                                         {"pandas._libs.tslibs.timestamps._unpickle_timestamp", "pandas.Timestamp"},
                                         {"pandas._libs.tslibs.timedeltas._timedelta_unpickle", "pandas.Timedelta"},
                                         {"pandas._libs.tslibs.nattype._nat_unpickle", "pandas.NaT"},
                                         {"numpy.random._pickle.__generator_ctor", "numpy.random._generator.Generator"},
                                         {"numpy.random._pickle.__randomstate_ctor", "numpy.random.mtrand.RandomState"},
                                         {"zoneinfo.ZoneInfo._unpickle", "zoneinfo.ZoneInfo"}}};

// Classes whose names begin with a small letter.
constexpr std::array<std::string_view, 17> kSmallClasses{
    "collections.deque",    "collections.defaultdict", "datetime.date",          "datetime.datetime",
    "datetime.time",        "datetime.timedelta",      "datetime.timezone",      "functools.partial",
    "array.array",          "operator.attrgetter",     "operator.itemgetter",    "operator.methodcaller",
    "_operator.attrgetter", "_operator.itemgetter",    "_operator.methodcaller", "numpy.dtype",
    "numpy.ndarray"};

constexpr std::array<std::string_view, 27> kBuiltinClasses{
    "bool",      "bytearray", "bytes",        "classmethod", "complex",    "dict",   "enumerate", "filter", "float",
    "frozenset", "int",       "list",         "map",         "memoryview", "object", "property",  "range",  "reversed",
    "set",       "slice",     "staticmethod", "str",         "super",      "tuple",  "type",      "xrange", "zip"};

// The fields of a code object by the number of arguments (research: dill writes those of its own Python).
constexpr std::array<std::string_view, 18> kCode18{
    "argcount", "posonlyargcount", "kwonlyargcount", "nlocals",        "stacksize", "flags",
    "code",     "consts",          "names",          "varnames",       "filename",  "name",
    "qualname", "firstlineno",     "linetable",      "exceptiontable", "freevars",  "cellvars"};
constexpr std::array<std::string_view, 17> kCode17{
    "argcount", "posonlyargcount", "kwonlyargcount", "nlocals",  "stacksize", "flags",
    "code",     "consts",          "names",          "varnames", "filename",  "name",
    "qualname", "firstlineno",     "linetable",      "freevars", "cellvars"};
constexpr std::array<std::string_view, 16> kCode16{
    "argcount", "posonlyargcount", "kwonlyargcount", "nlocals", "stacksize",   "flags",     "code",     "consts",
    "names",    "varnames",        "filename",       "name",    "firstlineno", "linetable", "freevars", "cellvars"};
constexpr std::array<std::string_view, 15> kCode15{"argcount", "kwonlyargcount", "nlocals", "stacksize", "flags",
                                                   "code",     "consts",         "names",   "varnames",  "filename",
                                                   "name",     "firstlineno",    "lnotab",  "freevars",  "cellvars"};

std::span<const std::string_view> code_fields(std::size_t arguments) {
  switch (arguments) {
    case 18:
      return kCode18;
    case 17:
      return kCode17;
    case 16:
      return kCode16;
    case 15:
      return kCode15;
    default:
      return {};
  }
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string_view();
}

// Name of a helper of dill, by its current and by its old module; "" for any other global.
std::string_view dill_helper(std::string_view dotted) {
  const std::string_view name = without_prefix(dotted, "dill._dill.");
  return name.empty() ? without_prefix(dotted, "dill.dill.") : name;
}

std::string_view builtin_name(std::string_view dotted) {
  const std::string_view name = without_prefix(dotted, "builtins.");
  return name.empty() ? without_prefix(dotted, "__builtin__.") : name;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <std::size_t N>
std::string_view lookup(const std::array<Names, N>& names, std::string_view name) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const Names& entry) { return entry.first == name; });
  return found == names.end() ? std::string_view() : found->second;
}

// Only the name is known: classes begin with a capital letter, or are on the lists above.
bool looks_like_class(std::string_view dotted) {
  if (const std::string_view builtin = builtin_name(dotted); !builtin.empty()) {
    return contains(kBuiltinClasses, builtin) || (builtin[0] >= 'A' && builtin[0] <= 'Z');
  }
  if (contains(kSmallClasses, dotted) || dotted.starts_with("itertools.")) return true;
  std::string_view last = dotted.substr(dotted.rfind('.') + 1);
  while (last.starts_with('_')) last.remove_prefix(1);
  return !last.empty() && last[0] >= 'A' && last[0] <= 'Z';
}

// An array of numpy waits for its state (version, shape, dtype, order, items).
bool is_reconstructed(const Values& values, ValueId object) {
  const EdgeId first = values[object].first_edge;
  if (values[object].kind != Kind::Object || first == kNone) return false;
  const Value& callable = values[values.edge(first).child];
  return callable.kind == Kind::Global && values.string(callable.type).ends_with(".multiarray._reconstruct");
}

// pandas' makers of an index and Cython's of any class: their first argument is the class.
bool makes_first_argument(std::string_view dotted) {
  return dotted == "pandas.core.indexes.base._new_Index" ||
         dotted == "pandas.core.indexes.datetimes._new_DatetimeIndex" ||
         dotted == "pandas.core.indexes.timedeltas._new_TimedeltaIndex" ||
         dotted == "pandas.core.indexes.interval._new_IntervalIndex" || dotted == "numpy.ma.core._mareconstruct" ||
         dotted == "numpy.random._pickle.__bit_generator_ctor" ||
         dotted.find(".__pyx_unpickle_") != std::string_view::npos;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// 'name' -> name; "" if the literal is not that of a plain str.
std::string_view plain_name(std::string_view literal) {
  if (literal.size() < 3 || literal.front() != '\'' || literal.back() != '\'') return {};
  literal = literal.substr(1, literal.size() - 2);
  return literal.find_first_of("\\'") == std::string_view::npos ? literal : std::string_view();
}

}  // namespace

std::string CallMeaning::class_name(ValueId value) const {
  const Value& v = values_[value];
  if (v.kind != Kind::Global) return std::string(values_.string(v.class_name));
  const std::string_view dotted = values_.string(v.type);
  if (dotted == "__builtin__.xrange") return "range";  // what protocols 0 to 2 call it
  const std::string_view builtin = builtin_name(dotted);
  return std::string(builtin.empty() ? dotted : builtin);
}

void CallMeaning::describe(ValueId object, std::string_view type, std::string_view note) {
  values_[object].type = values_.intern(type);
  values_[object].note = values_.intern(note);
}

std::string CallMeaning::text_of(std::size_t argument) const {
  if (argument >= arguments_.size()) return {};
  const Value& value = values_[arguments_[argument].value];
  return value.kind == Kind::Str ? values_.text(value, kTextBytes) : std::string();
}

bool CallMeaning::is_none(std::size_t argument) const {
  return argument < arguments_.size() && values_[arguments_[argument].value].kind == Kind::None;
}

void CallMeaning::interpret(ValueId object, bool is_class) {
  arguments_.clear();
  callable_ = values_[object].first_edge;
  const ValueId callable = values_.edge(callable_).child;
  for (EdgeId e = values_.edge(callable_).next; e != kNone && arguments_.size() <= kMostArguments;) {
    arguments_.push_back({e, values_.edge(e).child});
    e = values_.edge(e).next;
  }
  name_result(object, is_class);
  if (arguments_.size() > kMostArguments) return;

  const bool global = values_[callable].kind == Kind::Global;
  const std::string dotted(global ? values_.string(values_[callable].type) : std::string_view());
  if (cloudpickled(object, dotted) || arguments_.empty()) return;
  if (const std::string_view helper = dill_helper(dotted); !helper.empty()) {
    values_[object].reduction = Reduction::Dill;
    if (const std::string_view made = lookup(kHelperTypes, helper); !made.empty()) {
      describe(object, made, text_of(0));
    } else if (helper == "_create_function") {
      function(object);
    } else if (helper == "_create_code") {
      code(object);
    } else if (helper == "_create_type") {
      type(object);
    } else if (helper == "_create_namedtuple") {
      named_tuple(object);
    } else if (helper == "_create_cell") {
      cell(object);
    } else if (helper == "_load_type") {
      load_type(object);
    } else if (helper == "_import_module") {
      describe(object, "module",
               without_prefix(text_of(0), "__runtime__.").empty() ? text_of(0) : text_of(0).substr(12));
    } else if (helper == "_eval_repr") {
      const std::string text = text_of(0);
      describe(object, text.starts_with("range(") ? "range" : values_.string(values_[object].type), text);
    } else if (helper == "_create_array" && arguments_.size() > 1) {
      const EdgeId first = values_[arguments_[1].value].first_edge;
      const std::string array = first == kNone ? std::string() : class_name(values_.edge(first).child);
      const ValueId state = arguments_.size() > 2 ? arguments_[2].value : kNone;
      describe_array(object, array.empty() ? "numpy.ndarray" : array, item_of(values_, state, 2),
                     item_of(values_, state, 1));
    }
    return;
  }
  if (const std::string_view result = lookup(kResults, dotted); !result.empty()) {
    describe(object, result, "");
    return;
  }
  if (array(object, dotted)) return;
  const std::string made(values_.string(values_[object].type));
  if (made == "code" && arguments_.size() >= 15) {  // by the class itself
    code(object);
  } else if (dotted == "copyreg._reconstructor" || dotted == "copy_reg._reconstructor" ||
             dotted == "copyreg.__newobj__" || dotted == "copyreg.__newobj_ex__" ||
             dotted == "array._array_reconstructor" || dotted.ends_with(".multiarray._reconstruct") ||
             makes_first_argument(dotted)) {
    const std::string name = class_name(arguments_[0].value);
    if (!name.empty()) describe(object, name, "");
    if (dotted.find("reg.") != std::string::npos) values_[object].reduction = Reduction::Instance;
  } else if (dotted == "_codecs.encode") {
    encoded_bytes(object);
  } else if (builtin_name(dotted) == "getattr") {
    describe(object, made, text_of(1));
  } else if (dotted == "types.new_class") {
    describe(object, "type", text_of(0));
    const std::string module = arguments_.size() > 3 ? module_of_body(arguments_[3].value) : std::string();
    values_[object].class_name = values_.intern(module.empty() ? text_of(0) : module + "." + text_of(0));
  } else if ((made == "method" || made == "types.MethodType") && arguments_.size() == 2) {
    describe(object, "method", "");
    values_.unlink_all(object);
    values_.link(object, callable_);
    keep(object, 0, {EdgeKind::Bound, graph::kNoIndex, values_.intern("__func__")});
    keep(object, 1, {EdgeKind::Bound, graph::kNoIndex, values_.intern("__self__")});
  }
}

void CallMeaning::name_result(ValueId object, bool is_class) {
  const ValueId callable = values_.edge(callable_).child;
  const Value& called = values_[callable];
  const std::string name = class_name(callable);
  const bool names_type = is_class || called.kind != Kind::Global || looks_like_class(values_.string(called.type));
  if (!name.empty() && names_type) {
    describe(object, name, "");
  } else if (called.kind == Kind::Global) {
    describe(object, "result of " + std::string(values_.string(called.type)), "");
  } else if (const std::string method = method_name(callable); !method.empty()) {
    const std::string_view result = lookup(kResults, method);
    describe(object, result.empty() ? "result of " + method : std::string(result), "");
  } else if (called.kind == Kind::Extension || called.kind == Kind::Persistent) {
    describe(object, "instance", "");
  } else {
    describe(object, "result of a call", "");
  }
}

// partial(dill._dill._setitems, source={'__module__': ...}): its state is (function, arguments, keywords, attributes).
std::string CallMeaning::module_of_body(ValueId body) const {
  const auto entry = [&](ValueId dict, std::string_view key) {
    if (dict == kNone || values_[dict].kind != Kind::Dict) return kNone;
    EdgeId e = values_[dict].first_edge;
    for (std::size_t i = 0; e != kNone && i < kMostArguments; ++i, e = values_.edge(e).next) {
      if (values_.string(values_.edge(e).label) == key) return values_.edge(e).child;
    }
    return kNone;
  };
  ValueId state = kNone;
  for (EdgeId e = values_[body].first_edge; e != kNone; e = values_.edge(e).next) {
    if (values_.edge(e).kind == EdgeKind::State) state = values_.edge(e).child;
  }
  const ValueId module = entry(entry(item_of(values_, state, 2), "'source'"), "'__module__'");
  return module != kNone && values_[module].kind == Kind::Str ? values_.text(values_[module], kTextBytes)
                                                              : std::string();
}

std::string CallMeaning::method_name(ValueId callable) const {
  const EdgeId first = values_[callable].first_edge;
  const EdgeId second = first == kNone ? kNone : values_.edge(first).next;
  if (values_[callable].kind != Kind::Object || second == kNone) return {};
  const Value& getter = values_[values_.edge(first).child];
  const Value& owner = values_[values_.edge(second).child];
  const std::string_view name = values_.string(values_[callable].note);
  if (getter.kind != Kind::Global || builtin_name(values_.string(getter.type)) != "getattr" ||
      owner.kind != Kind::Global || name.empty()) {
    return {};
  }
  return class_name(values_.edge(second).child) + "." + std::string(name);
}

void CallMeaning::keep(ValueId object, std::size_t argument, const Hold& hold) {
  if (argument >= arguments_.size()) return;
  Edge& edge = values_.edge(arguments_[argument].edge);
  edge.kind = hold.kind;
  edge.index = hold.index;
  edge.label = hold.label;
  values_.link(object, arguments_[argument].edge);
}

void CallMeaning::spread(ValueId object, std::size_t argument, EdgeKind items, const Hold& hold) {
  if (argument >= arguments_.size() || is_none(argument)) return;
  spread_edge(object, arguments_[argument].edge, items, hold);
}

void CallMeaning::spread_edge(ValueId object, EdgeId edge, EdgeKind items, const Hold& hold) {
  const ValueId child = values_.edge(edge).child;
  if (values_.edge(edge).original && can_spread(object, child)) {
    spread_items(object, child, items);
    return;
  }
  Edge& kept = values_.edge(edge);
  kept.kind = hold.kind;
  kept.index = hold.index;
  kept.label = hold.label;
  values_.link(object, edge);
}

bool CallMeaning::can_spread(ValueId object, ValueId container) const {
  const Kind kind = values_[container].kind;
  // Only objects take over others, so that what is part of an object never has parts itself.
  return (kind == Kind::Tuple || kind == Kind::Dict) && values_[object].kind >= Kind::Global;
}

void CallMeaning::spread_items(ValueId object, ValueId container, EdgeKind items) {
  const bool dict = values_[container].kind == Kind::Dict;
  for (EdgeId e = values_.unlink_all(container); e != kNone;) {
    Edge& item = values_.edge(e);
    const EdgeId next = item.next;
    if (!dict) {
      item.kind = items;
    } else if (const std::string_view name = plain_name(values_.string(item.label)); !name.empty()) {
      item.kind = items;
      item.label = values_.intern(std::string(name));
      // Variables of a module keep their order, memo hits among them.
      if (items != EdgeKind::ModuleEntry) item.index = graph::kNoIndex;
    } else {
      item.kind = EdgeKind::StateItem;
    }
    values_.link(object, e);
    e = next;
  }
  values_[object].run = 0;
  values_[container].part_of = object;
}

void CallMeaning::function(ValueId object) {
  const ValueId code = arguments_[0].value;
  const bool code_is_shared = !values_.edge(arguments_[0].edge).original;
  std::string note = text_of(2);
  const std::string_view code_note = values_.string(values_[code].note);
  if (note.empty()) {  // cloudpickle sets it later
    note = code_note;
  } else if (const std::size_t at = code_note.rfind(" at "); at != std::string_view::npos) {
    note += code_note.substr(at);
  }
  describe(object, "function", note);

  values_.unlink_all(object);
  values_.link(object, callable_);
  keep(object, 0, {EdgeKind::Code});
  keep(object, 1, {EdgeKind::FunctionState, graph::kNoIndex, values_.intern("__globals__")});
  spread(object, 3, EdgeKind::Default, {EdgeKind::FunctionState, graph::kNoIndex, values_.intern("__defaults__")});
  const EdgeId before_closure = values_[object].last_edge;
  spread(object, 4, EdgeKind::Closure, {EdgeKind::FunctionState, graph::kNoIndex, values_.intern("__closure__")});
  // Streams of dill before 0.3.5 carry these two as arguments.
  spread(object, 5, EdgeKind::Attribute, {EdgeKind::FunctionState, graph::kNoIndex, values_.intern("__dict__")});
  spread(object, 6, EdgeKind::KwDefault, {EdgeKind::FunctionState, graph::kNoIndex, values_.intern("__kwdefaults__")});

  const graph::StringId free_variables = values_.intern("co_freevars");
  EdgeId names = values_[code].first_edge;
  for (std::size_t i = 0; names != kNone && values_.edge(names).label != free_variables; ++i) {
    names = code_is_shared && i > kSharedCodeEdges ? kNone : values_.edge(names).next;
  }
  if (names == kNone) return;
  EdgeId name = values_[values_.edge(names).child].first_edge;
  EdgeId cell = values_.edge(before_closure).next;
  for (; name != kNone && cell != kNone; name = values_.edge(name).next, cell = values_.edge(cell).next) {
    if (values_.edge(cell).kind != EdgeKind::Closure) break;
    const Value& text = values_[values_.edge(name).child];
    if (text.kind == Kind::Str) values_.edge(cell).label = values_.intern(values_.text(text, kTextBytes));
  }
}

void CallMeaning::code(ValueId object) {
  describe(object, "code", "");
  // A leading line table, which dill writes for old readers, is not counted.
  const std::size_t extra = values_[arguments_[0].value].kind == Kind::Int ? 0 : 1;
  const std::span<const std::string_view> fields = code_fields(arguments_.size() - extra);
  if (fields.empty()) return;
  std::string name, file, line;
  values_.unlink_all(object);
  values_.link(object, callable_);
  if (extra != 0) keep(object, 0, {EdgeKind::ReduceArgument, 0});
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t argument = i + extra;
    if (fields[i] == "name") name = text_of(argument);
    if (fields[i] == "filename") file = text_of(argument);
    const Value& value = values_[arguments_[argument].value];
    if (fields[i] == "firstlineno" && value.kind == Kind::Int) line = values_.integer_text(value);
    const Hold hold{EdgeKind::Attribute, graph::kNoIndex, values_.intern("co_" + std::string(fields[i]))};
    keep(object, argument, hold);
  }
  std::string note = name;
  if (!file.empty()) note += " at " + std::string(file_name(file)) + ":" + line;
  values_[object].note = values_.intern(note);
}

void CallMeaning::type(ValueId object) {
  const std::string name = text_of(1);
  describe(object, "type", name);
  std::string module;
  if (arguments_.size() > 3 && values_.edge(arguments_[3].edge).original) {
    const graph::StringId key = values_.intern("'__module__'");
    for (EdgeId e = values_[arguments_[3].value].first_edge; e != kNone; e = values_.edge(e).next) {
      if (values_.edge(e).label != key) continue;
      const Value& text = values_[values_.edge(e).child];
      if (text.kind == Kind::Str) module = values_.text(text, kTextBytes);
    }
  }
  values_[object].class_name = values_.intern(module.empty() ? name : module + "." + name);
  values_.unlink_all(object);
  values_.link(object, callable_);
  keep(object, 0, {EdgeKind::Metaclass});
  spread(object, 2, EdgeKind::ClassBase, {EdgeKind::Attribute, graph::kNoIndex, values_.intern("__bases__")});
  spread(object, 3, EdgeKind::ClassEntry, {EdgeKind::Attribute, graph::kNoIndex, values_.intern("__dict__")});
  for (std::size_t i = 4; i < arguments_.size(); ++i)
    keep(object, i, {EdgeKind::ReduceArgument, static_cast<std::uint32_t>(i)});
}

void CallMeaning::named_tuple(ValueId object) {
  const std::string name = text_of(0);
  const std::string module = text_of(2);
  describe(object, "type", name);
  values_[object].class_name = values_.intern(module.empty() ? name : module + "." + name);
}

void CallMeaning::cell(ValueId object) {
  describe(object, "cell", "");
  values_.unlink_all(object);
  values_.link(object, callable_);
  keep(object, 0, {EdgeKind::CellContents});
}

void CallMeaning::load_type(ValueId object) {
  const std::string name = text_of(0);
  const std::string_view real = lookup(kLoadedTypes, name);
  describe(object, "type", real.empty() ? std::string_view(name) : real);
  values_[object].class_name = values_[object].note;
}

void CallMeaning::encoded_bytes(ValueId object) {
  const Value text = values_[arguments_[0].value];
  const std::string codec = text_of(1);
  if (text.kind != Kind::Str || (text.encoding != Encoding::Plain && text.encoding != Encoding::RawUnicode) ||
      (codec != "latin1" && codec != "latin-1"))
    return;
  Value& value = values_[object];
  value.kind = Kind::ByteArray;
  value.encoding = text.encoding == Encoding::Plain ? Encoding::Latin1 : Encoding::RawLatin1;
  value.number = text.number;
  value.length = text.length;
  value.type = values_.intern("bytes");
}

void CallMeaning::set_state(ValueId object, ValueId state, bool original) {
  const std::string type(values_.string(values_[object].type));
  const EdgeKind entries = type == "module" ? EdgeKind::ModuleEntry
                           : type == "type" ? EdgeKind::ClassEntry
                                            : EdgeKind::Attribute;
  const Kind kind = values_[state].kind;
  if (kind == Kind::Tuple && values_[state].length >= 5 && is_reconstructed(values_, object)) {
    describe_array(object, type, item_of(values_, state, 2), item_of(values_, state, 1));
  }
  if (!original || !can_spread(object, state)) {
    values_.attach(object, state, original, {EdgeKind::State});
    return;
  }
  if (kind == Kind::Tuple) {
    const EdgeId first = values_[state].first_edge;
    const EdgeId second = first == kNone ? kNone : values_.edge(first).next;
    const bool pair = second != kNone && values_.edge(second).next == kNone;
    const Kind first_kind = pair ? values_[values_.edge(first).child].kind : kind;
    if (!pair || (first_kind != Kind::Dict && first_kind != Kind::None) ||
        values_[values_.edge(second).child].kind != Kind::Dict) {
      values_.attach(object, state, original, {EdgeKind::State});
      return;
    }
    values_.unlink_all(state);
    values_[state].part_of = object;
    const Hold dict{EdgeKind::Attribute, graph::kNoIndex, values_.intern("__dict__")};
    if (first_kind == Kind::Dict) spread_edge(object, first, entries, dict);
    spread_edge(object, second, type == "function" ? EdgeKind::FunctionState : EdgeKind::Slot, {EdgeKind::State});
    return;
  }
  spread_items(object, state, entries);
}

void CallMeaning::call_later(ValueId object, ValueId call) {
  if (set_cloudpickled(object, call)) return;
  values_.attach(object, call, true, {EdgeKind::PostItem});
  EdgeId e = values_[call].first_edge;
  const Value& callable = values_[values_.edge(e).child];
  const bool sets = callable.kind == Kind::Global ? builtin_name(values_.string(callable.type)) == "setattr"
                                                  : values_.string(callable.note) == "_setattr";
  if (!sets) return;
  ValueId parts[3] = {kNone, kNone, kNone};
  for (ValueId& part : parts) {
    e = values_.edge(e).next;
    if (e == kNone) return;
    part = values_.edge(e).child;
  }
  const auto [target, name, value] = parts;
  if (values_[name].kind != Kind::Str) return;
  const std::string attribute = values_.text(values_[name], kTextBytes);
  if (attribute == "__qualname__" && values_.string(values_[target].type) == "type" &&
      values_[value].kind == Kind::Str) {
    Value& named = values_[target];
    std::string full(values_.string(named.class_name));
    const std::string_view short_name = values_.string(named.note);
    if (!full.ends_with(short_name)) return;
    const std::string qualified = values_.text(values_[value], kTextBytes);
    full.replace(full.size() - short_name.size(), short_name.size(), qualified);
    named.class_name = values_.intern(full);
    named.note = values_.intern(qualified);
  } else if (attribute == "cell_contents" && values_.string(values_[target].type) == "cell") {
    // The None that the cell was made with only kept its place.
    const EdgeId made_by = values_[target].first_edge;  // kNone: a cell that was folded
    const EdgeId contents = made_by == kNone ? kNone : values_.edge(made_by).next;
    if (contents != kNone && values_[values_.edge(contents).child].kind == Kind::None) {
      const EdgeId first = values_.unlink_all(target);
      values_.link(target, first);
    }
    late_holds_.add(target, values_.size());
    values_.attach(target, value, false, {EdgeKind::CellContents});
  } else if (!values_[value].is_leaf()) {
    late_holds_.add(target, values_.size());
    values_.attach(target, value, false, {EdgeKind::Attribute, graph::kNoIndex, values_.intern(attribute)});
  }
}

Hold CallMeaning::late_entry(ValueId function, ValueId container, graph::StringId label) const {
  EdgeId e = values_[function].first_edge;
  for (int i = 0; i < 3 && e != kNone; ++i, e = values_.edge(e).next) {
    if (values_.edge(e).kind != EdgeKind::FunctionState || values_.edge(e).child != container) continue;
    const std::string_view name = plain_name(values_.string(label));
    return {EdgeKind::Global, graph::kNoIndex, name.empty() ? label : values_.intern(std::string(name))};
  }
  return {EdgeKind::PostItem, graph::kNoIndex, label};
}

}  // namespace dill::inspect
