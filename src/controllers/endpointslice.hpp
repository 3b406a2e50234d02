#pragma once

/// \file
/// Lists the pods behind each Service in EndpointSlices (upstream's
/// `pkg/controller/endpointslice`).
///
/// It remembers which pods have changed since a Service's last sync and looks at those alone.
/// Departs from upstream in leaving out the annotation with the time of the trigger, and hints by
/// the annotation `topology-mode`.

#include "controllers/endpoints.hpp"
#include "controllers/pod_places.hpp"
#include "controllers/slice_plan.hpp"

#include <wavetank/api/pointer.hpp>
#include <wavetank/controllers/reconciler.hpp>
#include <wavetank/store/selector_index.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

class EndpointSliceController final : public Reconciler {
public:
    explicit EndpointSliceController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using Service = api::corev1::Service;
    using Pod = api::corev1::Pod;
    using Node = api::corev1::Node;
    using EndpointSlice = api::discoveryv1::EndpointSlice;

    /// What is remembered of one Service.
    struct State {
        api::Pointer<const Service> service;
        /// Pods since the last sync, also such that left.
        boost::unordered_flat_set<api::Text, std::hash<api::Text>> changed;
        std::map<std::string, KnownSlice> slices;
        PodPlaces places;         ///< in `slices`
        bool all_changed = true;  ///< all pods and slices are to be looked at
    };
    /// The Services that pods with certain labels belong to. Keeps the labels alive, so that
    /// their address stays theirs.
    struct Match {
        api::Shared<api::StringMap> labels;
        std::string in_namespace;
        std::vector<store::Key> services;
    };
    /// The Services of a namespace that have endpoints, and their selectors by their numbers.
    struct Selectors {
        std::vector<store::Key> services;
        store::SelectorIndex index;
    };
    enum class Wake : std::uint8_t { No, Yes };
    enum class Presence : std::uint8_t { Gone, Here };

    void on_service(const store::WatchEvent<Service>& event);
    void on_pod(const store::WatchEvent<Pod>& event);
    void on_node(const store::WatchEvent<Node>& event);
    void on_slice(const store::WatchEvent<EndpointSlice>& event);
    void note_change(const store::Key& service, const SlicePointer& slice, Presence presence);
    static void forget_slice(State& state, const std::string& name);
    static void note_slice(State& state, const SlicePointer& slice);
    [[nodiscard]] std::vector<const KnownSlice*> suspects_marked(const Service& service,
                                                                 const std::string& type,
                                                                 State& state) const;
    void touch(const Pod& pod, Wake wake);
    const std::vector<store::Key>& services_of(const Pod& pod);
    const Selectors& selectors_in(const std::string& space);
    void refresh(const Service& service, State& state);
    [[nodiscard]] std::vector<ChangedEndpoint> changes(const Service& service, const State& state,
                                                       const std::string& address_type,
                                                       std::vector<std::string>& problems);
    Result<> write(const Service& service, SlicePlan& plan);
    Result<> sync(const Service& service, State& state);
    [[nodiscard]] EndpointSlice fresh_slice(const Service& service, const std::string& type) const;

    ControllerContext context_;
    store::Store& store_;
    std::map<store::Key, State> states_;
    boost::unordered_flat_map<const void*, Match> matches_;  // by the identity of labels
    std::map<std::string, Selectors> selectors_;  // by namespace, as far as anybody asked
    EndpointMaker endpoints_;
    // The zones of the nodes that there are, by name; empty: a node has none. To find them in the
    // labels of nodes takes several times as long, as no node is in the cache.
    boost::unordered_flat_map<api::Text, api::Text, std::hash<api::Text>> zones_;
    bool writing_ = false;  // so that own writes wake nobody
    store::Subscription services_;
    store::Subscription pods_;
    store::Subscription nodes_;
    store::Subscription slices_;
};

}  // namespace wavetank::controllers
