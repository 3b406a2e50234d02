#pragma once

/// \file
/// What must hold in a cluster whatever happens to it, checked at every change.

#include <wavetank/base/time.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/store/store.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {

/// The reason of a report's events about breaches.
inline constexpr std::string_view invariant_broken = "InvariantBroken";

/// Something that must hold, and did not.
struct BrokenInvariant {
    TimePoint time{};
    std::string rule;     ///< "PodDisruptionBudget"
    std::string object;   ///< "Pod default/web-1"
    std::string message;  ///< what is wrong
};

/// Watches a store and checks, at each change of it:
///
/// - *Binding*: a pod stays on its node, and no node is promised more CPU, memory or pods than it
///   has by the pods that the scheduler puts there.
/// - *PodDisruptionBudget*: no eviction takes a budget below what it asks for, and none allows less
///   than nothing.
/// - *RollingUpdate*: no controller takes an available pod of a Deployment or StatefulSet away that
///   its maxUnavailable needs, nor lets a Deployment exceed its maxSurge.
/// - *Owner*: what belongs to something that is gone goes, too, within a minute; pods of a node
/// that
///   is gone within three; nothing is left in a namespace that is gone.
///
/// Where pods were lost against anyone's will, or a spec has changed, in the last two seconds,
/// controllers may act on what they knew before, as those of a real cluster do; that is no breach.
/// Readiness counts as availability, without minReadySeconds. Who takes a pod away is not known: a
/// person who deletes pods of a StatefulSet that are out of date is taken for its controller.
///
/// Lifetime: `store` and `clock` must outlive it. Threads: confined to the store's strand.
/// Cost: a look-up a change, a walk over a workload's pods for each that is taken away. For
/// debugging.
class InvariantChecker {
public:
    InvariantChecker(store::Store& store, const runtime::Clock& clock);
    ~InvariantChecker();
    InvariantChecker(const InvariantChecker&) = delete;
    InvariantChecker& operator=(const InvariantChecker&) = delete;

    /// Looks at what is due by now; changes do so, too.
    void settle();

    /// Returns what was broken, in order of time.
    [[nodiscard]] const std::vector<BrokenInvariant>& broken() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::sim
