#include "models/hex_text.h"

#include <QCoreApplication>

#include <algorithm>

#include "models/node_text.h"

namespace dill::gui {

namespace {
constexpr std::uint64_t kLine = 8;
}

QString hexText(std::span<const unsigned char> bytes, std::uint64_t begin, std::uint64_t end) {
  end = std::min<std::uint64_t>(end, bytes.size());
  begin = std::min(begin, end);
  const std::uint64_t shown = std::min<std::uint64_t>(end, begin + kHexBytes);
  QStringList lines;
  for (std::uint64_t line = begin / kLine * kLine; line < shown; line += kLine) {
    QString hex;
    QString ascii;
    for (std::uint64_t at = line; at < line + kLine; ++at) {
      if (at < begin || at >= shown) {
        hex += QStringLiteral("   ");
        ascii += u' ';
        continue;
      }
      hex += QStringLiteral("%1 ").arg(bytes[at], 2, 16, QLatin1Char('0'));
      ascii += bytes[at] >= 0x20 && bytes[at] < 0x7f ? QChar(bytes[at]) : QChar(u'.');
    }
    lines << QStringLiteral("%1  %2 |%3|").arg(line, 8, 16, QLatin1Char('0')).arg(hex, ascii);
  }
  if (shown < end) {
    lines << QCoreApplication::translate("HexText", "… %1 more").arg(byteText(end - shown));
  }
  return lines.join(u'\n');
}

}  // namespace dill::gui
