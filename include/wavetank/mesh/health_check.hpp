#pragma once

/// \file
/// Which hosts does a proxy leave out because they failed its checks? Envoy's active health
/// checks, under the names and with the defaults of its v3 API.
///
/// A checker has no clock and sends nothing: it says when checks are due, and is told how they end.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/message.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::mesh {

/// Statuses from `start` on, below `end`.
struct StatusRange {
    std::uint32_t start = 200;
    std::uint32_t end = 201;

    [[nodiscard]] bool contains(std::uint32_t status) const {
        return status >= start && status < end;
    }
    bool operator==(const StatusRange&) const = default;
};

struct HttpHealthCheck {
    std::string path = "/";
    std::vector<StatusRange> expected_statuses{};   ///< 200 if there are none
    std::vector<StatusRange> retriable_statuses{};  ///< others make a host unhealthy at once
};

struct HealthCheck {
    Duration timeout = std::chrono::seconds{1};
    Duration interval = std::chrono::seconds{1};  ///< from the end of a check to the next
    Duration initial_jitter{};
    Duration interval_jitter{};
    std::uint32_t interval_jitter_percent = 0;
    std::uint32_t unhealthy_threshold = 3;
    std::uint32_t healthy_threshold = 2;
    bool reuse_connection = true;                             ///< for the next check of a host
    std::optional<HttpHealthCheck> http_health_check{};       ///< unset: a connection is enough
    Duration no_traffic_interval = std::chrono::seconds{60};  ///< until there is a connection
    std::optional<Duration> unhealthy_interval{};             ///< `interval` if unset
    std::optional<Duration> unhealthy_edge_interval{};        ///< `unhealthy_interval` if unset
    std::optional<Duration> healthy_edge_interval{};          ///< `interval` if unset
    std::optional<Duration> no_traffic_healthy_interval{};    ///< `no_traffic_interval` if unset
    bool always_log_health_check_failures = false;
    bool always_log_health_check_success = false;
};

/// Why a check failed.
enum class HealthCheckFailure : std::uint8_t {
    Active,          ///< the answer was wrong
    Passive,         ///< an ordinary answer said so
    Network,         ///< there was none
    NetworkTimeout,  ///< there was none in time
};

/// An entry of Envoy's event log.
struct HealthCheckEvent {
    enum class Kind : std::uint8_t {
        EjectUnhealthy,
        AddHealthy,
        Failure,
        Success,
        DegradedHost,
        NoLongerDegradedHost,
    };

    TimePoint time{};
    std::uint32_t host = 0;
    Kind kind = Kind::AddHealthy;
    HealthCheckFailure failure = HealthCheckFailure::Active;
    bool first_check = false;
    std::uint16_t http_status_code = 0;
};

/// Envoy's counters, under its names below `health_check.`; the last two are gauges.
struct HealthCheckStats {
    std::uint64_t attempt = 0;
    std::uint64_t success = 0;
    std::uint64_t failure = 0;
    std::uint64_t passive_failure = 0;
    std::uint64_t network_failure = 0;
    std::uint64_t healthy = 0;
    std::uint64_t degraded = 0;

    /// Adds what others counted.
    HealthCheckStats& operator+=(const HealthCheckStats& others);

    bool operator==(const HealthCheckStats&) const = default;
};

/// What became of a host that was checked.
struct HealthCheckResult {
    std::uint32_t host = 0;
    bool is_success = false;
    bool is_changed = false;  ///< pickers are to be told of its flags
};

/// What is made of a host before its first check.
enum class NewHost : std::uint8_t {
    HasFailed,
    IsExcluded,  ///< the same, but it does not count (`ignore_new_hosts_until_first_hc`)
};

/// Checks the hosts of one cluster, as Envoy's `HealthCheckerImplBase` with its HTTP and TCP
/// sessions.
///
/// A host that is new has failed until its first check, which decides alone.
/// Determinism: checks at one time come in the order of the hosts.
class HealthChecker {
public:
    explicit HealthChecker(HealthCheck config) : config_(std::move(config)) {}

    /// Begins to check a host: now, or within `initial_jitter`. Requires: it is not known.
    void add_host(std::uint32_t host, TimePoint now, Random& random,
                  NewHost state = NewHost::HasFailed);
    void remove_host(std::uint32_t host);

    /// Tells that the cluster has had a connection, so that `no_traffic_interval` is over.
    void note_traffic() {
        has_traffic_ = true;
    }

    /// Returns when `on_timer` is to be called next: a check is due, or has had its time.
    [[nodiscard]] std::optional<TimePoint> next_timer() const;
    /// Returns the hosts that are to be checked now.
    [[nodiscard]] std::vector<std::uint32_t> on_timer(TimePoint now, Random& random);

    /// Tells how a check ended. One that is late or of nobody is passed over.
    void on_response(std::uint32_t host, std::uint16_t status, const Headers& headers,
                     TimePoint now, Random& random);
    void on_connected(std::uint32_t host, TimePoint now, Random& random);  ///< of TCP: all is well
    void on_network_failure(std::uint32_t host, TimePoint now, Random& random);

    /// Tells that an ordinary answer had `x-envoy-immediate-health-check-fail`.
    void set_unhealthy(std::uint32_t host, TimePoint now);

    /// Returns the host's flags, the sum of those of `HealthFlag`; 0 if it is not known.
    [[nodiscard]] std::uint8_t flags(std::uint32_t host) const;
    /// Returns when it last passed a check that mattered (`last_hc_pass_time`).
    [[nodiscard]] std::optional<TimePoint> last_pass(std::uint32_t host) const;

    [[nodiscard]] const HealthCheckStats& stats() const {
        return stats_;
    }
    /// Returns what happened since the last call of this, in order.
    [[nodiscard]] std::vector<HealthCheckEvent> take_events() {
        return std::exchange(events_, {});
    }
    /// The same, for whoever picks hosts or detects outliers.
    [[nodiscard]] std::vector<HealthCheckResult> take_results() {
        return std::exchange(results_, {});
    }

private:
    enum class Transition : std::uint8_t { Unchanged, Changed, ChangePending };

    struct Session {
        std::uint32_t host = 0;
        std::uint8_t flags = static_cast<std::uint8_t>(HealthFlag::FailedActiveHealthCheck);
        bool first_check = true;
        std::uint32_t num_healthy = 0;
        std::uint32_t num_unhealthy = 0;
        std::optional<TimePoint> next_check{};  // unset: one is under way
        std::optional<TimePoint> times_out{};   // the one that is under way
        std::optional<TimePoint> last_pass{};

        [[nodiscard]] bool has(HealthFlag flag) const {
            return (flags & static_cast<std::uint8_t>(flag)) != 0;
        }
        void set(HealthFlag flag, bool is_set);
    };

    [[nodiscard]] static Transition end_pending(Session& session, Transition transition);
    [[nodiscard]] Session* find(std::uint32_t host);
    [[nodiscard]] const Session* find(std::uint32_t host) const;
    [[nodiscard]] Duration interval(bool is_success, Transition transition, Random& random) const;
    [[nodiscard]] Duration with_jitter(Duration base, Duration jitter, Random& random) const;
    void succeed(Session& session, bool is_degraded, TimePoint now, Random& random);
    void fail(Session& session, const HealthCheckEvent& failure, bool is_retriable, Random& random);
    Transition become_unhealthy(Session& session, const HealthCheckEvent& failure,
                                bool is_retriable);
    void log(HealthCheckEvent event, HealthCheckEvent::Kind kind) {
        event.kind = kind;
        events_.push_back(event);
    }

    HealthCheck config_;
    std::vector<Session> sessions_;
    bool has_traffic_ = false;
    HealthCheckStats stats_;
    std::vector<HealthCheckEvent> events_;
    std::vector<HealthCheckResult> results_;
};

}  // namespace wavetank::mesh
