#include "controllers/daemon_pods.hpp"

#include <algorithm>
#include <tuple>

namespace wavetank::controllers {
namespace {

using api::appsv1::DaemonSet;
using api::corev1::Pod;
using api::corev1::PodSpecBody;
using api::corev1::Toleration;

constexpr const char* generation_label = "pod-template-generation";
constexpr const char* generation_annotation = "deprecated.daemonset.template.generation";

void tolerate(std::vector<Toleration>& tolerations, const char* taint, const char* effect) {
    const Toleration wanted{
        .key = std::string{"node.kubernetes.io/"} + taint, .operator_ = "Exists", .effect = effect};
    bool found = false;
    for (Toleration& each : tolerations) {
        if (each.key == wanted.key && each.effect == wanted.effect &&
            each.operator_ == wanted.operator_ && each.value == wanted.value) {
            each = wanted;
            found = true;
        }
    }
    if (!found) {
        tolerations.push_back(wanted);
    }
}

std::string_view template_generation_of(const DaemonSet& set) {
    const auto found = set.metadata.annotations->find(generation_annotation);
    return found == set.metadata.annotations->end() ? std::string_view{} : found->second;
}

std::int64_t scaled_up(const std::optional<api::IntOrString>& bound, std::int64_t desired) {
    if (!bound) {
        return 0;
    }
    const auto scaled = bound->scaled_value(desired, api::Rounding::Up);
    return scaled ? *scaled : 0;
}

}  // namespace

std::vector<Toleration> daemon_tolerations(const PodSpecBody& pod_template) {
    std::vector<Toleration> tolerations = pod_template.tolerations;
    tolerate(tolerations, "not-ready", "NoExecute");
    tolerate(tolerations, "unreachable", "NoExecute");
    tolerate(tolerations, "disk-pressure", "NoSchedule");
    tolerate(tolerations, "memory-pressure", "NoSchedule");
    tolerate(tolerations, "pid-pressure", "NoSchedule");
    tolerate(tolerations, "unschedulable", "NoSchedule");
    if (pod_template.hostNetwork) {
        tolerate(tolerations, "network-unavailable", "NoSchedule");
    }
    return tolerations;
}

std::string target_node_of(const Pod& pod) {
    if (!pod.spec.nodeName.empty()) {
        return pod.spec.nodeName;
    }
    const auto& affinity = pod.spec->affinity;
    if (!affinity || !affinity->nodeAffinity ||
        !affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution) {
        return {};
    }
    const auto& required = *affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution;
    for (const auto& term : required.nodeSelectorTerms) {
        for (const auto& field : term.matchFields) {
            if (field.key == "metadata.name" && field.operator_ == "In") {
                return field.values.empty() ? std::string{} : field.values.front();
            }
        }
    }
    return {};
}

std::string_view hash_of(const Pod& pod) {
    const auto found = pod.metadata.labels->find(daemon_hash_label);
    return found == pod.metadata.labels->end() ? std::string_view{} : found->second;
}

bool is_updated(const DaemonSet& set, const Pod& pod, std::string_view hash) {
    const std::string_view generation = template_generation_of(set);
    const auto label = pod.metadata.labels->find(generation_label);
    const bool same_generation =
        !generation.empty() && label != pod.metadata.labels->end() && label->second == generation;
    return same_generation || (!hash.empty() && hash_of(pod) == hash);
}

Pod make_daemon_pod(const DaemonSet& set, const std::vector<Toleration>& tolerations,
                    const DaemonPlace& place) {
    Pod pod = pod_of(set.spec.template_, set.metadata.namespace_);
    pod.metadata.generateName = name_prefix_of(set.metadata.name);
    auto& labels = pod.metadata.labels.edit();
    if (const auto generation = template_generation_of(set); !generation.empty()) {
        labels[generation_label] = generation;
    }
    labels[daemon_hash_label] = place.hash;
    auto& body = pod.spec.edit();
    body.tolerations = tolerations;
    if (!body.affinity) {
        body.affinity.emplace();
    }
    auto& affinity = *body.affinity;
    if (!affinity.nodeAffinity) {
        affinity.nodeAffinity.emplace();
    }
    auto& required =
        affinity.nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution.emplace();
    required.nodeSelectorTerms.push_back(
        {.matchFields = {
             {.key = "metadata.name", .operator_ = "In", .values = {std::string{place.node}}}}});
    return pod;
}

void sort_daemon_pods(std::vector<PodPointer>& pods) {
    const auto key = [](const PodPointer& pod) {
        return std::tuple{pod->spec.nodeName.empty(), pod->metadata.creationTimestamp,
                          std::string_view{pod->metadata.name}};
    };
    std::ranges::sort(pods, {}, key);
}

std::int64_t max_surge(const DaemonSet& set, std::int64_t desired) {
    const auto& strategy = set.spec.updateStrategy;
    return strategy.type == "RollingUpdate" && strategy.rollingUpdate
               ? scaled_up(strategy.rollingUpdate->maxSurge, desired)
               : 0;
}

std::int64_t max_unavailable(const DaemonSet& set, std::int64_t desired) {
    const auto& strategy = set.spec.updateStrategy;
    return strategy.type == "RollingUpdate" && strategy.rollingUpdate
               ? scaled_up(strategy.rollingUpdate->maxUnavailable, desired)
               : 0;
}

}  // namespace wavetank::controllers
