// What a class in a pickle is beyond a class: an enum, a dataclass, a named tuple; and its instances.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/meaning/contents.h"

namespace dill::inspect {

// Known for a class by value only: of one by reference the file has nothing but the name.
struct ClassFacts {
  enum class Kind { Enum, DataClass, NamedTuple };
  Kind kind;
  // Members of an enum with the item that is their value; fields of a dataclass or named tuple with their default.
  struct Field {
    std::string name;
    std::optional<Item> value;
    std::optional<Item> type;     // of a dataclass field
    std::optional<Item> factory;  // of the default of a dataclass field
  };
  std::vector<Field> fields;
};

// types.new_class(name, bases, {'metaclass': ...}, partial(dill._dill._setitems, source=entries)): how dill writes enums
// and other classes that their metaclass has to make.
struct NewClass {
  std::vector<Item> bases;
  std::optional<Item> metaclass;
  std::vector<NamedItem> entries;  // their keys as literals
};
std::optional<NewClass> new_class(const Contents& contents, graph::NodeId type);

// Nothing for a class that is none of these, or for what is no class by value.
std::optional<ClassFacts> class_facts(const Contents& contents, graph::NodeId type);

// The class of an instance, or what was called to make it; nothing if there is none.
std::optional<Item> maker_of(const Contents& contents, graph::NodeId object);

// The last part of a class's name: "Point" of __main__.outer.<locals>.Point.
std::string_view short_name(std::string_view name);

}  // namespace dill::inspect
