// What a call in a pickle rebuilds: names and edges that read well for dill's own helpers and the standard library's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/remainders.h"
#include "inspect/values.h"

namespace dill::inspect {

class CallMeaning {
 public:
  CallMeaning(Values& values, LateHolds& late_holds) : values_(values), late_holds_(late_holds) {}

  // `object` was just made of the edges [callable, argument 0, 1, ...]. Names its type and turns the arguments that
  // are parts of a function, class, cell ... into edges of that kind. `is_class`: the callable is known to be a class.
  void interpret(ValueId object, bool is_class);

  // `object` gets `state`, whose edges it takes over where the state is a dict or a pair of dicts written for it.
  void set_state(ValueId object, ValueId state, bool original);

  // `call` was made and popped while `object` was being written: dill's post-processing. Adds the call to the object
  // and, where it sets an attribute, a reference from the part that gets it.
  void call_later(ValueId object, ValueId call);

  // `wrapper` is joblib's, and its array was read: it is shown as that.
  void describe_wrapper(ValueId wrapper);

  // How `function` (if it is one) holds entry `label` of the dict `container` which is filled late.
  Hold late_entry(ValueId function, ValueId container, graph::StringId label) const;

  // Name of the instances of a class-like value; "" if it is not one.
  std::string class_name(ValueId value) const;

 private:
  struct Argument {
    EdgeId edge;
    ValueId value;
  };

  void name_result(ValueId object, bool is_class);
  // "zoneinfo.ZoneInfo._unpickle" of the call getattr(ZoneInfo, '_unpickle'); "" for any other value.
  std::string method_name(ValueId callable) const;
  void function(ValueId object);
  void code(ValueId object);
  void type(ValueId object);
  void named_tuple(ValueId object);
  void cell(ValueId object);
  void load_type(ValueId object);
  void encoded_bytes(ValueId object);
  // What cloudpickle's helpers make, which take the same arguments as dill's; whether `dotted` is one.
  bool cloudpickled(ValueId object, std::string_view dotted);
  // numpy's and torch's functions that make arrays; whether `dotted` is one.
  bool array(ValueId object, std::string_view dotted);
  void describe_array(ValueId object, std::string_view type, ValueId dtype, ValueId shape);
  void tensor(ValueId object);
  bool set_cloudpickled(ValueId object, ValueId call);

  // The module of a class that types.new_class() makes, by what fills its body; "" if that is not told.
  std::string module_of_body(ValueId body) const;

  // Text of an argument that is a str; "" else.
  std::string text_of(std::size_t argument) const;
  bool is_none(std::size_t argument) const;
  void describe(ValueId object, std::string_view type, std::string_view note);
  // The following rebuild the edges of the object: each one gives an argument its place.
  void keep(ValueId object, std::size_t argument, const Hold& hold);
  // The items of a tuple or dict argument become edges of the object; an argument that is something else, or shared,
  // stays one edge, held as `hold` says. None is left out.
  void spread(ValueId object, std::size_t argument, graph::EdgeKind items, const Hold& hold);
  void spread_edge(ValueId object, EdgeId edge, graph::EdgeKind items, const Hold& hold);
  bool can_spread(ValueId object, ValueId container) const;
  // Moves the edges of a tuple or dict to the object. Keys that are names become the labels of edges of kind `items`,
  // other keys stay keys of its state.
  void spread_items(ValueId object, ValueId container, graph::EdgeKind items);

  Values& values_;
  LateHolds& late_holds_;
  EdgeId callable_ = kNone;
  std::vector<Argument> arguments_;  // of the call that is being interpreted
};

}  // namespace dill::inspect
