#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;
using api::schedulingv1::PriorityClass;
using testing::HasSubstr;

class Priorities : public testing::Test {
protected:
    void add_class(const std::string& name, std::int32_t value, bool is_global = false,
                   const std::string& policy = {}) {
        PriorityClass made;
        made.metadata.name = name;
        made.value = value;
        made.globalDefault = is_global;
        if (!policy.empty()) {
            made.preemptionPolicy = policy;
        }
        static_cast<void>(registry.create(std::move(made)).value());
    }

    Result<api::Pointer<const Pod>> create(const std::string& class_name,
                                           const std::string& in_namespace = "default") {
        Pod pod;
        pod.metadata.name = "p" + std::to_string(number++);
        pod.metadata.namespace_ = in_namespace;
        auto& body = pod.spec.edit();
        body.priorityClassName = class_name;
        body.containers.push_back({.name = "c", .image = "i"});
        return registry.create(std::move(pod));
    }

    runtime::VirtualRuntime runtime{};
    store::Store store{};
    Registry registry{store, runtime, Random{1}};
    int number = 0;
};

TEST_F(Priorities, ComeFromTheClass) {
    add_class("high", 1000, false, "Never");
    const auto pod = create("high").value();

    EXPECT_EQ(pod->spec->priority, 1000);
    EXPECT_EQ(pod->spec->preemptionPolicy, "Never");
}

TEST_F(Priorities, AreZeroUnlessThereIsADefault) {
    EXPECT_EQ(create("").value()->spec->priority, 0);
    add_class("usual", 7, true);
    const auto pod = create("").value();

    EXPECT_EQ(pod->spec->priority, 7);
    EXPECT_EQ(pod->spec->priorityClassName, "usual");
}

TEST_F(Priorities, FollowTheClassesAsTheyCome) {
    const auto refused = create("high");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("no PriorityClass with name high was found"));
    add_class("high", 10);
    EXPECT_EQ(create("high").value()->spec->priority, 10);
    ASSERT_TRUE(registry.remove<PriorityClass>({.name = "high"}));

    EXPECT_FALSE(create("high"));
}

TEST_F(Priorities, OfTheSystemAreThereFromTheStart) {
    EXPECT_EQ(create("system-node-critical", "kube-system").value()->spec->priority, 2000001000);
    EXPECT_EQ(create("system-cluster-critical", "kube-system").value()->spec->priority, 2000000000);
}

}  // namespace
}  // namespace wavetank::registry
