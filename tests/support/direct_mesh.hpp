#pragma once

/// \file
/// A mesh for tests of handlers: requests go straight to replicas, without a network.

#include <wavetank/actor/replica.hpp>
#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wavetank::test {

/// Services with one replica each, called by name.
class DirectMesh {
public:
    /// Makes a service of that name with one replica behind it.
    void add(const std::string& name, actor::Handler handler, std::uint32_t cpus = 1) {
        services_[name] = std::make_unique<Service>(*this, std::move(handler), cpus);
    }

    void kill(const std::string& name) {
        services_.erase(name);
    }

    /// Calls a service and runs until it has answered.
    mesh::Response call(const std::string& url, mesh::Request request = {}) {
        std::optional<mesh::Response> answer;
        runtime::Gate gate{runtime_};
        gate.spawn(call_into(url, std::move(request), answer));
        runtime_.run();
        return answer.value();
    }

    /// Starts a call and leaves it on its way.
    void start_call(runtime::Gate& gate, const std::string& url,
                    std::optional<mesh::Response>& answer) {
        gate.spawn(call_into(url, {}, answer));
    }

    runtime::VirtualRuntime& runtime() {
        return runtime_;
    }

private:
    struct Service final : actor::Host {
        Service(DirectMesh& around, actor::Handler handler, std::uint32_t count)
            : mesh(around),
              cpus(around.runtime_, count),
              replica(around.runtime_, *this, std::move(handler)) {}

        Task<mesh::Response> call(const std::string& url, mesh::Request&& request) override {
            return mesh.send(url, std::move(request));
        }
        Task<> compute(Duration time, DrawKey /*draws*/) override {
            return cpus.compute(time);
        }

        DirectMesh& mesh;
        actor::OwnCpus cpus;
        actor::Replica replica;
    };

    Task<mesh::Response> send(std::string url, mesh::Request request) {
        const auto found = services_.find(mesh::parse_authority(url, request.path).host);
        if (found == services_.end()) {
            co_return mesh::Response::error(503, "connection refused");
        }
        runtime::Future<mesh::Response> answer{runtime_};
        found->second->replica.serve(std::move(request), answer.promise());
        mesh::Response response = co_await answer;
        co_return response;
    }

    Task<> call_into(std::string url, mesh::Request request,
                     std::optional<mesh::Response>& answer) {
        answer = co_await send(std::move(url), std::move(request));
    }

    runtime::VirtualRuntime runtime_;
    std::map<std::string, std::unique_ptr<Service>> services_;
};

}  // namespace wavetank::test
