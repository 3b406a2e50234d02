#include "controllers/metric_proposals.hpp"

#include "controllers/metric_errors.hpp"

#include <wavetank/api/field_error.hpp>
#include <wavetank/api/selector.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::controllers {
namespace {

using api::Quantity;
using api::autoscalingv2::ContainerResourceMetricSource;
using api::autoscalingv2::ContainerResourceMetricStatus;
using api::autoscalingv2::ExternalMetricSource;
using api::autoscalingv2::ExternalMetricStatus;
using api::autoscalingv2::MetricIdentifier;
using api::autoscalingv2::MetricSpec;
using api::autoscalingv2::MetricTarget;
using api::autoscalingv2::MetricValueStatus;
using api::autoscalingv2::ObjectMetricSource;
using api::autoscalingv2::ObjectMetricStatus;
using api::autoscalingv2::PodsMetricSource;
using api::autoscalingv2::PodsMetricStatus;
using api::autoscalingv2::ResourceMetricSource;
using api::autoscalingv2::ResourceMetricStatus;
using api::metav1::LabelSelector;

/// What a cluster without the API group of some metrics answers.
Error no_such_api(std::string_view api, std::string_view resource) {
    return {.reason = Reason::NotFound,
            .message = "unable to fetch metrics from " + std::string{api} +
                       " metrics API: the server could not find the requested resource" +
                       std::string{resource}};
}

MetricProposal failed(std::string reason, std::string condition, const std::string& prefix) {
    MetricProposal proposal;
    std::string message = prefix + condition;
    proposal.failure = MetricFailure{std::move(reason), std::move(condition), std::move(message)};
    return proposal;
}

const LabelSelector* selector_of(const MetricIdentifier& metric) {
    return metric.selector ? &*metric.selector : nullptr;
}

/// Returns the text that picks the series; an absent selector asks for all of them.
Result<std::string> series_of(const MetricIdentifier& metric) {
    if (!metric.selector) {
        return std::string{};
    }
    const auto selector = api::Selector::from(*metric.selector);
    if (!selector) {
        return selector.error();
    }
    return selector->to_string();
}

/// One look at one metric.
class Look {
public:
    Look(metrics::MetricsSource* source, const ReplicaFacts& facts, const std::string& in_namespace)
        : source_{source}, facts_{facts}, namespace_{in_namespace} {
        names_.reserve(facts.pods.size());
        for (const PodFacts& pod : facts.pods) {
            names_.push_back(pod.name);
        }
    }

    [[nodiscard]] MetricProposal at(const ResourceMetricSource& wanted) const {
        MetricValueStatus current;
        auto proposal = resource({wanted.name, ""}, wanted.target, current);
        if (!proposal) {
            return failed("FailedGetResourceMetric", proposal.error().message,
                          "failed to get " + wanted.name + " resource metric value: ");
        }
        const std::string name =
            wanted.target.averageValue
                ? wanted.name + " resource"
                : wanted.name + " resource utilization (percentage of request)";
        return {.replicas = *proposal,
                .name = name,
                .status = {.type = "Resource",
                           .resource = ResourceMetricStatus{.name = wanted.name,
                                                            .current = std::move(current)}}};
    }

    [[nodiscard]] MetricProposal at(const ContainerResourceMetricSource& wanted) const {
        MetricValueStatus current;
        auto proposal = resource({wanted.name, wanted.container}, wanted.target, current);
        if (!proposal) {
            return failed("FailedGetContainerResourceMetric", proposal.error().message,
                          "failed to get " + wanted.container + " container metric value: ");
        }
        const std::string name =
            wanted.target.averageValue
                ? wanted.name + " resource"
                : wanted.name + " container resource utilization (percentage of request)";
        return {.replicas = *proposal,
                .name = name,
                .status = {.type = "ContainerResource",
                           .containerResource =
                               ContainerResourceMetricStatus{.name = wanted.name,
                                                             .current = std::move(current),
                                                             .container = wanted.container}}};
    }

    [[nodiscard]] MetricProposal at(const PodsMetricSource& wanted) const {
        const auto proposal = pods_metric(wanted);
        if (!proposal) {
            return failed("FailedGetPodsMetric", proposal.error().message,
                          "failed to get pods metric value: ");
        }
        return {.replicas = proposal->replicas,
                .name = "pods metric " + wanted.metric.name,
                .status = {.type = "Pods",
                           .pods = PodsMetricStatus{
                               .metric = wanted.metric,
                               .current = {.averageValue = Quantity::of_milli(proposal->usage)}}}};
    }

    [[nodiscard]] MetricProposal at(const ObjectMetricSource& wanted) const {
        const std::string prefix = "failed to get object metric value: ";
        const bool whole = wanted.target.type == "Value" && wanted.target.value;
        const bool per_pod = wanted.target.type == "AverageValue" && wanted.target.averageValue;
        if (!whole && !per_pod) {
            return failed("FailedGetObjectMetric",
                          "invalid object metric source: neither a value target nor an average "
                          "value target was set",
                          prefix);
        }
        const auto proposal = object_metric(wanted, whole);
        if (!proposal) {
            return failed(
                "FailedGetObjectMetric", proposal.error().message,
                whole ? prefix
                      : prefix + "failed to get " + wanted.metric.name + " object metric: ");
        }
        ObjectMetricStatus status{.metric = wanted.metric,
                                  .describedObject = wanted.describedObject};
        (whole ? status.current.value : status.current.averageValue) =
            Quantity::of_milli(proposal->usage);
        return {.replicas = proposal->replicas,
                .name = whole ? wanted.describedObject.kind + " metric " + wanted.metric.name
                              : external_name(wanted.metric),
                .status = {.type = "Object", .object = std::move(status)}};
    }

    [[nodiscard]] MetricProposal at(const ExternalMetricSource& wanted) const {
        const std::string& name = wanted.metric.name;
        const std::string prefix = "failed to get " + name + " external metric value: ";
        const bool per_pod = wanted.target.averageValue.has_value();
        if (!per_pod && !wanted.target.value) {
            return failed("FailedGetExternalMetric",
                          "invalid external metric source: neither a value target nor an average "
                          "value target was set",
                          prefix);
        }
        const auto proposal = external_metric(wanted, per_pod);
        if (!proposal) {
            return failed("FailedGetExternalMetric", proposal.error().message,
                          prefix + (per_pod ? "failed to get " + name + " external metric: "
                                            : "failed to get external metric " + name + ": "));
        }
        ExternalMetricStatus status{.metric = wanted.metric};
        (per_pod ? status.current.averageValue : status.current.value) =
            Quantity::of_milli(proposal->usage);
        return {.replicas = proposal->replicas,
                .name = external_name(wanted.metric),
                .status = {.type = "External", .external = std::move(status)}};
    }

private:
    [[nodiscard]] static std::string external_name(const MetricIdentifier& metric) {
        return "external metric " + metric.name + "(" + go_text(selector_of(metric)) + ")";
    }

    /// Fills in what is known of the resource now, and returns the replicas.
    [[nodiscard]] Result<std::int32_t> resource(const ResourceOfPods& wanted,
                                                const MetricTarget& target,
                                                MetricValueStatus& current) const {
        const bool plain = target.averageValue.has_value();
        if (!plain && !target.averageUtilization) {
            return Error{.message =
                             "invalid resource metric source: neither an average "
                             "utilization target nor an average value (usage) target was "
                             "set"};
        }
        auto proposal = resource_proposal(wanted, target);
        if (!proposal) {
            Error error = proposal.error();
            error.message = "failed to get " + wanted.resource +
                            (plain ? " usage: " : " utilization: ") + error.message;
            return error;
        }
        // metrics-server reports memory in binary units.
        current.averageValue = Quantity::of_milli(
            proposal->usage, wanted.resource == "memory" ? api::QuantityFormat::BinarySI
                                                         : api::QuantityFormat::DecimalSI);
        current.averageUtilization = proposal->utilization;
        return proposal->replicas;
    }

    [[nodiscard]] Result<ReplicaProposal> resource_proposal(const ResourceOfPods& wanted,
                                                            const MetricTarget& target) const {
        Result<metrics::PodMetrics> samples = no_such_api("resource", " (get pods.metrics.k8s.io)");
        if (source_ != nullptr) {
            samples = source_->resource_metric({.resource = wanted.resource,
                                                .namespace_ = namespace_,
                                                .pods = names_,
                                                .container = wanted.container});
        }
        if (!samples) {
            return resource_metric_error(wanted.resource, samples.error().message);
        }
        return target.averageValue
                   ? replicas_for_average(facts_, wanted.resource, *std::move(samples),
                                          target.averageValue->milli_value())
                   : replicas_for_utilization(facts_, wanted, *std::move(samples),
                                              *target.averageUtilization);
    }

    [[nodiscard]] Result<ReplicaProposal> pods_metric(const PodsMetricSource& wanted) const {
        const auto series = series_of(wanted.metric);
        if (!series) {
            return series.error();
        }
        Result<metrics::PodMetrics> samples = no_such_api("custom", "");
        if (source_ != nullptr) {
            samples = source_->pods_metric({.metric = wanted.metric.name,
                                            .namespace_ = namespace_,
                                            .pods = names_,
                                            .selector = *series});
        }
        if (!samples) {
            return pods_metric_error(wanted.metric.name, samples.error().message);
        }
        return replicas_for_average(facts_, "", *std::move(samples),
                                    wanted.target.averageValue.value_or(Quantity{}).milli_value());
    }

    [[nodiscard]] Result<ReplicaProposal> object_metric(const ObjectMetricSource& wanted,
                                                        bool whole) const {
        const auto series = series_of(wanted.metric);
        if (!series) {
            return series.error();
        }
        const auto& object = wanted.describedObject;
        Result<std::int64_t> value = no_such_api("custom", "");
        if (source_ != nullptr) {
            value = source_->object_metric({.metric = wanted.metric.name,
                                            .namespace_ = namespace_,
                                            .kind = object.kind,
                                            .name = object.name,
                                            .selector = *series});
        }
        if (!value) {
            return object_metric_error(wanted.metric.name,
                                       object.kind + " " + namespace_ + "/" + object.name,
                                       value.error().message);
        }
        if (whole) {
            return replicas_for_value(facts_, *value, wanted.target.value->milli_value());
        }
        return replicas_for_value_per_pod(facts_, *value,
                                          wanted.target.averageValue->milli_value());
    }

    [[nodiscard]] Result<ReplicaProposal> external_metric(const ExternalMetricSource& wanted,
                                                          bool per_pod) const {
        const auto series = series_of(wanted.metric);
        if (!series) {
            return series.error();
        }
        Result<std::vector<std::int64_t>> values = no_such_api("external", "");
        if (source_ != nullptr) {
            values = source_->external_metric(
                {.metric = wanted.metric.name, .namespace_ = namespace_, .selector = *series});
        }
        if (!values) {
            return external_metric_error(wanted.metric.name, namespace_, selector_of(wanted.metric),
                                         values.error().message);
        }
        if (per_pod) {
            return replicas_for_external_value_per_pod(facts_, *values,
                                                       wanted.target.averageValue->milli_value());
        }
        return replicas_for_external_value(facts_, *values, wanted.target.value->milli_value());
    }

    metrics::MetricsSource* source_;
    const ReplicaFacts& facts_;
    std::string namespace_;
    std::vector<std::string_view> names_;
};

}  // namespace

MetricProposal propose(metrics::MetricsSource* source, const ReplicaFacts& facts,
                       const std::string& in_namespace, const MetricSpec& spec) {
    const Look look{source, facts, in_namespace};
    if (spec.type == "Object" && spec.object) {
        return look.at(*spec.object);
    }
    if (spec.type == "Pods" && spec.pods) {
        return look.at(*spec.pods);
    }
    if (spec.type == "Resource" && spec.resource) {
        return look.at(*spec.resource);
    }
    if (spec.type == "ContainerResource" && spec.containerResource) {
        return look.at(*spec.containerResource);
    }
    if (spec.type == "External" && spec.external) {
        return look.at(*spec.external);
    }
    return failed("InvalidMetricSourceType", "unknown metric source type " + api::quoted(spec.type),
                  "");
}

}  // namespace wavetank::controllers
