#pragma once

/// \file
/// One running copy of a service: its CPUs, its requests in flight, its way out.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/random.hpp>
#include <wavetank/mesh/proxy.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/future.hpp>
#include <wavetank/runtime/gate.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::actor {

struct ReplicaOptions {
    std::string in_namespace = "default";  ///< where short service names are looked up
    double cpu_speed = 1;    ///< CPUs' worth of progress per second of one CPU; below 1: throttled
    std::uint32_t cpus = 1;  ///< computations that run side by side
};

/// Serves requests with one handler. Computations queue for its CPUs first come first served;
/// sleeping and waiting for calls holds no CPU.
///
/// Lifetime: `executor` and `mesh` must outlive it. Destroying it answers all requests in flight
/// with 503, as a killed process's peers see it.
class Replica {
public:
    Replica(runtime::Executor& executor, mesh::MeshContext& mesh, Handler handler, Random random,
            ReplicaOptions options = {});
    ~Replica();
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    /// Takes a request; `answer` gets the handler's response, 500 if it throws.
    void serve(mesh::Request request, runtime::Promise<mesh::Response> answer);

    /// Lets the computations that begin from now on take so much longer than they should; 1 ends
    /// it. Requires: factor > 0.
    void slow_down(double factor);

    [[nodiscard]] std::size_t requests_active() const {
        return gate_.size();
    }
    /// Returns the CPU time used so far.
    [[nodiscard]] Duration cpu_used() const {
        return cpu_used_;
    }

private:
    friend class Context;
    friend struct Context::State;

    Task<> answer_one(mesh::Request request, std::shared_ptr<runtime::Promise<mesh::Response>> to);
    TimePoint reserve_cpu(Duration time);

    runtime::Executor& executor_;
    Handler handler_;
    ReplicaOptions options_;
    mesh::Proxy proxy_;
    std::vector<TimePoint> cpu_free_at_;
    Duration cpu_used_{};
    double slow_down_ = 1;
    runtime::Gate gate_;
};

}  // namespace wavetank::actor
