// Where the requests of clients go, if Istio's control plane or Gateway API has a word in it.

#include "sim/cluster/fleet.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::sim {
namespace {

std::string authority_of(const mesh::Authority& authority) {
    return authority.host + ":" + std::to_string(authority.port);
}

// What routes may go by.
std::string content_of(const mesh::Request& request) {
    std::string text = "\n" + request.method + " " + request.path;
    for (const auto& [name, value] : request.headers) {
        text += "\n" + name + ": " + value;
    }
    return text;
}

}  // namespace

ServiceId Fleet::target_of(const std::string& url, const istio::Proxy& client,
                           const mesh::Request& request) {
    std::string path;
    const mesh::Authority authority = mesh::parse_authority(url, path);
    mesh::Request sent{.method = request.method, .path = path, .headers = request.headers};
    std::string who = client_name(client) + (mesh_ ? content_of(sent) : "");
    const auto [place, is_new] = targets_.try_emplace({authority_of(authority), std::move(who)});
    Target& target = place->second;
    if (is_new) {
        target.service =
            plane_.act([&](DataPlane& plane) { return plane.add_service(place->first.first); });
        target.in_namespace = client.namespace_;
        target.url = url;
        target.client = client;
        target.request = std::move(sent);
        refresh(target);
    }
    return target.service;
}

void Fleet::route(Target& target) {
    target.routes_version = mesh_->version();
    std::string path;
    const mesh::Authority authority = mesh::parse_authority(target.url, path);
    const std::string host = authority.port == 80 ? authority.host : authority_of(authority);
    const store::Key& service = target.cluster->service;
    const MeshRoute found =
        mesh_->find(target.client, service, target.cluster->port, host, target.request);
    if (!found.is_told() && !target.is_told) {
        return;
    }
    target.is_told = found.is_told();
    std::optional<mesh::RoutePolicy> policy;
    std::optional<ServiceRoute> route;
    const auto is_own = [&](const MeshCluster& cluster) {
        return cluster.exists && cluster.subset.empty() && cluster.service == service &&
               cluster.port == target.cluster->port;
    };
    if (found.is_told() && found.clusters.size() == 1 && is_own(found.clusters.front())) {
        policy = found.clusters.front().policy;
    } else if (found.is_told()) {
        route = ServiceRoute{.status = found.status};
        for (const MeshCluster& cluster : found.clusters) {
            route->shares.push_back({.service = taker_of(cluster, is_own(cluster)),
                                     .weight = cluster.weight,
                                     .policy = cluster.policy});
        }
    }
    target.has_policy = policy.has_value();
    plane_.act([&](DataPlane& plane) {
        plane.set_route_policy(target.service, policy);
        plane.set_route(target.service, route);
    });
}

// What a cluster's name means may change: the labels of its pods are a part of it.
ServiceId Fleet::taker_of(const MeshCluster& cluster, bool is_own) {
    std::string which = is_own ? "own" : "";
    for (const auto& [name, value] : cluster.labels) {
        which += "," + name + "=" + value;
    }
    const auto [place, is_new] = targets_.try_emplace({cluster.name, std::move(which)});
    Target& target = place->second;
    if (is_new) {
        target.service =
            plane_.act([&](DataPlane& plane) { return plane.add_service(cluster.name); });
        target.is_taker = true;
        target.is_own = is_own;
        target.subset = cluster.subset;
        target.labels = cluster.labels;
        target.in_namespace = cluster.service.namespace_;
        target.url =
            cluster.exists ? cluster.service.name + ":" + std::to_string(cluster.port) : "";
        refresh(target);
    }
    return target.service;
}

void Fleet::mesh_changed() {
    refresh_targets();
}

bool Fleet::is_behind(const mesh::Endpoint& endpoint,
                      const std::map<std::string, std::string>& labels) const {
    if (labels.empty()) {
        return true;
    }
    const auto pod = store_.get<Pod>(endpoint.pod);
    return pod != nullptr && std::ranges::all_of(labels, [&](const auto& label) {
               const auto found = pod->metadata.labels->find(label.first);
               return found != pod->metadata.labels->end() && found->second == label.second;
           });
}

std::map<std::string, Fleet::ServiceFigures> Fleet::services() const {
    const DataPlane& plane = plane_.at_present();
    std::map<std::string, ServiceFigures> services;
    for (const auto& [key, target] : targets_) {
        std::string name = target.cluster != nullptr ? target.cluster->name : key.first;
        if (target.is_taker && !target.subset.empty()) {
            name += " " + target.subset;
        }
        ServiceFigures& figures = services[name];
        if (!target.is_own) {
            figures.stats.merge(plane.service_stats(target.service));
        }
        if (target.is_taker || target.has_policy) {
            figures.upstream = figures.upstream.value_or(mesh::UpstreamCounters{});
            *figures.upstream += plane.upstream_counters(target.service);
            const std::vector<Ejection> ejections = plane.ejections(target.service);
            figures.ejections.insert(figures.ejections.end(), ejections.begin(), ejections.end());
        }
    }
    return services;
}

}  // namespace wavetank::sim
