#pragma once

/// \file
/// What becomes of a pod once it has a node?
///
/// One object plays the kubelets of all nodes of a cluster, as a record a node and a pod, so that
/// five thousand nodes cost no more than their pods. It follows the kubelet of Kubernetes v1.37 in
/// what others can see: statuses, conditions, events, back-offs and graceful termination. It
/// departs in that container IDs are a function of the container and its start, so that sibling
/// pods share one status, and in that probes look at what the runtime has told of a container's
/// health rather than send requests.

#include <wavetank/base/random.hpp>
#include <wavetank/node/container_runtime.hpp>
#include <wavetank/node/node_options.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace wavetank::node {

/// What a container's probes find while it runs.
enum class ContainerHealth : std::uint8_t {
    Healthy,
    Failing,  ///< it says that it cannot serve
    Hanging,  ///< it does not answer: `httpGet` and `grpc` time out; `tcpSocket` and `exec`, which
              ///< the system answers, succeed
};

/// How a container's program has ended.
struct ExitOfContainer {
    std::int32_t code = 0;
    bool out_of_memory = false;  ///< killed for it; the code is 137

    bool operator==(const ExitOfContainer&) const = default;
};

/// What one container uses of its node.
struct ContainerUsage {
    store::Key pod;
    std::string container;
    std::int64_t memory = 0;     ///< its working set, in bytes
    std::int64_t disk = 0;       ///< what it has written, logs included, in bytes
    std::int64_t processes = 0;  ///< and threads
};

/// How long pods have when their node is shut down (the kubelet's shutdownGracePeriod, in two).
struct ShutdownGrace {
    Duration regular = std::chrono::seconds{20};
    Duration critical = std::chrono::seconds{10};  ///< of a system priority; they come after
};

/// The kubelets of a cluster.
///
/// They hear of nodes and pods from the store, those included that are there already, and act in
/// callbacks of the executor: all that is due at one instant in one callback.
///
/// Lifetime: whatever it is made with must outlive it.
/// Determinism: delays are drawn from streams forked by the pod's name, so pods do not shift each
/// other's draws.
class Kubelets {
public:
    Kubelets(runtime::Executor& executor, registry::Registry& registry, ContainerRuntime& runtime,
             Random random, NodeOptions options = {});
    ~Kubelets();
    Kubelets(const Kubelets&) = delete;
    Kubelets& operator=(const Kubelets&) = delete;

    /// Tells that a container's program has ended, of its own or by a crash. May be called within
    /// the runtime's own `start`. Does nothing if there is no such container or it does not run.
    void container_exited(const store::Key& pod, const std::string& container, ExitOfContainer how);

    /// Tells what a container's probes find from now on, until it is started anew. Probes look at
    /// their own times, and draw their conclusions when their thresholds are reached. Does nothing
    /// if there is no such container, it does not run, or has no probes.
    void health_changed(const store::Key& pod, const std::string& container,
                        ContainerHealth health);

    /// Tells that a pod that is terminating may have nothing left to do. Optional: idleness is also
    /// asked for at growing intervals, up to a second.
    void notify_idle(const store::Key& pod);

    /// Tells what all containers of the cluster use now. Every ten seconds a node looks at it:
    /// where it is short of something (see `EvictionRules`) it reports MemoryPressure, DiskPressure
    /// or PIDPressure, which stays for five minutes, and evicts one pod: those above their requests
    /// first, then by priority, then by how far they are above. Of a full disk it first takes the
    /// images that no container uses; at 85 % it takes some every five minutes. Nothing but
    /// containers and images takes room; a node without ephemeral-storage has no end of it.
    void observe_usage(std::span<const ContainerUsage> usage);

    /// Shuts a node down in an orderly way: it is not ready, takes no more pods, and fails those it
    /// has, the critical ones last. Does nothing if there is no such node, or it is being shut down
    /// already. It is up again when it is woken after it has been silenced.
    void shut_down(const std::string& node, const ShutdownGrace& grace = {});

    /// Lets the kubelet of a node neither hear, say nor do anything, until it is woken as often.
    /// What runs on the node is left alone. Does nothing if there is no such node.
    void silence(const std::string& node);

    /// Lets it go on: it renews its signs of life, says again how its pods are, and does what it
    /// has missed. Requires: it is silenced.
    void wake(const std::string& node);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::node
