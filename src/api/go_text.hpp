#pragma once

/// \file
/// Texts and numbers as Go reads and writes them, where users see the result in messages.

#include <wavetank/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api {

enum class NumberProblem : std::uint8_t { None, Syntax, Range };

struct ParsedNumber {
    std::int64_t number = 0;  ///< with `Range`, the nearest one
    NumberProblem problem = NumberProblem::None;
};

/// Reads a decimal number as Go's `strconv.Atoi`: one sign, leading zeros, no blanks.
[[nodiscard]] ParsedNumber parse_number(std::string_view text);

/// Returns the parts between the separators; one empty part for an empty text.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace wavetank::api
