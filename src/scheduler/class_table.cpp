#include "scheduler/class_table.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/scheduler/filter_run.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;

constexpr std::size_t classes_max = 512;
constexpr std::int64_t total_max = std::numeric_limits<std::int16_t>::max() - 1;

const CacheablePlugin* cacheable(const Plugin& plugin) {
    return dynamic_cast<const CacheablePlugin*>(&plugin);
}

template <class List>
bool all_cacheable(const List& list) {
    return std::ranges::all_of(list,
                               [](const auto& at) { return cacheable(*at.plugin) != nullptr; });
}

// One block at a time: short enough for the first-level cache and for 16-bit counts.
constexpr std::size_t block_size = 512;

std::size_t count_positive(std::span<const std::int16_t> totals) {
    std::int16_t count = 0;
    for (const std::int16_t total : totals) {
        count = static_cast<std::int16_t>(count + (total > 0 ? 1 : 0));
    }
    return static_cast<std::size_t>(count);
}

std::size_t count_equal(std::span<const std::int16_t> totals, std::int16_t value) {
    std::int16_t count = 0;
    for (const std::int16_t total : totals) {
        count = static_cast<std::int16_t>(count + (total == value ? 1 : 0));
    }
    return static_cast<std::size_t>(count);
}

std::int16_t highest(std::span<const std::int16_t> totals) {
    std::int16_t best = 0;
    for (const std::int16_t total : totals) {
        best = std::max(best, total);
    }
    return best;
}

// The part of `block` before the feasible node that is one too many.
std::span<const std::int16_t> cut(std::span<const std::int16_t> block, std::size_t wanted) {
    std::size_t feasible = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        feasible += block[i] > 0 ? 1 : 0;
        if (feasible > wanted) {
            return block.first(i);
        }
    }
    return block;
}

// Both parts of a search that starts in the middle, in its order.
std::array<std::span<const std::int16_t>, 2> parts(std::span<const std::int16_t> totals,
                                                   std::size_t start) {
    return {totals.subspan(start), totals.first(start)};
}

}  // namespace

bool allows_classes(const Profile& profile) {
    std::int64_t weights = 0;
    for (const ScorePluginAt& entry : profile.score) {
        weights += entry.weight;
    }
    return weights * node_score_max <= total_max && !profile.score.empty() &&
           profile.reserve.empty() && profile.permit.empty() && profile.pre_bind.empty() &&
           profile.post_bind.empty() && all_cacheable(profile.pre_filter) &&
           all_cacheable(profile.filter) && all_cacheable(profile.score);
}

PodClass::PodClass(const Profile& profile, const Pod& pod, const Snapshot& snapshot,
                   std::uint64_t serial)
    : pod_(pod),
      demand_(std::make_shared<const PodDemand>(demand_of(pod))),
      serial_(serial),
      version_(snapshot.version()) {
    pod_.metadata.name.clear();
    pod_.metadata.uid.clear();
    keep(profile, snapshot);
    const bool allowed =
        std::ranges::all_of(held_, [](const auto& entry) { return entry.second->allows(); });
    holds_ = allowed && prepare_filters(profile, snapshot) && prepare_scores(profile, snapshot);
    if (holds_) {
        find_fixed(snapshot);
        recount(snapshot);
    }
}

bool PodClass::covers(const Pod& pod) const {
    return pod.spec.body.same_as(pod_.spec.body) &&
           pod.metadata.namespace_ == pod_.metadata.namespace_ &&
           pod.metadata.labels == pod_.metadata.labels;
}

bool PodClass::still_right(const Pod& pod, const Snapshot& snapshot) const {
    return version_ == snapshot.version() && std::ranges::all_of(held_, [&](const auto& entry) {
               return entry.second->still_right(pod, snapshot);
           });
}

void PodClass::keep(const Profile& profile, const Snapshot& snapshot) {
    for (const auto& plugin : profile.plugins) {
        const CacheablePlugin* const keeper = cacheable(*plugin);
        if (auto held = keeper == nullptr ? nullptr : keeper->hold(pod_, snapshot)) {
            held_.emplace_back(plugin.get(), std::move(held));
        }
    }
}

HeldAnswers* PodClass::scoring_by(const Plugin& plugin) const {
    const auto found = std::ranges::find_if(
        held_, [&](const auto& entry) { return entry.first == &plugin && entry.second->scores(); });
    return found == held_.end() ? nullptr : found->second.get();
}

bool PodClass::prepare_filters(const Profile& profile, const Snapshot& snapshot) {
    std::vector<const Plugin*> skipped;
    for (const auto& [plugin, point] : profile.pre_filter) {
        const PreFilterAnswer answer = point->pre_filter(state_, pod_, snapshot);
        if (answer.status.skipped()) {
            skipped.push_back(plugin);
        } else if (!answer.status.ok() || answer.node_names) {
            return false;
        } else {
            plugins_.pre_filter.push_back({plugin, point});
        }
    }
    for (const auto& [plugin, point] : profile.filter) {
        if (std::ranges::find(skipped, plugin) != skipped.end()) {
            continue;
        }
        const Dependence dependence = cacheable(*plugin)->dependence(pod_, snapshot);
        if (dependence == Dependence::Anything) {
            return false;
        }
        (dependence == Dependence::NodePods ? pod_filters_ : node_filters_).push_back(point);
        plugins_.filter.push_back({plugin, point});
    }
    return true;
}

bool PodClass::prepare_scores(const Profile& profile, const Snapshot& snapshot) {
    for (const ScorePluginAt& entry : profile.score) {
        HeldAnswers* const held = scoring_by(*entry.plugin);
        if (held != nullptr && entry.pre_score != nullptr) {
            relative_scorers_.push_back({held, entry.weight});
            continue;
        }
        const Status status =
            entry.pre_score == nullptr ? Status{} : entry.pre_score->pre_score(state_, pod_, {});
        if (status.skipped()) {
            continue;
        }
        const Dependence dependence = cacheable(*entry.plugin)->dependence(pod_, snapshot);
        if (!status.ok() || dependence == Dependence::Anything) {
            return false;
        }
        (dependence == Dependence::NodePods ? pod_scorers_ : node_scorers_)
            .push_back({entry.point, entry.weight});
    }
    return true;
}

std::int64_t PodClass::score_on(const NodeInfo& node, std::span<const Scorer> scorers) const {
    std::int64_t sum = 0;
    for (const auto& [point, weight] : scorers) {
        std::array<std::int64_t, 1> score{point->score(state_, pod_, node)};
        point->normalize(state_, pod_, score);
        sum += score.front() * weight;
    }
    return sum;
}

// Where pods are nominated the filters may have to pass twice.
bool PodClass::fits(const NodeInfo& node, const Snapshot& snapshot) const {
    if (snapshot.has_nominations() && !snapshot.nominated(node.name()).empty()) {
        return FilterRun{plugins_, pod_, snapshot}.filter(state_, node).ok();
    }
    return std::ranges::all_of(pod_filters_, [&](const FilterPlugin* filter) {
        return filter->filter(state_, pod_, node).ok();
    });
}

std::int16_t PodClass::total_on(const NodeInfo& node, const Snapshot& snapshot) const {
    const std::int32_t fixed = fixed_[node.position()];
    if (fixed < 0 || !fits(node, snapshot)) {
        return 0;
    }
    const std::int64_t total = fixed + score_on(node, pod_scorers_);
    WAVETANK_ASSERT(total >= 0 && total <= total_max);
    return static_cast<std::int16_t>(total + 1);
}

void PodClass::find_fixed(const Snapshot& snapshot) {
    const auto nodes = snapshot.nodes();
    fixed_.reserve(nodes.size());
    for (const NodeInfo* node : nodes) {
        const bool fits = std::ranges::all_of(node_filters_, [&](const FilterPlugin* filter) {
            return filter->filter(state_, pod_, *node).ok();
        });
        fixed_.push_back(fits ? static_cast<std::int32_t>(score_on(*node, node_scorers_)) : -1);
    }
    totals_.resize(nodes.size());
    is_stale_.resize(nodes.size());
}

void PodClass::recount(const Snapshot& snapshot) {
    pod_changes_ = snapshot.pod_changes();
    for (const NodeInfo* node : snapshot.nodes()) {
        mark_stale(static_cast<std::uint32_t>(node->position()));
        for (const RelativeScorer& scorer : relative_scorers_) {
            scorer.held->recount(*node);
        }
    }
}

void PodClass::catch_up(const Snapshot& snapshot) {
    if (!snapshot.keeps_changes(pod_changes_)) {
        recount(snapshot);
        return;
    }
    for (const PodChange& change : snapshot.changed_since(pod_changes_)) {
        mark_stale(change.position);
        for (const RelativeScorer& scorer : relative_scorers_) {
            scorer.held->follow(change);
        }
    }
    pod_changes_ = snapshot.pod_changes();
}

void PodClass::mark_stale(std::uint32_t position) {
    if (is_stale_[position] == 0) {
        is_stale_[position] = 1;
        stale_.push_back(position);
    }
}

void PodClass::refresh(const Snapshot& snapshot, std::size_t start, std::size_t count) {
    const auto nodes = snapshot.nodes();
    std::erase_if(stale_, [&](std::uint32_t position) {
        const std::size_t ahead = position + (position < start ? nodes.size() : 0) - start;
        if (ahead >= count) {
            return false;
        }
        totals_[position] = total_on(*nodes[position], snapshot);
        is_stale_[position] = 0;
        return true;
    });
}

void PodClass::find_rejection(const NodeInfo& node, const Snapshot& snapshot) {
    const Status status = FilterRun{plugins_, pod_, snapshot}.filter(state_, node);
    const auto known =
        std::ranges::find_if(statuses_, [&](const auto& other) { return *other == status; });
    const auto index = static_cast<std::size_t>(known - statuses_.begin());
    if (known == statuses_.end()) {
        statuses_.push_back(std::make_shared<const Status>(status));
        status_counts_.push_back(0);
    }
    const Status*& slot = rejections_[node.position()];
    if (slot != nullptr) {
        const auto before =
            std::ranges::find(statuses_, slot, [](const auto& s) { return s.get(); });
        --status_counts_[static_cast<std::size_t>(before - statuses_.begin())];
    }
    slot = statuses_[index].get();
    ++status_counts_[index];
}

std::span<const Status* const> PodClass::rejections(const Snapshot& snapshot) {
    constexpr std::size_t statuses_max = 64;
    const auto nodes = snapshot.nodes();
    if (rejections_.empty() || !snapshot.keeps_changes(rejections_known_) ||
        statuses_.size() > statuses_max) {
        rejections_.assign(nodes.size(), nullptr);
        statuses_.clear();
        status_counts_.clear();
        for (const NodeInfo* node : nodes) {
            find_rejection(*node, snapshot);
        }
    } else {
        for (const PodChange& change : snapshot.changed_since(rejections_known_)) {
            find_rejection(*nodes[change.position], snapshot);
        }
    }
    rejections_known_ = snapshot.pod_changes();
    return rejections_;
}

std::set<std::string> PodClass::rejecting_plugins() const {
    std::set<std::string> plugins;
    for (std::size_t i = 0; i < statuses_.size(); ++i) {
        if (status_counts_[i] > 0) {
            plugins.insert(statuses_[i]->plugin);
        }
    }
    return plugins;
}

ClassChoice PodClass::choose(const Snapshot& snapshot, std::size_t start, std::size_t wanted) {
    catch_up(snapshot);
    const auto nodes = snapshot.nodes();
    std::size_t fresh = 0;
    ClassChoice choice{.processed = std::min(wanted, nodes.size())};
    do {
        // A search ends just before the node that is one too many.
        fresh = std::min(choice.processed + 1, nodes.size());
        refresh(snapshot, start, fresh);
        choice = choose_among(totals_, start, wanted);
    } while (choice.processed + 1 > fresh && fresh < nodes.size());
    return choice;
}

std::span<const std::int64_t> PodClass::totals_among(std::span<const std::uint32_t> positions) {
    sums_.resize(positions.size());
    scores_.assign(positions.size(), 0);
    for (std::size_t i = 0; i < positions.size(); ++i) {
        sums_[i] = totals_[positions[i]];
    }
    for (const auto& [held, weight] : relative_scorers_) {
        held->score(positions, scores_);
        for (std::size_t i = 0; i < positions.size(); ++i) {
            sums_[i] += scores_[i] * weight;
        }
    }
    return sums_;
}

PodClass* ClassTable::find(const Pod& pod, const Snapshot& snapshot) {
    const void* const spec = pod.spec.body.identity();
    const auto found = classes_.find(spec);
    if (found != classes_.end() && found->second->covers(pod)) {
        if (!found->second->still_right(pod, snapshot)) {
            found->second = std::make_unique<PodClass>(profile_, pod, snapshot, ++classes_made_);
        }
        return found->second->holds() ? found->second.get() : nullptr;
    }
    if (seen_once_.insert(spec).second) {
        return nullptr;
    }
    if (classes_.size() >= classes_max) {
        classes_.clear();
        seen_once_.clear();
    }
    auto& slot = classes_[spec];
    slot = std::make_unique<PodClass>(profile_, pod, snapshot, ++classes_made_);
    return slot->holds() ? slot.get() : nullptr;
}

ClassChoice choose_among(std::span<const std::int16_t> totals, std::size_t start,
                         std::size_t wanted) {
    ClassChoice choice;
    for (auto part : parts(totals, start)) {
        while (!part.empty()) {
            const auto whole = part.first(std::min(block_size, part.size()));
            auto block = whole;
            std::size_t feasible = count_positive(block);
            if (choice.feasible + feasible > wanted) {
                block = cut(block, wanted - choice.feasible);
                feasible = count_positive(block);
            }
            if (const std::int16_t best = highest(block); best > choice.best) {
                choice.best = best;
                choice.ties = count_equal(block, best);
            } else if (best == choice.best) {
                choice.ties += count_equal(block, best);
            }
            choice.feasible += feasible;
            choice.processed += block.size();
            if (block.size() < whole.size()) {
                return choice;
            }
            part = part.subspan(whole.size());
        }
    }
    return choice;
}

void find_feasible(std::span<const std::int16_t> totals, std::size_t start,
                   const ClassChoice& choice, std::vector<std::uint32_t>& positions) {
    positions.resize(choice.feasible + 1);  // room for the step that is not taken
    std::size_t found = 0;
    for (std::size_t i = 0, at = start; i < choice.processed; ++i) {
        positions[found] = static_cast<std::uint32_t>(at);
        found += totals[at] > 0 ? 1 : 0;
        at = at + 1 == totals.size() ? 0 : at + 1;
    }
    positions.resize(found);
}

std::size_t tie_at(std::span<const std::int16_t> totals, std::size_t start, std::int16_t best,
                   std::size_t index) {
    std::size_t base = start;
    for (auto part : parts(totals, start)) {
        while (!part.empty()) {
            const auto block = part.first(std::min(block_size, part.size()));
            if (const std::size_t count = count_equal(block, best); index >= count) {
                index -= count;
                base += block.size();
                part = part.subspan(block.size());
                continue;
            }
            for (std::size_t i = 0;; ++i) {
                if (block[i] == best && index-- == 0) {
                    return base + i;
                }
            }
        }
        base = 0;
    }
    return totals.size();
}

}  // namespace wavetank::scheduler
