#pragma once

/// \file
/// From a host name, as a program writes it, to the endpoints that answer.
///
/// The directory turns Services and EndpointSlices into flat tables whenever they change, so that
/// a request touches neither the store nor a Kubernetes object.

#include <wavetank/api/corev1/service.hpp>
#include <wavetank/api/discoveryv1/endpoint_slice.hpp>
#include <wavetank/mesh/cluster.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wavetank::mesh {

/// The part of a URL that says where a request goes.
struct Authority {
    std::string host;
    std::int32_t port = 80;
};

/// Splits "http://host:port/path?query" or "host:port"; `path` gets the rest, "/" at least.
[[nodiscard]] Authority parse_authority(std::string_view url, std::string& path);

/// Knows the clusters of all Services of a store and keeps them true.
///
/// Endpoints are those an unmodified kube-proxy uses: the ready ones, or, if there are none, those
/// that still serve while they terminate.
/// Lifetime: the store must outlive it; clusters live as long as it does.
class ServiceDirectory {
public:
    explicit ServiceDirectory(store::Store& store);

    /// Returns the cluster for "name", "name.namespace", "name.namespace.svc[.cluster.local]" or a
    /// cluster IP, seen from `in_namespace`; null if there is no such Service or port.
    [[nodiscard]] const Cluster* resolve(const Authority& authority,
                                         const std::string& in_namespace);

    /// Keeps, from now on, all endpoints of clusters that are listed, as kube-proxy wants to know.
    /// Requires: no cluster was resolved yet.
    void keep_listed() {
        keeps_listed_ = true;
    }

    /// Lets changes wait, from now on, until `take_in`: who resolves names here has not heard yet.
    void hold_changes() {
        holds_changes_ = true;
    }
    /// Takes in what waits of the changes up to a version of the store.
    void take_in(std::uint64_t version);

    /// Returns all clusters that were ever resolved, in order of their names.
    [[nodiscard]] std::vector<const Cluster*> clusters() const;

private:
    struct ClusterKey {
        store::Key service;
        std::int32_t port = 0;
        auto operator<=>(const ClusterKey&) const = default;
    };

    using Service = api::corev1::Service;
    using EndpointSlice = api::discoveryv1::EndpointSlice;
    using ServiceEvent = store::WatchEvent<Service>;
    using SliceEvent = store::WatchEvent<EndpointSlice>;

    void hear(const ServiceEvent& event);
    void hear(const SliceEvent& event);
    template <class Event>
    void hear_or_hold(const Event& event);
    void refresh();
    void rebuild(Cluster& cluster);

    // What it has heard of, which is what the store has unless changes wait.
    std::map<store::Key, api::Pointer<const Service>> services_;
    std::map<store::Key, std::map<std::string, api::Pointer<const EndpointSlice>>>
        slices_of_service_;
    std::deque<std::variant<ServiceEvent, SliceEvent>> waiting_;  // oldest first
    std::map<ClusterKey, std::unique_ptr<Cluster>> clusters_;
    std::set<store::Key> stale_;
    std::uint64_t next_version_ = 1;
    bool keeps_listed_ = false;
    bool holds_changes_ = false;
    store::Subscription service_watch_;
    store::Subscription slice_watch_;
};

}  // namespace wavetank::mesh
