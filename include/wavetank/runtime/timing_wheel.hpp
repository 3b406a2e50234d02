#pragma once

/// \file
/// Timeouts: armed by the million, nearly all cancelled, and those that expire do so in order.
///
/// In an event queue a cancelled timeout lies around as a tombstone until it is due, a hundred
/// mean service times later. Here it is gone at once.

#include <wavetank/base/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wavetank::runtime {

/// Names an armed timer of a `TimingWheel`; used again after the timer has expired or is cancelled.
enum class WheelTimer : std::uint32_t {};

/// A timer that has expired.
struct Expiry {
    TimePoint time;
    std::uint64_t payload = 0;  ///< what the timer was armed with

    bool operator==(const Expiry&) const = default;
};

/// A hierarchical timing wheel (Varghese and Lauck): nine levels of 64 slots, a slot of the lowest
/// 2^14 ns wide, in each a linked list. A slot that comes due is put into exact order.
///
/// Determinism: timers expire in the order of (time, order of arming).
/// Cost: arming and cancelling are O(1); a timer that expires is moved once a level.
class TimingWheel {
public:
    TimingWheel();

    /// Arms a timer. Requires: `time` is not negative. A time that has passed expires next.
    WheelTimer arm(TimePoint time, std::uint64_t payload);

    /// Cancels a timer. Requires: it is armed.
    void cancel(WheelTimer timer);

    /// Removes and returns the first timer that expires at `now` or before; nothing if none does.
    /// Requires: `now` is not negative. What is armed later for a time before `now` expires next.
    std::optional<Expiry> expire(TimePoint now);

    /// Returns when the first timer expires; nothing if none is armed.
    /// Cost: linear in the timers of the first slot in use.
    [[nodiscard]] std::optional<TimePoint> next_time();

    /// Returns how many timers are armed.
    [[nodiscard]] std::size_t size() const {
        return size_;
    }

private:
    static constexpr int tick_bits = 14;
    static constexpr int level_bits = 6;
    static constexpr std::size_t level_count = 9;
    static constexpr std::size_t slot_count = std::size_t{1} << level_bits;
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    struct Node {
        TimePoint time;
        std::uint64_t sequence = 0;  // 0: not armed
        std::uint64_t payload = 0;
        std::uint32_t previous = none;
        std::uint32_t next = none;  // in the list of a slot, or of the free nodes
        std::uint32_t slot = none;  // level * slot_count + slot; none: due
    };

    struct Due {
        TimePoint time;
        std::uint64_t sequence = 0;
        std::uint32_t node = none;
    };

    static bool expires_after(const Due& left, const Due& right);
    void file(std::uint32_t index);
    void unlink(std::uint32_t index);
    void release(std::uint32_t index);
    bool advance(std::uint64_t tick);
    void drop_cancelled();
    [[nodiscard]] std::optional<std::uint32_t> first_slot() const;

    // 1. A node in a list has a tick later than `tick_`; `due_` has an entry for every other one.
    // 2. Its level is that of the highest group of six bits in which its tick differs from `tick_`,
    //    so all of a level expire before all of the next one.
    std::uint64_t tick_ = 0;
    std::vector<Node> nodes_;
    std::array<std::uint32_t, level_count * slot_count> heads_;
    std::array<std::uint64_t, level_count> occupied_{};
    std::vector<Due> due_;  // a heap; entries of cancelled timers no longer match their node
    std::uint32_t free_ = none;
    std::uint64_t sequence_ = 0;
    std::size_t size_ = 0;
};

}  // namespace wavetank::runtime
