#include "istio/message_schema.hpp"

#include "istio/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace wavetank::istio {
namespace {

// Messages and their fields: "name:type", "[]" for lists, "<>" for maps of texts to a type. Enums
// are lists of names after "=".
constexpr std::pair<std::string_view, std::string_view> message_fields[] = {
    {"VirtualService",
     "hosts:[]string gateways:[]string http:[]HTTPRoute tls:[]TLSRoute tcp:[]TCPRoute "
     "exportTo:[]string"},
    {"Destination", "host:string subset:string port:PortSelector"},
    {"HTTPRoute",
     "name:string match:[]HTTPMatchRequest route:[]HTTPRouteDestination redirect:HTTPRedirect "
     "directResponse:HTTPDirectResponse delegate:Delegate rewrite:HTTPRewrite timeout:Duration "
     "retries:HTTPRetry fault:HTTPFaultInjection mirror:Destination mirrors:[]HTTPMirrorPolicy "
     "mirrorPercent:uint32 mirrorPercentage:Percent corsPolicy:CorsPolicy headers:Headers"},
    {"Delegate", "name:string namespace:string"},
    {"Headers", "request:HeaderOperations response:HeaderOperations"},
    {"HeaderOperations", "set:<>string add:<>string remove:[]string"},
    {"TLSRoute", "match:[]TLSMatchAttributes route:[]RouteDestination"},
    {"TCPRoute", "match:[]L4MatchAttributes route:[]RouteDestination"},
    {"HTTPMatchRequest",
     "name:string uri:StringMatch scheme:StringMatch method:StringMatch authority:StringMatch "
     "headers:<>StringMatch port:uint32 sourceLabels:<>string gateways:[]string "
     "queryParams:<>StringMatch ignoreUriCase:bool withoutHeaders:<>StringMatch "
     "sourceNamespace:string statPrefix:string"},
    {"HTTPRouteDestination", "destination:Destination weight:int32 headers:Headers"},
    {"RouteDestination", "destination:Destination weight:int32"},
    {"L4MatchAttributes",
     "destinationSubnets:[]string port:uint32 sourceSubnet:string sourceLabels:<>string "
     "gateways:[]string sourceNamespace:string"},
    {"TLSMatchAttributes",
     "sniHosts:[]string destinationSubnets:[]string port:uint32 sourceLabels:<>string "
     "gateways:[]string sourceNamespace:string"},
    {"HTTPRedirect",
     "uri:string authority:string port:uint32 derivePort:HTTPRedirect.RedirectPortSelection "
     "scheme:string redirectCode:uint32 prefixRewrite:string"},
    {"HTTPRedirect.RedirectPortSelection", "=FROM_PROTOCOL_DEFAULT FROM_REQUEST_PORT"},
    {"HTTPDirectResponse", "status:uint32 body:HTTPBody"},
    {"HTTPBody", "string:string bytes:string"},
    {"HTTPRewrite", "uri:string authority:string uriRegexRewrite:RegexRewrite"},
    {"RegexRewrite", "match:string rewrite:string"},
    {"StringMatch", "exact:string prefix:string regex:string"},
    {"HTTPRetry",
     "attempts:int32 perTryTimeout:Duration retryOn:string retryRemoteLocalities:bool "
     "retryIgnorePreviousHosts:bool backoff:Duration"},
    {"CorsPolicy",
     "allowOrigin:[]string allowOrigins:[]StringMatch allowMethods:[]string "
     "allowHeaders:[]string exposeHeaders:[]string maxAge:Duration allowCredentials:bool "
     "unmatchedPreflights:CorsPolicy.UnmatchedPreflights"},
    {"CorsPolicy.UnmatchedPreflights", "=UNSPECIFIED FORWARD IGNORE"},
    {"HTTPFaultInjection", "delay:FaultDelay abort:FaultAbort"},
    {"FaultDelay",
     "percent:int32 fixedDelay:Duration exponentialDelay:Duration percentage:Percent"},
    {"FaultAbort", "httpStatus:int32 grpcStatus:string http2Error:string percentage:Percent"},
    {"HTTPMirrorPolicy", "destination:Destination percentage:Percent"},
    {"PortSelector", "number:uint32"},
    {"Percent", "value:float64"},
    {"DestinationRule",
     "host:string trafficPolicy:TrafficPolicy subsets:[]Subset exportTo:[]string "
     "workloadSelector:WorkloadSelector"},
    {"WorkloadSelector", "matchLabels:<>string"},
    {"TrafficPolicy",
     "loadBalancer:LoadBalancerSettings connectionPool:ConnectionPoolSettings "
     "outlierDetection:OutlierDetection tls:ClientTLSSettings "
     "portLevelSettings:[]PortTrafficPolicy tunnel:TunnelSettings proxyProtocol:ProxyProtocol "
     "retryBudget:RetryBudget"},
    {"PortTrafficPolicy",
     "port:PortSelector loadBalancer:LoadBalancerSettings "
     "connectionPool:ConnectionPoolSettings outlierDetection:OutlierDetection "
     "tls:ClientTLSSettings"},
    {"TunnelSettings", "protocol:string targetHost:string targetPort:uint32"},
    {"ProxyProtocol", "version:TrafficPolicy.ProxyProtocol.VERSION"},
    {"TrafficPolicy.ProxyProtocol.VERSION", "=V1 V2"},
    {"RetryBudget", "percent:float64 minRetryConcurrency:uint32 budgetInterval:Duration"},
    {"Subset", "name:string labels:<>string trafficPolicy:TrafficPolicy"},
    {"LoadBalancerSettings",
     "simple:LoadBalancerSettings.SimpleLB consistentHash:ConsistentHashLB "
     "localityLbSetting:LocalityLoadBalancerSetting "
     "zoneAwareLbSetting:ZoneAwareLoadBalancerSetting warmupDurationSecs:Duration "
     "warmup:WarmupConfiguration"},
    {"LoadBalancerSettings.SimpleLB",
     "=UNSPECIFIED LEAST_CONN RANDOM PASSTHROUGH ROUND_ROBIN LEAST_REQUEST"},
    {"ConsistentHashLB",
     "httpHeaderName:string httpCookie:HTTPCookie useSourceIp:bool "
     "httpQueryParameterName:string ringHash:RingHash maglev:MagLev minimumRingSize:uint64"},
    {"RingHash", "minimumRingSize:uint64"},
    {"MagLev", "tableSize:uint64"},
    {"HTTPCookie", "name:string path:string ttl:Duration attributes:[]CookieAttribute"},
    {"CookieAttribute", "name:string value:string"},
    {"WarmupConfiguration", "duration:Duration minimumPercent:float64 aggression:float64"},
    {"ConnectionPoolSettings", "tcp:TCPSettings http:HTTPSettings"},
    {"TCPSettings",
     "maxConnections:int32 connectTimeout:Duration tcpKeepalive:TcpKeepalive "
     "maxConnectionDuration:Duration idleTimeout:Duration"},
    {"TcpKeepalive", "probes:uint32 time:Duration interval:Duration"},
    {"HTTPSettings",
     "http1MaxPendingRequests:int32 http2MaxRequests:int32 maxRequestsPerConnection:int32 "
     "maxRetries:int32 idleTimeout:Duration "
     "h2UpgradePolicy:ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy "
     "useClientProtocol:bool maxConcurrentStreams:int32 http2KeepAlive:ConnectionKeepalive"},
    {"ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy", "=DEFAULT DO_NOT_UPGRADE UPGRADE"},
    {"ConnectionKeepalive", "interval:Duration timeout:Duration"},
    {"OutlierDetection",
     "consecutiveErrors:int32 splitExternalLocalOriginErrors:bool "
     "consecutiveLocalOriginFailures:uint32 consecutiveGatewayErrors:uint32 "
     "consecutive5xxErrors:uint32 interval:Duration baseEjectionTime:Duration "
     "maxEjectionPercent:int32 minHealthPercent:int32"},
    {"ClientTLSSettings",
     "mode:ClientTLSSettings.TLSmode clientCertificate:string privateKey:string "
     "caCertificates:string credentialName:string subjectAltNames:[]string sni:string "
     "insecureSkipVerify:bool caCrl:string"},
    {"ClientTLSSettings.TLSmode", "=DISABLE SIMPLE MUTUAL ISTIO_MUTUAL"},
    {"LocalityLoadBalancerSetting",
     "distribute:[]Distribute failover:[]Failover failoverPriority:[]string enabled:bool"},
    {"Distribute", "from:string to:<>uint32"},
    {"Failover", "from:string to:string"},
    {"ZoneAwareLoadBalancerSetting",
     "enabled:bool failover:[]Failover failoverPriority:[]string minClusterSize:uint32"},
};

std::optional<std::string_view> fields_of(std::string_view type) {
    for (const auto& [name, fields] : message_fields) {
        if (name == type) {
            return fields;
        }
    }
    return std::nullopt;
}

std::string_view json_kind(const json::value& value) {
    return value.is_string()   ? "string"
           : value.is_number() ? "number"
           : value.is_bool()   ? "bool"
           : value.is_array()  ? "array"
                               : "object";
}

std::string type_error(const json::value& value, std::string_view type) {
    return "json: cannot unmarshal " + std::string{json_kind(value)} + " into Go value of type " +
           std::string{type};
}

std::optional<std::string> number_problem(const json::value& value, std::string_view type) {
    json::value number = value;
    if (value.is_string()) {  // numbers may be written as texts
        json::error_code failure;
        number = json::parse(value.get_string(), failure);
        if (failure || !number.is_number()) {
            const std::string_view text = value.get_string();
            return text.empty() ? "unexpected end of JSON input"
                                : "invalid character '" + std::string{text.substr(0, 1)} +
                                      "' looking for beginning of value";
        }
    }
    if (!number.is_number()) {
        return type_error(number, type);
    }
    if (type == "float64") {
        return std::nullopt;
    }
    const double written = number.to_number<double>();
    const bool is_signed = type == "int32";
    const double least = is_signed ? std::numeric_limits<std::int32_t>::min() : 0;
    const double most = is_signed ? static_cast<double>(std::numeric_limits<std::int32_t>::max())
                        : type == "uint32"
                            ? static_cast<double>(std::numeric_limits<std::uint32_t>::max())
                            : static_cast<double>(std::numeric_limits<std::uint64_t>::max());
    if (std::floor(written) != written || written < least || written > most) {
        return "json: cannot unmarshal number " +
               (number.is_double() ? fmt::format("{}", written) : json::serialize(number)) +
               " into Go value of type " + std::string{type};
    }
    return std::nullopt;
}

std::optional<std::string> enum_problem(const json::value& value, std::string_view type,
                                        std::string_view names) {
    if (!value.is_string()) {
        return number_problem(value, "int32");
    }
    for (const std::string& name : split(names, ' ')) {
        if (value.get_string() == name) {
            return std::nullopt;
        }
    }
    return "unknown value " + go_quoted(json::serialize(value)) +
           " for enum istio.networking.v1alpha3." + std::string{type};
}

// What Go says of a text that is no duration: of the first part of it that is none.
std::string duration_words(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    std::string_view left = text;
    if (!left.empty() && (left.front() == '+' || left.front() == '-')) {
        left.remove_prefix(1);
    }
    while (!left.empty()) {
        const std::size_t whole = std::min(left.find_first_not_of(digits), left.size());
        std::string_view rest = left.substr(whole);
        std::size_t part = 0;
        if (!rest.empty() && rest.front() == '.') {
            rest.remove_prefix(1);
            part = std::min(rest.find_first_not_of(digits), rest.size());
            rest.remove_prefix(part);
        }
        if (whole == 0 && part == 0) {
            break;
        }
        const std::size_t end = std::min(rest.find_first_of("0123456789."), rest.size());
        const std::string unit{rest.substr(0, end)};
        if (unit.empty()) {
            return "missing unit in duration ";
        }
        if (!parse_duration("1" + unit)) {
            return "unknown unit " + go_quoted(unit) + " in duration ";
        }
        left = rest.substr(end);
    }
    return "invalid duration ";
}

std::optional<std::string> duration_problem(const json::value& value) {
    if (!value.is_string()) {
        return type_error(value, "string");
    }
    const std::string_view text = value.get_string();
    if (parse_duration(text)) {
        return std::nullopt;
    }
    return "bad Duration: time: " + duration_words(text) + go_quoted(text);
}

std::optional<std::string> value_problem(const json::value& value, std::string_view type) {
    if (value.is_null()) {
        return std::nullopt;
    }
    if (type == "string") {
        return value.is_string() ? std::nullopt : std::optional{type_error(value, type)};
    }
    if (type == "bool") {
        return value.is_bool() ? std::nullopt : std::optional{type_error(value, type)};
    }
    if (type == "Duration") {
        return duration_problem(value);
    }
    if (type == "int32" || type == "uint32" || type == "uint64" || type == "float64") {
        return number_problem(value, type);
    }
    const auto fields = fields_of(type);
    return fields && fields->starts_with('=') ? enum_problem(value, type, fields->substr(1))
                                              : schema_problem(value, type);
}

std::optional<std::string> field_problem(const json::value& value, std::string_view type) {
    if (type.starts_with("[]")) {
        if (!value.is_array()) {
            return type_error(value, "[]json.RawMessage");
        }
        for (const json::value& each : value.get_array()) {
            if (auto problem = value_problem(each, type.substr(2))) {
                return problem;
            }
        }
        return std::nullopt;
    }
    if (type.starts_with("<>")) {
        if (!value.is_object()) {
            return type_error(value, "map[string]json.RawMessage");
        }
        for (const auto& entry : value.get_object()) {
            if (auto problem = value_problem(entry.value(), type.substr(2))) {
                return problem;
            }
        }
        return std::nullopt;
    }
    return value_problem(value, type);
}

}  // namespace

std::optional<std::string> schema_problem(const json::value& message, std::string_view type) {
    if (!message.is_object()) {
        return type_error(message, "map[string]json.RawMessage");
    }
    for (const std::string& declared : split(fields_of(type).value_or(""), ' ')) {
        const std::size_t colon = declared.find(':');
        const json::value* value = message.get_object().if_contains(declared.substr(0, colon));
        if (value == nullptr || value->is_null() || colon == std::string::npos) {
            continue;
        }
        if (auto problem = field_problem(*value, std::string_view{declared}.substr(colon + 1))) {
            return problem;
        }
    }
    return std::nullopt;
}

}  // namespace wavetank::istio
