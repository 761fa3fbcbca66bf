// read_members() as C++ sees it: what members are made of and who keeps them, order, limits, cancelling. The formats and
// what lies in them are tested from Python, which writes them (tests/python/test_members.py).
#include <zlib.h>

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "file/mapped_file.h"
#include "inspect/containers/members.h"

using namespace dill;
using inspect::Format;
using inspect::View;

namespace {

using Bytes = std::span<const unsigned char>;

const std::string kPickle(
    "\x80\x02]q\x00(K\x01K\x02"
    "e.",
    11);

Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const unsigned char*>(text.data()), text.size()}; }
std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string number(std::uint64_t value, int size) {
  std::string bytes;
  // Wider fields than the number has are filled with zeros.
  for (int i = 0; i < size; ++i, value >>= 8) bytes += static_cast<char>(value);
  return bytes;
}

struct Entry {
  std::string name;
  std::string data;
};

// A zip of stored entries.
std::string zip_of(const std::vector<Entry>& entries) {
  std::string all, directory;
  for (const Entry& entry : entries) {
    const auto crc = ::crc32(0, bytes_of(entry.data).data(), static_cast<uInt>(entry.data.size()));
    const std::string facts = number(0, 8) + number(crc, 4) + number(entry.data.size(), 4) +
                              number(entry.data.size(), 4) + number(entry.name.size(), 2) + number(0, 2);
    directory += "PK\1\2" + number(20, 2) + number(20, 2) + facts + number(0, 10) + number(all.size(), 4) + entry.name;
    all += "PK\3\4" + number(20, 2) + facts + entry.name + entry.data;
  }
  const std::size_t begin = all.size();
  return all + directory + "PK\5\6" + number(0, 4) + number(entries.size(), 2) + number(entries.size(), 2) +
         number(directory.size(), 4) + number(begin, 4) + number(0, 2);
}

std::string deflated(const std::string& text) {
  std::string out(::compressBound(text.size()), '\0');
  uLongf size = out.size();
  ::compress(reinterpret_cast<Bytef*>(out.data()), &size, bytes_of(text).data(), text.size());
  out.resize(size);
  return out;
}

class Collector : public inspect::MemberVisitor {
 public:
  void member(const inspect::Member& member) override { members.push_back(member); }
  void finding(const inspect::Finding& finding) override { findings.push_back(finding); }
  bool proceed(std::uint64_t done, std::uint64_t total) override {
    if (done > total || done < last) wrong = true;
    last = done;
    return ++asked != give_up_at;
  }

  bool has(std::string_view id) const {
    return std::ranges::any_of(findings, [&](const inspect::Finding& finding) { return finding.id == id; });
  }

  std::vector<inspect::Member> members;
  std::vector<inspect::Finding> findings;
  std::size_t asked = 0, give_up_at = 0;
  std::uint64_t last = 0;
  bool wrong = false;
};

}  // namespace

class MembersTest : public QObject {
  Q_OBJECT

 private slots:
  void storedMembersAreParts() {
    const std::string data = zip_of({{"a.pkl", kPickle}, {"inner.zip", zip_of({{"b.pkl", kPickle}})}});
    Collector found;
    const auto result = inspect::read_members(bytes_of(data), {}, found);
    QVERIFY(found.findings.empty() && !result.stopped && !result.cancelled && result.expanded == 0);
    QCOMPARE(result.members, std::size_t{4});
    const std::vector<std::string> paths{"", "a.pkl", "inner.zip", "inner.zip!b.pkl"};
    const std::vector<std::size_t> parents{inspect::kNoMember, 0, 0, 2};
    for (std::size_t i = 0; i < 4; ++i) {
      const inspect::Member& member = found.members[i];
      QCOMPARE(member.path, paths[i]);
      QCOMPARE(member.parent, parents[i]);
      QCOMPARE(member.index, i);
      QVERIFY(member.offset && member.storage == nullptr && member.complete);
      QCOMPARE(member.bytes.data(), bytes_of(data).data() + *member.offset);
      QCOMPARE(member.stream.data(), member.bytes.data());
    }
    QVERIFY(found.members[3].format == Format::Pickle && found.members[3].within == Format::Zip);
    QCOMPARE(text_of(found.members[3].bytes), kPickle);
    QVERIFY(!found.wrong && found.asked > 0);
  }

  void expandedMembersAreKept() {
    std::vector<inspect::Member> kept;
    {
      const std::string data = zip_of({{"a", deflated(deflated(kPickle))}});
      Collector found;
      const auto result = inspect::read_members(bytes_of(data), {}, found);
      QCOMPARE(result.expanded, std::uint64_t{deflated(kPickle).size() + kPickle.size()});
      kept.push_back(found.members.back());
    }
    QVERIFY(!kept[0].offset && kept[0].storage != nullptr);
    QVERIFY(kept[0].format == Format::Pickle && kept[0].depth == 3);
    QCOMPARE(text_of(kept[0].bytes), kPickle);
  }

  void piecesOfAJoblibDump() {
    const auto text = [](const std::string& of) { return "X" + number(of.size(), 4) + of; };
    const std::string head = std::string("\x80\x02") + "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(" +
                             text("shape") + "K\x02\x85" + text("dtype") + "cnumpy\ndtype\n" + text("f8") +
                             "\x89\x88\x87R" + "ub";
    const std::string array(16, 'c'), tail = "0K\x07.";
    const std::string data = head + array + tail;
    Collector found;
    inspect::read_members(bytes_of(data), {}, found);
    QCOMPARE(found.members.size(), std::size_t{2});
    const inspect::Member& dump = found.members[0];
    QVERIFY(dump.format == Format::Joblib && dump.view == View::Plain);
    QCOMPARE(text_of(dump.bytes), data);
    QCOMPARE(text_of(dump.stream), head + tail);
    for (std::size_t at = 0; at < dump.stream.size(); ++at) {
      QCOMPARE(inspect::offset_in_bytes(dump, at), std::uint64_t{at < head.size() ? at : at + array.size()});
    }
    QVERIFY(found.members[1].format == Format::Pickle && found.members[1].view == View::Other);
  }

  void cancelling() {
    std::vector<Entry> entries;
    for (int i = 0; i < 100; ++i) entries.push_back({std::to_string(i), deflated(kPickle)});
    const std::string data = zip_of(entries);
    for (std::size_t at = 1; at < 60; ++at) {
      Collector found;
      found.give_up_at = at;
      const auto result = inspect::read_members(bytes_of(data), {}, found);
      QVERIFY(result.cancelled);
      QCOMPARE(found.asked, at);
      QVERIFY(result.members <= at + 1);
    }
  }

  void cancellingWithinAnExpansion() {
    const std::string data = deflated(std::string(100'000'000, 'x'));
    Collector found;
    found.give_up_at = 5;
    const auto result = inspect::read_members(bytes_of(data), {.ratio = 100'000}, found);
    QVERIFY(result.cancelled && result.expanded < 20'000'000);
  }

  void budgets() {
    const std::string bomb = deflated(std::string(30'000'000, '\0'));
    const auto read = [&](const inspect::Budgets& limits) {
      Collector found;
      const auto result = inspect::read_members(bytes_of(bomb), limits, found);
      return std::tuple(result.stopped, result.expanded,
                        found.findings.empty() ? "" : std::string(found.findings[0].id), found.members.back().complete);
    };
    QCOMPARE(read({.ratio = 100'000}), std::tuple(false, std::uint64_t{30'000'000}, std::string(), true));
    QCOMPARE(read({.expanded = 1000}), std::tuple(true, std::uint64_t{1000}, std::string("stopped-expanded"), false));
    QCOMPARE(read({.ratio = 10, .ratio_above = 5000}),
             std::tuple(true, std::uint64_t{bomb.size() * 10}, std::string("stopped-ratio"), false));
  }

  // Directories and entries that refer to the same bytes over and over cost no more than they are worth.
  void sharedBytes() {
    std::vector<Entry> entries{{"0", std::string(200'000, '\1')}};
    std::string data = zip_of(entries);
    const std::size_t directory = data.find("PK\1\2");
    const std::string body = data.substr(0, directory), entry = data.substr(directory, 47);
    std::string all;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      std::string other = entry;
      other.replace(20, 4, number(200'000 - i, 4));
      all += other.replace(24, 4, number(200'000 - i, 4));
    }
    data = body + all + "PK\5\6" + number(0, 4) + number(2000, 2) + number(2000, 2) + number(all.size(), 4) +
           number(body.size(), 4) + number(0, 2);
    Collector found;
    const auto result = inspect::read_members(bytes_of(data), {}, found);
    QVERIFY(result.stopped && found.has("stopped-overlap") && found.has("zip-overlap"));
    std::uint64_t given = 0;
    for (const inspect::Member& member : found.members) given += member.bytes.size();
    QVERIFY(given < 10 * data.size() + 10'000'000);
  }

  void aHugeFile() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("huge").toStdString();
    std::ofstream(path, std::ios::binary) << kPickle;
    std::filesystem::resize_file(path, std::uint64_t{10} << 30);
    const auto file = *file::MappedFile::open(path);
    Collector found;
    const auto result = inspect::read_members(file->bytes(), {}, found);
    QCOMPARE(result.members, std::size_t{1});
    QVERIFY(found.members[0].format == Format::Pickle && !file->shrank());
    QCOMPARE(found.members[0].bytes.size(), std::size_t{10} << 30);
  }

  void namesOfFormats() {
    std::vector<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Format::Data); ++i) {
      const std::string_view name = to_string(static_cast<Format>(i));
      QVERIFY(!name.empty() && std::ranges::find(names, name) == names.end());
      names.push_back(name);
    }
    QVERIFY(is_container(Format::Zip) && is_container(Format::JoblibZ));
    QVERIFY(!is_container(Format::Joblib) && !is_container(Format::SevenZip));
  }
};

QTEST_APPLESS_MAIN(MembersTest)
#include "tst_members.moc"
