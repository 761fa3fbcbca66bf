// The encoder's framing: where pickle._Pickler puts FRAME, recorded in tests/data/pickle/*.frames.
#include <QTest>

#include "pickle/decoder.h"
#include "pickle/encoder.h"
#include "pickle_samples.h"

using namespace dill::pickle;

namespace {

std::uint32_t crc32(Bytes data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const unsigned char byte : data) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

// "total length:crc32", then one line a FRAME, as make_samples.py writes it.
QString frames(Bytes data) {
  QString text = QString("total %1:%2\n").arg(data.size()).arg(crc32(data), 8, 16, QChar('0'));
  Decoder decoder(data);
  while (const auto in = decoder.next()) {
    if (in->opcode == Opcode::FRAME) text += QString("%1 %2\n").arg(in->offset).arg(in->integer);
  }
  return text.endsWith("\n") ? text : text + "\n";
}

std::vector<unsigned char> filled(std::size_t size, char c) {
  return std::vector<unsigned char>(size, static_cast<unsigned char>(c));
}

struct Collect : Sink {
  std::vector<unsigned char> data;
  void write(std::span<const unsigned char> bytes) override { data.insert(data.end(), bytes.begin(), bytes.end()); }
};

void write_sample(const QString& name, Encoder& out) {
  const auto bytes = [&](std::size_t size, char c) {
    out.next_object();
    out.put_bytes(filled(size, c));
    out.put_memoize();
  };
  const auto number = [&](int value) {
    out.next_object();
    out.put_int(value);
  };
  out.start();
  out.next_object();
  if (name == "frames_small") {
    out.put(Opcode::NONE);
    out.finish();
    return;
  }
  out.put(Opcode::EMPTY_LIST);
  out.put_memoize();
  out.put(Opcode::MARK);
  if (name == "frames_target") {
    for (int i = 0; i < 140; ++i) bytes(1000, static_cast<char>(i));
  } else if (name == "frames_large_bytes") {
    number(1);
    bytes(70000, 'b');
    number(2);
    out.next_object();
    out.put_unicode(std::string(70000, 'c'));
    out.put_memoize();
    number(3);
  } else {
    out.next_object();
    out.put_bytearray(filled(70000, 'd'));
    out.put_memoize();
    bytes(65535, 'e');
    bytes(65536, 'f');
  }
  out.put(Opcode::APPENDS);
  out.finish();
}

}  // namespace

class TestEncoder : public QObject {
  Q_OBJECT

 private slots:
  void framing_data() {
    QTest::addColumn<int>("protocol");
    QTest::newRow("frames_small") << 4;
    QTest::newRow("frames_target") << 4;
    QTest::newRow("frames_large_bytes") << 4;
    QTest::newRow("frames_bytearray") << 5;
  }
  void framing() {
    QFETCH(int, protocol);
    const QString name = QTest::currentDataTag();
    const QString expected = QString::fromUtf8(samples::read(name + ".frames"));
    Encoder whole(protocol, nullptr);
    write_sample(name, whole);
    QCOMPARE(frames(whole.bytes()), expected);
    Collect collected;
    Encoder pieces(protocol, &collected);
    write_sample(name, pieces);
    QCOMPARE(frames(collected.data), expected);
    QCOMPARE(pieces.position(), collected.data.size());
  }

  // What the encoder writes, the decoder reads back.
  void numbers() {
    Encoder out(4, nullptr);
    out.start();
    const std::vector<int> values{0, 255, 256, 65535, 65536, -1, -2147483647 - 1, 2147483647};
    for (const int value : values) out.put_int(value);
    out.put_float(-2.5);
    out.finish();
    Decoder decoder(out.bytes());
    decoder.next().value();
    decoder.next().value();
    for (const int value : values) QCOMPARE(decoder.next().value().integer, value);
    QCOMPARE(decoder.next().value().number, -2.5);
    QVERIFY(decoder.next().value().opcode == Opcode::STOP);
  }

  // No frames before protocol 4, no PROTO before 2, and lines of text where there is no binary form.
  void lines() {
    Collect collected;
    Encoder out(0, &collected);
    out.start();
    out.put_number_line(Opcode::INT, -2147483648LL);
    out.put_line(Opcode::FLOAT, "-2.5");
    out.put_global("os.path", "join");
    out.put(Opcode::UNICODE);
    for (const std::uint32_t c : {0x41u, 0x5Cu, 0u, 0xAu, 0xDu, 0x1Au, 0xFFu, 0x100u, 0xD800u, 0x1F600u})
      out.put_escaped(c);
    out.end_line();
    out.put_number_line(Opcode::PUT, 4294967295LL);
    out.finish();
    const QByteArray written(reinterpret_cast<const char*>(collected.data.data()), collected.data.size());
    QCOMPARE(written, QByteArray("I-2147483648\nF-2.5\ncos.path\njoin\n"
                                 "VA\\u005c\\u0000\\u000a\\u000d\\u001a\xff\\u0100\\ud800\\U0001f600\n"
                                 "p4294967295\n."));
    QCOMPARE(out.position(), collected.data.size());
  }

  void unframed() {
    Collect collected;
    Encoder out(3, &collected);
    out.start();
    for (int i = 0; i < 200'000; ++i) {
      out.next_object();
      if (out.is_full()) out.flush();
      out.put_long_unicode("ab");
      out.put_put(static_cast<std::uint32_t>(i));
      QVERIFY(out.held() < 1'000'000);
    }
    out.put_long_unicode(std::string(70'000, 'c'));
    out.finish();
    QCOMPARE(out.position(), collected.data.size());
    Decoder decoder(collected.data);
    std::size_t texts = 0;
    while (const auto in = decoder.next()) {
      QVERIFY(in->opcode != Opcode::FRAME);
      texts += in->opcode == Opcode::BINUNICODE;
    }
    QCOMPARE(texts, std::size_t{200'001});
  }
};

QTEST_APPLESS_MAIN(TestEncoder)
#include "tst_encoder.moc"
