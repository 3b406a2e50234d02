#include "istio/gateway_rules.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wavetank::istio {
namespace {

// ---- Matches

json::object string_match(const json::object* from) {
    const bool is_regex = text_in(from, "type") == "RegularExpression";
    return {{is_regex ? "regex" : "exact", text_in(from, "value")}};
}

json::object path_match(const json::object* match) {
    const json::object* path = message_in(match, "path");
    const std::string type = text_in(path, "type");
    std::string value = field(path, "value") == nullptr ? "/" : text_in(path, "value");
    if (type == "Exact") {
        return {{"exact", value}};
    }
    if (type == "RegularExpression") {
        return {{"regex", value}};
    }
    if (value != "/" && value.ends_with('/')) {
        value.pop_back();
    }
    return {{"prefix", value}};
}

json::object named_matches(const json::object* match, std::string_view list) {
    json::object made;
    for (const json::object* each : messages_in(match, list)) {
        made[text_in(each, "name")] = string_match(each);
    }
    return made;
}

json::object request_match(const json::object* match) {
    json::object made{{"uri", path_match(match)}};
    for (const std::string_view list : {"headers", "queryParams"}) {
        if (json::object matches = named_matches(match, list); !matches.empty()) {
            made[list] = std::move(matches);
        }
    }
    if (field(match, "method") != nullptr) {
        made["method"] = {{"exact", text_in(match, "method")}};
    }
    return made;
}

// ---- Filters

// Of one name, in any case, the first counts.
json::object header_map(const json::object* filter, std::string_view list) {
    json::object made;
    for (const json::object* header : messages_in(filter, list)) {
        const std::string name = lower_case(text_in(header, "name"));
        if (!made.contains(name)) {
            made[name] = text_in(header, "value");
        }
    }
    return made;
}

bool is_valid_value(const std::string& value) {
    return std::ranges::all_of(value, [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code == 0x09 || (code >= 0x20 && code != 0x7f);
    });
}

// Returns what is done to headers, or what is wrong with it.
std::optional<RuleError> add_header_operations(const json::object* filter, std::string_view side,
                                               json::object& route) {
    if (filter == nullptr) {
        return std::nullopt;
    }
    json::object operations;
    for (const std::string_view list : {"set", "add"}) {
        for (const json::object* header : messages_in(filter, list)) {
            if (!is_valid_value(text_in(header, "value"))) {
                return RuleError{.reason = "InvalidFilter",
                                 .message = "header \"" + text_in(header, "name") +
                                            "\" value contains invalid characters"};
            }
        }
        if (json::object made = header_map(filter, list); !made.empty()) {
            operations[list] = std::move(made);
        }
    }
    json::array removed;
    for (const std::string& name : texts_in(filter, "remove")) {
        removed.emplace_back(name);
    }
    if (!removed.empty()) {
        operations["remove"] = std::move(removed);
    }
    if (!route.contains("headers")) {
        route["headers"] = json::object{};
    }
    route["headers"].as_object()[side] = std::move(operations);
    return std::nullopt;
}

json::object redirect_of(const json::object* filter) {
    json::object made;
    made["redirectCode"] =
        field(filter, "statusCode") == nullptr ? 302 : integer_in(filter, "statusCode");
    if (field(filter, "hostname") != nullptr) {
        made["authority"] = text_in(filter, "hostname");
    }
    if (field(filter, "scheme") != nullptr) {
        made["scheme"] = text_in(filter, "scheme");
    }
    if (field(filter, "port") != nullptr) {
        made["port"] = integer_in(filter, "port");
    } else {
        made["derivePort"] =
            field(filter, "scheme") != nullptr ? "FROM_PROTOCOL_DEFAULT" : "FROM_REQUEST_PORT";
    }
    const json::object* path = message_in(filter, "path");
    if (text_in(path, "type") == "ReplaceFullPath") {
        made["uri"] = text_in(path, "replaceFullPath");
    } else if (text_in(path, "type") == "ReplacePrefixMatch") {
        made["prefixRewrite"] = text_in(path, "replacePrefixMatch");
    }
    return made;
}

// Nothing if nothing is rewritten.
std::optional<json::object> rewrite_of(const json::object* filter) {
    json::object made;
    const json::object* path = message_in(filter, "path");
    if (text_in(path, "type") == "ReplacePrefixMatch") {
        std::string prefix = text_in(path, "replacePrefixMatch");
        prefix.resize(prefix.size() - (prefix.ends_with('/') ? 1 : 0));
        made["uri"] = prefix.empty() ? "/" : prefix;  // "/" takes the prefix away
    } else if (text_in(path, "type") == "ReplaceFullPath") {
        made["uriRegexRewrite"] = {{"match", "/.*"}, {"rewrite", text_in(path, "replaceFullPath")}};
    }
    if (const std::string host = text_in(filter, "hostname"); !host.empty()) {
        made["authority"] = host;
    }
    return made.empty() ? std::nullopt : std::optional{std::move(made)};
}

json::object origin_match(const std::string& origin) {
    if (origin == "*") {
        return {{"regex", R"(^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+$)"}};
    }
    const auto stars = std::ranges::count(origin, '*');
    if (stars == 0) {
        return {{"exact", origin}};
    }
    if (stars == 1 && origin.ends_with('*')) {
        return {{"prefix", origin.substr(0, origin.size() - 1)}};
    }
    std::string pattern = "^";
    for (const char c : origin) {
        if (c == '*') {
            pattern += ".*";
            continue;
        }
        if (std::string_view{R"(\.+?()|[]{}^$)"}.find(c) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += c;
    }
    return {{"regex", pattern + "$"}};
}

json::object cors_of(const json::object* filter) {
    json::object made{{"unmatchedPreflights", "IGNORE"}};
    json::array origins;
    for (const std::string& origin : texts_in(filter, "allowOrigins")) {
        if (!origin.empty()) {
            origins.emplace_back(origin_match(origin));
        }
    }
    if (!origins.empty()) {
        made["allowOrigins"] = std::move(origins);
    }
    if (flag_in(filter, "allowCredentials")) {
        made["allowCredentials"] = true;
    }
    for (const std::string_view list : {"allowMethods", "allowHeaders", "exposeHeaders"}) {
        if (const json::value* given = field(filter, list)) {
            made[list] = *given;
        }
    }
    const std::int64_t age = field(filter, "maxAge") == nullptr ? 5 : integer_in(filter, "maxAge");
    if (age > 0) {
        made["maxAge"] = std::to_string(age) + "s";
    }
    return made;
}

// ---- Backends

// A backend that is named, and what is wrong with it: at worst the rule is refused.
struct Backend {
    json::object destination;
    std::optional<RuleError> error;
    bool refuses_rule = false;
};

Backend destination_of(const json::object* reference, const std::string& namespace_,
                       const Registry& registry) {
    const auto text_or = [&](std::string_view name, std::string otherwise) {
        return field(reference, name) == nullptr ? otherwise : text_in(reference, name);
    };
    const auto refusal = [](std::string message) {
        return Backend{
            .error = RuleError{.reason = "InvalidDestination", .message = std::move(message)},
            .refuses_rule = true};
    };
    const std::string group = text_or("group", "");
    const std::string kind = text_or("kind", "Service");
    const std::string name = text_in(reference, "name");
    const std::string target = text_or("namespace", namespace_);
    Backend backend;
    std::string host;
    bool is_there = true;
    if (group.empty() && kind == "Service") {
        if (name.find('.') != std::string::npos) {
            return refusal(
                "service name invalid; the name of the Service must be used, not the hostname.");
        }
        host = name + "." + target + ".svc." + std::string{cluster_domain};
        is_there = registry.has_kubernetes_service(target, name);
    } else if (group == "networking.istio.io" && kind == "Hostname") {
        if (field(reference, "namespace") != nullptr) {
            return refusal("namespace may not be set with Hostname type");
        }
        host = name;
        is_there = std::ranges::any_of(registry.services, [&](const ServicePtr& service) {
            return service->hostname == host;
        });
    } else if (group == "multicluster.x-k8s.io" && kind == "ServiceImport") {
        host = name + "." + target + ".svc." + std::string{cluster_domain};
        is_there = registry.has_kubernetes_service(target, name);
    } else {
        return {.error = RuleError{.reason = "InvalidKind",
                                   .message = "referencing unsupported backendRef: group \"" +
                                              group + "\" kind \"" + kind + "\""}};
    }
    if (field(reference, "port") == nullptr) {
        return refusal("port is required in backendRef");
    }
    if (!is_there) {
        backend.error =
            RuleError{.reason = "BackendNotFound", .message = "backend(" + host + ") not found"};
    }
    backend.destination = {{"host", host}, {"port", {{"number", integer_in(reference, "port")}}}};
    return backend;
}

std::int64_t weight_of(const json::object* reference) {
    return field(reference, "weight") == nullptr ? 1 : integer_in(reference, "weight");
}

// Translates one rule for one match.
class RuleConverter {
public:
    RuleConverter(const RawObject& route, const Registry& registry)
        : route_(route), registry_(registry) {}

    /// Null: the rule cannot be translated.
    std::optional<json::object> convert(const json::object& rule, const json::object* match,
                                        std::size_t position, std::optional<RuleError>& error) {
        json::object made;
        made["name"] = field(&rule, "name") != nullptr
                           ? text_in(&rule, "name")
                           : route_.namespace_ + "." + route_.name + "." + std::to_string(position);
        if (match != nullptr) {
            made["match"] = json::array{request_match(match)};
        }
        std::optional<RuleError> mirror_error;
        for (const json::object* filter : messages_in(&rule, "filters")) {
            if (auto problem = add_filter(*filter, made, mirror_error)) {
                error = problem;
                return std::nullopt;
            }
        }
        add_retries_and_timeouts(rule, made);
        const auto backends = messages_in(&rule, "backendRefs");
        std::int64_t sum = 0;
        for (const json::object* backend : backends) {
            sum += weight_of(backend);
        }
        if (sum == 0 && !made.contains("redirect")) {
            made["directResponse"] = {{"status", 500}};
            error = mirror_error;
            return made;
        }
        std::optional<RuleError> backend_error;
        if (!add_destinations(backends, made, backend_error)) {
            error = backend_error;
            return std::nullopt;
        }
        error = backend_error ? backend_error : mirror_error;
        if (backend_error && mirror_error) {
            error->message += "; " + mirror_error->message;
        }
        return made;
    }

private:
    std::optional<RuleError> add_filter(const json::object& filter, json::object& made,
                                        std::optional<RuleError>& mirror_error) {
        const std::string type = text_in(&filter, "type");
        if (type == "RequestHeaderModifier") {
            return add_header_operations(message_in(&filter, "requestHeaderModifier"), "request",
                                         made);
        }
        if (type == "ResponseHeaderModifier") {
            return add_header_operations(message_in(&filter, "responseHeaderModifier"), "response",
                                         made);
        }
        if (type == "RequestRedirect") {
            made["redirect"] = redirect_of(message_in(&filter, "requestRedirect"));
        } else if (type == "RequestMirror") {
            add_mirror(message_in(&filter, "requestMirror"), made, mirror_error);
        } else if (type == "URLRewrite") {
            if (auto rewrite = rewrite_of(message_in(&filter, "urlRewrite"))) {
                made["rewrite"] = std::move(*rewrite);
            }
        } else if (type == "CORS") {
            made["corsPolicy"] = cors_of(message_in(&filter, "cors"));
        } else {
            return RuleError{.reason = "InvalidFilter",
                             .message = "unsupported filter type \"" + type + "\""};
        }
        return std::nullopt;
    }

    void add_mirror(const json::object* filter, json::object& made,
                    std::optional<RuleError>& error) {
        Backend backend =
            destination_of(message_in(filter, "backendRef"), route_.namespace_, registry_);
        if (backend.error) {
            error = backend.error;
            return;
        }
        json::object mirror{{"destination", std::move(backend.destination)}};
        if (const json::object* part = message_in(filter, "fraction")) {
            const double of =
                field(part, "denominator") == nullptr ? 100 : number_in(part, "denominator");
            mirror["percentage"] = {{"value", 100 * number_in(part, "numerator") / of}};
        } else if (field(filter, "percent") != nullptr) {
            mirror["percentage"] = {{"value", number_in(filter, "percent")}};
        }
        if (!made.contains("mirrors")) {
            made["mirrors"] = json::array{};
        }
        made["mirrors"].as_array().emplace_back(std::move(mirror));
    }

    static void add_retries_and_timeouts(const json::object& rule, json::object& made) {
        if (const json::object* retry = message_in(&rule, "retry")) {
            std::string retry_on = "connect-failure,refused-stream,unavailable,cancelled";
            if (const json::array* codes = list_in(retry, "codes")) {
                for (const json::value& code : *codes) {
                    retry_on += "," + std::to_string(code.to_number<std::int64_t>());
                }
            }
            const std::int64_t attempts =
                field(retry, "attempts") == nullptr ? 2 : integer_in(retry, "attempts");
            json::object retries{{"attempts", attempts}};
            if (attempts != 0) {
                retries["retryOn"] = retry_on;
            }
            if (field(retry, "backoff") != nullptr) {
                retries["backoff"] = text_in(retry, "backoff");
            }
            made["retries"] = std::move(retries);
        }
        const json::object* timeouts = message_in(&rule, "timeouts");
        const auto given = [&](std::string_view name) {
            const auto duration = duration_in(timeouts, name);
            return duration && *duration != Duration::zero();
        };
        if (given("request")) {
            made["timeout"] = text_in(timeouts, "request");
        }
        if (given("backendRequest")) {
            const std::string timeout = text_in(timeouts, "backendRequest");
            if (made.contains("retries")) {
                made["retries"].as_object()["perTryTimeout"] = timeout;
            } else {
                made["timeout"] = timeout;
            }
        }
    }

    // False: the rule is refused. A single backend has no weight.
    bool add_destinations(const std::vector<const json::object*>& backends, json::object& made,
                          std::optional<RuleError>& error) {
        std::vector<const json::object*> chosen;
        for (const json::object* backend : backends) {
            if (weight_of(backend) != 0) {
                chosen.push_back(backend);
            }
        }
        json::array destinations;
        for (const json::object* reference : chosen) {
            Backend backend = destination_of(reference, route_.namespace_, registry_);
            if (backend.error) {
                error = backend.error;
            }
            if (backend.refuses_rule) {
                return false;
            }
            json::object destination{{"destination", std::move(backend.destination)},
                                     {"weight", chosen.size() == 1 ? 0 : weight_of(reference)}};
            if (auto problem = add_backend_filters(*reference, destination)) {
                error = problem;
                return false;
            }
            destinations.emplace_back(std::move(destination));
        }
        if (!destinations.empty()) {
            made["route"] = std::move(destinations);
        }
        return true;
    }

    static std::optional<RuleError> add_backend_filters(const json::object& reference,
                                                        json::object& destination) {
        for (const json::object* filter : messages_in(&reference, "filters")) {
            const std::string type = text_in(filter, "type");
            std::optional<RuleError> problem;
            if (type == "RequestHeaderModifier") {
                problem = add_header_operations(message_in(filter, "requestHeaderModifier"),
                                                "request", destination);
            } else if (type == "ResponseHeaderModifier") {
                problem = add_header_operations(message_in(filter, "responseHeaderModifier"),
                                                "response", destination);
            } else {
                problem = RuleError{.reason = "InvalidFilter",
                                    .message = "unsupported filter type \"" + type + "\""};
            }
            if (problem) {
                return problem;
            }
        }
        return std::nullopt;
    }

    const RawObject& route_;
    const Registry& registry_;
};

// The greater, the earlier.
std::tuple<int, std::size_t, bool, std::size_t, std::size_t> precedence_of(
    const json::object& route) {
    const auto matches = messages_in(&route, "match");
    const json::object* match = matches.front();
    const json::object* uri = message_in(match, "uri");
    const auto count = [&](std::string_view name) {
        const json::object* map = message_in(match, name);
        return map == nullptr ? std::size_t{0} : map->size();
    };
    int rank = -1;
    std::size_t length = 0;
    for (const auto& [kind, its_rank] : {std::pair{"exact", 3}, {"prefix", 2}, {"regex", 1}}) {
        if (field(uri, kind) != nullptr) {
            rank = its_rank;
            length = text_in(uri, kind).size();
        }
    }
    return {rank, length, field(match, "method") != nullptr, count("headers"),
            count("queryParams")};
}

}  // namespace

void sort_by_precedence(std::vector<json::object>& routes) {
    std::ranges::stable_sort(routes, [](const json::object& one, const json::object& other) {
        if (messages_in(&one, "match").empty()) {
            return false;
        }
        return messages_in(&other, "match").empty() || precedence_of(one) > precedence_of(other);
    });
}

RuleResult convert_rules(const RawObject& route, const json::object& spec,
                         const Registry& registry) {
    // As the API server fills in what is absent.
    static const json::object any_path{{"path", {{"type", "PathPrefix"}, {"value", "/"}}}};
    RuleResult result;
    RuleConverter converter{route, registry};
    std::size_t position = 0;
    static const json::object any_rule;
    std::vector<const json::object*> rules = messages_in(&spec, "rules");
    if (!spec.contains("rules")) {
        rules = {&any_rule};
    }
    for (const json::object* rule : rules) {
        std::vector<const json::object*> matches = messages_in(rule, "matches");
        if (!rule->contains("matches")) {
            matches = {&any_path};
        } else if (matches.empty()) {
            matches = {nullptr};
        }
        for (const json::object* match : matches) {
            std::optional<RuleError> error;
            auto made = converter.convert(*rule, match, position, error);
            if (!made) {
                return {.error = error};
            }
            result.error = error ? error : result.error;
            result.routes.push_back(std::move(*made));
        }
        ++position;
    }
    return result;
}

}  // namespace wavetank::istio
