#include "app/file_kind.h"

#include <QCoreApplication>

#include "inspect/containers/members.h"

namespace dill::gui {

namespace {
QString tr(const char* text) { return QCoreApplication::translate("FileKind", text); }

// The format with this name; Data if there is none.
inspect::Format formatOf(std::string_view name) {
  for (int i = 0; i < static_cast<int>(inspect::Format::Data); ++i) {
    const auto format = static_cast<inspect::Format>(i);
    if (inspect::to_string(format) == name) return format;
  }
  return inspect::Format::Data;
}
}  // namespace

QString fileKind(std::string_view format) {
  using inspect::Format;
  switch (formatOf(format)) {
    case Format::SevenZip:
      return tr("a 7z archive");
    case Format::Rar:
      return tr("a RAR archive");
    case Format::Hdf5:
      return tr("an HDF5 file");
    case Format::Safetensors:
      return tr("a safetensors file");
    case Format::Onnx:
      return tr("an ONNX model");
    case Format::Gguf:
      return tr("a GGUF model");
    case Format::Parquet:
      return tr("a Parquet file");
    case Format::Arrow:
      return tr("an Arrow file");
    case Format::Sqlite:
      return tr("an SQLite database");
    case Format::Dtrace:
      return tr("a recording of the Explorer");
    case Format::Elf:
      return tr("a program or library");
    case Format::Pdf:
      return tr("a PDF document");
    case Format::Png:
      return tr("a PNG picture");
    case Format::Text:
      return tr("a text file");
    case Format::Npy:
      return tr("a numpy array of plain numbers");
    default:
      return {};
  }
}

QString fileAdvice(std::string_view format) {
  using inspect::Format;
  switch (formatOf(format)) {
    case Format::SevenZip:
    case Format::Rar:
      return tr("Unpack it, then open what was in it.");
    case Format::Text:
      return tr("If it is a Python program, give it a name that ends in .py: then it can be run and examined.");
    case Format::Safetensors:
    case Format::Npy:
    case Format::Parquet:
    case Format::Arrow:
    case Format::Hdf5:
      return tr("The library that it belongs to can show what is in it.");
    default:
      return {};
  }
}

}  // namespace dill::gui
