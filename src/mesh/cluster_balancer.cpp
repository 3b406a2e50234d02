#include <wavetank/mesh/cluster_balancer.hpp>

#include "mesh/balancing/chooser.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::mesh {
namespace {

// Lists hosts of which nothing is known.
ClusterLoadAssignment unknown_hosts(std::size_t count) {
    ClusterLoadAssignment listed;
    auto& hosts = listed.endpoints.emplace_back().lb_endpoints;
    for (std::size_t i = 0; i < count; ++i) {
        hosts.push_back({.address = std::to_string(i)});
    }
    return listed;
}

// Returns whether two lists say the same of the same hosts, whatever their order.
bool are_equal_but_for_order(const PrioritySet& before, const PrioritySet& after,
                             std::span<const std::uint32_t> places) {
    if (before.hosts.size() != after.hosts.size() ||
        before.host_sets.size() != after.host_sets.size()) {
        return false;
    }
    for (std::size_t i = 0; i < before.host_sets.size(); ++i) {
        const HostSet& one = before.host_sets[i];
        const HostSet& other = after.host_sets[i];
        if (one.locality_weights != other.locality_weights ||
            one.overprovisioning_factor != other.overprovisioning_factor ||
            one.weighted_priority_health != other.weighted_priority_health) {
            return false;
        }
    }
    for (std::size_t i = 0; i < before.hosts.size(); ++i) {
        const Host& one = before.hosts[i];
        const Host& other = after.hosts[places[i]];
        if (one.locality != other.locality || one.priority != other.priority ||
            one.endpoint != other.endpoint) {
            return false;
        }
    }
    return true;
}

constexpr auto is_gone = static_cast<std::uint32_t>(-1);

// Returns where each host of one list stands in another, by its address; of a list with an address
// twice, nothing is known.
std::vector<std::uint32_t> places_in(const std::vector<Host>& listed,
                                     const std::vector<Host>& other) {
    std::map<std::string_view, std::uint32_t> by_address;
    for (std::uint32_t i = 0; i < other.size(); ++i) {
        by_address.try_emplace(other[i].address, i);
    }
    const bool is_known = by_address.size() == other.size();
    std::vector<std::uint32_t> places;
    for (const Host& host : listed) {
        const auto found = by_address.find(host.address);
        places.push_back(is_known && found != by_address.end() ? found->second : is_gone);
    }
    return places;
}

}  // namespace

struct ClusterBalancer::State {
    explicit State(ClusterLbConfig made) : config(std::move(made)), chooser(make_chooser(config)) {}

    const ClusterLbConfig config;
    std::optional<LocalCluster> local_cluster;
    std::unique_ptr<HostChooser> chooser;
    PrioritySet set;
    std::vector<std::uint32_t> positions;  // of the hosts among the endpoints
    bool has_hosts = false;
    bool is_stale = false;  // something else than hosts has changed
    LbStats stats;
};

std::unique_ptr<HostChooser> make_chooser(const ClusterLbConfig& config) {
    return config.lb_policy == LbPolicy::RingHash || config.lb_policy == LbPolicy::Maglev
               ? make_hash_chooser(config)
               : make_edf_chooser(config);
}

ClusterBalancer::ClusterBalancer(ClusterLbConfig config)
    : state_(std::make_unique<State>(std::move(config))) {
    WAVETANK_ASSERT(validate(state_->config).has_value());
    if (!state_->config.lb_subset_config.subset_selectors.empty()) {
        state_->chooser = make_subset_chooser(state_->config);
    }
}

ClusterBalancer::~ClusterBalancer() = default;

void ClusterBalancer::set_local_cluster(const ClusterLoadAssignment& proxies, Locality local) {
    PrioritySet sorted = make_priority_set(proxies, local);
    state_->local_cluster.emplace(LocalCluster{std::move(sorted), std::move(local)});
    state_->is_stale = true;
}

// What a host was found to be stays with it. A list in another order is no change: the index of a
// round goes on as if it were the same.
void ClusterBalancer::on_endpoints_changed(const EndpointSet& endpoints, TimePoint now,
                                           Random& random) {
    State& state = *state_;
    const auto local =
        state.local_cluster ? std::optional<Locality>{state.local_cluster->local} : std::nullopt;
    const ClusterLoadAssignment* hosts = endpoints.hosts();
    WAVETANK_ASSERT(hosts == nullptr || hosts->size() == endpoints.size());
    PrioritySet next =
        make_priority_set(hosts != nullptr ? *hosts : unknown_hosts(endpoints.size()), local);
    const std::vector<std::uint32_t> places = places_in(state.set.hosts, next.hosts);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Host& before = state.set.hosts[i];
        if (places[i] == is_gone || next.hosts[places[i]].locality != before.locality) {
            continue;
        }
        auto& passed = next.hosts[places[i]].endpoint.last_hc_pass_time;
        if (!passed) {
            passed = before.endpoint.last_hc_pass_time;
        }
    }
    if (state.has_hosts && !state.is_stale && std::ranges::find(places, is_gone) == places.end() &&
        are_equal_but_for_order(state.set, next, places)) {
        state.positions = places;
        return;
    }
    state.set = std::move(next);
    state.positions.resize(state.set.hosts.size());
    for (std::uint32_t i = 0; i < state.positions.size(); ++i) {
        state.positions[i] = i;
    }
    state.has_hosts = true;
    state.is_stale = false;
    state.chooser->update({.hosts = state.set.hosts,
                           .host_sets = state.set.host_sets,
                           .endpoints = endpoints,
                           .positions = state.positions,
                           .local_cluster = state.local_cluster ? &*state.local_cluster : nullptr,
                           .now = now,
                           .random = random,
                           .stats = state.stats});
}

std::optional<std::size_t> ClusterBalancer::pick(const EndpointSet& endpoints,
                                                 const PickContext& context, Random& random) {
    State& state = *state_;
    if (!state.has_hosts) {
        on_endpoints_changed(endpoints, context.now, random);
    }
    WAVETANK_ASSERT(endpoints.size() == state.positions.size());
    const auto chosen = state.chooser->choose({.hosts = state.set.hosts,
                                               .endpoints = endpoints,
                                               .positions = state.positions,
                                               .pick = context,
                                               .metadata_match = context.metadata_match,
                                               .random = random,
                                               .stats = state.stats});
    return chosen ? std::optional<std::size_t>{state.positions[*chosen]} : std::nullopt;
}

BalancerNeeds ClusterBalancer::needs() const {
    const ClusterLbConfig& config = state_->config;
    const bool hashes =
        config.lb_policy == LbPolicy::RingHash || config.lb_policy == LbPolicy::Maglev;
    const bool is_bounded =
        config.common_lb_config.consistent_hashing_lb_config.hash_balance_factor > 0;
    return {.requests_active = config.lb_policy == LbPolicy::LeastRequest || (hashes && is_bounded),
            .hash = hashes,
            .hosts = true,
            .memory = !hashes};
}

const LbStats& ClusterBalancer::stats() const {
    return state_->stats;
}

std::optional<HashTableStats> ClusterBalancer::hash_table_stats() const {
    return state_->chooser->hash_table_stats();
}

}  // namespace wavetank::mesh
