#include <wavetank/metrics/metrics_source.hpp>

#include <algorithm>

namespace wavetank::metrics {

std::size_t PodMetrics::size() const {
    const auto sampled =
        std::ranges::count_if(of_pods, [](const auto& sample) { return sample.has_value(); });
    return static_cast<std::size_t>(sampled) + of_others.size();
}

}  // namespace wavetank::metrics
