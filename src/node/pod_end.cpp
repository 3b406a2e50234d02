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
    return std::chrono::seconds{pod.metadata.rare->deletionGracePeriodSeconds.value_or(
        pod.spec->terminationGracePeriodSeconds.value_or(30))};
}

bool has_sidecars(const api::corev1::PodSpecBody& body) {
    return std::ranges::any_of(body.initContainers, is_sidecar);
}

}  // namespace

void Kubelets::State::begin_drain(Visit& visit, std::size_t index, Duration grace) {
    ContainerRecord& container = visit.container(index);
    container.step = Step::Nothing;
    if (container.view.state != RunState::Running) {
        return;
    }
    const auto& spec = container_at(*visit.pod.spec.body, index);
    report(visit, index, EventClass::Normal, "Killing", "Stopping container " + spec.name);
    container.step = Step::Drain;
    container.due = visit.now + std::min(pre_stop_of(spec), grace);
}

void Kubelets::State::begin_end(Visit& visit) {
    PodRecord& record = visit.record;
    record.stage = Stage::Terminating;
    record.ending = true;
    const Duration grace = grace_of(visit.pod);
    terminations.insert_or_assign(
        record.slot, Termination{.began = visit.now,
                                 .earliest = visit.now + delay(options.termination, visit,
                                                               record.containers->size(), "end"),
                                 .deadline = visit.now + grace,
                                 .poll = poll_first});
    for (std::size_t i = 0; i < record.containers->size(); ++i) {
        begin_drain(visit, i, grace);
    }
}

// Brings a pod that is being deleted nearer to its end.
void Kubelets::State::end(Visit& visit) {
    PodRecord& record = visit.record;
    if (record.stage == Stage::Bound || record.stage == Stage::Finished) {
        if (writes_due.contains(record.slot)) {
            write_status(visit);
        }
        remove(visit);
        return;
    }
    if (record.stage == Stage::Active) {
        if (std::ranges::none_of(*record.containers, [](const ContainerRecord& each) {
                return each.view.state != RunState::Waiting;
            })) {
            remove(visit);
            return;
        }
        begin_end(visit);
    }
    if (record.stage == Stage::Completing) {
        record.stage = Stage::Terminating;
        terminations.at(record.slot).began = visit.now;
    }
    note_exits(visit);
    Termination& termination = terminations.at(record.slot);
    termination.deadline = std::min(termination.deadline, termination.began + grace_of(visit.pod));
    if (has_sidecars(*visit.pod.spec.body)) {
        end_in_order(visit);
    } else {
        end_together(visit);
    }
}

// Goes on ending a pod with sidecars, which outlive the regular containers.
void Kubelets::State::end_in_order(Visit& visit) {
    const bool down = stop_in_order(visit);
    if (down) {
        final_view(visit.record);
    }
    if (down || visit.changed) {
        write_status(visit);
    }
    if (down) {
        remove(visit);
    }
}

// Goes on ending a pod whose containers all stop at the same time.
void Kubelets::State::end_together(Visit& visit) {
    PodRecord& record = visit.record;
    Termination& termination = terminations.at(record.slot);
    TimePoint next = TimePoint::max();
    TimePoint deadline = termination.deadline;
    bool idle = true;
    bool waits = false;  // for a container to become idle, which may not be told
    for (std::size_t i = 0; i < record.containers->size(); ++i) {
        ContainerRecord& container = visit.container(i);
        if (container.view.state != RunState::Running) {
            continue;
        }
        const std::string& name = container_at(*visit.pod.spec.body, i).name;
        if (container.step == Step::Drain && container.due <= visit.now) {
            runtime.drain(record.key, name);
            container.step = Step::Idle;
        }
        if (container.step == Step::Drain) {
            idle = false;
            next = std::min(next, container.due);
        } else if (!runtime.idle(record.key, name)) {
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

// Ends a pod whose regular containers are done for good: its sidecars have no more to do.
void Kubelets::State::begin_completion(Visit& visit) {
    bring_down(visit,
               std::chrono::seconds{visit.pod.spec->terminationGracePeriodSeconds.value_or(30)});
}

// Begins to stop all containers, after which the pod is done.
void Kubelets::State::bring_down(Visit& visit, Duration grace) {
    PodRecord& record = visit.record;
    record.stage = Stage::Completing;
    terminations.insert_or_assign(record.slot, Termination{.began = visit.now,
                                                           .earliest = visit.now,
                                                           .deadline = visit.now + grace,
                                                           .poll = poll_first});
    for (std::size_t i = 0; i < record.containers->size(); ++i) {
        begin_drain(visit, i, grace);
    }
}

void Kubelets::State::complete(Visit& visit) {
    note_exits(visit);
    if (stop_in_order(visit)) {
        visit.record.stage = Stage::Finished;
        final_view(visit.record);
        visit.changed = true;
    }
}

// Sidecars stop once the regular containers have, the last one first (`terminationOrdering`).
bool Kubelets::State::may_stop(const Visit& visit, std::size_t index) {
    const auto& body = *visit.pod.spec.body;
    const std::size_t inits = body.initContainers.size();
    if (index >= inits || !is_sidecar(body.initContainers[index])) {
        return true;
    }
    for (std::size_t i = index + 1; i < visit.record.containers->size(); ++i) {
        const bool counts = i >= inits || is_sidecar(body.initContainers[i]);
        if (counts && visit.container(i).view.state == RunState::Running) {
            return false;
        }
    }
    return true;
}

// Brings the containers of a pod with sidecars down. Returns whether all are; else it has asked for
// the next visit.
bool Kubelets::State::stop_in_order(Visit& visit) {
    PodRecord& record = visit.record;
    TimePoint next = TimePoint::max();
    bool waits = false;
    bool progress = true;
    while (progress) {
        progress = false;
        next = TimePoint::max();
        waits = false;
        for (std::size_t i = record.containers->size(); i-- > 0;) {
            progress = stop_one(visit, i, next, waits) || progress;
        }
    }
    if (std::ranges::none_of(*record.containers, [](const ContainerRecord& each) {
            return each.view.state == RunState::Running;
        })) {
        return true;
    }
    Termination& termination = terminations.at(record.slot);
    if (waits) {
        next = std::min(next, visit.now + termination.poll);
        termination.poll = std::min(2 * termination.poll, poll_most);
    }
    arm(record, next);
    return false;
}

// Takes a container's next step towards its end; returns whether it has got there.
bool Kubelets::State::stop_one(Visit& visit, std::size_t index, TimePoint& next, bool& waits) {
    PodRecord& record = visit.record;
    ContainerRecord& container = visit.container(index);
    const Termination& termination = terminations.at(record.slot);
    if (container.view.state != RunState::Running) {
        return false;
    }
    const std::string& name = container_at(*visit.pod.spec.body, index).name;
    if (container.step == Step::Drain) {
        // The hook comes at once, the signal when it is this one's turn or all time is used up.
        const bool turn = may_stop(visit, index) || visit.now >= termination.deadline;
        if (container.due > visit.now || !turn) {
            next = std::min(next, container.due > visit.now ? container.due : termination.deadline);
            return false;
        }
        runtime.drain(record.key, name);
        container.step = Step::Idle;
        const bool late = container.due > termination.began || !may_stop(visit, index) ||
                          index < visit.pod.spec->initContainers.size();
        container.due =
            late ? std::max(termination.deadline, visit.now + grace_least) : termination.deadline;
    }
    const bool idle = runtime.idle(record.key, name);
    if ((idle && visit.now >= termination.earliest) || visit.now >= container.due) {
        runtime.stop(record.key, name);
        ended(visit, index, {.code = idle ? 0 : exit_code_killed});
        return true;
    }
    next = std::min(next, container.due);
    if (idle) {
        next = std::min(next, termination.earliest);
    } else {
        waits = true;
    }
    return false;
}

void Kubelets::State::stop_all(Visit& visit) {
    PodRecord& record = visit.record;
    for (std::size_t i = 0; i < record.containers->size(); ++i) {
        ContainerRecord& container = visit.container(i);
        if (container.view.state == RunState::Running) {
            const std::string& name = container_at(*visit.pod.spec.body, i).name;
            const bool idle = container.step == Step::Idle && runtime.idle(record.key, name);
            runtime.stop(record.key, name);
            ended(visit, i, {.code = idle ? 0 : exit_code_killed});
        }
    }
    final_view(record);
}

void Kubelets::State::remove(Visit& visit) {
    visit.record.stage = Stage::Removed;
    // Fails only if the pod is gone already. With finalizers it stays until others let it go.
    static_cast<void>(registry.remove<Pod>(
        visit.record.key, {.grace_period_seconds = 0, .uid = visit.pod.metadata.uid}));
}

}  // namespace wavetank::node
