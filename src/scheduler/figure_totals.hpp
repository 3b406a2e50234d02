#pragma once

/// \file
/// Totals of nodes that depend on their figures alone: the same for all pods that ask for the same.

#include "scheduler/node_search.hpp"

#include <wavetank/scheduler/held_answers.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace wavetank::scheduler {

/// What a pod is worth on every node, in the order of nodes: a part that stays, and one that
/// follows the figures of the node. It may be common to many classes of pods.
class FigureTotals {
public:
    /// What a total may be at most.
    static constexpr std::int64_t total_max = std::numeric_limits<std::int16_t>::max() - 1;

    void add_filter(std::shared_ptr<const FigureAnswers> answers);
    void add_scorer(std::shared_ptr<const FigureAnswers> answers, std::int64_t weight);
    /// Sets the part that stays, by position: -1 where the pod does not fit. The pods on nodes
    /// count from now on.
    void set_fixed(std::vector<std::int16_t> fixed, const Snapshot& snapshot);

    /// Sets the part that stays of some nodes that have changed, by then.
    void patch_fixed(std::span<const std::uint32_t> positions, std::span<const std::int16_t> fixed,
                     const Snapshot& snapshot);
    /// Computes the totals of some nodes anew. Requires: nothing but figures counts.
    void refresh(const Snapshot& snapshot, std::span<const std::uint32_t> positions);

    /// Tells whether it makes the same of every node as the other, at one version of a snapshot.
    [[nodiscard]] bool same_as(const FigureTotals& other) const;

    /// How many nodes are summed up at once: a class keeps the memory for them.
    static constexpr std::size_t positions_max = 1024;
    /// Returns the totals of some nodes as they are now; negative where the pod does not fit.
    /// Requires: at most `positions_max` of them. Lifetime: until the next call.
    [[nodiscard]] std::span<std::int32_t> sums(const Snapshot& snapshot,
                                               std::span<const std::uint32_t> positions);
    /// Notes such totals, unless they are kept elsewhere.
    void note(std::span<const std::uint32_t> positions, std::span<const std::int32_t> totals);
    /// Returns a total in 16 bits, 0 where the pod does not fit.
    [[nodiscard]] static std::int16_t packed(std::int32_t total);

    /// Takes in all changes since the last time, or all there is the first time. Requires: nothing
    /// but figures counts.
    void catch_up(const Snapshot& snapshot);
    /// Tells whether no totals have been computed yet.
    [[nodiscard]] bool is_new() const {
        return index_.totals().empty();
    }
    /// Computes all totals anew.
    void recount(const Snapshot& snapshot);

    /// Lets what belongs to a node be fetched into the cache.
    void prefetch(std::size_t position) const {
        __builtin_prefetch(&fixed_[position]);
        if (!index_.totals().empty()) {  // else totals are kept elsewhere
            index_.prefetch(position);
        }
    }

    [[nodiscard]] TotalIndex& index() {
        return index_;
    }
    [[nodiscard]] const TotalIndex& index() const {
        return index_;
    }
    /// Returns the changes of the snapshot up to which it knows them.
    [[nodiscard]] std::uint64_t known() const {
        return known_;
    }

    /// Whether other classes may take it for theirs.
    bool is_common = false;

private:
    struct Scorer {
        std::shared_ptr<const FigureAnswers> answers;
        std::int32_t weight;
    };

    std::uint64_t version_ = 0;  // of the snapshot, at which it was made
    std::vector<std::int16_t> fixed_;
    std::vector<std::shared_ptr<const FigureAnswers>> filters_;
    std::vector<Scorer> scorers_;
    TotalIndex index_;
    std::uint64_t known_ = 0;
    // Kept for their memory: to take and give back 4 KiB each time costs as much as the sums.
    std::vector<std::uint32_t> changed_;
    std::vector<std::int32_t> sums_;
};

}  // namespace wavetank::scheduler
