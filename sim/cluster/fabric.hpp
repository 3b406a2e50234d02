#pragma once

/// \file
/// What runs on the simulated nodes, and the wires between.

#include "sim/cluster/declared_fleet.hpp"

#include <wavetank/actor/program_registry.hpp>
#include <wavetank/actor/replica.hpp>
#include <wavetank/base/distribution.hpp>
#include <wavetank/mesh/proxy.hpp>
#include <wavetank/mesh/transport.hpp>
#include <wavetank/node/container_runtime.hpp>
#include <wavetank/runtime/gate.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Runs the containers of all nodes as replicas and carries requests between them. A container
/// whose program is declared is also a replica of the data plane, which has the loads on it; here
/// it answers services that are code.
///
/// Determinism: what a wire adds to a request is drawn by the request's own key.
class Fabric final : public node::ContainerRuntime, public mesh::Transport {
public:
    /// Chooses the program for an image.
    using ProgramOf = std::function<actor::Handler(const std::string& image)>;

    /// Lifetime: both references outlive it.
    Fabric(runtime::Executor& executor, DeclaredFleet& declared, Distribution network,
           ProgramOf program_of, Random random);
    ~Fabric() override;

    /// Gives the replicas their way out. Called once, before the first container starts: the mesh
    /// sends through this very object.
    void connect(mesh::MeshContext& mesh);

    [[nodiscard]] Result<void> start(const node::ContainerStart& start) override;
    void drain(const store::Key& pod, const std::string& container) override;
    void stop(const store::Key& pod, const std::string& container) override;
    [[nodiscard]] bool idle(const store::Key& pod, const std::string& container) const override;

    /// Lets all that a pod's containers begin to compute take so much longer than it should; 1 ends
    /// it. A declared program is slowed down in the middle of a computation, too.
    void slow_down(const store::Key& pod, double factor);

    void send(const mesh::Endpoint& to, mesh::Request request,
              runtime::Promise<mesh::Response> answer) override;

private:
    struct Process {
        std::string container;
        std::vector<std::int32_t> ports;
        std::unique_ptr<actor::Replica> replica;
    };

    Task<> carry(mesh::Endpoint to, mesh::Request request, runtime::Promise<mesh::Response> answer);
    [[nodiscard]] actor::Replica* find(const store::Key& pod, std::int32_t port) const;
    [[nodiscard]] const Process* find(const store::Key& pod, const std::string& container) const;

    runtime::Executor& executor_;
    DeclaredFleet& declared_;
    Distribution network_;
    ProgramOf program_of_;
    Random random_;
    mesh::MeshContext* mesh_ = nullptr;
    std::map<store::Key, std::vector<Process>> processes_;
    runtime::Gate wires_;
};

}  // namespace wavetank::sim
