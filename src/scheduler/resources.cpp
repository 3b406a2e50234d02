#include <wavetank/scheduler/resources.hpp>

#include <wavetank/scheduler/pod_terms.hpp>

#include <wavetank/api/names.hpp>

#include <algorithm>

namespace wavetank::scheduler {
namespace {

using api::ResourceList;
using api::corev1::Container;
using api::corev1::Pod;

constexpr std::int64_t milli_cpu_default = 100;
constexpr std::int64_t memory_default = 200LL * 1024 * 1024;
constexpr std::string_view all_addresses = "0.0.0.0";

bool is_native(std::string_view name) {
    return name.find('/') == std::string_view::npos ||
           name.find("kubernetes.io/") != std::string_view::npos;
}

bool is_pod_level_resource(std::string_view name) {
    return name == "cpu" || name == "memory" || name.starts_with("hugepages-");
}

bool is_sidecar(const Container& container) {
    return container.restartPolicy == "Always";
}

void add(ResourceList& sum, const ResourceList& list) {
    for (const auto& [name, quantity] : list) {
        const auto [entry, fresh] = sum.try_emplace(name, quantity);
        if (!fresh) {
            entry->second += quantity;
        }
    }
}

void raise(ResourceList& most, const ResourceList& list) {
    for (const auto& [name, quantity] : list) {
        const auto [entry, fresh] = most.try_emplace(name, quantity);
        if (!fresh && quantity > entry->second) {
            entry->second = quantity;
        }
    }
}

ResourceList container_requests(const Container& container, const ResourceList& defaults) {
    ResourceList requests = container.resources.requests;
    for (const auto& [name, quantity] : defaults) {
        requests.try_emplace(name, quantity);
    }
    return requests;
}

ResourceList sum_of_containers(const Pod& pod, const ResourceList& defaults) {
    ResourceList running;
    for (const Container& container : pod.spec->containers) {
        add(running, container_requests(container, defaults));
    }
    ResourceList sidecars;
    ResourceList starting;
    for (const Container& container : pod.spec->initContainers) {
        ResourceList step = container_requests(container, defaults);
        if (is_sidecar(container)) {
            add(running, step);
            add(sidecars, step);
            step = sidecars;
        } else {
            add(step, sidecars);
        }
        raise(starting, step);
    }
    raise(running, starting);
    return running;
}

bool asks_at_pod_level(const Pod& pod) {
    return pod.spec->resources &&
           std::ranges::any_of(pod.spec->resources->requests, [](const auto& request) {
               return is_pod_level_resource(request.first);
           });
}

// Pod-level requests keep the scores' defaults from what either level names.
ResourceList defaults_beside(const ResourceList& requests, const Pod& pod) {
    ResourceList defaults = nonzero_defaults();
    if (asks_at_pod_level(pod)) {
        std::erase_if(defaults, [&](const auto& entry) { return requests.contains(entry.first); });
    }
    return defaults;
}

void add_host_ports(std::vector<HostPort>& ports, const Container& container) {
    for (const auto& port : container.ports) {
        if (port.hostPort > 0) {
            ports.push_back({port.hostIP.empty() ? std::string{all_addresses} : port.hostIP,
                             port.protocol.empty() ? "TCP" : port.protocol, port.hostPort});
        }
    }
}

}  // namespace

Resources Resources::from(const ResourceList& list) {
    Resources resources;
    for (const auto& [name, quantity] : list) {
        if (name == "cpu") {
            resources.milli_cpu = quantity.milli_value();
        } else if (name == "memory") {
            resources.memory = quantity.value();
        } else if (name == "ephemeral-storage") {
            resources.ephemeral_storage = quantity.value();
        } else if (name == "pods") {
            resources.pods = quantity.value();
        } else if (is_scalar_resource(name)) {
            resources.scalars[name] = quantity.value();
        }
    }
    return resources;
}

std::optional<std::int64_t> Resources::of(std::string_view name) const {
    if (name == "cpu") {
        return milli_cpu;
    }
    if (name == "memory") {
        return memory;
    }
    if (name == "ephemeral-storage") {
        return ephemeral_storage;
    }
    const auto scalar = scalars.find(name);
    return scalar == scalars.end() ? std::nullopt : std::optional{scalar->second};
}

Resources& Resources::operator+=(const Resources& other) {
    milli_cpu += other.milli_cpu;
    memory += other.memory;
    ephemeral_storage += other.ephemeral_storage;
    for (const auto& [name, amount] : other.scalars) {
        scalars[name] += amount;
    }
    return *this;
}

Resources& Resources::operator-=(const Resources& other) {
    milli_cpu -= other.milli_cpu;
    memory -= other.memory;
    ephemeral_storage -= other.ephemeral_storage;
    for (const auto& [name, amount] : other.scalars) {
        scalars[name] -= amount;
    }
    return *this;
}

bool is_extended_resource(std::string_view name) {
    if (is_native(name) || name.starts_with("requests.")) {
        return false;
    }
    return api::check_qualified_name("requests." + std::string{name}).empty();
}

bool is_scalar_resource(std::string_view name) {
    return is_extended_resource(name) || name.starts_with("hugepages-") ||
           name.find("kubernetes.io/") != std::string_view::npos ||
           name.starts_with("attachable-volumes-");
}

bool conflicts(const HostPort& left, const HostPort& right) {
    return left.port == right.port && left.protocol == right.protocol &&
           (left.ip == right.ip || left.ip == all_addresses || right.ip == all_addresses);
}

ResourceList pod_requests(const Pod& pod, const RequestOptions& options) {
    ResourceList requests = sum_of_containers(pod, options.container_defaults);
    if (options.pod_level && asks_at_pod_level(pod)) {
        for (const auto& [name, quantity] : pod.spec->resources->requests) {
            if (is_pod_level_resource(name)) {
                requests.insert_or_assign(name, quantity);
            }
        }
    }
    add(requests, pod.spec->overhead);
    return requests;
}

const ResourceList& nonzero_defaults() {
    static const ResourceList defaults{
        {"cpu", api::Quantity::of_milli(milli_cpu_default)},
        {"memory", api::Quantity::of(memory_default)},
    };
    return defaults;
}

PodDemand demand_of(const Pod& pod) {
    const ResourceList requests = pod_requests(pod);
    PodDemand demand{.requested = Resources::from(requests), .host_ports = host_ports_of(pod)};
    const Resources nonzero =
        Resources::from(pod_requests(pod, {.container_defaults = defaults_beside(requests, pod)}));
    demand.milli_cpu_nonzero = nonzero.milli_cpu;
    demand.memory_nonzero = nonzero.memory;
    if (pod.spec->affinity) {
        if (auto terms = PodTerms::from(pod); terms && !terms->empty()) {
            demand.terms = std::make_shared<const PodTerms>(std::move(*terms));
        }
    }
    return demand;
}

std::vector<HostPort> host_ports_of(const Pod& pod) {
    std::vector<HostPort> ports;
    for (const Container& container : pod.spec->initContainers) {
        if (is_sidecar(container)) {
            add_host_ports(ports, container);
        }
    }
    for (const Container& container : pod.spec->containers) {
        add_host_ports(ports, container);
    }
    return ports;
}

}  // namespace wavetank::scheduler
