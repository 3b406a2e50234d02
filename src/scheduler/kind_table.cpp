#include "scheduler/kind_table.hpp"

#include <algorithm>

namespace wavetank::scheduler {
namespace {

std::uint64_t hash_of(std::span<const std::int32_t> features) {
    std::uint64_t hash = 0x9E3779B97F4A7C15;
    for (const std::int32_t feature : features) {
        hash = (hash ^ static_cast<std::uint32_t>(feature)) * 0xD6E8FEB86659FD93;
        hash ^= hash >> 32;
    }
    return hash;
}

// Few numbers each, for which a call of memcmp would take longer than to compare them.
bool same(std::span<const std::int32_t> left, std::span<const std::int32_t> right) {
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] != right[i]) {
            return false;
        }
    }
    return true;
}

// How many nodes are looked at before their winners are counted.
constexpr std::size_t winners_block = 64;
// So many winners, or kinds, are compared with all nodes side by side at a time; more, one node
// after the other.
constexpr std::size_t winners_few = 4;
constexpr std::size_t kinds_few = 8;
// Nodes side by side that are counted at a time: few enough for counts of 16 bits.
constexpr std::size_t part_max = 512;

}  // namespace

void KindTable::Kind::add(std::int16_t total) {
    ++feasible;
    auto at = totals.end();
    while (at != totals.begin() && std::prev(at)->total >= total) {
        --at;
    }
    if (at != totals.end() && at->total == total) {
        ++at->nodes;
    } else {
        totals.insert(at, {total, 1});
    }
}

void KindTable::Kind::remove(std::int16_t total) {
    --feasible;
    auto at = std::prev(totals.end());
    while (at->total != total) {
        --at;
    }
    if (--at->nodes == 0) {
        totals.erase(at);
    }
}

void KindTable::reset(std::size_t nodes, std::size_t features) {
    width_ = features;
    features_.clear();
    kinds_.clear();
    summed_up_ = false;
    numbers_.clear();
    totals_.assign(nodes, 0);
    kind_of_.assign(nodes, unknown);
}

void KindTable::reset(const KindLayout& layout) {
    reset(0, layout.width);
    for (std::span features{layout.features}; !features.empty();
         features = features.subspan(width_)) {
        add_kind(features.first(width_));
    }
    totals_.assign(layout.kind_of.size(), 0);
    kind_of_ = layout.kind_of;
}

void KindTable::add_kind(std::span<const std::int32_t> features) {
    numbers_.emplace(hash_of(features), static_cast<std::uint16_t>(kinds_.size()));
    features_.insert(features_.end(), features.begin(), features.end());
    kinds_.emplace_back();
}

std::uint16_t KindTable::number_of(std::span<const std::int32_t> features) {
    // Mostly there are few, and the first ones have most of the nodes.
    const std::size_t first_ones = std::min(kinds_.size(), kinds_few);
    for (std::size_t kind = 0; kind < first_ones; ++kind) {
        if (same(features_of(kind), features)) {
            return static_cast<std::uint16_t>(kind);
        }
    }
    const auto [first, last] = numbers_.equal_range(hash_of(features));
    for (auto known = first; known != last; ++known) {
        if (same(features_of(known->second), features)) {
            return known->second;
        }
    }
    add_kind(features);
    return static_cast<std::uint16_t>(kinds_.size() - 1);
}

void KindTable::set_kind(std::size_t position, std::span<const std::int32_t> features) {
    const std::uint16_t before = kind_of_[position];
    if (before != unknown && same(features_of(before), features)) {
        return;
    }
    const std::uint16_t kind = number_of(features);
    kind_of_[position] = kind;
    if (const std::int16_t total = totals_[position]; total > 0 && summed_up_) {
        kinds_[before].remove(total);
        kinds_[kind].add(total);
    }
}

void KindTable::set_total(std::size_t position, std::int16_t total) {
    const std::int16_t before = totals_[position];
    if (before == total) {
        return;
    }
    totals_[position] = total;
    if (!summed_up_) {
        return;
    }
    Kind& kind = kinds_[kind_of_[position]];
    if (before > 0) {
        kind.remove(before);
    }
    if (total > 0) {
        kind.add(total);
    }
}

void KindTable::set_totals(std::span<const std::int16_t> totals) {
    totals_.assign(totals.begin(), totals.end());
    summed_up_ = false;
}

void KindTable::sum_up() {
    std::ranges::fill(kinds_, Kind{});
    for (std::size_t i = 0; i < totals_.size(); ++i) {
        if (totals_[i] > 0) {
            kinds_[kind_of_[i]].add(totals_[i]);
        }
    }
    summed_up_ = true;
}

template <class Look>
void KindTable::walk(std::size_t start, std::size_t processed, Look look) const {
    const std::size_t nodes = totals_.size();
    std::size_t at = start;
    for (std::size_t left = processed; left > 0;) {
        const std::size_t last = std::min({at + part_max, at + left, nodes});
        look(at, last);
        left -= last - at;
        at = last == nodes ? 0 : last;
    }
}

std::size_t KindTable::count_feasible(const Search& search, bool all_pass, std::size_t first,
                                      std::size_t last) const {
    if (all_pass) {
        return count_positive(row(first, last).totals);
    }
    std::size_t found = 0;
    for (std::size_t i = first; i < last; ++i) {
        found += is_feasible(search, i) ? 1 : 0;
    }
    return found;
}

// Finds how far a search goes: up to the feasible node that is one too many.
ClassChoice KindTable::reach(const Search& search) const {
    const std::size_t nodes = totals_.size();
    const bool all_pass = std::ranges::find(search.passes, 0) == search.passes.end();
    ClassChoice reached;
    std::size_t step = part_max;
    for (std::size_t at = search.range.start; reached.processed < nodes;) {
        const std::size_t last = std::min({at + step, at + nodes - reached.processed, nodes});
        const std::size_t found = count_feasible(search, all_pass, at, last);
        if (reached.feasible + found > search.range.wanted) {
            if (last - at == 1) {
                break;
            }
            step = std::max<std::size_t>(step / 8, 1);  // it is one of these
            continue;
        }
        reached.feasible += found;
        reached.processed += last - at;
        at = last == nodes ? 0 : last;
    }
    return reached;
}

void KindTable::count_one_by_one(const Search& search, std::size_t first, std::size_t last,
                                 std::span<std::size_t> feasible) {
    for (std::size_t i = first; i < last; ++i) {
        if (is_feasible(search, i)) {
            const std::uint16_t kind = kind_of_[i];
            ++feasible[kind];
            best_[kind] = std::max(best_[kind], totals_[i]);
        }
    }
}

ClassChoice KindTable::count(const Search& search, std::span<std::size_t> feasible) {
    const std::size_t kinds = kinds_.size();
    best_.assign(kinds, 0);
    std::ranges::fill(feasible, 0);
    if (looks_at_all(search)) {
        if (!summed_up_) {
            sum_up();
        }
        ClassChoice counted{.processed = totals_.size()};
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            if (search.passes[kind] != 0 && kinds_[kind].feasible > 0) {
                feasible[kind] = kinds_[kind].feasible;
                best_[kind] = kinds_[kind].totals.back().total;
                counted.feasible += feasible[kind];
            }
        }
        return counted;
    }
    const ClassChoice counted = reach(search);
    walk(search.range.start, counted.processed, [&](std::size_t first, std::size_t last) {
        if (kinds > kinds_few) {
            count_one_by_one(search, first, last, feasible);
            return;
        }
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            if (search.passes[kind] != 0) {
                const KindCount part =
                    count_kind(row(first, last), static_cast<std::uint16_t>(kind));
                feasible[kind] += part.feasible;
                best_[kind] = std::max(best_[kind], part.best);
            }
        }
    });
    return counted;
}

ClassChoice KindTable::choose(const Search& search, ClassChoice counted) {
    counted.best = 0;
    counted.ties = 0;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        if (best_[kind] > 0) {
            counted.best = std::max(counted.best, best_[kind] + search.bonuses[kind]);
        }
    }
    find_winners(search, counted.best);
    if (looks_at_all(search)) {
        for (const Winner& winner : winners_) {
            counted.ties += kinds_[winner.kind].totals.back().nodes;
        }
    } else {
        walk(search.range.start, counted.processed, [&](std::size_t first, std::size_t last) {
            counted.ties += count_winners(first, last);
        });
    }
    return counted;
}

void KindTable::find_winners(const Search& search, std::int32_t best) {
    winners_.clear();
    winning_.assign(kinds_.size(), -1);
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        if (best_[kind] > 0 && best_[kind] + search.bonuses[kind] == best) {
            winning_[kind] = best_[kind];
            winners_.push_back({static_cast<std::uint16_t>(kind), winning_[kind]});
        }
    }
}

std::size_t KindTable::count_winners(std::size_t first, std::size_t last) const {
    std::size_t count = 0;
    if (winners_.size() > winners_few) {
        for (std::size_t i = first; i < last; ++i) {
            count += wins(i) ? 1 : 0;
        }
        return count;
    }
    for (const auto& [kind, total] : winners_) {
        count += count_both(row(first, last), kind, total);
    }
    return count;
}

std::size_t KindTable::tie_at(const Search& search, const ClassChoice& choice,
                              std::size_t index) const {
    const std::size_t nodes = totals_.size();
    std::size_t at = search.range.start;
    for (std::size_t left = choice.processed; left > 0;) {
        const std::size_t last = std::min({at + winners_block, at + left, nodes});
        const std::size_t count = count_winners(at, last);
        if (index < count) {
            while (!wins(at) || index-- > 0) {
                ++at;
            }
            return at;
        }
        index -= count;
        left -= last - at;
        at = last == nodes ? 0 : last;
    }
    return nodes;
}

}  // namespace wavetank::scheduler
