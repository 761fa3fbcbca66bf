// Gathers findings of one file: alike ones are counted instead of kept, and however many there are, memory is bounded.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "inspect/containers/members.h"
#include "inspect/finding.h"

namespace dill::inspect {

class FindingCollector {
 public:
  // `most` findings of each severity are kept.
  explicit FindingCollector(std::uint32_t most) : most_(most) {}

  // What is found from now on belongs to this member. Offsets lie in its stream, whose pieces are lent.
  void enter(std::string_view member, std::span<const Piece> pieces = {}) {
    member_ = member;
    pieces_ = pieces;
  }

  // Counts one finding; what has the same id, member and `key` as an earlier one is that one again. `message` makes the
  // sentence and is called for the first one only.
  template <typename Message>
  void add(std::string_view id, Severity severity, std::uint64_t key, std::uint64_t offset, const Message& message) {
    worst(severity);
    Finding* const known = find(id, key);
    if (known != nullptr) {
      ++known->count;
      return;
    }
    if (!has_room(severity)) return;
    remember(id, key, Finding{id, severity, message(), offset_in_bytes(pieces_, offset), member_, 1});
  }
  // A finding of another reader, each by itself.
  void add(Finding finding);

  // Findings of the member that was entered last and of all: what is the worst of them, Error aside?
  bool any(Severity severity) const { return seen_[static_cast<std::size_t>(severity)]; }
  void forget_seen() { seen_ = {}; }

  std::uint64_t left_out() const { return left_out_; }
  // Worst first, then in the order in which they were found.
  std::vector<Finding> take();

 private:
  void worst(Severity severity) { seen_[static_cast<std::size_t>(severity)] = true; }
  bool has_room(Severity severity);
  Finding* find(std::string_view id, std::uint64_t key);
  void remember(std::string_view id, std::uint64_t key, Finding finding);
  static std::uint64_t place(std::string_view id, std::uint64_t key, std::string_view member);

  std::uint32_t most_;
  std::string member_;
  std::span<const Piece> pieces_;
  std::vector<Finding> findings_;
  std::unordered_map<std::uint64_t, std::size_t> known_;
  std::array<std::uint32_t, 4> kept_{};
  std::array<bool, 4> seen_{};
  std::uint64_t left_out_ = 0;
};

}  // namespace dill::inspect
