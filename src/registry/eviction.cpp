#include "registry/eviction.hpp"

#include "registry/body.hpp"
#include "registry/rules.hpp"
#include "registry/status.hpp"
#include "registry/write.hpp"

#include <wavetank/api/selector.hpp>
#include <wavetank/registry/disruption_condition.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;
using api::corev1::PodCondition;
using api::policyv1::PodDisruptionBudget;
using Budget = api::Pointer<const PodDisruptionBudget>;

constexpr api::KindInfo eviction_kind{.group = "policy", .version = "v1", .kind = "Eviction"};
constexpr std::size_t most_disrupted_pods = 2000;
constexpr int retry_seconds = 10;

/// A refusal, and after how many seconds the client may ask again; 0: it does not say.
struct Refusal {
    Error error;
    int retry_after = 0;
};

/// One eviction on its way.
struct Eviction {
    Cluster& cluster;
    const Pod& pod;
    DeleteOptions options;
    DryRun dry_run = DryRun::No;
};

Error with_budget_cause(Error error, std::string message) {
    error.causes.push_back(
        {.reason = "DisruptionBudget", .message = std::move(message), .field = {}});
    return error;
}

Error too_many_error(std::string cause) {
    return with_budget_cause(
        {.reason = Reason::TooManyRequests,
         .message = "Cannot evict pod as it would violate the pod's disruption budget."},
        std::move(cause));
}

Refusal not_ready_yet(const std::string& budget) {
    return {too_many_error("The disruption budget " + budget +
                           " is still being processed by the server."),
            retry_seconds};
}

bool is_ready_pod(const Pod& pod) {
    return std::ranges::any_of(*pod.status.conditions, [](const PodCondition& condition) {
        return condition.type == "Ready" && condition.status == "True";
    });
}

bool has_ended(const Pod& pod) {
    return pod.status.phase == "Succeeded" || pod.status.phase == "Failed" ||
           pod.metadata.deletionTimestamp.has_value();
}

std::vector<Budget> budgets_of(Cluster& cluster, const Pod& pod) {
    const api::StringMap& labels = *pod.metadata.labels;
    const auto has_label = [&](const auto& term) {
        const auto label = labels.find(term.first);
        return label != labels.end() && label->second == term.second;
    };
    std::vector<Budget> found;
    // Of very many budgets, few come so far that a selector has to be made of theirs.
    for (const Budget& budget :
         cluster.store.select<PodDisruptionBudget>([&](const PodDisruptionBudget& it) {
             return it.metadata.namespace_ == pod.metadata.namespace_ && it.spec.selector &&
                    std::ranges::all_of(it.spec.selector->matchLabels, has_label);
         })) {
        std::vector<api::SelectorExpression> expressions;
        for (const auto& requirement : budget->spec.selector->matchExpressions) {
            expressions.push_back({requirement.key, requirement.operator_, requirement.values});
        }
        const auto selector = api::Selector::from(budget->spec.selector->matchLabels, expressions);
        if (selector && selector->matches(labels)) {
            found.push_back(budget);
        }
    }
    return found;
}

/// Tells whether a pod that is not ready may go, whatever the budget allows.
bool spares_unhealthy(const PodDisruptionBudget& budget) {
    const auto& status = budget.status;
    return budget.spec.unhealthyPodEvictionPolicy == "AlwaysAllow" ||
           (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0);
}

std::string why_none_allowed(const PodDisruptionBudget& budget) {
    const std::string the_budget = "The disruption budget " + budget.metadata.name;
    const auto& status = budget.status;
    const auto* condition = find_disruption_allowed(status);
    const bool says_why =
        condition != nullptr && condition->status == "False" && !condition->message.empty();
    if (says_why && condition->reason == "SyncFailed") {
        return the_budget + " does not allow evicting pods currently because it failed sync: " +
               condition->message;
    }
    if (status.currentHealthy <= status.desiredHealthy) {
        return the_budget + " needs " + std::to_string(status.desiredHealthy) +
               " healthy pods and has " + std::to_string(status.currentHealthy) + " currently";
    }
    if (says_why) {
        return the_budget + " does not allow evicting pods currently (" + condition->reason +
               "): " + condition->message;
    }
    return the_budget + " does not allow evicting pods currently";
}

std::optional<Refusal> refusal_of(const PodDisruptionBudget& budget) {
    const auto& status = budget.status;
    const std::string& name = budget.metadata.name;
    const Resource resource{"policy", "PodDisruptionBudget", "poddisruptionbudget"};
    if (status.observedGeneration < budget.metadata.generation) {
        return not_ready_yet(name);
    }
    if (status.disruptionsAllowed < 0) {
        return Refusal{with_budget_cause(
            forbidden_error(resource, name, "pdb disruptions allowed is negative"),
            "The disruption budget " + name +
                " does not allow evicting pods currently: pdb disruptions allowed is negative")};
    }
    if (status.disruptedPods.size() > most_disrupted_pods) {
        return Refusal{with_budget_cause(
            forbidden_error(resource, name,
                            "DisruptedPods map too big - too many evictions not confirmed by PDB "
                            "controller"),
            "The disruption budget " + name +
                " does not allow evicting pods currently: too many pending evictions not confirmed "
                "by PDB controller")};
    }
    if (status.disruptionsAllowed == 0) {
        return Refusal{too_many_error(why_none_allowed(budget))};
    }
    return std::nullopt;
}

/// Takes one from what the budget allows and notes for whom.
std::optional<Refusal> spend(const Eviction& eviction, const PodDisruptionBudget& budget) {
    if (auto refusal = refusal_of(budget)) {
        return refusal;
    }
    PodDisruptionBudget next = budget;
    const api::Time now = eviction.cluster.now();
    --next.status.disruptionsAllowed;
    if (next.status.disruptionsAllowed == 0) {
        update_disruption_allowed(next.status, now);
    }
    next.status.disruptedPods[eviction.pod.metadata.name] = now;
    const auto written = update_object_status(eviction.cluster, std::move(next), eviction.dry_run);
    return written ? std::nullopt : std::optional{Refusal{written.error()}};
}

Result<> mark_and_remove(Eviction& eviction) {
    const Pod& pod = eviction.pod;
    DeleteOptions& options = eviction.options;
    const auto checked =
        remove_object<Pod>(eviction.cluster, store::key_of(pod), options, DryRun::Yes);
    if (!checked || eviction.dry_run == DryRun::Yes) {
        return checked ? Result<>{} : Result<>{checked.error()};
    }
    Pod next = pod;
    auto& conditions = next.status.conditions.edit();
    auto found = std::ranges::find(conditions, "DisruptionTarget", &PodCondition::type);
    const bool was_true = found != conditions.end() && found->status == "True";
    if (found == conditions.end()) {
        found = conditions.insert(found, PodCondition{.type = "DisruptionTarget"});
    }
    if (!was_true) {
        found->lastTransitionTime = eviction.cluster.now();
    }
    found->status = "True";
    found->reason = "EvictionByEvictionAPI";
    found->message = "Eviction API: evicting";
    const auto written = update_object_status(eviction.cluster, std::move(next), DryRun::No);
    if (!written) {
        return written.error();
    }
    if (!options.resource_version.empty()) {
        options.resource_version = (*written)->metadata.resourceVersion;
    }
    const auto removed =
        remove_object<Pod>(eviction.cluster, store::key_of(pod), options, DryRun::No);
    return removed ? Result<>{} : Result<>{removed.error()};
}

std::optional<Refusal> evict(Eviction& eviction) {
    const Pod& pod = eviction.pod;
    if (!has_ended(pod) && pod.status.phase != "Pending") {
        const auto budgets = budgets_of(eviction.cluster, pod);
        if (budgets.size() > 1) {
            return Refusal{{.message = "This pod has more than one PodDisruptionBudget, which the "
                                       "eviction subresource does not support.",
                            .code = 500}};
        }
        if (!budgets.empty() && (is_ready_pod(pod) || !spares_unhealthy(*budgets.front()))) {
            if (auto refusal = spend(eviction, *budgets.front())) {
                return refusal;
            }
        }
    }
    const auto removed = mark_and_remove(eviction);
    return removed ? std::nullopt : std::optional{Refusal{removed.error()}};
}

ApiResponse refused(const Refusal& refusal) {
    ApiResponse response = failure(refusal.error);
    if (refusal.retry_after > 0) {
        auto& details = response.body["details"];
        if (!details.is_object()) {
            details.emplace_object();
        }
        details.get_object()["retryAfterSeconds"] = refusal.retry_after;
    }
    return response;
}

/// Returns the text of what the body says about the deletion; empty if it says nothing.
std::string delete_options_text(const boost::json::value& body) {
    const auto* fields = body.if_object();
    const auto* options = fields != nullptr ? fields->if_contains("deleteOptions") : nullptr;
    return options != nullptr && options->is_object() ? boost::json::serialize(*options) : "";
}

std::string name_in(const boost::json::value& body) {
    const auto* fields = body.if_object();
    const auto* metadata = fields != nullptr ? fields->if_contains("metadata") : nullptr;
    const auto* metadata_fields = metadata != nullptr ? metadata->if_object() : nullptr;
    const auto* name = metadata_fields != nullptr ? metadata_fields->if_contains("name") : nullptr;
    return name != nullptr && name->is_string() ? std::string{name->get_string()} : std::string{};
}

}  // namespace

ApiResponse answer_eviction(Cluster& cluster, const Route& route, const ApiRequest& request) {
    if (request.method != "POST") {
        return failure(
            {.reason = Reason::MethodNotAllowed,
             .message = "the server does not allow this method on the requested resource"});
    }
    const auto document = parse_body(request, eviction_kind);
    if (!document) {
        return failure(document.error());
    }
    const boost::json::value body = codec::to_value(document->root);
    if (name_in(body) != route.name) {
        return failure(bad_request_error("name in URL does not match name in Eviction object"));
    }
    const ApiRequest deletion{
        .method = "DELETE", .target = request.target, .body = delete_options_text(body)};
    const auto options = delete_options_of(deletion, route);
    const auto dry_run = wants_dry_run(deletion, route);
    if (!options || !dry_run) {
        return failure(options ? dry_run.error() : options.error());
    }
    const auto pod = cluster.store.get<Pod>({route.namespace_, route.name});
    if (pod == nullptr) {
        return failure(not_found_error(resource_of(api::kind_info<Pod>), route.name));
    }
    Eviction eviction{cluster, *pod, *options, *dry_run ? DryRun::Yes : DryRun::No};
    if (const auto refusal = evict(eviction)) {
        return refused(*refusal);
    }
    return {.code = 201,
            .body = {{"kind", "Status"},
                     {"apiVersion", "v1"},
                     {"metadata", boost::json::object{}},
                     {"status", "Success"},
                     {"code", 201}}};
}

}  // namespace wavetank::registry
