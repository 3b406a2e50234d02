// Deadlines that are passed on from a request to the calls that are made for it, as contexts of
// gRPC are; and what requests of code say themselves of the time they may take.

#include "sim/dataplane/hot_path.hpp"

#include <algorithm>

namespace wavetank::sim {

// Returns when the client of a request gives it up; the past if it has done so.
TimePoint DataPlane::Engine::deadline_of(const Record& record) const {
    if (!record.is_attempt) {
        return TimePoint::max();
    }
    if (record.is_simple) {
        const Duration limit = services_[edges_[record.edge].service].route_policy->timeout;
        return limit > Duration::zero() ? record.sent + limit : TimePoint::max();
    }
    return record.parent == none ? TimePoint{} : exchanges_[record.parent].deadline;
}

// Lets a call have no more time than the request for which it is made. Returns whether there is any
// left.
bool DataPlane::Engine::inherit_deadline(Exchange& exchange) {
    if (exchange.origin.parent == none) {
        return true;
    }
    const TimePoint limit = deadline_of(records_[exchange.origin.parent]);
    if (limit <= now_) {
        return false;
    }
    if (limit < exchange.deadline) {
        exchange.deadline = limit;
        events_.push({limit, key_of(Kind::Timer, exchange.place)});
    }
    return true;
}

// Sends a request that says how long it may take.
void DataPlane::Engine::call_in_time(std::uint32_t edge, const DrawKey& draws, const Origin& origin,
                                     const mesh::RequestTimeout& timeout) {
    const std::uint32_t index = new_exchange(edge, draws, origin, CounterRandom{draws}.hash());
    if (index == none) {
        note_end(edges_[edge], now_, 503, {});
        answer_to(edges_[edge], origin, 503);
        return;
    }
    exchanges_[index].has_past = true;
    exchanges_[index].timeout = timeout;
    if (services_[edges_[edge].service].split != nullptr) {
        begin_split(index);
    } else {
        set_out(index);
    }
}

// Such times are of any length, so that they are events of their own.
void DataPlane::Engine::limit_by_request(Exchange& exchange) {
    const Duration limit = exchange.timeout.over(exchange.policy->timeout);
    if (limit > Duration::zero()) {
        exchange.deadline = limit < never - now_ ? now_ + limit : never;
        events_.push({exchange.deadline, key_of(Kind::Timer, exchange.place)});
    }
}

// As Envoy's `setTimeoutHeaders`: the time of this try, or what was left of all when it was sent.
// Nothing if there is no limit, or nobody waits any longer.
std::optional<Duration> DataPlane::Engine::expected_time_of(const Record& record) const {
    if (!record.is_simple && record.parent == none) {
        return std::nullopt;
    }
    const mesh::RoutePolicy& policy = record.is_simple
                                          ? *services_[edges_[record.edge].service].route_policy
                                          : *exchanges_[record.parent].policy;
    if (policy.kube_proxy) {
        return std::nullopt;
    }
    std::optional<Duration> expected;
    if (!policy.hedge_on_per_try_timeout) {
        expected = policy.retry_policy.per_try_timeout;
    }
    if (const TimePoint deadline = deadline_of(record); deadline != TimePoint::max()) {
        expected = std::min(expected.value_or(deadline - record.sent), deadline - record.sent);
    }
    return expected;
}

}  // namespace wavetank::sim
