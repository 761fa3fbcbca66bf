// What loading a pickle would look up and call, in order, as rows that views can show: a few bytes each, texts shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/effects/loaders.h"

namespace dill::inspect {
enum class EffectKind : std::uint8_t;
enum class Reach : std::uint8_t;
}  // namespace dill::inspect

namespace dill::gui {

struct EffectRow {
  std::uint64_t offset = 0;     // of the opcode
  std::uint32_t callee = 0;     // index into EffectList::callees
  std::uint32_t arguments = 0;  // index into EffectList::texts: of a call, as an expression; "" if none was kept
  inspect::Loaders loaders = inspect::kNoLoader;
  inspect::EffectKind kind{};
  inspect::Reach reach{};
};

// A name, or what is known of it, with everything that is done to it.
struct Callee {
  std::string text;     // "os.system", "getattr(…, <name known only when it is loaded>)"
  bool global = false;  // module and name are both known: `text` is them joined by a dot
  std::uint64_t lookups = 0;
  std::uint64_t others = 0;  // calls, states, hooks
  std::vector<std::uint32_t> rows;
};

struct EffectList {
  static constexpr std::size_t kMaxRows = 1'000'000;
  static constexpr std::size_t kMaxCallees = 100'000;
  static constexpr std::size_t kMaxText = 16U << 20;  // bytes of arguments that are kept in all

  std::vector<EffectRow> rows;  // in the order of the file
  std::vector<Callee> callees;  // in the order of their first row
  std::vector<std::string> texts;
  inspect::Loaders all = inspect::kPlainLoaders;  // loaders that read the stream at all
  bool cut = false;                               // there is more than is listed

  const std::string& arguments(const EffectRow& row) const { return texts[row.arguments]; }
};

// Reads what loading `bytes` would do. For a worker thread; stops early once `cancel` is set.
// `progress`, which may be empty, is told now and then how many bytes have been read.
std::shared_ptr<const EffectList> listEffects(std::span<const unsigned char> bytes, const std::atomic<bool>& cancel,
                                              const std::function<void(std::uint64_t done)>& progress = {});

}  // namespace dill::gui
