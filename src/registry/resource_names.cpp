#include "registry/resource_names.hpp"

#include "registry/pod/resources.hpp"

#include <algorithm>
#include <array>

namespace wavetank::registry {
namespace {

constexpr std::array<std::string_view, 9> counted_resources{"pods",
                                                            "resourcequotas",
                                                            "services",
                                                            "replicationcontrollers",
                                                            "secrets",
                                                            "configmaps",
                                                            "persistentvolumeclaims",
                                                            "services.nodeports",
                                                            "services.loadbalancers"};

constexpr std::array<std::string_view, 10> measured_quota_resources{"cpu",
                                                                    "memory",
                                                                    "ephemeral-storage",
                                                                    "requests.cpu",
                                                                    "requests.memory",
                                                                    "requests.storage",
                                                                    "requests.ephemeral-storage",
                                                                    "limits.cpu",
                                                                    "limits.memory",
                                                                    "limits.ephemeral-storage"};

template <std::size_t N>
bool is_name_among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_extended_resource(std::string_view resource) {
    return !is_native_resource(resource) && !resource.starts_with("requests.") &&
           api::check_qualified_name("requests." + std::string{resource}).empty();
}

bool is_counted_resource(std::string_view resource) {
    return is_name_among(counted_resources, resource);
}

bool is_quota_resource(std::string_view resource) {
    return is_name_among(counted_resources, resource) ||
           is_name_among(measured_quota_resources, resource) ||
           resource.starts_with("hugepages-") || resource.starts_with("requests.hugepages-");
}

bool is_integer_resource(std::string_view resource) {
    return is_name_among(counted_resources, resource) || is_extended_resource(resource);
}

FieldErrors validate_resource_name(const std::string& name, const Path& path) {
    FieldErrors errors;
    append_problems(errors, path, name, api::check_qualified_name(name));
    const bool standard = is_quota_resource(name) || name == "storage";
    if (errors.empty() && name.find('/') == std::string::npos && !standard) {
        errors.push_back(
            api::invalid_value(path, name, "must be a standard resource type or fully qualified"));
    }
    return errors;
}

FieldErrors validate_resource_amount(std::string_view resource, const api::Quantity& amount,
                                     const Path& path) {
    FieldErrors errors;
    if (amount.sign() < 0) {
        errors.push_back(
            api::invalid_value(path, amount.to_string(), "must be greater than or equal to 0"));
    }
    if (is_integer_resource(resource) && amount.milli_value() % 1000 != 0) {
        errors.push_back(api::invalid_value(path, amount.to_string(), "must be an integer"));
    }
    return errors;
}

}  // namespace wavetank::registry
