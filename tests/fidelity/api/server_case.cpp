#include "fidelity/api/server_case.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <array>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_string() ? std::string{member->get_string()}
                                                    : std::string{};
}

bool is_random(std::string_view text) {
    constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
    return text.size() == 5 && text.find_first_not_of(alphabet) == std::string_view::npos;
}

bool is_uuid(const std::string& text) {
    return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
           text[23] == '-';
}

/// Escapes quotes and backslashes as the `Warning` header does.
std::string header_text(const std::string& warning) {
    std::string result;
    for (const char each : warning) {
        if (each == '"' || each == '\\') {
            result += '\\';
        }
        result += each;
    }
    return result;
}

/// Tells whether the message quotes the inside of Go or of kube-apiserver, which another
/// implementation need not repeat.
bool quotes_internals(std::string_view message) {
    constexpr std::array marks{
        "json: cannot unmarshal", "\"Volumes\":", "@@ -",    "json parse error",
        "error converting",       "yaml:",        "strconv."};
    return std::any_of(marks.begin(), marks.end(), [&](const char* mark) {
        return message.find(mark) != std::string_view::npos;
    });
}

/// Drops the messages of a Status, so that code, reason and fields are left.
json::value without_messages(json::value status) {
    auto& fields = status.as_object();
    fields.erase("message");
    if (auto* details = fields.if_contains("details")) {
        if (auto* causes = details->as_object().if_contains("causes")) {
            for (auto& cause : causes->as_array()) {
                cause.as_object().erase("message");
            }
        }
    }
    return status;
}

json::value warnings_of(const std::vector<std::string>& warnings) {
    json::array array;
    for (const std::string& warning : warnings) {
        array.emplace_back(header_text(warning));
    }
    return array;
}

}  // namespace

void Normaliser::note_request(const json::value& body) {
    if (const auto* text = body.if_string()) {
        given_texts_.emplace(*text);
    } else if (const auto* number = body.if_int64()) {
        given_numbers_.insert(*number);
    } else if (const auto* items = body.if_array()) {
        for (const auto& item : *items) {
            note_request(item);
        }
    } else if (const auto* fields = body.if_object()) {
        for (const auto& [key, value] : *fields) {
            const bool prefix = key == "generateName" && value.is_string();
            if (prefix && !value.get_string().empty()) {
                prefixes_.emplace_back(value.get_string().subview(0, 58));
            }
            note_request(value);
        }
    }
}

json::value Normaliser::normalised(const json::value& answer) {
    return walk("", answer, false);
}

std::string Normaliser::without_random(const std::string& text) const {
    std::vector<std::string> prefixes = prefixes_;
    prefixes.emplace_back("kube-api-access-");
    std::string result = text;
    for (const std::string& prefix : prefixes) {
        std::size_t at = 0;
        while ((at = result.find(prefix, at)) != std::string::npos) {
            at += prefix.size();
            if (is_random(result.substr(at, 5))) {
                result.replace(at, 5, "<rand>");
            }
        }
    }
    return result;
}

std::string Normaliser::without_uids(std::string text) {
    constexpr std::size_t length = 36;
    for (std::size_t at = 0; at + length <= text.size(); ++at) {
        const std::string part = text.substr(at, length);
        const bool is_hexadecimal =
            part.find_first_not_of("0123456789abcdef-") == std::string::npos;
        if (is_hexadecimal && is_uuid(part) && !given_texts_.contains(part)) {
            const std::size_t number = uids_.emplace(part, uids_.size()).first->second;
            text.replace(at, length, "<uid:" + std::to_string(number) + ">");
        }
    }
    return text;
}

json::value Normaliser::text(std::string_view key, const std::string& text, bool in_metadata) {
    if (key == "resourceVersion" && in_metadata) {
        const std::size_t number = versions_.emplace(text, versions_.size()).first->second;
        return json::value("<rv:" + std::to_string(number) + ">");
    }
    if ((key == "uid" && in_metadata) || uids_.contains(text) ||
        (is_uuid(text) && !given_texts_.contains(text))) {
        const std::size_t number = uids_.emplace(text, uids_.size()).first->second;
        return json::value("<uid:" + std::to_string(number) + ">");
    }
    if (given_texts_.contains(text)) {
        return json::value(text);
    }
    if (parse_rfc3339(text)) {
        return json::value("<time>");
    }
    if (text.starts_with("10.96.") && text.size() <= 13) {
        return json::value("<ip>");
    }
    return json::value(without_uids(without_random(text)));
}

json::value Normaliser::walk(std::string_view key, const json::value& value, bool in_metadata) {
    if (const auto* text_value = value.if_string()) {
        return text(key, std::string{*text_value}, in_metadata);
    }
    if (value.is_int64()) {
        const std::int64_t number = value.get_int64();
        const bool port = key == "nodePort" || key == "healthCheckNodePort";
        return port && !given_numbers_.contains(number) ? json::value("<port>") : value;
    }
    if (const auto* items = value.if_array()) {
        json::array result;
        for (const auto& item : *items) {
            result.push_back(walk(key, item, false));
        }
        return result;
    }
    if (const auto* fields = value.if_object()) {
        json::object result;
        for (const auto& [name, member] : *fields) {
            if (name != "managedFields") {
                result[name] = walk(name, member, key == "metadata");
            }
        }
        return result;
    }
    return value;
}

ServerCase::ServerCase() {
    api::corev1::Namespace vec;
    vec.metadata.name = "vec";
    if (!registry_.create(std::move(vec))) {
        throw std::runtime_error{"the namespace vec was refused"};
    }
}

std::string ServerCase::filled_in(std::string_view text) const {
    std::string result;
    while (!text.empty()) {
        const std::size_t start = text.find("${s");
        result += text.substr(0, start);
        if (start == std::string_view::npos) {
            break;
        }
        text.remove_prefix(start);
        const std::size_t end = text.find('}');
        std::string path{text.substr(3, end - 3)};
        text.remove_prefix(end + 1);
        const std::size_t step = std::stoul(path);
        std::replace(path.begin(), path.end(), '.', '/');
        boost::system::error_code failed;
        const auto* value = answers_.at(step).find_pointer(path.substr(path.find('/')), failed);
        if (value != nullptr && value->is_string()) {
            result += value->get_string();
        }
    }
    return result;
}

registry::ApiResponse ServerCase::send(const json::object& step, std::string_view literal_body) {
    registry::ApiRequest request{.method = text_of(step, "method"),
                                 .target = filled_in(text_of(step, "path"))};
    if (const std::string type = text_of(step, "contentType"); !type.empty()) {
        request.content_type = type;
    }
    if (const auto* headers = step.if_contains("headers"); headers && headers->is_object()) {
        if (std::string type = text_of(headers->get_object(), "Content-Type"); !type.empty()) {
            request.content_type = std::move(type);
        }
    }
    if (const auto* body = step.if_contains("body")) {
        normaliser_.note_request(*body);
        request.body = literal_body.empty()
                           ? filled_in(codec::to_text(*body, {.sorted_keys = false}))
                           : std::string{literal_body};
    } else {
        request.body = filled_in(text_of(step, "bodyText"));
        boost::system::error_code failed;
        normaliser_.note_request(json::parse(request.body, failed));
    }
    return registry_.handle(request);
}

void ServerCase::remember(const registry::ApiResponse& response) {
    static_cast<void>(normaliser_.normalised(response.body));
    answers_.emplace_back(response.body);
}

Outcome ServerCase::compare(const json::object& step, const registry::ApiResponse& response) {
    const json::value actual = normaliser_.normalised(response.body);
    const json::value& expected = step.at("response");
    if (step.at("code") != json::value(response.code)) {
        return failed("code: expected " + json::serialize(step.at("code")) + ", got " +
                      std::to_string(response.code) + ": " + json::serialize(actual));
    }
    const json::array none;
    const auto* recorded = step.if_contains("warnings");
    const json::value warnings =
        recorded != nullptr && !recorded->is_null() ? *recorded : json::value(none);
    if (const auto different = difference(warnings, warnings_of(response.warnings), "warnings")) {
        return failed(*different);
    }
    const auto different = difference(expected, actual, "response");
    if (!different) {
        return passed();
    }
    const bool lenient =
        response.code >= 400 && quotes_internals(text_of(expected.as_object(), "message"));
    if (lenient && !difference(without_messages(expected), without_messages(actual))) {
        return passed();
    }
    return failed(*different);
}

bool is_modelled_path(std::string_view path) {
    path = path.substr(0, path.find('?'));
    // "/api/v1/namespaces/vec/pods/x/status": what comes after a namespace, else after the version
    const std::size_t group_parts = path.starts_with("/apis/") ? 4 : 3;
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        path.remove_prefix(1);
        parts.push_back(path.substr(0, path.find('/')));
        path.remove_prefix(parts.back().size());
    }
    std::size_t at = group_parts - 1;
    const bool in_namespace = parts.size() > at + 2 && parts[at] == "namespaces" &&
                              parts[at + 2] != "status" && parts[at + 2] != "finalize";
    at += in_namespace ? 2 : 0;
    constexpr std::array modelled{"pods",
                                  "deployments",
                                  "replicasets",
                                  "services",
                                  "nodes",
                                  "endpointslices",
                                  "events",
                                  "namespaces",
                                  "poddisruptionbudgets",
                                  "horizontalpodautoscalers",
                                  "statefulsets",
                                  "daemonsets",
                                  "jobs",
                                  "cronjobs",
                                  "priorityclasses",
                                  "controllerrevisions",
                                  "leases",
                                  "configmaps",
                                  "secrets",
                                  "serviceaccounts",
                                  "endpoints",
                                  "limitranges",
                                  "resourcequotas",
                                  "ingresses",
                                  "networkpolicies",
                                  "customresourcedefinitions"};
    return std::find(modelled.begin(), modelled.end(), parts.at(at)) != modelled.end();
}

}  // namespace wavetank::fidelity
