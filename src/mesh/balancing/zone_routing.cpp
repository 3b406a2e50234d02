#include "mesh/balancing/zone_routing.hpp"

#include <wavetank/mesh/priority_load.hpp>

#include <algorithm>
#include <map>

namespace wavetank::mesh {
namespace {

constexpr std::uint64_t all_parts = 10000;

}  // namespace

void ZoneRouting::update(const HostsChange& change) {
    mode_ = Mode::Off;
    if (change.local_cluster == nullptr) {
        return;
    }
    ++change.stats.lb_recalculate_zone_structures;
    if (!is_possible(change)) {
        return;
    }
    const HostSet& proxies = change.local_cluster->proxies.host_sets.front();
    is_local_cluster_ok_ = !is_in_panic(proxies, rounded_percent(config_.healthy_panic_threshold));
    const bool has_local = change.host_sets.front().healthy_hosts_per_locality.has_local_locality;
    const std::vector<Parts> parts = parts_of(change);
    const Parts& local = parts.front();
    if (has_local && ((local.hosts > 0 && local.hosts >= local.proxies) ||
                      config_.zone_aware_lb_config.force_locality_direct_routing)) {
        mode_ = Mode::Direct;
        return;
    }
    mode_ = Mode::Residual;
    local_part_ = has_local && local.proxies > 0 ? local.hosts * all_parts / local.proxies : 0;
    residual_upto_.clear();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool is_local = i == 0 && has_local;  // has taken what it can
        if (!is_local && parts[i].hosts > parts[i].proxies) {
            sum += parts[i].hosts - parts[i].proxies;
        }
        residual_upto_.push_back(sum);
    }
}

bool ZoneRouting::is_possible(const HostsChange& change) const {
    const HostSet& upstream = change.host_sets.front();
    const HostsPerLocality& proxies =
        change.local_cluster->proxies.host_sets.front().hosts_per_locality;
    if (upstream.healthy_hosts_per_locality.localities.size() < 2) {
        return false;
    }
    if (proxies.localities.size() < 2 &&
        !config_.zone_aware_lb_config.force_locality_direct_routing) {
        return false;
    }
    if (!proxies.has_local_locality || proxies.localities.front().empty()) {
        ++change.stats.lb_local_cluster_not_ok;
        return false;
    }
    if (upstream.healthy_hosts.size() < config_.zone_aware_lb_config.min_cluster_size) {
        ++change.stats.lb_zone_cluster_too_small;
        return false;
    }
    return true;
}

// A locality without healthy hosts has no part of either: its name is not known.
std::vector<ZoneRouting::Parts> ZoneRouting::parts_of(const HostsChange& change) {
    const PrioritySet& local = change.local_cluster->proxies;
    std::map<Locality, std::uint64_t> proxies;
    std::uint64_t proxies_in_all = 0;
    for (const std::uint32_t index : local.host_sets.front().healthy_hosts) {
        ++proxies[local.hosts[index].locality];
        ++proxies_in_all;
    }
    const auto& localities = change.host_sets.front().healthy_hosts_per_locality.localities;
    std::uint64_t hosts_in_all = 0;
    for (const auto& members : localities) {
        hosts_in_all += members.size();
    }
    std::vector<Parts> parts;
    for (const auto& members : localities) {
        Parts& part = parts.emplace_back();
        if (!members.empty()) {
            const auto found = proxies.find(change.hosts[members.front()].locality);
            const std::uint64_t count = found == proxies.end() ? 0 : found->second;
            part.proxies = proxies_in_all > 0 ? all_parts * count / proxies_in_all : 0;
            part.hosts = all_parts * members.size() / hosts_in_all;
        }
    }
    return parts;
}

std::uint32_t ZoneRouting::choose(const ChoiceContext& context) const {
    if (mode_ == Mode::Direct) {
        ++context.stats.lb_zone_routing_all_directly;
        return 0;
    }
    if (context.random.below(all_parts) < local_part_) {
        ++context.stats.lb_zone_routing_sampled;
        return 0;
    }
    ++context.stats.lb_zone_routing_cross_zone;
    if (residual_upto_.back() == 0) {  // by rounding
        ++context.stats.lb_zone_no_capacity_left;
        return static_cast<std::uint32_t>(context.random.below(residual_upto_.size()));
    }
    const std::uint64_t drawn = context.random.below(residual_upto_.back());
    return static_cast<std::uint32_t>(std::ranges::upper_bound(residual_upto_, drawn) -
                                      residual_upto_.begin());
}

}  // namespace wavetank::mesh
