// The decoder: the same opcodes, offsets and arguments as Python's pickletools.genops, and exact errors.
#include <QTest>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "pickle/decoder.h"
#include "pickle/escapes.h"
#include "pickle_samples.h"

using namespace dill::pickle;
using Kind = DecodeError::Kind;

namespace {

std::uint32_t crc32(std::string_view data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

QString checked(std::string_view data) { return QString("%1:%2").arg(data.size()).arg(crc32(data), 8, 16, QChar('0')); }

std::string_view text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Decimal digits of a little-endian two's complement number, by long division.
QString decimal(Bytes bytes) {
  std::vector<unsigned char> magnitude(bytes.begin(), bytes.end());
  const bool negative = bytes.back() & 0x80;
  if (negative) {
    unsigned carry = 1;
    for (unsigned char& byte : magnitude) {
      carry += static_cast<unsigned char>(~byte);
      byte = static_cast<unsigned char>(carry);
      carry >>= 8;
    }
  }
  QString digits;
  while (std::any_of(magnitude.begin(), magnitude.end(), [](unsigned char byte) { return byte != 0; })) {
    unsigned rest = 0;
    for (std::size_t i = magnitude.size(); i-- > 0;) {
      rest = rest << 8 | magnitude[i];
      magnitude[i] = static_cast<unsigned char>(rest / 10);
      rest %= 10;
    }
    digits.prepend(QChar('0' + static_cast<char>(rest)));
  }
  return (negative ? "-" : "") + digits;
}

// The argument as make_samples.py writes it.
QString argument(const Instruction& in) {
  switch (opcode_info(in.opcode).argument) {
    case ArgumentKind::None:
      return "-";
    case ArgumentKind::DecimalNl:
      return in.big ? QString::fromUtf8(text(in.payload).data(), static_cast<int>(in.payload.size()))
                    : QString::number(in.integer);
    case ArgumentKind::Long1:
    case ArgumentKind::Long4:
      return in.big ? decimal(in.payload) : QString::number(in.integer);
    case ArgumentKind::FloatNl:
    case ArgumentKind::Float8:
      return QString("x%1").arg(std::bit_cast<std::uint64_t>(in.number), 16, 16, QChar('0'));
    case ArgumentKind::StringNl:
      return checked(in.opcode == Opcode::STRING ? unescape_string(in.payload).value() : std::string(text(in.payload)));
    case ArgumentKind::StringNlPair:
      return checked(std::string(text(in.payload)) + " " + std::string(text(in.second)));
    case ArgumentKind::UnicodeNl:
      return checked(unescape_unicode(in.payload).value());
    case ArgumentKind::Uint1:
    case ArgumentKind::Uint2:
    case ArgumentKind::Int4:
    case ArgumentKind::Uint4:
    case ArgumentKind::Uint8:
      return QString::number(in.integer);
    default:
      return checked(text(in.payload));
  }
}

QString listing(Bytes bytes) {
  QString lines;
  Decoder decoder(bytes);
  for (;;) {
    const auto in = decoder.next();
    if (!in) return lines + "error: " + QString::fromStdString(in.error().message()) + "\n";
    const std::string_view name = opcode_info(in->opcode).name;
    lines += QString("%1 %2 %3\n")
                 .arg(in->offset)
                 .arg(QLatin1String(name.data(), static_cast<int>(name.size())), argument(*in));
    if (in->opcode == Opcode::STOP) return lines;
  }
}

// A literal with zeros inside.
template <std::size_t N>
QByteArray raw(const char (&literal)[N]) {
  return QByteArray(literal, N - 1);
}

DecodeError first_error(Bytes bytes) {
  Decoder decoder(bytes);
  for (;;) {
    const auto in = decoder.next();
    if (!in) return in.error();
  }
}

}  // namespace

class TestDecoder : public QObject {
  Q_OBJECT

 private slots:
  void table_is_complete() {
    std::set<unsigned char> codes;
    for (const OpcodeInfo& info : kOpcodes) {
      codes.insert(static_cast<unsigned char>(info.opcode));
      QCOMPARE(find_opcode(static_cast<unsigned char>(info.opcode)), &info);
      QVERIFY(info.protocol <= kHighestProtocol);
    }
    QCOMPARE(codes.size(), kOpcodeCount);
    QCOMPARE(find_opcode(0xFF), nullptr);
    QCOMPARE(find_opcode(0), nullptr);
  }

  void like_genops_data() {
    QTest::addColumn<QString>("name");
    for (const QString& name : samples::names()) QTest::newRow(qPrintable(name)) << name;
  }
  void like_genops() {
    QFETCH(QString, name);
    const std::vector<unsigned char> data = samples::pickle(name);
    QCOMPARE(listing(data), QString::fromUtf8(samples::read(name + ".ops")));
  }

  // Together the samples must hold all 68 opcodes, or the comparison proves less than it says.
  void samples_hold_every_opcode() {
    std::set<std::string_view> missing;
    for (const OpcodeInfo& info : kOpcodes) missing.insert(info.name);
    for (const QString& name : samples::names()) {
      const std::vector<unsigned char> data = samples::pickle(name);
      Decoder decoder(data);
      while (const auto in = decoder.next()) missing.erase(opcode_info(in->opcode).name);
    }
    for (const std::string_view name : missing) qWarning("no sample has %s", std::string(name).c_str());
    QVERIFY(missing.empty());
  }

  void lengths_add_up() {
    for (const QString& name : samples::names()) {
      const std::vector<unsigned char> data = samples::pickle(name);
      Decoder decoder(data);
      std::uint64_t position = 0;
      while (decoder.remaining() > 0) {
        const auto in = decoder.next();
        QVERIFY(in.has_value());
        QCOMPARE(in->offset, position);
        position += in->length;
        QCOMPARE(decoder.position(), position);
      }
      QCOMPARE(position, data.size());
    }
  }

  // Cut anywhere, a pickle gives all opcodes that are whole, then one error at the first that is not.
  void cut_at_every_byte() {
    for (const QString& name : {QString("stdlib_0"), QString("stdlib_2"), QString("dill_service"), QString("ext")}) {
      const std::vector<unsigned char> data = samples::pickle(name);
      for (std::size_t length = 0; length < data.size(); ++length) {
        // A buffer of exactly this size, so that a sanitizer sees every read beyond it.
        const std::vector<unsigned char> cut(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(length));
        Decoder decoder(cut, Frames::MayBeCut);
        std::uint64_t whole = 0;
        auto in = decoder.next();
        for (; in; in = decoder.next()) whole = in->offset + in->length;
        QCOMPARE(in.error().offset, whole);
        QVERIFY(in.error().kind == Kind::EndOfData || in.error().kind == Kind::Truncated ||
                in.error().kind == Kind::NoNewline);
        QCOMPARE(in.error().kind == Kind::EndOfData, whole == length);
        const auto again = decoder.next();
        QVERIFY(!again && again.error().offset == whole);
      }
    }
  }

  void errors_data() {
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("offset");
    const auto row = [](const char* name, QByteArray data, Kind kind, int offset) {
      QTest::newRow(name) << data << static_cast<int>(kind) << offset;
    };
    row("empty", "", Kind::EndOfData, 0);
    row("no STOP", "N", Kind::EndOfData, 1);
    row("unknown opcode", "N\xff", Kind::UnknownOpcode, 1);
    row("cut number", "NJ\x01\x02", Kind::Truncated, 1);
    row("cut payload", raw("X\x05\0\0\0abcd"), Kind::Truncated, 0);
    row("cut length", raw("NB\x05\0\0"), Kind::Truncated, 1);
    row("length beyond all", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff", Kind::Truncated, 0);
    row("no newline", "Vabc", Kind::NoNewline, 0);
    row("one line of two", "cabc\nabc", Kind::NoNewline, 0);
    row("negative LONG4", "N\x8b\xff\xff\xff\xff", Kind::NegativeLength, 1);
    row("negative BINSTRING", "T\xff\xff\xff\xff", Kind::NegativeLength, 0);
    row("frame beyond the end", raw("\x80\x04\x95\x05\0\0\0\0\0\0\0N."), Kind::FrameBeyondEnd, 2);
    row("INT of letters", "Iabc\n.", Kind::BadDecimal, 0);
    row("INT of nothing", "I\n.", Kind::BadDecimal, 0);
    row("LONG of a sign", "L-L\n.", Kind::BadDecimal, 0);
    row("GET below zero", "g-1\n.", Kind::BadDecimal, 0);
    row("PUT too large", "p99999999999999999999\n.", Kind::BadDecimal, 0);
    row("FLOAT of letters", "Fabc\n.", Kind::BadFloat, 0);
    row("FLOAT with a tail", "F1.5x\n.", Kind::BadFloat, 0);
    row("no quotes", "Sabc\n.", Kind::BadQuotes, 0);
    row("other quotes", "S'abc\"\n.", Kind::BadQuotes, 0);
    row("one quote", "S'\n.", Kind::BadQuotes, 0);
    row("not UTF-8", "\x8c\x01\xff.", Kind::BadText, 0);
    row("overlong UTF-8", "\x8c\x02\xc0\x80.", Kind::BadText, 0);
    row("name not UTF-8", "ca\n\xff\n.", Kind::BadText, 0);
    row("persistent id not ASCII", "P\xc3\xa4\n.", Kind::BadText, 0);
  }
  void errors() {
    QFETCH(QByteArray, data);
    QFETCH(int, kind);
    QFETCH(int, offset);
    const DecodeError error =
        first_error({reinterpret_cast<const unsigned char*>(data.constData()), static_cast<std::size_t>(data.size())});
    QCOMPARE(static_cast<int>(error.kind), kind);
    QCOMPARE(error.offset, static_cast<std::uint64_t>(offset));
    QVERIFY(!error.message().empty());
  }

  void numbers() {
    const auto integer = [](auto data) { return Decoder(data).next().value().integer; };
    QCOMPARE(integer(samples::bytes("I0x1F\n")), 31);  // as int(text, 0)
    QCOMPARE(integer(samples::bytes("I +7\n")), 7);
    QCOMPARE(integer(samples::bytes("L-9223372036854775808L\n")), std::numeric_limits<std::int64_t>::min());
    QCOMPARE(integer(samples::bytes("\x8a\x02\x00\xff")), -256);
    QCOMPARE(integer(samples::bytes("\x8a\x00")), 0);
    QCOMPARE(integer(samples::bytes("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff")), -1);
    QVERIFY(Decoder(samples::bytes("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00")).next().value().big);
    const auto flag = Decoder(samples::bytes("I01\n")).next().value();
    QVERIFY(flag.boolean && flag.integer == 1);
    QVERIFY(!Decoder(samples::bytes("I1\n")).next().value().boolean);
    const auto real = [](auto data) { return Decoder(data).next().value().number; };
    QCOMPARE(real(samples::bytes("F1e999\n")), std::numeric_limits<double>::infinity());
    QCOMPARE(real(samples::bytes("F-1e999\n")), -std::numeric_limits<double>::infinity());
    QCOMPARE(real(samples::bytes("F1e-999\n")), 0.0);
    QVERIFY(std::isnan(real(samples::bytes("Fnan\n"))));
  }

  void escapes() {
    const auto string = [](std::string_view in) {
      const auto out = unescape_string({reinterpret_cast<const unsigned char*>(in.data()), in.size()});
      return out ? *out : "error at " + std::to_string(out.error().offset);
    };
    QCOMPARE(string(R"(a\n\t\\\'\"\x41\101\0\q)"), std::string("a\n\t\\'\"AA\0\\q", 11));
    QCOMPARE(string("ab\\"), std::string("error at 2"));
    QCOMPARE(string("\\x4"), std::string("error at 0"));
    const auto unicode = [](std::string_view in) {
      const auto out = unescape_unicode({reinterpret_cast<const unsigned char*>(in.data()), in.size()});
      return out ? *out : "error at " + std::to_string(out.error().offset);
    };
    QCOMPARE(unicode(R"(\u20ac\U0001F600\\u0041\n)"), std::string("€\U0001F600\\\\u0041\\n"));
    QCOMPARE(unicode("\xe4\\"), std::string("ä\\"));
    QCOMPARE(unicode("a\\u12"), std::string("error at 1"));
    QCOMPARE(unicode("\\U00110000"), std::string("error at 0"));
    QCOMPARE(unicode("\\ud800"), std::string("\xed\xa0\x80"));
  }
};

QTEST_APPLESS_MAIN(TestDecoder)
#include "tst_decoder.moc"
