#include "scheduler/victim_search.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Pod;

namespace {

// Makes every priority positive, so that few pods of low priority are less than many.
constexpr std::int64_t priority_base = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;

std::int64_t priorities_of(std::span<const PodPointer> victims) {
    std::int64_t sum = 0;
    for (const PodPointer& victim : victims) {
        sum += pod_priority(*victim) + priority_base;
    }
    return sum;
}

}  // namespace

std::size_t candidates_wanted(std::size_t nodes, std::int32_t percentage, std::int32_t at_least) {
    const std::size_t share = nodes * static_cast<std::size_t>(percentage) / 100;
    return std::min(std::max(share, static_cast<std::size_t>(at_least)), nodes);
}

/// A copy of a node that pods leave and come back to.
class VictimSearch::Attempt {
public:
    Attempt(const VictimSearch& search, const NodeInfo& node)
        : search_(search), node_(node), state_(search.state_.clone()) {}

    [[nodiscard]] Status remove(const PlacedPod& pod) {
        return search_.filters_.remove_pod(state_, pod, node_);
    }
    [[nodiscard]] Status filter() const {
        return search_.filters_.filter(state_, node_);
    }

    /// Lets the pods stay, in their order, that need not leave. Returns the others.
    [[nodiscard]] std::vector<PlacedPod> reprieve(std::span<const PlacedPod> pods);

    [[nodiscard]] const Status& failure() const {
        return failure_;
    }

private:
    const VictimSearch& search_;
    NodeInfo node_;
    CycleState state_;
    Status failure_;
};

std::vector<PlacedPod> VictimSearch::Attempt::reprieve(std::span<const PlacedPod> pods) {
    std::vector<PlacedPod> leaving;
    for (const PlacedPod& pod : pods) {
        if (failure_.ok()) {
            failure_ = search_.filters_.add_pod(state_, pod, node_);
        }
        if (failure_.ok() && !filter().ok()) {
            failure_ = remove(pod);
            leaving.push_back(pod);
        }
    }
    return leaving;
}

WallTime VictimSearch::started(const Pod& pod) const {
    return pod.status->startTime ? pod.status->startTime->value : now_;
}

bool VictimSearch::is_more_important(const PlacedPod& left, const PlacedPod& right) const {
    const std::int32_t left_priority = pod_priority(*left.pod);
    const std::int32_t right_priority = pod_priority(*right.pod);
    return left_priority != right_priority ? left_priority > right_priority
                                           : started(*left.pod) < started(*right.pod);
}

VictimChoice VictimSearch::choose_victims(const NodeInfo& node) const {
    std::vector<PlacedPod> pods;
    std::ranges::copy_if(node.pods(), std::back_inserter(pods), [&](const PlacedPod& placed) {
        return pod_priority(*placed.pod) < pod_priority(filters_.pod());
    });
    if (pods.empty()) {
        return {.status = Status::unresolvable("No preemption victims found for incoming pod"),
                .lasting = true};
    }
    Attempt attempt{*this, node};
    for (const PlacedPod& placed : pods) {
        if (const Status removed = attempt.remove(placed); !removed.ok()) {
            return {.status = Status::error(removed.message())};
        }
    }
    if (const Status status = attempt.filter(); !status.ok()) {
        return {.status = status, .lasting = status.rejected()};
    }
    const auto by_importance = [&](const PlacedPod& left, const PlacedPod& right) {
        return is_more_important(left, right);
    };
    std::ranges::stable_sort(pods, by_importance);
    std::vector<PlacedPod> guarded;
    std::vector<PlacedPod> others;
    const std::vector<bool> violations = budgets_.violations(pods);
    for (std::size_t i = 0; i < pods.size(); ++i) {
        (violations[i] ? guarded : others).push_back(pods[i]);
    }
    std::vector<PlacedPod> leaving = attempt.reprieve(guarded);
    const std::size_t budgets_violated = leaving.size();
    std::ranges::move(attempt.reprieve(others), std::back_inserter(leaving));
    if (!attempt.failure().ok()) {
        return {.status = Status::error(attempt.failure().message())};
    }
    if (leaving.empty()) {
        return {.status = Status::error("expected at least one victim pod on node \"" +
                                        node.name() + "\"")};
    }
    std::ranges::stable_sort(leaving, by_importance);
    VictimChoice choice{.budgets_violated = budgets_violated};
    for (PlacedPod& placed : leaving) {
        choice.victims.push_back(std::move(placed.pod));
    }
    choice.cost = cost_of(choice);
    choice.lasting = std::ranges::all_of(
        pods, [](const PlacedPod& placed) { return placed.pod->status->startTime.has_value(); });
    return choice;
}

VictimCost VictimSearch::cost_of(const VictimChoice& choice) const {
    const auto& victims = choice.victims;
    return {.budgets_violated = choice.budgets_violated,
            .priority_highest = pod_priority(*victims.front()),
            .priority_sum = priorities_of(victims),
            .victims = victims.size(),
            .seniority = -start_of_important(victims).time_since_epoch()};
}

void VictimSearch::remember(VictimMemory& memory) {
    if (filters_.pod_class() != 0) {
        slots_ =
            &memory.slots_of(filters_.pod_class(), filters_.snapshot().nodes().size(), budgets_);
    }
}

VictimChoicePointer VictimSearch::choice_on(const NodeInfo& node) const {
    if (slots_ == nullptr) {
        return std::make_shared<const VictimChoice>(choose_victims(node));
    }
    VictimMemory::Slot& slot = (*slots_)[node.position()];
    if (slot.choice == nullptr || slot.generation != node.generation() || !slot.choice->lasting) {
        slot = {node.generation(), std::make_shared<const VictimChoice>(choose_victims(node))};
    }
    return slot.choice;
}

VictimSearchResult VictimSearch::search(const VictimSearchRange& range) const {
    VictimSearchResult result;
    std::vector<VictimNode> violating;
    auto& candidates = result.candidates;
    for (std::size_t i = 0; i < range.nodes.size(); ++i) {
        const NodeInfo& node = *range.nodes[(range.start + i) % range.nodes.size()];
        VictimChoicePointer choice = choice_on(node);
        if (choice->status.code == Code::Error) {
            result.errors.push_back(choice->status.message());
        }
        if (!choice->status.ok()) {
            result.rejected.push_back({&node, std::move(choice)});
            continue;
        }
        auto& list = choice->budgets_violated == 0 ? candidates : violating;
        if (list.size() < range.wanted) {
            list.push_back({&node, std::move(choice)});
        }
        if (!candidates.empty() && candidates.size() + violating.size() >= range.wanted) {
            break;
        }
    }
    std::ranges::move(violating, std::back_inserter(candidates));
    return result;
}

WallTime VictimSearch::start_of_important(std::span<const PodPointer> victims) const {
    WallTime earliest = started(*victims.front());
    for (const PodPointer& victim : victims) {
        if (pod_priority(*victim) == pod_priority(*victims.front())) {
            earliest = std::min(earliest, started(*victim));
        }
    }
    return earliest;
}

std::size_t VictimSearch::best_of(std::span<const VictimNode> candidates) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
        if (candidates[i].choice->cost < candidates[best].choice->cost) {
            best = i;
        }
    }
    return best;
}

}  // namespace wavetank::scheduler
