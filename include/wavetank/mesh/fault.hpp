#pragma once

/// \file
/// Which requests are delayed or aborted on purpose? Envoy's fault filter, under the names of its
/// v3 API.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/fractional_percent.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/mesh/retry_policy.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace wavetank::mesh {

struct FaultDelay {
    std::optional<Duration> fixed_delay{};  ///< unset: what x-envoy-fault-delay-request says, in ms
    FractionalPercent percentage{};
};

struct FaultAbort {
    std::optional<std::uint16_t> http_status{};  ///< unset: what x-envoy-fault-abort-request says
    FractionalPercent percentage{};
};

struct HttpFault {
    std::optional<FaultDelay> delay{};
    std::optional<FaultAbort> abort{};
    std::vector<RetryHeader> headers{};                ///< requests must match all of them
    std::optional<std::uint64_t> max_active_faults{};  ///< unset: any number
};

/// Envoy's counters, under its names below `fault.`; the last is a gauge.
struct FaultStats {
    std::uint64_t aborts_injected = 0;
    std::uint64_t delays_injected = 0;
    std::uint64_t faults_overflow = 0;
    std::uint64_t active_faults = 0;

    bool operator==(const FaultStats&) const = default;
};

/// What one proxy's filter does to one request after the other.
class FaultFilter {
public:
    explicit FaultFilter(HttpFault fault) : fault_(std::move(fault)) {}

    /// What is wrong with one request. Until `end`, it counts as one active fault at most.
    struct Injected {
        bool is_matched = false;
        bool is_active = false;                // counted
        std::optional<Duration> delay{};       ///< before anything else
        std::optional<std::uint16_t> abort{};  ///< answered so; decided at once without a delay
        FractionalPercent abort_percentage{};  // as the headers have it
        std::optional<std::uint16_t> abort_with{};  // if it is drawn
    };

    /// Begins with a request: it is delayed, or aborted, or neither.
    [[nodiscard]] Injected begin(const Headers& headers, Random& random);
    /// Goes on when the delay is over: perhaps it is aborted now.
    void after_delay(Injected& injected, Random& random);
    /// Tells that a request is over, whatever was done to it.
    void end(const Injected& injected);

    [[nodiscard]] const FaultStats& stats() const {
        return stats_;
    }

private:
    [[nodiscard]] bool activate(Injected& injected);
    void abort(Injected& injected, Random& random);

    HttpFault fault_;
    FaultStats stats_;
};

}  // namespace wavetank::mesh
