#pragma once

/// \file
/// When does a picker hear of a change? Envoy's `update_merge_window`.

#include <wavetank/base/time.hpp>

#include <optional>

namespace wavetank::mesh {

/// What kind of change it is.
enum class HostChange {
    Membership,  ///< hosts came or went
    Properties,  ///< health, weight or metadata of hosts that stay
};

/// Holds changes of hosts that stay back for a while, so that many of them come together.
///
/// The first one after a quiet time is delivered at once; those that follow within the window wait
/// until it ends, and a change of membership takes them along.
class UpdateMergeWindow {
public:
    explicit UpdateMergeWindow(Duration window) : window_(window) {}

    /// Notes a change. Returns when it shall be delivered: `now`, or at the end of the window, of
    /// which `end` is to be told then. Requires: `now` does not go back.
    [[nodiscard]] TimePoint note(HostChange change, TimePoint now);

    /// Tells that what was held back is delivered now.
    void end(TimePoint now);

    /// Returns when what is held back is due; nothing if nothing is.
    [[nodiscard]] std::optional<TimePoint> due() const {
        return due_;
    }

private:
    Duration window_;
    std::optional<TimePoint> updated_;  // the latest delivery
    std::optional<TimePoint> due_;
};

}  // namespace wavetank::mesh
