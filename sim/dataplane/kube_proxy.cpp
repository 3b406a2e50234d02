// Clients without proxies of their own: each request goes over a connection, and kube-proxy picks
// an endpoint for each connection, not for each request.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/kube_client.hpp"
#include "sim/dataplane/upstream.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace wavetank::sim {
namespace {

// Tells how long a connection takes to be made from other draws.
constexpr std::uint32_t dial_site = 0x6469616c;

// When Linux gives up a connection that nobody answers: after six resends, of which the first comes
// after a second (tcp_syn_retries).
constexpr Duration dial_limit = std::chrono::seconds{127};

}  // namespace

DataPlane::Engine::KubeClient& DataPlane::Engine::kube_client_of(const Exchange& exchange) {
    if (kube_clients_.size() <= exchange.edge) {
        kube_clients_.resize(edges_.size());
    }
    auto& kept = kube_clients_[exchange.edge];
    if (kept == nullptr) {
        kept = std::make_unique<KubeClient>(edges_[exchange.edge].random.fork("kube-proxy"));
    }
    const auto& timeout = exchange.policy->kube_proxy->session_affinity;
    if (kept->affinity_timeout != timeout) {
        kept->affinity_timeout = timeout;
        kept->affinity.reset();
        kept->persistence.reset();
        if (timeout && has_ipvs()) {
            kept->persistence.emplace(*timeout);
        } else if (timeout) {
            kept->affinity.emplace(*timeout);
        }
    }
    return *kept;
}

std::uint64_t DataPlane::Engine::client_behind(const Exchange& exchange) const {
    const Edge& edge = edges_[exchange.client];
    return edge.owner == Owner::Load ? client_of(exchange.draws, loads_[edge.load]) : 0;
}

// Sends a request over a connection that is at hand, or makes one.
void DataPlane::Engine::send_over_connection(std::uint32_t index) {
    if (exchanges_[index].origin.depth > depth_max || is_too_much()) {
        end_exchange(index, 503);
        return;
    }
    const std::uint32_t replica = idle_connection(exchanges_[index]);
    if (replica != none) {
        use_connection(index, replica);
    } else {
        dial(index);
    }
}

// Returns to whom the one leads; `none`: there is none. It leads there even if that is no endpoint
// any more, as long as the server lives.
std::uint32_t DataPlane::Engine::idle_connection(const Exchange& exchange) {
    mesh::UpstreamCounters& counters = *services_[edges_[exchange.edge].service].counters;
    KubeClient& client = kube_client_of(exchange);
    auto& idle = client.idle[client_behind(exchange)];
    end_idle(client, client_behind(exchange), exchange.policy->kube_proxy->keep_alive, counters);
    while (!idle.empty()) {
        const IdleConnection last = idle.back();
        idle.pop_back();
        if (replicas_[last.replica].is_alive) {
            return last.replica;
        }
        --counters.upstream_cx_active;
        note_connection_end(exchange, last.replica);
    }
    return none;
}

// IPVS remembers which clients have connections.
void DataPlane::Engine::note_connection_end(const Exchange& exchange, std::uint32_t replica) {
    if (auto& persistence = kube_client_of(exchange).persistence) {
        persistence->closed(client_behind(exchange), replica, now_);
    }
}

// Ends the connections that have had nothing to do for too long: those that were used first.
void DataPlane::Engine::end_idle(KubeClient& client, std::uint64_t behind, Duration keep_alive,
                                 mesh::UpstreamCounters& counters) const {
    std::vector<IdleConnection>& idle = client.idle[behind];
    const auto stays = std::ranges::find_if(idle, [&](const IdleConnection& connection) {
        return connection.since + keep_alive > now_;
    });
    const auto ended = static_cast<std::uint64_t>(stays - idle.begin());
    counters.upstream_cx_active -= ended;
    counters.upstream_cx_idle_timeout += ended;
    if (client.persistence) {
        for (auto connection = idle.begin(); connection != stays; ++connection) {
            client.persistence->closed(behind, connection->replica, connection->since + keep_alive);
        }
    }
    idle.erase(idle.begin(), stays);
}

// Returns how many there were.
std::size_t DataPlane::Engine::end_dead(KubeClient& client, std::uint64_t behind) const {
    return std::erase_if(client.idle[behind], [&](const IdleConnection& connection) {
        const bool is_dead = !replicas_[connection.replica].is_alive;
        if (is_dead && client.persistence) {
            client.persistence->closed(behind, connection.replica, now_);
        }
        return is_dead;
    });
}

void DataPlane::Engine::end_all_idle(std::uint32_t service) {
    const mesh::RoutePolicy* policy = services_[service].route_policy;
    if (policy == nullptr || !policy->kube_proxy) {
        return;
    }
    for (std::uint32_t edge = 0; edge < kube_clients_.size(); ++edge) {
        if (kube_clients_[edge] != nullptr && edges_[edge].service == service) {
            for (auto& [client, idle] : kube_clients_[edge]->idle) {
                mesh::UpstreamCounters& counters = *services_[service].counters;
                end_idle(*kube_clients_[edge], client, policy->kube_proxy->keep_alive, counters);
                counters.upstream_cx_active -= end_dead(*kube_clients_[edge], client);
            }
        }
    }
}

// Endpoints weigh differently where traffic from outside is spread over nodes first. Under IPVS its
// scheduler picks, for which requests in flight are the connections.
std::uint32_t DataPlane::Engine::pick_by_kube_proxy(const Exchange& exchange) {
    const Service& service = services_[edges_[exchange.edge].service];
    KubeClient& client = kube_client_of(exchange);
    if (service.endpoints.empty()) {
        return none;
    }
    if (client.persistence) {
        const auto bound =
            client.persistence->bound(client_behind(exchange), service.endpoints, now_);
        if (bound) {
            return service.endpoints[*bound];
        }
    }
    if (client.affinity) {
        return service.endpoints[client.affinity->pick(client_behind(exchange), service.endpoints,
                                                       now_, client.random)];
    }
    std::uint64_t total = 0;
    for (const mesh::LocalityLbEndpoints& locality : service.hosts.endpoints) {
        for (const mesh::LbEndpoint& host : locality.lb_endpoints) {
            total += host.load_balancing_weight;
        }
    }
    if (total <= service.endpoints.size() && has_ipvs()) {
        return pick_by_policy(edges_[exchange.edge], exchange.draws);
    }
    if (total <= service.endpoints.size()) {
        return service.endpoints[client.random.below(service.endpoints.size())];
    }
    std::uint64_t drawn = client.random.below(total);
    std::size_t place = 0;
    for (const mesh::LocalityLbEndpoints& locality : service.hosts.endpoints) {
        for (const mesh::LbEndpoint& host : locality.lb_endpoints) {
            if (drawn < host.load_balancing_weight) {
                return service.endpoints[place];
            }
            drawn -= host.load_balancing_weight;
            ++place;
        }
    }
    return service.endpoints.back();
}

void DataPlane::Engine::dial(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    const Edge& edge = edges_[exchange.edge];
    const std::uint32_t picked = pick_by_kube_proxy(exchange);
    if (picked == none && !exchange.policy->kube_proxy->drops) {
        end_exchange(index, 503);
        return;
    }
    ++services_[edge.service].counters->upstream_cx_total;
    DrawKey draws = exchange.draws;
    draws.call_site ^= dial_site;
    std::optional<Duration> time;
    if (picked != none) {
        time = handshake(draws, edge.site, replicas_[picked].site);
    }
    if (auto& persistence = kube_client_of(exchange).persistence; persistence && time) {
        persistence->opened(client_behind(exchange), picked, now_);
    }
    if (time && *time == Duration::zero() && replicas_[picked].is_alive) {
        ++services_[edge.service].counters->upstream_cx_active;
        use_connection(index, picked);
        return;
    }
    exchange.dialed = time ? picked : no_answer;
    exchange.timer = now_ + time.value_or(dial_limit);
    events_.push({exchange.timer, key_of(Kind::Timer, exchange.place)});
}

void DataPlane::Engine::end_dialing(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    const std::uint32_t dialed = std::exchange(exchange.dialed, none);
    exchange.timer = TimePoint::max();
    mesh::UpstreamCounters& counters = *services_[edges_[exchange.edge].service].counters;
    if (dialed != no_answer && (exchange.is_vain || !replicas_[dialed].is_alive)) {
        note_connection_end(exchange, dialed);
    }
    if (dialed == no_answer) {
        ++counters.upstream_cx_connect_timeout;
        decide(index, 503, mesh::ResetReason::ConnectionTimeout, attempts_of(exchange) + 1);
    } else if (!replicas_[dialed].is_alive) {
        ++counters.upstream_cx_connect_fail;
        decide(index, 503, mesh::ResetReason::ConnectionFailure, attempts_of(exchange) + 1);
    } else if (exchange.is_vain) {
        end_exchange(index, 503);
    } else {
        ++counters.upstream_cx_active;
        use_connection(index, dialed);
    }
}

// Nobody waits any longer for a connection that is being made.
void DataPlane::Engine::stop_dialing(Exchange& exchange) {
    const std::uint32_t dialed = std::exchange(exchange.dialed, none);
    if (dialed != none && dialed != no_answer) {
        note_connection_end(exchange, dialed);
    }
}

void DataPlane::Engine::use_connection(std::uint32_t index, std::uint32_t replica) {
    begin_attempt(index, replica);
}

// A connection whose request got its answer is there for the next.
void DataPlane::Engine::keep_connection(const Exchange& exchange, const Record& record) {
    if (exchange.policy->kube_proxy->keep_alive > Duration::zero() && !record.reset &&
        replicas_[record.replica].is_alive) {
        kube_client_of(exchange).idle[client_behind(exchange)].push_back(
            {.replica = record.replica, .since = now_});
    } else {
        --services_[edges_[exchange.edge].service].counters->upstream_cx_active;
        note_connection_end(exchange, record.replica);
    }
}

}  // namespace wavetank::sim
