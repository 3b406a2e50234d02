#pragma once

/// \file
/// What a controller has still to look at: each key once, first come first served.

#include <wavetank/base/time.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/token_bucket.hpp>
#include <wavetank/store/key.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace wavetank::store {

/// How long a key that failed waits before it is tried again (client-go's defaults).
struct BackoffOptions {
    Duration initial = std::chrono::milliseconds{5};
    Duration limit = std::chrono::seconds{1000};
    /// Of all keys together, whatever each has to wait by itself.
    runtime::RateLimit all{.per_second = 10, .burst = 100};
};

/// How many keys a queue hands out before others get their turn.
enum class Turn : std::uint8_t {
    All,  ///< all that are ready, those included that become ready meanwhile
    One,  ///< one key; the next one follows what comes of it
};

struct WorkQueueOptions {
    Turn turn = Turn::All;
    BackoffOptions backoff{};
    /// How long after a key was added it may be handed out: what an informer is late by.
    Duration notice{};
    /// How many requests whoever reconciles may make: see `charge`.
    runtime::RateLimit requests{};
};

/// A deduplicating queue of keys that hands them one by one to a reconcile function on the
/// executor, as client-go's workqueue with one worker does.
///
/// Nothing is handed out while more is added at the same instant: where thousands of pods become
/// ready at once, their owner is looked at once.
class WorkQueue {
public:
    /// Tells how a key went: done, or to be tried again after the key's back-off.
    enum class Outcome : std::uint8_t { Done, Retry };
    using Reconcile = std::function<Outcome(const Key&)>;

    /// Lifetime: `executor` must outlive every call; destroying the queue forgets all its keys.
    WorkQueue(runtime::Executor& executor, Reconcile reconcile, WorkQueueOptions options = {});
    ~WorkQueue();
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    /// Notes that `key` wants a look; once however often it is said before its turn.
    void add(const Key& key);
    /// The same after `delay`; the earliest of several wishes counts.
    void add_after(const Key& key, Duration delay);
    /// Tells that the reconcile under way has made so many requests. Beyond the rate they take
    /// time: no key is handed out until the last of them would have been made.
    void charge(std::uint64_t requests);
    /// Tells whether no key is waiting for its turn or having it; delayed ones do not count.
    [[nodiscard]] bool idle() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace wavetank::store
