// Chains: how they begin, go on and end.

#include "sim/dataplane/hot_path.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace wavetank::sim {

namespace {

using dataplane::AwaitedAnswers;
using dataplane::stops_max;

// With more chains, what they need is asked for ahead.
constexpr std::size_t chains_in_cache = 8192;

}  // namespace

// What a chain's proxy knows of endpoints; what it awaits has been settled.
struct DataPlane::Engine::ChainView {
    const std::vector<Replica>& replicas;
    std::span<const std::uint32_t> endpoints;
    const AwaitedAnswers& awaited;
    const Edge& edge;

    [[nodiscard]] std::size_t size() const {
        return endpoints.size();
    }
    [[nodiscard, gnu::always_inline]] std::uint32_t requests_active(std::size_t index) const {
        __builtin_prefetch(&replicas[endpoints[index]], 1);  // one of them is asked next
        const std::uint32_t counted = edge.counted > 0 ? edge.active.of(endpoints[index]) : 0;
        return awaited.of(endpoints[index]) + counted;
    }
};

// Ends what has been answered by now. Returns what the edge awaits of chains, if it ever did.
const AwaitedAnswers* DataPlane::Engine::settle_answers(const Edge& edge) {
    settle_counted();
    const auto index = static_cast<std::size_t>(&edge - edges_.data());
    if (edge.owner != Owner::Replica || index >= chains_.awaited.size()) {
        return nullptr;
    }
    static_cast<void>(chains_.awaited[index].settle(now_));
    return &chains_.awaited[index];
}

// Picks for what may be no chain, but whose proxy may have chains in flight.
std::uint32_t DataPlane::Engine::pick_beside_chains(Edge& edge) {
    const Service& service = services_[edge.service];
    const AwaitedAnswers* const awaited = settle_answers(edge);
    if (awaited == nullptr) {
        const View view{*this, edge, service.endpoints, service.has_direct};
        return service.endpoints[least_request_->choose(view, edge.random)];
    }
    const ChainView view{replicas_, service.endpoints, *awaited, edge};
    return service.endpoints[least_request_->choose(view, edge.random)];
}

// Says which loads' requests are chains.
void DataPlane::Engine::find_paths() {
    chains_.are_paths_known = true;
    for (LoadState& load : loads_) {
        const std::optional<Stops> found =
            chains_.are_possible ? stops_of(load) : std::optional<Stops>{};
        if (!found) {
            load.path = nullptr;
            continue;
        }
        const auto draws = [](const Stop& stop) { return std::pair{stop.program, stop.call_site}; };
        const bool has_drafts =
            load.path != nullptr &&
            std::ranges::equal(load.path->stops, found->stops, {}, draws, draws);
        if (!has_drafts) {
            load.path = std::make_unique<Path>();
            load.path->drafted_from = load.sent + 1;  // so that there is none of the next
        }
        static_cast<Stops&>(*load.path) = *found;
    }
    const bool could_begin = std::exchange(
        chains_.may_begin,
        std::ranges::any_of(loads_, [](const LoadState& load) { return load.path != nullptr; }));
    if (chains_.may_begin && !could_begin) {
        count_coming();
    }
}

// Counts the records on their way, which nobody did while no chain could begin.
void DataPlane::Engine::count_coming() {
    for (Replica& replica : replicas_) {
        replica.coming = 0;
    }
    for (const Record& record : records_) {
        if (record.phase == Phase::OnTheWay) {
            ++replicas_[record.replica].coming;
        }
    }
}

// Returns the one way that all of a load's requests go, if nothing but a crowd can be in it.
std::optional<dataplane::Stops> DataPlane::Engine::stops_of(const LoadState& load) const {
    const auto index = static_cast<std::size_t>(&load - loads_.data());
    if (load.arrivals == nullptr || load.has_sessions || !load.lanes.empty() ||
        index > std::numeric_limits<std::uint16_t>::max()) {
        return std::nullopt;
    }
    Stops found;
    const Edge& first = edges_[load.lane.edge];
    std::uint32_t route = first.route;
    Stop stop{.service = first.service, .message = load.lane.message};
    while (found.count < stops_max) {
        const Service& service = services_[stop.service];
        stop.program = service.program;
        if (!may_have_chains(service)) {
            return std::nullopt;
        }
        note_policy(stop, service);
        found.has_policies = found.has_policies || stop.has_policy;
        stop.endpoints = service.endpoints;
        stop.stats = &routes_[route]->stats;
        found.stops.at(found.count++) = stop;
        const Program& program = programs_[stop.program];
        if (program.is_leaf) {
            return found;
        }
        const Call& call = program.groups.front().front();
        stop.service = program.callees[call.callee];
        route = program.routes[call.callee];
        stop.message = call.message;
        stop.call_site = site_of_call(stop.call_site, 0, 1);
    }
    return std::nullopt;
}

// Whether all requests to a service can be part of chains. How many retries there may be must not
// depend on what those have in flight: they are not told apart by the order of what happens at one
// time.
bool DataPlane::Engine::may_have_chains(const Service& service) const {
    const bool has_fit_policy =
        service.route_policy == nullptr ||
        (service.has_simple_policy && !service.route_policy->thresholds.retry_budget);
    return has_fit_policy && service.split == nullptr && service.program != none &&
           std::ranges::all_of(service.endpoints, [this](std::uint32_t replica) {
               return replicas_[replica].is_plain;
           });
}

void DataPlane::Engine::note_policy(Stop& stop, const Service& service) {
    stop.has_policy = service.route_policy != nullptr;
    stop.limit = Duration::max();
    stop.max_requests = none;
    stop.counters = service.counters.get();
    if (!stop.has_policy) {
        return;
    }
    const mesh::RoutePolicy& policy = *service.route_policy;
    stop.max_requests = policy.thresholds.max_requests;
    if (policy.timeout > Duration::zero()) {
        stop.limit = policy.timeout;
    }
    stop.limit = std::min(stop.limit, policy.retry_policy.per_try_timeout.value_or(stop.limit));
}

// Draws what the next requests bring along, at all stops.
void DataPlane::Engine::make_drafts(Path& path, const LoadState& load) const {
    path.drafted_from = load.sent;
    for (std::size_t i = 0; i < path.count; ++i) {
        const Stop& stop = path.stops.at(i);
        Drafts& drafts = path.drafts.at(i);
        drafts.randoms.begin(
            {.workload = load.key, .request = load.sent, .call_site = stop.call_site});
        programs_[stop.program].declared.work.sample_each(drafts.randoms, drafts.work);
    }
}

// Returns when a CPU takes up what is sent now.
[[gnu::always_inline]] inline TimePoint DataPlane::Engine::begin_of_sent(
    const Replica& replica) const {
    return std::max(now_ + constant_network_, replica.free_at);
}

// Whether what is sent now has its place in the replica's line already: all that were sent before
// have theirs. What takes no time departs after others of its moment, as it arrives.
[[gnu::always_inline]] inline bool DataPlane::Engine::is_foreseen(const Replica& replica,
                                                                  TimePoint begun, Duration time) {
    return replica.is_plain && replica.coming == 0 && time > Duration::zero() &&
           begun <= never - time;
}

// Whether nobody has given up a chain whose replica is done with it at `due`, by then or, at the
// last stop, by the time at which answers come.
bool DataPlane::Engine::is_in_time(const Chain& chain, const Path& path, TimePoint due) {
    const bool is_last = chain.stop + std::size_t{1} == path.count;
    TimePoint time = due;
    for (std::size_t i = chain.stop + std::size_t{1}; i-- > 0;) {
        time += is_last ? constant_network_ : Duration::zero();
        if (time - chain.legs.at(i).sent > path.stops.at(i).limit) {
            return false;
        }
    }
    return true;
}

// Sends the next request of a load whose requests go along a path.
void DataPlane::Engine::fire_chain(LoadState& load, const DrawKey& draws) {
    const Lane& lane = load.lane;
    Edge& edge = edges_[lane.edge];
    const Origin origin{.message = lane.message, .priority = lane.priority};
    const bool has_policy = edge.has_route_policy;
    if (has_policy && attempts_at(edge) >= load.path->stops[0].max_requests) [[unlikely]] {
        begin_exchange(lane.edge, draws, origin);
        return;
    }
    const std::uint32_t picked = pick(edge, draws);
    if (picked != none && begin_chain(load, picked)) {
        return;
    }
    if (has_policy) {
        begin_simple_at(lane.edge, picked, draws, origin);
    } else {
        start_of_load(load, lane, picked, draws);
    }
}

// Begins one with the load's next request, unless it must be a record. Returns whether it has.
[[gnu::always_inline]] inline bool DataPlane::Engine::begin_chain(LoadState& load,
                                                                  std::uint32_t picked) {
    Path& path = *load.path;
    if (load.sent - path.drafted_from >= draws_at_once) [[unlikely]] {
        make_drafts(path, load);
    }
    const std::size_t draft = load.sent - path.drafted_from;
    Replica& replica = replicas_[picked];
    const Duration time = time_for(path.drafts[0].work[draft], replica.speed);
    const TimePoint begun = begin_of_sent(replica);
    if (!is_foreseen(replica, begun, time) || !has_chain()) [[unlikely]] {
        return false;
    }
    const std::uint32_t index = chains_.take();
    Chain& chain = chains_.all[index];
    chain.number = load.sent;
    chain.load = static_cast<std::uint16_t>(&load - loads_.data());
    chain.stop = 0;
    chain.places[0] = Chain::is_counted;
    chain.legs[0] = {.sent = now_, .edge = load.lane.edge, .replica = picked};
    if (path.has_policies && !is_in_time(chain, path, begun + time)) [[unlikely]] {
        chains_.give_back(index);
        return false;
    }
    count(edges_[load.lane.edge], picked, path.stops[0]);
    for (std::size_t i = 1; i < path.count; ++i) {
        chain.work[i - 1] = path.drafts[i].work[draft];
    }
    for (std::size_t i = 1; i + 1 < path.count; ++i) {
        chain.hashes[i - 1] = path.drafts[i].randoms.hash(draft);
    }
    go_on(index, path, replica, begun + time, time, path.drafts[0].randoms.hash(draft));
    return true;
}

// Counts a request with those that have records.
[[gnu::always_inline]] inline void DataPlane::Engine::count(Edge& edge, std::uint32_t replica,
                                                            const Stop& stop) {
    edge.begin_at(replica);
    edge.attempts += stop.has_policy ? 1 : 0;
    stop.counters->upstream_rq_total += stop.has_policy ? 1 : 0;
}

// Takes its place in the line of the replica to which it was sent. `hash`: of its draws there.
[[gnu::always_inline]] inline void DataPlane::Engine::go_on(std::uint32_t index, const Path& path,
                                                            Replica& replica, TimePoint due,
                                                            Duration time, std::uint64_t hash) {
    Chain& chain = chains_.all[index];
    chain.due = due;
    replica.free_at = due;
    replica.used += time;
    ++replica.taken;
    const std::size_t next = chain.stop + std::size_t{1};
    if (next == path.count) {
        end_chain(index, path);
        return;
    }
    chain.legs[next].edge = edge_of_callee_[replica.edges];
    chains_.departures.push({due, key_of(Kind::Departure, place_of(hash, index))});
}

// Lets chains go on until `limit`, as long as nothing else comes first.
void DataPlane::Engine::depart_chains(TimePoint limit) {
    while (!chains_.departures.empty()) {
        const runtime::Event event = chains_.departures.front();
        if (event.time > limit || (!events_.empty() && is_before(events_.front(), event)) ||
            (!messages_.empty() && is_before(messages_.front(), event))) {
            return;
        }
        if (chains_.all.size() <= chains_in_cache) {
            fetch_next_chain();
        } else if (chains_.departures.known_ahead() > chains_.departures_in_sight) {
            fetch_chains();
        }
        static_cast<void>(chains_.departures.pop());
        chains_.departures_in_sight = chains_.departures.known_ahead();
        now_ = event.time;
        now_key_ = event.key;
        call_next_of_chain(slot_of(event.key));
    }
}

// Asks for the proxy of the next chain, while this one goes on.
[[gnu::always_inline]] inline void DataPlane::Engine::fetch_next_chain() const {
    if (chains_.departures.known_ahead() < 2) {
        return;
    }
    const Chain& next = chains_.all[slot_of(chains_.departures.ahead(1).key)];
    if (const std::uint32_t edge = next.legs[next.stop + std::size_t{1}].edge;
        edge < chains_.awaited.size()) {
        __builtin_prefetch(&edges_[edge], 1);
        fetch(chains_.awaited[edge]);
    }
}

// Asks for what the chains need that have just come into sight: each, its proxy, and the replicas
// from which that will choose. What names one thing must have come before that can be asked for, so
// that it is done for all of them in turn.
void DataPlane::Engine::fetch_chains() const {
    constexpr std::size_t chains_at_once = 24;
    std::array<const Chain*, chains_at_once> chains;
    const std::size_t count = std::min(chains_.departures.known_ahead(), chains_at_once);
    for (std::size_t i = 0; i < count; ++i) {
        chains[i] = &chains_.all[slot_of(chains_.departures.ahead(i).key)];
        fetch(*chains[i]);
    }
    std::array<std::uint32_t, chains_at_once> edges;
    for (std::size_t i = 0; i < count; ++i) {
        edges[i] = chains[i]->legs[chains[i]->stop + std::size_t{1}].edge;
        if (edges[i] < chains_.awaited.size()) {
            __builtin_prefetch(&edges_[edges[i]], 1);
            fetch(chains_.awaited[edges[i]]);
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (edges[i] < chains_.awaited.size()) {
            fetch_replicas_of(edges_[edges[i]]);
        }
    }
}

// Those from which a proxy will choose next.
void DataPlane::Engine::fetch_replicas_of(const Edge& edge) const {
    const std::vector<std::uint32_t>& endpoints = services_[edge.service].endpoints;
    Random random = edge.random;
    for (int i = 0; i < 2; ++i) {
        __builtin_prefetch(&replicas_[endpoints[random.below(endpoints.size())]], 1);
    }
}

// A replica has done its work and calls the next one.
[[gnu::always_inline]] inline void DataPlane::Engine::call_next_of_chain(std::uint32_t index) {
    Chain& chain = chains_.all[index];
    const Path& path = *loads_[chain.load].path;
    const std::size_t stop = ++chain.stop;
    Chain::Leg& leg = chain.legs[stop];
    if (leg.edge == none) [[unlikely]] {
        leg.edge = edge_to(chain.legs[stop - 1].replica, 0);
    }
    if (leg.edge >= chains_.awaited.size()) [[unlikely]] {
        chains_.awaited.resize(edges_.size());
    }
    Edge& edge = edges_[leg.edge];
    if (edge.counted > 0) {
        settle_counted();
    }
    AwaitedAnswers& awaited = chains_.awaited[leg.edge];
    const std::uint32_t place = awaited.settle(now_);
    if (path.stops[stop].max_requests <= awaited.count() + edge.attempts) [[unlikely]] {
        leave_chain(index, std::nullopt);
        return;
    }
    const std::span<const std::uint32_t> endpoints = path.stops[stop].endpoints;
    const ChainView view{replicas_, endpoints, awaited, edge};
    const std::uint32_t picked = endpoints[least_request_->choose(view, edge.random)];
    Replica& replica = replicas_[picked];
    const Duration time = time_for(chain.work[stop - 1], replica.speed);
    const TimePoint begun = begin_of_sent(replica);
    leg.sent = now_;
    leg.replica = picked;
    if (!is_foreseen(replica, begun, time) ||
        (path.has_policies && !is_in_time(chain, path, begun + time))) [[unlikely]] {
        leave_chain(index, picked);
        return;
    }
    if (place < AwaitedAnswers::limit) {
        chain.places[stop] = static_cast<std::uint8_t>(place);
        awaited.add(place, picked);
        path.stops[stop].counters->upstream_rq_total += path.stops[stop].has_policy ? 1 : 0;
    } else {
        chain.places[stop] = Chain::is_counted;
        count(edge, picked, path.stops[stop]);
    }
    go_on(index, path, replica, begun + time, time,
          chain.hashes[std::min(stop, chain.hashes.size()) - 1]);
}

// All answers are known. Those of this run are noted at once.
[[gnu::always_inline]] inline void DataPlane::Engine::end_chain(std::uint32_t index,
                                                                const Path& path) {
    const Chain& chain = chains_.all[index];
    TimePoint time = chain.due;
    TimePoint next = TimePoint::max();
    for (std::size_t i = path.count; i-- > 0;) {
        const Chain::Leg& leg = chain.legs[i];
        time += constant_network_;
        if (chain.places[i] == Chain::is_counted) {
            chains_.counted_until.push({time, std::uint64_t{leg.edge} << 32 | leg.replica});
        } else {
            chains_.awaited[leg.edge].set_end(chain.places[i], time);
        }
        if (time <= limit_) {
            note_answer(chain, path, i, time);
        } else {
            next = std::min(next, time);
        }
    }
    if (time <= limit_) {
        chains_.give_back(index);
    } else {
        chains_.answers.push({next, index});
    }
}

[[gnu::always_inline]] inline void DataPlane::Engine::note_answer(const Chain& chain,
                                                                  const Path& path,
                                                                  std::size_t stop,
                                                                  TimePoint time) {
    const TimePoint sent = chain.legs[stop].sent;
    path.stops[stop].stats->record(time, 200, time - sent);
    if (options_.checks && stop == 0) [[unlikely]] {
        note_balance(loads_[chain.load].balance, time, time - sent);
    }
}

// Each may become as many records, which must find room.
bool DataPlane::Engine::has_chain() const {
    return records_.size() + stops_max * (chains_.count() + 1) <= records_max;
}

// When the answer comes to the client of a stop. Requires: the chain is at its last one.
TimePoint DataPlane::Engine::answer_time(const Chain& chain, std::size_t stop) const {
    return chain.due + static_cast<Duration::rep>(chain.stop + 1 - stop) * constant_network_;
}

// Notes the answers up to `limit` of chains that ended in an earlier run.
void DataPlane::Engine::note_answers(TimePoint limit) {
    while (!chains_.answers.empty() && chains_.answers.front().time <= limit) {
        const auto [next, key] = chains_.answers.pop();
        const auto index = static_cast<std::uint32_t>(key);
        const Chain& chain = chains_.all[index];
        const Path& path = *loads_[chain.load].path;
        for (std::size_t i = path.count; i-- > 0;) {
            const TimePoint time = answer_time(chain, i);
            if (time > limit) {
                chains_.answers.push({time, index});
                break;
            }
            if (time >= next) {
                note_answer(chain, path, i, time);
            }
            if (i == 0) {
                chains_.give_back(index);
            }
        }
    }
}

// Ends what proxies count and has been answered by now.
void DataPlane::Engine::settle_counted() {
    while (!chains_.counted_until.empty() && chains_.counted_until.front().time <= now_) {
        const std::uint64_t key = chains_.counted_until.pop().key;
        Edge& edge = edges_[key >> 32];
        edge.end_at(static_cast<std::uint32_t>(key));
        edge.attempts -= edge.has_route_policy ? 1 : 0;
    }
}

}  // namespace wavetank::sim
