#include "istio/sidecar_scope.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace wavetank::istio {
namespace {

// Hosts that an egress listener imports from one namespace, or from all.
struct ImportedHosts {
    std::vector<std::string> hosts;
    std::vector<std::string> excluded;

    [[nodiscard]] bool excludes(std::string_view host) const {
        return std::ranges::any_of(
            excluded, [&](const std::string& other) { return is_host_subset(host, other); });
    }
    [[nodiscard]] bool matches(std::string_view host) const {
        return std::ranges::any_of(
            hosts, [&](const std::string& other) { return is_host_subset(host, other); });
    }
    // A VirtualService is imported, too, if its hosts are wider than what is imported.
    [[nodiscard]] bool matches_virtual_service(std::string_view host, bool is_gateway) const {
        return std::ranges::any_of(hosts, [&](const std::string& other) {
            return is_gateway ? is_host_subset(host, other) : hosts_match(host, other);
        });
    }
};

using HostsByNamespace = std::map<std::string, ImportedHosts, std::less<>>;

HostsByNamespace imported_hosts(const json::object& egress, const std::string& own) {
    HostsByNamespace by_namespace;
    for (const std::string& host : texts_in(&egress, "hosts")) {
        const std::size_t slash = host.find('/');
        if (slash == std::string::npos || host.find('/', slash + 1) != std::string::npos) {
            continue;
        }
        std::string namespace_ = host.substr(0, slash);
        const bool is_excluded = namespace_.starts_with('~');
        if (is_excluded) {
            namespace_ = namespace_.size() == 1 ? "*" : namespace_.substr(1);
        }
        ImportedHosts& imported = by_namespace[namespace_ == "." ? own : namespace_];
        (is_excluded ? imported.excluded : imported.hosts).push_back(host.substr(slash + 1));
    }
    return by_namespace;
}

const ImportedHosts* hosts_of(const HostsByNamespace& by_namespace, const std::string& namespace_) {
    const auto found = by_namespace.find(namespace_);
    return found == by_namespace.end() ? nullptr : &found->second;
}

bool excludes(const ImportedHosts* hosts, std::string_view host) {
    return hosts != nullptr && hosts->excludes(host);
}

std::set<std::string, std::less<>> exports_of(const Registry& registry,
                                              const IstioService& service) {
    if (!service.export_to.empty()) {
        return service.export_to;
    }
    const auto defaults = texts_in(&registry.mesh_config, "defaultServiceExportTo");
    return defaults.empty() ? std::set<std::string, std::less<>>{"*"}
                            : std::set<std::string, std::less<>>{defaults.begin(), defaults.end()};
}

bool is_visible(const Registry& registry, const IstioService& service,
                const std::string& namespace_) {
    const auto exports = exports_of(registry, service);
    return exports.contains("*") || exports.contains(namespace_) ||
           (exports.contains(".") && service.namespace_ == namespace_);
}

bool is_for_mesh(const Config& virtual_service) {
    const auto gateways = texts_in(&virtual_service.spec, "gateways");
    return gateways.empty() || std::ranges::find(gateways, "mesh") != gateways.end();
}

// A service of one port, if the listener is for one.
ServicePtr with_port(const ServicePtr& service, std::uint32_t port) {
    const ServicePort* found = service->port_of(port);
    if (found == nullptr) {
        return nullptr;
    }
    auto trimmed = std::make_shared<IstioService>(*service);
    trimmed->ports = {*found};
    return trimmed;
}

// Picks VirtualServices in the order of `SelectVirtualServices`: first those that only this
// namespace sees, then those that are exported to it by name, then the public ones; in each, those
// made of its own HTTPRoutes come first.
class VirtualServiceSelection {
public:
    VirtualServiceSelection(const std::string& own, const HostsByNamespace& hosts)
        : own_(own), hosts_(hosts) {}

    [[nodiscard]] std::vector<ConfigPtr> select(const std::vector<MergedVirtualService>& all) {
        std::vector<ConfigPtr> privates;
        std::vector<ConfigPtr> exported;
        std::vector<ConfigPtr> publics;
        for (const MergedVirtualService& one : all) {
            if (!is_for_mesh(*one.config)) {
                continue;
            }
            if (one.export_to.contains("*")) {
                publics.push_back(one.config);
            } else if (!one.export_to.contains("~") && one.export_to.contains(own_)) {
                (one.config->namespace_ == own_ ? privates : exported).push_back(one.config);
            }
        }
        for (const auto* list : {&privates, &exported, &publics}) {
            for (const bool wants_own_routes : {true, false}) {
                for (const ConfigPtr& config : *list) {
                    const bool is_own_route =
                        config->has_gateway_semantics && config->namespace_ == own_;
                    if (is_own_route == wants_own_routes) {
                        add(config);
                    }
                }
            }
        }
        return std::move(selected_);
    }

private:
    void add(const ConfigPtr& config) {
        const ImportedHosts* of_namespace = hosts_of(hosts_, config->namespace_);
        const ImportedHosts* of_all = hosts_of(hosts_, "*");
        for (const ImportedHosts* imported : {of_namespace, of_all}) {
            if (imported == nullptr || seen_.contains(config->key())) {
                continue;
            }
            for (const std::string& host : texts_in(&config->spec, "hosts")) {
                if (imported->matches_virtual_service(host, config->has_gateway_semantics) &&
                    !excludes(of_namespace, host) && !excludes(of_all, host)) {
                    selected_.push_back(config);
                    seen_.insert(config->key());
                    break;
                }
            }
        }
    }

    const std::string& own_;
    const HostsByNamespace& hosts_;
    std::vector<ConfigPtr> selected_;
    std::set<std::string> seen_;
};

// Of services with one hostname, those of one namespace are left: the client's own, else a
// Kubernetes one, else the first.
std::vector<ServicePtr> of_one_namespace_each(std::vector<ServicePtr> services,
                                              const std::string& own) {
    struct Choice {
        std::string namespace_;
        bool is_kubernetes = false;
    };
    std::map<std::string, Choice, std::less<>> choices;
    for (const ServicePtr& service : services) {
        const auto [at, is_new] = choices.try_emplace(
            service->hostname, Choice{service->namespace_, service->is_kubernetes});
        Choice& chosen = at->second;
        const bool is_better = !chosen.is_kubernetes && service->is_kubernetes &&
                               (service->namespace_ == own || chosen.namespace_ != own);
        if (!is_new && (service->namespace_ == own || is_better)) {
            chosen = {service->namespace_, service->is_kubernetes};
        }
    }
    std::erase_if(services, [&](const ServicePtr& service) {
        return choices.find(service->hostname)->second.namespace_ != service->namespace_;
    });
    return services;
}

// As `MostSpecificHostMatch` over the hosts of VirtualServices; the first of equal hosts counts.
std::map<std::string, std::string, std::less<>> most_specific_index(
    const EgressListener& listener) {
    std::map<std::string, std::string, std::less<>> by_host;
    for (const ConfigPtr& config : listener.virtual_services) {
        for (const std::string& host : texts_in(&config->spec, "hosts")) {
            by_host.try_emplace(host, config->key());
        }
    }
    std::map<std::string, std::string, std::less<>> index;
    for (const ServicePtr& service : listener.services) {
        const std::string& name = service->hostname;
        if (const auto found = by_host.find(name); found != by_host.end()) {
            index[name] = found->second;
            continue;
        }
        const std::string_view needle =
            is_wildcard(name) ? std::string_view{name}.substr(1) : std::string_view{name};
        std::string_view best;
        for (const auto& [host, key] : by_host) {
            if (is_wildcard(host) && needle.ends_with(std::string_view{host}.substr(1)) &&
                (best.empty() || host.size() > best.size())) {
                best = host;
                index[name] = key;
            }
        }
    }
    return index;
}

// The ports of each host that a VirtualService sends requests to; 0 stands for all of them.
std::map<std::string, std::set<std::uint32_t>> destinations_of(const Config& config,
                                                               const std::string& own) {
    std::map<std::string, std::set<std::uint32_t>> ports;
    const auto add = [&](const json::object* destination) {
        if (destination != nullptr) {
            ports[text_in(destination, "host")].insert(
                static_cast<std::uint32_t>(integer_in(message_in(destination, "port"), "number")));
        }
    };
    for (const json::object* route : http_routes_of(config)) {
        bool is_for_others = false;
        for (const json::object* match : messages_in(route, "match")) {
            const std::string source = text_in(match, "sourceNamespace");
            if (source == own) {
                is_for_others = false;
                break;
            }
            is_for_others = is_for_others || !source.empty();
        }
        if (is_for_others) {
            continue;
        }
        for (const json::object* weighted : messages_in(route, "route")) {
            add(message_in(weighted, "destination"));
        }
        add(message_in(route, "mirror"));
        for (const json::object* mirror : messages_in(route, "mirrors")) {
            add(message_in(mirror, "destination"));
        }
    }
    return ports;
}

ServicePtr with_ports(const ServicePtr& service, const std::set<std::uint32_t>& ports) {
    if (ports.empty() || ports.contains(0)) {
        return service;
    }
    auto trimmed = std::make_shared<IstioService>(*service);
    std::erase_if(trimmed->ports,
                  [&](const ServicePort& port) { return !ports.contains(port.port); });
    return trimmed->ports.empty() ? nullptr : trimmed;
}

}  // namespace

SidecarScope::SidecarScope(const World& world, const Proxy& proxy)
    : world_(world),
      proxy_(proxy),
      labels_(augmented_labels(proxy.labels, proxy.locality, proxy.node)) {
    const Config* config = sidecar();
    const json::object everything{{"hosts", json::array{"*/*"}}};
    std::vector<const json::object*> egress = config == nullptr
                                                  ? std::vector<const json::object*>{}
                                                  : messages_in(&config->spec, "egress");
    if (egress.empty()) {
        egress.push_back(&everything);
    }
    for (const json::object* each : egress) {
        listeners_.push_back(listener_of(*each));
    }
    collect_services();
    for (const ServicePtr& service : services_) {
        const ConsolidatedRule* for_all = nullptr;
        const ConsolidatedRule* selecting = nullptr;
        for (const ConsolidatedRule* rule : world_.rules.rules_for(proxy.namespace_, *service)) {
            const json::object* selector = message_in(&rule->spec, "workloadSelector");
            if (selector == nullptr) {
                for_all = rule;
            } else if (selecting == nullptr && rule->namespace_ == proxy.namespace_ &&
                       is_subset(labels_in(selector, "matchLabels"), labels_)) {
                selecting = rule;
            }
        }
        rules_[service->hostname] = selecting != nullptr ? selecting : for_all;
    }
    const json::object* policy = message_in(&world_.registry.mesh_config, "outboundTrafficPolicy");
    if (config != nullptr && message_in(&config->spec, "outboundTrafficPolicy") != nullptr) {
        policy = message_in(&config->spec, "outboundTrafficPolicy");
        outbound_mode_ = "REGISTRY_ONLY";  // what an empty one says
    }
    if (const std::string mode = text_in(policy, "mode"); !mode.empty()) {
        outbound_mode_ = mode;
    }
}

// The first that selects this proxy, else the namespace's, else the root namespace's.
const Config* SidecarScope::sidecar() const {
    std::vector<const Config*> own;
    const Config* root = nullptr;
    std::vector<ConfigPtr> sorted = world_.registry.sidecars;
    std::ranges::stable_sort(sorted, [](const ConfigPtr& one, const ConfigPtr& other) {
        return is_older(*one, *other);
    });
    for (const bool selects : {true, false}) {
        for (const ConfigPtr& config : sorted) {
            const json::object* selector = message_in(&config->spec, "workloadSelector");
            if ((selector != nullptr) != selects) {
                continue;
            }
            if (config->namespace_ == proxy_.namespace_ &&
                (selector == nullptr || is_subset(labels_in(selector, "labels"), labels_))) {
                return config.get();
            }
            if (config->namespace_ == world_.registry.root_namespace && selector == nullptr &&
                root == nullptr) {
                root = config.get();
            }
        }
    }
    return root;
}

EgressListener SidecarScope::listener_of(const json::object& egress) const {
    EgressListener listener;
    const json::object* port = message_in(&egress, "port");
    listener.port = static_cast<std::uint32_t>(integer_in(port, "number"));
    listener.is_http_proxy =
        parse_protocol(text_in(port, "protocol")) == Protocol::HttpProxy && port != nullptr;
    const bool is_for_one_port = listener.port != 0 && !listener.is_http_proxy;
    const HostsByNamespace hosts = imported_hosts(egress, proxy_.namespace_);
    listener.virtual_services =
        VirtualServiceSelection{proxy_.namespace_, hosts}.select(world_.virtual_services);
    const ImportedHosts* of_all = hosts_of(hosts, "*");
    std::vector<ServicePtr> imported;
    for (const ServicePtr& service : world_.registry.services) {
        const ImportedHosts* of_namespace = hosts_of(hosts, service->namespace_);
        const bool is_imported =
            (of_namespace != nullptr && of_namespace->matches(service->hostname)) ||
            (of_all != nullptr && of_all->matches(service->hostname));
        if (!is_imported || !is_visible(world_.registry, *service, proxy_.namespace_) ||
            excludes(of_namespace, service->hostname) || excludes(of_all, service->hostname)) {
            continue;
        }
        ServicePtr seen = is_for_one_port ? with_port(service, listener.port) : service;
        if (seen != nullptr) {
            imported.push_back(std::move(seen));
        }
    }
    listener.services = of_one_namespace_each(std::move(imported), proxy_.namespace_);
    listener.most_specific = most_specific_index(listener);
    return listener;
}

void SidecarScope::add_service(const ServicePtr& service) {
    const auto same = std::ranges::find(services_, service->hostname,
                                        [](const ServicePtr& other) { return other->hostname; });
    if (same == services_.end()) {
        services_.push_back(service);
        return;
    }
    if ((*same)->is_kubernetes != service->is_kubernetes) {
        if (service->is_kubernetes) {
            *same = service;
        }
        return;
    }
    if ((*same)->namespace_ != service->namespace_ || (*same)->resolution != service->resolution) {
        return;
    }
    auto merged = std::make_shared<IstioService>(**same);
    for (const ServicePort& port : service->ports) {
        if (merged->port_of(port.port) == nullptr) {
            merged->ports.push_back(port);
        }
    }
    *same = merged;
}

// Those that are imported, and those that VirtualServices send requests to.
void SidecarScope::collect_services() {
    for (const EgressListener& listener : listeners_) {
        for (const ServicePtr& service : listener.services) {
            add_service(service);
        }
        for (const ConfigPtr& config : listener.virtual_services) {
            for (const auto& [host, ports] : destinations_of(*config, proxy_.namespace_)) {
                std::vector<ServicePtr> candidates;
                for (const ServicePtr& service : world_.registry.services) {
                    if (service->hostname == host) {
                        candidates.push_back(service);
                    }
                }
                ServicePtr chosen;
                for (const ServicePtr& service : candidates) {
                    if (service->namespace_ == proxy_.namespace_) {
                        chosen = service;
                        break;
                    }
                    if (is_visible(world_.registry, *service, proxy_.namespace_) &&
                        (chosen == nullptr || (!chosen->is_kubernetes && service->is_kubernetes))) {
                        chosen = service;
                    }
                }
                if (chosen != nullptr) {
                    chosen = listener.port != 0 && !listener.is_http_proxy
                                 ? with_port(chosen, listener.port)
                                 : with_ports(chosen, ports);
                }
                if (chosen != nullptr) {
                    add_service(chosen);
                }
            }
        }
    }
}

const EgressListener* SidecarScope::listener_for(std::uint32_t port) const {
    for (const EgressListener& listener : listeners_) {
        if (listener.port == 0 || listener.port == port) {
            return &listener;
        }
    }
    return nullptr;
}

const ConsolidatedRule* SidecarScope::rule_for(std::string_view host) const {
    const auto found = rules_.find(host);
    return found == rules_.end() ? nullptr : found->second;
}

const json::object* SidecarScope::rule_spec(std::string_view host) const {
    const ConsolidatedRule* rule = rule_for(host);
    return rule == nullptr ? nullptr : &rule->spec;
}

}  // namespace wavetank::istio
