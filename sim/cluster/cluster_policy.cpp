#include "sim/cluster/cluster_policy.hpp"

#include "sim/cluster/envoy_words.hpp"

#include <wavetank/base/time.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

// What Istio's clusters have where nobody says otherwise.
constexpr Duration istio_connect_timeout = std::chrono::seconds{10};

// Null if it is absent.
const json::object* part_of(const json::object* object, std::string_view name) {
    const json::value* value = object != nullptr ? object->if_contains(name) : nullptr;
    return value != nullptr ? value->if_object() : nullptr;
}

// Of proto JSON: a number, or its wrapper.
double number_of(const json::object& object, std::string_view name, double by_default) {
    const json::value* value = object.if_contains(name);
    return value != nullptr ? proto_number(*value).value_or(by_default) : by_default;
}

bool flag_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
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

// What is said of the cluster's connections, if that is anything but how many there may be: their
// times, how many requests they carry. Then they count, too.
std::optional<mesh::ConnPoolOptions> read_connections(const json::object& cluster) {
    mesh::ConnPoolOptions read;
    take_duration(cluster, "connect_timeout", read.connect_timeout);
    bool is_said = read.connect_timeout != istio_connect_timeout;
    const json::object* extensions = part_of(&cluster, "typed_extension_protocol_options");
    const json::object* options =
        part_of(extensions, "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
    if (const json::object* common = part_of(options, "common_http_protocol_options")) {
        is_said = true;
        take_count(*common, "max_requests_per_connection", read.max_requests_per_connection);
        take_duration(*common, "idle_timeout", read.idle_timeout);
        Duration longest{};
        take_duration(*common, "max_connection_duration", longest);
        if (longest > Duration::zero()) {
            read.max_connection_duration = longest;
        }
    }
    if (const json::object* http2 =
            part_of(part_of(options, "explicit_http_config"), "http2_protocol_options")) {
        read.http = mesh::HttpVersion::Http2;
        take_count(*http2, "max_concurrent_streams", read.max_concurrent_streams);
    }
    return is_said ? std::optional{read} : std::nullopt;
}

mesh::SlowStartConfig read_slow_start(const json::object& cluster, std::string_view of) {
    mesh::SlowStartConfig read;
    if (const json::object* given = part_of(part_of(&cluster, of), "slow_start_config")) {
        take_duration(*given, "slow_start_window", read.slow_start_window);
        if (const json::object* aggression = part_of(given, "aggression")) {
            read.aggression = number_of(*aggression, "default_value", read.aggression);
        }
        if (const json::object* least = part_of(given, "min_weight_percent")) {
            read.min_weight_percent = number_of(*least, "value", 0);
        }
    }
    return read;
}

void take_size(const json::object& cluster, std::string_view of, std::string_view name,
               std::uint64_t& size) {
    const json::object* given = part_of(&cluster, of);
    const json::value* value = given != nullptr ? given->if_contains(name) : nullptr;
    if (value != nullptr && value->is_string()) {
        const std::string_view text{value->get_string()};
        std::from_chars(text.data(), text.data() + text.size(), size);
    } else if (given != nullptr) {
        size = static_cast<std::uint64_t>(number_of(*given, name, static_cast<double>(size)));
    }
}

// A percentage that is there without a value is 0.
mesh::ZoneAwareLbConfig read_zone_awareness(const json::object& cluster) {
    mesh::ZoneAwareLbConfig read;
    const json::object* common = part_of(&cluster, "common_lb_config");
    if (const json::object* given = part_of(common, "zone_aware_lb_config")) {
        if (const json::object* enabled = part_of(given, "routing_enabled")) {
            read.routing_enabled = number_of(*enabled, "value", 0);
        }
        take_size(*common, "zone_aware_lb_config", "min_cluster_size", read.min_cluster_size);
        read.fail_traffic_on_panic = flag_in(*given, "fail_traffic_on_panic");
        read.force_locality_direct_routing = flag_in(*given, "force_locality_direct_routing");
    }
    return read;
}

double read_panic_threshold(const json::object& cluster, double by_default) {
    const json::object* threshold =
        part_of(part_of(&cluster, "common_lb_config"), "healthy_panic_threshold");
    return threshold != nullptr ? number_of(*threshold, "value", 0) : by_default;
}

// As Envoy's `Grpc::Utility::grpcToHttpStatus`.
std::uint32_t http_status_of(std::uint32_t grpc_status) {
    constexpr std::uint32_t statuses[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                          400, 409, 400, 501, 500, 503, 500, 401};
    return grpc_status < std::size(statuses) ? statuses[grpc_status] : 500;
}

// What is wrong with it was told before.
template <class Read>
auto read_fields(const json::object& given, Read read) {
    ProtoProblems problems;
    ProtoFields fields{given, "", problems};
    return read(fields);
}

mesh::FractionalPercent fraction_of(const json::object* given) {
    return given != nullptr ? read_fields(*given, read_fraction) : mesh::FractionalPercent{};
}

std::optional<mesh::HealthCheck> read_health_checks(const json::object& cluster) {
    const json::value* checks = cluster.if_contains("health_checks");
    if (checks == nullptr || checks->as_array().empty()) {
        return std::nullopt;
    }
    return read_fields(checks->as_array().front().as_object(), read_health_check);
}

}  // namespace

void read_cluster(const json::object& cluster, mesh::RoutePolicy& policy) {
    policy.thresholds = read_thresholds(cluster);
    policy.connection_pool = read_connections(cluster);
    if (!policy.connection_pool && (policy.thresholds.max_connections != no_limit ||
                                    policy.thresholds.max_pending_requests != no_limit)) {
        policy.connection_pool = mesh::ConnPoolOptions{.connect_timeout = istio_connect_timeout};
    }
    if (const json::object* given = part_of(&cluster, "outlier_detection")) {
        policy.outlier_detection = read_fields(*given, read_outlier_detection);
    }
    policy.healthy_panic_threshold = read_panic_threshold(cluster, policy.healthy_panic_threshold);
    policy.health_check = read_health_checks(cluster);
    policy.ignore_health_on_host_removal = flag_in(cluster, "ignore_health_on_host_removal");
    if (const json::value* type = cluster.if_contains("type");
        type != nullptr && *type == "ORIGINAL_DST") {
        // To the address of the Service, so that kube-proxy picks for each connection.
        constexpr Duration idle_timeout = std::chrono::hours{1};
        policy.kube_proxy = mesh::KubeProxyPolicy{.keep_alive = idle_timeout};
    }
    if (const json::object* common = part_of(&cluster, "common_lb_config")) {
        take_duration(*common, "update_merge_window", policy.update_merge_window);
        policy.ignore_new_hosts_until_first_hc =
            flag_in(*common, "ignore_new_hosts_until_first_hc");
    }
}

std::optional<mesh::ClusterLbConfig> read_load_balancing(const json::object& cluster) {
    const json::value* name = cluster.if_contains("lb_policy");
    const std::string_view policy =
        name != nullptr ? std::string_view{name->as_string()} : "ROUND_ROBIN";
    constexpr std::pair<std::string_view, mesh::LbPolicy> known[] = {
        {"ROUND_ROBIN", mesh::LbPolicy::RoundRobin},
        {"LEAST_REQUEST", mesh::LbPolicy::LeastRequest},
        {"RANDOM", mesh::LbPolicy::Random},
        {"RING_HASH", mesh::LbPolicy::RingHash},
        {"MAGLEV", mesh::LbPolicy::Maglev}};
    const auto* const found =
        std::ranges::find(known, policy, &std::pair<std::string_view, mesh::LbPolicy>::first);
    if (found == std::end(known)) {
        return std::nullopt;
    }
    mesh::ClusterLbConfig read{.lb_policy = found->second};
    read.round_robin_lb_config.slow_start_config =
        read_slow_start(cluster, "round_robin_lb_config");
    read.least_request_lb_config.slow_start_config =
        read_slow_start(cluster, "least_request_lb_config");
    take_size(cluster, "ring_hash_lb_config", "minimum_ring_size",
              read.ring_hash_lb_config.minimum_ring_size);
    take_size(cluster, "maglev_lb_config", "table_size", read.maglev_lb_config.table_size);
    read.common_lb_config.healthy_panic_threshold =
        read_panic_threshold(cluster, read.common_lb_config.healthy_panic_threshold);
    read.common_lb_config.zone_aware_lb_config = read_zone_awareness(cluster);
    const json::object* common = part_of(&cluster, "common_lb_config");
    read.common_lb_config.locality_weighted_lb_config =
        part_of(common, "locality_weighted_lb_config") != nullptr;
    return mesh::validate(read) ? std::optional{read} : std::nullopt;
}

std::optional<mesh::HttpFault> read_fault(const json::object& filters, RequestProtocol kind) {
    const json::object* given = part_of(&filters, "envoy.filters.http.fault");
    if (given == nullptr) {
        return std::nullopt;
    }
    mesh::HttpFault read;
    if (const json::object* delay = part_of(given, "delay")) {
        Duration length{};
        take_duration(*delay, "fixed_delay", length);
        read.delay = mesh::FaultDelay{.fixed_delay = length,
                                      .percentage = fraction_of(part_of(delay, "percentage"))};
    }
    if (const json::object* abort = part_of(given, "abort")) {
        std::uint32_t status = 0;
        take_count(*abort, "http_status", status);
        if (abort->contains("grpc_status")) {
            std::uint32_t grpc_status = 0;
            take_count(*abort, "grpc_status", grpc_status);
            status = kind == RequestProtocol::Grpc ? http_status_of(grpc_status) : 200;
        }
        read.abort = mesh::FaultAbort{.http_status = static_cast<std::uint16_t>(status),
                                      .percentage = fraction_of(part_of(abort, "percentage"))};
    }
    return read;
}

}  // namespace wavetank::sim
