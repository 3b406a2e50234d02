#include "controllers/disruption.hpp"

#include "controllers/owner_scale.hpp"
#include "controllers/owners.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/registry/disruption_condition.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::corev1::PodCondition;
using api::policyv1::PodDisruptionBudget;
using api::policyv1::PodDisruptionBudgetStatus;

/// How long a pod that may be evicted has for it to begin.
constexpr std::chrono::minutes deletion_timeout{2};
constexpr std::chrono::minutes stale_timeout{2};
/// A recheck goes through the back-off of client-go's queue.
constexpr std::chrono::milliseconds recheck_delay{5};

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : " ") + part;
    }
    return text;
}

/// Writes a selector as upstream's generated `String` does.
std::string go_text_of(const api::Boxed<api::metav1::LabelSelector>& selector) {
    if (!selector) {
        return "nil";
    }
    std::string text = "&LabelSelector{MatchLabels:map[string]string{";
    for (const auto& [key, value] : selector->matchLabels) {
        text += key + ": " + value + ",";
    }
    text += "},MatchExpressions:[]LabelSelectorRequirement{";
    for (const auto& requirement : selector->matchExpressions) {
        text += "LabelSelectorRequirement{Key:" + requirement.key +
                ",Operator:" + requirement.operator_ + ",Values:[" + joined(requirement.values) +
                "],},";
    }
    return text + "},}";
}

std::int64_t count_healthy(std::span<const PodPointer> pods,
                           const std::map<std::string, api::Time>& disrupted, WallTime now) {
    return std::ranges::count_if(pods, [&](const PodPointer& pod) {
        if (pod->metadata.deletionTimestamp) {
            return false;
        }
        const auto found = disrupted.find(pod->metadata.name);
        const bool going = found != disrupted.end() && found->second.value + deletion_timeout > now;
        return !going && is_ready(*pod);
    });
}

/// Returns when `DisruptionTarget` becomes stale; nothing if it cannot.
std::optional<WallTime> stale_time(const api::corev1::Pod& pod) {
    const PodCondition* condition = find_condition(pod, "DisruptionTarget");
    if (pod.metadata.deletionTimestamp || condition == nullptr || condition->status != "True" ||
        condition->reason == "TerminationByKubelet" || is_terminal(pod)) {
        return std::nullopt;
    }
    return condition->lastTransitionTime.value_or(api::Time{}).value + stale_timeout;
}

}  // namespace

DisruptionController::DisruptionController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()) {
    budgets_ = store_.watch<Budget>([this](const auto& event) { on_budget(event); });
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    for (const auto& budget : store_.list<Budget>()) {
        keep_selector(*budget);
        context_.queue.add(store::key_of(*budget));
    }
}

void DisruptionController::keep_selector(const Budget& budget) {
    Selectors& of_namespace = selectors_[budget.metadata.namespace_];
    if (auto selector = compile(budget.spec.selector)) {
        of_namespace.insert_or_assign(budget.metadata.name, std::move(*selector));
    } else {
        of_namespace.erase(budget.metadata.name);
    }
}

void DisruptionController::on_budget(const store::WatchEvent<Budget>& event) {
    const Budget& budget = *event.object;
    if (event.type == store::EventType::Deleted) {
        selectors_[budget.metadata.namespace_].erase(budget.metadata.name);
        return;
    }
    if (event.previous == nullptr || event.previous->spec != budget.spec) {
        keep_selector(budget);
    }
    context_.queue.add(store::key_of(budget));
}

void DisruptionController::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    const auto of_namespace = selectors_.find(pod.metadata.namespace_);
    if (of_namespace == selectors_.end()) {
        return;
    }
    const std::string* first = nullptr;
    for (const auto& [name, selector] : of_namespace->second) {
        if (!selector.matches(*pod.metadata.labels)) {
            continue;
        }
        if (first == nullptr) {
            first = &name;
            continue;
        }
        context_.events.warning(pod, "MultiplePodDisruptionBudgets",
                                "Pod \"" + pod.metadata.namespace_ + "\"/\"" + pod.metadata.name +
                                    "\" matches multiple PodDisruptionBudgets.  Chose \"" + *first +
                                    "\" arbitrarily.");
        break;
    }
    if (first != nullptr) {
        context_.queue.add({pod.metadata.namespace_, *first});
    }
}

Reconciler::Outcome DisruptionController::reconcile(const store::Key& key) {
    const auto budget = store_.get<Budget>(key);
    if (budget == nullptr) {
        return Outcome::Done;
    }
    auto done = sync(*budget);
    if (!done && done.error().reason != Reason::Conflict) {
        done = fail_safe(*budget, done.error());
    }
    return done ? Outcome::Done : Outcome::Retry;
}

Result<> DisruptionController::sync(const Budget& budget) {
    const auto selector = compile(budget.spec.selector);
    if (!selector) {
        context_.events.warning(budget, "NoPods",
                                "Failed to get pods: " + selector.error().message);
        return selector.error();
    }
    const std::vector<PodPointer> pods = pods_of(budget, *selector);
    if (pods.empty()) {
        context_.events.normal(budget, "NoPods", "No matching pods found");
    }
    const auto expectation = expect(budget, pods);
    if (!expectation) {
        context_.events.warning(
            budget, "CalculateExpectedPodCountFailed",
            "Failed to calculate the number of expected pods: " + expectation.error().message);
        return expectation.error();
    }
    if (expectation->unmanaged) {
        context_.events.warning(
            budget, "UnmanagedPods",
            "Pods selected by this PodDisruptionBudget (selector: " +
                go_text_of(budget.spec.selector) +
                ") were found to be unmanaged. As a result, the status of the PDB cannot be "
                "calculated correctly, which may result in undefined behavior. To account for "
                "these pods please set \".spec.minAvailable\" field of the PDB to an integer "
                "value.");
    }
    const WallTime now = context_.registry.clock().wall();
    Disrupted disrupted = still_disrupted(budget, pods, now);
    const std::int64_t healthy = count_healthy(pods, disrupted.pods, now);
    const std::int64_t allowed =
        expectation->expected <= 0 ? 0 : std::max<std::int64_t>(0, healthy - expectation->healthy);
    PodDisruptionBudgetStatus status{
        .observedGeneration = budget.metadata.generation,
        .disruptedPods = std::move(disrupted.pods),
        .disruptionsAllowed = static_cast<std::int32_t>(allowed),
        .currentHealthy = static_cast<std::int32_t>(healthy),
        .desiredHealthy = static_cast<std::int32_t>(expectation->healthy),
        .expectedPods = static_cast<std::int32_t>(expectation->expected),
        .conditions = budget.status.conditions};
    const auto written = write_status(budget, std::move(status));
    if (written && disrupted.recheck) {
        context_.queue.add_after(store::key_of(budget), *disrupted.recheck - now + recheck_delay);
    }
    return written;
}

/// Returns the pods that a budget protects, in order of their names.
std::vector<PodPointer> DisruptionController::pods_of(const Budget& budget,
                                                      const api::Selector& selector) {
    if (pods_by_labels_ == nullptr) {
        pods_by_labels_ = std::make_unique<PodsByLabels>(store_);
    }
    std::vector<PodPointer> pods = pods_by_labels_->select(budget.metadata.namespace_, selector);
    const auto name_of = [](const PodPointer& pod) -> const api::Text& {
        return pod->metadata.name;
    };
    if (!std::ranges::is_sorted(pods, {}, name_of)) {
        std::ranges::sort(pods, {}, name_of);
    }
    return pods;
}

Result<> DisruptionController::write_status(const Budget& budget,
                                            PodDisruptionBudgetStatus status) {
    if (status == budget.status && registry::is_disruption_allowed_current(budget.status)) {
        return {};
    }
    registry::update_disruption_allowed(status, api::Time{context_.registry.clock().wall()});
    Budget next = budget;
    next.status = std::move(status);
    const auto written = context_.registry.update_status(std::move(next));
    return written ? Result<>{} : Result<>{written.error()};
}

/// Lets nobody be evicted while it is not known who may be.
Result<> DisruptionController::fail_safe(const Budget& budget, const Error& why) {
    Budget next = budget;
    next.status.disruptionsAllowed = 0;
    registry::set_disruption_allowed(next.status,
                                     {.type = "DisruptionAllowed",
                                      .status = "False",
                                      .observedGeneration = next.status.observedGeneration,
                                      .reason = "SyncFailed",
                                      .message = why.message},
                                     api::Time{context_.registry.clock().wall()});
    if (next.status == budget.status) {
        return {};
    }
    const auto written = context_.registry.update_status(std::move(next));
    return written ? Result<>{} : Result<>{written.error()};
}

Result<DisruptionController::Expectation> DisruptionController::expect(
    const Budget& budget, std::span<const PodPointer> pods) const {
    const auto& spec = budget.spec;
    if (!spec.maxUnavailable && !spec.minAvailable) {
        return Expectation{};
    }
    if (!spec.maxUnavailable && !spec.minAvailable->is_string()) {
        return Expectation{.expected = static_cast<std::int64_t>(pods.size()),
                           .healthy = spec.minAvailable->int_value()};
    }
    auto expectation = expected_scale(pods);
    if (!expectation) {
        return expectation;
    }
    const auto& bound = spec.maxUnavailable ? *spec.maxUnavailable : *spec.minAvailable;
    const auto scaled = bound.scaled_value(expectation->expected, api::Rounding::Up);
    if (!scaled) {
        return scaled.error();
    }
    expectation->healthy =
        spec.maxUnavailable ? std::max<std::int64_t>(0, expectation->expected - *scaled) : *scaled;
    return expectation;
}

Result<DisruptionController::Expectation> DisruptionController::expected_scale(
    std::span<const PodPointer> pods) const {
    Expectation expectation;
    std::map<std::string, std::int64_t> scales;  // by the UID of who was asked
    for (const PodPointer& pod : pods) {
        const auto* owner = controller_of(pod->metadata);
        if (owner == nullptr) {
            expectation.unmanaged = true;
            continue;
        }
        if (scales.contains(owner->uid)) {
            continue;
        }
        const auto scale = scale_of_owner(store_, *owner, pod->metadata.namespace_);
        if (!scale) {
            return scale.error();
        }
        if (!*scale) {
            return Error{.message = "found no controllers for pod \"" + pod->metadata.name + "\""};
        }
        scales[(*scale)->uid] = (*scale)->replicas;
    }
    for (const auto& [uid, replicas] : scales) {
        expectation.expected += replicas;
    }
    return expectation;
}

DisruptionController::Disrupted DisruptionController::still_disrupted(
    const Budget& budget, std::span<const PodPointer> pods, WallTime now) {
    Disrupted result;
    for (const PodPointer& pod : pods) {
        const auto found = budget.status.disruptedPods.find(pod->metadata.name);
        if (pod->metadata.deletionTimestamp || found == budget.status.disruptedPods.end()) {
            continue;
        }
        const WallTime end = found->second.value + deletion_timeout;
        if (end < now) {
            // Upstream too writes the namespace twice.
            context_.events.warning(*pod, "NotDeleted",
                                    "Pod was expected by PDB " + budget.metadata.namespace_ + "/" +
                                        budget.metadata.namespace_ +
                                        " to be deleted but it wasn't");
            continue;
        }
        result.recheck = std::min(result.recheck.value_or(end), end);
        result.pods.insert(*found);
    }
    return result;
}

StaleDisruptionController::StaleDisruptionController(const ControllerContext& context)
    : context_(context) {
    store::Store& store = context.registry.store();
    pods_ = store.watch<api::corev1::Pod>([this](const auto& event) {
        if (event.type != store::EventType::Deleted && stale_time(*event.object)) {
            context_.queue.add(store::key_of(*event.object));
        }
    });
    for (const auto& pod : store.list<api::corev1::Pod>()) {
        if (stale_time(*pod)) {
            context_.queue.add(store::key_of(*pod));
        }
    }
}

Reconciler::Outcome StaleDisruptionController::reconcile(const store::Key& key) {
    const auto pod = context_.registry.store().get<api::corev1::Pod>(key);
    const auto stale = pod == nullptr ? std::nullopt : stale_time(*pod);
    if (!stale) {
        return Outcome::Done;
    }
    const WallTime now = context_.registry.clock().wall();
    if (now < *stale) {
        context_.queue.add_after(key, *stale - now);
        return Outcome::Done;
    }
    api::corev1::Pod next = *pod;
    auto& conditions = next.status.conditions.edit();
    const auto found = std::ranges::find(conditions, "DisruptionTarget", &PodCondition::type);
    *found = {.type = "DisruptionTarget",
              .observedGeneration = pod->metadata.generation,
              .status = "False",
              .lastTransitionTime = api::Time{now}};
    const auto written = context_.registry.update_status(std::move(next));
    return written ? Outcome::Done : Outcome::Retry;
}

}  // namespace wavetank::controllers
