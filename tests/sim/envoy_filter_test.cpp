// EnvoyFilters: what a run follows of what people say in Envoy's own words.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

std::string envoy_filter(const std::string& patch, const std::string& more = "",
                         const std::string& name = "extra") {
    return "{apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {name: " +
           name + "}, spec: {" + more + "configPatches: [" + patch + "]}}\n---\n";
}

std::string of_cluster(const std::string& value) {
    return "{applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND, cluster: {service: "
           "web.default.svc.cluster.local}}, patch: {operation: MERGE, value: {" +
           value + "}}}";
}

std::string of_filter(const std::string& context, const std::string& config) {
    return "{applyTo: HTTP_FILTER, match: {context: " + context +
           ", listener: {filterChain: {filter: {name: "
           "envoy.filters.network.http_connection_manager, subFilter: {name: "
           "envoy.filters.http.router}}}}}, patch: {operation: INSERT_BEFORE, value: {name: "
           "envoy.filters.http.local_ratelimit, typed_config: {" +
           config + "}}}}";
}

std::string rate_limit(int tokens) {
    const std::string count = std::to_string(tokens);
    return "'@type': type.googleapis.com/"
           "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: rl, "
           "token_bucket: {max_tokens: " +
           count + ", tokens_per_fill: " + count +
           ", fill_interval: 1s}, filter_enabled: {runtime_key: a, default_value: {numerator: "
           "100}}, filter_enforced: {default_value: {numerator: 100, denominator: HUNDRED}}";
}

const std::string check_every_second =
    "health_checks: [{timeout: 0.5s, interval: 1s, unhealthy_threshold: 3, healthy_threshold: 2, "
    "http_health_check: {path: /healthz}}]";

class EnvoyFilterTest : public test::ManifestRun {
protected:
    static std::string site(int replicas, const std::string& model = "work: 1ms") {
        return test::service("web", replicas) + test::model("web", model);
    }
    static std::string visitors() {
        return test::load("rate: 100, duration: 50s, arrivals: Constant");
    }
    static std::vector<std::string> left_out(const Report& report) {
        std::vector<std::string> all;
        for (const Assumption& assumption : report.assumptions) {
            if (assumption.what.find("simulated") != std::string::npos) {
                all.push_back(assumption.what);
            }
        }
        return all;
    }
    static const mesh::UpstreamCounters& counters(const Report& report) {
        return figures(report, "default/web:80").upstream.value();
    }
};

TEST_F(EnvoyFilterTest, HostsAreChecked) {
    const std::string failing =
        site(4) + visitors() + test::fault("at: 20s, errorBurst: {rate: '1'}, count: 1");
    const Report report = run(failing + envoy_filter(of_cluster(check_every_second)));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    // A fourth of the requests of a second at most.
    EXPECT_LE(load_figures(report, "visitors").errors, 30U);
    EXPECT_EQ(counters(report).health_check.healthy, 3U);
    EXPECT_GT(counters(report).health_check.attempt, 4 * 48U);
    EXPECT_GT(load_figures(run(failing), "visitors").errors, 900U);
}

// One of two replicas goes at 30 s. Proxies that check it ask on until three checks have failed,
// unless they are told to believe the control plane.
TEST_F(EnvoyFilterTest, HostsThatLeaveStayWhileTheyAreWell) {
    const auto retries = [](const std::string& more) {
        const Report report = run(
            site(2) +
            test::own("Scenario", "less", "actions: [{at: 30s, scale: {name: web, replicas: 1}}]") +
            envoy_filter(of_cluster(check_every_second + more)) + visitors());
        return counters(report).upstream_rq_retry;
    };
    EXPECT_GT(retries(""), 50U);
    EXPECT_EQ(retries(", ignore_health_on_host_removal: true"), 0U);
}

// What is merged into a list comes after what Istio has put there.
TEST_F(EnvoyFilterTest, TellsThatLimitsOfRequestsComeTooLate) {
    const Report report =
        run(site(2) +
            envoy_filter(of_cluster("circuit_breakers: {thresholds: [{max_requests: '1'}]}")));
    EXPECT_THAT(left_out(report),
                testing::ElementsAre(testing::HasSubstr(
                    "circuit_breakers.thresholds changes nothing that is simulated")));
}

TEST_F(EnvoyFilterTest, AttemptsGoOnBesideOneAnother) {
    const std::string slow =
        site(10, "work: 5ms") + visitors() +
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web}, spec: "
        "{hosts: [web], http: [{route: [{destination: {host: web}}], retries: {attempts: 2, "
        "perTryTimeout: 20ms, retryOn: 5xx}}]}}\n---\n" +
        test::fault("at: 9s, slowDown: {factor: 100}, count: 1");
    const std::string hedging = envoy_filter(
        "{applyTo: HTTP_ROUTE, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, "
        "value: {route: {hedgePolicy: {hedgeOnPerTryTimeout: true}}}}}");
    const Report report = run(slow + hedging);
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    EXPECT_EQ(load_figures(report, "visitors").errors, 0U);
    EXPECT_LT(load_figures(report, "visitors").latency.max, 100ms);
    EXPECT_GT(counters(report).upstream_rq_retry, 50U);
    EXPECT_EQ(counters(report).upstream_rq_per_try_timeout, 0U);
}

TEST_F(EnvoyFilterTest, AClientsProxyLimitsWhatItSends) {
    const Report report =
        run(site(2) + visitors() + envoy_filter(of_filter("SIDECAR_OUTBOUND", rate_limit(10))));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    const auto& limit = counters(report).filters.http_local_rate_limit;
    EXPECT_EQ(limit.enabled, load_figures(report, "visitors").requests);
    EXPECT_NEAR(static_cast<double>(limit.ok), 510, 2);
}

TEST_F(EnvoyFilterTest, APodsProxyLimitsWhatComesIn) {
    const std::string patch = of_filter("SIDECAR_INBOUND", rate_limit(10));
    const Report report =
        run(site(2) + visitors() + envoy_filter(patch, "workloadSelector: {labels: {app: web}}, "));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    EXPECT_NEAR(static_cast<double>(counters(report).filters.http_local_rate_limit.ok), 2 * 510, 4);
    const Report other = run(site(2) + visitors() +
                             envoy_filter(patch, "workloadSelector: {labels: {app: other}}, "));
    EXPECT_FALSE(figures(other, "default/web:80").upstream.has_value());
}

// A filter without a bucket does nothing, but for the routes that have one.
TEST_F(EnvoyFilterTest, ARouteHasALimitOfItsOwn) {
    const std::string empty =
        "'@type': type.googleapis.com/udpa.type.v1.TypedStruct, type_url: type.googleapis.com/"
        "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, value: {stat_prefix: rl}";
    const std::string of_route =
        "{applyTo: HTTP_ROUTE, match: {context: SIDECAR_OUTBOUND, routeConfiguration: {vhost: "
        "{name: 'web.default.svc.cluster.local:80'}}}, patch: {operation: MERGE, value: "
        "{typed_per_filter_config: {envoy.filters.http.local_ratelimit: {" +
        rate_limit(20) + "}}}}}";
    const std::string both = of_filter("SIDECAR_OUTBOUND", empty) + ", " + of_route;
    const Report report = run(site(2) + visitors() + envoy_filter(both));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    EXPECT_NEAR(static_cast<double>(counters(report).filters.http_local_rate_limit.ok), 1020, 2);
}

TEST_F(EnvoyFilterTest, RefusesWhatProxiesThinkFails) {
    const std::string admission =
        "'@type': type.googleapis.com/"
        "envoy.extensions.filters.http.admission_control.v3.AdmissionControl, enabled: "
        "{default_value: true}, success_criteria: {http_criteria: {http_success_status: [{start: "
        "100, end: 400}]}}, sampling_window: 10s, sr_threshold: {default_value: {value: 95}}";
    const Report report = run(site(1, "work: 1ms, errorRate: '1'") + visitors() +
                              envoy_filter(of_filter("SIDECAR_OUTBOUND", admission)));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    EXPECT_GT(counters(report).filters.rq_rejected, 3000U);
}

TEST_F(EnvoyFilterTest, SaysWhatIsNotSimulated) {
    const auto said = [&](const std::string& patch) {
        return left_out(run(site(1) + visitors() + envoy_filter(patch)));
    };
    EXPECT_THAT(said("{applyTo: LISTENER, patch: {operation: MERGE, value: {a: 1}}}"),
                testing::ElementsAre("EnvoyFilter extra changes nothing: its "
                                     "spec.configPatches[0].applyTo is not simulated"));
    EXPECT_THAT(said(of_cluster("dns_lookup_family: V4_ONLY")),
                testing::ElementsAre(
                    "EnvoyFilter extra changes nothing: its "
                    "spec.configPatches[0].patch.value.dns_lookup_family is not simulated"));
    EXPECT_THAT(
        said(of_filter("SIDECAR_OUTBOUND", rate_limit(1) + ", descriptors: [{}]")),
        testing::ElementsAre("EnvoyFilter extra changes nothing: its "
                             "spec.configPatches[0].patch.value.typed_config.descriptors is not "
                             "simulated"));
    EXPECT_THAT(said("{applyTo: HTTP_FILTER, match: {context: GATEWAY}, patch: {operation: "
                     "INSERT_FIRST, value: {name: x, typed_config: {}}}}"),
                testing::ElementsAre("EnvoyFilter extra changes nothing: its "
                                     "spec.configPatches[0].match.context is not simulated"));
}

// A limit that is set during the run, of clients; and one of servers, which is not followed then.
TEST_F(EnvoyFilterTest, ComesAndGoesDuringARun) {
    const auto with = [&](const std::string& context) {
        std::string filter = envoy_filter(of_filter(context, rate_limit(10)));
        filter.resize(filter.find("\n---"));
        return run(site(2) + visitors() +
                   test::own("Scenario", "later",
                             "actions: [{at: 30s, apply: " + filter +
                                 "}, {at: 40s, delete: {kind: EnvoyFilter, name: extra}}]"));
    };
    EXPECT_NEAR(
        static_cast<double>(counters(with("SIDECAR_OUTBOUND")).filters.http_local_rate_limit.ok),
        110, 3);
    EXPECT_FALSE(figures(with("SIDECAR_INBOUND"), "default/web:80").upstream.has_value());
}

TEST_F(EnvoyFilterTest, SaysWhatEnvoyWouldRefuse) {
    Simulation simulation{{.duration = 1s}};
    const auto applied = simulation.apply_text(
        site(1) + envoy_filter(of_cluster("health_checks: [{interval: 1s, unhealthy_threshold: 1, "
                                          "healthy_threshold: 1, tcp_health_check: {}}]")),
        "test.yaml");
    ASSERT_FALSE(applied);
    EXPECT_THAT(applied.error().message,
                testing::HasSubstr("spec.configPatches[0].patch.value.health_checks[0].timeout: "
                                   "value is required"));
}

}  // namespace
}  // namespace wavetank::sim
