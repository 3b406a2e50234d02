#pragma once

/// \file
/// The tutorial's second service: the sum of two numbers.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/distribution.hpp>

namespace wavetank::services {

struct AdderOptions {
    Distribution work{};  ///< CPU time of a request
};

/// Returns a handler that answers `GET /?a=1&b=2` with the sum as text, and serves
/// `wavetank.adder.v1.AdderService` by the Connect protocol's unary rules (JSON and binary). A sum
/// that does not fit in 64 bits is an error, never a wrap.
[[nodiscard]] actor::Handler adder(AdderOptions options = {});

}  // namespace wavetank::services
