#include "file_sink.h"

namespace dill::bindings {

void FileSink::write(std::span<const unsigned char> bytes) {
  if (bytes.empty()) return;
  write_(py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace dill::bindings
