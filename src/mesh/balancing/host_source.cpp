#include "mesh/balancing/host_source.hpp"

#include <algorithm>

namespace wavetank::mesh {

std::span<const std::uint32_t> hosts_of(const HostSource& source,
                                        std::span<const HostSet> host_sets) {
    const HostSet& set = host_sets[source.priority];
    switch (source.type) {
        case HostSource::Type::All:
            return set.hosts;
        case HostSource::Type::Healthy:
            return set.healthy_hosts;
        case HostSource::Type::Degraded:
            return set.degraded_hosts;
        case HostSource::Type::LocalityHealthy:
            return set.healthy_hosts_per_locality.localities[source.locality];
        case HostSource::Type::LocalityDegraded:
            break;
    }
    return set.degraded_hosts_per_locality.localities[source.locality];
}

void HostSources::update(const HostsChange& change) {
    load_ = priority_load(change.hosts, change.host_sets,
                          rounded_percent(config_.healthy_panic_threshold));
    priorities_.clear();
    for (const HostSet& set : change.host_sets) {
        PriorityState& state = priorities_.emplace_back();
        if (config_.locality_weighted_lb_config) {
            const auto picks = static_cast<std::uint32_t>(change.random.next());
            state.healthy = weigh(set, set.healthy_hosts_per_locality, picks);
            state.degraded = weigh(set, set.degraded_hosts_per_locality, picks);
        }
    }
    zones_.update(change);
}

HostSources::WeightedLocalities HostSources::weigh(const HostSet& set,
                                                   const HostsPerLocality& eligible,
                                                   std::uint32_t picks) {
    WeightedLocalities result;
    if (set.locality_weights.empty()) {
        return result;
    }
    std::vector<std::uint32_t> weighted;
    for (std::uint32_t i = 0; i < set.hosts_per_locality.localities.size(); ++i) {
        const std::size_t counted = set.hosts_per_locality.localities[i].size() -
                                    set.excluded_hosts_per_locality.localities[i].size();
        double weight = 0;
        if (counted > 0) {
            const double available =
                static_cast<double>(eligible.localities[i].size()) / static_cast<double>(counted);
            weight = set.locality_weights[i] *
                     std::min(1.0, set.overprovisioning_factor / 100.0 * available);
        }
        result.weights.push_back(weight);
        if (weight > 0) {
            weighted.push_back(i);
        }
    }
    result.scheduler = EdfScheduler::with_picks(
        weighted, [&](std::uint32_t locality) { return result.weights[locality]; }, picks);
    return result;
}

std::optional<HostSource> HostSources::choose(const ChoiceContext& context, std::uint64_t hash) {
    const PriorityLoad& load =
        context.pick.priority_load != nullptr ? *context.pick.priority_load : load_;
    const auto [priority, availability] = choose_priority(hash, load);
    const bool is_healthy = availability == HostAvailability::Healthy;
    if (load_.in_panic[priority]) {
        ++context.stats.lb_healthy_panic;
        if (config_.zone_aware_lb_config.fail_traffic_on_panic) {
            return std::nullopt;
        }
        return HostSource{.priority = priority, .type = HostSource::Type::All};
    }
    const HostSource whole{
        .priority = priority,
        .type = is_healthy ? HostSource::Type::Healthy : HostSource::Type::Degraded};
    HostSource of_locality{.priority = priority,
                           .type = is_healthy ? HostSource::Type::LocalityHealthy
                                              : HostSource::Type::LocalityDegraded};
    if (config_.locality_weighted_lb_config) {
        PriorityState& state = priorities_[priority];
        WeightedLocalities& localities = is_healthy ? state.healthy : state.degraded;
        if (!localities.scheduler.empty()) {
            of_locality.locality = localities.scheduler.pick(
                [&](std::uint32_t locality) { return localities.weights[locality]; });
            return of_locality;
        }
    }
    if (priority != 0 || !zones_.is_on()) {
        return whole;
    }
    const double enabled = config_.zone_aware_lb_config.routing_enabled;
    if (context.random.below(100) >= rounded_percent(enabled)) {
        return whole;
    }
    if (!zones_.is_local_cluster_ok()) {
        ++context.stats.lb_local_cluster_not_ok;
        return config_.zone_aware_lb_config.fail_traffic_on_panic ? std::nullopt
                                                                  : std::optional{whole};
    }
    of_locality.locality = zones_.choose(context);
    return of_locality;
}

}  // namespace wavetank::mesh
