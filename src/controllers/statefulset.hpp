#pragma once

/// \file
/// Keeps a StatefulSet's numbered pods, one after the other or all at once (upstream's
/// `pkg/controller/statefulset`, with `MaxUnavailableStatefulSet`, without
/// `StatefulSetRecreateStrategy`).

#include "controllers/owned_pods.hpp"
#include "controllers/revision_history.hpp"
#include "controllers/stateful_claims.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {

class StatefulSetController final : public Reconciler {
public:
    explicit StatefulSetController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using StatefulSet = api::appsv1::StatefulSet;
    using StatefulSetStatus = api::appsv1::StatefulSetStatus;
    using Pod = api::corev1::Pod;

    /// The revision that pods had, and the one that they are to have.
    struct Revisions {
        RevisionPointer current;
        RevisionPointer update;
        std::int32_t collisions = 0;
    };

    /// One look at one StatefulSet.
    struct Sync {
        const StatefulSet& set;
        const Revisions& revisions;
        WallTime now;
        std::vector<PodPointer> replicas{};   ///< by index; those missing are not in the store
        std::vector<PodPointer> condemned{};  ///< out of range, highest first
        PodPointer first_unavailable{};
        StatefulSetStatus status{};
    };

    /// Whether what comes after must wait.
    using Step = Result<bool>;

    void on_set(const store::WatchEvent<StatefulSet>& event);
    void on_pod(const StatefulSet& set, const store::WatchEvent<Pod>& event);

    Result<Revisions> resolve(const StatefulSet& set, std::vector<RevisionPointer>& revisions);
    Result<> adopt_revisions(const StatefulSet& set, const api::Selector& selector);
    const boost::json::value& data_of(const StatefulSet& set);
    [[nodiscard]] const api::corev1::PodTemplateSpec& template_of(const StatefulSet& set,
                                                                  const RevisionPointer& revision,
                                                                  const Revisions& revisions);
    Result<> truncate(const StatefulSet& set, const std::vector<PodPointer>& pods,
                      const std::vector<RevisionPointer>& revisions, const Revisions& live);

    void sort_out(Sync& sync, const std::vector<PodPointer>& pods);
    Result<> update(Sync& sync);
    Step process_replica(const Sync& sync, const PodPointer& pod);
    Step process_condemned(const Sync& sync, const PodPointer& pod);
    Step run_for_all(const Sync& sync, const std::vector<PodPointer>& pods,
                     const std::function<Step(const PodPointer&)>& step);
    Result<> roll(Sync& sync);
    Result<> roll_in_parallel(Sync& sync, std::int32_t budget);
    Result<> roll_in_order(Sync& sync, std::int32_t budget);
    Result<> create_pod(const StatefulSet& set, const Pod& pod);
    Result<> restore_pod(const StatefulSet& set, const Pod& pod);
    Result<> delete_pod(const StatefulSet& set, const Pod& pod);
    void report(const StatefulSet& set, const std::string& verb, const Pod& pod,
                const Result<>& result);
    Result<> write_status(const StatefulSet& set, StatefulSetStatus status);

    ControllerContext context_;
    store::Store& store_;
    OwnedPods<StatefulSet> pods_;
    RevisionHistory history_;
    StatefulClaims claims_;
    // What a revision of each would keep, by generation: the template is encoded once.
    std::map<std::string, std::pair<std::int64_t, boost::json::value>> data_;
    store::Subscription sets_;
};

}  // namespace wavetank::controllers
