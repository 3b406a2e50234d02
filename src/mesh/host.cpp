#include <wavetank/mesh/host.hpp>

namespace wavetank::mesh {

const boost::json::value* Metadata::find(std::string_view filter, std::string_view key) const {
    const auto found = filter_metadata.find(filter);
    return found == filter_metadata.end() ? nullptr : found->second.if_contains(key);
}

Health health_of(const LbEndpoint& endpoint) {
    const HealthStatus status = endpoint.health_status;
    if (status == HealthStatus::Unhealthy || status == HealthStatus::Draining ||
        status == HealthStatus::Timeout || endpoint.has(HealthFlag::FailedActiveHealthCheck) ||
        endpoint.has(HealthFlag::FailedOutlierCheck)) {
        return Health::Unhealthy;
    }
    return status == HealthStatus::Degraded || endpoint.has(HealthFlag::DegradedActiveHealthCheck)
               ? Health::Degraded
               : Health::Healthy;
}

bool is_excluded(const LbEndpoint& endpoint) {
    return endpoint.health_status == HealthStatus::Draining ||
           endpoint.has(HealthFlag::PendingActiveHealthCheck) ||
           endpoint.has(HealthFlag::ExcludedByImmediateHealthCheckFailure);
}

std::string address_of(const LbEndpoint& endpoint) {
    const bool is_v6 = endpoint.address.find(':') != std::string::npos;
    return (is_v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
           std::to_string(endpoint.port_value);
}

std::size_t ClusterLoadAssignment::size() const {
    std::size_t count = 0;
    for (const LocalityLbEndpoints& locality : endpoints) {
        count += locality.lb_endpoints.size();
    }
    return count;
}

}  // namespace wavetank::mesh
