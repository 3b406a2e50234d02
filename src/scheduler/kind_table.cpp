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

// How many nodes are looked at before their winners are counted.
constexpr std::size_t winners_block = 64;
// So many winners are compared with all nodes of a block at a time; more, one node after the other.
constexpr std::size_t winners_few = 4;

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
    numbers_.clear();
    totals_.assign(nodes, 0);
    kind_of_.assign(nodes, unknown);
}

std::uint16_t KindTable::number_of(std::span<const std::int32_t> features) {
    const std::uint64_t hash = hash_of(features);
    const auto [first, last] = numbers_.equal_range(hash);
    for (auto known = first; known != last; ++known) {
        if (std::ranges::equal(features_of(known->second), features)) {
            return known->second;
        }
    }
    const auto number = static_cast<std::uint16_t>(kinds_.size());
    numbers_.emplace(hash, number);
    features_.insert(features_.end(), features.begin(), features.end());
    kinds_.emplace_back();
    return number;
}

void KindTable::set_kind(std::size_t position, std::span<const std::int32_t> features) {
    const std::uint16_t before = kind_of_[position];
    if (before != unknown && std::ranges::equal(features_of(before), features)) {
        return;
    }
    const std::uint16_t kind = number_of(features);
    kind_of_[position] = kind;
    if (const std::int16_t total = totals_[position]; total > 0) {
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
    Kind& kind = kinds_[kind_of_[position]];
    if (before > 0) {
        kind.remove(before);
    }
    if (total > 0) {
        kind.add(total);
    }
}

ClassChoice KindTable::count(const Search& search, std::span<std::size_t> feasible) const {
    ClassChoice counted;
    if (looks_at_all(search)) {
        for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
            feasible[kind] = search.passes[kind] != 0 ? kinds_[kind].feasible : 0;
            counted.feasible += feasible[kind];
        }
        counted.processed = totals_.size();
        return counted;
    }
    std::ranges::fill(feasible, 0);
    for (std::size_t at = search.range.start; counted.processed < totals_.size();
         ++counted.processed) {
        if (totals_[at] > 0 && search.passes[kind_of_[at]] != 0) {
            if (counted.feasible == search.range.wanted) {
                break;
            }
            ++counted.feasible;
            ++feasible[kind_of_[at]];
        }
        at = at + 1 == totals_.size() ? 0 : at + 1;
    }
    return counted;
}

ClassChoice KindTable::choose(const Search& search, ClassChoice counted) {
    counted.best = 0;
    counted.ties = 0;
    const auto note = [&](std::int32_t total, std::size_t nodes) {
        if (total > counted.best) {
            counted.best = total;
            counted.ties = 0;
        }
        counted.ties += total == counted.best ? nodes : 0;
    };
    if (looks_at_all(search)) {
        for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
            if (search.passes[kind] != 0 && !kinds_[kind].totals.empty()) {
                const TotalCount& top = kinds_[kind].totals.back();
                note(top.total + search.bonuses[kind], top.nodes);
            }
        }
    } else {
        for (std::size_t i = 0, at = search.range.start; i < counted.processed; ++i) {
            if (const std::uint16_t kind = kind_of_[at];
                totals_[at] > 0 && search.passes[kind] != 0) {
                note(totals_[at] + search.bonuses[kind], 1);
            }
            at = at + 1 == totals_.size() ? 0 : at + 1;
        }
    }
    find_winners(search, counted.best);
    return counted;
}

void KindTable::find_winners(const Search& search, std::int32_t best) {
    winners_.clear();
    winning_.assign(kinds_.size(), -1);
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        const std::int32_t total = best - search.bonuses[kind];
        if (search.passes[kind] != 0 && kinds_[kind].feasible > 0 && total > 0 &&
            total <= kinds_[kind].totals.back().total) {
            winning_[kind] = static_cast<std::int16_t>(total);
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
        std::int16_t found = 0;
        for (std::size_t i = first; i < last; ++i) {
            const int same_total = totals_[i] == total ? 1 : 0;
            const int same_kind = kind_of_[i] == kind ? 1 : 0;
            found = static_cast<std::int16_t>(found + (same_total & same_kind));
        }
        count += static_cast<std::size_t>(found);
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
