#include "scheduler/node_search.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#ifdef __x86_64__
#define WAVETANK_WIDE_COUNTS [[gnu::target("avx2")]]
#else
#define WAVETANK_WIDE_COUNTS
#endif

namespace wavetank::scheduler {
namespace {

// A search without sums takes one such part at a time: short enough for the first-level cache and
// for 16-bit counts.
constexpr std::size_t stretch_size = 512;

// With an extent that is known, no more than a load, a comparison and a sum for each vector.
template <std::size_t Extent>
std::size_t count_equal(std::span<const std::int16_t, Extent> totals, std::int16_t value) {
    std::int16_t count = 0;
    for (const std::int16_t total : totals) {
        count = static_cast<std::int16_t>(count + (total == value ? 1 : 0));
    }
    return static_cast<std::size_t>(count);
}

template <std::size_t Extent>
std::int16_t highest(std::span<const std::int16_t, Extent> totals) {
    std::int16_t best = 0;
    for (const std::int16_t total : totals) {
        best = std::max(best, total);
    }
    return best;
}

// The part of `stretch` before the feasible node that is one too many.
std::span<const std::int16_t> cut(std::span<const std::int16_t> stretch, std::size_t wanted) {
    std::size_t feasible = 0;
    for (std::size_t i = 0; i < stretch.size(); ++i) {
        feasible += stretch[i] > 0 ? 1 : 0;
        if (feasible > wanted) {
            return stretch.first(i);
        }
    }
    return stretch;
}

// Both parts of a search that starts in the middle, in its order.
std::array<std::span<const std::int16_t>, 2> parts(std::span<const std::int16_t> totals,
                                                   std::size_t start) {
    return {totals.subspan(start), totals.first(start)};
}

// Where the value is found for the time number `index`.
std::size_t find_nth(std::span<const std::int16_t> totals, std::int16_t value, std::size_t index) {
    constexpr std::size_t at_once = 8;
    std::size_t i = 0;
    for (; i + at_once <= totals.size(); i += at_once) {
        const std::size_t count = count_equal(totals.subspan(i).first<at_once>(), value);
        if (index < count) {
            break;
        }
        index -= count;
    }
    for (;; ++i) {
        if (totals[i] == value && index-- == 0) {
            return i;
        }
    }
}

// Each of these loops is compiled twice, once for wide registers, which take twice as many nodes at
// a time.
bool has_wide_counts() {
#ifdef __x86_64__
    static const bool has = __builtin_cpu_supports("avx2") != 0;
    return has;
#else
    return false;
#endif
}

[[gnu::always_inline]] inline std::size_t count_positive_each(
    std::span<const std::int16_t> totals) {
    std::int16_t count = 0;
    for (const std::int16_t total : totals) {
        count = static_cast<std::int16_t>(count + (total > 0 ? 1 : 0));
    }
    return static_cast<std::size_t>(count);
}

[[gnu::always_inline]] inline KindCount count_kind_each(const NodeRow& row, std::uint16_t kind) {
    std::int16_t count = 0;
    std::int16_t best = 0;
    for (std::size_t i = 0; i < row.totals.size(); ++i) {
        // A mask, which takes many nodes at a time, where a condition would be a branch.
        const int mask = -static_cast<int>(row.kinds[i] == kind);
        const auto total = static_cast<std::int16_t>(row.totals[i] & mask);
        count = static_cast<std::int16_t>(count + (total > 0 ? 1 : 0));
        best = std::max(best, total);
    }
    return {static_cast<std::size_t>(count), best};
}

[[gnu::always_inline]] inline std::size_t count_both_each(const NodeRow& row, std::uint16_t kind,
                                                          std::int16_t total) {
    std::int16_t count = 0;
    for (std::size_t i = 0; i < row.totals.size(); ++i) {
        const int same_total = row.totals[i] == total ? 1 : 0;
        const int same_kind = row.kinds[i] == kind ? 1 : 0;
        count = static_cast<std::int16_t>(count + (same_total & same_kind));
    }
    return static_cast<std::size_t>(count);
}

WAVETANK_WIDE_COUNTS std::size_t count_positive_wide(std::span<const std::int16_t> totals) {
    return count_positive_each(totals);
}

WAVETANK_WIDE_COUNTS KindCount count_kind_wide(const NodeRow& row, std::uint16_t kind) {
    return count_kind_each(row, kind);
}

WAVETANK_WIDE_COUNTS std::size_t count_both_wide(const NodeRow& row, std::uint16_t kind,
                                                 std::int16_t total) {
    return count_both_each(row, kind, total);
}

}  // namespace

std::size_t count_positive(std::span<const std::int16_t> totals) {
    return has_wide_counts() ? count_positive_wide(totals) : count_positive_each(totals);
}

KindCount count_kind(const NodeRow& row, std::uint16_t kind) {
    return has_wide_counts() ? count_kind_wide(row, kind) : count_kind_each(row, kind);
}

std::size_t count_both(const NodeRow& row, std::uint16_t kind, std::int16_t total) {
    return has_wide_counts() ? count_both_wide(row, kind, total)
                             : count_both_each(row, kind, total);
}

ClassChoice choose_among(std::span<const std::int16_t> totals, const SearchRange& range) {
    ClassChoice choice;
    for (auto part : parts(totals, range.start)) {
        while (!part.empty()) {
            const auto whole = part.first(std::min(stretch_size, part.size()));
            auto stretch = whole;
            std::size_t feasible = count_positive(stretch);
            if (choice.feasible + feasible > range.wanted) {
                stretch = cut(stretch, range.wanted - choice.feasible);
                feasible = count_positive(stretch);
            }
            if (const std::int16_t best = highest(stretch); best > choice.best) {
                choice.best = best;
                choice.ties = count_equal(stretch, best);
            } else if (best == choice.best) {
                choice.ties += count_equal(stretch, best);
            }
            choice.feasible += feasible;
            choice.processed += stretch.size();
            if (stretch.size() < whole.size()) {
                return choice;
            }
            part = part.subspan(whole.size());
        }
    }
    return choice;
}

std::size_t tie_at(std::span<const std::int16_t> totals, std::size_t start, std::int32_t best,
                   std::size_t index) {
    const auto value = static_cast<std::int16_t>(best);
    std::size_t base = start;
    for (auto part : parts(totals, start)) {
        while (!part.empty()) {
            const auto stretch = part.first(std::min(stretch_size, part.size()));
            const std::size_t count = count_equal(stretch, value);
            if (index < count) {
                return base + find_nth(stretch, value, index);
            }
            index -= count;
            base += stretch.size();
            part = part.subspan(stretch.size());
        }
        base = 0;
    }
    return totals.size();
}

void TotalIndex::reset(std::size_t nodes) {
    const std::size_t blocks = (nodes + block_size - 1) / block_size;
    nodes_ = nodes;
    totals_.assign(blocks * block_size, 0);
    best_.assign(blocks, 0);
    ties_.assign(blocks, 0);
    is_stale_.assign(blocks, 0);
    stale_.clear();
    feasible_ = 0;
}

TotalIndex::Block TotalIndex::block_at(std::size_t block) const {
    return std::span{totals_}.subspan(block * block_size).first<block_size>();
}

void TotalIndex::set(std::size_t position, std::int16_t total) {
    std::int16_t& slot = totals_[position];
    const std::int16_t before = std::exchange(slot, total);
    if (before == total) {
        return;
    }
    feasible_ += total > 0 ? 1 : 0;
    feasible_ -= before > 0 ? 1 : 0;
    const std::size_t block = position / block_size;
    std::int16_t& best = best_[block];
    std::int16_t& ties = ties_[block];
    if (total > best) {
        best = total;
        ties = 1;
    } else {
        ties = static_cast<std::int16_t>(ties + (total == best ? 1 : 0) - (before == best ? 1 : 0));
    }
    if (ties <= 0 && is_stale_[block] == 0) {
        is_stale_[block] = 1;
        stale_.push_back(static_cast<std::uint32_t>(block));
    }
}

void TotalIndex::sum_up(std::size_t block) {
    const Block totals = block_at(block);
    best_[block] = highest(totals);
    ties_[block] = static_cast<std::int16_t>(count_equal(totals, best_[block]));
    is_stale_[block] = 0;
}

std::size_t TotalIndex::ties_in(std::int16_t best, std::size_t from, std::size_t to) const {
    constexpr std::size_t at_once = 256;  // blocks, so that their sum takes 16 bits
    static_assert(at_once * block_size <= std::numeric_limits<std::int16_t>::max());
    std::size_t sum = 0;
    for (; from < to; from += at_once) {
        const std::size_t end = std::min(to, from + at_once);
        std::int16_t part = 0;
        for (std::size_t i = from; i < end; ++i) {
            // A mask: a branch, which a condition would be, is guessed wrong half of the time.
            const int mask = -static_cast<int>(best_[i] == best);
            part = static_cast<std::int16_t>(part + (ties_[i] & mask));
        }
        sum += static_cast<std::size_t>(part);
    }
    return sum;
}

ClassChoice TotalIndex::choose(const SearchRange& range) {
    if (range.wanted < nodes_) {
        return choose_among(totals(), range);
    }
    for (const std::uint32_t block : stale_) {
        sum_up(block);
    }
    stale_.clear();
    const std::int16_t best = highest(std::span<const std::int16_t>{best_});
    return {.best = best,
            .ties = ties_in(best, 0, best_.size()),
            .feasible = feasible_,
            .processed = nodes_};
}

std::size_t TotalIndex::tie_at(std::size_t start, std::int32_t best, std::size_t index) const {
    const auto value = static_cast<std::int16_t>(best);
    const std::size_t first = start / block_size;
    if (best_[first] == value) {
        const auto tail =
            std::span<const std::int16_t>{block_at(first)}.subspan(start % block_size);
        const std::size_t in_tail = count_equal(tail, value);
        if (index < in_tail) {
            return start + find_nth(tail, value, index);
        }
        index -= in_tail;
    }
    const auto find_in = [&](std::size_t from, std::size_t to) {
        constexpr std::size_t at_once = 16;
        for (; from < to; from += at_once) {
            const std::size_t end = std::min(to, from + at_once);
            const std::size_t count = ties_in(value, from, end);
            if (index < count) {
                break;
            }
            index -= count;
        }
        for (; from < to; ++from) {
            const std::size_t count = ties_in(value, from, from + 1);
            if (index < count) {
                return from;
            }
            index -= count;
        }
        return to;
    };
    std::size_t block = find_in(first + 1, best_.size());
    if (block == best_.size()) {
        block = find_in(0, first);  // if not there, it is before the start in its block
    }
    return block * block_size + find_nth(block_at(block), value, index);
}

}  // namespace wavetank::scheduler
