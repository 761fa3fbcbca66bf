// A session file as a table of variables, made from its graph: what dill.load_module() would bring back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "inspect/static_graph.h"

namespace dill::inspect {

struct SessionVariable {
  enum class Storage : std::uint8_t {
    Value,      // the object is in the file
    Reference,  // the file has its name only: loading imports it
    Same,       // the object is that of another variable, or a part of one: see same_as
  };
  std::string name;
  std::string type;         // as in the graph: "int", "function", "__main__.Shape"; "global" for what a name refers to
  std::string description;  // short text: "42", "3 items", "double at app.py:12"; for a reference what is imported
  std::uint64_t bytes = 0;  // in the file
  double share = 0;         // of the file, 0 to 1
  Storage storage = Storage::Value;
  std::string same_as;  // how the object is reached from another variable: "config['db']"
  std::vector<std::string>
      needs;  // what loading imports for it, sorted: modules, "module.name"; dill's helpers left out
  std::vector<std::string> uses;        // other variables whose objects it holds, in the order of the file
  graph::NodeId node = graph::kNoNode;  // kNoNode for an entry of refimported's lists
};

struct SessionTable {
  std::string module;        // its name: "__main__"
  bool at_run_time = false;  // a module object that cannot be imported ("__runtime__." in the file)
  std::string python;        // version of the writer, if the header or the checksum of the file tells; else ""
  bool refimported = false;  // written with refimported=True
  bool checksum = false;     // a checksum follows; it is not verified here
  std::uint64_t bytes = 0;   // of the file
  std::vector<SessionVariable> variables;  // in the order of the file
  std::vector<std::string> imports;        // modules that loading imports, sorted; builtins and dill left out
  std::optional<Fault> fault;              // the file is damaged: the variables before it
};

// The table of the first pickle of `bytes`, of which `read` was made; nothing if that is no session.
std::optional<SessionTable> session_table(const StaticPickle& read, std::span<const unsigned char> bytes);

std::string_view storage_name(SessionVariable::Storage storage);  // "value", "reference", "same"

}  // namespace dill::inspect
