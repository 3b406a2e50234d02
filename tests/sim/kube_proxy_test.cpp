// Clients without proxies: what kube-proxy and their connections make of a run.

#include <wavetank/sim/data_plane.hpp>

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

class KubeProxyTest : public test::ManifestRun {
protected:
    static std::string scenario(const std::string& more = "") {
        return test::own("Scenario", "plain",
                         "proxy: kube-proxy, nodePools: [{count: 2, zones: [a, b], capacity: {cpu: "
                         "'16', memory: 16Gi, pods: '50'}}]" +
                             more);
    }
    // Pods of one name on both nodes, and a Service of the same name.
    static std::string site(int replicas, const std::string& service = "",
                            const std::string& model = "work: 1ms") {
        return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: " +
               std::to_string(replicas) +
               ", selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, "
               "spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: "
               "kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: "
               "{matchLabels: {app: web}}}], containers: [{name: main, image: web}]}}}}\n---\n"
               "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: "
               "web}, ports: [{port: 80}]" +
               service + "}}\n---\n" + test::model("web", model);
    }
    // A node's pods take ten times as long.
    static std::string slow_node(const std::string& node) {
        return test::own("Fault", "slow",
                         "nodes: {matchLabels: {kubernetes.io/hostname: " + node +
                             "}}, at: 9s, slowDown: {factor: 10}");
    }
    static ServiceReport visitors(const std::string& manifests) {
        return load_figures(run(manifests), "visitors");
    }
};

// One at a time, a client needs one connection; its endpoint gets everything.
TEST_F(KubeProxyTest, KeepsAConnectionAndItsEndpoint) {
    const std::string slow_half = site(10) + slow_node("node-1");
    const ServiceReport pinned = visitors(
        scenario() + slow_half + test::load("rate: 10, duration: 20s, arrivals: Constant"));
    EXPECT_EQ(pinned.latency.p50, pinned.latency.max);
    EXPECT_EQ(pinned.errors, 0U);

    const ServiceReport spread =
        visitors(scenario(", keepAlive: 0s") + slow_half +
                 test::load("rate: 10, duration: 20s, arrivals: Constant"));
    EXPECT_EQ(spread.latency.max, 10ms);
    EXPECT_GT(spread.latency.mean, 3ms);
    EXPECT_LT(spread.latency.mean, 8ms);
}

// After a pause, there is no connection any more.
TEST_F(KubeProxyTest, MakesAnotherConnectionAfterOneHasIdledForTooLong) {
    const ServiceReport spread =
        visitors(scenario(", keepAlive: 50ms") + site(10) + slow_node("node-1") +
                 test::load("rate: 10, duration: 20s, arrivals: Constant"));
    EXPECT_EQ(spread.latency.max, 10ms);
    EXPECT_LT(spread.latency.mean, 8ms);
}

// A new connection each time, but to the same endpoint.
TEST_F(KubeProxyTest, BindsAClientToAnEndpointIfTheServiceSaysSo) {
    const ServiceReport bound =
        visitors(scenario(", keepAlive: 0s") + site(10, ", sessionAffinity: ClientIP") +
                 slow_node("node-1") + test::load("rate: 10, duration: 20s, arrivals: Constant"));
    EXPECT_EQ(bound.latency.p50, bound.latency.max);
}

// Two pods take turns, each new connection the other one; unless the client is bound to one.
TEST_F(KubeProxyTest, WorksByIpvsIfTheBalancerIsOneOfIpvs) {
    const auto load = [](const std::string& service) {
        return visitors(scenario(", keepAlive: 0s, loadBalancer: IPVS_RR") + site(2, service) +
                        slow_node("node-1") +
                        test::load("rate: 10, duration: 20s, arrivals: Constant"));
    };
    const ServiceReport in_turn = load("");
    EXPECT_EQ(in_turn.latency.max, 10ms);
    EXPECT_NEAR(std::chrono::duration<double>(in_turn.latency.mean).count(), 5.5e-3, 1e-4);
    for (const std::string more :
         {"", ", sessionAffinityConfig: {clientIP: {timeoutSeconds: 1}}"}) {
        const ServiceReport bound = load(", sessionAffinity: ClientIP" + more);
        EXPECT_EQ(bound.latency.p50, bound.latency.max);
        EXPECT_EQ(bound.errors, 0U);
    }
}

TEST_F(KubeProxyTest, GoesOnAtAPodThatEndsAndThenElsewhere) {
    const ServiceReport load =
        visitors(scenario(", actions: [{at: 20s, scale: {name: web, replicas: 1}}]") + site(2) +
                 test::load("rate: 50, duration: 30s, arrivals: Constant"));
    EXPECT_EQ(load.errors, 0U);
}

TEST_F(KubeProxyTest, RefusesAtOnceWhereThereIsNoEndpoint) {
    const ServiceReport load =
        visitors(scenario() + site(0) + test::load("rate: 10, duration: 20s, arrivals: Constant"));
    EXPECT_EQ(load.errors, load.requests);
    EXPECT_EQ(load.latency.max, 0ns);
}

TEST_F(KubeProxyTest, APolicyLocalStaysOnTheNode) {
    const std::string local =
        scenario() + site(10, ", internalTrafficPolicy: Local") + slow_node("node-1");
    const auto from = [](const std::string& node) {
        return test::load("rate: 10, duration: 20s, arrivals: Constant, from: {node: " + node +
                          "}");
    };
    EXPECT_EQ(visitors(local + from("node-1")).latency.mean, 10ms);
    EXPECT_EQ(visitors(local + from("node-2")).latency.mean, 1ms);
}

// None on its node, some elsewhere: nobody answers, so that no request ends within the run.
TEST_F(KubeProxyTest, DropsWhatMayNotLeaveTheNode) {
    const ServiceReport load =
        visitors(scenario() + site(1, ", internalTrafficPolicy: Local") +
                 test::load("rate: 10, duration: 20s, arrivals: Constant, from: {node: nowhere}"));
    EXPECT_EQ(load.requests, 0U);
}

TEST_F(KubeProxyTest, FollowsATrafficDistribution) {
    const std::string close = scenario(", keepAlive: 0s") +
                              site(10, ", trafficDistribution: PreferClose") + slow_node("node-1");
    const auto from = [](const std::string& zone) {
        return test::load("rate: 10, duration: 20s, arrivals: Constant, from: {zone: " + zone +
                          "}");
    };
    EXPECT_EQ(visitors(close + from("a")).latency.mean, 10ms);
    EXPECT_EQ(visitors(close + from("b")).latency.mean, 1ms);
}

// Three pods, two on one node: a load balancer gives each node half.
TEST_F(KubeProxyTest, ALoadBalancerSpreadsOverNodesFirst) {
    const ServiceReport load =
        visitors(scenario(", keepAlive: 0s") +
                 site(3, ", type: LoadBalancer, externalTrafficPolicy: Local") +
                 test::fault("at: 9s, slowDown: {factor: 10}, count: 1") +
                 test::load("rate: 100, duration: 50s, arrivals: Constant"));
    // The first pod by name is slow. It has a half or a quarter of the requests, never a third.
    const double part = (std::chrono::duration<double>(load.latency.mean).count() - 1e-3) / 9e-3;
    EXPECT_LT(std::min(std::abs(part - 0.5), std::abs(part - 0.25)), 0.03) << part;
}

TEST_F(KubeProxyTest, SaysThatNothingOfAMeshCounts) {
    const Report report =
        run(scenario() + site(1) + test::load("rate: 10, duration: 5s") +
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web}, "
            "spec: {hosts: [web], http: [{route: [{destination: {host: web}}], timeout: 1s}]}}\n"
            "---\n");
    EXPECT_TRUE(std::ranges::any_of(report.assumptions, [](const Assumption& assumption) {
        return assumption.what.starts_with("VirtualService web changes nothing");
    }));
}

// One pod goes at 20 s, and the others a little later: rules are written for the first at once, for
// the others a second later. Until then their connections are refused.
TEST_F(KubeProxyTest, WritesRulesOnceASecondAtMost) {
    const std::string gone =
        test::own("Scenario", "gone",
                  "proxy: kube-proxy, keepAlive: 0s, actions: [{at: 20s, scale: {name: web, "
                  "replicas: 3}}, {at: 20400ms, scale: {name: web, replicas: 1}}]");
    const Report report = run(scenario() + site(4) + gone +
                              test::load("rate: 1000, duration: 20s, arrivals: Constant"));
    const ServiceReport& load = load_figures(report, "visitors");
    EXPECT_GT(load.errors, 100U);
    EXPECT_LT(load.errors, 700U);
}

// Two requests of one client, ten minutes apart, by IPVS: a binding lasts for some minutes after
// the last connection has ended, so that the second goes to the other replica.
class IpvsBindings : public testing::Test {
protected:
    IpvsBindings() {
        policy_.kube_proxy.emplace();
        policy_.kube_proxy->keep_alive = 1h;
        policy_.kube_proxy->session_affinity = 1s;
    }
    void start() {
        const ProgramId program = plane_.add_program({.work = Distribution::constant(1ms)});
        replicas_ = {plane_.add_replica(program, "one"), plane_.add_replica(program, "other")};
        plane_.set_endpoints(web_, replicas_);
        plane_.set_route_policy(web_, policy_);
        plane_.add_load(web_, {.name = "load",
                               .requests_per_second = 1.0 / 600,
                               .duration = Duration{1200s} + 1ns,
                               .arrivals = Arrivals::Constant});
    }
    [[nodiscard]] std::uint64_t taken(std::size_t replica) const {
        return plane_.requests_taken(replicas_[replica]);
    }

    mesh::RoutePolicy policy_{.timeout = {}, .retry_policy = {.num_retries = 0}};
    DataPlane plane_{{.random = Random{1},
                      .network = Distribution::constant(1s),
                      .checks = true,
                      .load_balancer = "IPVS_RR"}};
    ServiceId web_ = plane_.add_service("web");
    std::vector<ReplicaId> replicas_;
};

TEST_F(IpvsBindings, EndAfterAHandshakeThatNobodyAwaits) {
    policy_.timeout = 500ms;  // the handshake takes two seconds
    start();
    plane_.run_until(TimePoint{900s});
    EXPECT_EQ(taken(0) + taken(1), 0U);
    policy_.timeout = {};
    plane_.set_route_policy(web_, policy_);
    plane_.run_until(TimePoint{1300s});
    EXPECT_EQ(taken(0), 0U);
    EXPECT_EQ(taken(1), 1U);
}

TEST_F(IpvsBindings, EndAfterAConnectionToAReplicaThatDied) {
    start();
    plane_.run_until(TimePoint{700s});
    EXPECT_EQ(taken(0), 1U);
    plane_.crash(replicas_[0]);
    EXPECT_EQ(plane_.upstream_counters(web_).upstream_cx_active, 0U);  // somebody has looked
    plane_.run_until(TimePoint{1300s});
    EXPECT_EQ(taken(1), 1U);
}

}  // namespace
}  // namespace wavetank::sim
