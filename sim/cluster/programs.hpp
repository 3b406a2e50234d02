#pragma once

/// \file
/// The programs that every simulation knows without being told.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/distribution.hpp>

#include <optional>
#include <string>

namespace wavetank::sim {

/// CPU time of a request to an image that nobody has described.
[[nodiscard]] Distribution assumed_work();

/// Returns the built-in service of `image` ("wavetank/random-number-service",
/// "wavetank/addition-service", "wavetank/front-end", with any tag), which by itself costs no CPU
/// time; null if it is none of them.
[[nodiscard]] actor::Handler built_in_program(const std::string& image);

}  // namespace wavetank::sim
