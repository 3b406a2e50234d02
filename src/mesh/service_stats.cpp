#include <wavetank/mesh/service_stats.hpp>

#include <utility>

namespace wavetank::mesh {

void ServiceStats::record(TimePoint now, int status, Duration latency) {
    const bool failed = status >= 500;
    ++requests_;
    errors_ += failed ? 1 : 0;
    ++statuses_[status];
    latency_.record(latency);

    auto index = static_cast<std::size_t>(now.time_since_epoch() / window_length_);
    while (index >= windows_limit) {
        halve();
        index = static_cast<std::size_t>(now.time_since_epoch() / window_length_);
    }
    if (index >= windows_.size()) {
        windows_.resize(index + 1);
    }
    StatsWindow& window = windows_[index];
    ++window.requests;
    window.errors += failed ? 1 : 0;
    window.latency.record(latency);
}

void ServiceStats::halve() {
    std::vector<StatsWindow> merged((windows_.size() + 1) / 2);
    for (std::size_t index = 0; index < windows_.size(); ++index) {
        StatsWindow& into = merged[index / 2];
        into.requests += windows_[index].requests;
        into.errors += windows_[index].errors;
        into.latency.merge(windows_[index].latency);
    }
    windows_ = std::move(merged);
    window_length_ *= 2;
}

ServiceStats& StatsRegistry::of(const std::string& service) {
    auto& stats = services_[service];
    if (stats == nullptr) {
        stats = std::make_unique<ServiceStats>();
    }
    return *stats;
}

}  // namespace wavetank::mesh
