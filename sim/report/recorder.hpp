#pragma once

/// \file
/// Notes during a run what the report tells afterwards.

#include <wavetank/base/error.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/sim/report.hpp>
#include <wavetank/store/store.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {

/// Watches the store of one cluster. Lifetime: `store` and `clock` outlive it.
class Recorder {
public:
    Recorder(store::Store& store, const runtime::Clock& clock);

    /// Notes that something that was to be done to the cluster was refused.
    void note_refusal(const std::string& action, const Error& error);

    /// Notes that a fault began or ended.
    void note_fault(const std::string& name, const std::string& reason, const std::string& message);

    /// Notes that a container used more memory than it may.
    void note_out_of_memory(const store::Key& pod, const std::string& container,
                            std::int64_t memory, std::int64_t limit);

    /// Adds what was seen to `report`: workloads, nodes and events.
    void fill(Report& report) const;

private:
    using WorkloadKey = std::pair<std::string, store::Key>;  // kind, name

    void note_replicas(const char* kind, const store::Key& key, std::int32_t desired,
                       std::int32_t ready);
    void note_event(const api::corev1::Event& event, std::uint64_t repetitions);
    void fill_nodes(Report& report) const;

    store::Store& store_;
    const runtime::Clock& clock_;
    std::map<WorkloadKey, std::vector<ReplicaSample>> replicas_;
    std::vector<EventReport> events_;
    std::map<std::pair<std::string, std::string>, std::size_t> event_index_;  // object, text
    std::vector<store::Subscription> subscriptions_;
};

/// Sums up the figures of a service or a load.
[[nodiscard]] ServiceReport summarise(const std::string& name, const mesh::ServiceStats& stats,
                                      Duration duration);

}  // namespace wavetank::sim
