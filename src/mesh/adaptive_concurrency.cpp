#include <wavetank/mesh/adaptive_concurrency.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::mesh {
namespace {

// So many times in a row the limit may be the lowest there is: then the measurement was wrong.
constexpr std::uint32_t lowest_in_a_row_max = 5;

}  // namespace

LatencySamples::Bin LatencySamples::bin_of(std::int64_t microseconds) {
    if (microseconds <= 0) {
        return {};
    }
    double width = 0.1;
    for (std::int64_t rest = microseconds; rest >= 10; rest /= 10) {
        width *= 10;
    }
    return {.low = std::floor(static_cast<double>(microseconds) / width) * width, .width = width};
}

double LatencySamples::quantile(double quantile) const {
    const double wanted = quantile * static_cast<double>(count_);
    double below = 0;
    for (const auto& [bin, count] : bins_) {
        const double upto = below + static_cast<double>(count);
        if (upto >= wanted) {
            return bin.low + (wanted - below) / (upto - below) * bin.width;
        }
        below = upto;
    }
    return bins_.empty() ? 0 : bins_.rbegin()->first.low + bins_.rbegin()->first.width;
}

GradientController::GradientController(const GradientControllerConfig& config, TimePoint now)
    : config_(config), limit_(config.min_concurrency) {
    begin_measurement(now);
    stats_.concurrency_limit = limit_;
}

void GradientController::begin_measurement(TimePoint now) {
    if (limit_after_) {
        return;
    }
    stats_.min_rtt_calculation_active = true;
    limit_after_ = limit_;
    set_limit(config_.min_concurrency, now);
    samples_.clear();
    measured_from_ = now;
    next_measurement_ = TimePoint::max();
    next_sample_ = TimePoint::max();
}

void GradientController::end_measurement(TimePoint now, Random& random) {
    stats_.min_rtt = take_quantile();
    const std::uint32_t limit = *std::exchange(limit_after_, std::nullopt);
    stats_.min_rtt_calculation_active = false;
    set_limit(limit, now);
    const auto interval =
        std::chrono::duration_cast<std::chrono::milliseconds>(config_.min_rtt_interval).count();
    const auto jitter = static_cast<std::uint64_t>(
        std::ceil(static_cast<double>(interval) * config_.min_rtt_jitter / 100));
    const auto later =
        jitter == 0 ? interval : interval + static_cast<std::int64_t>(random.below(jitter));
    next_measurement_ = std::min(next_measurement_, now + std::chrono::milliseconds{later});
    next_sample_ = now + config_.concurrency_update_interval;
}

Duration GradientController::take_quantile() {
    const double value = samples_.quantile(config_.sample_aggregate_percentile / 100);
    samples_.clear();
    return std::chrono::microseconds{static_cast<std::int64_t>(value)};
}

// The gradient is bounded, so that the limit changes by no more than half or twice at once.
void GradientController::end_sample() {
    if (samples_.count() == 0) {
        return;
    }
    stats_.sample_rtt = take_quantile();
    const auto in_us = [](Duration duration) {
        return static_cast<double>(
            std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
    };
    const double aimed = in_us(stats_.min_rtt) * (1 + config_.min_rtt_buffer / 100);
    stats_.gradient = std::clamp(aimed / std::max(in_us(stats_.sample_rtt), 1.0), 0.5, 2.0);
    const double limit = limit_ * stats_.gradient;
    stats_.burst_queue_size = std::sqrt(limit);
    const auto wanted = static_cast<std::uint32_t>(limit + stats_.burst_queue_size);
    set_limit(std::max(config_.min_concurrency, std::min(config_.max_concurrency_limit, wanted)),
              next_sample_);
}

void GradientController::set_limit(std::uint32_t limit, TimePoint now) {
    const bool is_lowest =
        !limit_after_ && limit_ == config_.min_concurrency && limit == config_.min_concurrency;
    lowest_in_a_row_ = is_lowest ? lowest_in_a_row_ + 1 : 0;
    limit_ = limit;
    stats_.concurrency_limit = limit;
    if (lowest_in_a_row_ >= lowest_in_a_row_max) {
        next_measurement_ = now;
    }
}

void GradientController::catch_up(TimePoint now) {
    while (std::min(next_measurement_, next_sample_) <= now) {
        if (next_measurement_ <= next_sample_) {
            begin_measurement(next_measurement_);
        } else {
            end_sample();
            next_sample_ += config_.concurrency_update_interval;
        }
    }
}

std::uint16_t GradientControllerConfig::refusal_status() const {
    constexpr std::uint16_t least_error = 400;
    constexpr std::uint16_t service_unavailable = 503;
    return concurrency_limit_exceeded_status < least_error ? service_unavailable
                                                           : concurrency_limit_exceeded_status;
}

bool GradientController::lets_pass(TimePoint now) {
    catch_up(now);
    if (requests_active_ < limit_) {
        ++requests_active_;
        return true;
    }
    ++stats_.rq_blocked;
    return false;
}

// Requests that were sent before a measurement tell nothing of it.
void GradientController::record(TimePoint sent, TimePoint now, Random& random) {
    catch_up(now);
    --requests_active_;
    if (sent < measured_from_) {
        return;
    }
    samples_.add(std::chrono::duration_cast<std::chrono::microseconds>(now - sent).count());
    if (limit_after_ && samples_.count() >= config_.min_rtt_request_count) {
        end_measurement(now, random);
    }
}

const GradientControllerStats& GradientController::stats(TimePoint now) {
    catch_up(now);
    return stats_;
}

}  // namespace wavetank::mesh
