#include "mesh/balancing/bounded_load.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

namespace wavetank::mesh {
namespace {

// Draws below `bound` as Envoy does, whose order of hosts is to be the same.
std::uint32_t drawn_below(std::mt19937& random, std::uint32_t bound) {
    const std::uint64_t step = (std::uint64_t{std::mt19937::max()} + 1) / bound;
    std::uint64_t drawn = bound;
    while (drawn >= bound) {
        drawn = random() / step;
    }
    return static_cast<std::uint32_t>(drawn);
}

}  // namespace

BoundedLoad::BoundedLoad(std::span<const NormalizedHostWeight> hosts, std::uint32_t factor)
    : factor_(factor) {
    for (const NormalizedHostWeight& host : hosts) {
        members_.push_back({.host = host.host, .weight = host.weight});
    }
}

double BoundedLoad::overload(const Member& member, std::uint32_t requests_in_all,
                             const ChoiceContext& context) const {
    const std::uint32_t slots_in_all = ((requests_in_all + 1) * factor_ + 99) / 100;
    const auto slots =
        std::max(static_cast<std::uint32_t>(std::ceil(slots_in_all * member.weight)), 1U);
    return static_cast<double>(context.requests_active(member.host)) / slots;
}

std::uint32_t BoundedLoad::choose(std::uint64_t hash, std::uint32_t chosen,
                                  const ChoiceContext& context) const {
    std::uint32_t requests_in_all = 0;
    for (std::size_t i = 0; i < context.endpoints.size(); ++i) {
        requests_in_all += context.endpoints.requests_active(i);
    }
    const auto own = std::ranges::find(members_, chosen, &Member::host);
    std::uint32_t least_overloaded = chosen;
    double least_overload = overload(*own, requests_in_all, context);
    if (least_overload <= 1.0) {
        return chosen;
    }
    std::vector<std::uint32_t> order(members_.size());
    std::iota(order.begin(), order.end(), 0U);
    // The same hash gives the same order of hosts.
    std::mt19937 random{static_cast<std::mt19937::result_type>(hash)};
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        const auto left = static_cast<std::uint32_t>(order.size()) - i;
        std::swap(order[i], order[i + drawn_below(random, left)]);
        const Member& other = members_[order[i]];
        if (other.host == chosen) {
            continue;
        }
        const double load = overload(other, requests_in_all, context);
        if (load <= 1.0) {
            return other.host;
        }
        if (load < least_overload) {
            least_overloaded = other.host;
            least_overload = load;
        }
    }
    return least_overloaded;
}

}  // namespace wavetank::mesh
