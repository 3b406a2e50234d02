#include <wavetank/scheduler/explanation.hpp>

#include "scheduler/store_snapshot.hpp"

#include <wavetank/scheduler/algorithm.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;

std::vector<PluginScore> scores_of(const ScoreRow& row, const Decision& decision,
                                   const Profile& profile) {
    std::vector<PluginScore> scores;
    for (std::size_t i = 0; i < decision.score_plugins.size(); ++i) {
        const auto entry = std::ranges::find_if(profile.score, [&](const ScorePluginAt& at) {
            return at.plugin->name() == decision.score_plugins[i];
        });
        scores.push_back({.plugin = decision.score_plugins[i],
                          .raw = row.raw[i],
                          .normalised = row.final_[i] / entry->weight,
                          .weight = entry->weight,
                          .weighted = row.final_[i]});
    }
    return scores;
}

std::vector<NodeVerdict> fitting(const Decision& decision, const Profile& profile) {
    std::vector<NodeVerdict> verdicts;
    for (const ScoreRow& row : decision.scores) {
        verdicts.push_back({.node = row.node->name(),
                            .scores = scores_of(row, decision, profile),
                            .total = row.total});
    }
    if (verdicts.empty() && decision.node != nullptr) {
        verdicts.push_back({.node = decision.node->name()});
    }
    std::ranges::sort(verdicts, [](const NodeVerdict& left, const NodeVerdict& right) {
        return left.total != right.total ? left.total > right.total : left.node < right.node;
    });
    return verdicts;
}

std::vector<NodeVerdict> rejected(const Decision& decision, const Snapshot& snapshot,
                                  const std::vector<NodeVerdict>& fitting) {
    std::set<std::string, std::less<>> seen;
    for (const NodeVerdict& verdict : fitting) {
        seen.insert(verdict.node);
    }
    std::vector<NodeVerdict> verdicts;
    for (const RejectedNode& node : decision.diagnosis.rejected) {
        seen.insert(node.node->name());
        verdicts.push_back({.node = node.node->name(), .status = *node.status});
    }
    for (const NodeInfo* node : snapshot.nodes()) {
        if (!seen.contains(node->name()) && !decision.diagnosis.absent.ok()) {
            verdicts.push_back({.node = node->name(), .status = decision.diagnosis.absent});
        }
    }
    std::ranges::sort(verdicts, {}, &NodeVerdict::node);
    return verdicts;
}

void print(std::ostream& out, const NodeVerdict& verdict) {
    if (!verdict.status.ok()) {
        const std::string& plugin = verdict.status.plugin;
        fmt::print(out, "\n{}: does not fit\n  {}{}\n", verdict.node,
                   plugin.empty() ? plugin : plugin + ": ", verdict.status.message());
        return;
    }
    if (verdict.scores.empty()) {
        fmt::print(out, "\n{}: fits; the only one is not scored\n", verdict.node);
        return;
    }
    fmt::print(out, "\n{}: {}\n  {:<32}{:>12}{:>12}{:>8}{:>8}\n", verdict.node, verdict.total,
               "PLUGIN", "RAW", "NORMALISED", "WEIGHT", "SCORE");
    for (const PluginScore& score : verdict.scores) {
        fmt::print(out, "  {:<32}{:>12}{:>12}{:>8}{:>8}\n", score.plugin, score.raw,
                   score.normalised, score.weight, score.weighted);
    }
}

}  // namespace

Result<Explanation> explain(store::Store& store, const store::Key& key, ProfileOptions options) {
    const PodPointer pod = store.get<Pod>(key);
    if (pod == nullptr) {
        return Error{.reason = Reason::NotFound, .message = "pods \"" + key.name + "\" not found"};
    }
    Snapshot snapshot;
    fill_from(store, pod.get(), snapshot);
    auto profile = Profile::make(std::move(options), PluginRegistry::defaults(),
                                 {.snapshot = &snapshot, .store = &store});
    if (!profile) {
        return profile.error();
    }
    profile->options.percentage_of_nodes_to_score = 100;
    Algorithm algorithm{*profile, Random{0}, {.tie_break = TieBreak::Name, .keep_scores = true}};
    Pod asked = *pod;
    asked.spec.nodeName.clear();

    Decision decision = algorithm.schedule(asked, snapshot);

    Explanation explanation{.pod = key, .bound_node = pod->spec.nodeName};
    if (decision.node != nullptr) {
        explanation.chosen_node = decision.node->name();
    } else if (decision.status.rejected() && decision.diagnosis.nodes_all > 0) {
        static_cast<void>(algorithm.post_filter(decision, asked, snapshot));
        explanation.message = decision.diagnosis.message();
    } else {
        explanation.message = decision.status.message();
    }
    explanation.nodes = fitting(decision, *profile);
    std::ranges::move(rejected(decision, snapshot, explanation.nodes),
                      std::back_inserter(explanation.nodes));
    return explanation;
}

std::ostream& operator<<(std::ostream& out, const Explanation& explanation) {
    const auto fits = std::ranges::count_if(
        explanation.nodes, [](const NodeVerdict& verdict) { return verdict.status.ok(); });
    const auto or_none = [](const std::string& node) { return node.empty() ? "none" : node; };
    fmt::print(out, "Pod:      {}\nRuns on:  {}\n", store::to_string(explanation.pod),
               or_none(explanation.bound_node));
    fmt::print(out, "Would go: {}, {} of {} nodes {}\n", or_none(explanation.chosen_node), fits,
               explanation.nodes.size(), fits == 1 ? "fits" : "fit");
    if (!explanation.message.empty()) {
        fmt::print(out, "\n{}\n", explanation.message);
    }
    for (const NodeVerdict& verdict : explanation.nodes) {
        print(out, verdict);
    }
    return out;
}

}  // namespace wavetank::scheduler
