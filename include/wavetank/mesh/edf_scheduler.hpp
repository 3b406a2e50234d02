#pragma once

/// \file
/// Who is next, where each has a weight? Earliest deadline first, as Envoy's `EdfScheduler`.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Gives turns to entries: one of weight w has a turn every 1 / w of the scheduler's own time, and
/// the earliest is next; of equal ones, the one that was put back first. In any stretch of as many
/// turns as all weights sum up to, each gets as many as it weighs (whole weights).
///
/// Determinism: deadlines are doubles, so that the order of equal ones is Envoy's.
class EdfScheduler {
public:
    /// Returns an entry's weight as it is now, above 0.
    using WeightOf = std::function<double(std::uint32_t entry)>;

    EdfScheduler() = default;

    /// Makes a scheduler of `entries` as if `picks` turns had been given: proxies that begin at
    /// random places do not march in step. Cost: that of the number of entries, not of picks.
    [[nodiscard]] static EdfScheduler with_picks(std::span<const std::uint32_t> entries,
                                                 const WeightOf& weight_of, std::uint32_t picks);

    /// Adds an entry, whose first turn is 1 / weight from now. Requires: weight > 0.
    void add(double weight, std::uint32_t entry);

    /// Gives a turn, and puts the entry back by its weight. Requires: there is one.
    std::uint32_t pick(const WeightOf& weight_of);

    [[nodiscard]] bool empty() const {
        return heap_.empty();
    }

private:
    struct Entry {
        double deadline = 0;
        std::uint64_t order = 0;  // of those with one deadline
        std::uint32_t entry = 0;
    };
    // Of two entries, the later one.
    [[nodiscard]] static bool is_later(const Entry& one, const Entry& other) {
        return one.deadline > other.deadline ||
               (one.deadline == other.deadline && one.order > other.order);
    }
    void push(const Entry& entry);

    double now_ = 0;
    std::uint64_t orders_ = 0;
    std::vector<Entry> heap_;  // the first turn at the front
};

}  // namespace wavetank::mesh
