#include <wavetank/runtime/event_queue.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::runtime {
namespace {

// One comparison without a branch on the outcome of the times, for loops that cannot predict it.
bool is_less(const Event& left, const Event& right) {
    __extension__ using Wide = unsigned __int128;
    const auto wide = [](const Event& event) {
        return static_cast<Wide>(event.time.time_since_epoch().count()) << 64 | event.key;
    };
    return wide(left) < wide(right);
}

// Moves the last event of a descending sequence to its place. Cost: one move per smaller event.
void insert_last(std::vector<Event>& events) {
    Event* const begin = events.data();
    Event* hole = begin + events.size() - 1;
    const Event event = *hole;
    for (; hole != begin && is_less(hole[-1], event); --hole) {
        *hole = hole[-1];
    }
    *hole = event;
}

// Insertion sort beats std::sort up to two dozen events, which is what a bucket usually holds.
void sort_descending(std::vector<Event>& events) {
    if (events.size() > 24) {
        std::sort(events.begin(), events.end(),
                  [](const Event& left, const Event& right) { return is_less(right, left); });
        return;
    }
    Event* const begin = events.data();
    for (std::size_t i = 1; i < events.size(); ++i) {
        const Event event = begin[i];
        Event* hole = begin + i;
        for (; hole != begin && is_less(hole[-1], event); --hole) {
            *hole = hole[-1];
        }
        *hole = event;
    }
}

}  // namespace

void EventQueue::push_bottom(const Event& event) {
    if (bottom_.size() < bottom_limit) {
        bottom_.push_back(event);
        insert_last(bottom_);
        return;
    }
    const TimePoint first = bottom_.back().time;
    const TimePoint last = bottom_.front().time;
    if (first == last || rung_count_ == rung_limit) {
        late_.push(event);
        return;
    }
    spread(bottom_, first, last);
    --size_;
    push(event);
}

// Moves events down the ladder until the bottom holds the next ones, in order.
void EventQueue::fill_bottom() {
    while (bottom_.empty()) {
        if (rung_count_ == 0) {
            empty_top();
            continue;
        }
        Rung& rung = rungs_[rung_count_ - 1];
        while (rung.current < rung.count && rung.buckets[rung.current].empty()) {
            ++rung.current;
        }
        if (rung.current == rung.count) {
            --rung_count_;
            continue;
        }
        Bucket& bucket = rung.buckets[rung.current++];
        rung.open_from = rung.current == rung.count ? std::numeric_limits<double>::infinity()
                                                    : static_cast<double>(rung.current);
        if (bucket.size() > split_above && rung_count_ < rung_limit) {
            const auto [first, last] = std::minmax_element(
                bucket.begin(), bucket.end(),
                [](const Event& left, const Event& right) { return left.time < right.time; });
            const TimePoint low = first->time;
            const TimePoint high = last->time;
            if (low < high) {
                spread(bucket, low, high);
                continue;
            }
        }
        sort_into_bottom(bucket);
    }
}

// Makes the first rung of what lies beyond the horizon, and moves the horizon to the last of it.
void EventQueue::empty_top() {
    const TimePoint low = std::exchange(top_first_, TimePoint::max());
    const TimePoint high = std::exchange(top_last_, TimePoint::min());
    horizon_ = high;
    if (top_.size() <= split_above || low == high) {
        sort_into_bottom(top_);
    } else {
        spread(top_, low, high);
    }
}

// Deals `events`, which lie between `low` and `high`, to the buckets of a new rung.
void EventQueue::spread(Bucket& events, TimePoint low, TimePoint high) {
    Rung& rung = rungs_[rung_count_++];
    rung.count = std::clamp<std::size_t>(events.size() / events_per_bucket, 2, fan_out);
    rung.start = low;
    rung.current = 0;
    rung.open_from = 0;
    rung.last = static_cast<double>(rung.count - 1);
    // A little less than the quotient, so that `high` itself stays below `count`.
    rung.buckets_per_nanosecond =
        static_cast<double>(rung.count) / static_cast<double>((high - low).count()) * 0.999999;
    if (rung.buckets.size() < rung.count) {
        rung.buckets.resize(rung.count);
    }
    for (const Event& event : events) {
        rung.buckets[static_cast<std::size_t>(rung.place(event.time))].push_back(event);
    }
    events.clear();
}

void EventQueue::sort_into_bottom(Bucket& events) {
    bottom_.swap(events);
    sort_descending(bottom_);
}

}  // namespace wavetank::runtime
