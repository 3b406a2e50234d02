#pragma once

/// \file
/// Which pods does a selector pick? Answered without a look at every pod.
///
/// Pods of one template have the same labels, so there are far fewer sets of labels than pods.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/store/store.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace wavetank::controllers {

/// The pods of a store by namespace and labels, kept up to date.
///
/// Lifetime: the store must outlive it.
class PodsByLabels {
public:
    explicit PodsByLabels(store::Store& store);

    /// Returns the pods of a namespace that `selector` picks, by label sets and then names.
    /// Cost: a match for each set of labels in the namespace.
    [[nodiscard]] std::vector<std::shared_ptr<const api::corev1::Pod>> select(
        const std::string& in_namespace, const api::Selector& selector) const;

    /// Calls `visit` with each set of labels that pods of the namespace have and `selector` picks.
    void each_label_set(const std::string& in_namespace, const api::Selector& selector,
                        const std::function<void(const api::Labels&)>& visit) const;

private:
    using Pod = api::corev1::Pod;

    void on_pod(const store::WatchEvent<Pod>& event);
    void remove(const Pod& pod);

    store::Store& store_;
    std::map<std::string, std::map<api::Labels, std::set<std::string>>> names_;
    store::Subscription pods_;
};

}  // namespace wavetank::controllers
