// The event queue in the hold model: so many events pending, each pop followed by a push. The
// reference is std::priority_queue.

#include "bench/figure.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/runtime/event_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

namespace {

using wavetank::Duration;
using wavetank::TimePoint;
using wavetank::runtime::Event;
using wavetank::runtime::EventQueue;

class BinaryHeap {
public:
    void push(const Event& event) {
        queue_.push(event);
    }
    Event pop() {
        const Event event = queue_.top();
        queue_.pop();
        return event;
    }

private:
    struct After {
        bool operator()(const Event& left, const Event& right) const {
            return is_before(right, left);
        }
    };
    std::priority_queue<Event, std::vector<Event>, After> queue_;
};

// A queue that is kept at one size. Delays are exponential with a mean of one second, as those of a
// thousand to ten million services that each work for a second.
template <class Queue>
class Hold {
public:
    explicit Hold(std::size_t pending) {
        wavetank::Random random{5};
        for (Duration& delay : delays_) {
            delay = Duration{static_cast<Duration::rep>(1e9 * random.exponential())};
        }
        for (std::size_t i = 0; i < pending; ++i) {
            push(TimePoint{Duration{static_cast<Duration::rep>(random.below(1'000))}});
        }
    }

    // Returns the nanoseconds that one of `count` pops and pushes takes.
    double run(std::size_t count) {
        const double start = wavetank::bench::cpu_time();
        for (std::size_t i = 0; i < count; ++i) {
            push(queue_.pop().time);
        }
        return (wavetank::bench::cpu_time() - start) / static_cast<double>(count);
    }

private:
    void push(TimePoint now) {
        queue_.push({now + delays_[key_ % delays_.size()], key_});
        ++key_;
    }

    Queue queue_;
    std::array<Duration, 8192> delays_{};
    std::uint64_t key_ = 0;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void hold(benchmark::State& state, std::size_t pending, double ratio_target) {
    // A ladder has a cycle: each of its measurements spans two of them.
    const std::size_t ladder_count = std::max<std::size_t>(2 * pending, 1'000'000);
    const std::size_t heap_count = pending > 1'000'000 ? 1'000'000 : 2'000'000;
    const std::size_t rounds = pending > 1'000'000 ? 1 : 5;
    std::vector<double> ladder_times;
    std::vector<double> heap_times;
    for ([[maybe_unused]] auto iteration : state) {
        auto ladder = std::make_unique<Hold<EventQueue>>(pending);
        ladder->run(ladder_count / 2);
        if (rounds == 1) {  // not both at once: they need 0.7 GB
            ladder_times.push_back(ladder->run(ladder_count));
            ladder.reset();
        }
        auto heap = std::make_unique<Hold<BinaryHeap>>(pending);
        heap->run(heap_count / 2);
        for (std::size_t round = 0; round < rounds; ++round) {
            if (ladder != nullptr) {
                ladder_times.push_back(ladder->run(ladder_count));
            }
            heap_times.push_back(heap->run(heap_count));
        }
    }
    wavetank::bench::report(state, {.value = median(ladder_times),
                                    .unit = "ns",
                                    .reference = median(heap_times),
                                    .target = 35,
                                    .ratio_target = ratio_target});
}

BENCHMARK_CAPTURE(hold, 1e3, 1'000, 1.6)->Name("event_queue/hold/1e3")->Iterations(1);
BENCHMARK_CAPTURE(hold, 1e5, 100'000, 3)->Name("event_queue/hold/1e5")->Iterations(1);
BENCHMARK_CAPTURE(hold, 1e7, 10'000'000, 15)->Name("event_queue/hold/1e7")->Iterations(1);

}  // namespace
