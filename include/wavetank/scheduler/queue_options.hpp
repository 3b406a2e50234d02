#pragma once

/// \file
/// How long do pods wait that could not be scheduled?

#include <wavetank/base/time.hpp>

namespace wavetank::scheduler {

/// The waits of kube-scheduler's queue, with its defaults.
struct QueueOptions {
    Duration backoff_initial = std::chrono::seconds{1};  ///< doubles with every failure ...
    Duration backoff_max = std::chrono::seconds{10};     ///< ... up to this; 0: nobody waits
    /// After this long without an event that could help, a pod is tried again anyway.
    Duration unschedulable_max = std::chrono::minutes{5};
};

}  // namespace wavetank::scheduler
