// Attempts beside one another, as Envoy's router has them: an attempt that has had its time goes on
// while the next one is under way, and whichever is answered well first is the answer.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/upstream.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::sim {

// The attempt has had its time. Another one comes, if the policy and its limits let it; no
// condition is asked for. A detector of outliers hears of it at once, and not again.
void DataPlane::Engine::hedge(std::uint32_t index) {
    Exchange& exchange = exchanges_[index];
    Edge& edge = edges_[exchange.edge];
    const mesh::RoutePolicy& policy = *exchange.policy;
    note_result(exchange.upstream, records_[exchange.attempt].replica,
                {.is_connected = true, .failure = mesh::OutlierResult::LocalOriginTimeout});
    exchange.has_past = true;
    exchange.timer = TimePoint::max();
    edge.retries -= std::exchange(exchange.is_retry, false) ? 1 : 0;
    if (exchange.is_vain) {
        exchange.is_overdue = true;
        return;
    }
    if (!exchange.retries) {
        exchange.retries.emplace(policy.retry_policy, mesh::Headers{},
                                 *services_[edge.service].counters);
    }
    const mesh::RetrySituation situation{
        .has_room = edge.retries < policy.thresholds.retry_limit(attempts_of(exchange))};
    if (exchange.retries->on_hedge(situation) != mesh::RetryStatus::Yes) {
        exchange.is_overdue = true;
        return;
    }
    exchange.hedges.push_back({.attempt = std::exchange(exchange.attempt, none),
                               .upstream = exchange.upstream,
                               .host = std::exchange(exchange.host, none),
                               .connection = std::exchange(exchange.connection, none)});
    exchange.is_overdue = false;
    pause(index);
}

// Whether one is under way, waits for a connection or will come.
bool DataPlane::Engine::others_may_answer(const Exchange& exchange) {
    return !exchange.hedges.empty() || exchange.attempt != none || exchange.host != none ||
           exchange.is_retry;
}

// One of the attempts of an exchange that has several is over. One that was followed by another is
// not tried again; if it has come to nothing, the others have their chance.
void DataPlane::Engine::end_one_of_several(std::uint32_t slot) {
    const Record record = records_[slot];
    free_attempt(slot);
    const std::uint32_t index = record.parent;
    Exchange& exchange = exchanges_[index];
    const std::uint32_t attempts = attempts_of(exchange);
    --edges_[record.edge].attempts;
    if (exchange.attempt == slot) {
        exchange.attempt = none;
        note_end_of_attempt(exchange.upstream, record);
        release_connection(index, mesh::StreamEnd::Complete);
        decide(index, record.status, record.reset, attempts);
        return;
    }
    const auto found = std::ranges::find(exchange.hedges, slot, &Hedge::attempt);
    const Hedge hedge = *found;
    exchange.hedges.erase(found);
    note_end_of_attempt(hedge.upstream, record);
    release_connection_of(index, hedge, mesh::StreamEnd::Complete);
    Exchange& rest = exchanges_[index];
    const bool is_bad = record.reset || rest.retries->would_retry(record.status, {});
    if (!is_bad || rest.is_vain || !others_may_answer(rest)) {
        if (record.reset) {
            rest.flags |= mesh::flag_of(*record.reset);
        }
        end_all(index, record.status);
    }
}

// Lets the client have an answer; attempts that are still under way are in vain.
void DataPlane::Engine::end_all(std::uint32_t index, std::uint16_t status) {
    Exchange& exchange = exchanges_[index];
    if (const std::uint32_t slot = std::exchange(exchange.attempt, none); slot != none) {
        abandon(exchange, slot);
    }
    release_connection(index, mesh::StreamEnd::Reset);
    end_exchange(index, status);
}

void DataPlane::Engine::end_hedges(std::uint32_t index) {
    for (const Hedge& hedge : std::exchange(exchanges_[index].hedges, {})) {
        abandon(exchanges_[index], hedge.attempt);
        release_connection_of(index, hedge, mesh::StreamEnd::Reset);
    }
}

// Answers an exchange whose attempt could not be made, unless others are under way.
void DataPlane::Engine::refuse(std::uint32_t index, mesh::ResponseFlags why) {
    Exchange& exchange = exchanges_[index];
    if (!exchange.has_past || exchange.hedges.empty()) {
        exchange.flags |= why;
        end_exchange(index, 503);
        return;
    }
    edges_[exchange.edge].retries -= std::exchange(exchange.is_retry, false) ? 1 : 0;
    exchange.timer = TimePoint::max();
}

// Clients never see answers to copies, nor to attempts that they have given up.
void DataPlane::Engine::tell_who_answers(std::uint32_t slot) const {
    const Record& record = records_[slot];
    const bool is_heard = record.is_simple || !exchanges_[record.parent].is_mirror;
    if (is_heard && edges_[record.edge].owner == Owner::Caller) {
        options_.code->comes_from(record.message,
                                  record.reset ? std::nullopt : std::optional{RequestId{slot}});
    }
}

// Another attempt comes: what the last one said is nobody's answer.
void DataPlane::Engine::forget_answer(const Exchange& exchange) const {
    if (!exchange.is_mirror && edges_[exchange.client].owner == Owner::Caller) {
        options_.code->comes_from(exchange.origin.message, std::nullopt);
    }
}

// The proxy no longer counts the attempt, nor waits for it; its replica goes on.
void DataPlane::Engine::abandon(const Exchange& exchange, std::uint32_t slot) {
    let_go(slot);
    edges_[exchange.edge].end_at(records_[slot].replica);
    --edges_[exchange.edge].attempts;
}

void DataPlane::Engine::release_connection_of(std::uint32_t index, const Hedge& hedge,
                                              mesh::StreamEnd end) {
    if (hedge.host == none) {
        return;
    }
    Exchange& exchange = exchanges_[index];
    const Hedge current{.upstream = std::exchange(exchange.upstream, hedge.upstream),
                        .host = std::exchange(exchange.host, hedge.host),
                        .connection = std::exchange(exchange.connection, hedge.connection)};
    release_connection(index, end);
    exchanges_[index].upstream = current.upstream;
    exchanges_[index].host = current.host;
    exchanges_[index].connection = current.connection;
}

}  // namespace wavetank::sim
