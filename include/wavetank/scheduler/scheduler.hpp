#pragma once

/// \file
/// kube-scheduler: watches pods and nodes, decides one pod at a time, and binds.

#include <wavetank/base/random.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/token_bucket.hpp>
#include <wavetank/scheduler/algorithm.hpp>
#include <wavetank/scheduler/plugin_registry.hpp>
#include <wavetank/scheduler/profile.hpp>
#include <wavetank/scheduler/queue_options.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace wavetank::scheduler {

/// How the scheduler writes to the cluster.
class ClusterWriter : public PodBinder {
public:
    /// Replaces a pod's status.
    [[nodiscard]] virtual Result<void> update_status(api::corev1::Pod pod) = 0;

    /// Deletes a pod, which has its grace period.
    [[nodiscard]] virtual Result<void> remove(const api::corev1::Pod& pod) = 0;

    /// Stores an event; a failure is of no consequence.
    virtual void record(api::corev1::Event event) = 0;
};

/// Returns a writer that goes through the registry. Lifetime: not longer than `registry`.
[[nodiscard]] std::unique_ptr<ClusterWriter> make_registry_writer(registry::Registry& registry);

/// Whether `Scheduled`, `FailedScheduling` and `Preempted` events are stored.
enum class EventRecording : std::uint8_t { On, Off };

struct SchedulerOptions {
    /// One for each scheduler name; not empty. All order pods as the first does.
    std::vector<ProfileOptions> profiles{ProfileOptions{}};
    AlgorithmOptions algorithm{};
    QueueOptions queue{};
    PluginRegistry plugins = PluginRegistry::defaults();
    EventRecording events = EventRecording::On;
    Duration decision_cost{};  ///< how long the scheduler is busy with one pod
    Duration notice{};         ///< from a change until the scheduler hears of it
    /// Of its bindings; upstream's default is 50 a second, 100 at once. A pod that waits for its
    /// binding has its place, and others are scheduled meanwhile.
    runtime::RateLimit client{};
};

/// What the scheduler has done so far.
struct SchedulerCounts {
    std::uint64_t attempts = 0;
    std::uint64_t bound = 0;
    std::uint64_t unschedulable = 0;
    std::uint64_t errors = 0;
    std::uint64_t preemptions = 0;  ///< nodes found where victims had to leave
};

/// Schedules the pods of a store that bear the scheduler name of one of its profiles.
///
/// Runs as callbacks on the executor, one pod each; while nothing can be scheduled it has no
/// callback pending but, for pods that wait, the next flush of its queue.
///
/// Threads: confined to its simulation's strand.
class Scheduler {
public:
    /// Makes a scheduler that knows what is in the store already, and hears of what comes.
    ///
    /// Errors: `Invalid`, for a profile that names unknown plugins or gives them bad arguments.
    /// Lifetime: the references must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<Scheduler>> make(store::Store& store,
                                                                 ClusterWriter& writer,
                                                                 runtime::Executor& executor,
                                                                 Random random,
                                                                 SchedulerOptions options = {});
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    [[nodiscard]] const SchedulerCounts& counts() const;
    [[nodiscard]] const Snapshot& snapshot() const;

private:
    struct State;
    explicit Scheduler(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace wavetank::scheduler
