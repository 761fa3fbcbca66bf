// A file that appears complete or not at all.
#pragma once

#include <filesystem>
#include <span>
#include <tl/expected.hpp>

#include "trace/error.h"

namespace dill::trace {

// Writes `bytes` beside `path` and renames the result to `path` once it is on the disk; a file that was there keeps its
// old content until then, and also if this fails. A symbolic link is followed. Error::CannotWrite if the system refuses
// or if `path` is something else than a regular file (a folder, a device).
tl::expected<void, Error> write_new_file(const std::filesystem::path& path, std::span<const unsigned char> bytes);

}  // namespace dill::trace
