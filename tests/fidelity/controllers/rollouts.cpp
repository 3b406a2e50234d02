// rollouts.jsonl: a Deployment and its ReplicaSets, step by step, with the real controllers.

#include "controllers/owners.hpp"
#include "controllers/pods.hpp"
#include "controllers/replica_sets.hpp"
#include "fidelity/fidelity.hpp"

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using api::appsv1::Deployment;
using api::appsv1::DeploymentCondition;
using api::appsv1::ReplicaSet;
using api::corev1::Event;
using api::corev1::Pod;
using controllers::annotation::desired_replicas;
using controllers::annotation::max_replicas;
using controllers::annotation::revision;
using controllers::annotation::revision_history;

const store::Key deployment_key{"default", "web"};

std::string annotation_of(const api::metav1::ObjectMeta& metadata, const char* key) {
    const auto found = metadata.annotations->find(key);
    return found == metadata.annotations->end() ? "" : found->second;
}

std::int64_t number_of(const json::object& object, std::string_view member,
                       std::int64_t absent = 0) {
    const json::value* value = object.if_contains(member);
    return value == nullptr || value->is_null() ? absent : value->to_number<std::int64_t>();
}

std::optional<std::int32_t> optional_number(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    return value->to_number<std::int32_t>();
}

std::string text_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    return value == nullptr || !value->is_string() ? "" : std::string{value->get_string()};
}

std::optional<api::IntOrString> bound_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    return value->is_string() ? api::IntOrString::parse(value->get_string())
                              : api::IntOrString{value->to_number<std::int32_t>()};
}

json::value json_of(const std::optional<std::int32_t>& number) {
    return number ? json::value(*number) : json::value();
}

/// One cluster with one Deployment and the two controllers.
class Rollout {
public:
    explicit Rollout(const json::object& spec)
        : graceful_(spec.at("gracefulTermination").as_bool()),
          registry_(store_, runtime_, Random{1}),
          manager_(registry_, runtime_,
                   {.controllers = only_two(), .events = controllers::EventPolicy::All}) {
        events_ = store_.watch<Event>([this](const auto& event) { note(*event.object); });
        replica_sets_ = store_.watch<ReplicaSet>([this](const auto& event) {
            const ReplicaSet& set = *event.object;
            names_[set.metadata.name] = set.spec.template_.spec->containers.front().image;
        });
        pods_ = store_.watch<Pod>([this](const auto& event) {
            if (event.type == store::EventType::Added) {
                order_.emplace(event.object->metadata.name, order_.size());
                runtime_.post([this, key = store::key_of(*event.object)] { number(key); });
            }
        });
        create(spec);
    }

    /// Applies one op and returns the state after it.
    json::object step(const json::object& op) {
        event_texts_.clear();
        pod_events_.clear();
        const std::string name = text_of(op, "op");
        if (name != "create") {
            ++seconds_;
            const TimePoint now{std::chrono::seconds{seconds_}};
            runtime_.run_until(now);  // what is due in this second comes before the op
            runtime_.schedule(now, [this, name, &op] { apply(name, op); });
        }
        settle();
        if (name == "advance") {
            for (std::int64_t i = number_of(op, "seconds"); i > 0; --i) {
                ++seconds_;
                settle();
            }
        }
        return state();
    }

private:
    static controllers::ControllerRegistry only_two() {
        auto result = controllers::ControllerRegistry::defaults();
        const auto all = controllers::ControllerRegistry::defaults();
        for (const auto& info : all.entries()) {
            if (info.name != "deployment" && info.name != "replicaset") {
                result.remove(info.name);
            }
        }
        return result;
    }

    /// Lets everything come to rest that is due in this second, retries of failed writes included.
    void settle() {
        runtime_.run_until(TimePoint{std::chrono::seconds{seconds_} + 900ms});
    }

    /// Gives a pod a UID that sorts by creation, as the recorded pods had.
    void number(const store::Key& key) {
        if (const auto pod = store_.get<Pod>(key)) {
            std::string digits = std::to_string(order_.at(key.name));
            Pod numbered = *pod;
            numbered.metadata.uid = std::string(36 - digits.size(), '0') + digits;
            static_cast<void>(store_.update(std::move(numbered)).value());
        }
    }

    void create(const json::object& spec);
    void apply(const std::string& name, const json::object& op);
    bool apply_to_deployment(const std::string& name, const json::object& op);
    void apply_to_pods(const std::string& name, const json::object& op);
    void remove_gone(const std::string& name, const json::object& op);

    std::vector<api::Pointer<const Pod>> pods_of(const std::string& image) const {
        auto pods = store_.list<Pod>();
        std::erase_if(pods, [&](const auto& pod) {
            return !image.empty() && pod->spec->containers.front().image != image;
        });
        std::ranges::sort(pods, {},
                          [this](const auto& pod) { return order_.at(pod->metadata.name); });
        return pods;
    }

    template <class Change>
    void change_deployment(Change change) {
        Deployment deployment = *store_.get<Deployment>(deployment_key);
        change(deployment);
        static_cast<void>(registry_.update(std::move(deployment)).value());
    }

    void set_image(Deployment& deployment, const std::string& image) {
        deployment.spec.template_.spec.edit().containers.front().image = image;
    }

    void set_phase(const Pod& pod, const std::string& phase, bool ready) {
        Pod changed = pod;
        const bool was_ready = controllers::is_ready(pod);
        changed.status.phase = phase;
        const api::Time now{runtime_.wall()};
        auto& conditions = changed.status.conditions.edit();
        const auto found = std::ranges::find(conditions, "Ready", &api::corev1::PodCondition::type);
        if (found == conditions.end()) {
            conditions.push_back(
                {.type = "Ready", .status = ready ? "True" : "False", .lastTransitionTime = now});
        } else if (was_ready != ready) {
            found->status = ready ? "True" : "False";
            found->lastTransitionTime = now;
        }
        static_cast<void>(registry_.update_status(std::move(changed)).value());
    }

    void delete_pod(const Pod& pod) {
        static_cast<void>(registry_.remove<Pod>(store::key_of(pod)).value());
    }

    void vanish(const Pod& pod) {
        static_cast<void>(
            registry_.remove<Pod>(store::key_of(pod), {.grace_period_seconds = 0}).value());
    }

    [[nodiscard]] std::string named_by_template(std::string text) const {
        for (const auto& [name, image] : names_) {
            for (std::size_t at = text.find(name); at != std::string::npos;
                 at = text.find(name, at + 1)) {
                text.replace(at, name.size(), "web-<" + image + ">");
            }
        }
        return text;
    }

    void note(const Event& event) {
        if (event.involvedObject.kind == "Deployment") {
            event_texts_.push_back(event.type + " " + event.reason + " " + event.message);
        } else {
            ++pod_events_[event.type + " " + event.reason + " " + event.involvedObject.name];
        }
    }

    json::object state();
    [[nodiscard]] json::array replica_set_rows() const;
    [[nodiscard]] json::array condition_rows(const Deployment& deployment) const;
    void add_events(json::object& result) const;

    [[nodiscard]] json::value since_start(const std::optional<api::Time>& time) const {
        if (!time) {
            return nullptr;
        }
        return std::chrono::duration_cast<std::chrono::seconds>(time->value - runtime_.wall_epoch())
            .count();
    }

    bool graceful_;
    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_;
    controllers::ControllerManager manager_;
    store::Subscription events_;
    store::Subscription replica_sets_;
    store::Subscription pods_;
    std::map<std::string, std::string> names_;  // ReplicaSets: name to image
    std::map<std::string, std::size_t> order_;  // pods: name to number
    std::vector<std::string> event_texts_;
    std::map<std::string, int> pod_events_;
    std::optional<json::array> conditions_before_;
    std::int64_t seconds_ = 0;
};

void Rollout::create(const json::object& spec) {
    Deployment deployment;
    deployment.metadata.name = deployment_key.name;
    deployment.metadata.namespace_ = deployment_key.namespace_;
    deployment.spec.replicas = optional_number(spec, "replicas");
    deployment.spec.selector.emplace().matchLabels = {{"app", "web"}};
    deployment.spec.template_.metadata.labels.edit() = {{"app", "web"}};
    api::corev1::PodSpecBody& body = deployment.spec.template_.spec.edit();
    body.containers.push_back({.name = "web", .image = text_of(spec, "template")});
    deployment.spec.template_.spec.nodeName = "node";  // all alike, so that no node decides
    if (!graceful_) {
        body.terminationGracePeriodSeconds = 0;
    }
    deployment.spec.strategy.type = text_of(spec, "strategy");
    if (deployment.spec.strategy.type == "RollingUpdate") {
        deployment.spec.strategy.rollingUpdate.emplace() = {
            .maxUnavailable = bound_of(spec, "maxUnavailable"),
            .maxSurge = bound_of(spec, "maxSurge")};
    }
    deployment.spec.minReadySeconds = optional_number(spec, "minReadySeconds").value_or(0);
    deployment.spec.progressDeadlineSeconds = optional_number(spec, "progressDeadlineSeconds");
    deployment.spec.revisionHistoryLimit = optional_number(spec, "revisionHistoryLimit");
    static_cast<void>(registry_.create(std::move(deployment)).value());
}

void Rollout::apply(const std::string& name, const json::object& op) {
    if (name == "advance") {
        return;
    }
    if (name == "gone" || name == "goneAll") {
        remove_gone(name, op);
    } else if (!apply_to_deployment(name, op)) {
        apply_to_pods(name, op);
    }
}

bool Rollout::apply_to_deployment(const std::string& name, const json::object& op) {
    const std::map<std::string, std::function<void(Deployment&)>> changes{
        {"image", [&](Deployment& it) { set_image(it, text_of(op, "tpl")); }},
        {"scale", [&](Deployment& it) { it.spec.replicas = optional_number(op, "n"); }},
        {"imageAndScale",
         [&](Deployment& it) {
             set_image(it, text_of(op, "tpl"));
             it.spec.replicas = optional_number(op, "n");
         }},
        {"strategy",
         [&](Deployment& it) {
             it.spec.strategy.rollingUpdate.emplace() = {
                 .maxUnavailable = bound_of(op, "maxUnavailable"),
                 .maxSurge = bound_of(op, "maxSurge")};
         }},
        {"pause", [](Deployment& it) { it.spec.paused = true; }},
        {"resume", [](Deployment& it) { it.spec.paused = false; }},
        {"minReadySeconds",
         [&](Deployment& it) {
             it.spec.minReadySeconds = optional_number(op, "seconds").value_or(0);
         }},
        {"historyLimit",
         [&](Deployment& it) { it.spec.revisionHistoryLimit = optional_number(op, "n"); }},
    };
    const auto change = changes.find(name);
    if (change == changes.end()) {
        return false;
    }
    change_deployment(change->second);
    return true;
}

void Rollout::apply_to_pods(const std::string& name, const json::object& op) {
    const auto k = static_cast<std::size_t>(number_of(op, "k"));
    std::size_t index = 0;
    for (const auto& pod : pods_of(text_of(op, "tpl"))) {
        if (!controllers::is_active(*pod)) {
            continue;
        }
        const bool ready = controllers::is_ready(*pod);
        if (name == "readyAll") {
            if (!ready) {
                set_phase(*pod, "Running", true);
            }
            continue;
        }
        const bool counts = name == "ready" ? !ready : name == "unready" ? ready : true;
        if (!counts || index++ != k) {
            continue;
        }
        if (name == "ready" || name == "unready") {
            set_phase(*pod, name == "ready" ? "Running" : pod->status.phase, name == "ready");
        } else if (name == "fail") {
            set_phase(*pod, "Failed", false);
        } else if (name == "delete") {
            delete_pod(*pod);
        }
        return;
    }
}

void Rollout::remove_gone(const std::string& name, const json::object& op) {
    const auto k = static_cast<std::size_t>(number_of(op, "k"));
    std::size_t index = 0;
    for (const auto& pod : pods_of("")) {
        if (pod->metadata.deletionTimestamp && (name == "goneAll" || index++ == k)) {
            vanish(*pod);
        }
    }
}

json::array Rollout::replica_set_rows() const {
    auto sets = store_.list<ReplicaSet>();
    std::ranges::sort(sets, {}, [](const auto& set) {
        return std::pair{controllers::revision_of(*set).value_or(0), set->metadata.name};
    });
    json::array rows;
    for (const auto& set : sets) {
        const auto& status = set->status;
        rows.push_back(json::array{
            set->spec.template_.spec->containers.front().image,
            annotation_of(set->metadata, revision), annotation_of(set->metadata, revision_history),
            annotation_of(set->metadata, desired_replicas),
            annotation_of(set->metadata, max_replicas), controllers::replicas_of(*set),
            status.replicas, status.readyReplicas, status.availableReplicas,
            json_of(status.terminatingReplicas)});
    }
    return rows;
}

json::array Rollout::condition_rows(const Deployment& deployment) const {
    auto conditions = deployment.status.conditions;
    std::ranges::sort(conditions, {}, &DeploymentCondition::type);
    json::array rows;
    for (const DeploymentCondition& condition : conditions) {
        rows.push_back(json::object{{"type", condition.type},
                                    {"status", condition.status},
                                    {"reason", condition.reason},
                                    {"message", named_by_template(condition.message)},
                                    {"lastUpdate", since_start(condition.lastUpdateTime)},
                                    {"lastTransition", since_start(condition.lastTransitionTime)}});
    }
    return rows;
}

void Rollout::add_events(json::object& result) const {
    json::array events;
    for (const std::string& text : event_texts_) {
        events.emplace_back(named_by_template(text));
    }
    std::vector<std::string> counted;
    for (const auto& [text, count] : pod_events_) {
        counted.push_back(named_by_template(text) + " x" + std::to_string(count));
    }
    std::ranges::sort(counted);
    if (!events.empty()) {
        result["events"] = std::move(events);
    }
    if (!counted.empty()) {
        result["podEvents"] = to_json(counted);
    }
}

json::object Rollout::state() {
    const auto deployment = store_.get<Deployment>(deployment_key);
    const auto& status = deployment->status;
    json::object result{{"t", seconds_},
                        {"replicaSets", replica_set_rows()},
                        {"revision", annotation_of(deployment->metadata, revision)},
                        {"generation", deployment->metadata.generation},
                        {"observedGeneration", status.observedGeneration},
                        {"replicas", status.replicas},
                        {"updated", status.updatedReplicas},
                        {"ready", status.readyReplicas},
                        {"available", status.availableReplicas},
                        {"unavailable", status.unavailableReplicas},
                        {"terminating", json_of(status.terminatingReplicas)},
                        {"collisionCount", json_of(status.collisionCount)}};
    json::array conditions = condition_rows(*deployment);
    if (conditions_before_ != conditions) {
        result["conditions"] = conditions;
        conditions_before_ = std::move(conditions);
    }
    add_events(result);
    return result;
}

class RolloutReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        Rollout rollout{test_case.at("spec").as_object()};
        std::size_t number = 0;
        for (const json::value& step : test_case.at("steps").as_array()) {
            const json::object state = rollout.step(step.as_object().at("op").as_object());
            const std::string path = "steps[" + std::to_string(number++) + "] " +
                                     json::serialize(step.as_object().at("op"));
            if (auto found = difference(step.as_object().at("state"), state, path)) {
                return failed(std::move(*found));
            }
        }
        return passed();
    }
};

}  // namespace

std::unique_ptr<Replayer> make_rollouts_replayer() {
    return std::make_unique<RolloutReplayer>();
}

}  // namespace wavetank::fidelity
