#include "registry/pod/resources.hpp"

#include "registry/pod/containers.hpp"
#include "registry/resource_names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace wavetank::registry {
namespace {

using api::Quantity;
using api::ResourceList;
using namespace api::corev1;

constexpr std::string_view hugepages_prefix = "hugepages-";
constexpr std::string_view native_domain = "kubernetes.io/";

bool is_qualified(std::string_view resource) {
    return resource.find('/') != std::string_view::npos;
}

bool is_standard_for_containers(std::string_view resource) {
    return resource == "cpu" || resource == "memory" || resource == "ephemeral-storage" ||
           is_hugepages(resource);
}

bool is_fractional(const Quantity& amount) {
    return amount.milli_value() % 1000 != 0;
}

void add(ResourceList& sum, const ResourceList& more) {
    for (const auto& [name, amount] : more) {
        if (const auto [slot, fresh] = sum.try_emplace(name, amount); !fresh) {
            slot->second += amount;
        }
    }
}

void raise(ResourceList& greatest, const ResourceList& other) {
    for (const auto& [name, amount] : other) {
        if (const auto [slot, fresh] = greatest.try_emplace(name, amount);
            !fresh && amount > slot->second) {
            slot->second = amount;
        }
    }
}

const ResourceList& side_of(const Container& container, Requirement requirement) {
    return requirement == Requirement::Requests ? container.resources.requests
                                                : container.resources.limits;
}

FieldErrors validate_container_name(const std::string& name, const Path& path) {
    FieldErrors errors = validate_resource_name(name, path);
    if (!is_qualified(name)) {
        if (!is_standard_for_containers(name)) {
            errors.push_back(
                api::invalid_value(path, name, "must be a standard resource for containers"));
        }
    } else if (!is_native_resource(name) && !is_extended_resource(name)) {
        errors.push_back(
            api::invalid_value(path, name, "doesn't follow extended resource name standard"));
    }
    return errors;
}

FieldErrors validate_pod_level_name(const std::string& name, const Path& path) {
    FieldErrors errors = validate_resource_name(name, path);
    if (errors.empty() && !is_pod_level_resource(name)) {
        errors.push_back(api::unsupported_value(path, name, {"cpu", "hugepages-", "memory"}));
    }
    return errors;
}

FieldErrors validate_amount(const std::string& name, const Quantity& amount, const Path& path) {
    FieldErrors errors;
    if (amount.sign() < 0) {
        errors.push_back(
            api::invalid_value(path, amount.to_string(), "must be greater than or equal to 0"));
    }
    if ((is_counted_resource(name) || is_extended_resource(name)) && is_fractional(amount)) {
        errors.push_back(api::invalid_value(path, amount.to_string(), "must be an integer"));
    }
    return errors;
}

bool divides_into_pages(const std::string& name, const Quantity& amount) {
    const auto page = Quantity::parse(std::string_view{name}.substr(hugepages_prefix.size()));
    return page && page->sign() > 0 && !is_fractional(*page) && amount.value() % page->value() == 0;
}

FieldErrors validate_pages(const std::string& name, const Quantity& amount, const Path& path) {
    if (!is_hugepages(name) || divides_into_pages(name, amount)) {
        return {};
    }
    const std::string text = amount.to_string();
    return {api::invalid_value(path, text, text + " is not positive integer multiple of " + name)};
}

// A claim stands for all requests of it, or for one by its name.
bool is_claimed_already(const std::set<std::string>& names, const ResourceClaim& claim,
                        const std::string& key) {
    if (names.contains(key)) {
        return true;
    }
    return claim.request.empty() &&
           std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return name.starts_with(claim.name + "/"); });
}

FieldErrors validate_claims(const std::vector<ResourceClaim>& claims,
                            const std::set<std::string>& known, const Path& path) {
    FieldErrors errors;
    std::set<std::string> names;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        const ResourceClaim& claim = claims[i];
        if (claim.name.empty()) {
            errors.push_back(api::required_value(path[i], ""));
        } else if (names.contains(claim.name)) {
            errors.push_back(api::duplicate_value(path[i], claim.name));
        } else {
            std::string key = claim.name;
            if (!claim.request.empty()) {
                append_problems(errors, path[i] / "request", claim.request,
                                api::check_dns1123_label(claim.request));
                key += "/" + claim.request;
            }
            if (is_claimed_already(names, claim, key)) {
                errors.push_back(api::duplicate_value(path[i], key));
            }
            names.insert(key);
        }
        if (!claim.name.empty() && !known.contains(claim.name)) {
            std::string list;
            for (const std::string& name : known) {
                list += (list.empty() ? ": " : ", ") + name;
            }
            Cause cause = api::not_found_value(path[i], claim.name);
            cause.message += ": must be one of the names in pod.spec.resourceClaims" +
                             (known.empty() ? std::string{" which is empty"} : list);
            errors.push_back(std::move(cause));
        }
    }
    return errors;
}

using NameCheck = FieldErrors (*)(const std::string& name, const Path& path);

FieldErrors validate_request(const std::string& name, const Quantity& amount,
                             const ResourceList& limits, const Path& path) {
    const auto limit = limits.find(name);
    if (limit == limits.end()) {
        if (is_overcommit_allowed(name)) {
            return {};
        }
        return {api::required_value(path / "limits",
                                    "Limit must be set for non overcommitable resources")};
    }
    const std::string limit_text = limit->second.to_string();
    if (amount != limit->second && !is_overcommit_allowed(name)) {
        return {api::invalid_value(path / "requests", amount.to_string(),
                                   "must be equal to " + name + " limit of " + limit_text)};
    }
    if (amount > limit->second) {
        return {api::invalid_value(
            path / "requests", amount.to_string(),
            "must be less than or equal to " + name + " limit of " + limit_text)};
    }
    return {};
}

// Upstream goes through the resources in random order; here it is that of their names.
FieldErrors validate_requirements(const ResourceRequirements& resources, NameCheck check_name,
                                  const std::set<std::string>& claims, const Path& path) {
    FieldErrors errors;
    bool names_cpu_or_memory = false;
    bool names_pages = false;
    const auto note = [&](const std::string& name) {
        names_pages = names_pages || is_hugepages(name);
        names_cpu_or_memory = names_cpu_or_memory || name == "cpu" || name == "memory";
    };
    for (const auto& [name, amount] : resources.limits) {
        const Path at = (path / "limits").key(name);
        append(errors, check_name(name, at));
        append(errors, validate_amount(name, amount, at));
        append(errors, validate_pages(name, amount, at));
        note(name);
    }
    for (const auto& [name, amount] : resources.requests) {
        const Path at = (path / "requests").key(name);
        append(errors, check_name(name, at));
        append(errors, validate_amount(name, amount, at));
        append(errors, validate_request(name, amount, resources.limits, path));
        append(errors, validate_pages(name, amount, at));
        note(name);
    }
    if (names_pages && !names_cpu_or_memory) {
        errors.push_back(api::forbidden_value(path, "HugePages require cpu or memory"));
    }
    append(errors, validate_claims(resources.claims, claims, path / "claims"));
    return errors;
}

// Compares the requirements of the pod with those of its containers.
FieldErrors validate_consistency(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    const ResourceRequirements& resources = *spec.resources;
    for (const auto& [name, amount] : aggregate_resources(spec, Requirement::Requests)) {
        const auto own = resources.requests.find(name);
        if (own != resources.requests.end() && amount > own->second) {
            errors.push_back(api::invalid_value(
                (path / "requests").key(name), own->second.to_string(),
                "must be greater than or equal to aggregate container requests of " +
                    amount.to_string()));
        }
    }
    for (const auto& [name, amount] : aggregate_resources(spec, Requirement::Limits)) {
        const auto own = resources.limits.find(name);
        if (is_hugepages(name) && own != resources.limits.end() && amount > own->second) {
            errors.push_back(
                api::invalid_value((path / "limits").key(name), own->second.to_string(),
                                   "must be greater than or equal to aggregate container limits "
                                   "of " +
                                       amount.to_string()));
        }
    }
    for (std::size_t i = 0; i < spec.containers.size(); ++i) {
        for (const auto& [name, amount] : spec.containers[i].resources.limits) {
            const auto own = resources.limits.find(name);
            if (own != resources.limits.end() && amount > own->second) {
                errors.push_back(api::invalid_value(
                    (path / "containers")[i].key(name) / "limits", amount.to_string(),
                    "must be less than or equal to pod limits of " + own->second.to_string()));
            }
        }
    }
    return errors;
}

void default_pod_level_hugepages(const PodSpecBody& spec, ResourceRequirements& resources) {
    for (const auto& [name, amount] : aggregate_resources(spec, Requirement::Limits)) {
        if (is_hugepages(name) && !resources.requests.contains(name)) {
            resources.limits.try_emplace(name, amount);
        }
    }
}

void default_pod_level_requests(const PodSpecBody& spec, ResourceRequirements& resources) {
    for (const auto& [name, amount] : aggregate_resources(spec, Requirement::Requests)) {
        if (is_pod_level_resource(name) && is_overcommit_allowed(name)) {
            resources.requests.try_emplace(name, amount);
        }
    }
    for (const auto& [name, amount] : resources.limits) {
        if (is_pod_level_resource(name)) {
            resources.requests.try_emplace(name, amount);
        }
    }
}

bool limit_each(const PodSpecBody& spec, const std::string& resource) {
    bool result = true;
    for_each_container(spec, Path{""}, [&](const Container& container, const Path&) {
        result = result && container.resources.limits.contains(resource);
    });
    return result;
}

// A limit of the whole follows only where every container has one.
void default_pod_level_limits(const PodSpecBody& spec, ResourceRequirements& resources) {
    const ResourceList limits = aggregate_resources(spec, Requirement::Limits);
    for (const auto& [name, request] : resources.requests) {
        const auto limit = limits.find(name);
        if (is_pod_level_resource(name) && !resources.limits.contains(name) &&
            limit != limits.end() && limit_each(spec, name)) {
            resources.limits.emplace(name, std::max(limit->second, request));
        }
    }
}

}  // namespace

FieldErrors validate_container_resource_name(const std::string& name, const Path& path) {
    return validate_container_name(name, path);
}

bool is_hugepages(std::string_view resource) {
    return resource.starts_with(hugepages_prefix);
}

bool is_native_resource(std::string_view resource) {
    return !is_qualified(resource) || resource.find(native_domain) != std::string_view::npos;
}

bool is_overcommit_allowed(std::string_view resource) {
    return is_native_resource(resource) && !is_hugepages(resource);
}

bool is_pod_level_resource(std::string_view resource) {
    return resource == "cpu" || resource == "memory" || is_hugepages(resource);
}

ResourceList aggregate_resources(const PodSpecBody& spec, Requirement requirement) {
    ResourceList running;
    for (const Container& container : spec.containers) {
        add(running, side_of(container, requirement));
    }
    ResourceList sidecars;
    ResourceList starting;
    for (const Container& container : spec.initContainers) {
        const ResourceList& own = side_of(container, requirement);
        if (is_sidecar(container)) {
            add(running, own);
            add(sidecars, own);
            raise(starting, sidecars);
        } else {
            ResourceList together = own;
            add(together, sidecars);
            raise(starting, together);
        }
    }
    raise(running, starting);
    return running;
}

void default_pod_level_resources(PodSpecBody& spec) {
    if (!spec.resources || (spec.resources->requests.empty() && spec.resources->limits.empty())) {
        return;
    }
    default_pod_level_hugepages(spec, *spec.resources);
    default_pod_level_requests(spec, *spec.resources);
    default_pod_level_limits(spec, *spec.resources);
}

FieldErrors validate_container_resources(const ResourceRequirements& resources,
                                         const std::set<std::string>& claims, const Path& path) {
    return validate_requirements(resources, validate_container_name, claims, path);
}

FieldErrors validate_pod_level_resources(const PodSpecBody& spec,
                                         const std::set<std::string>& claims, const Path& path) {
    if (!spec.resources) {
        return {};
    }
    if (spec.os && spec.os->name == "windows") {
        return {api::forbidden_value(path, "may not be set for a windows pod")};
    }
    FieldErrors errors;
    if (!spec.resources->claims.empty()) {
        errors.push_back(api::forbidden_value(path / "claims",
                                              "claims may not be set for Resources at pod-level"));
    }
    append(errors, validate_requirements(*spec.resources, validate_pod_level_name, claims, path));
    append(errors, validate_consistency(spec, path));
    return errors;
}

FieldErrors validate_overhead(const ResourceList& overhead, const Path& path) {
    return validate_requirements({.limits = overhead}, validate_container_name, {}, path);
}

}  // namespace wavetank::registry
