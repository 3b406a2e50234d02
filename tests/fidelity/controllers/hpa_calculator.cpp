// hpa_calculator.jsonl: how many replicas one metric asks for.

#include "controllers/metric_errors.hpp"
#include "controllers/replica_calculator.hpp"
#include "fidelity/controllers/json_fields.hpp"
#include "fidelity/fidelity.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::Quantity;
using api::corev1::Container;
using api::corev1::Pod;
using controllers::ReplicaFacts;
using controllers::ReplicaProposal;

Container container_of(const json::object& source, const std::string& resource) {
    Container container{.name = text_of(source, "name")};
    if (const auto request = number_of(source, "requestMilli")) {
        container.resources.requests[resource] = Quantity::of_milli(*request);
    }
    return container;
}

std::optional<api::Time> time_at(const json::object& source, std::string_view member) {
    const auto milliseconds = number_of(source, member);
    return milliseconds ? std::optional{api::Time{wall_of(*milliseconds)}} : std::nullopt;
}

Pod pod_of(const json::object& source, const std::string& resource) {
    Pod pod;
    pod.metadata.name = text_of(source, "name");
    pod.metadata.namespace_ = "ns";
    if (flag_of(source, "deleting")) {
        pod.metadata.deletionTimestamp = api::Time{default_wall_epoch};
    }
    pod.status.phase = text_of(source, "phase");
    pod.status.edit().startTime = time_at(source, "startTimeMs");
    if (const std::string ready = text_of(source, "ready"); !ready.empty()) {
        pod.status.conditions.edit().push_back(
            {.type = "Ready",
             .status = ready,
             .lastTransitionTime = time_at(source, "readyTransitionMs")});
    }
    auto& spec = pod.spec.edit();
    for (const json::object& each : objects_of(source, "containers")) {
        spec.containers.push_back(container_of(each, resource));
    }
    for (const json::object& each : objects_of(source, "restartableInitContainers")) {
        spec.initContainers.push_back(container_of(each, resource));
        spec.initContainers.back().restartPolicy = "Always";
    }
    if (const auto request = number_of(source, "podLevelRequestMilli")) {
        spec.resources.emplace().requests[resource] = Quantity::of_milli(*request);
    }
    return pod;
}

metrics::PodMetrics samples_of(const json::object& in,
                               const std::vector<std::unique_ptr<const Pod>>& pods) {
    std::map<std::string, metrics::PodMetric> by_name;
    for (const json::object& each : objects_of(in, "podMetrics")) {
        by_name[text_of(each, "pod")] = {
            .timestamp = wall_of(number_of(each, "timestampMs").value_or(0)),
            .window = std::chrono::seconds{number_of(each, "windowSeconds").value_or(0)},
            .value = number_of(each, "valueMilli").value_or(0)};
    }
    metrics::PodMetrics samples;
    for (const auto& pod : pods) {
        const auto found = by_name.extract(pod->metadata.name);
        samples.of_pods.push_back(found ? std::optional{found.mapped()} : std::nullopt);
    }
    for (const auto& [name, sample] : by_name) {
        samples.of_others.push_back(sample);
    }
    return samples;
}

/// One case: the facts, and what the metrics say.
struct Calculation {
    explicit Calculation(const json::object& in)
        : in_{in}, source_{text_of(in, "source")}, resource_{text_of(in, "resource")} {
        for (const json::object& each : objects_of(in, "pods")) {
            pods_.push_back(std::make_unique<const Pod>(pod_of(each, resource_)));
            pod_facts_.emplace_back(*pods_.back());
        }
        const auto seconds = [&](std::string_view member) {
            return std::chrono::seconds{number_of(in, member).value_or(0)};
        };
        const auto count = [&](std::string_view member) {
            return static_cast<std::int32_t>(number_of(in, member).value_or(0));
        };
        facts_ = {.spec_replicas = count("specReplicas"),
                  .status_replicas = count("statusReplicas"),
                  .tolerances = {.scale_down = in.at("toleranceDown").to_number<double>(),
                                 .scale_up = in.at("toleranceUp").to_number<double>()},
                  .rules = {.cpu_initialization_period = seconds("cpuInitializationPeriodSeconds"),
                            .initial_readiness_delay = seconds("initialReadinessDelaySeconds")},
                  .now = wall_of(number_of(in, "nowMs").value_or(0)),
                  .pods = pod_facts_};
        target_ = number_of(in, "target").value_or(0);
    }
    Calculation(const Calculation&) = delete;
    Calculation& operator=(const Calculation&) = delete;

    [[nodiscard]] Result<ReplicaProposal> run() const {
        const std::string problem = text_of(in_, "metricError");
        const bool per_pod = text_of(in_, "targetType") == "AverageValue";
        if (source_ == "Object") {
            if (!problem.empty()) {
                return controllers::object_metric_error("rps", "Service ns/svc", problem);
            }
            const std::int64_t value = number_of(in_, "objectValueMilli").value_or(0);
            return per_pod ? controllers::replicas_for_value_per_pod(facts_, value, target_)
                           : controllers::replicas_for_value(facts_, value, target_);
        }
        if (source_ == "External") {
            return external(problem, per_pod);
        }
        if (!problem.empty()) {
            return source_ == "Pods" ? controllers::pods_metric_error("rps", problem)
                                     : controllers::resource_metric_error(resource_, problem);
        }
        if (!per_pod) {
            return controllers::replicas_for_utilization(
                facts_, {resource_, text_of(in_, "container")}, samples_of(in_, pods_),
                static_cast<std::int32_t>(target_));
        }
        return controllers::replicas_for_average(facts_, resource_, samples_of(in_, pods_),
                                                 target_);
    }

private:
    [[nodiscard]] Result<ReplicaProposal> external(const std::string& problem, bool per_pod) const {
        if (!problem.empty()) {
            const api::metav1::LabelSelector selector{.matchLabels = {{"q", "a"}}};
            return controllers::external_metric_error("queue", "ns", &selector, problem);
        }
        std::vector<std::int64_t> values;
        if (const json::value* given = in_.if_contains("externalValuesMilli")) {
            for (const json::value& each : given->as_array()) {
                values.push_back(each.to_number<std::int64_t>());
            }
        }
        return per_pod ? controllers::replicas_for_external_value_per_pod(facts_, values, target_)
                       : controllers::replicas_for_external_value(facts_, values, target_);
    }

    const json::object& in_;
    std::string source_;
    std::string resource_;
    std::vector<std::unique_ptr<const Pod>> pods_;
    std::vector<controllers::PodFacts> pod_facts_;
    ReplicaFacts facts_;
    std::int64_t target_ = 0;
};

class HpaCalculatorReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const auto proposal = Calculation{test_case.at("in").as_object()}.run();
        if (!proposal) {
            return compared(test_case.at("out"), json::object{{"replicas", 0},
                                                              {"utilization", 0},
                                                              {"usageMilli", 0},
                                                              {"error", proposal.error().message}});
        }
        return compared(test_case.at("out"),
                        json::object{{"replicas", proposal->replicas},
                                     {"utilization", proposal->utilization.value_or(0)},
                                     {"usageMilli", proposal->usage},
                                     {"error", ""}});
    }
};

}  // namespace

std::unique_ptr<Replayer> make_hpa_calculator_replayer() {
    return std::make_unique<HpaCalculatorReplayer>();
}

}  // namespace wavetank::fidelity
