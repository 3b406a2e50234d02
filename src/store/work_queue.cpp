#include <wavetank/store/work_queue.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string_view>
#include <utility>

namespace wavetank::store {
namespace {

struct KeyHash {
    std::size_t operator()(const Key& key) const {
        const std::size_t name = std::hash<std::string_view>{}(key.name);
        return name ^ (std::hash<std::string_view>{}(key.namespace_) * 31U + (name << 5U));
    }
};

}  // namespace

// 1. A key is in `waiting` exactly if it is in `order`.
// 2. `running` is the key that is being reconciled; said again meanwhile, it waits only after that.
// 3. `posted` says that a call of `drain` is on its way, `posted_at` since when, and `said` whether
//    a key was added since the last one.
struct WorkQueue::State {
    runtime::Executor& executor;
    Reconcile reconcile;
    WorkQueueOptions options;

    struct Delayed {
        TimePoint time;
        runtime::TimerId timer;
    };

    std::deque<Key> order{};
    boost::unordered_flat_set<Key, KeyHash> waiting{};
    boost::unordered_flat_map<Key, Delayed, KeyHash> delayed{};
    boost::unordered_flat_map<Key, int, KeyHash> failures{};
    runtime::TokenBucket retries{options.backoff.all};
    runtime::TokenBucket requests{options.requests};
    boost::unordered_flat_map<Key, TimePoint, KeyHash> noticed{};  // the last time it will be
    TimePoint busy_until{};                                        // with requests
    const Key* running = nullptr;
    bool running_again = false;
    bool posted = false;
    TimePoint posted_at{};
    bool said = false;
    bool closed = false;

    static void add(const std::shared_ptr<State>& self, const Key& key) {
        if (self->running != nullptr && *self->running == key) {
            self->running_again = true;
            return;
        }
        if (self->waiting.insert(key).second) {
            self->order.push_back(key);
        }
        self->said = true;
        post(self);
    }

    // Each change is noticed by itself, but those of one instant together.
    static void notice(const std::shared_ptr<State>& self, const Key& key) {
        if (self->options.notice <= Duration::zero()) {
            add(self, key);
            return;
        }
        const TimePoint time = self->executor.clock().now() + self->options.notice;
        const auto [entry, fresh] = self->noticed.try_emplace(key, time);
        if (!fresh && std::exchange(entry->second, time) == time) {
            return;
        }
        self->executor.schedule(time, [weak = std::weak_ptr<State>{self}, owned_key = key, time] {
            if (const auto state = weak.lock(); state != nullptr && !state->closed) {
                const auto known = state->noticed.find(owned_key);
                if (known != state->noticed.end() && known->second == time) {
                    state->noticed.erase(known);
                }
                add(state, owned_key);
            }
        });
    }

    static void add_after(const std::shared_ptr<State>& self, const Key& key, Duration delay) {
        if (delay <= Duration::zero()) {
            add(self, key);
            return;
        }
        const TimePoint time = self->executor.clock().now() + delay;
        const auto [entry, fresh] = self->delayed.try_emplace(key);
        if (!fresh) {
            if (entry->second.time <= time) {
                return;
            }
            self->executor.cancel(entry->second.timer);
        }
        entry->second.time = time;
        entry->second.timer =
            self->executor.schedule(time, [weak = std::weak_ptr<State>{self}, owned_key = key] {
                if (const auto state = weak.lock()) {
                    state->delayed.erase(owned_key);
                    add(state, owned_key);
                }
            });
    }

    static void post(const std::shared_ptr<State>& self) {
        if (!std::exchange(self->posted, true)) {
            self->posted_at = std::max(self->executor.clock().now(), self->busy_until);
            auto go_on = [weak = std::weak_ptr<State>{self}] {
                if (const auto state = weak.lock()) {
                    drain(state);
                }
            };
            if (self->is_busy()) {
                self->executor.schedule(self->busy_until, std::move(go_on));
            } else {
                self->executor.post(std::move(go_on));
            }
        }
    }

    static void drain(const std::shared_ptr<State>& self) {
        const bool busy =
            std::exchange(self->said, false) && self->posted_at == self->executor.clock().now();
        if (!busy) {
            do {
                run_next(self);
            } while (self->options.turn == Turn::All && !self->order.empty() && !self->closed &&
                     !self->is_busy());
            self->said = true;  // what follows waits its turn as well
        }
        self->posted = false;
        if (!self->order.empty() && !self->closed) {
            post(self);
        }
    }

    static void run_next(const std::shared_ptr<State>& self) {
        const Key key = std::move(self->order.front());
        self->order.pop_front();
        self->waiting.erase(key);
        self->running = &key;
        self->running_again = false;
        const Outcome outcome = self->reconcile(key);
        self->running = nullptr;
        if (self->closed) {
            return;
        }
        if (outcome == Outcome::Retry) {
            add_after(self, key, self->next_delay(key));
        } else {
            self->failures.erase(key);
        }
        if (self->running_again) {
            add(self, key);
        }
    }

    [[nodiscard]] bool is_busy() const {
        return busy_until > executor.clock().now();
    }

    void charge(std::uint64_t made) {
        if (options.requests.per_second <= 0) {
            return;
        }
        const TimePoint now = executor.clock().now();
        for (std::uint64_t i = 0; i < made; ++i) {
            busy_until = std::max(busy_until, now + requests.take(now));
        }
    }

    Duration next_delay(const Key& key) {
        const int failed_before = failures[key]++;
        Duration delay = options.backoff.initial;
        for (int i = 0; i < failed_before && delay < options.backoff.limit; ++i) {
            delay *= 2;
        }
        return std::max(std::min(delay, options.backoff.limit),
                        retries.take(executor.clock().now()));
    }
};

WorkQueue::WorkQueue(runtime::Executor& executor, Reconcile reconcile, WorkQueueOptions options)
    : state_(std::make_shared<State>(
          State{.executor = executor, .reconcile = std::move(reconcile), .options = options})) {}

WorkQueue::~WorkQueue() {
    state_->closed = true;
}

void WorkQueue::add(const Key& key) {
    State::notice(state_, key);
}

void WorkQueue::charge(std::uint64_t requests) {
    state_->charge(requests);
}

void WorkQueue::add_after(const Key& key, Duration delay) {
    State::add_after(state_, key, delay);
}

bool WorkQueue::idle() const {
    return state_->order.empty() && state_->running == nullptr;
}

}  // namespace wavetank::store
