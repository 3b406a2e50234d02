#pragma once

/// \file
/// A mesh for tests of handlers: requests go straight to replicas, without a network.

#include <wavetank/actor/replica.hpp>
#include <wavetank/mesh/proxy.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wavetank::test {

/// Services with one replica each, called by name.
class DirectMesh final : public mesh::Transport {
public:
    /// Makes a service of that name with one replica behind it.
    actor::Replica& add(const std::string& name, actor::Handler handler,
                        actor::ReplicaOptions options = {}) {
        api::corev1::Service service{.metadata = {.name = name, .namespace_ = "default"}};
        service.spec.ports = {{.port = 80}};
        api::discoveryv1::EndpointSlice slice{
            .metadata = {.name = name + "-1", .namespace_ = "default"}};
        slice.metadata.labels.edit()["kubernetes.io/service-name"] = name;
        slice.ports = {{.name = "", .port = 8080}};
        slice.endpoints = {api::discoveryv1::Endpoint{.addresses = {name}}};
        static_cast<void>(store_.create(service));
        static_cast<void>(store_.create(slice));
        auto& replica = replicas_[name];
        replica = std::make_unique<actor::Replica>(runtime_, context_, std::move(handler),
                                                   random_.fork(name), options);
        return *replica;
    }

    void kill(const std::string& name) {
        replicas_.erase(name);
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

    void send(const mesh::Endpoint& to, mesh::Request request,
              runtime::Promise<mesh::Response> answer) override {
        const auto found = replicas_.find(to.address);
        if (found == replicas_.end()) {
            answer.set(mesh::Response::error(503, "connection refused"));
        } else {
            found->second->serve(std::move(request), std::move(answer));
        }
    }

    runtime::VirtualRuntime& runtime() {
        return runtime_;
    }

private:
    Task<> call_into(std::string url, mesh::Request request,
                     std::optional<mesh::Response>& answer) {
        answer = co_await proxy_.call(std::move(url), std::move(request));
    }

    runtime::VirtualRuntime runtime_;
    Random random_{1};
    store::Store store_;
    mesh::StatsRegistry stats_;
    mesh::BalancerRegistry balancers_ = mesh::BalancerRegistry::defaults();
    mesh::ServiceDirectory directory_{store_};
    mesh::MeshContext context_{.executor = runtime_,
                               .directory = directory_,
                               .transport = *this,
                               .stats = stats_,
                               .balancers = balancers_};
    mesh::Proxy proxy_{context_, "default", random_.fork("client")};
    std::map<std::string, std::unique_ptr<actor::Replica>> replicas_;
};

}  // namespace wavetank::test
