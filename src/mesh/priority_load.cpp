#include <wavetank/mesh/priority_load.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace wavetank::mesh {
namespace {

constexpr std::uint32_t all_load = 100;

// What a priority can take, in percent of all requests.
struct PriorityAvailability {
    std::vector<std::uint32_t> healthy;
    std::vector<std::uint32_t> degraded;

    [[nodiscard]] std::uint32_t total() const {
        const auto sum = std::accumulate(healthy.begin(), healthy.end(), std::uint32_t{0}) +
                         std::accumulate(degraded.begin(), degraded.end(), std::uint32_t{0});
        return std::min(all_load, sum);
    }
};

std::uint64_t weight_of_hosts(std::span<const Host> hosts,
                              const std::vector<std::uint32_t>& members, bool is_weighted) {
    if (!is_weighted) {
        return members.size();
    }
    std::uint64_t sum = 0;
    for (const std::uint32_t index : members) {
        sum += hosts[index].endpoint.load_balancing_weight;
    }
    return sum;
}

PriorityAvailability availability_of(std::span<const Host> hosts,
                                     std::span<const HostSet> host_sets) {
    PriorityAvailability result;
    for (const HostSet& set : host_sets) {
        const bool is_weighted = set.weighted_priority_health;
        const std::uint64_t counted = weight_of_hosts(hosts, set.hosts, is_weighted) -
                                      weight_of_hosts(hosts, set.excluded_hosts, is_weighted);
        const auto part = [&](const std::vector<std::uint32_t>& members) {
            if (set.hosts.size() == set.excluded_hosts.size() || counted == 0) {
                return std::uint32_t{0};
            }
            const std::uint64_t percent = set.overprovisioning_factor *
                                          weight_of_hosts(hosts, members, is_weighted) / counted;
            return static_cast<std::uint32_t>(std::min<std::uint64_t>(all_load, percent));
        };
        result.healthy.push_back(part(set.healthy_hosts));
        result.degraded.push_back(part(set.degraded_hosts));
    }
    return result;
}

// Hands out load, the first priority first; returns what is left.
std::uint32_t hand_out(std::uint32_t load, const std::vector<std::uint32_t>& availability,
                       std::uint32_t total_availability, std::vector<std::uint32_t>& loads) {
    for (const std::uint32_t available : availability) {
        const std::uint32_t taken = std::min(load, available * all_load / total_availability);
        loads.push_back(taken);
        load -= taken;
    }
    return load;
}

std::optional<std::size_t> first_above_zero(const std::vector<std::uint32_t>& values) {
    const auto found = std::ranges::find_if(values, [](std::uint32_t value) { return value > 0; });
    return found == values.end() ? std::nullopt
                                 : std::optional<std::size_t>{found - values.begin()};
}

// What is left over was lost in rounding.
void hand_out_all(const PriorityAvailability& availability, PriorityLoad& load) {
    const std::uint32_t total = availability.total();
    std::uint32_t left = hand_out(all_load, availability.healthy, total, load.healthy);
    left = hand_out(left, availability.degraded, total, load.degraded);
    if (const auto first = first_above_zero(availability.healthy)) {
        load.healthy[*first] += left;
    } else if (const auto degraded = first_above_zero(availability.degraded)) {
        load.degraded[*degraded] += left;
    }
}

// Where all priorities are in panic, the number of hosts counts, whatever their health.
void hand_out_by_count(std::span<const HostSet> host_sets, PriorityLoad& load) {
    std::vector<std::uint32_t> counts;
    for (const HostSet& set : host_sets) {
        counts.push_back(static_cast<std::uint32_t>(set.hosts.size()));
    }
    const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    load.healthy.assign(counts.size(), 0);
    load.degraded.assign(counts.size(), 0);
    std::uint32_t left = all_load;
    for (std::size_t i = 0; i < counts.size() && total > 0; ++i) {
        load.healthy[i] = static_cast<std::uint32_t>(std::uint64_t{all_load} * counts[i] / total);
        left -= load.healthy[i];
    }
    load.healthy[first_above_zero(counts).value_or(0)] += left;
}

}  // namespace

bool is_in_panic(const HostSet& set, std::uint32_t panic_threshold) {
    const std::size_t counted = set.hosts.size() - set.excluded_hosts.size();
    const auto percent = [&](std::size_t part) {
        return counted == 0 ? 0.0
                            : 100.0 * static_cast<double>(part) / static_cast<double>(counted);
    };
    return percent(set.healthy_hosts.size()) + percent(set.degraded_hosts.size()) < panic_threshold;
}

std::uint32_t rounded_percent(double percent) {
    return static_cast<std::uint32_t>(std::clamp(std::round(percent), 0.0, 100.0));
}

PriorityLoad priority_load(std::span<const Host> hosts, std::span<const HostSet> host_sets,
                           std::uint32_t panic_threshold) {
    WAVETANK_ASSERT(!host_sets.empty());
    const PriorityAvailability availability = availability_of(hosts, host_sets);
    const std::uint32_t total = availability.total();
    PriorityLoad load;
    load.in_panic.assign(host_sets.size(), false);
    if (total > 0) {
        hand_out_all(availability, load);
    } else {
        load.healthy.assign(host_sets.size(), 0);
        load.degraded.assign(host_sets.size(), 0);
    }
    if (panic_threshold == 0 && total == 0) {
        load.healthy[0] = all_load;  // where nobody is
        return load;
    }
    bool all_in_panic = true;
    for (std::size_t i = 0; i < host_sets.size(); ++i) {
        load.in_panic[i] = total < all_load && is_in_panic(host_sets[i], panic_threshold);
        all_in_panic = all_in_panic && load.in_panic[i];
    }
    if (all_in_panic) {
        hand_out_by_count(host_sets, load);
    }
    return load;
}

std::optional<PriorityLoad> priority_load_without(std::span<const Host> hosts,
                                                  std::span<const HostSet> host_sets,
                                                  const std::vector<bool>& excluded) {
    WAVETANK_ASSERT(excluded.size() == host_sets.size());
    PriorityAvailability availability = availability_of(hosts, host_sets);
    for (std::size_t i = 0; i < excluded.size(); ++i) {
        if (excluded[i]) {
            availability.healthy[i] = 0;
            availability.degraded[i] = 0;
        }
    }
    if (availability.total() == 0) {
        return std::nullopt;
    }
    PriorityLoad load;
    load.in_panic.assign(host_sets.size(), false);
    hand_out_all(availability, load);
    return load;
}

ChosenPriority choose_priority(std::uint64_t hash, const PriorityLoad& load) {
    const auto place = static_cast<std::uint32_t>(hash % all_load + 1);
    std::uint32_t sum = 0;
    for (std::uint32_t priority = 0; priority < load.healthy.size(); ++priority) {
        sum += load.healthy[priority];
        if (place <= sum) {
            return {priority, HostAvailability::Healthy};
        }
    }
    for (std::uint32_t priority = 0; priority < load.degraded.size(); ++priority) {
        sum += load.degraded[priority];
        if (place <= sum) {
            return {priority, HostAvailability::Degraded};
        }
    }
    return {};
}

}  // namespace wavetank::mesh
