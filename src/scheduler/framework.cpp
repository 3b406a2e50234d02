#include <wavetank/scheduler/framework.hpp>

#include <algorithm>

namespace wavetank::scheduler {

using api::corev1::Pod;

Status PreFilterPlugin::add_pod(CycleState& /*state*/, const Pod& /*pod*/,
                                const PlacedPod& /*added*/, const NodeInfo& /*node*/) const {
    return {};
}

Status PreFilterPlugin::remove_pod(CycleState& /*state*/, const Pod& /*pod*/,
                                   const PlacedPod& /*removed*/, const NodeInfo& /*node*/) const {
    return {};
}

void ScorePlugin::normalize(const CycleState& /*state*/, const Pod& /*pod*/,
                            std::span<std::int64_t> /*scores*/) const {}

void normalize_scores(std::span<std::int64_t> scores, ScoreOrder order) {
    std::int64_t highest = 0;
    for (const std::int64_t score : scores) {
        highest = std::max(highest, score);
    }
    for (std::int64_t& score : scores) {
        const std::int64_t scaled = highest == 0 ? 0 : node_score_max * score / highest;
        score = order == ScoreOrder::Reversed ? node_score_max - scaled : scaled;
    }
}

}  // namespace wavetank::scheduler
