#pragma once

/// \file
/// Which nodes does nobody tell apart, and which of them are best?
///
/// Scores of spreading and affinity depend on other nodes, so that each decision may change them
/// everywhere. But they are the same for all nodes of one kind, say those of one zone with as many
/// pods of a service: the best node is the best one of its kind. So a decision compares kinds.

#include "scheduler/node_search.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

namespace wavetank::scheduler {

/// Which nodes are of which kind.
struct KindLayout {
    std::size_t width = 0;               ///< how many features a kind has
    std::vector<std::int32_t> features;  ///< by kind
    std::vector<std::uint16_t> kind_of;  ///< by position
};

/// The nodes of a cluster with their totals, by kind.
class KindTable {
public:
    /// Makes all nodes unknown. So many features tell kinds apart.
    void reset(std::size_t nodes, std::size_t features);
    /// Puts all nodes where a table of as many had them, with totals of 0.
    void reset(const KindLayout& layout);
    /// Returns where the nodes are. Requires: their kinds are known.
    [[nodiscard]] KindLayout layout() const {
        return {.width = width_, .features = features_, .kind_of = kind_of_};
    }

    /// Puts a node, known or not, among those with these features.
    void set_kind(std::size_t position, std::span<const std::int32_t> features);
    /// Requires: the kind of the node is known.
    void set_total(std::size_t position, std::int16_t total);
    /// Sets the totals of all nodes. Requires: as above.
    void set_totals(std::span<const std::int16_t> totals);

    /// How many changes of kinds there may be at most between two looks at `is_overgrown`.
    static constexpr std::size_t changes_max = 16'384;

    /// Tells whether there have been so many kinds that starting anew is better.
    [[nodiscard]] bool is_overgrown() const {
        return kinds_.size() > std::min(4 * totals_.size() + 1024, kinds_max);
    }

    [[nodiscard]] std::size_t kinds() const {
        return kinds_.size();
    }
    [[nodiscard]] std::span<const std::int32_t> features_of(std::size_t kind) const {
        return std::span{features_}.subspan(kind * width_, width_);
    }

    /// What is asked for.
    struct Search {
        SearchRange range;
        std::span<const std::uint8_t> passes;   ///< by kind: 0 if its nodes do not do
        std::span<const std::int32_t> bonuses;  ///< by kind: what is added to its nodes' totals
    };

    /// Counts the feasible nodes of each kind that a search comes to, and those it processes.
    ClassChoice count(const Search& search, std::span<std::size_t> feasible);
    /// Finds the best total with its bonus among the nodes that `counted`, the last, has counted.
    [[nodiscard]] ClassChoice choose(const Search& search, ClassChoice counted);
    /// Returns the position of the tie number `index` of the last choice.
    [[nodiscard]] std::size_t tie_at(const Search& search, const ClassChoice& choice,
                                     std::size_t index) const;
    /// Tells whether a node that the last choice looked at is one of its ties.
    [[nodiscard]] bool wins(std::size_t position) const {
        return winning_[kind_of_[position]] == totals_[position];
    }

private:
    static constexpr std::size_t kinds_max = 32'768;
    static constexpr std::uint16_t unknown = std::numeric_limits<std::uint16_t>::max();

    struct TotalCount {
        std::int16_t total = 0;
        std::uint32_t nodes = 0;
    };
    struct Kind {
        std::vector<TotalCount> totals;  // of feasible nodes, ascending; none has no nodes
        std::size_t feasible = 0;

        void add(std::int16_t total);
        void remove(std::int16_t total);
    };
    // A total that is best in a kind.
    struct Winner {
        std::uint16_t kind = 0;
        std::int16_t total = 0;
    };

    [[nodiscard]] std::uint16_t number_of(std::span<const std::int32_t> features);
    void add_kind(std::span<const std::int32_t> features);
    void sum_up();
    [[nodiscard]] bool looks_at_all(const Search& search) const {
        return search.range.wanted >= totals_.size();
    }
    [[nodiscard]] bool is_feasible(const Search& search, std::size_t position) const {
        return totals_[position] > 0 && search.passes[kind_of_[position]] != 0;
    }
    [[nodiscard]] ClassChoice reach(const Search& search) const;
    void count_one_by_one(const Search& search, std::size_t first, std::size_t last,
                          std::span<std::size_t> feasible);
    // Calls `look` with the first and behind the last position of each part of a search.
    template <class Look>
    void walk(std::size_t start, std::size_t processed, Look look) const;
    void find_winners(const Search& search, std::int32_t best);
    [[nodiscard]] NodeRow row(std::size_t first, std::size_t last) const {
        return {std::span{totals_}.subspan(first, last - first),
                std::span{kind_of_}.subspan(first, last - first)};
    }
    // How many feasible nodes are among these.
    [[nodiscard]] std::size_t count_feasible(const Search& search, bool all_pass, std::size_t first,
                                             std::size_t last) const;
    [[nodiscard]] std::size_t count_winners(std::size_t first, std::size_t last) const;

    std::size_t width_ = 0;
    std::vector<std::int32_t> features_;  // by kind
    std::vector<Kind> kinds_;
    bool summed_up_ = false;  // else `kinds_` have no totals: nobody has looked at all nodes yet
    std::unordered_multimap<std::uint64_t, std::uint16_t> numbers_;  // by hash of the features
    // By position.
    std::vector<std::int16_t> totals_;
    std::vector<std::uint16_t> kind_of_;
    // Of the nodes that were counted last, by kind; 0: none is feasible.
    std::vector<std::int16_t> best_;
    // Of the last choice, as a list and by kind; -1: none of that kind.
    std::vector<Winner> winners_;
    std::vector<std::int16_t> winning_;
};

}  // namespace wavetank::scheduler
