#include "inspect/containers/expansion.h"

namespace dill::inspect::containers {

Expansion expand(Format format, Bytes compressed, const Allowance& allowance) {
  switch (format) {
    case Format::Gzip:
      return inflate_gzip(compressed, allowance);
    case Format::Zlib:
      return inflate_zlib(compressed, allowance);
    case Format::Bzip2:
      return expand_bzip2({compressed}, allowance);
    case Format::Xz:
      return expand_xz({compressed}, allowance);
    case Format::Lzma:
      return expand_lzma({compressed}, allowance);
    default:
      return expand_by_libarchive(format, compressed, allowance);
  }
}

}  // namespace dill::inspect::containers
