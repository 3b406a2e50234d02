#pragma once

/// \file
/// What does an autoscaler get to know of the load?
///
/// The interface behind Kubernetes' three metrics APIs: metrics.k8s.io (what pods use),
/// custom.metrics.k8s.io (what pods and other objects report) and external.metrics.k8s.io (anything
/// else). Whoever measures implements it; whoever scales asks. All amounts are integers in
/// thousandths: millicores, thousandths of a byte or of a request a second.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::metrics {

/// One sample of one pod, as upstream's `PodMetric`.
struct PodMetric {
    WallTime timestamp{};    ///< the end of the window
    Duration window{};       ///< what the sample is an average of
    std::int64_t value = 0;  ///< in thousandths
};

/// Samples of pods, without their names: autoscalers ask for very many of them.
struct PodMetrics {
    /// One place for each pod of the query, in its order; nothing where there is no sample.
    std::vector<std::optional<PodMetric>> of_pods;
    /// Samples of pods that were not asked for. They count for averages, as they do upstream.
    std::vector<PodMetric> of_others;

    /// Returns how many samples there are.
    [[nodiscard]] std::size_t size() const;
};

/// Which labels series must have, if any: the query's selector in Kubernetes' text form, "a=b".
using SelectorText = std::string;

struct ResourceMetricQuery {
    std::string resource;  ///< "cpu" or "memory"
    std::string namespace_;
    std::span<const std::string_view> pods;  ///< names, each once. Lifetime: the call
    std::string container;                   ///< empty: all containers of a pod together
};

struct PodsMetricQuery {
    std::string metric;
    std::string namespace_;
    std::span<const std::string_view> pods;  ///< names, each once. Lifetime: the call
    SelectorText selector;
};

struct ObjectMetricQuery {
    std::string metric;
    std::string namespace_;
    std::string kind;  ///< of the object that is measured: "Service"
    std::string name;
    SelectorText selector;
};

struct ExternalMetricQuery {
    std::string metric;
    std::string namespace_;
    SelectorText selector;
};

/// Answers for what was measured.
///
/// Errors: of each function, any `Error`; its message reaches users in events and conditions. No
/// sample at all is an error: "no metrics returned from resource metrics API", and so on.
/// Threads: confined to its simulation's strand.
class MetricsSource {
public:
    MetricsSource() = default;
    virtual ~MetricsSource() = default;
    MetricsSource(const MetricsSource&) = delete;
    MetricsSource& operator=(const MetricsSource&) = delete;

    /// Returns the samples with a place in `of_pods` for each of `query.pods`.
    [[nodiscard]] virtual Result<PodMetrics> resource_metric(const ResourceMetricQuery& query) = 0;
    /// The same for what pods report.
    [[nodiscard]] virtual Result<PodMetrics> pods_metric(const PodsMetricQuery& query) = 0;
    [[nodiscard]] virtual Result<std::int64_t> object_metric(const ObjectMetricQuery& query) = 0;
    /// Returns the value of each series that the query picks.
    [[nodiscard]] virtual Result<std::vector<std::int64_t>> external_metric(
        const ExternalMetricQuery& query) = 0;
};

}  // namespace wavetank::metrics
