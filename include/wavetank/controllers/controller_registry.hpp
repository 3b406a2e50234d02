#pragma once

/// \file
/// Which controllers run? A list, as a value: the defaults, and one's own beside them.

#include <wavetank/controllers/reconciler.hpp>
#include <wavetank/store/work_queue.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wavetank::controllers {

/// How a controller is made.
struct ControllerInfo {
    std::string name;       ///< as in kube-controller-manager: "deployment"
    std::string component;  ///< the source of its events: "deployment-controller"
    store::Turn turn = store::Turn::All;
    store::BackoffOptions backoff{};
    std::function<std::unique_ptr<Reconciler>(const ControllerContext&)> make;
};

/// The controllers of one simulation, in the order in which they start.
class ControllerRegistry {
public:
    /// Returns the controllers that Wavetank brings along.
    [[nodiscard]] static ControllerRegistry defaults();

    /// Adds a controller; one of the same name is replaced, in its place.
    void add(ControllerInfo info);

    /// Removes a controller, if it is there.
    void remove(const std::string& name);

    [[nodiscard]] std::span<const ControllerInfo> entries() const {
        return entries_;
    }

private:
    std::vector<ControllerInfo> entries_;
};

}  // namespace wavetank::controllers
