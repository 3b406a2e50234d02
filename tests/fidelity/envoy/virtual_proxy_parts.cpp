// What the proxy in virtual time does besides following a request: it reads how long one may take,
// counts, and learns of hosts.

#include "fidelity/envoy/virtual_proxy.hpp"

#include <wavetank/mesh/request_timeout.hpp>

#include <charconv>
#include <utility>

namespace wavetank::fidelity {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using mesh::Resource;
using mesh::RetryStatus;
using mesh::StreamEnd;
using std::chrono::milliseconds;

// A time for each try that is not below that of the request is none at all.
VirtualProxy::Timers VirtualProxy::timers_of(const mesh::Headers& headers) const {
    Timers timers{.route = route_.timeout, .idle = route_.idle_timeout};
    if (route_.retry_policy) {
        timers.per_try = route_.retry_policy->per_try_timeout;
        timers.per_try_idle = route_.retry_policy->per_try_idle_timeout;
    }
    mesh::Headers rest = headers;
    timers.route = mesh::take_timeout(rest).over(timers.route);
    if (const auto found = headers.find("x-envoy-upstream-rq-per-try-timeout-ms");
        found != headers.end()) {
        const std::string& text = found->second;
        std::uint32_t number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem == std::errc{} && end == text.data() + text.size()) {
            timers.per_try = milliseconds{number};
        }
    }
    const bool is_above =
        timers.per_try && timers.route > Duration::zero() && *timers.per_try >= timers.route;
    for (auto* timer : {&timers.per_try, &timers.per_try_idle, &timers.idle}) {
        if ((timer == &timers.per_try && is_above) || *timer == Duration::zero()) {
            timer->reset();
        }
    }
    timers.timeout_status =
        headers.contains("x-envoy-upstream-rq-timeout-alt-response") ? 204 : 504;
    return timers;
}

mesh::RetrySituation VirtualProxy::situation(bool is_started) {
    const mesh::ResourceManager& all = resources();
    return {.has_room = all.can_create(Resource::Retries), .request_started = is_started};
}

void VirtualProxy::release_retry(Exchange& exchange) {
    if (std::exchange(exchange.has_retry, false)) {
        resources().decrease(Resource::Retries);
    }
}

bool VirtualProxy::retry_follows(Exchange& exchange, RetryStatus status) {
    exchange.answer.flags |= mesh::flags_of(status);
    // Only a request that would be sent again asks for room.
    if (status == RetryStatus::Yes || status == RetryStatus::NoOverflow) {
        resources().note_retry_wanted();
    }
    if (status != RetryStatus::Yes) {
        return false;
    }
    exchange.has_retry = true;
    resources().increase(Resource::Retries);
    ++exchange.pending_retries;
    back_offs_.push_back(exchange.state->next_back_off(random_));
    timeline_.after(back_offs_.back(), [this, &exchange] {
        if (!exchange.answer.is_done) {
            --exchange.pending_retries;
            try_once(exchange);
        }
    });
    return true;
}

void VirtualProxy::end_attempt(mesh::StreamId stream, std::optional<StreamEnd> end) {
    const Attempt attempt = attempts_.at(stream);
    attempts_.erase(stream);
    std::erase(exchanges_[attempt.exchange]->attempts, stream);
    mesh::ConnPool& pool = *pools_[static_cast<std::size_t>(attempt.host)].pool;
    if (!attempt.is_connected) {
        pool.cancel(stream);
    } else if (end) {
        pool.on_stream_closed(attempt.connection, stream, *end, timeline_.now());
    }
    // Whoever empties the pool may be at it.
    timeline_.after(Duration::zero(), [this, host = attempt.host] { drain(host); });
}

bool VirtualProxy::others_may_answer(const Exchange& exchange) const {
    const auto others = std::ranges::count_if(exchange.attempts, [&](mesh::StreamId stream) {
        return !attempts_.at(stream).has_headers;
    });
    return others > 0 || exchange.pending_retries > 0;
}

void VirtualProxy::charge(int status) {
    ++counted_["upstream_rq_completed"];
    ++counted_["upstream_rq_" + std::to_string(status / 100) + "xx"];
}

void VirtualProxy::finish(Exchange& exchange, int status) {
    exchange.answer.status = status;
    exchange.answer.at = timeline_.now() - exchange.sent;
    exchange.answer.is_done = true;
    filters_.end(exchange.number, timeline_.now());
    release_retry(exchange);
    for (const mesh::StreamId stream : std::vector{exchange.attempts}) {
        end_attempt(stream, StreamEnd::Reset);
    }
}

void VirtualProxy::put_result(const Attempt& attempt, mesh::OutlierResult result) {
    if (outliers_) {
        outliers_->put_result(static_cast<std::uint32_t>(attempt.host), result, timeline_.now(),
                              random_);
        note_outliers();
    }
}

void VirtualProxy::detect_outliers(TimePoint first_tick) {
    const mesh::OutlierDetection& detection = options_.outlier_detection.value();
    outliers_.emplace(detection, first_tick - detection.interval);
    std::vector<std::uint32_t> hosts;
    for (std::size_t place = 0; place < assignment_.size(); ++place) {
        hosts.push_back(static_cast<std::uint32_t>(picker_.host_at(place)));
    }
    outliers_->set_hosts(hosts);
    arm_interval();
}

void VirtualProxy::arm_interval() {
    timeline_.at(outliers_->next_interval(), [this] {
        outliers_->on_interval(timeline_.now(), random_);
        note_outliers();
        arm_interval();
    });
}

void VirtualProxy::note_outliers() {
    bool is_changed = false;
    for (auto& locality : assignment_.endpoints) {
        for (auto& endpoint : locality.lb_endpoints) {
            constexpr auto flag = static_cast<unsigned>(mesh::HealthFlag::FailedOutlierCheck);
            const auto host = std::ranges::find(hosts_, value(mesh::address_of(endpoint)));
            const bool is_ejected =
                outliers_->is_ejected(static_cast<std::uint32_t>(host - hosts_.begin()));
            const auto flags = static_cast<std::uint8_t>(
                is_ejected ? endpoint.health_flags | flag : endpoint.health_flags & ~flag);
            is_changed = is_changed || flags != endpoint.health_flags;
            endpoint.health_flags = flags;
        }
    }
    if (is_changed) {
        on_host_change();
    }
}

// Pools see at once how their hosts are.
void VirtualProxy::tell_pools() {
    for (const auto& locality : assignment_.endpoints) {
        for (const auto& endpoint : locality.lb_endpoints) {
            const auto host = std::ranges::find(hosts_, value(mesh::address_of(endpoint)));
            pools_[static_cast<std::size_t>(host - hosts_.begin())].host.is_healthy =
                mesh::health_of(endpoint) == mesh::Health::Healthy;
        }
    }
}

void VirtualProxy::on_host_change() {
    tell_pools();
    const TimePoint due = window_.note(mesh::HostChange::Properties, timeline_.now());
    if (due <= timeline_.now()) {
        deliver_hosts();
        return;
    }
    timeline_.at(due, [this, due] {
        if (window_.due() == due) {
            window_.end(timeline_.now());
            deliver_hosts();
        }
    });
}

void VirtualProxy::deliver_hosts() {
    picker_.update(assignment_, timeline_.now());
}

void VirtualProxy::check_health(const object& script) {
    health_.emplace(options_.health_check.value());
    check_script_.emplace(object{{"hosts", script}, {"attempts", array{object{}}}});
    for (std::size_t place = 0; place < assignment_.size(); ++place) {
        const auto host = static_cast<std::uint32_t>(picker_.host_at(place));
        health_->add_host(host, timeline_.now(), random_);
        unchecked_.insert(host);
    }
    arm_checks();
}

void VirtualProxy::arm_checks() {
    const auto next = health_->next_timer();
    if (next && (!checks_armed_ || *next < *checks_armed_)) {
        checks_armed_ = next;
        timeline_.at(*next, [this, next] {
            if (checks_armed_ != next) {
                return;
            }
            checks_armed_.reset();
            for (const std::uint32_t host : health_->on_timer(timeline_.now(), random_)) {
                check(host);
            }
            note_health();
            arm_checks();
        });
    }
}

// Sends a check; an answer that comes after its time is nobody's.
void VirtualProxy::check(std::uint32_t host) {
    const std::string address = address_of(static_cast<int>(host));
    const std::uint64_t number = ++check_numbers_[host];
    const auto while_awaited = [this, host, number](Duration delay, std::function<void()> what) {
        timeline_.after(delay, [this, host, number, what = std::move(what)] {
            if (check_numbers_[host] == number) {
                what();
                note_health();
                arm_checks();
            }
        });
    };
    const auto fail = [this, host] { health_->on_network_failure(host, timeline_.now(), random_); };
    if (reach_of(address) == Reach::Refuses) {
        while_awaited(Duration::zero(), fail);
        return;
    }
    checks_.emplace_back(static_cast<int>(host), timeline_.now());
    if (reach_of(address) == Reach::NeverAnswers) {
        return;
    }
    if (!options_.health_check->http_health_check) {
        while_awaited(Duration::zero(),
                      [this, host] { health_->on_connected(host, timeline_.now(), random_); });
        return;
    }
    const ServerAction action = check_script_->next(address, 0);
    if (action.kind == ServerAction::Kind::Answer) {
        while_awaited(action.delay, [this, host, action] {
            health_->on_response(host, action.status, action.headers, timeline_.now(), random_);
        });
    } else if (action.kind != ServerAction::Kind::Hang) {
        while_awaited(action.delay, fail);
    }
}

void VirtualProxy::note_health() {
    bool is_changed = false;
    const bool is_warming = !unchecked_.empty();
    for (const mesh::HealthCheckResult& result : health_->take_results()) {
        is_changed = is_changed || result.is_changed;
        unchecked_.erase(result.host);
        if (result.is_success && outliers_) {
            outliers_->put_health_check_success(result.host, timeline_.now());
        }
    }
    for (auto& locality : assignment_.endpoints) {
        for (auto& endpoint : locality.lb_endpoints) {
            constexpr auto ejected = static_cast<unsigned>(mesh::HealthFlag::FailedOutlierCheck);
            const auto found = std::ranges::find(hosts_, value(mesh::address_of(endpoint)));
            const auto host = static_cast<std::uint32_t>(found - hosts_.begin());
            endpoint.health_flags =
                static_cast<std::uint8_t>((endpoint.health_flags & ejected) | health_->flags(host));
        }
    }
    if (is_warming) {
        tell_pools();
        deliver_hosts();  // the cluster comes with what the first checks found
    } else if (is_changed) {
        on_host_change();
    }
    if (outliers_) {
        note_outliers();
    }
}

void VirtualProxy::add_hosts(const array& endpoints) {
    mesh::ClusterLoadAssignment more = assignment_;
    for (const value& each : endpoints) {
        mesh::LbEndpoint added{.address = std::string{each.at("address").as_string()},
                               .port_value = each.at("port_value").to_number<std::uint32_t>()};
        if (health_) {
            const auto found = std::ranges::find(hosts_, value(mesh::address_of(added)));
            const auto host = static_cast<std::uint32_t>(found - hosts_.begin());
            health_->add_host(host, timeline_.now(), random_,
                              options_.ignore_new_hosts_until_first_hc ? mesh::NewHost::IsExcluded
                                                                       : mesh::NewHost::HasFailed);
            added.health_flags = health_->flags(host);
        }
        more.endpoints.at(0).lb_endpoints.push_back(std::move(added));
    }
    assignment_ = std::move(more);
    static_cast<void>(window_.note(mesh::HostChange::Membership, timeline_.now()));
    deliver_hosts();
    if (health_) {
        arm_checks();
    }
}

std::size_t VirtualProxy::hosts_of(mesh::Health health) const {
    std::size_t count = 0;
    for (const auto& locality : assignment_.endpoints) {
        for (const auto& endpoint : locality.lb_endpoints) {
            count += mesh::health_of(endpoint) == health ? 1 : 0;
        }
    }
    return count;
}

CaseCounters VirtualProxy::counters() const {
    CaseCounters all = counted_;
    for (const mesh::TrafficStat& stat : mesh::traffic_stats()) {
        if (!stat.is_gauge) {
            all[std::string{stat.name}] = stats_.*stat.value;
        }
    }
    all["upstream_rq_retry"] = retry_stats_.upstream_rq_retry;
    all["upstream_rq_retry_success"] = retry_stats_.upstream_rq_retry_success;
    all["upstream_rq_retry_limit_exceeded"] = retry_stats_.upstream_rq_retry_limit_exceeded;
    all["upstream_rq_retry_overflow"] = retry_stats_.upstream_rq_retry_overflow;
    all["upstream_rq_retry_backoff_exponential"] =
        retry_stats_.upstream_rq_retry_backoff_exponential;
    all["upstream_rq_retry_backoff_ratelimited"] =
        retry_stats_.upstream_rq_retry_backoff_ratelimited;
    std::erase_if(all, [](const auto& pair) { return pair.second == 0; });
    return all;
}

CaseCounters VirtualProxy::gauges() const {
    CaseCounters all;
    for (const mesh::TrafficStat& stat : mesh::traffic_stats()) {
        if (stat.is_gauge) {
            all[std::string{stat.name}] = stats_.*stat.value;
        }
    }
    const auto add = [&](const std::string& prefix, const mesh::ResourceManager& resources) {
        const std::initializer_list<std::tuple<Resource, std::string, std::string>> names{
            {Resource::Connections, "cx_open", "remaining_cx"},
            {Resource::PendingRequests, "rq_pending_open", "remaining_pending"},
            {Resource::Requests, "rq_open", "remaining_rq"},
            {Resource::Retries, "rq_retry_open", "remaining_retries"}};
        for (const auto& [resource, open, remaining] : names) {
            all[prefix + open] = resources.is_open(resource) ? 1 : 0;
            all[prefix + remaining] = resources.remaining(resource);
        }
        // As good as unlimited, the number is not in recordings.
        if (resources.max(Resource::ConnectionPools) != mesh::Thresholds{}.max_connection_pools) {
            all[prefix + "cx_pool_open"] = resources.is_open(Resource::ConnectionPools) ? 1 : 0;
            all[prefix + "remaining_cx_pools"] = resources.remaining(Resource::ConnectionPools);
        }
    };
    add("circuit_breakers.default.", default_);
    add("circuit_breakers.high.", high_);
    std::erase_if(all, [](const auto& pair) { return pair.second == 0; });
    return all;
}

}  // namespace wavetank::fidelity
