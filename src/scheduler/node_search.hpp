#pragma once

/// \file
/// What is found when nodes are searched for the highest total.
///
/// Totals stand in the order of nodes; 0 is a node that does not do. A search starts somewhere and
/// goes round the end, until more feasible nodes are met than are wanted.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::scheduler {

/// What a search over totals found.
struct ClassChoice {
    std::int32_t best = 0;      ///< 0: no node
    std::size_t ties = 0;       ///< nodes that have it
    std::size_t feasible = 0;   ///< nodes that do
    std::size_t processed = 0;  ///< nodes looked at
};

/// Nodes side by side: their totals, 0 where a pod does not fit, and their kinds. Fewer than
/// 32,768.
struct NodeRow {
    std::span<const std::int16_t> totals;
    std::span<const std::uint16_t> kinds;  ///< of the same nodes
};

/// What a row has of one kind.
struct KindCount {
    std::size_t feasible = 0;
    std::int16_t best = 0;  ///< of their totals; 0: none
};

/// Returns how many totals are above 0. Requires: they are fewer than 32,768.
[[nodiscard]] std::size_t count_positive(std::span<const std::int16_t> totals);

[[nodiscard]] KindCount count_kind(const NodeRow& row, std::uint16_t kind);

/// Returns how many nodes are of a kind and have a total.
[[nodiscard]] std::size_t count_both(const NodeRow& row, std::uint16_t kind, std::int16_t total);

/// Where a search starts, and how many feasible nodes are enough.
struct SearchRange {
    std::size_t start = 0;
    std::size_t wanted = 0;
};

/// Makes a search over some totals.
[[nodiscard]] ClassChoice choose_among(std::span<const std::int16_t> totals,
                                       const SearchRange& range);

/// Returns the position of the tie number `index` of a choice, in the order of the search.
/// Requires: there are more ties than that.
[[nodiscard]] std::size_t tie_at(std::span<const std::int16_t> totals, std::size_t start,
                                 std::int32_t best, std::size_t index);

/// Totals that change one at a time, and are searched after each few changes.
///
/// They are summed up by the block, and a search for all feasible nodes looks at the blocks.
class TotalIndex {
public:
    /// Sets so many totals to 0.
    void reset(std::size_t nodes);

    void set(std::size_t position, std::int16_t total);
    /// Lets the total be fetched into the cache, to be set soon.
    void prefetch(std::size_t position) const {
        __builtin_prefetch(&totals_[position], 1);
    }

    [[nodiscard]] std::span<const std::int16_t> totals() const {
        return std::span{totals_}.first(nodes_);
    }

    /// Does the same as `choose_among`.
    [[nodiscard]] ClassChoice choose(const SearchRange& range);
    /// Does the same as the other `tie_at`, for the last choice, if it looked at all nodes.
    [[nodiscard]] std::size_t tie_at(std::size_t start, std::int32_t best, std::size_t index) const;

private:
    // Several vectors of 16-bit numbers; there are few blocks in thousands of nodes.
    static constexpr std::size_t block_size = 64;
    using Block = std::span<const std::int16_t, block_size>;

    void sum_up(std::size_t block);
    [[nodiscard]] Block block_at(std::size_t block) const;
    // How many totals are the best of all, in some blocks.
    [[nodiscard]] std::size_t ties_in(std::int16_t best, std::size_t from, std::size_t to) const;

    std::size_t nodes_ = 0;
    std::vector<std::int16_t> totals_;  // whole blocks
    // By block. Those in `stale_` are wrong in `best_` and `ties_`.
    std::vector<std::int16_t> best_;
    std::vector<std::int16_t> ties_;
    std::vector<std::uint8_t> is_stale_;
    std::vector<std::uint32_t> stale_;
    std::size_t feasible_ = 0;
};

}  // namespace wavetank::scheduler
