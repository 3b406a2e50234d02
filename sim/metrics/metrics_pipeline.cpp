#include "sim/metrics/metrics_pipeline.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::sim {
namespace {

using metrics::PodMetric;
using metrics::PodMetrics;

Error nothing_returned(const std::string& api) {
    return {.reason = Reason::NotFound,
            .message = "no metrics returned from " + api + " metrics API"};
}

Error unknown_metric(const std::string& metric, const std::string& about) {
    return {.reason = Reason::NotFound,
            .message =
                "unable to fetch metrics from custom metrics API: the server could not find "
                "the metric " +
                metric + " for " + about};
}

// The API rounds CPUs up to thousandths, container by container.
std::int64_t milli_of(const ResourceSample& sample, const std::string& resource) {
    constexpr std::int64_t nano_per_milli = 1'000'000;
    return resource == "cpu" ? (sample.cpu_nano + nano_per_milli - 1) / nano_per_milli
                             : sample.memory * 1000;
}

}  // namespace

std::int64_t PlannedMetric::at(TimePoint time) const {
    const auto after = std::ranges::upper_bound(points, time, {}, &Point::time);
    if (after == points.begin()) {
        return points.front().milli;
    }
    const Point& before = *std::prev(after);
    if (after == points.end()) {
        return before.milli;
    }
    const double part =
        std::chrono::duration<double>(time - before.time) / (after->time - before.time);
    return before.milli +
           static_cast<std::int64_t>(static_cast<double>(after->milli - before.milli) * part);
}

MetricsPipeline::MetricsPipeline(store::Store& store, const runtime::Clock& clock,
                                 MetricsPipelineOptions options)
    : store_{store},
      clock_{clock},
      declared_{std::move(options.declared)},
      server_{options.server},
      rates_{options.rates} {}

void MetricsPipeline::observe(const std::vector<ContainerUse>& containers) {
    server_.observe(clock_.now(), containers);
    rates_.observe(clock_.now(), containers);
}

std::optional<PodMetric> MetricsPipeline::sum_of(const std::map<std::string, ResourceSample>& usage,
                                                 const metrics::ResourceMetricQuery& query) const {
    std::optional<PodMetric> sum;
    TimePoint earliest = TimePoint::max();
    for (const auto& [container, sample] : usage) {
        if (!query.container.empty() && container != query.container) {
            continue;
        }
        sum = sum.value_or(PodMetric{});
        sum->value += milli_of(sample, query.resource);
        if (sample.time < earliest) {
            earliest = sample.time;
            sum->timestamp = std::chrono::floor<std::chrono::seconds>(clock_.wall_at(earliest));
            sum->window = sample.window;
        }
    }
    return sum;
}

Result<PodMetrics> MetricsPipeline::resource_metric(const metrics::ResourceMetricQuery& query) {
    PodMetrics samples;
    samples.of_pods.resize(query.pods.size());
    bool any = false;
    const bool is_known = query.resource == "cpu" || query.resource == "memory";
    for (std::size_t i = 0; i < query.pods.size(); ++i) {
        const auto usage = server_.usage({query.namespace_, std::string{query.pods[i]}});
        any |= !usage.empty();
        samples.of_pods[i] = is_known ? sum_of(usage, query) : std::nullopt;
    }
    return any ? Result<PodMetrics>{std::move(samples)} : nothing_returned("resource");
}

std::optional<PodMetric> MetricsPipeline::requests_of(const store::Key& pod,
                                                      const std::string& metric) const {
    const auto sample = rates_.sample(pod);
    if (!sample || (metric != "requests_per_second" && metric != "requests_in_flight")) {
        return std::nullopt;
    }
    const double value = metric == "requests_per_second" ? sample->per_second : sample->in_flight;
    return PodMetric{
        .timestamp = std::chrono::floor<std::chrono::seconds>(clock_.wall_at(sample->time)),
        .window = sample->window,
        .value = static_cast<std::int64_t>(value * 1000)};
}

Result<PodMetrics> MetricsPipeline::pods_metric(const metrics::PodsMetricQuery& query) {
    PodMetrics samples;
    samples.of_pods.resize(query.pods.size());
    for (std::size_t i = 0; i < query.pods.size(); ++i) {
        samples.of_pods[i] =
            requests_of({query.namespace_, std::string{query.pods[i]}}, query.metric);
    }
    return samples.size() == 0 ? unknown_metric(query.metric, "pods")
                               : Result<PodMetrics>{std::move(samples)};
}

// The sum of the pods that the Service selects.
std::optional<std::int64_t> MetricsPipeline::requests_of_service(const store::Key& service,
                                                                 const std::string& metric) const {
    const auto object = store_.get<api::corev1::Service>(service);
    if (object == nullptr || object->spec.selector.empty()) {
        return std::nullopt;
    }
    const api::Selector selector = api::Selector::from(object->spec.selector);
    std::optional<std::int64_t> sum;
    for (const auto& pod : store_.list<api::corev1::Pod>(service.namespace_)) {
        if (!selector.matches(*pod->metadata.labels)) {
            continue;
        }
        if (const auto sample = requests_of(store::key_of(*pod), metric)) {
            sum = sum.value_or(0) + sample->value;
        }
    }
    return sum;
}

Result<std::int64_t> MetricsPipeline::object_metric(const metrics::ObjectMetricQuery& query) {
    for (const PlannedMetric& each : declared_) {
        if (each.name == query.metric && each.kind == query.kind && each.object == query.name &&
            each.in_namespace == query.namespace_) {
            return each.at(clock_.now());
        }
    }
    if (query.kind == "Service") {
        if (const auto sum = requests_of_service({query.namespace_, query.name}, query.metric)) {
            return *sum;
        }
    }
    return unknown_metric(query.metric, query.kind + " " + query.name);
}

Result<std::vector<std::int64_t>> MetricsPipeline::external_metric(
    const metrics::ExternalMetricQuery& query) {
    const auto selector = api::Selector::parse(query.selector);
    if (!selector) {
        return selector.error();
    }
    std::vector<std::int64_t> values;
    for (const PlannedMetric& each : declared_) {
        if (each.name == query.metric && each.kind.empty() &&
            each.in_namespace == query.namespace_ && selector->matches(each.labels)) {
            values.push_back(each.at(clock_.now()));
        }
    }
    return values.empty() ? nothing_returned("external")
                          : Result<std::vector<std::int64_t>>{std::move(values)};
}

}  // namespace wavetank::sim
