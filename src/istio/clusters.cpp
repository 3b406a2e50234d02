#include "istio/clusters.hpp"

#include "istio/route_translation.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace wavetank::istio {
namespace {

constexpr std::string_view protocol_options =
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

// A v3 `Percent`: zero is left out.
json::object percent(double value) {
    return value == 0 ? json::object{} : json::object{{"value", proto_number(value)}};
}

// ---- Load balancing

json::object slow_start(const json::object& warmup) {
    const auto number_or = [&](std::string_view name, double otherwise) {
        return field(&warmup, name) == nullptr ? otherwise : number_in(&warmup, name);
    };
    json::object made;
    copy_duration(&warmup, "duration", made, "slow_start_window");
    json::object aggression{{"runtime_key", "("}};
    if (const double value = number_or("aggression", 1); value != 0) {
        aggression["default_value"] = proto_number(value);
    }
    made["aggression"] = std::move(aggression);
    made["min_weight_percent"] = percent(number_or("minimumPercent", 10));
    return made;
}

void set_slow_start(const json::object* balancer, std::string_view config, json::object& cluster) {
    if (const json::object* warmup = message_in(balancer, "warmup")) {
        cluster[config] = {{"slow_start_config", slow_start(*warmup)}};
    } else if (field(balancer, "warmupDurationSecs") != nullptr) {
        json::object made;
        copy_duration(balancer, "warmupDurationSecs", made, "slow_start_window");
        cluster[config] = {{"slow_start_config", std::move(made)}};
    }
}

void set_hashing(const json::object& hash, json::object& cluster) {
    const auto replace = [&](std::string_view name, std::string_view member, std::int64_t value) {
        cluster.erase("least_request_lb_config");
        cluster.erase("round_robin_lb_config");
        cluster[name] = {{member, std::to_string(value)}};
    };
    if (const json::object* maglev = message_in(&hash, "maglev")) {
        cluster["lb_policy"] = "MAGLEV";
        if (const std::int64_t size = integer_in(maglev, "tableSize"); size != 0) {
            replace("maglev_lb_config", "table_size", size);
        }
        return;
    }
    cluster["lb_policy"] = "RING_HASH";
    if (const json::object* ring = message_in(&hash, "ringHash")) {
        if (const std::int64_t size = integer_in(ring, "minimumRingSize"); size != 0) {
            replace("ring_hash_lb_config", "minimum_ring_size", size);
        }
        return;
    }
    const std::int64_t size = integer_in(&hash, "minimumRingSize");
    replace("ring_hash_lb_config", "minimum_ring_size", size == 0 ? 1024 : size);
}

void set_balancer(const json::object* balancer, json::object& cluster) {
    const std::string simple = text_in(balancer, "simple");
    if (simple == "RANDOM") {
        cluster["lb_policy"] = "RANDOM";
    } else if (simple == "ROUND_ROBIN") {
        set_slow_start(balancer, "round_robin_lb_config", cluster);
    } else if (simple == "PASSTHROUGH") {
        cluster["lb_policy"] = "CLUSTER_PROVIDED";
        cluster["type"] = "ORIGINAL_DST";
    } else {
        cluster["lb_policy"] = "LEAST_REQUEST";
        set_slow_start(balancer, "least_request_lb_config", cluster);
    }
    if (const json::object* hash = message_in(balancer, "consistentHash")) {
        set_hashing(*hash, cluster);
    }
}

// ---- Connection pools

void set_keepalive(const json::object* keepalive, json::object& cluster) {
    if (keepalive == nullptr) {
        return;
    }
    if (!cluster.contains("upstream_connection_options")) {
        cluster["upstream_connection_options"] = {{"tcp_keepalive", json::object{}}};
    }
    json::object& to = cluster["upstream_connection_options"].at("tcp_keepalive").as_object();
    if (const std::int64_t probes = integer_in(keepalive, "probes"); probes > 0) {
        to["keepalive_probes"] = probes;
    }
    for (const auto& [name, as] :
         {std::pair{"time", "keepalive_time"}, {"interval", "keepalive_interval"}}) {
        if (const auto duration = duration_in(keepalive, name)) {
            to[as] = std::chrono::duration_cast<std::chrono::seconds>(*duration).count();
        }
    }
}

bool is_upgraded(const json::object& mesh_config, const json::object* http, Protocol protocol) {
    if (flag_in(http, "useClientProtocol")) {
        return false;
    }
    const std::string own = text_in(http, "h2UpgradePolicy");
    if (own == "UPGRADE" || own == "DO_NOT_UPGRADE") {
        return own == "UPGRADE";
    }
    return is_http(protocol) && text_in(&mesh_config, "h2UpgradePolicy") == "UPGRADE";
}

// The `HttpProtocolOptions` of a cluster, as far as anything asks for them.
class ProtocolOptions {
public:
    void speak_http2() {
        if (!specifier_) {
            specifier_ = {{"explicit_http_config", {{"http2_protocol_options", json::object{}}}}};
            is_http2_ = true;
        }
    }
    void speak_as_client() {
        specifier_ = {{"use_downstream_protocol_config",
                       {{"http_protocol_options", json::object{}},
                        {"http2_protocol_options", json::object{}}}}};
        is_http2_ = false;
    }
    json::object& common() {
        if (!common_) {
            common_.emplace();
        }
        return *common_;
    }
    json::object& upstream() {
        if (!upstream_) {
            upstream_.emplace();
        }
        return *upstream_;
    }
    /// Null unless HTTP/2 is spoken.
    json::object* http2() {
        return is_http2_ ? &specifier_->at("explicit_http_config")
                                .at("http2_protocol_options")
                                .as_object()
                         : nullptr;
    }
    void put_into(json::object& cluster) const {
        if (!specifier_ && !common_ && !upstream_) {
            return;
        }
        json::object made = specifier_.value_or(
            json::object{{"explicit_http_config", {{"http_protocol_options", json::object{}}}}});
        made["@type"] = "type.googleapis.com/" + std::string{protocol_options};
        if (common_) {
            made["common_http_protocol_options"] = *common_;
        }
        if (upstream_) {
            made["upstream_http_protocol_options"] = *upstream_;
        }
        cluster["typed_extension_protocol_options"] = {{protocol_options, std::move(made)}};
    }

private:
    std::optional<json::object> specifier_;
    std::optional<json::object> common_;
    std::optional<json::object> upstream_;
    bool is_http2_ = false;
};

// Zero says as much as nothing.
void set_limits(const json::object* pool, const json::object* budget, json::object& cluster) {
    const json::object* http = message_in(pool, "http");
    const json::object* tcp = message_in(pool, "tcp");
    const auto limit = [](const json::object* from, std::string_view name) -> std::int64_t {
        const std::int64_t value = integer_in(from, name);
        return value > 0 ? value : no_limit;
    };
    json::object thresholds{{"max_connections", limit(tcp, "maxConnections")},
                            {"max_pending_requests", limit(http, "http1MaxPendingRequests")},
                            {"max_requests", limit(http, "http2MaxRequests")},
                            {"max_retries", limit(http, "maxRetries")}};
    if (budget != nullptr) {
        const std::int64_t concurrency = integer_in(budget, "minRetryConcurrency");
        json::object made{
            {"budget_percent",
             percent(field(budget, "percent") == nullptr ? 20 : number_in(budget, "percent"))},
            {"min_retry_concurrency", concurrency > 0 ? concurrency : 3}};
        copy_duration(budget, "budgetInterval", made, "budget_interval");
        thresholds["retry_budget"] = std::move(made);
    }
    cluster["circuit_breakers"] = {{"thresholds", json::array{std::move(thresholds)}}};
}

void set_pool_options(const json::object* pool, ProtocolOptions& options) {
    const json::object* http = message_in(pool, "http");
    const json::object* tcp = message_in(pool, "tcp");
    const json::object* idle = field(http, "idleTimeout") != nullptr  ? http
                               : field(tcp, "idleTimeout") != nullptr ? tcp
                                                                      : nullptr;
    const std::int64_t requests = integer_in(http, "maxRequestsPerConnection");
    const std::int64_t streams = integer_in(http, "maxConcurrentStreams");
    const json::object* keepalive = message_in(http, "http2KeepAlive");
    if (idle == nullptr && field(tcp, "maxConnectionDuration") == nullptr && requests <= 0 &&
        streams <= 0 && keepalive == nullptr) {
        return;
    }
    json::object& common = options.common();
    copy_duration(idle, "idleTimeout", common, "idle_timeout");
    if (requests > 0) {
        common["max_requests_per_connection"] = requests;
    }
    copy_duration(tcp, "maxConnectionDuration", common, "max_connection_duration");
    if (json::object* http2 = options.http2()) {
        if (streams > 0) {
            (*http2)["max_concurrent_streams"] = streams;
        }
        if (keepalive != nullptr) {
            json::object made;
            copy_duration(keepalive, "interval", made, "interval");
            copy_duration(keepalive, "timeout", made, "timeout");
            (*http2)["connection_keepalive"] = std::move(made);
        }
    }
}

// Where proxies bring certificates of a rule's own, they ask for the host that a request names,
// unless the rule names one. Sidecars get no credentials by name, and then nothing is encrypted.
void set_server_names(const json::object* tls, ProtocolOptions& options) {
    const std::string mode = text_in(tls, "mode");
    const std::string credential = text_in(tls, "credentialName");
    const bool is_withheld = !credential.empty() && !credential.starts_with("configmap://");
    if ((mode != "SIMPLE" && mode != "MUTUAL") || is_withheld || !text_in(tls, "sni").empty()) {
        return;
    }
    options.upstream()["auto_sni"] = true;
    const json::array* names = list_in(tls, "subjectAltNames");
    if ((names == nullptr || names->empty()) && !flag_in(tls, "insecureSkipVerify")) {
        options.upstream()["auto_san_validation"] = true;
    }
}

// ---- Outlier detection

void set_error_limit(const json::object& from, std::string_view name, std::string_view as,
                     std::string_view enforcing, json::object& to) {
    if (field(&from, name) != nullptr) {
        const std::int64_t value = integer_in(&from, name);
        to[as] = value;
        to[enforcing] = value > 0 ? 100 : 0;
    }
}

json::object outlier_detection(const json::object& from) {
    json::object made{{"enforcing_success_rate", 0}};
    set_error_limit(from, "consecutive5xxErrors", "consecutive_5xx", "enforcing_consecutive_5xx",
                    made);
    set_error_limit(from, "consecutiveGatewayErrors", "consecutive_gateway_failure",
                    "enforcing_consecutive_gateway_failure", made);
    copy_duration(&from, "interval", made, "interval");
    copy_duration(&from, "baseEjectionTime", made, "base_ejection_time");
    if (const std::int64_t most = integer_in(&from, "maxEjectionPercent"); most > 0) {
        made["max_ejection_percent"] = most;
    }
    if (flag_in(&from, "splitExternalLocalOriginErrors")) {
        made["split_external_local_origin_errors"] = true;
        if (const std::int64_t limit = integer_in(&from, "consecutiveLocalOriginFailures");
            limit > 0) {
            made["consecutive_local_origin_failure"] = limit;
            made["enforcing_consecutive_local_origin_failure"] = 100;
        }
        made["enforcing_local_origin_success_rate"] = 0;
    }
    return made;
}

// What the mesh says by default, where a rule does not.
json::object with_mesh_defaults(json::object policy, const json::object& mesh_config) {
    const json::object* defaults = message_in(&mesh_config, "defaultTrafficPolicy");
    for (const std::string_view block : {"connectionPool", "outlierDetection"}) {
        const json::object* given = message_in(defaults, block);
        if (given != nullptr && message_in(&policy, block) == nullptr) {
            policy[block] = *given;
        }
    }
    return policy;
}

class ClusterBuilder {
public:
    ClusterBuilder(const Registry& registry, const IstioService& service, const ServicePort& port)
        : mesh_config_(registry.mesh_config), service_(service), port_(port) {}

    /// Whoever is passed through on the whole, is so by subset.
    [[nodiscard]] json::object build_subset(const std::string& name, const json::object& policy,
                                            const json::object& whole) const {
        const bool is_passthrough = text_in(&whole, "type") == "ORIGINAL_DST";
        return build(name, policy, is_passthrough ? Resolution::Passthrough : service_.resolution);
    }

    [[nodiscard]] json::object build(const std::string& name, const json::object& policy) const {
        return build(name, policy, service_.resolution);
    }

private:
    [[nodiscard]] json::object build(const std::string& name, const json::object& policy,
                                     Resolution resolution) const {
        json::object cluster{{"name", name}};
        const bool is_passthrough = resolution == Resolution::Passthrough;
        cluster["type"] = is_passthrough ? "ORIGINAL_DST" : "EDS";
        cluster["common_lb_config"] = json::object{};
        ProtocolOptions options;
        if (is_http2(port_.protocol)) {
            options.speak_http2();
        } else if (port_.protocol == Protocol::Unsupported) {
            options.speak_as_client();
        }
        const json::object* pool = message_in(&policy, "connectionPool");
        const json::object* http = message_in(pool, "http");
        if (is_upgraded(mesh_config_, http, port_.protocol)) {
            options.speak_http2();
        }
        set_limits(pool, message_in(&policy, "retryBudget"), cluster);
        const json::object* tcp = message_in(pool, "tcp");
        const json::object* timeout = field(tcp, "connectTimeout") != nullptr ? tcp : &mesh_config_;
        cluster["connect_timeout"] = proto_duration(
            duration_in(timeout, "connectTimeout").value_or(std::chrono::seconds{10}));
        set_keepalive(message_in(&mesh_config_, "tcpKeepalive"), cluster);
        set_keepalive(message_in(tcp, "tcpKeepalive"), cluster);
        set_pool_options(pool, options);
        if (flag_in(http, "useClientProtocol")) {
            options.speak_as_client();
        }
        set_server_names(message_in(&policy, "tls"), options);
        set_outliers_and_balancer(policy, cluster);
        options.put_into(cluster);
        finish(name, cluster);
        return cluster;
    }

    void set_outliers_and_balancer(const json::object& policy, json::object& cluster) const {
        json::object& common = cluster["common_lb_config"].as_object();
        const json::object* outliers = message_in(&policy, "outlierDetection");
        double threshold = 0;
        if (outliers != nullptr) {
            cluster["outlier_detection"] = outlier_detection(*outliers);
            const bool sends_unready = service_.traffic_distribution != TrafficDistribution::Any;
            threshold = sends_unready ? 0 : number_in(outliers, "minHealthPercent");
        }
        if (threshold >= 0) {
            common["healthy_panic_threshold"] = percent(threshold);
        }
        const json::object* balancer = message_in(&policy, "loadBalancer");
        set_localities(balancer, outliers != nullptr, common);
        if (text_in(&cluster, "type") == "ORIGINAL_DST") {
            cluster["lb_policy"] = "CLUSTER_PROVIDED";
            return;
        }
        set_balancer(balancer, cluster);
    }

    void set_localities(const json::object* balancer, bool has_outliers,
                        json::object& common) const {
        const LocalitySettings settings = locality_settings(mesh_config_, balancer, service_);
        const json::object* setting = settings.is_set ? &settings.setting : nullptr;
        if (settings.is_zone_aware) {
            json::object made;
            if (!is_enabled(settings.setting)) {
                made["routing_enabled"] = json::object{};
            }
            if (field(setting, "minClusterSize") != nullptr) {
                made["min_cluster_size"] = std::to_string(integer_in(setting, "minClusterSize"));
            }
            common["zone_aware_lb_config"] = std::move(made);
            return;
        }
        const auto has = [&](std::string_view name) {
            const json::array* list = list_in(setting, name);
            return list != nullptr && !list->empty();
        };
        const bool fails_over = settings.forces_failover || has_outliers;
        if ((fails_over && (has("failover") || has("failoverPriority"))) || has("distribute")) {
            common["locality_weighted_lb_config"] = json::object{};
        }
    }

    static void finish(const std::string& name, json::object& cluster) {
        if (cluster.at("type").as_string() == "ORIGINAL_DST") {
            cluster["lb_policy"] = "CLUSTER_PROVIDED";
        } else {
            cluster["eds_cluster_config"] = {{"service_name", name},
                                             {"eds_config",
                                              {{"ads", json::object{}},
                                               {"initial_fetch_timeout", "0s"},
                                               {"resource_api_version", "V3"}}}};
        }
        if (cluster.at("common_lb_config").as_object().empty()) {
            cluster["common_lb_config"] = json::object{};
        }
    }

    const json::object& mesh_config_;
    const IstioService& service_;
    const ServicePort& port_;
};

json::object distribution_setting(TrafficDistribution distribution) {
    json::array priority{"topology.istio.io/network", "topology.kubernetes.io/region",
                         "topology.kubernetes.io/zone"};
    if (distribution == TrafficDistribution::PreferSameNode) {
        priority.emplace_back("topology.istio.io/subzone");
        priority.emplace_back("kubernetes.io/hostname");
    }
    return {{"enabled", true}, {"failoverPriority", std::move(priority)}};
}

}  // namespace

bool is_enabled(const json::object& setting) {
    return field(&setting, "enabled") == nullptr || flag_in(&setting, "enabled");
}

// The rule's own setting, then what the Service asks for, then the mesh's.
LocalitySettings locality_settings(const json::object& mesh_config,
                                   const json::object* load_balancer, const IstioService& service) {
    const auto zone_aware = [](const json::object& setting) {
        return LocalitySettings{.is_set = true,
                                .setting = setting,
                                .is_zone_aware = true,
                                .forces_failover = is_enabled(setting)};
    };
    if (const json::object* setting = message_in(load_balancer, "zoneAwareLbSetting")) {
        return zone_aware(*setting);
    }
    if (const json::object* setting = message_in(load_balancer, "localityLbSetting")) {
        return is_enabled(*setting) ? LocalitySettings{.is_set = true, .setting = *setting}
                                    : LocalitySettings{};
    }
    if (service.traffic_distribution != TrafficDistribution::Any) {
        return {.is_set = true,
                .setting = distribution_setting(service.traffic_distribution),
                .forces_failover = true};
    }
    if (const json::object* setting = message_in(&mesh_config, "zoneAwareLbSetting")) {
        return zone_aware(*setting);
    }
    const json::object* setting = message_in(&mesh_config, "localityLbSetting");
    if (setting != nullptr && !is_enabled(*setting)) {
        return {};
    }
    return {.is_set = true, .setting = setting == nullptr ? json::object{} : *setting};
}

json::object clusters_for(const SidecarScope& scope, const Registry& registry) {
    json::object all;
    for (const ServicePtr& service : scope.services()) {
        const json::object* rule = scope.rule_spec(service->hostname);
        const json::object* top = message_in(rule, "trafficPolicy");
        for (const ServicePort& port : service->ports) {
            if (port.protocol == Protocol::Udp) {
                continue;
            }
            const ClusterBuilder builder{registry, *service, port};
            const json::object base =
                with_mesh_defaults(subset_policy(top, nullptr, port.port), registry.mesh_config);
            const std::string name = cluster_name(port.port, "", service->hostname);
            const json::object whole = builder.build(name, base);
            all.emplace(name, whole);
            for (const json::object* subset : messages_in(rule, "subsets")) {
                const std::string own =
                    cluster_name(port.port, text_in(subset, "name"), service->hostname);
                const json::object* given = message_in(subset, "trafficPolicy");
                all.emplace(
                    own, builder.build_subset(own, subset_policy(&base, given, port.port), whole));
            }
        }
    }
    return all;
}

}  // namespace wavetank::istio
