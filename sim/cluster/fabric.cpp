#include "sim/cluster/fabric.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/runtime/sleep.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::sim {
namespace {

// Tells the draws of the wires from those of the handlers.
constexpr std::uint32_t network_site = 0x6e657477;

actor::ReplicaOptions options_for(const node::ContainerStart& start) {
    const ReplicaSize size = size_of(start.container);
    return {
        .in_namespace = start.pod.metadata.namespace_, .cpu_speed = size.speed, .cpus = size.cpus};
}

}  // namespace

Fabric::Fabric(runtime::Executor& executor, DeclaredFleet& declared, Distribution network,
               ProgramOf program_of, Random random)
    : executor_(executor),
      declared_(declared),
      network_(network),
      program_of_(std::move(program_of)),
      random_(random),
      wires_(executor) {}

Fabric::~Fabric() = default;

void Fabric::connect(mesh::MeshContext& mesh) {
    mesh_ = &mesh;
}

Result<void> Fabric::start(const node::ContainerStart& start) {
    WAVETANK_ASSERT(mesh_ != nullptr);
    declared_.start(start);
    const store::Key pod = store::key_of(start.pod);
    Process process{.container = start.container.name};
    for (const auto& port : start.container.ports) {
        process.ports.push_back(port.containerPort);
    }
    process.replica = std::make_unique<actor::Replica>(
        executor_, *mesh_, program_of_(start.container.image),
        random_.fork("replica/" + to_string(pod) + "/" + start.container.name), options_for(start));
    processes_[pod].push_back(std::move(process));
    return {};
}

void Fabric::drain(const store::Key& /*pod*/, const std::string& /*container*/) {}

void Fabric::stop(const store::Key& pod, const std::string& container) {
    declared_.stop(pod, container);
    const auto found = processes_.find(pod);
    if (found == processes_.end()) {
        return;
    }
    std::erase_if(found->second,
                  [&](const Process& process) { return process.container == container; });
    if (found->second.empty()) {
        processes_.erase(found);
    }
}

bool Fabric::idle(const store::Key& pod, const std::string& container) const {
    const Process* process = find(pod, container);
    return (process == nullptr || process->replica->requests_active() == 0) &&
           declared_.idle(pod, container);
}

void Fabric::slow_down(const store::Key& pod, double factor) {
    declared_.slow_down(pod, factor);
    if (const auto found = processes_.find(pod); found != processes_.end()) {
        for (const Process& process : found->second) {
            process.replica->slow_down(factor);
        }
    }
}

void Fabric::send(const mesh::Endpoint& to, mesh::Request request,
                  runtime::Promise<mesh::Response> answer) {
    wires_.spawn(carry(to, std::move(request), std::move(answer)));
}

Task<> Fabric::carry(mesh::Endpoint to, mesh::Request request,
                     runtime::Promise<mesh::Response> answer) {
    DrawKey key = request.draws;
    key.call_site ^= network_site;
    CounterRandom random{key};
    const Duration there = network_.sample(random);
    const Duration back = network_.sample(random);

    co_await runtime::sleep_for(executor_, there);
    mesh::Response response = mesh::Response::error(503, "connection refused");
    if (actor::Replica* replica = find(to.pod, to.port)) {
        runtime::Future<mesh::Response> served{executor_};
        replica->serve(std::move(request), served.promise());
        response = co_await served;
    }
    co_await runtime::sleep_for(executor_, back);
    answer.set(std::move(response));
}

actor::Replica* Fabric::find(const store::Key& pod, std::int32_t port) const {
    const auto found = processes_.find(pod);
    if (found == processes_.end() || found->second.empty()) {
        return nullptr;
    }
    for (const Process& process : found->second) {
        if (std::find(process.ports.begin(), process.ports.end(), port) != process.ports.end()) {
            return process.replica.get();
        }
    }
    // Ports of a container are informative: the first one listens on all that nobody claims.
    return found->second.front().replica.get();
}

const Fabric::Process* Fabric::find(const store::Key& pod, const std::string& container) const {
    const auto found = processes_.find(pod);
    if (found == processes_.end()) {
        return nullptr;
    }
    for (const Process& process : found->second) {
        if (process.container == container) {
            return &process;
        }
    }
    return nullptr;
}

}  // namespace wavetank::sim
