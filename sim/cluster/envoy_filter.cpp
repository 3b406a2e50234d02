#include "sim/cluster/envoy_filter.hpp"

#include "sim/cluster/envoy_words.hpp"

#include <wavetank/mesh/route_configuration.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

using ApplyTo = EnvoyPatch::ApplyTo;
using Context = EnvoyPatch::Context;

// Istio's, whose EnvoyFilters are for all namespaces.
constexpr std::string_view root_namespace = "istio-system";

constexpr std::string_view connection_manager = "envoy.filters.network.http_connection_manager";
constexpr std::string_view router = "envoy.filters.http.router";

template <class T>
std::optional<T> one_of(std::string_view word,
                        std::initializer_list<std::pair<std::string_view, T>> known) {
    const auto* const found =
        std::ranges::find(known, word, &std::pair<std::string_view, T>::first);
    return found == known.end() ? std::nullopt : std::optional{found->second};
}

void read_cluster_match(ProtoFields& match, EnvoyPatch& patch) {
    match.object("cluster", [&](ProtoFields& cluster) {
        cluster.take("portNumber", patch.port);
        patch.name = cluster.text("name");
        patch.service = cluster.text("service");
        if (cluster.has("subset")) {
            patch.subset = cluster.text("subset");
        }
    });
}

void read_route_match(ProtoFields& match, EnvoyPatch& patch) {
    match.object("routeConfiguration", [&](ProtoFields& configuration) {
        configuration.take("portNumber", patch.port);
        patch.name = configuration.text("name");
        configuration.object("vhost", [&](ProtoFields& host) {
            patch.virtual_host = host.text("name");
            patch.domain = host.text("domainName");
            host.object("route", [&](ProtoFields& route) {
                patch.route = route.text("name");
                patch.action = route.text("action");
            });
        });
    });
}

// Returns whether the match names an HTTP filter.
bool read_listener_match(ProtoFields& match, EnvoyPatch& patch) {
    bool has_filter = false;
    match.object("listener", [&](ProtoFields& listener) {
        listener.take("portNumber", patch.port);
        patch.name = listener.text("name");
        listener.object("filterChain", [&](ProtoFields& chain) {
            chain.object("filter", [&](ProtoFields& filter) {
                if (filter.text("name") != connection_manager) {
                    filter.not_simulated("name");
                }
                has_filter = filter.object("subFilter", [](ProtoFields& inner) {
                    if (inner.text("name") != router) {
                        inner.not_simulated("name");
                    }
                });
            });
        });
    });
    return has_filter;
}

void look_at_routing(ProtoFields& action) {
    static_cast<void>(action.duration("timeout"));
    if (const json::object* retries = action.as_it_stands("retry_policy");
        retries != nullptr && !mesh::read_retry_policy(*retries)) {
        action.not_simulated("retry_policy");
    }
}

void look_at_hedging(ProtoFields& of) {
    of.object("hedge_policy", [](ProtoFields& policy) {
        static_cast<void>(policy.flag("hedge_on_per_try_timeout"));
    });
}

void look_at_filter_configs(ProtoFields& of) {
    of.object("typed_per_filter_config", [](ProtoFields& configs) {
        configs.object("envoy.filters.http.local_ratelimit",
                       [](ProtoFields& config) { static_cast<void>(read_http_filter(config)); });
    });
}

void look_at_value(ProtoFields& value, EnvoyPatch& patch) {
    switch (patch.apply_to) {
        case ApplyTo::Cluster:
            look_at_cluster(value);
            break;
        case ApplyTo::VirtualHost:
            look_at_hedging(value);
            look_at_filter_configs(value);
            break;
        case ApplyTo::HttpRoute:
            value.object("route", [](ProtoFields& action) {
                look_at_routing(action);
                look_at_hedging(action);
            });
            look_at_filter_configs(value);
            break;
        case ApplyTo::HttpFilter:
            value.require("name");
            value.require("typed_config");
            static_cast<void>(value.text("name"));
            value.object("typed_config",
                         [](ProtoFields& config) { static_cast<void>(read_http_filter(config)); });
            break;
    }
}

// Returns whether the patch is understood so far.
bool read_match(ProtoFields& fields, EnvoyPatch& patch, bool& names_filter) {
    bool is_known = true;
    fields.object("match", [&](ProtoFields& match) {
        const std::string context = match.text("context");
        const auto read =
            one_of<Context>(context, {{"", Context::Any},
                                      {"ANY", Context::Any},
                                      {"SIDECAR_INBOUND", Context::SidecarInbound},
                                      {"SIDECAR_OUTBOUND", Context::SidecarOutbound}});
        is_known = read.has_value();
        if (!is_known) {
            match.not_simulated("context");
        }
        patch.context = read.value_or(Context::Any);
        if (patch.apply_to == ApplyTo::Cluster) {
            read_cluster_match(match, patch);
        } else if (patch.apply_to == ApplyTo::HttpFilter) {
            names_filter = read_listener_match(match, patch);
        } else {
            read_route_match(match, patch);
        }
        // Proxies are all of one version.
        match.object("proxy", [](ProtoFields& proxy) { proxy.no_effect({"proxyVersion"}); });
    });
    return is_known;
}

std::optional<EnvoyPatch> read_patch(ProtoFields& fields) {
    EnvoyPatch patch;
    fields.require("applyTo");
    fields.require("patch");
    const auto apply_to =
        one_of<ApplyTo>(fields.text("applyTo"), {{"CLUSTER", ApplyTo::Cluster},
                                                 {"VIRTUAL_HOST", ApplyTo::VirtualHost},
                                                 {"HTTP_ROUTE", ApplyTo::HttpRoute},
                                                 {"HTTP_FILTER", ApplyTo::HttpFilter}});
    if (!apply_to) {
        fields.not_simulated("applyTo");
        return std::nullopt;
    }
    patch.apply_to = *apply_to;
    bool names_filter = false;
    if (!read_match(fields, patch, names_filter)) {
        return std::nullopt;
    }
    if (patch.context == Context::SidecarInbound && patch.apply_to != ApplyTo::HttpFilter) {
        fields.not_simulated("match");
        return std::nullopt;
    }
    fields.object("patch", [&](ProtoFields& inner) {
        inner.require("operation");
        const std::string operation = inner.text("operation");
        const bool is_filter = patch.apply_to == ApplyTo::HttpFilter;
        const bool is_put_before = operation == "INSERT_BEFORE" || operation == "INSERT_FIRST";
        if (is_filter ? !is_put_before : operation != "MERGE") {
            inner.not_simulated("operation");
        }
        patch.goes_first = operation == "INSERT_FIRST" || !names_filter;
        if (const json::object* value = inner.as_it_stands("value")) {
            patch.value = in_snake_case(*value).as_object();
            inner.look_at(patch.value, "value",
                          [&](ProtoFields& fields_of) { look_at_value(fields_of, patch); });
        } else {
            inner.require("value");
        }
    });
    return patch;
}

bool has_labels(const istio::Proxy& proxy, const std::map<std::string, std::string>& labels) {
    return std::ranges::all_of(labels, [&](const auto& label) {
        const auto found = proxy.labels.find(label.first);
        return found != proxy.labels.end() && found->second == label.second;
    });
}

// The parts of "outbound|80|v1|reviews.default.svc.cluster.local".
struct ClusterName {
    std::string_view port;
    std::string_view subset;
    std::string_view host;
};

ClusterName parts_of(std::string_view name) {
    const auto port = name.find('|') + 1;
    const auto subset = name.find('|', port) + 1;
    const auto host = name.find('|', subset) + 1;
    return {.port = name.substr(port, subset - 1 - port),
            .subset = name.substr(subset, host - 1 - subset),
            .host = name.substr(host)};
}

bool fits_cluster(const EnvoyPatch& patch, std::string_view name) {
    if (!patch.name.empty()) {
        return patch.name == name;
    }
    const ClusterName parts = parts_of(name);
    return (!patch.subset || patch.subset->empty() || *patch.subset == parts.subset) &&
           (patch.service.empty() || patch.service == parts.host) &&
           (patch.port == 0 || std::to_string(patch.port) == parts.port);
}

std::string_view text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                  : std::string_view{};
}

bool fits_virtual_host(const EnvoyPatch& patch, const json::object& host) {
    const json::value* domains = host.if_contains("domains");
    const bool has_domain = patch.domain.empty() ||
                            (domains != nullptr && domains->is_array() &&
                             std::ranges::find(domains->get_array(), json::value{patch.domain}) !=
                                 domains->get_array().end());
    return has_domain &&
           (patch.virtual_host.empty() || patch.virtual_host == text_in(host, "name"));
}

bool fits_route(const EnvoyPatch& patch, const json::object& route) {
    const std::string_view action = route.contains("route")      ? "ROUTE"
                                    : route.contains("redirect") ? "REDIRECT"
                                                                 : "DIRECT_RESPONSE";
    return (patch.route.empty() || patch.route == text_in(route, "name")) &&
           (patch.action.empty() || patch.action == "ANY" || patch.action == action);
}

// Listeners of what is sent to a port; those of one Service alone have other names.
bool fits_outbound_listener(const EnvoyPatch& patch, std::uint32_t port) {
    return (patch.port == 0 || patch.port == port) &&
           (patch.name.empty() || patch.name == "0.0.0.0_" + std::to_string(port));
}

// What a filter is, or in its place a route says it is.
std::optional<mesh::HttpFilter> filter_of(const json::object& value,
                                          const std::vector<const json::object*>& overrides,
                                          bool& is_of_route) {
    const std::string name{text_in(value, "name")};
    const json::object* config = &value.at("typed_config").as_object();
    for (const json::object* const configs : overrides) {
        const json::value* own = configs->if_contains(name);
        if (own != nullptr && own->is_object()) {
            config = &own->get_object();
            is_of_route = true;
        }
    }
    ProtoProblems problems;
    ProtoFields fields{*config, "", problems};
    return read_http_filter(fields);
}

}  // namespace

EnvoyFilter read_envoy_filter(const json::object& object, ProtoProblems& problems) {
    EnvoyFilter made{.namespace_ = "default"};
    const json::value* metadata = object.if_contains("metadata");
    if (metadata != nullptr && metadata->is_object()) {
        made.name = text_in(metadata->get_object(), "name");
        const std::string_view in = text_in(metadata->get_object(), "namespace");
        made.namespace_ = in.empty() ? made.namespace_ : std::string{in};
    }
    const json::value* given = object.if_contains("spec");
    if (given == nullptr || !given->is_object()) {
        problems.error = "spec: an object is expected";
        return made;
    }
    ProtoFields spec{given->get_object(), "spec", problems};
    spec.object("workloadSelector", [&](ProtoFields& selector) {
        const json::object* labels = selector.as_it_stands("labels");
        for (const auto& label : labels != nullptr ? *labels : json::object{}) {
            made.labels[label.key()] = label.value().is_string()
                                           ? std::string{label.value().get_string()}
                                           : json::serialize(label.value());
        }
    });
    if (const json::value* priority = given->get_object().if_contains("priority")) {
        made.priority = priority->is_number() ? priority->to_number<std::int32_t>() : 0;
    }
    spec.pass_over({"priority"});
    spec.list("configPatches", [&](ProtoFields& fields) {
        if (auto patch = read_patch(fields)) {
            made.patches.push_back(std::move(*patch));
        } else {
            fields.pass_over({"match", "patch"});
        }
    });
    spec.finish();
    return made;
}

void merge_proto(json::object& to, const json::object& value) {
    for (const auto& member : value) {
        json::value& mine = to[member.key()];
        if (mine.is_object() && member.value().is_object()) {
            merge_proto(mine.get_object(), member.value().get_object());
        } else if (mine.is_array() && member.value().is_array()) {
            for (const json::value& item : member.value().get_array()) {
                mine.get_array().push_back(item);
            }
        } else {
            mine = member.value();
        }
    }
}

void EnvoyFilters::apply(EnvoyFilter filter) {
    remove(filter.namespace_, filter.name);
    filters_.push_back(std::move(filter));
    const auto rank = [](const EnvoyFilter& one) {
        return std::tuple{one.priority, one.namespace_ != root_namespace,
                          one.name + "." + one.namespace_};
    };
    std::ranges::stable_sort(filters_, {}, rank);
}

bool EnvoyFilters::remove(std::string_view namespace_, std::string_view name) {
    return std::erase_if(filters_, [&](const EnvoyFilter& one) {
               return one.namespace_ == namespace_ && one.name == name;
           }) > 0;
}

bool EnvoyFilters::asks_who() const {
    return std::ranges::any_of(filters_,
                               [](const EnvoyFilter& one) { return !one.labels.empty(); });
}

bool EnvoyFilters::has_inbound() const {
    return std::ranges::any_of(
        filters_, [this](const EnvoyFilter& one) { return has_inbound(one.namespace_, one.name); });
}

bool EnvoyFilters::has_inbound(std::string_view namespace_, std::string_view name) const {
    return std::ranges::any_of(filters_, [&](const EnvoyFilter& one) {
        return one.namespace_ == namespace_ && one.name == name &&
               std::ranges::any_of(one.patches, [](const EnvoyPatch& patch) {
                   return patch.apply_to == ApplyTo::HttpFilter &&
                          patch.context != Context::SidecarOutbound;
               });
    });
}

std::vector<EnvoyFilters::Applied> EnvoyFilters::patches_for(const istio::Proxy& proxy,
                                                             ApplyTo apply_to,
                                                             Context context) const {
    std::vector<Applied> found;
    for (const EnvoyFilter& one : filters_) {
        const bool is_near = one.namespace_ == root_namespace || one.namespace_ == proxy.namespace_;
        if (!is_near || !has_labels(proxy, one.labels)) {
            continue;
        }
        for (std::size_t i = 0; i < one.patches.size(); ++i) {
            const EnvoyPatch& patch = one.patches[i];
            if (patch.apply_to == apply_to &&
                (patch.context == Context::Any || patch.context == context)) {
                found.push_back({.of = &one, .patch = &patch, .number = i});
            }
        }
    }
    return found;
}

bool EnvoyFilters::patch_cluster(const istio::Proxy& client, std::string_view name,
                                 json::object& cluster) const {
    bool is_changed = false;
    for (const Applied& each : patches_for(client, ApplyTo::Cluster, Context::SidecarOutbound)) {
        if (fits_cluster(*each.patch, name)) {
            merge_proto(cluster, each.patch->value);
            is_changed = true;
        }
    }
    return is_changed;
}

// Configurations are called by their ports, or by the Service and its port.
bool EnvoyFilters::patch_routes(const istio::Proxy& client, std::string_view name,
                                json::object& configuration) const {
    json::value* hosts = configuration.if_contains("virtual_hosts");
    if (hosts == nullptr) {
        return false;
    }
    bool is_changed = false;
    const auto fits = [&](const EnvoyPatch& patch) {
        return (patch.name.empty() || patch.name == name) &&
               (patch.port == 0 || std::to_string(patch.port) == name);
    };
    const auto of_hosts = patches_for(client, ApplyTo::VirtualHost, Context::SidecarOutbound);
    const auto of_routes = patches_for(client, ApplyTo::HttpRoute, Context::SidecarOutbound);
    for (json::value& each : hosts->as_array()) {
        json::object& host = each.as_object();
        for (const Applied& patch : of_hosts) {
            if (fits(*patch.patch) && fits_virtual_host(*patch.patch, host)) {
                merge_proto(host, patch.patch->value);
                is_changed = true;
            }
        }
        json::value* routes = host.if_contains("routes");
        if (routes == nullptr) {
            continue;
        }
        for (json::value& route : routes->as_array()) {
            for (const Applied& patch : of_routes) {
                if (fits(*patch.patch) && fits_virtual_host(*patch.patch, host) &&
                    fits_route(*patch.patch, route.as_object())) {
                    merge_proto(route.as_object(), patch.patch->value);
                    is_changed = true;
                }
            }
        }
    }
    return is_changed;
}

std::vector<mesh::HttpFilter> EnvoyFilters::outbound(
    const istio::Proxy& client, std::uint32_t port,
    const std::vector<const json::object*>& overrides, const std::string& where) const {
    std::vector<mesh::HttpFilter> made;
    for (const Applied& each : patches_for(client, ApplyTo::HttpFilter, Context::SidecarOutbound)) {
        bool is_of_route = false;
        auto filter = fits_outbound_listener(*each.patch, port)
                          ? filter_of(each.patch->value, overrides, is_of_route)
                          : std::nullopt;
        if (filter) {
            filter->name = "EnvoyFilter " + each.of->namespace_ + "/" + each.of->name + "[" +
                           std::to_string(each.number) + "] of " +
                           (is_of_route ? where : "port " + std::to_string(port));
            made.insert(each.patch->goes_first ? made.begin() : made.end(), std::move(*filter));
        }
    }
    return made;
}

std::vector<mesh::HttpFilter> EnvoyFilters::inbound(const istio::Proxy& workload,
                                                    const std::vector<std::uint32_t>& ports) const {
    std::vector<mesh::HttpFilter> made;
    for (const Applied& each :
         patches_for(workload, ApplyTo::HttpFilter, Context::SidecarInbound)) {
        const EnvoyPatch& patch = *each.patch;
        const bool fits = (patch.port == 0 || ports.empty() ||
                           std::ranges::find(ports, patch.port) != ports.end()) &&
                          (patch.name.empty() || patch.name == "virtualInbound");
        bool is_of_route = false;
        auto filter = fits ? filter_of(patch.value, {}, is_of_route) : std::nullopt;
        if (filter) {
            filter->name = "EnvoyFilter " + each.of->namespace_ + "/" + each.of->name + "[" +
                           std::to_string(each.number) + "]";
            made.insert(patch.goes_first ? made.begin() : made.end(), std::move(*filter));
        }
    }
    return made;
}

}  // namespace wavetank::sim
