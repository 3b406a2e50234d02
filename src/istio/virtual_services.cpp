#include "istio/virtual_services.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace wavetank::istio {
namespace {

std::set<std::string, std::less<>> export_set(const json::object& spec,
                                              const std::string& namespace_,
                                              const json::object& mesh_config) {
    std::vector<std::string> names = texts_in(&spec, "exportTo");
    if (names.empty()) {
        names = texts_in(&mesh_config, "defaultVirtualServiceExportTo");
    }
    if (names.empty()) {
        names = {"*"};
    }
    std::set<std::string, std::less<>> set;
    for (const std::string& name : names) {
        set.insert(name == "." ? namespace_ : name);
    }
    return set;
}

std::string resolve_gateway(const std::string& name, const std::string& namespace_) {
    if (name == "mesh") {
        return name;
    }
    const std::size_t slash = name.find('/');
    if (slash != std::string::npos) {
        return name.substr(0, slash) == "." ? namespace_ + name.substr(slash) : name;
    }
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) {
        return namespace_ + "/" + name;
    }
    const std::size_t end = name.find('.', dot + 1);  // an old form: name.namespace.svc...
    return name.substr(dot + 1, end == std::string::npos ? end : end - dot - 1) + "/" +
           name.substr(0, dot);
}

void resolve_host_of(json::value* destination, const std::string& namespace_) {
    if (destination == nullptr || !destination->is_object()) {
        return;
    }
    if (json::value* host = destination->get_object().if_contains("host");
        host != nullptr && host->is_string()) {
        *host = resolve_short_name(std::string{host->get_string()}, namespace_);
    }
}

void resolve_gateways_of(json::object& message, const std::string& namespace_) {
    if (json::value* gateways = message.if_contains("gateways");
        gateways != nullptr && gateways->is_array()) {
        for (json::value& gateway : gateways->get_array()) {
            gateway = resolve_gateway(std::string{gateway.as_string()}, namespace_);
        }
    }
}

template <class Change>
void for_each_message(json::object& message, std::string_view list, Change change) {
    json::value* found = message.if_contains(list);
    if (found == nullptr || !found->is_array()) {
        return;
    }
    for (json::value& each : found->get_array()) {
        if (each.is_object()) {
            change(each.get_object());
        }
    }
}

// As `ResolveVirtualServiceShortnames`.
json::object with_full_names(json::object spec, const std::string& namespace_) {
    if (json::value* hosts = spec.if_contains("hosts"); hosts != nullptr && hosts->is_array()) {
        for (json::value& host : hosts->get_array()) {
            host = resolve_short_name(std::string{host.as_string()}, namespace_);
        }
    }
    resolve_gateways_of(spec, namespace_);
    for (const std::string_view protocol : {"http", "tcp", "tls"}) {
        for_each_message(spec, protocol, [&](json::object& route) {
            for_each_message(route, "match",
                             [&](json::object& match) { resolve_gateways_of(match, namespace_); });
            for_each_message(route, "route", [&](json::object& weighted) {
                resolve_host_of(weighted.if_contains("destination"), namespace_);
            });
            resolve_host_of(route.if_contains("mirror"), namespace_);
            for_each_message(route, "mirrors", [&](json::object& mirror) {
                resolve_host_of(mirror.if_contains("destination"), namespace_);
            });
        });
    }
    return spec;
}

// As `stringMatchConflict`: may a request that fits the leaf fail to fit the root?
bool string_matches_conflict(const json::object* root, const json::object* leaf) {
    if (root == nullptr || leaf == nullptr) {
        return false;
    }
    const std::string root_exact = text_in(root, "exact");
    const std::string root_prefix = text_in(root, "prefix");
    const std::string root_regex = text_in(root, "regex");
    const std::string leaf_exact = text_in(leaf, "exact");
    const std::string leaf_prefix = text_in(leaf, "prefix");
    const std::string leaf_regex = text_in(leaf, "regex");
    const bool root_says = !root_regex.empty() || !root_prefix.empty() || !root_exact.empty();
    const bool leaf_says = !leaf_regex.empty() || !leaf_prefix.empty() || !leaf_exact.empty();
    if ((!root_regex.empty() && leaf_says) || (!leaf_regex.empty() && root_says)) {
        return true;
    }
    if (!root_exact.empty()) {
        return !leaf_prefix.empty() || leaf_exact != root_exact;
    }
    if (!root_prefix.empty()) {
        if (!leaf_prefix.empty()) {
            return !leaf_prefix.starts_with(root_prefix);
        }
        if (!leaf_exact.empty()) {
            return !leaf_exact.starts_with(root_prefix);
        }
    }
    return true;
}

bool maps_conflict(const json::object& root, const json::object& leaf, std::string_view name) {
    const json::object* leaves = message_in(&leaf, name);
    const json::object* roots = message_in(&root, name);
    return leaves != nullptr && std::ranges::any_of(*leaves, [&](const auto& entry) {
               return string_matches_conflict(message_in(roots, entry.key()),
                                              entry.value().if_object());
           });
}

bool gateways_conflict(const json::object& root, const json::object& leaf) {
    const std::vector<std::string> roots = texts_in(&root, "gateways");
    const std::vector<std::string> leaves = texts_in(&leaf, "gateways");
    if (roots.empty() || leaves.empty()) {
        return false;
    }
    return roots.size() < leaves.size() ||
           std::ranges::any_of(leaves, [&](const std::string& gateway) {
               return std::ranges::find(roots, gateway) == roots.end();
           });
}

bool matches_conflict(const json::object& root, const json::object& leaf) {
    for (const std::string_view name : {"uri", "scheme", "method", "authority"}) {
        if (string_matches_conflict(message_in(&root, name), message_in(&leaf, name))) {
            return true;
        }
    }
    for (const std::string_view name : {"headers", "withoutHeaders", "queryParams"}) {
        if (maps_conflict(root, leaf, name)) {
            return true;
        }
    }
    const std::int64_t root_port = integer_in(&root, "port");
    const std::int64_t leaf_port = integer_in(&leaf, "port");
    const std::string root_namespace = text_in(&root, "sourceNamespace");
    if (flag_in(&root, "ignoreUriCase") != flag_in(&leaf, "ignoreUriCase") ||
        (root_port > 0 && leaf_port > 0 && root_port != leaf_port) ||
        (!root_namespace.empty() && root_namespace != text_in(&leaf, "sourceNamespace"))) {
        return true;
    }
    const Labels root_labels = labels_in(&root, "sourceLabels");
    for (const auto& [name, value] : labels_in(&leaf, "sourceLabels")) {
        const auto found = root_labels.find(name);
        if (found != root_labels.end() && found->second != value) {
            return true;
        }
    }
    return gateways_conflict(root, leaf);
}

json::object merged_match(const json::object& root, const json::object& leaf) {
    json::object merged = leaf;
    const std::string root_name = text_in(&root, "name");
    const std::string leaf_name = text_in(&leaf, "name");
    if (leaf_name.empty() && !root_name.empty()) {
        merged["name"] = root_name;
    } else if (!leaf_name.empty() && !root_name.empty()) {
        merged["name"] = root_name + "-" + leaf_name;
    }
    for (const std::string_view name : {"uri", "scheme", "method", "authority", "port",
                                        "sourceNamespace", "gateways", "statPrefix"}) {
        const json::value* own = field(&leaf, name);
        const bool is_empty = own == nullptr || (own->is_array() && own->get_array().empty()) ||
                              (own->is_string() && own->get_string().empty()) ||
                              (own->is_number() && own->to_number<double>() == 0);
        if (const json::value* others = field(&root, name); is_empty && others != nullptr) {
            merged[name] = *others;
        }
    }
    for (const std::string_view name :
         {"headers", "withoutHeaders", "queryParams", "sourceLabels"}) {
        const json::object* others = message_in(&root, name);
        if (others == nullptr) {
            continue;
        }
        json::object map = *others;
        if (const json::object* own = message_in(&leaf, name)) {
            for (const auto& [key, value] : *own) {
                map[key] = value;
            }
        }
        merged[name] = std::move(map);
    }
    return merged;
}

// The matches of both, if each of the delegate's fits one of the root's.
std::optional<json::array> merged_matches(const json::object& root, const json::object& leaf) {
    const auto roots = messages_in(&root, "match");
    const auto leaves = messages_in(&leaf, "match");
    json::array merged;
    if (roots.empty() || leaves.empty()) {
        for (const json::object* match : roots.empty() ? leaves : roots) {
            merged.emplace_back(*match);
        }
        return merged;
    }
    for (const json::object* sub : leaves) {
        const std::size_t before = merged.size();
        for (const json::object* top : roots) {
            if (!matches_conflict(*top, *sub)) {
                merged.emplace_back(merged_match(*top, *sub));
            }
        }
        if (merged.size() == before) {
            return std::nullopt;
        }
    }
    return merged;
}

std::optional<json::object> merged_route(const json::object& root, const json::object& leaf) {
    auto matches = merged_matches(root, leaf);
    if (!matches) {
        return std::nullopt;
    }
    json::object merged = leaf;
    merged["match"] = std::move(*matches);
    const std::string root_name = text_in(&root, "name");
    const std::string leaf_name = text_in(&leaf, "name");
    if (!root_name.empty()) {
        merged["name"] = leaf_name.empty() ? root_name : root_name + "-" + leaf_name;
    }
    for (const std::string_view name :
         {"rewrite", "directResponse", "timeout", "retries", "fault", "mirror", "mirrorPercent",
          "mirrorPercentage", "corsPolicy", "mirrors", "headers"}) {
        if (const json::value* others = field(&root, name);
            field(&leaf, name) == nullptr && others != nullptr) {
            merged[name] = *others;
        }
    }
    return merged;
}

class DelegateMerger {
public:
    DelegateMerger(const std::vector<ConfigPtr>& all, const json::object& mesh_config)
        : mesh_config_(mesh_config) {
        for (const ConfigPtr& config : all) {
            if (texts_in(&config->spec, "hosts").empty()) {
                delegates_.emplace(config->key(),
                                   with_full_names(config->spec, config->namespace_));
            }
        }
    }

    [[nodiscard]] json::object merged(const Config& root) const {
        json::object spec = with_full_names(root.spec, root.namespace_);
        json::array routes;
        for (const json::object* route : messages_in(&spec, "http")) {
            const json::object* delegate = message_in(route, "delegate");
            if (delegate == nullptr) {
                routes.emplace_back(*route);
                continue;
            }
            std::string namespace_ = text_in(delegate, "namespace");
            namespace_ = namespace_.empty() ? root.namespace_ : namespace_;
            const auto found = delegates_.find(namespace_ + "/" + text_in(delegate, "name"));
            if (found == delegates_.end()) {
                continue;
            }
            const auto seen_by = export_set(found->second, namespace_, mesh_config_);
            if (!seen_by.contains("*") && !seen_by.contains(root.namespace_)) {
                continue;
            }
            for (const json::object* sub : messages_in(&found->second, "http")) {
                if (auto merged_one = merged_route(*route, *sub)) {
                    routes.emplace_back(std::move(*merged_one));
                }
            }
        }
        if (spec.contains("http")) {
            spec["http"] = std::move(routes);
        }
        return spec;
    }

private:
    const json::object& mesh_config_;
    std::map<std::string, json::object, std::less<>> delegates_;
};

}  // namespace

std::vector<MergedVirtualService> merged_virtual_services(
    const std::vector<ConfigPtr>& virtual_services, const json::object& mesh_config) {
    const DelegateMerger merger{virtual_services, mesh_config};
    std::vector<MergedVirtualService> merged;
    for (const ConfigPtr& config : virtual_services) {
        if (texts_in(&config->spec, "hosts").empty()) {
            continue;
        }
        auto copy = std::make_shared<Config>(*config);
        if (!config->has_gateway_semantics) {
            copy->spec = merger.merged(*config);
        }
        merged.push_back({.config = copy,
                          .export_to = export_set(config->spec, config->namespace_, mesh_config)});
    }
    std::ranges::stable_sort(merged, [](const auto& one, const auto& other) {
        return is_older(*one.config, *other.config);
    });
    return merged;
}

std::vector<const json::object*> http_routes_of(const Config& virtual_service) {
    return messages_in(&virtual_service.spec, "http");
}

}  // namespace wavetank::istio
