#include <wavetank/istio/push_context.hpp>

#include "istio/clusters.hpp"
#include "istio/gateway_api.hpp"
#include "istio/sidecar_scope.hpp"
#include "istio/virtual_hosts.hpp"

#include <utility>

namespace wavetank::istio {

struct PushContext::State {
    Registry registry;
    json::object statuses;
    std::vector<MergedVirtualService> virtual_services;
    DestinationRuleIndex rules;

    State(std::span<const json::object> objects, const json::object& mesh_config)
        : registry(objects, mesh_config), rules(registry) {
        HttpRouteResults results = translate_http_routes(registry);
        statuses = std::move(results.statuses);
        std::vector<ConfigPtr> all = registry.virtual_services;
        all.insert(all.end(), results.virtual_services.begin(), results.virtual_services.end());
        virtual_services = merged_virtual_services(all, registry.mesh_config);
    }

    [[nodiscard]] World world() const {
        return {.registry = registry, .virtual_services = virtual_services, .rules = rules};
    }
};

PushContext::PushContext(std::span<const json::object> objects, const json::object& mesh_config)
    : state_(std::make_unique<State>(objects, mesh_config)) {}
PushContext::PushContext(PushContext&&) noexcept = default;
PushContext& PushContext::operator=(PushContext&&) noexcept = default;
PushContext::~PushContext() = default;

json::object PushContext::route_configurations(const Proxy& proxy) const {
    const World world = state_->world();
    return route_configurations_for(SidecarScope{world, proxy}, state_->registry);
}

json::object PushContext::clusters(const Proxy& proxy) const {
    const World world = state_->world();
    return clusters_for(SidecarScope{world, proxy}, state_->registry);
}

json::object PushContext::load_assignments(const Proxy& proxy) const {
    const World world = state_->world();
    return load_assignments_for(SidecarScope{world, proxy}, state_->registry);
}

json::array PushContext::load_assignment(const Proxy& proxy, const std::string& cluster,
                                         std::span<const Endpoint> endpoints) const {
    const World world = state_->world();
    return load_assignment_for(SidecarScope{world, proxy}, state_->registry, cluster, endpoints);
}

json::object PushContext::http_route_statuses() const {
    return state_->statuses;
}

std::map<std::string, std::map<std::string, std::string>> PushContext::sources(
    const Proxy& proxy) const {
    const World world = state_->world();
    return virtual_host_sources(SidecarScope{world, proxy}, state_->registry);
}

std::vector<std::string> PushContext::destination_rules_of(const Proxy& proxy,
                                                           const std::string& host) const {
    const World world = state_->world();
    const SidecarScope scope{world, proxy};
    const ConsolidatedRule* rule = scope.rule_for(host);
    return rule == nullptr ? std::vector<std::string>{} : rule->from;
}

const std::vector<std::string>& PushContext::not_understood() const {
    return state_->registry.not_understood;
}

}  // namespace wavetank::istio
