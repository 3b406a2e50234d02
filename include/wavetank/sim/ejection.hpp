#pragma once

/// \file
/// Which replicas did clients leave out?

#include <wavetank/base/time.hpp>

#include <cstdint>
#include <string>

namespace wavetank::sim {

/// A replica that the proxies of clients left out for how it answered.
struct Ejection {
    std::string replica;      ///< its name
    TimePoint first{};        ///< when the first of them did
    std::uint64_t count = 0;  ///< how often, all of them together
};

}  // namespace wavetank::sim
