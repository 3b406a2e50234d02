#include "node/node_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t mebibyte = 1024 * 1024;

class Pressure : public testing::Test {
protected:
    Pressure() {
        auto node = *cluster.store.get<api::corev1::Node>({"", "node-1"});
        node.status.capacity["memory"] = api::Quantity::parse("1Gi").value();
        EXPECT_TRUE(cluster.registry.update_status(std::move(node)));
    }

    void run_pod(const std::string& name, const std::string& request = {},
                 const std::string& priority_class = {}) {
        auto pod = test::NodeCluster::pod_named(name);
        auto& body = pod.spec.edit();
        body.priorityClassName = priority_class;
        body.terminationGracePeriodSeconds = 30;
        if (!request.empty()) {
            body.containers[0].resources.requests["memory"] = api::Quantity::parse(request).value();
        }
        pod.metadata.namespace_ = priority_class.empty() ? "default" : "kube-system";
        cluster.run_pod(std::move(pod));
        cluster.pass(1s);
    }

    void use(const std::vector<std::pair<std::string, std::int64_t>>& mebibytes) {
        std::vector<ContainerUsage> usage;
        for (const auto& [name, amount] : mebibytes) {
            usage.push_back({test::NodeCluster::key(name), "main", amount * mebibyte});
        }
        cluster.kubelets.observe_usage(usage);
        cluster.pass(10s);
    }

    std::string node_condition(const std::string& type) {
        const auto node = cluster.store.get<api::corev1::Node>({"", "node-1"});
        for (const auto& condition : node->status.conditions) {
            if (condition.type == type) {
                return condition.status + " " + condition.reason;
            }
        }
        return "absent";
    }

    std::string phase(const std::string& name, const std::string& in = "default") {
        const auto pod = cluster.store.get<api::corev1::Pod>({in, name});
        return pod->status.phase + " " + *pod->status->reason;
    }

    test::NodeCluster cluster{{.heartbeats = Heartbeats::Off}};
};

TEST_F(Pressure, EvictsWhoeverIsFarthestAboveItsRequests) {
    run_pod("modest", "600Mi");
    run_pod("greedy", "100Mi");
    run_pod("small");
    use({{"modest", 500}, {"greedy", 350}, {"small", 50}});
    EXPECT_EQ(node_condition("MemoryPressure"), "False KubeletHasSufficientMemory");
    use({{"modest", 500}, {"greedy", 400}, {"small", 50}});

    EXPECT_EQ(node_condition("MemoryPressure"), "True KubeletHasInsufficientMemory");
    EXPECT_EQ(phase("greedy"), "Failed Evicted");
    EXPECT_EQ(phase("modest"), "Running ");
    EXPECT_EQ(phase("small"), "Running ");
    const std::string message =
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 74Mi. "
        "Container main was using 400Mi, request is 100Mi, has larger consumption of memory. ";
    EXPECT_EQ(*cluster.pod("greedy").status->message, message);
    EXPECT_THAT(cluster.events(), Contains("Warning Evicted " + message));
    EXPECT_EQ(cluster.condition("greedy", "DisruptionTarget"), "True");
    EXPECT_THAT(cluster.containers.calls, Contains("stop greedy/main"));
}

TEST_F(Pressure, StaysForFiveMinutes) {
    run_pod("web");
    use({{"web", 1000}});
    EXPECT_EQ(phase("web"), "Failed Evicted");
    use({});
    cluster.pass(4min);
    use({});
    EXPECT_EQ(node_condition("MemoryPressure"), "True KubeletHasInsufficientMemory");
    cluster.pass(1min);
    use({});

    EXPECT_EQ(node_condition("MemoryPressure"), "False KubeletHasSufficientMemory");
}

TEST_F(Pressure, KillsWhatIsBusyAfterASecond) {
    run_pod("web");
    cluster.containers.busy = {"web/main"};
    cluster.kubelets.observe_usage(
        std::vector<ContainerUsage>{{test::NodeCluster::key("web"), "main", 1000 * mebibyte}});
    EXPECT_EQ(phase("web"), "Running Evicted");
    cluster.pass(1s);

    EXPECT_EQ(phase("web"), "Failed Evicted");
    EXPECT_EQ(cluster.main_of("web").state.terminated->exitCode, 137);
}

TEST_F(Pressure, OfAShutdownFailsCriticalPodsLast) {
    run_pod("web");
    run_pod("dns", "", "system-cluster-critical");
    cluster.containers.busy = {"web/main"};
    cluster.kubelets.shut_down("node-1", {.regular = 20s, .critical = 10s});
    cluster.pass(1s);
    EXPECT_EQ(node_condition("Ready"), "False KubeletNotReady");
    EXPECT_EQ(phase("web"), "Running Terminated");
    run_pod("late");
    EXPECT_EQ(phase("late"), "Failed NodeShutdown");
    cluster.pass(17s);
    EXPECT_EQ(phase("dns", "kube-system"), "Running ");
    cluster.pass(2s);

    EXPECT_EQ(phase("web"), "Failed Terminated");
    EXPECT_EQ(*cluster.pod("web").status->message,
              "Pod was terminated in response to imminent node shutdown.");
    EXPECT_EQ(phase("dns", "kube-system"), "Failed Terminated");
    cluster.kubelets.silence("node-1");
    cluster.kubelets.wake("node-1");
    cluster.pass(1s);
    EXPECT_EQ(node_condition("Ready"), "True KubeletReady");
}

}  // namespace
}  // namespace wavetank::node
