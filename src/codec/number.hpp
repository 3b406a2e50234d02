#pragma once

/// \file
/// JSON's numbers between their text and their value.

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wavetank::codec {

/// Reads a JSON literal: int64 if it is a whole number that fits, else uint64, else double.
/// What is too large for a double becomes the largest one.
[[nodiscard]] boost::json::value number_value(std::string_view literal);

/// Reads a literal without point and exponent; nothing if it is none or does not fit.
[[nodiscard]] std::optional<std::int64_t> integer_of(std::string_view literal);

/// Writes the shortest text that reads back as `value`, as Go's encoding/json does: no exponent
/// from 1e-6 to below 1e21, whole numbers without a point. Not finite: "null".
[[nodiscard]] std::string double_text(double value);

/// Writes the shortest text that reads back as `value`, with an exponent below 1e-4 and from 1e6
/// on, as Go's FormatFloat 'g'. Requires: `value` is finite.
[[nodiscard]] std::string general_text(double value);
[[nodiscard]] std::string general_text(float value);

}  // namespace wavetank::codec
