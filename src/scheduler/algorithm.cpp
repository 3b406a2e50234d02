#include <wavetank/scheduler/algorithm.hpp>

#include "scheduler/class_table.hpp"

#include <wavetank/scheduler/filter_run.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Pod;

namespace {

constexpr std::size_t feasible_nodes_min = 100;
constexpr std::int32_t feasible_percentage_min = 5;

std::string bracketed(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += text.empty() ? name : " " + name;
    }
    return "[" + text + "]";
}

// What the nodes get that no plugin of PreFilter named.
Status restricted_to_others(const std::set<std::string>& plugins) {
    return Status::unresolvable("node(s) didn't satisfy plugin(s) " + bracketed(plugins));
}

Status named(Status status, const Plugin& plugin) {
    status.plugin = plugin.name();
    return status;
}

// The pods of a ReplicaSet are alike, and mostly several.
bool has_siblings(const Pod& pod) {
    return std::ranges::any_of(*pod.metadata.ownerReferences, [](const auto& owner) {
        return owner.controller.value_or(false) && owner.kind == "ReplicaSet";
    });
}

CyclePlugins without(const std::set<std::string>& skipped, const Profile& profile) {
    const auto takes_part = [&](const auto& at) {
        return !skipped.contains(std::string{at.plugin->name()});
    };
    CyclePlugins plugins;
    std::ranges::copy_if(profile.pre_filter, std::back_inserter(plugins.pre_filter), takes_part);
    std::ranges::copy_if(profile.filter, std::back_inserter(plugins.filter), takes_part);
    return plugins;
}

}  // namespace

std::size_t feasible_nodes_wanted(std::size_t nodes, std::int32_t percentage) {
    if (nodes < feasible_nodes_min) {
        return nodes;
    }
    if (percentage == 0) {
        percentage = std::max(50 - static_cast<std::int32_t>(nodes / 125), feasible_percentage_min);
    }
    return std::max(nodes * static_cast<std::size_t>(percentage) / 100, feasible_nodes_min);
}

/// One cycle under way.
struct Algorithm::Search {
    const Pod& pod;
    const Snapshot& snapshot;
    Decision& decision;
    std::optional<std::set<std::string, std::less<>>> only_nodes{};
    std::vector<const NodeInfo*> feasible{};
    const NodeInfo* nominated = nullptr;  // the pod's own nominated node, if it does not do
    Status nominated_status{};

    [[nodiscard]] FilterRun filters() const {
        return {decision.plugins, pod, snapshot};
    }
};

Algorithm::Algorithm(const Profile& profile, Random random, AlgorithmOptions options)
    : profile_(profile), random_(random), options_(options) {
    if (profile_.options.percentage_of_nodes_to_score) {
        options_.percentage_of_nodes_to_score = *profile_.options.percentage_of_nodes_to_score;
    }
    if (options_.fast_path == FastPath::On && !options_.keep_scores && allows_classes(profile)) {
        classes_ = std::make_unique<ClassTable>(profile);
    }
}

Algorithm::~Algorithm() = default;

Decision Algorithm::schedule(const Pod& pod, const Snapshot& snapshot) {
    Decision decision;  // filled in where it is returned: to move it takes as long as a search
    Search search{.pod = pod, .snapshot = snapshot, .decision = decision};
    decision.diagnosis.nodes_all = snapshot.nodes().size();
    if (snapshot.nodes().empty()) {
        decision.status = Status::unresolvable("no nodes available to schedule pods");
    } else if (!choose_by_class(search)) {
        choose_by_plugins(search);
    }
    return decision;
}

void Algorithm::choose_by_plugins(Search& search) {
    Decision& decision = search.decision;
    decision.status = run_pre_filter(search);
    if (decision.status.ok() && !try_nominated_node(search)) {
        decision.status = search_all(search);
    }
    if (!decision.status.ok()) {
        return;
    }
    decision.nodes_feasible = search.feasible.size();
    decision.nodes_evaluated = search.feasible.size() + decision.diagnosis.rejected.size();
    if (search.feasible.empty()) {
        decision.status = Status::unschedulable(decision.diagnosis.message());
    } else if (search.feasible.size() == 1) {
        decision.node = search.feasible.front();
    } else {
        decision.status = choose(search);
    }
}

PostFilterAnswer Algorithm::post_filter(Decision& decision, const Pod& pod,
                                        const Snapshot& snapshot) const {
    const FilterRun filters{decision.plugins, pod, snapshot, decision.pod_class};
    Diagnosis& diagnosis = decision.diagnosis;
    PostFilterAnswer result{.status = {.code = Code::Unschedulable}};
    if (profile_.post_filter.empty()) {
        result.nominated_node = "";
    }
    for (const auto& [plugin, point] : profile_.post_filter) {
        PostFilterAnswer answer = point->post_filter(
            decision.state,
            {.filters = filters, .rejected = diagnosis.rejected, .absent = diagnosis.absent});
        if (answer.status.code != Code::Unschedulable) {
            if (!answer.status.ok() && !answer.status.rejected()) {
                answer = {.status = Status::error(answer.status.message())};
            }
            result = std::move(answer);
            break;
        }
        if (answer.nominated_node) {
            result.nominated_node = std::move(answer.nominated_node);
        }
        std::ranges::move(answer.status.reasons, std::back_inserter(result.status.reasons));
    }
    diagnosis.post_filter_message = result.status.message();
    return result;
}

template <class NodeAt>
std::size_t Algorithm::pick(std::span<const std::int64_t> totals, NodeAt node_at) {
    const std::int64_t best = *std::ranges::max_element(totals);
    auto ties = std::ranges::count(totals, best);
    auto chosen = std::ranges::find(totals, best);
    const auto next_tie = [&](auto tie) { return std::find(tie + 1, totals.end(), best); };
    if (ties > 1 && options_.tie_break == TieBreak::Random) {
        for (auto skip = random_.below(static_cast<std::uint64_t>(ties)); skip > 0; --skip) {
            chosen = next_tie(chosen);
        }
    }
    const auto index_of = [&](auto tie) { return static_cast<std::size_t>(tie - totals.begin()); };
    if (options_.tie_break == TieBreak::Name) {
        for (auto tie = next_tie(chosen); --ties > 0; tie = next_tie(tie)) {
            const bool earlier = node_at(index_of(tie))->name() < node_at(index_of(chosen))->name();
            chosen = earlier ? tie : chosen;
        }
    }
    return index_of(chosen);
}

// The same decision as by asking the plugins, if another pod of the template has asked them.
bool Algorithm::choose_by_class(Search& search) {
    const Pod& pod = search.pod;
    if (classes_ == nullptr || !pod.status->nominatedNodeName->empty() ||
        !pod.spec.nodeName.empty() ||
        (search.snapshot.has_nominations() && search.snapshot.nomination_of(pod) != nullptr)) {
        return false;
    }
    const auto nodes = search.snapshot.nodes();
    const std::size_t wanted =
        feasible_nodes_wanted(nodes.size(), options_.percentage_of_nodes_to_score);
    // To make a class takes no longer than to ask the plugins for a part of the nodes.
    const bool makes_class = wanted == nodes.size() || has_siblings(pod);
    PodClass* const pod_class = classes_->find(
        pod, search.snapshot, makes_class ? FirstPod::MakesClass : FirstPod::IsNoted);
    if (pod_class == nullptr) {
        return false;
    }
    const std::size_t start = next_start_ % nodes.size();
    const SearchRange range{.start = start, .wanted = wanted};
    const ClassChoice choice = pod_class->choose(search.snapshot, range);
    if (choice.best == 0) {
        if (pod_class->has_relative_filters()) {
            return false;
        }
        reject_by_class(search, *pod_class, start);
        return true;
    }
    const std::size_t position = pick_by_class(nodes, *pod_class, range, choice);
    search.snapshot.prefetch(position);
    search.decision.node = nodes[position];
    search.decision.demand = pod_class->demand();
    search.decision.nodes_feasible = choice.feasible;
    search.decision.nodes_evaluated = choice.processed;
    next_start_ = (next_start_ + choice.processed) % nodes.size();
    return true;
}

void Algorithm::reject_by_class(Search& search, PodClass& pod_class, std::size_t start) {
    const auto nodes = search.snapshot.nodes();
    const auto rejections = pod_class.rejections(search.snapshot);
    Decision& decision = search.decision;
    Diagnosis& diagnosis = decision.diagnosis;
    diagnosis.rejected.reserve(nodes.size());
    for (std::size_t i = 0, at = start; i < nodes.size(); ++i) {
        diagnosis.rejected.push_back({nodes[at], rejections[at]});
        at = at + 1 == nodes.size() ? 0 : at + 1;
    }
    diagnosis.statuses = pod_class.statuses();
    diagnosis.unschedulable_plugins = pod_class.rejecting_plugins();
    decision.nodes_evaluated = nodes.size();
    decision.state = pod_class.state().clone();
    decision.plugins = pod_class.plugins();
    decision.pod_class = pod_class.serial();
    decision.status = Status::unschedulable(diagnosis.message());
    next_start_ = start;
}

std::size_t Algorithm::pick_by_class(std::span<const NodeInfo* const> nodes,
                                     const PodClass& pod_class, const SearchRange& range,
                                     const ClassChoice& choice) {
    if (options_.tie_break == TieBreak::Name && choice.ties > 1) {
        std::size_t chosen = nodes.size();
        for (std::size_t i = 0, at = range.start; i < choice.processed; ++i) {
            if (pod_class.is_best(at, choice) &&
                (chosen == nodes.size() || nodes[at]->name() < nodes[chosen]->name())) {
                chosen = at;
            }
            at = at + 1 == nodes.size() ? 0 : at + 1;
        }
        return chosen;
    }
    const bool draws = choice.ties > 1 && options_.tie_break == TieBreak::Random;
    return pod_class.tie_at(range, choice,
                            draws ? static_cast<std::size_t>(random_.below(choice.ties)) : 0);
}

Status Algorithm::run_pre_filter(Search& search) const {
    Diagnosis& diagnosis = search.decision.diagnosis;
    std::set<std::string> skipped;
    std::set<std::string> restricting;
    Status rejection;
    for (const auto& [plugin, point] : profile_.pre_filter) {
        PreFilterAnswer answer =
            point->pre_filter(search.decision.state, search.pod, search.snapshot);
        if (answer.status.skipped()) {
            skipped.emplace(plugin->name());
            continue;
        }
        if (answer.status.code == Code::Unschedulable) {
            rejection = named(std::move(answer.status), *plugin);
            continue;
        }
        if (!answer.status.ok()) {
            rejection = named(std::move(answer.status), *plugin);
            break;
        }
        if (!answer.node_names) {
            continue;
        }
        restricting.emplace(plugin->name());
        if (search.only_nodes) {
            std::erase_if(*search.only_nodes, [&](const std::string& name) {
                return !answer.node_names->contains(name);
            });
        } else {
            search.only_nodes = std::move(answer.node_names);
        }
        if (search.only_nodes->empty()) {
            rejection = Status::unresolvable(
                restricting.size() == 1 ? "node(s) didn't satisfy plugin " + *restricting.begin()
                                        : "node(s) didn't satisfy plugin(s) " +
                                              bracketed(restricting) + " simultaneously");
            diagnosis.unschedulable_plugins = restricting;
            break;
        }
    }
    search.decision.plugins = without(skipped, profile_);
    if (!rejection.ok()) {
        if (rejection.rejected()) {
            diagnosis.absent = rejection;
            diagnosis.pre_filter_message = rejection.message();
            if (!rejection.plugin.empty()) {
                diagnosis.unschedulable_plugins = {rejection.plugin};
            }
        }
        return rejection;
    }
    diagnosis.unschedulable_plugins = restricting;
    if (search.only_nodes) {
        diagnosis.absent = restricted_to_others(restricting);
    }
    return {};
}

Status Algorithm::find_feasible(Search& search, std::span<const NodeInfo* const> nodes) const {
    const std::size_t wanted =
        profile_.score.empty()
            ? 1
            : feasible_nodes_wanted(nodes.size(), options_.percentage_of_nodes_to_score);
    Diagnosis& diagnosis = search.decision.diagnosis;
    const FilterRun filters = search.filters();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const NodeInfo& node = *nodes[(next_start_ + i) % nodes.size()];
        Status status = filters.filter(search.decision.state, node);
        if (status.ok()) {
            if (search.feasible.size() == wanted) {
                break;
            }
            search.feasible.push_back(&node);
        } else if (!status.rejected()) {
            return status;
        } else {
            diagnosis.reject(&node, std::move(status));
        }
    }
    return {};
}

// The nominated node is tried alone; if the pod fits there, that is the decision.
bool Algorithm::try_nominated_node(Search& search) const {
    const std::string& nominated = *search.pod.status->nominatedNodeName;
    const NodeInfo* node = nominated.empty() ? nullptr : search.snapshot.find(nominated);
    if (node == nullptr) {
        return false;
    }
    Status status = search.filters().filter(search.decision.state, *node);
    if (status.ok()) {
        search.feasible.push_back(node);
        return true;
    }
    if (status.rejected()) {
        if (search.only_nodes) {
            // Upstream's set of plugins is one and the same here, so the text names this one too.
            auto& plugins = search.decision.diagnosis.unschedulable_plugins;
            plugins.insert(status.plugin);
            search.decision.diagnosis.absent = restricted_to_others(plugins);
        }
        search.nominated = node;
        search.nominated_status = std::move(status);
    }
    return false;
}

// As upstream, the nominated node counts as looked at although the search may not come to it.
void Algorithm::note_nominated_node(Search& search) {
    Diagnosis& diagnosis = search.decision.diagnosis;
    const auto is_nominated = [&](const RejectedNode& rejected) {
        return rejected.node == search.nominated;
    };
    if (search.nominated != nullptr && std::ranges::none_of(diagnosis.rejected, is_nominated)) {
        diagnosis.reject(search.nominated, std::move(search.nominated_status));
    }
}

Status Algorithm::search_all(Search& search) {
    Status status;
    if (search.only_nodes) {
        std::vector<const NodeInfo*> nodes;
        for (const std::string& name : *search.only_nodes) {
            if (const NodeInfo* node = search.snapshot.find(name)) {
                nodes.push_back(node);
            }
        }
        status = find_feasible(search, nodes);
    } else {
        status = find_feasible(search, search.snapshot.nodes());
    }
    note_nominated_node(search);
    const std::size_t processed =
        search.feasible.size() + search.decision.diagnosis.rejected.size();
    next_start_ = (next_start_ + processed) % search.snapshot.nodes().size();
    return status;
}

Status Algorithm::choose(Search& search) {
    Decision& decision = search.decision;
    std::vector<std::int64_t> totals(search.feasible.size(), profile_.score.empty() ? 1 : 0);
    if (options_.keep_scores) {
        for (const NodeInfo* node : search.feasible) {
            decision.scores.push_back({.node = node});
        }
    }
    std::vector<std::int64_t> scores(search.feasible.size());
    for (const ScorePluginAt& entry : profile_.score) {
        if (entry.pre_score != nullptr) {
            Status status = entry.pre_score->pre_score(decision.state, search.pod, search.feasible);
            if (status.skipped()) {
                continue;
            }
            if (!status.ok()) {
                return named(Status::error(status.message()), *entry.plugin);
            }
        }
        for (std::size_t i = 0; i < scores.size(); ++i) {
            scores[i] = entry.point->score(decision.state, search.pod, *search.feasible[i]);
        }
        for (std::size_t i = 0; i < decision.scores.size(); ++i) {
            decision.scores[i].raw.push_back(scores[i]);
        }
        entry.point->normalize(decision.state, search.pod, scores);
        for (std::size_t i = 0; i < scores.size(); ++i) {
            totals[i] += scores[i] * entry.weight;
        }
        for (std::size_t i = 0; i < decision.scores.size(); ++i) {
            decision.scores[i].final_.push_back(scores[i] * entry.weight);
            decision.scores[i].total = totals[i];
        }
        if (options_.keep_scores) {
            decision.score_plugins.emplace_back(entry.plugin->name());
        }
    }
    decision.node =
        search.feasible[pick(totals, [&](std::size_t i) { return search.feasible[i]; })];
    return {};
}

}  // namespace wavetank::scheduler
