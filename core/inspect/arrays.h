// Arrays of numpy, tensors of torch and joblib's raw arrays, as the symbolic machine meets them: dtype, shape, items.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/numpy_times.h"
#include "inspect/raw_array.h"
#include "inspect/values.h"

namespace dill::inspect {

inline constexpr std::string_view kRawArrayWrapper = "joblib.numpy_pickle.NumpyArrayWrapper";

struct DType {
  ItemType item;
  char order = '=';      // '<' or '>' where it matters
  bool objects = false;  // its items are objects, or have some in them
  TimeUnit unit = {};    // of datetime64 and timedelta64
};

// "float64", "int8", "U10", "object", "V12", "datetime64[ns]".
std::string dtype_name(const DType& dtype);

// The class of numpy's scalars of that dtype: "float64", "str_", "datetime64"; `numpy_1`: as numpy 1.x calls it.
std::string scalar_class(const DType& dtype, bool numpy_1);

// "float64, shape (2, 3)"
std::string array_text(std::string_view dtype, std::span<const std::uint64_t> shape);

// An item of a plain dtype as Python shows it; "" for a dtype that is not plain or too few bytes.
std::string item_text(const DType& dtype, std::span<const unsigned char> bytes);

// The dtype of torch's storage classes: "FloatStorage" -> "float32"; "" if it is not known.
std::string_view storage_dtype(std::string_view storage_class);

// A numpy.dtype object; nothing if it is none that is plain enough to be understood.
std::optional<DType> dtype_of(const Values& values, ValueId dtype);
// A tuple of lengths.
std::optional<std::vector<std::uint64_t>> shape_of(const Values& values, ValueId tuple);
// Item `place` of a tuple; kNone if there is none.
ValueId item_of(const Values& values, ValueId tuple, std::size_t place);

// What follows the state of a joblib.numpy_pickle.NumpyArrayWrapper; nothing if `object` is none.
std::optional<RawArray> raw_array_of(const Values& values, ValueId object);

}  // namespace dill::inspect
