#include <wavetank/mesh/admission_control.hpp>

#include <wavetank/base/math.hpp>

#include <algorithm>

namespace wavetank::mesh {

bool AdmissionControl::is_success(std::uint16_t status) const {
    return http_success_status.empty()
               ? status < 500
               : std::ranges::any_of(http_success_status, [&](const StatusRange& range) {
                     return range.contains(status);
                 });
}

// Samples are of a second; whatever is older than the window is dropped with its whole sample.
void AdmissionController::forget(TimePoint now) {
    while (!samples_.empty() && now - samples_.front().begun >= config_.sampling_window) {
        sum_.requests -= samples_.front().requests;
        sum_.successes -= samples_.front().successes;
        samples_.pop_front();
    }
    if (samples_.empty() || now - samples_.back().begun >= std::chrono::seconds{1}) {
        samples_.push_back({.begun = now});
    }
}

double AdmissionController::rejection_probability(TimePoint now) {
    forget(now);
    const auto requests = static_cast<double>(sum_.requests);
    const auto successes = static_cast<double>(sum_.successes);
    const double threshold = config_.sr_threshold / 100;
    double probability = std::max((requests - successes / threshold) / (requests + 1), 0.0);
    if (config_.aggression > 1 && probability > 0) {
        probability = exp(log(probability) / config_.aggression);
    }
    return std::min(probability, config_.max_rejection_probability / 100);
}

bool AdmissionController::lets_pass(TimePoint now, Random& random) {
    constexpr std::uint64_t accuracy = 10'000;
    forget(now);
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - samples_.front().begun);
    const std::uint64_t rps =
        sum_.requests / static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 1));
    if (rps < config_.rps_threshold) {
        return true;
    }
    const double bound = static_cast<double>(accuracy) * rejection_probability(now);
    if (bound > static_cast<double>(random.below(accuracy))) {
        ++rejected_;
        return false;
    }
    return true;
}

void AdmissionController::record(std::uint16_t status, TimePoint now) {
    forget(now);
    const bool is_success = config_.is_success(status);
    for (Sample* sample : {&samples_.back(), &sum_}) {
        ++sample->requests;
        sample->successes += is_success ? 1 : 0;
    }
}

}  // namespace wavetank::mesh
