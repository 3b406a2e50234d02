#include "fidelity/envoy/proxy_config.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::uint32_t count_in(const object& from, std::string_view member, std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(number_or(from, member, otherwise));
}

void read_back_off(const object& from, mesh::RetryPolicy& policy) {
    if (const value* back_off = from.if_contains("retry_back_off")) {
        const object& given = back_off->as_object();
        only_members(given, "retry_back_off", {"base_interval", "max_interval"});
        policy.base_interval = duration_in(given, "base_interval", policy.base_interval);
        policy.max_interval = duration_in(given, "max_interval");
    }
    if (const value* limited = from.if_contains("rate_limited_retry_back_off")) {
        const object& given = limited->as_object();
        only_members(given, "rate_limited_retry_back_off", {"reset_headers", "max_interval"});
        policy.rate_limited_max_interval =
            duration_in(given, "max_interval", policy.rate_limited_max_interval);
        for (const value& each : given.at("reset_headers").as_array()) {
            const value* format = each.as_object().if_contains("format");
            if (format != nullptr && format->as_string() == "UNIX_TIMESTAMP") {
                throw NotModelled{"the civil time of the recording"};
            }
            policy.reset_headers.push_back({.name = std::string{each.at("name").as_string()}});
        }
    }
}

mesh::RetryPolicy read_retry_policy(const object& from) {
    only_members(from, "retry_policy",
                 {"retry_on", "num_retries", "retry_back_off", "per_try_timeout",
                  "per_try_idle_timeout", "retriable_status_codes", "retriable_headers",
                  "retriable_request_headers", "rate_limited_retry_back_off",
                  "retry_host_predicate", "host_selection_retry_max_attempts", "retry_priority"});
    mesh::RetryPolicy policy;
    if (const value* conditions = from.if_contains("retry_on")) {
        policy.retry_on = conditions->as_string();
    }
    policy.num_retries = static_cast<std::uint32_t>(number_or(from, "num_retries", 1));
    policy.per_try_timeout = duration_in(from, "per_try_timeout");
    policy.per_try_idle_timeout = duration_in(from, "per_try_idle_timeout");
    policy.retriable_headers = read_header_matchers(from, "retriable_headers");
    policy.retriable_request_headers = read_header_matchers(from, "retriable_request_headers");
    if (const value* codes = from.if_contains("retriable_status_codes")) {
        for (const value& code : codes->as_array()) {
            policy.retriable_status_codes.push_back(code.to_number<std::uint16_t>());
        }
    }
    read_back_off(from, policy);
    if (const value* predicates = from.if_contains("retry_host_predicate")) {
        for (const value& each : predicates->as_array()) {
            if (each.at("name").as_string() != "envoy.retry_host_predicates.previous_hosts") {
                throw NotModelled{std::string{each.at("name").as_string()}};
            }
            policy.previous_hosts = true;
        }
    }
    policy.host_selection_retry_max_attempts =
        static_cast<std::uint32_t>(number_or(from, "host_selection_retry_max_attempts", 1));
    if (const value* priority = from.if_contains("retry_priority")) {
        policy.previous_priorities_update_frequency = static_cast<std::uint32_t>(
            number_of(priority->at("typed_config").at("update_frequency")));
    }
    return policy;
}

void read_threshold(const object& from, mesh::Thresholds& limits) {
    only_members(from, "thresholds",
                 {"priority", "max_connections", "max_pending_requests", "max_requests",
                  "max_retries", "retry_budget", "track_remaining", "max_connection_pools"});
    limits.max_connections = count_in(from, "max_connections", limits.max_connections);
    limits.max_pending_requests =
        count_in(from, "max_pending_requests", limits.max_pending_requests);
    limits.max_requests = count_in(from, "max_requests", limits.max_requests);
    limits.max_retries = count_in(from, "max_retries", limits.max_retries);
    if (from.contains("max_connection_pools")) {
        limits.max_connection_pools = count_in(from, "max_connection_pools", 0);
    }
    limits.track_remaining = flag_in(from, "track_remaining");
    if (const value* budget = from.if_contains("retry_budget")) {
        only_members(budget->as_object(), "retry_budget",
                     {"budget_percent", "min_retry_concurrency"});
        mesh::RetryBudget& read = limits.retry_budget.emplace();
        read.budget_percent = number_or(budget->as_object(), "budget_percent", read.budget_percent);
        read.min_retry_concurrency =
            count_in(budget->as_object(), "min_retry_concurrency", read.min_retry_concurrency);
    }
}

bool is_of_high_priority(const object& from) {
    const value* priority = from.if_contains("priority");
    return priority != nullptr && priority->as_string() == "HIGH";
}

void read_circuit_breakers(const object& from, ClusterOptions& options) {
    only_members(from, "circuit_breakers", {"thresholds", "per_host_thresholds"});
    if (const value* thresholds = from.if_contains("thresholds")) {
        for (const value& each : thresholds->as_array()) {
            read_threshold(each.as_object(), is_of_high_priority(each.as_object())
                                                 ? options.high_thresholds
                                                 : options.default_thresholds);
        }
    }
    if (const value* per_host = from.if_contains("per_host_thresholds")) {
        for (const value& each : per_host->as_array()) {
            only_members(each.as_object(), "per_host_thresholds", {"priority", "max_connections"});
            std::uint32_t& most = is_of_high_priority(each.as_object())
                                      ? options.high_connections_per_host
                                      : options.default_connections_per_host;
            most = count_in(each.as_object(), "max_connections", most);
        }
    }
}

void read_protocol(const object& from, mesh::ConnPoolOptions& pool) {
    only_members(from, "http_protocol_options",
                 {"common_http_protocol_options", "explicit_http_config"});
    const object common = object_or_empty(from, "common_http_protocol_options");
    only_members(common, "common_http_protocol_options",
                 {"max_requests_per_connection", "idle_timeout", "max_connection_duration"});
    pool.max_requests_per_connection = count_in(common, "max_requests_per_connection", 0);
    pool.idle_timeout = duration_in(common, "idle_timeout", pool.idle_timeout);
    pool.max_connection_duration = duration_in(common, "max_connection_duration");
    const object http = object_or_empty(from, "explicit_http_config");
    only_members(http, "explicit_http_config", {"http_protocol_options", "http2_protocol_options"});
    if (const value* http2 = http.if_contains("http2_protocol_options")) {
        only_members(http2->as_object(), "http2_protocol_options", {"max_concurrent_streams"});
        pool.http = mesh::HttpVersion::Http2;
        pool.max_concurrent_streams =
            count_in(http2->as_object(), "max_concurrent_streams", pool.max_concurrent_streams);
    }
}

mesh::OutlierDetection read_outlier_detection(const object& from) {
    mesh::OutlierDetection read;
    const std::initializer_list<std::pair<std::string_view, std::uint32_t*>> numbers{
        {"consecutive_5xx", &read.consecutive_5xx},
        {"max_ejection_percent", &read.max_ejection_percent},
        {"enforcing_consecutive_5xx", &read.enforcing_consecutive_5xx},
        {"enforcing_success_rate", &read.enforcing_success_rate},
        {"success_rate_minimum_hosts", &read.success_rate_minimum_hosts},
        {"success_rate_request_volume", &read.success_rate_request_volume},
        {"success_rate_stdev_factor", &read.success_rate_stdev_factor},
        {"consecutive_gateway_failure", &read.consecutive_gateway_failure},
        {"enforcing_consecutive_gateway_failure", &read.enforcing_consecutive_gateway_failure},
        {"consecutive_local_origin_failure", &read.consecutive_local_origin_failure},
        {"enforcing_consecutive_local_origin_failure",
         &read.enforcing_consecutive_local_origin_failure},
        {"enforcing_local_origin_success_rate", &read.enforcing_local_origin_success_rate},
        {"failure_percentage_threshold", &read.failure_percentage_threshold},
        {"enforcing_failure_percentage", &read.enforcing_failure_percentage},
        {"enforcing_failure_percentage_local_origin",
         &read.enforcing_failure_percentage_local_origin},
        {"failure_percentage_minimum_hosts", &read.failure_percentage_minimum_hosts},
        {"failure_percentage_request_volume", &read.failure_percentage_request_volume}};
    object rest = from;
    for (const auto& [name, number] : numbers) {
        *number = count_in(from, name, *number);
        rest.erase(name);
    }
    only_members(rest, "outlier_detection",
                 {"interval", "base_ejection_time", "max_ejection_time", "max_ejection_time_jitter",
                  "split_external_local_origin_errors", "always_eject_one_host",
                  "successful_active_health_check_uneject_host"});
    read.interval = duration_in(from, "interval", read.interval);
    read.base_ejection_time = duration_in(from, "base_ejection_time", read.base_ejection_time);
    read.max_ejection_time = duration_in(from, "max_ejection_time");
    read.max_ejection_time_jitter =
        duration_in(from, "max_ejection_time_jitter", read.max_ejection_time_jitter);
    read.split_external_local_origin_errors = flag_in(from, "split_external_local_origin_errors");
    read.always_eject_one_host = flag_in(from, "always_eject_one_host");
    read.successful_active_health_check_uneject_host =
        flag_in(from, "successful_active_health_check_uneject_host", true);
    if (const auto valid = mesh::validate(read); !valid) {
        throw std::runtime_error{valid.error().message};
    }
    return read;
}

std::vector<mesh::StatusRange> read_status_ranges(const object& from, std::string_view member) {
    std::vector<mesh::StatusRange> read;
    if (const value* listed = from.if_contains(member)) {
        for (const value& each : listed->as_array()) {
            read.push_back({.start = static_cast<std::uint32_t>(number_of(each.at("start"))),
                            .end = static_cast<std::uint32_t>(number_of(each.at("end")))});
        }
    }
    return read;
}

mesh::HealthCheck read_health_check(const object& from) {
    only_members(
        from, "health_checks",
        {"timeout", "interval", "initial_jitter", "interval_jitter", "interval_jitter_percent",
         "unhealthy_threshold", "healthy_threshold", "reuse_connection", "http_health_check",
         "tcp_health_check", "no_traffic_interval", "unhealthy_interval", "unhealthy_edge_interval",
         "healthy_edge_interval", "no_traffic_healthy_interval", "always_log_health_check_failures",
         "always_log_health_check_success"});
    mesh::HealthCheck read;
    read.timeout = duration_in(from, "timeout", read.timeout);
    read.interval = duration_in(from, "interval", read.interval);
    read.initial_jitter = duration_in(from, "initial_jitter", read.initial_jitter);
    read.interval_jitter = duration_in(from, "interval_jitter", read.interval_jitter);
    read.interval_jitter_percent = count_in(from, "interval_jitter_percent", 0);
    read.unhealthy_threshold = count_in(from, "unhealthy_threshold", read.unhealthy_threshold);
    read.healthy_threshold = count_in(from, "healthy_threshold", read.healthy_threshold);
    read.reuse_connection = flag_in(from, "reuse_connection", true);
    read.no_traffic_interval = duration_in(from, "no_traffic_interval", read.no_traffic_interval);
    read.unhealthy_interval = duration_in(from, "unhealthy_interval");
    read.unhealthy_edge_interval = duration_in(from, "unhealthy_edge_interval");
    read.healthy_edge_interval = duration_in(from, "healthy_edge_interval");
    read.no_traffic_healthy_interval = duration_in(from, "no_traffic_healthy_interval");
    read.always_log_health_check_failures = flag_in(from, "always_log_health_check_failures");
    read.always_log_health_check_success = flag_in(from, "always_log_health_check_success");
    if (const value* http = from.if_contains("http_health_check")) {
        only_members(http->as_object(), "http_health_check",
                     {"path", "expected_statuses", "retriable_statuses"});
        read.http_health_check = mesh::HttpHealthCheck{
            .path = std::string{http->at("path").as_string()},
            .expected_statuses = read_status_ranges(http->as_object(), "expected_statuses"),
            .retriable_statuses = read_status_ranges(http->as_object(), "retriable_statuses")};
    } else {
        only_members(object_or_empty(from, "tcp_health_check"), "tcp_health_check", {});
    }
    return read;
}

}  // namespace

Duration duration_in(const object& from, std::string_view member, Duration otherwise) {
    return duration_in(from, member).value_or(otherwise);
}

std::optional<Duration> duration_in(const object& from, std::string_view member) {
    const value* found = from.if_contains(member);
    return found == nullptr
               ? std::nullopt
               : std::optional{parse_duration(std::string{found->as_string()}).value()};
}

bool flag_in(const object& from, std::string_view member, bool otherwise) {
    const value* found = from.if_contains(member);
    return found == nullptr ? otherwise : found->as_bool();
}

object object_or_empty(const object& from, std::string_view member) {
    const value* found = from.if_contains(member);
    return found == nullptr ? object{} : found->as_object();
}

namespace {

// "<1000 times v>" stands for so many of that letter.
std::string repeated(const std::string& text) {
    constexpr std::string_view times = " times ";
    const std::size_t found = text.find(times);
    if (!text.starts_with('<') || !text.ends_with('>') || found == std::string::npos) {
        return text;
    }
    return std::string(std::stoul(text.substr(1, found - 1)), text.at(found + times.size()));
}

}  // namespace

mesh::Headers headers_in(const value& from) {
    mesh::Headers headers;
    const auto add = [&](std::string name, const value& text) {
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        headers[name] = repeated(std::string{text.as_string()});
    };
    if (const array* pairs = from.if_array()) {
        for (const value& pair : *pairs) {
            add(std::string{pair.at(0).as_string()}, pair.at(1));
        }
    } else {
        for (const auto& [name, text] : from.as_object()) {
            add(std::string{name}, text);
        }
    }
    return headers;
}

std::vector<mesh::RetryHeader> read_header_matchers(const object& from, std::string_view member) {
    std::vector<mesh::RetryHeader> read;
    if (const value* listed = from.if_contains(member)) {
        for (const value& each : listed->as_array()) {
            const object& matcher = each.as_object();
            only_members(matcher, member,
                         {"name", "present_match", "invert_match", "string_match", "exact_match"});
            mesh::RetryHeader& made = read.emplace_back();
            made.name = matcher.at("name").as_string();
            if (const value* match = matcher.if_contains("string_match")) {
                only_members(match->as_object(), "string_match", {"exact"});
                made.exact = match->at("exact").as_string();
            } else if (const value* exact = matcher.if_contains("exact_match")) {
                made.exact = exact->as_string();
            }
            if (const value* invert = matcher.if_contains("invert_match")) {
                made.invert_match = invert->as_bool();
            }
            if (const value* present = matcher.if_contains("present_match")) {
                made.invert_match = made.invert_match != !present->as_bool();
            }
        }
    }
    return read;
}

ClusterOptions read_cluster_options(const object& cluster) {
    ClusterOptions options;
    options.pool.connect_timeout = duration_in(cluster, "connect_timeout", std::chrono::seconds{1});
    if (const value* breakers = cluster.if_contains("circuit_breakers")) {
        read_circuit_breakers(breakers->as_object(), options);
    }
    read_protocol(object_or_empty(cluster, "http_protocol_options"), options.pool);
    const object preconnect = object_or_empty(cluster, "preconnect_policy");
    only_members(preconnect, "preconnect_policy", {"per_upstream_preconnect_ratio"});
    options.pool.per_upstream_preconnect_ratio =
        static_cast<float>(number_or(preconnect, "per_upstream_preconnect_ratio", 1));
    if (const value* outlier = cluster.if_contains("outlier_detection")) {
        options.outlier_detection = read_outlier_detection(outlier->as_object());
    }
    if (const value* checks = cluster.if_contains("health_checks")) {
        if (checks->as_array().size() != 1) {
            throw NotModelled{"several health_checks"};
        }
        options.health_check = read_health_check(checks->at(0).as_object());
    }
    options.update_merge_window = duration_in(object_or_empty(cluster, "common_lb_config"),
                                              "update_merge_window", options.update_merge_window);
    options.ignore_new_hosts_until_first_hc =
        flag_in(object_or_empty(cluster, "common_lb_config"), "ignore_new_hosts_until_first_hc");
    return options;
}

object picking_members(const object& cluster) {
    object rest = cluster;
    for (const std::string_view member :
         {"circuit_breakers", "connect_timeout", "http_protocol_options", "preconnect_policy",
          "outlier_detection", "health_checks"}) {
        rest.erase(member);
    }
    if (value* common = rest.if_contains("common_lb_config")) {
        common->as_object().erase("ignore_new_hosts_until_first_hc");
    }
    return rest;
}

RouteOptions read_route_options(const object& config) {
    const object route = object_or_empty(config, "route");
    only_members(route, "route",
                 {"retry_policy", "timeout", "idle_timeout", "priority", "hedge_policy",
                  "per_request_buffer_limit_bytes"});
    RouteOptions options;
    options.timeout = duration_in(route, "timeout", options.timeout);
    options.idle_timeout = duration_in(route, "idle_timeout");
    options.has_high_priority = is_of_high_priority(route);
    options.is_internal = flag_in(config, "downstream_internal");
    const object host = object_or_empty(config, "virtual_host");
    only_members(
        host, "virtual_host",
        {"retry_policy", "include_request_attempt_count", "include_attempt_count_in_response",
         "hedge_policy", "per_request_buffer_limit_bytes"});
    for (const object* each : {&host, &route}) {
        options.request_buffer_limit = static_cast<std::uint64_t>(
            number_or(*each, "per_request_buffer_limit_bytes",
                      static_cast<double>(options.request_buffer_limit)));
    }
    const value* policy = route.if_contains("retry_policy");
    policy = policy == nullptr ? host.if_contains("retry_policy") : policy;
    if (policy != nullptr) {
        options.retry_policy = read_retry_policy(policy->as_object());
    }
    const value* hedge = route.if_contains("hedge_policy");
    hedge = hedge == nullptr ? host.if_contains("hedge_policy") : hedge;
    if (hedge != nullptr) {
        only_members(hedge->as_object(), "hedge_policy", {"hedge_on_per_try_timeout"});
        options.hedge_on_per_try_timeout = flag_in(hedge->as_object(), "hedge_on_per_try_timeout");
    }
    return options;
}

}  // namespace wavetank::fidelity
