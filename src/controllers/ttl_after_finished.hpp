#pragma once

/// \file
/// Deletes Jobs some time after they have ended (upstream's `pkg/controller/ttlafterfinished`).

#include <wavetank/api/batchv1/job.hpp>
#include <wavetank/controllers/reconciler.hpp>

namespace wavetank::controllers {

class TtlAfterFinishedController final : public Reconciler {
public:
    explicit TtlAfterFinishedController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    ControllerContext context_;
    store::Subscription jobs_;
};

}  // namespace wavetank::controllers
