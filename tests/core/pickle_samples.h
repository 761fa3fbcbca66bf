// The sample pickles in tests/data/pickle (made by make_samples.py there).
#pragma once

#include <QDir>
#include <QFile>
#include <QString>
#include <QStringList>
#include <string>
#include <vector>

namespace samples {

inline QDir folder() { return QDir(QStringLiteral(DILL_TEST_DATA "/pickle")); }

inline QByteArray read(const QString& file) {
  QFile in(folder().filePath(file));
  if (!in.open(QIODevice::ReadOnly)) qFatal("no sample %s", qPrintable(file));
  return in.readAll();
}

// The content of NAME.pkl.
inline std::vector<unsigned char> pickle(const QString& name) {
  const QByteArray data = read(name + ".pkl");
  return {data.begin(), data.end()};
}

inline QStringList names() {
  QStringList all = folder().entryList({"*.pkl"}, QDir::Files, QDir::Name);
  for (QString& name : all) name.chop(4);
  return all;
}

// A pickle written out in a test; `N` counts the closing zero of the literal.
template <std::size_t N>
std::vector<unsigned char> bytes(const char (&literal)[N]) {
  return {literal, literal + N - 1};
}

}  // namespace samples
