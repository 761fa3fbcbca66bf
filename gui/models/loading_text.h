// What loading a file does, in words.
#pragma once

#include <QString>

#include "inspect/effects/loaders.h"
#include "inspect/judgement/inspection.h"

namespace dill::inspect {
enum class EffectKind : std::uint8_t;
enum class Reach : std::uint8_t;
}  // namespace dill::inspect

namespace dill::gui {

// "Data only", "Rebuilds named types", "Runs code".
QString levelText(inspect::Level level);
// The same as a sentence: what loading does at this level.
QString levelSentence(inspect::Level level, inspect::Verdict verdict);
// For a narrow column: "Rebuilds types".
QString shortLevelText(inspect::Level level);
// "Nothing suspicious", "Suspicious", "Dangerous", "Cannot be read completely".
QString verdictText(inspect::Verdict verdict);
// "Note", "Suspicious", "Dangerous", "Error".
QString severityText(inspect::Severity severity);

// "imports", "calls", "sets the state of" ...: in front of a name.
QString effectText(inspect::EffectKind kind);
// Empty for what every load() reaches.
QString reachText(inspect::Reach reach);
// "only by pickle.load(file), Python's own pickle"; empty if all of `all` are in `loaders`.
QString loadersText(inspect::Loaders loaders, inspect::Loaders all);

}  // namespace dill::gui
