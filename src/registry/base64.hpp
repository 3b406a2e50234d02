#pragma once

/// \file
/// Base64 as Go's JSON decoder reads it.

#include <wavetank/base/result.hpp>

#include <string>
#include <string_view>

namespace wavetank::registry {

/// Returns the bytes. Line ends are skipped.
/// Errors: `BadRequest` in Go's words: "illegal base64 data at input byte 3".
[[nodiscard]] Result<std::string> base64_decoded(std::string_view text);

/// Returns the text for the bytes, with padding.
[[nodiscard]] std::string base64_encoded(std::string_view bytes);

}  // namespace wavetank::registry
