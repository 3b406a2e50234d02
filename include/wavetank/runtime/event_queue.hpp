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
#include <memory>
#include <new>
#include <queue>
#include <utility>
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
/// than a binary heap by more than a constant. `bench/README.md` has the figures. Memory: 17 bytes
/// for each event at the peak, and up to 3 MiB.
class EventQueue {
public:
    EventQueue() = default;
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;

    /// Adds an event. Requires: its time is not negative. It may precede events popped before.
    void push(const Event& event);

    /// Returns the first event; valid until the next call. Requires: not empty.
    [[nodiscard]] const Event& front();

    /// Removes and returns the first event. Requires: not empty.
    Event pop();

    /// Returns how many of the next events are in order already, so that one can make ready for
    /// them. Others may still come between.
    [[nodiscard]] std::size_t known_ahead() const {
        return bottom_.size();
    }
    /// Returns the one of them that so many others precede. Requires: others < known_ahead().
    [[nodiscard]] const Event& ahead(std::size_t others) const {
        return bottom_[bottom_.size() - 1 - others];
    }

    [[nodiscard]] bool empty() const {
        return size_ == 0;
    }
    [[nodiscard]] std::size_t size() const {
        return size_;
    }

private:
    static constexpr std::size_t fan_out = 256;
    static constexpr std::size_t events_per_bucket = 16;
    static constexpr std::size_t split_above = 48;   // a bucket larger than this becomes a rung
    static constexpr std::size_t bottom_limit = 96;  // as does a bottom larger than this
    static constexpr std::size_t rung_limit = 10;    // beyond, a bucket is sorted whatever its size

    // A piece of a bucket. Its 17 cache lines are an odd number, so that the chunks of all buckets
    // do not begin in the same few sets of the cache.
    struct Chunk {
        static constexpr std::size_t capacity = 67;
        Chunk* previous = nullptr;
        std::uint64_t padding = 0;
        std::array<Event, capacity> events;
    };

    // Deals out chunks and takes them back, the latest first, which is still in the cache.
    class ChunkPool {
    public:
        Chunk* get();
        void put(Chunk* chunk);

    private:
        void grow();

        struct Release {
            std::align_val_t alignment;
            void operator()(std::byte* slab) const;
        };
        std::vector<std::unique_ptr<std::byte, Release>> slabs_;
        std::byte* unused_ = nullptr;
        std::size_t unused_count_ = 0;
        std::size_t slab_chunks_ = 0;
        Chunk* free_ = nullptr;
    };

    // Events in no order, in a chain of chunks of which all but the last are full.
    struct Bucket {
        Event* next = nullptr;  // where the next event goes, up to `limit`
        Event* limit = nullptr;
        Chunk* chunk = nullptr;
        std::size_t capacity = 0;  // of all chunks

        [[nodiscard]] std::size_t size() const {
            return capacity - static_cast<std::size_t>(limit - next);
        }
    };

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

    [[nodiscard]] static std::pair<TimePoint, TimePoint> span_of(const Bucket& bucket);
    void append(Bucket& bucket, const Event& event);
    void extend(Bucket& bucket);
    void push_top(const Event& event);
    void push_bottom(const Event& event);
    void fill_bottom();
    void empty_top();
    Rung& add_rung(std::size_t events, TimePoint low, TimePoint high);
    void spread(Bucket& bucket, TimePoint low, TimePoint high);
    void spread_bottom();
    void sort_into_bottom(Bucket& bucket);

    // Calls `use` for each event of `bucket` and gives its chunks back as it goes.
    template <class Use>
    void consume(Bucket& bucket, Use use);

    // 1. Every event of `bottom_` and `late_` precedes every event of the rungs, every event of a
    //    rung those of the rungs before it, and every event of the rungs those of `top_`.
    // 2. `bottom_` is in descending order.
    // 3. `top_` holds just the events later than `horizon_`.
    std::vector<Event> bottom_;
    std::priority_queue<Event, std::vector<Event>, After> late_;
    std::array<Rung, rung_limit> rungs_;
    std::size_t rung_count_ = 0;
    TimePoint horizon_{Duration{-1}};
    Bucket top_;
    TimePoint top_first_ = TimePoint::max();
    TimePoint top_last_ = TimePoint::min();
    std::size_t size_ = 0;
    ChunkPool pool_;
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
            append(rung.buckets[static_cast<std::size_t>(place < rung.last ? place : rung.last)],
                   event);
            return;
        }
    }
    push_bottom(event);
}

inline void EventQueue::append(Bucket& bucket, const Event& event) {
    if (bucket.next == bucket.limit) [[unlikely]] {
        extend(bucket);
    }
    *bucket.next++ = event;
}

inline void EventQueue::push_top(const Event& event) {
    append(top_, event);
    top_first_ = event.time < top_first_ ? event.time : top_first_;
    top_last_ = event.time > top_last_ ? event.time : top_last_;
}

[[gnu::always_inline]] inline const Event& EventQueue::front() {
    WAVETANK_ASSERT(size_ > 0);
    if (late_.empty()) [[likely]] {
        if (bottom_.empty()) {
            fill_bottom();
        }
        return bottom_.back();
    }
    return bottom_.empty() || is_before(late_.top(), bottom_.back()) ? late_.top() : bottom_.back();
}

[[gnu::always_inline]] inline Event EventQueue::pop() {
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
