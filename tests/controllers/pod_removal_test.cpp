// Pods that others than their owners remove, or mark for it.

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::PodCondition;

class PodRemoval : public testing::Test {
protected:
    PodRemoval() {
        Node node;
        node.metadata.name = "n1";
        static_cast<void>(registry.create(std::move(node)).value());
        pass(0s);
    }

    void run_pod(const std::string& name, const std::string& node) {
        Pod pod;
        pod.metadata.name = name;
        pod.metadata.namespace_ = "default";
        pod.spec.edit().containers.push_back({.name = "c", .image = "i"});
        pod.spec.nodeName = node;
        Pod made = *registry.create(std::move(pod)).value();
        made.status.phase = "Running";
        static_cast<void>(registry.update_status(std::move(made)).value());
    }

    template <class Change>
    void change_node(Change change) {
        Node node = *store.get<Node>({.name = "n1"});
        change(node);
        static_cast<void>(registry.update(std::move(node)).value());
    }

    api::Pointer<const Pod> find(const std::string& name) {
        return store.get<Pod>({.namespace_ = "default", .name = name});
    }

    void pass(Duration duration) {
        runtime.run_until(runtime.now() + duration);
    }

    runtime::VirtualRuntime runtime{};
    store::Store store{};
    registry::Registry registry{store, runtime, Random{1}};
    ControllerManager manager{registry, runtime, {}};
};

TEST_F(PodRemoval, CollectsPodsOfNodesThatAreGone) {
    run_pod("web", "n1");
    pass(5s);
    ASSERT_TRUE(registry.remove<Node>({.name = "n1"}));
    // It is seen at 20 s, and believed 40 s later.
    pass(50s);
    EXPECT_NE(find("web"), nullptr);
    pass(10s);

    EXPECT_EQ(find("web"), nullptr);
}

TEST_F(PodRemoval, LeavesPodsWhoseNodeComesBack) {
    run_pod("web", "n1");
    ASSERT_TRUE(registry.remove<Node>({.name = "n1"}));
    pass(30s);
    Node node;
    node.metadata.name = "n1";
    static_cast<void>(registry.create(std::move(node)).value());
    pass(5min);

    EXPECT_NE(find("web"), nullptr);
}

TEST_F(PodRemoval, CollectsWhatTerminatesOutOfService) {
    run_pod("web", "n1");
    ASSERT_TRUE(registry.remove<Pod>({.namespace_ = "default", .name = "web"}));
    pass(5min);
    EXPECT_NE(find("web"), nullptr);
    change_node([](Node& node) {
        node.spec.taints.push_back(
            {.key = "node.kubernetes.io/out-of-service", .effect = "NoSchedule"});
    });
    pass(20s);

    EXPECT_EQ(find("web"), nullptr);
}

TEST_F(PodRemoval, EvictsByTaintAsSoonAsPatienceEnds) {
    run_pod("web", "n1");
    const auto set_taint = [](Node& node) {
        node.spec.taints.push_back(
            {.key = "node.kubernetes.io/unreachable", .effect = "NoExecute"});
    };
    change_node(set_taint);
    pass(299s);
    EXPECT_FALSE(find("web")->metadata.deletionTimestamp);
    change_node([](Node& node) { node.spec.taints.clear(); });
    pass(10s);
    change_node(set_taint);
    pass(299s);
    EXPECT_FALSE(find("web")->metadata.deletionTimestamp);
    pass(1s);

    ASSERT_TRUE(find("web")->metadata.deletionTimestamp);
    EXPECT_EQ(find("web")->status.conditions->back().reason, "DeletionByTaintManager");
}

TEST_F(PodRemoval, TakesBackADisruptionThatDoesNotCome) {
    run_pod("web", "n1");
    Pod marked = *find("web");
    marked.status.conditions.edit().push_back({.type = "DisruptionTarget",
                                               .status = "True",
                                               .lastTransitionTime = api::Time{runtime.wall()},
                                               .reason = "PreemptionByScheduler"});
    static_cast<void>(registry.update_status(std::move(marked)).value());
    const auto target = [this] {
        const auto pod = find("web");
        const auto& conditions = *pod->status.conditions;
        return *std::ranges::find(conditions, "DisruptionTarget", &PodCondition::type);
    };
    pass(119s);
    EXPECT_EQ(target().status, "True");
    pass(1s);

    EXPECT_EQ(target().status, "False");
    EXPECT_EQ(target().observedGeneration, find("web")->metadata.generation);
}

}  // namespace
}  // namespace wavetank::controllers
