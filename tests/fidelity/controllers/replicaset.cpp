// replicaset.jsonl: which of its pods a ReplicaSet deletes first.

#include "controllers/deletion_order.hpp"
#include "fidelity/fidelity.hpp"

#include <chrono>
#include <memory>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::corev1::ContainerStatus;
using api::corev1::Pod;
using PodPointer = api::Pointer<const Pod>;

constexpr WallTime now = default_wall_epoch;

std::string text_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

std::optional<api::Time> seconds_ago(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    return api::Time{now - std::chrono::seconds{value->to_number<std::int64_t>()}};
}

PodPointer pod_of(const json::object& source) {
    Pod pod;
    pod.metadata.name = text_of(source, "name");
    pod.metadata.uid = text_of(source, "uid");
    pod.metadata.creationTimestamp = seconds_ago(source, "createdSecondsAgo");
    pod.spec.nodeName = text_of(source, "node");
    pod.status.phase = text_of(source, "phase");
    if (const json::value* cost = source.if_contains("deletionCost"); cost && cost->is_string()) {
        pod.metadata.annotations.edit()["controller.kubernetes.io/pod-deletion-cost"] =
            std::string{cost->get_string()};
    }
    if (const json::value* ready = source.if_contains("ready"); ready && !ready->is_null()) {
        pod.status.conditions.edit().push_back(
            {.type = "Ready",
             .status = ready->get_bool() ? "True" : "False",
             .lastTransitionTime = seconds_ago(source, "readyTransitionSecondsAgo")});
    }
    if (const json::value* restarts = source.if_contains("restarts");
        restarts && restarts->is_array()) {
        for (const json::value& count : restarts->get_array()) {
            pod.status.edit().containerStatuses.edit().push_back(
                {.restartCount = count.to_number<std::int32_t>()});
        }
    }
    if (const json::value* count = source.if_contains("sidecarRestarts")) {
        pod.spec.edit().initContainers.push_back({.name = "sidecar"});
        pod.spec.edit().initContainers.back().restartPolicy = "Always";
        pod.status.edit().initContainerStatuses.edit().push_back(
            {.name = "sidecar", .restartCount = count->to_number<std::int32_t>()});
    }
    return api::make_object<const Pod>(std::move(pod));
}

class ReplicaSetReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const json::object& in = test_case.at("in").as_object();
        std::vector<PodPointer> pods;
        for (const json::value& pod : in.at("pods").as_array()) {
            pods.push_back(pod_of(pod.as_object()));
        }
        std::vector<PodPointer> related = pods;
        if (const json::value* others = in.if_contains("podsOfOtherReplicaSetsOfTheOwner");
            others && others->is_array()) {
            for (const json::value& pod : others->get_array()) {
                related.push_back(pod_of(pod.as_object()));
            }
        }
        const auto ordered =
            controllers::in_deletion_order(pods, controllers::ranks_by_node(pods, related), now);
        std::vector<std::string> names;
        for (const PodPointer& pod : ordered) {
            names.push_back(pod->metadata.name);
        }
        return compared(test_case.at("out"), json::object{{"order", to_json(names)}});
    }
};

}  // namespace

std::unique_ptr<Replayer> make_replicaset_replayer() {
    return std::make_unique<ReplicaSetReplayer>();
}

}  // namespace wavetank::fidelity
