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
    /// From a change until it is heard of: by controllers, scheduler, istiod and kube-proxies.
    Duration notice{};
    runtime::RateLimit controllers{};  ///< of the writes of each controller
    runtime::RateLimit scheduler{};    ///< of bindings
    runtime::RateLimit kubelets{};     ///< of the statuses that each kubelet writes of pods
    Duration relist{};                 ///< between two looks of a kubelet at its containers
    /// For how long nothing must have changed before istiod tells proxies of Services, endpoints
    /// and routes, and for how long it waits for that at most; kube-proxies do not.
    Duration debounce_after{};
    Duration debounce_max{};

    /// Returns upstream's defaults: 20 requests a second and 30 at once for a controller, 50 and
    /// 100 for the scheduler and for a kubelet, which looks once a second; istiod waits for 100 ms,
    /// and 10 s at most. There is no default for what a watch takes: 5 ms are assumed, and nothing
    /// for istiod's pushes.
    [[nodiscard]] static ControlPlaneTiming upstream() {
        return {.notice = std::chrono::milliseconds{5},
                .controllers = {.per_second = 20, .burst = 30},
                .scheduler = {.per_second = 50, .burst = 100},
                .kubelets = {.per_second = 50, .burst = 100},
                .relist = std::chrono::seconds{1},
                .debounce_after = std::chrono::milliseconds{100},
                .debounce_max = std::chrono::seconds{10}};
    }
};

}  // namespace wavetank::sim
