#include <QTemporaryFile>
#include <QTest>

#include "session/checksum.h"

using namespace dill::session;

namespace {

std::span<const unsigned char> bytes_of(const QByteArray& data) {
  return {reinterpret_cast<const unsigned char*>(data.constData()), static_cast<std::size_t>(data.size())};
}

Checksum checksum_of(const QByteArray& data) {
  Checksum checksum;
  checksum.update(bytes_of(data));
  return checksum;
}

// Every value of a byte, in no order that a table could hide behind.
QByteArray sample(int size) {
  QByteArray data(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : data) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return data;
}

class SealedFile {
 public:
  explicit SealedFile(const QByteArray& content) {
    if (!file_.open()) qFatal("no temporary file: %s", qPrintable(file_.errorString()));
    write(content);
    if (!seal(file_.handle())) qFatal("not sealed");
  }

  void write(const QByteArray& content) {
    file_.resize(0);
    file_.seek(0);
    if (file_.write(content) != content.size() || !file_.flush()) qFatal("not written");
  }
  QByteArray content() {
    file_.seek(0);
    return file_.readAll();
  }
  Seal look(std::uint64_t start = 0) { return check_seal(file_.handle(), start).value(); }
  int descriptor() const { return file_.handle(); }

 private:
  QTemporaryFile file_;
};

}  // namespace

class ChecksumTest : public QObject {
  Q_OBJECT

 private slots:
  // The check value of CRC-64/XZ that the catalogue of parametrised CRC algorithms gives.
  void is_crc_64_xz() {
    QCOMPARE(checksum_of("123456789").value(), std::uint64_t{0x995DC9BBDF1939FA});
    QCOMPARE(checksum_of("").value(), std::uint64_t{0});
  }

  void pieces_make_the_whole() {
    const QByteArray data = sample(67);
    const std::uint64_t whole = checksum_of(data).value();
    for (int first = 0; first <= data.size(); ++first) {
      for (int second = first; second <= data.size(); ++second) {
        Checksum checksum;
        checksum.update(bytes_of(data.left(first)));
        checksum.update(bytes_of(data.mid(first, second - first)));
        checksum.update(bytes_of(data.mid(second)));
        QCOMPARE(checksum.value(), whole);
        QCOMPARE(checksum.size(), std::uint64_t{67});
      }
    }
  }

  void trailer_is_a_pickle_of_a_text() {
    const Trailer trailer = make_trailer(checksum_of("123456789"));
    const QByteArray text(reinterpret_cast<const char*>(trailer.data()), static_cast<int>(trailer.size()));
    QCOMPARE(text, QByteArray("\x80\x03"
                              "C;dill checksum crc64=995dc9bbdf1939fa bytes=0000000000000009."));
    const auto sealed = read_trailer(trailer);
    QVERIFY(sealed.has_value());
    QCOMPARE(sealed->checksum, std::uint64_t{0x995DC9BBDF1939FA});
    QCOMPARE(sealed->size, std::uint64_t{9});
  }

  void no_other_bytes_are_a_trailer() {
    const Trailer trailer = make_trailer(checksum_of("123456789"));
    QVERIFY(!read_trailer({}));
    QVERIFY(!read_trailer(std::span(trailer).first(trailer.size() - 1)));
    for (std::size_t at = 0; at < trailer.size(); ++at) {
      for (const unsigned char other : {'x', '-', ' ', '\0'}) {
        if (trailer[at] == other) continue;
        Trailer changed = trailer;
        changed[at] = other;
        QVERIFY2(!read_trailer(changed), qPrintable(QString("byte %1 is %2").arg(at).arg(other)));
      }
    }
  }

  void sealed_files_are_intact_data() {
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 7, 8, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 3}) {
      QTest::addRow("%d bytes", size) << size;
    }
  }
  void sealed_files_are_intact() {
    QFETCH(int, size);
    const QByteArray content = sample(size);
    SealedFile file(content);
    const Trailer trailer = make_trailer(checksum_of(content));
    QCOMPARE(file.content(), content + QByteArray(reinterpret_cast<const char*>(trailer.data()), trailer.size()));
    QCOMPARE(file.look(), Seal::Intact);
  }

  void position_stays() {
    SealedFile file("some content");
    QCOMPARE(::lseek(file.descriptor(), 5, SEEK_SET), off_t{5});
    QCOMPARE(file.look(), Seal::Intact);
    QCOMPARE(::lseek(file.descriptor(), 0, SEEK_CUR), off_t{5});
  }

  // What comes before `start` is none of the session's.
  void a_session_behind_something_else() {
    SealedFile file("session");
    const QByteArray sealed = file.content();
    file.write("before" + sealed);
    QCOMPARE(file.look(6), Seal::Intact);
    QCOMPARE(file.look(5), Seal::Missing);
    QCOMPARE(file.look(1000), Seal::Missing);
  }

  void every_flipped_bit_is_noticed() {
    SealedFile file(sample(40));
    const QByteArray sealed = file.content();
    for (int bit = 0; bit < sealed.size() * 8; ++bit) {
      QByteArray changed = sealed;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      file.write(changed);
      // A trailer that was hit may be none any more, which is for `settings['checksum']` to insist on.
      const Seal seal = file.look();
      QVERIFY2(bit < 40 * 8 ? seal == Seal::Broken : seal != Seal::Intact, qPrintable(QString("bit %1").arg(bit)));
    }
  }

  void other_lengths_are_not_intact() {
    SealedFile file(sample(40));
    const QByteArray sealed = file.content();
    for (int size = 0; size < sealed.size(); ++size) {
      file.write(sealed.left(size));
      QCOMPARE(file.look(), Seal::Missing);
    }
    file.write(sealed + 'x');
    QCOMPARE(file.look(), Seal::Missing);
    file.write(sealed.mid(1));
    QCOMPARE(file.look(), Seal::Missing);
  }

  void what_the_system_refuses() {
    const auto sealed = seal(-1);
    QVERIFY(!sealed);
    QCOMPARE(sealed.error().number, EBADF);
    const auto checked = check_seal(-1, 0);
    QVERIFY(!checked);
    QCOMPARE(checked.error().number, EBADF);
  }
};

QTEST_APPLESS_MAIN(ChecksumTest)
#include "tst_checksum.moc"
