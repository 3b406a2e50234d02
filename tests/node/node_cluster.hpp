#pragma once

/// \file
/// A cluster of one kind of node in virtual time, with kubelets and a container runtime that does
/// as the test says.

#include <wavetank/node/kubelets.hpp>
#include <wavetank/node/make_node.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::node::test {

/// Notes what it is told, as "start web/main 10.244.1.2".
class FakeContainerRuntime final : public ContainerRuntime {
public:
    Result<void> start(const ContainerStart& start) override {
        calls.push_back("start " + start.pod.metadata.name + '/' + start.container.name + ' ' +
                        start.address);
        if (failing) {
            return Error{.reason = Reason::InternalError, .message = "no such program"};
        }
        return {};
    }
    void drain(const store::Key& pod, const std::string& container) override {
        calls.push_back("drain " + pod.name + '/' + container);
    }
    void stop(const store::Key& pod, const std::string& container) override {
        calls.push_back("stop " + pod.name + '/' + container);
    }
    [[nodiscard]] bool idle(const store::Key& pod, const std::string& container) const override {
        return !busy.contains(pod.name + '/' + container);
    }

    std::vector<std::string> calls;
    std::set<std::string> busy;  ///< "pod/container"
    bool failing = false;
};

/// Everything of a small cluster but scheduler and controllers.
class NodeCluster {
public:
    using Pod = api::corev1::Pod;

    explicit NodeCluster(NodeOptions options = {.heartbeats = Heartbeats::Off})
        : kubelets{time, registry, containers, Random{7}, std::move(options)} {
        add_node("node-1");
    }

    void add_node(const std::string& name) {
        static_cast<void>(registry.create(make_node(name)).value());
        settle();
    }

    [[nodiscard]] static Pod pod_named(const std::string& name) {
        Pod pod;
        pod.metadata.name = name;
        pod.metadata.namespace_ = "default";
        auto& container = pod.spec.edit().containers.emplace_back();
        container.name = "main";
        container.image = "app:v1";
        return pod;
    }

    void run_pod(Pod pod, const std::string& node = "node-1") {
        const auto created = registry.create(std::move(pod)).value();
        static_cast<void>(registry.bind(store::key_of(*created), node).value());
    }

    void erase(const std::string& name, std::optional<std::int64_t> grace = {}) {
        static_cast<void>(registry.remove<Pod>(key(name), {.grace_period_seconds = grace}).value());
    }

    void exit(const std::string& name, std::int32_t code) {
        kubelets.container_exited(key(name), "main", {.code = code});
        settle();
    }

    /// Runs what is due now.
    void settle() {
        time.run_until(time.now());
    }
    void pass(Duration duration) {
        time.run_until(time.now() + duration);
    }

    [[nodiscard]] api::Pointer<const Pod> find(const std::string& name) const {
        return store.get<Pod>(key(name));
    }
    [[nodiscard]] const Pod& pod(const std::string& name) const {
        return *store.get<Pod>(key(name));
    }
    [[nodiscard]] const api::corev1::ContainerStatus& main_of(const std::string& name) const {
        return pod(name).status->containerStatuses->at(0);
    }
    [[nodiscard]] std::string condition(const std::string& name, const std::string& type) const {
        for (const auto& each : *pod(name).status.conditions) {
            if (each.type == type) {
                return each.status;
            }
        }
        return "absent";
    }

    /// Returns the events about pods in order, as "Warning BackOff Back-off ...", then " x2".
    [[nodiscard]] std::vector<std::string> events() const {
        std::vector<std::string> result;
        for (const auto& event : store.list<api::corev1::Event>()) {
            if (event->involvedObject.kind == "Pod") {
                result.push_back(event->type + ' ' + event->reason + ' ' + event->message +
                                 (event->count > 1 ? " x" + std::to_string(event->count) : ""));
            }
        }
        return result;
    }

    [[nodiscard]] static store::Key key(const std::string& name) {
        return {"default", name};
    }

    runtime::VirtualRuntime time{};
    store::Store store{};
    registry::Registry registry{store, time, Random{1}};
    FakeContainerRuntime containers{};
    Kubelets kubelets;
};

}  // namespace wavetank::node::test
