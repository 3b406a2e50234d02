// Where the requests of clients go, if Istio's control plane or Gateway API has a word in it.

#include "sim/cluster/fleet.hpp"

#include <wavetank/api/corev1/node.hpp>

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

// What is done to answers, and to what requests it may refer; nothing if nothing is.
std::string content_of(const std::optional<mesh::ResponseChanges>& changes) {
    if (!changes) {
        return "";
    }
    std::string text = "\n" + changes->request.scheme + "://" + changes->request.authority;
    for (const mesh::HeaderMutations& level : changes->levels) {
        for (const std::string& name : level.response_headers_to_remove) {
            text += "\n-" + name;
        }
        for (const mesh::HeaderValueOption& option : level.response_headers_to_add) {
            text += "\n+" + option.key + ": " + option.value + " " +
                    std::to_string(static_cast<int>(option.append_action)) +
                    (option.keep_empty_value ? "k" : "");
        }
        text += "\n";
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
        if (mesh_) {
            note_said(target, static_cast<std::uint32_t>(target.service), target.request.headers);
        }
        refresh(target);
        tell_callers();
    }
    return target.service;
}

// Where the network tells places apart, a load that says where it comes from has one; on a node, it
// is there.
std::optional<NodeId> Fleet::origin_of(const Load& load) {
    if (!load.from.node.empty()) {
        const bool is_there = store_.get<api::corev1::Node>({.name = load.from.node}) != nullptr;
        return is_there ? node_of(load.from.node) : std::nullopt;
    }
    if (!network_ || (load.from.region.empty() && load.from.zone.empty())) {
        return std::nullopt;
    }
    api::StringMap labels;
    if (!load.from.region.empty()) {
        labels["topology.kubernetes.io/region"] = load.from.region;
    }
    if (!load.from.zone.empty()) {
        labels["topology.kubernetes.io/zone"] = load.from.zone;
    }
    const auto [place, is_new] = origins_.try_emplace(labels);
    if (is_new) {
        place->second = plane_.act([&](DataPlane& plane) {
            const NodeId id = plane.add_node(1);  // nobody runs there
            network_->add_node(plane, id, labels);
            return id;
        });
    }
    return place->second;
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
    send_as_told(target, found);
}

// A part of a Service that has its requests to itself needs no other to take them.
void Fleet::send_as_told(Target& target, const MeshRoute& found) {
    const store::Key& service = target.cluster->service;
    std::optional<mesh::RoutePolicy> policy;
    std::optional<ServiceRoute> route;
    const auto is_own = [&](const MeshCluster& cluster) {
        return cluster.exists && cluster.subset.empty() && cluster.service == service &&
               cluster.port == target.cluster->port;
    };
    const bool is_plain = found.clusters.size() == 1 && is_own(found.clusters.front()) &&
                          found.mirrors.empty() && !found.fault && found.filters.empty() &&
                          !found.clusters.front().changed &&
                          !found.clusters.front().response_changes;
    if (found.is_told() && is_plain) {
        policy = found.clusters.front().policy;
    } else if (found.is_told()) {
        route =
            ServiceRoute{.status = found.status, .fault = found.fault, .filters = found.filters};
        if (!found.match) {
            route->flags = mesh::ResponseFlag::NoRouteFound;
        }
        if (found.answer) {
            route->message = message_of_answer(*found.answer, found.response_changes);
        }
        for (const MeshCluster& cluster : found.clusters) {
            Target& taker = taker_of(cluster, target.client, is_own(cluster));
            const auto message = message_of(cluster, target.request);
            if (cluster.exists) {
                note_taken(taker, target, cluster, message);
            }
            route->shares.push_back(
                {.service = taker.service,
                 .weight = cluster.weight,
                 .policy = cluster.policy,
                 .status = cluster.exists ? std::nullopt : std::optional{cluster.status_if_missing},
                 .message = message});
        }
        for (const MeshMirror& mirror : found.mirrors) {
            Target& taker = taker_of(mirror.cluster, target.client, is_own(mirror.cluster));
            note_taken(taker, target, mirror.cluster, std::nullopt);
            route->mirrors.push_back({.service = taker.service,
                                      .fraction = mirror.fraction,
                                      .policy = mirror.cluster.policy});
        }
    }
    target.has_policy = policy.has_value();
    const bool goes_by_place = policy && policy->load_balancing && mesh_->asks_where();
    const bool needs_hosts = policy && (policy->load_balancing || policy->health_check);
    if (goes_by_place || target.goes_by_place || needs_hosts) {
        target.goes_by_place = goes_by_place;
        target.mesh_cluster = policy ? found.clusters.front().name : "";
        target.version = 0;  // what is known of endpoints matters from now on, or no more
    }
    plane_.act([&](DataPlane& plane) {
        plane.set_route_policy(target.service, policy);
        plane.set_route(target.service, route);
    });
}

// What code gets of requests that a route changes, and of the answers to them, whoever gives them.
std::optional<std::uint32_t> Fleet::message_of(const MeshCluster& cluster,
                                               const mesh::Request& request) {
    if (!cluster.exists) {
        return message_of_answer({.status = cluster.status_if_missing}, cluster.response_changes);
    }
    if (!cluster.changed && !cluster.response_changes) {
        return std::nullopt;
    }
    const mesh::Request& sent = cluster.changed ? *cluster.changed : request;
    const auto [place, is_new] =
        changed_messages_.try_emplace(content_of(sent) + content_of(cluster.response_changes));
    if (is_new) {
        place->second = coded_.keep(sent, cluster.response_changes);
    }
    return place->second;
}

// What code gets of an answer that a client's proxy gives.
std::uint32_t Fleet::message_of_answer(const mesh::Response& answer,
                                       const std::optional<mesh::ResponseChanges>& changes) {
    std::string text = "\nanswer " + std::to_string(answer.status) + answer.body;
    for (const auto& [name, value] : answer.headers) {
        text += "\n" + name + ": " + value;
    }
    const auto [place, is_new] = changed_messages_.try_emplace(text + content_of(changes));
    if (is_new) {
        place->second = coded_.keep_answer(answer, changes);
    }
    return place->second;
}

// What a cluster's name means may change: the labels of its pods are a part of it, and for another
// client it may be something else.
Fleet::Target& Fleet::taker_of(const MeshCluster& cluster, const istio::Proxy& client,
                               bool is_own) {
    std::string which = (is_own ? "own " : "") + client_name(client);
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
        target.client = client;
        target.mesh_cluster = cluster.name;
        target.in_namespace = cluster.service.namespace_;
        target.url =
            cluster.exists ? cluster.service.name + ":" + std::to_string(cluster.port) : "";
    }
    if (is_new || target.told != cluster.told) {
        target.told = cluster.told;
        target.goes_by_place = cluster.policy.load_balancing && mesh_->asks_where();
        target.version = 0;
        plane_.act(
            [&](DataPlane& plane) { plane.set_route_policy(target.service, cluster.policy); });
    }
    if (target.goes_by_place) {
        target.version = 0;  // what is told of places is not in the cluster
    }
    if (is_new || target.version == 0) {
        refresh(target);
    }
    return target;
}

// As Istio has it: "region/zone/subzone", of which parts may be empty; nothing if all are.
std::string Fleet::locality_of_node(const std::string& name) const {
    const auto node = store_.get<api::corev1::Node>({.name = name});
    if (node == nullptr) {
        return "";
    }
    const auto label = [&](const char* key) {
        const auto found = node->metadata.labels->find(key);
        return found != node->metadata.labels->end() ? found->second : std::string{};
    };
    const std::string locality = label("topology.kubernetes.io/region") + "/" +
                                 label("topology.kubernetes.io/zone") + "/" +
                                 label("topology.istio.io/subzone");
    return locality == "//" ? "" : locality;
}

istio::Endpoint Fleet::as_istio_knows(const mesh::Endpoint& endpoint, bool is_ready) const {
    istio::Endpoint known{.address = endpoint.address,
                          .port = static_cast<std::uint32_t>(endpoint.port),
                          .locality = locality_of_node(endpoint.node),
                          .node = endpoint.node,
                          .is_ready = is_ready};
    if (const auto pod = store_.get<Pod>(endpoint.pod)) {
        known.labels.insert(pod->metadata.labels->begin(), pod->metadata.labels->end());
    }
    return known;
}

// Endpoints in the order of their localities, those included that are not ready: by them, a proxy
// knows how much is left of a place.
void Fleet::assign_by_place(Target& target) {
    std::vector<istio::Endpoint> known;
    std::map<std::string, ReplicaId> replicas;
    const auto add = [&](const std::vector<mesh::Endpoint>& endpoints, bool is_ready) {
        for (const mesh::Endpoint& endpoint : endpoints) {
            const Process* process = find(endpoint);
            if (process != nullptr && replicas.emplace(endpoint.address, process->replica).second) {
                known.push_back(as_istio_knows(endpoint, is_ready));
            }
        }
    };
    add(target.cluster->endpoints, true);
    add(target.cluster->unready, false);
    target.hosts = mesh_->load_assignment(target.client, target.mesh_cluster, known);
    for (const mesh::LocalityLbEndpoints& locality : target.hosts.endpoints) {
        for (const mesh::LbEndpoint& host : locality.lb_endpoints) {
            target.endpoints.push_back(replicas.at(host.address));
        }
    }
    set_endpoints(target);
}

// What a pod's own proxy does to requests that come in.
std::vector<mesh::HttpFilter> Fleet::filters_of(const Pod& pod,
                                                const istio::Proxy& workload) const {
    if (!mesh_) {
        return {};
    }
    std::vector<std::uint32_t> ports;
    for (const auto& container : pod.spec->containers) {
        for (const auto& port : container.ports) {
            ports.push_back(static_cast<std::uint32_t>(port.containerPort));
        }
    }
    return mesh_->inbound_filters(workload, ports);
}

void Fleet::mesh_changed() {
    propagation_.changed(store_.version());
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
        if (target.is_taker || target.has_policy || kube_proxy_) {
            figures.upstream = figures.upstream.value_or(mesh::UpstreamCounters{});
            *figures.upstream += plane.upstream_counters(target.service);
            const std::vector<Ejection> ejections = plane.ejections(target.service);
            figures.ejections.insert(figures.ejections.end(), ejections.begin(), ejections.end());
        } else if (const mesh::UpstreamCounters counters = plane.upstream_counters(target.service);
                   counters.fault != mesh::FaultStats{} ||
                   counters.filters != mesh::HttpFilterStats{}) {
            figures.upstream = figures.upstream.value_or(mesh::UpstreamCounters{});
            *figures.upstream += counters;
        }
    }
    return services;
}

}  // namespace wavetank::sim
