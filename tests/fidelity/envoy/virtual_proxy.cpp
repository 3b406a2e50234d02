#include "fidelity/envoy/virtual_proxy.hpp"

#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using mesh::PoolEvent;
using mesh::ResetReason;
using mesh::Resource;
using mesh::ResponseFlag;
using mesh::StreamEnd;
using std::chrono::milliseconds;

constexpr std::uint8_t unchecked =
    static_cast<std::uint8_t>(mesh::HealthFlag::FailedActiveHealthCheck);

// Says what a client gets when all that is left is a reset.
std::string details_of(ResetReason reason) {
    const auto before = [](const std::string& why) {
        return "upstream_reset_before_response_started{" + why + "}";
    };
    switch (reason) {
        case ResetReason::ConnectionFailure:
            return before("remote_connection_failure");
        case ResetReason::ConnectionTimeout:
            return before("connection_timeout");
        case ResetReason::ConnectionTermination:
            return before("connection_termination");
        case ResetReason::RemoteReset:
            return before("remote_reset");
        case ResetReason::RemoteRefusedStreamReset:
            return before("remote_refused_stream_reset");
        case ResetReason::Overflow:
            return before("overflow");
        case ResetReason::ProtocolError:
            return before("protocol_error");
        case ResetReason::LocalReset:
            break;
    }
    throw NotModelled{"this reason of a reset"};
}

// How a request that was reset ends for its connection, if it had one that goes on.
std::optional<StreamEnd> end_of(ResetReason reason) {
    switch (reason) {
        case ResetReason::RemoteReset:
            return StreamEnd::RemoteReset;
        case ResetReason::RemoteRefusedStreamReset:
            return StreamEnd::RemoteRefusedStreamReset;
        case ResetReason::ProtocolError:
            return StreamEnd::Reset;  // Envoy answers with one of its own and counts it
        default:
            return std::nullopt;
    }
}

object script_of(const Case& test_case) {
    const object* upstream = test_case.at("upstream").if_object();
    return upstream == nullptr ? object{} : object_or_empty(*upstream, "script");
}

// Hosts that are to be checked have failed until they are.
mesh::ClusterLoadAssignment unchecked_hosts(mesh::ClusterLoadAssignment assignment,
                                            const ClusterOptions& options) {
    if (options.health_check) {
        for (auto& locality : assignment.endpoints) {
            for (auto& endpoint : locality.lb_endpoints) {
                endpoint.health_flags = unchecked;
            }
        }
    }
    return assignment;
}

}  // namespace

VirtualProxy::VirtualProxy(const Case& test_case, const array& hosts, std::uint64_t seed)
    : config_(test_case.at("config").as_object()),
      hosts_(hosts),
      options_(read_cluster_options(config_.at("cluster").as_object())),
      route_(read_route_options(config_)),
      script_(script_of(test_case)),
      filters_(config_, Random{seed}.fork("filters")),
      picker_(object{{"cluster", picking_members(config_.at("cluster").as_object())}}, hosts, seed),
      assignment_(unchecked_hosts(picker_.assignment(), options_)),
      random_(Random{seed}.fork("proxy")),
      default_(options_.default_thresholds),
      high_(options_.high_thresholds),
      pools_(hosts.size()),
      window_(options_.update_merge_window) {
    only_members(config_, "config",
                 {"cluster", "route", "virtual_host", "downstream_internal", "http_filters",
                  "http_connection_manager"});
    options_.pool.max_connections_per_host = route_.has_high_priority
                                                 ? options_.high_connections_per_host
                                                 : options_.default_connections_per_host;
    for (HostPool& each : pools_) {
        each.pool = std::make_unique<mesh::ConnPool>(options_.pool, resources(), stats_, each.host);
    }
    if (options_.health_check) {
        picker_.update(assignment_, timeline_.now());
    }
}

const RecordedAnswer& VirtualProxy::serve(const value& request) {
    const std::size_t number = send(request);
    timeline_.run_while([&] { return !answer(number).is_done; }, TimePoint::max());
    return answer(number);
}

std::size_t VirtualProxy::send(const value& request) {
    only_members(
        request.as_object(), "requests",
        {"at_ms", "headers", "method", "path", "authority", "body_bytes", "client_timeout_ms"});
    Exchange& exchange = *exchanges_.emplace_back(std::make_unique<Exchange>());
    exchange.number = exchanges_.size() - 1;
    exchange.sent = timeline_.now();
    if (const value* given = request.as_object().if_contains("headers")) {
        exchange.headers = headers_in(*given);
    }
    const auto body_bytes =
        static_cast<std::uint64_t>(number_or(request.as_object(), "body_bytes", 0));
    const FilterVerdict verdict =
        filters_.begin(exchange.number, exchange.headers, body_bytes, timeline_.now());
    if (!route_.is_internal) {
        std::erase_if(exchange.headers,
                      [](const auto& pair) { return pair.first.starts_with("x-envoy-"); });
    }
    exchange.timers = timers_of(exchange.headers);
    const auto hedge = exchange.headers.find("x-envoy-hedge-on-per-try-timeout");
    exchange.is_hedged = route_.hedge_on_per_try_timeout;
    if (hedge != exchange.headers.end() && (hedge->second == "true" || hedge->second == "false")) {
        exchange.is_hedged = hedge->second == "true";
    }
    exchange.policy = route_.retry_policy.value_or(mesh::RetryPolicy{});
    exchange.state.emplace(exchange.policy, exchange.headers, retry_stats_);
    if (const auto frequency = exchange.policy.previous_priorities_update_frequency) {
        exchange.priorities.emplace(*frequency);
    }
    abandon_retries(exchange, body_bytes);
    if (const value* limit = request.as_object().if_contains("client_timeout_ms")) {
        timeline_.after(milliseconds{limit->to_number<std::int64_t>()},
                        [this, &exchange] { on_client_gone(exchange); });
    }
    follow(exchange, verdict);
    return exchange.number;
}

// A body that is too long to be kept cannot be sent again.
void VirtualProxy::abandon_retries(Exchange& exchange, std::uint64_t body_bytes) {
    const bool has_retries = !exchange.policy.retry_on.empty() ||
                             exchange.headers.contains("x-envoy-retry-on") ||
                             exchange.headers.contains("x-envoy-retry-grpc-on");
    if (has_retries && body_bytes > route_.request_buffer_limit) {
        ++counted_["retry_or_shadow_abandoned"];
        exchange.policy = {};
        exchange.state.emplace(exchange.policy, mesh::Headers{}, retry_stats_);
    }
}

void VirtualProxy::on_client_gone(Exchange& exchange) {
    if (!exchange.answer.is_done) {
        exchange.answer.flags |= ResponseFlag::DownstreamConnectionTermination;
        exchange.answer.details = "downstream_remote_disconnect";
        exchange.answer.is_cut = true;
        finish(exchange, exchange.answer.status);
    }
}

void VirtualProxy::follow(Exchange& exchange, const FilterVerdict& verdict) {
    exchange.answer.flags |= verdict.flags;
    if (verdict.answer) {
        exchange.answer.details = verdict.details;
        finish(exchange, *verdict.answer);
    } else if (verdict.delay) {
        timeline_.after(*verdict.delay, [this, &exchange] {
            follow(exchange, filters_.after_delay(exchange.number, timeline_.now()));
        });
    } else {
        route(exchange);
    }
}

void VirtualProxy::route(Exchange& exchange) {
    exchange.routed = timeline_.now();
    if (exchange.timers.route > Duration::zero()) {
        timeline_.after(exchange.timers.route, [this, &exchange] { on_route_timeout(exchange); });
    }
    note_activity(exchange);
    try_once(exchange);
}

// The client hears something.
void VirtualProxy::note_activity(Exchange& exchange) {
    exchange.active = timeline_.now();
    if (exchange.timers.idle) {
        timeline_.after(*exchange.timers.idle, [this, &exchange] { on_idle_timeout(exchange); });
    }
}

int VirtualProxy::pick(Exchange& exchange) {
    const bool is_retry = exchange.answer.attempt_count > 0;
    mesh::PickContext context{
        .now = timeline_.now(),
        .host_selection_retry_max_attempts = exchange.policy.host_selection_retry_max_attempts};
    if (is_retry && exchange.policy.previous_hosts) {
        context.retry_host_predicate = &exchange.tried;
    }
    mesh::PriorityLoad load;
    std::optional<mesh::PrioritySet> set;
    if (exchange.priorities) {
        set = mesh::make_priority_set(picker_.assignment());
    }
    if (is_retry && set) {
        load = exchange.priorities->load_of(set->hosts, set->host_sets,
                                            mesh::priority_load(set->hosts, set->host_sets, 50));
        context.priority_load = &load;
    }
    const int host = picker_.pick(context);
    if (const auto place = picker_.place_of(host)) {
        exchange.tried.places.push_back(*place);
        if (set) {
            exchange.priorities->on_host_attempted(set->hosts[*place].priority);
        }
    }
    return host;
}

void VirtualProxy::try_once(Exchange& exchange) {
    const int host = pick(exchange);
    ++exchange.answer.attempt_count;
    exchange.answer.host = host;
    if (host < 0 || !has_place_for_pool(host)) {
        exchange.answer.flags |= ResponseFlag::NoHealthyUpstream;
        exchange.answer.details = "no_healthy_upstream";
        exchange.answer.host = -1;
        charge(503);
        finish(exchange, 503);
        return;
    }
    const mesh::StreamId stream = next_stream_++;
    attempts_[stream] = {
        .exchange = exchange.number, .host = host, .place = exchange.answer.attempts.size()};
    exchange.attempts.push_back(stream);
    const Duration elapsed = timeline_.now() - exchange.routed;
    const Duration limit = exchange.timers.per_try && !exchange.is_hedged ? *exchange.timers.per_try
                                                                          : exchange.timers.route;
    const Duration expected = exchange.timers.route > Duration::zero()
                                  ? std::min(limit, exchange.timers.route - elapsed)
                                  : limit;
    exchange.answer.attempts.push_back(
        {.host = host,
         .at = timeline_.now() - exchange.sent,
         .expected_timeout_ms = std::chrono::duration_cast<milliseconds>(expected).count()});
    HostPool& own = pools_[static_cast<std::size_t>(host)];
    own.pool->new_stream(stream, timeline_.now());
    if (health_) {
        health_->note_traffic();
    }
    drain(host);
}

// Does what the pool of a host asks for.
void VirtualProxy::drain(int host) {
    HostPool& own = pools_[static_cast<std::size_t>(host)];
    const Reach reach = reach_of(address_of(host));
    for (const PoolEvent& event : own.pool->take_events()) {
        switch (event.kind) {
            case PoolEvent::Kind::Connect:
                if (reach != Reach::NeverAnswers) {
                    timeline_.after(Duration::zero(), [this, host, &own, reach, event] {
                        if (reach == Reach::Accepts) {
                            own.pool->on_connected(event.connection, timeline_.now());
                        } else {
                            own.pool->on_connect_failure(event.connection, timeline_.now());
                        }
                        drain(host);
                    });
                }
                break;
            case PoolEvent::Kind::Ready:
                on_ready(event, host);
                break;
            case PoolEvent::Kind::Failure:
                on_pool_failure(event.stream, event);
                break;
            case PoolEvent::Kind::Reset:
                on_reset(event.stream, ResetReason::ConnectionTermination);
                break;
            case PoolEvent::Kind::Close:
                break;
        }
    }
    if (own.has_place && own.pool->is_idle()) {
        own.has_place = false;
        resources().decrease(Resource::ConnectionPools);
    }
    arm_pool_timer(host);
}

// Hosts without a pool can have one only if there are not too many.
bool VirtualProxy::has_place_for_pool(int host) {
    HostPool& own = pools_[static_cast<std::size_t>(host)];
    if (!own.has_place && !resources().can_create(Resource::ConnectionPools)) {
        ++stats_.upstream_cx_pool_overflow;
        return false;
    }
    if (!own.has_place) {
        own.has_place = true;
        resources().increase(Resource::ConnectionPools);
    }
    return true;
}

void VirtualProxy::arm_pool_timer(int host) {
    mesh::ConnPool& pool = *pools_[static_cast<std::size_t>(host)].pool;
    if (const auto due = pool.next_timer()) {
        timeline_.at(*due, [this, host, &pool, due] {
            if (pool.next_timer() == due) {
                pool.on_timer(timeline_.now());
                drain(host);
            }
        });
    }
}

// The time of a try begins with its connection.
void VirtualProxy::on_ready(const PoolEvent& event, int host) {
    Attempt& attempt = attempts_.at(event.stream);
    Exchange& exchange = *exchanges_[attempt.exchange];
    HostPool& own = pools_[static_cast<std::size_t>(host)];
    attempt.is_connected = true;
    attempt.connection = event.connection;
    RecordedAttempt& recorded = exchange.answer.attempts[attempt.place];
    recorded.reached_server = true;
    recorded.at = timeline_.now() - exchange.sent;
    const int next_number = static_cast<int>(own.numbers.size()) + 1;
    recorded.connection = own.numbers.try_emplace(event.connection, next_number).first->second;
    put_result(attempt, mesh::OutlierResult::LocalOriginConnectSuccess);
    const ServerAction action =
        script_.next(address_of(host), static_cast<std::uint32_t>(attempt.place));
    serve_at(event.stream, action);
    for (const auto& [time, name] : {std::pair{exchange.timers.per_try, "per_try"},
                                     std::pair{exchange.timers.per_try_idle, "per_try_idle"}}) {
        if (time) {
            timeline_.after(*time, [this, stream = event.stream, timer = std::string{name}] {
                on_per_try_timeout(stream, timer);
            });
        }
    }
}

void VirtualProxy::serve_at(mesh::StreamId stream, const ServerAction& action) {
    if (action.kind != ServerAction::Kind::Hang) {
        timeline_.after(action.delay, [this, stream, action] { on_action(stream, action); });
    }
}

void VirtualProxy::on_action(mesh::StreamId stream, const ServerAction& action) {
    const auto found = attempts_.find(stream);
    if (found == attempts_.end()) {
        return;
    }
    const int host = found->second.host;
    const mesh::ConnectionId connection = found->second.connection;
    mesh::ConnPool& pool = *pools_[static_cast<std::size_t>(host)].pool;
    const auto end_connection = [this, &pool, host, connection] {
        pool.on_remote_close(connection, timeline_.now());
        drain(host);
    };
    switch (action.kind) {
        case ServerAction::Kind::Answer:
            on_headers(stream, action);
            if (action.closes_silently) {
                timeline_.after(milliseconds{50}, end_connection);
            }
            break;
        case ServerAction::Kind::AnswerInPart:
            on_headers(stream, action);
            timeline_.after(action.then, end_connection);
            break;
        case ServerAction::Kind::Stall:
            on_headers(stream, action);
            break;
        case ServerAction::Kind::EndConnection:
            end_connection();
            break;
        case ServerAction::Kind::ResetStream:
            on_reset(stream, action.reset);
            break;
        case ServerAction::Kind::Hang:
            break;
    }
}

void VirtualProxy::on_headers(mesh::StreamId stream, const ServerAction& action) {
    Attempt& attempt = attempts_.at(stream);
    Exchange& exchange = *exchanges_[attempt.exchange];
    const StreamEnd end = action.says_close ? StreamEnd::CompleteAndClose : StreamEnd::Complete;
    const bool is_whole = action.kind == ServerAction::Kind::Answer;
    attempt.has_headers = true;
    if (outliers_) {
        outliers_->put_response(static_cast<std::uint32_t>(attempt.host), action.status,
                                timeline_.now(), random_);
        note_outliers();
    }
    if (health_ && action.headers.contains("x-envoy-immediate-health-check-fail")) {
        health_->set_unhealthy(static_cast<std::uint32_t>(attempt.host), timeline_.now());
        note_health();
    }
    if (attempt.is_retried) {
        if (exchange.state->would_retry(action.status, action.headers) &&
            others_may_answer(exchange)) {
            end_attempt(stream, is_whole ? end : StreamEnd::Reset);
            return;
        }
    } else {
        release_retry(exchange);
        if (retry_follows(exchange, exchange.state->on_answer(action.status, action.headers,
                                                              situation(true)))) {
            end_attempt(stream, is_whole ? end : StreamEnd::Reset);
            return;
        }
    }
    exchange.answer.host = attempt.host;
    exchange.answer.is_overloaded = action.headers.contains("x-envoy-overloaded");
    charge(action.status);
    if (is_whole) {
        end_attempt(stream, end);
        finish(exchange, action.status);
    } else {
        exchange.answer.status = action.status;
        note_activity(exchange);
        if (exchange.timers.per_try_idle && !exchange.is_hedged) {
            timeline_.after(*exchange.timers.per_try_idle,
                            [this, &exchange] { on_silence_after_headers(exchange); });
        }
    }
}

void VirtualProxy::on_pool_failure(mesh::StreamId stream, const PoolEvent& event) {
    Attempt& attempt = attempts_.at(stream);
    if (!event.has_host) {
        exchanges_[attempt.exchange]->answer.host = -1;
    }
    if (event.reason == mesh::PoolFailureReason::Overflow) {
        on_reset(stream, ResetReason::Overflow);
    } else {
        on_reset(stream, event.reason == mesh::PoolFailureReason::Timeout
                             ? ResetReason::ConnectionTimeout
                             : ResetReason::ConnectionFailure);
    }
}

void VirtualProxy::on_reset(mesh::StreamId stream, ResetReason reason) {
    const auto found = attempts_.find(stream);
    if (found == attempts_.end()) {
        return;
    }
    Attempt& attempt = found->second;
    Exchange& exchange = *exchanges_[attempt.exchange];
    const auto end = end_of(reason);
    if (attempt.has_headers) {
        // The rest of an answer is missing.
        end_attempt(stream, end);
        ++stats_.upstream_cx_protocol_error;
        exchange.answer.is_cut = true;
        exchange.answer.flags |= ResponseFlag::UpstreamProtocolError;
        exchange.answer.details = "upstream_reset_after_response_started{protocol_error}";
        finish(exchange, exchange.answer.status);
        return;
    }
    if (reason != ResetReason::Overflow && !attempt.has_timed_out) {
        put_result(attempt, mesh::OutlierResult::LocalOriginConnectFailed);
    }
    if (!attempt.is_retried) {
        release_retry(exchange);
        if (retry_follows(exchange,
                          exchange.state->on_reset(reason, situation(attempt.is_connected)))) {
            end_attempt(stream, end);
            return;
        }
    }
    end_attempt(stream, end);
    const int status = reason == ResetReason::ProtocolError ? 502 : 503;
    charge(status);
    if (others_may_answer(exchange)) {
        return;
    }
    exchange.answer.flags |= mesh::flag_of(reason);
    exchange.answer.details = details_of(reason);
    exchange.answer.is_overloaded = reason == ResetReason::Overflow;
    finish(exchange, status);
}

void VirtualProxy::on_per_try_timeout(mesh::StreamId stream, const std::string& timer) {
    const auto found = attempts_.find(stream);
    if (found == attempts_.end() || found->second.has_headers) {
        return;
    }
    Attempt& attempt = found->second;
    Exchange& exchange = *exchanges_[attempt.exchange];
    if (exchange.is_hedged) {
        on_soft_timeout(exchange, attempt);
        return;
    }
    ++counted_["upstream_rq_" + timer + "_timeout"];
    put_result(attempt, mesh::OutlierResult::LocalOriginTimeout);
    release_retry(exchange);
    const bool is_retried =
        !attempt.is_retried &&
        retry_follows(exchange, exchange.state->on_reset(ResetReason::LocalReset, situation(true)));
    end_attempt(stream, StreamEnd::Reset);
    if (!is_retried) {
        const int status = exchange.timers.timeout_status;
        charge(status);
        exchange.answer.flags |= ResponseFlag::UpstreamRequestTimeout;
        exchange.answer.details = "upstream_" + timer + "_timeout";
        finish(exchange, status);
    }
}

void VirtualProxy::on_silence_after_headers(Exchange& exchange) {
    if (!exchange.answer.is_done) {
        ++counted_["upstream_rq_per_try_idle_timeout"];
        exchange.answer.flags |= ResponseFlag::UpstreamRequestTimeout;
        exchange.answer.details = "upstream_per_try_idle_timeout";
        exchange.answer.is_cut = true;
        finish(exchange, exchange.answer.status);
    }
}

// The try goes on, beside the next one.
void VirtualProxy::on_soft_timeout(Exchange& exchange, Attempt& attempt) {
    put_result(attempt, mesh::OutlierResult::LocalOriginTimeout);
    attempt.has_timed_out = true;
    release_retry(exchange);
    attempt.is_retried = retry_follows(exchange, exchange.state->on_hedge(situation(true)));
}

void VirtualProxy::on_route_timeout(Exchange& exchange) {
    if (exchange.answer.is_done) {
        return;
    }
    if (exchange.answer.status != 0) {
        ++counted_["upstream_rq_timeout"];
        exchange.answer.flags |= ResponseFlag::UpstreamRequestTimeout;
        exchange.answer.details = "response_timeout";
        exchange.answer.is_cut = true;
        finish(exchange, exchange.answer.status);
        return;
    }
    const int status = exchange.timers.timeout_status;
    for (const mesh::StreamId stream : std::vector{exchange.attempts}) {
        const Attempt attempt = attempts_.at(stream);
        ++counted_["upstream_rq_timeout"];
        if (!attempt.has_timed_out) {
            put_result(attempt, mesh::OutlierResult::LocalOriginTimeout);
        }
        charge(status);
        end_attempt(stream, StreamEnd::Reset);
    }
    exchange.answer.flags |= ResponseFlag::UpstreamRequestTimeout;
    exchange.answer.details = "response_timeout";
    finish(exchange, status);
}

void VirtualProxy::on_idle_timeout(Exchange& exchange) {
    if (exchange.answer.is_done || timeline_.now() < exchange.active + *exchange.timers.idle) {
        return;
    }
    exchange.answer.flags |= ResponseFlag::StreamIdleTimeout;
    exchange.answer.details = "stream_idle_timeout";
    exchange.answer.is_cut = exchange.answer.status != 0;
    finish(exchange, exchange.answer.is_cut ? exchange.answer.status : 504);
}

}  // namespace wavetank::fidelity
