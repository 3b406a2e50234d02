#pragma once

/// \file
/// Which event is next?
///
/// The heart of a simulation asks this a million times a second, and the answer must not cost more
/// because ten million events are pending. A heap misses the cache at each of its levels; a ladder
/// sorts events roughly as they come in and exactly just before they are due.

#include <wavetank/base/assert.hpp>
#include <wavetank/base/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
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
///
/// This is the ladder queue of Tang, Goh and Thng with a narrow fan-out: at most 256 buckets a rung
/// and about 16 events a bucket, so that each stream of appends stays in the cache, as in a radix
/// sort. Unlike theirs it also splits a bottom that grows, and sends what cannot be split to a
/// heap.
///
/// Determinism: the bucket of a time comes from one monotone expression, so rounding cannot swap
/// two events. Events that are equal in time and key leave in no set order.
/// Cost: 20 to 35 ns a pop and push, from a thousand to ten million pending events; never worse
/// than a binary heap by more than a constant. `bench/README.md` has the figures.
class EventQueue {
public:
    /// Adds an event. Requires: its time is not negative. It may precede events popped before.
    void push(const Event& event);

    /// Returns the first event; valid until the next call. Requires: not empty.
    [[nodiscard]] const Event& front();

    /// Removes and returns the first event. Requires: not empty.
    Event pop();

    [[nodiscard]] bool empty() const {
        return size_ == 0;
    }
    [[nodiscard]] std::size_t size() const {
        return size_;
    }

private:
    using Bucket = std::vector<Event>;

    static constexpr std::size_t fan_out = 256;
    static constexpr std::size_t events_per_bucket = 16;
    static constexpr std::size_t split_above = 48;   // a bucket larger than this becomes a rung
    static constexpr std::size_t bottom_limit = 96;  // as does a bottom larger than this
    static constexpr std::size_t rung_limit = 10;    // beyond, a bucket is sorted whatever its size

    // Buckets of equal width. Those before `current` have been emptied into the rung below.
    struct Rung {
        TimePoint start;
        double buckets_per_nanosecond = 0;
        double open_from = 0;  // `current`, or infinity when the last bucket has been emptied
        double last = 0;       // index of the last bucket
        std::size_t current = 0;
        std::size_t count = 0;
        std::vector<Bucket> buckets;

        [[nodiscard]] double place(TimePoint time) const {
            return static_cast<double>((time - start).count()) * buckets_per_nanosecond;
        }
    };

    struct After {
        bool operator()(const Event& left, const Event& right) const {
            return is_before(right, left);
        }
    };

    void push_top(const Event& event);
    void push_bottom(const Event& event);
    void fill_bottom();
    void empty_top();
    void spread(Bucket& events, TimePoint low, TimePoint high);
    void sort_into_bottom(Bucket& events);

    // 1. Every event of `bottom_` and `late_` precedes every event of the rungs, every event of a
    //    rung those of the rungs before it, and every event of the rungs those of `top_`.
    // 2. `bottom_` is in descending order.
    // 3. `top_` holds just the events later than `horizon_`.
    Bucket bottom_;
    std::priority_queue<Event, Bucket, After> late_;
    std::array<Rung, rung_limit> rungs_;
    std::size_t rung_count_ = 0;
    TimePoint horizon_{Duration{-1}};
    Bucket top_;
    TimePoint top_first_ = TimePoint::max();
    TimePoint top_last_ = TimePoint::min();
    std::size_t size_ = 0;
};

// Defined here because they are the path of every simulated event.

inline void EventQueue::push(const Event& event) {
    WAVETANK_ASSERT(event.time >= TimePoint{});
    ++size_;
    if (event.time > horizon_) {
        push_top(event);
        return;
    }
    for (std::size_t i = 0; i < rung_count_; ++i) {
        Rung& rung = rungs_[i];
        const double place = rung.place(event.time);
        if (place >= rung.open_from) {
            rung.buckets[static_cast<std::size_t>(place < rung.last ? place : rung.last)].push_back(
                event);
            return;
        }
    }
    push_bottom(event);
}

inline void EventQueue::push_top(const Event& event) {
    top_.push_back(event);
    top_first_ = event.time < top_first_ ? event.time : top_first_;
    top_last_ = event.time > top_last_ ? event.time : top_last_;
}

inline const Event& EventQueue::front() {
    WAVETANK_ASSERT(size_ > 0);
    if (late_.empty()) [[likely]] {
        if (bottom_.empty()) {
            fill_bottom();
        }
        return bottom_.back();
    }
    return bottom_.empty() || is_before(late_.top(), bottom_.back()) ? late_.top() : bottom_.back();
}

inline Event EventQueue::pop() {
    const Event& first = front();
    const Event event = first;
    --size_;
    if (late_.empty() || &first != &late_.top()) [[likely]] {
        bottom_.pop_back();
    } else {
        late_.pop();
    }
    return event;
}

}  // namespace wavetank::runtime
