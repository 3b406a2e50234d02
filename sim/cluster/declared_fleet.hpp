#pragma once

/// \file
/// The pods of a cluster whose programs are declared, and the loads on them.

#include "sim/cluster/plan.hpp"

#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/node/container_runtime.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/sim/data_plane.hpp>
#include <wavetank/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {

/// How many CPUs a container may use, and how much of each: without a limit one whole CPU.
[[nodiscard]] ReplicaSize size_of(const api::corev1::Container& container);

/// Keeps a data plane in step with a cluster: replicas come and go with containers, endpoints with
/// EndpointSlices.
///
/// The data plane runs behind: it catches up with the clock whenever something is done to it, or
/// asked of it. At one time it is first; so a request that comes at the very time of a change does
/// not see it.
class DeclaredFleet {
public:
    /// Returns what an image's program does; null if it is code.
    using ModelOf = std::function<const PlannedModel*(const std::string& image)>;

    /// Lifetime: all references outlive it.
    DeclaredFleet(store::Store& store, mesh::ServiceDirectory& directory,
                  const runtime::Clock& clock, DataPlaneOptions options, ModelOf model_of);

    /// Starts a container, if its program is declared.
    void start(const node::ContainerStart& start);
    void stop(const store::Key& pod, const std::string& container);
    [[nodiscard]] bool idle(const store::Key& pod, const std::string& container);

    /// Lets all that a pod's containers do take so much longer than it should; 1 ends it.
    void slow_down(const store::Key& pod, double factor);

    /// Tells whether all that the pods behind a URL run is declared; not if there is none yet.
    [[nodiscard]] bool serves(const std::string& url);

    /// Adds a load. Requires: `serves` its target, or the target of each class.
    void add_load(const Load& load);

    void catch_up();

    struct ClassFigures {
        std::string name;  // empty: there are no classes
        const mesh::ServiceStats& stats;
    };
    struct LoadFigures {
        std::string name;
        std::uint64_t sent = 0;
        std::vector<ClassFigures> classes;  // at least one
    };
    /// Returns what the loads have seen. Requires: it has caught up.
    [[nodiscard]] std::vector<LoadFigures> loads() const;

    /// Returns what the callers of each Service have seen, by its cluster's name. The same holds.
    [[nodiscard]] std::map<std::string, mesh::ServiceStats> services() const;

    /// Returns the clusters that were called though what is behind them is code.
    [[nodiscard]] const std::set<std::string>& out_of_reach() const {
        return out_of_reach_;
    }

private:
    struct Process {
        std::string container;
        std::vector<std::int32_t> ports;
        ReplicaId replica{};
        double speed = 1;  // as it should be
    };
    struct Target {
        ServiceId service{};
        const mesh::Cluster* cluster = nullptr;  // null: there is no such Service yet
        std::string in_namespace;
        std::string url;
        std::uint64_t version = 0;  // of the cluster, as the data plane has it
    };

    [[nodiscard]] ServiceId target_of(const std::string& url, const std::string& in_namespace);
    [[nodiscard]] ProgramId program_of(const PlannedModel& model, const std::string& in_namespace);
    void refresh_targets();
    void refresh(Target& target);
    [[nodiscard]] const Process* find(const mesh::Endpoint& endpoint) const;

    store::Store& store_;
    mesh::ServiceDirectory& directory_;
    const runtime::Clock& clock_;
    DataPlane plane_;
    ModelOf model_of_;
    std::map<std::pair<std::string, std::string>, Target> targets_;  // by authority and namespace
    std::map<std::pair<std::string, std::string>, ProgramId> programs_;  // by image and namespace
    // By pod; also those that have ended, which refuse requests until the pod is gone.
    std::map<store::Key, std::vector<Process>> processes_;
    struct PlacedLoad {
        std::string name;
        LoadId id{};
        std::vector<std::string> classes;  // names
    };
    std::vector<PlacedLoad> loads_;
    std::set<std::string> out_of_reach_;
    store::Subscription services_;
    store::Subscription slices_;
    store::Subscription pods_;
};

}  // namespace wavetank::sim
