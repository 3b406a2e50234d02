#include <wavetank/mesh/http_filter.hpp>

namespace wavetank::mesh {
namespace {

// What admission control answers to a request that does not pass; the others say so themselves.
constexpr std::uint16_t service_unavailable = 503;

using StateOfFilter = std::variant<LocalRateLimitFilter, AdmissionController, GradientController>;

StateOfFilter state_of_filter(const HttpFilter& filter, TimePoint now) {
    if (const auto* limit = std::get_if<LocalRateLimit>(&filter.config)) {
        return LocalRateLimitFilter{*limit};
    }
    if (const auto* admission = std::get_if<AdmissionControl>(&filter.config)) {
        return AdmissionController{*admission};
    }
    return GradientController{std::get<GradientControllerConfig>(filter.config), now};
}

}  // namespace

HttpFilterStats& HttpFilterStats::operator+=(const HttpFilterStats& others) {
    http_local_rate_limit += others.http_local_rate_limit;
    rq_rejected += others.rq_rejected;
    rq_success += others.rq_success;
    rq_failure += others.rq_failure;
    rq_blocked += others.rq_blocked;
    return *this;
}

HttpFilterState::HttpFilterState(const HttpFilter& filter, TimePoint now, const Random& random)
    : filter_(filter), random_(random), state_(state_of_filter(filter, now)) {}

std::optional<std::uint16_t> HttpFilterState::begin(TimePoint now, HttpFilterStats& stats) {
    if (auto* limit = std::get_if<LocalRateLimitFilter>(&state_)) {
        const bool passes = limit->lets_pass(now, random_, stats.http_local_rate_limit);
        return passes ? std::nullopt : std::optional{limit->refusal_status()};
    }
    if (auto* admission = std::get_if<AdmissionController>(&state_)) {
        const bool passes = admission->lets_pass(now, random_);
        stats.rq_rejected += passes ? 0 : 1;
        return passes ? std::nullopt : std::optional{service_unavailable};
    }
    auto& gradient = std::get<GradientController>(state_);
    const bool passes = gradient.lets_pass(now);
    stats.rq_blocked += passes ? 0 : 1;
    return passes ? std::nullopt : std::optional{gradient.refusal_status()};
}

void HttpFilterState::end(std::uint16_t status, TimePoint begun, TimePoint now,
                          HttpFilterStats& stats) {
    if (auto* admission = std::get_if<AdmissionController>(&state_)) {
        admission->record(status, now);
        const bool is_success = std::get<AdmissionControl>(filter_.config).is_success(status);
        ++(is_success ? stats.rq_success : stats.rq_failure);
    } else if (auto* gradient = std::get_if<GradientController>(&state_)) {
        gradient->record(begun, now, random_);
    }
}

std::optional<std::uint16_t> HttpFilterChain::begin(TimePoint now, HttpFilterStats& stats) {
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        if (const auto status = filters_[i]->begin(now, stats)) {
            end_first(i, *status, now, now, stats);
            return status;
        }
    }
    return std::nullopt;
}

void HttpFilterChain::end(std::uint16_t status, TimePoint begun, TimePoint now,
                          HttpFilterStats& stats) {
    end_first(filters_.size(), status, begun, now, stats);
}

void HttpFilterChain::end_first(std::size_t count, std::uint16_t status, TimePoint begun,
                                TimePoint now, HttpFilterStats& stats) {
    for (std::size_t i = count; i > 0; --i) {
        filters_[i - 1]->end(status, begun, now, stats);
    }
}

}  // namespace wavetank::mesh
