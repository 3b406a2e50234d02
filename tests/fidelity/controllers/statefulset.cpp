// statefulset.jsonl: a StatefulSet, step by step.

#include "controllers/pods.hpp"
#include "controllers/stateful_pods.hpp"
#include "fidelity/controllers/stepwise.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::appsv1::ControllerRevision;
using api::appsv1::StatefulSet;
using api::corev1::Pod;

const store::Key stateful_key{"default", "web"};

/// One cluster with one StatefulSet.
class StatefulWalk {
public:
    explicit StatefulWalk(const json::object& spec) : world_({"statefulset"}) {
        create(spec);
    }

    json::object step(const json::object& op) {
        const std::string name = text_of(op, "op");
        if (name != "create") {
            world_.advance_to_next([&] { apply(name, op); });
        }
        world_.settle();
        if (name == "advance") {
            world_.advance(number_of(op, "seconds"));
        }
        return state();
    }

private:
    void create(const json::object& spec);
    void apply(const std::string& name, const json::object& op);
    bool apply_to_set(const std::string& name, const json::object& op);
    void apply_to_pod(const std::string& name, const Pod& pod);
    json::object state();
    json::array revisions();

    [[nodiscard]] std::string template_of(std::string_view revision) {
        const auto found =
            world_.store().get<ControllerRevision>({"default", std::string{revision}});
        return found == nullptr ? "" : image_of(*found);
    }

    static std::string image_of(const ControllerRevision& revision) {
        return std::string{
            revision.data.at_pointer("/spec/template/spec/containers/0/image").as_string()};
    }

    StepwiseWorld world_;
};

void StatefulWalk::create(const json::object& spec) {
    StatefulSet set;
    set.metadata.name = stateful_key.name;
    set.metadata.namespace_ = stateful_key.namespace_;
    set.spec.replicas = optional_number(spec, "replicas");
    set.spec.serviceName = "web";
    set.spec.selector.emplace().matchLabels = {{"app", "web"}};
    set.spec.podManagementPolicy = text_of(spec, "podManagementPolicy");
    set.spec.template_.metadata.labels.edit() = {{"app", "web"}};
    auto& body = set.spec.template_.spec.edit();
    body.containers.push_back({.name = "web", .image = text_of(spec, "template")});
    if (!spec.at("gracefulTermination").as_bool()) {
        body.terminationGracePeriodSeconds = 0;
    }
    set.spec.template_.spec.nodeName = "node";
    set.spec.updateStrategy.type = text_of(spec, "updateStrategy");
    if (set.spec.updateStrategy.type == "RollingUpdate") {
        set.spec.updateStrategy.rollingUpdate.emplace() = {
            .partition = optional_number(spec, "partition"),
            .maxUnavailable = bound_of(spec, "maxUnavailable")};
    }
    set.spec.minReadySeconds = optional_number(spec, "minReadySeconds").value_or(0);
    if (const auto start = optional_number(spec, "ordinalsStart"); start.value_or(0) != 0) {
        set.spec.ordinals.emplace().start = *start;
    }
    set.spec.revisionHistoryLimit = optional_number(spec, "revisionHistoryLimit");
    static_cast<void>(world_.registry().create(std::move(set)).value());
}

void StatefulWalk::apply(const std::string& name, const json::object& op) {
    if (name == "advance" || apply_to_set(name, op)) {
        return;
    }
    const json::value* ordinal = op.if_contains("ordinal");
    for (const auto& pod : world_.pods()) {
        if (ordinal == nullptr ||
            controllers::ordinal_of(*pod) == ordinal->to_number<std::int64_t>()) {
            apply_to_pod(name, *pod);
        }
    }
}

bool StatefulWalk::apply_to_set(const std::string& name, const json::object& op) {
    const auto change = [&](auto what) {
        world_.change<StatefulSet>(stateful_key, what);
        return true;
    };
    if (name == "scale") {
        return change([&](StatefulSet& it) { it.spec.replicas = optional_number(op, "n"); });
    }
    if (name == "image") {
        return change([&](StatefulSet& it) {
            it.spec.template_.spec.edit().containers.front().image = text_of(op, "tpl");
        });
    }
    if (name == "partition" || name == "maxUnavailable") {
        return change([&](StatefulSet& it) {
            auto& strategy = it.spec.updateStrategy;
            if (!strategy.rollingUpdate) {
                strategy.rollingUpdate.emplace();
            }
            if (name == "partition") {
                strategy.rollingUpdate->partition = optional_number(op, "n");
            } else {
                strategy.rollingUpdate->maxUnavailable = bound_of(op, "value");
            }
        });
    }
    return false;
}

void StatefulWalk::apply_to_pod(const std::string& name, const Pod& pod) {
    const bool going = pod.metadata.deletionTimestamp.has_value();
    if (name == "readyAll" || name == "ready") {
        if (controllers::is_active(pod) && !controllers::is_ready(pod)) {
            world_.set_phase(pod, "Running", true);
        }
    } else if (name == "unready") {
        world_.set_phase(pod, pod.status.phase, false);
    } else if (name == "fail" || name == "succeed") {
        world_.set_phase(pod, name == "fail" ? "Failed" : "Succeeded", false);
    } else if (name == "delete") {
        world_.remove(pod);
    } else if ((name == "gone" || name == "goneAll") && going) {
        world_.vanish(pod);
    }
}

json::array StatefulWalk::revisions() {
    std::vector<std::string> shown;
    for (const auto& revision : world_.store().list<ControllerRevision>()) {
        shown.push_back(image_of(*revision) + "@" + std::to_string(revision->revision));
    }
    return to_json(StepwiseWorld::sorted_revisions(std::move(shown)));
}

json::object StatefulWalk::state() {
    auto pods = world_.store().list<Pod>();
    std::ranges::sort(pods, {}, [](const auto& pod) { return controllers::ordinal_of(*pod); });
    json::array rows;
    for (const auto& pod : pods) {
        json::array row{std::to_string(controllers::ordinal_of(*pod)),
                        pod->spec->containers.front().image, StepwiseWorld::shown_phase(*pod)};
        if (pod->metadata.deletionTimestamp) {
            row.emplace_back("terminating");
        }
        rows.push_back(std::move(row));
    }
    const auto set = world_.store().get<StatefulSet>(stateful_key);
    const auto& status = set->status;
    json::object result{{"t", world_.seconds()},
                        {"pods", std::move(rows)},
                        {"replicas", status.replicas},
                        {"ready", status.readyReplicas},
                        {"available", status.availableReplicas},
                        {"current", status.currentReplicas},
                        {"updated", status.updatedReplicas},
                        {"currentRevision", template_of(status.currentRevision)},
                        {"updateRevision", template_of(status.updateRevision)},
                        {"observedGeneration", status.observedGeneration},
                        {"revisions", revisions()}};
    if (json::array events = world_.take_events(); !events.empty()) {
        result["events"] = std::move(events);
    }
    return result;
}

class StatefulSetReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        StatefulWalk walk{test_case.at("spec").as_object()};
        return replay_steps(test_case, walk);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_statefulset_replayer() {
    return std::make_unique<StatefulSetReplayer>();
}

}  // namespace wavetank::fidelity
