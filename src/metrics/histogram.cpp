#include <wavetank/base/assert.hpp>
#include <wavetank/metrics/histogram.hpp>

#include <algorithm>
#include <cmath>

namespace wavetank::metrics {
namespace {

std::uint64_t magnitude(Duration value) {
    return value < Duration::zero() ? 0 : static_cast<std::uint64_t>(value.count());
}

Duration duration(std::uint64_t nanoseconds) {
    return Duration{static_cast<Duration::rep>(nanoseconds)};
}

}  // namespace

std::uint64_t Histogram::low_of(std::size_t bucket) {
    if (bucket < steps) {
        return bucket;
    }
    return (steps | bucket % steps) << (bucket / steps - 1);
}

std::uint64_t Histogram::high_of(std::size_t bucket) {
    return low_of(bucket + 1) - 1;
}

void Histogram::merge(const Histogram& other) {
    if (other.count_ == 0) {
        return;
    }
    counts_.resize(bucket_count);
    for (std::size_t i = 0; i < bucket_count; ++i) {
        counts_[i] += other.counts_[i];
    }
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    count_ += other.count_;
    sum_ += other.sum_;
}

Duration Histogram::mean() const {
    return count_ == 0 ? Duration{} : duration(static_cast<std::uint64_t>(sum_ / count_));
}

Duration Histogram::min() const {
    return min_;
}

Duration Histogram::max() const {
    return max_;
}

Duration Histogram::percentile(double quantile) const {
    WAVETANK_ASSERT(quantile >= 0 && quantile <= 1);
    if (count_ == 0) {
        return {};
    }
    const double wanted = std::ceil(quantile * static_cast<double>(count_));
    if (wanted >= static_cast<double>(count_)) {
        return max_;
    }
    const std::uint64_t rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while ((seen += counts_[bucket]) < rank) {
        ++bucket;
    }
    const std::uint64_t low = low_of(bucket);
    return std::clamp(duration(low + (high_of(bucket) - low) / 2), min_, max_);
}

std::uint64_t Histogram::count_up_to(Duration limit) const {
    if (count_ == 0 || limit < Duration::zero()) {
        return 0;
    }
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket <= bucket_of(magnitude(limit)); ++bucket) {
        seen += counts_[bucket];
    }
    return seen;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    std::vector<Bucket> used;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] > 0) {
            used.push_back({duration(low_of(i)), duration(high_of(i)), counts_[i]});
        }
    }
    return used;
}

}  // namespace wavetank::metrics
