// A pod's graceful end: preStop, TERM, patience, KILL, removal.

#include "node/kubelets_state.hpp"
#include "node/pod_status.hpp"

#include <algorithm>
#include <chrono>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration poll_first = 50ms;
constexpr Duration poll_most = 1s;

// What a container gets at the least after its preStop hook (`minimumGracePeriodInSeconds`).
constexpr Duration grace_least = 2s;

constexpr std::int32_t exit_code_killed = 137;

Duration pre_stop_of(const api::corev1::Container& container) {
    const bool sleeps =
        container.lifecycle && container.lifecycle->preStop && container.lifecycle->preStop->sleep;
    return sleeps ? std::chrono::seconds{container.lifecycle->preStop->sleep->seconds}
                  : Duration::zero();
}

Duration grace_of(const api::corev1::Pod& pod) {
    return std::chrono::seconds{pod.metadata.deletionGracePeriodSeconds.value_or(
        pod.spec->terminationGracePeriodSeconds.value_or(30))};
}

}  // namespace

void Kubelets::State::begin_end(Visit& visit) {
    PodRecord& record = visit.record;
    record.stage = Stage::Terminating;
    record.ending = true;
    const Duration grace = grace_of(visit.pod);
    record.termination = std::make_unique<Termination>(Termination{
        .began = visit.now,
        .earliest = visit.now + delay(options.termination, visit, record.containers.size(), "end"),
        .deadline = visit.now + grace,
        .poll = poll_first});
    for (std::size_t i = 0; i < record.containers.size(); ++i) {
        ContainerRecord& container = record.containers[i];
        container.step = Step::Nothing;
        if (container.view.state != RunState::Running) {
            continue;
        }
        const auto& spec = container_at(*visit.pod.spec.body, i);
        report(visit, i, EventClass::Normal, "Killing", "Stopping container " + spec.name);
        container.step = Step::Drain;
        container.due = visit.now + std::min(pre_stop_of(spec), grace);
    }
}

// Brings a pod that is being deleted nearer to its end.
void Kubelets::State::end(Visit& visit) {
    PodRecord& record = visit.record;
    if (record.stage == Stage::Bound || record.stage == Stage::Finished) {
        remove(visit);
        return;
    }
    if (record.stage == Stage::Active) {
        if (std::ranges::none_of(record.containers, [](const ContainerRecord& each) {
                return each.view.state != RunState::Waiting;
            })) {
            remove(visit);
            return;
        }
        begin_end(visit);
    }
    note_exits(visit);
    Termination& termination = *record.termination;
    termination.deadline = std::min(termination.deadline, termination.began + grace_of(visit.pod));
    TimePoint next = TimePoint::max();
    TimePoint deadline = termination.deadline;
    bool idle = true;
    bool waits = false;  // for a container to become idle, which may not be told
    for (std::size_t i = 0; i < record.containers.size(); ++i) {
        ContainerRecord& container = record.containers[i];
        if (container.view.state != RunState::Running) {
            continue;
        }
        const std::string& name = container_at(*visit.pod.spec.body, i).name;
        if (container.step == Step::Drain && container.due <= visit.now) {
            runtime.drain(*record.key, name);
            container.step = Step::Idle;
        }
        if (container.step == Step::Drain) {
            idle = false;
            next = std::min(next, container.due);
        } else if (!runtime.idle(*record.key, name)) {
            idle = false;
            waits = true;
        }
        if (container.due > termination.began) {
            deadline = std::max(deadline, container.due + grace_least);
        }
    }
    if ((idle && visit.now >= termination.earliest) || visit.now >= deadline) {
        stop_all(visit);
        write_status(visit);
        remove(visit);
        return;
    }
    if (waits) {
        next = std::min(next, visit.now + termination.poll);
        termination.poll = std::min(2 * termination.poll, poll_most);
    }
    if (idle) {
        next = std::min(next, termination.earliest);
    }
    arm(record, std::min(next, deadline));
    if (visit.changed) {
        write_status(visit);
    }
}

void Kubelets::State::stop_all(Visit& visit) {
    PodRecord& record = visit.record;
    for (std::size_t i = 0; i < record.containers.size(); ++i) {
        ContainerRecord& container = record.containers[i];
        if (container.view.state == RunState::Running) {
            const std::string& name = container_at(*visit.pod.spec.body, i).name;
            const bool idle = container.step == Step::Idle && runtime.idle(*record.key, name);
            runtime.stop(*record.key, name);
            ended(visit, i, {.code = idle ? 0 : exit_code_killed});
        }
    }
    final_view(record);
}

void Kubelets::State::remove(Visit& visit) {
    visit.record.stage = Stage::Removed;
    // Fails only if the pod is gone already. With finalizers it stays until others let it go.
    static_cast<void>(registry.remove<Pod>(
        *visit.record.key, {.grace_period_seconds = 0, .uid = visit.pod.metadata.uid}));
}

}  // namespace wavetank::node
