#pragma once

/// \file
/// Removes pods that nobody else will (upstream's `pkg/controller/podgc`): those of nodes that are
/// gone or out of service, those that are deleted before they have a node, and the oldest of very
/// many that have ended.

#include "controllers/pods.hpp"

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace wavetank::controllers {

class PodGarbageController final : public Reconciler {
public:
    explicit PodGarbageController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using Node = api::corev1::Node;
    using Pod = api::corev1::Pod;

    void on_pod(const store::WatchEvent<Pod>& event);
    void on_node(const store::WatchEvent<Node>& event);
    void wake();
    [[nodiscard]] bool is_out_of_service(const Pod& pod) const;
    [[nodiscard]] bool may_be_garbage(const Pod& pod) const;
    void remove_ended();
    void remove_orphans();
    void remove_pod(const Pod& pod, const api::corev1::PodCondition* condition);

    ControllerContext context_;
    store::Store& store_;
    WallTime start_;
    std::size_t ended_ = 0;  // pods that are terminal
    // The nodes there are, with whether they are marked out of service; never walked.
    boost::unordered_flat_map<api::Text, bool, std::hash<api::Text>> marked_;
    std::map<std::string, WallTime> missing_;  // nodes that pods name, and since when
    store::Subscription pods_;
    store::Subscription nodes_;
};

}  // namespace wavetank::controllers
