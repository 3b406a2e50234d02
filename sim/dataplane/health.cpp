// Hosts that a client's proxy checks, as Envoy's active health checks. A check over HTTP is a
// request to the replica: it waits in its line as others do and fails as often, but takes next to
// none of its CPU time, calls nobody and is no code's business. A check of a connection alone is
// one that is made.

#include "sim/dataplane/hot_path.hpp"
#include "sim/dataplane/upstream.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace wavetank::sim {
namespace {

using dataplane::Connecting;

// Tells what checks draw from other draws.
constexpr std::uint32_t check_site = 0x63686563;

// What it needs. Nothing at all would end at the very time at which the one before it does.
constexpr Duration work_of_check = std::chrono::microseconds{1};

// Whatever is not 200 ends a request with its work; this one means that all is well.
constexpr std::uint16_t checked_status = 204;

// So slow, a replica hangs.
constexpr double speed_of_hanging = 1e-6;

}  // namespace

// As a cluster of Envoy's, which lets no request pass before its hosts have been checked: those
// that are there at the client's first request were checked within `initial_jitter` before it, and
// have had requests.
void DataPlane::Engine::begin_checks(Upstream& upstream, std::uint32_t index) {
    const mesh::HealthCheck& how = *upstream.policy.health_check;
    upstream.health = std::make_unique<HealthWatch>(how, upstream.random.fork("health"));
    HealthWatch& watch = *upstream.health;
    const std::uint64_t proxy = proxy_of(upstream.edge);
    watch.client = proxy < replicas_.size() ? static_cast<std::uint32_t>(proxy) : none;
    const Edge& asks = edges_[upstream.edge];
    Edge of_checks{
        .random = watch.random, .service = asks.service, .route = asks.route, .site = asks.site};
    watch.edge = static_cast<std::uint32_t>(edges_.size());
    edges_.push_back(std::move(of_checks));
    watch.checker.note_traffic();
    const TimePoint first = now_ - how.initial_jitter;
    watch.hosts = services_[edges_[upstream.edge].service].endpoints;
    for (const std::uint32_t host : watch.hosts) {
        watch.checker.add_host(host, first, watch.random);
    }
    for (auto next = watch.checker.next_timer(); next && *next <= now_;
         next = watch.checker.next_timer()) {
        for (const std::uint32_t host : watch.checker.on_timer(*next, watch.random)) {
            answer_past_check(watch, host, *next);
        }
    }
    static_cast<void>(watch.checker.take_events());
    static_cast<void>(watch.checker.take_results());
    plan_checks(index);
}

// What hosts say now, they said then.
void DataPlane::Engine::answer_past_check(HealthWatch& watch, std::uint32_t host, TimePoint time) {
    const Replica& replica = replicas_[host];
    const std::uint32_t from = edges_[watch.edge].site;
    const bool is_cut = options_.has_links && (link_between(from, replica.site).is_cut ||
                                               link_between(replica.site, from).is_cut);
    if (is_cut) {
        return;  // it has had no answer yet
    }
    if (!replica.is_alive) {
        watch.checker.on_network_failure(host, time, watch.random);
        return;
    }
    watch.checker.on_connected(host, time, watch.random);  // if that is enough
    if (replica.speed >= speed_of_hanging) {
        const bool fails = replica.error_rate > 0 && watch.random.uniform() < replica.error_rate;
        watch.checker.on_response(host, fails ? 500 : 200, {}, time, watch.random);
    }
}

// Begins to check hosts that are new, and lets those leave that are gone.
void DataPlane::Engine::check_endpoints(Upstream& upstream) {
    if (upstream.health == nullptr) {
        return;
    }
    HealthWatch& watch = *upstream.health;
    const std::vector<std::uint32_t>& endpoints =
        services_[edges_[upstream.edge].service].endpoints;
    const auto is_endpoint = [&](std::uint32_t host) {
        return std::ranges::find(endpoints, host) != endpoints.end();
    };
    std::erase_if(watch.leavers, [&](const auto& leaver) { return is_endpoint(leaver.replica); });
    for (const std::uint32_t host : watch.hosts) {
        if (!is_endpoint(host)) {
            let_leave(upstream, host);
        }
    }
    const auto state = upstream.policy.ignore_new_hosts_until_first_hc ? mesh::NewHost::IsExcluded
                                                                       : mesh::NewHost::HasFailed;
    for (const std::uint32_t host : endpoints) {
        if (std::ranges::find(watch.hosts, host) == watch.hosts.end()) {
            watch.checker.add_host(host, now_, watch.random, state);
        }
    }
    watch.hosts = endpoints;
    for (const HealthWatch::Leaver& leaver : watch.leavers) {
        watch.hosts.push_back(leaver.replica);
    }
}

// Forgets a host that is no endpoint, or notes that it leaves.
void DataPlane::Engine::let_leave(Upstream& upstream, std::uint32_t host) {
    HealthWatch& watch = *upstream.health;
    const auto known = std::ranges::find(watch.leavers, host, &HealthWatch::Leaver::replica);
    if (!may_stay(upstream, host)) {
        if (known != watch.leavers.end()) {
            watch.leavers.erase(known);
        }
        watch.checker.remove_host(host);
        give_up_check(watch, host);
        return;
    }
    if (known != watch.leavers.end()) {
        return;
    }
    HealthWatch::Leaver leaver{.replica = host};
    leaver.place.lb_endpoints.push_back({.address = replicas_[host].name});
    std::size_t place = 0;
    for (const mesh::LocalityLbEndpoints& locality : upstream.member_hosts.endpoints) {
        for (const mesh::LbEndpoint& each : locality.lb_endpoints) {
            if (upstream.members[place++] == host) {
                leaver.place = locality;
                leaver.place.lb_endpoints = {each};
            }
        }
    }
    watch.leavers.push_back(std::move(leaver));
}

// As in Envoy, a host that is checked stays while it is well, whatever the control plane says; but
// not if somebody else has its address now. Without addresses, one that has ended may have been
// started anew.
bool DataPlane::Engine::may_stay(const Upstream& upstream, std::uint32_t host) const {
    constexpr auto failed = static_cast<unsigned>(mesh::HealthFlag::FailedActiveHealthCheck);
    if (upstream.policy.ignore_health_on_host_removal || watches_requests() ||
        (upstream.health->checker.flags(host) & failed) != 0) {
        return false;
    }
    const auto place = static_cast<std::size_t>(std::ranges::find(upstream.members, host) -
                                                upstream.members.begin());
    std::vector<const mesh::LbEndpoint*> before;
    for (const mesh::LocalityLbEndpoints& locality : upstream.member_hosts.endpoints) {
        for (const mesh::LbEndpoint& each : locality.lb_endpoints) {
            before.push_back(&each);
        }
    }
    if (place >= before.size()) {
        return replicas_[host].is_alive;
    }
    const mesh::LbEndpoint& its = *before[place];
    const mesh::ClusterLoadAssignment& now = services_[edges_[upstream.edge].service].hosts;
    return std::ranges::none_of(now.endpoints, [&](const mesh::LocalityLbEndpoints& locality) {
        return std::ranges::any_of(locality.lb_endpoints, [&](const mesh::LbEndpoint& each) {
            return each.address == its.address && each.port_value == its.port_value;
        });
    });
}

// Those that leave stay in their localities.
void DataPlane::Engine::gather_members(Upstream& upstream) {
    Service& service = services_[edges_[upstream.edge].service];
    upstream.members = service.endpoints;
    upstream.member_hosts = service.hosts;
    if (upstream.health == nullptr || upstream.health->leavers.empty()) {
        return;
    }
    const auto& leavers = upstream.health->leavers;
    for (const HealthWatch::Leaver& leaver : leavers) {
        const Replica& replica = replicas_[leaver.replica];
        service.has_direct = service.has_direct || replica.is_direct;
        service.program = service.program == replica.program ? service.program : none;
    }
    if (service.hosts.size() != service.endpoints.size()) {
        upstream.member_hosts = {};
        for (const HealthWatch::Leaver& leaver : leavers) {
            upstream.members.push_back(leaver.replica);
        }
        return;
    }
    auto& localities = upstream.member_hosts.endpoints;
    for (const HealthWatch::Leaver& leaver : leavers) {
        std::size_t place = 0;  // after the last of its locality
        auto its = localities.begin();
        for (; its != localities.end(); ++its) {
            place += its->lb_endpoints.size();
            if (its->locality == leaver.place.locality && its->priority == leaver.place.priority) {
                break;
            }
        }
        if (its == localities.end()) {
            localities.push_back(leaver.place);
        } else {
            its->lb_endpoints.push_back(leaver.place.lb_endpoints.front());
        }
        upstream.members.insert(upstream.members.begin() + static_cast<std::ptrdiff_t>(place),
                                leaver.replica);
    }
}

void DataPlane::Engine::end_checks(Upstream& upstream) {
    if (upstream.health == nullptr) {
        return;
    }
    HealthWatch& watch = *upstream.health;
    mesh::HealthCheckStats stats = watch.checker.stats();
    stats.healthy = 0;
    services_[edges_[upstream.edge].service].counters->health_check += stats;
    for (const std::uint32_t host : watch.hosts) {
        give_up_check(watch, host);
    }
    upstream.health.reset();
}

// Ends those of the proxy of a replica that has ended.
void DataPlane::Engine::end_checks_by(std::uint32_t replica) {
    for (const auto& upstream : upstreams_) {
        if (upstream->health != nullptr && upstream->health->client == replica) {
            end_checks(*upstream);
        }
    }
}

void DataPlane::Engine::plan_checks(std::uint32_t index) {
    if (upstreams_[index]->health == nullptr) {
        return;
    }
    HealthWatch& watch = *upstreams_[index]->health;
    const auto next = watch.checker.next_timer();
    if (next && *next < watch.planned) {
        watch.planned = std::max(*next, now_);
        push_connecting({.upstream = index, .purpose = Connecting::For::NextCheck}, watch.planned,
                        watch.random.key());
    }
}

void DataPlane::Engine::on_check_event(const Connecting& event) {
    Upstream& upstream = *upstreams_[event.upstream];
    if (upstream.health == nullptr) {
        return;
    }
    HealthWatch& watch = *upstream.health;
    if (event.purpose == Connecting::For::NextCheck) {
        if (watch.planned == now_) {  // else it was planned anew
            look_at_checks(event.upstream);
        }
        return;
    }
    const auto dialed = watch.being_dialed.find(event.replica);
    if (dialed == watch.being_dialed.end() || dialed->second != event.connection) {
        return;  // it was given up
    }
    watch.being_dialed.erase(dialed);
    if (replicas_[event.replica].is_alive) {
        watch.checker.on_connected(event.replica, now_, watch.random);
    } else {
        watch.checker.on_network_failure(event.replica, now_, watch.random);
    }
    note_health(event.upstream);
    plan_checks(event.upstream);
}

void DataPlane::Engine::look_at_checks(std::uint32_t index) {
    Upstream& upstream = *upstreams_[index];
    upstream.health->planned = TimePoint::max();
    const auto due = upstream.health->checker.on_timer(now_, upstream.health->random);
    note_health(index);
    const std::vector<std::uint32_t>& hosts = upstream.health->hosts;
    for (const std::uint32_t host : due) {
        if (std::ranges::find(hosts, host) != hosts.end()) {  // else it has just left
            send_check(index, host);
        }
    }
    plan_checks(index);
}

// Tells whoever picks hosts, and the detector of outliers, what has come of checks.
void DataPlane::Engine::note_health(std::uint32_t index) {
    Upstream& upstream = *upstreams_[index];
    catch_up(upstream);
    HealthWatch& watch = *upstream.health;
    static_cast<void>(watch.checker.take_events());
    bool is_changed = false;
    for (const mesh::HealthCheckResult& result : watch.checker.take_results()) {
        is_changed = is_changed || result.is_changed;
        give_up_check(watch, result.host);
        if (result.is_success && upstream.outliers) {
            upstream.outliers->put_health_check_success(result.host, now_);
        }
    }
    if (upstream.outliers) {
        note_ejections(upstream, now_);
    }
    const bool have_left = std::ranges::any_of(
        watch.leavers, [&](const auto& leaver) { return !may_stay(upstream, leaver.replica); });
    if (have_left) {
        check_endpoints(upstream);
        members_changed(index);
    } else if (is_changed && upstream.window.note(mesh::HostChange::Properties, now_) <= now_) {
        learn_hosts(upstream, now_);
    }
}

void DataPlane::Engine::send_check(std::uint32_t index, std::uint32_t host) {
    Upstream& upstream = *upstreams_[index];
    HealthWatch& watch = *upstream.health;
    const DrawKey draws{.workload = watch.random.key(),
                        .request = watch.sent++,
                        .call_site = check_site,
                        .attempt = host};
    const CounterRandom random{draws};
    if (!upstream.policy.health_check->http_health_check) {
        dial_check(index, host, draws);
        return;
    }
    const std::uint32_t made =
        has_record() ? new_exchange(watch.edge, draws, {.message = none}, random.hash()) : none;
    if (made == none) {
        return;  // it will have had its time
    }
    exchanges_[made].is_check = true;
    exchanges_[made].upstream = index;
    watch.under_way[host] = made;
    edges_[watch.edge].begin_at(host);
    const std::uint32_t slot =
        new_record(draws, {.hash = random.hash(), .drawn = random.state(), .work = work_of_check});
    exchanges_[made].attempt = slot;
    Record& record = records_[slot];
    record.parent = made;
    record.edge = watch.edge;
    record.replica = host;
    record.message = none;
    record.phase = Phase::OnTheWay;
    record.status = checked_status;
    record.is_attempt = true;
    set_off(slot);
}

void DataPlane::Engine::dial_check(std::uint32_t index, std::uint32_t host, const DrawKey& draws) {
    HealthWatch& watch = *upstreams_[index]->health;
    const auto number = static_cast<std::uint32_t>(draws.request);
    watch.being_dialed[host] = number;
    if (const auto time = handshake(draws, edges_[watch.edge].site, replicas_[host].site)) {
        push_connecting({.upstream = index,
                         .replica = host,
                         .connection = number,
                         .purpose = Connecting::For::Check},
                        now_ + *time, CounterRandom{draws}.hash());
    }
}

// A check has come back to a proxy that waits for it.
void DataPlane::Engine::end_check(std::uint32_t slot) {
    const Record record = records_[slot];
    free_record(slot);
    const std::uint32_t index = exchanges_[record.parent].upstream;
    Upstream& upstream = *upstreams_[index];
    HealthWatch& watch = *upstream.health;
    exchanges_[record.parent].attempt = none;
    edges_[record.edge].end_at(record.replica);
    give_up_check(watch, record.replica);
    if (record.reset) {
        watch.checker.on_network_failure(record.replica, now_, watch.random);
    } else {
        const std::uint16_t status =
            record.status == checked_status ? std::uint16_t{200} : record.status;
        watch.checker.on_response(record.replica, status, {}, now_, watch.random);
    }
    note_health(index);
    plan_checks(index);
}

// Nobody waits any longer for the check of a host that is under way, if one is.
void DataPlane::Engine::give_up_check(HealthWatch& watch, std::uint32_t host) {
    watch.being_dialed.erase(host);
    const auto found = watch.under_way.find(host);
    if (found == watch.under_way.end()) {
        return;
    }
    const std::uint32_t index = found->second;
    watch.under_way.erase(found);
    Exchange& exchange = exchanges_[index];
    if (const std::uint32_t slot = std::exchange(exchange.attempt, none); slot != none) {
        records_[slot].parent = none;
        edges_[watch.edge].end_at(host);
    }
    exchange.policy = nullptr;
    free_exchanges_.push_back(index);
}

std::uint8_t DataPlane::Engine::health_flags_of(const Upstream& upstream,
                                                std::uint32_t replica) const {
    unsigned flags = upstream.health != nullptr ? upstream.health->checker.flags(replica) : 0U;
    if (upstream.outliers && upstream.outliers->is_ejected(replica)) {
        flags |= static_cast<unsigned>(mesh::HealthFlag::FailedOutlierCheck);
    }
    return static_cast<std::uint8_t>(flags);
}

bool DataPlane::Engine::is_left_out(const Upstream& upstream, std::uint32_t replica) const {
    constexpr auto left_out = static_cast<unsigned>(mesh::HealthFlag::FailedOutlierCheck) |
                              static_cast<unsigned>(mesh::HealthFlag::FailedActiveHealthCheck);
    return (health_flags_of(upstream, replica) & left_out) != 0;
}

}  // namespace wavetank::sim
