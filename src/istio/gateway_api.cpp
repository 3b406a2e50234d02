#include "istio/gateway_api.hpp"

#include "istio/gateway_rules.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace wavetank::istio {
namespace {

constexpr std::string_view gateway_group = "gateway.networking.k8s.io";

// A parent as the route names it, and whether it may.
struct Parent {
    const json::object* reference = nullptr;
    std::string namespace_;
    std::string denied_reason;  // empty: it is accepted
    std::string denied_message;
    std::string sort_key;
    std::vector<std::string> hosts;
};

std::string text_or(const json::object* message, std::string_view name, std::string otherwise) {
    return field(message, name) == nullptr ? std::move(otherwise) : text_in(message, name);
}

std::string reference_key(const json::object* reference, const std::string& namespace_) {
    return text_or(reference, "group", std::string{gateway_group}) + "/" +
           text_or(reference, "kind", "Gateway") + "/" + text_in(reference, "name") + "/" +
           text_in(reference, "sectionName") + "/" + std::to_string(integer_in(reference, "port")) +
           "." + text_or(reference, "namespace", namespace_);
}

json::object condition(std::string_view type, std::string_view status, const std::string& reason,
                       const std::string& message) {
    return {{"type", type}, {"status", status}, {"reason", reason}, {"message", message}};
}

// A VirtualService of one host, before those of one host are merged.
struct KeyedVirtualService {
    std::string key;
    Config config;
};

class HttpRouteTranslator {
public:
    explicit HttpRouteTranslator(Registry& registry) : registry_(registry) {}

    HttpRouteResults translate() {
        HttpRouteResults results;
        for (const RawObject& route : registry_.http_routes) {
            results.statuses[route.namespace_ + "/" + route.name] = translate_one(route);
        }
        results.virtual_services = merged();
        return results;
    }

private:
    json::object translate_one(const RawObject& route) {
        static const json::object nothing;
        const json::object* given = message_in(&route.json, "spec");
        const json::object& spec = given != nullptr ? *given : nothing;
        const std::vector<Parent> parents = parents_of(route, spec);
        RuleResult result;
        if (!parents.empty()) {
            result = convert_rules(route, spec, registry_);
        }
        std::vector<const Parent*> accepted;
        for (const Parent& parent : parents) {
            if (parent.denied_reason.empty()) {
                accepted.push_back(&parent);
            }
        }
        int count = 0;
        for (const Parent* parent : accepted) {
            add_virtual_services(route, *parent, result, count);
        }
        return {{"parents", status_of(parents, result)}};
    }

    // Services and ServiceEntries. Gateways are not modelled: where there is one, that is noted.
    std::vector<Parent> parents_of(const RawObject& route, const json::object& spec) {
        std::vector<Parent> parents;
        for (const json::object* reference : messages_in(&spec, "parentRefs")) {
            const std::string group = text_or(reference, "group", std::string{gateway_group});
            const std::string kind = text_or(reference, "kind", "Gateway");
            Parent parent{.reference = reference,
                          .namespace_ = text_or(reference, "namespace", route.namespace_),
                          .sort_key = reference_key(reference, route.namespace_)};
            const std::string name = text_in(reference, "name");
            if (group.empty() && kind == "Service") {
                parent.hosts = {name + "." + parent.namespace_ + ".svc." +
                                std::string{cluster_domain}};
                if (!registry_.has_kubernetes_service(parent.namespace_, name)) {
                    parent.denied_reason = "NoMatchingParent";
                    parent.denied_message = "parent service: \"" + name + "\" not found";
                }
            } else if (group == "networking.istio.io" && kind == "ServiceEntry") {
                const auto entry = registry_.service_entries.find(parent.namespace_ + "/" + name);
                if (entry == registry_.service_entries.end()) {
                    parent.denied_reason = "NoMatchingParent";
                    parent.denied_message = "parent service entry: \"" + name + "\" not found";
                } else {
                    parent.hosts = entry->second;
                }
            } else {
                continue;
            }
            parents.push_back(std::move(parent));
        }
        std::ranges::stable_sort(parents, {}, &Parent::sort_key);
        return parents;
    }

    void add_virtual_services(const RawObject& route, const Parent& parent,
                              const RuleResult& result, int& count) {
        if (result.routes.empty()) {
            return;
        }
        const json::object* metadata = message_in(&route.json, "metadata");
        std::string key = route.namespace_;
        std::vector<json::object> routes = result.routes;
        if (const std::int64_t port = integer_in(parent.reference, "port"); port != 0) {
            key += "/" + std::to_string(port);
            for (json::object& each : routes) {
                restrict_to_port(each, port);
            }
        }
        sort_by_precedence(routes);
        for (const std::string& host : parent.hosts) {
            Config config{.kind = "VirtualService",
                          .name = route.name + "~" + std::to_string(count++) +
                                  "~istio-autogenerated-k8s-gateway",
                          .namespace_ = route.namespace_,
                          .created = text_in(metadata, "creationTimestamp"),
                          .has_gateway_semantics = true,
                          .origin = "HTTPRoute " + route.namespace_ + "/" + route.name};
            json::array http;
            for (const json::object& each : routes) {
                http.emplace_back(each);
            }
            config.spec = {{"hosts", json::array{host}},
                           {"gateways", json::array{"mesh"}},
                           {"http", std::move(http)}};
            made_.push_back({.key = key + "/" + host, .config = std::move(config)});
        }
    }

    static void restrict_to_port(json::object& route, std::int64_t port) {
        json::array matches;
        for (const json::object* match : messages_in(&route, "match")) {
            json::object restricted = *match;
            restricted["port"] = port;
            matches.emplace_back(std::move(restricted));
        }
        if (matches.empty()) {
            matches.emplace_back(json::object{{"port", port}});
        }
        route["match"] = std::move(matches);
    }

    // Routes of one namespace and port for one host are one list, by precedence, then age.
    std::vector<ConfigPtr> merged() {
        std::map<std::string, std::vector<const Config*>> by_key;
        for (const KeyedVirtualService& each : made_) {
            by_key[each.key].push_back(&each.config);
        }
        std::vector<ConfigPtr> virtual_services;
        for (auto& [key, configs] : by_key) {
            std::ranges::stable_sort(configs, [](const Config* one, const Config* other) {
                return std::tie(one->created, one->namespace_, one->name) <
                       std::tie(other->created, other->namespace_, other->name);
            });
            auto base = std::make_shared<Config>(*configs.front());
            std::vector<json::object> routes;
            for (const Config* config : configs) {
                for (const json::object* route : messages_in(&config->spec, "http")) {
                    routes.push_back(*route);
                }
                if (config != configs.front() &&
                    base->origin.find(config->origin) == std::string::npos) {
                    base->origin += ", " + config->origin;
                }
            }
            if (configs.size() > 1) {
                sort_by_precedence(routes);
            }
            json::array http;
            for (json::object& route : routes) {
                http.emplace_back(std::move(route));
            }
            base->spec["http"] = std::move(http);
            base->name = key;
            std::ranges::replace(base->name, '/', '~');
            virtual_services.push_back(std::move(base));
        }
        return virtual_services;
    }

    // One entry for each parent, in the order of their names backwards.
    static json::array status_of(std::vector<Parent> parents, const RuleResult& result) {
        std::ranges::stable_sort(parents, std::ranges::greater{}, &Parent::sort_key);
        json::array entries;
        std::string last;
        for (const Parent& parent : parents) {
            if (parent.sort_key == last) {
                continue;
            }
            last = parent.sort_key;
            const auto bound = std::ranges::count_if(parents, [&](const Parent& other) {
                return other.sort_key == parent.sort_key && other.denied_reason.empty();
            });
            const std::string valid =
                bound > 1 ? "Route was valid, bound to " + std::to_string(bound) + " parents"
                          : "Route was valid";
            json::array conditions;
            conditions.emplace_back(
                parent.denied_reason.empty()
                    ? condition("Accepted", "True", "Accepted", valid)
                    : condition("Accepted", "False", parent.denied_reason, parent.denied_message));
            conditions.emplace_back(
                result.error
                    ? condition("ResolvedRefs", "False", result.error->reason,
                                result.error->message)
                    : condition("ResolvedRefs", "True", "ResolvedRefs", "All references resolved"));
            entries.emplace_back(json::object{{"parentRef", *parent.reference},
                                              {"controllerName", "istio.io/gateway-controller"},
                                              {"conditions", std::move(conditions)}});
        }
        return entries;
    }

    Registry& registry_;
    std::vector<KeyedVirtualService> made_;
};

}  // namespace

HttpRouteResults translate_http_routes(Registry& registry) {
    return HttpRouteTranslator{registry}.translate();
}

}  // namespace wavetank::istio
