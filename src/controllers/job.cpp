#include "controllers/job.hpp"

#include <utility>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::batchv1::Job;
using api::corev1::Pod;

// Changes of pods reach a Job in batches (upstream's `SyncJobBatchPeriod`).
constexpr Duration job_batch_period_of_pods = 1s;

// What keys of pods, and of all pods that a selector picks, begin with. No name has a colon.
constexpr std::string_view pod_mark = "pod:";
constexpr std::string_view selector_mark = "selector:";

bool is_managed_elsewhere(const Job& job) {
    return job.spec.managedBy && *job.spec.managedBy != "kubernetes.io/job-controller";
}

}  // namespace

JobController::JobController(const ControllerContext& context)
    : context_(context),
      store_(context.registry.store()),
      pods_(
          context.registry,
          [this](const Job& job, const auto&) {
              context_.queue.add_after(store::key_of(job), job_batch_period_of_pods);
          },
          job_finalizer) {
    jobs_ = store_.watch<Job>([this](const auto& event) { on_job(event); });
    orphans_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    for (const auto& job : store_.list<Job>()) {
        on_job({store::EventType::Added, job, nullptr, 0});
    }
}

void JobController::on_job(const store::WatchEvent<Job>& event) {
    const Job& job = *event.object;
    const store::Key key = store::key_of(job);
    const auto look_for_orphans = [&] {
        if (const auto selector = compile(job.spec.selector)) {
            context_.queue.add(
                {key.namespace_, std::string{selector_mark} + selector->to_string()});
        }
    };
    if (event.type == store::EventType::Deleted) {
        failures_.erase(key);
        context_.queue.add(key);
        look_for_orphans();
        return;
    }
    if (event.type == store::EventType::Added) {
        context_.queue.add(key);
        return;
    }
    if (is_finished(job)) {
        failures_.erase(key);
        look_for_orphans();
        return;
    }
    if (event.previous->metadata.generation == job.metadata.generation) {
        context_.queue.add_after(key, job_batch_period_of_pods);
    } else {
        context_.queue.add(key);
    }
    const auto& deadline = job.spec.activeDeadlineSeconds;
    if (job.status.startTime && deadline &&
        deadline != event.previous->spec.activeDeadlineSeconds) {
        const Duration left = job.status.startTime->value + std::chrono::seconds{*deadline} -
                              context_.registry.clock().wall();
        context_.queue.add_after(key, std::max(left, Duration::zero()));
    }
}

/// Notes pods that no Job will let go: those without one, and those of one that has ended.
void JobController::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    if (event.type == store::EventType::Deleted || !has_job_finalizer(pod)) {
        return;
    }
    const auto* owner = controller_of(pod.metadata);
    const auto job = pods_.resolve(pod.metadata.namespace_, owner);
    const bool ended = owner != nullptr && pod.metadata.deletionTimestamp && owner->kind == "Job" &&
                       (job == nullptr || is_finished(*job));
    if (owner == nullptr || ended) {
        context_.queue.add({pod.metadata.namespace_, std::string{pod_mark} + pod.metadata.name});
    }
}

Reconciler::Outcome JobController::reconcile(const store::Key& key) {
    if (key.name.starts_with(pod_mark)) {
        return reconcile_orphan({key.namespace_, key.name.substr(pod_mark.size())});
    }
    if (key.name.starts_with(selector_mark)) {
        return reconcile_orphans(key.namespace_, key.name.substr(selector_mark.size()));
    }
    const auto job = store_.get<Job>(key);
    if (job == nullptr || is_finished(*job)) {
        failures_.erase(key);
        return Outcome::Done;
    }
    if (is_managed_elsewhere(*job)) {
        return Outcome::Done;
    }
    const auto selector = compile(job->spec.selector);
    if (!selector) {
        return Outcome::Retry;
    }
    auto pods = pods_.claim(*job, *selector);
    if (!pods) {
        return Outcome::Retry;
    }
    JobSync sync{context_, *job, std::move(*pods), failures_[key]};
    return sync.run() ? Outcome::Done : Outcome::Retry;
}

Reconciler::Outcome JobController::reconcile_orphan(const store::Key& key) {
    const auto pod = store_.get<Pod>(key);
    return pod == nullptr ? Outcome::Done : release_orphan(*pod);
}

Reconciler::Outcome JobController::reconcile_orphans(const std::string& in_namespace,
                                                     const std::string& selector) {
    const auto parsed = api::Selector::parse(selector);
    if (!parsed) {
        return Outcome::Done;
    }
    Outcome outcome = Outcome::Done;
    for (const auto& pod : store_.list<Pod>(in_namespace)) {
        if (parsed->matches(*pod->metadata.labels) && release_orphan(*pod) == Outcome::Retry) {
            outcome = Outcome::Retry;
        }
    }
    return outcome;
}

Reconciler::Outcome JobController::release_orphan(const Pod& pod) {
    if (!has_job_finalizer(pod)) {
        return Outcome::Done;
    }
    if (const auto* owner = controller_of(pod.metadata)) {
        if (owner->kind != "Job" || owner->apiVersion != "batch/v1") {
            return Outcome::Done;
        }
        const auto job = pods_.resolve(pod.metadata.namespace_, owner);
        if (job != nullptr && (is_managed_elsewhere(*job) || !is_finished(*job))) {
            return Outcome::Done;
        }
    }
    Pod changed = pod;
    std::erase(changed.metadata.rare.edit().finalizers, job_finalizer);
    const auto written = context_.registry.update(std::move(changed));
    return written || written.error().reason == Reason::NotFound ? Outcome::Done : Outcome::Retry;
}

}  // namespace wavetank::controllers
