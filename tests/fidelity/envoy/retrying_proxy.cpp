#include "fidelity/envoy/retrying_proxy.hpp"

#include <cctype>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using mesh::ResetReason;
using mesh::RetryStatus;
using std::chrono::milliseconds;

Duration duration_in(const object& from, std::string_view member, Duration otherwise) {
    const value* found = from.if_contains(member);
    return found == nullptr ? otherwise : parse_duration(std::string{found->as_string()}).value();
}

std::optional<Duration> duration_in(const object& from, std::string_view member) {
    const value* found = from.if_contains(member);
    return found == nullptr ? std::nullopt : std::optional{duration_in(from, member, Duration{})};
}

mesh::Headers headers_in(const value& from) {
    mesh::Headers headers;
    const auto add = [&](std::string name, const value& text) {
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        headers[name] = text.as_string();
    };
    if (const array* pairs = from.if_array()) {
        for (const value& pair : *pairs) {
            add(std::string{pair.at(0).as_string()}, pair.at(1));
        }
    } else {
        for (const auto& [name, text] : from.as_object()) {
            add(std::string{name}, text);
        }
    }
    return headers;
}

std::vector<mesh::RetryHeader> read_matchers(const object& from, std::string_view member) {
    std::vector<mesh::RetryHeader> read;
    if (const value* listed = from.if_contains(member)) {
        for (const value& each : listed->as_array()) {
            const object& matcher = each.as_object();
            only_members(matcher, member,
                         {"name", "present_match", "invert_match", "string_match", "exact_match"});
            mesh::RetryHeader& made = read.emplace_back();
            made.name = matcher.at("name").as_string();
            if (const value* match = matcher.if_contains("string_match")) {
                only_members(match->as_object(), "string_match", {"exact"});
                made.exact = match->at("exact").as_string();
            } else if (const value* exact = matcher.if_contains("exact_match")) {
                made.exact = exact->as_string();
            }
            if (const value* invert = matcher.if_contains("invert_match")) {
                made.invert_match = invert->as_bool();
            }
            if (const value* present = matcher.if_contains("present_match")) {
                made.invert_match = made.invert_match != !present->as_bool();
            }
        }
    }
    return read;
}

void read_back_off(const object& from, mesh::RetryPolicy& policy) {
    if (const value* back_off = from.if_contains("retry_back_off")) {
        const object& given = back_off->as_object();
        only_members(given, "retry_back_off", {"base_interval", "max_interval"});
        policy.base_interval = duration_in(given, "base_interval", policy.base_interval);
        policy.max_interval = duration_in(given, "max_interval");
    }
    if (const value* limited = from.if_contains("rate_limited_retry_back_off")) {
        const object& given = limited->as_object();
        only_members(given, "rate_limited_retry_back_off", {"reset_headers", "max_interval"});
        policy.rate_limited_max_interval =
            duration_in(given, "max_interval", policy.rate_limited_max_interval);
        for (const value& each : given.at("reset_headers").as_array()) {
            const value* format = each.as_object().if_contains("format");
            const bool is_time = format != nullptr && format->as_string() == "UNIX_TIMESTAMP";
            if (is_time) {
                throw NotModelled{"the civil time of the recording"};
            }
            policy.reset_headers.push_back({.name = std::string{each.at("name").as_string()},
                                            .format = is_time
                                                          ? mesh::ResetHeader::Format::UnixTimestamp
                                                          : mesh::ResetHeader::Format::Seconds});
        }
    }
}

mesh::RetryPolicy read_retry_policy(const object& from) {
    only_members(from, "retry_policy",
                 {"retry_on", "num_retries", "retry_back_off", "per_try_timeout",
                  "per_try_idle_timeout", "retriable_status_codes", "retriable_headers",
                  "retriable_request_headers", "rate_limited_retry_back_off",
                  "retry_host_predicate", "host_selection_retry_max_attempts", "retry_priority"});
    mesh::RetryPolicy policy;
    if (const value* conditions = from.if_contains("retry_on")) {
        policy.retry_on = conditions->as_string();
    }
    policy.num_retries = static_cast<std::uint32_t>(number_or(from, "num_retries", 1));
    policy.per_try_timeout = duration_in(from, "per_try_timeout");
    policy.per_try_idle_timeout = duration_in(from, "per_try_idle_timeout");
    policy.retriable_headers = read_matchers(from, "retriable_headers");
    policy.retriable_request_headers = read_matchers(from, "retriable_request_headers");
    if (const value* codes = from.if_contains("retriable_status_codes")) {
        for (const value& code : codes->as_array()) {
            policy.retriable_status_codes.push_back(code.to_number<std::uint16_t>());
        }
    }
    read_back_off(from, policy);
    if (const value* predicates = from.if_contains("retry_host_predicate")) {
        for (const value& each : predicates->as_array()) {
            if (each.at("name").as_string() != "envoy.retry_host_predicates.previous_hosts") {
                throw NotModelled{std::string{each.at("name").as_string()}};
            }
            policy.previous_hosts = true;
        }
    }
    policy.host_selection_retry_max_attempts =
        static_cast<std::uint32_t>(number_or(from, "host_selection_retry_max_attempts", 1));
    if (const value* priority = from.if_contains("retry_priority")) {
        policy.previous_priorities_update_frequency = static_cast<std::uint32_t>(
            number_of(priority->at("typed_config").at("update_frequency")));
    }
    return policy;
}

// Words for what a client gets when all that is left is a reset.
struct ResetWords {
    std::string flag;
    std::string details;
    int status = 503;
};

ResetWords words_for(ResetReason reason) {
    const auto before = [](const std::string& why) {
        return "upstream_reset_before_response_started{" + why + "}";
    };
    switch (reason) {
        case ResetReason::ConnectionFailure:
            return {"UF", before("remote_connection_failure")};
        case ResetReason::ConnectionTimeout:
            return {"UF", before("connection_timeout")};
        case ResetReason::ConnectionTermination:
            return {"UC", before("connection_termination")};
        case ResetReason::RemoteReset:
            return {"UR", before("remote_reset")};
        case ResetReason::RemoteRefusedStreamReset:
            return {"UR", before("remote_refused_stream_reset")};
        case ResetReason::LocalReset:
            return {"UT", "upstream_per_try_timeout", 504};
        case ResetReason::Overflow:
        case ResetReason::ProtocolError:
            break;
    }
    throw NotModelled{"this reason of a reset"};
}

// Limits that one request after another does not come near are none.
void refuse_low_limits(const object& breakers) {
    constexpr double enough = 100;
    only_members(breakers, "circuit_breakers", {"thresholds"});
    for (const value& threshold : breakers.at("thresholds").as_array()) {
        only_members(threshold.as_object(), "thresholds", {"priority", "max_retries"});
        if (number_or(threshold.as_object(), "max_retries", 3) < enough) {
            throw NotModelled{"circuit_breakers.thresholds.max_retries"};
        }
    }
}

}  // namespace

RetryingProxy::RetryingProxy(const Case& test_case, const array& hosts, std::uint64_t seed)
    : config_(test_case.at("config").as_object()),
      proxy_(picking_config(test_case.text("kind") == "matrix"), hosts, seed),
      hosts_(hosts),
      random_(seed) {
    only_members(config_, "config", {"cluster", "route", "virtual_host", "downstream_internal"});
    const object* upstream = test_case.at("upstream").if_object();
    if (upstream != nullptr && upstream->contains("script")) {
        script_ = upstream->at("script").as_object();
    }
    only_members(script_, "script", {"attempts"});
    read_route();
    idle_connections_.resize(hosts.size());
}

// The members that pick hosts; those of the pool are looked at here. A matrix does not count
// connections, so that those of HTTP/2 may be taken for others.
object RetryingProxy::picking_config(bool is_http2_known) {
    object cluster = config_.at("cluster").as_object();
    if (const value* breakers = cluster.if_contains("circuit_breakers")) {
        refuse_low_limits(breakers->as_object());
        cluster.erase("circuit_breakers");
    }
    if (const auto timeout = duration_in(cluster, "connect_timeout")) {
        connect_timeout_ = *timeout;
    }
    cluster.erase("connect_timeout");
    if (is_http2_known) {
        cluster.erase("http_protocol_options");
    }
    return {{"cluster", cluster}};
}
void RetryingProxy::read_route() {
    const object& route = config_.at("route").as_object();
    only_members(route, "route", {"retry_policy", "timeout", "idle_timeout"});
    idle_timeout_ = duration_in(route, "idle_timeout");
    timeout_ = duration_in(route, "timeout", timeout_);
    const value* policy = route.if_contains("retry_policy");
    if (const value* host = config_.if_contains("virtual_host")) {
        only_members(
            host->as_object(), "virtual_host",
            {"retry_policy", "include_request_attempt_count", "include_attempt_count_in_response"});
        policy = policy == nullptr ? host->as_object().if_contains("retry_policy") : policy;
    }
    if (policy != nullptr) {
        policy_ = read_retry_policy(policy->as_object());
    }
}

// A time for each try that is not below that of the request is none at all.
RetryingProxy::Timers RetryingProxy::timers_of(mesh::Headers& headers) const {
    Timers timers{.route = timeout_, .idle = idle_timeout_};
    if (policy_) {
        timers.per_try = policy_->per_try_timeout;
        timers.per_try_idle = policy_->per_try_idle_timeout;
    }
    const auto take = [&](const std::string& name) -> std::optional<Duration> {
        const auto found = headers.find(name);
        return found == headers.end()
                   ? std::nullopt
                   : std::optional<Duration>{milliseconds{std::stoll(found->second)}};
    };
    timers.route = take("x-envoy-upstream-rq-timeout-ms").value_or(timers.route);
    if (const auto per_try = take("x-envoy-upstream-rq-per-try-timeout-ms")) {
        timers.per_try = *per_try;
    }
    if (timers.per_try && timers.route > Duration::zero() && *timers.per_try >= timers.route) {
        timers.per_try.reset();
    }
    timers.has_alternative_answer = headers.contains("x-envoy-upstream-rq-timeout-alt-response");
    return timers;
}

int RetryingProxy::pick(Run& run) {
    const bool is_retry = run.answer.attempt_count > 0;
    const mesh::PrioritySet set = mesh::make_priority_set(proxy_.assignment());
    mesh::PickContext context{.host_selection_retry_max_attempts =
                                  run.policy.host_selection_retry_max_attempts};
    if (is_retry && run.policy.previous_hosts) {
        context.retry_host_predicate = &run.tried;
    }
    mesh::PriorityLoad load;
    if (is_retry && run.priorities) {
        load = run.priorities->load_of(set.hosts, set.host_sets,
                                       mesh::priority_load(set.hosts, set.host_sets, 50));
        context.priority_load = &load;
    }
    const int host = proxy_.pick(context);
    const auto place = proxy_.place_of(host);
    if (!place) {
        throw NotModelled{"a cluster without a host"};
    }
    run.tried.places.push_back(*place);
    if (run.priorities) {
        run.priorities->on_host_attempted(set.hosts[*place].priority);
    }
    return host;
}

// Hosts in 127.0.4.0/24 refuse connections, those in 127.0.5.0/24 never complete one.
AttemptEnd RetryingProxy::attempt_at(int host, std::uint32_t number) {
    const std::string address = address_of(host);
    if (address.starts_with("127.0.4.")) {
        return {.reason = ResetReason::ConnectionFailure};
    }
    if (address.starts_with("127.0.5.")) {
        return {.after = connect_timeout_, .reason = ResetReason::ConnectionTimeout};
    }
    const array& actions = script_.at("attempts").as_array();
    const object& action =
        actions.at(std::min<std::size_t>(number, actions.size() - 1)).as_object();
    only_members(action, "attempts",
                 {"status", "delay_ms", "headers", "hang", "reset", "rst_stream"});
    AttemptEnd end{.after = milliseconds{static_cast<int>(number_or(action, "delay_ms", 0))}};
    if (const value* headers = action.if_contains("headers")) {
        end.headers = headers_in(*headers);
    }
    if (action.contains("hang")) {
        end.after = Duration::max();
    } else if (const value* code = action.if_contains("rst_stream")) {
        constexpr int refused_stream = 7;
        end.reason = code->to_number<int>() == refused_stream
                         ? ResetReason::RemoteRefusedStreamReset
                         : ResetReason::RemoteReset;
    } else if (const value* reset = action.if_contains("reset");
               reset != nullptr && reset->as_string() == "before_headers") {
        end.reason = ResetReason::ConnectionTermination;
    } else {
        end.status = static_cast<std::uint16_t>(number_or(action, "status", 200));
        end.is_cut_later = reset != nullptr;
    }
    return end;
}

void RetryingProxy::connect(int host) {
    int& idle = idle_connections_[static_cast<std::size_t>(host)];
    if (idle > 0) {
        --idle;
        return;
    }
    ++counted_["upstream_cx_total"];
    ++counted_["upstream_rq_pending_total"];
}

void RetryingProxy::close(const std::string& side, bool has_request) {
    ++counted_["upstream_cx_destroy"];
    ++counted_["upstream_cx_destroy_" + side];
    if (has_request) {
        ++counted_["upstream_cx_destroy_with_active_rq"];
        ++counted_["upstream_cx_destroy_" + side + "_with_active_rq"];
    }
}

void RetryingProxy::finish(RecordedAnswer& answer, int status) {
    answer.status = status;
    ++counted_["upstream_rq_completed"];
    ++counted_["upstream_rq_" + std::to_string(status / 100) + "xx"];
}

RecordedAnswer RetryingProxy::serve(const value& request) {
    mesh::Headers headers;
    if (const value* given = request.as_object().if_contains("headers")) {
        headers = headers_in(*given);
    }
    const value* internal = config_.if_contains("downstream_internal");
    if (internal == nullptr || !internal->as_bool()) {
        std::erase_if(headers, [](const auto& pair) { return pair.first.starts_with("x-envoy-"); });
    }
    if (headers.contains("x-envoy-hedge-on-per-try-timeout")) {
        throw NotModelled{"hedging"};
    }
    const Timers timers = timers_of(headers);
    const mesh::RetryPolicy policy = policy_.value_or(mesh::RetryPolicy{});
    Run run{.timers = timers,
            .policy = policy,
            .state = mesh::RetryState{policy, headers, stats_},
            .deadline = timers.route > Duration::zero() ? timers.route : Duration::max()};
    if (policy.previous_priorities_update_frequency) {
        run.priorities.emplace(*policy.previous_priorities_update_frequency);
    }
    while (advance(run)) {
    }
    return run.answer;
}

bool RetryingProxy::advance(Run& run) {
    const int host = pick(run);
    AttemptEnd end = attempt_at(host, run.answer.attempt_count++);
    connect(host);
    run.answer.attempts.push_back(
        {.host = host, .at = run.now, .reached_server = end.is_connected()});
    counted_["upstream_rq_total"] += end.is_connected() ? 1 : 0;
    const std::string timer = end.is_connected() ? cut_short(end, run.timers) : "";
    if (run.timers.idle && *run.timers.idle < std::min(end.after, run.deadline - run.now)) {
        close("local", end.is_connected());
        run.answer.at = run.now + *run.timers.idle;
        run.answer.status = 504;
        run.answer.flags = "SI";
        run.answer.details = "stream_idle_timeout";
        return false;
    }
    if (run.deadline - run.now < end.after) {
        close("local", end.is_connected());
        time_out(run);
        return false;
    }
    run.now += end.after;
    const RetryStatus status = settle(run, host, end, timer);
    if (status != RetryStatus::Yes) {
        conclude(run, end, timer, status);
        return false;
    }
    back_offs_.push_back(run.state.next_back_off(random_));
    if (run.deadline - run.now < back_offs_.back()) {
        time_out(run);
        return false;
    }
    run.now += back_offs_.back();
    return true;
}

std::string RetryingProxy::cut_short(AttemptEnd& end, const Timers& timers) {
    std::string timer;
    if (timers.per_try && *timers.per_try < end.after) {
        end = {.after = *timers.per_try, .reason = ResetReason::LocalReset};
        timer = "per_try";
    }
    if (timers.per_try_idle && *timers.per_try_idle < end.after) {
        end = {.after = *timers.per_try_idle, .reason = ResetReason::LocalReset};
        timer = "per_try_idle";
    }
    return timer;
}

// Sees to the connection, and asks what comes next.
RetryStatus RetryingProxy::settle(Run& run, int host, const AttemptEnd& end,
                                  const std::string& timer) {
    if (end.status) {
        idle_connections_[static_cast<std::size_t>(host)] += end.is_cut_later ? 0 : 1;
        return run.state.on_answer(*end.status, end.headers, {});
    }
    if (!timer.empty()) {
        ++counted_["upstream_rq_" + timer + "_timeout"];
        close("local", true);
    } else if (end.is_connected()) {
        close("remote", true);
    } else {
        const bool is_late = end.reason == ResetReason::ConnectionTimeout;
        ++counted_["upstream_cx_connect_fail"];
        counted_["upstream_cx_connect_timeout"] += is_late ? 1 : 0;
        ++counted_["upstream_rq_pending_failure_eject"];
        close(is_late ? "local" : "remote", false);
    }
    return run.state.on_reset(end.reason, {.request_started = end.is_connected()});
}

void RetryingProxy::conclude(Run& run, const AttemptEnd& end, const std::string& timer,
                             RetryStatus status) {
    RecordedAnswer& answer = run.answer;
    answer.at = run.now;
    const bool is_exhausted = status == RetryStatus::NoRetryLimitExceeded;
    if (!end.status) {
        const ResetWords words = words_for(end.reason);
        answer.flags = (is_exhausted ? "URX," : "") + words.flag;
        answer.details = timer == "per_try_idle" ? "upstream_per_try_idle_timeout" : words.details;
        finish(answer, words.status);
        return;
    }
    answer.flags = is_exhausted ? "URX" : "-";
    if (end.is_cut_later) {
        answer.is_cut = true;
        answer.flags = "UPE";
        answer.details = "upstream_reset_after_response_started{protocol_error}";
    }
    finish(answer, *end.status);
}

void RetryingProxy::time_out(Run& run) {
    ++counted_["upstream_rq_timeout"];
    run.answer.at = run.deadline;
    run.answer.flags = "UT";
    run.answer.details = "response_timeout";
    finish(run.answer, run.timers.has_alternative_answer ? 204 : 504);
}

RetryCounters RetryingProxy::counters() const {
    RetryCounters all = counted_;
    all["upstream_rq_retry"] = stats_.upstream_rq_retry;
    all["upstream_rq_retry_success"] = stats_.upstream_rq_retry_success;
    all["upstream_rq_retry_limit_exceeded"] = stats_.upstream_rq_retry_limit_exceeded;
    all["upstream_rq_retry_overflow"] = stats_.upstream_rq_retry_overflow;
    all["upstream_rq_retry_backoff_exponential"] = stats_.upstream_rq_retry_backoff_exponential;
    all["upstream_rq_retry_backoff_ratelimited"] = stats_.upstream_rq_retry_backoff_ratelimited;
    std::erase_if(all, [](const auto& pair) { return pair.second == 0; });
    return all;
}

}  // namespace wavetank::fidelity
