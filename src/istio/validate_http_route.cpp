#include "istio/retries.hpp"
#include "istio/validation_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace wavetank::istio {
namespace {

bool has_field(const json::object& message, std::string_view name) {
    return field(&message, name) != nullptr;
}

bool has_entries(const json::object& message, std::string_view list) {
    const json::array* found = list_in(&message, list);
    return found != nullptr && !found->empty();
}

ErrorList subset_name_problems(const std::string& name) {
    if (name.empty()) {
        return "subset name cannot be empty";
    }
    return is_dns_1123_label(name) ? ErrorList{} : ErrorList{"subset name is invalid: " + name};
}

ErrorList destination_problems(const json::object* destination) {
    ErrorList errors;
    if (destination == nullptr) {
        return errors;
    }
    const std::string host = text_in(destination, "host");
    errors.append(host == "*" ? ErrorList{"invalid destination host *"}
                              : wildcard_domain_problems(host));
    if (const std::string subset = text_in(destination, "subset"); !subset.empty()) {
        errors.append(subset_name_problems(subset));
    }
    if (const json::object* port = message_in(destination, "port")) {
        errors.append(port_problems(integer_in(port, "number")));
    }
    return errors;
}

ErrorList conflict_problems(const json::object& route, bool is_delegate) {
    ErrorList errors;
    const bool redirects = has_field(route, "redirect");
    const bool answers = has_field(route, "directResponse");
    if (!is_delegate && has_field(route, "delegate")) {
        const std::string start =
            "root HTTP route " + text_in(&route, "name") + " must not specify ";
        errors.append(redirects ? ErrorList{start + "redirect"} : ErrorList{});
        errors.append(has_field(route, "route") ? ErrorList{start + "route"} : ErrorList{});
        return errors;
    }
    if (is_delegate && has_field(route, "delegate")) {
        errors.append("delegate HTTP route cannot contain delegate");
    }
    if (redirects || answers) {
        const std::string what = redirects ? "redirect" : "direct_response";
        if (has_entries(route, "route")) {
            errors.append("HTTP route cannot contain both route and " + what);
        }
        if (has_field(route, "fault")) {
            errors.append("HTTP route cannot contain both fault and " + what);
        }
        if (has_field(route, "rewrite")) {
            errors.append("HTTP route rule cannot contain both rewrite and " + what);
        }
        if (redirects && answers) {
            errors.append("HTTP route rule cannot contain both direct_response and redirect");
        }
    } else if (!has_entries(route, "route")) {
        errors.append("HTTP route, redirect or direct_response is required");
    }
    if (has_field(route, "mirror") && has_entries(route, "mirrors")) {
        errors.append("HTTP route cannot contain both mirror and mirrors");
    }
    return errors;
}

std::map<std::string, const json::object*> rules_by_name(const json::object* match,
                                                         std::string_view name) {
    std::map<std::string, const json::object*> rules;
    if (const json::object* map = message_in(match, name)) {
        for (const auto& entry : *map) {
            rules.emplace(entry.key(), entry.value().if_object());
        }
    }
    return rules;
}

ErrorList match_problems(const json::object& route) {
    ErrorList errors;
    const auto matches = messages_in(&route, "match");
    for (const json::object* match : matches) {
        for (const auto& [name, rule] : rules_by_name(match, "headers")) {
            if (rule == nullptr) {
                errors.append("header match " + name + " cannot be null");
            }
            errors.append(match_header_problems(name));
            errors.append(string_match_problems(rule, "headers"));
        }
        for (const auto& [name, rule] : rules_by_name(match, "withoutHeaders")) {
            errors.append(match_header_problems(name));
            if (text_in(rule, "regex") != "*") {
                errors.append(string_match_problems(rule, "withoutHeaders"));
            }
        }
        errors.append(pattern_match_problems(message_in(match, "uri"), "uri"));
        for (const std::string_view part : {"scheme", "method", "authority"}) {
            errors.append(string_match_problems(message_in(match, part), part));
        }
        for (const auto& [name, rule] : rules_by_name(match, "queryParams")) {
            errors.append(string_match_problems(rule, "queryParams"));
        }
    }
    for (const json::object* match : matches) {
        if (const std::int64_t port = integer_in(match, "port"); port != 0) {
            errors.append(port_problems(port));
        }
        errors.append(label_problems(labels_in(match, "sourceLabels")));
        errors.append(gateway_name_problems(*match).errors);
        const std::string source = text_in(match, "sourceNamespace");
        if (!source.empty() && !is_dns_1123_label(source)) {
            errors.append("sourceNamespace match " + source + " is invalid");
        }
    }
    return errors;
}

ErrorList cors_problems(const json::object* policy) {
    static constexpr std::array<std::string_view, 10> methods{
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"};
    ErrorList errors;
    for (const json::object* origin : messages_in(policy, "allowOrigins")) {
        std::string match;
        for (const std::string_view kind : {"exact", "prefix", "regex"}) {
            match = match.empty() ? text_in(origin, kind) : match;
        }
        errors.append(match.empty()
                          ? ErrorList{"'' is not a valid match type for CORS allow origins"}
                          : pattern_match_problems(origin, "corsPolicy.allowOrigins"));
    }
    for (const std::string& method : texts_in(policy, "allowMethods")) {
        if (std::ranges::find(methods, method) == methods.end()) {
            errors.append(go_quoted(method) + " is not a supported HTTP method");
        }
    }
    for (const std::string_view list : {"allowHeaders", "exposeHeaders"}) {
        for (const std::string& name : texts_in(policy, list)) {
            errors.append(cors_header_problems(name));
        }
    }
    if (const auto age = duration_in(policy, "maxAge")) {
        errors.append(duration_problems(policy, "maxAge"));
        if (*age % std::chrono::seconds{1} > Duration::zero()) {
            errors.append_listed("max_age duration is accurate only to seconds precision");
        }
    }
    return errors;
}

ErrorList percentage_problems(const json::object* message) {
    const json::object* percentage = message_in(message, "percentage");
    const double value = number_in(percentage, "value");
    return value < 0 || value > 100 || (value > 0 && value < 0.0001)
               ? ErrorList{"percentage " + go_number(value) +
                           " is neither 0.0, nor in range [0.0001, 100.0]"}
               : ErrorList{};
}

ErrorList status_problems(std::int64_t status) {
    return status < 200 || status > 600
               ? ErrorList{"HTTP status " + std::to_string(status) + " is not in range 200-599"}
               : ErrorList{};
}

ErrorList grpc_status_problems(const std::string& status) {
    static constexpr std::array<std::string_view, 17> known{"OK",
                                                            "CANCELLED",
                                                            "UNKNOWN",
                                                            "INVALID_ARGUMENT",
                                                            "NOT_FOUND",
                                                            "DEADLINE_EXCEEDED",
                                                            "ALREADY_EXISTS",
                                                            "PERMISSION_DENIED",
                                                            "ABORTED",
                                                            "RESOURCE_EXHAUSTED",
                                                            "FAILED_PRECONDITION",
                                                            "OUT_OF_RANGE",
                                                            "INTERNAL",
                                                            "UNIMPLEMENTED",
                                                            "UNAVAILABLE",
                                                            "DATA_LOSS",
                                                            "UNAUTHENTICATED"};
    return std::ranges::find(known, status) != known.end()
               ? ErrorList{}
               : ErrorList{"gRPC status " + go_quoted(status) +
                           " is not supported. See "
                           "https://github.com/grpc/grpc/blob/master/doc/statuscodes.md for a "
                           "list of supported codes, for example 'NOT_FOUND'"};
}

// Warnings that an abort has no status are lost on the way, as upstream.
ErrorList fault_problems(const json::object* fault) {
    ErrorList errors;
    if (fault == nullptr) {
        return errors;
    }
    const json::object* abort = message_in(fault, "abort");
    const json::object* delay = message_in(fault, "delay");
    if (abort == nullptr && delay == nullptr) {
        errors.append_listed("HTTP fault injection must have an abort and/or a delay");
    }
    errors.append(percentage_problems(abort));
    if (field(abort, "grpcStatus") != nullptr) {
        errors.append(grpc_status_problems(text_in(abort, "grpcStatus")));
    } else if (field(abort, "http2Error") != nullptr) {
        errors.append("HTTP/2 abort fault injection not supported yet");
    } else if (field(abort, "httpStatus") != nullptr) {
        errors.append(status_problems(integer_in(abort, "httpStatus")));
    }
    ErrorList of_delay = percentage_problems(delay);
    if (field(delay, "fixedDelay") != nullptr) {
        of_delay.append(duration_problems(delay, "fixedDelay"));
    } else if (field(delay, "exponentialDelay") != nullptr) {
        of_delay.append(duration_problems(delay, "exponentialDelay"));
        of_delay.append_listed("exponentialDelay not supported yet");
    }
    errors.append(of_delay);
    return errors;
}

ErrorList mirror_share_problems(const json::object* percentage, std::string_view name) {
    ErrorList errors;
    const double value = number_in(percentage, "value");
    if (value > 100) {
        errors.append(std::string{name} + " must have a max value of 100 (it has " +
                      go_fixed(value) + ")");
    }
    if (value < 0) {
        errors.append(std::string{name} + " must have a min value of 0 (it has " + go_fixed(value) +
                      ")");
    }
    return errors;
}

ErrorList mirrors_problems(const json::object& route) {
    ErrorList errors;
    for (const json::object* mirror : messages_in(&route, "mirrors")) {
        if (message_in(mirror, "destination") == nullptr) {
            errors.append("destination is required for mirrors");
            continue;
        }
        errors.append(destination_problems(message_in(mirror, "destination")));
        errors.append(mirror_share_problems(message_in(mirror, "percentage"), "mirror percentage"));
    }
    return errors;
}

// The first that is wrong.
ErrorList redirect_problems(const json::object* redirect,
                            const std::vector<const json::object*>& matches) {
    if (redirect == nullptr) {
        return {};
    }
    const std::string uri = text_in(redirect, "uri");
    const std::string prefix = text_in(redirect, "prefixRewrite");
    const std::string scheme = text_in(redirect, "scheme");
    if (!uri.empty() && !prefix.empty()) {
        return "redirect may only specify one of uri or prefix_rewrite";
    }
    for (const json::object* match : matches) {
        const json::object* path = message_in(match, "uri");
        if (!prefix.empty() && path != nullptr && field(path, "prefix") == nullptr) {
            return "redirect prefix_rewrite requires all URI matches to use prefix match type";
        }
    }
    const bool has_port =
        field(redirect, "port") != nullptr || field(redirect, "derivePort") != nullptr;
    if (uri.empty() && prefix.empty() && text_in(redirect, "authority").empty() && !has_port &&
        scheme.empty()) {
        return "redirect must specify URI, authority, scheme, or port";
    }
    const std::int64_t code = integer_in(redirect, "redirectCode");
    if (code != 0 && (code < 300 || code > 399)) {
        return std::to_string(code) + " is not a valid redirect code, must be 3xx";
    }
    if (!scheme.empty() && scheme != "http" && scheme != "https") {
        return "invalid redirect scheme, must be \"http\" or \"https\"";
    }
    const std::int64_t port = integer_in(redirect, "port");
    return port > 0 ? port_problems(port) : ErrorList{};
}

Validation direct_response_problems(const json::object* response) {
    constexpr std::size_t kibibyte = 1024;
    Validation found;
    if (response == nullptr) {
        return found;
    }
    if (const json::object* body = message_in(response, "body")) {
        const std::size_t size =
            std::max(text_in(body, "string").size(), text_in(body, "bytes").size());
        if (size > 1024 * kibibyte) {
            found.append(
                "large direct_responses may impact control plane performance, must be less than "
                "1MB");
        } else if (size > 100 * kibibyte) {
            found.warn("large direct_responses may impact control plane performance");
        }
    }
    found.append(status_problems(integer_in(response, "status")));
    return found;
}

bool is_retry_condition(const std::string& word) {
    static constexpr std::array<std::string_view, 16> known{"5xx",
                                                            "gateway-error",
                                                            "reset",
                                                            "reset-before-request",
                                                            "connect-failure",
                                                            "retriable-4xx",
                                                            "refused-stream",
                                                            "retriable-status-codes",
                                                            "retriable-headers",
                                                            "envoy-ratelimited",
                                                            "http3-post-connect-failure",
                                                            "cancelled",
                                                            "deadline-exceeded",
                                                            "internal",
                                                            "resource-exhausted",
                                                            "unavailable"};
    std::int64_t status = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), status);
    const bool is_number = failure == std::errc{} && end == word.data() + word.size();
    return (is_number && is_named_http_status(status)) ||
           std::ranges::find(known, word) != known.end();
}

ErrorList retry_problems(const json::object* retries) {
    ErrorList errors;
    if (retries == nullptr) {
        return errors;
    }
    const std::int64_t attempts = integer_in(retries, "attempts");
    const std::string conditions = text_in(retries, "retryOn");
    if (attempts < 0) {
        errors.append_listed("attempts cannot be negative");
    }
    if (attempts == 0 && (field(retries, "perTryTimeout") != nullptr || !conditions.empty() ||
                          field(retries, "retryRemoteLocalities") != nullptr)) {
        errors.append("http retry policy configured when attempts are set to 0 (disabled)");
    }
    errors.append(duration_problems(retries, "perTryTimeout"));
    if (!conditions.empty()) {
        for (const std::string& word : split(conditions, ',')) {
            if (!is_retry_condition(word)) {
                errors.append(go_quoted(word) + " is not a valid retryOn policy");
            }
        }
    }
    errors.append(duration_problems(retries, "backoff"));
    return errors;
}

ErrorList rewrite_problems(const json::object* rewrite) {
    if (rewrite == nullptr) {
        return {};
    }
    const bool has_uri = !text_in(rewrite, "uri").empty();
    const json::object* regex = message_in(rewrite, "uriRegexRewrite");
    if (has_uri && regex != nullptr) {
        return "rewrite may only contain one of URI or UriRegexRewrite";
    }
    if (!has_uri && regex == nullptr && text_in(rewrite, "authority").empty()) {
        return "rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one "
               "of URI or UriRegexRewrite may be specified";
    }
    if (regex == nullptr) {
        return {};
    }
    const std::string pattern = text_in(regex, "match");
    const ErrorList problems =
        pattern.empty() || text_in(regex, "rewrite").empty()
            ? ErrorList{"UriRegexRewrite requires both Rewrite and Match fields to be specified"}
            : pattern_problems(pattern, "HTTPRewrite.UriRegexRewrite.Match");
    return problems.empty() ? ErrorList{}
                            : ErrorList{"UriRegexRewrite has errors\n" + problems.text()};
}

// The authority may be rewritten in one place.
ErrorList authority_problems(const json::object& route) {
    std::string current = text_in(message_in(&route, "rewrite"), "authority");
    const json::object* request = message_in(message_in(&route, "headers"), "request");
    for (const std::string_view operation : {"set", "add"}) {
        for (const auto& [name, value] : labels_in(request, operation)) {
            if (!equal_fold(name, ":authority") && !equal_fold(name, "host")) {
                continue;
            }
            if (!current.empty()) {
                return "authority header cannot be set multiple times: have " + go_quoted(current) +
                       ", attempting to set " + go_quoted(value);
            }
            current = value;
        }
    }
    return {};
}

}  // namespace

ErrorList weighted_problems(const json::object& route) {
    ErrorList errors;
    std::int64_t total = 0;
    const auto weighted = messages_in(&route, "route");
    for (const json::object* one : weighted) {
        const json::object* destination = message_in(one, "destination");
        if (destination == nullptr) {
            errors.append_listed("destination is required");
        }
        errors.append(header_operation_problems(message_in(one, "headers")));
        errors.append(destination_problems(destination));
        const std::int64_t weight = integer_in(one, "weight");
        if (weight < 0) {
            errors.append("weight " + std::to_string(weight) + " < 0");
        }
        total += weight;
    }
    if (weighted.size() > 1 && total == 0) {
        errors.append("total destination weight = 0");
    }
    return errors;
}

Validation http_route_problems(const json::object& route, bool is_delegate) {
    Validation found;
    found.append(conflict_problems(route, is_delegate));
    found.append(match_problems(route));
    found.append(header_operation_problems(message_in(&route, "headers")));
    found.append(cors_problems(message_in(&route, "corsPolicy")));
    found.append(fault_problems(message_in(&route, "fault")));
    if (has_field(route, "mirrorPercent")) {
        if (const std::int64_t percent = integer_in(&route, "mirrorPercent"); percent > 100) {
            found.append("mirror_percent must have a max value of 100 (it has " +
                         std::to_string(percent) + ")");
        }
        found.warn(R"(using deprecated setting "mirrorPercent", use "mirrorPercentage" instead)");
    }
    found.append(
        mirror_share_problems(message_in(&route, "mirrorPercentage"), "mirror_percentage"));
    found.append(destination_problems(message_in(&route, "mirror")));
    found.append(mirrors_problems(route));
    found.append(redirect_problems(message_in(&route, "redirect"), messages_in(&route, "match")));
    found.append(direct_response_problems(message_in(&route, "directResponse")));
    found.append(retry_problems(message_in(&route, "retries")));
    found.append(rewrite_problems(message_in(&route, "rewrite")));
    found.append(authority_problems(route));
    found.append(weighted_problems(route));
    found.append(duration_problems(&route, "timeout"));
    return found;
}

}  // namespace wavetank::istio
