#pragma once

/// \file
/// How much of each ResourceQuota is used: recounted when something goes away or stops to count.
/// What comes is counted by the API server itself.

#include "controllers/objects.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/service.hpp>
#include <wavetank/api/unstructured.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <optional>
#include <set>
#include <string>

namespace wavetank::controllers {

/// kube-controller-manager's `resourcequota` controller, without its full resync.
///
/// Cost: nothing, while there is no ResourceQuota.
class ResourceQuotaController final : public Reconciler {
public:
    explicit ResourceQuotaController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    void on_object(const store::WatchEvent<api::Unstructured>& event);
    void watch_usage();
    void recount(const std::string& in_namespace);

    ControllerContext context_;
    std::set<store::Key> quotas_;  ///< by namespace and name
    store::Subscription objects_watch_;
    store::Subscription pods_;
    store::Subscription services_;
    std::optional<Objects> objects_;  ///< while there is a quota
};

}  // namespace wavetank::controllers
