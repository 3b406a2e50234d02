#include "registry/pod/pod_rules.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/codec/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;

// A pod whose one container, "c" of image "img", has these further fields; `rest` are further
// fields of the spec. Both begin with a comma unless they are empty.
Pod pod_with(std::string_view container, std::string_view rest = "") {
    const std::string text = R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},)"
                             R"("spec":{"containers":[{"name":"c","image":"img")" +
                             std::string{container} + "}]" + std::string{rest} + "}}";
    return codec::from_json<Pod>(boost::json::parse(text)).value();
}

Pod admitted(Pod pod) {
    default_pod(pod);
    admit_pod(pod, {.volume_suffix = "abcde"}).value();
    prepare_pod(pod, api::Time{});
    return pod;
}

std::string errors_of(const Pod& pod) {
    return api::aggregate_text(validate_pod(admitted(pod)));
}

TEST(PodRules, AcceptTheSmallestPod) {
    EXPECT_TRUE(validate_pod(admitted(pod_with(""))).empty());
}

TEST(PodRules, MountTheTokenUnderTheNameThatAdmissionGives) {
    const Pod pod = admitted(pod_with(""));

    ASSERT_EQ(pod.spec->volumes.size(), 1U);
    EXPECT_EQ(pod.spec->volumes[0].name, "kube-api-access-abcde");
    EXPECT_EQ(pod.spec->containers[0].volumeMounts.size(), 1U);
}

TEST(PodRules, TolerateNodesInTroubleForFiveMinutesUnlessAllIsTolerated) {
    const Pod pod = admitted(pod_with(""));
    const Pod tolerant = admitted(pod_with("", R"(,"tolerations":[{"operator":"Exists"}])"));

    ASSERT_EQ(pod.spec->tolerations.size(), 2U);
    EXPECT_EQ(pod.spec->tolerations[1].key, "node.kubernetes.io/unreachable");
    EXPECT_EQ(pod.spec->tolerations[1].tolerationSeconds, 300);
    EXPECT_EQ(tolerant.spec->tolerations.size(), 1U);
}

TEST(PodRules, TakeTheFirstHandlerAndForbidTheOthers) {
    EXPECT_EQ(errors_of(pod_with(
                  R"(,"livenessProbe":{"exec":{},"tcpSocket":{"port":80},"successThreshold":2})")),
              "[spec.containers[0].livenessProbe.exec.command: Required value, "
              "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 "
              "handler type, spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: "
              "must be 1]");
}

TEST(PodRules, CompareRequestsOfThePodWithThoseOfItsContainers) {
    EXPECT_EQ(errors_of(pod_with(R"(,"resources":{"requests":{"cpu":"2"}})",
                                 R"(,"resources":{"requests":{"cpu":"1"}})")),
              "spec.resources.requests[cpu]: Invalid value: \"1\": must be greater than or equal "
              "to aggregate container requests of 2");
}

TEST(PodRules, LetAnUpdateChangeTheImageAndLittleElse) {
    const Pod old = admitted(pod_with(""));
    Pod next = old;
    next.spec.edit().containers[0].image = "other";
    EXPECT_TRUE(validate_pod_update(next, old).empty());

    next.spec.edit().containers[0].command = {"run"};
    const FieldErrors errors = validate_pod_update(next, old);
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].field, "spec");
    EXPECT_TRUE(
        errors[0].message.starts_with("Forbidden: pod updates may not change fields other "
                                      "than `spec.containers[*].image`,"));
}

TEST(PodRules, WarnOfPortsDefinedTwice) {
    const Pod pod = admitted(
        pod_with(R"(,"ports":[{"name":"a","containerPort":80},{"name":"b","containerPort":80}])"));

    EXPECT_EQ(pod_warnings(pod),
              std::vector<std::string>{"spec.containers[0].ports[1]: duplicate port definition "
                                       "with spec.containers[0].ports[0]"});
}

TEST(PodRules, RankByTheLeastOfTheContainers) {
    const auto class_of = [](std::string_view container) {
        return admitted(pod_with(container)).status->qosClass;
    };

    EXPECT_EQ(class_of(""), "BestEffort");
    EXPECT_EQ(class_of(R"(,"resources":{"requests":{"cpu":"1"}})"), "Burstable");
    EXPECT_EQ(class_of(R"(,"resources":{"limits":{"cpu":"1","memory":"1Gi"}})"), "Guaranteed");
}

}  // namespace
}  // namespace wavetank::registry
