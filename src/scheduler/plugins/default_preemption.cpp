#include "scheduler/plugins/plugins.hpp"
#include "scheduler/victim_search.hpp"

#include <wavetank/runtime/clock.hpp>
#include <wavetank/scheduler/decision.hpp>
#include <wavetank/scheduler/filter_run.hpp>
#include <wavetank/scheduler/preemption.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

// The arguments, with upstream's defaults.
struct Settings {
    std::int32_t candidates_percentage = 10;  // `minCandidateNodesPercentage`
    std::int32_t candidates_at_least = 100;   // `minCandidateNodesAbsolute`
};

bool leaves_for_preemption(const Pod& pod) {
    const auto& conditions = *pod.status.conditions;
    const auto target =
        std::ranges::find(conditions, "DisruptionTarget", &api::corev1::PodCondition::type);
    return pod.metadata.deletionTimestamp && target != conditions.end() &&
           target->status == "True" && target->reason == "PreemptionByScheduler";
}

Code code_of(const std::string& node, const PostFilterQuestion& question) {
    const auto found = std::ranges::find_if(question.rejected, [&](const RejectedNode& rejected) {
        return rejected.node->name() == node;
    });
    if (found != question.rejected.end()) {
        return found->status->code;
    }
    return question.absent.ok() ? Code::UnschedulableAndUnresolvable : question.absent.code;
}

// The nodes where evictions could help: those that were looked at, in that order, then the others.
std::vector<const NodeInfo*> nodes_to_try(const PostFilterQuestion& question) {
    std::vector<const NodeInfo*> nodes;
    nodes.reserve(question.rejected.size());
    for (const RejectedNode& rejected : question.rejected) {
        if (rejected.status->code == Code::Unschedulable) {
            nodes.push_back(rejected.node);
        }
    }
    if (question.absent.code == Code::Unschedulable) {
        std::set<std::size_t> seen;
        for (const RejectedNode& rejected : question.rejected) {
            seen.insert(rejected.node->position());
        }
        std::ranges::copy_if(
            question.filters.snapshot().nodes(), std::back_inserter(nodes),
            [&](const NodeInfo* node) { return !seen.contains(node->position()); });
    }
    return nodes;
}

std::string joined(const std::vector<std::string>& errors) {
    if (errors.size() == 1) {
        return errors.front();
    }
    std::string text;
    for (const std::string& error : errors) {
        text += (text.empty() ? "" : ", ") + error;
    }
    return "[" + text + "]";
}

/// Makes room for a pod by evicting less important ones (kube-scheduler's `defaultpreemption`).
///
/// Departs from upstream in what is random there and does not matter: nodes are tried in the order
/// of the search that failed, from a random start, and the first of equally good ones is taken.
class DefaultPreemption final : public Plugin,
                                public PreEnqueuePlugin,
                                public PostFilterPlugin,
                                public EnqueueExtensions {
public:
    DefaultPreemption(Settings settings, const PluginContext& context)
        : settings_(settings),
          store_(context.store),
          preemptor_(context.preemptor),
          clock_(context.clock),
          random_(context.random == nullptr ? Random{0}
                                            : context.random->fork("DefaultPreemption")) {}

    [[nodiscard]] std::string_view name() const override {
        return "DefaultPreemption";
    }

    [[nodiscard]] Status pre_enqueue(const Pod& pod) const override {
        return preemptor_ != nullptr && preemptor_->is_preempting(pod)
                   ? Status::unresolvable("waiting for the preemption for this pod to be finished")
                   : Status{};
    }

    [[nodiscard]] PostFilterAnswer post_filter(CycleState& state,
                                               const PostFilterQuestion& question) override {
        PostFilterAnswer answer = preempt(state, question);
        answer.status.reasons = {"preemption: " + answer.status.message()};
        return answer;
    }

    // The plugins whose verdict the eviction changes say when to try again.
    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::AssignedPod, Action::Delete},
                 [](const Pod&, const ObjectChange&) { return QueueingHint::Skip; }}};
    }

private:
    [[nodiscard]] PostFilterAnswer preempt(const CycleState& state,
                                           const PostFilterQuestion& question);

    Settings settings_;
    const store::Store* store_;
    Preemptor* preemptor_;
    const runtime::Clock* clock_;
    Random random_;
    VictimMemory memory_;
};

// Says why a pod may not preempt; nothing if it may.
std::string reason_against(const PostFilterQuestion& question) {
    const Pod& pod = question.filters.pod();
    if (pod.spec->preemptionPolicy == "Never") {
        return "not eligible due to preemptionPolicy=Never.";
    }
    const std::string& nominated = *pod.status->nominatedNodeName;
    if (nominated.empty() || code_of(nominated, question) == Code::UnschedulableAndUnresolvable) {
        return {};
    }
    const NodeInfo* node = question.filters.snapshot().find(nominated);
    const bool has_victims =
        node != nullptr && std::ranges::any_of(node->pods(), [&](const PlacedPod& placed) {
            return pod_priority(*placed.pod) < pod_priority(pod) &&
                   leaves_for_preemption(*placed.pod);
        });
    return has_victims ? "not eligible due to a terminating pod on the nominated node." : "";
}

PostFilterAnswer DefaultPreemption::preempt(const CycleState& state,
                                            const PostFilterQuestion& question) {
    if (std::string reason = reason_against(question); !reason.empty()) {
        return {.status = Status::unschedulable(std::move(reason))};
    }
    const std::vector<const NodeInfo*> nodes = nodes_to_try(question);
    const DisruptionBudgets budgets =
        store_ == nullptr || nodes.empty() ? DisruptionBudgets{} : DisruptionBudgets{*store_};
    VictimSearch search{question.filters, state, budgets,
                        clock_ == nullptr ? default_wall_epoch : clock_->wall()};
    VictimSearchResult found;
    if (!nodes.empty()) {
        search.remember(memory_);
        found = search.search(
            {.nodes = nodes,
             .start = static_cast<std::size_t>(random_.below(nodes.size())),
             .wanted = candidates_wanted(nodes.size(), settings_.candidates_percentage,
                                         settings_.candidates_at_least)});
    }
    if (found.candidates.empty() && !found.errors.empty()) {
        return {.status = Status::error(joined(found.errors))};
    }
    if (found.candidates.empty()) {
        Diagnosis diagnosis{
            .nodes_all = question.filters.snapshot().nodes().size(),
            .absent = Status::unresolvable("Preemption is not helpful for scheduling")};
        for (const VictimNode& tried : found.rejected) {
            diagnosis.reject(tried.node, tried.choice->status);
        }
        return {.status = Status::unschedulable(diagnosis.message()), .nominated_node = ""};
    }
    const VictimNode& best = found.candidates[VictimSearch::best_of(found.candidates)];
    const auto& victims = best.choice->victims;
    if (preemptor_ != nullptr) {
        preemptor_->preempt(question.filters.pod(),
                            {best.node, victims, best.choice->budgets_violated});
    }
    const std::string& node = best.node->name();
    return {.status = {.reasons = {"found a potential placement for pod on node " + node +
                                   ", preempting " + std::to_string(victims.size()) + " victims"}},
            .nominated_node = node};
}

// What a number of the arguments may be.
struct NumberRule {
    const char* name;
    std::int32_t fallback;
    std::int32_t highest;
};

Result<std::int32_t> read_number(const boost::json::object& args, const NumberRule& rule) {
    const auto* given = args.if_contains(rule.name);
    if (given == nullptr || given->is_null()) {
        return rule.fallback;
    }
    boost::system::error_code failure;
    const auto value = given->to_number<std::int64_t>(failure);
    if (failure || value < 0 || value > rule.highest) {
        return Error{.reason = Reason::Invalid,
                     .message = std::string{rule.name} + ": not in valid range [0, " +
                                std::to_string(rule.highest) + "]"};
    }
    return static_cast<std::int32_t>(value);
}

}  // namespace

Made make_default_preemption(const boost::json::object& args, const PluginContext& context) {
    const auto percentage =
        read_number(args, {"minCandidateNodesPercentage", Settings{}.candidates_percentage, 100});
    const auto at_least =
        read_number(args, {"minCandidateNodesAbsolute", Settings{}.candidates_at_least,
                           std::numeric_limits<std::int32_t>::max()});
    if (!percentage || !at_least) {
        return percentage ? at_least.error() : percentage.error();
    }
    const Settings settings{*percentage, *at_least};
    if (settings.candidates_percentage == 0 && settings.candidates_at_least == 0) {
        return Error{.reason = Reason::Invalid,
                     .message =
                         "minCandidateNodesPercentage: cannot be zero at the same time as "
                         "minCandidateNodesAbsolute"};
    }
    return std::unique_ptr<Plugin>(std::make_unique<DefaultPreemption>(settings, context));
}

}  // namespace wavetank::scheduler::plugins
