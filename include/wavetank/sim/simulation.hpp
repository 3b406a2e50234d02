#pragma once

/// \file
/// A whole cluster in one object: manifests in, virtual time, a report out.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/scheduler/configuration.hpp>
#include <wavetank/sim/autoscaler_policy.hpp>
#include <wavetank/sim/options.hpp>
#include <wavetank/sim/report.hpp>
#include <wavetank/sim/route_question.hpp>
#include <wavetank/sim/workload.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {

/// How far a run has come; what a progress bar shows.
struct Progress {
    TimePoint now{};
    Duration duration{};
    std::uint64_t requests = 0;
};

/// A simulated cluster with its control plane, nodes, mesh, services and load.
///
/// What is applied is checked at once, against an API of its own. The cluster starts with the
/// first call that needs it (`run`, `run_until`, `registry`, `store`, `scale`); options are fixed
/// from then on, and what is applied takes effect at once.
///
/// Typical use: construct, `apply`, `serve`, `add_load`, `run`, look at the report.
/// Threads: confined to one; simulations in different threads do not meet.
/// Determinism: equal calls under one seed give equal reports.
class Simulation {
public:
    explicit Simulation(SimulationOptions options = {});
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    /// Applies manifests from a file, a folder, or "-" for standard input. Kinds of `wavetank.dev`
    /// configure the run, all others go to the cluster.
    /// Errors: all problems of all files, one a line; then nothing was applied.
    [[nodiscard]] Result<void> apply_file(const std::string& path);
    /// The same for several paths as one.
    [[nodiscard]] Result<void> apply_files(const std::vector<std::string>& paths,
                                           codec::Recursion recursion = codec::Recursion::No);
    /// The same from text; `name` stands for the file in errors.
    [[nodiscard]] Result<void> apply_text(std::string_view text, const std::string& name);

    /// Registers the program inside a container image.
    void serve(std::string image, actor::Handler handler);

    /// Adds requests from outside the cluster.
    void add_load(Load load);

    /// Lets a policy decide about the size of a Deployment, in place of a HorizontalPodAutoscaler.
    /// Nothing happens while there is no such Deployment.
    void autoscale(store::Key deployment, std::unique_ptr<AutoscalerPolicy> policy,
                   AutoscaleOptions options = {});

    /// Does something at a time of the run, as a person at a terminal would.
    void at(TimePoint time, std::function<void(Simulation&)> action);

    /// Sets the replicas of a Deployment, as `kubectl scale` does.
    /// Errors: as the API server's.
    [[nodiscard]] Result<void> scale(const store::Key& deployment, std::int32_t replicas);

    /// Runs to the end and reports. `stop` ends it early, at a whole event. `observe` is called
    /// about every hundred milliseconds of virtual time.
    [[nodiscard]] Report run(std::stop_token stop = {},
                             const std::function<void(const Progress&)>& observe = {});

    /// Lets time pass without ending the run.
    void run_until(TimePoint time);

    /// Returns what a KubeSchedulerConfiguration among the manifests says; else the default one.
    [[nodiscard]] const scheduler::SchedulerConfiguration& scheduler_configuration() const;

    /// Says what a request would meet now, for people: route, policies and the objects that they
    /// come from, clusters, endpoints with weights and health.
    /// Errors: `NotFound`, if its URL names no Service and port.
    [[nodiscard]] Result<std::string> explain_route(const RouteQuestion& question);

    [[nodiscard]] registry::Registry& registry();
    [[nodiscard]] store::Store& store();
    [[nodiscard]] runtime::VirtualRuntime& runtime();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::sim
