#pragma once

/// \file
/// Which pods does a selector pick? Answered without a look at every pod.
///
/// Pods of one template have the same labels, so there are far fewer sets of labels than pods.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {

/// The pods of a store by namespace and labels, kept up to date. The pods of a set of labels are
/// looked up once and then known until one of them changes.
///
/// Lifetime: the store must outlive it.
class PodsByLabels {
public:
    explicit PodsByLabels(store::Store& store);

    /// Returns the pods of a namespace that `selector` picks, by label sets and then names.
    /// Cost: a match for each set of labels in the namespace.
    [[nodiscard]] std::vector<api::Pointer<const api::corev1::Pod>> select(
        const std::string& in_namespace, const api::Selector& selector) const;

    /// Calls `visit` with each set of labels that pods of the namespace have and `selector` picks.
    void each_label_set(const std::string& in_namespace, const api::Selector& selector,
                        const std::function<void(const api::Labels&)>& visit) const;

private:
    using Pod = api::corev1::Pod;

    /// The pods with the same labels.
    struct LabelSet {
        std::set<std::string> names{};
        mutable std::vector<api::Pointer<const Pod>> pods{};  ///< all of them, or none
        std::uint64_t version = 0;                            ///< of the last change of these pods
    };

public:
    /// What a selector picks, for those who ask again and again.
    class Selection {
    public:
        Selection() = default;
        Selection(std::string in_namespace, api::Selector selector)
            : namespace_{std::move(in_namespace)}, selector_{std::move(selector)} {}

    private:
        friend class PodsByLabels;
        std::string namespace_{};
        api::Selector selector_ = api::Selector::nothing();
        std::vector<const LabelSet*> label_sets_{};
        std::uint64_t label_sets_as_of_ = 0;
        std::uint64_t pods_as_of_ = 0;
        bool asked_ = false;
    };

    /// Tells whether a pod of the selection has come, gone or changed since the last time it was
    /// asked for that selection; the first time, it has. Until then, `select` would return the
    /// same. Cost: a look at each set of labels that is picked.
    [[nodiscard]] bool has_changed(Selection& selection) const;

    /// Returns a number that grows when a set of labels comes or goes. Zero: there was none ever.
    [[nodiscard]] std::uint64_t label_sets_version() const {
        return label_sets_version_;
    }

    /// The same as for its namespace and selector. Requires: `has_changed` has just been asked.
    [[nodiscard]] std::vector<api::Pointer<const api::corev1::Pod>> select(
        const Selection& selection) const;

private:
    void on_pod(const store::WatchEvent<Pod>& event);

    void add(const Pod& pod);
    void remove(const Pod& pod);
    void forget_pods(const Pod& pod);
    void look_up(const std::string& in_namespace, const LabelSet& label_set) const;

    store::Store& store_;
    std::map<std::string, std::map<api::Labels, LabelSet>> label_sets_;
    // The labels that were looked up last, and their set; pods of one template come together.
    api::Shared<api::StringMap> labels_seen_;
    std::string namespace_seen_;
    LabelSet* seen_ = nullptr;
    std::uint64_t version_ = 0;  // of the last change of any pod
    std::uint64_t label_sets_version_ = 0;
    store::Subscription pods_;
};

}  // namespace wavetank::controllers
