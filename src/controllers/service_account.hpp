#pragma once

/// \file
/// Sees to it that each namespace has its ServiceAccount `default`.

#include <wavetank/api/corev1/namespace.hpp>
#include <wavetank/api/unstructured.hpp>
#include <wavetank/controllers/reconciler.hpp>

namespace wavetank::controllers {

/// kube-controller-manager's `serviceaccount` controller. Pods do not wait for it: the account
/// `default` counts as existing everywhere.
class ServiceAccountController final : public Reconciler {
public:
    explicit ServiceAccountController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    ControllerContext context_;
    store::Subscription namespaces_;
    store::Subscription accounts_;
};

}  // namespace wavetank::controllers
