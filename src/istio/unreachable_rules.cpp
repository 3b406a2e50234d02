// Which rules of a VirtualService nobody reaches, as `analyzeUnreachableHTTPRules` and its kin.

#include "istio/validation_rules.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace wavetank::istio {
namespace {

// Equal matches are equal texts; names do not count.
std::string canonical_text(const json::value& value) {
    if (const json::object* members = value.if_object()) {
        std::map<std::string, std::string> sorted;
        for (const auto& [name, member] : *members) {
            sorted.emplace(name, canonical_text(member));
        }
        std::string text = "{";
        for (const auto& [name, member] : sorted) {
            text += go_quoted(name) + ":" + member + ",";
        }
        return text + "}";
    }
    if (const json::array* list = value.if_array()) {
        std::string text = "[";
        for (const json::value& each : *list) {
            text += canonical_text(each) + ",";
        }
        return text + "]";
    }
    return json::serialize(value);
}

std::string match_text(const json::object& match) {
    json::object without_name = match;
    without_name.erase("name");
    return canonical_text(without_name);
}

std::string numbered(const json::object* message, std::size_t number) {
    const std::string name = text_in(message, "name");
    return name.empty() ? "#" + std::to_string(number) : go_quoted(name);
}

std::string exact_or_prefix(const json::object* match) {
    if (const std::string exact = text_in(match, "exact"); !exact.empty()) {
        return "exact:" + exact;
    }
    const std::string prefix = text_in(match, "prefix");
    return prefix.empty() ? prefix : "prefix:" + prefix;
}

// A match with a prefix, as far as overlaps are looked for.
struct PrefixMatch {
    std::string route;
    std::string match;
    std::string prefix;
    std::int64_t port = 0;
    std::string method;
    std::string authority;
    Labels headers;
    Labels query_parameters;
    Labels without_headers;
};

Labels rules_in(const json::object& match, std::string_view name) {
    Labels rules;
    if (const json::object* map = message_in(&match, name)) {
        for (const auto& entry : *map) {
            rules[std::string{entry.key()}] = exact_or_prefix(entry.value().if_object());
        }
    }
    return rules;
}

// Each of the former's rules begins with the latter's.
bool rules_cover(const Labels& former, const Labels& latter) {
    if (former.size() != latter.size()) {
        return false;
    }
    for (const auto& [name, rule] : former) {
        const auto found = latter.find(name);
        if (found == latter.end() || !rule.starts_with(found->second)) {
            return false;
        }
    }
    return true;
}

bool covers(const PrefixMatch& former, const PrefixMatch& latter) {
    return latter.prefix.starts_with(former.prefix) && former.port == latter.port &&
           former.method.starts_with(latter.method) &&
           former.authority.starts_with(latter.authority) &&
           rules_cover(former.headers, latter.headers) &&
           rules_cover(former.query_parameters, latter.query_parameters) &&
           rules_cover(former.without_headers, latter.without_headers);
}

// Goes through the rules of one protocol.
class UnreachableRules {
public:
    UnreachableRules(const json::object& spec, std::string_view protocol, Validation& found)
        : routes_(messages_in(&spec, protocol)), is_http_(protocol == "http"), found_(found) {}

    void warn() {
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            look_at(i);
        }
        for (std::size_t i = 0; i < prefixes_.size(); ++i) {
            for (std::size_t j = i + 1; j < prefixes_.size(); ++j) {
                const PrefixMatch& former = prefixes_[i];
                const PrefixMatch& latter = prefixes_[j];
                if (former.prefix != latter.prefix && covers(former, latter)) {
                    warn_ineffective(
                        latter.route, latter.match + " of prefix " + latter.prefix,
                        former.match + " of prefix " + former.prefix + " on " + former.route);
                }
            }
        }
    }

private:
    void look_at(std::size_t number) {
        const std::string name = name_of(number);
        const auto matches = messages_in(routes_[number], "match");
        if (matches.empty()) {
            if (catch_all_) {
                warn_unused(name, "only the last rule can have no matches");
            }
            catch_all_ = number;
            return;
        }
        std::size_t duplicates = 0;
        for (std::size_t i = 0; i < matches.size(); ++i) {
            if (catch_all_) {
                warn_unused(name, "route without matches defined before");
                continue;
            }
            const auto [at, is_new] = seen_.try_emplace(match_text(*matches[i]), number);
            if (!is_new) {
                warn_ineffective(name, match_name(matches[i], i), name_of(at->second));
                ++duplicates;
                continue;
            }
            if (is_http_) {
                remember_prefix(*matches[i], name, match_name(matches[i], i));
            }
        }
        if (duplicates == matches.size()) {
            warn_unused(name, "all matches used by prior rules");
        }
    }

    void remember_prefix(const json::object& match, const std::string& route,
                         const std::string& name) {
        const std::string prefix = text_in(message_in(&match, "uri"), "prefix");
        if (prefix.empty()) {
            return;
        }
        std::string method = exact_or_prefix(message_in(&match, "method"));
        prefixes_.push_back({.route = route,
                             .match = name,
                             .prefix = prefix,
                             .port = integer_in(&match, "port"),
                             .method = method.empty() ? "exact:GET" : std::move(method),
                             .authority = exact_or_prefix(message_in(&match, "authority")),
                             .headers = rules_in(match, "headers"),
                             .query_parameters = rules_in(match, "queryParams"),
                             .without_headers = rules_in(match, "withoutHeaders")});
    }

    // Routes and matches of streams have no names.
    [[nodiscard]] std::string name_of(std::size_t number) const {
        return numbered(is_http_ ? routes_[number] : nullptr, number);
    }
    [[nodiscard]] std::string match_name(const json::object* match, std::size_t number) const {
        return numbered(is_http_ ? match : nullptr, number);
    }

    void warn_unused(const std::string& rule, const std::string& reason) {
        found_.warn("virtualService rule " + rule + " not used (" + reason + ")");
    }
    void warn_ineffective(const std::string& rule, const std::string& match,
                          const std::string& other) {
        found_.warn("virtualService rule " + rule + " match " + match +
                    " is not used (duplicate/overlapping match in rule " + other + ")");
    }

    std::vector<const json::object*> routes_;
    bool is_http_;
    Validation& found_;
    std::map<std::string, std::size_t> seen_;
    std::vector<PrefixMatch> prefixes_;
    std::optional<std::size_t> catch_all_;
};

}  // namespace

void warn_of_unreachable_rules(const json::object& spec, Validation& found) {
    for (const std::string_view protocol : {"http", "tcp", "tls"}) {
        UnreachableRules{spec, protocol, found}.warn();
    }
}

}  // namespace wavetank::istio
