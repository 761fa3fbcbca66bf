#include <algorithm>
#include <unordered_set>

#include "inspect/containers/entry_names.h"
#include "inspect/containers/reading.h"
#include "inspect/containers/tar.h"

namespace dill::inspect::containers {

namespace {

std::string_view plain_name(std::string_view name) { return name.starts_with("./") ? name.substr(2) : name; }

// What torch.save wrote before it wrote pickles in a row.
bool is_torch(const TarContent& content) {
  bool pickle = false, storages = false;
  for (const TarEntry& entry : content.entries) {
    const std::string_view name = plain_name(entry.name);
    pickle |= name == "pickle";
    storages |= name == "storages" || name == "tensors";
  }
  return pickle && storages;
}

}  // namespace

void read_tar_members(Reading& reading, const Place& place) {
  const TarContent content = read_tar(place.bytes, reading.members_left());
  const Format format = is_torch(content) ? Format::TorchTar : Format::Tar;
  const std::size_t parent = reading.visit(place, format);
  if (!content.damage.empty()) {
    reading.find(place, "tar-damaged", Severity::Error, "the tar archive is damaged: " + content.damage, content.end);
  }
  std::unordered_set<std::string_view> names;
  for (const TarEntry& entry : content.entries) {
    if (!reading.goes_on()) return;
    Place inside = Reading::part(place, format, parent, 0, 0);
    inside.path = inner_path(place, entry.name);
    if (is_bad_path(entry.name)) {
      reading.find(inside, "bad-path", Severity::Suspicious,
                   "the name of the entry leads out of the folder that the archive is extracted to");
    }
    if (!names.insert(entry.name).second && entry.kind == TarEntry::Kind::File) {
      reading.find(inside, "duplicate-name", Severity::Suspicious, "several entries have this name");
    }
    if (entry.hidden) {
      reading.find(inside, "hidden-entry", Severity::Suspicious,
                   "the entry lies where a reader of the archive does not come by");
      inside.view = View::Other;
    }
    if (entry.cut) {
      reading.find(inside, "truncated-archive", Severity::Error, "the archive ends within the entry");
      inside.complete = false;
    }
    if (entry.kind == TarEntry::Kind::Link) {
      reading.find(inside, "link", Severity::Note, "the entry is a link");
      continue;
    }
    if (entry.kind == TarEntry::Kind::Folder && entry.bytes.empty()) continue;
    const std::uint64_t begin =
        entry.bytes.empty() ? entry.header : static_cast<std::uint64_t>(entry.bytes.data() - place.bytes.data());
    Place found = Reading::part(place, format, parent, begin, entry.bytes.size());
    found.path = inside.path;
    found.view = inside.view;
    found.complete &= inside.complete;
    const std::string_view name = plain_name(entry.name);
    if (format == Format::TorchTar && (name == "storages" || name == "tensors") && !found.bytes.empty()) {
      read_torch_tar_entry(reading, found, name == "tensors");
    } else {
      reading.read(found);
    }
  }
  if (content.more) reading.goes_on();
}

}  // namespace dill::inspect::containers
