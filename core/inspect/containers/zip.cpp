// Visits the entries of a zip: each content that some reader of zips would find, once.
#include <zlib.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "inspect/containers/entry_names.h"
#include "inspect/containers/pickle_trial.h"
#include "inspect/containers/reading.h"
#include "inspect/containers/zip_structure.h"

namespace dill::inspect::containers {

namespace {

using namespace std::string_view_literals;

using Range = ZipStructure::Range;

enum Method : std::uint16_t {
  kStored = 0,
  kDeflated = 8,
  kBzip2 = 12,
  kLzma = 14,
  kZstdOld = 20,
  kZstd = 93,
  kXz = 95
};

// A content to be read, and who says that it is there.
struct Item {
  ZipHeader header;
  std::uint64_t data = 0;
  View view = View::Plain;
};

std::string method_name(std::uint16_t method) {
  switch (method) {
    case kStored:
      return "stored";
    case kDeflated:
      return "deflated";
    case kBzip2:
      return "bzip2";
    case kLzma:
      return "lzma";
    case kZstdOld:
    case kZstd:
      return "zstd";
    case kXz:
      return "xz";
    default:
      return "method " + std::to_string(method);
  }
}

Format format_of(const std::vector<Item>& items) {
  bool pickle = false, torch = false, npy = !items.empty();
  for (const Item& item : items) {
    const std::string_view name = item.header.name;
    pickle |= name == "data.pkl" || name.ends_with("/data.pkl");
    torch |= name.ends_with("version") || name.ends_with("byteorder") || name.find("/data/") != std::string_view::npos;
    npy &= name.ends_with(".npy");
  }
  return pickle && torch ? Format::TorchZip : npy ? Format::Npz : Format::Zip;
}

class ZipReader {
 public:
  ZipReader(Reading& reading, const Place& place, bool prefix_is_read)
      : reading_(reading),
        place_(place),
        bytes_(place.bytes),
        prefix_is_read_(prefix_is_read),
        structure_(read_zip_structure(place.bytes, reading.members_left() + 1)) {}

  void run() {
    for (const ZipEntry& entry : structure_.entries) take(entry);
    for (const ZipDirectory& directory : structure_.directories) ranges_.push_back({directory.begin, directory.end});
    for (const ZipEnd& end : structure_.ends) ranges_.push_back({end.offset, end.end});
    std::ranges::copy(structure_.records, std::back_inserter(ranges_));
    find_overlaps();
    look_into_gaps();
    format_ = format_of(items_);
    parent_ = reading_.visit(place_, format_);
    tell();
    for (const Item& item : items_) {
      if (!reading_.goes_on()) return;
      if (!read(item)) return;
    }
    for (const Range& gap : gaps_) {
      if (!reading_.goes_on()) return;
      read_gap(gap);
    }
    for (const ZipEnd& end : structure_.ends) {
      if (!reading_.goes_on()) return;
      read_comment(end);
    }
  }

 private:
  // ---- what is there ----

  // An entry of a central directory.
  void take(const ZipEntry& entry) {
    const auto local = read_zip_local(bytes_, entry.offset);
    if (!local) {
      note(entry.header.name, "zip-bad-offset", Severity::Suspicious, "the directory of the archive points at no entry",
           std::min<std::uint64_t>(entry.offset, bytes_.size()));
      return;
    }
    const bool again = !starts_.emplace(entry.offset, entry.directory).second;
    if (!names_.emplace(entry.header.name, entry.directory).second && !again) {
      note(entry.header.name, "duplicate-name", Severity::Suspicious, "several entries have this name", entry.offset);
    }
    compare(entry.header, *local);
    const std::uint64_t left = bytes_.size() - local->data;
    const std::uint64_t end = local->data + std::min(entry.header.compressed, left);
    const bool expected = entry.header.has_descriptor() || local->header.has_descriptor();
    const Range range{entry.offset, behind_zip_descriptor(bytes_, end, expected)};
    if (add(Item{.header = entry.header, .data = local->data}, again)) {
      ranges_.push_back(range);
      entry_ranges_.push_back(range);
    }
    // What only its own header says.
    const ZipHeader& own = local->header;
    const bool open = own.has_descriptor() && own.compressed == 0;
    if (!open && (own.method != entry.header.method || own.compressed != entry.header.compressed)) {
      add(Item{.header = own, .data = local->data, .view = View::Other}, true);
    }
  }

  // False if the same content is there already.
  bool add(Item item, bool may_be_known) {
    // A folder; compressing nothing takes a few bytes.
    if (item.header.name.ends_with('/') && item.header.size == 0 && item.header.compressed < 64) return true;
    const auto key = std::tuple(item.data, item.header.method, item.header.compressed, item.header.size);
    if (!contents_.insert(key).second) {
      if (!may_be_known) shared_ = true;
      return false;
    }
    items_.push_back(std::move(item));
    return true;
  }

  void compare(const ZipHeader& central, const ZipLocal& local) {
    const ZipHeader& own = local.header;
    std::string differ;
    const auto add_difference = [&](const std::string& what) { differ += (differ.empty() ? "" : ", ") + what; };
    if (central.name != own.name) add_difference("name (\"" + own.name.substr(0, 200) + "\")");
    if (central.method != own.method) {
      add_difference("method (" + method_name(own.method) + ", not " + method_name(central.method) + ")");
    }
    const bool open = own.has_descriptor() && own.compressed == 0 && own.size == 0;
    if (!open && (central.compressed != own.compressed || central.size != own.size)) add_difference("size");
    if (!open && !own.has_descriptor() && central.crc != own.crc) add_difference("checksum");
    if (central.is_encrypted() != own.is_encrypted()) add_difference("encryption");
    if (differ.empty()) return;
    note(central.name, "zip-headers-differ", Severity::Suspicious,
         "the entry's own header says something else than the directory: " + differ, local.offset);
  }

  void find_overlaps() {
    std::ranges::sort(entry_ranges_, {}, &Range::begin);
    for (std::size_t i = 1; i < entry_ranges_.size() && !shared_; ++i) {
      shared_ = entry_ranges_[i].begin < entry_ranges_[i - 1].end;
    }
  }

  void look_into_gaps() {
    std::ranges::sort(ranges_, {}, &Range::begin);
    std::uint64_t at = 0;
    for (std::size_t i = 0; i <= ranges_.size(); ++i) {
      const std::uint64_t begin = i < ranges_.size() ? ranges_[i].begin : bytes_.size();
      if (begin > at) look_for_entries({at, begin});
      if (i < ranges_.size()) at = std::max(at, ranges_[i].end);
    }
  }

  // Entries that no directory knows.
  void look_for_entries(Range gap) {
    // In front of the archive: another file, of which parts may be zips.
    std::uint64_t at = gap.begin, free = gap.begin;
    while (const auto found = find_signature(bytes_, at, gap.end, "PK\x03\x04"sv)) {
      at = *found + 1;
      const auto local = read_zip_local(bytes_, *found);
      if (!local || local->data > gap.end || items_.size() > reading_.members_left()) continue;
      const std::uint64_t size = length_of(*local, gap.end);
      Item item{.header = local->header, .data = local->data};
      item.header.compressed = size;
      item.view = structure_.directories.empty() ? View::Plain : View::Other;
      if (item.view == View::Other) {
        note(item.header.name, "hidden-entry", Severity::Suspicious, "the entry is not in the directory of the archive",
             *found);
      }
      add(std::move(item), true);
      keep_gap({free, *found});
      const std::uint64_t end = local->data + std::min(size, bytes_.size() - local->data);
      at = free = end <= gap.end ? behind_zip_descriptor(bytes_, end, local->header.has_descriptor()) : local->data;
    }
    // The rest of a directory whose end is missing is told as such.
    const bool directory = structure_.ends.empty() && starts_with(bytes_, "PK\x01\x02"sv, free);
    if (!directory) keep_gap({free, gap.end});
  }

  // Of the data of an entry that only its own header tells about.
  std::uint64_t length_of(const ZipLocal& local, std::uint64_t limit) {
    const ZipHeader& header = local.header;
    if (!header.has_descriptor() || header.compressed != 0) return header.compressed;
    if (header.method == kDeflated) {
      const Bytes rest = bytes_.subspan(local.data, limit - local.data);
      const Expansion expansion = inflate_raw(rest, reading_.allowance(rest.size()));
      reading_.spend(expansion.bytes.size());
      return expansion.consumed;
    }
    std::uint64_t end = limit;
    for (const std::string_view next : {"PK\x07\x08"sv, "PK\x03\x04"sv, "PK\x01\x02"sv}) {
      end = find_signature(bytes_, local.data, end, next).value_or(end);
    }
    return end - local.data;
  }

  void keep_gap(Range gap) {
    if (gap.begin >= gap.end || (gap.begin == 0 && prefix_is_read_)) return;
    const Bytes bytes = bytes_.subspan(gap.begin, gap.end - gap.begin);
    // Programs align entries by zeros.
    if (std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; })) return;
    gaps_.push_back(gap);
  }

  // ---- what is told and read ----

  void note(std::string_view name, std::string_view id, Severity severity, std::string message, std::uint64_t offset) {
    Place entry = place_;
    entry.path = inner_path(place_, name);
    reading_.find(entry, id, severity, std::move(message), offset);
  }

  void tell() {
    if (structure_.ends.empty()) {
      reading_.find(place_, "truncated-archive", Severity::Error,
                    "the archive ends without its directory: its end is missing");
    } else if (structure_.directories.empty() || structure_.missing_directory) {
      reading_.find(place_, "zip-bad-directory", Severity::Suspicious, "the end of the archive points at no directory",
                    structure_.ends.back().offset);
    }
    if (structure_.directories.size() > 1) {
      reading_.find(place_, "zip-several-directories", Severity::Suspicious,
                    "there are " + std::to_string(structure_.directories.size()) +
                        " directories of entries: programs differ in which one they read",
                    structure_.directories[1].begin);
    }
    if (structure_.counts_differ) {
      reading_.find(place_, "zip-wrong-count", Severity::Suspicious,
                    "the archive has another number of entries than its end says");
    }
    if (shared_) {
      reading_.find(place_, "zip-overlap", Severity::Suspicious, "entries of the archive share their bytes");
    }
    if (structure_.too_many) reading_.stop(place_, "stopped-members", "stopped here: the archive has too many entries");
    if (!structure_.ends.empty() && structure_.ends.back().comment_cut) {
      reading_.find(place_, "truncated-archive", Severity::Error, "the archive ends within its comment",
                    structure_.ends.back().offset);
    }
  }

  // False: nothing more is to be read.
  bool read(const Item& item) {
    const ZipHeader& header = item.header;
    const std::uint64_t left = bytes_.size() - item.data;
    std::uint64_t length = header.compressed;
    // Some readers of stored data go by its one size, some by the other.
    if (header.method == kStored) length = std::max(header.compressed, header.size);
    const bool cut = length > left;
    length = std::min(length, left);

    Place inside = Reading::part(place_, format_, parent_, item.data, length);
    inside.path = inner_path(place_, header.name);
    inside.view = item.view;
    lent_ += length;
    if (lent_ / 2 > bytes_.size() + (std::uint64_t{1} << 20)) {
      reading_.stop(inside, "stopped-overlap", "stopped here: entries share their bytes over and over");
      return false;
    }
    if (is_bad_path(header.name)) {
      reading_.find(inside, "bad-path", Severity::Suspicious,
                    "the name of the entry leads out of the folder that the archive is extracted to");
    }
    if (header.is_encrypted()) {
      reading_.find(inside, "zip-encrypted", Severity::Suspicious,
                    "the entry says that it is encrypted: it is read as if it were not");
    }
    if (cut && item.view == View::Plain) {
      reading_.find(inside, "truncated-archive", Severity::Error, "the archive ends within the entry");
    }
    inside.complete = !cut && inside.complete;
    if (header.method == kStored) {
      if (header.compressed != header.size && item.view == View::Plain) wrong_size(inside, header, header.compressed);
      check(inside, header, inside.bytes);
      reading_.read(inside);
      return true;
    }
    return read_compressed(item, inside);
  }

  bool read_compressed(const Item& item, const Place& inside) {
    const Expansion expansion = expand_entry(item.header.method, inside.bytes);
    // What is encrypted indeed is no compressed data.
    const bool failed = expansion.end == Expansion::End::Damaged || expansion.end == Expansion::End::Truncated;
    if (failed && item.view == View::Other && expansion.bytes.empty()) return true;
    if (!failed || !item.header.is_encrypted()) {
      const std::string what = method_name(item.header.method) + " data";
      if (!reading_.account(inside, what, inside.bytes.size(), expansion)) return false;
    }
    Place content = inside;
    content.offset.reset();
    content.bytes = expansion.bytes;
    content.storage = expansion.storage;
    content.complete = expansion.end == Expansion::End::Complete;
    if (content.complete) {
      if (expansion.bytes.size() != item.header.size && item.view == View::Plain) {
        wrong_size(inside, item.header, expansion.bytes.size());
      }
      check(inside, item.header, expansion.bytes);
    }
    reading_.read(content);
    return true;
  }

  Expansion expand_entry(std::uint16_t method, Bytes compressed) {
    const Allowance allowance = reading_.allowance(compressed.size());
    switch (method) {
      case kDeflated:
        return inflate_raw(compressed, allowance);
      case kBzip2:
        return expand(Format::Bzip2, compressed, allowance);
      case kZstdOld:
      case kZstd:
        return expand(Format::Zstd, compressed, allowance);
      case kXz:
        return expand(Format::Xz, compressed, allowance);
      case kLzma: {
        // Version, size of the properties, the properties, the data; .lzma has the properties, a size, the data.
        if (compressed.size() < 9) break;
        unsigned char header[13];
        std::copy_n(compressed.begin() + 4, 5, header);
        std::fill(header + 5, header + 13, 0xFF);
        Expansion data = expand_lzma({Bytes(header), compressed.subspan(9)}, allowance);
        // Without a marker at its end the data ends where the entry does.
        if (data.end == Expansion::End::Truncated) data.end = Expansion::End::Complete;
        return data;
      }
      default:
        break;
    }
    Expansion unknown;
    unknown.end = Expansion::End::Unknown;
    unknown.message = "its method is not known here";
    return unknown;
  }

  void wrong_size(const Place& inside, const ZipHeader& header, std::uint64_t found) {
    if (header.is_encrypted()) return;
    reading_.find(inside, "zip-wrong-size", Severity::Suspicious,
                  "the entry has " + std::to_string(found) + " bytes, not " + std::to_string(header.size) +
                      " as the archive says");
  }

  void check(const Place& inside, const ZipHeader& header, Bytes content) {
    if (inside.view != View::Plain || !inside.complete || header.is_encrypted()) return;
    if (header.method == kStored && header.compressed != header.size) return;
    if (static_cast<std::uint32_t>(::crc32_z(0, content.data(), content.size())) == header.crc) return;
    reading_.find(inside, "wrong-checksum", Severity::Suspicious, "the checksum of the entry is wrong");
  }

  void read_gap(Range gap) {
    const std::uint64_t size = gap.end - gap.begin;
    Place place = Reading::part(place_, format_, parent_, gap.begin, size);
    place.view = View::Other;
    const bool before = gap.begin == 0, behind = gap.end == bytes_.size();
    place.path = inner_path(place_, before   ? "<before the archive>"
                                    : behind ? "<behind the archive>"
                                             : "<gap at " + std::to_string(gap.begin) + ">");
    const bool script = before && (looks_like_text(place.bytes) || recognise(place.bytes) == Format::Elf);
    reading_.find(place_,
                  before   ? "zip-data-before"
                  : behind ? "zip-data-behind"
                           : "zip-data-between",
                  script ? Severity::Note : Severity::Suspicious,
                  std::to_string(size) + " bytes belong to no entry of the archive", gap.begin);
    reading_.read(place);
  }

  void read_comment(const ZipEnd& end) {
    if (end.comment.empty()) return;
    const bool something =
        try_pickle(end.comment).answer != PickleTrial::Answer::No || recognise(end.comment) != Format::Data;
    if (!something) return;
    const auto begin = static_cast<std::uint64_t>(end.comment.data() - bytes_.data());
    Place place = Reading::part(place_, format_, parent_, begin, end.comment.size());
    place.path = inner_path(place_, "<archive comment>");
    place.view = View::Other;
    reading_.find(place_, "zip-comment", Severity::Suspicious, "the comment of the archive is more than a text", begin);
    reading_.read(place);
  }

  Reading& reading_;
  const Place& place_;
  Bytes bytes_;
  bool prefix_is_read_;
  ZipStructure structure_;
  Format format_ = Format::Zip;
  std::size_t parent_ = kNoMember;
  std::vector<Item> items_;
  std::vector<Range> ranges_;        // all that is accounted for
  std::vector<Range> entry_ranges_;  // of entries
  std::vector<Range> gaps_;
  std::set<std::tuple<std::uint64_t, std::uint16_t, std::uint64_t, std::uint64_t>> contents_;
  std::map<std::uint64_t, std::uint64_t> starts_;          // of entries, with the first directory that has them
  std::set<std::pair<std::string, std::uint64_t>> names_;  // with their directory
  bool shared_ = false;
  std::uint64_t lent_ = 0;  // bytes of entries that were read
};

}  // namespace

bool has_zip_end(Bytes bytes) {
  const auto end = find_zip_end(bytes);
  if (!end) return false;
  const ZipStructure structure = read_zip_structure(bytes, 1000);
  if (structure.entries.empty()) return !structure.directories.empty() && structure.ends.back().end == bytes.size();
  return std::ranges::any_of(structure.entries,
                             [&](const ZipEntry& entry) { return read_zip_local(bytes, entry.offset).has_value(); });
}

void read_zip(Reading& reading, const Place& place, bool prefix_is_read) {
  if (place.depth >= reading.budgets().depth) {
    reading.visit(place, Format::Zip);
    reading.stop(place, "stopped-depth",
                 "stopped here: there are more than " + std::to_string(reading.budgets().depth) +
                     " containers within each other");
    return;
  }
  ZipReader(reading, place, prefix_is_read).run();
}

}  // namespace dill::inspect::containers
