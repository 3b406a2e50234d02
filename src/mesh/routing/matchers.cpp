#include "mesh/routing/matchers.hpp"

#include "mesh/routing/header_changes.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavetank::mesh {
namespace {

bool matches_string(const StringMatcher& rule, const CompiledPattern& pattern,
                    std::string_view text) {
    using Pattern = StringMatcher::MatchPattern;
    if (rule.match_pattern == Pattern::SafeRegex) {
        return RE2::FullMatch(re2::StringPiece{text.data(), text.size()}, *pattern);
    }
    const std::string lower_text = rule.ignore_case ? in_lower_case(text) : std::string{};
    const std::string lower_value = rule.ignore_case ? in_lower_case(rule.value) : std::string{};
    const std::string_view have = rule.ignore_case ? std::string_view{lower_text} : text;
    const std::string_view want = rule.ignore_case ? lower_value : rule.value;
    switch (rule.match_pattern) {
        case Pattern::Exact:
            return have == want;
        case Pattern::Prefix:
            return have.starts_with(want);
        case Pattern::Suffix:
            return have.ends_with(want);
        case Pattern::Contains:
        case Pattern::SafeRegex:
            break;
    }
    return have.find(want) != std::string_view::npos;
}

// As absl::SimpleAtoi: blanks around it, and a sign.
std::optional<std::int64_t> whole_number_in(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') {
        text.remove_prefix(1);
    }
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size() && !text.empty()
               ? std::optional{number}
               : std::nullopt;
}

// The first value of a parameter; nothing if there is none of the name.
std::optional<std::string_view> query_parameter_in(std::string_view path, std::string_view name) {
    const std::size_t start = path.find('?');
    std::string_view rest = start == std::string_view::npos ? "" : path.substr(start + 1);
    while (!rest.empty()) {
        const std::size_t cut = std::min(rest.find('&'), rest.size());
        const std::string_view parameter = rest.substr(0, cut);
        const std::size_t equal = std::min(parameter.find('='), parameter.size());
        if (parameter.substr(0, equal) == name) {
            return parameter.substr(std::min(equal + 1, parameter.size()));
        }
        rest.remove_prefix(std::min(cut + 1, rest.size()));
    }
    return std::nullopt;
}

}  // namespace

Result<CompiledPattern> compile_pattern(const std::string& pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_shared<const RE2>(pattern, options);
    if (!compiled->ok()) {
        return Error{.reason = Reason::Invalid,
                     .message = "\"" + pattern + "\" is no RE2: " + compiled->error()};
    }
    return CompiledPattern{std::move(compiled)};
}

std::string replace_all(std::string_view text, const re2::RE2& pattern,
                        const std::string& substitution) {
    std::string result{text};
    RE2::GlobalReplace(&result, pattern, substitution);
    return result;
}

std::string_view without_query(std::string_view path) {
    return path.substr(0, path.find_first_of("?#"));
}

Result<CompiledMatch> CompiledMatch::make(const RouteMatch& match) {
    CompiledMatch made{match};
    std::optional<Error> problem;
    const auto compile = [&](const std::string& pattern) {
        auto compiled = compile_pattern(pattern);
        if (!compiled) {
            problem = compiled.error();
            return CompiledPattern{};
        }
        return *compiled;
    };
    const auto compile_rule = [&](const StringMatcher* rule) {
        return rule != nullptr && rule->match_pattern == StringMatcher::MatchPattern::SafeRegex
                   ? compile(rule->value)
                   : CompiledPattern{};
    };
    if (match.path_specifier == RouteMatch::PathSpecifier::SafeRegex) {
        made.path_ = compile(match.path);
    }
    for (const HeaderMatcher& header : match.headers) {
        made.headers_.push_back(
            compile_rule(std::get_if<StringMatcher>(&header.header_match_specifier)));
    }
    for (const QueryParameterMatcher& parameter : match.query_parameters) {
        made.query_parameters_.push_back(
            compile_rule(parameter.string_match ? &*parameter.string_match : nullptr));
    }
    return problem ? Result<CompiledMatch>{*problem} : Result<CompiledMatch>{std::move(made)};
}

bool CompiledMatch::matches(const RouteRequest& request, std::uint64_t random,
                            bool ignores_path_parameters) const {
    if (match_->runtime_fraction && !match_->runtime_fraction->covers(random)) {
        return false;
    }
    if (match_->grpc) {
        const auto types = header_values(request, "content-type");
        if (types.empty() || !types.front().starts_with("application/grpc") ||
            (types.front().size() > 16 && types.front()[16] != '+')) {
            return false;
        }
    }
    for (std::size_t i = 0; i < headers_.size(); ++i) {
        if (!matches_header(i, request)) {
            return false;
        }
    }
    if (!matches_query(request)) {
        return false;
    }
    std::string_view path = request.path;
    if (ignores_path_parameters) {
        path = path.substr(0, path.find(';'));
    }
    return matches_path(without_query(path));
}

bool CompiledMatch::matches_path(std::string_view path) const {
    using Path = RouteMatch::PathSpecifier;
    const auto same_start = [&] {
        return path.size() >= match_->path.size() &&
               (match_->case_sensitive
                    ? path.starts_with(match_->path)
                    : same_header(path.substr(0, match_->path.size()), match_->path));
    };
    switch (match_->path_specifier) {
        case Path::Prefix:
            return same_start();
        case Path::Path:
            return path.size() == match_->path.size() && same_start();
        case Path::PathSeparatedPrefix:
            return same_start() &&
                   (path.size() == match_->path.size() || path[match_->path.size()] == '/');
        case Path::SafeRegex:
            break;
    }
    return RE2::FullMatch(re2::StringPiece{path.data(), path.size()}, *path_);
}

bool CompiledMatch::matches_header(std::size_t index, const RouteRequest& request) const {
    const HeaderMatcher& rule = match_->headers[index];
    std::vector<std::string_view> values = header_values(request, rule.name);
    if (const auto* present = std::get_if<PresentMatch>(&rule.header_match_specifier)) {
        const bool is_there = !values.empty() || rule.treat_missing_header_as_empty;
        return (is_there == present->present) != rule.invert_match;
    }
    if (values.empty()) {
        if (!rule.treat_missing_header_as_empty) {
            return false;
        }
        values.emplace_back();
    }
    const bool fits = std::ranges::any_of(values, [&](std::string_view value) {
        if (const auto* range = std::get_if<Int64Range>(&rule.header_match_specifier)) {
            const auto number = whole_number_in(value);
            return number && *number >= range->start && *number < range->end;
        }
        return matches_string(std::get<StringMatcher>(rule.header_match_specifier), headers_[index],
                              value);
    });
    return fits != rule.invert_match;
}

bool CompiledMatch::matches_query(const RouteRequest& request) const {
    for (std::size_t i = 0; i < query_parameters_.size(); ++i) {
        const QueryParameterMatcher& rule = match_->query_parameters[i];
        const auto value = query_parameter_in(request.path, rule.name);
        const bool fits = rule.string_match ? value && matches_string(*rule.string_match,
                                                                      query_parameters_[i], *value)
                                            : value.has_value() == rule.present_match;
        if (!fits) {
            return false;
        }
    }
    return true;
}

std::string_view CompiledMatch::matched_path(const RouteRequest& request) const {
    const std::string_view path = without_query(request.path);
    return match_->path_specifier == RouteMatch::PathSpecifier::SafeRegex
               ? path
               : path.substr(0, match_->path.size());
}

}  // namespace wavetank::mesh
