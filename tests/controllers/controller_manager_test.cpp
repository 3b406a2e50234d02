#include <wavetank/controllers/controller_manager.hpp>

#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using api::corev1::Event;
using api::corev1::Namespace;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Service;
using api::discoveryv1::EndpointSlice;

/// A cluster with all default controllers, whose pods are bound and made ready by hand.
class Cluster {
public:
    explicit Cluster(EventPolicy events = EventPolicy::None, ControllerTiming timing = {})
        : registry(store, runtime, Random{1}),
          manager(registry, runtime, {.events = events, .timing = timing}) {
        static_cast<void>(registry.create(Node{.metadata = {.name = "n1"}}).value());
    }

    void deploy(std::int32_t replicas) {
        Deployment deployment;
        deployment.metadata.name = "web";
        deployment.metadata.namespace_ = "default";
        deployment.spec.replicas = replicas;
        deployment.spec.selector.emplace().matchLabels = {{"app", "web"}};
        deployment.spec.template_.metadata.labels.edit() = {{"app", "web"}};
        deployment.spec.template_.spec.edit().containers.push_back({.name = "c", .image = "v1"});
        static_cast<void>(registry.create(std::move(deployment)).value());
        settle();
    }

    void expose() {
        Service service;
        service.metadata.name = "web";
        service.metadata.namespace_ = "default";
        service.spec.selector = {{"app", "web"}};
        service.spec.ports.push_back({.port = 80});
        static_cast<void>(registry.create(std::move(service)).value());
        settle();
    }

    /// Runs every pod on the one node.
    void run_pods() {
        int number = 0;
        for (const auto& stored : store.list<Pod>()) {
            ++number;
            if (stored->metadata.deletionTimestamp || !stored->spec.nodeName.empty()) {
                continue;
            }
            Pod pod = *registry.bind(store::key_of(*stored), "n1").value();
            pod.status.phase = "Running";
            pod.status.podIP =
                "10.0." + std::to_string(number / 250) + "." + std::to_string(1 + number % 250);
            pod.status.podIPs = {{.ip = pod.status.podIP}};
            pod.status.conditions.edit() = {{.type = "Ready",
                                             .status = "True",
                                             .lastTransitionTime = api::Time{runtime.wall()}}};
            static_cast<void>(registry.update_status(std::move(pod)).value());
        }
        settle();
    }

    /// Takes away the pods that are being deleted.
    void end_pods() {
        for (const auto& pod : store.list<Pod>()) {
            if (pod->metadata.deletionTimestamp) {
                static_cast<void>(
                    registry.remove<Pod>(store::key_of(*pod), {.grace_period_seconds = 0}));
            }
        }
        settle();
    }

    void settle() {
        runtime.run_until(runtime.now() + 1s);
    }

    runtime::VirtualRuntime runtime;
    store::Store store;
    registry::Registry registry;
    ControllerManager manager;
};

TEST(ControllerManager, RunsADeploymentsPodsAndListsThemBehindTheirService) {
    Cluster cluster;
    cluster.deploy(3);
    cluster.expose();
    cluster.run_pods();

    const auto deployment = cluster.store.get<Deployment>({"default", "web"});
    const auto slices = cluster.store.list<EndpointSlice>();
    EXPECT_EQ(deployment->status.availableReplicas, 3);
    ASSERT_EQ(slices.size(), 1U);
    EXPECT_EQ(slices.front()->endpoints.size(), 3U);
    EXPECT_EQ(slices.front()->metadata.labels->at("kubernetes.io/service-name"), "web");
    EXPECT_TRUE(cluster.manager.idle());
}

Node node_in(const std::string& zone) {
    Node node{.metadata = {.name = "n1"}};
    node.metadata.labels.edit()["topology.kubernetes.io/zone"] = zone;
    return node;
}

// Changes the one pod, as nodes wake no Service, and returns the zone of its endpoint: a word if it
// has no zone, or is not there.
std::string zone_after_a_change(Cluster& cluster) {
    Pod pod = *cluster.store.list<Pod>().front();
    pod.metadata.labels.edit()["changed"] = std::to_string(cluster.store.version());
    static_cast<void>(cluster.registry.update(std::move(pod)).value());
    cluster.settle();
    const auto slices = cluster.store.list<EndpointSlice>();
    if (slices.size() != 1 || slices.front()->endpoints.empty()) {
        return "no endpoint";
    }
    const auto& zone = (*slices.front()->endpoints.front())->zone;
    return zone ? std::string{*zone} : "no zone";
}

TEST(ControllerManager, ListsAPodInTheZoneThatItsNodeHasNow) {
    Cluster cluster;
    cluster.deploy(1);
    cluster.expose();
    cluster.run_pods();
    EXPECT_EQ(zone_after_a_change(cluster), "no zone");

    static_cast<void>(cluster.registry.update(node_in("a")).value());
    EXPECT_EQ(zone_after_a_change(cluster), "a");

    static_cast<void>(cluster.registry.update(node_in("b")).value());
    EXPECT_EQ(zone_after_a_change(cluster), "b");

    static_cast<void>(cluster.registry.remove<Node>({"", "n1"}).value());
    EXPECT_EQ(zone_after_a_change(cluster), "no endpoint");

    static_cast<void>(cluster.registry.create(node_in("c")).value());
    EXPECT_EQ(zone_after_a_change(cluster), "c");
}

// Which Services list the pods' labels is known from when this one did not.
TEST(ControllerManager, FollowsThePodsOfAServiceThatWasAnExternalName) {
    Cluster cluster;
    Service service;
    service.metadata = {.name = "web", .namespace_ = "default"};
    service.spec.type = "ExternalName";
    service.spec.externalName = "example.com";
    service.spec.selector = {{"app", "web"}};
    service.spec.ports.push_back({.port = 80});
    static_cast<void>(cluster.registry.create(std::move(service)).value());
    cluster.deploy(2);
    cluster.run_pods();

    service = *cluster.store.get<Service>({"default", "web"});
    service.spec.type = "ClusterIP";
    service.spec.externalName = "";
    static_cast<void>(cluster.registry.update(std::move(service)).value());
    cluster.settle();
    const auto pod = store::key_of(*cluster.store.list<Pod>().front());
    static_cast<void>(cluster.registry.remove<Pod>(pod, {.grace_period_seconds = 0}).value());
    cluster.settle();

    const auto slices = cluster.store.list<EndpointSlice>();
    ASSERT_EQ(slices.size(), 1U);
    EXPECT_EQ(slices.front()->endpoints.size(), 1U);
}

TEST(ControllerManager, AdoptsAPodThatMatchesAndReleasesOneThatNoLongerDoes) {
    Cluster cluster;
    cluster.deploy(2);
    const auto set = cluster.store.list<ReplicaSet>().front();
    Pod released = *cluster.store.list<Pod>().front();
    const std::string name = released.metadata.name;
    released.metadata.labels.edit()["app"] = "debug";
    static_cast<void>(cluster.registry.update(std::move(released)).value());
    cluster.settle();

    EXPECT_TRUE(cluster.store.get<Pod>({"default", name})->metadata.ownerReferences->empty());
    EXPECT_EQ(cluster.store.size<Pod>(), 3U);

    Pod adopted = *cluster.store.get<Pod>({"default", name});
    adopted.metadata.labels = set->spec.template_.metadata.labels;
    static_cast<void>(cluster.registry.update(std::move(adopted)).value());
    cluster.settle();

    // One pod too many: of the three, one goes.
    EXPECT_EQ(cluster.store.size<Pod>(), 2U);
    EXPECT_EQ(cluster.store.get<ReplicaSet>({"default", set->metadata.name})->status.replicas, 2);
}

TEST(ControllerManager, DeletesInTheBackgroundWhatADeploymentOwned) {
    Cluster cluster;
    cluster.deploy(3);
    cluster.run_pods();

    static_cast<void>(cluster.registry.remove<Deployment>({"default", "web"}).value());
    cluster.settle();
    EXPECT_EQ(cluster.store.size<Deployment>(), 0U);
    EXPECT_EQ(cluster.store.size<ReplicaSet>(), 0U);
    EXPECT_EQ(cluster.store.size<Pod>(), 3U);  // they have thirty seconds left
    cluster.end_pods();

    EXPECT_EQ(cluster.store.size<Pod>(), 0U);
}

// Who depends on whom is found out when the first owner goes, and followed from then on.
TEST(ControllerManager, DeletesWhatAnOwnerOwnedThatCameAfterTheFirstHadGone) {
    Cluster cluster;
    for (int round = 0; round < 3; ++round) {
        cluster.deploy(3);
        cluster.run_pods();
        ASSERT_EQ(cluster.store.size<Pod>(), 3U);

        static_cast<void>(cluster.registry.remove<Deployment>({"default", "web"}).value());
        cluster.settle();
        cluster.end_pods();

        EXPECT_EQ(cluster.store.size<ReplicaSet>(), 0U);
        EXPECT_EQ(cluster.store.size<Pod>(), 0U);
    }
}

TEST(ControllerManager, KeepsAnOwnerUntilItsDependentsAreGoneInTheForeground) {
    Cluster cluster;
    cluster.deploy(3);
    cluster.run_pods();

    static_cast<void>(cluster.registry
                          .remove<Deployment>({"default", "web"},
                                              {.propagation = registry::Propagation::Foreground})
                          .value());
    cluster.settle();
    EXPECT_EQ(cluster.store.size<Deployment>(), 1U);
    EXPECT_EQ(cluster.store.size<ReplicaSet>(), 1U);
    cluster.end_pods();

    EXPECT_EQ(cluster.store.size<Pod>(), 0U);
    EXPECT_EQ(cluster.store.size<ReplicaSet>(), 0U);
    EXPECT_EQ(cluster.store.size<Deployment>(), 0U);
}

TEST(ControllerManager, LeavesDependentsAloneWhenTheirOwnerGoesAsOrphaning) {
    Cluster cluster;
    cluster.deploy(3);

    static_cast<void>(
        cluster.registry
            .remove<Deployment>({"default", "web"}, {.propagation = registry::Propagation::Orphan})
            .value());
    cluster.settle();

    EXPECT_EQ(cluster.store.size<Deployment>(), 0U);
    ASSERT_EQ(cluster.store.size<ReplicaSet>(), 1U);
    EXPECT_TRUE(cluster.store.list<ReplicaSet>().front()->metadata.ownerReferences->empty());
    EXPECT_EQ(cluster.store.size<Pod>(), 3U);
}

TEST(ControllerManager, EmptiesANamespaceBeforeItGoes) {
    Cluster cluster;
    static_cast<void>(cluster.registry.create(Namespace{.metadata = {.name = "shop"}}).value());
    Service service;
    service.metadata = {.name = "web", .namespace_ = "shop"};
    service.spec.selector = {{"app", "web"}};
    service.spec.ports.push_back({.port = 80});
    static_cast<void>(cluster.registry.create(std::move(service)).value());
    cluster.settle();
    EXPECT_EQ(cluster.store.list<EndpointSlice>("shop").size(), 1U);

    static_cast<void>(cluster.registry.remove<Namespace>({"", "shop"}).value());
    cluster.settle();

    EXPECT_EQ(cluster.store.get<Namespace>({"", "shop"}), nullptr);
    EXPECT_TRUE(cluster.store.list<Service>("shop").empty());
    EXPECT_TRUE(cluster.store.list<EndpointSlice>("shop").empty());
}

TEST(ControllerManager, RecordsWhatItDidInUpstreamsWords) {
    Cluster cluster{EventPolicy::Correlated};
    cluster.deploy(1);

    std::string texts;
    for (const auto& event : cluster.store.list<Event>("default")) {
        texts += event->reason + ": " + event->message + "\n";
    }
    const std::string set = cluster.store.list<ReplicaSet>().front()->metadata.name;
    const std::string pod = cluster.store.list<Pod>().front()->metadata.name;
    EXPECT_EQ(texts, "SuccessfulCreate: Created pod: " + pod +
                         "\nScalingReplicaSet: Scaled up replica set " + set + " from 0 to 1\n");
}

TEST(ControllerManager, TakesTheTimeThatNoticesAndRequestsTake) {
    Cluster cluster{EventPolicy::None,
                    {.notice = 200ms, .client = {.per_second = 20, .burst = 30}}};

    cluster.deploy(50);  // and lets a second pass

    EXPECT_EQ(cluster.store.size<Pod>(), 50U);
    const auto sets = cluster.store.list<ReplicaSet>();
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets[0]->status.replicas, 0) << "its controller still has requests to make";
    cluster.settle();
    EXPECT_EQ(cluster.store.list<ReplicaSet>()[0]->status.replicas, 50);
}

}  // namespace
}  // namespace wavetank::controllers
