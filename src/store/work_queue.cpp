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
            self->posted_at = self->executor.clock().now();
            self->executor.post([weak = std::weak_ptr<State>{self}] {
                if (const auto state = weak.lock()) {
                    drain(state);
                }
            });
        }
    }

    static void drain(const std::shared_ptr<State>& self) {
        const bool busy =
            std::exchange(self->said, false) && self->posted_at == self->executor.clock().now();
        if (!busy) {
            do {
                run_next(self);
            } while (self->options.turn == Turn::All && !self->order.empty() && !self->closed);
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

    Duration next_delay(const Key& key) {
        const int failed_before = failures[key]++;
        Duration delay = options.backoff.initial;
        for (int i = 0; i < failed_before && delay < options.backoff.limit; ++i) {
            delay *= 2;
        }
        return std::min(delay, options.backoff.limit);
    }
};

WorkQueue::WorkQueue(runtime::Executor& executor, Reconcile reconcile, WorkQueueOptions options)
    : state_(std::make_shared<State>(
          State{.executor = executor, .reconcile = std::move(reconcile), .options = options})) {}

WorkQueue::~WorkQueue() {
    state_->closed = true;
}

void WorkQueue::add(const Key& key) {
    State::add(state_, key);
}

void WorkQueue::add_after(const Key& key, Duration delay) {
    State::add_after(state_, key, delay);
}

bool WorkQueue::idle() const {
    return state_->order.empty() && state_->running == nullptr;
}

}  // namespace wavetank::store
