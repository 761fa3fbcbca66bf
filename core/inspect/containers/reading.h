// One run of read_members(): what every reader of a container needs. Private to this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/containers/expansion.h"
#include "inspect/containers/members.h"
#include "inspect/containers/pickle_trial.h"

namespace dill::inspect::containers {

// Bytes that are to be read, with all that is known about where they come from.
struct Place {
  std::string path;
  Bytes bytes;
  std::shared_ptr<const void> storage;
  std::optional<std::uint64_t> offset;
  std::size_t parent = kNoMember;
  Format within = Format::Data;
  std::uint32_t depth = 0;
  View view = View::Plain;
  bool complete = true;
};

class Reading {
 public:
  Reading(Bytes bytes, const Budgets& budgets, MemberVisitor& visitor);

  // Visits all that the bytes are, and what is in it.
  void read(const Place& place);

  // For the readers of containers:

  // Visits the place as a member of this format; gives the number of it.
  std::size_t visit(const Place& place, Format format);
  std::size_t visit(Member member);
  // A member for a place.
  static Member as_member(const Place& place, Format format);
  // A part of the bytes of a container that was visited as number `parent`.
  static Place part(const Place& container, Format format, std::size_t parent, std::uint64_t begin, std::uint64_t size);
  // What a container expanded to.
  static Place expanded(const Place& container, Format format, std::size_t parent, const Expansion& expansion);

  void find(const Place& place, std::string_view id, Severity severity, std::string message, std::uint64_t offset = 0);

  // How much may be expanded from so many bytes.
  Allowance allowance(std::uint64_t compressed) const;
  // Counts what was expanded, and tells how it ended if that was not the end. false: it was cancelled.
  bool account(const Place& place, std::string_view what, std::uint64_t compressed, const Expansion& expansion);

  // Counts what was expanded only to know its length.
  void spend(std::uint64_t expanded) { result_.expanded += expanded; }

  // False when reading must end: cancelled, or no member may follow.
  bool goes_on();
  // Asks the visitor whether to go on, between two steps of something long.
  bool proceeds() {
    progress();
    return !result_.cancelled;
  }
  const Budgets& budgets() const { return budgets_; }
  std::size_t members_left() const { return budgets_.members - result_.members; }
  MembersResult result() const { return result_; }
  // A place of which nothing more is read; says so once.
  void stop(const Place& place, std::string_view id, std::string message);

 private:
  void read_container(const Place& place, Format format);
  void read_filter(const Place& place, Format format);
  void read_joblib_z(const Place& place);
  bool read_pickle_view(const Place& place, bool& sure);
  void look_for_pickles(const Place& place);
  void progress();

  Bytes bytes_;
  const Budgets& budgets_;
  MemberVisitor& visitor_;
  MembersResult result_;
  std::uint64_t done_ = 0;
  std::uint32_t findings_ = 0;
  bool members_stopped_ = false;
};

// Path of something in a container; `name` as it stands there.
std::string inner_path(const Place& container, std::string_view name);

// The readers. `place` was not visited yet.
// `prefix_is_read`: what lies in front of the archive was visited already.
void read_zip(Reading& reading, const Place& place, bool prefix_is_read);
// Whether readers of zips, which look at the end first, would find one.
bool has_zip_end(Bytes bytes);
void read_tar_members(Reading& reading, const Place& place);
void read_npy(Reading& reading, const Place& place);
// "storages" or "tensors" in a tar of torch.
void read_torch_tar_entry(Reading& reading, const Place& place, bool tensors);
void read_torch_legacy(Reading& reading, const Place& place);
// False if it is no pickle of joblib with arrays in it; nothing was visited then. `trial`: of its bytes.
bool read_joblib(Reading& reading, const Place& place, const PickleTrial& trial);

}  // namespace dill::inspect::containers
