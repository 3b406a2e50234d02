#include "scheduler/plugins/node_selector.hpp"
#include "scheduler/plugins/plugins.hpp"

#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

using NodeNames = std::set<std::string, std::less<>>;

const api::corev1::NodeAffinity* node_affinity_of(const Pod& pod) {
    const auto& affinity = pod.spec->affinity;
    return affinity && affinity->nodeAffinity ? &*affinity->nodeAffinity : nullptr;
}

struct RequiredNodes {
    NodeRequirement requirement;
};

struct Preferred {
    std::optional<NodePreference> preference;
};

// The nodes that one term names; nothing if it names none.
std::optional<NodeNames> names_in(const api::corev1::NodeSelectorTerm& term) {
    std::optional<NodeNames> names;
    for (const auto& field : term.matchFields) {
        if (field.key != "metadata.name" || field.operator_ != "In") {
            continue;
        }
        NodeNames values(field.values.begin(), field.values.end());
        if (names) {
            std::erase_if(*names, [&](const std::string& name) { return !values.contains(name); });
        } else {
            names = std::move(values);
        }
    }
    return names;
}

// The nodes that can do if every term names some; nothing if any node may do.
std::optional<NodeNames> names_in(const api::corev1::NodeSelector& selector) {
    NodeNames all;
    for (const auto& term : selector.nodeSelectorTerms) {
        auto names = names_in(term);
        if (!names) {
            return std::nullopt;
        }
        all.merge(*names);
    }
    return selector.nodeSelectorTerms.empty() ? std::nullopt : std::optional{std::move(all)};
}

bool has_preferences(const Pod& pod) {
    const auto* affinity = node_affinity_of(pod);
    return affinity != nullptr &&
           !affinity->preferredDuringSchedulingIgnoredDuringExecution.empty();
}

/// Matches nodes with the pod's node selector and node affinity (kube-scheduler's `nodeaffinity`).
class NodeAffinity final : public Plugin,
                           public PreFilterPlugin,
                           public FilterPlugin,
                           public PreScorePlugin,
                           public ScorePlugin,
                           public EnqueueExtensions,
                           public CacheablePlugin {
public:
    explicit NodeAffinity(const api::corev1::NodeAffinity& added) {
        if (added.requiredDuringSchedulingIgnoredDuringExecution) {
            added_choice_.emplace(*added.requiredDuringSchedulingIgnoredDuringExecution);
        }
        if (!added.preferredDuringSchedulingIgnoredDuringExecution.empty()) {
            added_preference_.emplace(added.preferredDuringSchedulingIgnoredDuringExecution);
        }
    }

    [[nodiscard]] std::string_view name() const override {
        return "NodeAffinity";
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& state, const Pod& pod,
                                             const Snapshot& /*snapshot*/) const override {
        const auto* affinity = node_affinity_of(pod);
        const bool required =
            affinity != nullptr && affinity->requiredDuringSchedulingIgnoredDuringExecution;
        if (!required && !added_choice_ && pod.spec->nodeSelector.empty()) {
            return {.status = Status::skip()};
        }
        state.put(RequiredNodes{NodeRequirement{pod}});
        PreFilterAnswer answer;
        if (required) {
            answer.node_names = names_in(*affinity->requiredDuringSchedulingIgnoredDuringExecution);
        }
        if (answer.node_names && answer.node_names->empty()) {
            return {.status = Status::unresolvable("pod affinity terms conflict")};
        }
        return answer;
    }

    [[nodiscard]] Status filter(const CycleState& state, const Pod& pod,
                                const NodeInfo& node) const override {
        if (added_choice_ && !added_choice_->matches(node.node())) {
            return Status::unresolvable("node(s) didn't match scheduler-enforced node affinity");
        }
        const auto* required = state.find<RequiredNodes>();
        const bool matches = required != nullptr ? required->requirement.matches(node.node())
                                                 : NodeRequirement{pod}.matches(node.node());
        return matches ? Status{}
                       : Status::unresolvable("node(s) didn't match Pod's node affinity/selector");
    }

    [[nodiscard]] Status pre_score(CycleState& state, const Pod& pod,
                                   std::span<const NodeInfo* const> /*nodes*/) const override {
        if (!has_preferences(pod) && !added_preference_) {
            return Status::skip();
        }
        state.put(preferred_by(pod));
        return {};
    }

    [[nodiscard]] std::int64_t score(const CycleState& state, const Pod& pod,
                                     const NodeInfo& node) const override {
        const auto* known = state.find<Preferred>();
        const Preferred fresh = known == nullptr ? preferred_by(pod) : Preferred{};
        const Preferred& preferred = known == nullptr ? fresh : *known;
        return (added_preference_ ? added_preference_->score(node.node()) : 0) +
               (preferred.preference ? preferred.preference->score(node.node()) : 0);
    }

    void normalize(const CycleState& /*state*/, const Pod& /*pod*/,
                   std::span<std::int64_t> scores) const override {
        normalize_scores(scores, ScoreOrder::Normal);
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::Node, Action::Add | Action::UpdateNodeLabel},
                 [this](const Pod& pod, const ObjectChange& change) {
                     return after_node_change(pod, change);
                 }}};
    }

    // Scores are relative to the highest of all nodes.
    [[nodiscard]] Dependence dependence(const Pod& pod,
                                        const Snapshot& /*snapshot*/) const override {
        return has_preferences(pod) || added_preference_ ? Dependence::Anything
                                                         : Dependence::NodeObject;
    }

private:
    static Preferred preferred_by(const Pod& pod) {
        Preferred preferred;
        if (has_preferences(pod)) {
            preferred.preference.emplace(
                node_affinity_of(pod)->preferredDuringSchedulingIgnoredDuringExecution);
        }
        return preferred;
    }

    [[nodiscard]] QueueingHint after_node_change(const Pod& pod, const ObjectChange& change) const {
        if (added_choice_ && !added_choice_->matches(*change.new_node)) {
            return QueueingHint::Skip;
        }
        const NodeRequirement requirement{pod};
        const bool matched = change.old_node != nullptr && requirement.matches(*change.old_node);
        return queue_if(requirement.is_unclear(*change.new_node) ||
                        (requirement.matches(*change.new_node) && !matched));
    }

    std::optional<NodeChoice> added_choice_;
    std::optional<NodePreference> added_preference_;
};

}  // namespace

Made make_node_affinity(const boost::json::object& args, const PluginContext& /*context*/) {
    api::corev1::NodeAffinity added;
    if (const auto* json = args.if_contains("addedAffinity"); json != nullptr && !json->is_null()) {
        auto decoded = codec::from_json<api::corev1::NodeAffinity>(*json);
        if (!decoded) {
            return decoded.error();
        }
        added = std::move(*decoded);
    }
    return std::unique_ptr<Plugin>(std::make_unique<NodeAffinity>(added));
}

}  // namespace wavetank::scheduler::plugins
