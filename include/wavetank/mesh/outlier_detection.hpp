#pragma once

/// \file
/// Which hosts does a proxy leave out because of how they answered? Envoy's outlier detection,
/// under the names and with the defaults of its v3 API.
///
/// A detector has no clock: results and the ticks of its interval are told with their times.

#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::mesh {

/// Percentages are 0 to 100 and whole. Envoy counts time in milliseconds.
struct OutlierDetection {
    std::uint32_t consecutive_5xx = 5;  ///< 0: never, as of the other two
    Duration interval = std::chrono::seconds{10};
    Duration base_ejection_time = std::chrono::seconds{30};
    std::uint32_t max_ejection_percent = 10;
    std::uint32_t enforcing_consecutive_5xx = 100;
    std::uint32_t enforcing_success_rate = 100;
    std::uint32_t success_rate_minimum_hosts = 5;
    std::uint32_t success_rate_request_volume = 100;  ///< in an interval
    std::uint32_t success_rate_stdev_factor = 1900;   ///< in thousandths
    std::uint32_t consecutive_gateway_failure = 5;
    std::uint32_t enforcing_consecutive_gateway_failure = 0;
    bool split_external_local_origin_errors = false;
    std::uint32_t consecutive_local_origin_failure = 5;
    std::uint32_t enforcing_consecutive_local_origin_failure = 100;
    std::uint32_t enforcing_local_origin_success_rate = 100;
    std::uint32_t failure_percentage_threshold = 85;
    std::uint32_t enforcing_failure_percentage = 0;
    std::uint32_t enforcing_failure_percentage_local_origin = 0;
    std::uint32_t failure_percentage_minimum_hosts = 5;
    std::uint32_t failure_percentage_request_volume = 50;
    std::optional<Duration> max_ejection_time{};  ///< if unset 300 s, or the base if that is longer
    Duration max_ejection_time_jitter{};
    bool successful_active_health_check_uneject_host = true;
    bool always_eject_one_host = false;  ///< whatever `max_ejection_percent` says

    /// Returns `max_ejection_time` or what stands for it.
    [[nodiscard]] Duration longest_ejection() const;

    bool operator==(const OutlierDetection&) const = default;
};

/// Checks what Envoy checks. Errors: `Invalid` if `max_ejection_time` is below the base, the
/// interval or the base is not positive, or a percentage is above 100.
[[nodiscard]] Result<void> validate(const OutlierDetection& config);

/// What a proxy learned of a host other than an answer's status.
enum class OutlierResult : std::uint8_t {
    LocalOriginTimeout,         ///< no answer in time: as 504
    LocalOriginConnectFailed,   ///< no connection, or a reset: as 503
    LocalOriginConnectSuccess,  ///< a connection; without split errors it means nothing
};

enum class EjectionType : std::uint8_t {
    Consecutive5xx,
    ConsecutiveGatewayFailure,
    SuccessRate,
    ConsecutiveLocalOriginFailure,
    SuccessRateLocalOrigin,
    FailurePercentage,
    FailurePercentageLocalOrigin,
};

/// Returns Envoy's name, such as CONSECUTIVE_5XX.
[[nodiscard]] std::string_view to_string(EjectionType type);

/// An entry of Envoy's event log.
struct OutlierEvent {
    TimePoint time{};
    std::uint32_t host = 0;
    bool is_ejection = false;  ///< otherwise the host comes back
    EjectionType type = EjectionType::Consecutive5xx;
    bool is_enforced = false;         ///< if not, the host stays
    std::uint32_t num_ejections = 0;  ///< so far, with this one
    Duration ejected_for{};           ///< of a host that comes back
    double host_success_rate = -1;    ///< in percent, of ejections for it
    double cluster_average_success_rate = -1;
    double cluster_success_rate_ejection_threshold = -1;
};

/// Envoy's counters, under its names below `outlier_detection.`; the first is a gauge.
struct OutlierStats {
    std::uint64_t ejections_active = 0;
    std::uint64_t ejections_total = 0;
    std::uint64_t ejections_overflow = 0;  ///< that `max_ejection_percent` forbade
    std::uint64_t ejections_consecutive_5xx = 0;
    std::uint64_t ejections_success_rate = 0;
    std::uint64_t ejections_enforced_total = 0;
    std::array<std::uint64_t, 7> ejections_detected{};  ///< by `EjectionType`
    std::array<std::uint64_t, 7> ejections_enforced{};

    /// Adds what others counted.
    OutlierStats& operator+=(const OutlierStats& others);

    bool operator==(const OutlierStats&) const = default;
};

/// Watches the hosts of one cluster, as Envoy's `Outlier::DetectorImpl`.
///
/// Determinism: hosts are gone through in the order of the list; Envoy has none.
class OutlierDetector {
public:
    /// Requires: validate(config). The first interval starts at `now`.
    OutlierDetector(const OutlierDetection& config, TimePoint now);

    /// Takes the list of hosts, by any names. Of those that stay all is remembered; those that go
    /// are no longer counted among the ejected.
    void set_hosts(const std::vector<std::uint32_t>& hosts);

    /// Tells of an answer. An unknown host is passed over, as below.
    /// Cost: a look-up of the host; `random` is drawn from only when it is to be ejected.
    void put_response(std::uint32_t host, std::uint16_t status, TimePoint now, Random& random);

    /// Tells what else happened.
    void put_result(std::uint32_t host, OutlierResult result, TimePoint now, Random& random);

    /// Tells that an active health check of the host went well; then it comes back, unless the
    /// configuration says otherwise.
    void put_health_check_success(std::uint32_t host, TimePoint now);

    /// Returns when `on_interval` is due.
    [[nodiscard]] TimePoint next_interval() const {
        return next_interval_;
    }
    /// Lets hosts come back whose time is over, and judges rates.
    void on_interval(TimePoint now, Random& random);

    [[nodiscard]] bool is_ejected(std::uint32_t host) const;
    [[nodiscard]] const OutlierStats& stats() const {
        return stats_;
    }
    /// Returns what happened since the last call of this, in order.
    [[nodiscard]] std::vector<OutlierEvent> take_events() {
        return std::exchange(events_, {});
    }

private:
    // Requests of the interval that runs and of the one before, of which rates are made.
    struct Rate {
        std::uint64_t successes = 0;
        std::uint64_t requests = 0;
        std::uint64_t successes_before = 0;
        std::uint64_t requests_before = 0;

        void add(bool is_success);
        void end_interval();
    };

    struct Monitor {
        std::uint32_t host = 0;
        bool is_ejected = false;
        std::uint32_t consecutive_5xx = 0;
        std::uint32_t consecutive_gateway_failure = 0;
        std::uint32_t consecutive_local_origin_failure = 0;
        std::uint32_t num_ejections = 0;
        std::int64_t eject_time_backoff = 0;
        Duration jitter{};
        TimePoint ejected_at{};
        std::optional<TimePoint> unejected_at{};
        Rate external;
        Rate local;
    };

    struct Judged;

    [[nodiscard]] Monitor* find(std::uint32_t host);
    void put_status(Monitor& monitor, std::uint16_t status, TimePoint now, Random& random);
    void on_consecutive(Monitor& monitor, EjectionType type, TimePoint now, Random& random);
    void judge_rates(Rate Monitor::*rate, TimePoint now, Random& random);
    void judge_success_rates(const std::vector<Judged>& hosts, EjectionType type, TimePoint now,
                             Random& random);
    void eject(Monitor& monitor, const OutlierEvent& event, Random& random);
    void uneject(Monitor& monitor, TimePoint now);
    [[nodiscard]] bool is_enforced(EjectionType type, Random& random) const;

    OutlierDetection config_;
    TimePoint next_interval_;
    std::vector<Monitor> monitors_;
    std::vector<std::uint32_t> place_of_;  // of a host's monitor, plus 1; 0: there is none
    OutlierStats stats_;
    std::vector<OutlierEvent> events_;
};

}  // namespace wavetank::mesh
