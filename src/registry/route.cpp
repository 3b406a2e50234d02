#include "registry/route.hpp"

#include <wavetank/api/kinds.hpp>

#include <charconv>
#include <utility>
#include <vector>

namespace wavetank::registry {
namespace {

std::string percent_decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            result += ' ';
            continue;
        }
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size()) {
            const char* first = text.data() + i + 1;
            if (std::from_chars(first, first + 2, value, 16).ptr == first + 2) {
                result += static_cast<char>(value);
                i += 2;
                continue;
            }
        }
        result += text[i];
    }
    return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0) {
            parts.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::map<std::string, std::string> parse_query(std::string_view text) {
    std::map<std::string, std::string> query;
    for (const std::string_view part : split(text, '&')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        query.emplace(percent_decoded(part.substr(0, equals)),
                      percent_decoded(part.substr(std::min(equals + 1, part.size()))));
    }
    return query;
}

Error no_such_resource() {
    Error error{.reason = Reason::NotFound,
                .message = "the server could not find the requested resource"};
    return error;
}

}  // namespace

const std::string& Route::parameter(const std::string& key) const {
    static const std::string none;
    const auto found = query.find(key);
    return found == query.end() ? none : found->second;
}

Result<Route> parse_route(std::string_view target) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    std::vector<std::string_view> parts = split(target.substr(0, mark), '/');
    Route route{.query = parse_query(target.substr(std::min(mark + 1, target.size())))};
    std::string_view group;
    std::string_view version;
    if (parts.size() >= 3 && parts[0] == "api") {
        version = parts[1];
        parts.erase(parts.begin(), parts.begin() + 2);
    } else if (parts.size() >= 4 && parts[0] == "apis") {
        group = parts[1];
        version = parts[2];
        parts.erase(parts.begin(), parts.begin() + 3);
    } else {
        return no_such_resource();
    }
    // "namespaces/x/status" is about the namespace x, "namespaces/x/pods" about its pods.
    const bool about_namespace =
        parts.size() < 3 || (parts.size() == 3 && (parts[2] == "status" || parts[2] == "finalize"));
    if (parts[0] == "namespaces" && !about_namespace) {
        route.namespace_ = percent_decoded(parts[1]);
        parts.erase(parts.begin(), parts.begin() + 2);
    }
    route.kind = api::find_resource(group, version, parts[0]);
    if (route.kind == nullptr || parts.size() > 3 ||
        (!route.kind->namespaced && !route.namespace_.empty()) ||
        (route.kind->namespaced && route.namespace_.empty() && parts.size() > 1)) {
        return no_such_resource();
    }
    if (parts.size() > 1) {
        route.name = percent_decoded(parts[1]);
    }
    if (parts.size() > 2) {
        route.subresource = percent_decoded(parts[2]);
    }
    return route;
}

}  // namespace wavetank::registry
