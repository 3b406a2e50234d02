#pragma once

/// \file
/// Times as Kubernetes objects carry them: whole seconds, or microseconds.

#include <wavetank/base/time.hpp>

#include <compare>

namespace wavetank::api {

/// Kubernetes' `metav1.Time`: civil time in whole seconds (the rest is cut off).
struct Time {
    WallTime value{};

    Time() = default;
    explicit Time(WallTime time) : value(std::chrono::floor<std::chrono::seconds>(time)) {}
    auto operator<=>(const Time&) const = default;
};

/// Kubernetes' `metav1.MicroTime`: civil time in microseconds.
struct MicroTime {
    WallTime value{};

    MicroTime() = default;
    explicit MicroTime(WallTime time)
        : value(std::chrono::floor<std::chrono::microseconds>(time)) {}
    auto operator<=>(const MicroTime&) const = default;
};

}  // namespace wavetank::api
