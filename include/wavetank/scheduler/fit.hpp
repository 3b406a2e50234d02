#pragma once

/// \file
/// What fits where, how much more of it would, and what is short then?

#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/configuration.hpp>
#include <wavetank/store/store.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// One node, as far as the pods of one spec are concerned.
struct NodeShare {
    std::string node;
    std::size_t placed = 0;  ///< pods that are there
    std::size_t more = 0;    ///< pods that would go there, too
};

/// Why some nodes take no more pods of a spec.
struct Shortage {
    std::string plugin;
    std::string reason;              ///< "Insufficient cpu"
    std::vector<std::string> nodes;  ///< by name
    /// Of a resource: how much a pod asks for, and which node has the most left. Else empty.
    std::string asked{};
    std::string most_left{};
    std::string most_left_node{};
};

/// The pods of one spec: those of one owner, or one pod.
struct SpecFit {
    std::string name;                ///< "default/deployment/web"
    std::size_t placed = 0;          ///< pods that have a node
    std::size_t pending = 0;         ///< pods that have none
    std::size_t more = 0;            ///< how many more fit when nothing else comes
    bool is_limited = false;         ///< more would fit than were tried
    std::vector<NodeShare> nodes{};  ///< where there are or would be any, by name
    std::string message{};           ///< what kube-scheduler says of the one that is too much
    std::vector<Shortage> shortages{};
};

/// The specs of a cluster, by name.
struct FitReport {
    std::vector<SpecFit> specs{};
};

struct FitOptions {
    SchedulerConfiguration configuration{};
    std::size_t more_max = 10'000;  ///< how many pods of a spec are tried
};

/// Looks at the pods of `store` as it is, and for each spec places more and more of its pods, of
/// all nodes the best, until none fits. Nothing is preempted, and nothing in the store changes.
///
/// Pods that are being deleted, or have ended, or that ask for a scheduler that the configuration
/// does not have, make no spec.
/// Errors: `Invalid` for a bad profile.
/// Determinism: of equally good nodes the one with the smallest name is taken.
[[nodiscard]] Result<FitReport> fit(store::Store& store, const FitOptions& options = {});

[[nodiscard]] boost::json::object to_json(const FitReport& report);

/// Prints the report as a table and one paragraph a spec.
std::ostream& operator<<(std::ostream& out, const FitReport& report);

}  // namespace wavetank::scheduler
