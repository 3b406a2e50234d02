#pragma once

/// \file
/// What is to happen in a case, in the order of its time.

#include <wavetank/base/time.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace wavetank::fidelity {

/// Runs what was planned. What is planned for one time runs in the order in which it was planned.
class Timeline {
public:
    void at(TimePoint time, std::function<void()> what) {
        plans_.emplace(std::max(time, now_), std::move(what));
    }
    void after(Duration delay, std::function<void()> what) {
        at(now_ + delay, std::move(what));
    }

    [[nodiscard]] TimePoint now() const {
        return now_;
    }

    /// Runs all that is due up to `end`, and what comes of it.
    void run_until(TimePoint end) {
        while (!plans_.empty() && plans_.begin()->first <= end) {
            auto plan = plans_.extract(plans_.begin());
            now_ = plan.key();
            plan.mapped()();
        }
        now_ = std::max(now_, end);
    }

    /// The same, as long as something goes on.
    void run_while(const std::function<bool()>& is_going_on, TimePoint end) {
        while (is_going_on() && !plans_.empty() && plans_.begin()->first <= end) {
            auto plan = plans_.extract(plans_.begin());
            now_ = plan.key();
            plan.mapped()();
        }
    }

private:
    std::multimap<TimePoint, std::function<void()>> plans_;
    TimePoint now_{};
};

}  // namespace wavetank::fidelity
