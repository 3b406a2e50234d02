#include "sim/dataplane/hot_path.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace wavetank::sim {
namespace {

// Tell what users draw from what the service draws.
constexpr std::uint32_t think_site = 0x7468696e;
constexpr std::uint32_t class_site = 0x636c6173;
constexpr std::uint32_t session_site = 0x73657373;

// A user who need not think, and whose answer took no time, waits this long; else nothing else
// would ever happen.
constexpr Duration least_round = std::chrono::milliseconds{1};

constexpr std::uint32_t sends_at_once_max = 1U << 24;

constexpr bool is_ok(std::uint16_t status) {
    return status >= 200 && status < 300;
}

}  // namespace

void DataPlane::Engine::fire(std::uint32_t index) {
    LoadState& load = loads_[index];
    load.next = load.arrivals->next();
    if (load.has_sessions) {
        begin_session(index);
        return;
    }
    const Lane& lane = lane_of(load, load.sent);
    const DrawKey draws{.workload = load.key, .request = load.sent};
    if (load.path != nullptr) {
        fire_chain(load, draws);
    } else if (Edge& edge = edges_[lane.edge]; edge.has_route_policy) [[unlikely]] {
        begin_exchange(lane.edge, draws, {.message = lane.message, .priority = lane.priority});
        note_sent(load);
        return;
    } else if (const std::uint32_t picked = pick(edge, draws);
               picked != none && replicas_[picked].is_direct) {
        start_directly(load, lane, replicas_[picked]);
    } else {
        start_of_load(load, lane, picked, draws);
    }
    note_sent(load);
    fetch_choices(edges_[lane.edge]);  // there may be more edges now
}

const DataPlane::Engine::Lane& DataPlane::Engine::draw_lane(const LoadState& load,
                                                            std::uint64_t number) {
    CounterRandom random{{.workload = load.key, .request = number, .call_site = class_site}};
    const double drawn = random.uniform();
    const auto found = std::ranges::upper_bound(load.lanes, drawn, {}, &Lane::up_to);
    return found != load.lanes.end() ? *found : load.lanes.back();
}

// Somebody comes, for the requests of one session.
void DataPlane::Engine::begin_session(std::uint32_t index) {
    LoadState& load = loads_[index];
    const std::uint32_t number = load.sessions++;
    const std::uint64_t first = std::uint64_t{number} << 32;
    if (free_users_.empty() && users_.size() == std::size_t{1} << slot_bits) {
        note_sent(load);
        note_end(edges_[lane_of(load, first).edge], now_, 503, {});
        return;
    }
    if (free_users_.empty()) {
        free_users_.push_back(static_cast<std::uint32_t>(users_.size()));
        users_.emplace_back();
    }
    const std::uint32_t user = free_users_.back();
    free_users_.pop_back();
    CounterRandom random{{.workload = load.key, .request = first, .call_site = session_site}};
    users_[user] = {.load = index, .number = number, .left = load.session.sample(random)};
    ++load.users;
    send_of_user(user);
}

void DataPlane::Engine::leave(std::uint32_t user) {
    --loads_[users_[user].load].users;
    free_users_.push_back(user);
}

void DataPlane::Engine::let_think(std::uint32_t user, TimePoint from) {
    const User& thinker = users_[user];
    if (thinker.left == 0) {
        leave(user);
        return;
    }
    const LoadState& load = loads_[thinker.load];
    const std::uint64_t number = std::uint64_t{thinker.number} << 32 | thinker.sent;
    CounterRandom random{{.workload = load.key, .request = number, .call_site = think_site}};
    const std::uint64_t stable = mix_bits(load.key ^ mix_bits(thinker.number));
    Duration think = load.think.sample(random);
    if (think == Duration::zero() && thinker.sent > 0 && from == thinker.sent_at) {
        think = least_round;
    }
    events_.push({from + think, key_of(Kind::Send, place_of(stable, user))});
}

void DataPlane::Engine::send_of_user(std::uint32_t user) {
    User& sender = users_[user];
    LoadState& load = loads_[sender.load];
    if (sender.left != none) {
        --sender.left;
    } else if (now_ > load.end) {
        leave(user);
        return;
    }
    note_sent(load);
    sender.sent_at = now_;
    const std::uint64_t number = std::uint64_t{sender.number} << 32 | sender.sent++;
    const Lane& lane = lane_of(load, number);
    send(lane.edge, {.workload = load.key, .request = number},
         {.parent = user, .message = lane.message, .priority = lane.priority});
}

// Counts what is sent at one time: calls that call each other in circles, at no cost, would never
// let it pass.
bool DataPlane::Engine::is_too_much() {
    if (busy_at_ != now_) {
        busy_at_ = now_;
        sends_at_once_ = 0;
    }
    return ++sends_at_once_ > sends_at_once_max;
}

void DataPlane::Engine::send(std::uint32_t edge_index, const DrawKey& draws, const Origin& origin) {
    Edge& edge = edges_[edge_index];
    if (edge.has_route_policy) [[unlikely]] {
        begin_exchange(edge_index, draws, origin);
        return;
    }
    send_to(edge_index, pick(edge, draws), draws, origin);
}

// Sends a request that needs no record to a replica.
[[gnu::always_inline]] inline void DataPlane::Engine::start_directly(LoadState& load,
                                                                     const Lane& lane,
                                                                     Replica& replica) {
    Edge& edge = edges_[lane.edge];
    settle(replica);
    replica.taken += replica.is_alive ? 1 : 0;
    if (!replica.is_alive || replica.line.size() >= replica.places) {
        note_end(edge, now_, 503, {});
        if (!replica.is_alive) {
            note_flags(edge, mesh::ResponseFlag::UpstreamConnectionFailure);
        }
        return;
    }
    const Draft draft = next_draft(load, replica.program);
    std::uint16_t status = 200;
    if (replica.error_rate > 0) [[unlikely]] {
        CounterRandom random{{.workload = load.key, .request = load.sent}, draft.drawn};
        status = random.uniform() < replica.error_rate ? 500 : 200;
    }
    edge.begin_at(replica.index);
    Promise& promise = promise_cpu(replica, draft.work);
    promise.sent = now_;
    promise.number = load.sent;
    promise.edge = lane.edge;
    promise.status = status;
    put_last_in_line(replica);
}

void DataPlane::Engine::make_drafts(LoadState& load, std::uint32_t program) const {
    load.drafted_from = load.sent;
    load.drafted_for = program;
    load.drafts->randoms.begin({.workload = load.key, .request = load.sent});
    programs_[program].declared.work.sample_each(load.drafts->randoms, load.drafts->work);
}

double DataPlane::Engine::draw_uniform(Record& record) {
    CounterRandom random{record.draws, record.drawn};
    const double drawn = random.uniform();
    record.drawn = random.state();
    return drawn;
}

void DataPlane::Engine::arrive(std::uint32_t slot) {
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    const Program& program = programs_[replica.program];
    replica.coming -= chains_.may_begin ? 1 : 0;
    ++replica.present;
    if (watches_requests()) {
        note_arrival(slot);
    }
    if (!replica.is_alive) {
        record.reset = mesh::ResetReason::ConnectionFailure;
        fail_at(slot, 503);
        return;
    }
    ++replica.taken;
    if (program.meets_requests && !comes_in(slot)) [[unlikely]] {
        return;
    }
    if (replica.error_rate > 0 && draw_uniform(record) < replica.error_rate) {
        record.status = 500;
    }
    if (!program.has_slots || replica.in_hand < *program.declared.concurrency) {
        replica.in_hand += program.has_slots ? 1 : 0;
        begin(slot);
    } else if (replica.line_for_slots.size() < program.declared.queue_limit.value_or(none)) {
        record.phase = Phase::InLine;
        put_in_line(replica.line_for_slots, slot, program.declared.discipline);
    } else {
        fail_at(slot, 503);
    }
}

// The replica has done its part; the answer goes back.
[[gnu::always_inline]] inline void DataPlane::Engine::finish(std::uint32_t slot) {
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    --replica.present;
    record.phase = Phase::OnTheWayBack;
    if (watches_requests()) {
        note_departure(slot);
    }
    if (programs_[replica.program].has_filters) [[unlikely]] {
        go_out(slot);
    }
    release_slot(replica);  // others begin: there may be more records now
    if (const Duration back = message(slot, Leg::Back); back > Duration::zero()) {
        deliver(slot, Kind::Answer, back);
    } else {
        answer(slot);
    }
}

// The CPU's part is done.
void DataPlane::Engine::leave_cpu(std::uint32_t slot) {
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    if (record.is_computed) {
        settle(replica);
    } else if (replica.sharing == nullptr) {
        note_use(replica);
        replica.running.back() == slot ? replica.running.pop_back()
                                       : static_cast<void>(std::erase(replica.running, slot));
        const Discipline discipline = programs_[replica.program].declared.discipline;
        if (const auto next = take_next(replica.queue, discipline); next != none) {
            take_cpu(next);
        }
    }
    if (record.edge == none) {
        const std::uint32_t message = record.message;
        free_record(slot);
        options_.code->done(message, 200);
        return;
    }
    if (programs_[replica.program].is_leaf) {
        finish(slot);
    } else {
        end_work(slot);
    }
}

void DataPlane::Engine::end_work(std::uint32_t slot) {
    Record& record = records_[slot];
    if (record.status != 200) {
        finish(slot);
        return;
    }
    const Program& program = programs_[replicas_[record.replica].program];
    Duration wait{};
    if (program.has_wait) {
        CounterRandom random{record.draws, record.drawn};
        wait = program.declared.wait.sample(random);
        record.drawn = random.state();
    }
    if (wait > Duration::zero()) {
        record.phase = Phase::Waiting;
        schedule(slot, Kind::Departure, now_ + wait);
    } else {
        call_next(slot);
    }
}

// Makes the calls of the next group that has any, or answers.
void DataPlane::Engine::call_next(std::uint32_t slot) {
    const Replica& replica = replicas_[records_[slot].replica];
    const Program& program = programs_[replica.program];
    records_[slot].phase = Phase::Calling;
    while (records_[slot].group < program.groups.size() && records_[slot].status == 200) {
        const std::uint16_t group = records_[slot].group++;
        DrawKey draws = records_[slot].draws;
        const std::uint32_t caller_site = draws.call_site;
        std::uint32_t number = 0;
        // One more, so that the calls of a group do not end it before all are made.
        records_[slot].open_calls = 1;
        const Forwarding* const forwarding = program.forwards ? forwarding_of(slot) : nullptr;
        for (const Call& call : program.groups[group]) {
            if (call.probability < 1 && draw_uniform(records_[slot]) >= call.probability) {
                number += call.repeat;
                continue;
            }
            const std::uint32_t replica_index = records_[slot].replica;
            const std::uint32_t edge =
                forwarding == nullptr
                    ? edge_to(replica_index, call.callee)
                    : edge_to(replica_index, *forwarding, forwarding->calls[call.number]);
            const std::uint32_t message =
                forwarding == nullptr ? call.message : forwarding->calls[call.number].message;
            for (std::uint32_t i = 0; i < call.repeat; ++i) {
                draws.call_site = site_of_call(caller_site, group, ++number);
                ++records_[slot].open_calls;
                const Record& record = records_[slot];
                send(edge, draws,
                     {.parent = slot,
                      .message = message,
                      .priority = record.priority,
                      .depth = static_cast<std::uint8_t>(record.depth + 1)});
            }
        }
        if (--records_[slot].open_calls > 0) {
            return;
        }
    }
    end_script(slot);
}

// What is declared has been done; what is code comes last.
void DataPlane::Engine::end_script(std::uint32_t slot) {
    Record& record = records_[slot];
    if (!programs_[replicas_[record.replica].program].declared.is_code || record.status != 200) {
        finish(slot);
        return;
    }
    record.phase = Phase::InCode;
    const bool has_exchange = record.is_attempt && !record.is_simple && record.parent != none;
    const std::uint32_t changed = has_exchange ? exchanges_[record.parent].message : none;
    options_.code->serve({.id = RequestId{slot},
                          .replica = ReplicaId{record.replica},
                          .draws = record.draws,
                          .message = record.message,
                          .as_changed = changed == none ? std::nullopt : std::optional{changed},
                          .expected = record.is_attempt ? expected_time_of(record) : std::nullopt,
                          .is_only = !record.is_attempt});
}

void DataPlane::Engine::answer_of_code(std::uint32_t slot, std::uint16_t status) {
    WAVETANK_ASSERT(records_[slot].phase == Phase::InCode);
    records_[slot].status = status;
    finish(slot);
}

// The client has its answer.
void DataPlane::Engine::answer(std::uint32_t slot) {
    const Record& record = records_[slot];
    Edge& edge = edges_[record.edge];
    Replica& replica = replicas_[record.replica];
    if (record.is_computed) {
        settle(replica);  // while the promise can still ask its record for its place in the order
    }
    if (record.is_attempt) [[unlikely]] {
        end_attempt(slot);
        return;
    }
    edge.end_at(record.replica);
    note_end(edge, now_, record.status, now_ - record.sent);
    if (record.reset) [[unlikely]] {
        note_reset(record);
    }
    if (needs_.outcomes) {
        note_outcome(edge, slot);
    }
    const Origin origin{.parent = record.parent, .message = record.message};
    const std::uint16_t status = record.status;
    free_record(slot);
    answer_to(edge, origin, status);
}

void DataPlane::Engine::answer_to(const Edge& edge, const Origin& origin, std::uint16_t status) {
    if (edge.owner == Owner::Caller) {
        options_.code->done(origin.message, status);
        return;
    }
    if (origin.parent == none) {
        return;
    }
    if (edge.owner == Owner::Load) {
        let_think(origin.parent, now_);
        return;
    }
    Record& caller = records_[origin.parent];
    if (!is_ok(status) && caller.status == 200) {
        caller.status = status;
    }
    if (--caller.open_calls == 0) {
        call_next(origin.parent);
    }
}

void DataPlane::Engine::call(std::uint32_t caller, std::uint32_t service, const DrawKey& draws,
                             std::uint32_t message, const mesh::RequestTimeout& timeout) {
    const std::uint32_t edge = edge_of(callers_[caller], service);
    if (timeout.any()) [[unlikely]] {
        call_in_time(edge, draws, {.message = message}, timeout);
        return;
    }
    send(edge, draws, {.message = message});
}

// A computation has a record, but is no request: no edge, no place at the door.
void DataPlane::Engine::compute(std::uint32_t replica, Duration work, const DrawKey& draws,
                                std::uint32_t message) {
    WAVETANK_ASSERT(work > Duration::zero());
    if (!has_record()) {
        options_.code->done(message, 503);
        return;
    }
    const CounterRandom random{draws};
    const std::uint32_t slot =
        new_record(draws, {.hash = random.hash(), .drawn = random.state(), .work = work});
    Record& record = records_[slot];
    record.replica = replica;
    record.message = message;
    begin(slot);
}

std::uint32_t DataPlane::Engine::edge_to(std::uint32_t replica_index, std::size_t callee) {
    const Replica& replica = replicas_[replica_index];
    std::uint32_t& edge = edge_of_callee_[replica.edges + callee];
    if (edge == none) {
        const Program& program = programs_[replica.program];
        edge = make_edge({.service = program.callees[callee],
                          .passes_deadline = program.declared.propagates_deadline,
                          .route = program.routes[callee],
                          .site = replica.site},
                         replica.name);
    }
    return edge;
}

std::uint32_t DataPlane::Engine::edge_of(Caller& caller, std::uint32_t service) {
    const auto known = std::ranges::find_if(
        caller.edges, [&](std::uint32_t edge) { return edges_[edge].service == service; });
    if (known != caller.edges.end()) {
        return *known;
    }
    Service& called = services_[service];
    if (called.route_of_code == none) {
        called.route_of_code = add_route(service);
    }
    caller.edges.push_back(make_edge({.service = service,
                                      .owner = Owner::Caller,
                                      .route = called.route_of_code,
                                      .site = caller.site},
                                     caller.name));
    return caller.edges.back();
}

std::uint32_t DataPlane::Engine::add_route(std::uint32_t service) {
    routes_.push_back(std::make_unique<Route>(Route{.stats = {}, .service = service}));
    return static_cast<std::uint32_t>(routes_.size() - 1);
}

std::uint32_t DataPlane::Engine::make_edge(Edge made, const std::string& client) {
    Edge& edge = edges_.emplace_back(std::move(made));
    const Service& service = services_[edge.service];
    edge.has_route_policy =
        service.route_policy != nullptr || service.split != nullptr || edge.passes_deadline;
    edge.random = options_.random.fork("proxy/" + client + "/" + service.name);
    const auto index = static_cast<std::uint32_t>(edges_.size() - 1);
    if (!least_request_) {
        give_policy(index);
    }
    return index;
}

}  // namespace wavetank::sim
