#include <wavetank/controllers/controller_manager.hpp>

#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::corev1::Pod;

class QuotaControllerTest : public testing::Test {
protected:
    void apply(std::string_view json) {
        const auto object = boost::json::parse(json).as_object();
        const auto errors = registry.apply({&object, 1});
        ASSERT_TRUE(errors.empty()) << errors.front().message;
        runtime.run_until(runtime.now() + 1s);
    }

    bool create_pod(const std::string& name) {
        Pod pod;
        pod.metadata.name = name;
        pod.metadata.namespace_ = "default";
        pod.spec.edit().containers.push_back({.name = "c", .image = "i"});
        const bool created = registry.create(std::move(pod)).has_value();
        runtime.run_until(runtime.now() + 1s);
        return created;
    }

    int code_of(const std::string& target) {
        return registry.handle({.target = target}).code;
    }

    runtime::VirtualRuntime runtime{};
    store::Store store{};
    registry::Registry registry{store, runtime, Random{1}};
    ControllerManager manager{registry, runtime, {}};
};

TEST_F(QuotaControllerTest, CountsAgainWhatGoesAway) {
    apply(R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},
              "spec":{"hard":{"pods":"1"}}})");
    EXPECT_TRUE(create_pod("a"));
    EXPECT_FALSE(create_pod("b"));
    ASSERT_TRUE(registry.remove<Pod>({"default", "a"}));
    runtime.run_until(runtime.now() + 1s);

    EXPECT_TRUE(create_pod("b"));
}

TEST_F(QuotaControllerTest, FollowsTheSpec) {
    apply(R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},
              "spec":{"hard":{"pods":"0"}}})");
    EXPECT_FALSE(create_pod("a"));
    apply(R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},
              "spec":{"hard":{"pods":"1"}}})");

    EXPECT_TRUE(create_pod("a"));
}

TEST_F(QuotaControllerTest, EveryNamespaceHasItsAccount) {
    apply(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}})");
    const std::string account = "/api/v1/namespaces/n/serviceaccounts/default";
    EXPECT_EQ(code_of(account), 200);
    EXPECT_EQ(registry.handle({.method = "DELETE", .target = account}).code, 200);
    runtime.run_until(runtime.now() + 1s);
    EXPECT_EQ(code_of(account), 200);

    EXPECT_EQ(registry.handle({.method = "DELETE", .target = "/api/v1/namespaces/n"}).code, 200);
    runtime.run_until(runtime.now() + 5s);
    EXPECT_EQ(code_of("/api/v1/namespaces/n"), 404);
    EXPECT_EQ(code_of(account), 404);
}

}  // namespace
}  // namespace wavetank::controllers
