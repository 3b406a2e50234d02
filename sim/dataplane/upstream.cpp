// The hosts of a service as one client's proxy sees them: ejected ones are passed over, and
// requests go over connections, as Envoy's clusters have it.

#include "sim/dataplane/upstream.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::sim {
namespace {

using mesh::OutlierResult;
using mesh::PoolEvent;
using mesh::ResetReason;

// Tells how long a connection takes to be made from other draws.
constexpr std::uint32_t connection_site = 0x636f6e6e;

}  // namespace

// The first interval of a detector starts with the client's first request under the policy.
std::uint32_t DataPlane::Engine::upstream_of(std::uint32_t index) {
    const Edge& edge = edges_[index];
    const mesh::RoutePolicy* const known = services_[edge.service].route_policy;
    if (known == nullptr || (!known->outlier_detection && !known->connection_pool &&
                             !known->load_balancing && !known->health_check)) {
        return none;
    }
    const mesh::RoutePolicy& policy = *known;
    upstream_of_edge_.resize(edges_.size(), none);
    if (upstream_of_edge_[index] == none) {
        upstream_of_edge_[index] = static_cast<std::uint32_t>(upstreams_.size());
        Upstream& made = *upstreams_.emplace_back(
            std::make_unique<Upstream>(policy, index, edge.random.fork("upstream")));
        gather_members(made);
        if (policy.outlier_detection) {
            made.outliers.emplace(*policy.outlier_detection, now_);
            made.outliers->set_hosts(made.members);
        }
        if (policy.load_balancing) {
            give_cluster(made);
        }
        if (policy.health_check) {
            begin_checks(made, upstream_of_edge_[index]);
        }
        learn_hosts(made, now_);
    }
    return upstream_of_edge_[index];
}

std::uint32_t DataPlane::Engine::known_upstream_of(const Edge& edge) const {
    const auto index = static_cast<std::size_t>(&edge - edges_.data());
    return index < upstream_of_edge_.size() ? upstream_of_edge_[index] : none;
}

bool DataPlane::Engine::has_connection_pool(std::uint32_t upstream) const {
    return upstreams_[upstream]->policy.connection_pool.has_value();
}

// A new policy knows nothing of what was before; requests that are under way keep the old one.
void DataPlane::Engine::retire_upstreams(std::uint32_t service) {
    for (std::uint32_t edge = 0; edge < upstream_of_edge_.size(); ++edge) {
        if (edges_[edge].service != service || upstream_of_edge_[edge] == none) {
            continue;
        }
        Upstream& upstream = *upstreams_[std::exchange(upstream_of_edge_[edge], none)];
        if (upstream.outliers) {
            catch_up(upstream);
            mesh::OutlierStats stats = upstream.outliers->stats();
            stats.ejections_active = 0;
            services_[service].counters->outlier_detection += stats;
            upstream.outliers.reset();
        }
        end_checks(upstream);
    }
}

void DataPlane::Engine::note_upstream_endpoints(std::uint32_t service) {
    for (std::uint32_t i = 0; i < upstreams_.size(); ++i) {
        Upstream& upstream = *upstreams_[i];
        if (edges_[upstream.edge].service != service) {
            continue;
        }
        catch_up(upstream);
        check_endpoints(upstream);
        plan_checks(i);
        members_changed(i);
    }
}

// Tells whoever keeps something of a proxy's hosts that there are others now.
void DataPlane::Engine::members_changed(std::uint32_t index) {
    Upstream& upstream = *upstreams_[index];
    gather_members(upstream);
    const std::vector<std::uint32_t>& members = upstream.members;
    if (upstream.outliers) {
        upstream.outliers->set_hosts(members);
    }
    static_cast<void>(upstream.window.note(mesh::HostChange::Membership, now_));
    learn_hosts(upstream, now_);
    for (auto& [replica, pool] : upstream.pools) {
        if (std::ranges::find(members, replica) == members.end()) {
            pool.connections->on_host_gone(now_);
            drain_pool(index, replica);
        }
    }
}

void DataPlane::Engine::end_connections_to(std::uint32_t replica) {
    for (std::uint32_t i = 0; i < upstreams_.size(); ++i) {
        const auto found = upstreams_[i]->pools.find(replica);
        if (found != upstreams_[i]->pools.end()) {
            found->second.connections->on_host_gone(now_);
            drain_pool(i, replica);
        }
    }
    end_checks_by(replica);
}

// Lets the ticks happen that are due, and the ends of the window in between, each at its time.
void DataPlane::Engine::catch_up(Upstream& upstream) {
    if (!upstream.outliers && upstream.health == nullptr) {
        return;
    }
    for (;;) {
        const TimePoint tick =
            upstream.outliers ? upstream.outliers->next_interval() : TimePoint::max();
        const TimePoint told = upstream.window.due().value_or(TimePoint::max());
        if (std::min(tick, told) > now_) {
            return;
        }
        if (told <= tick) {
            upstream.window.end(told);
            learn_hosts(upstream, told);
        } else {
            upstream.outliers->on_interval(tick, upstream.random);
            note_ejections(upstream, tick);
        }
    }
}

void DataPlane::Engine::note_ejections(Upstream& upstream, TimePoint time) {
    bool is_changed = false;
    for (const mesh::OutlierEvent& event : upstream.outliers->take_events()) {
        is_changed = is_changed || !event.is_ejection || event.is_enforced;
        if (event.is_ejection && event.is_enforced) {
            Upstream::Ejected& ejected = upstream.ejected[event.host];
            ejected.first = ejected.count == 0 ? time : ejected.first;
            ++ejected.count;
        }
    }
    if (is_changed && upstream.window.note(mesh::HostChange::Properties, time) <= time) {
        learn_hosts(upstream, time);
    }
}

// As Envoy's: hosts of one priority are in panic only if even more than its share is too much for
// those that are left.
void DataPlane::Engine::learn_hosts(Upstream& upstream, TimePoint time) {
    if (upstream.cluster != nullptr) {
        learn_cluster_hosts(upstream, time);
        return;
    }
    constexpr std::size_t overprovisioning = 140;
    constexpr std::size_t all = 100;
    const Service& service = services_[edges_[upstream.edge].service];
    std::vector<bool> is_picked;
    upstream.hosts.clear();
    for (const std::uint32_t replica : upstream.members) {
        is_picked.push_back(!is_left_out(upstream, replica));
    }
    const auto total = upstream.members.size();
    const auto left = static_cast<std::size_t>(std::ranges::count(is_picked, true));
    upstream.is_panicking = total > 0 && overprovisioning * left / total < all &&
                            100.0 * static_cast<double>(left) / static_cast<double>(total) <
                                upstream.policy.healthy_panic_threshold;
    for (std::size_t i = 0; i < total; ++i) {
        is_picked[i] = is_picked[i] || upstream.is_panicking;
        if (is_picked[i]) {
            upstream.hosts.push_back(upstream.members[i]);
        }
    }
    if (least_request_) {
        return;
    }
    upstream.known.endpoints = upstream.hosts;
    upstream.known.has_direct = service.has_direct;
    ++upstream.known.version;
    upstream.known.hosts = upstream.member_hosts;
    std::size_t place = 0;
    for (auto& locality : upstream.known.hosts.endpoints) {
        std::erase_if(locality.lb_endpoints,
                      [&](const mesh::LbEndpoint&) { return !is_picked[place++]; });
    }
}

std::uint32_t DataPlane::Engine::pick_upstream(Upstream& upstream, const Exchange& exchange) {
    catch_up(upstream);
    if (upstream.cluster != nullptr) {
        return pick_of_cluster(upstream, exchange);
    }
    Edge& edge = edges_[upstream.edge];
    const Service& service = services_[edge.service];
    service.counters->lb_healthy_panic += upstream.is_panicking ? 1 : 0;
    if (upstream.hosts.empty()) {
        return none;
    }
    if (least_request_) {
        const View view{*this, edge, upstream.hosts, service.has_direct};
        return upstream.hosts[least_request_->choose(view, edge.random)];
    }
    return pick_by_policy_of(upstream, exchange.draws);
}

// Tells of an attempt at a host: what befell it on the way, or the status of its answer, or both.
void DataPlane::Engine::note_result(std::uint32_t upstream_index, std::uint32_t replica,
                                    const dataplane::AttemptResult& result) {
    if (upstream_index == none || !upstreams_[upstream_index]->outliers) {
        return;
    }
    Upstream& upstream = *upstreams_[upstream_index];
    catch_up(upstream);
    mesh::OutlierDetector& outliers = *upstream.outliers;
    if (result.is_connected) {
        outliers.put_result(replica, OutlierResult::LocalOriginConnectSuccess, now_,
                            upstream.random);
    }
    if (result.failure) {
        outliers.put_result(replica, *result.failure, now_, upstream.random);
    }
    if (result.status) {
        outliers.put_response(replica, *result.status, now_, upstream.random);
    }
    note_ejections(upstream, now_);
}

mesh::UpstreamCounters DataPlane::Engine::upstream_counters(std::uint32_t service) {
    for (std::uint32_t i = 0; i < upstreams_.size(); ++i) {
        if (edges_[upstreams_[i]->edge].service == service &&
            upstreams_[i]->policy.connection_pool) {
            look_after_connections(i);
        }
    }
    end_all_idle(service);
    mesh::UpstreamCounters sum = *services_[service].counters;
    for (const auto& upstream : upstreams_) {
        if (edges_[upstream->edge].service == service && upstream->outliers) {
            catch_up(*upstream);
            sum.outlier_detection += upstream->outliers->stats();
        }
        if (edges_[upstream->edge].service == service && upstream->health != nullptr) {
            sum.health_check += upstream->health->checker.stats();
        }
    }
    return sum;
}

std::vector<Ejection> DataPlane::Engine::ejections(std::uint32_t service) {
    std::map<std::uint32_t, Upstream::Ejected> all;
    for (const auto& upstream : upstreams_) {
        if (edges_[upstream->edge].service != service) {
            continue;
        }
        catch_up(*upstream);
        for (const auto& [replica, ejected] : upstream->ejected) {
            Upstream::Ejected& sum = all[replica];
            sum.first = sum.count == 0 ? ejected.first : std::min(sum.first, ejected.first);
            sum.count += ejected.count;
        }
    }
    std::vector<Ejection> listed;
    for (const auto& [replica, ejected] : all) {
        listed.push_back(
            {.replica = replicas_[replica].name, .first = ejected.first, .count = ejected.count});
    }
    std::ranges::stable_sort(listed, {}, &Ejection::first);
    return listed;
}

// Returns what a proxy has in flight, of exchanges and of chains.
std::uint32_t DataPlane::Engine::attempts_at(const Edge& edge) {
    if (chains_.all.empty()) {
        return edge.attempts;
    }
    const dataplane::AwaitedAnswers* const awaited = settle_answers(edge);
    return edge.attempts + (awaited != nullptr ? awaited->count() : 0);
}

// Requests that wait count, as those that are under way.
std::uint32_t DataPlane::Engine::attempts_of(const Exchange& exchange) {
    const std::uint32_t attempts = attempts_at(edges_[exchange.edge]);
    return exchange.upstream == none
               ? attempts
               : attempts +
                     static_cast<std::uint32_t>(upstreams_[exchange.upstream]->resources.count(
                         mesh::Resource::PendingRequests));
}

void DataPlane::Engine::want_connection(std::uint32_t index, std::uint32_t picked) {
    Exchange& exchange = exchanges_[index];
    exchange.host = picked;
    const std::uint32_t upstream_index = exchange.upstream;
    Upstream& upstream = *upstreams_[upstream_index];
    Upstream::Pool& pool = upstream.pools[picked];
    if (pool.connections == nullptr) {
        pool.connections = std::make_unique<mesh::ConnPool>(
            *upstream.policy.connection_pool, upstream.resources,
            *services_[edges_[upstream.edge].service].counters, pool.host);
    }
    look_after_connections(upstream_index);
    pool.connections->new_stream(index, now_);
    drain_pool(upstream_index, picked);
}

// Does what a pool asks for, and what comes of that.
void DataPlane::Engine::drain_pool(std::uint32_t upstream, std::uint32_t replica) {
    mesh::ConnPool& pool = *upstreams_[upstream]->pools.at(replica).connections;
    for (std::vector<PoolEvent> events = pool.take_events(); !events.empty();
         events = pool.take_events()) {
        for (const PoolEvent& event : events) {
            const auto index = static_cast<std::uint32_t>(event.stream);
            if (event.kind == PoolEvent::Kind::Connect) {
                connect({.upstream = upstream, .replica = replica, .connection = event.connection});
            } else if (event.kind == PoolEvent::Kind::Ready) {
                exchanges_[index].connection = event.connection;
                begin_attempt(index, replica);
            } else if (event.kind == PoolEvent::Kind::Failure) {
                fail_waiting(index, event.reason);
            }
        }
    }
}

// Ends connections that have had nothing to do for too long, or have lasted long enough, each at
// its time. Those that are being made have an event.
void DataPlane::Engine::look_after_connections(std::uint32_t index) {
    Upstream& upstream = *upstreams_[index];
    if (upstream.looked_after_until >= now_) {
        return;
    }
    const mesh::ConnPoolOptions& options = *upstream.policy.connection_pool;
    TimePoint next = TimePoint::max();
    if (options.idle_timeout > Duration::zero()) {
        next = std::min(next, now_ + options.idle_timeout);
    }
    if (options.max_connection_duration) {
        next = std::min(next, now_ + *options.max_connection_duration);
    }
    std::vector<std::uint32_t> changed;
    for (auto& [replica, pool] : upstream.pools) {
        std::optional<TimePoint> due = pool.connections->next_timer();
        if (due && *due < now_) {
            changed.push_back(replica);
        }
        for (; due && *due < now_; due = pool.connections->next_timer()) {
            pool.connections->on_timer(*due);
        }
        next = std::min(next, due.value_or(TimePoint::max()));
    }
    upstream.looked_after_until = next;
    for (const std::uint32_t replica : changed) {
        drain_pool(index, replica);
    }
}

// Returns how long it takes until a connection is there, a message each way; nothing if no message
// gets through. What gets lost is sent again as Linux does: after a second, then twice as long, six
// times (TCP_TIMEOUT_INIT, tcp_syn_retries).
std::optional<Duration> DataPlane::Engine::handshake(const DrawKey& draws, std::uint32_t from,
                                                     std::uint32_t to) const {
    constexpr Duration first_syn_resend = std::chrono::seconds{1};
    constexpr int syn_resends = 6;
    if (!options_.has_links) {
        return has_network_ ? network(draws, Leg::There) + network(draws, Leg::Back)
                            : Duration::zero();
    }
    const Link& there = link_between(from, to);
    const Link& back = link_between(to, from);
    if (there.is_cut || back.is_cut) {
        return std::nullopt;
    }
    CounterRandom random{draws};
    const auto is_lost = [&random](const Link& link) {
        return link.loss > 0 && random.uniform() < link.loss;
    };
    Duration waited{};
    for (int i = 0; is_lost(there) || is_lost(back); ++i) {
        if (i == syn_resends) {
            return std::nullopt;
        }
        waited += first_syn_resend * (1 << i);
    }
    for (const Link* link : {&there, &back}) {
        waited += link->latency.sample(random) + link->delay.sample(random);
    }
    return waited;
}

void DataPlane::Engine::connect(dataplane::Connecting connecting) {
    const Upstream& upstream = *upstreams_[connecting.upstream];
    const DrawKey draws{.workload = upstream.random.key(),
                        .request = connecting.connection,
                        .call_site = connection_site,
                        .attempt = connecting.replica};
    const Duration limit = upstream.policy.connection_pool->connect_timeout;
    const std::optional<Duration> time =
        handshake(draws, edges_[upstream.edge].site, replicas_[connecting.replica].site);
    connecting.is_late = !time || *time >= limit;
    push_connecting(connecting, now_ + (connecting.is_late ? limit : *time),
                    CounterRandom{draws}.hash());
}

void DataPlane::Engine::push_connecting(const dataplane::Connecting& event, TimePoint time,
                                        std::uint64_t stable) {
    if (free_connecting_.empty()) {
        free_connecting_.push_back(static_cast<std::uint32_t>(connecting_.size()));
        connecting_.emplace_back();
    }
    const std::uint32_t slot = free_connecting_.back();
    free_connecting_.pop_back();
    connecting_[slot] = event;
    events_.push({time, key_of(Kind::Connect, place_of(stable, slot))});
}

void DataPlane::Engine::on_connection(std::uint32_t slot) {
    const dataplane::Connecting made = connecting_[slot];
    free_connecting_.push_back(slot);
    if (made.purpose != dataplane::Connecting::For::Requests) {
        on_check_event(made);
        return;
    }
    mesh::ConnPool& pool = *upstreams_[made.upstream]->pools.at(made.replica).connections;
    if (made.is_late) {
        pool.on_timer(now_);
    } else if (replicas_[made.replica].is_alive) {
        pool.on_connected(made.connection, now_);
    } else {
        pool.on_connect_failure(made.connection, now_);
    }
    drain_pool(made.upstream, made.replica);
}

// A request got no connection.
void DataPlane::Engine::fail_waiting(std::uint32_t index, mesh::PoolFailureReason reason) {
    Exchange& exchange = exchanges_[index];
    const std::uint32_t host = std::exchange(exchange.host, none);
    if (reason == mesh::PoolFailureReason::Overflow) {
        refuse(index, mesh::ResponseFlag::UpstreamOverflow);
        return;
    }
    const bool is_late = reason == mesh::PoolFailureReason::Timeout;
    note_result(exchange.upstream, host,
                {.failure = is_late ? OutlierResult::LocalOriginTimeout
                                    : OutlierResult::LocalOriginConnectFailed});
    decide(index, 503, is_late ? ResetReason::ConnectionTimeout : ResetReason::ConnectionFailure,
           attempts_of(exchange) + 1);
}

// The connection of an attempt that is over is for others, if it stays.
void DataPlane::Engine::release_connection(std::uint32_t index, mesh::StreamEnd end) {
    if (exchanges_[index].host != none) {
        look_after_connections(exchanges_[index].upstream);
    }
    Exchange& exchange = exchanges_[index];
    const std::uint32_t host = std::exchange(exchange.host, none);
    const mesh::ConnectionId connection = std::exchange(exchange.connection, none);
    if (host == none) {
        return;
    }
    const std::uint32_t upstream = exchange.upstream;
    mesh::ConnPool& pool = *upstreams_[upstream]->pools.at(host).connections;
    if (connection == none) {
        static_cast<void>(pool.cancel(index));
        return;
    }
    const std::vector<std::uint32_t>& members = upstreams_[upstream]->members;
    const bool stays =
        replicas_[host].is_alive && std::ranges::find(members, host) != members.end();
    if (end == mesh::StreamEnd::Complete && !stays) {
        end = mesh::StreamEnd::CompleteAndClose;
    }
    pool.on_stream_closed(connection, index, end, now_);
    drain_pool(upstream, host);
}

}  // namespace wavetank::sim
