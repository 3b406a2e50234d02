#include "sim/cluster/envoy_words.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

std::vector<mesh::StatusRange> read_ranges(ProtoFields& fields, std::string_view name) {
    std::vector<mesh::StatusRange> read;
    fields.list(name, [&](ProtoFields& range) {
        mesh::StatusRange& made = read.emplace_back(mesh::StatusRange{.start = 0, .end = 0});
        range.take("start", made.start);
        range.take("end", made.end);
    });
    return read;
}

void look_at_http_check(ProtoFields& http, mesh::HealthCheck& check) {
    mesh::HttpHealthCheck& made = check.http_health_check.emplace();
    http.require("path");
    made.path = http.text("path");
    made.expected_statuses = read_ranges(http, "expected_statuses");
    made.retriable_statuses = read_ranges(http, "retriable_statuses");
    http.no_effect({"host", "request_headers_to_add", "request_headers_to_remove", "method"});
    http.pass_over({"codec_client_type"});
}

// What a filter's setting is unless something changes it while Envoy runs.
template <class T>
void take_default(ProtoFields& fields, std::string_view name, T& to) {
    fields.object(name, [&](ProtoFields& runtime) {
        runtime.pass_over({"runtime_key"});
        runtime.take("default_value", to);
    });
}

void take_percent(ProtoFields& fields, std::string_view name, double& to) {
    fields.object(name, [&](ProtoFields& runtime) {
        runtime.pass_over({"runtime_key"});
        runtime.object("default_value", [&](ProtoFields& value) { value.take("value", to); });
    });
}

bool is_enabled(ProtoFields& fields) {
    bool enabled = true;
    take_default(fields, "enabled", enabled);
    return enabled;
}

void take_part(ProtoFields& fields, std::string_view name, mesh::FractionalPercent& to) {
    fields.object(name, [&](ProtoFields& runtime) {
        runtime.pass_over({"runtime_key"});
        runtime.object("default_value", [&](ProtoFields& value) { to = read_fraction(value); });
    });
}

std::optional<mesh::HttpFilter> read_rate_limit(ProtoFields& fields) {
    mesh::LocalRateLimit made;
    fields.pass_over({"stat_prefix", "stage", "enable_x_ratelimit_headers", "vh_rate_limits",
                      "rate_limited_as_resource_exhausted", "always_consume_default_token_bucket"});
    fields.no_effect({"response_headers_to_add", "request_headers_to_add_when_not_enforced"});
    fields.object("status", [&](ProtoFields& status) { status.take("code", made.status); });
    const bool has_bucket = fields.object("token_bucket", [&](ProtoFields& bucket) {
        bucket.require("max_tokens");
        bucket.require("fill_interval");
        bucket.take("max_tokens", made.token_bucket.max_tokens);
        bucket.take("tokens_per_fill", made.token_bucket.tokens_per_fill);
        bucket.take("fill_interval", made.token_bucket.fill_interval);
        if (made.token_bucket.fill_interval < std::chrono::milliseconds{50}) {
            bucket.wrong("fill_interval", "token bucket fill interval must be >= 50ms");
        }
        if (made.token_bucket.max_tokens == 0 || made.token_bucket.tokens_per_fill == 0) {
            bucket.wrong("max_tokens", "value must be greater than 0");
        }
    });
    take_part(fields, "filter_enabled", made.filter_enabled);
    take_part(fields, "filter_enforced", made.filter_enforced);
    if (fields.flag("local_rate_limit_per_downstream_connection").value_or(false)) {
        fields.not_simulated("local_rate_limit_per_downstream_connection");
    }
    return has_bucket ? std::optional{mesh::HttpFilter{.config = made}} : std::nullopt;
}

std::optional<mesh::HttpFilter> read_admission_control(ProtoFields& fields) {
    mesh::AdmissionControl made;
    const bool enabled = is_enabled(fields);
    fields.require("success_criteria");
    fields.object("success_criteria", [&](ProtoFields& criteria) {
        criteria.no_effect({"grpc_criteria"});
        criteria.object("http_criteria", [&](ProtoFields& http) {
            made.http_success_status = read_ranges(http, "http_success_status");
        });
    });
    fields.take("sampling_window", made.sampling_window);
    take_default(fields, "aggression", made.aggression);
    made.aggression = std::max(made.aggression, 1.0);
    take_percent(fields, "sr_threshold", made.sr_threshold);
    take_default(fields, "rps_threshold", made.rps_threshold);
    take_percent(fields, "max_rejection_probability", made.max_rejection_probability);
    if (made.sampling_window < std::chrono::seconds{1}) {
        fields.wrong("sampling_window", "value must be greater than or equal to 1s");
    }
    if (made.sr_threshold < 1) {
        fields.wrong("sr_threshold", "success rate threshold cannot be less than 1.0%");
    }
    return enabled ? std::optional{mesh::HttpFilter{.config = std::move(made)}} : std::nullopt;
}

void take_percent_value(ProtoFields& fields, std::string_view name, double& to) {
    fields.object(name, [&](ProtoFields& percent) { percent.take("value", to); });
}

std::optional<mesh::HttpFilter> read_adaptive_concurrency(ProtoFields& fields) {
    mesh::GradientControllerConfig made;
    const bool enabled = is_enabled(fields);
    fields.object("concurrency_limit_exceeded_status", [&](ProtoFields& status) {
        status.take("code", made.concurrency_limit_exceeded_status);
    });
    fields.require("gradient_controller_config");
    fields.object("gradient_controller_config", [&](ProtoFields& gradient) {
        take_percent_value(gradient, "sample_aggregate_percentile",
                           made.sample_aggregate_percentile);
        gradient.require("concurrency_limit_params");
        gradient.object("concurrency_limit_params", [&](ProtoFields& limits) {
            limits.require("concurrency_update_interval");
            limits.take("max_concurrency_limit", made.max_concurrency_limit);
            limits.take("concurrency_update_interval", made.concurrency_update_interval);
        });
        gradient.require("min_rtt_calc_params");
        gradient.object("min_rtt_calc_params", [&](ProtoFields& rtt) {
            rtt.take("interval", made.min_rtt_interval);
            rtt.take("request_count", made.min_rtt_request_count);
            take_percent_value(rtt, "jitter", made.min_rtt_jitter);
            rtt.take("min_concurrency", made.min_concurrency);
            take_percent_value(rtt, "buffer", made.min_rtt_buffer);
            if (made.min_rtt_interval < std::chrono::milliseconds{1} ||
                made.min_rtt_request_count == 0 || made.min_concurrency == 0) {
                rtt.wrong("interval", "value must be greater than or equal to 1ms");
            }
        });
        if (made.concurrency_update_interval < std::chrono::milliseconds{1}) {
            gradient.wrong("concurrency_limit_params", "value must be greater than 0s");
        }
    });
    return enabled ? std::optional{mesh::HttpFilter{.config = made}} : std::nullopt;
}

std::optional<mesh::HttpFilter> read_filter_of(std::string_view type, ProtoFields& fields) {
    constexpr std::string_view of_filters = "type.googleapis.com/envoy.extensions.filters.http.";
    if (type.starts_with(of_filters)) {
        type.remove_prefix(of_filters.size());
    }
    if (type == "local_ratelimit.v3.LocalRateLimit") {
        return read_rate_limit(fields);
    }
    if (type == "admission_control.v3.AdmissionControl") {
        return read_admission_control(fields);
    }
    if (type == "adaptive_concurrency.v3.AdaptiveConcurrency") {
        return read_adaptive_concurrency(fields);
    }
    fields.not_simulated("@type");
    return std::nullopt;
}

}  // namespace

mesh::HealthCheck read_health_check(ProtoFields& fields) {
    mesh::HealthCheck made;
    for (const char* const name :
         {"timeout", "interval", "unhealthy_threshold", "healthy_threshold"}) {
        fields.require(name);
    }
    fields.take("timeout", made.timeout);
    fields.take("interval", made.interval);
    fields.take("initial_jitter", made.initial_jitter);
    fields.take("interval_jitter", made.interval_jitter);
    fields.take("interval_jitter_percent", made.interval_jitter_percent);
    fields.take("unhealthy_threshold", made.unhealthy_threshold);
    fields.take("healthy_threshold", made.healthy_threshold);
    fields.take("reuse_connection", made.reuse_connection);
    const bool over_http = fields.object(
        "http_health_check", [&](ProtoFields& http) { look_at_http_check(http, made); });
    const bool over_grpc = fields.object("grpc_health_check", [&](ProtoFields& grpc) {
        made.http_health_check.emplace();
        grpc.no_effect({"service_name", "authority", "initial_metadata"});
    });
    const bool over_tcp = fields.object("tcp_health_check", [](ProtoFields&) {});
    if (!over_http && !over_grpc && !over_tcp) {
        fields.wrong("http_health_check", "one of the kinds of checks is required");
    }
    fields.take("no_traffic_interval", made.no_traffic_interval);
    const std::pair<const char*, std::optional<Duration>*> intervals[] = {
        {"no_traffic_healthy_interval", &made.no_traffic_healthy_interval},
        {"unhealthy_interval", &made.unhealthy_interval},
        {"unhealthy_edge_interval", &made.unhealthy_edge_interval},
        {"healthy_edge_interval", &made.healthy_edge_interval}};
    for (const auto& [name, interval] : intervals) {
        *interval = fields.duration(name);
    }
    fields.pass_over({"event_log_path", "event_logger", "event_service",
                      "always_log_health_check_failures", "always_log_health_check_success"});
    for (const Duration interval : {made.timeout, made.interval}) {
        if (interval <= Duration::zero()) {
            fields.wrong("interval", "value must be greater than 0s");
        }
    }
    return made;
}

mesh::OutlierDetection read_outlier_detection(ProtoFields& fields) {
    mesh::OutlierDetection made;
    const std::pair<const char*, std::uint32_t*> counts[] = {
        {"consecutive_5xx", &made.consecutive_5xx},
        {"max_ejection_percent", &made.max_ejection_percent},
        {"enforcing_consecutive_5xx", &made.enforcing_consecutive_5xx},
        {"enforcing_success_rate", &made.enforcing_success_rate},
        {"success_rate_minimum_hosts", &made.success_rate_minimum_hosts},
        {"success_rate_request_volume", &made.success_rate_request_volume},
        {"success_rate_stdev_factor", &made.success_rate_stdev_factor},
        {"consecutive_gateway_failure", &made.consecutive_gateway_failure},
        {"enforcing_consecutive_gateway_failure", &made.enforcing_consecutive_gateway_failure},
        {"consecutive_local_origin_failure", &made.consecutive_local_origin_failure},
        {"enforcing_consecutive_local_origin_failure",
         &made.enforcing_consecutive_local_origin_failure},
        {"enforcing_local_origin_success_rate", &made.enforcing_local_origin_success_rate},
        {"failure_percentage_threshold", &made.failure_percentage_threshold},
        {"enforcing_failure_percentage", &made.enforcing_failure_percentage},
        {"enforcing_failure_percentage_local_origin",
         &made.enforcing_failure_percentage_local_origin},
        {"failure_percentage_minimum_hosts", &made.failure_percentage_minimum_hosts},
        {"failure_percentage_request_volume", &made.failure_percentage_request_volume}};
    for (const auto& [name, count] : counts) {
        fields.take(name, *count);
    }
    fields.take("interval", made.interval);
    fields.take("base_ejection_time", made.base_ejection_time);
    made.max_ejection_time = fields.duration("max_ejection_time");
    fields.take("max_ejection_time_jitter", made.max_ejection_time_jitter);
    fields.take("split_external_local_origin_errors", made.split_external_local_origin_errors);
    fields.take("successful_active_health_check_uneject_host",
                made.successful_active_health_check_uneject_host);
    fields.take("always_eject_one_host", made.always_eject_one_host);
    return made;
}

std::optional<mesh::HttpFilter> read_http_filter(ProtoFields& typed_config) {
    constexpr std::string_view structs[] = {"type.googleapis.com/udpa.type.v1.TypedStruct",
                                            "type.googleapis.com/xds.type.v3.TypedStruct"};
    const std::string type = typed_config.text("@type");
    if (std::ranges::find(structs, type) == std::end(structs)) {
        return read_filter_of(type, typed_config);
    }
    const std::string inner = typed_config.text("type_url");
    std::optional<mesh::HttpFilter> read;
    typed_config.object("value", [&](ProtoFields& value) { read = read_filter_of(inner, value); });
    return read;
}

void look_at_cluster(ProtoFields& cluster) {
    static_cast<void>(cluster.duration("connect_timeout"));
    const std::string policy = cluster.text("lb_policy");
    constexpr std::string_view known[] = {"",       "ROUND_ROBIN", "LEAST_REQUEST",
                                          "RANDOM", "RING_HASH",   "MAGLEV"};
    if (std::ranges::find(known, policy) == std::end(known)) {
        cluster.not_simulated("lb_policy");
    }
    cluster.object("outlier_detection", [](ProtoFields& detection) {
        if (!mesh::validate(read_outlier_detection(detection))) {
            detection.wrong("max_ejection_time", "is refused");
        }
    });
    std::size_t checks = 0;
    cluster.list("health_checks", [&](ProtoFields& check) {
        static_cast<void>(read_health_check(check));
        ++checks;
    });
    if (checks > 1) {
        cluster.wrong("health_checks", "multiple health checks not supported");
    }
    cluster.object("circuit_breakers", [](ProtoFields& breakers) {
        breakers.list("thresholds", [](ProtoFields& limits) {
            for (const char* const name :
                 {"max_connections", "max_pending_requests", "max_requests", "max_retries"}) {
                static_cast<void>(limits.number(name));
            }
            limits.object("retry_budget", [](ProtoFields& budget) {
                double percent = 0;
                take_percent_value(budget, "budget_percent", percent);
                static_cast<void>(budget.number("min_retry_concurrency"));
            });
            limits.pass_over({"track_remaining"});
            if (const std::string priority = limits.text("priority"); priority == "HIGH") {
                limits.not_simulated("priority");
            }
        });
        // A list is merged by adding to it, and of several for one priority Envoy takes the first,
        // which is Istio's.
        breakers.no_effect({"thresholds"});
    });
    static_cast<void>(cluster.flag("ignore_health_on_host_removal"));
    cluster.object("common_lb_config", [](ProtoFields& common) {
        double threshold = 0;
        take_percent_value(common, "healthy_panic_threshold", threshold);
        static_cast<void>(common.duration("update_merge_window"));
        static_cast<void>(common.flag("ignore_new_hosts_until_first_hc"));
        common.object("locality_weighted_lb_config", [](ProtoFields&) {});
        common.object("zone_aware_lb_config", [](ProtoFields& zones) {
            double enabled = 0;
            take_percent_value(zones, "routing_enabled", enabled);
            static_cast<void>(zones.number("min_cluster_size"));
            static_cast<void>(zones.flag("fail_traffic_on_panic"));
            static_cast<void>(zones.flag("force_locality_direct_routing"));
        });
    });
}

}  // namespace wavetank::sim
