// Load assignments: endpoints by locality, with the priorities and weights that a client's place
// gives them.

#include "istio/clusters.hpp"
#include "istio/route_translation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace wavetank::istio {
namespace {

// Endpoints of one locality (`LocalityLbEndpoints`).
struct LocalityEndpoints {
    LocalityName locality;
    std::vector<const IstioEndpoint*> endpoints;
    std::uint32_t priority = 0;
    std::uint32_t weight = 0;
};

bool matches_locality(const LocalityName& own, std::string_view rule) {
    const LocalityName wanted = split_locality(rule);
    const auto fits = [](const std::string& have, const std::string& want) {
        return want == "*" || want.empty() || have == want;
    };
    return (wanted.region == "*" || own.region == wanted.region) && fits(own.zone, wanted.zone) &&
           fits(own.sub_zone, wanted.sub_zone);
}

// How far it is: 0 the same place, 1 another sub-zone, 2 another zone, 3 another region.
std::uint32_t distance(const LocalityName& one, const LocalityName& other) {
    return one.region != other.region       ? 3
           : one.zone != other.zone         ? 2
           : one.sub_zone != other.sub_zone ? 1
                                            : 0;
}

// Priorities begin at 0 and have no gaps.
void close_up(std::vector<LocalityEndpoints>& localities) {
    std::set<std::uint32_t> used;
    for (const LocalityEndpoints& locality : localities) {
        used.insert(locality.priority);
    }
    for (LocalityEndpoints& locality : localities) {
        locality.priority =
            static_cast<std::uint32_t>(std::distance(used.begin(), used.find(locality.priority)));
    }
}

// Weights of localities by where the client is; those that are not named get nothing.
void distribute(const json::object& setting, const LocalityName& client,
                std::vector<LocalityEndpoints>& localities) {
    for (const json::object* rule : messages_in(&setting, "distribute")) {
        if (!matches_locality(client, text_in(rule, "from"))) {
            continue;
        }
        std::set<std::size_t> left;
        for (std::size_t i = 0; i < localities.size(); ++i) {
            left.insert(i);
        }
        const json::object* to = message_in(rule, "to");
        for (const auto& entry : to == nullptr ? json::object{} : *to) {
            std::vector<std::size_t> matching;
            std::uint64_t total = 0;
            for (const std::size_t i : left) {
                if (matches_locality(localities[i].locality, entry.key())) {
                    matching.push_back(i);
                    total += localities[i].weight;
                }
            }
            const double share = entry.value().is_number() ? entry.value().to_number<double>() : 0;
            for (const std::size_t i : matching) {
                left.erase(i);
                const double weight =
                    static_cast<double>(localities[i].weight) * share / static_cast<double>(total);
                if (weight > 0) {
                    localities[i].weight = static_cast<std::uint32_t>(std::ceil(weight));
                }
            }
        }
        for (const std::size_t i : left) {
            localities[i].endpoints.clear();
        }
        return;
    }
}

void fail_over_by_distance(const json::object& setting, const LocalityName& client,
                           std::vector<LocalityEndpoints>& localities) {
    constexpr std::uint32_t levels = 5;
    for (LocalityEndpoints& locality : localities) {
        std::uint32_t priority = distance(client, locality.locality);
        if (priority == 3) {
            for (const json::object* failover : messages_in(&setting, "failover")) {
                if (text_in(failover, "from") == client.region) {
                    priority = locality.locality.region == text_in(failover, "to") ? 3 : 4;
                    break;
                }
            }
        }
        locality.priority = locality.priority * levels + priority;
    }
    close_up(localities);
}

// Zone-aware: the client's region, the one behind it, the rest.
void fail_over_by_region(const json::object& setting, const LocalityName& client,
                         std::vector<LocalityEndpoints>& localities) {
    constexpr std::uint32_t levels = 3;
    for (LocalityEndpoints& locality : localities) {
        std::uint32_t priority = locality.locality.region == client.region ? 0 : 2;
        if (priority == 2) {
            for (const json::object* failover : messages_in(&setting, "failover")) {
                if (text_in(failover, "from") == client.region) {
                    priority = locality.locality.region == text_in(failover, "to") ? 1 : 2;
                    break;
                }
            }
        }
        locality.priority = locality.priority * levels + priority;
    }
    close_up(localities);
}

// A label to agree on, with the client's value or one that is given.
struct PriorityLabel {
    std::string name;
    std::string value;
};

// A value that is given counts wherever its label is named; the last one wins.
std::vector<PriorityLabel> priority_labels(const json::object& setting, const Labels& client) {
    std::vector<PriorityLabel> labels;
    Labels given;
    for (const std::string& written : texts_in(&setting, "failoverPriority")) {
        const std::vector<std::string> parts = split(written, '=');
        labels.push_back({.name = parts.front(), .value = label_of(client, parts.front())});
        if (parts.size() == 2) {
            given[parts.front()] = parts.back();
        }
    }
    for (PriorityLabel& label : labels) {
        if (const auto found = given.find(label.name); found != given.end()) {
            label.value = found->second;
        }
    }
    return labels;
}

// The fewer leading labels agree, the lower. Another network is behind everything else.
std::uint32_t priority_by_labels(const std::vector<PriorityLabel>& labels,
                                 const IstioEndpoint& endpoint) {
    const auto lowest = static_cast<std::uint32_t>(labels.size());
    const bool begins_with_network =
        !labels.empty() && labels.front().name == "topology.istio.io/network";
    std::uint32_t adjust = 0;
    for (std::uint32_t i = 0; i < lowest; ++i) {
        if (labels[i].value == label_of(endpoint.labels, labels[i].name)) {
            continue;
        }
        if (i == 0 && begins_with_network) {
            adjust = lowest;
            continue;
        }
        return lowest - i + adjust;
    }
    return adjust;
}

void fail_over_by_labels(const json::object& setting, const Labels& client,
                         std::vector<LocalityEndpoints>& localities) {
    const std::vector<PriorityLabel> labels = priority_labels(setting, client);
    std::vector<LocalityEndpoints> parts;
    for (const LocalityEndpoints& locality : localities) {
        std::map<std::uint32_t, LocalityEndpoints> by_priority;
        for (const IstioEndpoint* endpoint : locality.endpoints) {
            LocalityEndpoints& part = by_priority[priority_by_labels(labels, *endpoint)];
            part.endpoints.push_back(endpoint);
            part.weight += endpoint->weight;
        }
        for (auto& [priority, part] : by_priority) {
            part.locality = locality.locality;
            part.priority = priority;
            parts.push_back(std::move(part));
        }
    }
    localities = std::move(parts);
    close_up(localities);
}

json::object to_json(const LocalityEndpoints& locality) {
    using Health = IstioEndpoint::Health;
    json::object place;
    for (const auto& [name, value] : {std::pair{"region", &locality.locality.region},
                                      {"zone", &locality.locality.zone},
                                      {"sub_zone", &locality.locality.sub_zone}}) {
        if (!value->empty()) {
            place[name] = *value;
        }
    }
    json::array endpoints;
    for (const IstioEndpoint* endpoint : locality.endpoints) {
        const bool is_v6 = endpoint->address.find(':') != std::string::npos;
        json::object made{{"address", (is_v6 ? "[" + endpoint->address + "]" : endpoint->address) +
                                          ":" + std::to_string(endpoint->port)},
                          {"load_balancing_weight", endpoint->weight}};
        if (endpoint->health != Health::Unknown) {
            made["health_status"] = endpoint->health == Health::Healthy ? "HEALTHY" : "UNHEALTHY";
        }
        endpoints.emplace_back(std::move(made));
    }
    json::object made{{"locality", std::move(place)},
                      {"lb_endpoints", std::move(endpoints)},
                      {"load_balancing_weight", locality.weight}};
    if (locality.priority != 0) {
        made["priority"] = locality.priority;
    }
    return made;
}

// Builds the assignment of one cluster.
class AssignmentBuilder {
public:
    AssignmentBuilder(const SidecarScope& scope, const Registry& registry,
                      const IstioService& service, const ServicePort& port)
        : scope_(scope), registry_(registry), service_(service), port_(port) {}

    /// With `listed` in place of what the registry knows, if it is given.
    [[nodiscard]] json::array build(const json::object* subset,
                                    const std::vector<IstioEndpoint>* listed = nullptr) const {
        const json::object* rule = scope_.rule_spec(service_.hostname);
        const json::object policy = subset_policy(message_in(rule, "trafficPolicy"),
                                                  message_in(subset, "trafficPolicy"), port_.port);
        const json::object* outliers = message_in(&policy, "outlierDetection");
        const bool sends_unready = service_.traffic_distribution != TrafficDistribution::Any ||
                                   number_in(outliers, "minHealthPercent") <= 0;
        std::vector<LocalityEndpoints> localities = grouped(
            listed != nullptr ? listed : known(), labels_in(subset, "labels"), sends_unready);
        if (!localities.empty()) {
            apply(policy, outliers != nullptr, localities);
        }
        json::array made;
        for (const LocalityEndpoints& locality : localities) {
            made.emplace_back(to_json(locality));
        }
        return made;
    }

private:
    // Null: none.
    [[nodiscard]] const std::vector<IstioEndpoint>* known() const {
        const auto found = registry_.endpoints.find(service_.namespace_ + "/" + service_.hostname);
        return found != registry_.endpoints.end() ? &found->second : nullptr;
    }

    [[nodiscard]] std::vector<LocalityEndpoints> grouped(const std::vector<IstioEndpoint>* listed,
                                                         const Labels& labels,
                                                         bool sends_unready) const {
        using Health = IstioEndpoint::Health;
        std::map<std::string, LocalityEndpoints> by_locality;
        if (listed != nullptr) {
            for (const IstioEndpoint& endpoint : *listed) {
                const bool is_left_out =
                    endpoint.service_port_name != port_.name ||
                    !is_subset(labels, endpoint.labels) ||
                    (service_.is_node_local && endpoint.node != scope_.proxy().node) ||
                    (endpoint.health == Health::Unhealthy && !sends_unready) ||
                    endpoint.health == Health::Terminating;
                if (!is_left_out) {
                    LocalityEndpoints& group = by_locality[endpoint.locality];
                    group.locality = split_locality(endpoint.locality);
                    group.endpoints.push_back(&endpoint);
                    group.weight += endpoint.weight;
                }
            }
        }
        std::vector<LocalityEndpoints> localities;
        for (auto& [name, group] : by_locality) {
            localities.push_back(std::move(group));
        }
        return localities;
    }

    void apply(const json::object& policy, bool has_outliers,
               std::vector<LocalityEndpoints>& localities) const {
        const LocalitySettings settings =
            locality_settings(registry_.mesh_config, message_in(&policy, "loadBalancer"), service_);
        if (!settings.is_set) {
            return;
        }
        const LocalityName client = split_locality(scope_.proxy().locality);
        const json::array* priority = list_in(&settings.setting, "failoverPriority");
        const bool has_priority =
            priority != nullptr && !priority->empty() && !scope_.labels().empty();
        if (settings.is_zone_aware) {
            if (!is_enabled(settings.setting)) {
                return;
            }
            if (has_priority) {
                fail_over_by_labels(settings.setting, scope_.labels(), localities);
            }
            fail_over_by_region(settings.setting, client, localities);
            return;
        }
        if (!messages_in(&settings.setting, "distribute").empty()) {
            distribute(settings.setting, client, localities);
        } else if (has_outliers || settings.forces_failover) {
            if (!has_priority) {
                fail_over_by_distance(settings.setting, client, localities);
                return;
            }
            fail_over_by_labels(settings.setting, scope_.labels(), localities);
            if (!messages_in(&settings.setting, "failover").empty()) {
                fail_over_by_distance(settings.setting, client, localities);
            }
        }
    }

    const SidecarScope& scope_;
    const Registry& registry_;
    const IstioService& service_;
    const ServicePort& port_;
};

}  // namespace

json::object load_assignments_for(const SidecarScope& scope, const Registry& registry) {
    json::object all;
    const json::object clusters = clusters_for(scope, registry);
    for (const ServicePtr& service : scope.services()) {
        const json::object* rule = scope.rule_spec(service->hostname);
        std::vector<const json::object*> subsets = messages_in(rule, "subsets");
        subsets.insert(subsets.begin(), nullptr);
        for (const ServicePort& port : service->ports) {
            const AssignmentBuilder builder{scope, registry, *service, port};
            for (const json::object* subset : subsets) {
                const std::string name =
                    cluster_name(port.port, text_in(subset, "name"), service->hostname);
                const json::object* cluster = message_in(&clusters, name);
                if (text_in(cluster, "type") == "EDS") {
                    all.emplace(name, builder.build(subset));
                }
            }
        }
    }
    return all;
}

json::array load_assignment_for(const SidecarScope& scope, const Registry& registry,
                                const std::string& cluster, std::span<const Endpoint> endpoints) {
    for (const ServicePtr& service : scope.services()) {
        const json::object* rule = scope.rule_spec(service->hostname);
        std::vector<const json::object*> subsets = messages_in(rule, "subsets");
        subsets.insert(subsets.begin(), nullptr);
        for (const ServicePort& port : service->ports) {
            for (const json::object* subset : subsets) {
                if (cluster_name(port.port, text_in(subset, "name"), service->hostname) !=
                    cluster) {
                    continue;
                }
                std::vector<IstioEndpoint> listed;
                for (const Endpoint& each : endpoints) {
                    listed.push_back(
                        {.address = each.address,
                         .port = each.port,
                         .service_port_name = port.name,
                         .labels = augmented_labels(each.labels, each.locality, each.node),
                         .locality = each.locality,
                         .node = each.node,
                         .health = each.is_ready ? IstioEndpoint::Health::Unknown
                                                 : IstioEndpoint::Health::Unhealthy});
                }
                return AssignmentBuilder{scope, registry, *service, port}.build(subset, &listed);
            }
        }
    }
    return {};
}

}  // namespace wavetank::istio
