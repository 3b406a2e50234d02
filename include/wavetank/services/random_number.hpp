#pragma once

/// \file
/// The tutorial's first service: a random number.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/distribution.hpp>

#include <cstdint>

namespace wavetank::services {

struct RandomNumberOptions {
    std::int64_t low = 1;     ///< smallest number, unless a request says otherwise
    std::int64_t high = 100;  ///< largest number; at least `low`
    Distribution work{};      ///< CPU time of a request
};

/// Returns a handler that answers `GET /` with a uniform integer from `low` to `high`, both
/// included, as text, and serves `wavetank.random.v1.RandomNumberService` by the Connect protocol's
/// unary rules (JSON and binary).
[[nodiscard]] actor::Handler random_number(RandomNumberOptions options = {});

}  // namespace wavetank::services
