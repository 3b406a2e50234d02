#include <wavetank/runtime/event_queue.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

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

// Asks for memory that is needed soon. Chunks lie anywhere, so the processor cannot foresee them.
void fetch_ahead(const void* memory, std::size_t size) {
    if (memory != nullptr) {
        for (std::size_t offset = 0; offset < size; offset += 64) {
            __builtin_prefetch(static_cast<const char*>(memory) + offset);
        }
    }
}

// Moves `*hole` to its place in the descending sequence before it. Cost: one move per smaller
// event.
void insert_last(Event* begin, Event* hole) {
    const Event event = *hole;
    for (; hole != begin && is_less(hole[-1], event); --hole) {
        *hole = hole[-1];
    }
    *hole = event;
}

// Compares each with each, but never has to guess the outcome.
constexpr std::size_t rank_limit = 16;
void sort_by_rank(std::vector<Event>& events) {
    std::array<Event, rank_limit> given;
    std::array<std::uint32_t, rank_limit> ranks{};
    std::ranges::copy(events, given.begin());
    for (std::size_t i = 1; i < events.size(); ++i) {
        const Event event = given[i];
        for (std::size_t j = 0; j < i; ++j) {
            const std::uint32_t less = is_less(given[j], event) ? 1 : 0;
            ranks[j] += less;
            ranks[i] += 1 - less;
        }
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[ranks[i]] = given[i];
    }
}

// std::sort is the slowest up to two dozen events, which is what a bucket usually holds.
void sort_descending(std::vector<Event>& events) {
    constexpr std::size_t insertion_limit = 24;
    if (events.size() <= rank_limit) {
        sort_by_rank(events);
    } else if (events.size() <= insertion_limit) {
        for (std::size_t i = 1; i < events.size(); ++i) {
            insert_last(events.data(), events.data() + i);
        }
    } else {
        std::sort(events.begin(), events.end(),
                  [](const Event& left, const Event& right) { return is_less(right, left); });
    }
}

}  // namespace

void EventQueue::push_bottom(const Event& event) {
    if (bottom_.size() < bottom_limit) {
        bottom_.push_back(event);
        insert_last(bottom_.data(), &bottom_.back());
        return;
    }
    const TimePoint first = bottom_.back().time;
    const TimePoint last = bottom_.front().time;
    if (first == last || rung_count_ == rung_limit) {
        late_.push(event);
        return;
    }
    spread_bottom();
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
        while (rung.current < rung.count && rung.buckets[rung.current].chunk == nullptr) {
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
            const auto [low, high] = span_of(bucket);
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

EventQueue::Rung& EventQueue::add_rung(std::size_t events, TimePoint low, TimePoint high) {
    Rung& rung = rungs_[rung_count_++];
    rung.count = std::clamp<std::size_t>(events / events_per_bucket, 2, fan_out);
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
    return rung;
}

// Deals the events of `bucket`, which lie between `low` and `high`, to the buckets of a new rung.
void EventQueue::spread(Bucket& bucket, TimePoint low, TimePoint high) {
    Rung& rung = add_rung(bucket.size(), low, high);
    consume(bucket, [&](const Event& event) {
        append(rung.buckets[static_cast<std::size_t>(rung.place(event.time))], event);
    });
}

void EventQueue::spread_bottom() {
    Rung& rung = add_rung(bottom_.size(), bottom_.back().time, bottom_.front().time);
    for (const Event& event : bottom_) {
        append(rung.buckets[static_cast<std::size_t>(rung.place(event.time))], event);
    }
    bottom_.clear();
}

void EventQueue::sort_into_bottom(Bucket& bucket) {
    consume(bucket, [&](const Event& event) { bottom_.push_back(event); });
    sort_descending(bottom_);
}

std::pair<TimePoint, TimePoint> EventQueue::span_of(const Bucket& bucket) {
    TimePoint low = TimePoint::max();
    TimePoint high = TimePoint::min();
    const Event* end = bucket.next;
    for (const Chunk* chunk = bucket.chunk; chunk != nullptr; chunk = chunk->previous) {
        fetch_ahead(chunk->previous, sizeof(Chunk));
        for (const Event* event = chunk->events.data(); event != end; ++event) {
            low = std::min(low, event->time);
            high = std::max(high, event->time);
        }
        if (chunk->previous != nullptr) {
            end = chunk->previous->events.data() + Chunk::capacity;
        }
    }
    return {low, high};
}

template <class Use>
void EventQueue::consume(Bucket& bucket, Use use) {
    const Event* end = bucket.next;
    Chunk* chunk = bucket.chunk;
    bucket = {};
    while (chunk != nullptr) {
        for (const Event* event = chunk->events.data(); event != end; ++event) {
            use(*event);
        }
        Chunk* const previous = chunk->previous;
        pool_.put(chunk);
        chunk = previous;
        if (chunk != nullptr) {
            end = chunk->events.data() + Chunk::capacity;
        }
    }
}

void EventQueue::extend(Bucket& bucket) {
    Chunk* const chunk = pool_.get();
    chunk->previous = bucket.chunk;
    bucket.chunk = chunk;
    bucket.next = chunk->events.data();
    bucket.limit = bucket.next + Chunk::capacity;
    bucket.capacity += Chunk::capacity;
}

EventQueue::Chunk* EventQueue::ChunkPool::get() {
    if (free_ != nullptr) {
        return std::exchange(free_, free_->previous);
    }
    if (unused_count_ == 0) {
        grow();
    }
    --unused_count_;
    return ::new (std::exchange(unused_, unused_ + sizeof(Chunk))) Chunk;
}

void EventQueue::ChunkPool::put(Chunk* chunk) {
    chunk->previous = free_;
    free_ = chunk;
}

// Slabs double in size, from 17 KiB up to two huge pages; chunks are used at random, and with small
// pages half of the time goes into finding them.
void EventQueue::ChunkPool::grow() {
    static_assert(sizeof(Chunk) % 64 == 0 && sizeof(Chunk) / 64 % 2 == 1);
    constexpr std::size_t huge_page = std::size_t{1} << 21;
    constexpr std::size_t chunks_max = 2 * huge_page / sizeof(Chunk);
    slab_chunks_ = std::min(std::max<std::size_t>(16, 2 * slab_chunks_), chunks_max);
    const bool huge = slab_chunks_ == chunks_max;
    const std::size_t bytes = huge ? 2 * huge_page : slab_chunks_ * sizeof(Chunk);
    const std::align_val_t alignment{huge ? huge_page : 64};
    slabs_.emplace_back(static_cast<std::byte*>(::operator new(bytes, alignment)),
                        Release{alignment});
    unused_ = slabs_.back().get();
    unused_count_ = slab_chunks_;
#if defined(__linux__)
    if (huge) {
        madvise(unused_, bytes, MADV_HUGEPAGE);  // advice: it may fail, and nothing is lost
    }
#endif
}

void EventQueue::ChunkPool::Release::operator()(std::byte* slab) const {
    ::operator delete(slab, alignment);
}

}  // namespace wavetank::runtime
