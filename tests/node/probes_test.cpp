#include "node_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using api::corev1::Pod;
using api::corev1::Probe;
using test::NodeCluster;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Probe http_probe(std::int32_t period, std::int32_t failures = 3) {
    Probe probe{.timeoutSeconds = 1,
                .periodSeconds = period,
                .successThreshold = 1,
                .failureThreshold = failures};
    probe.httpGet = api::corev1::HTTPGetAction{.path = "/healthz", .port = "web"};
    return probe;
}

/// A cluster in which a program needs so long from its start until it answers.
struct ProbedCluster : NodeCluster {
    explicit ProbedCluster(Duration up)
        : NodeCluster{{.readiness = Distribution::constant(up), .heartbeats = Heartbeats::Off}} {}

    template <class Change>
    void run(Change change) {
        Pod pod = pod_named("web");
        auto& main = pod.spec.edit().containers.front();
        main.ports = {{.name = "web", .containerPort = 8080}};
        change(main);
        run_pod(std::move(pod));
        settle();
    }
    void health(ContainerHealth health) {
        kubelets.health_changed(key("web"), "main", health);
        settle();
    }
};

TEST(Probes, LookAtOnceAndThenEveryPeriodWhetherAPodIsReady) {
    ProbedCluster cluster{500ms};
    cluster.run([](auto& main) { main.readinessProbe = http_probe(10); });

    cluster.pass(9999ms);
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");
    EXPECT_TRUE(cluster.main_of("web").started.value_or(false));
    cluster.pass(1ms);

    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    EXPECT_THAT(cluster.events(),
                Contains("Warning Unhealthy Readiness probe failed: Get "
                         "\"http://10.244.1.2:8080/healthz\": dial tcp 10.244.1.2:8080: connect: "
                         "connection refused"));
}

TEST(Probes, DoNotLookBeforeTheirInitialDelay) {
    ProbedCluster cluster{0ms};
    cluster.run([](auto& main) {
        main.readinessProbe = http_probe(10);
        main.readinessProbe->initialDelaySeconds = 15;
    });

    cluster.pass(19999ms);
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");
    cluster.pass(1ms);

    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    EXPECT_THAT(cluster.events(), Not(Contains(HasSubstr("Unhealthy"))));
}

TEST(Probes, WantAsManySuccessesAsTheyAreTold) {
    ProbedCluster cluster{0ms};
    cluster.run([](auto& main) {
        main.readinessProbe = http_probe(2);
        main.readinessProbe->successThreshold = 3;
    });

    cluster.pass(3999ms);
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");
    cluster.pass(1ms);

    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(Probes, TakeAHungPodOutOfServiceAndBackInAgain) {
    ProbedCluster cluster{0ms};
    cluster.run([](auto& main) { main.readinessProbe = http_probe(10); });
    cluster.pass(5s);

    cluster.health(ContainerHealth::Hanging);  // looks at 10, 20 and 30 s, each for a second
    cluster.pass(25999ms);
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    cluster.pass(1ms);
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");
    EXPECT_THAT(cluster.events(),
                Contains("Warning Unhealthy Readiness probe failed: Get "
                         "\"http://10.244.1.2:8080/healthz\": context deadline exceeded "
                         "(Client.Timeout exceeded while awaiting headers) x3"));
    EXPECT_EQ(cluster.main_of("web").restartCount, 0);

    cluster.health(ContainerHealth::Healthy);
    cluster.pass(10s);
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(Probes, RestartAContainerThatIsNotAlive) {
    ProbedCluster cluster{0ms};
    cluster.run([](auto& main) {
        main.livenessProbe = http_probe(5, 2);
        main.livenessProbe->terminationGracePeriodSeconds = 7;
    });
    cluster.pass(1s);

    cluster.health(ContainerHealth::Hanging);  // looks at 5 and 10 s
    cluster.pass(10s);
    EXPECT_THAT(cluster.events(),
                Contains("Normal Killing Container main failed liveness probe, will be restarted"));
    cluster.pass(6999ms);
    EXPECT_EQ(cluster.main_of("web").restartCount, 0);
    cluster.pass(1ms);

    EXPECT_EQ(cluster.main_of("web").restartCount, 1);
    EXPECT_EQ(cluster.main_of("web").lastState.terminated->exitCode, 137);
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    cluster.pass(1h);
    EXPECT_EQ(cluster.main_of("web").restartCount, 1);
}

TEST(Probes, OfTheSystemDoNotSeeThatAProgramHangs) {
    ProbedCluster cluster{0ms};
    cluster.run([](auto& main) {
        main.livenessProbe = http_probe(5);
        main.livenessProbe->httpGet.reset();
        main.livenessProbe->tcpSocket = api::corev1::TCPSocketAction{.port = 8080};
    });

    cluster.health(ContainerHealth::Hanging);
    cluster.pass(10min);

    EXPECT_EQ(cluster.main_of("web").restartCount, 0);
}

TEST(Probes, KillAProgramThatIsUpTooLateWithoutAStartupProbe) {
    ProbedCluster cluster{40s};
    cluster.run([](auto& main) { main.livenessProbe = http_probe(10, 3); });

    cluster.pass(30s);

    EXPECT_EQ(cluster.main_of("web").restartCount, 1);
    EXPECT_EQ(cluster.main_of("web").lastState.terminated->exitCode, 143);
}

TEST(Probes, OfOtherKindsWaitForTheStartupProbe) {
    ProbedCluster cluster{40s};
    cluster.run([](auto& main) {
        main.startupProbe = http_probe(10, 30);
        main.livenessProbe = http_probe(10);
        main.readinessProbe = http_probe(10);
    });

    cluster.pass(39999ms);
    EXPECT_FALSE(cluster.main_of("web").started.value_or(true));
    cluster.pass(1ms);

    EXPECT_TRUE(cluster.main_of("web").started.value_or(false));
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    EXPECT_EQ(cluster.main_of("web").restartCount, 0);
}

TEST(Probes, ThatAreContentCostNothing) {
    ProbedCluster cluster{0ms};
    cluster.run([](auto& main) {
        main.livenessProbe = http_probe(10);
        main.readinessProbe = http_probe(10);
    });
    cluster.pass(1min);
    const auto before = cluster.store.version();

    cluster.pass(24h);

    EXPECT_EQ(cluster.store.version(), before);
    EXPECT_EQ(cluster.time.pending(), 0U);
}

}  // namespace
}  // namespace wavetank::node
