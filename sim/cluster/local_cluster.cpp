// The proxies that share a client's load, as far as it knows of them: Envoy's local cluster, by
// which it tells how much of its requests its own zone can take.

#include "sim/cluster/fleet.hpp"
#include "sim/cluster/self_discovery.hpp"

#include <wavetank/codec/document.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

constexpr std::string_view discovery_variable = "ISTIO_META_ENABLE_SELF_DISCOVERY";

mesh::Locality split_in_three(std::string_view locality) {
    mesh::Locality made;
    for (std::string* part : {&made.region, &made.zone, &made.sub_zone}) {
        const auto slash = std::min(locality.find('/'), locality.size());
        *part = locality.substr(0, slash);
        locality.remove_prefix(std::min(slash + 1, locality.size()));
    }
    return made;
}

constexpr const char* config_annotation = "proxy.istio.io/config";

// As Go's `strconv.ParseBool`, by which Istio reads it.
bool is_true(const std::string& text) {
    constexpr std::string_view words[] = {"1", "t", "T", "true", "TRUE", "True"};
    return std::ranges::find(words, text) != std::end(words);
}

bool turns_discovery_on(const std::string& proxy_config) {
    const auto config = codec::parse_yaml(proxy_config);
    const codec::Node* metadata = config ? config->root.find("proxyMetadata") : nullptr;
    const codec::Node* set = metadata != nullptr ? metadata->find(discovery_variable) : nullptr;
    return set != nullptr && is_true(set->text);
}

// Null: there is none.
const json::value* member_of(const json::value* value, std::string_view name) {
    const json::object* members = value != nullptr ? value->if_object() : nullptr;
    return members != nullptr ? members->if_contains(name) : nullptr;
}

// Of a pod, or of a template of pods.
bool says_so_of_a_pod(const json::value& pod) {
    const json::value* config =
        member_of(member_of(member_of(&pod, "metadata"), "annotations"), config_annotation);
    return config != nullptr && config->is_string() &&
           turns_discovery_on(std::string{config->get_string()});
}

// Templates are in the spec, or deeper.
bool has_discovering_template(const json::value& value) {
    const json::object* members = value.if_object();
    return members != nullptr && std::ranges::any_of(*members, [](const auto& member) {
               return (member.key() == "template" && says_so_of_a_pod(member.value())) ||
                      has_discovering_template(member.value());
           });
}

}  // namespace

std::string controller_of(const api::corev1::Pod& pod) {
    for (const auto& owner : *pod.metadata.ownerReferences) {
        if (owner.controller.value_or(false)) {
            return owner.kind + "/" + owner.name;
        }
    }
    return "Pod/" + pod.metadata.name;
}

bool discovers_itself(const api::corev1::Pod& pod) {
    const auto found = pod.metadata.annotations->find(config_annotation);
    return found != pod.metadata.annotations->end() && turns_discovery_on(found->second);
}

bool has_discovering_pods(const json::value& object) {
    const json::value* kind = member_of(&object, "kind");
    return (kind != nullptr && *kind == "Pod" && says_so_of_a_pod(object)) ||
           has_discovering_template(object);
}

// As istiod's `Proxy.LocalService`: of the Services that have pods of the workload, the oldest, by
// name if there are several; its first port. Null: there is none yet.
const mesh::Cluster* Fleet::local_cluster_of(const istio::Proxy& client) {
    const auto has_workload = [&](const mesh::Cluster& cluster) {
        const auto is_of_workload = [&](const mesh::Endpoint& endpoint) {
            const auto pod = store_.get<Pod>(endpoint.pod);
            return pod != nullptr && controller_of(*pod) == client.workload;
        };
        return std::ranges::any_of(cluster.endpoints, is_of_workload) ||
               std::ranges::any_of(cluster.unready, is_of_workload);
    };
    const mesh::Cluster*& known = local_clusters_[client.namespace_ + "/" + client.workload];
    if (known != nullptr && has_workload(*known)) {
        return known;
    }
    known = nullptr;
    auto services = store_.list<api::corev1::Service>(client.namespace_);
    std::ranges::stable_sort(services, {}, [](const auto& service) {
        const auto& made = service->metadata.creationTimestamp;
        return std::pair{made ? *made : api::Time{}, std::string{service->metadata.name} + "."};
    });
    bool may_be_another = false;  // of the older ones, some have no pods yet
    for (const auto& service : services) {
        if (service->spec.ports.empty()) {
            continue;
        }
        const mesh::Cluster* cluster = directory_.resolve(
            {.host = service->metadata.name, .port = service->spec.ports.front().port},
            client.namespace_);
        if (cluster != nullptr && has_workload(*cluster)) {
            known = may_be_another ? nullptr : cluster;
            return cluster;
        }
        may_be_another = may_be_another || cluster == nullptr ||
                         (cluster->endpoints.empty() && cluster->unready.empty());
    }
    return nullptr;
}

// As istiod lists the cluster "local_cluster": ready pods of the workload, in the same region.
void Fleet::tell_local_cluster(Target& target) {
    const istio::Proxy& client = target.client;
    const mesh::Cluster* cluster = local_cluster_of(client);
    if (cluster == nullptr || (endpoint_stalls_ > 0 && target.local_cluster.size() > 0)) {
        return;
    }
    const mesh::Locality local = split_in_three(client.locality);
    std::map<mesh::Locality, mesh::LocalityLbEndpoints> by_place;
    for (const mesh::Endpoint& endpoint : cluster->endpoints) {
        const auto pod = store_.get<Pod>(endpoint.pod);
        const mesh::Locality place = split_in_three(locality_of_node(endpoint.node));
        if (pod != nullptr && controller_of(*pod) == client.workload &&
            place.region == local.region) {
            mesh::LocalityLbEndpoints& there = by_place[place];
            there.locality = place;
            there.lb_endpoints.push_back({.address = endpoint.address,
                                          .port_value = static_cast<std::uint32_t>(endpoint.port)});
        }
    }
    mesh::ClusterLoadAssignment proxies;
    for (auto& [place, listed] : by_place) {
        proxies.endpoints.push_back(std::move(listed));
    }
    if (proxies != target.local_cluster) {
        target.local_cluster = std::move(proxies);
        plane_.act([&](DataPlane& plane) {
            plane.set_local_cluster(target.service, target.local_cluster, local);
        });
    }
}

}  // namespace wavetank::sim
