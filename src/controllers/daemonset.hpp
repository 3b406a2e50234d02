#pragma once

/// \file
/// Keeps a pod of a DaemonSet on every node that takes one (upstream's `pkg/controller/daemon`).
///
/// Departs from upstream in that nodes are gone through in order of their names where upstream's
/// order is random, and in that equal revisions, which only an adoption can make, are not merged.

#include "controllers/owned_pods.hpp"
#include "controllers/revision_history.hpp"

#include <wavetank/api/appsv1/daemon_set.hpp>
#include <wavetank/api/corev1/node.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {

class DaemonSetController final : public Reconciler {
public:
    explicit DaemonSetController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using DaemonSet = api::appsv1::DaemonSet;
    using Node = api::corev1::Node;
    using Pod = api::corev1::Pod;
    using PodsByNode = std::map<std::string, std::vector<PodPointer>>;

    /// Whether pods should be on a node, and whether those that are there may stay.
    struct Verdict {
        bool should_run = false;
        bool may_stay = false;
    };

    /// One look at one DaemonSet.
    struct Sync {
        const DaemonSet& set;
        std::vector<api::Pointer<const Node>> nodes;
        std::string hash;  ///< of the present template
        std::vector<api::corev1::Toleration> tolerations;
        WallTime now;
    };

    /// What is to be done: upstream's arguments of `syncNodes`.
    struct Changes {
        std::vector<PodPointer> removed{};
        std::vector<std::string> nodes{};  ///< that get a pod

        [[nodiscard]] bool empty() const {
            return removed.empty() && nodes.empty();
        }
    };

    /// The pods on a node that are not being deleted: at most one of each, or it is not `clear`.
    struct OnNode {
        PodPointer fresh{};
        PodPointer old{};
        bool clear = true;
    };

    /// How long failed pods of one node are left alone.
    struct FailureBackoff {
        Duration delay{};
        WallTime since{};
    };

    void on_set(const store::WatchEvent<DaemonSet>& event);
    void on_pod(const DaemonSet& set, const store::WatchEvent<Pod>& event);
    void on_node(const store::WatchEvent<Node>& event);
    void on_revision(const store::WatchEvent<api::appsv1::ControllerRevision>& event);

    [[nodiscard]] static Verdict judge(const DaemonSet& set, const Node& node,
                                       const std::vector<api::corev1::Toleration>& tolerations);
    [[nodiscard]] static PodsByNode by_node(const std::vector<PodPointer>& pods);
    [[nodiscard]] OnNode on_node(const Sync& sync, const std::vector<PodPointer>& pods) const;

    Result<RevisionPointer> resolve(const DaemonSet& set, const api::Selector& selector,
                                    std::vector<RevisionPointer>& old);
    Result<> manage(const Sync& sync, const PodsByNode& pods, Changes& changes);
    void manage_node(const Sync& sync, const Node& node, const std::vector<PodPointer>& pods,
                     Changes& changes);
    [[nodiscard]] bool may_remove_failed(const Sync& sync, const std::string& node);
    void manage_surge(const Sync& sync, std::vector<PodPointer> running, Changes& changes);
    Result<> roll(const Sync& sync, PodsByNode pods);
    [[nodiscard]] Changes replace(const Sync& sync, const PodsByNode& pods,
                                  std::int64_t unavailable_most) const;
    [[nodiscard]] Changes surge(const Sync& sync, const PodsByNode& pods, std::int64_t surge_most,
                                std::int64_t desired) const;
    Result<> apply(const Sync& sync, const Changes& changes);
    Result<> truncate(const DaemonSet& set, const std::vector<PodPointer>& pods,
                      const std::vector<RevisionPointer>& old);
    Result<> write_status(const Sync& sync, const PodsByNode& pods);

    ControllerContext context_;
    store::Store& store_;
    OwnedPods<DaemonSet> pods_;
    RevisionHistory history_;
    std::map<std::string, std::pair<std::int64_t, boost::json::value>> data_;  // as StatefulSets
    std::map<std::string, std::map<std::string, int>> placed_;  // by UID: pods on each node
    std::map<std::string, FailureBackoff> failures_;
    store::Subscription sets_;
    store::Subscription nodes_;
    store::Subscription revisions_;
};

}  // namespace wavetank::controllers
