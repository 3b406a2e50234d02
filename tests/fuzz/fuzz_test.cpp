// Runs the fuzz targets over the corpus and over mutations of it, the same ones every time.

#include "fuzz/targets.hpp"
#include "support/broken_manifests.hpp"

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fuzz {
namespace {

class Mutator {
public:
    explicit Mutator(std::vector<std::string> seeds) : seeds_{std::move(seeds)} {}

    std::string next() {
        std::string text = seeds_[pick(seeds_.size())];
        for (std::size_t i = 1 + pick(3); i > 0 && !text.empty(); --i) {
            mutate(text);
        }
        return text;
    }

private:
    std::size_t pick(std::size_t count) {
        return random_.below(static_cast<std::uint32_t>(count));
    }

    void mutate(std::string& text) {
        constexpr std::string_view telling = "{}[]:,-?|>&*!#%@'\"\\ \n\t\r0179eE.+~yn\x01\xC2\xFF";
        const std::size_t at = pick(text.size());
        switch (pick(5)) {
            case 0:
                text.erase(at, 1 + pick(4));
                break;
            case 1:
                text.insert(at, 1, telling[pick(telling.size())]);
                break;
            case 2:
                text[at] = telling[pick(telling.size())];
                break;
            case 3: {
                const std::string piece = text.substr(at, 1 + pick(20));
                text.insert(pick(text.size()), piece);
                break;
            }
            default: {
                const std::string& other = seeds_[pick(seeds_.size())];
                const std::size_t from = pick(other.size());
                text = text.substr(0, at) + other.substr(from);
            }
        }
    }

    std::vector<std::string> seeds_;
    Random random_{1};
};

std::vector<std::string> manifests() {
    std::vector<std::string> texts;
    for (const test::BrokenManifest& broken : test::broken_manifests(WAVETANK_SOURCE_DIR)) {
        if (broken.name != "exploding_anchors.yaml") {
            texts.push_back(broken.text);
        }
    }
    return texts;
}

TEST(Fuzz, YamlWithstandsTheCorpusAndItsMutations) {
    for (const std::string& text : manifests()) {
        try_yaml(text);
    }
    Mutator mutator{manifests()};
    for (int i = 0; i < 1500; ++i) {
        try_yaml(mutator.next());
    }
}

TEST(Fuzz, JsonWithstandsTheCorpusAndItsMutations) {
    Mutator mutator{{
        R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"a":"b"},"x":1},
            "spec":{"containers":[{"name":"c","ports":[{"containerPort":80}],"resources":{"limits":
            {"cpu":"1"}}}],"nodeName":"n","terminationGracePeriodSeconds":3},"status":{"startTime":
            "2026-01-01T00:00:00Z"}})",
        R"([1,-0.0,1e3,1.5e-7,18446744073709551615,"\ud83d\ude00\u0000\n",true,null,{"a":{}}])",
    }};
    for (int i = 0; i < 5000; ++i) {
        try_json(mutator.next());
    }
}

TEST(Fuzz, QuantitiesWithstandMutations) {
    Mutator mutator{{"100m", "1Gi", "1e3", "-1.5Ki", "+0.001n", "9223372036854775807", "12E", ".5",
                     "1.25Ei", "123456789012345678901234567890"}};
    for (int i = 0; i < 5000; ++i) {
        try_quantity(mutator.next());
    }
}

TEST(Fuzz, SelectorsWithstandMutations) {
    Mutator mutator{{"app=web,tier in (front,back),!canary", "a!=b,c notin (d),e", "x>1,y<2",
                     "example.com/app==web", "a in (),b="}};
    for (int i = 0; i < 5000; ++i) {
        try_selector(mutator.next());
    }
}

TEST(Fuzz, DistributionsWithstandMutations) {
    Mutator mutator{{"5ms", "uniform(1ms, 3ms)", "exponential(5ms)", "lognormal(5ms, 0.5)",
                     "pareto(5ms, 2.5)", "gamma(5ms, 3)", "empirical(0 1ms, 0.99 5ms, 1 80ms)",
                     "mixture(9 1ms, 1 exponential(2540400h), 1e300 mixture(1 2ms, 1e-300 3ms))"}};
    for (int i = 0; i < 20'000; ++i) {
        try_distribution(mutator.next());
    }
}

TEST(Fuzz, TracesWithstandMutations) {
    Mutator mutator{{
        "time,rate\n2026-01-05T08:00:00Z,120\n2026-01-05T08:00:15Z,135.5\n\n# later\n"
        "2026-01-05T08:00:30+01:00,1e3\n",
        "\xEF\xBB\xBFtimestamp\r\n1767600000.000000001\r\n1767600000.25\r\n1.7676e9\r\n",
        "\"Time\",\"req/s\"\n\"0\",\"10\"\n\"-15\",\"20\"\n9000000000,0\n",
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"a"},
            "values":[[1435781430.781,"1.5"],[1435781445.781,"2"]]},{"metric":{},
            "values":[[1435781445.781,"NaN"],[1435781460.781,"1e1"]]}]}})",
    }};
    for (int i = 0; i < 20'000; ++i) {
        try_trace(mutator.next());
    }
}

TEST(Fuzz, IstioWithstandsMutations) {
    Mutator mutator{{
        R"({"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"web",
            "namespace":"default"},"spec":{"hosts":["web"],"http":[{"match":[{"uri":{"prefix":"/a"},
            "headers":{"x":{"regex":"b+"}},"queryParams":{"q":{"exact":"1"}}}],"timeout":"1.5s",
            "retries":{"attempts":3,"perTryTimeout":"2s","retryOn":"5xx,429"},"route":[{"destination":
            {"host":"web","subset":"v1","port":{"number":80}},"weight":75},{"destination":{"host":
            "web"},"weight":25}],"fault":{"delay":{"percentage":{"value":0.1},"fixedDelay":"5s"}},
            "mirror":{"host":"web"},"rewrite":{"uri":"/b"},"corsPolicy":{"maxAge":"24h"}},{"redirect":
            {"uri":"/c","authority":"other","redirectCode":302}}]}})",
        R"({"apiVersion":"networking.istio.io/v1","kind":"DestinationRule","metadata":{"name":"web",
            "namespace":"default"},"spec":{"host":"web","trafficPolicy":{"connectionPool":{"tcp":
            {"maxConnections":3},"http":{"http2MaxRequests":7,"maxRetries":1}},"outlierDetection":
            {"consecutive5xxErrors":4,"interval":"10s","maxEjectionPercent":50},"loadBalancer":
            {"consistentHash":{"httpHeaderName":"x","ringHash":{"minimumRingSize":5}},
            "localityLbSetting":{"failover":[{"from":"a","to":"b"}]}},"retryBudget":{"percent":20}},
            "subsets":[{"name":"v1","labels":{"version":"v1"}}]}})",
        R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"web",
            "namespace":"default"},"spec":{"parentRefs":[{"kind":"Service","group":"","name":"web",
            "port":80}],"rules":[{"matches":[{"path":{"type":"PathPrefix","value":"/a"},"method":
            "GET"}],"filters":[{"type":"RequestHeaderModifier","requestHeaderModifier":{"set":
            [{"name":"a","value":"b"}]}}],"backendRefs":[{"name":"web","port":80,"weight":3}],
            "timeouts":{"request":"1s"}}]}})",
    }};
    for (int i = 0; i < 5000; ++i) {
        try_istio(mutator.next());
    }
}

TEST(Fuzz, SchedulerConfigurationsWithstandMutations) {
    Mutator mutator{{
        R"({"apiVersion":"kubescheduler.config.k8s.io/v1","kind":"KubeSchedulerConfiguration",
            "percentageOfNodesToScore":50,"podInitialBackoffSeconds":2,"profiles":[{"schedulerName":
            "packing","plugins":{"score":{"disabled":[{"name":"*"}],"enabled":[{"name":
            "NodeResourcesFit","weight":3}]},"multiPoint":{"enabled":[{"name":"NodeName"}]}},
            "pluginConfig":[{"name":"NodeResourcesFit","args":{"apiVersion":
            "kubescheduler.config.k8s.io/v1","kind":"NodeResourcesFitArgs","scoringStrategy":{"type":
            "RequestedToCapacityRatio","requestedToCapacityRatio":{"shape":[{"utilization":0,"score":
            0},{"utilization":100,"score":10}]},"resources":[{"name":"cpu","weight":1}]}}},{"name":
            "PodTopologySpread","args":{"defaultingType":"List","defaultConstraints":[{"maxSkew":1,
            "topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"}]}}]}]})",
    }};
    for (int i = 0; i < 5000; ++i) {
        try_scheduler_configuration(mutator.next());
    }
}

}  // namespace
}  // namespace wavetank::fuzz
