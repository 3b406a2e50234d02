#include "scheduler/invalid.hpp"
#include "scheduler/laid_out_answers.hpp"
#include "scheduler/plugins/owner_selectors.hpp"
#include "scheduler/plugins/plugins.hpp"
#include "scheduler/plugins/spread_limits.hpp"
#include "scheduler/plugins/spread_scores.hpp"
#include "scheduler/plugins/topology_counts.hpp"

#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::TopologySpreadConstraint;
using Constraints = std::vector<SpreadConstraint>;

constexpr std::string_view hard = "DoNotSchedule";
constexpr std::string_view soft = "ScheduleAnyway";

// What Filter needs to know, and what a pod added or removed changes: for each constraint, how many
// pods are in each domain that is counted.
struct Domains {
    Constraints constraints;
    std::vector<std::map<std::string, std::int64_t>> pods;

    [[nodiscard]] std::int64_t lowest(std::size_t index) const;
    void add(const Pod& pod, const Pod& other, const Node& node, std::int64_t amount);
};

// With fewer domains than there should be, an empty one is thought to exist.
std::int64_t Domains::lowest(std::size_t index) const {
    if (static_cast<std::int64_t>(pods[index].size()) < constraints[index].min_domains) {
        return 0;
    }
    std::int64_t lowest = std::numeric_limits<std::int32_t>::max();
    for (const auto& [domain, count] : pods[index]) {
        lowest = std::min(lowest, count);
    }
    return lowest;
}

void Domains::add(const Pod& pod, const Pod& other, const Node& node, std::int64_t amount) {
    if (other.metadata.namespace_ != pod.metadata.namespace_ || !has_all_keys(node, constraints)) {
        return;
    }
    const NodeRequirement requirement{pod};
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        if (constraints[i].selector.matches(*other.metadata.labels) &&
            is_counted(constraints[i], pod, node, requirement)) {
            pods[i][*domain_of(node, constraints[i].topology_key)] += amount;
        }
    }
}

struct Required {
    Domains domains;
    std::vector<std::int64_t> lowest;  // by constraint
    std::vector<std::int64_t> self;    // by constraint: 1 if the pod itself counts

    void find_lowest() {
        for (std::size_t i = 0; i < lowest.size(); ++i) {
            lowest[i] = domains.lowest(i);
        }
    }
};

// Raw scores by position, and those of the feasible nodes in their order.
struct Scored {
    std::vector<std::int64_t> by_position;
    std::vector<std::int64_t> in_order;
};

/// Spreads pods over domains of nodes (kube-scheduler's `podtopologyspread`).
class PodTopologySpread final : public Plugin,
                                public PreFilterPlugin,
                                public FilterPlugin,
                                public PreScorePlugin,
                                public ScorePlugin,
                                public EnqueueExtensions,
                                public CacheablePlugin {
public:
    /// Without a list of defaults the system's own ones count.
    PodTopologySpread(std::optional<std::vector<TopologySpreadConstraint>> defaults,
                      const PluginContext& context);

    [[nodiscard]] std::string_view name() const override {
        return "PodTopologySpread";
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& state, const Pod& pod,
                                             const Snapshot& snapshot) const override;
    [[nodiscard]] Status add_pod(CycleState& state, const Pod& pod, const PlacedPod& added,
                                 const NodeInfo& node) const override;
    [[nodiscard]] Status remove_pod(CycleState& state, const Pod& pod, const PlacedPod& removed,
                                    const NodeInfo& node) const override;
    [[nodiscard]] Status filter(const CycleState& state, const Pod& pod,
                                const NodeInfo& node) const override;
    [[nodiscard]] Status pre_score(CycleState& state, const Pod& pod,
                                   std::span<const NodeInfo* const> nodes) const override;
    [[nodiscard]] std::int64_t score(const CycleState& state, const Pod& pod,
                                     const NodeInfo& node) const override;
    void normalize(const CycleState& state, const Pod& pod,
                   std::span<std::int64_t> scores) const override;
    [[nodiscard]] std::vector<EventRegistration> events() const override;

    // Asked only if it has nothing to say: see `Held`.
    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::Anything;
    }
    [[nodiscard]] std::unique_ptr<HeldAnswers> hold(const Pod& pod,
                                                    const Snapshot& snapshot) const override;

private:
    class Held;

    [[nodiscard]] Result<Constraints> constraints_of(const Pod& pod, std::string_view kind) const;
    [[nodiscard]] MissingKeys missing_keys(const Pod& pod) const {
        return pod.spec->topologySpreadConstraints.empty() && system_defaults_
                   ? MissingKeys::Allowed
                   : MissingKeys::Ignored;
    }
    [[nodiscard]] QueueingHint after_assigned_pod(const Pod& pod, const ObjectChange& change) const;
    [[nodiscard]] QueueingHint after_own_change(const Pod& pod, const ObjectChange& change) const;
    [[nodiscard]] QueueingHint after_node(const Pod& pod, const ObjectChange& change) const;

    bool system_defaults_;
    std::vector<TopologySpreadConstraint> defaults_;
    const Snapshot* snapshot_;
    OwnerSelectors owners_;
    mutable TopologyMemo topologies_;  // of the scheduler's snapshot, or the one that is looked at
};

std::vector<TopologySpreadConstraint> system_defaults() {
    return {{.maxSkew = 3,
             .topologyKey = "kubernetes.io/hostname",
             .whenUnsatisfiable = std::string{soft}},
            {.maxSkew = 5,
             .topologyKey = "topology.kubernetes.io/zone",
             .whenUnsatisfiable = std::string{soft}}};
}

PodTopologySpread::PodTopologySpread(std::optional<std::vector<TopologySpreadConstraint>> defaults,
                                     const PluginContext& context)
    : system_defaults_(!defaults),
      defaults_(defaults ? std::move(*defaults) : system_defaults()),
      snapshot_(context.snapshot),
      owners_(defaults_.empty() ? nullptr : context.store) {}

// A pod without constraints has the default ones, if it has an owner that tells which pods they
// are about.
Result<Constraints> PodTopologySpread::constraints_of(const Pod& pod, std::string_view kind) const {
    const auto& own = pod.spec->topologySpreadConstraints;
    if (!own.empty()) {
        return read_constraints(own, *pod.metadata.labels, kind);
    }
    auto constraints = read_constraints(defaults_, *pod.metadata.labels, kind);
    if (!constraints || constraints->empty()) {
        return constraints;
    }
    const api::Selector selector = owners_.of(pod);
    if (selector.empty()) {
        return Constraints{};
    }
    for (SpreadConstraint& constraint : *constraints) {
        constraint.selector = selector;
    }
    return constraints;
}

std::vector<api::Selector> selectors_of(const Constraints& constraints) {
    std::vector<api::Selector> selectors;
    for (const SpreadConstraint& constraint : constraints) {
        selectors.push_back(constraint.selector);
    }
    return selectors;
}

PreFilterAnswer PodTopologySpread::pre_filter(CycleState& state, const Pod& pod,
                                              const Snapshot& snapshot) const {
    auto constraints = constraints_of(pod, hard);
    if (!constraints) {
        return {.status = Status::error(constraints.error().message)};
    }
    if (constraints->empty()) {
        return {.status = Status::skip()};
    }
    const NodeRequirement requirement{pod};
    const std::size_t size = constraints->size();
    PodCounter counter{pod.metadata.namespace_, selectors_of(*constraints)};
    Required required{.domains = {.constraints = std::move(*constraints), .pods = {}},
                      .lowest = std::vector<std::int64_t>(size),
                      .self = {}};
    Domains& domains = required.domains;
    domains.pods.resize(size);
    for (const NodeInfo* info : snapshot.nodes()) {
        const Node& node = info->node();
        if (!has_all_keys(node, domains.constraints)) {
            continue;
        }
        const auto counts = counter.count_on(*info);
        for (std::size_t i = 0; i < size; ++i) {
            if (is_counted(domains.constraints[i], pod, node, requirement)) {
                domains.pods[i][*domain_of(node, domains.constraints[i].topology_key)] += counts[i];
            }
        }
    }
    for (const SpreadConstraint& constraint : domains.constraints) {
        required.self.push_back(constraint.selector.matches(*pod.metadata.labels) ? 1 : 0);
    }
    required.find_lowest();
    state.put(std::move(required));
    return {};
}

Status PodTopologySpread::add_pod(CycleState& state, const Pod& pod, const PlacedPod& added,
                                  const NodeInfo& node) const {
    if (auto* required = state.find<Required>()) {
        required->domains.add(pod, *added.pod, node.node(), 1);
        required->find_lowest();
    }
    return {};
}

Status PodTopologySpread::remove_pod(CycleState& state, const Pod& pod, const PlacedPod& removed,
                                     const NodeInfo& node) const {
    if (auto* required = state.find<Required>()) {
        required->domains.add(pod, *removed.pod, node.node(), -1);
        required->find_lowest();
    }
    return {};
}

Status PodTopologySpread::filter(const CycleState& state, const Pod& /*pod*/,
                                 const NodeInfo& node) const {
    const auto* required = state.find<Required>();
    if (required == nullptr) {
        return {};
    }
    const auto& [domains, lowest, self] = *required;
    for (std::size_t i = 0; i < domains.constraints.size(); ++i) {
        const SpreadConstraint& constraint = domains.constraints[i];
        const std::string* const domain = domain_of(node.node(), constraint.topology_key);
        if (domain == nullptr) {
            return Status::unresolvable(
                "node(s) didn't match pod topology spread constraints (missing required label)");
        }
        const auto found = domains.pods[i].find(*domain);
        const std::int64_t pods = found == domains.pods[i].end() ? 0 : found->second;
        if (pods + self[i] - lowest[i] > constraint.max_skew) {
            return Status::unschedulable("node(s) didn't match pod topology spread constraints");
        }
    }
    return {};
}

Status PodTopologySpread::pre_score(CycleState& state, const Pod& pod,
                                    std::span<const NodeInfo* const> nodes) const {
    auto constraints = constraints_of(pod, soft);
    if (!constraints) {
        return Status::error(constraints.error().message);
    }
    if (constraints->empty() || snapshot_ == nullptr) {
        return Status::skip();
    }
    const auto all = snapshot_->nodes();
    SpreadScores scores{std::move(*constraints), missing_keys(pod), pod, *snapshot_, topologies_};
    scores.recount(*snapshot_);
    std::vector<std::uint32_t> positions;
    for (const NodeInfo* node : nodes) {
        positions.push_back(static_cast<std::uint32_t>(node->position()));
    }
    Scored scored{.by_position = std::vector<std::int64_t>(all.size()),
                  .in_order = std::vector<std::int64_t>(nodes.size())};
    scores.score(positions, scored.in_order);
    for (std::size_t i = 0; i < positions.size(); ++i) {
        scored.by_position[positions[i]] = scored.in_order[i];
    }
    state.put(std::move(scored));
    return {};
}

std::int64_t PodTopologySpread::score(const CycleState& state, const Pod& /*pod*/,
                                      const NodeInfo& node) const {
    const auto* scored = state.find<Scored>();
    return scored == nullptr ? 0 : std::max<std::int64_t>(scored->by_position[node.position()], 0);
}

void PodTopologySpread::normalize(const CycleState& state, const Pod& /*pod*/,
                                  std::span<std::int64_t> scores) const {
    const auto* scored = state.find<Scored>();
    if (scored == nullptr || scored->in_order.size() != scores.size()) {
        return;
    }
    for (std::size_t i = 0; i < scores.size(); ++i) {
        scores[i] =
            scored->in_order[i] == SpreadScores::ignored ? SpreadScores::ignored : scores[i];
    }
    SpreadScores::normalize(scores);
}

/// Keeps counts for the constraints of a template: first for the hard ones, then for the soft.
class PodTopologySpread::Held final : public HeldAnswers, public LaidOutAnswers {
public:
    Held(const PodTopologySpread& plugin, const Pod& pod, const Snapshot& snapshot)
        : plugin_(plugin),
          by_default_(pod.spec->topologySpreadConstraints.empty() && !plugin.defaults_.empty()) {
        note_owners(pod);
        auto required = plugin.constraints_of(pod, hard);
        auto preferred = plugin.constraints_of(pod, soft);
        allows_ = required && preferred;
        honors_taints_ =
            allows_ && (std::ranges::any_of(*required, &SpreadConstraint::honors_taints) ||
                        std::ranges::any_of(*preferred, &SpreadConstraint::honors_taints));
        if (allows_ && !required->empty()) {
            limits_.emplace(std::move(*required), pod, snapshot.nodes());
        }
        if (allows_ && !preferred->empty()) {
            scores_.emplace(std::move(*preferred), plugin.missing_keys(pod), pod, snapshot,
                            plugin.topologies_);
        }
    }

    [[nodiscard]] bool allows() const override {
        return allows_;
    }
    [[nodiscard]] bool outlasts_nodes() const override {
        return !honors_taints_;
    }

    [[nodiscard]] bool still_right(const Pod& pod, const Snapshot& /*snapshot*/) override {
        if (!by_default_ || (owners_version_ == plugin_.owners_.version() &&
                             owners_ == pod.metadata.ownerReferences)) {
            return true;
        }
        const api::Selector before = std::move(selector_);
        note_owners(pod);
        return selector_ == before;
    }

    [[nodiscard]] bool filters() const override {
        return limits_.has_value();
    }
    [[nodiscard]] bool scores() const override {
        return scores_.has_value();
    }
    void recount(const Snapshot& snapshot) override {
        if (limits_) {
            limits_->recount(snapshot);
        }
        if (scores_) {
            scores_->recount(snapshot);
        }
    }
    bool follow(const PodChange& change) override {
        const bool limits_changed = limits_ && limits_->follow(change);
        const bool scores_changed = scores_ && scores_->follow(change);
        return limits_changed || scores_changed;
    }

    [[nodiscard]] std::size_t features() const override {
        return features_of_limits() + (scores_ ? scores_->features() : 0);
    }
    void describe(std::size_t position, std::span<std::int32_t> features) const override {
        if (limits_) {
            limits_->describe(position, features.first(features_of_limits()));
        }
        if (scores_) {
            scores_->describe(position, features.subspan(features_of_limits()));
        }
    }
    [[nodiscard]] std::shared_ptr<const void> layout() const override {
        return limits_ || !scores_ ? nullptr : scores_->layout();
    }
    [[nodiscard]] std::span<const std::uint32_t> occupied() const override {
        return scores_->occupied();
    }
    [[nodiscard]] bool passes(std::span<const std::int32_t> features) const override {
        return !limits_ || limits_->passes(features.first(features_of_limits()));
    }
    void score(std::span<const NodeKind> kinds, std::span<std::int64_t> scores) override {
        kinds_.assign(kinds.begin(), kinds.end());
        for (NodeKind& kind : kinds_) {
            kind.features = kind.features.subspan(features_of_limits());
        }
        scores_->score(kinds_, scores);
        SpreadScores::normalize(scores);
    }

private:
    void note_owners(const Pod& pod) {
        owners_version_ = plugin_.owners_.version();
        owners_ = pod.metadata.ownerReferences;
        if (by_default_) {
            selector_ = plugin_.owners_.of(pod);
        }
    }

    [[nodiscard]] std::size_t features_of_limits() const {
        return limits_ ? limits_->features() : 0;
    }

    const PodTopologySpread& plugin_;
    bool by_default_;
    bool allows_ = false;
    bool honors_taints_ = false;
    std::uint64_t owners_version_ = 0;
    api::Shared<std::vector<api::metav1::OwnerReference>> owners_;
    api::Selector selector_;
    std::optional<SpreadLimits> limits_;
    std::optional<SpreadScores> scores_;
    std::vector<NodeKind> kinds_;  // kept for their memory
};

std::unique_ptr<HeldAnswers> PodTopologySpread::hold(const Pod& pod,
                                                     const Snapshot& snapshot) const {
    return std::make_unique<Held>(*this, pod, snapshot);
}

// Whether a change of labels brings a pod under a selector, or from under it.
bool selected_otherwise(const Pod& before, const Pod& after, const Constraints& constraints) {
    return std::ranges::any_of(constraints, [&](const SpreadConstraint& constraint) {
        return constraint.selector.matches(*before.metadata.labels) !=
               constraint.selector.matches(*after.metadata.labels);
    });
}

QueueingHint PodTopologySpread::after_assigned_pod(const Pod& pod,
                                                   const ObjectChange& change) const {
    const auto unconcerned = [&](const Pod* other) {
        return other != nullptr &&
               ((other->spec.nodeName.empty() && other->status->nominatedNodeName->empty()) ||
                other->metadata.namespace_ != pod.metadata.namespace_);
    };
    if (unconcerned(change.old_pod) || unconcerned(change.new_pod)) {
        return QueueingHint::Skip;
    }
    const auto constraints = constraints_of(pod, hard);
    if (!constraints) {
        return QueueingHint::Queue;
    }
    if (change.old_pod != nullptr && change.new_pod != nullptr) {
        return queue_if(selected_otherwise(*change.old_pod, *change.new_pod, *constraints));
    }
    const Pod& other = change.new_pod != nullptr ? *change.new_pod : *change.old_pod;
    return queue_if(std::ranges::any_of(*constraints, [&](const SpreadConstraint& constraint) {
        return constraint.selector.matches(*other.metadata.labels);
    }));
}

QueueingHint PodTopologySpread::after_own_change(const Pod& pod, const ObjectChange& change) const {
    const auto constraints = constraints_of(pod, hard);
    if (!constraints) {
        return QueueingHint::Queue;
    }
    const bool tolerates_other =
        change.old_pod->spec->tolerations != change.new_pod->spec->tolerations;
    return queue_if(
        (tolerates_other && std::ranges::any_of(*constraints, &SpreadConstraint::honors_taints)) ||
        selected_otherwise(*change.old_pod, *change.new_pod, *constraints));
}

QueueingHint PodTopologySpread::after_node(const Pod& pod, const ObjectChange& change) const {
    const auto constraints = constraints_of(pod, hard);
    if (!constraints) {
        return QueueingHint::Queue;
    }
    const auto takes_part = [&](const Node* node) {
        return node != nullptr && has_all_keys(*node, *constraints);
    };
    const bool before = takes_part(change.old_node);
    const bool after = takes_part(change.new_node);
    if (change.old_node == nullptr || change.new_node == nullptr || before != after) {
        return queue_if(before || after);
    }
    return queue_if(after &&
                    (change.old_node->spec.taints != change.new_node->spec.taints ||
                     std::ranges::any_of(*constraints, [&](const SpreadConstraint& constraint) {
                         return *domain_of(*change.old_node, constraint.topology_key) !=
                                *domain_of(*change.new_node, constraint.topology_key);
                     })));
}

std::vector<EventRegistration> PodTopologySpread::events() const {
    return {
        {{EventResource::AssignedPod, Action::Add | Action::UpdatePodLabel | Action::Delete},
         [this](const Pod& pod, const ObjectChange& change) {
             return after_assigned_pod(pod, change);
         }},
        {{EventResource::TargetPod, Action::UpdatePodToleration | Action::UpdatePodLabel},
         [this](const Pod& pod, const ObjectChange& change) {
             return after_own_change(pod, change);
         }},
        {{EventResource::Node,
          Action::Add | Action::Delete | Action::UpdateNodeLabel | Action::UpdateNodeTaint},
         [this](const Pod& pod, const ObjectChange& change) { return after_node(pod, change); }}};
}

// What is wrong with a default constraint that follows `others`; nothing if nothing is.
std::optional<Error> flaw_of(const TopologySpreadConstraint& constraint,
                             std::span<const TopologySpreadConstraint> others) {
    if (constraint.maxSkew <= 0) {
        return invalid("defaultConstraints.maxSkew: not in valid range (0, inf)");
    }
    if (constraint.topologyKey.empty()) {
        return invalid("defaultConstraints.topologyKey: can not be empty");
    }
    if (constraint.whenUnsatisfiable != hard && constraint.whenUnsatisfiable != soft) {
        return invalid("defaultConstraints.whenUnsatisfiable: unsupported value: \"" +
                       constraint.whenUnsatisfiable + "\"");
    }
    if (constraint.labelSelector) {
        return invalid("defaultConstraints.labelSelector: must be absent, as owners select");
    }
    const bool repeated = std::ranges::any_of(others, [&](const auto& other) {
        return other.topologyKey == constraint.topologyKey &&
               other.whenUnsatisfiable == constraint.whenUnsatisfiable;
    });
    if (repeated) {
        return invalid("defaultConstraints: duplicate {topologyKey, whenUnsatisfiable}: {" +
                       constraint.topologyKey + ", " + constraint.whenUnsatisfiable + "}");
    }
    return std::nullopt;
}

Result<std::vector<TopologySpreadConstraint>> defaults_in(const boost::json::object& args) {
    std::vector<TopologySpreadConstraint> defaults;
    const auto* list = args.if_contains("defaultConstraints");
    if (list == nullptr || list->is_null()) {
        return defaults;
    }
    if (!list->is_array()) {
        return invalid("defaultConstraints: must be a list");
    }
    for (const auto& json : list->get_array()) {
        auto constraint = codec::from_json<TopologySpreadConstraint>(json);
        if (!constraint) {
            return constraint.error();
        }
        if (auto flaw = flaw_of(*constraint, defaults)) {
            return std::move(*flaw);
        }
        defaults.push_back(std::move(*constraint));
    }
    return defaults;
}

}  // namespace

Made make_pod_topology_spread(const boost::json::object& args, const PluginContext& context) {
    auto defaults = defaults_in(args);
    if (!defaults) {
        return defaults.error();
    }
    std::string type = "System";
    if (const auto* given = args.if_contains("defaultingType");
        given != nullptr && given->is_string() && !given->get_string().empty()) {
        type = std::string{given->get_string()};
    }
    if (type != "System" && type != "List") {
        return invalid("defaultingType: unsupported value: \"" + type + "\"");
    }
    if (type == "System" && !defaults->empty()) {
        return invalid("defaultingType: System, when .defaultConstraints are not empty");
    }
    std::optional<std::vector<TopologySpreadConstraint>> list;
    if (type == "List") {
        list = std::move(*defaults);
    }
    return std::unique_ptr<Plugin>(std::make_unique<PodTopologySpread>(std::move(list), context));
}

}  // namespace wavetank::scheduler::plugins
