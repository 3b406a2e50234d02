#include "sim/cluster/istio.hpp"

#include "sim/cluster/envoy_filter.hpp"

#include <wavetank/istio/validation.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

using Names = std::initializer_list<std::string_view>;

bool is_among(std::string_view name, Names names) {
    return std::ranges::find(names, name) != names.end();
}

std::string_view member_text(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                  : std::string_view{};
}

// Absent ones are empty.
const json::object& member_object(const json::object& object, std::string_view name) {
    static const json::object none;
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

// Calls `visit(object, path)` for the objects in a list.
template <class Visit>
void for_each_in(const json::object& object, std::string_view name, const std::string& at,
                 Visit visit) {
    const json::value* list = object.if_contains(name);
    if (list == nullptr || !list->is_array()) {
        return;
    }
    const json::array& items = list->get_array();
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].is_object()) {
            visit(items[i].get_object(),
                  at + "." + std::string{name} + "[" + std::to_string(i) + "]");
        }
    }
}

// Finds the fields of an object that a run does not follow.
class FieldSorter {
public:
    explicit FieldSorter(IstioReading& reading) : reading_(reading) {}

    void virtual_service(const json::object& spec) {
        only(spec, "spec", {"hosts", "http", "gateways", "exportTo"});
        const json::value* gateways = spec.if_contains("gateways");
        if (gateways != nullptr && gateways->is_array() && !gateways->get_array().empty() &&
            std::ranges::find(gateways->get_array(), json::value{"mesh"}) ==
                gateways->get_array().end()) {
            leave_out("spec.gateways");
        }
        for_each_in(spec, "http", "spec", [this](const json::object& rule, const std::string& at) {
            only(rule, at,
                 {"name", "match", "route", "redirect", "directResponse", "delegate", "timeout",
                  "retries", "fault", "mirror", "mirrors", "mirrorPercentage", "mirrorPercent",
                  "rewrite", "headers"},
                 {"corsPolicy"});
            headers(rule, at);
            const json::object& fault = member_object(rule, "fault");
            only(fault, at + ".fault", {"delay", "abort"});
            only(member_object(fault, "delay"), at + ".fault.delay",
                 {"fixedDelay", "percentage", "percent"});
            only(member_object(fault, "abort"), at + ".fault.abort",
                 {"httpStatus", "grpcStatus", "percentage"});
            only(member_object(rule, "retries"), at + ".retries",
                 {"attempts", "perTryTimeout", "retryOn", "backoff", "retryIgnorePreviousHosts",
                  "retryRemoteLocalities"});
            for_each_in(rule, "match", at, [this](const json::object& match, const auto& where) {
                for (const char* kind : {"headers", "withoutHeaders"}) {
                    for (const auto& member : member_object(match, kind)) {
                        if (member.key().starts_with("@request.auth")) {
                            leave_out(where + "." + kind + "." + std::string{member.key()});
                        }
                    }
                }
            });
            for_each_in(rule, "route", at, [this](const json::object& route, const auto& where) {
                only(route, where, {"destination", "weight", "headers"});
                headers(route, where);
            });
        });
    }

    void destination_rule(const json::object& spec) {
        only(spec, "spec", {"host", "trafficPolicy", "subsets", "exportTo", "workloadSelector"});
        traffic_policy(spec, "spec");
        for_each_in(spec, "subsets", "spec", [this](const json::object& subset, const auto& at) {
            only(subset, at, {"name", "labels", "trafficPolicy"});
            traffic_policy(subset, at);
        });
    }

    void http_route(const json::object& spec) {
        only(spec, "spec", {"parentRefs", "hostnames", "rules"});
        bool is_of_service = false;
        for_each_in(spec, "parentRefs", "spec", [&](const json::object& parent, const auto&) {
            is_of_service = is_of_service || member_text(parent, "kind") == "Service";
        });
        if (!is_of_service) {
            leave_out("spec.parentRefs");  // gateways
        }
        for_each_in(spec, "rules", "spec", [this](const json::object& rule, const auto& at) {
            only(rule, at, {"name", "matches", "filters", "backendRefs", "timeouts", "retry"},
                 {"sessionPersistence"});
            filters(rule, at);
            for_each_in(rule, "backendRefs", at, [this](const json::object& to, const auto& where) {
                only(to, where,
                     {"group", "kind", "name", "namespace", "port", "weight", "filters"});
                filters(to, where);
            });
        });
    }

private:
    void headers(const json::object& of, const std::string& at) {
        only(member_object(of, "headers"), at + ".headers", {"request", "response"});
    }

    void traffic_policy(const json::object& of, const std::string& at) {
        const std::string path = at + ".trafficPolicy";
        const json::object& policy = member_object(of, "trafficPolicy");
        only(policy, path,
             {"connectionPool", "outlierDetection", "retryBudget", "loadBalancer",
              "portLevelSettings", "tls"});
        security(policy, path);
        pool(policy, path);
        balancer(policy, path);
        budget(policy, path);
        for_each_in(policy, "portLevelSettings", path,
                    [this](const json::object& port, const auto& where) {
                        only(port, where,
                             {"port", "connectionPool", "outlierDetection", "retryBudget",
                              "loadBalancer", "tls"});
                        security(port, where);
                        pool(port, where);
                        balancer(port, where);
                        budget(port, where);
                    });
    }

    // What the schema of the custom resource says, for the webhook does not look.
    void budget(const json::object& policy, const std::string& at) {
        const json::value* percent = member_object(policy, "retryBudget").if_contains("percent");
        const double value =
            percent != nullptr && percent->is_number() ? percent->to_number<double>() : 0;
        if (value < 0 || value > 100) {
            const std::string field = at + ".retryBudget.percent";
            reading_.error =
                field + ": Invalid value: " + json::serialize(*percent) + ": " + field +
                " in body should be " +
                (value < 0 ? "greater than or equal to 0" : "less than or equal to 100");
        }
    }

    void pool(const json::object& policy, const std::string& at) {
        const json::object& pool = member_object(policy, "connectionPool");
        only(pool, at + ".connectionPool", {"http", "tcp"});
        only(member_object(pool, "tcp"), at + ".connectionPool.tcp",
             {"maxConnections", "connectTimeout", "idleTimeout", "maxConnectionDuration"},
             {"tcpKeepalive"});
        only(member_object(pool, "http"), at + ".connectionPool.http",
             {"http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection",
              "maxRetries", "idleTimeout", "h2UpgradePolicy", "maxConcurrentStreams"},
             {"http2KeepAlive"});
        const json::object& detection = member_object(policy, "outlierDetection");
        only(detection, at + ".outlierDetection",
             {"consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveLocalOriginFailures",
              "splitExternalLocalOriginErrors", "interval", "baseEjectionTime",
              "maxEjectionPercent", "minHealthPercent"});
    }

    void balancer(const json::object& policy, const std::string& at) {
        const std::string path = at + ".loadBalancer";
        const json::object& given = member_object(policy, "loadBalancer");
        only(given, path,
             {"simple", "consistentHash", "localityLbSetting", "zoneAwareLbSetting",
              "warmupDurationSecs", "warmup"});
        zone_awareness(given, path);
        only(member_object(given, "consistentHash"), path + ".consistentHash",
             {"httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName", "ringHash",
              "maglev", "minimumRingSize"});
        only(member_object(given, "localityLbSetting"), path + ".localityLbSetting",
             {"distribute", "failover", "failoverPriority", "enabled"});
    }

    void zone_awareness(const json::object& balancer, const std::string& path) {
        const std::string at = path + ".zoneAwareLbSetting";
        const json::object& given = member_object(balancer, "zoneAwareLbSetting");
        only(given, at, {"enabled", "failover", "failoverPriority", "minClusterSize"});
        if (!given.empty()) {
            reading_.needs_discovery.push_back(at);
        }
    }

    // Connections are neither slower nor refused for how they are secured; certificates are not
    // simulated.
    void security(const json::object& policy, const std::string& at) {
        const json::object& tls = member_object(policy, "tls");
        if (tls.empty()) {
            return;
        }
        const std::string_view mode = member_text(tls, "mode");
        if (is_among(mode, {"", "DISABLE", "ISTIO_MUTUAL"})) {
            reading_.no_effect.push_back(at + ".tls");
        } else {
            leave_out(at + ".tls.mode");
        }
    }

    void filters(const json::object& of, const std::string& path) {
        for_each_in(of, "filters", path, [this](const json::object& filter, const auto& at) {
            const std::string_view type = member_text(filter, "type");
            if (!is_among(type, {"RequestRedirect", "RequestMirror", "RequestHeaderModifier",
                                 "ResponseHeaderModifier", "URLRewrite"})) {
                leave_out(at);
            }
        });
    }

    void leave_out(const std::string& field) {
        if (reading_.not_simulated.empty()) {
            reading_.not_simulated = field;
        }
    }

    void only(const json::object& object, const std::string& at, Names followed,
              Names without_effect = {}) {
        for (const auto& member : object) {
            const std::string field = at + "." + std::string{member.key()};
            if (is_among(member.key(), without_effect)) {
                reading_.no_effect.push_back(field);
            } else if (!is_among(member.key(), followed)) {
                leave_out(field);
            }
        }
    }

    IstioReading& reading_;
};

}  // namespace

bool is_of_istio(const codec::ManifestObject& object) {
    const std::string& kind = object.gvk.kind;
    return (object.gvk.group == "networking.istio.io" &&
            (kind == "VirtualService" || kind == "DestinationRule" || kind == "EnvoyFilter")) ||
           (object.gvk.group == "gateway.networking.k8s.io" && kind == "HTTPRoute");
}

bool is_of_istio(const json::object& object) {
    codec::ManifestObject read;
    read.gvk =
        api::GroupVersionKind::from(member_text(object, "apiVersion"), member_text(object, "kind"));
    return is_of_istio(read);
}

bool is_kind_of_istio(std::string_view kind) {
    return is_among(kind, {"VirtualService", "DestinationRule", "EnvoyFilter", "HTTPRoute"});
}

IstioReading read_istio(const json::object& object) {
    IstioReading reading;
    if (member_text(object, "kind") == "EnvoyFilter") {
        ProtoProblems problems;
        static_cast<void>(read_envoy_filter(object, problems));
        if (!problems.error.empty()) {
            reading.error = problems.error;
        }
        reading.not_simulated = problems.not_simulated;
        reading.no_effect = problems.no_effect;
        return reading;
    }
    const auto finding = istio::validate(object);
    if (finding && !finding->error.empty()) {
        reading.error = finding->error;
        return reading;
    }
    FieldSorter sorter{reading};
    const json::object& spec = member_object(object, "spec");
    const std::string_view kind = member_text(object, "kind");
    if (kind == "VirtualService") {
        sorter.virtual_service(spec);
    } else if (kind == "DestinationRule") {
        sorter.destination_rule(spec);
    } else {
        sorter.http_route(spec);
    }
    return reading;
}

bool add_istio(const codec::ManifestObject& object, std::vector<Error>& errors,
               std::vector<std::string>& left_out, std::vector<std::string>& needs_discovery) {
    const std::string what = object.gvk.kind + " " + object.name;
    const IstioReading reading = read_istio(object.json());
    if (reading.error) {
        errors.push_back({.reason = Reason::BadRequest,
                          .message = object.gvk.kind + " \"" + object.name +
                                     "\" is refused by Istio: " + *reading.error,
                          .where = object.where_is("spec")});
        return false;
    }
    if (!reading.not_simulated.empty()) {
        left_out.push_back(what + " changes nothing: its " + reading.not_simulated +
                           " is not simulated");
        return false;
    }
    for (const std::string& field : reading.no_effect) {
        left_out.push_back(what + ": its " + field + " changes nothing that is simulated");
    }
    for (const std::string& field : reading.needs_discovery) {
        needs_discovery.push_back(
            what + ": its " + field +
            " changes nothing within a region: proxies do not know of one another");
    }
    return true;
}

Result<void> apply_istio(MeshRoutes& routes, const json::object& object) {
    const IstioReading reading = read_istio(object);
    if (reading.error) {
        return Error{.reason = Reason::BadRequest, .message = *reading.error};
    }
    if (!reading.not_simulated.empty()) {
        return Error{.reason = Reason::BadRequest,
                     .message = reading.not_simulated + " is not simulated"};
    }
    if (routes.changes_what_comes_in(object)) {
        return Error{.reason = Reason::BadRequest,
                     .message =
                         "what comes in to pods does not change during a run: that is not "
                         "simulated"};
    }
    routes.apply(object);
    return {};
}

}  // namespace wavetank::sim
