// What proxies do to requests before they are routed, and replicas' own proxies before they come
// in: Envoy's HTTP filters.

#include "sim/dataplane/door.hpp"
#include "sim/dataplane/hot_path.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace wavetank::sim {

// Returns whose proxy an edge is: the number of a replica, or one that is no replica's.
std::uint64_t DataPlane::Engine::proxy_of(std::uint32_t edge) const {
    constexpr std::uint64_t no_replica = std::uint64_t{1} << 32;
    if (edges_[edge].owner == Owner::Load) {
        return no_replica | edge;
    }
    for (const Caller& caller : callers_) {
        if (std::ranges::find(caller.edges, edge) != caller.edges.end()) {
            return caller.replica;
        }
    }
    const auto found = std::ranges::find(edge_of_callee_, edge);
    if (found != edge_of_callee_.end()) {
        const auto place = static_cast<std::uint32_t>(found - edge_of_callee_.begin());
        const auto next = std::ranges::upper_bound(replicas_, place, {}, &Replica::edges);
        return static_cast<std::uint64_t>(next - replicas_.begin() - 1);
    }
    const auto forwarding = std::ranges::find_if(
        edges_by_forwarding_, [&](const auto& by_call) { return by_call.second == edge; });
    if (forwarding != edges_by_forwarding_.end()) {
        return forwarding->first >> 32;
    }
    const auto split = std::ranges::find_if(
        edges_by_split_, [&](const auto& by_split) { return by_split.second == edge; });
    return split != edges_by_split_.end() ? proxy_of(static_cast<std::uint32_t>(split->first >> 32))
                                          : no_replica | edge;
}

// Filters of one name are the same as long as their settings are.
mesh::HttpFilterState* DataPlane::Engine::filter_state_of(std::uint64_t proxy,
                                                          const mesh::HttpFilter& filter,
                                                          const Random& random) {
    auto& states = filter_states_[{proxy, filter.name}];
    if (states.empty() || states.back()->filter() != filter) {
        states.push_back(std::make_unique<mesh::HttpFilterState>(
            filter, now_, random.fork("filter/" + filter.name)));
    }
    return states.back().get();
}

std::uint32_t DataPlane::Engine::filter_chain_of(const Exchange& exchange) {
    const auto [place, is_new] =
        filter_chain_of_route_.try_emplace({exchange.client, exchange.split}, none);
    if (is_new) {
        const std::uint64_t proxy = proxy_of(exchange.client);
        std::vector<mesh::HttpFilterState*> filters;
        for (const mesh::HttpFilter& filter : exchange.split->filters) {
            filters.push_back(filter_state_of(proxy, filter, edges_[exchange.client].random));
        }
        place->second = static_cast<std::uint32_t>(filter_chains_.size());
        filter_chains_.push_back(std::make_unique<mesh::HttpFilterChain>(std::move(filters)));
    }
    return place->second;
}

// Lets a request set out, unless a filter of its client's proxy answers it.
void DataPlane::Engine::pass_filters(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    if (exchange.split->filters.empty()) {
        set_out(index);
        return;
    }
    const std::uint32_t chain = filter_chain_of(exchange);
    mesh::HttpFilterStats& stats = services_[edges_[exchange.client].service].counters->filters;
    const std::uint64_t limited = stats.http_local_rate_limit.enforced;
    if (const auto status = filter_chains_[chain]->begin(now_, stats)) {
        if (stats.http_local_rate_limit.enforced > limited) {
            exchange.flags |= mesh::ResponseFlag::RateLimited;
        }
        exchange.edge = exchange.client;  // it goes to nobody
        end_exchange(index, *status);
        return;
    }
    exchange.has_past = true;
    exchange.filter_chain = chain;
    exchange.passed_filters_at = now_;
    set_out(index);
}

void DataPlane::Engine::end_filters(const Exchange& exchange, std::uint16_t status) {
    mesh::HttpFilterStats& stats = services_[edges_[exchange.client].service].counters->filters;
    filter_chains_[exchange.filter_chain]->end(status, exchange.passed_filters_at, now_, stats);
}

// Returns whether a replica's own proxy lets a request in; else it is answered.
bool DataPlane::Engine::comes_in(std::uint32_t slot) {
    const Record& record = records_[slot];
    const Replica& replica = replicas_[record.replica];
    const Program& program = programs_[replica.program];
    if (program.forwards) {
        note_forwarding(slot);
    }
    if (!program.has_filters) {
        return true;
    }
    if (doors_.size() <= record.replica) {
        doors_.resize(replicas_.size());
    }
    if (came_in_at_.size() <= slot) {
        came_in_at_.resize(records_.size(), never);
    }
    auto& door = doors_[record.replica];
    if (door == nullptr) {
        const Random random = options_.random.fork("door/" + replica.name);
        std::vector<std::unique_ptr<mesh::HttpFilterState>> filters;
        std::vector<mesh::HttpFilterState*> listed;
        for (const mesh::HttpFilter& filter : program.declared.filters) {
            listed.push_back(filters
                                 .emplace_back(std::make_unique<mesh::HttpFilterState>(
                                     filter, now_, random.fork(filter.name)))
                                 .get());
        }
        door = std::make_unique<Door>(
            Door{std::move(filters), mesh::HttpFilterChain{std::move(listed)}});
    }
    mesh::HttpFilterStats& stats = services_[edges_[record.edge].service].counters->filters;
    const auto status = door->chain.begin(now_, stats);
    came_in_at_[slot] = status ? never : now_;
    if (status) {
        fail_at(slot, *status);
    }
    return !status.has_value();
}

// Its replica's proxy is gone, so nobody will be told how it ends.
void DataPlane::Engine::forget_entry(std::uint32_t slot) {
    if (slot < came_in_at_.size()) {
        came_in_at_[slot] = never;
    }
}

// Tells them that a request has its answer, if it had come in.
void DataPlane::Engine::go_out(std::uint32_t slot) {
    const Record& record = records_[slot];
    if (slot >= came_in_at_.size() || came_in_at_[slot] == never) {
        return;
    }
    const TimePoint since = std::exchange(came_in_at_[slot], never);
    mesh::HttpFilterStats& stats = services_[edges_[record.edge].service].counters->filters;
    doors_[record.replica]->chain.end(record.status, since, now_, stats);
}

}  // namespace wavetank::sim
