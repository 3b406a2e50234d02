#pragma once

/// \file
/// The pods of a cluster as replicas of a data plane, and the loads on them.

#include "sim/cluster/coded_replicas.hpp"
#include "sim/cluster/mesh_routes.hpp"
#include "sim/cluster/network_rules.hpp"
#include "sim/cluster/paced_plane.hpp"
#include "sim/cluster/plan.hpp"
#include "sim/cluster/propagation.hpp"
#include "sim/report/usage_recorder.hpp"

#include <wavetank/actor/handler.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/service.hpp>
#include <wavetank/mesh/hash_policy.hpp>
#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/node/container_runtime.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/sim/data_plane.hpp>
#include <wavetank/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {

struct FleetOptions {
    std::optional<PlannedNetwork> links{};        ///< absent: it is the same everywhere
    std::vector<mesh::HashPolicy> hash_policy{};  ///< valid ones
    /// What tells clients where requests go; absent: there is no such thing.
    std::optional<std::vector<boost::json::object>> mesh{};
    /// How clients reach Services if they have no proxies; absent: they have.
    std::optional<mesh::KubeProxyPolicy> kube_proxy{};
    ControlPlaneTiming timing{};  ///< as far as clients hear of changes
};

/// Keeps a data plane in step with a cluster: replicas come and go with containers, endpoints with
/// EndpointSlices.
///
/// At one time the data plane is first; so a request that comes at the very time of a change does
/// not see it. Clients know what `Propagation` has told them.
class Fleet final : public node::ContainerRuntime {
public:
    /// What is in an image: what is declared of it, then code; either may be missing.
    struct Program {
        const PlannedModel* model = nullptr;
        actor::Handler code{};
    };
    using Pod = api::corev1::Pod;
    using ProgramOf = std::function<Program(const std::string& image)>;
    /// Tells that a container has come to its end.
    using Exit = std::function<void(const store::Key& pod, const std::string& container,
                                    node::ExitOfContainer how)>;

    /// Lifetime: all references outlive it.
    Fleet(store::Store& store, mesh::ServiceDirectory& directory, runtime::Executor& executor,
          DataPlaneOptions plane, FleetOptions options, ProgramOf program_of);

    /// Says who hears of containers that end by themselves: those of Jobs. They work as their
    /// model has it for a request, wait as it has it, and fail as often.
    void on_exit(Exit exit) {
        exit_ = std::move(exit);
    }

    /// Says who hears of containers that hang, or do so no more.
    using HealthChange = std::function<void(const store::Key& pod, const std::string& container,
                                            node::ContainerHealth health)>;
    void on_health(HealthChange change) {
        health_changed_ = std::move(change);
    }

    [[nodiscard]] Result<void> start(const node::ContainerStart& start) override;
    void drain(const store::Key& pod, const std::string& container) override;
    void stop(const store::Key& pod, const std::string& container) override;
    [[nodiscard]] bool idle(const store::Key& pod, const std::string& container) const override;

    // What goes wrong with a pod's containers, until they are started anew. Does nothing if there
    // is no such pod.

    // What begins twice goes on until it has ended twice.

    /// Lets all that they compute take so much longer than it should.
    void begin_slow_down(const store::Key& pod, double factor);
    void end_slow_down(const store::Key& pod, double factor);
    /// Lets them fail a part of their requests; of several parts, the largest.
    void begin_errors(const store::Key& pod, double rate);
    void end_errors(const store::Key& pod, double rate);
    /// Lets their memory grow by so many bytes a second; the end of it gives none back.
    void begin_leak(const store::Key& pod, double bytes_per_second);
    void end_leak(const store::Key& pod, double bytes_per_second);

    /// Tells whether a container of a pod hangs.
    [[nodiscard]] bool hangs(const store::Key& pod) const;

    /// Returns the containers of a pod that run.
    [[nodiscard]] std::vector<std::string> running(const store::Key& pod) const;

    /// Lets links be so, until that is ended. Requires: there are `links`. Lifetime: `link` lives
    /// till then.
    void begin_link(const PlannedLink& link);
    void end_link(const PlannedLink& link);

    /// Keeps all clients at the endpoints that they know, until that is ended as often as begun.
    void begin_endpoint_stall();
    /// Returns whether they know all again.
    bool end_endpoint_stall();

    void add_load(const Load& load);

    /// Returns what tells clients where requests go; null if there is no such thing.
    [[nodiscard]] MeshRoutes* mesh() {
        return mesh_ ? &*mesh_ : nullptr;
    }
    /// Lets clients hear of changes there.
    void mesh_changed();

    /// Returns what all containers have used so far; those that have ended, once more at least.
    [[nodiscard]] std::vector<ContainerUse> usage();

    struct ClassFigures {
        std::string name;  // empty: there are no classes
        const mesh::ServiceStats& stats;
    };
    struct LoadFigures {
        std::string name;
        std::uint64_t sent = 0;
        std::vector<ClassFigures> classes;  // at least one
    };
    /// Returns what the loads have seen so far.
    [[nodiscard]] std::vector<LoadFigures> loads() const;

    struct ServiceFigures {
        mesh::ServiceStats stats;
        std::optional<mesh::UpstreamCounters> upstream{};  // if there is a policy
        std::vector<Ejection> ejections{};
    };
    /// Returns what the callers of each Service have seen so far, by its cluster's name; and of
    /// each subset that takes requests ("default/web:80 v2").
    [[nodiscard]] std::map<std::string, ServiceFigures> services() const;

private:
    struct Process {
        std::string container;
        std::vector<std::int32_t> ports;
        ReplicaId replica{};
        TimePoint started{};
        double cpus_requested = 0;
        const PlannedModel* model = nullptr;
        double leaked = 0;  // bytes, as of `leaks_since`
        TimePoint leaks_since{};
        std::int64_t memory_limit = 0;  // bytes; 0: there is none
        bool has_ended = false;
        // What is wrong with it.
        std::vector<double> slow_downs{};  // factors
        std::vector<double> error_rates{};
        std::vector<double> leaks{};  // bytes a second
    };
    [[nodiscard]] static bool is_hung(const Process& process);
    // A program that calls others as its model has it.
    struct DeclaredCaller {
        const PlannedModel* model = nullptr;
        istio::Proxy client{};
        std::size_t kinds = 0;  // of requests that hand on what they say
    };
    struct PlacedLoad {
        std::string name;
        LoadId id{};
        std::vector<std::string> classes;  // names
    };
    struct Target {
        ServiceId service{};
        const mesh::Cluster* cluster = nullptr;  // null: there is no such Service yet
        std::string in_namespace;
        std::string url;
        std::uint64_t version = 0;  // of the cluster, as the data plane has it
        std::vector<ReplicaId> endpoints{};
        mesh::ClusterLoadAssignment hosts{};  // the same, as balancers know them
        // Where there are routes:
        istio::Proxy client{};
        mesh::Request request{};
        std::uint64_t routes_version = 0;  // as the data plane has them
        bool is_told = false;              // somebody has a word in it
        bool has_policy = false;           // and it takes its requests itself
        std::string mesh_cluster{};        // whose endpoints they are then
        bool goes_by_place = false;        // and the places of its endpoints matter
        bool is_taker = false;             // it takes requests to others
        bool is_own = false;               // they are meant for the same Service
        std::string subset{};              // of those that take
        std::string told{};                // what the policy was made of
        std::set<std::uint32_t> said{};    // what requests to it say, of those that say anything
        mesh::ClusterLoadAssignment local_cluster{};  // what its client knows of others like it
        std::map<std::string, std::string> labels{};  // of its pods; empty: all of them
    };

    template <class Action>
    void for_each(const store::Key& pod, Action action);
    void apply_slow_downs(const Process& process);
    void tell_health(const store::Key& pod, const Process& process) const;
    void apply_errors(const Process& process);
    void settle_leak(Process& process) const;
    void replace(ReplicaId before, ReplicaId after);
    [[nodiscard]] ContainerUse use_of(const store::Key& pod, const Process& process) const;
    [[nodiscard]] ReplicaSize size_of(const node::ContainerStart& start, const PlannedModel* model);
    [[nodiscard]] std::optional<NodeId> node_of(const std::string& name);
    [[nodiscard]] ServiceId target_of(const std::string& url, const istio::Proxy& client,
                                      const mesh::Request& request);
    // fleet_programs.cpp
    [[nodiscard]] ProgramId declare(const std::string& image, const Program& program,
                                    const Pod& pod);
    void note_said(Target& target, std::uint32_t said, const mesh::Headers& headers);
    void note_taken(Target& taker, const Target& called, const MeshCluster& cluster,
                    std::optional<std::uint32_t> message);
    void note_programs(const Target& target);
    void tell_callers();
    void hand_on(ProgramId program, std::uint32_t said);
    // fleet_routes.cpp
    void route(Target& target);
    void send_as_told(Target& target, const MeshRoute& found);
    [[nodiscard]] std::optional<std::uint32_t> message_of(const MeshCluster& cluster,
                                                          const mesh::Request& request);
    [[nodiscard]] std::uint32_t message_of_answer(
        const mesh::Response& answer, const std::optional<mesh::ResponseChanges>& changes);
    [[nodiscard]] Target& taker_of(const MeshCluster& cluster, const istio::Proxy& client,
                                   bool is_own);
    [[nodiscard]] istio::Endpoint as_istio_knows(const mesh::Endpoint& endpoint,
                                                 bool is_ready) const;
    void assign_by_place(Target& target);
    [[nodiscard]] std::vector<mesh::HttpFilter> filters_of(const Pod& pod,
                                                           const istio::Proxy& workload) const;
    [[nodiscard]] std::string locality_of_node(const std::string& node) const;
    [[nodiscard]] bool is_behind(const mesh::Endpoint& endpoint,
                                 const std::map<std::string, std::string>& labels) const;
    // local_cluster.cpp
    [[nodiscard]] const mesh::Cluster* local_cluster_of(const istio::Proxy& client);
    void tell_local_cluster(Target& target);
    // kube_proxy.cpp
    void ask_kube_proxy(Target& target);
    void set_kube_proxy(Target& target, const api::corev1::Service* service, bool drops);
    [[nodiscard]] std::vector<std::uint32_t> weights_for(const Target& target,
                                                         const mesh::ServiceTraffic& traffic,
                                                         bool& drops) const;
    [[nodiscard]] std::optional<NodeId> origin_of(const Load& load);
    [[nodiscard]] bool asks_where() const;
    [[nodiscard]] istio::Proxy client_in(const Pod& pod);
    [[nodiscard]] istio::Proxy client_of(const Load& load) const;
    void tell(std::uint64_t version);
    void refresh_targets();
    void refresh(Target& target);
    void set_endpoints(const Target& target);
    [[nodiscard]] std::vector<std::uint64_t> hashes_of(const Load& load,
                                                       const mesh::Request& request) const;
    [[nodiscard]] const Process* find(const mesh::Endpoint& endpoint) const;
    void end(Process& process);
    void run_job(const node::ContainerStart& start, const PlannedModel* model, ReplicaId replica);
    void warm_up(const store::Key& pod, Process& process, const PlannedModel& model);
    [[nodiscard]] double leaked_by(const Process& process) const;  // bytes

    store::Store& store_;
    runtime::Executor& executor_;
    int endpoint_stalls_ = 0;
    bool have_services_changed_ = false;  // and istiod does not know yet
    mesh::ServiceDirectory& directory_;
    Random random_;
    CodedReplicas coded_;
    std::optional<NetworkRules> network_;
    std::optional<mesh::RequestHasher> hasher_;  // if there is a policy
    std::optional<MeshRoutes> mesh_;
    std::optional<mesh::KubeProxyPolicy> kube_proxy_;
    Propagation propagation_;
    mutable PacedPlane plane_;  // looking at it lets it catch up
    ProgramOf program_of_;
    Exit exit_{};
    HealthChange health_changed_{};
    // By authority and namespace; if there are routes, also by what else they may depend on.
    std::map<std::pair<std::string, std::string>, Target> targets_;
    std::map<std::pair<std::string, std::string>, ProgramId> programs_;  // by image, the same
    // What requests say, by the service that clients call or the message of a route that changed
    // them; which programs know of which of that, and which are yet to be told.
    std::map<std::uint32_t, mesh::Headers> said_;
    std::map<ProgramId, DeclaredCaller> callers_;
    std::map<ReplicaId, ProgramId> caller_of_replica_;
    std::set<std::pair<ProgramId, std::uint32_t>> told_callers_;
    std::deque<std::pair<ProgramId, std::uint32_t>> to_tell_;
    bool is_telling_ = false;
    // By pod; also those that have ended, which refuse requests until the pod is gone.
    std::map<store::Key, std::vector<Process>> processes_;
    std::vector<ContainerUse> last_uses_;  // of processes that others have taken the place of
    std::map<std::string, std::optional<NodeId>> nodes_;
    std::map<api::StringMap, NodeId> origins_;               // of loads, by their places' labels
    std::map<std::string, std::uint32_t> changed_messages_;  // by what they and answers say
    std::map<std::string, const mesh::Cluster*> local_clusters_;  // by workload
    std::vector<PlacedLoad> loads_;
    store::Subscription services_;
    store::Subscription slices_;
    store::Subscription pods_;
};

}  // namespace wavetank::sim
