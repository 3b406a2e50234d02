#pragma once

/// \file
/// Rate, errors and duration of a served handler, as Prometheus reads them.

#include <wavetank/base/time.hpp>
#include <wavetank/metrics/histogram.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace wavetank::sim {

/// Counts requests from their beginning to their answer.
class ServiceMetrics {
public:
    void begin() {
        ++requests_active_;
    }
    void end(int status, Duration latency);

    [[nodiscard]] std::uint64_t requests() const {
        return latency_.count();
    }

    /// Writes Prometheus' text format, version 0.0.4.
    [[nodiscard]] std::string to_prometheus() const;

private:
    std::uint64_t requests_active_ = 0;
    std::map<int, std::uint64_t> statuses_;
    metrics::Histogram latency_;
};

}  // namespace wavetank::sim
