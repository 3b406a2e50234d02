#pragma once

/// \file
/// What the kubelets of a cluster know and do. The steps of a pod's life are spread over several
/// sources: who is there (kubelets.cpp), start and restart (pod_run.cpp), images (images.cpp),
/// health (probes.cpp), what is written of it (status_writes.cpp), end (pod_end.cpp); those of a
/// node's are its heartbeats (heartbeat.cpp) and what it is short of (pressure.cpp).

#include "node/agenda.hpp"
#include "node/event_recorder.hpp"
#include "node/node_status.hpp"
#include "node/pod_record.hpp"
#include "node/status_memo.hpp"

#include <wavetank/api/latest_shared.hpp>
#include <wavetank/node/kubelets.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wavetank::node {

/// Finds slots by the keys of their pods, so that no key is kept twice.
struct SlotHash {
    using is_transparent = void;
    const std::deque<PodRecord>* pods;

    std::size_t operator()(const store::Key& key) const {
        const std::hash<std::string_view> hash;
        return hash(key.name) * 31 + hash(key.namespace_);
    }
    std::size_t operator()(std::uint32_t slot) const {
        return (*this)((*pods)[slot].key);
    }
};
struct SlotEqual {
    using is_transparent = void;
    const std::deque<PodRecord>* pods;

    bool operator()(std::uint32_t left, std::uint32_t right) const {
        return left == right;
    }
    bool operator()(const store::Key& key, std::uint32_t slot) const {
        return (*pods)[slot].key == key;
    }
    bool operator()(std::uint32_t slot, const store::Key& key) const {
        return (*pods)[slot].key == key;
    }
};

struct Kubelets::State {
    using Pod = api::corev1::Pod;
    using Node = api::corev1::Node;

    // A pod that is gone without having been brought to an end.
    struct Departed {
        api::Pointer<const Pod> pod;
        std::vector<std::string> running;
    };

    // What the containers of a node use, by the slots of their pods.
    using NodeUsage = std::map<std::uint32_t, std::vector<const ContainerUsage*>>;

    // One look at one pod: what was read, and what has changed since.
    struct Visit {
        PodRecord& record;
        const Pod& pod;
        TimePoint now;
        bool changed = false;

        [[nodiscard]] ContainerRecord& container(std::size_t index) const {
            return record.containers.edit()[index];
        }
    };

    State(runtime::Executor& the_executor, registry::Registry& the_registry,
          ContainerRuntime& the_runtime, Random the_random, NodeOptions the_options);

    // Who is there (kubelets.cpp).
    void on_pod(const store::WatchEvent<Pod>& event);
    void on_node(const store::WatchEvent<Node>& event);
    void serve(const Ticket& ticket);
    void adopt(const Pod& pod);
    void forget(const api::Pointer<const Pod>& pod);
    void join(const api::Text& name);
    void leave(const std::string& name);
    void visit_node(NodeRecord& node);
    void welcome(NodeRecord& node, const Node& object);
    void bury();
    [[nodiscard]] PodRecord* find(const store::Key& key);
    void rest(PodRecord& record);
    void arm(PodRecord& record, TimePoint due);

    // Signs of life, and what happens without (heartbeat.cpp).
    void silence(const std::string& name);
    void wake(const std::string& name);
    void create_lease(NodeRecord& node, const Node& object);
    void take_lease(NodeRecord& node, const Node& object);
    bool write_renewal(NodeRecord& node);
    void renew_lease(NodeRecord& node);
    void prefetch(const Ticket& ticket, Agenda::Turn turn) const;
    [[nodiscard]] bool is_silent(const PodRecord& record) const {
        return nodes[record.node].silences > 0;
    }

    // From the first sync on (pod_run.cpp).
    void visit(PodRecord& record);
    void begin(Visit& visit);
    void run(Visit& visit);
    void note_exits(Visit& visit);
    bool advance(Visit& visit, std::size_t index);
    [[nodiscard]] bool may_begin(const Visit& visit, std::size_t index) const;
    void see_to_image(Visit& visit, std::size_t index);
    void finish_pull(Visit& visit, std::size_t index);
    void fail_pull(Visit& visit, std::size_t index, const std::string& message);
    void back_off_pull(Visit& visit, std::size_t index);
    void start(Visit& visit, std::size_t index);
    void open(Visit& visit, std::size_t index);
    void ended(Visit& visit, std::size_t index, ExitOfContainer how);
    void back_off_restart(Visit& visit, std::size_t index);
    void finish(Visit& visit);
    void final_view(PodRecord& record);
    [[nodiscard]] static PodView view_of(const PodRecord& record);
    [[nodiscard]] bool waits_to_write(Visit& visit);
    void write_status(Visit& visit);
    void report(const Visit& visit, std::size_t index, EventClass type, const char* reason,
                std::string message);
    [[nodiscard]] Duration delay(const Distribution& distribution, const Visit& visit,
                                 std::size_t index, std::string_view purpose) const;
    void take_address(PodRecord& record, const Pod& pod);
    void give_back_address(PodRecord& record);
    [[nodiscard]] std::string pod_address(const PodRecord& record, const Pod& pod) const;

    // What images a node has, and fetches (images.cpp).
    [[nodiscard]] std::uint32_t number_of_image(const std::string& name);
    [[nodiscard]] std::int64_t size_of_image(std::uint32_t number) const;
    void take_images(NodeRecord& node, const Node& object);
    [[nodiscard]] api::Shared<NodeImage>* find_image(NodeRecord& node, std::uint32_t number);
    void note_image(NodeRecord& node, const NodeImage& image);
    void queue_pull(Visit& visit, std::size_t index, bool is_present);
    void finish_pulls(NodeRecord& node);
    void wake_pullers(NodeRecord& node);
    [[nodiscard]] std::int64_t bytes_of_images(const NodeRecord& node) const;
    std::int64_t free_images(NodeRecord& node, std::int64_t bytes, Duration age_least);
    [[nodiscard]] std::vector<std::uint32_t> images_in_use(const NodeRecord& node);
    void images_changed(NodeRecord& node);
    void list_images(const NodeRecord& node);

    // What probes find (probes.cpp).
    [[nodiscard]] static bool has_probes(const api::corev1::Container& container);
    void begin_probing(Visit& visit, std::size_t index);
    void on_started(Visit& visit, std::size_t index);
    static void look_later(const Visit& visit, std::size_t index, ProbeKind kind, TimePoint from);
    bool look(Visit& visit, std::size_t index);
    void note_result(Visit& visit, std::size_t index, ProbeKind kind, bool success);
    [[nodiscard]] std::string why_it_fails(const Visit& visit, std::size_t index,
                                           const api::corev1::Probe& probe) const;
    void kill_unhealthy(Visit& visit, std::size_t index, ProbeKind kind);
    void kill(Visit& visit, std::size_t index);
    static void take_in_health(Visit& visit, std::size_t index);
    [[nodiscard]] static TimePoint next_look(const ContainerRecord& container);

    // Until the last (pod_end.cpp).
    void begin_end(Visit& visit);
    void end(Visit& visit);
    void end_in_order(Visit& visit);
    void end_together(Visit& visit);
    void begin_completion(Visit& visit);
    void complete(Visit& visit);
    void begin_drain(Visit& visit, std::size_t index, Duration grace);
    [[nodiscard]] static bool may_stop(const Visit& visit, std::size_t index);
    bool stop_in_order(Visit& visit);
    void bring_down(Visit& visit, Duration grace);
    bool stop_one(Visit& visit, std::size_t index, TimePoint& next, bool& waits);
    void stop_all(Visit& visit);
    void remove(Visit& visit);

    // When the node itself wants pods gone (pressure.cpp).
    void observe_usage(std::span<const ContainerUsage> usage);
    void collect_images(NodeRecord& node, const Node& object, std::int64_t available);
    void see_to_pressure(NodeRecord& node, const Node& object, const NodeUsage& usage);
    void evict_one(
        const NodeUsage& usage, Shortage shortage,
        const std::function<std::string(const Pod&, const std::vector<const ContainerUsage*>&)>&
            message_of);
    void note_pressure(NodeRecord& node, Shortage shortage, bool is_short);
    void tell_health(const NodeRecord& node, const char* what);
    [[nodiscard]] static NodeHealth health_of(const NodeRecord& node);
    void fail(PodRecord& record, PodFailure failure, Duration grace);
    void shut_down(const std::string& name, const ShutdownGrace& grace);
    void fail_group(const NodeRecord& node, bool critical, Duration grace);

    registry::Registry& registry;
    ContainerRuntime& runtime;
    Random random;
    NodeOptions options;
    EventRecorder events;
    StatusMemo memo;

    // 1. Every pod bound to a node that is present has a record; its slot never moves while it has.
    // 2. A ticket of a pod counts only with the serial number of its record.
    // 3. Records of pods that became alike at one instant, and whose containers run or are done,
    //    share them until the next visit of each.
    std::deque<PodRecord> pods;
    std::vector<std::uint32_t> free_pods;
    boost::unordered_flat_set<std::uint32_t, SlotHash, SlotEqual> pods_by_key{0, SlotHash{&pods},
                                                                              SlotEqual{&pods}};
    std::deque<NodeRecord> nodes;
    boost::unordered_flat_map<api::Text, std::uint32_t, std::hash<api::Text>> nodes_by_name;
    std::unordered_map<std::string, std::uint32_t> images;  // numbers, by name
    std::vector<std::int64_t> image_sizes;                  // in bytes, by number
    std::vector<std::vector<std::string>> image_names;      // by number, as nodes list them
    std::vector<api::Shared<NodeImage>> images_noted;       // by number, the one noted last
    // By the slots of pods; never walked.
    std::unordered_map<std::uint32_t, TimePoint> writes_due;  // of statuses that have to wait
    std::unordered_map<std::uint32_t, Termination> terminations;
    std::unordered_map<std::uint32_t, PodFailure>
        failures;  // of pods that do not end by themselves
    SpareAddresses spare_addresses;
    api::LatestShared<std::vector<ContainerRecord>, 4> rests;
    std::vector<Departed> departed;
    TimePoint next_pressure_look{};

    Agenda agenda;
    store::Subscription nodes_watched;
    store::Subscription pods_watched;
};

}  // namespace wavetank::node
