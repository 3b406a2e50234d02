// Requests to services that have a policy: time limits, retries, and limits of what is in flight,
// as Envoy's router has them.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/upstream.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace wavetank::sim {
namespace {

using mesh::ResetReason;
using mesh::ResponseFlag;

// Tells what proxies draw for their pauses from what the service draws.
constexpr std::uint32_t back_off_site = 0x6261636b;

}  // namespace

// Returns a new one that goes the client's own way; `none` if there are too many. `hash`: the first
// that `draws` give.
std::uint32_t DataPlane::Engine::new_exchange(std::uint32_t edge, const DrawKey& draws,
                                              const Origin& origin, std::uint64_t hash) {
    if (free_exchanges_.empty()) {
        if (exchanges_.size() == std::size_t{1} << slot_bits) {
            return none;
        }
        free_exchanges_.push_back(static_cast<std::uint32_t>(exchanges_.size()));
        exchanges_.emplace_back();
    }
    const std::uint32_t index = free_exchanges_.back();
    free_exchanges_.pop_back();
    Exchange& exchange = exchanges_[index];
    const mesh::RoutePolicy* const policy = services_[edges_[edge].service].route_policy;
    static_cast<ExchangeHead&>(exchange) =
        ExchangeHead{.policy = policy != nullptr ? policy : &no_policy_,
                     .place = place_of(hash, index),
                     .sent = now_,
                     .draws = draws,
                     .origin = origin,
                     .client = edge,
                     .edge = edge};
    if (exchange.has_past) [[unlikely]] {
        exchange.has_past = false;
        exchange.retries.reset();
        exchange.tried.clear();
        exchange.injected.reset();
        exchange.timeout = {};
        exchange.hedges.clear();
        exchange.is_overdue = false;
        exchange.filter_chain = none;
    }
    hold(edge, origin.message);
    return index;
}

void DataPlane::Engine::begin_exchange(std::uint32_t edge, const DrawKey& draws,
                                       const Origin& origin) {
    const Service& service = services_[edges_[edge].service];
    if (service.has_simple_policy && service.split == nullptr && !edges_[edge].passes_deadline) {
        begin_simple(edge, draws, origin);
        return;
    }
    const std::uint32_t index = new_exchange(edge, draws, origin, CounterRandom{draws}.hash());
    if (index == none) {
        note_end(edges_[edge], now_, 503, {});
        answer_to(edges_[edge], origin, 503);
    } else if (service.split != nullptr) {
        begin_split(index);
    } else {
        set_out(index);
    }
}

// Remembers a host that retries shall pass over.
void DataPlane::Engine::note_tried(Exchange& exchange, std::uint32_t replica) {
    const mesh::RetryPolicy& retries = exchange.policy->retry_policy;
    if (retries.previous_hosts || retries.previous_priorities_update_frequency) {
        exchange.has_past = true;
        exchange.tried.push_back(replica);
    }
}

// Begins with what the policy says, once nothing is in the way.
void DataPlane::Engine::set_out(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    if (exchange.answer != 0) {
        exchange.flags |= exchange.split->shares.empty()
                              ? exchange.split->flags
                              : mesh::ResponseFlags{ResponseFlag::NoClusterFound};
        end_exchange(index, exchange.answer);
        return;
    }
    if (exchange.has_past && exchange.timeout.any()) [[unlikely]] {
        limit_by_request(exchange);
    } else if (exchange.policy->timeout > Duration::zero()) {
        exchange.deadline = now_ + exchange.policy->timeout;
        arm(key_of(Kind::Timer, exchange.place), exchange.policy->timeout);
    }
    if (edges_[exchange.client].passes_deadline && !inherit_deadline(exchange)) [[unlikely]] {
        end_exchange(index, 504);
        return;
    }
    try_once(index);
}

// Makes the first attempt, or the next.
void DataPlane::Engine::try_once(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    Service& service = services_[edges_[exchange.edge].service];
    if (exchange.policy->kube_proxy) [[unlikely]] {
        send_over_connection(index);
        return;
    }
    if (exchange.policy == service.route_policy || exchange.split != nullptr) {
        exchange.upstream = upstream_of(exchange.edge);  // there may be more edges now
    }
    const Edge& edge = edges_[exchange.edge];
    const bool has_pool = exchange.upstream != none && has_connection_pool(exchange.upstream);
    if (!has_pool && attempts_at(edge) >= exchange.policy->thresholds.max_requests) {
        ++service.counters->upstream_rq_active_overflow;
        refuse(index, ResponseFlag::UpstreamOverflow);
        return;
    }
    const std::uint32_t picked = pick_for(exchange);
    if (picked == none || !has_record() || exchange.origin.depth > depth_max || is_too_much()) {
        refuse(index, picked == none ? ResponseFlag::NoHealthyUpstream : mesh::ResponseFlags{});
        return;
    }
    note_tried(exchange, picked);
    if (has_pool) {
        want_connection(index, picked);
        return;
    }
    ++service.counters->upstream_rq_total;
    begin_attempt(index, picked);
}

// Sends an attempt to its replica. Its time begins now, not while it waited for a connection.
void DataPlane::Engine::begin_attempt(std::uint32_t index, std::uint32_t picked) {
    Exchange& exchange = exchanges_[index];
    if (!has_record()) {
        release_connection(index, mesh::StreamEnd::Complete);
        refuse(index, {});
        return;
    }
    if (const auto limit = exchange.policy->retry_policy.per_try_timeout) {
        exchange.timer = now_ + *limit;
        arm(key_of(Kind::Timer, exchange.place), *limit);
    }
    if (exchange.split != nullptr && !exchange.is_mirrored) {
        mirror(index);
    }
    Exchange& begun = exchanges_[index];
    ++edges_[begun.edge].attempts;
    Origin origin = begun.origin;
    origin.parent = index;
    origin.is_attempt = true;
    const DrawKey draws = begun.draws;
    start(begun.edge, picked, draws, origin,
          draft_of(draws, program_of(edges_[begun.edge], picked)));
}

std::uint32_t DataPlane::Engine::pick_for(const Exchange& exchange) {
    Edge& edge = edges_[exchange.edge];
    const auto pick_once = [&] {
        return exchange.upstream == none ? pick(edge, exchange.draws)
                                         : pick_upstream(*upstreams_[exchange.upstream], exchange);
    };
    std::uint32_t picked = pick_once();
    const bool knows_who_was_tried =
        exchange.upstream != none && upstreams_[exchange.upstream]->cluster != nullptr;
    if (knows_who_was_tried || !exchange.policy->retry_policy.previous_hosts) {
        return picked;
    }
    const std::vector<std::uint32_t>& tried = exchange.tried;
    const std::uint32_t more = exchange.policy->retry_policy.host_selection_retry_max_attempts;
    for (std::uint32_t i = 0; i < more && std::ranges::find(tried, picked) != tried.end(); ++i) {
        picked = pick_once();
    }
    return picked;
}

void DataPlane::Engine::free_attempt(std::uint32_t slot) {
    release(records_[slot].edge, records_[slot].message);
    free_record(slot);
}

// An attempt is over, or one that its client gave up long ago.
void DataPlane::Engine::end_attempt(std::uint32_t slot) {
    const Record& ended = records_[slot];
    if (ended.parent == none && !ended.is_simple) {
        free_attempt(slot);
        return;
    }
    if (!ended.is_simple && exchanges_[ended.parent].is_check) [[unlikely]] {
        end_check(slot);
        return;
    }
    tell_who_answers(slot);
    Edge& edge = edges_[ended.edge];
    edge.end_at(ended.replica);
    if (needs_.outcomes) {
        note_outcome(edge, slot);
    }
    if (ended.is_simple) {
        const bool has_failed = ended.status >= 400 || ended.reset;
        if (!has_failed || make_exchange_of(slot) == none) {
            const Origin origin{.parent = ended.parent, .message = ended.message};
            const std::uint16_t status = ended.status;
            --edge.attempts;
            note_end(edge, now_, status, now_ - ended.sent);
            free_attempt(slot);
            answer_to(edge, origin, status);
            return;
        }
    }
    if (exchanges_[ended.parent].policy->hedge_on_per_try_timeout &&
        !exchanges_[ended.parent].hedges.empty()) [[unlikely]] {
        end_one_of_several(slot);
        return;
    }
    const Record record = ended;
    free_attempt(slot);
    Exchange& exchange = exchanges_[record.parent];
    exchange.attempt = none;
    const std::uint32_t attempts = attempts_of(exchange);
    --edge.attempts;
    note_end_of_attempt(exchange.upstream, record);
    if (exchange.policy->kube_proxy) [[unlikely]] {
        keep_connection(exchange, record);
    }
    release_connection(record.parent, mesh::StreamEnd::Complete);
    decide(record.parent, record.status, record.reset, attempts);
}

void DataPlane::Engine::note_end_of_attempt(std::uint32_t upstream, const Record& record) {
    dataplane::AttemptResult result{.is_connected = record.reset != ResetReason::ConnectionFailure};
    if (record.reset) {
        result.failure = mesh::OutlierResult::LocalOriginConnectFailed;
    } else {
        result.status = record.status;
    }
    note_result(upstream, record.replica, result);
}

// The proxy no longer counts the attempt, nor waits for it; its replica goes on.
void DataPlane::Engine::give_up(Exchange& exchange) {
    const std::uint32_t slot = std::exchange(exchange.attempt, none);
    const Record& record = records_[slot];
    Edge& edge = edges_[exchange.edge];
    let_go(slot);
    edge.end_at(record.replica);
    --edge.attempts;
    if (exchange.policy->kube_proxy) [[unlikely]] {
        --services_[edge.service].counters->upstream_cx_active;  // its connection ends
        note_connection_end(exchange, record.replica);
    }
    if (!exchange.is_overdue) {  // else it was told
        note_result(exchange.upstream, record.replica,
                    {.is_connected = true, .failure = mesh::OutlierResult::LocalOriginTimeout});
    }
}

// Tries again, or lets the client have what there is. `attempts`: what the proxy had in flight,
// with the one that is over.
void DataPlane::Engine::decide(std::uint32_t index, std::uint16_t status,
                               std::optional<ResetReason> reset, std::uint32_t attempts) {
    Exchange& exchange = exchanges_[index];
    Edge& edge = edges_[exchange.edge];
    const mesh::RoutePolicy& policy = *exchange.policy;
    exchange.timer = TimePoint::max();
    edge.retries -= std::exchange(exchange.is_retry, false) ? 1 : 0;
    const bool is_first_and_good = !exchange.retries && !reset && status < 400 &&
                                   policy.retry_policy.retriable_status_codes.empty();
    if (is_first_and_good || exchange.is_vain) {
        end_exchange(index, status);
        return;
    }
    if (!exchange.retries) {
        exchange.has_past = true;
        exchange.retries.emplace(policy.retry_policy, mesh::Headers{},
                                 *services_[edge.service].counters);
    }
    const mesh::RetrySituation situation{
        .has_room = edge.retries < policy.thresholds.retry_limit(attempts),
        .request_started =
            reset != ResetReason::ConnectionFailure && reset != ResetReason::ConnectionTimeout};
    const mesh::RetryStatus decided = reset ? exchange.retries->on_reset(*reset, situation)
                                            : exchange.retries->on_answer(status, {}, situation);
    exchange.flags |= mesh::flags_of(decided);
    if (decided == mesh::RetryStatus::Yes) {
        forget_answer(exchange);
        pause(index);
        return;
    }
    if (reset && exchange.hedges.empty()) {
        exchange.flags |= mesh::flag_of(*reset);
    }
    if (exchange.hedges.empty() || (decided == mesh::RetryStatus::No && !reset)) {
        end_exchange(index, status);
    }  // else those that go on have their chance
}

// Lets a retry come after its pause. Without one, it comes at once; with a simple policy, whose
// clients may have chains in flight, after all answers of this moment, for those of chains are not
// told apart by their order.
void DataPlane::Engine::pause(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    exchange.is_retry = true;
    ++edges_[exchange.edge].retries;
    ++exchange.draws.attempt;
    DrawKey key = exchange.draws;
    key.call_site ^= back_off_site;
    CounterRandom random{key};
    const Duration drawn = exchange.retries->next_back_off(random);
    if (drawn == Duration::zero() && !services_[edges_[exchange.edge].service].has_simple_policy) {
        try_once(index);
        return;
    }
    exchange.timer = now_ + drawn;
    events_.push({exchange.timer, key_of(Kind::Timer, exchange.place)});
}

// Whether the request has come to its end, or does no longer wait for it.
bool DataPlane::Engine::is_in_vain(const runtime::Event& timer) const {
    if (kind_of(timer.key) == Kind::Limit) {
        const std::uint32_t slot = slot_of(timer.key);
        return slot >= records_.size() ||  // it is about to be made, with another timer as long
               records_[slot].phase == Phase::Free || !records_[slot].is_simple ||
               key_of(Kind::Limit, records_[slot].place) != timer.key;
    }
    const Exchange& exchange = exchanges_[slot_of(timer.key)];
    return exchange.policy == nullptr || key_of(Kind::Timer, exchange.place) != timer.key ||
           (exchange.deadline != timer.time && exchange.timer != timer.time);
}

DataPlane::Engine::Timers& DataPlane::Engine::timers_of(Duration length) {
    const auto timers = std::ranges::find(timers_, length, &Timers::length);
    return timers != timers_.end() ? *timers : timers_.emplace_back(Timers{.length = length});
}

// Lets a request have a timer from now on.
void DataPlane::Engine::arm(std::uint64_t key, Duration length) {
    Timers* const timers = &timers_of(length);
    const runtime::Event timer{now_ + length, key};
    while (!timers->pending.empty() && is_in_vain(timers->pending.front())) {
        timers->pending.pop_front();
    }
    timers->pending.insert(timer,
                           [&](const runtime::Event& other) { return is_before(timer, other); });
    if (!timers->planned || is_before(timer, *timers->planned)) {
        plan(*timers, timer);
    }
}

void DataPlane::Engine::plan(Timers& timers, const runtime::Event& timer) {
    timers.planned = timer;
    timers.is_among_events = timer.time <= timers_planned_until_;
    if (timers.is_among_events) {
        events_.push(timer);
    }
}

// Lets timers be among the events that are over by the time up to which events will happen now.
void DataPlane::Engine::plan_timers() {
    for (Timers& timers : timers_) {
        if (timers.planned && !timers.is_among_events &&
            timers.planned->time <= timers_planned_until_) {
            plan(timers, *timers.planned);
        }
    }
}

void DataPlane::Engine::plan_next(Timers& timers) {
    while (!timers.pending.empty() && is_in_vain(timers.pending.front())) {
        timers.pending.pop_front();
    }
    timers.planned.reset();
    if (!timers.pending.empty()) {
        plan(timers, timers.pending.front());
    }
}

// Takes a timer that is over from those of its length; the next one is planned.
void DataPlane::Engine::note_timer(const runtime::Event& timer) {
    for (Timers& timers : timers_) {
        if (!timers.planned || timers.planned->time != timer.time ||
            timers.planned->key != timer.key) {
            continue;
        }
        while (!timers.pending.empty() && !is_before(timer, timers.pending.front())) {
            timers.pending.pop_front();
        }
        plan_next(timers);
    }
}

void DataPlane::Engine::on_timer(std::uint32_t index, std::uint64_t key) {
    note_timer({now_, key});
    const Exchange& exchange = exchanges_[index];
    if (exchange.policy != nullptr && key_of(Kind::Timer, exchange.place) == key) {
        end_time(index);  // else it has its answer
    }
}

// The first attempt of a request has had its time, or the request has.
void DataPlane::Engine::on_limit(std::uint32_t slot, std::uint64_t key) {
    const bool is_over = is_in_vain({now_, key});
    note_timer({now_, key});
    if (is_over) {
        return;
    }
    if (const std::uint32_t index = make_exchange_of(slot); index != none) {
        end_time(index);
    }
}

void DataPlane::Engine::end_time(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    const bool is_under_way = exchange.attempt != none;
    const bool is_waiting = !is_under_way && exchange.host != none;
    mesh::UpstreamCounters& counters = *services_[edges_[exchange.edge].service].counters;
    if (exchange.is_delayed) {
        end_delay(index);
    } else if (exchange.deadline == now_) {
        counters.upstream_rq_timeout +=
            (is_under_way || is_waiting ? 1U : 0U) + exchange.hedges.size();
        if (is_under_way) {
            give_up(exchange);
        }
        stop_dialing(exchange);
        release_connection(index, mesh::StreamEnd::Reset);
        exchanges_[index].flags |= ResponseFlag::UpstreamRequestTimeout;
        end_exchange(index, 504);
    } else if (exchange.timer == now_ && exchange.dialed != none) {
        end_dialing(index);
    } else if (exchange.timer == now_ && is_under_way &&
               exchange.policy->hedge_on_per_try_timeout) {
        hedge(index);
    } else if (exchange.timer == now_ && is_under_way) {
        ++counters.upstream_rq_per_try_timeout;
        const std::uint32_t attempts = attempts_of(exchange);
        give_up(exchange);
        release_connection(index, mesh::StreamEnd::Reset);
        decide(index, 504, ResetReason::LocalReset, attempts);
    } else if (exchange.timer == now_ && exchange.is_vain) {
        end_exchange(index, 503);
    } else if (exchange.timer == now_) {
        exchange.timer = TimePoint::max();
        try_once(index);
    }
}

void DataPlane::Engine::end_exchange(std::uint32_t index, std::uint16_t status) {
    if (exchanges_[index].has_past && !exchanges_[index].hedges.empty()) [[unlikely]] {
        end_hedges(index);
    }
    Exchange& exchange = exchanges_[index];
    Edge& edge = edges_[exchange.edge];
    edge.retries -= exchange.is_retry ? 1 : 0;
    if (exchange.flags.any()) [[unlikely]] {
        note_flags(exchange);
    }
    exchange.policy = nullptr;
    if (exchange.has_past && exchange.injected) [[unlikely]] {
        exchange.split->fault->end(*exchange.injected);
    }
    if (exchange.has_past && exchange.filter_chain != none) [[unlikely]] {
        end_filters(exchange, status);
    }
    const Origin origin = exchange.origin;
    const Duration latency = now_ - exchange.sent;
    const Edge& client = edges_[exchange.client];
    if (exchange.client != exchange.edge) {
        routes_[edge.route]->stats.record(now_, status, latency);
    }
    free_exchanges_.push_back(index);
    release(exchange.client, origin.message);
    if (exchange.is_mirror) {
        return;
    }
    note_end(client, now_, status, latency);
    if (exchange.message != none && client.owner == Owner::Caller) {
        options_.code->comes_by(origin.message, exchange.message);
    }
    answer_to(client, origin, status);
}

// Nobody waits any longer for what requests that have `ended` called for.
void DataPlane::Engine::forget_callers(const std::vector<bool>& ended) {
    const auto is_forgotten = [&](std::uint32_t edge, std::uint32_t parent) {
        return edges_[edge].owner == Owner::Replica && parent != none && ended[parent];
    };
    for (Record& record : records_) {
        if (record.phase != Phase::Free && record.edge != none &&
            (!record.is_attempt || record.is_simple) && is_forgotten(record.edge, record.parent)) {
            record.parent = none;
            note_flags(edges_[record.edge], ResponseFlag::DownstreamConnectionTermination);
        }
    }
    for (Exchange& exchange : exchanges_) {
        if (exchange.policy != nullptr && is_forgotten(exchange.edge, exchange.origin.parent)) {
            exchange.origin.parent = none;
            note_gone_client(exchange);
        }
    }
}

}  // namespace wavetank::sim
