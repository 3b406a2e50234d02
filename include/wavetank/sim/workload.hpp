#pragma once

/// \file
/// Load as a user of the C++ interface asks for it.

#include <wavetank/base/distribution.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

enum class Arrivals : std::uint8_t {
    Poisson,   ///< exponential spacing, as of many independent users
    Constant,  ///< equal spacing
};

/// A stretch of a load whose rate goes in a straight line from `from` to `to`, a second.
struct LoadStage {
    Duration duration{};
    double from = 0;
    double to = 0;
};

/// Users who send a request, wait for its answer, think, and send the next: a closed loop.
struct Users {
    std::uint32_t count = 1;
    Distribution think{};
};

/// Requests that come at their own pace, answered or not: an open loop. Latency counts from the
/// moment a request was meant to start. With `users`, a closed loop.
struct Load {
    std::string name;                 ///< default: its target
    std::string target;               ///< URL of a Service; its path goes with the request
    double requests_per_second = 0;   ///< for a steady rate
    std::vector<LoadStage> stages{};  ///< or a rate that changes; ends after the last
    bool repeats = false;             ///< begins anew after the last, if they bring any request
    TimePoint start{};
    std::optional<Duration> duration{};  ///< of a steady rate; default: to the end of the run
    Arrivals arrivals = Arrivals::Poisson;
    mesh::Request request{};
    std::optional<Users> users{};  ///< in place of all rates
};

}  // namespace wavetank::sim
