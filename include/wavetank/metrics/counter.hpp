#pragma once

/// \file
/// How many, and how many at a time?

#include <wavetank/base/time.hpp>

#include <cstdint>

namespace wavetank::metrics {

/// Counts what has happened. It never goes down.
class Counter {
public:
    void add(std::uint64_t amount = 1) {
        value_ += amount;
    }
    void merge(const Counter& other) {
        value_ += other.value_;
    }
    [[nodiscard]] std::uint64_t value() const {
        return value_;
    }

    bool operator==(const Counter&) const = default;

private:
    std::uint64_t value_ = 0;
};

/// A level that goes up and down, with its average over time.
///
/// Determinism: levels are integers and so is their integral, hence the average depends on neither
/// the number of changes nor rounding along the way.
class Gauge {
public:
    /// A level that is `value` from `start` on.
    explicit Gauge(TimePoint start = {}, std::int64_t value = 0);

    /// Requires: `now` is not before the last change.
    void set(TimePoint now, std::int64_t value);
    void add(TimePoint now, std::int64_t difference);

    [[nodiscard]] std::int64_t value() const {
        return value_;
    }
    [[nodiscard]] std::int64_t max() const {
        return max_;
    }

    /// Returns the average of the level from its start to `now`; the level itself if no time has
    /// passed. Requires: `now` is not before the last change.
    [[nodiscard]] double average(TimePoint now) const;

    /// Returns the integral of the level from its start to `now`, in level-seconds: the CPU seconds
    /// of a level of CPUs. Requires: `now` is not before the last change.
    [[nodiscard]] double integral_seconds(TimePoint now) const;

private:
    __extension__ using Wide = __int128;

    [[nodiscard]] Wide integral(TimePoint now) const;

    TimePoint start_;
    TimePoint changed_;
    std::int64_t value_;
    std::int64_t max_;
    Wide integral_ = 0;  // level times nanoseconds, up to the last change
};

}  // namespace wavetank::metrics
