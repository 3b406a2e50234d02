#pragma once

/// \file
/// Runs the controllers of one cluster, as kube-controller-manager does.

#include <wavetank/controllers/controller_registry.hpp>
#include <wavetank/controllers/event_recorder.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/executor.hpp>

#include <memory>
#include <vector>

namespace wavetank::controllers {

struct ControllerManagerOptions {
    ControllerRegistry controllers = ControllerRegistry::defaults();
    EventPolicy events = EventPolicy::Correlated;
};

/// The running controllers. They start when it is made and stop when it is destroyed; what they
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
