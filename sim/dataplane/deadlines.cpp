// Deadlines that are passed on from a request to the calls that are made for it, as contexts of
// gRPC are.

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

}  // namespace wavetank::sim
