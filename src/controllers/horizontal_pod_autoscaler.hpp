#pragma once

/// \file
/// Keeps a workload at the size that its metrics ask for (upstream's `HorizontalController`).

#include "controllers/metric_proposals.hpp"
#include "controllers/pods_by_labels.hpp"
#include "controllers/scale_client.hpp"
#include "controllers/scaling_behavior.hpp"

#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>
#include <wavetank/controllers/horizontal_pod_autoscaler.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::controllers {

/// Looks at each HorizontalPodAutoscaler once a sync period, and when its spec has changed.
class HorizontalPodAutoscalerController final : public Reconciler {
public:
    HorizontalPodAutoscalerController(const ControllerContext& context,
                                      HorizontalPodAutoscalerOptions options);

    Outcome reconcile(const store::Key& key) override;

private:
    using HorizontalPodAutoscaler = api::autoscalingv2::HorizontalPodAutoscaler;
    using MetricStatuses = std::vector<api::autoscalingv2::MetricStatus>;

    /// One sync of one autoscaler.
    struct Sync {
        const store::Key& key;
        const HorizontalPodAutoscaler& stored;
        HorizontalPodAutoscaler object;  ///< with the status to be
        WallTime now{};
        Scale scale;
    };

    /// What the metrics ask for together.
    struct MetricsView {
        std::optional<std::int32_t> replicas;  ///< nothing: no scaling on these
        std::string metric;                    ///< the one that asks for most
        MetricStatuses statuses;
        std::string error;
    };

    /// What is to be done, and why.
    struct Decision {
        std::int32_t desired = 0;
        bool rescale = false;
        std::string reason;
        MetricStatuses statuses;
    };

    /// Which pods an autoscaler scales, and what is known of them.
    struct Selected {
        std::string text{};  ///< the scale's selector, as of the last sync that could read it
        api::Selector selector = api::Selector::nothing();  ///< nothing, until the first sync
        PodsByLabels::Selection selection{};
        std::vector<api::Pointer<const api::corev1::Pod>> pods{};
        std::vector<PodFacts> facts{};  ///< of `pods`
        /// It had its pods for itself with these sets of labels and these selectors.
        std::uint64_t label_sets_checked = 0;
        std::uint64_t selectors_checked = 0;
    };

    void on_autoscaler(const store::WatchEvent<HorizontalPodAutoscaler>& event);
    void sync(const store::Key& key, const HorizontalPodAutoscaler& stored);
    [[nodiscard]] std::optional<Decision> decide(Sync& sync);
    [[nodiscard]] std::optional<Decision> decide_by_metrics(Sync& sync);
    [[nodiscard]] MetricsView look_at_metrics(Sync& sync);
    [[nodiscard]] Result<Selected*> checked_selector(Sync& sync);
    [[nodiscard]] std::string others_of(const store::Key& key, const Selected& selected);
    [[nodiscard]] NormalizedReplicas normalize(Sync& sync, std::int32_t proposed);
    void rescale(Sync& sync, const Decision& decision);
    void set_status(Sync& sync, std::int32_t desired, MetricStatuses statuses, bool rescaled);
    void write_status(const Sync& sync);

    ControllerContext context_;
    HorizontalPodAutoscalerOptions options_;
    std::unique_ptr<PodsByLabels> pods_;              // once there is an autoscaler
    std::map<store::Key, Selected> selected_;         // a place for each autoscaler
    std::uint64_t selectors_version_ = 1;             // grows when a selector changes
    std::map<store::Key, ScalingHistory> histories_;  // until the sync after the deletion
    store::Subscription autoscalers_;
};

}  // namespace wavetank::controllers
