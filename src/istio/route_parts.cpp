#include "istio/route_parts.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

namespace wavetank::istio {

namespace {
// "*" is no pattern; it stands for "it is there".
bool means_present(const json::object* match) {
    const bool says_nothing = field(match, "exact") == nullptr &&
                              field(match, "prefix") == nullptr && field(match, "regex") == nullptr;
    return says_nothing || text_in(match, "regex") == "*";
}

json::object value_match(std::string_view name, const json::object* match) {
    json::object made{{"name", name}};
    if (means_present(match)) {
        made["present_match"] = true;
    } else {
        made["string_match"] = envoy_string_match(match);
    }
    return made;
}

// A map's entries by name; a null value is an empty match.
std::map<std::string, const json::object*> entries_of(const json::object* message,
                                                      std::string_view name) {
    std::map<std::string, const json::object*> entries;
    if (const json::object* map = message_in(message, name)) {
        for (const auto& entry : *map) {
            entries.emplace(entry.key(), entry.value().if_object());
        }
    }
    return entries;
}

json::array header_matches(const json::object* match) {
    std::vector<json::object> made;
    for (const auto& [name, rule] : entries_of(match, "headers")) {
        made.push_back(value_match(name, rule));
    }
    for (const auto& [name, rule] : entries_of(match, "withoutHeaders")) {
        json::object header = value_match(name, rule);
        header["invert_match"] = true;
        if (!means_present(rule)) {
            header["treat_missing_header_as_empty"] = true;
        }
        made.push_back(std::move(header));
    }
    std::ranges::stable_sort(made, [](const json::object& one, const json::object& other) {
        return one.at("name").as_string() < other.at("name").as_string();
    });
    for (const auto& [field_name, header] :
         {std::pair{"method", ":method"}, {"authority", ":authority"}, {"scheme", ":scheme"}}) {
        if (const json::object* rule = message_in(match, field_name)) {
            made.push_back(value_match(header, rule));
        }
    }
    json::array headers;
    for (json::object& header : made) {
        headers.emplace_back(std::move(header));
    }
    return headers;
}

void set_path(const json::object* uri, bool has_gateway_semantics, json::object& to) {
    if (field(uri, "exact") != nullptr) {
        to["path"] = text_in(uri, "exact");
    } else if (field(uri, "regex") != nullptr) {
        to["safe_regex"] = {{"regex", text_in(uri, "regex")}};
    } else if (field(uri, "prefix") != nullptr) {
        std::string prefix = text_in(uri, "prefix");
        if (has_gateway_semantics && prefix != "/") {
            prefix.resize(prefix.size() - (prefix.ends_with('/') ? 1 : 0));
            to["path_separated_prefix"] = prefix;
        } else {
            to["prefix"] = prefix;
        }
    } else {
        to["prefix"] = "/";
    }
}

bool is_authority(std::string_view name) {
    return equal_fold(name, ":authority") || equal_fold(name, "host");
}

bool is_internal(std::string_view name) {
    return name.starts_with(':') || equal_fold(name, "host");
}

// Those that are set or added, by name; returns the authority that is among them.
std::string append_values(const json::object* operations, std::string_view name, json::array& to) {
    std::string authority;
    for (const auto& [header, value] : labels_in(operations, name)) {
        if (is_authority(header)) {
            authority = value;
        }
        if (is_internal(header)) {
            continue;
        }
        json::object option{{"header", {{"key", header}, {"value", value}}}};
        if (value.empty()) {
            option["header"].as_object().erase("value");
        }
        if (name == "set") {
            option["append_action"] = "OVERWRITE_IF_EXISTS_OR_ADD";
        }
        to.emplace_back(std::move(option));
    }
    return authority;
}

json::array removed_names(const json::object* operations) {
    json::array names;
    for (const std::string& name : texts_in(operations, "remove")) {
        if (!is_internal(name)) {
            names.emplace_back(name);
        }
    }
    return names;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string made;
    for (const std::string& text : texts) {
        made += (made.empty() ? "" : ",") + text;
    }
    return made;
}

}  // namespace

json::object envoy_string_match(const json::object* match) {
    json::object made;
    for (const std::string_view kind : {"exact", "prefix"}) {
        if (field(match, kind) != nullptr) {
            made[kind] = text_in(match, kind);
        }
    }
    if (field(match, "regex") != nullptr) {
        made["safe_regex"] = {{"regex", text_in(match, "regex")}};
    }
    return made;
}

json::object route_match(const json::object* match, bool has_gateway_semantics) {
    json::object made;
    if (match == nullptr) {
        made["prefix"] = "/";
        return made;
    }
    set_path(message_in(match, "uri"), has_gateway_semantics, made);
    made["case_sensitive"] = !flag_in(match, "ignoreUriCase");
    if (json::array headers = header_matches(match); !headers.empty()) {
        made["headers"] = std::move(headers);
    }
    json::array parameters;
    for (const auto& [name, rule] : entries_of(match, "queryParams")) {
        parameters.emplace_back(value_match(name, rule));
    }
    if (!parameters.empty()) {
        made["query_parameters"] = std::move(parameters);
    }
    return made;
}

// Nothing that comes after such a route is ever reached.
bool is_catch_all(const json::object& route) {
    const json::object& match = route.at("match").as_object();
    const bool has_any_path = text_in(&match, "prefix") == "/" ||
                              text_in(&match, "path_separated_prefix") == "/" ||
                              text_in(message_in(&match, "safe_regex"), "regex") == ".*";
    return has_any_path && !match.contains("headers") && !match.contains("query_parameters");
}

HeaderOperations header_operations(const json::object* headers) {
    const json::object* request = message_in(headers, "request");
    const json::object* response = message_in(headers, "response");
    HeaderOperations made;
    const std::string set = append_values(request, "set", made.request_add);
    const std::string added = append_values(request, "add", made.request_add);
    made.authority = set.empty() ? added : set;
    append_values(response, "set", made.response_add);
    append_values(response, "add", made.response_add);
    made.request_remove = removed_names(request);
    made.response_remove = removed_names(response);
    return made;
}

json::object fraction(std::uint32_t numerator, bool is_of_a_million) {
    json::object made;
    if (numerator != 0) {
        made["numerator"] = numerator;
    }
    if (is_of_a_million) {
        made["denominator"] = "MILLION";
    }
    return made;
}

// Four digits after the point count.
json::object fraction_of_percent(const json::object* percent) {
    return fraction(static_cast<std::uint32_t>(number_in(percent, "value") * 10000), true);
}

void HeaderOperations::append_to(json::object& to) const {
    const auto append = [&](std::string_view name, const json::array& values) {
        if (values.empty()) {
            return;
        }
        json::array& list = to.contains(name)
                                ? to[name].as_array()
                                : to.emplace(name, json::array{}).first->value().as_array();
        list.insert(list.end(), values.begin(), values.end());
    };
    append("request_headers_to_add", request_add);
    append("request_headers_to_remove", request_remove);
    append("response_headers_to_add", response_add);
    append("response_headers_to_remove", response_remove);
}

json::object fault_filter(const json::object& fault) {
    static const std::array<std::string_view, 17> grpc_statuses{"OK",
                                                                "CANCELLED",
                                                                "UNKNOWN",
                                                                "INVALID_ARGUMENT",
                                                                "DEADLINE_EXCEEDED",
                                                                "NOT_FOUND",
                                                                "ALREADY_EXISTS",
                                                                "PERMISSION_DENIED",
                                                                "RESOURCE_EXHAUSTED",
                                                                "FAILED_PRECONDITION",
                                                                "ABORTED",
                                                                "OUT_OF_RANGE",
                                                                "UNIMPLEMENTED",
                                                                "INTERNAL",
                                                                "UNAVAILABLE",
                                                                "DATA_LOSS",
                                                                "UNAUTHENTICATED"};
    json::object filter{
        {"@type", "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"}};
    const json::object* delay = message_in(&fault, "delay");
    if (delay != nullptr && field(delay, "fixedDelay") != nullptr) {
        json::object made;
        copy_duration(delay, "fixedDelay", made, "fixed_delay");
        const json::object* percentage = message_in(delay, "percentage");
        made["percentage"] =
            percentage != nullptr
                ? fraction_of_percent(percentage)
                : fraction(static_cast<std::uint32_t>(integer_in(delay, "percent")), false);
        filter["delay"] = std::move(made);
    }
    const json::object* abort = message_in(&fault, "abort");
    const bool has_http = field(abort, "httpStatus") != nullptr;
    const bool has_grpc = field(abort, "grpcStatus") != nullptr;
    if (has_http || has_grpc) {
        json::object made;
        if (const json::object* percentage = message_in(abort, "percentage")) {
            made["percentage"] = fraction_of_percent(percentage);
        }
        if (has_http) {
            made["http_status"] = integer_in(abort, "httpStatus");
        } else {
            const auto found = std::ranges::find(grpc_statuses, text_in(abort, "grpcStatus"));
            made["grpc_status"] = found == grpc_statuses.end() ? 0 : found - grpc_statuses.begin();
        }
        filter["abort"] = std::move(made);
    }
    return filter;
}

json::object cors_filter(const json::object& policy) {
    json::object filter{
        {"@type", "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"},
        {"forward_not_matching_preflights", text_in(&policy, "unmatchedPreflights") != "IGNORE"},
        {"filter_enabled", {{"default_value", {{"numerator", 100}}}}}};
    json::array origins;
    if (list_in(&policy, "allowOrigins") != nullptr) {
        for (const json::object* origin : messages_in(&policy, "allowOrigins")) {
            if (json::object match = envoy_string_match(origin); !match.empty()) {
                origins.emplace_back(std::move(match));
            }
        }
    } else {
        for (const std::string& origin : texts_in(&policy, "allowOrigin")) {
            origins.emplace_back(json::object{{"exact", origin}});
        }
    }
    if (!origins.empty()) {
        filter["allow_origin_string_match"] = std::move(origins);
    }
    if (field(&policy, "allowCredentials") != nullptr) {
        filter["allow_credentials"] = flag_in(&policy, "allowCredentials");
    }
    for (const auto& [name, as] : {std::pair{"allowHeaders", "allow_headers"},
                                   {"allowMethods", "allow_methods"},
                                   {"exposeHeaders", "expose_headers"}}) {
        if (const std::string list = joined(texts_in(&policy, name)); !list.empty()) {
            filter[as] = list;
        }
    }
    if (const auto age = duration_in(&policy, "maxAge")) {
        filter["max_age"] =
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*age).count());
    }
    return filter;
}

std::optional<json::object> redirect_action(const json::object& redirect, std::uint32_t port) {
    static const std::map<std::int64_t, std::string_view> codes{{0, ""},
                                                                {301, ""},
                                                                {302, "FOUND"},
                                                                {303, "SEE_OTHER"},
                                                                {307, "TEMPORARY_REDIRECT"},
                                                                {308, "PERMANENT_REDIRECT"}};
    const auto code = codes.find(integer_in(&redirect, "redirectCode"));
    if (code == codes.end()) {
        return std::nullopt;
    }
    json::object action;
    if (const std::string host = text_in(&redirect, "authority"); !host.empty()) {
        action["host_redirect"] = host;
    }
    if (const std::string prefix = text_in(&redirect, "prefixRewrite"); !prefix.empty()) {
        action["prefix_rewrite"] = prefix;
    } else {
        action["path_redirect"] = text_in(&redirect, "uri");
    }
    const std::string scheme = text_in(&redirect, "scheme");
    if (!scheme.empty()) {
        action["scheme_redirect"] = scheme;
    }
    std::int64_t to_port = integer_in(&redirect, "port");
    if (text_in(&redirect, "derivePort") == "FROM_REQUEST_PORT") {
        to_port = port;
    }
    const bool is_default = (to_port == 80 && (scheme.empty() || scheme == "http")) ||
                            (to_port == 443 && scheme == "https");
    if (to_port != 0 && !is_default) {
        action["port_redirect"] = to_port;
    }
    if (!code->second.empty()) {
        action["response_code"] = code->second;
    }
    return action;
}

json::object direct_response_action(const json::object& response) {
    json::object action;
    if (const std::int64_t status = integer_in(&response, "status"); status != 0) {
        action["status"] = status;
    }
    const json::object* body = message_in(&response, "body");
    if (field(body, "string") != nullptr) {
        action["body"] = {{"inline_string", text_in(body, "string")}};
    } else if (field(body, "bytes") != nullptr) {
        action["body"] = {{"inline_bytes", text_in(body, "bytes")}};
    }
    return action;
}

}  // namespace wavetank::istio
