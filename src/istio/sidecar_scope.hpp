#pragma once

/// \file
/// What one client sees: the services, VirtualServices and DestinationRules that its namespace's
/// Sidecar imports; without one, all that are visible to it.

#include "istio/destination_rules.hpp"
#include "istio/model.hpp"
#include "istio/virtual_services.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::istio {

/// What one egress listener imports.
struct EgressListener {
    std::uint32_t port = 0;  // 0: it is for all ports
    bool is_http_proxy = false;
    std::vector<ServicePtr> services;
    std::vector<ConfigPtr> virtual_services;  // in the order in which they are asked
    std::map<std::string, std::string, std::less<>> most_specific;  // host to VirtualService's key
};

/// All that the translation needs to know.
struct World {
    const Registry& registry;
    const std::vector<MergedVirtualService>& virtual_services;
    const DestinationRuleIndex& rules;
};

class SidecarScope {
public:
    SidecarScope(const World& world, const Proxy& proxy);

    [[nodiscard]] const std::vector<EgressListener>& listeners() const {
        return listeners_;
    }
    [[nodiscard]] const std::vector<ServicePtr>& services() const {
        return services_;
    }
    [[nodiscard]] const EgressListener* listener_for(std::uint32_t port) const;

    /// Returns the rule for a host; null if there is none, or no service of that name is seen.
    [[nodiscard]] const ConsolidatedRule* rule_for(std::string_view host) const;

    /// Returns the rule's spec; null as above.
    [[nodiscard]] const json::object* rule_spec(std::string_view host) const;

    /// Returns "ALLOW_ANY" or "REGISTRY_ONLY".
    [[nodiscard]] const std::string& outbound_mode() const {
        return outbound_mode_;
    }
    [[nodiscard]] const Proxy& proxy() const {
        return proxy_;
    }
    [[nodiscard]] const Labels& labels() const {
        return labels_;
    }

private:
    [[nodiscard]] const Config* sidecar() const;
    [[nodiscard]] EgressListener listener_of(const json::object& egress) const;
    void collect_services();
    void add_service(const ServicePtr& service);

    const World& world_;
    const Proxy& proxy_;
    Labels labels_;
    std::vector<EgressListener> listeners_;
    std::vector<ServicePtr> services_;
    std::map<std::string, const ConsolidatedRule*, std::less<>> rules_;
    std::string outbound_mode_ = "ALLOW_ANY";
};

}  // namespace wavetank::istio
