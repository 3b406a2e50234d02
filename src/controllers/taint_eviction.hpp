#pragma once

/// \file
/// Deletes pods that do not, or no longer, tolerate a `NoExecute` taint of their node (upstream's
/// `pkg/controller/tainteviction`).

#include "controllers/pods.hpp"
#include "controllers/pods_by_node.hpp"

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <map>
#include <string>
#include <vector>

namespace wavetank::controllers {

class TaintEvictionController final : public Reconciler {
public:
    explicit TaintEvictionController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using Node = api::corev1::Node;
    using Taint = api::corev1::Taint;

    /// A deletion to come.
    struct Work {
        WallTime created;
        WallTime due;
    };

    void on_node(const store::WatchEvent<Node>& event);
    void on_pod(const store::WatchEvent<api::corev1::Pod>& event);
    void look_at_node(const std::string& name);
    void look_at_pod(const store::Key& key);
    void judge(const api::corev1::Pod& pod, const std::vector<Taint>& taints);
    void cancel(const store::Key& pod);
    bool evict(const store::Key& pod);
    void tell(const store::Key& pod, const std::string& what);

    ControllerContext context_;
    store::Store& store_;
    std::map<std::string, std::vector<Taint>> tainted_;  // by node
    std::map<store::Key, Work> work_;
    PodsByNode pods_by_node_;
    store::Subscription nodes_;
    store::Subscription pods_;
};

}  // namespace wavetank::controllers
