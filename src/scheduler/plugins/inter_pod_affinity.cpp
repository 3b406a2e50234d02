#include "scheduler/plugins/affinity_counts.hpp"
#include "scheduler/plugins/plugins.hpp"
#include "scheduler/plugins/topology_counts.hpp"

#include <wavetank/scheduler/pod_terms.hpp>
#include <wavetank/store/store.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Namespace;
using api::corev1::Node;
using api::corev1::Pod;
using Terms = std::vector<PodTerm>;
using NamespaceLabels = api::Shared<api::StringMap>;

// The arguments, with upstream's defaults.
struct AffinitySettings {
    std::int64_t required_weight = 1;        // `hardPodAffinityWeight`
    bool preferences_of_placed_pods = true;  // not `ignorePreferredTermsOfExistingPods`
};

// What Filter needs to know, and what a pod added or removed changes.
struct CountedPods {
    Terms affinity;
    Terms anti_affinity;
    NamespaceLabels namespace_labels;
    bool means_itself = false;                             // its own affinity, that is
    TopologyCounts wanted{TopologyCounts::Zeros::Drop};    // pods that match all of `affinity`
    TopologyCounts unwanted{TopologyCounts::Zeros::Drop};  // pods that match one of `anti_affinity`
    TopologyCounts unwelcome{
        TopologyCounts::Zeros::Drop};  // pods whose anti-affinity means this one

    void add(const Pod& pod, const PlacedPod& other, const Node& node, std::int64_t amount);
};

struct Preferences {
    TopologyCounts weights{TopologyCounts::Zeros::Keep};
};

void CountedPods::add(const Pod& pod, const PlacedPod& other, const Node& node,
                      std::int64_t amount) {
    if (other.demand->terms) {
        for (const PodTerm& term : other.demand->terms->anti_affinity) {
            if (term.matches(pod, *namespace_labels)) {
                unwelcome.add(node, term.topology_key, amount);
            }
        }
    }
    if (all_match(affinity, *other.pod)) {
        for (const PodTerm& term : affinity) {
            wanted.add(node, term.topology_key, amount);
        }
    }
    for (const PodTerm& term : anti_affinity) {
        if (term.matches(*other.pod, {})) {
            unwanted.add(node, term.topology_key, amount);
        }
    }
}

bool any_means(const Terms& terms, const Pod& pod, const api::Labels& namespace_labels) {
    return std::ranges::any_of(
        terms, [&](const PodTerm& term) { return term.matches(pod, namespace_labels); });
}

// Whether the topology around a node has what the pod's own required terms want. Where nothing in
// the cluster has, a pod that wants pods like itself is the first of them.
bool has_wanted(const CountedPods& counted, const Node& node) {
    bool everywhere = true;
    for (const PodTerm& term : counted.affinity) {
        if (domain_of(node, term.topology_key) == nullptr) {
            return false;
        }
        everywhere = everywhere && counted.wanted.at(node, term.topology_key) > 0;
    }
    return everywhere || (counted.wanted.empty() && counted.means_itself);
}

// Brings scores to 0 .. `node_score_max`, the lowest to 0.
void scale_from_lowest(std::span<std::int64_t> scores) {
    if (scores.empty()) {
        return;
    }
    const auto [lowest, highest] = std::ranges::minmax(scores);
    for (std::int64_t& score : scores) {
        // In upstream's order of operations, which decides how the result is rounded.
        const double share = highest == lowest ? 0
                                               : static_cast<double>(score - lowest) /
                                                     static_cast<double>(highest - lowest);
        score = static_cast<std::int64_t>(static_cast<double>(node_score_max) * share);
    }
}

/// Places pods near to or far from other pods, as they and those want it (kube-scheduler's
/// `interpodaffinity`, whose fast path for host names is off in v1.37).
class InterPodAffinity final : public Plugin,
                               public PreFilterPlugin,
                               public FilterPlugin,
                               public PreScorePlugin,
                               public ScorePlugin,
                               public EnqueueExtensions,
                               public CacheablePlugin {
public:
    InterPodAffinity(AffinitySettings settings, const PluginContext& context)
        : settings_(settings), snapshot_(context.snapshot), store_(context.store) {}

    [[nodiscard]] std::string_view name() const override {
        return "InterPodAffinity";
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

    // Asked only if it has a say that is not held: see `Held`.
    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::Anything;
    }
    [[nodiscard]] std::unique_ptr<HeldAnswers> hold(const Pod& pod,
                                                    const Snapshot& snapshot) const override;

private:
    class Held;

    [[nodiscard]] NamespaceLabels labels_of_namespace(const Pod& pod) const;
    void resolve_namespaces(Terms& terms) const;
    [[nodiscard]] bool is_preferred(const PodTerms& terms, const Pod& pod,
                                    const api::Labels& namespace_labels) const;
    [[nodiscard]] bool concerns(const PodTerms& terms, const Pod& pod,
                                const api::Labels& namespace_labels) const;
    void prefer(Preferences& preferences, const Pod& pod, const PodTerms& own,
                const api::Labels& namespace_labels) const;

    AffinitySettings settings_;
    const Snapshot* snapshot_;
    const store::Store* store_;
};

NamespaceLabels InterPodAffinity::labels_of_namespace(const Pod& pod) const {
    const auto found =
        store_ == nullptr ? nullptr : store_->get<Namespace>({.name = pod.metadata.namespace_});
    return found ? found->metadata.labels : NamespaceLabels{};
}

// Terms of the pod to place are compared by the names of namespaces alone, but for the selector
// that takes in all of them.
void InterPodAffinity::resolve_namespaces(Terms& terms) const {
    for (PodTerm& term : terms) {
        if (term.namespace_selector.empty() || term.namespace_selector.selects_nothing()) {
            continue;
        }
        if (store_ != nullptr) {
            for (const auto& space : store_->list<Namespace>()) {
                if (term.namespace_selector.matches(*space->metadata.labels)) {
                    term.namespaces.insert(space->metadata.name);
                }
            }
        }
        term.namespace_selector = api::Selector::nothing();
    }
}

PreFilterAnswer InterPodAffinity::pre_filter(CycleState& state, const Pod& pod,
                                             const Snapshot& snapshot) const {
    auto own = PodTerms::from(pod);
    if (!own) {
        return {.status = Status::unresolvable("parsing pod: " + own.error().message)};
    }
    const bool has_terms = !own->affinity.empty() || !own->anti_affinity.empty();
    const auto demands = snapshot.demands_with_terms();
    if (!has_terms && demands.empty()) {
        return {.status = Status::skip()};
    }
    CountedPods counted{.affinity = std::move(own->affinity),
                        .anti_affinity = std::move(own->anti_affinity),
                        .namespace_labels = labels_of_namespace(pod)};
    resolve_namespaces(counted.affinity);
    resolve_namespaces(counted.anti_affinity);
    counted.means_itself = all_match(counted.affinity, pod);
    const bool unwelcome = std::ranges::any_of(demands, [&](const SharedDemand& demand) {
        return any_means(demand->terms->anti_affinity, pod, *counted.namespace_labels);
    });
    if (!has_terms && !unwelcome) {
        return {.status = Status::skip()};
    }
    for (const NodeInfo* node : snapshot.nodes()) {
        if (!has_terms && node->pods_with_terms() == 0) {
            continue;
        }
        for (const PlacedPod& placed : node->pods()) {
            counted.add(pod, placed, node->node(), 1);
        }
    }
    if (!has_terms && counted.unwelcome.empty()) {
        return {.status = Status::skip()};
    }
    state.put(std::move(counted));
    return {};
}

Status InterPodAffinity::add_pod(CycleState& state, const Pod& pod, const PlacedPod& added,
                                 const NodeInfo& node) const {
    if (auto* counted = state.find<CountedPods>()) {
        counted->add(pod, added, node.node(), 1);
    }
    return {};
}

Status InterPodAffinity::remove_pod(CycleState& state, const Pod& pod, const PlacedPod& removed,
                                    const NodeInfo& node) const {
    if (auto* counted = state.find<CountedPods>()) {
        counted->add(pod, removed, node.node(), -1);
    }
    return {};
}

Status InterPodAffinity::filter(const CycleState& state, const Pod& /*pod*/,
                                const NodeInfo& node) const {
    const auto* counted = state.find<CountedPods>();
    if (counted == nullptr) {
        return {};
    }
    if (!has_wanted(*counted, node.node())) {
        return Status::unresolvable("node(s) didn't match pod affinity rules");
    }
    for (const PodTerm& term : counted->anti_affinity) {
        if (counted->unwanted.at(node.node(), term.topology_key) > 0) {
            return Status::unschedulable("node(s) didn't match pod anti-affinity rules");
        }
    }
    if (counted->unwelcome.any_positive_at(node.node())) {
        return Status::unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
    }
    return {};
}

// Adds the preferences of both sides: of `own` for the placed pods, of theirs for `pod`.
void InterPodAffinity::prefer(Preferences& preferences, const Pod& pod, const PodTerms& own,
                              const api::Labels& namespace_labels) const {
    const bool has_preferences =
        !own.affinity_preferred.empty() || !own.anti_affinity_preferred.empty();
    for (const NodeInfo* node : snapshot_->nodes()) {
        if (!has_preferences && node->pods_with_terms() == 0) {
            continue;
        }
        const auto weigh = [&](const Terms& terms, const Pod& other, const api::Labels& labels,
                               auto weight_of) {
            for (const PodTerm& term : terms) {
                if (term.matches(other, labels)) {
                    preferences.weights.add(node->node(), term.topology_key, weight_of(term));
                }
            }
        };
        const auto plus = [](const PodTerm& term) { return std::int64_t{term.weight}; };
        const auto minus = [](const PodTerm& term) { return -std::int64_t{term.weight}; };
        for (const PlacedPod& placed : node->pods()) {
            weigh(own.affinity_preferred, *placed.pod, {}, plus);
            weigh(own.anti_affinity_preferred, *placed.pod, {}, minus);
            if (!placed.demand->terms) {
                continue;
            }
            const PodTerms& theirs = *placed.demand->terms;
            if (settings_.required_weight > 0) {
                weigh(theirs.affinity, pod, namespace_labels,
                      [&](const PodTerm&) { return settings_.required_weight; });
            }
            weigh(theirs.affinity_preferred, pod, namespace_labels, plus);
            weigh(theirs.anti_affinity_preferred, pod, namespace_labels, minus);
        }
    }
}

Status InterPodAffinity::pre_score(CycleState& state, const Pod& pod,
                                   std::span<const NodeInfo* const> /*nodes*/) const {
    auto own = PodTerms::from(pod);
    if (!own) {
        return Status::error("parsing pod: " + own.error().message);
    }
    const bool has_preferences =
        !own->affinity_preferred.empty() || !own->anti_affinity_preferred.empty();
    if (snapshot_ == nullptr || (!has_preferences && (!settings_.preferences_of_placed_pods ||
                                                      snapshot_->demands_with_terms().empty()))) {
        return Status::skip();
    }
    resolve_namespaces(own->affinity_preferred);
    resolve_namespaces(own->anti_affinity_preferred);
    const NamespaceLabels namespace_labels = labels_of_namespace(pod);
    const bool concerned =
        std::ranges::any_of(snapshot_->demands_with_terms(), [&](const SharedDemand& demand) {
            return concerns(*demand->terms, pod, *namespace_labels);
        });
    if (!has_preferences && !concerned) {
        return Status::skip();
    }
    Preferences preferences;
    prefer(preferences, pod, *own, *namespace_labels);
    if (preferences.weights.empty()) {
        return Status::skip();
    }
    state.put(std::move(preferences));
    return {};
}

std::int64_t InterPodAffinity::score(const CycleState& state, const Pod& /*pod*/,
                                     const NodeInfo& node) const {
    const auto* preferences = state.find<Preferences>();
    return preferences == nullptr ? 0 : preferences->weights.sum_at(node.node());
}

void InterPodAffinity::normalize(const CycleState& /*state*/, const Pod& /*pod*/,
                                 std::span<std::int64_t> scores) const {
    scale_from_lowest(scores);
}

// Whether the scores of a pod like this one count a placed pod's terms.
bool InterPodAffinity::is_preferred(const PodTerms& terms, const Pod& pod,
                                    const api::Labels& namespace_labels) const {
    return (settings_.required_weight > 0 && any_means(terms.affinity, pod, namespace_labels)) ||
           any_means(terms.affinity_preferred, pod, namespace_labels) ||
           any_means(terms.anti_affinity_preferred, pod, namespace_labels);
}

// Whether a placed pod's terms have a say on a pod like this one, in filters or scores.
bool InterPodAffinity::concerns(const PodTerms& terms, const Pod& pod,
                                const api::Labels& namespace_labels) const {
    return any_means(terms.anti_affinity, pod, namespace_labels) ||
           (settings_.preferences_of_placed_pods && is_preferred(terms, pod, namespace_labels));
}

/// Keeps counts for a template, if it has terms or there are placed pods with terms that mean it;
/// else watches out for such pods.
class InterPodAffinity::Held final : public HeldAnswers {
public:
    Held(const InterPodAffinity& plugin, const Pod& pod, const Snapshot& snapshot)
        : plugin_(plugin) {
        look(pod, snapshot);
        auto own = PodTerms::from(pod);
        if (!own || has_namespace_selectors(*own)) {
            allows_ = false;
            return;
        }
        const bool has_preferences =
            !own->affinity_preferred.empty() || !own->anti_affinity_preferred.empty();
        scores_ =
            has_preferences || (plugin.settings_.preferences_of_placed_pods &&
                                std::ranges::any_of(theirs_, [&](const auto& terms) {
                                    return plugin_.is_preferred(*terms, pod, *namespace_labels_);
                                }));
        filters_ = !own->affinity.empty() || !own->anti_affinity.empty() ||
                   std::ranges::any_of(theirs_, [&](const auto& terms) {
                       return any_means(terms->anti_affinity, pod, *namespace_labels_);
                   });
        if (scores_ || filters_) {
            counts_.emplace(AffinityQuestion{.pod = pod,
                                             .own = std::move(*own),
                                             .namespace_labels = namespace_labels_,
                                             .theirs = theirs_,
                                             .prefers = scores_,
                                             .required_weight = plugin.settings_.required_weight},
                            snapshot.nodes());
        }
    }

    [[nodiscard]] bool allows() const override {
        return allows_;
    }
    // Terms know domains alone, and those are labels.
    [[nodiscard]] bool outlasts_nodes() const override {
        return true;
    }

    [[nodiscard]] bool still_right(const Pod& pod, const Snapshot& snapshot) override {
        if (terms_version_ == snapshot.terms_version() &&
            (snapshot.demands_with_terms().empty() ||
             namespace_labels_ == plugin_.labels_of_namespace(pod))) {
            return true;
        }
        const auto theirs = std::move(theirs_);
        const NamespaceLabels labels = namespace_labels_;
        look(pod, snapshot);
        return theirs_ == theirs && namespace_labels_ == labels;
    }

    [[nodiscard]] bool filters() const override {
        return filters_;
    }
    [[nodiscard]] bool scores() const override {
        return scores_;
    }
    void recount(const Snapshot& snapshot) override {
        counts_->recount(snapshot.nodes());
    }
    bool follow(const PodChange& change) override {
        return counts_->follow(change);
    }
    [[nodiscard]] std::size_t features() const override {
        return counts_->features();
    }
    void describe(std::size_t position, std::span<std::int32_t> features) const override {
        counts_->describe(position, features);
    }
    [[nodiscard]] bool passes(std::span<const std::int32_t> features) const override {
        return counts_->passes(features);
    }
    void score(std::span<const NodeKind> kinds, std::span<std::int64_t> scores) override {
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            scores[i] = counts_->score(kinds[i].features);
        }
        scale_from_lowest(scores);
    }

private:
    static bool has_namespace_selectors(const PodTerms& own) {
        const auto has = [](const Terms& terms) {
            return std::ranges::any_of(terms, [](const PodTerm& term) {
                return !term.namespace_selector.empty() &&
                       !term.namespace_selector.selects_nothing();
            });
        };
        return has(own.affinity) || has(own.anti_affinity) || has(own.affinity_preferred) ||
               has(own.anti_affinity_preferred);
    }

    void look(const Pod& pod, const Snapshot& snapshot) {
        terms_version_ = snapshot.terms_version();
        namespace_labels_ = plugin_.labels_of_namespace(pod);
        theirs_.clear();
        for (const SharedDemand& demand : snapshot.demands_with_terms()) {
            if (any_means(demand->terms->anti_affinity, pod, *namespace_labels_) ||
                plugin_.is_preferred(*demand->terms, pod, *namespace_labels_)) {
                theirs_.push_back(demand->terms);
            }
        }
    }

    const InterPodAffinity& plugin_;
    std::uint64_t terms_version_ = 0;
    NamespaceLabels namespace_labels_;
    std::vector<std::shared_ptr<const PodTerms>> theirs_;
    bool allows_ = true;
    bool filters_ = false;
    bool scores_ = false;
    std::optional<AffinityCounts> counts_;
};

std::unique_ptr<HeldAnswers> InterPodAffinity::hold(const Pod& pod,
                                                    const Snapshot& snapshot) const {
    return std::make_unique<Held>(*this, pod, snapshot);
}

// Upstream's hints compare by the names of namespaces alone, too.
bool on_no_node(const Pod* pod) {
    return pod != nullptr && pod->spec.nodeName.empty() && pod->status->nominatedNodeName->empty();
}

QueueingHint after_assigned_pod(const Pod& pod, const ObjectChange& change) {
    const Pod* const before = change.old_pod;
    const Pod* const after = change.new_pod;
    if (on_no_node(before) || on_no_node(after)) {
        return QueueingHint::Skip;
    }
    const auto own = PodTerms::from(pod);
    if (!own) {
        return QueueingHint::Queue;
    }
    if (before != nullptr && after != nullptr) {
        return queue_if(
            (!all_match(own->affinity, *before) && all_match(own->affinity, *after)) ||
            (any_matches(own->anti_affinity, *before) && !any_matches(own->anti_affinity, *after)));
    }
    if (after != nullptr) {
        return queue_if(all_match(own->affinity, *after));
    }
    if (any_matches(own->anti_affinity, *before)) {
        return QueueingHint::Queue;
    }
    const auto theirs = PodTerms::from(*before);
    return queue_if(!theirs || any_matches(theirs->anti_affinity, pod));
}

QueueingHint after_node(const Pod& pod, const ObjectChange& change) {
    const auto own = PodTerms::from(pod);
    if (!own) {
        return QueueingHint::Queue;
    }
    const Node* const before = change.old_node;
    const Node& after = *change.new_node;
    const auto moved = [&](const PodTerm& term) {
        const std::string* const from = domain_of(*before, term.topology_key);
        const std::string* const to = domain_of(after, term.topology_key);
        return from != nullptr && to != nullptr && *from != *to;
    };
    const auto nearer = [&](const PodTerm& term) {
        const bool has = domain_of(after, term.topology_key) != nullptr;
        return before == nullptr
                   ? has
                   : (has && domain_of(*before, term.topology_key) == nullptr) || moved(term);
    };
    const auto farther = [&](const PodTerm& term) {
        return before == nullptr || moved(term) ||
               (domain_of(*before, term.topology_key) != nullptr &&
                domain_of(after, term.topology_key) == nullptr);
    };
    return queue_if(std::ranges::any_of(own->affinity, nearer) ||
                    std::ranges::any_of(own->anti_affinity, farther));
}

std::vector<EventRegistration> InterPodAffinity::events() const {
    return {{{EventResource::AssignedPod, Action::Add | Action::UpdatePodLabel | Action::Delete},
             &after_assigned_pod},
            {{EventResource::TargetPod, Action::UpdatePodLabel}, {}},
            {{EventResource::Node, Action::Add | Action::UpdateNodeLabel}, &after_node}};
}

}  // namespace

Made make_inter_pod_affinity(const boost::json::object& args, const PluginContext& context) {
    AffinitySettings settings;
    if (const auto* weight = args.if_contains("hardPodAffinityWeight");
        weight != nullptr && !weight->is_null()) {
        boost::system::error_code failure;
        settings.required_weight = weight->to_number<std::int64_t>(failure);
        if (failure || settings.required_weight < 0 || settings.required_weight > 100) {
            return Error{.reason = Reason::Invalid,
                         .message = "hardPodAffinityWeight: not in valid range [0, 100]"};
        }
    }
    if (const auto* ignore = args.if_contains("ignorePreferredTermsOfExistingPods");
        ignore != nullptr && !ignore->is_null()) {
        if (!ignore->is_bool()) {
            return Error{.reason = Reason::Invalid,
                         .message = "ignorePreferredTermsOfExistingPods: must be a boolean"};
        }
        settings.preferences_of_placed_pods = !ignore->get_bool();
    }
    return std::unique_ptr<Plugin>(std::make_unique<InterPodAffinity>(settings, context));
}

}  // namespace wavetank::scheduler::plugins
