#include <wavetank/registry/quota.hpp>

#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;
using api::corev1::Service;
using testing::HasSubstr;

class NamespaceLimitsTest : public testing::Test {
protected:
    void apply(std::string_view json) {
        const auto object = boost::json::parse(json).as_object();
        const auto errors = registry.apply({&object, 1});
        ASSERT_TRUE(errors.empty()) << errors.front().message;
    }

    void apply_quota(const std::string& spec) {
        apply(R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":)" +
              spec + "}");
        sync();
    }

    void sync() {
        ASSERT_TRUE(sync_quota(registry, {"default", "q"}));
    }

    void apply_range(const std::string& limits) {
        apply(
            R"({"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"r"},"spec":{"limits":)" +
            limits + "}}");
    }

    /// Creates a pod of one container that asks for this much CPU, if it says so.
    Result<api::Pointer<const Pod>> create_pod(const std::string& name,
                                               const std::string& cpu = {}) {
        Pod pod;
        pod.metadata.name = name;
        pod.metadata.namespace_ = "default";
        auto& containers = pod.spec.edit().containers;
        containers.push_back({.name = "c", .image = "i"});
        if (!cpu.empty()) {
            containers[0].resources.requests["cpu"] = api::Quantity::parse(cpu).value();
        }
        return registry.create(std::move(pod));
    }

    std::string refusal(const std::string& name, const std::string& cpu = {}) {
        const auto created = create_pod(name, cpu);
        return created ? "" : created.error().message;
    }

    std::string used(const std::string& resource) {
        const auto answer =
            registry.handle({.target = "/api/v1/namespaces/default/resourcequotas/q"});
        const boost::json::value body(answer.body);
        return std::string{body.at("status").at("used").at(resource).as_string()};
    }

    runtime::VirtualRuntime runtime{};
    store::Store store{};
    Registry registry{store, runtime, Random{1}};
};

TEST_F(NamespaceLimitsTest, QuotasAreChargedUntilTheyAreUsedUp) {
    apply_quota(R"({"hard":{"pods":"2","requests.cpu":"1"}})");
    EXPECT_EQ(refusal("a", "600m"), "");

    EXPECT_EQ(refusal("b", "600m"),
              "pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: "
              "requests.cpu=600m, limited: requests.cpu=1");
    EXPECT_EQ(refusal("b", "400m"), "");
    EXPECT_EQ(used("requests.cpu"), "1");
    EXPECT_EQ(used("pods"), "2");
    EXPECT_THAT(refusal("c", "0"), HasSubstr("exceeded quota: q, requested: pods=1, used: pods=2, "
                                             "limited: pods=2"));
}

TEST_F(NamespaceLimitsTest, QuotasOfComputeMakeRequestsAMust) {
    apply_quota(R"({"hard":{"requests.cpu":"1","limits.memory":"1Gi"}})");

    EXPECT_EQ(refusal("a"),
              "pods \"a\" is forbidden: failed quota: q: must specify limits.memory for: c; "
              "requests.cpu for: c");
}

TEST_F(NamespaceLimitsTest, QuotasLetGoOfWhatEnds) {
    apply_quota(R"({"hard":{"pods":"1","count/pods":"5"}})");
    Pod pod = *create_pod("a").value();
    pod.status.phase = "Succeeded";
    ASSERT_TRUE(registry.update_status(std::move(pod)));
    EXPECT_NE(refusal("b"), "");
    sync();

    EXPECT_EQ(used("pods"), "0");
    EXPECT_EQ(used("count/pods"), "1");
    EXPECT_EQ(refusal("b"), "");
}

TEST_F(NamespaceLimitsTest, QuotasCountOnlyWhatTheirScopesMatch) {
    apply_quota(R"({"hard":{"pods":"0"},"scopes":["BestEffort"]})");

    EXPECT_NE(refusal("a"), "");
    EXPECT_EQ(refusal("b", "1"), "");
}

TEST_F(NamespaceLimitsTest, QuotasCountServicesAndWhatIsKeptAsJson) {
    apply_quota(R"({"hard":{"services.nodeports":"1","configmaps":"1","count/configmaps":"9"}})");
    Service service;
    service.metadata.name = "s";
    service.metadata.namespace_ = "default";
    service.spec.ports.push_back({.port = 80});
    service = *registry.create(std::move(service)).value();
    EXPECT_EQ(used("services.nodeports"), "0");
    service.spec.type = "NodePort";
    ASSERT_TRUE(registry.update(std::move(service)));
    EXPECT_EQ(used("services.nodeports"), "1");

    apply(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}})");
    EXPECT_EQ(used("configmaps"), "1");
    const auto more =
        boost::json::parse(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}})");
    const auto errors = registry.apply({&more.as_object(), 1});
    ASSERT_EQ(errors.size(), 1);
    EXPECT_THAT(errors[0].message,
                HasSubstr("exceeded quota: q, requested: configmaps=1, used: configmaps=1"));
}

TEST_F(NamespaceLimitsTest, AQuotaThatIsGoneLimitsNothing) {
    apply_quota(R"({"hard":{"pods":"0"}})");
    EXPECT_NE(refusal("a"), "");
    EXPECT_EQ(
        registry
            .handle({.method = "DELETE", .target = "/api/v1/namespaces/default/resourcequotas/q"})
            .code,
        200);

    EXPECT_EQ(refusal("a"), "");
}

TEST_F(NamespaceLimitsTest, RangesGiveDefaultsAndSaySo) {
    apply_range(
        R"([{"type":"Container","default":{"cpu":"500m"},"defaultRequest":{"cpu":"100m"}}])");
    const auto pod = create_pod("a").value();

    const auto& resources = pod->spec->containers[0].resources;
    EXPECT_EQ(resources.limits.at("cpu").to_string(), "500m");
    EXPECT_EQ(resources.requests.at("cpu").to_string(), "100m");
    EXPECT_EQ(pod->metadata.annotations->at("kubernetes.io/limit-ranger"),
              "LimitRanger plugin set: cpu request for container c; cpu limit for container c");
    EXPECT_EQ(pod->status->qosClass, "Burstable");
    // Pods of one template still share what they were given.
    EXPECT_EQ(create_pod("b").value()->spec->containers[0].resources, resources);
}

TEST_F(NamespaceLimitsTest, RangesRefuseWhatIsBeyondThem) {
    apply_range(R"([{"type":"Container","min":{"cpu":"100m"},"max":{"cpu":"1"}},
                    {"type":"Pod","max":{"memory":"1Gi"}}])");

    EXPECT_EQ(refusal("a", "50m"),
              "pods \"a\" is forbidden: [minimum cpu usage per Container is 100m, but request is "
              "50m, maximum memory usage per Pod is 1Gi.  No limit is specified]");
    EXPECT_EQ(
        registry.handle({.method = "DELETE", .target = "/api/v1/namespaces/default/limitranges/r"})
            .code,
        200);
    EXPECT_EQ(refusal("a", "50m"), "");
}

TEST_F(NamespaceLimitsTest, SomeNamespacesMayNotBeDeleted) {
    const auto answer =
        registry.handle({.method = "DELETE", .target = "/api/v1/namespaces/default"});

    EXPECT_EQ(answer.code, 403);
    EXPECT_EQ(answer.body.at("message"),
              "namespaces \"default\" is forbidden: this namespace may not be deleted");
}

TEST_F(NamespaceLimitsTest, AutoscalersOfV1AreThoseOfV2) {
    apply(R"({"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler",
              "metadata":{"name":"h"},"spec":{"maxReplicas":5,"targetCPUUtilizationPercentage":60,
              "scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}}})");
    const std::string path = "/namespaces/default/horizontalpodautoscalers/h";
    const boost::json::value v2(registry.handle({.target = "/apis/autoscaling/v2" + path}).body);
    EXPECT_EQ(
        v2.at("spec").at("metrics").at(0).at("resource").at("target").at("averageUtilization"), 60);

    const auto patched =
        registry.handle({.method = "PATCH",
                         .target = "/apis/autoscaling/v1" + path,
                         .content_type = "application/merge-patch+json",
                         .body = R"({"spec":{"targetCPUUtilizationPercentage":70}})"});
    EXPECT_EQ(patched.code, 200);
    const boost::json::value v1(patched.body);
    EXPECT_EQ(v1.at("apiVersion"), "autoscaling/v1");
    EXPECT_EQ(v1.at("spec").at("targetCPUUtilizationPercentage"), 70);
    EXPECT_FALSE(v1.at("spec").as_object().contains("metrics"));
}

TEST_F(NamespaceLimitsTest, RangesBoundWhatClaimsRequest) {
    apply_range(
        R"([{"type":"PersistentVolumeClaim","min":{"storage":"1Gi"},"max":{"storage":"10Gi"}}])");
    const auto answer = [this](const std::string& method, const std::string& name,
                               const std::string& requests) {
        const std::string list = "/api/v1/namespaces/default/persistentvolumeclaims";
        return registry.handle(
            {.method = method,
             .target = method == "POST" ? list : list + "/" + name,
             .body = R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":")" +
                     name +
                     R"("},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":)" +
                     requests + "}}}"});
    };
    const auto refusal_of = [&](const std::string& name, const std::string& requests) {
        const auto refused = answer("POST", name, requests);
        EXPECT_EQ(refused.code, 403);
        return std::string{refused.body.at("message").as_string()};
    };
    EXPECT_EQ(refusal_of("small", R"({"storage":"500Mi"})"),
              "persistentvolumeclaims \"small\" is forbidden: minimum storage usage per "
              "PersistentVolumeClaim is 1Gi, but request is 500Mi");
    EXPECT_EQ(refusal_of("large", R"({"storage":"11Gi"})"),
              "persistentvolumeclaims \"large\" is forbidden: maximum storage usage per "
              "PersistentVolumeClaim is 10Gi, but request is 11Gi");
    EXPECT_EQ(refusal_of("none", "{}"),
              "persistentvolumeclaims \"none\" is forbidden: [minimum storage usage per "
              "PersistentVolumeClaim is 1Gi.  No request is specified, maximum storage usage per "
              "PersistentVolumeClaim is 10Gi.  No request is specified]");
    EXPECT_EQ(answer("POST", "good", R"({"storage":"10Gi"})").code, 201);
    EXPECT_EQ(answer("PUT", "good", R"({"storage":"20Gi"})").code, 403);
}

}  // namespace
}  // namespace wavetank::registry
