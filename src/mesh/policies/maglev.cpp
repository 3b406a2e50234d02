#include <wavetank/mesh/policies/maglev.hpp>

#include <wavetank/mesh/hash.hpp>

#include <algorithm>
#include <limits>

namespace wavetank::mesh {
namespace {

struct MaglevTurn {
    std::uint32_t host = 0;
    std::uint64_t offset = 0;
    std::uint64_t skip = 0;
    double weight = 0;
    double target = 0;        // what its weight must come to before its next turn
    std::uint64_t next = 0;   // in its own order of places
    std::uint64_t count = 0;  // places that it has
};

std::vector<MaglevTurn> maglev_turns(std::span<const NormalizedHostWeight> hosts,
                                     std::uint64_t table_size) {
    std::vector<NormalizedHostWeight> sorted(hosts.begin(), hosts.end());
    std::ranges::stable_sort(sorted, {}, &NormalizedHostWeight::key);
    std::vector<MaglevTurn> turns;
    for (const NormalizedHostWeight& host : sorted) {
        turns.push_back({.host = host.host,
                         .offset = xx_hash_64(host.key) % table_size,
                         .skip = xx_hash_64(host.key, 1) % (table_size - 1) + 1,
                         .weight = host.weight});
    }
    return turns;
}

}  // namespace

MaglevTable::MaglevTable(std::span<const NormalizedHostWeight> hosts, std::uint64_t table_size) {
    constexpr std::uint32_t free_place = std::numeric_limits<std::uint32_t>::max();
    if (hosts.empty()) {
        return;
    }
    if (hosts.size() == 1) {
        places_.assign(1, hosts.front().host);
        entries_min_ = entries_max_ = 1;
        return;
    }
    double weight_max = 0;
    for (const NormalizedHostWeight& host : hosts) {
        weight_max = std::max(weight_max, host.weight);
    }
    std::vector<MaglevTurn> turns = maglev_turns(hosts, table_size);
    places_.assign(table_size, free_place);
    std::uint64_t taken = 0;
    for (std::uint32_t round = 1; taken < table_size; ++round) {
        for (std::size_t i = 0; i < turns.size() && taken < table_size; ++i) {
            MaglevTurn& turn = turns[i];
            if (round * turn.weight < turn.target) {
                continue;
            }
            turn.target += weight_max;
            std::uint64_t place = (turn.offset + turn.skip * turn.next++) % table_size;
            while (places_[place] != free_place) {
                place = (turn.offset + turn.skip * turn.next++) % table_size;
            }
            places_[place] = turn.host;
            ++turn.count;
            ++taken;
        }
    }
    const auto [least, most] = std::ranges::minmax(turns, {}, &MaglevTurn::count);
    entries_min_ = least.count;
    entries_max_ = most.count;
}

std::optional<std::uint32_t> MaglevTable::choose(std::uint64_t hash, std::uint32_t attempt) const {
    if (places_.empty()) {
        return std::nullopt;
    }
    if (attempt > 0) {
        hash ^= ~std::uint64_t{0} - attempt + 1;
    }
    return places_[hash % places_.size()];
}

}  // namespace wavetank::mesh
