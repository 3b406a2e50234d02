#pragma once

/// \file
/// Requests that arrive by the clock, whatever became of the ones before.

#include "sim/workload/arrival_times.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/mesh/proxy.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/runtime/gate.hpp>
#include <wavetank/sim/workload.hpp>

#include <cstdint>

namespace wavetank::sim {

/// Sends the requests of one load until the gate is closed.
class OpenLoop {
public:
    /// Lifetime: all references outlive it.
    OpenLoop(runtime::Executor& executor, mesh::MeshContext& mesh, mesh::ServiceStats& stats,
             Load load, const Random& random);

    /// Schedules the first arrival.
    void start();
    /// Lets no further request in.
    void stop();

    [[nodiscard]] std::uint64_t requests_started() const {
        return started_;
    }
    [[nodiscard]] const std::string& name() const {
        return load_.name;
    }

private:
    void schedule_next();
    void arrive(TimePoint intended);
    Task<> send(mesh::Request request, TimePoint intended);

    runtime::Executor& executor_;
    mesh::ServiceStats& stats_;
    Load load_;
    std::uint64_t draws_key_;
    ArrivalTimes arrivals_;
    mesh::Proxy proxy_;
    std::uint64_t started_ = 0;
    runtime::TimerId timer_ = runtime::TimerId::None;
    runtime::Gate gate_;
};

}  // namespace wavetank::sim
