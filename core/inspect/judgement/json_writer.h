// Writes JSON piece by piece, in ASCII. Texts that are not UTF-8 keep what they can: lone surrogates as \udXXX, other
// bytes as U+FFFD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dill::inspect {

class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_list() { open('['); }
  void end_list() { close(']'); }
  // The name of the next value of an object.
  void key(std::string_view name);
  void text(std::string_view value);
  void number(std::uint64_t value);
  void boolean(bool value);
  void null();

  // For short: a key and its value.
  void field(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    boolean(value);
  }

  std::string take() { return std::move(out_) + "\n"; }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void append_text(std::string_view value);

  std::string out_;
  std::string indent_ = "\n";
  bool empty_ = true;  // nothing stands in the innermost brackets yet
  bool after_key_ = false;
};

}  // namespace dill::inspect
