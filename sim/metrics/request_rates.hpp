#pragma once

/// \file
/// How many requests pods get, as a monitoring system sees it that reads their counters now and
/// then and takes rates over a window.

#include "sim/report/usage_recorder.hpp"

#include <wavetank/base/time.hpp>
#include <wavetank/store/key.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace wavetank::sim {

struct RequestRatesOptions {
    Duration interval = std::chrono::seconds{15};  ///< between two readings of a counter
    Duration window = std::chrono::minutes{1};     ///< as in PromQL's rate(requests_total[1m])
};

/// What the counters of a pod say.
struct RequestSample {
    TimePoint time{};   ///< of the last reading
    Duration window{};  ///< from the first reading to the last one that the rate is made of
    double per_second = 0;
    double in_flight = 0;  ///< at the last reading
};

/// Reads the counters of all pods at equal distances.
class RequestRates {
public:
    explicit RequestRates(const RequestRatesOptions& options) : options_{options} {}

    /// Looks at all containers as they are now. Requires: as `MetricsServer::observe`.
    void observe(TimePoint now, const std::vector<ContainerUse>& containers);

    /// Returns what a pod's containers got together; nothing before there are two readings.
    [[nodiscard]] std::optional<RequestSample> sample(const store::Key& pod) const;

private:
    struct Reading {
        TimePoint time{};
        std::uint64_t requests = 0;
        std::uint64_t in_flight = 0;
    };

    RequestRatesOptions options_;
    TimePoint reads_at_{};
    std::map<store::Key, std::deque<Reading>> readings_;                    // those of the window
    std::map<store::Key, std::map<std::uint64_t, std::uint64_t>> counted_;  // by pod and instance
};

}  // namespace wavetank::sim
