// job.jsonl: a Job, step by step.

#include "controllers/job_pods.hpp"
#include "controllers/pods.hpp"
#include "fidelity/controllers/stepwise.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <tuple>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::batchv1::Job;
using api::corev1::Pod;

const store::Key job_key{"ns", "j"};

json::value optional_text(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value();
}

/// Replaces the generated end of pod names.
std::string without_generated(std::string text) {
    constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
    for (std::size_t at = text.find("j-"); at != std::string::npos; at = text.find("j-", at + 1)) {
        std::size_t begin = at + 2;
        const std::size_t dash = text.find('-', begin);
        const bool numbered = dash != std::string::npos && dash > begin &&
                              text.find_first_not_of("0123456789", begin) == dash &&
                              dash + 6 <= text.size();
        begin = numbered ? dash + 1 : begin;
        if (begin + 5 <= text.size() &&
            text.substr(begin, 5).find_first_not_of(alphabet) == std::string::npos) {
            text.replace(begin, 5, "xxxxx");
        }
    }
    return text;
}

/// One cluster with one Job. Each op is followed by two seconds.
class JobWalk {
public:
    explicit JobWalk(const json::object& spec) : world_({"job"}, Duration::zero()) {
        api::corev1::Namespace ns;
        ns.metadata.name = job_key.namespace_;
        static_cast<void>(world_.registry().create(std::move(ns)).value());
        create(spec);
        world_.settle();
    }

    json::object step(const json::object& op) {
        const std::string name = text_of(op, "op");
        if (name != "create") {
            world_.do_now([&] { apply(name, op); });
        }
        world_.advance((name == "advance" ? number_of(op, "seconds") : 0) + 2);
        return state();
    }

private:
    void create(const json::object& spec);
    void apply(const std::string& name, const json::object& op);
    bool apply_to_job(const std::string& name, const json::object& op);
    void apply_to_pods(const std::string& name, const json::object& op);
    void apply_to_pod(const std::string& name, const Pod& pod, const json::object& op);
    void end(const Pod& pod, const std::string& phase, const json::object& op);
    [[nodiscard]] static bool is_meant(const std::string& name, const Pod& pod);
    json::object state();
    json::array pod_rows();
    json::array conditions(const Job& job);

    [[nodiscard]] json::value since_start(const std::optional<api::Time>& time) {
        if (!time) {
            return nullptr;
        }
        return std::chrono::duration_cast<std::chrono::seconds>(time->value -
                                                                world_.runtime().wall_epoch())
            .count();
    }

    StepwiseWorld world_;
};

void JobWalk::create(const json::object& spec) {
    Job job;
    job.metadata.name = job_key.name;
    job.metadata.namespace_ = job_key.namespace_;
    auto& it = job.spec;
    it.completions = optional_number(spec, "completions");
    it.parallelism = optional_number(spec, "parallelism");
    it.completionMode = text_of(spec, "completionMode");
    it.backoffLimit = optional_number(spec, "backoffLimit");
    it.backoffLimitPerIndex = optional_number(spec, "backoffLimitPerIndex");
    it.maxFailedIndexes = optional_number(spec, "maxFailedIndexes");
    it.activeDeadlineSeconds = optional_number(spec, "activeDeadlineSeconds");
    it.suspend = spec.at("suspend").as_bool();
    it.podReplacementPolicy = text_of(spec, "podReplacementPolicy");
    if (const auto* rules = spec.if_contains("podFailurePolicy"); rules && rules->is_array()) {
        auto& policy = it.podFailurePolicy.emplace();
        for (const json::value& each : rules->get_array()) {
            const auto& given = each.as_object();
            api::batchv1::PodFailurePolicyRule rule{.action = text_of(given, "action")};
            if (const std::string type = text_of(given, "onPodCondition"); !type.empty()) {
                rule.onPodConditions.push_back({.type = type, .status = "True"});
            } else {
                auto& codes = rule.onExitCodes.emplace();
                codes.operator_ = text_of(given, "onExitCodesOperator");
                for (const json::value& code : given.at("onExitCodesValues").as_array()) {
                    codes.values.push_back(code.to_number<std::int32_t>());
                }
            }
            policy.rules.push_back(std::move(rule));
        }
    }
    if (const auto* rules = spec.if_contains("successPolicy"); rules && rules->is_array()) {
        auto& policy = it.successPolicy.emplace();
        for (const json::value& each : rules->get_array()) {
            const auto& given = each.as_object();
            api::batchv1::SuccessPolicyRule rule{.succeededCount =
                                                     optional_number(given, "succeededCount")};
            if (given.at("succeededIndexes").is_string()) {
                rule.succeededIndexes = text_of(given, "succeededIndexes");
            }
            policy.rules.push_back(std::move(rule));
        }
    }
    auto& body = it.template_.spec.edit();
    body.restartPolicy = text_of(spec, "restartPolicy");
    body.containers.push_back({.name = "main", .image = "image"});
    it.template_.spec.nodeName = "node";
    static_cast<void>(world_.registry().create(std::move(job)).value());
}

void JobWalk::apply(const std::string& name, const json::object& op) {
    if (name != "advance" && !apply_to_job(name, op)) {
        apply_to_pods(name, op);
    }
}

bool JobWalk::apply_to_job(const std::string& name, const json::object& op) {
    const auto change = [&](auto what) {
        world_.change<Job>(job_key, what);
        return true;
    };
    if (name == "parallelism") {
        return change([&](Job& it) { it.spec.parallelism = optional_number(op, "n"); });
    }
    if (name == "completions") {
        return change([&](Job& it) { it.spec.completions = optional_number(op, "n"); });
    }
    if (name == "completionsAndParallelism") {
        return change([&](Job& it) {
            it.spec.completions = optional_number(op, "n");
            it.spec.parallelism = optional_number(op, "n");
        });
    }
    if (name == "backoffLimit") {
        return change([&](Job& it) { it.spec.backoffLimit = optional_number(op, "n"); });
    }
    if (name == "suspend" || name == "resume") {
        return change([&](Job& it) { it.spec.suspend = name == "suspend"; });
    }
    if (name == "deadline") {
        return change(
            [&](Job& it) { it.spec.activeDeadlineSeconds = optional_number(op, "seconds"); });
    }
    return false;
}

/// Tells which pods the k-th is taken of.
bool JobWalk::is_meant(const std::string& name, const Pod& pod) {
    const bool going = pod.metadata.deletionTimestamp.has_value();
    const bool finished = controllers::is_terminal(pod);
    if (name == "gone" || name == "goneAll") {
        return going && !finished;
    }
    if (name == "deleteFinished") {
        return finished;
    }
    const bool ready = (name == "ready" || name == "readyAll") && controllers::is_ready(pod);
    return !going && !finished && !ready;
}

void JobWalk::apply_to_pods(const std::string& name, const json::object& op) {
    auto pods = world_.pods();
    std::ranges::stable_sort(pods, {}, [this](const auto& pod) {
        return std::tuple{pod->metadata.creationTimestamp, controllers::completion_index_of(*pod),
                          world_.number(*pod)};
    });
    const bool all = name.ends_with("All");
    std::int64_t k = number_of(op, "k");
    for (const auto& pod : pods) {
        if (is_meant(name, *pod) && (all || k-- == 0)) {
            apply_to_pod(name, *pod, op);
        }
    }
}

void JobWalk::apply_to_pod(const std::string& name, const Pod& pod, const json::object& op) {
    if (name == "ready" || name == "readyAll") {
        world_.set_phase(pod, "Running", true);
    } else if (name == "succeed" || name == "succeedAll") {
        end(pod, "Succeeded", op);
    } else if (name == "fail" || name == "failAll") {
        end(pod, "Failed", op);
    } else if (name == "delete" || name == "deleteFinished") {
        world_.remove(pod);
    } else {
        end(pod, "Failed", {{"exitCode", 137}});
        world_.vanish(*world_.store().get<Pod>(store::key_of(pod)));
    }
}

void JobWalk::end(const Pod& pod, const std::string& phase, const json::object& op) {
    world_.set_phase(pod, phase, false);
    Pod changed = *world_.store().get<Pod>(store::key_of(pod));
    const api::Time now{world_.runtime().wall()};
    api::corev1::ContainerStatus status{.name = "main"};
    status.state.terminated.emplace() = {
        .exitCode = static_cast<std::int32_t>(number_of(op, "exitCode")), .finishedAt = now};
    changed.status.edit().containerStatuses = std::vector{status};
    if (const auto* disrupted = op.if_contains("disruptionTarget");
        disrupted != nullptr && disrupted->is_bool() && disrupted->get_bool()) {
        changed.status.conditions.edit().push_back(
            {.type = "DisruptionTarget", .status = "True", .lastTransitionTime = now});
    }
    static_cast<void>(world_.registry().update_status(std::move(changed)).value());
}

json::array JobWalk::pod_rows() {
    std::vector<std::pair<std::int64_t, json::array>> rows;
    for (const auto& pod : world_.pods()) {
        const json::value created = since_start(pod->metadata.creationTimestamp);
        json::array row{std::to_string(created.get_int64()),
                        std::to_string(controllers::completion_index_of(*pod)),
                        StepwiseWorld::shown_phase(*pod)};
        const auto annotation = [&](const char* key, const std::string& shown) {
            const auto found = pod->metadata.annotations->find(key);
            if (found != pod->metadata.annotations->end()) {
                row.emplace_back(shown + "=" + found->second);
            }
        };
        if (pod->metadata.deletionTimestamp) {
            row.emplace_back("terminating");
        }
        if (controllers::has_job_finalizer(*pod)) {
            row.emplace_back("finalizer");
        }
        annotation("batch.kubernetes.io/job-index-failure-count", "failures");
        annotation("batch.kubernetes.io/job-index-ignored-failure-count", "ignored");
        rows.emplace_back(created.get_int64(), std::move(row));
    }
    std::ranges::sort(rows, {}, [](const auto& row) {
        std::string text;
        for (const json::value& cell : row.second) {
            text += std::string{cell.as_string()} + " ";
        }
        return std::pair{row.first, text};
    });
    json::array result;
    for (auto& [created, row] : rows) {
        result.push_back(std::move(row));
    }
    return result;
}

json::array JobWalk::conditions(const Job& job) {
    json::array rows;
    for (const auto& condition : job.status.conditions) {
        rows.push_back(json::object{{"type", condition.type},
                                    {"status", condition.status},
                                    {"reason", condition.reason},
                                    {"message", without_generated(condition.message)},
                                    {"lastTransition", since_start(condition.lastTransitionTime)}});
    }
    return rows;
}

json::object JobWalk::state() {
    const auto job = world_.store().get<Job>(job_key);
    const auto& status = job->status;
    json::object result{{"t", world_.seconds()},
                        {"pods", pod_rows()},
                        {"active", status.active},
                        {"ready", json_of(status.ready)},
                        {"succeeded", status.succeeded},
                        {"failed", status.failed},
                        {"terminating", json_of(status.terminating)},
                        {"startTime", since_start(status.startTime)},
                        {"completionTime", since_start(status.completionTime)},
                        {"conditions", conditions(*job)}};
    if (!status.completedIndexes.empty()) {
        result["completedIndexes"] = status.completedIndexes;
    }
    if (status.failedIndexes) {
        result["failedIndexes"] = optional_text(status.failedIndexes);
    }
    if (json::array events = world_.take_events(without_generated); !events.empty()) {
        result["events"] = std::move(events);
    }
    return result;
}

class JobReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        JobWalk walk{test_case.at("spec").as_object()};
        return replay_steps(test_case, walk);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_job_replayer() {
    return std::make_unique<JobReplayer>();
}

}  // namespace wavetank::fidelity
