#include <wavetank/mesh/outlier_detection.hpp>

#include <algorithm>
#include <cmath>

namespace wavetank::mesh {
namespace {

constexpr std::array<std::string_view, 7> ejection_type_names{
    "CONSECUTIVE_5XX",
    "CONSECUTIVE_GATEWAY_FAILURE",
    "SUCCESS_RATE",
    "CONSECUTIVE_LOCAL_ORIGIN_FAILURE",
    "SUCCESS_RATE_LOCAL_ORIGIN",
    "FAILURE_PERCENTAGE",
    "FAILURE_PERCENTAGE_LOCAL_ORIGIN",
};

std::size_t index_of_ejection(EjectionType type) {
    return static_cast<std::size_t>(type);
}

Error invalid_detection(const std::string& what) {
    return Error{.reason = Reason::Invalid, .message = "outlier detection: " + what};
}

}  // namespace

std::string_view to_string(EjectionType type) {
    return ejection_type_names[index_of_ejection(type)];
}

Duration OutlierDetection::longest_ejection() const {
    return max_ejection_time.value_or(
        std::max<Duration>(std::chrono::seconds{300}, base_ejection_time));
}

Result<void> validate(const OutlierDetection& config) {
    if (config.interval <= Duration::zero() || config.base_ejection_time <= Duration::zero()) {
        return invalid_detection("interval and base_ejection_time must be above 0");
    }
    if (config.longest_ejection() < config.base_ejection_time) {
        return invalid_detection("max_ejection_time cannot be below base_ejection_time");
    }
    for (const std::uint32_t percent :
         {config.max_ejection_percent, config.enforcing_consecutive_5xx,
          config.enforcing_success_rate, config.enforcing_consecutive_gateway_failure,
          config.enforcing_consecutive_local_origin_failure,
          config.enforcing_local_origin_success_rate, config.failure_percentage_threshold,
          config.enforcing_failure_percentage, config.enforcing_failure_percentage_local_origin}) {
        if (percent > 100) {
            return invalid_detection("percentages are from 0 to 100");
        }
    }
    return {};
}

OutlierStats& OutlierStats::operator+=(const OutlierStats& others) {
    ejections_active += others.ejections_active;
    ejections_total += others.ejections_total;
    ejections_overflow += others.ejections_overflow;
    ejections_consecutive_5xx += others.ejections_consecutive_5xx;
    ejections_success_rate += others.ejections_success_rate;
    ejections_enforced_total += others.ejections_enforced_total;
    for (std::size_t i = 0; i < ejections_detected.size(); ++i) {
        ejections_detected[i] += others.ejections_detected[i];
        ejections_enforced[i] += others.ejections_enforced[i];
    }
    return *this;
}

struct OutlierDetector::Judged {
    Monitor& monitor;
    double success_rate;  // in percent
};

void OutlierDetector::Rate::add(bool is_success) {
    ++requests;
    successes += is_success ? 1 : 0;
}

void OutlierDetector::Rate::end_interval() {
    successes_before = std::exchange(successes, 0);
    requests_before = std::exchange(requests, 0);
}

OutlierDetector::OutlierDetector(const OutlierDetection& config, TimePoint now)
    : config_(config), next_interval_(now + config.interval) {}

void OutlierDetector::set_hosts(const std::vector<std::uint32_t>& hosts) {
    std::vector<Monitor> monitors;
    monitors.reserve(hosts.size());
    for (const std::uint32_t host : hosts) {
        const Monitor* known = find(host);
        monitors.push_back(known == nullptr ? Monitor{.host = host} : *known);
    }
    monitors_ = std::move(monitors);
    place_of_.assign(hosts.empty() ? 0 : *std::ranges::max_element(hosts) + std::size_t{1}, 0);
    stats_.ejections_active = 0;
    for (std::size_t i = 0; i < monitors_.size(); ++i) {
        place_of_[monitors_[i].host] = static_cast<std::uint32_t>(i) + 1;
        stats_.ejections_active += monitors_[i].is_ejected ? 1 : 0;
    }
}

OutlierDetector::Monitor* OutlierDetector::find(std::uint32_t host) {
    const bool is_known = host < place_of_.size() && place_of_[host] != 0;
    return is_known ? &monitors_[place_of_[host] - 1] : nullptr;
}

bool OutlierDetector::is_ejected(std::uint32_t host) const {
    return host < place_of_.size() && place_of_[host] != 0 &&
           monitors_[place_of_[host] - 1].is_ejected;
}

void OutlierDetector::put_response(std::uint32_t host, std::uint16_t status, TimePoint now,
                                   Random& random) {
    if (Monitor* monitor = find(host)) {
        put_status(*monitor, status, now, random);
    }
}

// Any 5xx that no gateway gives ends a row of gateway failures, and is one of the other row.
void OutlierDetector::put_status(Monitor& monitor, std::uint16_t status, TimePoint now,
                                 Random& random) {
    const bool is_failure = status >= 500 && status < 600;
    monitor.external.add(!is_failure);
    if (!is_failure) {
        monitor.consecutive_5xx = 0;
        monitor.consecutive_gateway_failure = 0;
        return;
    }
    const bool is_gateway_failure = status >= 502 && status <= 504;
    monitor.consecutive_gateway_failure =
        is_gateway_failure ? monitor.consecutive_gateway_failure + 1 : 0;
    ++monitor.consecutive_5xx;
    const bool is_row_of_5xx = monitor.consecutive_5xx == config_.consecutive_5xx;
    if (is_gateway_failure &&
        monitor.consecutive_gateway_failure == config_.consecutive_gateway_failure) {
        on_consecutive(monitor, EjectionType::ConsecutiveGatewayFailure, now, random);
    }
    if (is_row_of_5xx) {
        on_consecutive(monitor, EjectionType::Consecutive5xx, now, random);
    }
}

void OutlierDetector::put_result(std::uint32_t host, OutlierResult result, TimePoint now,
                                 Random& random) {
    Monitor* monitor = find(host);
    if (monitor == nullptr) {
        return;
    }
    const bool is_connected = result == OutlierResult::LocalOriginConnectSuccess;
    if (!config_.split_external_local_origin_errors) {
        if (!is_connected) {
            put_status(*monitor, result == OutlierResult::LocalOriginTimeout ? 504 : 503, now,
                       random);
        }
        return;
    }
    monitor->local.add(is_connected);
    if (is_connected) {
        monitor->consecutive_local_origin_failure = 0;
    } else if (++monitor->consecutive_local_origin_failure ==
               config_.consecutive_local_origin_failure) {
        on_consecutive(*monitor, EjectionType::ConsecutiveLocalOriginFailure, now, random);
    }
}

// The row begins anew, whether the host is ejected or not.
void OutlierDetector::on_consecutive(Monitor& monitor, EjectionType type, TimePoint now,
                                     Random& random) {
    if (monitor.is_ejected) {
        return;
    }
    ++stats_.ejections_detected[index_of_ejection(type)];
    eject(monitor, {.time = now, .type = type}, random);
    if (type == EjectionType::Consecutive5xx) {
        ++stats_.ejections_consecutive_5xx;
        monitor.consecutive_5xx = 0;
    } else if (type == EjectionType::ConsecutiveGatewayFailure) {
        monitor.consecutive_gateway_failure = 0;
    } else {
        monitor.consecutive_local_origin_failure = 0;
    }
}

bool OutlierDetector::is_enforced(EjectionType type, Random& random) const {
    constexpr std::uint64_t all = 100;
    const std::array<std::uint32_t, 7> percentages{
        config_.enforcing_consecutive_5xx,
        config_.enforcing_consecutive_gateway_failure,
        config_.enforcing_success_rate,
        config_.enforcing_consecutive_local_origin_failure,
        config_.enforcing_local_origin_success_rate,
        config_.enforcing_failure_percentage,
        config_.enforcing_failure_percentage_local_origin,
    };
    return random.below(all) < percentages[index_of_ejection(type)];
}

// How many may be ejected is looked at first; only then, whether this one shall be.
void OutlierDetector::eject(Monitor& monitor, const OutlierEvent& event, Random& random) {
    const double ejected_percent = 100.0 * static_cast<double>(stats_.ejections_active + 1) /
                                   static_cast<double>(monitors_.size());
    const bool is_first = config_.always_eject_one_host && stats_.ejections_active == 0;
    if (!is_first && ejected_percent > config_.max_ejection_percent) {
        ++stats_.ejections_overflow;
        return;
    }
    const EjectionType type = event.type;
    if (type == EjectionType::Consecutive5xx || type == EjectionType::SuccessRate) {
        ++stats_.ejections_total;
    }
    OutlierEvent& logged = events_.emplace_back(event);
    logged.host = monitor.host;
    logged.is_ejection = true;
    logged.is_enforced = is_enforced(type, random);
    if (logged.is_enforced) {
        ++stats_.ejections_active;
        ++stats_.ejections_enforced_total;
        ++stats_.ejections_enforced[index_of_ejection(type)];
        monitor.is_ejected = true;
        ++monitor.num_ejections;
        monitor.ejected_at = event.time;
        const auto jitter =
            std::chrono::duration_cast<std::chrono::milliseconds>(config_.max_ejection_time_jitter);
        monitor.jitter = std::chrono::milliseconds{static_cast<std::int64_t>(
            random.below(static_cast<std::uint64_t>(jitter.count()) + 1))};
        if (config_.base_ejection_time * monitor.eject_time_backoff <
            config_.longest_ejection() + config_.base_ejection_time) {
            ++monitor.eject_time_backoff;
        }
    }
    logged.num_ejections = monitor.num_ejections;
}

void OutlierDetector::uneject(Monitor& monitor, TimePoint now) {
    --stats_.ejections_active;
    monitor.is_ejected = false;
    monitor.consecutive_5xx = 0;
    monitor.consecutive_gateway_failure = 0;
    monitor.consecutive_local_origin_failure = 0;
    monitor.unejected_at = now;
    events_.push_back({.time = now,
                       .host = monitor.host,
                       .num_ejections = monitor.num_ejections,
                       .ejected_for = now - monitor.ejected_at});
}

void OutlierDetector::put_health_check_success(std::uint32_t host, TimePoint now) {
    Monitor* monitor = find(host);
    if (monitor != nullptr && monitor->is_ejected &&
        config_.successful_active_health_check_uneject_host) {
        uneject(*monitor, now);
    }
}

// While a tick is worked on the clock goes on, so that what it brings about has not lasted for a
// whole interval at the next one: recorded of Envoy 1.40.
void OutlierDetector::on_interval(TimePoint now, Random& random) {
    const TimePoint moment = now + Duration{1};
    for (Monitor& monitor : monitors_) {
        const Duration time = std::min(config_.base_ejection_time * monitor.eject_time_backoff,
                                       config_.longest_ejection()) +
                              monitor.jitter;
        if (monitor.is_ejected && now - monitor.ejected_at >= time) {
            uneject(monitor, moment);
        }
        monitor.external.end_interval();
        monitor.local.end_interval();
    }
    judge_rates(&Monitor::external, moment, random);
    judge_rates(&Monitor::local, moment, random);
    for (Monitor& monitor : monitors_) {
        const bool has_behaved = !monitor.is_ejected && monitor.unejected_at &&
                                 now - *monitor.unejected_at >= config_.interval;
        if (has_behaved && monitor.eject_time_backoff > 0) {
            --monitor.eject_time_backoff;
        }
    }
    next_interval_ = now + config_.interval;
}

// Both kinds of judgement look at the hosts that were not ejected when it began.
void OutlierDetector::judge_rates(Rate Monitor::*rate, TimePoint now, Random& random) {
    if (monitors_.size() < config_.success_rate_minimum_hosts &&
        monitors_.size() < config_.failure_percentage_minimum_hosts) {
        return;
    }
    std::vector<Judged> by_success_rate;
    std::vector<Judged> by_failure_percentage;
    for (Monitor& monitor : monitors_) {
        const Rate& counted = monitor.*rate;
        if (monitor.is_ejected || counted.requests_before == 0) {
            continue;
        }
        const Judged judged{monitor, static_cast<double>(counted.successes_before) * 100.0 /
                                         static_cast<double>(counted.requests_before)};
        if (counted.requests_before >= config_.success_rate_request_volume) {
            by_success_rate.push_back(judged);
        }
        if (counted.requests_before >= config_.failure_percentage_request_volume) {
            by_failure_percentage.push_back(judged);
        }
    }
    const bool is_external = rate == &Monitor::external;
    if (!by_success_rate.empty() && by_success_rate.size() >= config_.success_rate_minimum_hosts) {
        judge_success_rates(
            by_success_rate,
            is_external ? EjectionType::SuccessRate : EjectionType::SuccessRateLocalOrigin, now,
            random);
    }
    if (by_failure_percentage.empty() ||
        by_failure_percentage.size() < config_.failure_percentage_minimum_hosts) {
        return;
    }
    const EjectionType type =
        is_external ? EjectionType::FailurePercentage : EjectionType::FailurePercentageLocalOrigin;
    for (const Judged& judged : by_failure_percentage) {
        if (100.0 - judged.success_rate >= config_.failure_percentage_threshold) {
            ++stats_.ejections_detected[index_of_ejection(type)];
            eject(judged.monitor,
                  {.time = now, .type = type, .host_success_rate = judged.success_rate}, random);
        }
    }
}

// Ejected is who is below the mean by more than so many standard deviations, those of all hosts.
void OutlierDetector::judge_success_rates(const std::vector<Judged>& hosts, EjectionType type,
                                          TimePoint now, Random& random) {
    double sum = 0;
    for (const Judged& judged : hosts) {
        sum += judged.success_rate;
    }
    const double mean = sum / static_cast<double>(hosts.size());
    double variance = 0;
    for (const Judged& judged : hosts) {
        variance += (judged.success_rate - mean) * (judged.success_rate - mean);
    }
    variance /= static_cast<double>(hosts.size());
    const double threshold =
        mean - config_.success_rate_stdev_factor / 1000.0 * std::sqrt(variance);
    for (const Judged& judged : hosts) {
        if (judged.success_rate < threshold) {
            ++stats_.ejections_success_rate;
            ++stats_.ejections_detected[index_of_ejection(type)];
            eject(judged.monitor,
                  {.time = now,
                   .type = type,
                   .host_success_rate = judged.success_rate,
                   .cluster_average_success_rate = mean,
                   .cluster_success_rate_ejection_threshold = threshold},
                  random);
        }
    }
}

}  // namespace wavetank::mesh
