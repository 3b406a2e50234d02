#include "istio/virtual_hosts.hpp"

#include "istio/route_translation.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace wavetank::istio {
namespace {

using ServicesByName = std::map<std::string, ServicePtr, std::less<>>;

// Some services and other hosts, and their routes (`VirtualHostWrapper`).
struct HostsWithRoutes {
    std::uint32_t port = 0;
    std::vector<ServicePtr> services;
    std::vector<std::string> hosts;
    json::array routes;
    std::string source;
};

struct NamedVirtualHost {
    json::object json;
    std::string source;
};

// Names under which a service is known in a namespace, besides its whole one.
std::vector<std::string> other_names(const std::string& hostname, const std::string& namespace_) {
    std::vector<std::string> names{hostname + "."};
    const std::string suffix = ".svc." + std::string{cluster_domain};
    const std::size_t svc = hostname.find(".svc.");
    if (!hostname.ends_with(suffix) || svc == std::string::npos || svc == 0) {
        return names;
    }
    const std::size_t dot = hostname.find('.');
    if (dot + 1 > svc) {
        return names;
    }
    const std::string with_namespace = hostname.substr(0, svc);
    if (hostname.substr(dot + 1, svc - dot - 1) == namespace_) {
        names.push_back(hostname.substr(0, dot));
        names.push_back(with_namespace + ".svc");
        names.push_back(with_namespace);
    } else {
        names.push_back(with_namespace);
        names.push_back(with_namespace + ".svc");
    }
    return names;
}

std::string in_brackets(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// The domains of a service, and which of them are only expansions.
struct Domains {
    std::vector<std::string> all;
    std::set<std::string> expanded;
};

Domains domains_of(const IstioService& service, const std::string& namespace_) {
    Domains domains;
    domains.all = {service.hostname};
    for (std::string& name : other_names(service.hostname, namespace_)) {
        domains.expanded.insert(name);
        domains.all.push_back(std::move(name));
    }
    if (service.resolution == Resolution::Passthrough && service.is_kubernetes) {
        const std::vector<std::string> plain = domains.all;
        for (const std::string& name : plain) {
            domains.all.push_back("*." + name);
        }
    }
    for (const std::string& address : service.addresses) {
        domains.all.push_back(in_brackets(address));
    }
    return domains;
}

json::object catch_all_host(const std::string& mode) {
    const bool allows = mode == "ALLOW_ANY";
    json::object route{{"name", allows ? "allow_any" : "block_all"}, {"match", {{"prefix", "/"}}}};
    if (allows) {
        route["route"] = {
            {"cluster", "PassthroughCluster"}, {"timeout", "0s"}, {"max_grpc_timeout", "0s"}};
    } else {
        route["direct_response"] = {{"status", 502}};
    }
    return {{"name", allows ? "allow_any" : "block_all"},
            {"domains", {"*"}},
            {"routes", json::array{std::move(route)}},
            {"include_request_attempt_count", true}};
}

// Makes the virtual hosts of one port.
class PortVirtualHosts {
public:
    PortVirtualHosts(const SidecarScope& scope, const Registry& registry, std::uint32_t port)
        : scope_(scope), registry_(registry), port_(port) {
        listener_ = scope.listener_for(port);
        if (listener_ == nullptr) {
            return;
        }
        for (const ServicePtr& service : listener_->services) {
            if (const ServicePort* found = service->port_of(port)) {
                auto seen = std::make_shared<IstioService>(*service);
                seen->ports = {*found};
                seen->hostname = lower_case(service->hostname);
                services_[seen->hostname] = seen;
            }
        }
    }

    [[nodiscard]] std::vector<NamedVirtualHost> build() {
        std::vector<NamedVirtualHost> hosts;
        if (listener_ == nullptr) {
            return hosts;
        }
        const std::vector<HostsWithRoutes> all = with_routes();
        for (const HostsWithRoutes& each : all) {
            for (const ServicePtr& service : each.services) {
                known_.insert(service->hostname);
            }
        }
        for (const HostsWithRoutes& each : all) {
            if (each.port != port_) {
                continue;
            }
            for (const std::string& host : each.hosts) {
                add(lower_case(host), {{in_brackets(lower_case(host))}, {}}, each, hosts);
            }
            for (const ServicePtr& service : each.services) {
                add(service->hostname, domains_of(*service, scope_.proxy().namespace_), each,
                    hosts);
            }
        }
        std::ranges::stable_sort(hosts, [](const auto& one, const auto& other) {
            return one.json.at("name").as_string() < other.json.at("name").as_string();
        });
        return hosts;
    }

private:
    // The first of a name, and of each domain, counts.
    void add(const std::string& host, Domains domains, const HostsWithRoutes& from,
             std::vector<NamedVirtualHost>& to) {
        const std::string name = in_brackets(host) + ":" + std::to_string(from.port);
        if (!names_.insert(name).second) {
            return;
        }
        json::array kept;
        for (const std::string& domain : domains.all) {
            if (taken_.contains(lower_case(domain)) ||
                (domains.expanded.contains(domain) && known_.contains(domain))) {
                continue;
            }
            taken_.insert(lower_case(domain));
            kept.emplace_back(domain);
        }
        if (!kept.empty()) {
            to.push_back({.json = {{"name", name},
                                   {"domains", std::move(kept)},
                                   {"routes", from.routes},
                                   {"include_request_attempt_count", true}},
                          .source = from.source});
        }
    }

    // On other ports than 80 only VirtualServices of services that are there count.
    [[nodiscard]] bool is_selected(const Config& config) const {
        if (port_ == 80) {
            return true;
        }
        return std::ranges::any_of(texts_in(&config.spec, "hosts"), [&](const std::string& host) {
            const std::string lower = lower_case(host);
            return services_.contains(lower) ||
                   std::ranges::any_of(services_, [&](const auto& service) {
                       return (is_wildcard(lower) || is_wildcard(service.first)) &&
                              hosts_match(lower, service.first);
                   });
        });
    }

    [[nodiscard]] std::vector<HostsWithRoutes> with_routes() const {
        std::vector<HostsWithRoutes> all;
        const RouteOptions options{.scope = scope_,
                                   .mesh_config = registry_.mesh_config,
                                   .listener_port = port_,
                                   .services = services_};
        for (const ConfigPtr& config : listener_->virtual_services) {
            if (is_selected(*config)) {
                if (auto made = of_virtual_service(*config, options)) {
                    all.push_back(std::move(*made));
                }
            }
        }
        std::set<std::string> done;
        for (const HostsWithRoutes& each : all) {
            for (const ServicePtr& service : each.services) {
                done.insert(service->hostname);
            }
        }
        for (const auto& [hostname, service] : services_) {
            const ServicePort& port = service->ports.front();
            if (!done.contains(hostname) && is_http_or_sniffed(port.protocol)) {
                all.push_back({.port = port.port,
                               .services = {service},
                               .routes = {default_route(*service, port, options)}});
            }
        }
        return all;
    }

    [[nodiscard]] std::optional<HostsWithRoutes> of_virtual_service(
        const Config& config, const RouteOptions& options) const {
        HostsWithRoutes made{.port = port_, .source = config.origin};
        made.routes = translate_routes(config, options);
        if (made.routes.empty()) {
            return std::nullopt;
        }
        std::vector<ServicePtr> matching = split_hosts(config, made.hosts);
        if (config.has_gateway_semantics) {
            // Routes of others' services hold for one's own clients alone.
            std::erase_if(matching, [&](const ServicePtr& service) {
                return service->namespace_ != config.namespace_ &&
                       scope_.proxy().namespace_ != config.namespace_;
            });
            if (matching.empty()) {
                return std::nullopt;
            }
        }
        for (const ServicePtr& service : matching) {
            if (is_http_or_sniffed(service->ports.front().protocol)) {
                made.services.push_back(service);
            }
        }
        if (made.services.empty() && port_ != 80) {
            return std::nullopt;
        }
        return made;
    }

    // Hosts that are services, and others.
    [[nodiscard]] std::vector<ServicePtr> split_hosts(const Config& config,
                                                      std::vector<std::string>& others) const {
        std::vector<ServicePtr> matching;
        std::vector<std::string> wildcards;
        for (const std::string& written : texts_in(&config.spec, "hosts")) {
            const std::string host = lower_case(written);
            if (is_wildcard(host)) {
                wildcards.push_back(host);
            } else if (const auto found = services_.find(host); found != services_.end()) {
                matching.push_back(found->second);
            } else {
                others.push_back(written);
            }
        }
        for (const std::string& host : wildcards) {
            bool covers_any = config.has_gateway_semantics;
            if (config.has_gateway_semantics) {
                others.push_back(host);
            }
            for (const auto& [hostname, service] : services_) {
                if (config.has_gateway_semantics || !hosts_match(hostname, host)) {
                    continue;
                }
                covers_any = true;
                const auto best = listener_->most_specific.find(hostname);
                if (best != listener_->most_specific.end() && best->second == config.key()) {
                    matching.push_back(service);
                }
            }
            if (!covers_any) {
                others.push_back(host);
            }
        }
        return matching;
    }

    const SidecarScope& scope_;
    const Registry& registry_;
    std::uint32_t port_;
    const EgressListener* listener_ = nullptr;
    ServicesByName services_;
    std::set<std::string> names_;
    std::set<std::string> taken_;  // domains
    std::set<std::string> known_;  // whole names of services
};

// The names of the route configurations that the proxy's listeners ask for, and their ports.
std::map<std::string, std::uint32_t> configuration_names(const SidecarScope& scope) {
    std::map<std::string, std::uint32_t> names;
    for (const EgressListener& listener : scope.listeners()) {
        for (const ServicePtr& service : listener.services) {
            for (const ServicePort& port : service->ports) {
                if (is_http(port.protocol)) {
                    names[std::to_string(port.port)] = port.port;
                } else if (port.protocol == Protocol::Unsupported) {
                    names[service->hostname + ":" + std::to_string(port.port)] = port.port;
                }
            }
        }
    }
    return names;
}

// A listener for one service whose protocol is detected has one virtual host, for all domains.
std::vector<NamedVirtualHost> of_sniffed_port(std::vector<NamedVirtualHost> hosts,
                                              const std::string& name) {
    const std::string host = name.substr(0, name.rfind(':'));
    std::erase_if(hosts, [&](const NamedVirtualHost& each) {
        return std::ranges::none_of(
            each.json.at("domains").as_array(), [&](const json::value& domain) {
                return domain.as_string() == name || domain.as_string() == host;
            });
    });
    if (hosts.size() == 1) {
        hosts.front().json["domains"] = json::array{"*"};
    }
    return hosts;
}

template <class Use>
void for_each_configuration(const SidecarScope& scope, const Registry& registry, Use use) {
    for (const auto& [name, port] : configuration_names(scope)) {
        std::vector<NamedVirtualHost> hosts = PortVirtualHosts{scope, registry, port}.build();
        const bool is_sniffed = name.find(':') != std::string::npos;
        use(name, is_sniffed ? of_sniffed_port(std::move(hosts), name) : std::move(hosts),
            is_sniffed);
    }
}

}  // namespace

json::object route_configurations_for(const SidecarScope& scope, const Registry& registry) {
    json::object all;
    for_each_configuration(
        scope, registry,
        [&](const std::string& name, std::vector<NamedVirtualHost> hosts, bool is_sniffed) {
            json::array listed;
            for (NamedVirtualHost& host : hosts) {
                listed.emplace_back(std::move(host.json));
            }
            if (!is_sniffed) {
                listed.emplace_back(catch_all_host(scope.outbound_mode()));
            }
            json::object made{{"name", name}};
            if (!listed.empty()) {
                made["virtual_hosts"] = std::move(listed);
            }
            made["validate_clusters"] = false;
            made["max_direct_response_body_size_bytes"] = 1024 * 1024;
            made["ignore_port_in_host_matching"] = true;
            all[name] = std::move(made);
        });
    return all;
}

std::map<std::string, std::map<std::string, std::string>> virtual_host_sources(
    const SidecarScope& scope, const Registry& registry) {
    std::map<std::string, std::map<std::string, std::string>> sources;
    for_each_configuration(
        scope, registry,
        [&](const std::string& name, const std::vector<NamedVirtualHost>& hosts, bool) {
            for (const NamedVirtualHost& host : hosts) {
                if (!host.source.empty()) {
                    sources[name][std::string{host.json.at("name").as_string()}] = host.source;
                }
            }
        });
    return sources;
}

}  // namespace wavetank::istio
