// Controllers whose watch comes after that of somebody who writes as soon as it is told of a
// change: they are told of what that has written before they are told of the change itself.

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::coordinationv1::Lease;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Service;
using api::discoveryv1::EndpointSlice;

constexpr const char* zone_label = "topology.kubernetes.io/zone";

class NestedEvents : public testing::Test {
protected:
    /// Calls `write` with what is made from now on. To be called before `start`.
    template <class T>
    store::Subscription on_added(std::function<void(T)> write) {
        return store.watch<T>([write = std::move(write)](const store::WatchEvent<T>& event) {
            if (event.type == store::EventType::Added) {
                write(*event.object);
            }
        });
    }

    void start() {
        manager.emplace(registry, runtime, ControllerManagerOptions{});
    }

    void settle() {
        runtime.run_until(runtime.now() + 2s);
    }

    api::Pointer<const Lease> lease(const std::string& name,
                                    std::vector<api::metav1::OwnerReference> owners) {
        Lease result;
        result.metadata.name = name;
        result.metadata.namespace_ = "default";
        result.metadata.ownerReferences = std::move(owners);
        return registry.create(std::move(result)).value();
    }

    static api::metav1::OwnerReference owned_by(const Lease& owner) {
        return {.apiVersion = "coordination.k8s.io/v1",
                .kind = "Lease",
                .name = owner.metadata.name,
                .uid = owner.metadata.uid};
    }

    void run_pod() {
        Pod pod;
        pod.metadata.name = "web";
        pod.metadata.namespace_ = "default";
        pod.metadata.labels.edit() = {{"app", "web"}};
        pod.spec.edit().containers.push_back({.name = "c", .image = "v1"});
        pod.spec.nodeName = "n1";
        Pod made = *registry.create(std::move(pod)).value();
        made.status.phase = "Running";
        made.status.podIP = "10.0.0.1";
        made.status.podIPs = {{.ip = "10.0.0.1"}};
        static_cast<void>(registry.update_status(std::move(made)).value());
    }

    runtime::VirtualRuntime runtime{};
    store::Store store{};
    registry::Registry registry{store, runtime, Random{1}};
    std::optional<ControllerManager> manager{};
};

TEST_F(NestedEvents, ShowTheZoneThatANodeHasBeenGivenAtOnce) {
    const auto subscription = on_added<Node>([this](Node node) {
        node.metadata.labels.edit()[zone_label] = "b";
        static_cast<void>(registry.update(std::move(node)).value());
    });
    start();
    Node node;
    node.metadata = {.name = "n1"};
    node.metadata.labels.edit()[zone_label] = "a";
    static_cast<void>(registry.create(std::move(node)).value());
    run_pod();
    Service service;
    service.metadata = {.name = "web", .namespace_ = "default"};
    service.spec.selector = {{"app", "web"}};
    service.spec.ports.push_back({.port = 80});
    static_cast<void>(registry.create(std::move(service)).value());
    settle();

    const auto slices = store.list<EndpointSlice>();
    ASSERT_EQ(slices.size(), 1U);
    ASSERT_EQ(slices[0]->endpoints.size(), 1U);
    EXPECT_EQ((*slices[0]->endpoints[0])->zone, "b");
}

TEST_F(NestedEvents, LetAServiceSelectByWhatItHasBeenGivenAtOnce) {
    const auto subscription = on_added<Service>([this](Service service) {
        service.spec.selector = {{"app", "web"}};
        static_cast<void>(registry.update(std::move(service)).value());
    });
    start();
    static_cast<void>(registry.create(Node{.metadata = {.name = "n1"}}).value());
    Service service;
    service.metadata = {.name = "web", .namespace_ = "default"};
    service.spec.selector = {{"app", "other"}};
    service.spec.ports.push_back({.port = 80});
    static_cast<void>(registry.create(std::move(service)).value());
    settle();

    run_pod();
    settle();

    const auto slices = store.list<EndpointSlice>();
    ASSERT_EQ(slices.size(), 1U);
    EXPECT_EQ(slices[0]->endpoints.size(), 1U);
}

// The middle one is waited for, but nothing depends on it any more: it goes in one step, without
// being marked as waiting for dependents.
TEST_F(NestedEvents, LeaveNobodyWithDependentsThatAreGone) {
    bool was_marked = false;
    const auto subscription = on_added<Lease>([this](Lease lease) {
        for (auto& owner : lease.metadata.ownerReferences.edit()) {
            owner.blockOwnerDeletion = true;
        }
        static_cast<void>(registry.update(std::move(lease)).value());
    });
    const auto observer = store.watch<Lease>([&](const store::WatchEvent<Lease>& event) {
        was_marked |= event.type == store::EventType::Modified &&
                      event.object->metadata.name == "middle" &&
                      event.object->metadata.deletionTimestamp;
    });
    start();
    const auto top = lease("top", {});
    Lease lost;  // never was there, so that the middle one is the first to be looked at
    lost.metadata.name = "lost";
    lost.metadata.uid = "5e1f0000-0000-4000-8000-000000000000";
    const auto middle = lease("middle", {owned_by(*top), owned_by(lost)});
    static_cast<void>(lease("leaf", {owned_by(*middle)}));
    static_cast<void>(registry.remove<Lease>({"default", "leaf"}).value());

    static_cast<void>(
        registry
            .remove<Lease>({"default", "top"}, {.propagation = registry::Propagation::Foreground})
            .value());
    settle();

    EXPECT_EQ(store.size<Lease>(), 0U);
    EXPECT_FALSE(was_marked);
}

}  // namespace
}  // namespace wavetank::controllers
