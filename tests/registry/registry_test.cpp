#include <wavetank/registry/registry.hpp>

#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::registry {
namespace {

using namespace std::chrono_literals;
using api::appsv1::Deployment;
using api::corev1::Namespace;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Service;
using api::policyv1::PodDisruptionBudget;
using testing::ElementsAre;
using testing::MatchesRegex;

class RegistryTest : public testing::Test {
protected:
    static Pod pod_named(const std::string& name) {
        Pod pod;
        pod.metadata.name = name;
        pod.metadata.namespace_ = "default";
        auto& container = pod.spec.edit().containers.emplace_back();
        container.name = "main";
        container.image = "app:v1";
        return pod;
    }

    static Deployment deployment_named(const std::string& name) {
        Deployment deployment;
        deployment.metadata.name = name;
        deployment.metadata.namespace_ = "default";
        deployment.spec.selector.emplace().matchLabels["app"] = name;
        deployment.spec.template_.metadata.labels.edit()["app"] = name;
        deployment.spec.template_.spec = pod_named(name).spec;
        return deployment;
    }

    static Service service_named(const std::string& name, const std::string& type = "") {
        Service service;
        service.metadata.name = name;
        service.metadata.namespace_ = "default";
        service.spec.type = type;
        service.spec.ports.emplace_back().port = 80;
        return service;
    }

    runtime::VirtualRuntime runtime_{};
    store::Store store_{};
    Registry registry_{store_, runtime_, Random{1}};
};

TEST_F(RegistryTest, HasTheNamespacesThatEveryClusterHas) {
    std::vector<std::string> names;
    for (const auto& each : store_.list<Namespace>()) {
        names.push_back(each->metadata.name);
    }

    EXPECT_THAT(names, ElementsAre("default", "kube-node-lease", "kube-public", "kube-system"));
}

TEST_F(RegistryTest, GivesANewPodItsIdentityDefaultsAndAdmission) {
    const auto pod = registry_.create(pod_named("a")).value();

    EXPECT_THAT(
        pod->metadata.uid,
        MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_EQ(pod->metadata.creationTimestamp, api::Time{default_wall_epoch});
    EXPECT_EQ(pod->metadata.generation, 1);
    EXPECT_FALSE(pod->metadata.resourceVersion.empty());
    EXPECT_EQ(pod->spec->restartPolicy, "Always");
    EXPECT_EQ(pod->spec->tolerations.size(), 2);
    EXPECT_EQ(pod->spec->serviceAccountName, "default");
    EXPECT_EQ(pod->status.phase, "Pending");
    EXPECT_EQ(pod->status->qosClass, "BestEffort");
}

TEST_F(RegistryTest, LetsPodsOfOneTemplateShareOneSpec) {
    Pod pod = pod_named("");
    pod.metadata.generateName = "web-";

    const auto first = registry_.create(pod).value();
    const auto second = registry_.create(pod).value();

    EXPECT_THAT(first->metadata.name, MatchesRegex("web-[b-z2-9]{5}"));
    EXPECT_NE(first->metadata.name, second->metadata.name);
    EXPECT_TRUE(first->spec.body.same_as(second->spec.body));
}

// Five draws of the same character make the name "web-bbbbb"; the first pod has it already, so the
// second draws anew.
TEST_F(RegistryTest, DrawsAGeneratedNameAnewThatIsTaken) {
    class Repeats : public Random {
    public:
        class Zeros : public Script {
        public:
            std::uint64_t next() override {
                return 0;
            }
            std::uint64_t below(std::uint64_t /*bound*/) override {
                return draws_++ < 10 ? 0 : 1;
            }

        private:
            int draws_ = 0;
        };
        explicit Repeats(Zeros& zeros) : Random(zeros) {}
    };
    Repeats::Zeros zeros;
    store::Store store;
    Registry registry{store, runtime_, Repeats{zeros}};
    Namespace name;
    name.metadata.generateName = "web-";

    EXPECT_EQ(registry.create(name).value()->metadata.name, "web-bbbbb");
    EXPECT_EQ(registry.create(name).value()->metadata.name, "web-ccccc");
}

TEST_F(RegistryTest, RefusesWithTheWordsOfKubeApiserver) {
    Pod elsewhere = pod_named("a");
    elsewhere.metadata.namespace_ = "nowhere";
    Deployment wrong = deployment_named("web");
    wrong.spec.replicas = -1;

    EXPECT_EQ(registry_.create(elsewhere).error().message, "namespaces \"nowhere\" not found");
    EXPECT_EQ(registry_.create(wrong).error().message,
              "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1: must be "
              "greater than or equal to 0");
    ASSERT_TRUE(registry_.create(pod_named("a")));
    EXPECT_EQ(registry_.create(pod_named("a")).error().message, "pods \"a\" already exists");
    EXPECT_EQ(registry_.remove<Pod>({"default", "b"}).error().message, "pods \"b\" not found");
}

TEST_F(RegistryTest, RefusesAnUpdateOfAnOlderVersion) {
    Deployment next = *registry_.create(deployment_named("web")).value();
    next.spec.replicas = 2;
    ASSERT_TRUE(registry_.update(next));

    next.spec.replicas = 3;
    const auto second = registry_.update(next);

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, Reason::Conflict);
}

TEST_F(RegistryTest, CountsGenerationsOfTheSpecOnly) {
    Deployment next = *registry_.create(deployment_named("web")).value();
    next.status.replicas = 7;
    const auto unchanged = registry_.update(next).value();
    next.spec.replicas = 2;
    const auto scaled = registry_.update(next).value();

    EXPECT_EQ(unchanged->metadata.generation, 1);
    EXPECT_EQ(unchanged->status.replicas, 0);
    EXPECT_EQ(scaled->metadata.generation, 2);

    Deployment counted = *scaled;
    counted.status.replicas = 2;
    counted.spec.replicas = 9;
    const auto status = registry_.update_status(counted).value();

    EXPECT_EQ(status->metadata.generation, 2);
    EXPECT_EQ(status->status.replicas, 2);
    EXPECT_EQ(status->spec.replicas, 2);
}

TEST_F(RegistryTest, BindsAPodOnce) {
    ASSERT_TRUE(registry_.create(pod_named("a")));

    const auto bound = registry_.bind({"default", "a"}, "node-1").value();

    EXPECT_EQ(bound->spec.nodeName, "node-1");
    ASSERT_EQ(bound->status.conditions->size(), 1);
    EXPECT_EQ(bound->status.conditions->front().type, "PodScheduled");
    EXPECT_EQ(registry_.bind({"default", "a"}, "node-2").error().message,
              "Operation cannot be fulfilled on pods/binding \"a\": pod a is already assigned to "
              "node \"node-1\"");
}

TEST_F(RegistryTest, LetsARunningPodEndGracefully) {
    const store::Key key{"default", "a"};
    ASSERT_TRUE(registry_.create(pod_named("a")));
    ASSERT_TRUE(registry_.bind(key, "node-1"));

    const auto going = registry_.remove<Pod>(key).value();

    EXPECT_EQ(going->metadata.deletionTimestamp, api::Time{default_wall_epoch + 30s});
    EXPECT_EQ(going->metadata.rare->deletionGracePeriodSeconds, 30);
    EXPECT_NE(store_.get<Pod>(key), nullptr);

    ASSERT_TRUE(registry_.remove<Pod>(key, {.grace_period_seconds = 0}));
    EXPECT_EQ(store_.get<Pod>(key), nullptr);
}

TEST_F(RegistryTest, RemovesAPodWithoutANodeAtOnce) {
    ASSERT_TRUE(registry_.create(pod_named("a")));

    ASSERT_TRUE(registry_.remove<Pod>({"default", "a"}));

    EXPECT_EQ(store_.size<Pod>(), 0);
}

TEST_F(RegistryTest, KeepsADeletedObjectUntilItsLastFinalizerGoes) {
    const store::Key key{"default", "web"};
    Deployment deployment = deployment_named("web");
    deployment.metadata.rare.edit().finalizers = std::vector<std::string>{"example.com/hold"};
    ASSERT_TRUE(registry_.create(deployment));

    Deployment held = *registry_.remove<Deployment>(key).value();
    EXPECT_TRUE(held.metadata.deletionTimestamp);
    EXPECT_EQ(held.metadata.generation, 2);
    EXPECT_NE(store_.get<Deployment>(key), nullptr);

    held.metadata.rare.edit().finalizers = {};
    ASSERT_TRUE(registry_.update(held));
    EXPECT_EQ(store_.get<Deployment>(key), nullptr);
}

TEST_F(RegistryTest, DeletesInTheForegroundByAFinalizer) {
    ASSERT_TRUE(registry_.create(deployment_named("web")));

    const auto held =
        registry_.remove<Deployment>({"default", "web"}, {.propagation = Propagation::Foreground})
            .value();

    EXPECT_THAT(held->metadata.rare->finalizers, ElementsAre("foregroundDeletion"));
}

TEST_F(RegistryTest, AllocatesAddressesAndNodePortsAndGivesThemBack) {
    const auto first = registry_.create(service_named("a", "NodePort")).value();
    const auto second = registry_.create(service_named("b")).value();

    EXPECT_EQ(first->spec.clusterIP, "10.96.1.0");
    EXPECT_EQ(first->spec.ports[0].nodePort, 30086);
    EXPECT_EQ(first->spec.ports[0].targetPort, api::IntOrString{80});
    EXPECT_EQ(second->spec.clusterIP, "10.96.1.1");

    ASSERT_TRUE(registry_.remove<Service>({"default", "a"}));
    EXPECT_EQ(registry_.create(service_named("c", "NodePort")).value()->spec.clusterIP,
              "10.96.1.0");
}

TEST_F(RegistryTest, KeepsTheAddressOfAServiceThatAnUpdateLeavesOut) {
    const auto created = registry_.create(service_named("a", "NodePort")).value();
    Service next = service_named("a", "NodePort");
    next.spec.selector["app"] = "x";

    const auto updated = registry_.update(next).value();

    EXPECT_EQ(updated->spec.clusterIP, created->spec.clusterIP);
    EXPECT_EQ(updated->spec.ports, created->spec.ports);
}

TEST_F(RegistryTest, TaintsANewNode) {
    Node node;
    node.metadata.name = "n";

    const auto created = registry_.create(node).value();

    ASSERT_EQ(created->spec.taints.size(), 1);
    EXPECT_EQ(created->spec.taints[0].key, "node.kubernetes.io/not-ready");
}

TEST_F(RegistryTest, RefusesNewObjectsInANamespaceThatGoes) {
    Namespace name;
    name.metadata.name = "team";
    ASSERT_TRUE(registry_.create(name));
    ASSERT_TRUE(registry_.remove<Namespace>({"", "team"}));
    Pod pod = pod_named("a");
    pod.metadata.namespace_ = "team";

    EXPECT_EQ(registry_.create(pod).error().message,
              "pods \"a\" is forbidden: unable to create new content in namespace team because it "
              "is being terminated");
}

TEST_F(RegistryTest, KeepsUnmodelledKindsAsTheyAre) {
    api::Unstructured object{.gvk = {"example.com", "v1", "Widget"}};
    object.metadata.name = "w";
    object.metadata.namespace_ = "default";
    object.content["spec"] = {{"size", 3}};

    const auto created = registry_.create(object).value();

    EXPECT_EQ(created->content, object.content);
    EXPECT_EQ(registry_.create(object).error().message, "widgets.example.com \"w\" already exists");
}

TEST_F(RegistryTest, ChecksTheBoundsOfADisruptionBudget) {
    PodDisruptionBudget budget{.metadata = {.name = "web", .namespace_ = "default"}};
    budget.spec.minAvailable = api::IntOrString{"110%"};
    budget.spec.unhealthyPodEvictionPolicy = "Never";
    const auto refused = registry_.create(budget);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "PodDisruptionBudget.policy \"web\" is invalid: [spec.minAvailable: Invalid value: "
              "\"110%\": must not be greater than 100%, spec.unhealthyPodEvictionPolicy: "
              "Unsupported value: \"Never\": supported values: \"AlwaysAllow\", "
              "\"IfHealthyBudget\"]");

    budget.spec.minAvailable = api::IntOrString{1};
    budget.spec.unhealthyPodEvictionPolicy.reset();
    budget.status.disruptionsAllowed = 3;
    const auto created = registry_.create(budget);
    ASSERT_TRUE(created);
    EXPECT_EQ((*created)->status.disruptionsAllowed, 0);

    PodDisruptionBudget counted = **created;
    counted.spec.minAvailable = api::IntOrString{2};
    counted.status.disruptionsAllowed = 3;
    const auto updated = registry_.update_status(counted);
    ASSERT_TRUE(updated);
    EXPECT_EQ((*updated)->status.disruptionsAllowed, 3);
    EXPECT_EQ((*updated)->spec, (*created)->spec);

    counted.status.expectedPods = -1;
    counted.metadata.resourceVersion = (*updated)->metadata.resourceVersion;
    EXPECT_FALSE(registry_.update_status(counted));
}

TEST_F(RegistryTest, WantsToKnowFromWhichVersionABudgetIsChanged) {
    PodDisruptionBudget budget{.metadata = {.name = "web", .namespace_ = "default"}};
    ASSERT_TRUE(registry_.create(budget));

    const auto refused = registry_.update(budget);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "poddisruptionbudgets.policy \"web\" is invalid: metadata.resourceVersion: Invalid "
              "value: 0: must be specified for an update");
}

}  // namespace
}  // namespace wavetank::registry
