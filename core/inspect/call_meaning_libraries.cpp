// The calls that cloudpickle, numpy, joblib and torch write.
#include "inspect/arrays.h"
#include "inspect/call_meaning.h"

namespace dill::inspect {

using graph::EdgeKind;

namespace {

constexpr std::size_t kTextBytes = 200;  // of a scalar; longer ones are not decoded

// Name of a helper of cloudpickle; "" for any other global.
std::string_view cloudpickle_helper(std::string_view dotted) {
  constexpr std::string_view kModule = "cloudpickle.cloudpickle.";
  return dotted.starts_with(kModule) ? dotted.substr(kModule.size()) : std::string_view();
}

}  // namespace

bool CallMeaning::cloudpickled(ValueId object, std::string_view dotted) {
  const std::string_view helper = cloudpickle_helper(dotted);
  if (helper.empty() || (arguments_.empty() && helper != "_make_empty_cell")) return false;
  if (helper == "_make_function") {
    function(object);
  } else if (helper == "_make_skeleton_class") {
    type(object);
  } else if (helper == "_make_skeleton_enum") {
    describe(object, "type", text_of(1));
    values_[object].class_name = values_.intern(text_of(4) + "." + text_of(2));
  } else if (helper == "_make_cell" || helper == "_make_empty_cell") {
    cell(object);
  } else if (helper == "_builtin_type") {
    load_type(object);
  } else if (helper == "subimport" || helper == "dynamic_subimport") {
    describe(object, "module", text_of(0));
  } else {
    return false;
  }
  return true;
}

bool CallMeaning::array(ValueId object, std::string_view dotted) {
  const auto argument = [&](std::size_t place) { return place < arguments_.size() ? arguments_[place].value : kNone; };
  if (dotted.ends_with(".numeric._frombuffer")) {
    describe_array(object, "numpy.ndarray", argument(1), argument(2));
  } else if (dotted.ends_with(".multiarray.scalar") && dotted.starts_with("numpy")) {
    const auto dtype = dtype_of(values_, argument(0));
    if (!dtype) return false;
    const ValueId data = argument(1);
    // Protocols below 3 write bytes as a call.
    const bool plain = data != kNone && (values_[data].kind == Kind::Bytes || values_[data].kind == Kind::ByteArray);
    const std::string bytes = plain ? values_.text(values_[data], kTextBytes) : std::string();
    describe(object, "numpy." + scalar_class(*dtype, dotted.starts_with("numpy.core.")),
             item_text(*dtype, {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}));
  } else if (dotted.starts_with("torch._utils._rebuild_tensor")) {
    tensor(object);
  } else if (dotted == "torch._utils._rebuild_parameter" && argument(0) != kNone) {
    describe(object, "torch.nn.Parameter", values_.string(values_[argument(0)].note));
  } else {
    return false;
  }
  return true;
}

// (storage, offset, shape, stride ...); the storage stands outside: ('storage', class, key, place, items).
void CallMeaning::tensor(ValueId object) {
  std::string_view dtype;
  if (!arguments_.empty() && values_[arguments_[0].value].kind == Kind::Persistent) {
    const EdgeId id = values_[arguments_[0].value].first_edge;
    const ValueId storage = id == kNone ? kNone : item_of(values_, values_.edge(id).child, 1);
    if (storage != kNone) dtype = storage_dtype(values_.string(values_[storage].type));
  }
  const auto shape = arguments_.size() > 2 ? shape_of(values_, arguments_[2].value) : std::nullopt;
  describe(object, "torch.Tensor", shape ? array_text(dtype, *shape) : std::string(dtype));
}

void CallMeaning::describe_array(ValueId object, std::string_view type, ValueId dtype, ValueId shape) {
  const auto found = dtype_of(values_, dtype);
  const auto lengths = shape_of(values_, shape);
  describe(object, type, lengths ? array_text(found ? dtype_name(*found) : "", *lengths) : std::string());
}

void CallMeaning::describe_wrapper(ValueId wrapper) {
  ValueId dtype = kNone, shape = kNone, subclass = kNone;
  for (EdgeId e = values_[wrapper].first_edge; e != kNone; e = values_.edge(e).next) {
    const std::string_view name = values_.string(values_.edge(e).label);
    if (name == "dtype") dtype = values_.edge(e).child;
    if (name == "shape") shape = values_.edge(e).child;
    if (name == "subclass") subclass = values_.edge(e).child;
  }
  const std::string type = subclass == kNone ? std::string() : class_name(subclass);
  describe_array(wrapper, type.empty() ? "numpy.ndarray" : type, dtype, shape);
}

// cloudpickle sets the state of functions and classes by a call of _function_setstate(function, state).
bool CallMeaning::set_cloudpickled(ValueId object, ValueId call) {
  const EdgeId callable = values_[call].first_edge;
  const Value& called = values_[values_.edge(callable).child];
  const std::string_view helper =
      called.kind == Kind::Global ? cloudpickle_helper(values_.string(called.type)) : std::string_view();
  const EdgeId target = values_.edge(callable).next;
  const EdgeId state = target == kNone ? kNone : values_.edge(target).next;
  if ((helper != "_function_setstate" && helper != "_class_setstate") || state == kNone ||
      values_.edge(state).next != kNone || values_.edge(target).child != object) {
    return false;
  }
  const ValueId value = values_.edge(state).child;
  const bool original = values_.edge(state).original;
  values_.unlink_all(call);
  values_.link(call, callable);
  values_.attach(object, call, true, {EdgeKind::PostItem});
  set_state(object, value, original);
  return true;
}

}  // namespace dill::inspect
