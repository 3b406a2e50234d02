#include "sim/cluster/cluster_policy.hpp"

#include <wavetank/base/time.hpp>

#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

// Null if it is absent.
const json::object* part_of(const json::object* object, std::string_view name) {
    const json::value* value = object != nullptr ? object->if_contains(name) : nullptr;
    return value != nullptr ? value->if_object() : nullptr;
}

// Of proto JSON: a number, or its wrapper.
double number_of(const json::object& object, std::string_view name, double by_default) {
    const json::value* value = object.if_contains(name);
    if (value != nullptr && value->is_object()) {
        value = value->get_object().if_contains("value");
    }
    return value != nullptr && value->is_number() ? value->to_number<double>() : by_default;
}

void take_count(const json::object& object, std::string_view name, std::uint32_t& count) {
    count = static_cast<std::uint32_t>(number_of(object, name, count));
}

// Of proto JSON: seconds, as in "0.250s".
void take_duration(const json::object& object, std::string_view name, Duration& duration) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) {
        return;
    }
    if (const auto read = parse_duration(value->get_string())) {
        duration = *read;
    }
}

mesh::Thresholds read_thresholds(const json::object& cluster) {
    mesh::Thresholds read{.max_connections = no_limit,
                          .max_pending_requests = no_limit,
                          .max_requests = no_limit,
                          .max_retries = no_limit};
    const json::object* breakers = part_of(&cluster, "circuit_breakers");
    const json::value* list = breakers != nullptr ? breakers->if_contains("thresholds") : nullptr;
    if (list == nullptr || list->as_array().empty()) {
        return read;
    }
    const json::object& first = list->as_array().front().as_object();
    take_count(first, "max_connections", read.max_connections);
    take_count(first, "max_pending_requests", read.max_pending_requests);
    take_count(first, "max_requests", read.max_requests);
    take_count(first, "max_retries", read.max_retries);
    if (const json::object* given = part_of(&first, "retry_budget")) {
        mesh::RetryBudget& budget = read.retry_budget.emplace();
        budget.budget_percent = number_of(*given, "budget_percent", budget.budget_percent);
        take_count(*given, "min_retry_concurrency", budget.min_retry_concurrency);
    }
    return read;
}

std::uint32_t requests_per_connection(const json::object& cluster) {
    const json::object* extensions = part_of(&cluster, "typed_extension_protocol_options");
    const json::object* options =
        part_of(extensions, "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
    const json::object* common = part_of(options, "common_http_protocol_options");
    return common == nullptr
               ? 0
               : static_cast<std::uint32_t>(number_of(*common, "max_requests_per_connection", 0));
}

mesh::OutlierDetection read_outlier_detection(const json::object& given) {
    mesh::OutlierDetection read;
    take_count(given, "consecutive_5xx", read.consecutive_5xx);
    take_count(given, "enforcing_consecutive_5xx", read.enforcing_consecutive_5xx);
    take_count(given, "consecutive_gateway_failure", read.consecutive_gateway_failure);
    take_count(given, "enforcing_consecutive_gateway_failure",
               read.enforcing_consecutive_gateway_failure);
    take_count(given, "consecutive_local_origin_failure", read.consecutive_local_origin_failure);
    take_count(given, "enforcing_consecutive_local_origin_failure",
               read.enforcing_consecutive_local_origin_failure);
    take_count(given, "enforcing_success_rate", read.enforcing_success_rate);
    take_count(given, "enforcing_local_origin_success_rate",
               read.enforcing_local_origin_success_rate);
    take_count(given, "max_ejection_percent", read.max_ejection_percent);
    take_duration(given, "interval", read.interval);
    take_duration(given, "base_ejection_time", read.base_ejection_time);
    const json::value* split = given.if_contains("split_external_local_origin_errors");
    read.split_external_local_origin_errors =
        split != nullptr && split->is_bool() && split->get_bool();
    return read;
}

}  // namespace

void read_cluster(const json::object& cluster, mesh::RoutePolicy& policy) {
    policy.thresholds = read_thresholds(cluster);
    const std::uint32_t requests = requests_per_connection(cluster);
    if (requests > 0 || policy.thresholds.max_connections != no_limit ||
        policy.thresholds.max_pending_requests != no_limit) {
        policy.connection_pool = mesh::ConnPoolOptions{.max_requests_per_connection = requests};
    }
    if (const json::object* given = part_of(&cluster, "outlier_detection")) {
        policy.outlier_detection = read_outlier_detection(*given);
    }
    if (const json::object* threshold =
            part_of(part_of(&cluster, "common_lb_config"), "healthy_panic_threshold")) {
        policy.healthy_panic_threshold = number_of(*threshold, "value", 0);
    }
}

}  // namespace wavetank::sim
