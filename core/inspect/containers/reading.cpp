#include "inspect/containers/reading.h"

#include <algorithm>
#include <cstring>

#include "inspect/containers/pickle_trial.h"
#include "inspect/containers/zip_structure.h"

namespace dill::inspect {

bool MemberVisitor::proceed(std::uint64_t /*done*/, std::uint64_t /*total*/) { return true; }

std::uint64_t offset_in_bytes(std::span<const Piece> pieces, std::uint64_t at) {
  const auto behind = std::ranges::upper_bound(pieces, at, {}, &Piece::stream);
  if (behind == pieces.begin()) return at;
  const Piece& piece = *std::prev(behind);
  return piece.bytes + (at - piece.stream);
}

MembersResult read_members(std::span<const unsigned char> bytes, const Budgets& budgets, MemberVisitor& visitor) {
  containers::Reading reading(bytes, budgets, visitor);
  reading.read({.path = {}, .bytes = bytes, .storage = nullptr, .offset = 0});
  return reading.result();
}

namespace containers {

namespace {

constexpr std::size_t kMaxName = 1024;  // of an entry, in paths and messages

bool may_hide(Format format) { return format == Format::Zlib || format == Format::Lzma; }

}  // namespace

std::string inner_path(const Place& container, std::string_view name) {
  std::string path = container.path;
  if (!path.empty()) path += '!';
  path += name.substr(0, kMaxName);
  if (name.size() > kMaxName) path += "...";
  return path;
}

Reading::Reading(Bytes bytes, const Budgets& budgets, MemberVisitor& visitor)
    : bytes_(bytes), budgets_(budgets), visitor_(visitor) {}

Member Reading::as_member(const Place& place, Format format) {
  Member member;
  member.path = place.path;
  member.format = format;
  member.view = place.view;
  member.bytes = member.stream = place.bytes;
  member.storage = place.storage;
  member.offset = place.offset;
  member.parent = place.parent;
  member.within = place.within;
  member.depth = place.depth;
  member.complete = place.complete;
  return member;
}

Place Reading::part(const Place& container, Format format, std::size_t parent, std::uint64_t begin,
                    std::uint64_t size) {
  Place place;
  place.path = container.path;
  place.bytes = container.bytes.subspan(begin, size);
  place.storage = container.storage;
  if (container.offset) place.offset = *container.offset + begin;
  place.parent = parent;
  place.within = format;
  place.depth = container.depth + 1;
  // What lies stored in something of which the end is missing may miss its own end.
  place.complete = container.complete || begin + size < container.bytes.size();
  return place;
}

Place Reading::expanded(const Place& container, Format format, std::size_t parent, const Expansion& expansion) {
  Place place;
  place.path = container.path;
  place.bytes = expansion.bytes;
  place.storage = expansion.storage;
  place.parent = parent;
  place.within = format;
  place.depth = container.depth + 1;
  place.complete = expansion.end == Expansion::End::Complete;
  return place;
}

std::size_t Reading::visit(const Place& place, Format format) { return visit(as_member(place, format)); }

std::size_t Reading::visit(Member member) {
  member.index = result_.members++;
  if (member.offset) done_ = std::max(done_, *member.offset);
  visitor_.member(member);
  progress();
  return member.index;
}

void Reading::progress() {
  if (!result_.cancelled && !visitor_.proceed(std::min<std::uint64_t>(done_, bytes_.size()), bytes_.size())) {
    result_.cancelled = true;
  }
}

void Reading::find(const Place& place, std::string_view id, Severity severity, std::string message,
                   std::uint64_t offset) {
  Finding finding{
      .id = id, .severity = severity, .message = std::move(message), .offset = offset, .member = place.path};
  if (findings_ < budgets_.findings) {
    ++findings_;
    visitor_.finding(finding);
  } else if (findings_ == budgets_.findings) {
    ++findings_;
    result_.stopped = true;
    finding.id = "stopped-findings";
    finding.severity = Severity::Suspicious;
    finding.message = "there is more to say about the structure of the file than is told";
    visitor_.finding(finding);
  }
}

void Reading::stop(const Place& place, std::string_view id, std::string message) {
  result_.stopped = true;
  find(place, id, Severity::Suspicious, std::move(message));
}

bool Reading::goes_on() {
  if (result_.cancelled || members_stopped_) return false;
  if (result_.members < budgets_.members) return true;
  members_stopped_ = true;
  stop({}, "stopped-members",
       "stopped here: there are more than " + std::to_string(budgets_.members) + " members in the file");
  return false;
}

Allowance Reading::allowance(std::uint64_t compressed) const {
  const std::uint64_t left = budgets_.expanded - std::min(budgets_.expanded, result_.expanded);
  const std::uint64_t by_ratio =
      budgets_.ratio == 0 || compressed > left / budgets_.ratio ? left : compressed * budgets_.ratio;
  return {.limit = std::min(left, std::max(by_ratio, budgets_.ratio_above)), .proceed = [this] {
            auto& self = const_cast<Reading&>(*this);
            self.progress();
            return !result_.cancelled;
          }};
}

bool Reading::account(const Place& place, std::string_view what, std::uint64_t compressed, const Expansion& expansion) {
  using End = Expansion::End;
  const std::uint64_t left = budgets_.expanded - std::min(budgets_.expanded, result_.expanded);
  result_.expanded += expansion.bytes.size();
  const std::string name(what);
  const std::string so_far = std::to_string(expansion.bytes.size());
  switch (expansion.end) {
    case End::Complete:
      break;
    case End::Limit:
      if (expansion.bytes.size() == left) {
        stop(place, "stopped-expanded",
             "stopped here: what is compressed in the file expands to more than " + std::to_string(budgets_.expanded) +
                 " bytes");
      } else {
        stop(place, "stopped-ratio",
             "stopped here: " + std::to_string(compressed) + " bytes expand to more than " + so_far);
      }
      break;
    case End::NoMemory:
      stop(place, "stopped-memory", "stopped here: there is no memory for what the " + name + " expands to");
      break;
    case End::Damaged:
      find(place, "damaged-compression", Severity::Error,
           "the " + name + " is damaged behind " + so_far + " expanded bytes: " + expansion.message);
      break;
    case End::Truncated:
      find(place, "truncated-compression", Severity::Error,
           "the " + name + " ends early, behind " + so_far + " expanded bytes");
      break;
    case End::Unknown:
      find(place, "unknown-compression", Severity::Error, "the " + name + " cannot be expanded: " + expansion.message);
      break;
    case End::Cancelled:
      return false;
  }
  if (expansion.wrong_checksum) {
    find(place, "wrong-checksum", Severity::Suspicious, "the checksum of the " + name + " is wrong");
  }
  return !result_.cancelled;
}

void Reading::read(const Place& place) {
  if (!goes_on()) return;
  if (place.bytes.empty()) {
    visit(place, Format::Data);
    return;
  }
  const Format format = recognise(place.bytes);
  const std::size_t before = result_.members;
  bool sure = false;
  const bool is_pickle = format != Format::TorchLegacy && read_pickle_view(place, sure);
  const bool pickle_first = is_pickle && sure;

  Place other = place;
  if (is_pickle) other.view = View::Other;
  if (format != Format::Data && goes_on()) {
    read_container(other, format);
    const bool found = result_.members > before + (is_pickle ? 1 : 0);
    if (pickle_first && found && !may_hide(format)) {
      find(place, "polyglot", Severity::Suspicious,
           "the same bytes are a pickle and " + std::string(to_string(format)) + ": programs differ in what they read");
    }
  }
  // Readers of zips look at the end of a file first.
  if (format != Format::Zip && goes_on() && has_zip_end(place.bytes)) {
    other.view = View::Other;
    // A pickle that holds the bytes of a zip is common; one that a zip was put behind is not.
    const bool holds = is_pickle && try_pickle(place.bytes, ~std::uint64_t{0}).end > *find_zip_end(place.bytes);
    if (is_pickle && !holds) {
      find(place, "polyglot", Severity::Suspicious,
           "the same bytes are a pickle and a zip: programs differ in what they read");
    }
    read_zip(*this, other, is_pickle);
  }
  if (result_.members == before && goes_on()) {
    visit(place, looks_like_text(place.bytes) ? Format::Text : Format::Data);
    look_for_pickles(place);
  }
}

bool Reading::read_pickle_view(const Place& place, bool& sure) {
  const PickleTrial trial = try_pickle(place.bytes);
  if (trial.answer == PickleTrial::Answer::No) return false;
  // "PK" begins a persistent id, at which every loader without a persistent_load stops. That a few more bytes of a zip
  // are opcodes that look nothing up is chance.
  if (!trial.acts && recognise(place.bytes) == Format::Zip) return false;
  sure = trial.answer == PickleTrial::Answer::Yes;
  if (sure && read_joblib(*this, place, trial)) return true;
  Member member = as_member(place, Format::Pickle);
  if (!sure) member.view = View::Guess;
  visit(std::move(member));
  return true;
}

void Reading::read_container(const Place& place, Format format) {
  if (is_container(format) && place.depth >= budgets_.depth) {
    visit(place, format);
    stop(place, "stopped-depth",
         "stopped here: there are more than " + std::to_string(budgets_.depth) + " containers within each other");
    return;
  }
  switch (format) {
    case Format::Zip:
      read_zip(*this, place, false);
      break;
    case Format::Tar:
      read_tar_members(*this, place);
      break;
    case Format::Npy:
      read_npy(*this, place);
      break;
    case Format::TorchLegacy:
      read_torch_legacy(*this, place);
      break;
    case Format::JoblibZ:
      read_joblib_z(place);
      break;
    case Format::Gzip:
    case Format::Bzip2:
    case Format::Xz:
    case Format::Lzma:
    case Format::Zstd:
    case Format::Lz4:
    case Format::Zlib:
      read_filter(place, format);
      break;
    default:
      visit(place, format);
      if (format == Format::SevenZip || format == Format::Rar) {
        find(place, "not-read", Severity::Suspicious,
             "a " + std::string(to_string(format)) + " archive is not read: nobody knows what is in it");
      }
  }
}

void Reading::read_filter(const Place& place, Format format) {
  const Allowance allowed = allowance(place.bytes.size());
  const Expansion expansion = expand(format, place.bytes, allowed);
  using End = Expansion::End;
  // Some formats have hardly a magic number: much else begins like them.
  const bool broken = expansion.end == End::Damaged || expansion.end == End::Truncated || expansion.end == End::Unknown;
  if (may_hide(format) && broken && expansion.bytes.size() < 64) return;
  const std::size_t parent = visit(place, format);
  if (!account(place, std::string(to_string(format)) + " data", place.bytes.size(), expansion)) return;
  Place inside = expanded(place, format, parent, expansion);
  inside.view = View::Plain;
  if (!inside.bytes.empty() || expansion.end == End::Complete) read(inside);
  if (expansion.end == End::Complete && expansion.consumed < place.bytes.size() && goes_on()) {
    find(place, "trailing-data", Severity::Suspicious,
         std::to_string(place.bytes.size() - expansion.consumed) + " bytes follow the " +
             std::string(to_string(format)) + " data",
         expansion.consumed);
    Place behind = part(place, format, parent, expansion.consumed, place.bytes.size() - expansion.consumed);
    behind.path = inner_path(place, "<behind the data>");
    behind.view = View::Other;
    read(behind);
  }
}

void Reading::read_joblib_z(const Place& place) {
  // "ZF", the length in 19 characters, and a space that some versions wrote.
  constexpr std::size_t kHeader = 21;
  const std::size_t parent = visit(place, Format::JoblibZ);
  if (place.bytes.size() <= kHeader) {
    find(place, "truncated-compression", Severity::Error, "the joblib zlib data ends within its header");
    return;
  }
  const std::size_t begin = place.bytes[kHeader] == ' ' ? kHeader + 1 : kHeader;
  const Bytes data = place.bytes.subspan(begin);
  const Expansion expansion = inflate_zlib(data, allowance(data.size()));
  if (!account(place, "joblib zlib data", data.size(), expansion)) return;
  read(expanded(place, Format::JoblibZ, parent, expansion));
}

void Reading::look_for_pickles(const Place& place) {
  // Programs put headers of their own before a pickle. Far inside of data nobody begins to read.
  const std::size_t reach = std::min<std::size_t>(place.bytes.size(), place.depth == 0 ? 1u << 30 : 16u << 20);
  constexpr std::size_t kHeader = 1024;
  std::uint64_t tries = 2'000'000;  // opcodes
  std::size_t found = 0;
  const std::size_t parent = result_.members - 1;
  const Format within = Format::Data;
  for (std::size_t at = 1; at + 1 < reach && tries > 0 && found < 1000 && goes_on();) {
    const unsigned char byte = place.bytes[at];
    const bool proto = byte == 0x80 && place.bytes[at + 1] <= 5;
    const bool line = at < kHeader && place.bytes[at - 1] == '\n';
    if (!proto && at >= kHeader) {
      const void* const next = std::memchr(place.bytes.data() + at + 1, 0x80, reach - at - 1);
      if (next == nullptr) break;
      at = static_cast<std::size_t>(static_cast<const unsigned char*>(next) - place.bytes.data());
      continue;
    }
    const Bytes rest = place.bytes.subspan(at);
    const PickleTrial trial = try_pickle(rest, std::min(tries, kTrialOpcodes));
    tries -= std::min(tries, trial.opcodes + 1);
    // Behind a header of bytes a pickle without PROTO is one only if it looks something up and ends: noise does not.
    const bool enough = proto  ? trial.opcodes >= 3
                        : line ? trial.acts || trial.opcodes >= 8
                               : trial.acts && trial.stops;
    if (!enough || !(trial.stops || trial.unclosed)) {
      ++at;
      continue;
    }
    ++found;
    Place pickle = part(place, within, parent, at, trial.stops ? trial.end : rest.size());
    pickle.path = inner_path(place, "<at " + std::to_string(at) + ">");
    pickle.view = View::Other;
    find(place, "pickle-within-data", Severity::Note, "a pickle begins within data that is none itself", at);
    Member member = as_member(pickle, Format::Pickle);
    visit(std::move(member));
    if (!trial.stops) break;
    at += trial.end;
  }
}

}  // namespace containers

}  // namespace dill::inspect
