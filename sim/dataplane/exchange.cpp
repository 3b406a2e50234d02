// Requests to services that have a policy: time limits, retries, and limits of what is in flight,
// as Envoy's router has them.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/upstream.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace wavetank::sim {
namespace {

using mesh::ResetReason;

// Tells what proxies draw for their pauses from what the service draws.
constexpr std::uint32_t back_off_site = 0x6261636b;

// The same of where a request goes.
constexpr std::uint32_t share_site = 0x73686172;

}  // namespace

void DataPlane::Engine::set_route_policy(std::uint32_t service,
                                         const std::optional<mesh::RoutePolicy>& policy) {
    const mesh::RoutePolicy*& current = services_[service].route_policy;
    retire_upstreams(service);
    current = nullptr;
    if (policy) {
        current = policies_.emplace_back(std::make_unique<mesh::RoutePolicy>(*policy)).get();
    }
    mark_edges(service);
}

void DataPlane::Engine::set_route(std::uint32_t service, const std::optional<ServiceRoute>& route) {
    services_[service].split = nullptr;
    if (route) {
        Split split{.shares = {}, .status = route->status};
        std::uint64_t weights = 0;
        for (const ServiceShare& share : route->shares) {
            weights += share.weight;
            split.shares.push_back({.service = static_cast<std::uint32_t>(share.service),
                                    .up_to = weights,
                                    .policy = share.policy});
        }
        services_[service].split =
            splits_.emplace_back(std::make_unique<Split>(std::move(split))).get();
    }
    mark_edges(service);
}

void DataPlane::Engine::mark_edges(std::uint32_t service) {
    const Service& one = services_[service];
    for (Edge& edge : edges_) {
        if (edge.service == service) {
            edge.has_route_policy = one.route_policy != nullptr || one.split != nullptr;
        }
    }
}

// Null: there is none.
const DataPlane::Engine::Share* DataPlane::Engine::draw_share(const Split& split,
                                                              const DrawKey& draws) {
    if (split.shares.size() <= 1) {
        return split.shares.empty() ? nullptr : &split.shares.front();
    }
    DrawKey key = draws;
    key.call_site ^= share_site;
    CounterRandom random{key};
    const std::uint64_t drawn = random.below(split.shares.back().up_to);
    const auto found = std::ranges::upper_bound(split.shares, drawn, {}, &Share::up_to);
    return found != split.shares.end() ? &*found : &split.shares.back();
}

// The same client's proxy for a service that takes the requests to another.
std::uint32_t DataPlane::Engine::edge_by_split(std::uint32_t client, std::uint32_t service) {
    const auto [place, is_new] =
        edges_by_split_.try_emplace(std::uint64_t{client} << 32 | service, none);
    if (is_new) {
        Service& taker = services_[service];
        if (taker.route_of_splits == none) {
            taker.route_of_splits = add_route(service);
        }
        const Edge& asks = edges_[client];
        const Random random = asks.random.fork("by split");
        place->second = make_edge({.service = service,
                                   .route = taker.route_of_splits,
                                   .load = asks.load,
                                   .owner = asks.owner,
                                   .site = asks.site},
                                  "");
        edges_[place->second].random = random.fork(taker.name);
    }
    return place->second;
}

void DataPlane::Engine::begin_exchange(std::uint32_t edge_index, const DrawKey& draws,
                                       const Origin& origin) {
    const Service& service = services_[edges_[edge_index].service];
    const mesh::RoutePolicy* policy = service.route_policy;
    std::uint32_t upstream = edge_index;
    if (service.split != nullptr) {
        const Share* share = draw_share(*service.split, draws);
        if (share == nullptr) {
            const std::uint16_t status = service.split->status;
            note_end(edges_[edge_index], now_, status, {});
            answer_to(edges_[edge_index], origin, status);
            return;
        }
        policy = &share->policy;
        upstream = edge_by_split(edge_index, share->service);
    }
    if (free_exchanges_.empty() && exchanges_.size() == std::size_t{1} << slot_bits) {
        note_end(edges_[edge_index], now_, 503, {});
        answer_to(edges_[edge_index], origin, 503);
        return;
    }
    if (free_exchanges_.empty()) {
        free_exchanges_.push_back(static_cast<std::uint32_t>(exchanges_.size()));
        exchanges_.emplace_back();
    }
    const std::uint32_t index = free_exchanges_.back();
    free_exchanges_.pop_back();
    Exchange& exchange = exchanges_[index];
    std::destroy_at(&exchange);
    std::construct_at(&exchange, Exchange{.policy = policy,
                                          .place = place_of(CounterRandom{draws}.hash(), index),
                                          .sent = now_,
                                          .draws = draws,
                                          .origin = origin,
                                          .client = edge_index,
                                          .edge = upstream});
    if (policy->timeout > Duration::zero()) {
        exchange.deadline = now_ + policy->timeout;
        events_.push({exchange.deadline, key_of(Kind::Timer, exchange.place)});
    }
    try_once(index);
}

// Makes the first attempt, or the next.
void DataPlane::Engine::try_once(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    Edge& edge = edges_[exchange.edge];
    Service& service = services_[edge.service];
    if (exchange.policy == service.route_policy) {
        exchange.upstream = upstream_of(exchange.edge);
    }
    const bool has_pool = exchange.upstream != none && has_connection_pool(exchange.upstream);
    if (!has_pool && edge.attempts >= exchange.policy->thresholds.max_requests) {
        ++service.counters->upstream_rq_active_overflow;
        end_exchange(index, 503);
        return;
    }
    const std::uint32_t picked = pick_for(exchange);
    if (picked == none || !has_record() || exchange.origin.depth > depth_max || is_too_much()) {
        end_exchange(index, 503);
        return;
    }
    if (exchange.policy->retry_policy.previous_hosts) {
        exchange.tried.push_back(picked);
    }
    if (has_pool) {
        want_connection(index, picked);
        return;
    }
    ++service.counters->upstream_rq_total;
    begin_attempt(index, picked);
}

// Sends an attempt to its replica. Its time begins now, not while it waited for a connection.
void DataPlane::Engine::begin_attempt(std::uint32_t index, std::uint32_t picked) {
    Exchange& exchange = exchanges_[index];
    if (!has_record()) {
        release_connection(index, mesh::StreamEnd::Complete);
        end_exchange(index, 503);
        return;
    }
    if (const auto limit = exchange.policy->retry_policy.per_try_timeout) {
        exchange.timer = now_ + *limit;
        events_.push({exchange.timer, key_of(Kind::Timer, exchange.place)});
    }
    ++edges_[exchange.edge].attempts;
    Origin origin = exchange.origin;
    origin.parent = index;
    origin.is_attempt = true;
    const DrawKey draws = exchange.draws;
    start(exchange.edge, picked, draws, origin,
          draft_of(draws, program_of(edges_[exchange.edge], picked)));
}

std::uint32_t DataPlane::Engine::pick_for(const Exchange& exchange) {
    Edge& edge = edges_[exchange.edge];
    const auto pick_once = [&] {
        return exchange.upstream == none
                   ? pick(edge, exchange.draws)
                   : pick_upstream(*upstreams_[exchange.upstream], exchange.draws);
    };
    std::uint32_t picked = pick_once();
    const std::vector<std::uint32_t>& tried = exchange.tried;
    const std::uint32_t more = exchange.policy->retry_policy.host_selection_retry_max_attempts;
    for (std::uint32_t i = 0; i < more && std::ranges::find(tried, picked) != tried.end(); ++i) {
        picked = pick_once();
    }
    return picked;
}

// An attempt is over, or one that its client gave up long ago.
void DataPlane::Engine::end_attempt(std::uint32_t slot) {
    const Record record = records_[slot];
    if (record.parent == none) {
        free_record(slot);
        return;
    }
    Edge& edge = edges_[record.edge];
    edge.active.decrease(record.replica);
    if (needs_.outcomes) {
        note_outcome(edge, slot);
    }
    free_record(slot);
    Exchange& exchange = exchanges_[record.parent];
    exchange.attempt = none;
    const std::uint32_t attempts = attempts_of(exchange);
    --edge.attempts;
    note_end_of_attempt(exchange.upstream, record);
    release_connection(record.parent, mesh::StreamEnd::Complete);
    decide(record.parent, record.status, record.reset, attempts);
}

void DataPlane::Engine::note_end_of_attempt(std::uint32_t upstream, const Record& record) {
    dataplane::AttemptResult result{.is_connected = record.reset != ResetReason::ConnectionFailure};
    if (record.reset) {
        result.failure = mesh::OutlierResult::LocalOriginConnectFailed;
    } else {
        result.status = record.status;
    }
    note_result(upstream, record.replica, result);
}

// The proxy no longer counts the attempt, nor waits for it; its replica goes on.
void DataPlane::Engine::give_up(Exchange& exchange) {
    Record& record = records_[std::exchange(exchange.attempt, none)];
    Edge& edge = edges_[exchange.edge];
    record.parent = none;
    edge.active.decrease(record.replica);
    --edge.attempts;
    note_result(exchange.upstream, record.replica,
                {.is_connected = true, .failure = mesh::OutlierResult::LocalOriginTimeout});
}

// Tries again, or lets the client have what there is. `attempts`: what the proxy had in flight,
// with the one that is over.
void DataPlane::Engine::decide(std::uint32_t index, std::uint16_t status,
                               std::optional<ResetReason> reset, std::uint32_t attempts) {
    Exchange& exchange = exchanges_[index];
    Edge& edge = edges_[exchange.edge];
    const mesh::RoutePolicy& policy = *exchange.policy;
    exchange.timer = TimePoint::max();
    edge.retries -= std::exchange(exchange.is_retry, false) ? 1 : 0;
    const bool is_first_and_good = !exchange.retries && !reset && status < 400 &&
                                   policy.retry_policy.retriable_status_codes.empty();
    if (is_first_and_good || exchange.is_vain) {
        end_exchange(index, status);
        return;
    }
    if (!exchange.retries) {
        exchange.retries.emplace(policy.retry_policy, mesh::Headers{},
                                 *services_[edge.service].counters);
    }
    const mesh::RetrySituation situation{
        .has_room = edge.retries < policy.thresholds.retry_limit(attempts),
        .request_started = reset != ResetReason::ConnectionFailure};
    const mesh::RetryStatus decided = reset ? exchange.retries->on_reset(*reset, situation)
                                            : exchange.retries->on_answer(status, {}, situation);
    if (decided == mesh::RetryStatus::Yes) {
        pause(index);
    } else {
        end_exchange(index, status);
    }
}

// Lets a retry come after its pause.
void DataPlane::Engine::pause(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    exchange.is_retry = true;
    ++edges_[exchange.edge].retries;
    ++exchange.draws.attempt;
    DrawKey key = exchange.draws;
    key.call_site ^= back_off_site;
    CounterRandom random{key};
    const Duration drawn = exchange.retries->next_back_off(random);
    if (drawn == Duration::zero()) {
        try_once(index);
        return;
    }
    exchange.timer = now_ + drawn;
    events_.push({exchange.timer, key_of(Kind::Timer, exchange.place)});
}

void DataPlane::Engine::on_timer(std::uint32_t index, std::uint64_t key) {
    Exchange& exchange = exchanges_[index];
    if (exchange.policy == nullptr || key_of(Kind::Timer, exchange.place) != key) {
        return;  // it has its answer
    }
    const bool is_under_way = exchange.attempt != none;
    const bool is_waiting = !is_under_way && exchange.host != none;
    mesh::UpstreamCounters& counters = *services_[edges_[exchange.edge].service].counters;
    if (exchange.deadline == now_) {
        counters.upstream_rq_timeout += is_under_way || is_waiting ? 1 : 0;
        if (is_under_way) {
            give_up(exchange);
        }
        release_connection(index, mesh::StreamEnd::Reset);
        end_exchange(index, 504);
    } else if (exchange.timer == now_ && is_under_way) {
        ++counters.upstream_rq_per_try_timeout;
        const std::uint32_t attempts = attempts_of(exchange);
        give_up(exchange);
        release_connection(index, mesh::StreamEnd::Reset);
        decide(index, 504, ResetReason::LocalReset, attempts);
    } else if (exchange.timer == now_ && exchange.is_vain) {
        end_exchange(index, 503);
    } else if (exchange.timer == now_) {
        exchange.timer = TimePoint::max();
        try_once(index);
    }
}

void DataPlane::Engine::end_exchange(std::uint32_t index, std::uint16_t status) {
    Exchange& exchange = exchanges_[index];
    Edge& edge = edges_[exchange.edge];
    edge.retries -= exchange.is_retry ? 1 : 0;
    exchange.policy = nullptr;
    const Origin origin = exchange.origin;
    const Duration latency = now_ - exchange.sent;
    const Edge& client = edges_[exchange.client];
    if (exchange.client != exchange.edge) {
        routes_[edge.route]->stats.record(now_, status, latency);
    }
    note_end(client, now_, status, latency);
    free_exchanges_.push_back(index);
    answer_to(client, origin, status);
}

// Nobody waits any longer for what requests that have `ended` called for.
void DataPlane::Engine::forget_callers(const std::vector<bool>& ended) {
    const auto is_forgotten = [&](std::uint32_t edge, std::uint32_t parent) {
        return edges_[edge].owner == Owner::Replica && parent != none && ended[parent];
    };
    for (Record& record : records_) {
        if (record.phase != Phase::Free && record.edge != none && !record.is_attempt &&
            is_forgotten(record.edge, record.parent)) {
            record.parent = none;
        }
    }
    for (Exchange& exchange : exchanges_) {
        if (exchange.policy != nullptr && is_forgotten(exchange.edge, exchange.origin.parent)) {
            exchange.origin.parent = none;
            exchange.is_vain = true;
        }
    }
}

}  // namespace wavetank::sim
