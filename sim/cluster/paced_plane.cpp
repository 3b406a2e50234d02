#include "sim/cluster/paced_plane.hpp"

namespace wavetank::sim {

PacedPlane::PacedPlane(runtime::Executor& executor, DataPlaneOptions options)
    : executor_(executor), clock_(executor.clock()), plane_(std::move(options)) {}

PacedPlane::~PacedPlane() {
    executor_.cancel(timer_);
}

DataPlane& PacedPlane::at_present() {
    plane_.run_until(clock_.now());
    return plane_;
}

// Several things that are done at one time need not ask each time whether something was due before.
DataPlane& PacedPlane::in_time() {
    const TimePoint now = clock_.now();
    const bool has_caught_up = keeps_pace_ && plane_.now() == now && wakes_at_ > now;
    return has_caught_up ? plane_ : at_present();
}

void PacedPlane::keep_pace() {
    keeps_pace_ = true;
    act([](DataPlane& /*plane*/) {});
}

// Wakes up when something is due. A call that is later than that is of no use any more.
void PacedPlane::plan() {
    if (!keeps_pace_) {
        return;
    }
    const TimePoint next = plane_.next_time();
    if (next >= wakes_at_) {
        return;
    }
    executor_.cancel(timer_);
    wakes_at_ = next;
    timer_ = executor_.schedule(next, [this] {
        wakes_at_ = TimePoint::max();
        static_cast<void>(at_present());
        plan();
    });
}

}  // namespace wavetank::sim
