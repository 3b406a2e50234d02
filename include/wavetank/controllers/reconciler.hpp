#pragma once

/// \file
/// What is a controller? Something that is told a key and moves the cluster towards what the
/// object of that key asks for.

#include <wavetank/controllers/event_recorder.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/store/key.hpp>
#include <wavetank/store/work_queue.hpp>

namespace wavetank::controllers {

/// What a controller has to work with.
///
/// Lifetime: all of it outlives the controller.
struct ControllerContext {
    registry::Registry& registry;  ///< to write; its store to read and to watch
    store::WorkQueue& queue;       ///< of the keys to reconcile
    EventRecorder& events;
};

/// The one interface of all controllers. The constructor subscribes to the kinds that matter and
/// queues the keys that exist already; from then on, watch handlers queue what has changed.
///
/// Threads: confined to its simulation's strand.
class Reconciler {
public:
    using Outcome = store::WorkQueue::Outcome;

    Reconciler() = default;
    virtual ~Reconciler() = default;
    Reconciler(const Reconciler&) = delete;
    Reconciler& operator=(const Reconciler&) = delete;

    /// Brings one object closer to what its spec asks for. Returns `Retry` if a write failed, so
    /// that the key comes back after its back-off.
    /// Determinism: depends on the store and the clock alone.
    virtual Outcome reconcile(const store::Key& key) = 0;
};

}  // namespace wavetank::controllers
