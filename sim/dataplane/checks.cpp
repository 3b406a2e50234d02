// What must hold at any time, whatever happens.

#include "sim/dataplane/engine.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace wavetank::sim {

bool checks_by_default() {
#ifdef WAVETANK_CHECKS
    return true;
#else
    return false;
#endif
}

// What the records, the exchanges and the lines say is in flight.
struct DataPlane::Engine::InFlight {
    struct OfLoad {
        std::uint64_t requests = 0;
        std::uint64_t sent = 0;  // the sum of the times
    };

    explicit InFlight(const Engine& engine)
        : loads(engine.loads_.size()),
          attempts(engine.edges_.size()),
          retries(engine.edges_.size()),
          at_replica(engine.replicas_.size()) {}

    std::vector<OfLoad> loads;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> active;  // by edge, replica
    std::vector<std::uint32_t> attempts;                                      // by edge
    std::vector<std::uint32_t> retries;
    std::vector<std::size_t> at_replica;
};

DataPlane::Engine::InFlight DataPlane::Engine::count_in_flight() const {
    InFlight found(*this);
    const auto add_of_load = [&](std::uint32_t edge, TimePoint sent) {
        if (edges_[edge].owner == Owner::Load) {
            InFlight::OfLoad& load = found.loads[edges_[edge].load];
            ++load.requests;
            load.sent += static_cast<std::uint64_t>(sent.time_since_epoch().count());
        }
    };
    const auto add = [&](std::uint32_t edge, std::uint32_t replica, TimePoint sent) {
        ++found.active[{edge, replica}];
        add_of_load(edge, sent);
    };
    for (const Record& record : records_) {
        if (record.phase == Phase::Free || record.edge == none) {
            continue;
        }
        if (!record.is_attempt || record.is_simple) {
            found.attempts[record.edge] += record.is_simple ? 1 : 0;
            add(record.edge, record.replica, record.sent);
        } else if (record.parent != none) {
            ++found.active[{record.edge, record.replica}];
        }
        if (record.phase != Phase::OnTheWay && record.phase != Phase::OnTheWayBack) {
            ++found.at_replica[record.replica];
        }
    }
    for (const Exchange& exchange : exchanges_) {
        if (exchange.policy != nullptr && !exchange.is_check) {
            found.attempts[exchange.edge] += static_cast<std::uint32_t>(exchange.hedges.size());
            if (!exchange.is_mirror) {
                add_of_load(exchange.edge, exchange.sent);
            }
            found.attempts[exchange.edge] += exchange.attempt != none ? 1 : 0;
            found.retries[exchange.edge] += exchange.is_retry ? 1 : 0;
        }
    }
    for (const Replica& replica : replicas_) {
        for (std::size_t i = 0; i < replica.line.size(); ++i) {
            const Promise& promise = replica.line[i];
            if (promise.record == none) {
                add(promise.edge, replica.index, promise.sent);
            }
            found.at_replica[replica.index] += programs_[replica.program].is_leaf ? 1 : 0;
        }
    }
    return found;
}

// Looks at all that is in flight, and compares with what was counted as it came and went. Requires:
// all that is due has happened.
void DataPlane::Engine::check() const {
    const InFlight found = count_in_flight();
    for (std::size_t i = 0; i < edges_.size(); ++i) {
        WAVETANK_ASSERT(edges_[i].attempts == found.attempts[i] &&
                        edges_[i].retries == found.retries[i]);
    }
    for (const Replica& replica : replicas_) {
        WAVETANK_ASSERT(found.at_replica[replica.index] == requests_at(ReplicaId{replica.index}));
    }
    for (const auto& [place, count] : found.active) {
        WAVETANK_ASSERT(edges_[place.first].active.of(place.second) == count);
    }
    for (std::size_t i = 0; i < loads_.size(); ++i) {
        const LoadState& load = loads_[i];
        std::uint64_t ended = 0;
        for (const Lane& lane : load.lanes) {
            ended += routes_[edges_[lane.edge].route]->stats.requests();
        }
        if (load.lanes.empty()) {
            ended = routes_[edges_[load.lane.edge].route]->stats.requests();
        }
        WAVETANK_ASSERT(load.sent == ended + found.loads[i].requests);
        // Little's law, for a time that ends now: the area under the number in flight, once by the
        // times at which it rose and fell, once by the latencies.
        WAVETANK_ASSERT(load.balance.ended - (load.balance.begun - found.loads[i].sent) ==
                        load.balance.latencies);
    }
}

}  // namespace wavetank::sim
