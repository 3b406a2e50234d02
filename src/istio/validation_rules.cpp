#include "istio/validation_rules.hpp"

#include <arpa/inet.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>

namespace wavetank::istio {
namespace {

constexpr std::size_t dns_label_longest = 63;

bool is_alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Letters, digits and some more, with a letter or digit at both ends.
bool is_bounded_name(std::string_view text, std::string_view more) {
    return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
           std::ranges::all_of(text, [&](char c) {
               return is_alphanumeric(c) || more.find(c) != std::string_view::npos;
           });
}

bool is_wildcard_label(std::string_view text) {
    if (text.size() > dns_label_longest) {
        return false;
    }
    if (text == "*") {
        return true;
    }
    if (text.starts_with("*-")) {
        text.remove_prefix(2);
    } else if (text.starts_with('*')) {
        text.remove_prefix(1);
    }
    return is_bounded_name(text, "-");
}

ErrorList precondition_problems(const std::string& name) {
    if (name.size() > 255) {
        return "domain name " + go_quoted(name) + " too long (max 255)";
    }
    return name.empty() ? ErrorList{"empty domain name not allowed"} : ErrorList{};
}

ErrorList invalid_label(const std::string& domain, const std::string& label) {
    return "domain name " + go_quoted(domain) + " invalid (label " + go_quoted(label) + " invalid)";
}

ErrorList dns_label_problems(const std::string& domain) {
    const std::vector<std::string> parts = split(domain, '.');
    const std::string& top = parts.back();
    const std::string_view digits =
        std::string_view{top}.substr(top.starts_with('-') || top.starts_with('+') ? 1 : 0);
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) {
        return "domain name " + go_quoted(domain) + " invalid (top level domain " + go_quoted(top) +
               " cannot be all-numeric)";
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i + 1 == parts.size() && parts[i].empty()) {
            break;  // "istio.io." is fine
        }
        if (!is_dns_1123_label(parts[i])) {
            return invalid_label(domain, parts[i]);
        }
    }
    return {};
}

bool is_tag_key(std::string_view key) {
    const std::size_t slash = key.find('/');
    if (slash != std::string_view::npos) {
        for (const std::string& part : split(key.substr(0, slash), '.')) {
            if (!is_bounded_name(part, "-")) {
                return false;
            }
        }
        key.remove_prefix(slash + 1);
    }
    return is_bounded_name(key, "-_.");
}

ErrorList tag_key_problems(const std::string& key) {
    const std::string start = "invalid tag key: " + go_quoted(key);
    if (!is_tag_key(key)) {
        return start;
    }
    const std::size_t slash = key.find('/');
    if (slash != std::string::npos && slash > 253) {
        return start + " (DNS prefix is too long)";
    }
    const std::size_t name = slash == std::string::npos ? key.size() : key.size() - slash - 1;
    return name > dns_label_longest ? ErrorList{start + " (name is too long)"} : ErrorList{};
}

bool is_header_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return is_alphanumeric(c) ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
    });
}

bool is_internal_header(std::string_view name) {
    return name.starts_with(':') || equal_fold(name, "host");
}

ErrorList changed_header_problems(const std::string& name, bool may_be_authority) {
    if (name.empty()) {
        return "header name cannot be empty";
    }
    const bool is_authority = equal_fold(name, ":authority") || equal_fold(name, "host");
    if (may_be_authority && is_authority) {
        return {};
    }
    if (equal_fold(name, "host")) {
        return "invalid header " + go_quoted(name) + ": cannot set Host header";
    }
    if (is_internal_header(name)) {
        return "invalid header " + go_quoted(name) + ": header cannot have \":\" prefix";
    }
    return {};
}

// The state machine of Envoy's header parser, as Istio has it.
std::string format_problem(std::string_view value) {
    enum class State { Literal, Name, Array, Element, Text, AfterElement, EndOfArguments, End };
    State state = State::Literal;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool has_next = i + 1 < value.size();
        switch (state) {
            case State::Literal:
                if (c == '%') {
                    if (!has_next) {
                        return "invalid header configuration. Un-escaped %";
                    }
                    if (value[i + 1] == '%') {
                        ++i;
                    } else {
                        state = State::Name;
                    }
                }
                break;
            case State::Name:
                state = c == '%' ? State::Literal : c == '(' ? State::Array : state;
                break;
            case State::Array:
                state = c == '[' ? State::Element : c != ' ' ? State::Text : state;
                break;
            case State::Element:
                if (c != '"' && c != ' ') {
                    return "invalid header configuration. Expecting '\"'";
                }
                state = c == '"' ? State::Text : state;
                break;
            case State::Text:
                if (c == '\\') {
                    if (!has_next) {
                        return "invalid header configuration. Un-terminated backslash in JSON "
                               "string";
                    }
                    ++i;
                } else {
                    state = c == ')' ? State::End : c == '"' ? State::AfterElement : state;
                }
                break;
            case State::AfterElement:
                if (c != ',' && c != ']' && c != ' ') {
                    return "invalid header configuration. Expecting ',', ']', or whitespace";
                }
                state = c == ',' ? State::Element : c == ']' ? State::EndOfArguments : state;
                break;
            case State::EndOfArguments:
                if (c != ')' && c != ' ') {
                    return "invalid header configuration. Expecting ')' or whitespace after "
                           "'{}', but found '{}'";
                }
                state = c == ')' ? State::End : state;
                break;
            case State::End:
                if (c != '%' && c != ' ') {
                    return "invalid header configuration. Expecting '%' or whitespace after";
                }
                state = c == '%' ? State::Literal : state;
                break;
        }
    }
    return state == State::Literal
               ? std::string{}
               : "invalid header configuration. Un-terminated variable expression '" +
                     std::string{value} + "'";
}

ErrorList header_value_problems(const std::string& value) {
    const bool is_plain = std::ranges::all_of(value, [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code == 0x09 || (code >= 0x20 && code != 0x7f);
    });
    if (!is_plain) {
        return "header value configuration " + value + " is invalid";
    }
    const std::string problem = format_problem(value);
    return problem.empty() ? ErrorList{} : ErrorList{"header value configuration: " + problem};
}

ErrorList changed_values_problems(const json::object* operations, std::string_view name,
                                  bool may_be_authority) {
    ErrorList errors;
    for (const auto& [header, value] : labels_in(operations, name)) {
        errors.append(changed_header_problems(header, may_be_authority));
        errors.append(header_value_problems(value));
    }
    return errors;
}

// Go's words for what RE2 finds wrong.
std::string go_pattern_error(const RE2& pattern) {
    const std::string_view code = [&]() -> std::string_view {
        switch (pattern.error_code()) {
            case RE2::ErrorBadEscape:
                return "invalid escape sequence";
            case RE2::ErrorBadCharClass:
                return "invalid character class";
            case RE2::ErrorBadCharRange:
                return "invalid character class range";
            case RE2::ErrorMissingBracket:
                return "missing closing ]";
            case RE2::ErrorMissingParen:
                return "missing closing )";
            case RE2::ErrorUnexpectedParen:
                return "unexpected )";
            case RE2::ErrorTrailingBackslash:
                return "trailing backslash at end of expression";
            case RE2::ErrorRepeatArgument:
                return "missing argument to repetition operator";
            case RE2::ErrorRepeatSize:
                return "invalid repeat count";
            case RE2::ErrorRepeatOp:
                return "invalid nested repetition operator";
            case RE2::ErrorBadPerlOp:
                return "invalid or unsupported Perl syntax";
            case RE2::ErrorBadUTF8:
                return "invalid UTF-8";
            case RE2::ErrorBadNamedCapture:
                return "invalid named capture";
            default:
                return "expression too large";
        }
    }();
    // Of a trailing backslash Go does not tell where it is.
    const std::string argument =
        pattern.error_code() == RE2::ErrorTrailingBackslash ? "" : pattern.error_arg();
    return "error parsing regexp: " + std::string{code} + ": `" + argument + "`";
}

}  // namespace

bool is_dns_1123_label(std::string_view text) {
    return text.size() <= dns_label_longest && is_bounded_name(text, "-");
}

bool is_ip_address_text(std::string_view text) {
    in6_addr room{};
    const std::string terminated{text};
    return inet_pton(AF_INET, terminated.c_str(), &room) == 1 ||
           inet_pton(AF_INET6, terminated.c_str(), &room) == 1;
}

ErrorList subnet_problems(const std::string& subnet) {
    const std::size_t slash = subnet.find('/');
    if (slash == std::string::npos || subnet.find('/', slash + 1) != std::string::npos) {
        return is_ip_address_text(subnet) ? ErrorList{} : ErrorList{subnet + " is not a valid IP"};
    }
    const std::string address = subnet.substr(0, slash);
    const std::string bits = subnet.substr(slash + 1);
    const int most = address.find(':') == std::string::npos ? 32 : 128;
    const bool is_number = !bits.empty() && bits.size() <= 3 &&
                           bits.find_first_not_of("0123456789") == std::string::npos &&
                           (bits.size() == 1 || bits.front() != '0');
    return is_ip_address_text(address) && is_number && std::stoi(bits) <= most
               ? ErrorList{}
               : ErrorList{subnet + " is not a valid CIDR block"};
}

ErrorList wildcard_domain_problems(const std::string& domain) {
    if (ErrorList problems = precondition_problems(domain); !problems.empty()) {
        return problems;
    }
    const std::size_t dot = domain.find('.');
    const std::string first = domain.substr(0, dot);
    if (!is_wildcard_label(first)) {
        return invalid_label(domain, first);
    }
    return dot == std::string::npos ? ErrorList{} : dns_label_problems(domain.substr(dot + 1));
}

ErrorList fqdn_problems(const std::string& domain) {
    ErrorList problems = precondition_problems(domain);
    return problems.empty() ? dns_label_problems(domain) : problems;
}

ErrorList port_problems(std::int64_t port) {
    return port >= 1 && port <= 65535 ? ErrorList{}
                                      : ErrorList{"port number " + std::to_string(port) +
                                                  " must be in the range 1..65535"};
}

ErrorList duration_problems(const json::object* message, std::string_view name) {
    const auto duration = duration_in(message, name);
    if (!duration) {
        return {};
    }
    if (*duration < std::chrono::milliseconds{1}) {
        return "duration must be greater than 1ms";
    }
    return *duration % std::chrono::milliseconds{1} != Duration::zero()
               ? ErrorList{"only durations to ms precision are supported"}
               : ErrorList{};
}

ErrorList label_problems(const Labels& labels) {
    ErrorList errors;
    for (const auto& [key, value] : labels) {
        if (const ErrorList problem = tag_key_problems(key); !problem.empty()) {
            errors.append_listed(problem.text());
        }
        if (!value.empty() && !is_bounded_name(value, "-_.")) {
            errors.append_listed("invalid tag value: " + go_quoted(value));
        }
    }
    return errors;
}

ErrorList export_to_problems(const json::object& spec, const std::string& namespace_,
                             bool has_selector) {
    ErrorList errors;
    const std::vector<std::string> names = texts_in(&spec, "exportTo");
    std::set<std::string> seen;
    for (const std::string& name : names) {
        const std::string key = name == "." ? namespace_ : name;
        if (seen.contains(key)) {
            errors.append(key != name ? "duplicate entries in exportTo: . and current namespace " +
                                            namespace_
                                      : "duplicate entries in exportTo for entry " + name);
        } else if (key == "~") {
            errors.append("exportTo ~ (none) is not allowed for Istio configuration objects");
        } else if (key != "." && key != "*" && !is_dns_1123_label(key)) {
            errors.append("only .,*, or a valid DNS 1123 label is allowed as exportTo entry");
        } else {
            seen.insert(key);
        }
    }
    if (has_selector && !seen.empty()) {
        if (!seen.contains(namespace_)) {
            errors.append(
                "destination rule with workload selector cannot have exportTo beyond current "
                "namespace");
        } else if (seen.size() > 1) {
            errors.append(
                "destination rule with workload selector cannot have multiple entries in "
                "exportTo");
        }
    }
    if (seen.contains("*") && names.size() > 1) {
        errors.append("cannot have both public (*) and non-public exportTo values for a resource");
    }
    return errors;
}

Validation gateway_name_problems(const json::object& message) {
    Validation found;
    for (const std::string& name : texts_in(&message, "gateways")) {
        const std::size_t slash = name.find('/');
        if (slash == std::string::npos) {
            if (name.find('.') != std::string::npos) {
                const std::vector<std::string> parts = split(name, '.');
                found.warn("using legacy gatewayName format " + go_quoted(name) +
                           "; prefer the <namespace>/<name> format: " +
                           go_quoted(parts[1] + "/" + parts[0]));
            }
            found.append(fqdn_problems(name));
            return found;
        }
        const std::string namespace_ = name.substr(0, slash);
        const std::string own = name.substr(slash + 1);
        if (namespace_.empty() || own.empty()) {
            found.append("config namespace and gateway name cannot be empty");
        }
        if (!is_dns_1123_label(namespace_)) {
            found.append("invalid value for namespace: " + go_quoted(namespace_));
        }
        if (!is_dns_1123_label(own)) {
            found.append("invalid value for gateway name: " + go_quoted(own));
        }
    }
    return found;
}

bool is_jwt_claim(std::string_view header) {
    constexpr std::string_view start = "@request.auth.claims";
    if (!lower_case(header).starts_with(start)) {
        return false;
    }
    const std::string_view claim = header.substr(start.size());
    return (claim.starts_with('.') && claim.size() > 1) ||
           (claim.starts_with('[') && claim.ends_with(']') && claim.size() > 2);
}

ErrorList match_header_problems(const std::string& name) {
    if (name.empty()) {
        return "header name cannot be empty";
    }
    const bool is_pseudo = name == ":method" || name == ":scheme" || name == ":authority" ||
                           name == ":path" || name == ":status";
    return is_jwt_claim(name) || is_pseudo || is_header_name(name)
               ? ErrorList{}
               : ErrorList{"header name " + name + " is not a valid header name"};
}

ErrorList cors_header_problems(const std::string& name) {
    if (name.empty()) {
        return "header name cannot be empty";
    }
    return name == "*" || is_header_name(name)
               ? ErrorList{}
               : ErrorList{"header name " + name + " is not a valid header name"};
}

ErrorList header_operation_problems(const json::object* headers) {
    ErrorList errors;
    for (const std::string_view side : {"request", "response"}) {
        const json::object* operations = message_in(headers, side);
        const bool is_request = side == "request";
        errors.append(changed_values_problems(operations, "add", is_request));
        errors.append(changed_values_problems(operations, "set", is_request));
        for (const std::string& name : texts_in(operations, "remove")) {
            errors.append(changed_header_problems(name, false));
        }
    }
    return errors;
}

ErrorList pattern_problems(const std::string& pattern, std::string_view where) {
    if (pattern.size() > 1024) {
        return go_quoted(where) + ": regex is too large, max length allowed is 1024";
    }
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 compiled{pattern, options};
    return compiled.ok() ? ErrorList{}
                         : ErrorList{go_quoted(where) + ": " + go_pattern_error(compiled) +
                                     "; Istio uses RE2 style regex-based match "
                                     "(https://github.com/google/re2/wiki/Syntax)"};
}

ErrorList pattern_match_problems(const json::object* match, std::string_view where) {
    if (field(match, "regex") == nullptr) {
        return {};
    }
    const std::string pattern = text_in(match, "regex");
    return pattern.empty()
               ? ErrorList{go_quoted(where) + ": regex string match should not be empty"}
               : pattern_problems(pattern, where);
}

ErrorList string_match_problems(const json::object* match, std::string_view where) {
    if (field(match, "prefix") != nullptr && text_in(match, "prefix").empty()) {
        return go_quoted(where) + ": prefix string match should not be empty";
    }
    return pattern_match_problems(match, where);
}

}  // namespace wavetank::istio
