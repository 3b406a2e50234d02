#pragma once

/// \file
/// Which pods are on a node? Answered without a look at every pod.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/store/key.hpp>
#include <wavetank/store/store.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace wavetank::controllers {

/// The bound pods of a store by node, kept up to date from the first question on: a cluster whose
/// nodes do not fail pays nothing.
///
/// Lifetime: the store must outlive it.
class PodsByNode {
public:
    explicit PodsByNode(store::Store& store) : store_{store} {}

    /// Returns the pods of a node, in order of their keys.
    [[nodiscard]] std::vector<api::Pointer<const api::corev1::Pod>> on(const std::string& node);

private:
    using Pod = api::corev1::Pod;

    void begin();
    void on_pod(const store::WatchEvent<Pod>& event);
    void add(const Pod& pod);
    void remove(const Pod& pod);

    store::Store& store_;
    bool begun_ = false;
    // By node, in no order; none empty, never walked. A node has some dozens of pods.
    std::unordered_map<std::string, std::vector<store::Key>> keys_;
    store::Subscription pods_;
};

}  // namespace wavetank::controllers
