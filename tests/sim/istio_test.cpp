// VirtualServices and DestinationRules, from YAML to what requests meet.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string virtual_service(const std::string& http, const std::string& hosts = "[web]") {
    return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web}, "
           "spec: {hosts: " +
           hosts + ", http: [{route: [{destination: {host: web}}]" + http + "}]}}\n---\n";
}

std::string destination_rule(const std::string& spec) {
    return "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web}, "
           "spec: {host: web.default.svc.cluster.local, " +
           spec + "}}\n---\n";
}

class IstioTest : public test::ManifestRun {
protected:
    // A service of one replica that fails a request in two, under ten requests a second for 30 s.
    static std::string half_broken() {
        return test::service("web", 1) + test::model("web", "errorRate: 500m") +
               test::load("rate: 10, duration: 30s, arrivals: Constant");
    }

    static std::string refusal(const std::string& manifests) {
        Simulation simulation;
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        return applied ? "" : applied.error().message;
    }

    static bool is_left_out(const Report& report, const std::string& what) {
        return std::ranges::any_of(report.assumptions, [&](const Assumption& assumption) {
            return assumption.what.find(what) != std::string::npos;
        });
    }
};

TEST_F(IstioTest, LeavesRequestsAloneWithoutAnyObject) {
    const Report report = run(half_broken());
    EXPECT_FALSE(figures(report, "default/web:80").upstream);
}

// Istio's default tries again what reached nobody, not what was answered with an error.
TEST_F(IstioTest, DoesNotRetryErrorsUnlessAsked) {
    const Report report = run(half_broken() + virtual_service(""));
    const ServiceReport& web = figures(report, "default/web:80");
    ASSERT_TRUE(web.upstream);
    EXPECT_EQ(web.upstream->upstream_rq_total, web.requests);
    EXPECT_GT(web.errors, 100U);
}

TEST_F(IstioTest, RetriesWhatAVirtualServiceSays) {
    const Report report =
        run(half_broken() + virtual_service(", retries: {attempts: 9, retryOn: 5xx}"));
    const ServiceReport& web = figures(report, "default/web:80");
    ASSERT_TRUE(web.upstream);
    EXPECT_EQ(web.requests, 299U);
    EXPECT_LE(web.errors, 3U);
    EXPECT_NEAR(static_cast<double>(web.upstream->upstream_rq_total), 600, 3 * 25);
}

TEST_F(IstioTest, RetriesNothingWithNoAttempts) {
    const Report report = run(half_broken() + virtual_service(", retries: {attempts: 0}"));
    EXPECT_EQ(figures(report, "default/web:80").upstream->upstream_rq_retry, 0U);
}

TEST_F(IstioTest, EndsRequestsWhenTheirTimeIsUp) {
    const Report report =
        run(test::service("web", 1) + test::model("web", "wait: 2s") +
            test::load("rate: 1, duration: 20s") + virtual_service(", timeout: 500ms"));
    const ServiceReport& web = figures(report, "default/web:80");
    EXPECT_EQ(web.errors, web.requests);
    EXPECT_EQ(web.latency.max, 500ms);
    EXPECT_EQ(web.upstream->upstream_rq_timeout, web.requests);
}

TEST_F(IstioTest, LimitsWhatADestinationRuleSays) {
    const Report report =
        run(test::service("web", 1) + test::model("web", "wait: 10s") +
            test::load("rate: 10, duration: 5s, arrivals: Constant") +
            destination_rule("trafficPolicy: {connectionPool: {http: {http2MaxRequests: 7}}}"));
    const ServiceReport& web = figures(report, "default/web:80");
    EXPECT_EQ(web.requests, 50U);
    EXPECT_EQ(web.errors, 43U);
    EXPECT_EQ(web.upstream->upstream_rq_active_overflow, 43U);
}

TEST_F(IstioTest, LimitsConnectionsAndWhatWaitsForThem) {
    const Report report =
        run(test::service("web", 1) + test::model("web", "wait: 10s") +
            test::load("rate: 10, duration: 5s, arrivals: Constant") +
            destination_rule("trafficPolicy: {connectionPool: {tcp: {maxConnections: 2}, "
                             "http: {http1MaxPendingRequests: 5}}}"));
    const ServiceReport& web = figures(report, "default/web:80");
    EXPECT_EQ(web.requests, 50U);
    EXPECT_EQ(web.errors, 43U);
    EXPECT_EQ(web.upstream->upstream_rq_pending_overflow, 43U);
    EXPECT_EQ(web.upstream->upstream_cx_total, 2U);
}

// The only replica that there is fails; by Istio's defaults it goes on, for a tenth of one is none.
TEST_F(IstioTest, EjectsWhatADestinationRuleSays) {
    const std::string failing = test::service("web", 1) + test::model("web", "errorRate: 1") +
                                test::load("rate: 10, duration: 5s, arrivals: Constant");
    const Report kept = run(failing + destination_rule("trafficPolicy: {outlierDetection: "
                                                       "{consecutive5xxErrors: 4}}"));
    const ServiceReport& kept_web = figures(kept, "default/web:80");
    EXPECT_EQ(kept_web.upstream->upstream_rq_total, 50U);
    EXPECT_EQ(kept_web.upstream->outlier_detection.ejections_overflow, 12U);

    const Report ejected = run(failing + destination_rule("trafficPolicy: {outlierDetection: "
                                                          "{consecutive5xxErrors: 4, "
                                                          "maxEjectionPercent: 100}}"));
    const ServiceReport& web = figures(ejected, "default/web:80");
    EXPECT_EQ(web.errors, 50U);
    EXPECT_EQ(web.upstream->upstream_rq_total, 4U);
    EXPECT_EQ(web.upstream->outlier_detection.ejections_enforced_total, 1U);
}

TEST_F(IstioTest, SaysWhatItDoesNotSimulate) {
    const Report report =
        run(half_broken() +
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web}, "
            "spec: {hosts: [web], gateways: [edge], http: [{route: [{destination: {host: web}}], "
            "retries: {attempts: 9, retryOn: 5xx}}]}}\n---\n" +
            destination_rule("trafficPolicy: {tls: {mode: SIMPLE}}"));
    EXPECT_FALSE(figures(report, "default/web:80").upstream);
    EXPECT_TRUE(is_left_out(
        report, "VirtualService web changes nothing: its spec.gateways is not simulated"));
    EXPECT_TRUE(is_left_out(report,
                            "DestinationRule web changes nothing: its "
                            "spec.trafficPolicy.tls.mode is not simulated"));
}

TEST_F(IstioTest, FollowsWhatChangesTheContentAloneAndSaysSo) {
    const Report report =
        run(half_broken() + virtual_service(", retries: {attempts: 9, retryOn: 5xx}, corsPolicy: "
                                            "{allowMethods: [GET]}, rewrite: {uri: /other}"));
    EXPECT_LE(figures(report, "default/web:80").errors, 3U);
    EXPECT_TRUE(is_left_out(report,
                            "VirtualService web: its spec.http[0].corsPolicy changes nothing that "
                            "is simulated"));
    EXPECT_FALSE(is_left_out(report, "rewrite"));
}

TEST_F(IstioTest, RefusesWhatIstioRefuses) {
    EXPECT_THAT(refusal(half_broken() + virtual_service(", timeout: 0s")),
                HasSubstr("VirtualService \"web\" is refused by Istio: "));
    EXPECT_NE(refusal(half_broken() + virtual_service(", timeout: soon")), "");
    EXPECT_NE(refusal(half_broken() + virtual_service(", retries: {attempts: -1}")), "");
    EXPECT_THAT(
        refusal(half_broken() + virtual_service(", retries: {attempts: 1, retryOn: always}")),
        HasSubstr("always"));
    EXPECT_NE(
        refusal(half_broken() + destination_rule("trafficPolicy: {retryBudget: {percent: 120}}")),
        "");
    EXPECT_NE(refusal(half_broken() + destination_rule("trafficPolicy: {outlierDetection: "
                                                       "{maxEjectionPercent: 101}}")),
              "");
}

}  // namespace
}  // namespace wavetank::sim
