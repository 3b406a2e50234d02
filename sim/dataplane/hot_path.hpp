#pragma once

/// \file
/// What every request passes, inlined into all that call it: at fifty nanoseconds a request, a call
/// is not for nothing, and compilers do not know what is called often.

#include "sim/dataplane/engine.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace wavetank::sim {

// Asks for the first two cache lines of something. Inline with all its callers, or g++ takes them
// for functions without an effect and drops the calls.
template <class Thing>
[[gnu::always_inline]] inline void fetch(const Thing& thing) {
    const auto* const first = reinterpret_cast<const char*>(&thing);
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + 64, 1);
}

// The endpoints of one edge as its balancer sees them. Counts are looked up after the promises
// of the endpoint have been settled, if some of them are all that there is of their requests.
struct DataPlane::Engine::View {
    Engine& engine;
    const Edge& edge;
    const std::vector<std::uint32_t>& endpoints;
    bool has_direct;

    [[nodiscard]] std::size_t size() const {
        return endpoints.size();
    }
    [[nodiscard, gnu::always_inline]] std::uint32_t requests_active(std::size_t index) const {
        const std::uint32_t replica = endpoints[index];
        if (has_direct && engine.first_due_[replica] <= engine.now_) {
            engine.keep_promises(engine.replicas_[replica]);
        }
        return edge.active.of(replica);
    }
};

[[gnu::always_inline]] inline std::uint32_t DataPlane::Engine::pick(Edge& edge,
                                                                    const DrawKey& draws) {
    const Service& service = services_[edge.service];
    if (service.endpoints.empty()) {
        return none;
    }
    if (least_request_) {
        if (chains_.may_begin) {
            return pick_beside_chains(edge);
        }
        const View view{*this, edge, service.endpoints, service.has_direct};
        return service.endpoints[least_request_->choose(view, edge.random)];
    }
    return pick_by_policy(edge, draws);
}

[[gnu::always_inline]] inline DataPlane::Engine::Draft DataPlane::Engine::draft_of(
    const DrawKey& draws, std::uint32_t program) const {
    CounterRandom random{draws};
    const std::uint64_t hash = random.hash();
    const Duration work = programs_[program].declared.work.sample(random);
    return {.hash = hash, .drawn = random.state(), .work = work};
}

// Returns what the load's next request draws.
[[gnu::always_inline]] inline DataPlane::Engine::Draft DataPlane::Engine::next_draft(
    LoadState& load, std::uint32_t program) const {
    if (load.sent - load.drafted_from >= draws_at_once) [[unlikely]] {
        make_drafts(load, program);
    }
    if (load.drafted_for != program) [[unlikely]] {
        return draft_of({.workload = load.key, .request = load.sent}, program);
    }
    return load.drafts->at(load.sent - load.drafted_from);
}

// A record is made where it stays: a copy of one just written waits for it to reach the cache.
[[gnu::always_inline]] inline std::uint32_t DataPlane::Engine::new_record(const DrawKey& draws,
                                                                          const Draft& draft) {
    std::uint32_t slot = first_free_;
    if (slot == none) [[unlikely]] {
        WAVETANK_ASSERT(has_record());
        slot = static_cast<std::uint32_t>(records_.size());
        records_.emplace_back();
    }
    first_free_ = records_[slot].parent;
    ::new (&records_[slot]) Record{.place = place_of(draft.hash, slot),
                                   .sent = now_,
                                   .draws = draws,
                                   .drawn = draft.drawn,
                                   .work = draft.work};
    return slot;
}

[[gnu::always_inline]] inline void DataPlane::Engine::free_record(std::uint32_t slot) {
    Record& record = records_[slot];
    record.phase = Phase::Free;
    record.due = TimePoint::max();
    record.parent = std::exchange(first_free_, slot);
}

[[gnu::always_inline]] inline void DataPlane::Engine::note_first_due(Replica& replica) {
    first_due_[replica.index] = replica.line.empty() ? TimePoint::max() : replica.line.front().due;
}

// Says when a computation will be done; the caller says whose it is, then puts it in its place. As
// many are ahead of it as are in the line, so it begins when all but `cpus` - 1 of them have gone.
[[gnu::always_inline]] inline DataPlane::Engine::Promise& DataPlane::Engine::promise_cpu(
    Replica& replica, Duration work) {
    TimePoint begun = now_;
    if (replica.cpus == 1) {  // mostly, and then no jump depends on whether there is a line
        begun = std::max(now_, replica.free_at);
    } else if (const std::size_t ahead = replica.line.size(); ahead >= replica.cpus) {
        begun = std::max(now_, replica.line[ahead - replica.cpus].due);
    }
    const TimePoint due = std::min(begun + time_for(work, replica.speed), never);
    return replica.line.add(begun, due, work, replica.tickets++);
}

[[gnu::always_inline]] inline void DataPlane::Engine::put_last_in_line(Replica& replica) {
    const TimePoint due = replica.line.back().due;
    if (replica.cpus > 1 || due <= replica.free_at) {
        replica.line.insert_last(
            [this](const Promise& left, const Promise& right) { return is_later(left, right); });
    }
    replica.free_at = due;
    first_due_[replica.index] = replica.line.front().due;
}

[[gnu::always_inline]] inline void DataPlane::Engine::schedule(std::uint32_t slot, Kind kind,
                                                               TimePoint time) {
    Record& record = records_[slot];
    record.due = time;
    events_.push({time, key_of(kind, record.place)});
}

[[gnu::always_inline]] inline void DataPlane::Engine::take_cpu(std::uint32_t slot) {
    const Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    note_use(replica);
    replica.running.push_back(slot);
    schedule(slot, Kind::Departure, now_ + time_for(record.work, replica.speed));
}

// Lets a request go to its replica.
[[gnu::always_inline]] inline void DataPlane::Engine::set_off(std::uint32_t slot) {
    if (watches_requests()) {
        note_start(slot);
    }
    if (chains_.may_begin) {
        ++replicas_[records_[slot].replica].coming;
    }
    if (const Duration there = message(slot, Leg::There); there > Duration::zero()) {
        deliver(slot, Kind::Arrival, there);
    } else {
        arrive(slot);
    }
}

// Sends a request to a replica.
[[gnu::always_inline]] inline void DataPlane::Engine::start(std::uint32_t edge_index,
                                                            std::uint32_t picked,
                                                            const DrawKey& draws,
                                                            const Origin& origin,
                                                            const Draft& draft) {
    edges_[edge_index].begin_at(picked);
    const std::uint32_t slot = new_record(draws, draft);
    Record& record = records_[slot];
    record.parent = origin.parent;
    record.edge = edge_index;
    record.replica = picked;
    record.message = origin.message;
    record.phase = Phase::OnTheWay;
    record.priority = origin.priority;
    record.depth = origin.depth;
    if (origin.is_attempt) [[unlikely]] {
        record.is_attempt = true;
        record.is_simple = origin.is_simple;
        hold(edge_index, origin.message);
        if (!origin.is_simple) {
            exchanges_[origin.parent].attempt = slot;
        }
    }
    set_off(slot);
}

// Sends a load's next request to the replica that was picked for it.
[[gnu::always_inline]] inline void DataPlane::Engine::start_of_load(LoadState& load,
                                                                    const Lane& lane,
                                                                    std::uint32_t picked,
                                                                    const DrawKey& draws) {
    Edge& edge = edges_[lane.edge];
    if (picked == none || !has_record()) {
        note_end(edge, now_, 503, {});
        note_refused(edge, picked);
        return;
    }
    start(lane.edge, picked, draws, {.message = lane.message, .priority = lane.priority},
          next_draft(load, program_of(edge, picked)));
}

inline std::uint32_t DataPlane::Engine::site_of_call(std::uint32_t caller, std::uint32_t group,
                                                     std::uint32_t number) {
    const std::uint64_t site = std::uint64_t{caller} << 32 | (group + 1U) << 16;
    return static_cast<std::uint32_t>(mix_bits(site + number));
}

// Sends a request to the replica that was picked for it; if there is none, it is refused.
[[gnu::always_inline]] inline void DataPlane::Engine::send_to(std::uint32_t edge_index,
                                                              std::uint32_t picked,
                                                              const DrawKey& draws,
                                                              const Origin& origin) {
    Edge& edge = edges_[edge_index];
    if (picked == none || !has_record() || origin.depth > depth_max || is_too_much()) {
        note_end(edge, now_, 503, {});
        note_refused(edge, picked);
        answer_to(edge, origin, 503);
        return;
    }
    start(edge_index, picked, draws, origin, draft_of(draws, program_of(edge, picked)));
}

}  // namespace wavetank::sim
