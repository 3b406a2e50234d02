#pragma once

/// \file
/// How metrics reach autoscalers in a simulated cluster: resources through kubelets and
/// metrics-server, requests through a monitoring system, all else as the Scenario says.

#include "sim/metrics/metrics_server.hpp"
#include "sim/metrics/request_rates.hpp"

#include <wavetank/api/selector.hpp>
#include <wavetank/metrics/metrics_source.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// A metric whose values are declared: a line through points.
struct PlannedMetric {
    struct Point {
        TimePoint time{};
        std::int64_t milli = 0;
    };

    std::string name;
    std::string in_namespace;
    api::StringMap labels;  ///< of an external metric
    /// The kind and name of the object that it is about; empty for an external metric.
    std::string kind;
    std::string object;
    std::vector<Point> points;  ///< in order of time, at least one

    /// Returns the value, constant before the first point and after the last.
    [[nodiscard]] std::int64_t at(TimePoint time) const;
};

struct MetricsPipelineOptions {
    MetricsServerOptions server;
    RequestRatesOptions rates;
    std::vector<PlannedMetric> declared;
};

/// The metrics APIs of one cluster.
///
/// Pods have `requests_per_second` and `requests_in_flight`; a Service has the sum of its pods'.
/// Lifetime: `store` and `clock` outlive it.
class MetricsPipeline final : public metrics::MetricsSource {
public:
    MetricsPipeline(store::Store& store, const runtime::Clock& clock,
                    MetricsPipelineOptions options);

    /// Looks at all containers as they are now. Requires: called once a second.
    void observe(const std::vector<ContainerUse>& containers);

    Result<metrics::PodMetrics> resource_metric(const metrics::ResourceMetricQuery& query) override;
    Result<metrics::PodMetrics> pods_metric(const metrics::PodsMetricQuery& query) override;
    Result<std::int64_t> object_metric(const metrics::ObjectMetricQuery& query) override;
    Result<std::vector<std::int64_t>> external_metric(
        const metrics::ExternalMetricQuery& query) override;

private:
    [[nodiscard]] std::optional<metrics::PodMetric> sum_of(
        const std::map<std::string, ResourceSample>& usage,
        const metrics::ResourceMetricQuery& query) const;
    [[nodiscard]] std::optional<metrics::PodMetric> requests_of(const store::Key& pod,
                                                                const std::string& metric) const;
    [[nodiscard]] std::optional<std::int64_t> requests_of_service(const store::Key& service,
                                                                  const std::string& metric) const;

    store::Store& store_;
    const runtime::Clock& clock_;
    std::vector<PlannedMetric> declared_;
    MetricsServer server_;
    RequestRates rates_;
};

}  // namespace wavetank::sim
