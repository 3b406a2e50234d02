#include "scheduler/class_table.hpp"

#include <algorithm>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;

constexpr std::size_t classes_max = 512;
// Of all classes together: each takes about ten bytes for a node.
constexpr std::size_t answers_max = std::size_t{8} << 20U;
constexpr std::size_t seen_max = 16'384;

template <class List>
bool all_cacheable(const List& list) {
    return std::ranges::all_of(list, [](const auto& at) {
        return dynamic_cast<const CacheablePlugin*>(at.plugin) != nullptr;
    });
}

}  // namespace

bool allows_classes(const Profile& profile) {
    std::int64_t weights = 0;
    for (const ScorePluginAt& entry : profile.score) {
        weights += entry.weight;
    }
    return weights * node_score_max <= FigureTotals::total_max && !profile.score.empty() &&
           profile.reserve.empty() && profile.permit.empty() && profile.pre_bind.empty() &&
           profile.post_bind.empty() && all_cacheable(profile.pre_filter) &&
           all_cacheable(profile.filter) && all_cacheable(profile.score);
}

// Templates that ask for the same share their totals: most of a fleet's do.
std::unique_ptr<PodClass> ClassTable::make_class(const Pod& pod, const Snapshot& snapshot) {
    auto made = std::make_unique<PodClass>(profile_, pod, snapshot, ++classes_made_);
    share_totals(*made);
    made->begin(snapshot, layout_of(*made, snapshot));
    return made;
}

// Nodes without pods that count are of the same kinds for all templates that spread alike.
std::shared_ptr<const KindLayout> ClassTable::layout_of(PodClass& pod_class,
                                                        const Snapshot& snapshot) {
    const auto identity = pod_class.layout_identity();
    if (identity == nullptr) {
        return nullptr;
    }
    std::erase_if(layouts_, [](const auto& entry) { return entry.first.expired(); });
    const auto known = std::ranges::find_if(
        layouts_, [&](const auto& entry) { return entry.first.lock() == identity; });
    return known != layouts_.end()
               ? known->second
               : layouts_.emplace_back(identity, pod_class.find_layout(snapshot)).second;
}

// Gives the class the totals of another that makes the same of every node, or notes its own.
void ClassTable::share_totals(PodClass& pod_class) {
    const std::shared_ptr<FigureTotals> own = pod_class.common_totals();
    if (own == nullptr) {
        return;
    }
    std::erase_if(totals_, [](const auto& totals) { return totals.expired(); });
    for (const auto& entry : totals_) {
        const auto totals = entry.lock();
        if (totals == own) {
            return;
        }
        if (totals->same_as(*own)) {
            pod_class.share(totals);
            return;
        }
    }
    totals_.push_back(own);
}

// Drops the class that was of use longest ago, if there are too many.
void ClassTable::make_room(std::size_t nodes) {
    const std::size_t limit =
        std::clamp(answers_max / std::max<std::size_t>(nodes, 1), std::size_t{16}, classes_max);
    while (classes_.size() >= limit) {
        classes_.erase(std::ranges::min_element(
            classes_, {}, [](const auto& entry) { return entry.second.used; }));
    }
}

PodClass* ClassTable::find(const Pod& pod, const Snapshot& snapshot, FirstPod first) {
    const void* const spec = pod.spec.body.identity();
    const auto found = classes_.find(spec);
    if (found != classes_.end() && found->second.pod_class->covers(pod)) {
        auto& known = found->second.pod_class;
        found->second.used = ++searches_;
        if (known->follow_nodes(snapshot) == PodClass::NodesSeen::Changed) {
            share_totals(*known);
        }
        if (!known->still_right(pod, snapshot)) {
            known = make_class(pod, snapshot);
        }
        return known->serves(snapshot) ? known.get() : nullptr;
    }
    if (seen_once_.size() >= seen_max) {
        seen_once_.clear();
    }
    if (first == FirstPod::IsNoted && seen_once_.insert(spec).second) {
        return nullptr;
    }
    make_room(snapshot.nodes().size());
    Entry& entry = classes_[spec];
    entry.used = ++searches_;
    entry.pod_class = make_class(pod, snapshot);
    return entry.pod_class->serves(snapshot) ? entry.pod_class.get() : nullptr;
}

}  // namespace wavetank::scheduler
