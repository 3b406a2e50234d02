#include <wavetank/mesh/health_check.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;

bool is_within_ranges(const std::vector<StatusRange>& ranges, std::uint16_t status) {
    return std::ranges::any_of(ranges,
                               [&](const StatusRange& range) { return range.contains(status); });
}

bool is_of_the_network(HealthCheckFailure failure) {
    return failure == HealthCheckFailure::Network || failure == HealthCheckFailure::NetworkTimeout;
}

}  // namespace

HealthCheckStats& HealthCheckStats::operator+=(const HealthCheckStats& others) {
    attempt += others.attempt;
    success += others.success;
    failure += others.failure;
    passive_failure += others.passive_failure;
    network_failure += others.network_failure;
    healthy += others.healthy;
    degraded += others.degraded;
    return *this;
}

void HealthChecker::Session::set(HealthFlag flag, bool is_set) {
    const auto bit = static_cast<unsigned>(flag);
    flags = static_cast<std::uint8_t>(is_set ? flags | bit : flags & ~bit);
}

void HealthChecker::add_host(std::uint32_t host, TimePoint now, Random& random, NewHost state) {
    WAVETANK_ASSERT(find(host) == nullptr);
    const bool is_at_once = config_.initial_jitter == Duration::zero();
    Session& session = sessions_.emplace_back(Session{
        .host = host,
        .next_check = is_at_once
                          ? now
                          : now + with_jitter(Duration::zero(), config_.initial_jitter, random)});
    session.set(HealthFlag::PendingActiveHealthCheck, state == NewHost::IsExcluded);
}

// Pickers are to hear that a host is no longer excluded, whatever else has changed.
HealthChecker::Transition HealthChecker::end_pending(Session& session, Transition transition) {
    const bool was_pending = session.has(HealthFlag::PendingActiveHealthCheck);
    session.set(HealthFlag::PendingActiveHealthCheck, false);
    return was_pending ? Transition::Changed : transition;
}

void HealthChecker::remove_host(std::uint32_t host) {
    if (const Session* session = find(host)) {
        stats_.healthy -= session->has(HealthFlag::FailedActiveHealthCheck) ? 0 : 1;
        stats_.degraded -= session->has(HealthFlag::DegradedActiveHealthCheck) ? 1 : 0;
        std::erase_if(sessions_, [&](const Session& each) { return each.host == host; });
    }
}

HealthChecker::Session* HealthChecker::find(std::uint32_t host) {
    const auto found = std::ranges::find(sessions_, host, &Session::host);
    return found == sessions_.end() ? nullptr : &*found;
}

const HealthChecker::Session* HealthChecker::find(std::uint32_t host) const {
    const auto found = std::ranges::find(sessions_, host, &Session::host);
    return found == sessions_.end() ? nullptr : &*found;
}

std::uint8_t HealthChecker::flags(std::uint32_t host) const {
    const Session* session = find(host);
    return session == nullptr ? std::uint8_t{0} : session->flags;
}

std::optional<TimePoint> HealthChecker::last_pass(std::uint32_t host) const {
    const Session* session = find(host);
    return session == nullptr ? std::nullopt : session->last_pass;
}

std::optional<TimePoint> HealthChecker::next_timer() const {
    std::optional<TimePoint> next;
    for (const Session& session : sessions_) {
        const auto own = session.next_check ? session.next_check : session.times_out;
        next = !next || (own && *own < *next) ? own : next;
    }
    return next;
}

std::vector<std::uint32_t> HealthChecker::on_timer(TimePoint now, Random& random) {
    std::vector<std::uint32_t> due;
    for (Session& session : sessions_) {
        if (session.times_out && *session.times_out <= now) {
            fail(session,
                 {.time = now, .host = session.host, .failure = HealthCheckFailure::NetworkTimeout},
                 false, random);
        } else if (session.next_check && *session.next_check <= now) {
            session.next_check.reset();
            session.times_out = now + config_.timeout;
            ++stats_.attempt;
            due.push_back(session.host);
        }
    }
    return due;
}

void HealthChecker::on_response(std::uint32_t host, std::uint16_t status, const Headers& headers,
                                TimePoint now, Random& random) {
    Session* session = find(host);
    if (session == nullptr || !session->times_out) {
        return;
    }
    const HttpHealthCheck http = config_.http_health_check.value_or(HttpHealthCheck{});
    const bool is_expected = http.expected_statuses.empty()
                                 ? StatusRange{}.contains(status)
                                 : is_within_ranges(http.expected_statuses, status);
    if (is_expected) {
        succeed(*session, headers.contains("x-envoy-degraded"), now, random);
        return;
    }
    if (headers.contains("x-envoy-immediate-health-check-fail")) {
        session->set(HealthFlag::ExcludedByImmediateHealthCheckFailure, true);
    }
    fail(*session, {.time = now, .host = host, .http_status_code = status},
         is_within_ranges(http.retriable_statuses, status), random);
}

void HealthChecker::on_connected(std::uint32_t host, TimePoint now, Random& random) {
    Session* session = find(host);
    if (session != nullptr && session->times_out && !config_.http_health_check) {
        succeed(*session, false, now, random);
    }
}

void HealthChecker::on_network_failure(std::uint32_t host, TimePoint now, Random& random) {
    Session* session = find(host);
    if (session != nullptr && session->times_out) {
        fail(*session, {.time = now, .host = host, .failure = HealthCheckFailure::Network}, false,
             random);
    }
}

void HealthChecker::set_unhealthy(std::uint32_t host, TimePoint now) {
    if (Session* session = find(host)) {
        session->set(HealthFlag::ExcludedByImmediateHealthCheckFailure, true);
        become_unhealthy(
            *session, {.time = now, .host = host, .failure = HealthCheckFailure::Passive}, false);
    }
}

void HealthChecker::succeed(Session& session, bool is_degraded, TimePoint now, Random& random) {
    using Kind = HealthCheckEvent::Kind;
    const HealthCheckEvent event{
        .time = now, .host = session.host, .first_check = session.first_check};
    Transition transition = Transition::Unchanged;
    session.num_unhealthy = 0;
    if (session.has(HealthFlag::FailedActiveHealthCheck)) {
        transition = Transition::ChangePending;
        if (session.first_check || ++session.num_healthy == config_.healthy_threshold) {
            session.set(HealthFlag::FailedActiveHealthCheck, false);
            session.set(HealthFlag::ExcludedByImmediateHealthCheckFailure, false);
            ++stats_.healthy;
            transition = Transition::Changed;
            log(event, Kind::AddHealthy);
        }
        session.last_pass = now;
    }
    if (transition != Transition::Changed && config_.always_log_health_check_success) {
        log(event, Kind::Success);
    }
    transition = end_pending(session, transition);
    if (is_degraded != session.has(HealthFlag::DegradedActiveHealthCheck)) {
        session.set(HealthFlag::DegradedActiveHealthCheck, is_degraded);
        stats_.degraded += is_degraded ? 1 : 0;  // as in Envoy, it never falls while it is checked
        log(event, is_degraded ? Kind::DegradedHost : Kind::NoLongerDegradedHost);
        transition = transition == Transition::Unchanged ? Transition::Changed : transition;
    }
    ++stats_.success;
    session.first_check = false;
    results_.push_back({.host = session.host,
                        .is_success = true,
                        .is_changed = transition == Transition::Changed});
    session.times_out.reset();
    session.next_check = now + interval(true, transition, random);
}

// A wrong answer is enough; silence has to last.
HealthChecker::Transition HealthChecker::become_unhealthy(Session& session,
                                                          const HealthCheckEvent& failure,
                                                          bool is_retriable) {
    using Kind = HealthCheckEvent::Kind;
    Transition transition = Transition::Unchanged;
    session.num_healthy = 0;
    if (!session.has(HealthFlag::FailedActiveHealthCheck)) {
        transition = Transition::ChangePending;
        if ((!is_of_the_network(failure.failure) && !is_retriable) ||
            ++session.num_unhealthy == config_.unhealthy_threshold) {
            session.set(HealthFlag::FailedActiveHealthCheck, true);
            --stats_.healthy;
            transition = Transition::Changed;
            log(failure, Kind::EjectUnhealthy);
        }
    }
    transition = end_pending(session, transition);
    if (session.first_check || config_.always_log_health_check_failures) {
        HealthCheckEvent event = failure;
        event.first_check = session.first_check;
        log(event, Kind::Failure);
    }
    ++stats_.failure;
    stats_.network_failure += is_of_the_network(failure.failure) ? 1 : 0;
    stats_.passive_failure += failure.failure == HealthCheckFailure::Passive ? 1 : 0;
    session.first_check = false;
    results_.push_back({.host = session.host, .is_changed = transition == Transition::Changed});
    return transition;
}

void HealthChecker::fail(Session& session, const HealthCheckEvent& failure, bool is_retriable,
                         Random& random) {
    const Transition transition = become_unhealthy(session, failure, is_retriable);
    session.times_out.reset();
    session.next_check = failure.time + interval(false, transition, random);
}

Duration HealthChecker::interval(bool is_success, Transition transition, Random& random) const {
    const bool is_pending = transition == Transition::ChangePending;
    const Duration unhealthy = config_.unhealthy_interval.value_or(config_.interval);
    Duration base{};
    if (!has_traffic_) {
        base = is_success && !is_pending
                   ? config_.no_traffic_healthy_interval.value_or(config_.no_traffic_interval)
                   : config_.no_traffic_interval;
    } else if (is_success) {
        base = is_pending ? config_.healthy_edge_interval.value_or(config_.interval)
                          : config_.interval;
    } else {
        base = is_pending ? config_.unhealthy_edge_interval.value_or(unhealthy) : unhealthy;
    }
    return with_jitter(base, config_.interval_jitter, random);
}

// In whole milliseconds, one at least.
Duration HealthChecker::with_jitter(Duration base, Duration jitter, Random& random) const {
    auto total = std::chrono::duration_cast<milliseconds>(base).count();
    const auto share = static_cast<std::int64_t>(config_.interval_jitter_percent) * total / 100;
    const auto most = std::chrono::duration_cast<milliseconds>(jitter).count();
    for (const std::int64_t width : {share, most}) {
        total += width > 0
                     ? static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(width)))
                     : 0;
    }
    return milliseconds{std::max<std::int64_t>(total, 1)};
}

}  // namespace wavetank::mesh
