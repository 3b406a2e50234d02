#include <wavetank/base/assert.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <utility>

namespace wavetank::runtime {
namespace {

// A key is a sequence number and, below it, the slot of the call: keys compare as the numbers do.
constexpr int slot_bits = 24;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;
constexpr std::uint64_t sequence_limit = std::uint64_t{1} << (64 - slot_bits);

std::uint32_t slot_of(std::uint64_t key) {
    return static_cast<std::uint32_t>(key & slot_mask);
}

}  // namespace

VirtualRuntime::VirtualRuntime(VirtualRuntimeOptions options) : Clock{options.wall_epoch} {}

VirtualRuntime::~VirtualRuntime() {
    // A callback's destructor may cancel other calls, which must find the slots in order.
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].key != 0) {
            const Callback last = take(static_cast<std::uint32_t>(i));
        }
    }
}

TimerId VirtualRuntime::schedule(TimePoint time, Callback callback) {
    WAVETANK_ASSERT(static_cast<bool>(callback));
    if (free_.empty()) {
        WAVETANK_ASSERT(slots_.size() <= slot_mask);
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    ++sequence_;
    WAVETANK_ASSERT(sequence_ < sequence_limit);
    const std::uint64_t key = sequence_ << slot_bits | index;
    slots_[index].callback = std::move(callback);
    slots_[index].key = key;
    ++pending_;
    if (time <= now_) {
        due_.push_back({.key = key});
    } else {
        queue_.push({time, key});
    }
    return TimerId{key};
}

bool VirtualRuntime::cancel(TimerId timer) {
    const auto key = static_cast<std::uint64_t>(timer);
    const std::uint32_t index = slot_of(key);
    if (key == 0 || index >= slots_.size() || slots_[index].key != key) {
        return false;
    }
    const Callback cancelled = take(index);
    return true;
}

void VirtualRuntime::wake(Wakeup& wakeup) {
    due_.push_back({.wakeup = &wakeup});
    wakeup.place_ = due_gone_ + due_.size();
    ++pending_;
}

void VirtualRuntime::withdraw(Wakeup& wakeup) {
    if (wakeup.place_ != 0) {
        due_[std::exchange(wakeup.place_, 0) - due_gone_ - 1].wakeup = nullptr;
        --pending_;
    }
}

bool VirtualRuntime::step() {
    if (run_wakeup()) {
        return true;
    }
    if (!drop_cancelled()) {
        return false;
    }
    run_front();
    return true;
}

// Requires: nothing cancelled is in front, and something is there.
void VirtualRuntime::run_front() {
    if (queue_.empty() || (!due_.empty() && queue_.front().time > now_)) {
        run_due();
        return;
    }
    const Event event = queue_.pop();
    now_ = event.time;
    ++events_run_;
    Callback callback = take(slot_of(event.key));
    callback();
}

// Requires: the first of what is due was not taken back.
void VirtualRuntime::run_due() {
    const Due due = due_[due_begin_++];
    shrink_due();
    ++events_run_;
    if (due.wakeup != nullptr) {
        due.wakeup->place_ = 0;
        --pending_;
        due.wakeup->run();
        return;
    }
    Callback callback = take(slot_of(due.key));
    callback();
}

// Runs what is next if it is a call that stays where it is. Returns whether it was.
bool VirtualRuntime::run_wakeup() {
    const bool is_next = due_begin_ < due_.size() && due_[due_begin_].wakeup != nullptr &&
                         (queue_.empty() || queue_.front().time > now_);
    if (is_next) {
        run_due();
    }
    return is_next;
}

bool VirtualRuntime::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        if (!step()) {
            return true;
        }
    }
    return pending_ == 0;
}

bool VirtualRuntime::run_until(TimePoint time, std::stop_token stop) {
    while (!stop.stop_requested()) {
        if (now_ <= time && run_wakeup()) {
            continue;
        }
        if (next_time() > time || pending_ == 0) {
            now_ = time > now_ ? time : now_;
            return true;
        }
        run_front();
    }
    return false;
}

TimePoint VirtualRuntime::next_time() {
    if (!drop_cancelled()) {
        return TimePoint::max();
    }
    return due_.empty() ? queue_.front().time : now_;
}

bool VirtualRuntime::is_live(std::uint64_t key) const {
    return slots_[slot_of(key)].key == key;
}

// Removes what is cancelled from both fronts. Returns whether anything is left.
bool VirtualRuntime::drop_cancelled() {
    const auto is_gone = [this](const Due& due) {
        return due.wakeup == nullptr && (due.key == 0 || !is_live(due.key));
    };
    if (due_begin_ < due_.size() && is_gone(due_[due_begin_])) {
        do {
            ++due_begin_;
        } while (due_begin_ < due_.size() && is_gone(due_[due_begin_]));
        shrink_due();
    }
    while (!queue_.empty() && !is_live(queue_.front().key)) {
        static_cast<void>(queue_.pop());
    }
    return !queue_.empty() || !due_.empty();
}

// Gives back the room of what has run, in constant time a call on average.
void VirtualRuntime::shrink_due() {
    if (due_begin_ == due_.size()) {
        due_gone_ += due_.size();
        due_.clear();
        due_begin_ = 0;
    } else if (due_begin_ >= 4096 + due_.size() / 2) {
        due_.erase(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(due_begin_));
        due_gone_ += due_begin_;
        due_begin_ = 0;
    }
}

// Frees the slot before its callback runs or dies, because either may schedule and cancel.
Callback VirtualRuntime::take(std::uint32_t index) {
    Callback callback = std::move(slots_[index].callback);
    slots_[index].key = 0;
    free_.push_back(index);
    --pending_;
    return callback;
}

}  // namespace wavetank::runtime
