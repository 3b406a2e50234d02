#include <wavetank/scheduler/scheduler.hpp>

#include "scheduler/preemption_executor.hpp"
#include "scheduler/reports.hpp"
#include "scheduler/scheduling_queue.hpp"

#include <wavetank/base/assert.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Node;
using api::corev1::Pod;
using store::EventType;
using store::WatchEvent;

namespace {

constexpr Duration flush_window = std::chrono::seconds{1};
constexpr Duration long_flush_window = std::chrono::seconds{30};

const ClusterEvent pod_assigned{EventResource::AssignedPod, Action::Add};
const ClusterEvent pod_gone{EventResource::AssignedPod, Action::Delete};

// Takes back a nomination.
const std::optional<std::string> no_node{""};

bool is_assigned(const PodPointer& pod) {
    return pod != nullptr && !pod->spec.nodeName.empty();
}

// Pods that have ended are as good as deleted.
PodPointer if_alive(PodPointer pod) {
    const bool ended =
        pod != nullptr && (pod->status.phase == "Succeeded" || pod->status.phase == "Failed");
    return ended ? nullptr : pod;
}

}  // namespace

struct Scheduler::State : std::enable_shared_from_this<State> {
    // A pod that was given a node which the store does not know of yet. It is one of the node's, so
    // that `info` is there, though the node may be gone.
    struct Assumed {
        PodPointer pod;
        std::string node;
        const NodeInfo* info;
    };

    // A profile at work.
    struct ProfileRun {
        Profile profile;
        std::unique_ptr<Algorithm> algorithm;
    };

    State(store::Store& the_store, ClusterWriter& the_writer, runtime::Executor& the_executor,
          SchedulerOptions the_options)
        : store(the_store),
          writer(the_writer),
          executor(the_executor),
          options(std::move(the_options)),
          client(options.client) {}

    [[nodiscard]] Result<void> start(Random random);

    // What the watches call.
    void on_node(const WatchEvent<Node>& event);
    void on_pod(const WatchEvent<Pod>& event);
    // Calls `take` with the event as late as it is noticed.
    template <class T>
    void hear(const WatchEvent<T>& event, void (State::*take)(const WatchEvent<T>&)) {
        if (options.notice <= Duration::zero()) {
            (this->*take)(event);
            return;
        }
        executor.schedule_after(options.notice, [weak = weak_from_this(), event, take] {
            if (const auto state = weak.lock()) {
                (state.get()->*take)(event);
            }
        });
    }
    void take_assigned(const PodPointer& pod);
    void update_assigned(const PodPointer& before, const PodPointer& after);
    void update_waiting(const PodPointer& before, const PodPointer& after);
    void renominate(const PodPointer& before, const PodPointer& after);
    void drop_waiting(const PodPointer& pod);
    void forget_assumed(const Pod& pod);
    void withdrawn_from_node(const PodPointer& pod);

    // What the executor calls.
    void wake();
    void arm_flush();
    void flush();
    void run();

    void schedule_one(std::unique_ptr<QueueEntry> entry);
    void bind(std::unique_ptr<QueueEntry> entry, const Profile& profile, Decision decision);
    void finish_binding(std::unique_ptr<QueueEntry> entry, const Profile& profile,
                        Decision& decision, const std::string& node);
    [[nodiscard]] Status run_binding(const Profile& profile, CycleState& state, const Pod& pod,
                                     const std::string& node);
    void fail(std::unique_ptr<QueueEntry> entry, Failure failure, std::set<std::string> plugins,
              const std::optional<std::string>& nominated);
    void report_failure(const PodPointer& pod, const Failure& failure,
                        const std::optional<std::string>& nominated);

    [[nodiscard]] TimePoint now() const {
        return executor.clock().now();
    }
    [[nodiscard]] Result<void> add_profile(const ProfileOptions& profile, Random random);
    [[nodiscard]] ProfileRun* run_for(const Pod& pod) const;
    [[nodiscard]] bool is_ours(const Pod& pod) const {
        return run_for(pod) != nullptr;
    }

    store::Store& store;
    ClusterWriter& writer;
    runtime::Executor& executor;
    SchedulerOptions options;
    Snapshot snapshot;
    std::shared_ptr<PreemptionExecutor> preemptor;
    std::vector<std::unique_ptr<ProfileRun>> runs;
    std::size_t next_start = 0;  // of the search for nodes, whichever profile goes on
    std::unique_ptr<SchedulingQueue> queue;
    boost::unordered_flat_map<api::Uid, Assumed, std::hash<api::Uid>> assumed;  // by identity
    SchedulerCounts counts;
    runtime::TokenBucket client;
    bool awake = false;  // a call of `run` is pending
    TimePoint flush_time = TimePoint::max();
    runtime::TimerId flush_timer = runtime::TimerId::None;
    store::Subscription nodes;
    store::Subscription pods;
};

Result<void> Scheduler::State::start(Random random) {
    preemptor = std::make_shared<PreemptionExecutor>(
        PreemptionExecutor::Cluster{store, writer, executor, snapshot}, options.events,
        [this](const Pod& pod) {
            queue->activate(pod);
            wake();
        });
    WAVETANK_ASSERT(!options.profiles.empty());
    for (const ProfileOptions& profile : options.profiles) {
        const bool is_first = runs.empty();
        auto added = add_profile(profile, is_first ? random : random.fork(profile.scheduler_name));
        if (!added) {
            return added;
        }
    }
    for (auto& node : store.list<Node>()) {
        on_node({.type = EventType::Added, .object = std::move(node)});
    }
    for (auto& pod : store.list<Pod>()) {
        on_pod({.type = EventType::Added, .object = std::move(pod)});
    }
    nodes = store.watch<Node>(
        [this](const WatchEvent<Node>& event) { hear(event, &Scheduler::State::on_node); });
    pods = store.watch<Pod>(
        [this](const WatchEvent<Pod>& event) { hear(event, &Scheduler::State::on_pod); });
    return {};
}

Result<void> Scheduler::State::add_profile(const ProfileOptions& profile, Random random) {
    const PluginContext context{.snapshot = &snapshot,
                                .store = &store,
                                .binder = &writer,
                                .preemptor = preemptor.get(),
                                .clock = &executor.clock(),
                                .random = &random};
    auto made = Profile::make(profile, options.plugins, context);
    if (!made) {
        return made.error();
    }
    auto run = std::make_unique<ProfileRun>();
    run->profile = std::move(*made);
    run->algorithm = std::make_unique<Algorithm>(run->profile, random, options.algorithm);
    if (queue == nullptr) {
        queue = std::make_unique<SchedulingQueue>(run->profile, options.queue);
    } else {
        queue->add_profile(run->profile);
    }
    runs.push_back(std::move(run));
    return {};
}

Scheduler::State::ProfileRun* Scheduler::State::run_for(const Pod& pod) const {
    for (const auto& run : runs) {
        if (run->profile.options.schedules(pod)) {
            return run.get();
        }
    }
    return nullptr;
}

void Scheduler::State::on_node(const WatchEvent<Node>& event) {
    const HeldChange change{
        .old_node = event.type == EventType::Deleted ? event.object : event.previous,
        .new_node = event.type == EventType::Deleted ? nullptr : event.object};
    if (event.type == EventType::Deleted) {
        queue->move({EventResource::Node, Action::Delete}, change, now());
        snapshot.remove_node(event.object->metadata.name);
    } else {
        snapshot.set_node(event.object);
        if (event.type == EventType::Added) {
            queue->move({EventResource::Node, Action::Add}, change, now());
        } else {
            for (const ClusterEvent& aspect : events_of_update(*event.previous, *event.object)) {
                queue->move(aspect, change, now());
            }
        }
    }
    wake();
}

void Scheduler::State::on_pod(const WatchEvent<Pod>& event) {
    const PodPointer before =
        if_alive(event.type == EventType::Deleted ? event.object : event.previous);
    const PodPointer after = event.type == EventType::Deleted ? nullptr : if_alive(event.object);
    if (is_assigned(before) && after != nullptr) {
        update_assigned(before, after);
    } else if (is_assigned(before)) {
        forget_assumed(*before);
        snapshot.remove_pod(*before, before->spec.nodeName);
        queue->move(pod_gone, {.old_pod = before}, now());
    } else if (is_assigned(after)) {
        take_assigned(after);
        if (before != nullptr) {
            queue->remove(*before);
        }
    } else if (before != nullptr && after != nullptr) {
        update_waiting(before, after);
    } else if (before != nullptr) {
        drop_waiting(before);
    } else if (after != nullptr && is_ours(*after)) {
        if (!after->status->nominatedNodeName->empty()) {
            snapshot.nominate(after, *after->status->nominatedNodeName);
        }
        queue->add(after, now());
    }
    wake();
}

void Scheduler::State::take_assigned(const PodPointer& pod) {
    const auto known = assumed.find(pod_identity(*pod));
    if (known != assumed.end() && known->second.node == pod->spec.nodeName) {
        snapshot.update_pod(known->second.pod, pod, *known->second.info);
        assumed.erase(known);
    } else {
        forget_assumed(*pod);
        snapshot.add_pod(pod, pod->spec.nodeName);
    }
    snapshot.withdraw_nomination(*pod);
    queue->move(pod_assigned, {.new_pod = pod}, now());
}

void Scheduler::State::update_assigned(const PodPointer& before, const PodPointer& after) {
    snapshot.update_pod(before, after, after->spec.nodeName);
    const HeldChange change{.old_pod = before, .new_pod = after};
    for (const ClusterEvent& aspect : events_of_update(*before, *after, PodRole::Other)) {
        queue->move(aspect, change, now());
    }
}

void Scheduler::State::update_waiting(const PodPointer& before, const PodPointer& after) {
    if (!is_ours(*before)) {
        return;
    }
    if (assumed.contains(pod_identity(*after))) {
        if (after->metadata.deletionTimestamp && !before->metadata.deletionTimestamp) {
            queue->move(pod_gone, {.old_pod = after}, now());
        }
        return;
    }
    queue->update(before, after, now());
    renominate(before, after);
    if (!(before->status->nominatedNodeName == after->status->nominatedNodeName)) {
        withdrawn_from_node(before);
    }
}

// A nomination that is not written yet outlives other updates of the pod.
void Scheduler::State::renominate(const PodPointer& before, const PodPointer& after) {
    const std::string& written = *after->status->nominatedNodeName;
    const std::string* const known = snapshot.nomination_of(*after);
    const bool unwritten = written.empty() && before->status->nominatedNodeName->empty();
    const std::string node = unwritten && known != nullptr ? *known : written;
    if (node.empty()) {
        snapshot.withdraw_nomination(*after);
    } else {
        snapshot.nominate(after, node);
    }
}

void Scheduler::State::drop_waiting(const PodPointer& pod) {
    if (!is_ours(*pod)) {
        return;
    }
    queue->remove(*pod);
    snapshot.withdraw_nomination(*pod);
    if (assumed.contains(pod_identity(*pod))) {
        forget_assumed(*pod);
        queue->move(pod_gone, {.old_pod = pod}, now());
    } else {
        withdrawn_from_node(pod);
    }
}

void Scheduler::State::forget_assumed(const Pod& pod) {
    const auto known = assumed.find(pod_identity(pod));
    if (known != assumed.end()) {
        snapshot.remove_pod(pod, known->second.node);
        assumed.erase(known);
    }
}

// A nomination that ends makes room for pods of its priority and below.
void Scheduler::State::withdrawn_from_node(const PodPointer& pod) {
    if (!pod->status->nominatedNodeName->empty()) {
        queue->move(pod_gone, {.old_pod = pod}, now(),
                    [&](const Pod& other) { return pod_priority(other) <= pod_priority(*pod); });
    }
}

void Scheduler::State::wake() {
    if (!awake && queue->ready()) {
        awake = true;
        executor.post([weak = weak_from_this()] {
            if (const auto state = weak.lock()) {
                state->run();
            }
        });
    }
    arm_flush();
}

void Scheduler::State::arm_flush() {
    const auto next = queue->next_flush();
    if (!next) {
        return;
    }
    const TimePoint soonest = std::chrono::floor<std::chrono::seconds>(now()) + flush_window;
    const TimePoint time = std::max(*next, soonest);
    if (time >= flush_time) {
        return;
    }
    executor.cancel(flush_timer);
    flush_time = time;
    flush_timer = executor.schedule(time, [weak = weak_from_this()] {
        if (const auto state = weak.lock()) {
            state->flush();
        }
    });
}

void Scheduler::State::flush() {
    flush_time = TimePoint::max();
    queue->flush_backoff(now());
    if (now().time_since_epoch() % long_flush_window == Duration::zero()) {
        queue->flush_unschedulable(now());
    }
    wake();
}

void Scheduler::State::run() {
    if (auto entry = queue->pop(now())) {
        schedule_one(std::move(entry));
    }
    awake = false;
    if (queue->ready() && options.decision_cost > Duration::zero()) {
        awake = true;
        executor.schedule_after(options.decision_cost, [weak = weak_from_this()] {
            if (const auto state = weak.lock()) {
                state->run();
            }
        });
    }
    wake();
}

void Scheduler::State::schedule_one(std::unique_ptr<QueueEntry> entry) {
    const PodPointer pod = entry->pod;
    ProfileRun* const run = run_for(*pod);
    if (run == nullptr) {
        queue->done(*pod);  // it asks for another scheduler by now
        return;
    }
    if (pod->metadata.deletionTimestamp || assumed.contains(pod_identity(*pod))) {
        if (pod->metadata.deletionTimestamp && options.events == EventRecording::On) {
            writer.record(failed_event(
                *pod, "skip schedule deleting pod: " + store::to_string(store::key_of(*pod)),
                executor.clock().wall()));
        }
        queue->done(*pod);
        return;
    }
    ++counts.attempts;
    run->algorithm->set_next_start(next_start);
    Decision decision = run->algorithm->schedule(*pod, snapshot);
    next_start = run->algorithm->next_start();
    if (decision.status.ok()) {
        bind(std::move(entry), run->profile, std::move(decision));
        return;
    }
    const bool no_nodes = decision.diagnosis.nodes_all == 0;
    if (!decision.status.rejected() || no_nodes) {
        ++(no_nodes ? counts.unschedulable : counts.errors);
        fail(std::move(entry),
             {no_nodes ? "Unschedulable" : "SchedulerError", decision.status.message()}, {},
             no_node);
        return;
    }
    ++counts.unschedulable;
    const PostFilterAnswer answer = run->algorithm->post_filter(decision, *pod, snapshot);
    counts.preemptions += answer.status.ok() ? 1 : 0;
    fail(std::move(entry), {"Unschedulable", decision.diagnosis.message()},
         decision.diagnosis.unschedulable_plugins, answer.nominated_node);
}

void Scheduler::State::bind(std::unique_ptr<QueueEntry> entry, const Profile& profile,
                            Decision decision) {
    const PodPointer pod = entry->pod;
    // Nobody has looked at the node's object for long; meanwhile there is enough to do.
    __builtin_prefetch(&decision.node->node().metadata.name);
    const api::Uid identity = pod_identity(*pod);
    snapshot.withdraw_nomination(*pod);
    snapshot.add_pod(pod, *decision.node, std::move(decision.demand));
    const std::string node = decision.node->name();
    assumed.insert_or_assign(identity, Assumed{pod, node, decision.node});
    const Duration wait = client.take(now());
    if (wait <= Duration::zero()) {
        finish_binding(std::move(entry), profile, decision, node);
        return;
    }
    struct Waiting {
        std::unique_ptr<QueueEntry> entry;
        Decision decision;
    };
    executor.schedule_after(
        wait, [weak = weak_from_this(), &profile, node,
               waiting = std::make_shared<Waiting>(std::move(entry), std::move(decision))] {
            if (const auto state = weak.lock()) {
                state->finish_binding(std::move(waiting->entry), profile, waiting->decision, node);
                state->wake();
            }
        });
}

void Scheduler::State::finish_binding(std::unique_ptr<QueueEntry> entry, const Profile& profile,
                                      Decision& decision, const std::string& node) {
    const PodPointer pod = entry->pod;
    const Status status = run_binding(profile, decision.state, *pod, node);
    if (status.ok()) {
        ++counts.bound;
        if (options.events == EventRecording::On) {
            writer.record(scheduled_event(*pod, node, executor.clock().wall()));
        }
        return;
    }
    ++(status.rejected() ? counts.unschedulable : counts.errors);
    for (const auto& [plugin, point] : profile.reserve) {
        point->unreserve(decision.state, *pod, node);
    }
    forget_assumed(*pod);
    queue->move(pod_gone, {.old_pod = pod}, now(),
                [&](const Pod& other) { return !same_pod(other, *pod); });
    if (status.rejected()) {
        Diagnosis diagnosis{.nodes_all = 1};
        diagnosis.reject(nullptr, status);
        fail(std::move(entry), {"Unschedulable", diagnosis.message()}, {status.plugin}, no_node);
    } else {
        fail(std::move(entry), {"SchedulerError", status.message()}, {}, no_node);
    }
}

Status Scheduler::State::run_binding(const Profile& profile, CycleState& state, const Pod& pod,
                                     const std::string& node) {
    const auto turned_down = [](Status& status, const Plugin& plugin) {
        status.plugin = plugin.name();
        return status;
    };
    for (const auto& [plugin, point] : profile.reserve) {
        if (Status status = point->reserve(state, pod, node); !status.ok()) {
            return turned_down(status, *plugin);
        }
    }
    for (const auto& [plugin, point] : profile.permit) {
        if (Status status = point->permit(state, pod, node); !status.ok()) {
            status.code = status.code == Code::Wait ? Code::Unschedulable : status.code;
            return turned_down(status, *plugin);
        }
    }
    // From here on a failure is an error, whose back-off no event ends early.
    queue->done(pod);
    for (const auto& [plugin, point] : profile.pre_bind) {
        if (const Status status = point->pre_bind(state, pod, node); !status.ok()) {
            return Status::error(status.message());
        }
    }
    for (const auto& [plugin, point] : profile.bind) {
        const Status status = point->bind(state, pod, node);
        if (status.skipped()) {
            continue;
        }
        if (!status.ok()) {
            return Status::error(status.message());
        }
        for (const auto& [after_plugin, after] : profile.post_bind) {
            after->post_bind(state, pod, node);
        }
        return {};
    }
    return Status::error("no bind plugin took the pod");
}

void Scheduler::State::fail(std::unique_ptr<QueueEntry> entry, Failure failure,
                            std::set<std::string> plugins,
                            const std::optional<std::string>& nominated) {
    const PodPointer tried = entry->pod;
    const PodPointer current = store.get<Pod>(store::key_of(*tried));
    if (current == nullptr || is_assigned(current) || !same_pod(*current, *tried)) {
        queue->done(*tried);
        return;
    }
    entry->pod = current;
    queue->fail(std::move(entry), std::move(plugins), now());
    const std::string node = nominated.value_or(*current->status->nominatedNodeName);
    if (node.empty()) {
        snapshot.withdraw_nomination(*current);
    } else {
        snapshot.nominate(current, node);
    }
    report_failure(current, failure, nominated);
}

// A failure that is known already is not reported again; upstream counts it in a series of events.
void Scheduler::State::report_failure(const PodPointer& pod, const Failure& failure,
                                      const std::optional<std::string>& nominated) {
    Pod changed = *pod;
    bool differs = set_unscheduled(changed, failure, executor.clock().wall());
    if (differs && options.events == EventRecording::On) {
        writer.record(failed_event(*pod, failure.message, executor.clock().wall()));
    }
    if (nominated && *changed.status->nominatedNodeName != *nominated) {
        changed.status.edit().nominatedNodeName = *nominated;
        differs = true;
    }
    if (differs) {
        // The pod may have changed or gone by now; the next attempt reports again.
        static_cast<void>(writer.update_status(std::move(changed)));
    }
}

Result<std::unique_ptr<Scheduler>> Scheduler::make(store::Store& store, ClusterWriter& writer,
                                                   runtime::Executor& executor, Random random,
                                                   SchedulerOptions options) {
    auto state = std::make_shared<State>(store, writer, executor, std::move(options));
    if (auto started = state->start(random); !started) {
        return started.error();
    }
    return std::unique_ptr<Scheduler>(new Scheduler(std::move(state)));
}

Scheduler::Scheduler(std::shared_ptr<State> state) : state_(std::move(state)) {}

Scheduler::~Scheduler() {
    state_->nodes = {};
    state_->pods = {};
    state_->executor.cancel(state_->flush_timer);
}

const SchedulerCounts& Scheduler::counts() const {
    return state_->counts;
}

const Snapshot& Scheduler::snapshot() const {
    return state_->snapshot;
}

}  // namespace wavetank::scheduler
