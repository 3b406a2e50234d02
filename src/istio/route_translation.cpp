#include "istio/route_translation.hpp"

#include "istio/retries.hpp"
#include "istio/route_parts.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::istio {
namespace {

const json::object* hash_in(const json::object* policy) {
    return message_in(message_in(policy, "loadBalancer"), "consistentHash");
}

const json::object* port_hash(const json::object* destination, const json::object* policy) {
    const json::object* selector = message_in(destination, "port");
    if (selector == nullptr) {
        return nullptr;
    }
    const PortPolicy own =
        port_policy(policy, static_cast<std::uint32_t>(integer_in(selector, "number")));
    return own.is_own ? hash_in(own.policy) : nullptr;
}

// As `HashForHTTPDestination`: the most specific that says anything.
const json::object* destination_hash(const SidecarScope& scope, const json::object* destination) {
    const json::object* rule = scope.rule_spec(text_in(destination, "host"));
    const json::object* policy = message_in(rule, "trafficPolicy");
    const json::object* own =
        message_in(subset_of(rule, text_in(destination, "subset")), "trafficPolicy");
    for (const json::object* hash : {port_hash(destination, own), hash_in(own),
                                     port_hash(destination, policy), hash_in(policy)}) {
        if (hash != nullptr) {
            return hash;
        }
    }
    return nullptr;
}

std::optional<json::object> hash_policy(const json::object* hash) {
    if (field(hash, "httpHeaderName") != nullptr) {
        return json::object{{"header", {{"header_name", text_in(hash, "httpHeaderName")}}}};
    }
    if (field(hash, "useSourceIp") != nullptr) {
        json::object properties;
        if (flag_in(hash, "useSourceIp")) {
            properties["source_ip"] = true;
        }
        return json::object{{"connection_properties", std::move(properties)}};
    }
    if (field(hash, "httpQueryParameterName") != nullptr) {
        return json::object{
            {"query_parameter", {{"name", text_in(hash, "httpQueryParameterName")}}}};
    }
    const json::object* cookie = message_in(hash, "httpCookie");
    if (cookie == nullptr) {
        return std::nullopt;
    }
    json::object made{{"name", text_in(cookie, "name")}};
    copy_duration(cookie, "ttl", made, "ttl");
    if (const std::string path = text_in(cookie, "path"); !path.empty()) {
        made["path"] = path;
    }
    json::array attributes;
    for (const json::object* attribute : messages_in(cookie, "attributes")) {
        json::object& one =
            attributes.emplace_back(json::object{{"name", text_in(attribute, "name")}}).as_object();
        if (const std::string value = text_in(attribute, "value"); !value.empty()) {
            one["value"] = value;
        }
    }
    if (!attributes.empty()) {
        made["attributes"] = std::move(attributes);
    }
    return json::object{{"cookie", std::move(made)}};
}

void append_hash(const json::object* hash, json::object& action) {
    if (auto policy = hash_policy(hash)) {
        if (!action.contains("hash_policy")) {
            action["hash_policy"] = json::array{};
        }
        action["hash_policy"].as_array().emplace_back(std::move(*policy));
    }
}

// What a literal is as a pattern, as Go's `regexp.QuoteMeta`.
std::string quoted_pattern(std::string_view text) {
    std::string quoted;
    for (const char c : text) {
        if (std::string_view{R"(\.+*?()|[]{}^$)"}.find(c) != std::string_view::npos) {
            quoted += '\\';
        }
        quoted += c;
    }
    return quoted;
}

// Translates one route of one VirtualService.
class RouteTranslator {
public:
    RouteTranslator(const Config& config, const RouteOptions& options)
        : config_(config), options_(options) {}

    [[nodiscard]] std::optional<json::object> translate(const json::object& route,
                                                        const json::object* match) const {
        if (!is_for_proxy(match)) {
            return std::nullopt;
        }
        json::object made;
        std::string name = text_in(&route, "name");
        if (const std::string own = text_in(match, "name"); !own.empty()) {
            name += "." + own;
        }
        if (!name.empty()) {
            made["name"] = name;
        }
        made["match"] = route_match(match, config_.has_gateway_semantics);
        if (const std::string prefix = text_in(match, "statPrefix"); !prefix.empty()) {
            made["stat_prefix"] = prefix;
        }
        const HeaderOperations operations = header_operations(message_in(&route, "headers"));
        operations.append_to(made);
        if (const json::object* redirect = message_in(&route, "redirect")) {
            if (auto action = redirect_action(*redirect, options_.listener_port)) {
                made["redirect"] = std::move(*action);
            }
        } else if (const json::object* response = message_in(&route, "directResponse")) {
            made["direct_response"] = direct_response_action(*response);
        } else {
            add_action(route, operations.authority, made);
        }
        add_filters(route, made);
        return made;
    }

private:
    // Ports, gateways and labels of the client are decided here.
    [[nodiscard]] bool is_for_proxy(const json::object* match) const {
        if (match == nullptr) {
            return true;
        }
        const std::int64_t port = integer_in(match, "port");
        if (port != 0 && port != options_.listener_port) {
            return false;
        }
        const auto gateways = texts_in(match, "gateways");
        if (!gateways.empty()) {
            return std::ranges::find(gateways, "mesh") != gateways.end();
        }
        const std::string source = text_in(match, "sourceNamespace");
        return is_subset(labels_in(match, "sourceLabels"), options_.scope.labels()) &&
               (source.empty() || source == options_.scope.proxy().namespace_);
    }

    [[nodiscard]] std::string cluster_of(const json::object* destination) const {
        const std::string host = text_in(destination, "host");
        if (host.empty()) {
            return "UnknownService";
        }
        const auto service = options_.services.find(host);
        std::uint32_t port = options_.listener_port;
        if (const json::object* selector = message_in(destination, "port")) {
            port = static_cast<std::uint32_t>(integer_in(selector, "number"));
        } else if (service != options_.services.end() && service->second->ports.size() == 1) {
            port = service->second->ports.front().port;
        }
        return cluster_name(port, text_in(destination, "subset"), host);
    }

    void add_action(const json::object& route, std::string authority, json::object& made) const {
        json::object action;
        const std::string timeout =
            proto_duration(duration_in(&route, "timeout").value_or(Duration::zero()));
        action["timeout"] = timeout;
        action["max_grpc_timeout"] = timeout;
        if (config_.has_gateway_semantics) {
            action["cluster_not_found_response_code"] = "INTERNAL_SERVER_ERROR";
        }
        if (const json::object* rewrite = message_in(&route, "rewrite")) {
            add_rewrite(*rewrite, made.at("match").as_object(), action);
            const std::string own = text_in(rewrite, "authority");
            authority = own.empty() ? authority : own;
        }
        if (!authority.empty()) {
            action["host_rewrite_literal"] = authority;
        }
        add_mirrors(route, action);
        const bool is_hashed = add_destinations(route, made, action);
        const json::object* retries = message_in(&route, "retries");
        if (retries == nullptr) {
            retries = message_in(&options_.mesh_config, "defaultHttpRetryPolicy");
        }
        if (auto policy = retry_policy(retries, is_hashed)) {
            action["retry_policy"] = std::move(*policy);
        }
        made["route"] = std::move(action);
    }

    void add_rewrite(const json::object& rewrite, const json::object& match,
                     json::object& action) const {
        const std::string uri = text_in(&rewrite, "uri");
        if (const json::object* regex = message_in(&rewrite, "uriRegexRewrite")) {
            action["regex_rewrite"] = {{"pattern", {{"regex", text_in(regex, "match")}}},
                                       {"substitution", text_in(regex, "rewrite")}};
        } else if (config_.has_gateway_semantics && uri == "/") {
            const std::string prefix = text_in(&match, "path_separated_prefix");
            action["regex_rewrite"] = {
                {"pattern", {{"regex", "^" + quoted_pattern(prefix) + "(/?)(.*)"}}},
                {"substitution", "/\\2"}};
        } else if (!uri.empty()) {
            action["prefix_rewrite"] = uri;
        }
    }

    void add_mirror(const json::object* destination, json::object percentage,
                    json::object& action) const {
        if (!action.contains("request_mirror_policies")) {
            action["request_mirror_policies"] = json::array{};
        }
        action["request_mirror_policies"].as_array().emplace_back(
            json::object{{"cluster", cluster_of(destination)},
                         {"runtime_fraction", {{"default_value", std::move(percentage)}}},
                         {"trace_sampled", false},
                         {"disable_shadow_host_suffix_append", true}});
    }

    // A mirror of nothing is none.
    void add_mirrors(const json::object& route, json::object& action) const {
        if (const json::object* mirror = message_in(&route, "mirror")) {
            if (const json::object* percentage = message_in(&route, "mirrorPercentage")) {
                if (number_in(percentage, "value") > 0) {
                    add_mirror(mirror, fraction_of_percent(percentage), action);
                }
            } else if (field(&route, "mirrorPercent") != nullptr) {
                const auto percent =
                    static_cast<std::uint32_t>(integer_in(&route, "mirrorPercent"));
                if (percent > 0) {
                    add_mirror(mirror, fraction(percent, false), action);
                }
            } else {
                add_mirror(mirror, fraction(100, false), action);
            }
        }
        for (const json::object* mirror : messages_in(&route, "mirrors")) {
            const json::object* percentage = message_in(mirror, "percentage");
            const json::object* destination = message_in(mirror, "destination");
            if (destination != nullptr &&
                (percentage == nullptr || number_in(percentage, "value") > 0)) {
                add_mirror(
                    destination,
                    percentage == nullptr ? fraction(100, false) : fraction_of_percent(percentage),
                    action);
            }
        }
    }

    // Tells whether there is one destination, and it is picked by hash.
    bool add_destinations(const json::object& route, json::object& made,
                          json::object& action) const {
        const auto destinations = messages_in(&route, "route");
        if (destinations.size() == 1) {
            const json::object* destination = message_in(destinations.front(), "destination");
            action["cluster"] = cluster_of(destination);
            const HeaderOperations operations =
                header_operations(message_in(destinations.front(), "headers"));
            operations.append_to(made);
            if (!operations.authority.empty() && !action.contains("host_rewrite_literal")) {
                action["host_rewrite_literal"] = operations.authority;
            }
            const json::object* hash = destination_hash(options_.scope, destination);
            append_hash(hash, action);
            return hash != nullptr;
        }
        json::array clusters;
        for (const json::object* weighted : destinations) {
            const std::int64_t weight = integer_in(weighted, "weight");
            if (weight == 0) {
                continue;
            }
            const json::object* destination = message_in(weighted, "destination");
            json::object cluster{{"name", cluster_of(destination)}, {"weight", weight}};
            const HeaderOperations operations = header_operations(message_in(weighted, "headers"));
            operations.append_to(cluster);
            if (!operations.authority.empty()) {
                cluster["host_rewrite_literal"] = operations.authority;
            }
            append_hash(destination_hash(options_.scope, destination), action);
            clusters.emplace_back(std::move(cluster));
        }
        action["weighted_clusters"] = json::object{};
        if (!clusters.empty()) {
            action["weighted_clusters"].as_object()["clusters"] = std::move(clusters);
        }
        return false;
    }

    static void add_filters(const json::object& route, json::object& made) {
        json::object filters;
        if (const json::object* fault = message_in(&route, "fault")) {
            filters["envoy.filters.http.fault"] = fault_filter(*fault);
        }
        if (const json::object* policy = message_in(&route, "corsPolicy")) {
            filters["envoy.filters.http.cors"] = cors_filter(*policy);
        }
        if (!filters.empty()) {
            made["typed_per_filter_config"] = std::move(filters);
        }
    }

    const Config& config_;
    const RouteOptions& options_;
};

}  // namespace

std::string cluster_name(std::uint32_t port, const std::string& subset, const std::string& host) {
    return "outbound|" + std::to_string(port) + "|" + subset + "|" + host;
}

json::array translate_routes(const Config& virtual_service, const RouteOptions& options) {
    const RouteTranslator translator{virtual_service, options};
    json::array routes;
    for (const json::object* route : http_routes_of(virtual_service)) {
        const auto matches = messages_in(route, "match");
        if (matches.empty()) {
            if (auto made = translator.translate(*route, nullptr)) {
                routes.emplace_back(std::move(*made));
            }
            return routes;
        }
        for (const json::object* match : matches) {
            auto made = translator.translate(*route, match);
            if (!made) {
                continue;
            }
            routes.emplace_back(std::move(*made));
            if (is_catch_all(routes.back().as_object())) {
                return routes;
            }
        }
    }
    return routes;
}

json::object default_route(const IstioService& service, const ServicePort& port,
                           const RouteOptions& options) {
    json::object action{{"cluster", cluster_name(port.port, "", service.hostname)},
                        {"timeout", "0s"},
                        {"max_grpc_timeout", "0s"}};
    if (auto policy =
            retry_policy(message_in(&options.mesh_config, "defaultHttpRetryPolicy"), false)) {
        action["retry_policy"] = std::move(*policy);
    }
    const json::object* policy =
        message_in(options.scope.rule_spec(service.hostname), "trafficPolicy");
    const PortPolicy own = port_policy(policy, port.port);
    const json::object* hash = own.is_own ? hash_in(own.policy) : nullptr;
    append_hash(hash != nullptr ? hash : hash_in(policy), action);
    return {{"name", "default"}, {"match", {{"prefix", "/"}}}, {"route", std::move(action)}};
}

}  // namespace wavetank::istio
