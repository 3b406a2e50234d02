#include "sim/cluster/route_explanation.hpp"

#include <wavetank/api/corev1/namespace.hpp>
#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/discoveryv1/endpoint_slice.hpp>
#include <wavetank/codec/json.hpp>
#include <wavetank/mesh/service_directory.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

// One thing, under its name.
void line(std::string& out, std::string_view name, const std::string& text) {
    out += fmt::format("{:<14}{}\n", name, text);
}

std::string words_of(const mesh::StringMatcher& matcher) {
    using Pattern = mesh::StringMatcher::MatchPattern;
    std::string_view how = "is";
    switch (matcher.match_pattern) {
        case Pattern::Exact:
            break;
        case Pattern::Prefix:
            how = "begins with";
            break;
        case Pattern::Suffix:
            how = "ends with";
            break;
        case Pattern::Contains:
            how = "contains";
            break;
        case Pattern::SafeRegex:
            how = "matches";
            break;
    }
    return fmt::format("{} \"{}\"", how, matcher.value);
}

std::string words_of(const mesh::HeaderMatcher& matcher) {
    std::string what;
    if (const auto* present = std::get_if<mesh::PresentMatch>(&matcher.header_match_specifier)) {
        what = present->present ? "is there" : "is missing";
    } else if (const auto* text =
                   std::get_if<mesh::StringMatcher>(&matcher.header_match_specifier)) {
        what = words_of(*text);
    } else if (const auto* range = std::get_if<mesh::Int64Range>(&matcher.header_match_specifier)) {
        what = fmt::format("is from {} on, below {}", range->start, range->end);
    }
    return matcher.name + (matcher.invert_match ? " not: " : " ") + what;
}

std::string words_of(const mesh::RouteMatch& match) {
    using Path = mesh::RouteMatch::PathSpecifier;
    std::string_view how = "begins with";
    switch (match.path_specifier) {
        case Path::Prefix:
            break;
        case Path::Path:
            how = "is";
            break;
        case Path::SafeRegex:
            how = "matches";
            break;
        case Path::PathSeparatedPrefix:
            how = "is or is below";
            break;
    }
    std::string text = fmt::format("path {} \"{}\"", how, match.path);
    for (const mesh::HeaderMatcher& header : match.headers) {
        text += ", " + words_of(header);
    }
    for (const mesh::QueryParameterMatcher& parameter : match.query_parameters) {
        text += ", parameter " + parameter.name +
                (parameter.string_match ? " " + words_of(*parameter.string_match) : " is there");
    }
    return text;
}

void add_retries(std::string& out, const mesh::RetryPolicy& policy) {
    if (policy.num_retries == 0 || policy.retry_on.empty()) {
        line(out, "Retries", "none");
        return;
    }
    line(out, "Retries",
         fmt::format("{}{}{}", policy.num_retries, policy.previous_hosts ? ", at other hosts" : "",
                     policy.per_try_timeout
                         ? ", attempts within " + to_string(*policy.per_try_timeout)
                         : ""));
    std::string_view left = policy.retry_on;
    while (!left.empty()) {
        const auto comma = std::min(left.find(','), left.size());
        line(out, "", std::string{left.substr(0, comma)});
        left.remove_prefix(std::min(comma + 1, left.size()));
    }
    for (const std::uint16_t status : policy.retriable_status_codes) {
        line(out, "", std::to_string(status));
    }
}

std::string words_of(const mesh::Thresholds& thresholds) {
    constexpr auto unlimited = static_cast<std::uint32_t>(-1);
    std::string text;
    const auto add = [&](const std::string& limit) { text += (text.empty() ? "" : ", ") + limit; };
    if (thresholds.max_connections != unlimited) {
        add(fmt::format("{} connections", thresholds.max_connections));
    }
    if (thresholds.max_pending_requests != unlimited) {
        add(fmt::format("{} requests that wait for one", thresholds.max_pending_requests));
    }
    if (thresholds.max_requests != unlimited) {
        add(fmt::format("{} requests in flight", thresholds.max_requests));
    }
    if (thresholds.retry_budget) {
        add(fmt::format("{:g}% of them retries, {} at least",
                        thresholds.retry_budget->budget_percent,
                        thresholds.retry_budget->min_retry_concurrency));
    } else if (thresholds.max_retries != unlimited) {
        add(fmt::format("{} retries in flight", thresholds.max_retries));
    }
    return text.empty() ? "none" : text;
}

double percent_of(const mesh::FractionalPercent& fraction) {
    return 100.0 * fraction.numerator / static_cast<double>(fraction.whole());
}

void add_fault(std::string& out, const mesh::HttpFault& fault) {
    if (fault.delay) {
        line(out, "Fault",
             fmt::format("{:.4g}% of the requests are delayed by {}",
                         percent_of(fault.delay->percentage),
                         to_string(fault.delay->fixed_delay.value_or(Duration::zero()))));
    }
    if (fault.abort) {
        line(
            out, "Fault",
            fmt::format("{:.4g}% of the requests are answered with {}",
                        percent_of(fault.abort->percentage), fault.abort->http_status.value_or(0)));
    }
}

std::string words_of(const mesh::HttpFilter& filter) {
    if (const auto* limit = std::get_if<mesh::LocalRateLimit>(&filter.config)) {
        const mesh::TokenBucket& bucket = limit->token_bucket;
        return fmt::format("{} requests every {}, {} at once; others are answered with {}",
                           bucket.tokens_per_fill, to_string(bucket.fill_interval),
                           bucket.max_tokens, limit->refusal_status());
    }
    if (const auto* admission = std::get_if<mesh::AdmissionControl>(&filter.config)) {
        return fmt::format("refuses some if less than {:.4g}% in {} succeed",
                           admission->sr_threshold, to_string(admission->sampling_window));
    }
    const auto& gradient = std::get<mesh::GradientControllerConfig>(filter.config);
    return fmt::format("up to {} at once, by how long they take", gradient.max_concurrency_limit);
}

std::string words_of(const mesh::HealthCheck& check) {
    const std::string what =
        check.http_health_check ? "HTTP " + check.http_health_check->path : "a connection";
    return fmt::format("{} every {}, within {}; out after {} without an answer, back after {}",
                       what, to_string(check.interval), to_string(check.timeout),
                       check.unhealthy_threshold, check.healthy_threshold);
}

std::string words_of(const mesh::OutlierDetection& detection) {
    std::string when;
    const auto add = [&](std::uint32_t count, std::uint32_t enforcing, std::string_view what) {
        if (count > 0 && enforcing > 0) {
            when += fmt::format("{}{} {}", when.empty() ? "after " : " or ", count, what);
        }
    };
    add(detection.consecutive_5xx, detection.enforcing_consecutive_5xx, "answers with 5xx");
    add(detection.consecutive_gateway_failure, detection.enforcing_consecutive_gateway_failure,
        "with 502, 503 or 504");
    return fmt::format("{} in a row, for {} the first time; up to {}% of them",
                       when.empty() ? "never for answers" : when,
                       to_string(detection.base_ejection_time), detection.max_ejection_percent);
}

// What a route makes of the request, and of the answers to it.
void add_changes(std::string& out, const mesh::Request& request, const MeshCluster& cluster) {
    if (cluster.changed) {
        if (cluster.changed->path != request.path) {
            line(out, "  Path", cluster.changed->path);
        }
        for (const auto& [name, value] : cluster.changed->headers) {
            const auto before = request.headers.find(name);
            if (before == request.headers.end() || before->second != value) {
                line(out, "  Header", name + ": " + value);
            }
        }
        for (const auto& [name, value] : request.headers) {
            if (!cluster.changed->headers.contains(name)) {
                line(out, "  Header", name + " is taken out");
            }
        }
    }
}

void add_changes(std::string& out, std::string_view indent,
                 const std::optional<mesh::ResponseChanges>& changes) {
    for (const mesh::HeaderMutations& level :
         changes ? changes->levels : std::vector<mesh::HeaderMutations>{}) {
        for (const std::string& name : level.response_headers_to_remove) {
            line(out, fmt::format("{}Answers", indent), name + " is taken out");
        }
        for (const mesh::HeaderValueOption& option : level.response_headers_to_add) {
            line(out, fmt::format("{}Answers", indent), option.key + ": " + option.value);
        }
    }
}

// How the client's proxy answers itself.
void add_answer(std::string& out, const MeshRoute& route) {
    line(out, "Answer",
         fmt::format("{}, by the client's proxy{}", route.status,
                     route.match ? "" : ", with the response flag NR"));
    if (route.answer) {
        if (const auto location = route.answer->headers.find("location");
            location != route.answer->headers.end()) {
            line(out, "Location", location->second);
        }
        if (!route.answer->body.empty()) {
            line(out, "Body", route.answer->body);
        }
    }
    add_changes(out, "", route.response_changes);
}

std::string_view words_of(mesh::LbPolicy policy) {
    switch (policy) {
        case mesh::LbPolicy::RoundRobin:
            return "ROUND_ROBIN";
        case mesh::LbPolicy::LeastRequest:
            return "LEAST_REQUEST";
        case mesh::LbPolicy::Random:
            return "RANDOM";
        case mesh::LbPolicy::RingHash:
            return "RING_HASH";
        case mesh::LbPolicy::Maglev:
            return "MAGLEV";
    }
    return "";
}

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

template <class T>
void add_all(std::vector<json::object>& objects, const store::Store& store) {
    for (const auto& each : store.list<T>()) {
        objects.push_back(codec::to_json(*each).as_object());
    }
}

// What proxies know of endpoints, by cluster.
json::object assignments_of(const store::Store& store, const MeshRoutes& routes,
                            const istio::Proxy& client) {
    std::vector<json::object> objects = routes.objects();
    add_all<api::corev1::Pod>(objects, store);
    add_all<api::corev1::Node>(objects, store);
    add_all<api::corev1::Namespace>(objects, store);
    add_all<api::discoveryv1::EndpointSlice>(objects, store);
    return istio::PushContext{objects}.load_assignments(client);
}

std::string pod_at(const store::Store& store, std::string_view address) {
    const std::string_view ip = address.substr(0, address.rfind(':'));
    for (const auto& pod : store.list<api::corev1::Pod>()) {
        if (pod->status.podIP == ip) {
            return fmt::format("{} on {}", pod->metadata.name, pod->spec.nodeName);
        }
    }
    return "";
}

std::int64_t whole_number(const json::object& object, std::string_view name,
                          std::int64_t by_default) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : by_default;
}

void add_endpoints(std::string& out, const store::Store& store, const json::object& assignments,
                   const std::string& cluster) {
    const json::value* localities = assignments.if_contains(cluster);
    std::size_t count = 0;
    for (const json::value& each : localities != nullptr ? localities->as_array() : json::array{}) {
        const json::object& locality = each.as_object();
        const std::int64_t priority = whole_number(locality, "priority", 0);
        for (const json::value& endpoint : locality.at("lb_endpoints").as_array()) {
            const json::object& one = endpoint.as_object();
            const json::value* health = one.if_contains("health_status");
            const std::string address{one.at("address").as_string()};
            out += count == 0 ? "  Endpoints     weight\n" : "";
            out += fmt::format("    {:<10} {:>5}  {:<18} {}{}\n",
                               health != nullptr ? std::string_view{health->as_string()}
                                                 : std::string_view{"UNKNOWN"},
                               whole_number(one, "load_balancing_weight", 1), address,
                               pod_at(store, address),
                               priority == 0 ? "" : fmt::format(", priority {}", priority));
            ++count;
        }
    }
    if (count == 0) {
        line(out, "  No endpoint", "requests are answered with 503, with the response flag UH");
    }
}

// What is explained, and what is known of it.
struct Explained {
    const store::Store& store;
    const mesh::Request& request;
    json::object assignments;
    std::uint64_t weights = 0;  // of all clusters
};

void add_cluster(std::string& out, const MeshCluster& cluster, const Explained& explained) {
    out += fmt::format("\nCluster       {}\n", cluster.name);
    line(out, "  Gets",
         fmt::format("{:.4g}% of the requests", 100.0 * static_cast<double>(cluster.weight) /
                                                    static_cast<double>(explained.weights)));
    if (!cluster.exists) {
        line(out, "  Is not there",
             fmt::format("requests are answered with {}, with the response flag NC",
                         cluster.status_if_missing));
        return;
    }
    line(
        out, "  Told by",
        cluster.rules.empty() ? "no DestinationRule" : "DestinationRule " + list_of(cluster.rules));
    add_changes(out, explained.request, cluster);
    add_changes(out, "  ", cluster.response_changes);
    line(out, "  Limits", words_of(cluster.policy.thresholds));
    if (cluster.policy.load_balancing) {
        line(out, "  Picked by", std::string{words_of(cluster.policy.load_balancing->lb_policy)});
    }
    if (cluster.policy.outlier_detection) {
        line(out, "  Left out", words_of(*cluster.policy.outlier_detection));
    }
    if (cluster.policy.health_check) {
        line(out, "  Checked by", words_of(*cluster.policy.health_check));
    }
    add_endpoints(out, explained.store, explained.assignments, cluster.name);
}

}  // namespace

Result<std::string> explain_route(store::Store& store, MeshRoutes* routes,
                                  const RouteQuestion& question) {
    mesh::ServiceDirectory directory{store};
    mesh::Request request = question.request;
    const mesh::Authority authority = mesh::parse_authority(question.url, request.path);
    const mesh::Cluster* service = directory.resolve(authority, question.in_namespace);
    if (service == nullptr) {
        return Error{.reason = Reason::NotFound,
                     .message = fmt::format("no Service \"{}\" with a port {}, seen from namespace "
                                            "{}",
                                            authority.host, authority.port, question.in_namespace)};
    }
    MeshRoutes nobody{store, {}};
    MeshRoutes& told = routes != nullptr ? *routes : nobody;
    const istio::Proxy client{.namespace_ = question.in_namespace,
                              .labels = {question.labels.begin(), question.labels.end()}};
    const std::string host = authority.port == 80
                                 ? authority.host
                                 : fmt::format("{}:{}", authority.host, authority.port);
    const MeshRoute route = told.find(client, service->service, service->port, host, request);
    std::string out;
    line(out, "Request",
         fmt::format("{} {}{}, from namespace {}", request.method, host, request.path,
                     question.in_namespace));
    line(out, "Service", service->name);
    line(out, "Virtual host", route.virtual_host.empty() ? "none" : route.virtual_host);
    line(out, "Told by", route.source.empty() ? "no VirtualService or HTTPRoute" : route.source);
    if (route.match) {
        line(out, "Route", (route.name.empty() ? "" : route.name + ": ") + words_of(*route.match));
    }
    if (route.fault) {
        add_fault(out, *route.fault);
    }
    for (const mesh::HttpFilter& filter : route.filters) {
        line(out, "Filter", words_of(filter));
        line(out, "", filter.name);
    }
    for (const MeshMirror& mirror : route.mirrors) {
        line(out, "Copies",
             fmt::format("{:.4g}% go to {}", percent_of(mirror.fraction), mirror.cluster.name));
    }
    if (route.clusters.empty()) {
        add_answer(out, route);
        return out;
    }
    const mesh::RoutePolicy& policy = route.clusters.front().policy;
    if (route.is_told()) {
        line(out, "Time limit",
             policy.timeout == Duration::zero() ? "none" : to_string(policy.timeout));
        add_retries(out, policy.retry_policy);
        if (policy.hedge_on_per_try_timeout) {
            line(out, "Hedging", "an attempt that has had its time goes on beside the next one");
        }
    } else {
        line(out, "Policy", "none: one attempt, without a time limit");
    }
    Explained explained{
        .store = store, .request = request, .assignments = assignments_of(store, told, client)};
    for (const MeshCluster& cluster : route.clusters) {
        explained.weights += cluster.weight;
    }
    for (const MeshCluster& cluster : route.clusters) {
        add_cluster(out, cluster, explained);
    }
    return out;
}

}  // namespace wavetank::sim
