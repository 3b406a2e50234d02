#pragma once

/// \file
/// What time is it, in the run and for people?

#include <wavetank/base/time.hpp>

namespace wavetank::runtime {

/// Tells the time of a run, and the civil time that a run pretends to have.
class Clock {
public:
    virtual ~Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    /// Returns the time since the run began. It never goes back.
    [[nodiscard]] virtual TimePoint now() const = 0;

    /// Returns the civil time of now: what kubectl and people read.
    [[nodiscard]] WallTime wall() const {
        return wall_at(now());
    }

    /// Returns the civil time of `time`.
    [[nodiscard]] WallTime wall_at(TimePoint time) const {
        return wall_epoch_ + time.time_since_epoch();
    }

    /// Returns the time of the run at which `wall` is the civil time; negative if before the start.
    [[nodiscard]] TimePoint time_at(WallTime wall) const {
        return TimePoint{wall - wall_epoch_};
    }

    /// Returns the civil time at which the run began.
    [[nodiscard]] WallTime wall_epoch() const {
        return wall_epoch_;
    }

protected:
    explicit Clock(WallTime wall_epoch) : wall_epoch_{wall_epoch} {}

private:
    WallTime wall_epoch_;
};

}  // namespace wavetank::runtime
