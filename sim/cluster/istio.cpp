#include "sim/cluster/istio.hpp"

#include "sim/cluster/own_kinds.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

// Istio's `retry.DefaultPolicy`.
mesh::RetryPolicy default_retries() {
    return {.retry_on =
                "connect-failure,refused-stream,unavailable,cancelled,"
                "retriable-status-codes",
            .num_retries = 2,
            .previous_hosts = true,
            .host_selection_retry_max_attempts = 5};
}

// Istio sets all limits as high as they go.
mesh::Thresholds no_limits() {
    return {.max_connections = unlimited,
            .max_pending_requests = unlimited,
            .max_requests = unlimited,
            .max_retries = unlimited};
}

// Where in the object something is, as errors have it.
std::string below(const std::string& field, std::string_view name) {
    return field.empty() ? std::string{name} : field + "." + std::string{name};
}

// Walks through one object. What it does not know of, it remembers.
class IstioReader {
public:
    IstioReader(const codec::ManifestObject& object, std::vector<Error>& errors)
        : object_(object), check_(object, errors), whole_(object.json()) {}

    std::vector<PlannedRoute> read() {
        const json::object* spec = object_in(whole_, "", "spec");
        if (spec == nullptr) {
            check_.invalid("spec", "Required value");
            return {};
        }
        std::vector<PlannedRoute> routes =
            object_.gvk.kind == "VirtualService" ? virtual_service(*spec) : destination_rule(*spec);
        return unknown_.empty() ? std::move(routes) : std::vector<PlannedRoute>{};
    }

    /// Returns the first field that is not understood; empty if all are.
    [[nodiscard]] const std::string& unknown() const {
        return unknown_;
    }

private:
    std::vector<PlannedRoute> virtual_service(const json::object& spec) {
        only(spec, "spec", {"hosts", "http", "gateways"});
        if (const json::array* gateways = list_in(spec, "spec", "gateways");
            gateways != nullptr && (gateways->size() != 1 || gateways->front() != "mesh")) {
            leave_out("spec.gateways");
        }
        PlannedRoute route;
        const json::array* http = list_in(spec, "spec", "http");
        if (http == nullptr || http->size() != 1 || !http->front().is_object()) {
            leave_out("spec.http");
            return {};
        }
        const json::object& rule = http->front().get_object();
        const std::string at = "spec.http[0]";
        only(rule, at, {"name", "route", "timeout", "retries"});
        route.timeout = duration(rule, at, "timeout").value_or(Duration::zero());
        route.retry_policy = default_retries();
        if (const json::object* retries = object_in(rule, at, "retries")) {
            read_retries(*retries, below(at, "retries"), *route.retry_policy);
        }
        const std::string target = destination(rule, at);
        std::vector<PlannedRoute> routes;
        const json::array* hosts = list_in(spec, "spec", "hosts");
        if (hosts == nullptr || hosts->empty()) {
            check_.invalid("spec.hosts", "Required value: at least one host is needed");
            return {};
        }
        for (const json::value& host : *hosts) {
            if (!host.is_string()) {
                check_.invalid("spec.hosts", "a name is expected");
                continue;
            }
            route.service = service(host.get_string(), "spec.hosts");
            if (!target.empty() && service(target, at + ".route") != route.service) {
                leave_out(at + ".route");
            }
            routes.push_back(route);
        }
        return routes;
    }

    // Where all requests go; empty if that is not said.
    std::string destination(const json::object& rule, const std::string& at) {
        const json::array* list = list_in(rule, at, "route");
        if (list == nullptr) {
            leave_out(at);
            return {};
        }
        const std::string path = at + ".route[0]";
        if (list->size() != 1 || !list->front().is_object()) {
            leave_out(at + ".route");
            return {};
        }
        const json::object& only_route = list->front().get_object();
        only(only_route, path, {"destination", "weight"});
        const json::object* where = object_in(only_route, path, "destination");
        if (where == nullptr) {
            check_.invalid(path + ".destination", "Required value");
            return {};
        }
        only(*where, path + ".destination", {"host", "port"});
        return text_in(*where, path + ".destination", "host").value_or("");
    }

    void read_retries(const json::object& retries, const std::string& at,
                      mesh::RetryPolicy& policy) {
        only(retries, at,
             {"attempts", "perTryTimeout", "retryOn", "backoff", "retryIgnorePreviousHosts"});
        policy.num_retries = number(retries, at, "attempts").value_or(0);
        policy.per_try_timeout = duration(retries, at, "perTryTimeout");
        policy.base_interval = duration(retries, at, "backoff").value_or(policy.base_interval);
        if (const auto conditions = text_in(retries, at, "retryOn");
            conditions && !conditions->empty()) {
            read_conditions(*conditions, below(at, "retryOn"), policy);
        }
        const json::value* previous = retries.if_contains("retryIgnorePreviousHosts");
        if (previous != nullptr && previous->is_bool()) {
            policy.previous_hosts = previous->get_bool();
        }
    }

    // Numbers among them are statuses.
    void read_conditions(std::string_view text, const std::string& at, mesh::RetryPolicy& policy) {
        policy.retry_on.clear();
        while (!text.empty()) {
            const auto comma = std::min(text.find(','), text.size());
            const std::string word{text.substr(0, comma)};
            text.remove_prefix(std::min(comma + 1, text.size()));
            std::uint16_t status = 0;
            const auto [end, failure] =
                std::from_chars(word.data(), word.data() + word.size(), status);
            if (failure == std::errc{} && end == word.data() + word.size() && status >= 100 &&
                status < 600) {
                policy.retriable_status_codes.push_back(status);
            } else if (mesh::is_retry_condition(word)) {
                policy.retry_on += word + ",";
            } else {
                check_.invalid(at, "\"" + word +
                                       "\" is no condition for a retry: a list such as "
                                       "\"5xx,connect-failure,429\" is expected, without blanks");
            }
        }
        if (!policy.retriable_status_codes.empty()) {
            policy.retry_on += "retriable-status-codes";
        }
    }

    std::vector<PlannedRoute> destination_rule(const json::object& spec) {
        only(spec, "spec", {"host", "trafficPolicy"});
        PlannedRoute route{.thresholds = no_limits()};
        const auto host = text_in(spec, "spec", "host");
        if (!host) {
            check_.invalid("spec.host", "Required value");
            return {};
        }
        route.service = service(*host, "spec.host");
        const std::string at = "spec.trafficPolicy";
        if (const json::object* policy = object_in(spec, "spec", "trafficPolicy")) {
            only(*policy, at, {"connectionPool", "retryBudget", "outlierDetection"});
            if (const json::object* pool = object_in(*policy, at, "connectionPool")) {
                only(*pool, at + ".connectionPool", {"http", "tcp"});
                read_pool(*pool, at + ".connectionPool", route);
            }
            if (const json::object* detection = object_in(*policy, at, "outlierDetection")) {
                read_detection(*detection, at + ".outlierDetection", route);
            }
            if (const json::object* budget = object_in(*policy, at, "retryBudget")) {
                read_budget(*budget, at + ".retryBudget", *route.thresholds);
            }
        }
        return {route};
    }

    // 0 says as much as nothing. Connections are looked at only if something is said of them.
    void read_pool(const json::object& pool, const std::string& at, PlannedRoute& route) {
        mesh::Thresholds& thresholds = *route.thresholds;
        mesh::ConnPoolOptions connections;
        bool is_of_connections = false;
        const auto limit = [&](const json::object& part, const std::string& where,
                               std::string_view name, std::uint32_t& to) {
            const auto given = number(part, where, name);
            if (!given || *given == 0) {
                return false;
            }
            to = *given;
            return true;
        };
        if (const json::object* tcp = object_in(pool, at, "tcp")) {
            const std::string where = at + ".tcp";
            only(*tcp, where, {"maxConnections"});
            is_of_connections |= limit(*tcp, where, "maxConnections", thresholds.max_connections);
        }
        if (const json::object* http = object_in(pool, at, "http")) {
            const std::string where = at + ".http";
            only(*http, where,
                 {"http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection",
                  "maxRetries"});
            is_of_connections |=
                limit(*http, where, "http1MaxPendingRequests", thresholds.max_pending_requests);
            is_of_connections |= limit(*http, where, "maxRequestsPerConnection",
                                       connections.max_requests_per_connection);
            limit(*http, where, "http2MaxRequests", thresholds.max_requests);
            limit(*http, where, "maxRetries", thresholds.max_retries);
        }
        if (is_of_connections) {
            route.connection_pool = connections;
        }
    }

    // As Istio's `applyOutlierDetection`: what is not said is Envoy's default, rates are not looked
    // at, and nobody panics unless `minHealthPercent` says so.
    void read_detection(const json::object& given, const std::string& at, PlannedRoute& route) {
        only(given, at,
             {"consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveLocalOriginFailures",
              "splitExternalLocalOriginErrors", "interval", "baseEjectionTime",
              "maxEjectionPercent", "minHealthPercent"});
        mesh::OutlierDetection& read = route.outlier_detection.emplace();
        constexpr std::uint32_t always = 100;
        read.enforcing_success_rate = 0;
        if (const auto errors = number(given, at, "consecutive5xxErrors")) {
            read.consecutive_5xx = *errors;
            read.enforcing_consecutive_5xx = *errors > 0 ? always : 0;
        }
        if (const auto errors = number(given, at, "consecutiveGatewayErrors")) {
            read.consecutive_gateway_failure = *errors;
            read.enforcing_consecutive_gateway_failure = *errors > 0 ? always : 0;
        }
        const json::value* split = given.if_contains("splitExternalLocalOriginErrors");
        if (split != nullptr && split->is_bool() && split->get_bool()) {
            read.split_external_local_origin_errors = true;
            read.enforcing_local_origin_success_rate = 0;
            const auto failures = number(given, at, "consecutiveLocalOriginFailures").value_or(0);
            if (failures > 0) {
                read.consecutive_local_origin_failure = failures;
                read.enforcing_consecutive_local_origin_failure = always;
            }
        }
        read.interval = duration(given, at, "interval").value_or(read.interval);
        read.base_ejection_time =
            duration(given, at, "baseEjectionTime").value_or(read.base_ejection_time);
        if (const auto most = percent(given, at, "maxEjectionPercent"); most && *most > 0) {
            read.max_ejection_percent = *most;
        }
        route.healthy_panic_threshold = percent(given, at, "minHealthPercent").value_or(0);
    }

    std::optional<std::uint32_t> percent(const json::object& object, const std::string& at,
                                         std::string_view name) {
        const auto given = number(object, at, name);
        if (given && *given > 100) {
            check_.invalid(below(at, name), "a percentage from 0 to 100 is expected");
            return std::nullopt;
        }
        return given;
    }

    void read_budget(const json::object& budget, const std::string& at,
                     mesh::Thresholds& thresholds) {
        only(budget, at, {"percent", "minRetryConcurrency"});
        mesh::RetryBudget& read = thresholds.retry_budget.emplace();
        if (const json::value* percent = budget.if_contains("percent")) {
            const double value = percent->is_number() ? percent->to_number<double>() : -1;
            if (value < 0 || value > 100) {
                check_.invalid(at + ".percent", "a number from 0 to 100 is expected");
            } else {
                read.budget_percent = value;
            }
        }
        read.min_retry_concurrency =
            number(budget, at, "minRetryConcurrency").value_or(read.min_retry_concurrency);
    }

    // A host is a name within the object's own namespace, or a whole one.
    store::Key service(std::string_view text, const std::string& field) {
        const std::string own = object_.namespace_.empty() ? "default" : object_.namespace_;
        constexpr std::string_view suffix = ".svc.cluster.local";
        if (text.find('*') != std::string_view::npos) {
            leave_out(field);
            return {};
        }
        const auto dot = text.find('.');
        if (dot == std::string_view::npos) {
            return {.namespace_ = own, .name = std::string{text}};
        }
        if (!text.ends_with(suffix) || text.size() <= dot + suffix.size()) {
            leave_out(field);
            return {};
        }
        return {
            .namespace_ = std::string{text.substr(dot + 1, text.size() - dot - 1 - suffix.size())},
            .name = std::string{text.substr(0, dot)}};
    }

    void leave_out(const std::string& field) {
        if (unknown_.empty()) {
            unknown_ = field;
        }
    }

    void only(const json::object& object, const std::string& at,
              std::initializer_list<std::string_view> known) {
        for (const auto& member : object) {
            if (std::ranges::find(known, std::string_view{member.key()}) == known.end()) {
                leave_out(below(at, member.key()));
            }
        }
    }

    const json::object* object_in(const json::object& object, const std::string& at,
                                  std::string_view name) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) {
            return nullptr;
        }
        if (!value->is_object()) {
            check_.invalid(below(at, name), "an object is expected");
            return nullptr;
        }
        return &value->get_object();
    }

    const json::array* list_in(const json::object& object, const std::string& at,
                               std::string_view name) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) {
            return nullptr;
        }
        if (!value->is_array()) {
            check_.invalid(below(at, name), "a list is expected");
            return nullptr;
        }
        return &value->get_array();
    }

    std::optional<std::string> text_in(const json::object& object, const std::string& at,
                                       std::string_view name) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) {
            return std::nullopt;
        }
        if (!value->is_string()) {
            check_.invalid(below(at, name), "a text is expected");
            return std::nullopt;
        }
        return std::string{value->get_string()};
    }

    // Istio refuses what is shorter than a millisecond.
    std::optional<Duration> duration(const json::object& object, const std::string& at,
                                     std::string_view name) {
        const auto text = text_in(object, at, name);
        if (!text) {
            return std::nullopt;
        }
        const auto parsed = parse_duration(*text);
        if (!parsed || *parsed < std::chrono::milliseconds{1}) {
            check_.invalid(below(at, name), "Invalid value: \"" + *text +
                                                "\": a duration of 1ms at least is expected, such "
                                                "as 500ms or 10s");
            return std::nullopt;
        }
        return *parsed;
    }

    std::optional<std::uint32_t> number(const json::object& object, const std::string& at,
                                        std::string_view name) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) {
            return std::nullopt;
        }
        constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
        if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > most) {
            check_.invalid(below(at, name), "a whole number is expected, 0 or more");
            return std::nullopt;
        }
        return static_cast<std::uint32_t>(value->get_int64());
    }

    const codec::ManifestObject& object_;
    Checker check_;
    const json::object whole_;
    std::string unknown_;
};

}  // namespace

bool is_of_istio(const codec::ManifestObject& object) {
    return object.gvk.group == "networking.istio.io" &&
           (object.gvk.kind == "VirtualService" || object.gvk.kind == "DestinationRule");
}

std::vector<PlannedRoute> read_istio(const codec::ManifestObject& object,
                                     std::vector<Error>& errors,
                                     std::vector<std::string>& left_out) {
    IstioReader reader{object, errors};
    std::vector<PlannedRoute> routes = reader.read();
    if (!reader.unknown().empty()) {
        left_out.push_back(object.gvk.kind + " " + object.name + " changes nothing: its " +
                           reader.unknown() + " is not simulated");
    }
    return routes;
}

std::map<store::Key, mesh::RoutePolicy> policies_of(const std::vector<PlannedRoute>& routes) {
    std::map<store::Key, PlannedRoute> together;
    for (const PlannedRoute& route : routes) {
        PlannedRoute& one = together[route.service];
        const auto take = [](auto& mine, const auto& theirs) {
            if (!mine) {
                mine = theirs;
            }
        };
        take(one.timeout, route.timeout);
        take(one.retry_policy, route.retry_policy);
        take(one.thresholds, route.thresholds);
        take(one.connection_pool, route.connection_pool);
        take(one.outlier_detection, route.outlier_detection);
        take(one.healthy_panic_threshold, route.healthy_panic_threshold);
    }
    std::map<store::Key, mesh::RoutePolicy> policies;
    for (const auto& [service, one] : together) {
        policies[service] = {.timeout = one.timeout.value_or(Duration::zero()),
                             .retry_policy = one.retry_policy.value_or(default_retries()),
                             .thresholds = one.thresholds.value_or(no_limits()),
                             .connection_pool = one.connection_pool,
                             .outlier_detection = one.outlier_detection,
                             .healthy_panic_threshold = one.healthy_panic_threshold.value_or(
                                 mesh::RoutePolicy{}.healthy_panic_threshold)};
    }
    return policies;
}

}  // namespace wavetank::sim
