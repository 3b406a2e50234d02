// Requests to services with a policy where nothing but time limits and retries may matter: each
// begins as the record of its first attempt, and mostly ends so.

#include "sim/dataplane/hot_path.hpp"

#include <cstdint>

namespace wavetank::sim {

namespace {

using mesh::ResponseFlag;

}  // namespace

// Begins one in one go.
void DataPlane::Engine::begin_simple(std::uint32_t edge_index, const DrawKey& draws,
                                     const Origin& origin) {
    Edge& edge = edges_[edge_index];
    const Service& service = services_[edge.service];
    if (attempts_at(edge) >= service.route_policy->thresholds.max_requests) [[unlikely]] {
        ++service.counters->upstream_rq_active_overflow;
        note_end(edge, now_, 503, {});
        note_flags(edge, ResponseFlag::UpstreamOverflow);
        answer_to(edge, origin, 503);
        return;
    }
    begin_simple_at(edge_index, pick(edge, draws), draws, origin);
}

// The same once a replica was picked for it; if there is none, it is refused.
void DataPlane::Engine::begin_simple_at(std::uint32_t edge_index, std::uint32_t picked,
                                        const DrawKey& draws, const Origin& origin) {
    Edge& edge = edges_[edge_index];
    const Service& service = services_[edge.service];
    if (picked == none || !has_record() || origin.depth > depth_max || is_too_much()) {
        note_end(edge, now_, 503, {});
        note_flags(edge, picked == none ? ResponseFlag::NoHealthyUpstream : mesh::ResponseFlags{});
        answer_to(edge, origin, 503);
        return;
    }
    ++service.counters->upstream_rq_total;
    ++edge.attempts;
    const bool is_of_load = edge.owner == Owner::Load && origin.parent == none;
    const std::uint32_t program = program_of(edge, picked);
    const Draft draft =
        is_of_load ? next_draft(loads_[edge.load], program) : draft_of(draws, program);
    // Of the record that it is about to have.
    const std::uint32_t slot =
        first_free_ == none ? static_cast<std::uint32_t>(records_.size()) : first_free_;
    const std::uint64_t limit = key_of(Kind::Limit, place_of(draft.hash, slot));
    if (service.route_policy->timeout > Duration::zero()) {
        arm(limit, service.route_policy->timeout);
    }
    if (const auto per_try = service.route_policy->retry_policy.per_try_timeout) {
        arm(limit, *per_try);
    }
    Origin attempt = origin;
    attempt.is_attempt = true;
    attempt.is_simple = true;
    start(edge_index, picked, draws, attempt, draft);
}

// Makes the exchange of a request that was but its first attempt; `none` if there are too many. It
// has failed, has had its time, or its service is about to have another policy.
std::uint32_t DataPlane::Engine::make_exchange_of(std::uint32_t slot) {
    const Record& first = records_[slot];
    const std::uint32_t index = new_exchange(first.edge, first.draws,
                                             {.parent = first.parent,
                                              .message = first.message,
                                              .priority = first.priority,
                                              .depth = first.depth},
                                             CounterRandom{first.draws}.hash());
    if (index == none) {
        return none;
    }
    Exchange& exchange = exchanges_[index];
    exchange.sent = first.sent;
    exchange.attempt = slot;
    exchange.is_vain = edges_[first.edge].owner == Owner::Replica && first.parent == none;
    const mesh::RoutePolicy& policy = *exchange.policy;
    if (policy.timeout > Duration::zero()) {
        exchange.deadline = first.sent + policy.timeout;
    }
    if (policy.retry_policy.per_try_timeout) {
        exchange.timer = first.sent + *policy.retry_policy.per_try_timeout;
    }
    for (const TimePoint due : {exchange.deadline, exchange.timer}) {
        if (due > now_ && due != TimePoint::max()) {
            events_.push({due, key_of(Kind::Timer, exchange.place)});
        }
    }
    note_tried(exchange, first.replica);
    records_[slot].parent = index;
    records_[slot].is_simple = false;
    return index;
}

void DataPlane::Engine::make_exchanges_of(std::uint32_t service) {
    if (!services_[service].has_simple_policy) {
        return;
    }
    for (std::uint32_t slot = 0; slot < records_.size(); ++slot) {
        const Record& record = records_[slot];
        if (record.phase != Phase::Free && record.is_simple &&
            edges_[record.edge].service == service) {
            static_cast<void>(make_exchange_of(slot));
        }
    }
}

}  // namespace wavetank::sim
