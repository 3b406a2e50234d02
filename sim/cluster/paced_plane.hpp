#pragma once

/// \file
/// A data plane on the clock of a cluster.

#include <wavetank/runtime/clock.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <utility>

namespace wavetank::sim {

/// Lets a data plane catch up with the clock whenever something is done to it or asked of it; at
/// one time it is first. Once there is code that hears of what happens in it, it keeps pace: all
/// happens when it is due.
class PacedPlane {
public:
    /// Lifetime: `executor` and what the options name outlive it.
    PacedPlane(runtime::Executor& executor, DataPlaneOptions options);
    ~PacedPlane();
    PacedPlane(const PacedPlane&) = delete;
    PacedPlane& operator=(const PacedPlane&) = delete;

    /// Returns the data plane as it is now, to look at.
    [[nodiscard]] DataPlane& at_present();

    /// Does something to the data plane.
    template <class Action>
    auto act(Action action) {
        struct Replan {
            PacedPlane& plane;
            ~Replan() {
                plane.plan();
            }
        } const replan{*this};
        return action(in_time());
    }

    /// Keeps pace from now on.
    void keep_pace();

private:
    [[nodiscard]] DataPlane& in_time();
    void plan();

    runtime::Executor& executor_;
    const runtime::Clock& clock_;
    DataPlane plane_;
    bool keeps_pace_ = false;
    TimePoint wakes_at_ = TimePoint::max();
    runtime::TimerId timer_ = runtime::TimerId::None;
};

}  // namespace wavetank::sim
