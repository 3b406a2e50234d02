#include "scheduler/term_demands.hpp"

#include <algorithm>

namespace wavetank::scheduler {

void TermDemands::take(const PodPointer& pod, SharedDemand& demand) {
    if (!demand->terms) {
        return;
    }
    const auto known = std::ranges::find_if(pods_, [&](const auto& entry) {
        return entry.first->spec.body.same_as(pod->spec.body) &&
               entry.first->metadata.namespace_ == pod->metadata.namespace_;
    });
    if (known != pods_.end()) {
        ++known->second;
        demand = demands_[static_cast<std::size_t>(known - pods_.begin())];
        return;
    }
    pods_.emplace_back(pod, 1);
    demands_.push_back(demand);
    ++version_;
}

void TermDemands::drop(const SharedDemand& demand) {
    if (!demand->terms) {
        return;
    }
    const auto found = std::ranges::find_if(
        demands_, [&](const SharedDemand& each) { return each.same_as(demand); });
    const auto index = found - demands_.begin();
    if (--pods_[static_cast<std::size_t>(index)].second == 0) {
        demands_.erase(found);
        pods_.erase(pods_.begin() + index);
        ++version_;
    }
}

}  // namespace wavetank::scheduler
