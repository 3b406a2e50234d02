#pragma once

/// \file
/// UTF-8: is it valid, and how is a code point written?

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank::codec {

/// Returns the length of the well-formed sequence at `offset` (1 to 4); 0 if there is none.
/// Requires: `offset` is inside `text`.
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t offset);

/// Returns the offset of the first byte that is not part of well-formed UTF-8; npos if all is.
[[nodiscard]] std::size_t utf8_error(std::string_view text);

/// Returns the code point of the well-formed sequence at `offset`.
[[nodiscard]] std::uint32_t utf8_decode(std::string_view text, std::size_t offset);

/// Appends a code point; surrogates and what lies beyond Unicode become U+FFFD.
void utf8_append(std::string& text, std::uint32_t code_point);

}  // namespace wavetank::codec
