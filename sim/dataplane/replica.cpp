#include "sim/dataplane/hot_path.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <cmath>

namespace wavetank::sim {
namespace {

bool is_zero(const Distribution& distribution) {
    return distribution == Distribution{};
}

bool calls_once(const DeclaredProgram& declared) {
    if (declared.calls.size() != 1 || declared.calls.front().size() != 1) {
        return false;
    }
    const DeclaredCall& call = declared.calls.front().front();
    return call.probability >= 1 && call.repeat == 1;
}

}  // namespace

Duration DataPlane::Engine::at_most_ages(double nanoseconds) {
    constexpr double ages = 0x1p60;  // 36 years
    return Duration{static_cast<Duration::rep>(std::min(nanoseconds, ages))};
}

// How long a CPU of that speed is at it.
Duration DataPlane::Engine::time_for(Duration work, double speed) {
    return speed == 1 ? work : at_most_ages(static_cast<double>(work.count()) / speed);
}

Duration DataPlane::Engine::rescaled(Duration left, double before, double after) {
    return at_most_ages(static_cast<double>(left.count()) * before / after);
}

ServiceId DataPlane::Engine::add_service(std::string name) {
    services_.push_back({.name = std::move(name), .endpoints = {}, .route_of_code = none});
    return ServiceId{static_cast<std::uint32_t>(services_.size() - 1)};
}

ProgramId DataPlane::Engine::add_program(DeclaredProgram declared) {
    Program& program = programs_.emplace_back();
    std::uint32_t number = 0;
    for (const auto& group : declared.calls) {
        auto& calls = program.groups.emplace_back();
        for (const DeclaredCall& call : group) {
            const auto callee = static_cast<std::uint32_t>(call.service);
            WAVETANK_ASSERT(callee < services_.size());
            const auto known = std::ranges::find(program.callees, callee);
            calls.push_back({.callee = static_cast<std::uint32_t>(known - program.callees.begin()),
                             .number = number++,
                             .probability = call.probability,
                             .repeat = call.repeat,
                             .message = call.message});
            if (known == program.callees.end()) {
                program.callees.push_back(callee);
                program.routes.push_back(add_route(callee));
            }
        }
    }
    // A whole request is one computation if there is nothing else to it; then a limit of requests
    // is one of CPUs.
    WAVETANK_ASSERT(!declared.is_code || options_.code != nullptr);
    // Over links, what becomes of an answer is not known before it is sent; and a balancer that
    // hears of requests wants to know when they leave.
    const bool has_only_work =
        declared.calls.empty() && is_zero(declared.wait) && !declared.is_code;
    program.is_leaf =
        has_only_work && !options_.has_links && !watches_requests() && declared.filters.empty();
    program.has_slots = declared.concurrency.has_value() &&
                        (!has_only_work || declared.discipline == Discipline::ProcessorSharing);
    program.has_wait = !is_zero(declared.wait);
    program.has_filters = !declared.filters.empty();
    program.meets_requests = program.has_filters;
    program.is_plain = program.is_leaf || calls_once(declared);
    program.is_plain = program.is_plain && !is_zero(declared.work) &&
                       declared.discipline == Discipline::Fifo && !program.has_slots &&
                       !program.has_wait && !program.has_filters && !declared.is_code &&
                       !declared.propagates_deadline;
    program.declared = std::move(declared);
    return ProgramId{static_cast<std::uint32_t>(programs_.size() - 1)};
}

ReplicaId DataPlane::Engine::add_replica(ProgramId program_id, const std::string& name,
                                         ReplicaSize size) {
    WAVETANK_ASSERT(size.cpus > 0 && size.speed > 0 && size.weight > 0);
    const Program& program = programs_[static_cast<std::uint32_t>(program_id)];
    const DeclaredProgram& declared = program.declared;
    Replica& replica = replicas_.emplace_back();
    first_due_.push_back(TimePoint::max());
    replica.index = static_cast<std::uint32_t>(replicas_.size() - 1);
    replica.program = static_cast<std::uint32_t>(program_id);
    replica.cpus = size.cpus;
    replica.speed = size.speed;
    replica.weight = size.weight;
    replica.error_rate = declared.error_rate;
    replica.name = name;
    replica.updated = now_;
    replica.edges = static_cast<std::uint32_t>(edge_of_callee_.size());
    edge_of_callee_.resize(edge_of_callee_.size() + program.callees.size(), none);
    if (!program.has_slots) {
        const std::uint32_t limit = declared.concurrency.value_or(none);
        replica.cpus = std::min(replica.cpus, limit);
        if (declared.queue_limit) {
            replica.places = (limit == none ? replica.cpus : limit) + *declared.queue_limit;
        }
    }
    // A quota that lasts for all CPUs is none.
    if (size.quota && *size.quota < quota_period * replica.cpus) {
        WAVETANK_ASSERT(*size.quota > Duration::zero());
        replica.quota = static_cast<double>(size.quota->count());
    }
    if (declared.discipline == Discipline::ProcessorSharing || replica.quota > 0) {
        start_sharing(replica);
    } else {
        replica.is_computed = options_.computes_departures &&
                              declared.discipline == Discipline::Fifo && !program.has_slots;
        replica.is_direct = replica.is_computed && program.is_leaf && !has_network_;
    }
    if (size.node) {
        replica.node = static_cast<std::uint32_t>(*size.node);
        replica.site = replica.node + 1;
        add_to_node(replica);
    }
    note_plain(replica);
    return ReplicaId{replica.index};
}

void DataPlane::Engine::set_endpoints(ServiceId service, std::span<const ReplicaId> replicas,
                                      mesh::ClusterLoadAssignment hosts) {
    Service& changed = services_[static_cast<std::uint32_t>(service)];
    changed.endpoints.clear();
    changed.has_direct = false;
    changed.program = none;
    for (const ReplicaId replica : replicas) {
        const auto index = static_cast<std::uint32_t>(replica);
        changed.program = changed.endpoints.empty() || changed.program == replicas_[index].program
                              ? replicas_[index].program
                              : none;
        changed.endpoints.push_back(index);
        changed.has_direct = changed.has_direct || replicas_[index].is_direct;
    }
    if (!least_request_) {
        note_endpoints(changed, std::move(hosts));
    } else if (changed.route_policy != nullptr &&
               (changed.route_policy->load_balancing || changed.route_policy->kube_proxy ||
                changed.route_policy->health_check)) {
        changed.hosts = std::move(hosts);
    } else {
        changed.hosts = {};  // nobody asks, and they may be many
    }
    note_upstream_endpoints(static_cast<std::uint32_t>(service));
}

// Everything of the past moment has happened, so what is left in the line lies ahead.
void DataPlane::Engine::crash(std::uint32_t index) {
    Replica& replica = replicas_[index];
    replica.is_alive = false;
    note_plain(replica);
    if (needs_.idleness) {
        withdraw(index);
    }
    settle(replica);
    note_use(replica);
    std::vector<bool> ended(records_.size());
    for (const Promise& promise : replica.line.take_all()) {
        replica.used += std::max(Duration::zero(), now_ - promise.begun);
        if (promise.record != none) {
            ended[promise.record] = true;
            continue;
        }
        Edge& edge = edges_[promise.edge];
        edge.end_at(replica.index);
        note_end(edge, now_, 503, now_ - promise.sent);
        note_flags(edge, mesh::ResponseFlag::UpstreamConnectionTermination);
    }
    note_first_due(replica);
    replica.present = 0;
    replica.running.clear();
    replica.queue.clear();
    replica.line_for_slots.clear();
    replica.free_at = now_;
    leave_node(replica);
    for (std::uint32_t slot = 0; slot < records_.size(); ++slot) {
        Record& record = records_[slot];
        const bool is_here = record.phase == Phase::InLine || record.phase == Phase::ForCpu ||
                             record.phase == Phase::Waiting || record.phase == Phase::Calling ||
                             record.phase == Phase::InCode;
        if (record.replica == index && is_here) {
            ended[slot] = true;
        }
        if (ended[slot] && record.edge == none) {
            ended[slot] = false;
            const std::uint32_t message = record.message;
            free_record(slot);
            options_.code->done(message, 503);
        } else if (ended[slot]) {
            forget_entry(slot);
            record.status = 503;
            record.reset = mesh::ResetReason::ConnectionTermination;
            record.is_computed = false;
            record.phase = Phase::OnTheWayBack;
            schedule(slot, Kind::Answer, now_ + message(slot, Leg::Back));
        }
    }
    forget_callers(ended);
    end_connections_to(index);
}

void DataPlane::Engine::set_speed(std::uint32_t index, double speed) {
    WAVETANK_ASSERT(speed > 0);
    Replica& replica = replicas_[index];
    settle(replica);
    if (replica.sharing != nullptr) {
        advance(replica);
    }
    const double before = replica.speed;
    replica.speed = speed;
    for (const std::uint32_t slot : replica.running) {
        schedule(slot, Kind::Departure, now_ + rescaled(records_[slot].due - now_, before, speed));
    }
    if (replica.sharing != nullptr) {
        grant(replica);
    }
    replica.free_at = now_;
    for (const Promise& old : replica.line.take_all()) {
        Promise& promise = promise_cpu(replica, old.work);
        if (old.begun <= now_) {  // it is at a CPU
            promise.begun = old.begun;
            promise.due = now_ + rescaled(old.due - now_, before, speed);
        }
        promise.sent = old.sent;
        promise.number = old.number;
        promise.edge = old.edge;
        promise.record = old.record;
        promise.status = old.status;
        const TimePoint due = promise.due;
        put_last_in_line(replica);
        if (old.record != none) {
            plan_departure(old.record, due);
        }
    }
    note_first_due(replica);
}

void DataPlane::Engine::set_error_rate(std::uint32_t index, std::optional<double> rate) {
    Replica& replica = replicas_[index];
    replica.error_rate = rate.value_or(programs_[replica.program].declared.error_rate);
    note_plain(replica);
}

void DataPlane::Engine::note_plain(Replica& replica) const {
    replica.is_plain = replica.is_computed && replica.is_alive && replica.cpus == 1 &&
                       replica.places == none && replica.error_rate <= 0 &&
                       programs_[replica.program].is_plain;
}

// Whether a departure comes before what happens now.
bool DataPlane::Engine::is_past(const Promise& promise) const {
    if (promise.due != now_) {
        return promise.due < now_;
    }
    return departure_key(promise) <= now_key_;
}

// The key of the event that the departure would be, less the slot.
std::uint64_t DataPlane::Engine::departure_key(const Promise& promise) const {
    if (promise.record != none) {
        return key_of(Kind::Departure, records_[promise.record].place >> slot_bits << slot_bits);
    }
    const CounterRandom random{
        {.workload = loads_[edges_[promise.edge].load].key, .request = promise.number}};
    return key_of(Kind::Departure, place_of(random.hash(), 0));
}

bool DataPlane::Engine::is_later(const Promise& left, const Promise& right) const {
    return left.due > right.due ||
           (left.due == right.due && departure_key(left) > departure_key(right));
}

// Keeps the promises that are due.
void DataPlane::Engine::keep_promises(Replica& replica) {
    while (!replica.line.empty() && is_past(replica.line.front())) {
        const Promise& promise = replica.line.front();
        replica.used += promise.due - promise.begun;
        if (promise.record == none) {
            Edge& edge = edges_[promise.edge];
            edge.end_at(replica.index);
            note_end(edge, promise.due, promise.status, promise.due - promise.sent);
        }
        replica.line.pop_front();
    }
    note_first_due(replica);
}

// The request has its place in the replica and wants a CPU.
void DataPlane::Engine::begin(std::uint32_t slot) {
    Record& record = records_[slot];
    Replica& replica = replicas_[record.replica];
    const Program& program = programs_[replica.program];
    record.phase = Phase::ForCpu;
    const bool is_request = record.edge != none;
    if (is_request && program.declared.is_code && record.work == Duration::zero()) {
        end_work(slot);  // code computes for itself
    } else if (replica.sharing != nullptr &&
               (program.declared.discipline == Discipline::ProcessorSharing ||
                replica.sharing->jobs.size() < replica.cpus)) {
        share(slot);
    } else if (replica.is_computed) {
        settle(replica);
        if (is_request && replica.line.size() >= replica.places) {
            fail_at(slot, 503);
            return;
        }
        record.is_computed = true;
        Promise& promise = promise_cpu(replica, record.work);
        promise.record = slot;
        const TimePoint due = promise.due;
        put_last_in_line(replica);
        plan_departure(slot, due);
    } else if (replica.sharing == nullptr && replica.running.size() < replica.cpus) {
        take_cpu(slot);
    } else if (!is_request || replica.cpus + replica.queue.size() < replica.places) {
        put_in_line(replica.queue, slot, program.declared.discipline);
    } else {
        fail_at(slot, 503);
    }
}

void DataPlane::Engine::put_in_line(dataplane::Ring<std::uint32_t>& line, std::uint32_t slot,
                                    Discipline discipline) const {
    line.insert(slot, [&](std::uint32_t other) {
        return discipline == Discipline::Priority &&
               records_[other].priority < records_[slot].priority;
    });
}

void DataPlane::Engine::let_next_in(Replica& replica) {
    const Program& program = programs_[replica.program];
    --replica.in_hand;
    const std::uint32_t next = take_next(replica.line_for_slots, program.declared.discipline);
    if (next == none) {
        return;
    }
    ++replica.in_hand;
    to_begin_.push_back(next);
    if (to_begin_.size() > 1) {
        return;  // one that ends as it begins lets the next one in: in turn, not one within the
                 // other
    }
    while (!to_begin_.empty()) {
        begin(to_begin_.front());
        to_begin_.pop_front();
    }
}

// Says what follows a computation whose end is known. Where nothing but the answer does, only the
// client needs to hear of it.
void DataPlane::Engine::plan_departure(std::uint32_t slot, TimePoint off_cpu) {
    Record& record = records_[slot];
    if (!programs_[replicas_[record.replica].program].is_leaf) {
        schedule(slot, Kind::Departure, off_cpu);
        return;
    }
    if (record.phase == Phase::ForCpu) {
        --replicas_[record.replica].present;  // the line has it
    }
    record.phase = Phase::OnTheWayBack;
    const Duration back = network(record.draws, Leg::Back);
    schedule(slot, back > Duration::zero() ? Kind::Answer : Kind::Departure, off_cpu + back);
}

// Turns a request away at its replica's door.
void DataPlane::Engine::fail_at(std::uint32_t slot, std::uint16_t status) {
    Record& record = records_[slot];
    --replicas_[record.replica].present;
    record.status = status;
    record.phase = Phase::OnTheWayBack;
    if (watches_requests()) {
        note_departure(slot);
    }
    if (programs_[replicas_[record.replica].program].has_filters) [[unlikely]] {
        go_out(slot);
    }
    if (const Duration back = message(slot, Leg::Back); back > Duration::zero()) {
        schedule(slot, Kind::Answer, now_ + back);
    } else {
        answer(slot);
    }
}

}  // namespace wavetank::sim
