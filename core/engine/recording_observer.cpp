#include "engine/recording_observer.h"

#include <utility>

#include "engine/advice.h"
#include "engine/definition.h"
#include "engine/describe.h"
#include "graph/access_path.h"
#include "graph/lazy_reserve.h"
#include "trace/to_graph.h"

namespace dill::engine {

using graph::EdgeKind;
using graph::NodeId;
using graph::Outcome;

namespace {

constexpr int kLongestChain = 16;  // causes of an exception that are kept

bool is_scalar_key(EdgeKind kind) {
  return kind == EdgeKind::DictValue || kind == EdgeKind::StateItem || kind == EdgeKind::ReduceDictItem;
}

// __cause__, or __context__ unless it was suppressed.
Ref cause_of(PyObject* exception) {
  Ref cause = Ref::steal(PyException_GetCause(exception));
  if (cause || reinterpret_cast<PyBaseExceptionObject*>(exception)->suppress_context) return cause;
  return Ref::steal(PyException_GetContext(exception));
}

}  // namespace

RecordingObserver::RecordingObserver(Options options) : options_(std::move(options)), recorder_(options_.timed) {
  graph::reserve_lazily(node_of_memo_, graph::kReservedObjects);
  if (options_.diagnose) graph::reserve_lazily(entered_, graph::kReservedObjects);
}

RecordingObserver::~RecordingObserver() {
  for (const Entered& entered : entered_) {
    Py_XDECREF(entered.object);
    Py_XDECREF(entered.key);
  }
  for (PyObject* kept : kept_) Py_DECREF(kept);
}

graph::StringId RecordingObserver::other_type_id(PyTypeObject* type) {
  graph::StringId id = type_ids_.find(type);
  if (id == PointerIds::kMissing) {
    id = recorder_.strings().intern(type_name(type));
    keep(reinterpret_cast<PyObject*>(type));
    type_ids_.add(type, id);
  }
  last_type_ = type;
  last_type_id_ = id;
  return id;
}

void RecordingObserver::keep(PyObject* object) {
  Py_INCREF(object);
  kept_.push_back(object);
}

graph::StringId RecordingObserver::key_id(PyObject* key, bool as_literal) {
  if (!as_literal && !PyUnicode_CheckExact(key)) return 0;
  const bool cached = PyUnicode_CheckExact(key) && PyUnicode_CHECK_INTERNED(key);
  PointerIds& ids = as_literal ? literal_ids_ : attribute_ids_;
  if (cached) {
    const graph::StringId known = ids.find(key);
    if (known != PointerIds::kMissing) return known;
  }
  const graph::StringId id = recorder_.strings().intern(as_literal ? literal(key) : utf8(key));
  if (cached) {
    keep(key);
    ids.add(key, id);
  }
  return id;
}

graph::StringId RecordingObserver::name_id(const char* name) {
  graph::StringId id = name_ids_.find(name);
  if (id == PointerIds::kMissing) {
    id = recorder_.strings().intern(name);
    name_ids_.add(name, id);
  }
  return id;
}

// Formatted once for each function or C method; a bound method is a new object each time.
graph::StringId RecordingObserver::reducer_id(PyObject* reducer) {
  const void* key = nullptr;
  if (PyFunction_Check(reducer)) key = reducer;
  if (PyCFunction_Check(reducer)) key = reinterpret_cast<PyCFunctionObject*>(reducer)->m_ml;
  if (key == nullptr) return recorder_.strings().intern(callable_name(reducer));
  graph::StringId id = name_ids_.find(key);
  if (id == PointerIds::kMissing) {
    if (key == reducer) keep(reducer);
    id = recorder_.strings().intern(callable_name(reducer));
    name_ids_.add(key, id);
  }
  return id;
}

trace::Edge RecordingObserver::labelled_edge(const Edge& edge) {
  trace::Edge out{edge.parent, 0, edge.index, edge.kind};
  if (edge.key != nullptr)
    out.label = key_id(edge.key, is_scalar_key(edge.kind));
  else if (edge.name != nullptr)
    out.label = name_id(edge.name);
  else if (edge.kind == EdgeKind::Root)
    out.label = recorder_.strings().intern(options_.root_name);
  if (edge.kind == EdgeKind::Closure && edge.parent < entered_.size() && entered_[edge.parent].object != nullptr &&
      PyFunction_Check(entered_[edge.parent].object)) {
    auto* const code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(entered_[edge.parent].object));
#if PY_VERSION_HEX >= 0x030B0000
    const Ref names = Ref::steal(PyCode_GetFreevars(code));
#else
    const Ref names = Ref::borrow(code->co_freevars);
#endif
    if (names && edge.index < static_cast<std::uint32_t>(PyTuple_GET_SIZE(names.get())))
      out.label = recorder_.strings().intern(utf8(PyTuple_GET_ITEM(names.get(), edge.index)));
  }
  return out;
}

void RecordingObserver::set_node_of_memo(std::uint32_t memo, NodeId node) {
  if (memo == node_of_memo_.size()) {
    node_of_memo_.push_back(node);
    return;
  }
  if (memo > node_of_memo_.size()) node_of_memo_.resize(memo + 1, graph::kNoNode);
  node_of_memo_[memo] = node;
}

NodeId RecordingObserver::enter_program(const std::string& name) {
  const graph::StringId label = recorder_.strings().intern(name);
  const NodeId node = recorder_.enter({graph::kNoNode, label, graph::kNoIndex, EdgeKind::Root},
                                      recorder_.strings().intern("program"), {}, 0);
  if (options_.diagnose) entered_.resize(node + 1, {nullptr, nullptr});
  return node;
}

NodeId RecordingObserver::enter(PyObject* object, const Edge& edge, std::uint64_t position) {
  const trace::Edge kept = edge_of(edge);
  const trace::Detail detail = describe(object, recorder_);
  const NodeId node = recorder_.enter(kept, type_id(Py_TYPE(object)), detail, position);
  if (detail.kind == graph::DetailKind::Length) recorder_.record(node).reduction = graph::Reduction::Builtin;
  add_location(node, object);
  if (edge.kind == EdgeKind::Variable) variable_node_ = node;
  if (options_.diagnose) {
    entered_.resize(node + 1, {nullptr, nullptr});
    Py_INCREF(object);
    Py_XINCREF(edge.key);
    entered_[node] = {object, edge.key};
  }
  return node;
}

void RecordingObserver::add_location(NodeId node, PyObject* object) {
  const Definition definition = definition_of(object);
  if (definition.file == nullptr) return;
  locations_.push_back(
      {node, key_id(definition.file, false), definition.line, 0, static_cast<std::uint8_t>(definition.in_class)});
}

void RecordingObserver::leave(NodeId node, std::uint64_t position) { recorder_.leave(node, position); }

void RecordingObserver::leaf(PyObject* object, const Edge& edge, std::uint64_t begin, std::uint64_t end,
                             std::uint32_t memo) {
  const graph::StringId type = type_id(Py_TYPE(object));
  // A leaf that is folded has no node for its memo number: the first memo hit gives it one.
  if (recorder_.join_run(edge.parent, edge.kind, type, end) != graph::kNoNode) return;
  const NodeId node = recorder_.leaf(edge_of(edge), type, describe_scalar(object, recorder_), begin, end, memo);
  if (memo != graph::kNoMemo) set_node_of_memo(memo, node);
  if (edge.kind == EdgeKind::Variable) variable_node_ = node;
}

void RecordingObserver::memo_hit(PyObject* object, const Edge& edge, std::uint32_t memo, std::uint64_t begin,
                                 std::uint64_t end) {
  const NodeId target = memo < node_of_memo_.size() ? node_of_memo_[memo] : graph::kNoNode;
  if (target != graph::kNoNode) {
    if (edge.kind == EdgeKind::Variable) variable_node_ = target;
    recorder_.reference(edge_of(edge), target);
    return;
  }
  // Written before where the graph shows nothing (a dict key, a name, a folded leaf): this is the first place to show
  // it, with a node of its own.
  const trace::Detail scalar = describe_scalar(object, recorder_);
  if (scalar.kind != graph::DetailKind::None) {
    recorder_.end_run();
    leaf(object, edge, begin, end, memo);
    recorder_.end_run();
    return;
  }
  const NodeId node = enter(object, edge, begin);
  set_node_of_memo(memo, node);
  leave(node, end);
}

void RecordingObserver::memoized(NodeId node, PyObject* object, std::uint32_t memo) {
  if (node == graph::kNoNode) return;
  set_node_of_memo(memo, node);
  // The dict of an instance belongs to the instance's node, which keeps its own memo number.
  trace::Record& record = recorder_.record(node);
  if (record.memo == graph::kNoMemo && (entered_.empty() || entered_[node].object == object)) record.memo = memo;
}

void RecordingObserver::reduced(NodeId node, graph::Reduction how, PyObject* reducer) {
  trace::Record& record = recorder_.record(node);
  record.reduction = how;
  if (reducer != nullptr) record.reducer = reducer_id(reducer);
}

bool RecordingObserver::comes_from(PyObject* exception, PyObject* origin) const {
  Ref at = Ref::borrow(exception);
  for (int i = 0; at && i < kLongestChain; ++i) {
    if (at.get() == origin) return true;
    at = cause_of(at.get());
  }
  return false;
}

Verdict RecordingObserver::fail(NodeId node, PyObject*, int nested) {
  Ref exception = take_exception();
  const bool fatal = !PyErr_GivenExceptionMatches(exception.get(), PyExc_Exception) ||
                     PyErr_GivenExceptionMatches(exception.get(), PyExc_MemoryError);
  if (fatal) {
    restore_exception(std::move(exception));
    return Verdict::Raise;
  }
  if (raised_ &&
      comes_from(exception.get(), raised_.get())) {  // on its way out, past the objects that hold the culprit
    recorder_.record(node).outcome = Outcome::Passed;
    restore_exception(std::move(exception));
    return Verdict::Raise;
  }
  const bool known = pending_.exception && comes_from(exception.get(), pending_.exception.get());
  if (nested > 0) {
    // The Python reducer that asked for this object sees the exception: it may do something else instead.
    recorder_.record(node).outcome = Outcome::NotExamined;
    if (!known) pending_ = {node, exception};
    restore_exception(std::move(exception));
    return Verdict::Raise;
  }
  if (known) {
    recorder_.record(node).outcome = Outcome::Passed;
    const Ref origin = pending_.exception;
    add_problem(pending_.node, origin.get());
  } else {
    add_problem(node, exception.get());
  }
  pending_ = {};
  if (options_.diagnose) return Verdict::Replace;
  raised_ = exception;
  restore_exception(std::move(exception));
  return Verdict::Raise;
}

void RecordingObserver::add_problem(NodeId node, PyObject* exception) {
  graph::StringTable& strings = recorder_.strings();
  recorder_.record(node).outcome = Outcome::Culprit;
  graph::Problem problem{};
  problem.node = node;
  problem.exception = strings.intern(type_name(Py_TYPE(exception)));
  problem.message = strings.intern(exception_message(exception));
  Ref cause = cause_of(exception);
  for (int i = 0; cause && i < kLongestChain; ++i) {
    problem.causes.push_back(
        {strings.intern(type_name(Py_TYPE(cause.get()))), strings.intern(exception_message(cause.get()))});
    cause = cause_of(cause.get());
  }
  check_path(node);
  recorder_.add_problem(std::move(problem));
}

// Every edge from the root to the node is looked at once more, by identity; one that does not hold leads to no
// expression. Edges that were checked for an earlier problem are not checked again.
void RecordingObserver::check_path(NodeId node) {
  if (!options_.diagnose) return;
  checked_.resize(recorder_.size(), false);
  while (node != graph::kNoNode && !checked_[node]) {
    checked_[node] = true;
    if (!edge_holds(node)) recorder_.record(node).edge = EdgeKind::SaverItem;
    node = recorder_.record(node).parent;
  }
}

bool RecordingObserver::edge_holds(NodeId node) {
  const trace::Record& record = recorder_.record(node);
  if (record.parent == graph::kNoNode || record.parent >= entered_.size()) return true;
  PyObject* const child = entered_[node].object;
  PyObject* const key = entered_[node].key;
  PyObject* const parent = entered_[record.parent].object;
  if (child == nullptr || parent == nullptr) return true;
  const auto in_dict = [&](PyObject* dict) {
    if (dict == nullptr || !PyDict_Check(dict) || key == nullptr) return false;
    PyObject* const held = PyDict_GetItemWithError(dict, key);
    PyErr_Clear();
    return held == child;
  };
  const auto at_index = [&](PyObject* sequence) {
    const auto i = static_cast<Py_ssize_t>(record.index);
    if (sequence == nullptr) return false;
    if (PyTuple_Check(sequence)) return i < PyTuple_GET_SIZE(sequence) && PyTuple_GET_ITEM(sequence, i) == child;
    return PyList_Check(sequence) && i < PyList_GET_SIZE(sequence) && PyList_GET_ITEM(sequence, i) == child;
  };
  switch (record.edge) {
    case EdgeKind::Attribute:
    case EdgeKind::Slot: {
      // Generic look-up in the instance; the driver made sure that the class does not interfere.
      if (key == nullptr) return false;
      if (PyFunction_Check(parent)) return in_dict(reinterpret_cast<PyFunctionObject*>(parent)->func_dict);
      if (Py_TYPE(parent)->tp_getattro != PyObject_GenericGetAttr) return false;
      const Ref held = Ref::steal(PyObject_GenericGetAttr(parent, key));
      PyErr_Clear();
      return held.get() == child;
    }
    case EdgeKind::Item:
      return at_index(parent);
    case EdgeKind::DictValue:
      return record.label == 0 || in_dict(parent);
    case EdgeKind::Closure:
      return PyFunction_Check(parent) && at_index(PyFunction_GET_CLOSURE(parent));
    case EdgeKind::CellContents:
      return PyCell_Check(parent) && PyCell_GET(parent) == child;
    case EdgeKind::Default:
      return PyFunction_Check(parent) && at_index(PyFunction_GET_DEFAULTS(parent));
    case EdgeKind::KwDefault:
      return PyFunction_Check(parent) && in_dict(PyFunction_GET_KW_DEFAULTS(parent));
    case EdgeKind::Global:
      return PyFunction_Check(parent) && in_dict(PyFunction_GET_GLOBALS(parent));
    case EdgeKind::Code:
      return PyFunction_Check(parent) && PyFunction_GET_CODE(parent) == child;
    case EdgeKind::ClassEntry:
      return PyType_Check(parent) && in_dict(reinterpret_cast<PyTypeObject*>(parent)->tp_dict);
    case EdgeKind::ClassBase:
      return PyType_Check(parent) && at_index(reinterpret_cast<PyTypeObject*>(parent)->tp_bases);
    case EdgeKind::Metaclass:
    case EdgeKind::Type:
      return reinterpret_cast<PyObject*>(Py_TYPE(parent)) == child;
    case EdgeKind::ModuleEntry:
      return PyModule_Check(parent) && in_dict(PyModule_GetDict(parent));
    case EdgeKind::CodeConstant:
      return PyCode_Check(parent) && at_index(reinterpret_cast<PyCodeObject*>(parent)->co_consts);
    default:
      return true;  // told by position of the very walk, flagged as replayed, or without an expression
  }
}

trace::Recording RecordingObserver::finish(trace::Meta meta, std::span<const unsigned char> bytes,
                                           std::uint64_t bytes_total) {
  const bool failed = !recorder_.problems().empty();
  meta.diagnosis = options_.diagnose;
  const std::uint32_t protocol = meta.protocol;
  trace::Recording recording =
      recorder_.finish(std::move(meta), failed ? std::span<const unsigned char>() : bytes, bytes_total);
  recording.locations = std::move(locations_);
  if (!failed) return recording;
  // Paths are composed by the graph, which knows the grammar; their texts go into the recording's problems.
  const auto graph = trace::to_graph(trace::Recording(recording));
  for (graph::Problem& problem : recording.problems) {
    const graph::AccessPath path = graph::access_path(*graph, problem.node, {.root = {}, .protocol = protocol});
    problem.expression = recording.strings.intern(path.expression);
    problem.route = recording.strings.intern(path.route);
    problem.replayed = path.replayed;
    const trace::Record& record = recording.records[problem.node];
    const bool held = record.parent != graph::kNoNode;
    // Texts of the table are copied: interning moves them.
    const std::string type(recording.strings.at(record.type)), label(recording.strings.at(record.label));
    const std::string holder(held ? recording.strings.at(recording.records[record.parent].type) : std::string_view());
    problem.advice =
        recording.strings.intern(advice_for({type, record.edge, label, holder, path.expression, path.replayed}));
  }
  return recording;
}

}  // namespace dill::engine
