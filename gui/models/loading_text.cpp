#include "models/loading_text.h"

#include <QCoreApplication>
#include <QStringList>

#include "inspect/effects/effects.h"

namespace dill::gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("LoadingText", text); }

QString loaderText(inspect::Loader loader) {
  using inspect::Loader;
  switch (loader) {
    case Loader::CLoads:
      return QStringLiteral("pickle.loads(bytes)");
    case Loader::CBytesIO:
      return QStringLiteral("pickle.load(BytesIO)");
    case Loader::CFile:
      return QStringLiteral("pickle.load(file)");
    case Loader::Python:
      return tr("pickle written in Python");
    case Loader::CNew:
      return tr("pickle of Python 3.14");
    case Loader::PythonNew:
      return tr("pickle written in Python, of 3.14");
    case Loader::Dill:
      return QStringLiteral("dill.load");
    case Loader::Joblib:
      return QStringLiteral("joblib.load");
    case Loader::TorchLegacy:
      return QStringLiteral("torch.load");
  }
  return {};
}

}  // namespace

QString levelText(inspect::Level level) {
  switch (level) {
    case inspect::Level::DataOnly:
      return tr("Data only");
    case inspect::Level::Reconstruction:
      return tr("Rebuilds named types");
    case inspect::Level::Calls:
      return tr("Runs code");
  }
  return {};
}

QString shortLevelText(inspect::Level level) {
  return level == inspect::Level::Reconstruction ? tr("Rebuilds types") : levelText(level);
}

QString levelSentence(inspect::Level level, inspect::Verdict verdict) {
  switch (level) {
    case inspect::Level::DataOnly:
      return tr("Loading imports nothing and calls nothing.");
    case inspect::Level::Reconstruction:
      return tr("Loading imports known types and rebuilds them from plain data.");
    case inspect::Level::Calls:
      return verdict == inspect::Verdict::Dangerous ? tr("Loading runs code that is known to be dangerous.")
                                                    : tr("Loading calls things that are not known to be harmless.");
  }
  return {};
}

QString verdictText(inspect::Verdict verdict) {
  switch (verdict) {
    case inspect::Verdict::Clean:
      return tr("Nothing suspicious");
    case inspect::Verdict::Suspicious:
      return tr("Suspicious");
    case inspect::Verdict::Dangerous:
      return tr("Dangerous");
    case inspect::Verdict::Error:
      return tr("Cannot be read completely");
  }
  return {};
}

QString severityText(inspect::Severity severity) {
  switch (severity) {
    case inspect::Severity::Note:
      return tr("Note");
    case inspect::Severity::Suspicious:
      return tr("Suspicious");
    case inspect::Severity::Dangerous:
      return tr("Dangerous");
    case inspect::Severity::Error:
      return tr("Error");
  }
  return {};
}

QString effectText(inspect::EffectKind kind) {
  switch (kind) {
    case inspect::EffectKind::Lookup:
      return tr("imports");
    case inspect::EffectKind::Call:
      return tr("calls");
    case inspect::EffectKind::Build:
      return tr("sets the state of");
    case inspect::EffectKind::Hook:
      return tr("adds items to");
    case inspect::EffectKind::Hash:
      return tr("hashes");
    case inspect::EffectKind::PersistentLoad:
      return tr("asks the application for");
    case inspect::EffectKind::Extension:
      return tr("looks up the extension code");
  }
  return {};
}

QString reachText(inspect::Reach reach) {
  switch (reach) {
    case inspect::Reach::Reached:
      return {};
    case inspect::Reach::NotReached:
      return tr("in a later pickle: only if load() is called again");
    case inspect::Reach::AfterFault:
      return tr("behind a fault: no loader comes this far");
  }
  return {};
}

QString loadersText(inspect::Loaders loaders, inspect::Loaders all) {
  if ((loaders & all) == all || loaders == inspect::kNoLoader) return {};
  QStringList names;
  for (std::size_t i = 0; i < inspect::kLoaderCount; ++i) {
    const auto loader = static_cast<inspect::Loader>(i);
    if ((loaders & inspect::bit(loader)) != 0) names << loaderText(loader);
  }
  return tr("only by %1").arg(names.join(QStringLiteral(", ")));
}

}  // namespace dill::gui
