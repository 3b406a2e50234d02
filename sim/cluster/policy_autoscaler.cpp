#include "sim/cluster/policy_autoscaler.hpp"

#include "sim/cluster/apply.hpp"

#include <wavetank/api/selector.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {
namespace {

using api::appsv1::Deployment;
using api::corev1::Pod;

/// Adds up the samples; nothing if there are none.
std::optional<double> total(const Result<metrics::PodMetrics>& samples) {
    if (!samples || samples->size() == 0) {
        return std::nullopt;
    }
    double sum = 0;
    for (const auto& sample : samples->of_pods) {
        sum += sample ? static_cast<double>(sample->value) / 1000 : 0;
    }
    for (const metrics::PodMetric& sample : samples->of_others) {
        sum += static_cast<double>(sample.value) / 1000;
    }
    return sum;
}

double requested_cpus(const Pod& pod) {
    double cpus = 0;
    for (const auto& container : pod.spec->containers) {
        const auto request = container.resources.requests.find("cpu");
        if (request != container.resources.requests.end()) {
            cpus += static_cast<double>(request->second.milli_value()) / 1000;
        }
    }
    return cpus;
}

}  // namespace

void PolicyAutoscaler::decide(Cluster& cluster, TimePoint now) const {
    const auto stored = cluster.store().get<Deployment>(deployment);
    const auto selector =
        stored == nullptr ? api::Selector::nothing() : api::Selector::from(stored->spec.selector);
    if (stored == nullptr || !selector) {
        return;
    }
    std::vector<std::string_view> names;
    std::vector<double> requests;
    const auto pods = cluster.store().list<Pod>(deployment.namespace_);
    for (const auto& pod : pods) {
        if (selector->matches(*pod->metadata.labels) && !pod->metadata.deletionTimestamp) {
            names.emplace_back(pod->metadata.name);
            requests.push_back(requested_cpus(*pod));
        }
    }
    MetricsPipeline& metrics = cluster.metrics();
    const auto pods_metric = [&](const char* metric) {
        return total(metrics.pods_metric({.metric = metric,
                                          .namespace_ = deployment.namespace_,
                                          .pods = names,
                                          .selector = {}}));
    };
    AutoscalerView view{.now = now,
                        .replicas = stored->spec.replicas.value_or(1),
                        .replicas_ready = stored->status.readyReplicas,
                        .requests_per_second = pods_metric("requests_per_second"),
                        .requests_in_flight = pods_metric("requests_in_flight"),
                        .metrics = metrics,
                        .namespace_ = deployment.namespace_,
                        .pods = names};
    const auto cpu = metrics.resource_metric(
        {.resource = "cpu", .namespace_ = deployment.namespace_, .pods = names, .container = {}});
    if (const auto used = total(cpu)) {
        double requested = 0;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            requested += cpu->of_pods[i] ? requests[i] : 0;
        }
        if (requested > 0) {
            view.cpu_utilization = *used / requested;
        }
    }
    const std::int32_t wanted =
        std::clamp(policy->desired(view), options.replicas_min, options.replicas_max);
    if (wanted != view.replicas) {
        static_cast<void>(scale_workload(cluster.registry(), "Deployment", deployment, wanted));
    }
}

}  // namespace wavetank::sim
