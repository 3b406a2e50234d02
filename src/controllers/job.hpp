#pragma once

/// \file
/// Runs the pods of a Job until enough of them have succeeded or too many have failed (upstream's
/// `pkg/controller/job`, without `WorkloadWithJob`).

#include "controllers/job_sync.hpp"
#include "controllers/owned_pods.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <map>
#include <string>

namespace wavetank::controllers {

class JobController final : public Reconciler {
public:
    explicit JobController(const ControllerContext& context);

    /// Looks at a Job, or at pods that have lost theirs: their keys begin with a mark.
    Outcome reconcile(const store::Key& key) override;

private:
    using Job = api::batchv1::Job;
    using Pod = api::corev1::Pod;

    void on_job(const store::WatchEvent<Job>& event);
    void on_pod(const store::WatchEvent<Pod>& event);
    Outcome reconcile_orphan(const store::Key& pod);
    Outcome reconcile_orphans(const std::string& in_namespace, const std::string& selector);
    Outcome release_orphan(const Pod& pod);

    ControllerContext context_;
    store::Store& store_;
    OwnedPods<Job> pods_;
    std::map<store::Key, JobFailures> failures_;
    store::Subscription jobs_;
    store::Subscription orphans_;
};

}  // namespace wavetank::controllers
