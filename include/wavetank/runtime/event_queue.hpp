#pragma once

/// \file
/// Which event is next?

#include <wavetank/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <queue>
#include <vector>

namespace wavetank::runtime {

/// Something that is due: when, and a key that breaks ties and says what.
struct Event {
    TimePoint time;
    std::uint64_t key = 0;

    bool operator==(const Event&) const = default;
};

/// Whether `left` comes before `right` in the order of (time, key).
[[nodiscard]] inline bool is_before(const Event& left, const Event& right) {
    return left.time != right.time ? left.time < right.time : left.key < right.key;
}

/// A priority queue of events in the exact order of (time, key).
class EventQueue {
public:
    void push(const Event& event) {
        queue_.push(event);
    }
    [[nodiscard]] const Event& front() {
        return queue_.top();
    }
    Event pop() {
        const Event event = queue_.top();
        queue_.pop();
        return event;
    }
    [[nodiscard]] bool empty() const {
        return queue_.empty();
    }
    [[nodiscard]] std::size_t size() const {
        return queue_.size();
    }

private:
    struct After {
        bool operator()(const Event& left, const Event& right) const {
            return is_before(right, left);
        }
    };
    std::priority_queue<Event, std::vector<Event>, After> queue_;
};

}  // namespace wavetank::runtime
