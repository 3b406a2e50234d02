#include <wavetank/base/assert.hpp>
#include <wavetank/runtime/timing_wheel.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace wavetank::runtime {
namespace {

std::uint64_t nanoseconds(TimePoint time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

}  // namespace

TimingWheel::TimingWheel() {
    heads_.fill(none);
}

WheelTimer TimingWheel::arm(TimePoint time, std::uint64_t payload) {
    WAVETANK_ASSERT(time >= TimePoint{});
    if (free_ == none) {
        WAVETANK_ASSERT(nodes_.size() < none);
        free_ = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    }
    const std::uint32_t index = free_;
    Node& node = nodes_[index];
    free_ = node.next;
    node.time = time;
    node.sequence = ++sequence_;
    node.payload = payload;
    ++size_;
    file(index);
    return WheelTimer{index};
}

void TimingWheel::cancel(WheelTimer timer) {
    const auto index = static_cast<std::uint32_t>(timer);
    WAVETANK_ASSERT(index < nodes_.size() && nodes_[index].sequence != 0);
    if (nodes_[index].slot != none) {
        unlink(index);
    }
    release(index);
    if (size_ == 0) {
        due_.clear();
    }
}

std::optional<Expiry> TimingWheel::expire(TimePoint now) {
    const std::uint64_t tick = nanoseconds(now) >> tick_bits;
    do {
        drop_cancelled();
        if (!due_.empty()) {
            const Due first = due_.front();
            if (first.time > now) {
                return std::nullopt;
            }
            std::pop_heap(due_.begin(), due_.end(), expires_after);
            due_.pop_back();
            const Expiry expiry{first.time, nodes_[first.node].payload};
            release(first.node);
            return expiry;
        }
    } while (advance(tick));
    return std::nullopt;
}

std::optional<TimePoint> TimingWheel::next_time() {
    drop_cancelled();
    if (!due_.empty()) {
        return due_.front().time;
    }
    const std::optional<std::uint32_t> slot = first_slot();
    if (!slot) {
        return std::nullopt;
    }
    TimePoint first = TimePoint::max();
    for (std::uint32_t index = heads_[*slot]; index != none; index = nodes_[index].next) {
        first = std::min(first, nodes_[index].time);
    }
    return first;
}

bool TimingWheel::expires_after(const Due& left, const Due& right) {
    return left.time != right.time ? left.time > right.time : left.sequence > right.sequence;
}

// Puts an armed node into the list or the heap where it belongs.
void TimingWheel::file(std::uint32_t index) {
    Node& node = nodes_[index];
    const std::uint64_t tick = nanoseconds(node.time) >> tick_bits;
    if (tick <= tick_) {
        node.slot = none;
        due_.push_back({node.time, node.sequence, index});
        std::push_heap(due_.begin(), due_.end(), expires_after);
        return;
    }
    const int level = (static_cast<int>(std::bit_width(tick ^ tick_)) - 1) / level_bits;
    const std::uint64_t slot = (tick >> (level * level_bits)) & (slot_count - 1);
    node.slot = static_cast<std::uint32_t>(static_cast<std::uint64_t>(level) * slot_count + slot);
    node.previous = none;
    node.next = heads_[node.slot];
    if (node.next != none) {
        nodes_[node.next].previous = index;
    }
    heads_[node.slot] = index;
    occupied_[static_cast<std::size_t>(level)] |= std::uint64_t{1} << slot;
}

void TimingWheel::unlink(std::uint32_t index) {
    const Node& node = nodes_[index];
    if (node.next != none) {
        nodes_[node.next].previous = node.previous;
    }
    if (node.previous != none) {
        nodes_[node.previous].next = node.next;
        return;
    }
    heads_[node.slot] = node.next;
    if (node.next == none) {
        occupied_[node.slot / slot_count] &= ~(std::uint64_t{1} << (node.slot % slot_count));
    }
}

void TimingWheel::release(std::uint32_t index) {
    nodes_[index].sequence = 0;
    nodes_[index].next = free_;
    free_ = index;
    --size_;
}

// Goes to the first slot in use, if that begins at `tick` or before, and files its timers anew;
// otherwise goes to `tick`. Returns whether there may be something due.
bool TimingWheel::advance(std::uint64_t tick) {
    const std::optional<std::uint32_t> slot = first_slot();
    if (slot) {
        const auto shift = static_cast<int>(*slot / slot_count) * level_bits;
        const std::uint64_t above = tick_ >> shift >> level_bits << level_bits;
        const std::uint64_t begin = (above | *slot % slot_count) << shift;
        if (begin <= tick) {
            tick_ = begin;
            std::uint32_t index = std::exchange(heads_[*slot], none);
            occupied_[*slot / slot_count] &= ~(std::uint64_t{1} << (*slot % slot_count));
            while (index != none) {
                const std::uint32_t next = nodes_[index].next;
                file(index);
                index = next;
            }
            return true;
        }
    }
    tick_ = std::max(tick_, tick);
    return false;
}

void TimingWheel::drop_cancelled() {
    while (!due_.empty() && nodes_[due_.front().node].sequence != due_.front().sequence) {
        std::pop_heap(due_.begin(), due_.end(), expires_after);
        due_.pop_back();
    }
}

std::optional<std::uint32_t> TimingWheel::first_slot() const {
    for (std::size_t level = 0; level < level_count; ++level) {
        if (occupied_[level] != 0) {
            return static_cast<std::uint32_t>(level * slot_count) +
                   static_cast<std::uint32_t>(std::countr_zero(occupied_[level]));
        }
    }
    return std::nullopt;
}

}  // namespace wavetank::runtime
