#include "sim/cluster/mesh_routes.hpp"

#include "sim/cluster/cluster_policy.hpp"

#include <wavetank/api/corev1/service.hpp>
#include <wavetank/base/ascii.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/json.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

constexpr std::string_view cluster_domain = ".svc.cluster.local";
constexpr std::string_view envoy_filter_kind = "EnvoyFilter";

std::string metadata_of(const json::object& object, std::string_view member,
                        std::string_view by_default = {}) {
    const json::value* metadata = object.if_contains("metadata");
    const json::value* value = metadata != nullptr && metadata->is_object()
                                   ? metadata->get_object().if_contains(member)
                                   : nullptr;
    const bool has_text = value != nullptr && value->is_string() && !value->get_string().empty();
    return has_text ? std::string{value->get_string()} : std::string{by_default};
}

bool is_called(const json::object& object, std::string_view kind, const store::Key& key) {
    return object.at("kind").as_string() == kind && metadata_of(object, "name") == key.name &&
           metadata_of(object, "namespace") == key.namespace_;
}

// Whether a member of that name is anywhere below.
bool mentions(const json::value& value, std::string_view name) {
    if (const json::object* members = value.if_object()) {
        return std::ranges::any_of(*members, [&](const auto& member) {
            return member.key() == name || mentions(member.value(), name);
        });
    }
    const json::array* list = value.if_array();
    return list != nullptr && std::ranges::any_of(*list, [&](const json::value& item) {
               return mentions(item, name);
           });
}

std::string text_or_nothing(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr ? std::string{value->as_string()} : std::string{};
}

std::uint32_t count_or(const json::object& object, std::string_view name, std::uint32_t otherwise) {
    const json::value* value = object.if_contains(name);
    return value != nullptr ? value->to_number<std::uint32_t>() : otherwise;
}

// Addresses are as they are written: "10.0.0.1:80".
mesh::LocalityLbEndpoints read_locality(const json::object& given) {
    mesh::LocalityLbEndpoints read;
    const json::object& place = given.at("locality").as_object();
    read.locality = {.region = text_or_nothing(place, "region"),
                     .zone = text_or_nothing(place, "zone"),
                     .sub_zone = text_or_nothing(place, "sub_zone")};
    read.priority = count_or(given, "priority", 0);
    if (const std::uint32_t weight = count_or(given, "load_balancing_weight", 0); weight > 0) {
        read.load_balancing_weight = weight;
    }
    for (const json::value& each : given.at("lb_endpoints").as_array()) {
        const json::object& one = each.as_object();
        const std::string address = text_or_nothing(one, "address");
        const auto colon = address.rfind(':');
        const bool is_v6 = address.starts_with('[');
        mesh::LbEndpoint host{.address = address.substr(is_v6 ? 1 : 0, is_v6 ? colon - 2 : colon),
                              .load_balancing_weight = count_or(one, "load_balancing_weight", 1)};
        std::from_chars(address.data() + colon + 1, address.data() + address.size(),
                        host.port_value);
        if (text_or_nothing(one, "health_status") == "UNHEALTHY") {
            host.health_status = mesh::HealthStatus::Unhealthy;
        }
        read.lb_endpoints.push_back(std::move(host));
    }
    return read;
}

bool says_otherwise_how_to_pick(const json::object& before, const json::object& after) {
    constexpr std::string_view names[] = {"lb_policy", "round_robin_lb_config",
                                          "least_request_lb_config", "ring_hash_lb_config",
                                          "maglev_lb_config"};
    return std::ranges::any_of(names, [&](std::string_view name) {
        const json::value* one = before.if_contains(name);
        const json::value* other = after.if_contains(name);
        return one == nullptr || other == nullptr ? one != other : *one != *other;
    });
}

RequestProtocol kind_of(const mesh::Request& request) {
    const auto type = request.headers.find("content-type");
    const bool is_grpc =
        type != request.headers.end() && type->second.starts_with("application/grpc");
    return is_grpc ? RequestProtocol::Grpc : RequestProtocol::Http;
}

// What one level changes; values with variables are as the request has them in the end.
void add_changes(const mesh::HeaderMutations& level, const mesh::RouteRequest& in_the_end,
                 std::vector<mesh::HashedHeader>& changes) {
    for (const std::string& name : level.request_headers_to_remove) {
        changes.push_back({.name = to_lower(name)});
    }
    using Action = mesh::HeaderValueOption::AppendAction;
    for (const mesh::HeaderValueOption& option : level.request_headers_to_add) {
        const std::string name = to_lower(option.key);
        std::string value = option.value;
        if (value.find('%') != std::string::npos) {
            const auto found = std::ranges::find_if(in_the_end.headers, [&](const auto& header) {
                return to_lower(header.first) == name;
            });
            value = found != in_the_end.headers.end() ? found->second : "";
        }
        changes.push_back({.name = name,
                           .value = value,
                           .appends = option.append_action == Action::AppendIfExistsOrAdd});
    }
}

// Notes what a route makes of a request that goes to the cluster.
void note_changes(const mesh::RouteDecision& decision, const mesh::Request& request,
                  const mesh::RouteConfiguration& configuration, MeshCluster& cluster) {
    std::vector<const mesh::HeaderMutations*> levels;
    if (decision.cluster_weight != nullptr) {
        levels.push_back(decision.cluster_weight);
    }
    levels.insert(levels.end(), {decision.route, decision.virtual_host, &configuration});
    if (configuration.most_specific_header_mutations_wins) {
        std::ranges::reverse(levels);
    }
    for (const mesh::HeaderMutations* level : levels) {
        add_changes(*level, decision.request, cluster.policy.hashed_headers);
    }
    cluster.policy.hashed_path = decision.request.path;
    mesh::Request changed{.method = request.method, .path = decision.request.path};
    for (const auto& [name, value] : decision.request.headers) {
        changed.headers.emplace(name, value);
    }
    if (changed.path != request.path || changed.headers != request.headers) {
        cluster.changed = std::move(changed);
    }
}

// Notes how the proxy itself answers: where there is no body, no header tells of one. Where no
// route is for a request, none has a word in it.
void note_answer(const mesh::RouteDecision& decision, const mesh::RouteTable& table,
                 MeshRoute& route) {
    route.status = static_cast<std::uint16_t>(decision.status);
    mesh::Response& answer = route.answer.emplace();
    if (!decision.body.empty()) {
        answer = mesh::Response::text(decision.body);
    }
    answer.status = route.status;
    if (!decision.location.empty()) {
        answer.headers["location"] = decision.location;
    }
    if (decision.route != nullptr) {
        route.response_changes = table.response_changes(decision);
    }
}

}  // namespace

std::string client_name(const istio::Proxy& proxy) {
    std::string text = proxy.namespace_;
    for (const auto& [name, value] : proxy.labels) {
        text += "," + name + "=" + value;
    }
    if (!proxy.locality.empty()) {
        text += " in " + proxy.locality;
    }
    if (!proxy.node.empty()) {
        text += " on " + proxy.node;
    }
    if (!proxy.workload.empty()) {
        text += " of " + proxy.workload;
    }
    return text;
}

MeshRoutes::MeshRoutes(const store::Store& store, const std::vector<json::object>& objects)
    : store_(store) {
    for (const json::object& object : objects) {
        apply(object);
    }
}

void MeshRoutes::apply(const json::object& object) {
    json::object made = object;
    json::value& metadata = made["metadata"];
    if (!metadata.is_object()) {
        metadata = json::object{};
    }
    metadata.as_object()["namespace"] = metadata_of(object, "namespace", "default");
    const store::Key key{.namespace_ = metadata_of(made, "namespace"),
                         .name = metadata_of(made, "name")};
    const std::string kind{made.at("kind").as_string()};
    if (kind == envoy_filter_kind) {
        ProtoProblems problems;  // were told before
        envoy_filters_.apply(read_envoy_filter(made, problems));
        changed();
        return;
    }
    const auto before = std::ranges::find_if(
        objects_, [&](const json::object& each) { return is_called(each, kind, key); });
    if (before != objects_.end()) {
        *before = std::move(made);
    } else {
        objects_.push_back(std::move(made));
    }
    changed();
}

bool MeshRoutes::changes_what_comes_in(const json::object& object) const {
    if (object.at("kind").as_string() != envoy_filter_kind) {
        return false;
    }
    ProtoProblems problems;
    EnvoyFilters one;
    one.apply(read_envoy_filter(object, problems));
    return one.has_inbound() ||
           envoy_filters_.has_inbound(metadata_of(object, "namespace", "default"),
                                      metadata_of(object, "name"));
}

bool MeshRoutes::remove(const std::string& kind, const store::Key& key) {
    if (kind == envoy_filter_kind) {
        const bool was_there = envoy_filters_.remove(key.namespace_, key.name);
        changed();
        return was_there;
    }
    const auto gone = std::erase_if(
        objects_, [&](const json::object& each) { return is_called(each, kind, key); });
    changed();
    return gone > 0;
}

void MeshRoutes::services_changed() {
    changed();
}

void MeshRoutes::note_discovery() {
    if (!std::exchange(has_discovery_, true)) {
        changed();
    }
}

// Priorities go by where a client is if hosts may be left out, or if somebody says so.
void MeshRoutes::changed() {
    ++version_;
    context_.reset();
    told_.clear();
    const auto is_mentioned = [this](std::initializer_list<std::string_view> names) {
        return std::ranges::any_of(objects_, [&](const json::object& object) {
            return std::ranges::any_of(
                names, [&](std::string_view name) { return mentions(object, name); });
        });
    };
    asks_who_calls_ = is_mentioned({"sourceLabels", "workloadSelector", "failoverPriority"}) ||
                      envoy_filters_.asks_who();
    asks_where_ = has_discovery_ ||
                  is_mentioned({"outlierDetection", "localityLbSetting", "zoneAwareLbSetting"});
    asks_which_node_ = false;
    for (const auto& service : store_.list<api::corev1::Service>()) {
        const auto& spec = service->spec;
        asks_where_ =
            asks_where_ || spec.trafficDistribution.has_value() ||
            service->metadata.annotations->contains("networking.istio.io/traffic-distribution");
        asks_which_node_ = asks_which_node_ || spec.trafficDistribution == "PreferSameNode" ||
                           spec.internalTrafficPolicy == "Local";
    }
    asks_where_ = asks_where_ || asks_which_node_;
}

istio::Proxy MeshRoutes::as_it_counts(istio::Proxy client) const {
    if (!asks_who_calls_) {
        client.labels.clear();
    }
    if (!asks_where_) {
        client.locality.clear();
    }
    if (!asks_which_node_) {
        client.node.clear();
    }
    return client;
}

std::vector<json::object> MeshRoutes::objects() const {
    std::vector<json::object> all = objects_;
    for (const auto& service : store_.list<api::corev1::Service>()) {
        all.push_back(codec::to_json(*service).as_object());
    }
    return all;
}

std::vector<std::string> MeshRoutes::not_understood() {
    return istio::PushContext{objects()}.not_understood();
}

const MeshRoutes::Told& MeshRoutes::told(const istio::Proxy& proxy) {
    if (context_ == nullptr) {
        context_ = std::make_unique<istio::PushContext>(objects());
    }
    const auto [place, is_new] = told_.try_emplace(client_name(proxy));
    if (is_new) {
        Told& made = place->second;
        for (const auto& member : context_->route_configurations(proxy)) {
            json::object configuration = member.value().as_object();
            if (envoy_filters_.patch_routes(proxy, member.key(), configuration)) {
                made.patched.emplace(member.key());
            }
            auto read = mesh::read_route_configuration(configuration);
            if (!read) {
                continue;  // reported by `not_understood`
            }
            if (auto table = mesh::RouteTable::make(std::move(*read))) {
                made.tables.emplace(std::string{member.key()}, std::move(*table));
            }
        }
        made.clusters = context_->clusters(proxy);
        for (auto& member : made.clusters) {
            const json::value before = member.value();
            if (envoy_filters_.patch_cluster(proxy, member.key(), member.value().as_object())) {
                made.patched.emplace(member.key());
            }
            if (says_otherwise_how_to_pick(before.as_object(), member.value().as_object())) {
                made.picked_otherwise.emplace(member.key());
            }
        }
        made.sources = context_->sources(proxy);
    }
    return place->second;
}

// Of rules that were merged, the first that has the subset counts.
std::map<std::string, std::string> MeshRoutes::labels_of(const std::string& subset,
                                                         const std::string& host,
                                                         const istio::Proxy& proxy) const {
    std::map<std::string, std::string> labels;
    if (subset.empty()) {
        return labels;
    }
    for (const std::string& rule : context_->destination_rules_of(proxy, host)) {
        const auto slash = rule.find('/');
        const store::Key key{.namespace_ = rule.substr(0, slash), .name = rule.substr(slash + 1)};
        const auto found = std::ranges::find_if(objects_, [&](const json::object& each) {
            return is_called(each, "DestinationRule", key);
        });
        if (found == objects_.end()) {
            continue;
        }
        const json::value* subsets = found->at("spec").as_object().if_contains("subsets");
        for (const json::value& each : subsets != nullptr ? subsets->as_array() : json::array{}) {
            const json::object& one = each.as_object();
            if (one.at("name").as_string() != subset) {
                continue;
            }
            if (const json::value* given = one.if_contains("labels")) {
                for (const auto& label : given->as_object()) {
                    labels.emplace(label.key(), std::string{label.value().as_string()});
                }
            }
            return labels;
        }
    }
    return labels;
}

// Names are "outbound|port|subset|host".
MeshCluster MeshRoutes::cluster_called(const std::string& name, const istio::Proxy& proxy,
                                       const Told& told) const {
    MeshCluster made{.name = name};
    const json::value* known = told.clusters.if_contains(name);
    if (known == nullptr) {
        return made;
    }
    const auto port = name.find('|') + 1;
    const auto subset = name.find('|', port) + 1;
    const auto host = name.find('|', subset) + 1;
    std::from_chars(name.data() + port, name.data() + subset - 1, made.port);
    made.subset = name.substr(subset, host - 1 - subset);
    const std::string whole = name.substr(host);
    const auto dot = whole.find('.');
    if (dot == std::string::npos || !whole.ends_with(cluster_domain)) {
        return made;
    }
    made.exists = true;
    made.service = {
        .namespace_ = whole.substr(dot + 1, whole.size() - cluster_domain.size() - dot - 1),
        .name = whole.substr(0, dot)};
    made.rules = context_->destination_rules_of(proxy, whole);
    made.labels = labels_of(made.subset, whole, proxy);
    made.told = json::serialize(*known);
    read_cluster(known->as_object(), made.policy);
    made.is_patched = told.patched.contains(name);
    const bool goes_by_place = asks_where_ && (!proxy.locality.empty() || !proxy.node.empty());
    if (goes_by_place || made.policy.ignore_new_hosts_until_first_hc ||
        has_said_how_to_pick(made) || told.picked_otherwise.contains(name)) {
        made.policy.load_balancing = read_load_balancing(known->as_object());
    }
    return made;
}

bool MeshRoutes::has_said_how_to_pick(const MeshCluster& cluster) const {
    return std::ranges::any_of(cluster.rules, [this](const std::string& rule) {
        const auto slash = rule.find('/');
        const store::Key key{.namespace_ = rule.substr(0, slash), .name = rule.substr(slash + 1)};
        return std::ranges::any_of(objects_, [&](const json::object& each) {
            return is_called(each, "DestinationRule", key) && mentions(each, "loadBalancer");
        });
    });
}

mesh::ClusterLoadAssignment MeshRoutes::load_assignment(
    const istio::Proxy& proxy, const std::string& cluster,
    const std::vector<istio::Endpoint>& endpoints) {
    static_cast<void>(told(proxy));
    mesh::ClusterLoadAssignment made;
    for (const json::value& each : context_->load_assignment(proxy, cluster, endpoints)) {
        made.endpoints.push_back(read_locality(each.as_object()));
    }
    return made;
}

// What a route says of a filter counts more than what its virtual host says, and that more than
// what the filter itself is.
std::vector<mesh::HttpFilter> MeshRoutes::filters_on(const mesh::RouteDecision& decision,
                                                     const istio::Proxy& proxy, std::int32_t port,
                                                     const std::string& listener) const {
    std::vector<const json::object*> overrides;
    std::string where = listener;
    if (decision.virtual_host != nullptr) {
        overrides.push_back(&decision.virtual_host->typed_per_filter_config);
        where += "/" + decision.virtual_host->name;
    }
    if (decision.route != nullptr) {
        overrides.push_back(&decision.route->typed_per_filter_config);
        where += "/" + decision.route->name;
    }
    return envoy_filters_.outbound(proxy, static_cast<std::uint32_t>(port), overrides, where);
}

// A request, and what says where it goes.
struct MeshRoutes::Sent {
    const mesh::RouteTable& table;
    const mesh::Request& request;
    const mesh::RouteRequest& asked;
};

void MeshRoutes::add_clusters(MeshRoute& route, const Sent& sent,
                              const mesh::RouteDecision& decision, const istio::Proxy& proxy,
                              const Told& told) const {
    const mesh::RouteAction* action = decision.action();
    const auto made_of = [&](const std::string& name) {
        MeshCluster made = cluster_called(name, proxy, told);
        made.status_if_missing = action->cluster_not_found_response_code;
        made.policy.timeout = action->timeout.value_or(made.policy.timeout);
        made.policy.retry_policy = mesh::RetryPolicy{.num_retries = 0};
        made.policy.hash_policy = action->hash_policy;
        made.policy.hashed_path = sent.request.path;
        route.is_patched = route.is_patched || made.is_patched;
        return made;
    };
    std::uint64_t weights = 0;
    const auto add = [&](const std::string& name, std::uint32_t weight) {
        MeshCluster& made = route.clusters.emplace_back(made_of(name));
        made.weight = weight;
        // What is drawn picks the cluster.
        const mesh::RouteDecision goes = sent.table.route(sent.asked, weights);
        note_changes(goes, sent.request, sent.table.configuration(), made);
        made.response_changes = sent.table.response_changes(goes);
        weights += weight;
        made.policy.retry_policy =
            action->retry_policy.value_or(mesh::RetryPolicy{.num_retries = 0});
        const auto& hedging =
            action->hedge_policy ? action->hedge_policy : decision.virtual_host->hedge_policy;
        made.policy.hedge_on_per_try_timeout = hedging && hedging->hedge_on_per_try_timeout;
    };
    for (const mesh::RequestMirrorPolicy& policy : action->request_mirror_policies) {
        route.mirrors.push_back(
            {.cluster = made_of(policy.cluster), .fraction = policy.runtime_fraction});
    }
    for (const mesh::ClusterWeight& each : action->weighted_clusters) {
        if (each.weight > 0) {
            add(each.name, each.weight);
        }
    }
    if (action->weighted_clusters.empty()) {
        add(action->cluster, 1);
    }
}

MeshRoute MeshRoutes::find(const istio::Proxy& proxy, const store::Key& service, std::int32_t port,
                           const std::string& authority, const mesh::Request& request) {
    const Told& told = this->told(proxy);
    const std::string host = service.name + "." + service.namespace_ + std::string{cluster_domain};
    MeshRoute route{.rules_of_host = context_->destination_rules_of(proxy, host)};
    std::string listener = host + ":" + std::to_string(port);
    auto table = told.tables.find(listener);
    if (table == told.tables.end()) {
        listener = std::to_string(port);
        table = told.tables.find(listener);
    }
    if (table == told.tables.end()) {
        return route;
    }
    mesh::RouteRequest asked{
        .method = request.method, .authority = authority, .path = request.path};
    asked.headers.assign(request.headers.begin(), request.headers.end());
    const mesh::RouteDecision decision = table->second.route(asked, 0);
    if (decision.virtual_host != nullptr) {
        route.virtual_host = decision.virtual_host->name;
        if (const auto sources = told.sources.find(listener); sources != told.sources.end()) {
            const auto source = sources->second.find(route.virtual_host);
            route.source = source != sources->second.end() ? source->second : "";
        }
    }
    if (decision.route != nullptr) {
        route.name = decision.route->name;
        route.match = decision.route->match;
        route.fault = read_fault(decision.route->typed_per_filter_config, kind_of(request));
    }
    // Proxies that know of one another are aware of zones, whatever else is said.
    route.knows_others = !proxy.workload.empty();
    route.is_patched = told.patched.contains(listener);
    route.filters = filters_on(decision, proxy, port, listener);
    route.is_patched = route.is_patched || !route.filters.empty();
    if (decision.action() == nullptr) {
        note_answer(decision, table->second, route);
        return route;
    }
    add_clusters(route, {.table = table->second, .request = request, .asked = asked}, decision,
                 proxy, told);
    return route;
}

}  // namespace wavetank::sim
