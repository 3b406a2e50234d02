#pragma once

/// \file
/// Runs the controllers of one cluster, as kube-controller-manager does.

#include <wavetank/controllers/controller_registry.hpp>
#include <wavetank/controllers/event_recorder.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/token_bucket.hpp>

#include <memory>
#include <vector>

namespace wavetank::controllers {

/// How long what controllers do takes, beside the waits of their work queues. By default nothing.
struct ControllerTiming {
    Duration notice{};  ///< from a change until a controller hears of it
    /// Of the writes of each controller; upstream's default is 20 a second, 30 at once.
    runtime::RateLimit client{};
};

struct ControllerManagerOptions {
    ControllerRegistry controllers = ControllerRegistry::defaults();
    EventPolicy events = EventPolicy::Correlated;
    ControllerTiming timing{};
};

/// The running controllers. With a rate of writes, those of one reconcile are made at once, and the
/// time that they would have taken passes before the next; upstream, they are made one by one.
/// They start when it is made and stop when it is destroyed; what they
/// wrote stays.
///
/// Lifetime: `registry` and `executor` must outlive it.
class ControllerManager {
public:
    ControllerManager(registry::Registry& registry, runtime::Executor& executor,
                      ControllerManagerOptions options = {});
    ~ControllerManager();
    ControllerManager(const ControllerManager&) = delete;
    ControllerManager& operator=(const ControllerManager&) = delete;

    /// Tells whether no controller has anything to do now; what is due later does not count.
    [[nodiscard]] bool idle() const;

private:
    struct Controller;
    std::vector<std::unique_ptr<Controller>> controllers_;
};

}  // namespace wavetank::controllers
