#include "registry/pod/pod_rules.hpp"

namespace wavetank::registry {
namespace {

using api::corev1::Container;
using api::corev1::PodSpecBody;
using api::corev1::ResourceRequirements;

constexpr std::string_view guaranteed = "Guaranteed";
constexpr std::string_view burstable = "Burstable";
constexpr std::string_view best_effort = "BestEffort";

api::Quantity amount_of(const api::ResourceList& list, const std::string& resource) {
    const auto found = list.find(resource);
    return found == list.end() ? api::Quantity{} : found->second;
}

std::string_view class_of(const ResourceRequirements& resources, const std::string& resource) {
    const api::Quantity request = amount_of(resources.requests, resource);
    if (request != amount_of(resources.limits, resource)) {
        return burstable;
    }
    return request.is_zero() ? best_effort : guaranteed;
}

std::string_view class_of(const ResourceRequirements& resources) {
    const std::string_view cpu = class_of(resources, "cpu");
    return cpu == class_of(resources, "memory") ? cpu : burstable;
}

}  // namespace

std::string qos_class(const PodSpecBody& spec) {
    // Requirements of the pod as a whole count if they name anything.
    if (spec.resources && (!spec.resources->requests.empty() || !spec.resources->limits.empty())) {
        return std::string{class_of(*spec.resources)};
    }
    std::string_view result;
    for (const auto* containers : {&spec.initContainers, &spec.containers}) {
        for (const Container& container : *containers) {
            const std::string_view one = class_of(container.resources);
            if (one == burstable || (!result.empty() && one != result)) {
                return std::string{burstable};
            }
            result = one;
        }
    }
    return std::string{result.empty() ? best_effort : result};
}

}  // namespace wavetank::registry
