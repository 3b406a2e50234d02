#include "scheduler/figure_totals.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace wavetank::scheduler {

void FigureTotals::add_filter(std::shared_ptr<const FigureAnswers> answers) {
    filters_.push_back(std::move(answers));
}

void FigureTotals::add_scorer(std::shared_ptr<const FigureAnswers> answers, std::int64_t weight) {
    scorers_.push_back({std::move(answers), static_cast<std::int32_t>(weight)});
}

void FigureTotals::set_fixed(std::vector<std::int16_t> fixed, const Snapshot& snapshot) {
    version_ = snapshot.version();
    fixed_ = std::move(fixed);
}

void FigureTotals::patch_fixed(std::span<const std::uint32_t> positions,
                               std::span<const std::int16_t> fixed, const Snapshot& snapshot) {
    version_ = snapshot.version();
    for (std::size_t i = 0; i < positions.size(); ++i) {
        fixed_[positions[i]] = fixed[i];
    }
}

void FigureTotals::refresh(const Snapshot& snapshot, std::span<const std::uint32_t> positions) {
    while (!positions.empty()) {
        const auto some = positions.first(std::min(positions.size(), positions_max));
        note(some, sums(snapshot, some));
        positions = positions.subspan(some.size());
    }
}

bool FigureTotals::same_as(const FigureTotals& other) const {
    return version_ == other.version_ &&
           std::ranges::equal(
               filters_, other.filters_,
               [](const auto& left, const auto& right) { return left->same_as(*right); }) &&
           std::ranges::equal(scorers_, other.scorers_,
                              [](const Scorer& left, const Scorer& right) {
                                  return left.weight == right.weight &&
                                         left.answers->same_as(*right.answers);
                              }) &&
           fixed_ == other.fixed_;
}

std::span<std::int32_t> FigureTotals::sums(const Snapshot& snapshot,
                                           std::span<const std::uint32_t> positions) {
    sums_.resize(positions.size());
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const std::int16_t fixed = fixed_[positions[i]];
        sums_[i] = fixed < 0 ? NodeTotals::rejected : fixed;
    }
    const NodeTotals nodes{.figures = snapshot.figures(), .positions = positions, .totals = sums_};
    for (const auto& answers : filters_) {
        answers->filter(nodes);
    }
    for (const auto& [answers, weight] : scorers_) {
        answers->score(nodes, weight);
    }
    return sums_;
}

std::int16_t FigureTotals::packed(std::int32_t total) {
    WAVETANK_ASSERT(total < std::numeric_limits<std::int16_t>::max());
    return static_cast<std::int16_t>(total < 0 ? 0 : total + 1);
}

void FigureTotals::note(std::span<const std::uint32_t> positions,
                        std::span<const std::int32_t> totals) {
    for (std::size_t i = 0; i < positions.size(); ++i) {
        index_.set(positions[i], packed(totals[i]));
    }
}

void FigureTotals::catch_up(const Snapshot& snapshot) {
    const auto changes = snapshot.changed_since(known_);
    if (is_new() || !snapshot.keeps_changes(known_) || changes.size() > snapshot.nodes().size()) {
        recount(snapshot);
        return;
    }
    changed_.clear();
    for (const PodChange& change : changes) {
        // Many of these do not fit into the cache, and where a change is, nobody can foresee.
        prefetch(change.position);
        changed_.push_back(change.position);
    }
    refresh(snapshot, changed_);
    known_ = snapshot.pod_changes();
}

void FigureTotals::recount(const Snapshot& snapshot) {
    std::vector<std::uint32_t> all(snapshot.nodes().size());
    std::iota(all.begin(), all.end(), 0U);
    index_.reset(all.size());
    refresh(snapshot, all);
    known_ = snapshot.pod_changes();
}

}  // namespace wavetank::scheduler
