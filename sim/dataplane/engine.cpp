#include "sim/dataplane/engine.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <limits>
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

// Calls below calls. Services that call each other in a circle would never come to an end.
constexpr std::uint8_t depth_max = 64;

constexpr bool is_ok(std::uint16_t status) {
    return status >= 200 && status < 300;
}

// With so many records there were or are in flight, a mebibyte of them, an event finds nothing in
// the cache. With fewer, to ask for it ahead would cost a third of the speed.
constexpr std::size_t records_in_cache = 8192;

// So many events before one, what it needs is asked for.
constexpr std::size_t records_ahead = 7;
constexpr std::size_t replicas_ahead = 4;
constexpr std::size_t lines_ahead = 2;

// Asks for the first two cache lines of something. Inline with all its callers, or g++ takes them
// for functions without an effect and drops the calls.
template <class Thing>
[[gnu::always_inline]] inline void fetch(const Thing& thing) {
    const auto* const first = reinterpret_cast<const char*>(&thing);
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + 64, 1);
}

constexpr Duration check_interval = std::chrono::seconds{1};

// What happens after all events of a moment.
constexpr std::uint64_t last_key = std::numeric_limits<std::uint64_t>::max();

}  // namespace

// Counts are looked up after the promises of the endpoint have been settled, if some of them are
// all that there is of their requests.
struct DataPlane::Engine::View {
    Engine& engine;
    const Edge& edge;
    const std::vector<std::uint32_t>& endpoints;
    bool has_direct;

    [[nodiscard]] std::size_t size() const {
        return endpoints.size();
    }
    [[nodiscard]] std::uint32_t requests_active(std::size_t index) const {
        const std::uint32_t replica = endpoints[index];
        if (has_direct && engine.first_due_[replica] <= engine.now_) {
            engine.keep_promises(engine.replicas_[replica]);
        }
        return edge.active.of(replica);
    }
};

std::uint64_t DataPlane::Engine::place_of(std::uint64_t stable, std::uint32_t slot) {
    return stable >> (64 - stable_bits) << slot_bits | slot;
}

std::uint64_t DataPlane::Engine::key_of(Kind kind, std::uint64_t place) {
    return static_cast<std::uint64_t>(kind) << (slot_bits + stable_bits) | place;
}

DataPlane::Engine::Kind DataPlane::Engine::kind_of(std::uint64_t key) {
    return static_cast<Kind>(key >> (slot_bits + stable_bits));
}

std::uint32_t DataPlane::Engine::slot_of(std::uint64_t key) {
    return static_cast<std::uint32_t>(key & ((std::uint64_t{1} << slot_bits) - 1));
}

void DataPlane::Engine::schedule(std::uint32_t slot, Kind kind, TimePoint time) {
    Record& record = records_[slot];
    record.due = time;
    events_.push({time, key_of(kind, record.place)});
}

// Schedules the end of a message's way.
void DataPlane::Engine::deliver(std::uint32_t slot, Kind kind, Duration time) {
    if (!has_equal_messages_) {
        schedule(slot, kind, now_ + time);
        return;
    }
    Record& record = records_[slot];
    record.due = now_ + time;
    const runtime::Event event{record.due, key_of(kind, record.place)};
    messages_.insert(event, [&](const runtime::Event& other) { return is_before(event, other); });
}

bool DataPlane::Engine::is_message_next() {
    return !messages_.empty() && (events_.empty() || is_before(messages_.front(), events_.front()));
}

TimePoint DataPlane::Engine::next_event_time() {
    const TimePoint message = messages_.empty() ? TimePoint::max() : messages_.front().time;
    return events_.empty() ? message : std::min(message, events_.front().time);
}

// Asks for the memory that the next events need, each step when what names it has come: a record,
// what it names, and what that names.
void DataPlane::Engine::fetch_ahead() {
    const std::size_t known = events_.known_ahead();
    if (known > known_ahead_ + 1) [[unlikely]] {
        // These have just come into sight.
        for (std::size_t i = 0; i < std::min(known, records_ahead); ++i) {
            fetch_record(events_.ahead(i));
        }
        for (std::size_t i = 0; i < std::min(known, replicas_ahead); ++i) {
            fetch_replica(events_.ahead(i));
        }
    }
    known_ahead_ = known;
    if (known > records_ahead) {
        fetch_record(events_.ahead(records_ahead));
    }
    if (known > replicas_ahead) {
        fetch_replica(events_.ahead(replicas_ahead));
    }
    if (known > lines_ahead) {
        fetch_line(events_.ahead(lines_ahead));
    }
}

// The same for messages, of which all are known.
[[gnu::always_inline]] inline void DataPlane::Engine::fetch_ahead_of_messages() const {
    if (messages_.size() > records_ahead) {
        fetch_record(messages_[records_ahead]);
        fetch_replica(messages_[replicas_ahead]);
        fetch_line(messages_[lines_ahead]);
    }
}

[[gnu::always_inline]] inline void DataPlane::Engine::fetch_record(
    const runtime::Event& event) const {
    if (is_of_record(event)) {
        fetch(records_[slot_of(event.key)]);
    }
}

[[gnu::always_inline]] inline void DataPlane::Engine::fetch_replica(
    const runtime::Event& event) const {
    if (!is_of_record(event)) {
        return;
    }
    const Record& record = records_[slot_of(event.key)];
    if (record.replica < replicas_.size()) {
        fetch(replicas_[record.replica]);
    }
    if (record.edge < edges_.size()) {
        fetch(edges_[record.edge]);
    }
    if (kind_of(event.key) == Kind::Answer && record.parent < records_.size()) {
        fetch(records_[record.parent]);
    }
}

[[gnu::always_inline]] inline void DataPlane::Engine::fetch_line(
    const runtime::Event& event) const {
    if (!is_of_record(event)) {
        return;
    }
    const Record& record = records_[slot_of(event.key)];
    if (record.replica < replicas_.size() && !replicas_[record.replica].line.empty()) {
        fetch(replicas_[record.replica].line.front());
    }
}

bool DataPlane::Engine::is_of_record(const runtime::Event& event) {
    const Kind kind = kind_of(event.key);
    return kind != Kind::Sharing && kind != Kind::Send;
}

// Lets the next event happen, unless it is later than `limit`. Returns whether it has.
bool DataPlane::Engine::dispatch_next(TimePoint limit) {
    const bool is_message = is_message_next();
    if (!is_message && events_.empty()) {
        return false;
    }
    const runtime::Event event = is_message ? messages_.front() : events_.front();
    if (event.time > limit) {
        return false;
    }
    if (is_message) {
        messages_.pop_front();
    } else {
        static_cast<void>(events_.pop());
    }
    if (records_.size() > records_in_cache) {
        is_message ? fetch_ahead_of_messages() : fetch_ahead();
    }
    dispatch(event);
    return true;
}

void DataPlane::Engine::run_until(TimePoint time) {
    WAVETANK_ASSERT(time >= now_);
    for (;;) {
        std::uint32_t source = none;
        TimePoint next = TimePoint::max();
        for (std::uint32_t i = 0; i < loads_.size(); ++i) {
            if (loads_[i].next < next) {
                next = loads_[i].next;
                source = i;
            }
        }
        const TimePoint limit = std::min(next, time);
        while (dispatch_next(limit)) {
        }
        if (next > time) {
            break;
        }
        now_ = next;
        now_key_ = last_key;
        fire(source);
    }
    now_ = time;
    now_key_ = last_key;
    if (options_.checks && now_ >= next_check_) {
        next_check_ = now_ + check_interval;
        check();
    }
    for (std::size_t i = 0; i < first_due_.size(); ++i) {
        if (first_due_[i] <= now_) {
            keep_promises(replicas_[i]);
        }
    }
}

void DataPlane::Engine::dispatch(const runtime::Event& event) {
    const Kind kind = kind_of(event.key);
    const std::uint32_t slot = slot_of(event.key);
    now_ = event.time;
    now_key_ = event.key;
    if (kind == Kind::Sharing) {
        if (replicas_[slot].sharing->due == event.time) {
            on_sharing(slot);
        }
        return;
    }
    if (kind == Kind::Send) {
        send_of_user(slot);
        return;
    }
    Record& record = records_[slot];
    if (record.due != event.time || key_of(kind, record.place) != event.key) {
        return;  // it was planned anew, or ended before
    }
    record.due = TimePoint::max();
    if (record.losses > 0) {
        send_again(slot);
        return;
    }
    switch (record.phase) {
        case Phase::OnTheWay:
            arrive(slot);
            break;
        case Phase::ForCpu:
            leave_cpu(slot);
            break;
        case Phase::Waiting:
            call_next(slot);
            break;
        case Phase::OnTheWayBack:
            answer(slot);
            break;
        case Phase::Free:
        case Phase::InLine:
        case Phase::Calling:
        case Phase::InCode:
            WAVETANK_ASSERT(record.phase == Phase::OnTheWay);
    }
}

void DataPlane::Engine::fire(std::uint32_t index) {
    LoadState& load = loads_[index];
    load.next = load.arrivals->next().value_or(TimePoint::max());
    if (load.has_sessions) {
        begin_session(index);
        return;
    }
    const Lane& lane = lane_of(load, load.sent);
    Edge& edge = edges_[lane.edge];
    const std::uint32_t picked = pick(edge);
    if (picked != none && replicas_[picked].is_direct) {
        start_directly(load, lane, replicas_[picked]);
    } else if (picked != none && has_record()) {
        start(lane.edge, picked, {.workload = load.key, .request = load.sent},
              {.message = lane.message, .priority = lane.priority});
    } else {
        note_end(edge, now_, 503, {});
    }
    note_sent(load);
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

std::uint32_t DataPlane::Engine::pick(Edge& edge) {
    const auto& [name, endpoints, has_direct, route] = services_[edge.service];
    if (endpoints.empty()) {
        return none;
    }
    const View view{*this, edge, endpoints, has_direct};
    if (least_request_) {
        return endpoints[least_request_->choose(view, edge.random)];
    }
    std::vector<std::uint32_t> counts(endpoints.size());
    if (balances_by_counts_) {
        for (std::size_t i = 0; i < counts.size(); ++i) {
            counts[i] = view.requests_active(i);
        }
    }
    return endpoints[*edge.balancer->pick(mesh::EndpointSet{counts}, {}, edge.random)];
}

void DataPlane::Engine::send(std::uint32_t edge_index, const DrawKey& draws, const Origin& origin) {
    Edge& edge = edges_[edge_index];
    const std::uint32_t picked = pick(edge);
    if (picked == none || !has_record() || origin.depth > depth_max) {
        note_end(edge, now_, 503, {});
        answer_to(edge, origin, 503);
        return;
    }
    start(edge_index, picked, draws, origin);
}

// Sends a request to a replica.
void DataPlane::Engine::start(std::uint32_t edge_index, std::uint32_t picked, const DrawKey& draws,
                              const Origin& origin) {
    edges_[edge_index].active.increase(picked);
    const std::uint32_t slot = new_record(draws);
    Record& record = records_[slot];
    record.parent = origin.parent;
    record.edge = edge_index;
    record.replica = picked;
    record.message = origin.message;
    record.phase = Phase::OnTheWay;
    record.priority = origin.priority;
    record.depth = origin.depth;
    if (const Duration there = message(slot, Leg::There); there > Duration::zero()) {
        deliver(slot, Kind::Arrival, there);
    } else {
        arrive(slot);
    }
}

// Does the same for a request that needs no record.
void DataPlane::Engine::start_directly(const LoadState& load, const Lane& lane, Replica& replica) {
    Edge& edge = edges_[lane.edge];
    settle(replica);
    if (!replica.is_alive || replica.line.size() >= replica.places) {
        note_end(edge, now_, 503, {});
        return;
    }
    const DeclaredProgram& declared = programs_[replica.program].declared;
    CounterRandom random{{.workload = load.key, .request = load.sent}};
    Promise promise{
        .work = declared.work.sample(random), .sent = now_, .number = load.sent, .edge = lane.edge};
    if (replica.error_rate > 0 && random.uniform() < replica.error_rate) {
        promise.status = 500;
    }
    edge.active.increase(replica.index);
    promise_cpu(replica, promise);
}

void DataPlane::Engine::arrive(std::uint32_t slot) {
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    const Program& program = programs_[replica.program];
    ++replica.present;
    if (!replica.is_alive) {
        fail_at(slot, 503);
        return;
    }
    record.work = program.declared.work.sample(record.random);
    if (replica.error_rate > 0 && record.random.uniform() < replica.error_rate) {
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

// The CPU's part is done.
void DataPlane::Engine::leave_cpu(std::uint32_t slot) {
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    if (record.is_computed) {
        settle(replica);
    } else if (replica.sharing == nullptr) {
        note_use(replica);
        std::erase(replica.running, slot);
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
    end_work(slot);
}

void DataPlane::Engine::end_work(std::uint32_t slot) {
    Record& record = records_[slot];
    if (record.status != 200) {
        finish(slot);
        return;
    }
    const DeclaredProgram& declared = programs_[replicas_[record.replica].program].declared;
    const Duration wait = declared.wait.sample(record.random);
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
        const std::uint64_t site = std::uint64_t{draws.call_site} << 32 | (group + 1U) << 16;
        std::uint32_t number = 0;
        // One more, so that the calls of a group do not end it before all are made.
        records_[slot].open_calls = 1;
        for (const Call& call : program.groups[group]) {
            if (call.probability < 1 && records_[slot].random.uniform() >= call.probability) {
                number += call.repeat;
                continue;
            }
            const std::uint32_t edge = edge_to(records_[slot].replica, call.callee);
            for (std::uint32_t i = 0; i < call.repeat; ++i) {
                draws.call_site = static_cast<std::uint32_t>(mix_bits(site + ++number));
                ++records_[slot].open_calls;
                const Record& record = records_[slot];
                send(edge, draws,
                     {.parent = slot,
                      .message = call.message,
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
    options_.code->serve({.id = RequestId{slot},
                          .replica = ReplicaId{record.replica},
                          .draws = record.draws,
                          .message = record.message});
}

void DataPlane::Engine::answer_of_code(std::uint32_t slot, std::uint16_t status) {
    WAVETANK_ASSERT(records_[slot].phase == Phase::InCode);
    records_[slot].status = status;
    finish(slot);
}

// The replica has done its part; the answer goes back.
void DataPlane::Engine::finish(std::uint32_t slot) {
    Record& record = records_[slot];
    --replicas_[record.replica].present;
    release_slot(replicas_[record.replica]);
    record.phase = Phase::OnTheWayBack;
    if (const Duration back = message(slot, Leg::Back); back > Duration::zero()) {
        deliver(slot, Kind::Answer, back);
    } else {
        answer(slot);
    }
}

// The client has its answer.
void DataPlane::Engine::answer(std::uint32_t slot) {
    const Record& record = records_[slot];
    Edge& edge = edges_[record.edge];
    Replica& replica = replicas_[record.replica];
    if (record.is_computed) {
        settle(replica);  // while the promise can still ask its record for its place in the order
    }
    edge.active.decrease(record.replica);
    note_end(edge, now_, record.status, now_ - record.sent);
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
                             std::uint32_t message) {
    send(edge_of(callers_[caller], service), draws, {.message = message});
}

// A computation has a record, but is no request: no edge, no place at the door.
void DataPlane::Engine::compute(std::uint32_t replica, Duration work, const DrawKey& draws,
                                std::uint32_t message) {
    WAVETANK_ASSERT(work > Duration::zero());
    if (!has_record()) {
        options_.code->done(message, 503);
        return;
    }
    const std::uint32_t slot = new_record(draws);
    Record& record = records_[slot];
    record.work = work;
    record.replica = replica;
    record.message = message;
    begin(slot);
}

// A record is made where it stays: a copy of one just written waits for it to reach the cache.
std::uint32_t DataPlane::Engine::new_record(const DrawKey& draws) {
    if (free_.empty()) {
        WAVETANK_ASSERT(has_record());
        free_.push_back(static_cast<std::uint32_t>(records_.size()));
        records_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    const CounterRandom random{draws};
    ::new (&records_[slot]) Record{
        .place = place_of(random.hash(), slot), .sent = now_, .draws = draws, .random = random};
    return slot;
}

void DataPlane::Engine::free_record(std::uint32_t slot) {
    records_[slot].phase = Phase::Free;
    records_[slot].due = TimePoint::max();
    free_.push_back(slot);
}

std::uint32_t DataPlane::Engine::edge_to(std::uint32_t replica_index, std::size_t callee) {
    const Replica& replica = replicas_[replica_index];
    std::uint32_t& edge = edge_of_callee_[replica.edges + callee];
    if (edge == none) {
        const Program& program = programs_[replica.program];
        edge = make_edge({.service = program.callees[callee],
                          .route = program.routes[callee],
                          .place = replica.place},
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
                                      .route = called.route_of_code,
                                      .owner = Owner::Caller,
                                      .place = caller.place},
                                     caller.name));
    return caller.edges.back();
}

std::uint32_t DataPlane::Engine::add_route(std::uint32_t service) {
    routes_.push_back(std::make_unique<Route>(Route{.stats = {}, .service = service}));
    return static_cast<std::uint32_t>(routes_.size() - 1);
}

std::uint32_t DataPlane::Engine::make_edge(Edge made, const std::string& client) {
    Edge& edge = edges_.emplace_back(std::move(made));
    edge.random = options_.random.fork("proxy/" + client + "/" + services_[edge.service].name);
    if (!least_request_) {
        edge.balancer = options_.balancers.make(options_.load_balancer);
    }
    return static_cast<std::uint32_t>(edges_.size() - 1);
}

}  // namespace wavetank::sim
