#pragma once

/// \file
/// How long does what the control plane itself does take?

#include <wavetank/base/time.hpp>
#include <wavetank/runtime/token_bucket.hpp>

#include <chrono>

namespace wavetank::sim {

/// What the parts of a control plane are late by, and how many requests they may make. By default
/// nothing takes time but what work queues wait by themselves: the back-off of a key that failed,
/// 5 ms to 1,000 s, and ten retries a second after the first hundred.
struct ControlPlaneTiming {
    Duration notice{};                 ///< from a change until controllers and scheduler hear of it
    runtime::RateLimit controllers{};  ///< of the writes of each controller
    runtime::RateLimit scheduler{};    ///< of bindings
    runtime::RateLimit kubelets{};     ///< of the statuses that each kubelet writes of pods
    Duration relist{};                 ///< between two looks of a kubelet at its containers

    /// Returns upstream's defaults: 20 requests a second and 30 at once for a controller, 50 and
    /// 100 for the scheduler and for a kubelet, which looks once a second. There is no default for
    /// what a watch takes: 5 ms are assumed.
    [[nodiscard]] static ControlPlaneTiming upstream() {
        return {.notice = std::chrono::milliseconds{5},
                .controllers = {.per_second = 20, .burst = 30},
                .scheduler = {.per_second = 50, .burst = 100},
                .kubelets = {.per_second = 50, .burst = 100},
                .relist = std::chrono::seconds{1}};
    }
};

}  // namespace wavetank::sim
