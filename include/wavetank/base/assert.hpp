#pragma once

/// \file
/// Checks for the caller's own mistakes, on in every build.

namespace wavetank {

/// Prints the failed condition with its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace wavetank

/// Aborts unless `condition` holds. Never for what a manifest, a client or a fault can cause.
#define WAVETANK_ASSERT(condition)                       \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::wavetank::assertion_failed(#condition, __FILE__, __LINE__))
