#include "inspect/meaning/opcode_tables.h"

namespace dill::inspect {

namespace {

// clang-format off
#include "inspect/meaning/tables/python_3_8.inc"
#include "inspect/meaning/tables/python_3_9.inc"
#include "inspect/meaning/tables/python_3_10.inc"
#include "inspect/meaning/tables/python_3_11.inc"
#include "inspect/meaning/tables/python_3_12.inc"
#include "inspect/meaning/tables/python_3_13.inc"
#include "inspect/meaning/tables/python_3_14.inc"
// clang-format on

OpcodeTable make_table(int minor, std::span<const OpcodeInfo> opcodes, std::span<const std::string_view> comparisons,
                       std::span<const std::string_view> operators, std::span<const std::string_view> intrinsics_1,
                       std::span<const std::string_view> intrinsics_2,
                       std::span<const std::string_view> common_constants,
                       std::span<const std::string_view> special_methods) {
  OpcodeTable table{.minor = minor,
                    .opcode = {},
                    .comparisons = comparisons,
                    .operators = operators,
                    .intrinsics_1 = intrinsics_1,
                    .intrinsics_2 = intrinsics_2,
                    .common_constants = common_constants,
                    .special_methods = special_methods};
  for (const OpcodeInfo& info : opcodes) table.opcode[info.code] = &info;
  return table;
}

#define DILL_TABLE(MINOR)                                                                                        \
  make_table(MINOR, python_3_##MINOR::kOpcodes, python_3_##MINOR::kComparisons, python_3_##MINOR::kOperators,    \
             python_3_##MINOR::kIntrinsics1, python_3_##MINOR::kIntrinsics2, python_3_##MINOR::kCommonConstants, \
             python_3_##MINOR::kSpecialMethods)

}  // namespace

const OpcodeTable* opcode_table(int minor) {
  static const std::array<OpcodeTable, kLastPython - kFirstPython + 1> tables{
      DILL_TABLE(8), DILL_TABLE(9), DILL_TABLE(10), DILL_TABLE(11), DILL_TABLE(12), DILL_TABLE(13), DILL_TABLE(14)};
  if (minor < kFirstPython || minor > kLastPython) return nullptr;
  return &tables[static_cast<std::size_t>(minor - kFirstPython)];
}

}  // namespace dill::inspect
