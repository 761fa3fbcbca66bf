// A file that appears under its name complete or not at all.
#pragma once

#include <string>

#include "session/descriptor.h"
#include "session/system_error.h"

namespace dill::session {

// What is written to descriptor() lies in the folder of `path` without a name (where the file system cannot do that:
// under one of its own, `.<name>.dill-<number>`), so that a process that is killed leaves nothing behind. commit() brings
// it to the disk and gives it its name, in the place of a file that was there. One that is destroyed before has done
// nothing.
//
// A new file is readable and writable by its owner only; one that takes another's place has that one's permissions, if it
// has the same owner. A symbolic link in the place of the file is refused (ELOOP), and so is what is no regular file.
//
// Where the folder refuses a new file or the name cannot be replaced (no permission, a file that is mounted), but the
// file itself may be written, commit() writes into it, and puts its old content back if that fails.
class AtomicFile {
 public:
  enum class Temporary {
    Unnamed,  // if the file system can
    Named     // as where it cannot
  };

  static Result<AtomicFile> create(const std::string& path, Temporary temporary = Temporary::Unnamed);
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile() { discard(); }

  // For writing and reading; -1 after commit() or discard().
  int descriptor() const { return file_.get(); }

  // Either way the descriptor is closed.
  Result<void> commit();
  void discard();

 private:
  enum class Kind { Unnamed, Named, Elsewhere };

  AtomicFile() = default;
  Result<void> look_at_target(bool& exists);
  Result<void> open_temporary(Temporary temporary);
  bool open_named();
  bool remove_stale(const std::string& name) const;
  std::string slot(int number) const;
  Result<void> give_name();
  enum class Linked { Done, Taken, Refused };
  Linked link_to(const std::string& name) const;
  bool link_to_slot();
  bool copy_to_named();
  Result<void> write_in_place();
  void synchronise_folder() const;
  tl::unexpected<SystemError> failed(int number) const { return tl::unexpected(SystemError{number, path_}); }

  std::string path_, name_;
  Descriptor folder_, file_;
  Kind kind_ = Kind::Unnamed;
  std::string temporary_;  // the name the file has in the meantime; empty if none
  bool syncs_folder_ = false;
};

}  // namespace dill::session
