#pragma once

/// \file
/// What a kubelet remembers of a pod and of its node.

#include "node/addresses.hpp"
#include "node/pull_queue.hpp"

#include <wavetank/api/coordinationv1/lease.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/shared.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/store/key.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::node {

enum class RunState : std::uint8_t { Waiting, Running, Terminated };

/// Why a container waits.
enum class WaitReason : std::uint8_t {
    Creating,  ///< ContainerCreating, or PodInitializing if there are init containers
    CrashLoopBackOff,
    ErrImagePull,
    ImagePullBackOff,
    ErrImageNeverPull,
    RunContainerError,
};

/// One run of a container that has ended.
struct FinishedRun {
    api::Time started{};
    api::Time finished{};
    std::int32_t exit_code = 0;
    bool out_of_memory = false;

    bool operator==(const FinishedRun&) const = default;
};

/// What others can see of a container. Equal views of equal specs make equal statuses.
struct ContainerView {
    RunState state = RunState::Waiting;
    WaitReason reason = WaitReason::Creating;
    bool ready = false;
    bool started = false;
    std::int32_t restarts = 0;
    api::Time running_since{};           ///< while it runs
    api::Boxed<FinishedRun> current{};   ///< when it is terminated
    api::Boxed<FinishedRun> last{};      ///< the run before the present one
    api::Shared<std::string> message{};  ///< of why it waits

    bool operator==(const ContainerView&) const = default;
};

/// What a container does next, when it is due.
enum class Step : std::uint8_t {
    Nothing,
    Begin,        ///< wait for its turn, then see to its image
    FinishPull,   ///< the image is there, or cannot be had
    BackOffPull,  ///< report that the pull will be tried again
    Start,        ///< start its program
    Open,         ///< become ready
    Finish,       ///< end an init container
    Drain,        ///< send the TERM signal, after the preStop sleep
    Idle,         ///< wait until nothing is left to do
    Kill,         ///< end it, for a probe has failed
};

enum class ProbeKind : std::uint8_t { Startup, Liveness, Readiness };

/// What a probe has found, and when it looks again.
struct ProbeState {
    TimePoint due = TimePoint::max();      ///< of the next look; max: there is nothing to find out
    TimePoint verdict = TimePoint::max();  ///< when a look that gets no answer will have failed
    std::int32_t run = 0;                  ///< looks with the same result
    bool last_success = false;

    bool operator==(const ProbeState&) const = default;
};

/// What is known of a container by looking at it.
struct Probing {
    std::array<ProbeState, 3> states{};                 ///< by kind
    TimePoint started{};                                ///< the container
    TimePoint base{};                                   ///< of the ticks
    TimePoint readiness_base{};                         ///< the same
    TimePoint answers_from{};                           ///< when its program is up
    ContainerHealth health = ContainerHealth::Healthy;  ///< as of the last visit
    ContainerHealth health_told = ContainerHealth::Healthy;

    [[nodiscard]] ProbeState& of(ProbeKind kind) {
        return states[static_cast<std::size_t>(kind)];
    }
    bool operator==(const Probing&) const = default;
};

/// A wait that doubles; in seconds, for there is one in each of very many records.
using BackOff = std::chrono::duration<std::int32_t>;

/// A container of a pod; init containers come first.
struct ContainerRecord {
    ContainerView view{};
    Step step = Step::Begin;
    bool tried = false;                           ///< its first start has succeeded or failed
    BackOff back_off{};                           ///< before the next restart or pull; 0: none yet
    api::Boxed<ExitOfContainer> exit_reported{};  ///< its program has ended
    TimePoint due{};                              ///< of `step`
    TimePoint pull_began{};                       ///< of the image
    TimePoint back_off_since{};                   ///< when it last grew
    api::Boxed<Probing> probing{};                ///< of its present run, if it has probes

    bool operator==(const ContainerRecord&) const = default;
};

/// Tells whether nothing is due for a container, and nobody has told of it.
[[nodiscard]] bool is_at_rest(const ContainerRecord& container);

/// How far a pod's termination is.
struct Termination {
    TimePoint began;
    TimePoint earliest;  ///< no end before
    TimePoint deadline;  ///< kills what is left
    Duration poll{};     ///< until idleness is asked for again
};

/// Why a kubelet ends a pod of its own accord.
struct PodFailure {
    std::string reason;
    std::string message;
};

enum class Stage : std::uint8_t {
    Bound,        ///< nothing done yet
    Active,       ///< containers start, run, restart
    Completing,   ///< the regular containers are done, sidecars are on their way out
    Finished,     ///< Succeeded or Failed
    Terminating,  ///< containers are on their way out
    Removed,      ///< the kubelet is done with it
};

/// There is one of every pod: what few have is kept beside, by their slots.
struct PodRecord {
    store::Key key{};          ///< without a name: the slot is free
    std::uint32_t serial = 0;  ///< of the ticket that counts
    std::uint32_t slot = 0;
    std::uint32_t node = 0;
    Stage stage = Stage::Bound;
    bool network_ready : 1 = false;
    bool has_address : 1 = false;
    bool ending : 1 = false;   ///< no container will be started again
    bool restate : 1 = false;  ///< its status is to be written, whatever it was
    PodAddress address{};
    api::Time start_time{};
    TimePoint due = TimePoint::max();  ///< of that ticket
    api::Shared<std::vector<ContainerRecord>> containers{};

    [[nodiscard]] bool is_taken() const {
        return !key.name.empty();
    }
};
static_assert(sizeof(PodRecord) == 64);

/// An image on a node, or on its way to it. Nodes that use one at the same instants share it.
struct NodeImage {
    std::uint32_t image = 0;
    TimePoint present_at{};  ///< max: it waits in a queue of pulls
    TimePoint began{};       ///< its last pull, after the wait for others
    TimePoint used_at{};

    bool operator==(const NodeImage&) const = default;
};

/// A container that waits for a queue of pulls.
struct Puller {
    store::Key pod;
    std::size_t container = 0;
    std::uint32_t image = 0;
};

/// What a node may be short of, in the order in which it sees to it.
enum class Shortage : std::uint8_t { Memory, Disk, Processes };

/// Whether a node is, or was a short time ago, short of something.
struct NodePressure {
    bool on = false;
    TimePoint seen{};
};

struct NodeRecord {
    std::string name;
    api::Pointer<const api::coordinationv1::Lease> lease{};  ///< as written last; may be null
    std::uint32_t number = 0;                                ///< from 1, in order of registration
    std::uint32_t serial = 0;
    std::uint32_t silences = 0;  ///< it is cut off while there are any
    bool present = false;
    bool described = false;                   ///< its status is filled in
    std::array<NodePressure, 3> pressures{};  ///< by `Shortage`
    TimePoint images_collected{};             ///< when unused images were last looked for
    TimePoint joined_at{};
    TimePoint images_listed_at{};               ///< for the last time, or when they will be
    std::unique_ptr<ShutdownGrace> shutdown{};  ///< null: it is not being shut down
    api::Shared<api::corev1::PodHost> host{};
    NodeAddresses pod_addresses{};
    std::vector<api::Shared<NodeImage>> images{};
    std::unique_ptr<PullQueue> pulls{};  ///< null: none has been asked for
    std::vector<Puller> pullers{};
    std::unique_ptr<runtime::TokenBucket> client{};  ///< of its writes, if they are limited
    TimePoint pulls_due{};                           ///< of the ticket that counts
};

}  // namespace wavetank::node
