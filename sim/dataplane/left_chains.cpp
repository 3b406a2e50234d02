// How chains become records when something may get in their way.

#include "sim/dataplane/hot_path.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace wavetank::sim {

void dataplane::Chains::clear() {
    all.clear();
    free.clear();
    awaited.clear();
    departures_in_sight = 0;
    for (runtime::EventQueue* const queue : {&departures, &answers, &counted_until}) {
        while (!queue->empty()) {
            static_cast<void>(queue->pop());
        }
    }
}

// Makes the records of a chain, down to that of the stop whose answer comes next, or where there is
// none yet. Returns the last one, which looks as if it waited for a call, as all others do.
// `limits`: what time they have.
std::uint32_t DataPlane::Engine::make_records_of(const Chain& chain, std::size_t stops,
                                                 Limits& limits) {
    const LoadState& load = loads_[chain.load];
    std::uint32_t slot = none;
    for (std::size_t i = 0; i < stops; ++i) {
        const Stop& stop = load.path->stops.at(i);
        const Chain::Leg& leg = chain.legs.at(i);
        const DrawKey draws{
            .workload = load.key, .request = chain.number, .call_site = stop.call_site};
        const std::uint32_t made = new_record(draws, draft_of(draws, stop.program));
        Record& record = records_[made];
        record.sent = leg.sent;
        record.parent = std::exchange(slot, made);
        record.edge = leg.edge;
        record.replica = leg.replica;
        record.message = stop.message;
        record.open_calls = 1;
        record.group = 1;
        record.phase = Phase::Calling;
        record.priority = load.lane.priority;
        record.is_computed = true;
        record.depth = static_cast<std::uint8_t>(i);
        ++replicas_[leg.replica].present;
        if (const std::uint8_t place = chain.places.at(i); place != Chain::is_counted) {
            chains_.awaited[leg.edge].set_end(place, TimePoint::min());
            edges_[leg.edge].begin_at(leg.replica);
            edges_[leg.edge].attempts += stop.has_policy ? 1 : 0;
        }
        if (stop.has_policy) {
            record.is_attempt = true;
            record.is_simple = true;
            const mesh::RoutePolicy& policy = *services_[stop.service].route_policy;
            const std::uint64_t key = key_of(Kind::Limit, record.place);
            for (const Duration limit :
                 {policy.timeout, policy.retry_policy.per_try_timeout.value_or(Duration::zero())}) {
                if (limit > Duration::zero()) {
                    limits.emplace_back(limit, runtime::Event{record.sent + limit, key});
                }
            }
        }
    }
    return slot;
}

// The next call is not as foreseen; the chain goes on by records. `picked`: who is called, if that
// is known.
void DataPlane::Engine::leave_chain(std::uint32_t index, std::optional<std::uint32_t> picked) {
    const Chain chain = chains_.all[index];
    chains_.give_back(index);
    Limits limits;
    const std::uint32_t slot = make_records_of(chain, chain.stop, limits);
    for (const auto& [length, limit] : limits) {
        events_.push(limit);  // others of its length that come before it need not be asked
    }
    const LoadState& load = loads_[chain.load];
    const Stop& stop = load.path->stops.at(chain.stop);
    ++records_[slot].open_calls;  // so that the call does not end the record before it is made
    const std::uint32_t edge = chain.legs.at(chain.stop).edge;
    const DrawKey draws{.workload = load.key, .request = chain.number, .call_site = stop.call_site};
    const Origin origin{.parent = slot,
                        .message = stop.message,
                        .priority = load.lane.priority,
                        .depth = chain.stop};
    if (!picked) {
        send(edge, draws, origin);
    } else if (stop.has_policy) {
        begin_simple_at(edge, *picked, draws, origin);
    } else {
        send_to(edge, *picked, draws, origin);
    }
    if (--records_[slot].open_calls == 0) {
        call_next(slot);
    }
}

// What becomes of chains that are left at rest: who is on the way to a replica, in the order in
// which they were sent, and who is in its line.
struct DataPlane::Engine::Leaving {
    // Of requests that were sent at one time, those of replicas go by the keys of their departures,
    // those of loads follow.
    using Order = std::tuple<TimePoint, std::uint64_t, std::uint16_t, std::uint64_t>;

    std::vector<std::pair<Order, std::uint32_t>> sent;       // records
    std::vector<std::pair<std::uint32_t, Promise>> in_line;  // by replica
    Limits limits;
};

// Makes records of all chains, so that anything may happen to them. Requires: all that is due has
// happened.
void DataPlane::Engine::leave_chains() {
    if (chains_.all.empty()) {
        return;
    }
    WAVETANK_ASSERT(now_ == limit_);
    note_answers(now_);
    settle_counted();
    Leaving leaving;
    for (std::uint32_t i = 0; i < chains_.all.size(); ++i) {
        if (const Chain chain = chains_.all[i]; chain.stop != Chain::is_free) {
            chains_.give_back(i);
            leave_at_rest(chain, leaving);
        }
    }
    chains_.clear();
    put_on_the_way(leaving);
    put_in_lines(leaving);
    arm_all(leaving.limits);
}

void DataPlane::Engine::leave_at_rest(const Chain& chain, Leaving& leaving) {
    const Path& path = *loads_[chain.load].path;
    const bool is_last = chain.stop + std::size_t{1} == path.count;
    std::size_t stops = chain.stop + std::size_t{1};
    while (is_last && answer_time(chain, stops - 1) <= now_) {
        --stops;
    }
    const std::uint32_t slot = make_records_of(chain, stops, leaving.limits);
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    const Duration time = time_for(record.work, replica.speed);
    const bool is_at_its_stop = stops == chain.stop + std::size_t{1};
    if (is_at_its_stop && record.sent + constant_network_ > now_) {
        const std::uint64_t order =
            chain.stop == 0 ? last_key : records_[record.parent].place >> slot_bits;
        leaving.sent.emplace_back(Leaving::Order{record.sent, order, chain.load, chain.number},
                                  slot);
        leaving.in_line.emplace_back(record.replica, Promise{});
        record.phase = Phase::OnTheWay;
        record.is_computed = false;
        record.group = 0;
        record.open_calls = 0;
        replica.used -= time;
        --replica.taken;
        --replica.present;
        ++replica.coming;
        return;
    }
    if (is_at_its_stop && chain.due > now_) {
        leaving.in_line.emplace_back(
            record.replica,
            Promise{
                .due = chain.due, .begun = chain.due - time, .work = record.work, .record = slot});
        replica.used -= time;
        record.group = 0;
        record.open_calls = 0;
        record.phase = Phase::ForCpu;
        plan_departure(slot, chain.due);
        return;
    }
    --replica.present;
    record.phase = Phase::OnTheWayBack;
    schedule(slot, Kind::Answer, answer_time(chain, stops - 1));
}

// Arrivals are in the order in which they were sent; those of chains come before others of their
// moment, which were sent later.
void DataPlane::Engine::put_on_the_way(Leaving& leaving) {
    std::ranges::sort(leaving.sent);
    std::vector<runtime::Event> arrivals;
    for (const auto& [order, slot] : leaving.sent) {
        Record& record = records_[slot];
        record.due = record.sent + constant_network_;
        arrivals.push_back({record.due, key_of(Kind::Arrival, record.place)});
    }
    std::vector<runtime::Event> others;
    for (; !messages_.empty(); messages_.pop_front()) {
        others.push_back(messages_.front());
    }
    const auto moment = [](const runtime::Event& event) {
        return std::pair{event.time, kind_of(event.key)};
    };
    std::vector<runtime::Event> all;
    std::ranges::merge(arrivals, others, std::back_inserter(all), {}, moment, moment);
    for (const runtime::Event& event : all) {
        messages_.push_back(event);
    }
}

// Lets timers begin that did so in the past, each among those of its length.
void DataPlane::Engine::arm_all(Limits& limits) {
    const auto is_before_other = [](const auto& left, const auto& right) {
        return left.first != right.first ? left.first < right.first
                                         : runtime::is_before(left.second, right.second);
    };
    std::ranges::sort(limits, is_before_other);
    for (auto next = limits.begin(); next != limits.end();) {
        const Duration length = next->first;
        Timers& timers = timers_of(length);
        std::vector<runtime::Event> all;
        for (; !timers.pending.empty(); timers.pending.pop_front()) {
            if (!is_in_vain(timers.pending.front())) {
                all.push_back(timers.pending.front());
            }
        }
        const auto known = static_cast<std::ptrdiff_t>(all.size());
        for (; next != limits.end() && next->first == length; ++next) {
            all.push_back(next->second);
        }
        std::ranges::inplace_merge(all, all.begin() + known, runtime::is_before);
        for (const runtime::Event& timer : all) {
            timers.pending.push_back(timer);
        }
        if (!timers.planned || is_before(all.front(), *timers.planned)) {
            plan(timers, all.front());
        }
    }
}

// Lines are made anew: who is on the way no longer has a place in them. Who came first began first,
// or took no time.
void DataPlane::Engine::put_in_lines(Leaving& leaving) {
    std::ranges::sort(leaving.in_line, {}, &std::pair<std::uint32_t, Promise>::first);
    for (auto next = leaving.in_line.begin(); next != leaving.in_line.end();) {
        Replica& replica = replicas_[next->first];
        std::vector<Promise> all = replica.line.take_all();
        for (; next != leaving.in_line.end() && next->first == replica.index; ++next) {
            if (next->second.record != none) {
                all.push_back(next->second);
            }
        }
        std::ranges::sort(all, {}, [this](const Promise& promise) {
            return std::tuple{promise.begun, promise.due, records_[promise.record].place};
        });
        replica.free_at = now_;
        for (const Promise& known : all) {
            Promise& promise =
                replica.line.add(known.begun, known.due, known.work, replica.tickets++);
            promise.record = known.record;
            put_last_in_line(replica);
        }
        note_first_due(replica);
    }
}

}  // namespace wavetank::sim
