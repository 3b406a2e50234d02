#include "controllers/horizontal_pod_autoscaler.hpp"

#include "controllers/autoscaler_conditions.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::autoscalingv2::HorizontalPodAutoscaler;
using api::autoscalingv2::MetricSpec;

std::int32_t replicas_min_of(const HorizontalPodAutoscaler& object) {
    return object.spec.minReplicas.value_or(1);
}

/// Tells whether a metric works without pods, so that there is a way back from zero.
bool has_metric_without_pods(const HorizontalPodAutoscaler& object) {
    return std::ranges::any_of(object.spec.metrics, [](const MetricSpec& metric) {
        return metric.type == "Object" || metric.type == "External";
    });
}

/// Returns the number as upstream's `AsApproximateFloat64`: the digits it is held with, times a
/// power of ten. "300m" and "0.3" are not quite the same.
double approximate(const api::Quantity& quantity) {
    std::string digits = quantity.to_decimal_string();
    const std::size_t point = digits.find('.');
    double unit = 1;
    if (point != std::string::npos) {
        unit = std::pow(10.0, static_cast<double>(digits.size() - point - 1));
        digits.erase(point, 1);
    }
    return std::stod(digits) * (1.0 / unit);
}

Tolerances tolerances_of(const HorizontalPodAutoscaler& object, double otherwise) {
    Tolerances tolerances{.scale_down = otherwise, .scale_up = otherwise};
    if (const auto& behavior = object.spec.behavior) {
        if (behavior->scaleDown && behavior->scaleDown->tolerance) {
            tolerances.scale_down = approximate(*behavior->scaleDown->tolerance);
        }
        if (behavior->scaleUp && behavior->scaleUp->tolerance) {
            tolerances.scale_up = approximate(*behavior->scaleUp->tolerance);
        }
    }
    return tolerances;
}

}  // namespace

ControllerInfo horizontal_pod_autoscaler(HorizontalPodAutoscalerOptions options) {
    return {.name = "horizontal-pod-autoscaler",
            .component = "horizontal-pod-autoscaler",
            .make = [options](const ControllerContext& context) {
                return std::make_unique<HorizontalPodAutoscalerController>(context, options);
            }};
}

HorizontalPodAutoscalerController::HorizontalPodAutoscalerController(
    const ControllerContext& context, HorizontalPodAutoscalerOptions options)
    : context_{context}, options_{options} {
    store::Store& store = context_.registry.store();
    autoscalers_ =
        store.watch<HorizontalPodAutoscaler>([this](const auto& event) { on_autoscaler(event); });
    for (const auto& each : store.list<HorizontalPodAutoscaler>()) {
        on_autoscaler({store::EventType::Added, each, nullptr, 0});
    }
}

void HorizontalPodAutoscalerController::on_autoscaler(
    const store::WatchEvent<HorizontalPodAutoscaler>& event) {
    const store::Key key = store::key_of(*event.object);
    if (event.type == store::EventType::Deleted) {
        selected_.erase(key);
        ++selectors_version_;
        return;
    }
    selected_.try_emplace(key);
    if (event.previous == nullptr ||
        event.previous->metadata.generation != event.object->metadata.generation) {
        context_.queue.add(key);
    }
}

Reconciler::Outcome HorizontalPodAutoscalerController::reconcile(const store::Key& key) {
    const auto stored = context_.registry.store().get<HorizontalPodAutoscaler>(key);
    if (stored == nullptr) {
        histories_.erase(key);
        return Outcome::Done;
    }
    if (pods_ == nullptr) {
        pods_ = std::make_unique<PodsByLabels>(context_.registry.store());
    }
    sync(key, *stored);
    context_.queue.add_after(key, options_.sync_period);
    return Outcome::Done;
}

void HorizontalPodAutoscalerController::sync(const store::Key& key,
                                             const HorizontalPodAutoscaler& stored) {
    Sync sync{
        .key = key, .stored = stored, .object = stored, .now = context_.registry.clock().wall()};
    auto scale = get_scale(context_.registry, key.namespace_, stored.spec.scaleTargetRef);
    if (!scale) {
        const std::string& why = scale.error().message;
        context_.events.warning(stored, "FailedGetScale", why);
        set_condition(sync.object, sync.now,
                      {"AbleToScale", false, "FailedGetScale",
                       "the HPA controller was unable to get the target's current scale: " + why});
        write_status(sync);
        return;
    }
    sync.scale = *std::move(scale);
    set_condition(sync.object, sync.now,
                  {"AbleToScale", true, "SucceededGetScale",
                   "the HPA controller was able to get the target's current scale"});
    histories_[key].begin(sync.scale.spec_replicas, sync.now);
    if (const auto decision = decide(sync)) {
        rescale(sync, *decision);
    }
}

/// Decides, or writes the status and returns nothing if nothing can be decided.
std::optional<HorizontalPodAutoscalerController::Decision>
HorizontalPodAutoscalerController::decide(Sync& sync) {
    const std::int32_t current = sync.scale.spec_replicas;
    const std::int32_t replicas_min = replicas_min_of(sync.object);
    const std::int32_t replicas_max = sync.object.spec.maxReplicas;
    if (current == 0) {
        const bool by_us = is_scaled_to_zero(sync.object);
        if (!by_us || (replicas_min == 0 && !has_metric_without_pods(sync.object))) {
            set_condition(sync.object, sync.now,
                          {"ScalingActive", false, "ScalingDisabled",
                           "scaling is disabled since the replica count of the target is zero"});
            return Decision{};
        }
    } else if (current > replicas_max) {
        return Decision{.desired = replicas_max,
                        .rescale = true,
                        .reason = "Current number of replicas above Spec.MaxReplicas"};
    } else if (current < replicas_min) {
        return Decision{.desired = replicas_min,
                        .rescale = true,
                        .reason = "Current number of replicas below Spec.MinReplicas"};
    }
    return decide_by_metrics(sync);
}

std::optional<HorizontalPodAutoscalerController::Decision>
HorizontalPodAutoscalerController::decide_by_metrics(Sync& sync) {
    MetricsView metrics = look_at_metrics(sync);
    const std::int32_t current = sync.scale.spec_replicas;
    if (!metrics.replicas) {
        set_status(sync, sync.object.status.desiredReplicas, std::move(metrics.statuses), false);
        write_status(sync);
        context_.events.warning(sync.stored, "FailedComputeMetricsReplicas", metrics.error);
        return std::nullopt;
    }
    Decision decision{.statuses = std::move(metrics.statuses)};
    const std::int32_t wanted = std::max(*metrics.replicas, 0);
    if (wanted > current) {
        decision.reason = metrics.metric + " above target";
    } else if (wanted < current) {
        decision.reason = "All metrics below target";
    }
    decision.desired = normalize(sync, wanted).desired;
    const std::int32_t replicas_min = replicas_min_of(sync.object);
    if (current == 0 && replicas_min != 0 && decision.desired < replicas_min) {
        decision.desired = replicas_min;
        if (decision.reason.empty()) {
            decision.reason = "Current number of replicas below Spec.MinReplicas";
        }
    }
    decision.rescale = decision.desired != current;
    return decision;
}

HorizontalPodAutoscalerController::MetricsView HorizontalPodAutoscalerController::look_at_metrics(
    Sync& sync) {
    MetricsView view;
    const auto checked = checked_selector(sync);
    if (!checked) {
        view.error = checked.error().message;
        return view;
    }
    Selected& selected = **checked;
    if (pods_->has_changed(selected.selection)) {
        selected.pods = pods_->select(selected.selection);
        selected.facts.clear();
        for (const auto& pod : selected.pods) {
            selected.facts.emplace_back(*pod);
        }
    }
    const ReplicaFacts facts{
        .spec_replicas = sync.scale.spec_replicas,
        .status_replicas = sync.scale.status_replicas,
        .tolerances = tolerances_of(sync.object, options_.tolerance),
        .rules = {.cpu_initialization_period = options_.cpu_initialization_period,
                  .initial_readiness_delay = options_.initial_readiness_delay},
        .now = sync.now,
        .pods = selected.facts};
    std::int32_t replicas = 0;
    std::size_t failures = 0;
    std::optional<MetricFailure> first_failure;
    const auto& metrics = sync.object.spec.metrics;
    for (const MetricSpec& spec : metrics) {
        MetricProposal proposal = propose(options_.metrics, facts, sync.key.namespace_, spec);
        view.statuses.push_back(std::move(proposal.status));
        if (proposal.failure) {
            context_.events.warning(sync.stored, proposal.failure->reason,
                                    proposal.failure->condition);
            ++failures;
            if (!first_failure) {
                first_failure = std::move(proposal.failure);
            }
        } else if (replicas == 0 || proposal.replicas > replicas) {
            replicas = proposal.replicas;
            view.metric = std::move(proposal.name);
        }
    }
    if (first_failure) {
        view.error = "invalid metrics (" + std::to_string(failures) + " invalid out of " +
                     std::to_string(metrics.size()) +
                     "), first error is: " + first_failure->message;
    }
    if (failures >= metrics.size() || (failures > 0 && replicas < facts.spec_replicas)) {
        if (first_failure) {
            set_condition(
                sync.object, sync.now,
                {"ScalingActive", false, first_failure->reason,
                 "the HPA was unable to compute the replica count: " + first_failure->condition});
        }
        return view;
    }
    set_condition(
        sync.object, sync.now,
        {"ScalingActive", true, "ValidMetricFound",
         "the HPA was able to successfully calculate a replica count from " + view.metric});
    view.replicas = replicas;
    return view;
}

/// Reads the scale's selector, and makes sure that no other autoscaler has its pods.
Result<HorizontalPodAutoscalerController::Selected*>
HorizontalPodAutoscalerController::checked_selector(Sync& sync) {
    const auto refuse = [&](const std::string& event, const std::string& condition,
                            const std::string& message, const std::string& shown) {
        context_.events.warning(sync.stored, event, message);
        set_condition(sync.object, sync.now, {"ScalingActive", false, condition, shown});
        return Error{.reason = Reason::Invalid, .message = message};
    };
    const std::string& text = sync.scale.selector;
    if (text.empty()) {
        return refuse("SelectorRequired", "InvalidSelector", "selector is required",
                      "the HPA target's scale is missing a selector");
    }
    Selected& selected = selected_[sync.key];
    if (selected.text != text) {
        auto selector = api::Selector::parse(text);
        if (!selector) {
            const std::string message =
                "couldn't convert selector into a corresponding internal selector object: " +
                selector.error().message;
            return refuse("InvalidSelector", "InvalidSelector", message, message);
        }
        selected = {.text = text,
                    .selector = *selector,
                    .selection = {sync.key.namespace_, *std::move(selector)}};
        ++selectors_version_;
    }
    if (selected.label_sets_checked == pods_->label_sets_version() &&
        selected.selectors_checked == selectors_version_) {
        return &selected;
    }
    const std::string names = others_of(sync.key, selected);
    if (names.empty()) {
        selected.label_sets_checked = pods_->label_sets_version();
        selected.selectors_checked = selectors_version_;
        return &selected;
    }
    const std::string message =
        "pods by selector " + text + " are controlled by more than one HPA (e.g. [" + names + "])";
    return refuse("AmbiguousSelector", "AmbiguousSelector", message, message);
}

/// Returns the names of the first two autoscalers that have pods of the selector, if there are two.
std::string HorizontalPodAutoscalerController::others_of(const store::Key& key,
                                                         const Selected& selected) {
    std::vector<store::Key> selecting;  // two are enough, in order of their names
    pods_->each_label_set(key.namespace_, selected.selector, [&](const api::Labels& labels) {
        for (auto each = selected_.lower_bound({key.namespace_, ""});
             each != selected_.end() && each->first.namespace_ == key.namespace_; ++each) {
            if (selecting.size() < 2 && each->second.selector.matches(labels) &&
                !std::ranges::count(selecting, each->first)) {
                selecting.push_back(each->first);
            }
        }
    });
    if (selecting.size() < 2) {
        return {};
    }
    std::ranges::sort(selecting);
    std::string names;
    for (const store::Key& each : selecting) {
        names += (names.empty() ? "{" : " {") + each.name + " " + each.namespace_ + "}";
    }
    return names;
}

NormalizedReplicas HorizontalPodAutoscalerController::normalize(Sync& sync, std::int32_t proposed) {
    const auto& spec = sync.object.spec;
    const NormalizedReplicas result =
        histories_[sync.key].normalize({.current = sync.scale.spec_replicas,
                                        .proposed = proposed,
                                        .replicas_min = replicas_min_of(sync.object),
                                        .replicas_max = spec.maxReplicas,
                                        .behavior = spec.behavior ? &*spec.behavior : nullptr,
                                        .downscale_stabilization = options_.downscale_stabilization,
                                        .now = sync.now});
    set_condition(sync.object, sync.now, {"AbleToScale", result.able_to_scale});
    set_condition(sync.object, sync.now, {"ScalingLimited", result.scaling_limited});
    return result;
}

/// Does what was decided and writes the status.
void HorizontalPodAutoscalerController::rescale(Sync& sync, const Decision& decision) {
    const std::int32_t current = sync.scale.spec_replicas;
    if (!decision.rescale) {
        set_status(sync, current, decision.statuses, false);
        write_status(sync);
        return;
    }
    const std::string size = std::to_string(decision.desired);
    if (const auto scaled = set_scale(context_.registry, sync.scale, decision.desired); !scaled) {
        const std::string& why = scaled.error().message;
        context_.events.warning(
            sync.stored, "FailedRescale",
            "New size: " + size + "; reason: " + decision.reason + "; error: " + why);
        set_condition(sync.object, sync.now,
                      {"AbleToScale", false, "FailedUpdateScale",
                       "the HPA controller was unable to update the target scale: " + why});
        set_status(sync, sync.object.status.desiredReplicas, decision.statuses, false);
        write_status(sync);
        return;
    }
    set_condition(sync.object, sync.now,
                  {"AbleToScale", true, "SucceededRescale",
                   "the HPA controller was able to update the target scale to " + size});
    context_.events.normal(sync.stored, "SuccessfulRescale",
                           "New size: " + size + "; reason: " + decision.reason);
    const auto& behavior = sync.object.spec.behavior;
    histories_[sync.key].record_scale(behavior ? &*behavior : nullptr, current, decision.desired,
                                      sync.now);
    if (current > 0 && decision.desired == 0 && replicas_min_of(sync.object) == 0 &&
        has_metric_without_pods(sync.object)) {
        set_condition(sync.object, sync.now,
                      {"ScaledToZero", true, "ScaledToZero",
                       "the HPA controller scaled the workload to zero"});
    } else {
        set_condition(sync.object, sync.now,
                      {"ScaledToZero", false, "NotScaledToZero",
                       "the HPA controller did not scale the workload to zero"});
    }
    set_status(sync, decision.desired, decision.statuses, true);
    write_status(sync);
}

void HorizontalPodAutoscalerController::set_status(Sync& sync, std::int32_t desired,
                                                   MetricStatuses statuses, bool rescaled) {
    auto& status = sync.object.status;
    status.currentReplicas = sync.scale.spec_replicas;
    status.desiredReplicas = desired;
    status.currentMetrics = std::move(statuses);
    status.observedGeneration = sync.object.metadata.generation;
    if (rescaled) {
        status.lastScaleTime = api::Time{sync.now};
    }
}

void HorizontalPodAutoscalerController::write_status(const Sync& sync) {
    if (sync.object.status == sync.stored.status) {
        return;
    }
    const auto written = context_.registry.update_status(sync.object);
    if (!written) {
        context_.events.warning(sync.stored, "FailedUpdateStatus", written.error().message);
    }
}

}  // namespace wavetank::controllers
