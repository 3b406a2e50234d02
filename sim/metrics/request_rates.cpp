#include "sim/metrics/request_rates.hpp"

namespace wavetank::sim {

// A counter that begins anew with its container goes on from where the one before it stopped, as
// PromQL's rate() has it.
void RequestRates::observe(TimePoint now, const std::vector<ContainerUse>& containers) {
    if (now < reads_at_) {
        return;
    }
    while (reads_at_ <= now) {
        reads_at_ += options_.interval;
    }
    std::map<store::Key, Reading> current;
    std::map<store::Key, std::map<std::uint64_t, std::uint64_t>> counted;
    for (const ContainerUse& use : containers) {
        auto& counts = counted[use.pod];
        counts[use.instance] = use.requests;
        if (use.is_running) {
            current[use.pod].in_flight += use.requests_active;
        }
    }
    for (auto& [pod, counts] : counted) {
        // What earlier containers of the pod had counted stays counted.
        if (const auto known = counted_.find(pod); known != counted_.end()) {
            counts.insert(known->second.begin(), known->second.end());
        }
    }
    counted_ = std::move(counted);
    for (auto& [pod, reading] : current) {
        for (const auto& [instance, requests] : counted_[pod]) {
            reading.requests += requests;
        }
        reading.time = now;
        auto& readings = readings_[pod];
        readings.push_back(reading);
        while (readings.front().time < now - options_.window) {
            readings.pop_front();
        }
    }
    std::erase_if(readings_, [&](const auto& each) { return !current.contains(each.first); });
}

std::optional<RequestSample> RequestRates::sample(const store::Key& pod) const {
    const auto found = readings_.find(pod);
    if (found == readings_.end() || found->second.size() < 2) {
        return std::nullopt;
    }
    const Reading& first = found->second.front();
    const Reading& last = found->second.back();
    const Duration window = last.time - first.time;
    return RequestSample{.time = last.time,
                         .window = window,
                         .per_second = static_cast<double>(last.requests - first.requests) /
                                       std::chrono::duration<double>(window).count(),
                         .in_flight = static_cast<double>(last.in_flight)};
}

}  // namespace wavetank::sim
