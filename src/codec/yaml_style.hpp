#pragma once

/// \file
/// Which form of a text is safe in YAML? The rules of go-yaml's emitter.

#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank::codec {

enum class YamlStyle : std::uint8_t { Plain, SingleQuoted, DoubleQuoted, Literal };

/// Whether a text stands before a colon, where it must fit in one line.
enum class YamlRole : std::uint8_t { Key, Value };

/// Chooses the form of a text in block context.
[[nodiscard]] YamlStyle style_of(std::string_view text, YamlRole role);

/// Returns the text in quotes, with what that form has to escape.
[[nodiscard]] std::string single_quoted(std::string_view text);
[[nodiscard]] std::string double_quoted(std::string_view text);

}  // namespace wavetank::codec
