// The checks of names.hpp that report errors of a field: domain names and what they prefix.

#include <wavetank/api/names.hpp>

#include "api/go_text.hpp"

#include <algorithm>

namespace wavetank::api {
namespace {

/// Requires at least `parts_min` parts, which upstream spells out as `parts_text`.
FieldErrors domain_errors(std::string_view name, std::string_view field, std::size_t parts_min,
                          std::string_view parts_text) {
    if (const NameProblems problems = check_dns1123_subdomain(name); !problems.empty()) {
        return {invalid_value(field, name, join(problems, ","))};
    }
    if (split(name, '.').size() < parts_min) {
        return {invalid_value(field, name,
                              "should be a domain with at least " + std::string{parts_text} +
                                  " segments separated by dots")};
    }
    return {};
}

bool is_path_character(char c) {
    constexpr std::string_view others = "/-._~%!$&'()*+,;=:";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

}  // namespace

FieldErrors validate_fully_qualified_name(std::string_view name, std::string_view field) {
    if (name.empty()) {
        return {required_value(field, "")};
    }
    return domain_errors(name, field, 3, "three");
}

FieldErrors validate_fully_qualified_domain_name(std::string_view name, std::string_view field) {
    if (name.empty()) {
        return {required_value(field, "")};
    }
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    if (FieldErrors errors = domain_errors(name, field, 2, "two"); !errors.empty()) {
        return errors;
    }
    for (const std::string_view label : split(name, '.')) {
        if (const NameProblems problems = check_dns1123_label(label); !problems.empty()) {
            return {invalid_value(field, label, join(problems, ","))};
        }
    }
    return {};
}

FieldErrors validate_domain_prefixed_path(std::string_view path, std::string_view field) {
    if (path.empty()) {
        return {required_value(field, "")};
    }
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) {
        return {
            invalid_value(field, path, "must be a domain-prefixed path (such as \"acme.io/foo\")")};
    }
    FieldErrors errors;
    const std::string_view host = path.substr(0, slash);
    for (const std::string& problem : check_dns1123_subdomain(host)) {
        errors.push_back(invalid_value(field, host, problem));
    }
    const std::string_view rest = path.substr(slash + 1);
    if (!std::all_of(rest.begin(), rest.end(), is_path_character)) {
        errors.push_back(invalid_value(field, rest,
                                       "Invalid path (regex used for validation is "
                                       "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"));
    }
    return errors;
}

FieldErrors validate_domain_prefixed_key(std::string_view key, std::string_view field) {
    if (key.empty()) {
        return {required_value(field, "")};
    }
    FieldErrors errors;
    for (const std::string& problem : check_qualified_name(key)) {
        errors.push_back(invalid_value(field, key, problem));
    }
    if (errors.empty() && key.find('/') == std::string_view::npos) {
        errors.push_back(
            invalid_value(field, key, "must be a domain-prefixed key (such as \"acme.io/foo\")"));
    }
    return errors;
}

}  // namespace wavetank::api
