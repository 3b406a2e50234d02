// VirtualServices, DestinationRules and HTTPRoutes, from YAML to who gets the requests.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace wavetank::sim {
namespace {

using testing::HasSubstr;

class MeshRoutesTest : public test::ManifestRun {
protected:
    // A Deployment of one version of "web".
    static std::string version(const std::string& name) {
        return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web-" + name +
               "}, spec: {replicas: 2, selector: {matchLabels: {app: web, version: " + name +
               "}}, template: {metadata: {labels: {app: web, version: " + name +
               "}}, spec: {containers: [{name: main, image: 'web:" + name + "'}]}}}}\n---\n";
    }
    static std::string service(const std::string& name, const std::string& selector) {
        return "{apiVersion: v1, kind: Service, metadata: {name: " + name +
               "}, spec: {selector: {" + selector + "}, ports: [{name: http, port: 80}]}}\n---\n";
    }
    // v2 fails all of its requests.
    static std::string two_versions() {
        return version("v1") + version("v2") + service("web", "app: web") +
               test::own("ServiceModel", "v1", "image: 'web:v1', work: 1ms") +
               test::own("ServiceModel", "v2", "image: 'web:v2', work: 1ms, errorRate: 1");
    }
    static std::string subsets() {
        return "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web}, "
               "spec: {host: web, subsets: [{name: v1, labels: {version: v1}}, "
               "{name: v2, labels: {version: v2}}]}}\n---\n";
    }
    static std::string virtual_service(const std::string& http) {
        return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web}, "
               "spec: {hosts: [web], http: [" +
               http + "]}}\n---\n";
    }
    static std::string weights(int v1, int v2) {
        return virtual_service(
            "{route: [{destination: {host: web, subset: v1}, weight: " + std::to_string(v1) +
            "}, {destination: {host: web, subset: v2}, weight: " + std::to_string(v2) + "}]}");
    }
    static std::string visitors(const std::string& more = "") {
        return test::load("rate: 100, duration: 50s, arrivals: Constant" + more);
    }
    static std::uint64_t requests(const Report& report, const std::string& name) {
        const auto found = std::ranges::find(report.services, name, &ServiceReport::name);
        return found == report.services.end() ? 0 : found->requests;
    }
};

TEST_F(MeshRoutesTest, SplitsRequestsByWeightAmongSubsets) {
    const Report report = run(two_versions() + subsets() + weights(90, 10) + visitors());
    const ServiceReport& web = figures(report, "default/web:80");
    EXPECT_EQ(web.requests,
              requests(report, "default/web:80 v1") + requests(report, "default/web:80 v2"));
    EXPECT_NEAR(static_cast<double>(requests(report, "default/web:80 v2")), 500, 3 * 21.3);
    EXPECT_EQ(web.errors, requests(report, "default/web:80 v2"));
    EXPECT_EQ(figures(report, "default/web:80 v1").errors, 0U);
    EXPECT_EQ(report.loads.front().errors, web.errors);
}

TEST_F(MeshRoutesTest, AWeightOfNothingIsNobodys) {
    const Report report = run(two_versions() + subsets() + weights(100, 0) + visitors());
    EXPECT_EQ(figures(report, "default/web:80").errors, 0U);
}

TEST_F(MeshRoutesTest, ASubsetThatNobodyDefinedIsNotFound) {
    const Report report = run(two_versions() + weights(100, 0) + visitors());
    const ServiceReport& web = figures(report, "default/web:80");
    EXPECT_EQ(web.errors, web.requests);
}

TEST_F(MeshRoutesTest, HeadersOfAWorkloadDecide) {
    const std::string routes = virtual_service(
        "{match: [{headers: {x-tester: {exact: 'yes'}}}], "
        "route: [{destination: {host: web, subset: v2}}]}, "
        "{route: [{destination: {host: web, subset: v1}}]}");
    const Report others = run(two_versions() + subsets() + routes + visitors());
    EXPECT_EQ(figures(others, "default/web:80").errors, 0U);
    const Report testers = run(two_versions() + subsets() + routes +
                               visitors(", request: {headers: {x-tester: 'yes'}}"));
    EXPECT_EQ(figures(testers, "default/web:80").errors,
              figures(testers, "default/web:80").requests);
}

TEST_F(MeshRoutesTest, PathsOfClassesDecide) {
    const std::string routes = virtual_service(
        "{match: [{uri: {prefix: /new}}], route: [{destination: {host: web, subset: v2}}]}, "
        "{match: [{uri: {prefix: /gone}}], directResponse: {status: 410}}, "
        "{route: [{destination: {host: web, subset: v1}}]}");
    const Report report =
        run(two_versions() + subsets() + routes +
            test::own("Workload", "visitors",
                      "start: 10s, rate: 100, duration: 50s, classes: [{name: old, target: "
                      "'http://web/old'}, {name: new, target: 'http://web/new/x'}, "
                      "{name: gone, target: 'http://web/gone'}]"));
    const std::uint64_t failed = requests(report, "default/web:80 v2");
    EXPECT_NEAR(static_cast<double>(failed), 1667, 3 * 33.4);
    EXPECT_EQ(figures(report, "default/web:80").errors, failed);
    EXPECT_EQ(figures(report, "default/web:80 v1").errors, 0U);
    // About a third is answered by the proxies.
    const auto answered = requests(report, "default/web:80") -
                          requests(report, "default/web:80 v1") -
                          requests(report, "default/web:80 v2");
    EXPECT_NEAR(static_cast<double>(answered), 1667, 3 * 33.4);
}

TEST_F(MeshRoutesTest, AnHttpRouteSharesAmongServices) {
    const Report report =
        run(two_versions() + service("web-v1", "app: web, version: v1") +
            service("web-v2", "app: web, version: v2") +
            "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, "
            "spec: {parentRefs: [{group: '', kind: Service, name: web, port: 80}], rules: "
            "[{backendRefs: [{name: web-v1, port: 80, weight: 3}, "
            "{name: web-v2, port: 80, weight: 1}]}]}}\n---\n" +
            visitors());
    EXPECT_NEAR(static_cast<double>(requests(report, "default/web-v2:80")), 1250, 3 * 31);
    EXPECT_EQ(figures(report, "default/web:80").errors, requests(report, "default/web-v2:80"));
}

TEST_F(MeshRoutesTest, SourceLabelsTellCallersApart) {
    const std::string routes = virtual_service(
        "{match: [{sourceLabels: {app: front}}], "
        "route: [{destination: {host: web, subset: v2}}]}, "
        "{route: [{destination: {host: web, subset: v1}}]}");
    const Report report =
        run(two_versions() + subsets() + routes + test::service("front", 1) +
            test::model("front", "work: 1ms, calls: [{service: 'http://web'}]") + visitors() +
            test::own("Workload", "callers",
                      "target: 'http://front', start: 10s, rate: 10, duration: 50s"));
    EXPECT_EQ(requests(report, "default/web:80 v2"), requests(report, "default/front:80"));
}

TEST_F(MeshRoutesTest, SaysWhatARequestWouldMeet) {
    Simulation simulation;
    ASSERT_TRUE(
        simulation.apply_text(two_versions() + subsets() + weights(90, 10) + visitors(), "t.yaml"));
    simulation.run_until(TimePoint{std::chrono::seconds{30}});
    const std::string told = simulation.explain_route({.url = "web/a"}).value();
    EXPECT_THAT(told, HasSubstr("Told by       VirtualService default/web\n"));
    EXPECT_THAT(told, HasSubstr("outbound|80|v2|web.default.svc.cluster.local\n"
                                "  Gets        10% of the requests\n"
                                "  Told by     DestinationRule default/web\n"));
    EXPECT_THAT(told, HasSubstr(":80 "));
    EXPECT_THAT(told, HasSubstr("HEALTHY        1  "));
    EXPECT_THAT(told, HasSubstr(" web-v1-"));
    EXPECT_EQ(simulation.explain_route({.url = "nobody/"}).error().reason, Reason::NotFound);
}

TEST_F(MeshRoutesTest, WeightsShiftWhenAnActionSaysSo) {
    const std::string at = "at: 35s, apply: ";
    std::string later = weights(0, 100);
    later.resize(later.size() - 5);
    const Report report = run(two_versions() + subsets() + weights(100, 0) + visitors() +
                              test::own("Scenario", "shift", "actions: [{" + at + later + "}]"));
    EXPECT_EQ(requests(report, "default/web:80 v1"), 2500U);
    EXPECT_EQ(requests(report, "default/web:80 v2"), 2500U);
}

}  // namespace
}  // namespace wavetank::sim
