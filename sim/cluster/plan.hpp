#pragma once

/// \file
/// What a set of manifests asks for: objects for the cluster, and how the run is to go.

#include "sim/cluster/istio.hpp"
#include "sim/metrics/metrics_pipeline.hpp"

#include <wavetank/api/selector.hpp>
#include <wavetank/api/wavetankv1/scenario.hpp>
#include <wavetank/base/distribution.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/scheduler/configuration.hpp>
#include <wavetank/sim/data_plane.hpp>
#include <wavetank/sim/options.hpp>
#include <wavetank/sim/workload.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Something to be done to the cluster at a time.
struct TimedAction {
    TimePoint time{};
    api::wavetankv1::Action action;
};

struct PlannedCall {
    std::string url;
    double probability = 1;
    std::uint32_t repeat = 1;
};

/// What the program in an image does.
struct PlannedModel {
    std::string image;
    DeclaredProgram program;  ///< less its calls
    std::vector<std::vector<PlannedCall>> calls;
    std::vector<std::string> forward_headers{};  ///< with its calls; in lower case
    std::optional<std::uint32_t> threads{};
    std::int64_t memory = 0;                 ///< bytes at rest
    std::int64_t memory_per_request = 0;     ///< the same, for each one that it has
    std::int64_t disk = 0;                   ///< bytes from its start
    std::int64_t disk_per_request = 0;       ///< bytes more for each one that it gets
    std::int64_t processes = 0;              ///< at rest
    std::int64_t processes_per_request = 0;  ///< more for each one that it has
    Duration warm_up{};                      ///< after its start, everything takes longer
    double warm_up_factor = 1;               ///< by that
};

/// What is special about the links between some nodes. A selector that is empty means all of them,
/// and what is on no node.
struct PlannedLink {
    api::Selector from;
    api::Selector to;
    bool is_one_way = false;
    std::optional<Distribution> latency{};
    std::optional<Distribution> delay{};  ///< besides
    std::optional<double> loss{};         ///< part of the messages
    std::optional<double> bandwidth{};    ///< bits a second
    bool is_cut = false;
};

/// The network, where it is not the same everywhere.
struct PlannedNetwork {
    std::optional<Distribution> same_node{};
    std::optional<Distribution> between_zones{};
    std::optional<Distribution> between_regions{};
    std::vector<PlannedLink> links{};
};

/// What goes wrong with a node as a whole.
enum class NodeTrouble : std::uint8_t {
    Crash,          ///< power is off; then everything is started anew
    Freeze,         ///< nothing goes on; then everything does
    HeartbeatLoss,  ///< its kubelet is cut off; containers run on
    Shutdown,       ///< its pods end; then power is off
};

/// What goes wrong with some pods, some nodes, some links, or all endpoints.
struct PlannedFault {
    std::string name;
    TimePoint at{};
    std::optional<Distribution> every{};  ///< from one time to the next
    std::optional<Duration> duration{};
    std::string in_namespace;
    api::Selector selector;  ///< of pods; empty: all
    api::Selector nodes;     ///< the same of nodes
    std::optional<std::uint32_t> count{};
    bool is_random = false;  ///< which ones; else in order of names

    // One of:
    double slow_down = 1;  ///< everything takes so much longer
    bool crashes = false;
    std::optional<double> error_rate{};
    std::int64_t leak = 0;  ///< bytes a second
    bool stalls_endpoints = false;
    std::optional<PlannedLink> link{};
    std::optional<NodeTrouble> node_trouble{};
    node::ShutdownGrace shutdown{};  ///< of that trouble
};

/// What Scenarios say of all nodes, a later one field by field over those before it.
struct PlannedNodeSettings {
    api::wavetankv1::KubeletSettings kubelet{};
    std::optional<std::int64_t> bytes_per_second{};  ///< of each node's line
};

/// A set of manifests, read, checked and sorted.
struct Plan {
    std::vector<codec::ManifestObject> objects;  ///< for the cluster, in the order to apply them
    std::vector<codec::ManifestObject> ignored;  ///< of kinds that are not simulated
    std::vector<codec::ManifestObject> istio;    ///< what tells clients where requests go
    std::vector<boost::json::object> mesh;       ///< those of them that count
    std::vector<std::string> left_out;           ///< what of them does not, for people
    std::vector<std::string> needs_discovery;    ///< the same, unless proxies know of one another
    bool has_discovery = false;                  ///< those of some pods do
    std::vector<codec::ManifestObject> kustomizations;  ///< instructions for kustomize; not built
    SimulationOptions options;                          ///< what Scenarios set; all else is absent
    PlannedNodeSettings node_settings{};  ///< out of which some of the options were made
    std::vector<api::wavetankv1::NodePool> node_pools;
    std::vector<TimedAction> actions;
    std::vector<Load> loads;
    std::vector<PlannedModel> models;
    std::vector<PlannedFault> faults;
    std::vector<PlannedMetric> metrics;
    std::optional<PlannedNetwork> network{};  ///< absent: it is the same everywhere
    std::optional<scheduler::SchedulerConfiguration> scheduler{};  ///< absent: the default one

    /// Adds a later plan, which was made over the settings of this one; where both set an option,
    /// the later one counts.
    void merge(Plan&& later);
};

/// Reads the manifests of some paths.
/// Errors: in the result; further, that there is no object at all.
[[nodiscard]] codec::Manifest read_manifests(const std::vector<std::string>& paths,
                                             codec::Recursion recursion);

/// Reads a plan out of manifests that were parsed already, over what was said `before` of nodes.
/// Errors: go to `errors`, each with its place; the plan is then what could be read.
[[nodiscard]] Plan make_plan(const codec::Manifest& manifest, std::vector<Error>& errors,
                             PlannedNodeSettings before = {});

/// Sets what is absent in `mine` to what `others` have, of all that a Scenario can set. Of images,
/// each size counts for itself.
void fill_in(SimulationOptions& mine, const SimulationOptions& others);

/// Returns all problems as one error, a line each. Requires: there is one.
[[nodiscard]] Error combined(const std::vector<Error>& errors);

/// Applies the objects to a cluster that exists only for this, and reports what an API server
/// would refuse.
[[nodiscard]] std::vector<Error> rehearse(const std::vector<codec::ManifestObject>& objects);

}  // namespace wavetank::sim
