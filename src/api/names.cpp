#include <wavetank/api/names.hpp>
#include <wavetank/base/ascii.hpp>

#include "api/go_text.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace wavetank::api {
namespace {

constexpr std::size_t label_length_max = 63;
constexpr std::size_t subdomain_length_max = 253;

// The regular expressions are only quoted in messages; the functions below do the matching.
constexpr std::string_view dns1123_label_form = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view dns1123_subdomain_form =
    "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
constexpr std::string_view name_form = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

bool is_lower_alphanumeric(char c) {
    return is_lower(c) || is_digit(c);
}

template <class Inner, class Outer>
bool matches(std::string_view text, Inner inner, Outer outer) {
    return !text.empty() && outer(text.front()) && outer(text.back()) &&
           std::all_of(text.begin(), text.end(), inner);
}

bool is_dns1123_label(std::string_view text) {
    return matches(
        text, [](char c) { return is_lower_alphanumeric(c) || c == '-'; }, is_lower_alphanumeric);
}

template <class Label>
bool all_parts(std::string_view text, Label is_label) {
    while (true) {
        const std::size_t end = text.find('.');
        if (!is_label(text.substr(0, end))) {
            return false;
        }
        if (end == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(end + 1);
    }
}

bool is_dns1123_subdomain(std::string_view text) {
    return all_parts(text, is_dns1123_label);
}

bool is_label_with_underscore(std::string_view text) {
    if (text.starts_with('_')) {
        text.remove_prefix(1);
    }
    return matches(
        text, [](char c) { return is_lower_alphanumeric(c) || c == '-' || c == '_'; },
        is_lower_alphanumeric);
}

bool is_caseless_label(std::string_view text) {
    return matches(
        text, [](char c) { return is_alphanumeric(c) || c == '-'; }, is_alphanumeric);
}

bool is_name_part(std::string_view text) {
    return matches(
        text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; },
        is_alphanumeric);
}

std::string regex_problem(std::string_view rule, std::string_view form,
                          std::initializer_list<std::string_view> examples) {
    std::string text{rule};
    text += " (e.g. ";
    for (const std::string_view example : examples) {
        if (example.data() != examples.begin()->data()) {
            text += " or ";
        }
        text += "'" + std::string{example} + "', ";
    }
    text += "regex used for validation is '" + std::string{form} + "')";
    return text;
}

std::string length_problem(std::size_t length_max, std::string_view unit) {
    return "must be no more than " + std::to_string(length_max) + " " + std::string{unit};
}

std::string subdomain_problem() {
    return regex_problem(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character",
        dns1123_subdomain_form, {"example.com"});
}

std::string name_part_problem() {
    return regex_problem(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character",
        name_form, {"MyName", "my.name", "123-abc"});
}

void add_directory_problem(NameProblems& problems, std::string_view value) {
    if (value == "." || value == "..") {
        problems.push_back("must not be '" + std::string{value} + "'");
    } else if (value.starts_with("..")) {
        problems.emplace_back("must not start with '..'");
    }
}

/// Says of a prefix what `check_dns1123_subdomain` says, but counts "bytes", as upstream does here.
void add_prefix_problems(NameProblems& problems, std::string_view prefix) {
    if (prefix.empty()) {
        problems.emplace_back("prefix part must be non-empty");
        return;
    }
    if (prefix.size() > subdomain_length_max) {
        problems.push_back("prefix part " + length_problem(subdomain_length_max, "bytes"));
    }
    if (!is_dns1123_subdomain(prefix)) {
        problems.push_back("prefix part " + subdomain_problem());
    }
}

std::string without_trailing_dash(std::string_view name, NameForm form) {
    if (form == NameForm::Prefix && name.size() > 1 && name.ends_with('-')) {
        return std::string{name.substr(0, name.size() - 2)} + "a";
    }
    return std::string{name};
}

/// Lower-cases as Go does, as far as it makes a valid key of an invalid one.
}  // namespace

NameProblems check_dns1123_label(std::string_view value) {
    NameProblems problems;
    if (value.size() > label_length_max) {
        problems.push_back(length_problem(label_length_max, "characters"));
    }
    if (is_dns1123_label(value)) {
        return problems;
    }
    problems.push_back(
        is_dns1123_subdomain(value)
            ? "must not contain dots"
            : regex_problem("a lowercase RFC 1123 label must consist of lower case alphanumeric "
                            "characters or '-', and must start and end with an alphanumeric "
                            "character",
                            dns1123_label_form, {"my-name", "123-abc"}));
    return problems;
}

NameProblems check_dns1123_subdomain(std::string_view value) {
    NameProblems problems;
    if (value.size() > subdomain_length_max) {
        problems.push_back(length_problem(subdomain_length_max, "characters"));
    }
    if (!is_dns1123_subdomain(value)) {
        problems.push_back(subdomain_problem());
    }
    return problems;
}

NameProblems check_dns1123_subdomain_with_underscore(std::string_view value) {
    NameProblems problems;
    if (value.size() > subdomain_length_max) {
        problems.push_back(length_problem(subdomain_length_max, "characters"));
    }
    if (!all_parts(value, is_label_with_underscore)) {
        problems.push_back(regex_problem(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            "'_', '-' or '.', and must start and end with an alphanumeric character",
            "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
            {"example.com"}));
    }
    return problems;
}

NameProblems check_dns1123_subdomain_caseless(std::string_view value) {
    NameProblems problems;
    if (value.size() > subdomain_length_max) {
        problems.push_back(length_problem(subdomain_length_max, "bytes"));
    }
    if (!all_parts(value, is_caseless_label)) {
        problems.push_back(regex_problem(
            "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must "
            "start and end with an alphanumeric character",
            dns1123_subdomain_form, {"Example.com"}));
    }
    return problems;
}

NameProblems check_dns1035_label(std::string_view value) {
    NameProblems problems;
    if (value.size() > label_length_max) {
        problems.push_back(length_problem(label_length_max, "characters"));
    }
    if (!is_dns1123_label(value) || !is_lower(value.front())) {
        problems.push_back(regex_problem(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
            "with an alphabetic character, and end with an alphanumeric character",
            "[a-z]([-a-z0-9]*[a-z0-9])?", {"my-name", "abc-123"}));
    }
    return problems;
}

NameProblems check_wildcard_dns1123_subdomain(std::string_view value) {
    NameProblems problems;
    if (value.size() > subdomain_length_max) {
        problems.push_back(length_problem(subdomain_length_max, "characters"));
    }
    if (!value.starts_with("*.") || !is_dns1123_subdomain(value.substr(2))) {
        problems.push_back(regex_problem(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS "
            "subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and "
            "end with an alphanumeric character",
            "\\*\\." + std::string{dns1123_subdomain_form}, {"*.example.com"}));
    }
    return problems;
}

NameProblems check_qualified_name(std::string_view value) {
    NameProblems problems;
    const auto parts = split(value, '/');
    if (parts.size() > 2) {
        return {"a valid label key " + name_part_problem() +
                " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    }
    if (parts.size() == 2) {
        add_prefix_problems(problems, parts.front());
    }
    const std::string_view name = parts.back();
    if (name.empty()) {
        problems.emplace_back("name part must be non-empty");
    } else if (name.size() > label_length_max) {
        problems.push_back("name part " + length_problem(label_length_max, "bytes"));
    }
    if (!is_name_part(name)) {
        problems.push_back("name part " + name_part_problem());
    }
    return problems;
}

NameProblems check_prefixed_label_key(std::string_view value) {
    NameProblems problems = check_qualified_name(value);
    if (problems.empty() && value.find('/') == std::string_view::npos) {
        problems.emplace_back("must include a prefix (e.g. 'example.com/key')");
    }
    return problems;
}

NameProblems check_label_value(std::string_view value) {
    NameProblems problems;
    if (value.size() > label_length_max) {
        problems.push_back(length_problem(label_length_max, "bytes"));
    }
    if (!value.empty() && !is_name_part(value)) {
        problems.push_back(regex_problem(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
            "or '.', and must start and end with an alphanumeric character",
            "(" + std::string{name_form} + ")?", {"MyValue", "my_value", "12345"}));
    }
    return problems;
}

NameProblems check_port_name(std::string_view value) {
    constexpr std::size_t port_length_max = 15;
    NameProblems problems;
    if (value.size() > port_length_max) {
        problems.push_back(length_problem(port_length_max, "characters"));
    }
    const auto allowed = [](char c) { return is_lower_alphanumeric(c) || c == '-'; };
    if (value.empty() || !std::all_of(value.begin(), value.end(), allowed)) {
        problems.emplace_back(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if (std::none_of(value.begin(), value.end(), is_lower)) {
        problems.emplace_back("must contain at least one letter (a-z)");
    }
    if (value.find("--") != std::string_view::npos) {
        problems.emplace_back("must not contain consecutive hyphens");
    }
    if (value.starts_with('-') || value.ends_with('-')) {
        problems.emplace_back("must not begin or end with a hyphen");
    }
    return problems;
}

NameProblems check_port_number(std::int64_t value) {
    return check_range(value, 1, 65535);
}

NameProblems check_user_id(std::int64_t value) {
    return check_range(value, 0, std::numeric_limits<std::int32_t>::max());
}

NameProblems check_group_id(std::int64_t value) {
    return check_user_id(value);
}

NameProblems check_range(std::int64_t value, std::int64_t least, std::int64_t greatest) {
    if (value >= least && value <= greatest) {
        return {};
    }
    return {"must be between " + std::to_string(least) + " and " + std::to_string(greatest) +
            ", inclusive"};
}

NameProblems check_percent(std::string_view value) {
    if (value.size() > 1 && value.ends_with('%') &&
        std::all_of(value.begin(), value.end() - 1, is_digit)) {
        return {};
    }
    return {
        regex_problem("a valid percent string must be a numeric string followed by an ending '%'",
                      "[0-9]+%", {"1%", "93%"})};
}

NameProblems check_config_map_key(std::string_view value) {
    NameProblems problems;
    if (value.size() > subdomain_length_max) {
        problems.push_back(length_problem(subdomain_length_max, "characters"));
    }
    const auto allowed = [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    };
    if (value.empty() || !std::all_of(value.begin(), value.end(), allowed)) {
        problems.push_back(regex_problem(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            "[-._a-zA-Z0-9]+", {"key.name", "KEY_NAME", "key-name"}));
    }
    add_directory_problem(problems, value);
    return problems;
}

NameProblems check_env_var_name(std::string_view value) {
    NameProblems problems;
    const auto allowed = [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    };
    if (value.empty() || is_digit(value.front()) ||
        !std::all_of(value.begin(), value.end(), allowed)) {
        problems.push_back(regex_problem(
            "a valid environment variable name must consist of alphabetic characters, digits, '_', "
            "'-', or '.', and must not start with a digit",
            "[-._a-zA-Z][-._a-zA-Z0-9]*", {"my.env-name", "MY_ENV.NAME", "MyEnvName1"}));
    }
    add_directory_problem(problems, value);
    return problems;
}

NameProblems check_relaxed_env_var_name(std::string_view value) {
    if (value.empty()) {
        return {"environment variable name must be non-empty"};
    }
    const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != '='; };
    if (std::all_of(value.begin(), value.end(), allowed)) {
        return {};
    }
    return {
        "a valid environment variable name must consist only of printable ASCII characters other "
        "than '='"};
}

NameProblems check_http_header_name(std::string_view value) {
    const auto allowed = [](char c) { return is_alphanumeric(c) || c == '-'; };
    if (!value.empty() && std::all_of(value.begin(), value.end(), allowed)) {
        return {};
    }
    return {regex_problem("a valid HTTP header must consist of alphanumeric characters or '-'",
                          "[-A-Za-z0-9]+", {"X-Header-Name"})};
}

NameProblems check_c_identifier(std::string_view value) {
    const auto allowed = [](char c) { return is_alphanumeric(c) || c == '_'; };
    if (!value.empty() && !is_digit(value.front()) &&
        std::all_of(value.begin(), value.end(), allowed)) {
        return {};
    }
    return {regex_problem(
        "a valid C identifier must start with alphabetic character or '_', followed by a string of "
        "alphanumeric characters or '_'",
        "[A-Za-z_][A-Za-z0-9_]*", {"my_name", "MY_NAME", "MyName"})};
}

NameProblems check_decimal_integer(std::string_view value) {
    if (value.empty()) {
        return {"must be non-empty"};
    }
    const std::string_view digits = value.starts_with('-') ? value.substr(1) : value;
    const bool canonical = value == "0" || (!digits.empty() && digits.front() != '0' &&
                                            std::all_of(digits.begin(), digits.end(), is_digit));
    return canonical ? NameProblems{}
                     : NameProblems{"must be a valid decimal integer in canonical form"};
}

NameProblems check_path_segment_name(std::string_view value) {
    if (value == "." || value == "..") {
        return {"may not be '" + std::string{value} + "'"};
    }
    return check_path_segment_prefix(value);
}

NameProblems check_path_segment_prefix(std::string_view value) {
    NameProblems problems;
    for (const char forbidden : {'/', '%'}) {
        if (value.find(forbidden) != std::string_view::npos) {
            problems.push_back(std::string{"may not contain '"} + forbidden + "'");
        }
    }
    return problems;
}

NameProblems check_name_as_dns_label(std::string_view name, NameForm form) {
    return check_dns1123_label(without_trailing_dash(name, form));
}

NameProblems check_name_as_dns_subdomain(std::string_view name, NameForm form) {
    return check_dns1123_subdomain(without_trailing_dash(name, form));
}

NameProblems check_name_as_dns1035_label(std::string_view name, NameForm form) {
    return check_dns1035_label(without_trailing_dash(name, form));
}

FieldErrors validate_labels(const std::map<std::string, std::string>& labels,
                            std::string_view field) {
    FieldErrors errors;
    for (const auto& [key, value] : labels) {
        for (const std::string& problem : check_qualified_name(key)) {
            errors.push_back(invalid_value(field, key, problem));
        }
        for (const std::string& problem : check_label_value(value)) {
            errors.push_back(invalid_value(field, value, problem));
        }
    }
    return errors;
}

FieldErrors validate_annotations(const std::map<std::string, std::string>& annotations,
                                 std::string_view field) {
    constexpr std::size_t total_max = 256 * 1024;
    FieldErrors errors;
    std::size_t total = 0;
    for (const auto& [key, value] : annotations) {
        for (const std::string& problem : check_qualified_name(to_lower(key))) {
            errors.push_back(invalid_value(field, key, problem));
        }
        total += key.size() + value.size();
    }
    if (total > total_max) {
        errors.push_back(too_long_value(field, total_max));
    }
    return errors;
}

}  // namespace wavetank::api
