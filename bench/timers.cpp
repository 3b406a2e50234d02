// What a request costs that arms a timeout and nearly always cancels it, and what a coroutine costs
// that sleeps. The references are what a simulator usually has: a heap in which cancelled timeouts
// lie as tombstones, and std::function callbacks.

#include "bench/figure.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/runtime/event_queue.hpp>
#include <wavetank/runtime/gate.hpp>
#include <wavetank/runtime/sleep.hpp>
#include <wavetank/runtime/timing_wheel.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

namespace {

using wavetank::Duration;
using wavetank::Random;
using wavetank::Task;
using wavetank::TimePoint;
using namespace wavetank::runtime;

constexpr Duration service_mean{1'000'000};
constexpr Duration timeout = 100 * service_mean;
constexpr std::size_t in_flight = 10'000;
constexpr std::size_t sleepers = 1'000;

Duration service_time(Random& random) {
    return Duration{static_cast<Duration::rep>(static_cast<double>(service_mean.count()) *
                                               random.exponential())};
}

// Requests that each end after a service time; a timeout is armed with each and cancelled at its
// end.
class WheelRequests {
public:
    WheelRequests() {
        for (std::uint64_t request = 0; request < in_flight; ++request) {
            begin(TimePoint{}, request);
        }
    }

    void run(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const Event end = ends_.pop();
            while (timeouts_.expire(end.time)) {
            }
            timeouts_.cancel(timers_[end.key]);
            begin(end.time, end.key);
        }
    }

private:
    void begin(TimePoint now, std::uint64_t request) {
        ends_.push({now + service_time(random_), request});
        timers_[request] = timeouts_.arm(now + timeout, request);
    }

    Random random_{1};
    EventQueue ends_;
    TimingWheel timeouts_;
    std::vector<WheelTimer> timers_ = std::vector<WheelTimer>(in_flight);
};

class TombstoneRequests {
public:
    TombstoneRequests() {
        for (std::uint64_t request = 0; request < in_flight; ++request) {
            begin(TimePoint{}, request);
        }
    }

    void run(std::size_t count) {
        while (count > 0) {
            const Entry entry = queue_.top();
            queue_.pop();
            if (!entry.is_timeout && entry.attempt == attempts_[entry.request]) {
                begin(entry.time, entry.request);
                --count;
            }
        }
    }

private:
    struct Entry {
        TimePoint time;
        std::uint32_t request;
        std::uint32_t attempt;
        bool is_timeout;

        bool operator<(const Entry& other) const {
            return other.time < time;
        }
    };

    void begin(TimePoint now, std::uint64_t request) {
        const auto index = static_cast<std::uint32_t>(request);
        const std::uint32_t attempt = ++attempts_[index];
        queue_.push({now + service_time(random_), index, attempt, false});
        queue_.push({now + timeout, index, attempt, true});
    }

    Random random_{1};
    std::priority_queue<Entry> queue_;
    std::vector<std::uint32_t> attempts_ = std::vector<std::uint32_t>(in_flight);
};

// Services that sleep over and over, as coroutines in virtual time.
class Sleepers {
public:
    Sleepers() {
        for (std::size_t i = 0; i < sleepers; ++i) {
            gate_.spawn(sleep_for_ever(&runtime_, &random_));
        }
    }

    void run(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            runtime_.step();
        }
    }

private:
    static Task<> sleep_for_ever(VirtualRuntime* runtime, Random* random) {
        for (;;) {
            co_await sleep_for(*runtime, service_time(*random));
        }
    }

    Random random_{1};
    VirtualRuntime runtime_;
    Gate gate_{runtime_};
};

// The same with a heap of std::function.
class Callbacks {
public:
    Callbacks() {
        for (std::size_t i = 0; i < sleepers; ++i) {
            sleep(std::make_shared<Service>());
        }
    }

    void run(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            Entry entry = queue_.top();
            queue_.pop();
            now_ = entry.time;
            entry.callback();
        }
    }

private:
    struct Service {
        std::uint64_t wakes = 0;
    };
    struct Entry {
        TimePoint time;
        std::uint64_t sequence;
        std::function<void()> callback;

        bool operator<(const Entry& other) const {
            return time != other.time ? other.time < time : other.sequence < sequence;
        }
    };

    void sleep(const std::shared_ptr<Service>& service) {
        queue_.push({now_ + service_time(random_), ++sequence_, [this, service] {
                         ++service->wakes;
                         sleep(service);
                     }});
    }

    Random random_{1};
    TimePoint now_{};
    std::uint64_t sequence_ = 0;
    std::priority_queue<Entry> queue_;
};

// Measures both in turns and reports the medians of five, in nanoseconds a request or wake.
template <class Subject, class Reference>
void compare(benchmark::State& state, double target, double ratio_target) {
    constexpr std::size_t count = 200'000;
    std::vector<double> subject_times;
    std::vector<double> reference_times;
    for ([[maybe_unused]] auto iteration : state) {
        const auto subject = std::make_unique<Subject>();
        const auto reference = std::make_unique<Reference>();
        const auto measure = [](auto& model, std::vector<double>& times) {
            const double start = wavetank::bench::cpu_time();
            model.run(count);
            times.push_back((wavetank::bench::cpu_time() - start) / static_cast<double>(count));
        };
        subject->run(10 * count);  // until tombstones come and go at the same rate
        reference->run(10 * count);
        for (int round = 0; round < 5; ++round) {
            measure(*subject, subject_times);
            measure(*reference, reference_times);
        }
    }
    std::ranges::sort(subject_times);
    std::ranges::sort(reference_times);
    wavetank::bench::report(state, {.value = subject_times[2],
                                    .unit = "ns",
                                    .reference = reference_times[2],
                                    .target = target,
                                    .ratio_target = ratio_target});
}

void cancelled_timeouts(benchmark::State& state) {
    compare<WheelRequests, TombstoneRequests>(state, 80, 3);
}

void sleeping_coroutines(benchmark::State& state) {
    compare<Sleepers, Callbacks>(state, 100, 1.5);
}

BENCHMARK(cancelled_timeouts)->Name("timers/cancelled_timeouts")->Iterations(1);
BENCHMARK(sleeping_coroutines)->Name("timers/sleeping_coroutines")->Iterations(1);

}  // namespace
