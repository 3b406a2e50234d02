#pragma once

/// \file
/// What is said of attempts and of connections between a client's proxy and a replica.

#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/outlier_detection.hpp>

#include <cstdint>
#include <optional>

namespace wavetank::sim::dataplane {

/// What a detector of outliers hears of an attempt.
struct AttemptResult {
    bool is_connected = false;
    std::optional<mesh::OutlierResult> failure{};
    std::optional<std::uint16_t> status{};
};

/// A connection that is being made, or what comes of checks.
struct Connecting {
    enum class For : std::uint8_t { Requests, Check, NextCheck };

    std::uint32_t upstream = 0;
    std::uint32_t replica = 0;
    mesh::ConnectionId connection = 0;  // of a check, its number
    bool is_late = false;               // when its event comes, it has had its time
    For purpose = For::Requests;
};

}  // namespace wavetank::sim::dataplane
