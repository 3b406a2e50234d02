#include <wavetank/runtime/token_bucket.hpp>

#include <algorithm>

namespace wavetank::runtime {

Duration TokenBucket::take(TimePoint now) {
    if (limit_.per_second <= 0) {
        return {};
    }
    const Duration token = Duration{std::chrono::seconds{1}} / limit_.per_second;
    full_at_ = std::max(full_at_, now) + token;
    return std::max(full_at_ - now - token * limit_.burst, Duration::zero());
}

}  // namespace wavetank::runtime
