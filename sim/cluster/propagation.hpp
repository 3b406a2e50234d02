#pragma once

/// \file
/// When does a change of Services, endpoints or routes reach the clients?
///
/// When they are told, they get the endpoints as those were at the version that they hear of. A
/// departure: routes, and what kube-proxies go by in a Service, are as the store has them then. A
/// change of these that is still on its way comes along with an earlier one, or with the first
/// request to a name that nobody has asked for yet.

#include <wavetank/runtime/executor.hpp>
#include <wavetank/sim/control_plane_timing.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace wavetank::sim {

/// Who tells clients: istiod, which waits for quiet before it pushes to all proxies, or the
/// kube-proxy of each node, which writes its rules once a second at most.
enum class ToldBy : std::uint8_t { Istiod, KubeProxy };

/// Tells of changes as late as clients hear of them, all clients at once.
class Propagation {
public:
    /// Takes the version of the store up to which clients know it now.
    using Deliver = std::function<void(std::uint64_t version)>;

    /// Lifetime: `executor` outlives it, and it the events that it schedules there.
    Propagation(runtime::Executor& executor, const ControlPlaneTiming& timing, ToldBy told_by,
                Deliver deliver);

    /// Takes note of a change, which has made this version of the store.
    void changed(std::uint64_t version);

private:
    void heard(std::uint64_t version);
    void debounce();
    void push_if_quiet();
    void sync();
    void deliver();

    runtime::Executor& executor_;
    ControlPlaneTiming timing_;
    ToldBy told_by_;
    Deliver deliver_;
    std::uint64_t version_ = 0;         // the latest heard of
    std::optional<TimePoint> first_{};  // heard of and not pushed yet
    TimePoint last_{};                  // heard of
    std::optional<TimePoint> synced_at_{};
    bool is_sync_planned_ = false;
};

}  // namespace wavetank::sim
