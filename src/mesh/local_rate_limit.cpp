#include <wavetank/mesh/local_rate_limit.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

double whole_and_part_seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

TokenSupply::TokenSupply(const TokenBucket& bucket)
    : max_tokens_(bucket.max_tokens),
      fill_rate_(bucket.tokens_per_fill / whole_and_part_seconds(bucket.fill_interval)),
      empty_at_(-max_tokens_ / fill_rate_) {}

double TokenSupply::tokens(TimePoint now) const {
    return std::min(max_tokens_,
                    (whole_and_part_seconds(now.time_since_epoch()) - empty_at_) * fill_rate_);
}

bool TokenSupply::take(TimePoint now) {
    const double left = tokens(now);
    if (left < 1) {
        return false;
    }
    empty_at_ = whole_and_part_seconds(now.time_since_epoch()) - (left - 1) / fill_rate_;
    return true;
}

std::uint16_t LocalRateLimit::refusal_status() const {
    constexpr std::uint16_t least_error = 400;
    constexpr std::uint16_t too_many_requests = 429;
    return status < least_error ? too_many_requests : status;
}

LocalRateLimitStats& LocalRateLimitStats::operator+=(const LocalRateLimitStats& others) {
    enabled += others.enabled;
    ok += others.ok;
    rate_limited += others.rate_limited;
    enforced += others.enforced;
    return *this;
}

bool LocalRateLimitFilter::lets_pass(TimePoint now, Random& random, LocalRateLimitStats& stats) {
    if (!config_.filter_enabled.draw(random)) {
        return true;
    }
    ++stats.enabled;
    if (supply_.take(now)) {
        ++stats.ok;
        return true;
    }
    ++stats.rate_limited;
    if (!config_.filter_enforced.draw(random)) {
        return true;
    }
    ++stats.enforced;
    return false;
}

}  // namespace wavetank::mesh
