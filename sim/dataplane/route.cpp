// Requests that others take, as Envoy's router has it: whose they are, and what is done to them
// before they go there. Faults that are injected on purpose, and copies for others.

#include "sim/dataplane/hot_path.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace wavetank::sim {
namespace {

using mesh::ResponseFlag;

// Tell what proxies draw for a request from what the service draws: where it goes, what is done to
// it, who gets a copy.
constexpr std::uint32_t share_site = 0x73686172;
constexpr std::uint32_t fault_site = 0x6661756c;
constexpr std::uint32_t mirror_site = 0x6d697272;

DrawKey drawn_at(DrawKey key, std::uint32_t site) {
    key.call_site ^= site;
    return key;
}

}  // namespace

void DataPlane::Engine::set_route_policy(std::uint32_t service,
                                         const std::optional<mesh::RoutePolicy>& policy) {
    const mesh::RoutePolicy*& current = services_[service].route_policy;
    retire_upstreams(service);
    make_exchanges_of(service);
    current = nullptr;
    if (policy) {
        current = policies_.emplace_back(std::make_unique<mesh::RoutePolicy>(*policy)).get();
        keep_hasher(*current);
    }
    services_[service].has_simple_policy =
        current != nullptr && !current->outlier_detection && !current->connection_pool &&
        !current->load_balancing && !current->kube_proxy && !current->health_check &&
        !current->hedge_on_per_try_timeout && current->retry_policy.retriable_status_codes.empty();
    mark_edges(service);
}

void DataPlane::Engine::set_route(std::uint32_t service, const std::optional<ServiceRoute>& route) {
    services_[service].split = nullptr;
    if (route) {
        auto made = std::make_unique<Split>(Split{.shares = {},
                                                  .status = route->status,
                                                  .flags = route->flags,
                                                  .message = route->message.value_or(none)});
        std::uint64_t weights = 0;
        for (const ServiceShare& share : route->shares) {
            weights += share.weight;
            made->shares.push_back({.service = static_cast<std::uint32_t>(share.service),
                                    .up_to = weights,
                                    .policy = share.policy,
                                    .status = share.status.value_or(0),
                                    .message = share.message.value_or(none)});
        }
        for (const ServiceMirror& mirror : route->mirrors) {
            made->mirrors.push_back({.service = static_cast<std::uint32_t>(mirror.service),
                                     .fraction = mirror.fraction,
                                     .policy = mirror.policy});
        }
        if (route->fault) {
            made->fault = std::make_unique<mesh::FaultFilter>(*route->fault);
        }
        made->filters = route->filters;
        for (const Share& share : made->shares) {
            keep_hasher(share.policy);
        }
        for (const Mirror& mirror : made->mirrors) {
            keep_hasher(mirror.policy);
        }
        services_[service].split = splits_.emplace_back(std::move(made)).get();
    }
    mark_edges(service);
}

void DataPlane::Engine::keep_hasher(const mesh::RoutePolicy& policy) {
    if (!policy.hash_policy.empty()) {
        hashers_.emplace(&policy, mesh::RequestHasher::make(policy.hash_policy).value());
    }
}

void DataPlane::Engine::mark_edges(std::uint32_t service) {
    const Service& one = services_[service];
    for (Edge& edge : edges_) {
        if (edge.service == service) {
            edge.has_route_policy =
                one.route_policy != nullptr || one.split != nullptr || edge.passes_deadline;
        }
    }
}

// Null: there is none.
const DataPlane::Engine::Share* DataPlane::Engine::draw_share(const Split& split,
                                                              const DrawKey& draws) {
    if (split.shares.size() <= 1) {
        return split.shares.empty() ? nullptr : &split.shares.front();
    }
    CounterRandom random{drawn_at(draws, share_site)};
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
                                   .load = asks.load,
                                   .owner = asks.owner,
                                   .route = taker.route_of_splits,
                                   .site = asks.site},
                                  "");
        edges_[place->second].random = random.fork(taker.name);
    }
    return place->second;
}

// Says whose a new exchange is, and lets it set out.
void DataPlane::Engine::begin_split(std::uint32_t index) {
    const std::uint32_t client = exchanges_[index].client;
    const Split& split = *services_[edges_[client].service].split;
    const Share* share = draw_share(split, exchanges_[index].draws);
    const std::uint32_t edge = share == nullptr ? client : edge_by_split(client, share->service);
    Exchange& exchange = exchanges_[index];
    exchange.split = &split;
    exchange.edge = edge;
    exchange.policy = share == nullptr ? &split.of_answers : &share->policy;
    exchange.answer = share == nullptr ? split.status : share->status;
    exchange.message = share == nullptr ? split.message : share->message;
    exchange.is_mirrored = split.mirrors.empty();
    if (split.fault != nullptr) {
        inject_faults(index);
    } else {
        pass_filters(index);
    }
}

// What is drawn for a request does not depend on what befalls others.
void DataPlane::Engine::inject_faults(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    mesh::UpstreamCounters& counters = *services_[edges_[exchange.client].service].counters;
    Random random{CounterRandom{drawn_at(exchange.draws, fault_site)}.hash()};
    exchange.has_past = true;
    exchange.injected = exchange.split->fault->begin({}, random);
    if (exchange.injected->abort) {
        ++counters.fault.aborts_injected;
        exchange.flags |= ResponseFlag::FaultInjected;
        end_exchange(index, *exchange.injected->abort);
    } else if (exchange.injected->delay) {
        ++counters.fault.delays_injected;
        exchange.flags |= ResponseFlag::DelayInjected;
        exchange.is_delayed = true;
        exchange.timer = now_ + *exchange.injected->delay;
        events_.push({exchange.timer, key_of(Kind::Timer, exchange.place)});
    } else {
        pass_filters(index);
    }
}

void DataPlane::Engine::end_delay(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    exchange.is_delayed = false;
    exchange.timer = TimePoint::max();
    Random random{CounterRandom{drawn_at(exchange.draws, fault_site + 1)}.hash()};
    exchange.split->fault->after_delay(*exchange.injected, random);
    if (exchange.is_vain) {
        end_exchange(index, 503);
    } else if (exchange.injected->abort) {
        ++services_[edges_[exchange.client].service].counters->fault.aborts_injected;
        exchange.flags |= ResponseFlag::FaultInjected;
        end_exchange(index, *exchange.injected->abort);
    } else {
        pass_filters(index);
    }
}

// Sends copies of a request as it sets out for its replica: once, whatever becomes of it. A copy
// has as much time as the request, and no second attempt.
void DataPlane::Engine::mirror(std::uint32_t index) {
    exchanges_[index].is_mirrored = true;
    const Split& split = *exchanges_[index].split;
    for (std::uint32_t i = 0; i < split.mirrors.size(); ++i) {
        const Mirror& copied = split.mirrors[i];
        const DrawKey draws = drawn_at(exchanges_[index].draws, mirror_site + i);
        const std::uint32_t client = exchanges_[index].client;
        Origin origin = exchanges_[index].origin;
        origin.parent = none;
        if (!copied.fraction.covers(CounterRandom{draws}.hash())) {
            continue;
        }
        const std::uint32_t copy = new_exchange(client, draws, origin, CounterRandom{draws}.hash());
        if (copy == none) {
            return;
        }
        const std::uint32_t edge = edge_by_split(client, copied.service);
        Exchange& made = exchanges_[copy];
        made.policy = &copied.policy;
        made.split = &split;
        made.edge = edge;
        made.is_mirror = true;
        made.is_mirrored = true;
        if (const Exchange& copied_from = exchanges_[index];
            copied_from.has_past && copied_from.timeout.any()) {
            made.has_past = true;
            made.timeout = copied_from.timeout;
        }
        set_out(copy);
    }
}

}  // namespace wavetank::sim
