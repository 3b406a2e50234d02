#pragma once

/// \file
/// What of a source file is code: the text with comments and literals taken out.

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::tidy {

/// Returns `text` with every comment and every character of a literal as a space. Lines and columns
/// stay where they were; what an `#include` names is kept.
[[nodiscard]] std::string code_only(std::string_view text);

/// Splits `text` into its lines, without their ends.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// Tells whether `character` can stand in an identifier.
[[nodiscard]] bool is_identifier(char character);

}  // namespace wavetank::tidy
