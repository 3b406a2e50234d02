// Services as clients without proxies reach them: by the kube-proxy of the node where a client is.

#include "sim/cluster/fleet.hpp"
#include "sim/cluster/self_discovery.hpp"

#include <wavetank/api/corev1/node.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace wavetank::sim {
namespace {

using api::corev1::Node;
using api::corev1::Service;

// "region/zone/subzone"
std::string zone_in(const std::string& locality) {
    const auto first = locality.find('/');
    return first == std::string::npos
               ? std::string{}
               : locality.substr(first + 1, locality.find('/', first + 1) - first - 1);
}

mesh::ServiceTraffic traffic_to(const Service& service) {
    const auto& spec = service.spec;
    return {.is_internal_local = spec.internalTrafficPolicy == "Local",
            .is_external_local = spec.externalTrafficPolicy == "Local",
            .is_externally_accessible = spec.type == "NodePort" || spec.type == "LoadBalancer" ||
                                        !spec.externalIPs.empty()};
}

}  // namespace

// Whether any Service sends clients elsewhere by where they are.
bool Fleet::asks_where() const {
    return std::ranges::any_of(store_.list<Service>(), [](const auto& service) {
        return service->spec.trafficDistribution.has_value() ||
               traffic_to(*service).is_internal_local;
    });
}

istio::Proxy Fleet::client_in(const Pod& pod) {
    istio::Proxy client{.namespace_ = pod.metadata.namespace_};
    if (!mesh_ && !(kube_proxy_ && asks_where())) {
        return client;
    }
    client.locality = locality_of_node(pod.spec.nodeName);
    client.node = pod.spec.nodeName;
    if (mesh_) {
        client.labels.insert(pod.metadata.labels->begin(), pod.metadata.labels->end());
        if (discovers_itself(pod)) {
            mesh_->note_discovery();
            client.workload = controller_of(pod);
        }
        client = mesh_->as_it_counts(std::move(client));
    }
    return client;
}

istio::Proxy Fleet::client_of(const Load& load) const {
    istio::Proxy client{.node = load.from.node};
    if (!load.from.region.empty() || !load.from.zone.empty()) {
        client.locality = load.from.region + "/" + load.from.zone + "/";
    } else if (!load.from.node.empty()) {
        client.locality = locality_of_node(load.from.node);
    }
    if (mesh_) {
        return mesh_->as_it_counts(std::move(client));
    }
    return kube_proxy_ ? client : istio::Proxy{};
}

// Returns how much of the traffic each listed endpoint gets; 0: none. What comes from no node comes
// from outside, if the Service is open to it: a load balancer spreads it over the nodes, where
// local endpoints are asked for over those that have some.
std::vector<std::uint32_t> Fleet::weights_for(const Target& target,
                                              const mesh::ServiceTraffic& traffic,
                                              bool& drops) const {
    constexpr std::uint32_t unit = 5'040'000;  // of which most small numbers are divisors
    const auto& listed = target.cluster->listed;
    std::vector<std::uint32_t> weights(listed.size());
    if (!target.client.node.empty() || !traffic.is_external_local ||
        !traffic.is_externally_accessible) {
        const mesh::TrafficEndpoints found = mesh::internal_traffic(
            listed, traffic, {.name = target.client.node, .zone = zone_in(target.client.locality)});
        for (const std::size_t place : found.endpoints) {
            weights[place] = 1;
        }
        drops = found.if_none == mesh::NoEndpoint::Dropped;
        return weights;
    }
    drops = false;
    for (const auto& node : store_.list<Node>()) {
        const mesh::TrafficEndpoints found =
            mesh::external_traffic(listed, traffic, {.name = node->metadata.name});
        for (const std::size_t place : found.endpoints) {
            weights[place] += unit / static_cast<std::uint32_t>(found.endpoints.size());
        }
    }
    return weights;
}

void Fleet::ask_kube_proxy(Target& target) {
    const auto service = store_.get<Service>(target.cluster->service);
    const bool knows_all = endpoint_stalls_ == 0 || target.version == 0;
    bool drops = false;
    if (service != nullptr && knows_all) {
        const std::vector<std::uint32_t> weights = weights_for(target, traffic_to(*service), drops);
        set_kube_proxy(target, service.get(), drops);
        std::vector<ReplicaId> endpoints;
        mesh::ClusterLoadAssignment hosts;
        auto& named = hosts.endpoints.emplace_back().lb_endpoints;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const mesh::ListedEndpoint& listed = target.cluster->listed[i];
            const Process* process =
                find({.address = listed.address, .port = listed.port, .pod = listed.pod});
            if (weights[i] > 0 && process != nullptr) {
                endpoints.push_back(process->replica);
                named.push_back({.address = listed.address,
                                 .port_value = static_cast<std::uint32_t>(listed.port),
                                 .load_balancing_weight = weights[i]});
            }
        }
        if (target.version == 0 || endpoints != target.endpoints || hosts != target.hosts) {
            target.version = target.cluster->version;
            target.endpoints = std::move(endpoints);
            target.hosts = std::move(hosts);
            set_endpoints(target);
        }
    }
}

void Fleet::set_kube_proxy(Target& target, const Service* service, bool drops) {
    constexpr std::uint32_t unlimited = static_cast<std::uint32_t>(-1);
    mesh::RoutePolicy policy{.timeout = {},
                             .retry_policy = {.num_retries = 0},
                             .thresholds = {.max_requests = unlimited, .max_retries = unlimited},
                             .kube_proxy = kube_proxy_};
    policy.kube_proxy->drops = drops;
    if (service != nullptr && service->spec.sessionAffinity == "ClientIP") {
        constexpr std::int32_t three_hours = 10'800;
        const auto& config = service->spec.sessionAffinityConfig;
        const std::int32_t seconds = config && config->clientIP
                                         ? config->clientIP->timeoutSeconds.value_or(three_hours)
                                         : three_hours;
        policy.kube_proxy->session_affinity = std::chrono::seconds{seconds};
    }
    const std::string told =
        (drops ? "drops " : "") +
        to_string(policy.kube_proxy->session_affinity.value_or(Duration::zero()));
    if (target.told != told) {
        target.told = told;
        plane_.act([&](DataPlane& plane) { plane.set_route_policy(target.service, policy); });
    }
}

}  // namespace wavetank::sim
