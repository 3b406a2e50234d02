#include "controllers/ttl_after_finished.hpp"

#include "controllers/job_pods.hpp"

#include <wavetank/api/kinds.hpp>

namespace wavetank::controllers {
namespace {

using api::batchv1::Job;

bool awaits_cleanup(const Job& job) {
    return job.spec.ttlSecondsAfterFinished && is_finished(job) && !job.metadata.deletionTimestamp;
}

}  // namespace

TtlAfterFinishedController::TtlAfterFinishedController(const ControllerContext& context)
    : context_(context) {
    store::Store& store = context.registry.store();
    jobs_ = store.watch<Job>([this](const auto& event) {
        if (event.type != store::EventType::Deleted && awaits_cleanup(*event.object)) {
            context_.queue.add(store::key_of(*event.object));
        }
    });
    for (const auto& job : store.list<Job>()) {
        if (awaits_cleanup(*job)) {
            context_.queue.add(store::key_of(*job));
        }
    }
}

Reconciler::Outcome TtlAfterFinishedController::reconcile(const store::Key& key) {
    const auto job = context_.registry.store().get<Job>(key);
    if (job == nullptr || !awaits_cleanup(*job)) {
        return Outcome::Done;
    }
    const auto* end = true_condition(*job, "Complete");
    end = end == nullptr ? true_condition(*job, "Failed") : end;
    const WallTime expires = end->lastTransitionTime.value_or(api::Time{}).value +
                             std::chrono::seconds{*job->spec.ttlSecondsAfterFinished};
    const WallTime now = context_.registry.clock().wall();
    if (now < expires) {
        context_.queue.add_after(key, expires - now);
        return Outcome::Done;
    }
    const auto removed = context_.registry.remove<Job>(
        key, {.propagation = registry::Propagation::Foreground, .uid = job->metadata.uid});
    return removed || removed.error().reason == Reason::NotFound ? Outcome::Done : Outcome::Retry;
}

}  // namespace wavetank::controllers
