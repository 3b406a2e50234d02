#include "mesh/routing/header_changes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wavetank::mesh {
namespace {

char lower_case_of(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// %PATH(q:from):n%: the path with its query (q is WQ, the default) or without (NQ), as it came
// (ORIG), as it is (PATH), or as it came if it was rewritten (ORIG_OR_PATH, the default).
std::optional<std::string> path_in(std::string_view options, const RouteRequest& request) {
    const std::size_t cut = std::min(options.find(':'), options.size());
    const std::string_view query = options.substr(0, cut);
    const std::string_view from = options.substr(std::min(cut + 1, options.size()));
    if ((!query.empty() && query != "WQ" && query != "NQ") ||
        (!from.empty() && from != "ORIG" && from != "PATH" && from != "ORIG_OR_PATH")) {
        return std::nullopt;
    }
    const auto original = header_values(request, "x-envoy-original-path");
    std::string_view path = request.path;
    if (from == "ORIG" || (from != "PATH" && !original.empty())) {
        path = original.empty() ? std::string_view{} : original.front();
    }
    return std::string{query == "NQ" ? path.substr(0, path.find('?')) : path};
}

// A variable, the text between two percent signs; nothing if it is not understood.
// %REQ(a?b):n% is the header a, or if there is none b, cut to n characters.
std::optional<std::string> value_of_variable(std::string_view variable,
                                             const RouteRequest& request) {
    if (variable == "PROTOCOL") {
        return "HTTP/1.1";
    }
    if (variable == "PATH") {
        return path_in({}, request);
    }
    const std::size_t start = variable.find('(');
    const std::size_t end = variable.find(')');
    const std::string_view command = variable.substr(0, start);
    if ((command != "REQ" && command != "PATH") || start > end || end == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view names = variable.substr(start + 1, end - start - 1);
    std::string_view rest = variable.substr(end + 1);
    std::size_t longest = std::string::npos;
    if (rest.starts_with(':')) {
        longest = 0;
        for (const char digit : rest.substr(1)) {
            longest = longest * 10 + static_cast<std::size_t>(digit - '0');
        }
    } else if (!rest.empty()) {
        return std::nullopt;
    }
    if (command == "PATH") {
        auto path = path_in(names, request);
        return path ? std::optional{path->substr(0, longest)} : std::nullopt;
    }
    while (!names.empty()) {
        const std::size_t cut = std::min(names.find('?'), names.size());
        const auto values = header_values(request, names.substr(0, cut));
        if (!values.empty()) {
            return std::string{values.front().substr(0, longest)};
        }
        names.remove_prefix(std::min(cut + 1, names.size()));
    }
    return std::string{};
}

std::optional<std::string> formatted(std::string_view format, const RouteRequest& request) {
    std::string made;
    while (!format.empty()) {
        const std::size_t percent = format.find('%');
        made += format.substr(0, percent);
        if (percent == std::string_view::npos) {
            break;
        }
        format.remove_prefix(percent + 1);
        const std::size_t end = format.find('%');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        if (end == 0) {
            made += '%';
        } else {
            const auto value = value_of_variable(format.substr(0, end), request);
            if (!value) {
                return std::nullopt;
            }
            made += *value;
        }
        format.remove_prefix(end + 1);
    }
    return made;
}

bool has_header(const HeaderList& headers, std::string_view name) {
    return std::ranges::any_of(headers,
                               [&](const auto& header) { return same_header(header.first, name); });
}

}  // namespace

std::string in_lower_case(std::string_view text) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), lower_case_of);
    return lower;
}

bool same_header(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, lower_case_of, lower_case_of);
}

std::vector<std::string_view> header_values(const RouteRequest& request, std::string_view name) {
    if (same_header(name, ":method")) {
        return {request.method};
    }
    if (same_header(name, ":path")) {
        return {request.path};
    }
    if (same_header(name, ":scheme")) {
        return {request.scheme};
    }
    if (same_header(name, ":authority") || same_header(name, "host")) {
        return {request.authority};
    }
    std::vector<std::string_view> values;
    for (const auto& [key, value] : request.headers) {
        if (same_header(key, name)) {
            values.emplace_back(value);
        }
    }
    return values;
}

void remove_header(HeaderList& headers, std::string_view name) {
    std::erase_if(headers, [&](const auto& header) { return same_header(header.first, name); });
}

void set_header(HeaderList& headers, std::string_view name, std::string value) {
    remove_header(headers, name);
    headers.emplace_back(in_lower_case(name), std::move(value));
}

void change_headers(HeaderList& headers, std::span<const HeaderValueOption> to_add,
                    std::span<const std::string> to_remove, const RouteRequest& request) {
    using Action = HeaderValueOption::AppendAction;
    for (const std::string& name : to_remove) {
        remove_header(headers, name);
    }
    std::vector<std::pair<std::string_view, std::string>> overwritten;
    std::vector<std::pair<std::string_view, std::string>> added;
    for (const HeaderValueOption& option : to_add) {
        std::string value = formatted(option.value, request).value_or(std::string{});
        if (value.empty() && !option.keep_empty_value) {
            continue;
        }
        const Action action = option.append_action;
        const bool is_there = has_header(headers, option.key);
        if (action == Action::OverwriteIfExistsOrAdd ||
            (action == Action::OverwriteIfExists && is_there)) {
            overwritten.emplace_back(option.key, std::move(value));
        } else if (action == Action::AppendIfExistsOrAdd ||
                   (action == Action::AddIfAbsent && !is_there)) {
            added.emplace_back(option.key, std::move(value));
        }
    }
    for (auto& [name, value] : overwritten) {
        set_header(headers, name, std::move(value));
    }
    for (auto& [name, value] : added) {
        headers.emplace_back(in_lower_case(name), std::move(value));
    }
}

void change_headers(HeaderList& headers, std::span<const HeaderMutation> changes,
                    const RouteRequest& request) {
    for (const HeaderMutation& change : changes) {
        if (change.append) {
            change_headers(headers, std::span{&*change.append, 1}, {}, request);
        } else {
            remove_header(headers, change.remove);
        }
    }
}

void change_request_headers(RouteRequest& request, const HeaderMutations& changes) {
    for (const std::string& name : changes.request_headers_to_remove) {
        remove_header(request.headers, name);
    }
    const RouteRequest so_far = request;
    change_headers(request.headers, changes.request_headers_to_add, {}, so_far);
}

std::string filled_in(std::string_view format, const RouteRequest& request) {
    return formatted(format, request).value_or(std::string{});
}

std::string problem_of_format(std::string_view format) {
    return formatted(format, RouteRequest{}) ? std::string{}
                                             : "\"" + std::string{format} + "\" is not understood";
}

}  // namespace wavetank::mesh
