// Which event is next, and what it needs of memory.

#include "sim/dataplane/hot_path.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace wavetank::sim {
namespace {

// With so many records there were or are in flight, a mebibyte of them, an event finds nothing in
// the cache. With fewer, to ask for it ahead would cost a third of the speed.
constexpr std::size_t records_in_cache = 8192;

// The same of replicas behind one service.
constexpr std::size_t endpoints_in_cache = 4096;

// So many events before one, what it needs is asked for.
constexpr std::size_t records_ahead = 7;
constexpr std::size_t replicas_ahead = 4;
constexpr std::size_t lines_ahead = 2;

// Asks for the promise that is kept next, and for where the next one will be.
[[gnu::always_inline]] inline void fetch_ends(const dataplane::PromiseLine& line) {
    if (!line.empty()) {
        __builtin_prefetch(&line.front(), 1);
        __builtin_prefetch(&line[line.size()], 1);
    }
}

constexpr Duration check_interval = std::chrono::seconds{1};

}  // namespace

// Schedules the end of a message's way. Requests that are on the way equally long arrive as they
// were sent, those of one moment as well.
void DataPlane::Engine::deliver(std::uint32_t slot, Kind kind, Duration time) {
    if (!has_equal_messages_) {
        schedule(slot, kind, now_ + time);
        return;
    }
    Record& record = records_[slot];
    record.due = now_ + time;
    const runtime::Event event{record.due, key_of(kind, record.place)};
    messages_.insert(event, [&](const runtime::Event& other) {
        return kind == Kind::Arrival ? event.time < other.time : is_before(event, other);
    });
}

TimePoint DataPlane::Engine::next_event_time() {
    TimePoint message = messages_.empty() ? TimePoint::max() : messages_.front().time;
    for (const Timers& timers : timers_) {
        message = timers.planned ? std::min(message, timers.planned->time) : message;
    }
    message =
        chains_.departures.empty() ? message : std::min(message, chains_.departures.front().time);
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
    if (record.replica >= replicas_.size()) {
        return;
    }
    const Replica& replica = replicas_[record.replica];
    fetch_ends(replica.line);
    const Program& program = programs_[replica.program];
    if (kind_of(event.key) == Kind::Departure && !program.callees.empty()) {
        // By which it mostly makes its next call.
        if (const std::uint32_t edge = edge_of_callee_[replica.edges]; edge < edges_.size()) {
            fetch(edges_[edge]);
        }
    }
}

// The same for the replicas from which a proxy will choose, by the next two draws of its balancer:
// first what they are, then their lines.
void DataPlane::Engine::fetch_choices(const Edge& edge) const {
    const Service& service = services_[edge.service];
    const std::vector<std::uint32_t>& endpoints = service.endpoints;
    if (endpoints.size() <= endpoints_in_cache || !least_request_) {
        return;
    }
    if (!service.has_direct) {
        fetch_replicas_of(edge);
        return;
    }
    Random random = edge.random;
    for (int i = 0; i < 2; ++i) {
        fetch_ends(replicas_[endpoints[random.below(endpoints.size())]].line);
    }
    for (int i = 0; i < 2; ++i) {
        fetch(replicas_[endpoints[random.below(endpoints.size())]]);
    }
}

bool DataPlane::Engine::is_of_record(const runtime::Event& event) {
    const Kind kind = kind_of(event.key);
    return kind <= Kind::Arrival && kind != Kind::Sharing;
}

// What is about something else than a record.
void DataPlane::Engine::dispatch_other(const runtime::Event& event) {
    const std::uint32_t slot = slot_of(event.key);
    switch (kind_of(event.key)) {
        case Kind::Sharing:
            if (replicas_[slot].sharing->due == event.time) {
                on_sharing(slot);
            }
            break;
        case Kind::Connect:
            on_connection(slot);
            break;
        case Kind::Timer:
            on_timer(slot, event.key);
            break;
        case Kind::Limit:
            on_limit(slot, event.key);
            break;
        case Kind::Send:
            send_of_user(slot);
            break;
        case Kind::Answer:
        case Kind::Departure:
        case Kind::Arrival:
            WAVETANK_ASSERT(!is_of_record(event));
    }
}

[[gnu::always_inline]] inline void DataPlane::Engine::dispatch(const runtime::Event& event) {
    const Kind kind = kind_of(event.key);
    const std::uint32_t slot = slot_of(event.key);
    now_ = event.time;
    now_key_ = event.key;
    if (!is_of_record(event)) [[unlikely]] {
        dispatch_other(event);
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

// Lets the next event happen, unless it is later than `limit`. Returns whether it has.
bool DataPlane::Engine::dispatch_next(TimePoint limit) {
    const bool has_event = !events_.empty();
    const bool is_message =
        !messages_.empty() && (!has_event || is_before(messages_.front(), events_.front()));
    if (!has_event && !is_message) {
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
    limit_ = time;
    note_answers(time);
    if (!chains_.are_paths_known) {
        find_paths();
    }
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
        timers_planned_until_ = limit;
        if (!timers_.empty()) [[unlikely]] {
            plan_timers();
        }
        do {
            if (!chains_.departures.empty()) {
                depart_chains(limit);
            }
        } while (dispatch_next(limit));
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
        leave_chains();
        check();
    }
    for (std::size_t i = 0; i < first_due_.size(); ++i) {
        if (first_due_[i] <= now_) {
            keep_promises(replicas_[i]);
        }
    }
}

}  // namespace wavetank::sim
