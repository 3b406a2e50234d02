// Balancers other than LEAST_REQUEST: what they are told, and how they pick.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/upstream.hpp"

#include <wavetank/base/math.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::sim {
namespace {

constexpr std::uint32_t key_site = 0x6b657973;  // tells what key a request has from other draws

}  // namespace

// Keys follow Zipf's law.
void DataPlane::Engine::learn_keys(LoadState& state, std::span<const LoadTarget> targets,
                                   const Load& load) const {
    state.has_users = load.users.has_value() || load.session.has_value();
    for (const LoadTarget& target : targets) {
        if (needs_.hash) {
            state.hashes.push_back(target.hashes);
        }
        const mesh::Headers& headers = target.headers ? *target.headers : load.request.headers;
        auto& said = state.headers.emplace_back(headers.begin(), headers.end());
        if (load.keys) {
            said.emplace_back(load.keys->header.empty() ? "cookie" : load.keys->header, "");
        }
    }
    if (!load.keys) {
        return;
    }
    const RequestKeys& keys = *load.keys;
    state.key_start = keys.header.empty() ? keys.cookie + "=key-" : "key-";
    double sum = 0;
    for (std::uint32_t k = 1; k <= keys.count; ++k) {
        sum += exp(-keys.skew * log(k));
        state.keys_up_to.push_back(sum);
    }
    for (double& up_to : state.keys_up_to) {
        up_to /= sum;
    }
}

// The request at the root of all calls says it. What code does of its own accord has none.
std::optional<std::uint64_t> DataPlane::Engine::hash_of(const DrawKey& draws) const {
    const auto load = std::ranges::find(loads_, draws.workload, &LoadState::key);
    if (load == loads_.end() || load->hashes.empty()) {
        return std::nullopt;
    }
    const auto& hashes = load->hashes[lane_of(*load, draws.request).index];
    if (hashes.size() <= 1) {
        return hashes.empty() ? std::nullopt : std::optional{hashes.front()};
    }
    return hashes[std::min(key_of(*load, draws), hashes.size() - 1)];
}

// Returns which of the load's keys a request has. Requires: it has some.
std::size_t DataPlane::Engine::key_of(const LoadState& load, const DrawKey& draws) {
    const std::uint64_t who = load.has_users ? draws.request >> 32 : draws.request;
    CounterRandom random{{.workload = draws.workload, .request = who, .call_site = key_site}};
    const auto found = std::ranges::upper_bound(load.keys_up_to, random.uniform());
    const auto key = static_cast<std::size_t>(found - load.keys_up_to.begin());
    return std::min(key, load.keys_up_to.size() - 1);
}

void DataPlane::Engine::give_policy(std::uint32_t index) {
    Edge& edge = edges_[index];
    Service& service = services_[edge.service];
    auto& policy = needs_.memory ? edge.policy : service.shared_policy;
    if (policy == nullptr) {
        policy = std::make_unique<Policy>(
            Policy{.balancer = options_.balancers.make(options_.load_balancer)});
    }
    if (needs_.idleness) {
        service.edges.push_back(index);
        refresh(*policy, edge);
        offer_all(service);
    }
}

void DataPlane::Engine::note_endpoints(Service& service, mesh::ClusterLoadAssignment hosts) {
    ++service.version;
    WAVETANK_ASSERT(hosts.endpoints.empty() || hosts.size() == service.endpoints.size());
    service.hosts = std::move(hosts);
    if (service.hosts.endpoints.empty() && needs_.hosts) {
        auto& named = service.hosts.endpoints.emplace_back().lb_endpoints;
        for (const std::uint32_t replica : service.endpoints) {
            named.push_back({.address = replicas_[replica].name});
        }
    }
    if (watches_requests()) {
        service.places.assign(replicas_.size(), none);
        for (std::uint32_t i = 0; i < service.endpoints.size(); ++i) {
            service.places[service.endpoints[i]] = i;
        }
    }
    if (needs_.idleness) {
        for (const std::uint32_t edge : service.edges) {
            refresh(*edges_[edge].policy, edges_[edge]);
            std::ranges::replace(offered_to_, edge, none);
        }
        offer_all(service);
    }
}

DataPlane::Engine::Policy& DataPlane::Engine::policy_of(Edge& edge) {
    return needs_.memory ? *edge.policy : *services_[edge.service].shared_policy;
}

void DataPlane::Engine::refresh(Policy& policy, Edge& edge) {
    const Service& service = services_[edge.service];
    policy.version = service.version;
    const Asked asked{*this, edge, service, needs_};
    policy.balancer->on_endpoints_changed(asked.endpoints(), now_, edge.random);
}

std::uint32_t DataPlane::Engine::pick_by_policy(Edge& edge, const DrawKey& draws) {
    const Service& service = services_[edge.service];
    Policy& policy = policy_of(edge);
    if (policy.version != service.version) {
        refresh(policy, edge);
    }
    const Asked asked{*this, edge, service, needs_};
    const mesh::PickContext context{.hash = needs_.hash ? hash_of(draws) : std::nullopt,
                                    .now = now_};
    const auto picked = policy.balancer->pick(asked.endpoints(), context, edge.random);
    return picked ? service.endpoints[*picked] : none;
}

// Picks from the hosts that are not ejected. A policy to which idle servers offer themselves knows
// all of them; it is asked again until it names one of those, or any of them is taken.
std::uint32_t DataPlane::Engine::pick_by_policy_of(Upstream& upstream, const DrawKey& draws) {
    Edge& edge = edges_[upstream.edge];
    if (needs_.idleness) {
        for (std::size_t i = 0; i <= upstream.hosts.size(); ++i) {
            const std::uint32_t picked = pick_by_policy(edge, draws);
            if (std::ranges::find(upstream.hosts, picked) != upstream.hosts.end()) {
                return picked;
            }
        }
        return upstream.hosts[upstream.random.below(upstream.hosts.size())];
    }
    if (upstream.balancer == nullptr) {
        upstream.balancer = std::make_unique<Policy>(
            Policy{.balancer = options_.balancers.make(options_.load_balancer)});
    }
    Policy& policy = *upstream.balancer;
    const Asked asked{*this, edge, upstream.known, needs_};
    if (policy.version != upstream.known.version) {
        policy.version = upstream.known.version;
        policy.balancer->on_endpoints_changed(asked.endpoints(), now_, edge.random);
    }
    const mesh::PickContext context{.hash = needs_.hash ? hash_of(draws) : std::nullopt,
                                    .now = now_};
    const auto picked = policy.balancer->pick(asked.endpoints(), context, edge.random);
    return picked ? upstream.hosts[*picked] : none;
}

std::uint32_t DataPlane::Engine::requests_now(std::uint32_t replica) {
    settle(replicas_[replica]);
    return static_cast<std::uint32_t>(requests_at(ReplicaId{replica}));
}

void DataPlane::Engine::note_start(std::uint32_t slot) {
    if (visits_.size() <= slot) {
        visits_.resize(records_.size());
    }
    visits_[slot] = {};
}

void DataPlane::Engine::note_arrival(std::uint32_t slot) {
    const Record& record = records_[slot];
    const std::uint32_t present = requests_now(record.replica);
    visits_[slot] = {.arrived = now_, .requests = present - 1, .report = {}};
    if (needs_.idleness) {
        withdraw(record.replica);
    }
}

void DataPlane::Engine::note_departure(std::uint32_t slot) {
    const Record& record = records_[slot];
    const Replica& replica = replicas_[record.replica];
    Visit& visit = visits_[slot];
    const Duration service_time = time_for(record.work, replica.speed);
    const double cpus =
        replica.quota > 0
            ? std::min<double>(replica.cpus,
                               replica.quota / static_cast<double>(quota_period.count()))
            : replica.cpus;
    server_reports_.add(record.replica,
                        {.requests_at_arrival = visit.requests,
                         .time_at_server = now_ - visit.arrived,
                         .service_time = service_time,
                         .status = record.status},
                        now_, cpu_use(ReplicaId{record.replica}).used, cpus);
    const std::uint32_t requests = requests_now(record.replica);
    visit.report = server_reports_.of(record.replica, requests);
    visit.report.service_time = service_time;
    if (needs_.idleness && requests == 0) {
        offer(record.replica);
    }
}

void DataPlane::Engine::note_outcome(Edge& edge, std::uint32_t slot) {
    const Record& record = records_[slot];
    const Service& service = services_[edge.service];
    std::uint32_t place =
        record.replica < service.places.size() ? service.places[record.replica] : none;
    Policy* policy = &policy_of(edge);
    std::uint64_t version = service.version;
    if (const std::uint32_t index = known_upstream_of(edge); index != none && !needs_.idleness) {
        const Upstream& upstream = *upstreams_[index];
        const auto found = std::ranges::find(upstream.hosts, record.replica);
        place = found == upstream.hosts.end()
                    ? none
                    : static_cast<std::uint32_t>(found - upstream.hosts.begin());
        policy = upstream.balancer.get();
        version = upstream.known.version;
    }
    if (place == none || policy == nullptr || policy->version != version) {
        return;
    }
    policy->balancer->on_outcome({.index = place,
                                  .now = now_,
                                  .latency = now_ - record.sent,
                                  .status = record.status,
                                  .report = visits_[slot].report});
}

// A server without work offers itself to one client of its service, any of them.
void DataPlane::Engine::offer(std::uint32_t replica) {
    offered_to_.resize(replicas_.size(), none);
    if (!replicas_[replica].is_alive || offered_to_[replica] != none) {
        return;
    }
    for (const Service& service : services_) {
        const bool is_behind = replica < service.places.size() && service.places[replica] != none;
        if (is_behind && !service.edges.empty()) {
            const std::uint32_t edge = service.edges[idle_random_.below(service.edges.size())];
            offered_to_[replica] = edge;
            edges_[edge].policy->balancer->on_idle(service.places[replica]);
            return;
        }
    }
}

void DataPlane::Engine::offer_all(const Service& service) {
    for (const std::uint32_t replica : service.endpoints) {
        if (requests_now(replica) == 0) {
            offer(replica);
        }
    }
}

void DataPlane::Engine::withdraw(std::uint32_t replica) {
    if (replica >= offered_to_.size() || offered_to_[replica] == none) {
        return;
    }
    const Edge& edge = edges_[std::exchange(offered_to_[replica], none)];
    const Service& service = services_[edge.service];
    if (replica < service.places.size() && service.places[replica] != none) {
        edge.policy->balancer->on_busy(service.places[replica]);
    }
}

}  // namespace wavetank::sim
