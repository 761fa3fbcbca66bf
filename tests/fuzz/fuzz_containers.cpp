// read_members: members lie in the data or in storage of their own, parents come before children, budgets hold.
#include <string>

#include "inspect/containers/members.h"
#include "require.h"

using namespace dill;
using fuzz::require;

namespace {

const inspect::Budgets kBudgets{.depth = 4,
                                .expanded = std::uint64_t{4} << 20,
                                .ratio = 1000,
                                .ratio_above = std::uint64_t{1} << 20,
                                .members = 1000,
                                .findings = 200};

class Check final : public inspect::MemberVisitor {
 public:
  explicit Check(std::span<const unsigned char> data) : data_(data) {}

  void member(const inspect::Member& member) override {
    require(member.index == members_, "members are counted");
    // What the last container holds is one deeper.
    require(member.depth <= kBudgets.depth + 1, "the depth is bounded");
    require(member.parent != inspect::kNoMember || member.depth == 0, "what has no container is the file itself");
    require(member.parent == inspect::kNoMember || member.parent < member.index, "a member lies in one before it");
    require(member.storage != nullptr || lies_in_data(member.bytes), "bytes are those of the file or have a keeper");
    if (member.offset) {
      require(*member.offset + member.bytes.size() <= data_.size(), "a part lies within the file");
      require(member.bytes.empty() || member.bytes.data() == data_.data() + *member.offset, "it is not a copy");
    }
    require(!member.pieces.empty() ||
                (member.stream.data() == member.bytes.data() && member.stream.size() == member.bytes.size()),
            "the stream is the bytes, or in pieces");
    for (std::size_t at = 0; !member.pieces.empty() && at < member.stream.size(); ++at) {
      const std::uint64_t place = inspect::offset_in_bytes(member, at);
      require(place < member.bytes.size() && member.bytes[place] == member.stream[at], "pieces say where bytes are");
    }
    for (const inspect::Piece& piece : member.pieces) {
      require(piece.stream <= member.stream.size() && piece.bytes <= member.bytes.size(), "pieces lie in both");
    }
    read(member.bytes);
    read(member.stream);
    for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{member.stream.size()}}) {
      require(inspect::offset_in_bytes(member, at) <= member.bytes.size(), "an offset lies within the bytes");
    }
    ++members_;
    require(!inspect::to_string(member.format).empty(), "a format has a name");
  }

  void finding(const inspect::Finding& finding) override {
    require(!finding.id.empty() && !finding.message.empty(), "a finding has a name and a sentence");
    ++findings_;
  }

  std::size_t members() const { return members_; }
  std::size_t findings() const { return findings_; }

 private:
  bool lies_in_data(std::span<const unsigned char> part) const {
    return part.empty() || (part.data() >= data_.data() && part.data() + part.size() <= data_.data() + data_.size());
  }

  static void read(std::span<const unsigned char> bytes) {
    unsigned char sum = 0;
    for (const unsigned char byte : bytes) sum ^= byte;
    volatile unsigned char used = sum;
    (void)used;
  }

  std::span<const unsigned char> data_;
  std::size_t members_ = 0;
  std::size_t findings_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  Check check({data, size});
  const inspect::MembersResult result = inspect::read_members({data, size}, kBudgets, check);
  require(result.members == check.members() && result.members > 0, "every member is counted");
  require(result.members <= kBudgets.members + 1, "the budget of members holds");
  require(result.expanded <= kBudgets.expanded, "the budget of expanded bytes holds");
  require(check.findings() <= kBudgets.findings + 16, "the budget of findings holds");
  return 0;
}
