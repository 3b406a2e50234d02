#include <wavetank/base/assert.hpp>
#include <wavetank/metrics/counter.hpp>

#include <algorithm>

namespace wavetank::metrics {

Gauge::Gauge(TimePoint start, std::int64_t value)
    : start_{start}, changed_{start}, value_{value}, max_{value} {}

void Gauge::set(TimePoint now, std::int64_t value) {
    integral_ = integral(now);
    changed_ = now;
    value_ = value;
    max_ = std::max(max_, value);
}

void Gauge::add(TimePoint now, std::int64_t difference) {
    set(now, value_ + difference);
}

double Gauge::average(TimePoint now) const {
    if (now == start_) {
        return static_cast<double>(value_);
    }
    return static_cast<double>(integral(now)) / static_cast<double>((now - start_).count());
}

double Gauge::integral_seconds(TimePoint now) const {
    return static_cast<double>(integral(now)) / 1e9;
}

Gauge::Wide Gauge::integral(TimePoint now) const {
    WAVETANK_ASSERT(now >= changed_);
    return integral_ + static_cast<Wide>(value_) * (now - changed_).count();
}

}  // namespace wavetank::metrics
