// Balancers that a policy asks for, as Envoy's clusters have them: with localities, priorities,
// slow start, and hashes of what requests say.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/upstream.hpp"

#include <wavetank/base/ascii.hpp>
#include <wavetank/mesh/previous_priorities.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace wavetank::sim {
namespace {

// Hosts that an exchange has tried already.
class TriedHosts final : public mesh::RetryHostPredicate {
public:
    TriedHosts(const std::vector<std::uint32_t>& tried, const std::vector<std::uint32_t>& endpoints)
        : tried_(tried), endpoints_(endpoints) {}

    [[nodiscard]] bool refuses(std::size_t index) const override {
        return std::ranges::find(tried_, endpoints_[index]) != tried_.end();
    }

private:
    const std::vector<std::uint32_t>& tried_;
    const std::vector<std::uint32_t>& endpoints_;
};

void change_header(std::vector<std::pair<std::string, std::string>>& headers,
                   const mesh::HashedHeader& change) {
    if (!change.appends) {
        std::erase_if(headers,
                      [&](const auto& header) { return to_lower(header.first) == change.name; });
    }
    if (change.value) {
        headers.emplace_back(change.name, *change.value);
    }
}

// An address of those set aside for measurements (RFC 2544): 2^17 of them.
std::string address_of_client(std::uint64_t number) {
    return "198." + std::to_string(18 + (number >> 16 & 1)) + "." +
           std::to_string(number >> 8 & 0xff) + "." + std::to_string(number & 0xff);
}

}  // namespace

void DataPlane::Engine::give_cluster(Upstream& upstream) {
    upstream.cluster = std::make_unique<mesh::ClusterBalancer>(*upstream.policy.load_balancing);
    upstream.cluster_needs = upstream.cluster->needs();
    if (const auto& known = services_[edges_[upstream.edge].service].local_cluster) {
        upstream.cluster->set_local_cluster(known->proxies, known->local);
    }
}

void DataPlane::Engine::set_local_cluster(std::uint32_t service, LocalCluster local) {
    services_[service].local_cluster = std::make_unique<LocalCluster>(std::move(local));
    const LocalCluster& known = *services_[service].local_cluster;
    for (const std::uint32_t index : upstream_of_edge_) {
        if (index == none || edges_[upstreams_[index]->edge].service != service ||
            upstreams_[index]->cluster == nullptr) {
            continue;
        }
        catch_up(*upstreams_[index]);
        upstreams_[index]->cluster->set_local_cluster(known.proxies, known.local);
        learn_hosts(*upstreams_[index], now_);
    }
}

// Hosts without an address go by the names of their replicas.
void DataPlane::Engine::learn_cluster_hosts(Upstream& upstream, TimePoint time) {
    const Edge& edge = edges_[upstream.edge];
    const Service& service = services_[edge.service];
    upstream.hosts = upstream.members;
    upstream.known.endpoints = upstream.members;
    upstream.known.has_direct = service.has_direct;
    ++upstream.known.version;
    mesh::ClusterLoadAssignment& hosts = upstream.known.hosts;
    hosts = upstream.member_hosts;
    if (hosts.size() != upstream.members.size()) {
        hosts = {};
        auto& named = hosts.endpoints.emplace_back().lb_endpoints;
        for (const std::uint32_t replica : upstream.members) {
            named.push_back({.address = replicas_[replica].name});
        }
    }
    std::size_t place = 0;
    for (mesh::LocalityLbEndpoints& locality : hosts.endpoints) {
        for (mesh::LbEndpoint& host : locality.lb_endpoints) {
            const std::uint32_t replica = upstream.members[place++];
            host.health_flags = health_flags_of(upstream, replica);
            if (upstream.health != nullptr) {
                host.last_hc_pass_time = upstream.health->checker.last_pass(replica);
            }
        }
    }
    const Asked asked{*this, edge, upstream.known, upstream.cluster_needs};
    upstream.cluster->on_endpoints_changed(asked.endpoints(), time, upstream.random);
}

// Returns how much goes to each priority if those of the hosts that were tried are to be passed
// over; nothing if they are not.
std::optional<mesh::PriorityLoad> DataPlane::Engine::load_of_retry(const Upstream& upstream,
                                                                   const Exchange& exchange) const {
    const auto frequency = exchange.policy->retry_policy.previous_priorities_update_frequency;
    if (!frequency || exchange.tried.empty()) {
        return std::nullopt;
    }
    const mesh::PrioritySet set = mesh::make_priority_set(upstream.known.hosts);
    const mesh::PriorityLoad original = mesh::priority_load(
        set.hosts, set.host_sets,
        mesh::rounded_percent(
            upstream.policy.load_balancing->common_lb_config.healthy_panic_threshold));
    mesh::PreviousPriorities previous{*frequency};
    mesh::PriorityLoad load = original;
    for (const std::uint32_t replica : exchange.tried) {
        const auto place = std::ranges::find(upstream.hosts, replica) - upstream.hosts.begin();
        if (static_cast<std::size_t>(place) < set.hosts.size()) {
            previous.on_host_attempted(set.hosts[static_cast<std::size_t>(place)].priority);
            load = previous.load_of(set.hosts, set.host_sets, original);
        }
    }
    return load;
}

std::uint32_t DataPlane::Engine::pick_of_cluster(Upstream& upstream, const Exchange& exchange) {
    if (upstream.hosts.empty()) {
        return none;
    }
    const mesh::RetryPolicy& retries = exchange.policy->retry_policy;
    const TriedHosts tried{exchange.tried, upstream.hosts};
    const auto load = load_of_retry(upstream, exchange);
    const mesh::PickContext context{
        .hash = upstream.cluster_needs.hash ? hash_for(exchange) : std::nullopt,
        .now = now_,
        .retry_host_predicate =
            retries.previous_hosts && !exchange.tried.empty() ? &tried : nullptr,
        .host_selection_retry_max_attempts = retries.host_selection_retry_max_attempts,
        .priority_load = load ? &*load : nullptr};
    const Asked asked{*this, edges_[upstream.edge], upstream.known, upstream.cluster_needs};
    const std::uint64_t before = upstream.cluster->stats().lb_healthy_panic;
    const auto picked = upstream.cluster->pick(asked.endpoints(), context, upstream.random);
    services_[edges_[upstream.edge].service].counters->lb_healthy_panic +=
        upstream.cluster->stats().lb_healthy_panic - before;
    return picked ? upstream.hosts[*picked] : none;
}

// Returns who of a load's clients sends a request: its key, its user, or the only one that there
// is.
std::uint64_t DataPlane::Engine::client_of(const DrawKey& draws, const LoadState& load) {
    if (!load.keys_up_to.empty()) {
        return key_of(load, draws);
    }
    return load.has_users ? draws.request >> 32 : 0;
}

// Headers are those of the request at the root of all calls. Each of a load's clients has an
// address of its own; a replica that calls goes by what names its proxy's draws.
std::optional<std::uint64_t> DataPlane::Engine::hash_for(const Exchange& exchange) const {
    const auto hasher = hashers_.find(exchange.policy);
    if (hasher == hashers_.end()) {
        return std::nullopt;
    }
    const auto load = std::ranges::find(loads_, exchange.draws.workload, &LoadState::key);
    std::vector<std::pair<std::string, std::string>> headers;
    std::string source;
    if (load != loads_.end()) {
        headers = load->headers[lane_of(*load, exchange.draws.request).index];
        if (!load->keys_up_to.empty()) {
            headers.back().second =
                load->key_start + std::to_string(key_of(*load, exchange.draws) + 1);
        }
    }
    for (const mesh::HashedHeader& change : exchange.policy->hashed_headers) {
        change_header(headers, change);
    }
    if (edges_[exchange.client].owner == Owner::Load && load != loads_.end()) {
        source = address_of_client(client_of(exchange.draws, *load));
    } else {
        source = std::to_string(edges_[exchange.client].random.key());
    }
    return hasher->second
        .hash({.headers = headers,
               .path = exchange.policy->hashed_path,
               .source_ip = source,
               .remote_address = source})
        .hash;
}

}  // namespace wavetank::sim
