#pragma once

/// \file
/// Notices that nodes have fallen silent, and taints them (upstream's
/// `pkg/controller/nodelifecycle`).
///
/// Departs from upstream in that only nodes that have, or had, a Lease are judged: a simulation in
/// which no node can fail has no heartbeats. Nodes of a zone have their turn in order of their
/// names where upstream's order is random. The `beta.kubernetes.io` labels are left alone.

#include "controllers/pods.hpp"
#include "controllers/pods_by_node.hpp"
#include "controllers/zone_evictor.hpp"

#include <wavetank/api/coordinationv1/lease.hpp>
#include <wavetank/api/corev1/node.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wavetank::controllers {

class NodeLifecycleController final : public Reconciler {
public:
    explicit NodeLifecycleController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using Node = api::corev1::Node;
    using Condition = api::corev1::NodeCondition;
    using Lease = api::coordinationv1::Lease;
    using Nodes = std::vector<api::Pointer<const Node>>;

    enum class ZoneState : std::uint8_t { Initial, Normal, Partial, Full };

    struct Zone {
        ZoneState state = ZoneState::Initial;
        ZoneEvictor evictor;
    };

    /// The last that was seen of a node, and when.
    struct Health {
        WallTime probed;
        std::optional<Condition> ready{};
        std::optional<api::MicroTime> renewed{};
    };

    /// The condition `Ready` before and after a look.
    struct Look {
        Condition observed;
        std::optional<Condition> current{};
    };

    /// A node that is judged.
    struct Judged {
        api::Pointer<const Node> node{};
        std::string_view name{};  ///< of the node
        /// It was found ready and without a fault; as long as the object is the same, only its
        /// Lease is of interest.
        bool settled = false;
        Health* health = nullptr;      ///< if it is settled
        std::string zone{};            ///< the same
        bool counted = false;          ///< in its zone; the same
        Judged* beats_next = nullptr;  ///< whose Lease was renewed after its own, the last time
        bool beats = false;            ///< its Lease has changed since the last pass
        std::optional<api::MicroTime> renewed{};  ///< what that Lease says
    };

    /// How many nodes of a zone are ready, and how many are not.
    struct ZoneCount {
        std::int64_t ready = 0;
        std::int64_t other = 0;
    };

    [[nodiscard]] WallTime now() const;
    [[nodiscard]] bool is_judged(const std::string& node) const;
    void watch_nodes();
    void on_pod(const store::WatchEvent<api::corev1::Pod>& event);
    void start_monitor();
    void wake(const store::Key& key, Duration period, Duration offset);

    void monitor();
    void list_judged();
    void welcome(const Nodes& nodes);
    void judge(const std::string& name, Judged& judged, std::map<std::string, ZoneCount>& counts);
    void settle(const std::string& name, Judged& judged);
    [[nodiscard]] bool is_settled(Judged& judged) const;
    [[nodiscard]] Judged* find_judged(const std::string& name) const;
    void on_lease(const store::WatchEvent<Lease>& event);
    void take_lease(const std::string& name, std::optional<api::MicroTime> seen,
                    Health& health) const;
    void note_renewal(std::optional<api::MicroTime> seen, std::optional<api::MicroTime> renewed,
                      Health& health) const;
    std::optional<Look> look_at(const std::string& name);
    Health& health_of(const Node& node, const Condition* ready);
    bool declare_unknown(const Node& node, const Look& look, Health& health);
    void judge_taints(const std::string& name, const Condition& ready);
    void mark_reachable(const std::string& name);
    void mark_pods(const std::string& node);
    Result<> mark_not_ready(const api::corev1::Pod& pod);
    void handle_disruption(const std::map<std::string, ZoneCount>& counts);
    void set_limiter(Zone& zone, ZoneState state, const ZoneCount& count);
    void no_execute_pass();
    bool add_no_execute(const std::string& name);
    Zone& zone_of(const Node& node);
    [[nodiscard]] static ZoneState state_of(const ZoneCount& count);

    ControllerContext context_;
    store::Store& store_;
    WallTime start_;
    bool monitoring_ = false;
    std::map<std::string, Zone> zones_;
    std::map<std::string, std::string> known_;  // nodes, with their UIDs
    std::map<std::string, Health> health_;
    std::map<std::string, Judged> judged_;  // as of the last pass, with the nodes as they are now
    std::unordered_map<std::string_view, Judged*> judged_by_name_;  // the same, to be found at once
    Judged* beats_last_ = nullptr;                                  // whose Lease was renewed last
    bool judged_changed_ = true;     // others may have to be judged by now
    std::set<std::string> retries_;  // nodes whose pods could not be marked
    PodsByNode pods_by_node_;
    store::Subscription nodes_;
    store::Subscription pods_;
    store::Subscription leases_;
};

}  // namespace wavetank::controllers
