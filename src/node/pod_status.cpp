#include "node/pod_status.hpp"

#include <wavetank/base/random.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace wavetank::node {
namespace {

using api::corev1::Container;
using api::corev1::ContainerStatus;
using api::corev1::PodCondition;
using api::corev1::PodSpecBody;

// How many containers are in which state, as `getPhase` counts them.
struct Census {
    int init_pending = 0;
    int init_failed = 0;
    int sidecars_pending = 0;
    int waiting = 0;
    int running = 0;
    int stopped = 0;
    int stopped_for_good = 0;
    int succeeded = 0;
    bool any_started = false;  // of the regular ones
};

// The last run of a container that does not run now; null if there was none.
const FinishedRun* ended_run(const ContainerView& view) {
    if (view.state == RunState::Terminated && view.current) {
        return &*view.current;
    }
    return view.state == RunState::Waiting && view.last ? &*view.last : nullptr;
}

void count_init(Census& census, const PodSpecBody& body, std::size_t index,
                const ContainerView& view) {
    if (is_sidecar(body.initContainers[index])) {
        const bool fresh = view.state == RunState::Waiting && !view.last;
        census.running += view.state == RunState::Running ? 1 : 0;
        census.waiting += fresh ? 1 : 0;
        census.sidecars_pending +=
            fresh || (view.state == RunState::Running && !view.started) ? 1 : 0;
        return;
    }
    const FinishedRun* const ended = ended_run(view);
    if (ended == nullptr) {
        ++census.init_pending;
    } else if (ended->exit_code != 0 && !should_restart(body, index, ended->exit_code)) {
        ++census.init_failed;
    }
}

void count_regular(Census& census, const PodSpecBody& body, std::size_t index,
                   const ContainerView& view) {
    const FinishedRun* const ended = ended_run(view);
    census.any_started = census.any_started || view.state != RunState::Waiting;
    if (view.state == RunState::Running) {
        ++census.running;
    } else if (ended == nullptr) {
        ++census.waiting;
    } else {
        ++census.stopped;
        census.stopped_for_good += should_restart(body, index, ended->exit_code) ? 0 : 1;
        census.succeeded += view.state == RunState::Terminated && ended->exit_code == 0 ? 1 : 0;
    }
}

Census census_of(const PodSpecBody& body, const PodView& view) {
    Census census;
    const std::size_t inits = body.initContainers.size();
    for (std::size_t i = 0; i < view.containers.size(); ++i) {
        if (i < inits) {
            count_init(census, body, i, view.containers[i]);
        } else {
            count_regular(census, body, i, view.containers[i]);
        }
    }
    return census;
}

// Writes names as Go prints a slice: "[a b]".
class NameList {
public:
    void add(const std::string& name) {
        text_ += text_.empty() ? "" : " ";
        text_ += name;
    }
    [[nodiscard]] bool empty() const {
        return text_.empty();
    }
    [[nodiscard]] std::string text() const {
        return '[' + text_ + ']';
    }

private:
    std::string text_;
};

// A condition without its times.
struct Verdict {
    bool holds = false;
    std::string reason{};
    std::string message{};
};

Verdict containers_ready(const ConditionInput& input) {
    if (input.phase == "Succeeded") {
        return {.reason = "PodCompleted"};
    }
    if (input.phase == "Failed") {
        return {.reason = "PodFailed"};
    }
    NameList unready;
    const std::size_t inits = input.body.initContainers.size();
    for (std::size_t i = 0; i < input.view.containers.size(); ++i) {
        const Container& container = container_at(input.body, i);
        const bool counts = i >= inits || is_sidecar(container);
        if (counts && !input.view.containers[i].ready) {
            unready.add(container.name);
        }
    }
    if (unready.empty()) {
        return {.holds = true};
    }
    return {.reason = "ContainersNotReady",
            .message = "containers with unready status: " + unready.text()};
}

Verdict initialized(const ConditionInput& input) {
    if (input.phase == "Succeeded") {
        return {.holds = true, .reason = "PodCompleted"};
    }
    const std::size_t inits = input.body.initContainers.size();
    NameList incomplete;
    for (std::size_t i = 0; i < inits; ++i) {
        const ContainerView& view = input.view.containers[i];
        if (is_sidecar(input.body.initContainers[i]) ? !view.started : !view.ready) {
            incomplete.add(input.body.initContainers[i].name);
        }
    }
    for (std::size_t i = inits; i < input.view.containers.size(); ++i) {
        const ContainerView& view = input.view.containers[i];
        if (view.state != RunState::Waiting || view.last) {
            return {.holds = true};
        }
    }
    if (incomplete.empty()) {
        return {.holds = true};
    }
    return {.reason = "ContainersNotInitialized",
            .message = "containers with incomplete status: " + incomplete.text()};
}

Verdict ready(const ConditionInput& input, const Verdict& containers,
              const std::vector<PodCondition>& others) {
    if (!containers.holds) {
        return containers;
    }
    std::string message;
    for (const auto& gate : input.body.readinessGates) {
        const auto found = std::ranges::find(others, gate.conditionType, &PodCondition::type);
        if (found != others.end() && found->status == "True") {
            continue;
        }
        message += message.empty() ? "" : ", ";
        message += found == others.end()
                       ? "corresponding condition of pod readiness gate \"" + gate.conditionType +
                             "\" does not exist."
                       : "the status of pod readiness gate \"" + gate.conditionType +
                             "\" is not \"True\", but " + found->status;
    }
    if (message.empty()) {
        return {.holds = true};
    }
    return {.reason = "ReadinessGatesNotReady", .message = std::move(message)};
}

constexpr std::array own_conditions{"PodReadyToStartContainers", "Initialized", "Ready",
                                    "ContainersReady", "PodScheduled"};

PodCondition condition_from(const char* type, const Verdict& verdict, const ConditionInput& input,
                            const std::vector<PodCondition>& old) {
    PodCondition condition{.type = type,
                           .observedGeneration = input.generation,
                           .status = verdict.holds ? "True" : "False",
                           .lastTransitionTime = input.now,
                           .reason = verdict.reason,
                           .message = verdict.message};
    const auto before = std::ranges::find(old, condition.type, &PodCondition::type);
    if (before != old.end() && before->status == condition.status && before->lastTransitionTime) {
        condition.lastTransitionTime = before->lastTransitionTime;
    }
    return condition;
}

std::string reason_of(const FinishedRun& run) {
    if (run.out_of_memory) {
        return "OOMKilled";
    }
    return run.exit_code == 0 ? "Completed" : "Error";
}

api::corev1::ContainerStateTerminated terminated(const FinishedRun& run, std::string id) {
    return {.exitCode = run.exit_code,
            .reason = reason_of(run),
            .startedAt = run.started,
            .finishedAt = run.finished,
            .containerID = std::move(id)};
}

// The ID is made from what the container is and when it started.
std::string container_id(const Container& container, const api::Time& started) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::uint64_t seed =
        stable_hash(container.name + '\n' + container.image) ^
        mix_bits(static_cast<std::uint64_t>(started.value.time_since_epoch().count()));
    std::string id = "containerd://";
    for (std::uint64_t word = 1; word <= 4; ++word) {
        const std::uint64_t bits = mix_bits(seed + word);
        for (int shift = 60; shift >= 0; shift -= 4) {
            id += digits[(bits >> shift) & 15U];
        }
    }
    return id;
}

std::string_view text_of(WaitReason reason, bool has_init) {
    switch (reason) {
        case WaitReason::Creating:
            return has_init ? "PodInitializing" : "ContainerCreating";
        case WaitReason::CrashLoopBackOff:
            return "CrashLoopBackOff";
        case WaitReason::ErrImagePull:
            return "ErrImagePull";
        case WaitReason::ImagePullBackOff:
            return "ImagePullBackOff";
        case WaitReason::ErrImageNeverPull:
            return "ErrImageNeverPull";
        case WaitReason::RunContainerError:
            return "RunContainerError";
    }
    return {};
}

void set_state(ContainerStatus& status, const Container& container, const ContainerView& view,
               bool has_init) {
    if (view.last) {
        status.lastState.terminated =
            terminated(*view.last, container_id(container, view.last->started));
    }
    switch (view.state) {
        case RunState::Waiting:
            status.state.waiting = api::corev1::ContainerStateWaiting{
                .reason = std::string{text_of(view.reason, has_init)}, .message = *view.message};
            if (view.last) {
                status.containerID = container_id(container, view.last->started);
            }
            break;
        case RunState::Running:
            status.state.running =
                api::corev1::ContainerStateRunning{.startedAt = view.running_since};
            status.containerID = container_id(container, view.running_since);
            break;
        case RunState::Terminated:
            status.containerID = container_id(container, view.current->started);
            status.state.terminated = terminated(*view.current, status.containerID);
            break;
    }
}

}  // namespace

bool is_sidecar(const Container& container) {
    return container.restartPolicy == "Always";
}

const Container& container_at(const PodSpecBody& body, std::size_t index) {
    const std::size_t inits = body.initContainers.size();
    return index < inits ? body.initContainers[index] : body.containers[index - inits];
}

bool should_restart(const PodSpecBody& body, std::size_t index, std::int32_t exit_code) {
    const Container& container = container_at(body, index);
    std::string policy = container.restartPolicy.value_or(body.restartPolicy);
    if (index < body.initContainers.size() && !is_sidecar(container) && exit_code == 0) {
        return false;
    }
    return policy == "OnFailure" ? exit_code != 0 : policy != "Never";
}

std::string phase_of(const PodSpecBody& body, const PodView& view) {
    const Census census = census_of(body, view);
    if (census.init_failed > 0) {
        return "Failed";
    }
    if (census.init_pending > 0 || (census.sidecars_pending > 0 && !census.any_started) ||
        census.waiting > 0) {
        return "Pending";
    }
    if (census.running > 0) {
        return "Running";
    }
    if (census.stopped == 0) {
        return "Pending";
    }
    if (!view.ending && census.stopped != census.stopped_for_good) {
        return "Running";
    }
    return census.stopped == census.succeeded ? "Succeeded" : "Failed";
}

std::vector<PodCondition> conditions_of(const ConditionInput& input,
                                        const std::vector<PodCondition>& old) {
    std::vector<PodCondition> result;
    result.reserve(old.size() + own_conditions.size());
    for (const PodCondition& condition : old) {
        if (std::ranges::find(own_conditions, condition.type) == own_conditions.end()) {
            result.push_back(condition);
        }
    }
    const Verdict containers = containers_ready(input);
    const Verdict pod = ready(input, containers, result);
    const std::array<Verdict, own_conditions.size()> verdicts{
        Verdict{.holds = input.view.network_ready}, initialized(input), pod, containers,
        Verdict{.holds = true}};
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        result.push_back(condition_from(own_conditions[i], verdicts[i], input, old));
    }
    return result;
}

ContainerStatus container_status(const PodSpecBody& body, std::size_t index,
                                 const ContainerView& view) {
    const Container& container = container_at(body, index);
    ContainerStatus status{.name = container.name,
                           .ready = view.ready,
                           .restartCount = view.restarts,
                           .image = container.image,
                           .started = view.started};
    set_state(status, container, view, !body.initContainers.empty());
    for (const auto& mount : container.volumeMounts) {
        status.volumeMounts.push_back(
            {.name = mount.name, .mountPath = mount.mountPath, .readOnly = mount.readOnly});
        if (mount.readOnly) {
            status.volumeMounts.back().recursiveReadOnly = "Disabled";
        }
    }
    if (view.state != RunState::Waiting || view.last) {
        // A simulated image has no content to take a digest of.
        status.imageID = container.image + "@sha256:" + std::string(64, '0');
        status.allocatedResources = container.resources.requests;
        status.resources = container.resources;
    }
    return status;
}

}  // namespace wavetank::node
