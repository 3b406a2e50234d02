#include <wavetank/scheduler/snapshot.hpp>

#include "scheduler/node_names.hpp"
#include "scheduler/node_order.hpp"
#include "scheduler/pod_groups.hpp"
#include "scheduler/term_demands.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory_resource>
#include <unordered_map>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Node;
using api::corev1::Pod;

// Whatever a plugin compares among nodes is the same.
bool is_laid_out_alike(const Node& before, const Node& after) {
    return before.metadata.labels == after.metadata.labels &&
           before.metadata.annotations == after.metadata.annotations &&
           before.status.images == after.status.images &&
           before.status.declaredFeatures == after.status.declaredFeatures;
}

// Heartbeats change nothing that a plugin may look at.
bool looks_alike(const Node& before, const Node& after) {
    return before.spec == after.spec && before.status.allocatable == after.status.allocatable;
}

// A new spec, which may take something else of the node.
bool takes_otherwise(const Pod& before, const Pod& after) {
    return !before.spec.body.same_as(after.spec.body) && before.spec.body != after.spec.body;
}

}  // namespace

struct Snapshot::State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        for (auto& [name, info] : infos) {
            infos_room.delete_object(info);
        }
    }

    // Some have no node; otherwise never walked. Side by side, they take fewer pages than strewn in
    // between other objects, and a decision that puts a pod on any of them fewer misses.
    std::pmr::unsynchronized_pool_resource room;
    std::pmr::polymorphic_allocator<> infos_room{&room};
    boost::unordered_flat_map<api::Text, NodeInfo*, NameHash, NameEqual> infos;
    std::vector<const NodeInfo*> numbered;  // each of `infos` under its number; null: it is free
    std::vector<std::uint32_t> numbers_free;
    std::map<std::string, std::shared_ptr<ImageState>, std::less<>> images;
    std::size_t tainted = 0;        // nodes with taints
    std::size_t unschedulable = 0;  // nodes that are marked so
    std::map<std::string, std::vector<PlacedPod>, std::less<>> nominations;  // by node; none empty
    std::unordered_map<api::Uid, std::string> nominated_nodes;               // by pod; never walked
    NodeOrder node_order;
    std::uint64_t version = 0;
    std::uint64_t generations = 0;

    TermDemands term_demands;  // of the placed pods

    // 1. `order` is the list of `node_order` as it was when `order` was first asked for with other
    //    names in it (as upstream's snapshot, which keeps its list if the node that went is back),
    //    or empty and `order_known` false; `order_before` then has the names in the former order.
    // 2. Each NodeInfo in `order` knows its position there.
    // 3. So does `figures`, which has those of each.
    mutable std::vector<const NodeInfo*> order;
    mutable std::vector<NodeFigures> figures;
    mutable std::vector<std::string> order_before;
    mutable bool order_known = true;

    // 4. `changes` are the latest pod changes; `changes_dropped` came before them.
    // 5. Positions in `changes` are those of `order`: a new order drops all changes.
    mutable std::vector<PodChange> changes;
    mutable std::uint64_t changes_dropped = 0;
    // 6. The groups of `changes` are some of these.
    // 7. Their counts are those of all pods in `infos`. Pods whose labels were replaced by equal
    //    ones may count in one group and be taken off another.
    PodGroups groups;
    std::size_t groups_max = 4096;
    bool counts_pods = false;  // else nobody has asked yet, and there are no counts

    // 8. `version` is that of the last change of the layout, and one for each of `node_changes`.
    std::vector<std::uint32_t> node_changes;
    std::uint64_t node_changes_dropped = 0;  // the version before the first of them
    std::uint64_t layout_version = 0;

    [[nodiscard]] std::uint64_t changes_count() const {
        return changes_dropped + changes.size();
    }

    void forget_changes() const {
        changes_dropped += changes.size();
        changes.clear();
    }
    void begin_generation(NodeInfo& info) {
        info.set_generation(++generations);
        if (order_known && info.has_node()) {
            figures[info.position()] = info.figures();
        }
    }
    void layout_changed() {
        layout_version = ++version;
        node_changes.clear();
        node_changes_dropped = version;
    }
    void node_changed(const NodeInfo& info) {
        if (!order_known) {  // positions are not known, either
            layout_changed();
            return;
        }
        constexpr std::size_t kept = 4096;
        if (node_changes.size() == kept) {
            node_changes.erase(node_changes.begin(), node_changes.begin() + kept / 2);
            node_changes_dropped += kept / 2;
        }
        ++version;
        node_changes.push_back(static_cast<std::uint32_t>(info.position()));
    }
    void order_changed() {
        forget_changes();
        for (const NodeInfo* info : order) {  // all of them still have their nodes
            order_before.emplace_back(info->name());
        }
        order_known = false;
        order.clear();
        figures.clear();
    }
    void put_in_order();
    [[nodiscard]] CountedGroup& group_of(const Pod& pod,
                                         const std::shared_ptr<const PodTerms>& terms);
    void count_anew();
    void count_all();
    CountedGroup& count(const NodeInfo& info, const PlacedPod& placed, std::int32_t amount);
    void pods_changed(const NodeInfo& info, const PlacedPod& placed, std::int32_t amount);
    void note_change(const NodeInfo& info, PodChange change);
    void nomination_changed(const std::string& node, const Pod& pod);
    void put_node(NodeInfo& info, NodePointer node);
    void drop_images(const Node& node);
    void take_images(NodeInfo& info);
    [[nodiscard]] NodeInfo& info_of(const api::Text& name);
    [[nodiscard]] NodeInfo* find(const Pod& pod, const std::string& node) const;
    void drop_if_empty(const std::string& name);
    void place(NodeInfo& info, PodPointer pod, SharedDemand demand);
    void take_off(NodeInfo& info, const Pod& pod);
    void refresh(NodeInfo& info, const PodPointer& before, PodPointer after);
};

void Snapshot::State::put_in_order() {
    for (const std::string& name : node_order.list_like(std::exchange(order_before, {}))) {
        NodeInfo& info = *infos.find(name)->second;
        info.set_position(order.size());
        order.push_back(&info);
        figures.push_back(info.figures());
    }
    order_known = true;
}

CountedGroup& Snapshot::State::group_of(const Pod& pod,
                                        const std::shared_ptr<const PodTerms>& terms) {
    if (CountedGroup* const known = groups.find(pod, terms)) {
        return *known;
    }
    if (groups.size() >= groups_max) {
        count_anew();
    }
    return groups.add(pod, terms);
}

// Drops the groups that have no pods left.
void Snapshot::State::count_anew() {
    forget_changes();
    groups.clear();
    count_all();
}

void Snapshot::State::count_all() {
    constexpr std::size_t groups_min = 4096;
    groups_max = std::numeric_limits<std::size_t>::max();
    for (const NodeInfo* info : numbered) {
        for (std::size_t i = 0; counts_pods && info != nullptr && i < info->pods().size(); ++i) {
            count(*info, info->pods()[i], 1);
        }
    }
    groups_max = std::max(2 * groups.size(), groups_min);
}

// Returns the group.
CountedGroup& Snapshot::State::count(const NodeInfo& info, const PlacedPod& placed,
                                     std::int32_t amount) {
    CountedGroup& group = group_of(*placed.pod, placed.demand->terms);
    if (!counts_pods || placed.pod->metadata.deletionTimestamp) {
        return group;
    }
    const auto entry = group.pods.try_emplace(info.number(), 0).first;
    entry->second += amount;
    if (entry->second == 0) {
        group.pods.erase(entry);
    }
    return group;
}

void Snapshot::State::note_change(const NodeInfo& info, PodChange change) {
    // Whoever lags behind by more changes than this is better off looking at all nodes.
    const std::size_t limit = 4 * infos.size() + 1024;
    if (changes.size() >= limit) {
        const auto half = static_cast<std::ptrdiff_t>(limit / 2);
        changes.erase(changes.begin(), changes.begin() + half);
        changes_dropped += static_cast<std::uint64_t>(half);
    }
    change.position = static_cast<std::uint32_t>(info.position());
    changes.push_back(change);
}

void Snapshot::State::pods_changed(const NodeInfo& info, const PlacedPod& placed,
                                   std::int32_t amount) {
    const Pod& pod = *placed.pod;
    note_change(info, {.amount = amount,
                       .amount_lasting = pod.metadata.deletionTimestamp ? 0 : amount,
                       .group = &group_of(pod, placed.demand->terms)});
}

// To whoever holds answers, a promised pod changes a node, but not who is on it.
void Snapshot::State::nomination_changed(const std::string& node, const Pod& pod) {
    const auto entry = infos.find(node);
    if (entry != infos.end() && entry->second->has_node()) {
        begin_generation(*entry->second);
        note_change(*entry->second, {.group = &group_of(pod, {})});
    }
}

void Snapshot::State::put_node(NodeInfo& info, NodePointer node) {
    if (info.has_node()) {
        tainted -= info.node().spec.taints.empty() ? 0 : 1;
        unschedulable -= info.node().spec.unschedulable ? 1 : 0;
    }
    info.set_node(std::move(node));
    if (info.has_node()) {
        tainted += info.node().spec.taints.empty() ? 0 : 1;
        unschedulable += info.node().spec.unschedulable ? 1 : 0;
    }
}

void Snapshot::State::drop_images(const Node& node) {
    const NodeInfo& info = *infos.find(node.metadata.name)->second;
    for (const auto& [name, state] : info.images()) {
        const auto image = images.find(name);
        if (--image->second->nodes == 0) {
            images.erase(image);
        }
    }
}

void Snapshot::State::take_images(NodeInfo& info) {
    NodeInfo::Images on_node;
    for (const auto& image : info.node().status.images) {
        for (const std::string& name : image.names) {
            auto& state = images[name];
            if (!state) {
                state = std::make_shared<ImageState>(ImageState{.size = image.sizeBytes});
            }
            if (on_node.try_emplace(name, state).second) {
                ++state->nodes;
            }
        }
    }
    info.set_images(std::move(on_node));
}

// Returns what is known of a node, or of pods on a node that is not known.
NodeInfo& Snapshot::State::info_of(const api::Text& name) {
    const auto [entry, is_new] = infos.try_emplace(name, nullptr);
    if (is_new) {
        entry->second = infos_room.new_object<NodeInfo>();
    }
    NodeInfo& info = *entry->second;
    if (is_new) {
        if (numbers_free.empty()) {
            numbers_free.push_back(static_cast<std::uint32_t>(numbered.size()));
            numbered.push_back(nullptr);
        }
        info.set_number(numbers_free.back());
        numbers_free.pop_back();
        numbered[info.number()] = &info;
    }
    return info;
}

// Returns what is known of a pod's node; null if there is nothing. The node mostly is known under
// the very text that its pods call it by.
NodeInfo* Snapshot::State::find(const Pod& pod, const std::string& node) const {
    const auto entry = pod.spec.nodeName == node ? infos.find(pod.spec.nodeName)
                                                 : infos.find(std::string_view{node});
    return entry == infos.end() ? nullptr : entry->second;
}

void Snapshot::State::drop_if_empty(const std::string& name) {
    const auto entry = infos.find(name);
    if (entry != infos.end() && !entry->second->has_node() && entry->second->pods().empty()) {
        numbered[entry->second->number()] = nullptr;
        numbers_free.push_back(entry->second->number());
        infos_room.delete_object(entry->second);
        infos.erase(entry);
    }
}

Snapshot::Snapshot() : state_(std::make_unique<State>()) {}
Snapshot::~Snapshot() = default;

std::span<const NodeInfo* const> Snapshot::nodes() const {
    if (!state_->order_known) {
        state_->put_in_order();
    }
    return state_->order;
}

std::span<const NodeFigures> Snapshot::figures() const {
    static_cast<void>(nodes());
    return state_->figures;
}

void Snapshot::prefetch(std::size_t position) const {
    __builtin_prefetch(&state_->figures[position], 1);
    state_->order[position]->prefetch();
}

const NodeInfo* Snapshot::find(std::string_view name) const {
    const auto entry = state_->infos.find(name);
    return entry == state_->infos.end() || !entry->second->has_node() ? nullptr : entry->second;
}

bool Snapshot::has_taints() const {
    return state_->tainted > 0;
}

bool Snapshot::has_unschedulable_nodes() const {
    return state_->unschedulable > 0;
}

bool Snapshot::has_image(std::string_view name) const {
    return state_->images.contains(name);
}

void Snapshot::set_node(NodePointer node) {
    NodeInfo& info = state_->info_of(node->metadata.name);
    if (info.has_node() && is_laid_out_alike(info.node(), *node)) {
        const bool changed = !looks_alike(info.node(), *node);
        state_->put_node(info, std::move(node));
        if (changed) {
            state_->begin_generation(info);
            state_->node_changed(info);
        }
        return;
    }
    const std::string zone = zone_key(*node);
    const std::string& name = node->metadata.name;
    if (!info.has_node()) {
        state_->node_order.add(zone, name);
        state_->order_changed();
    } else {
        state_->drop_images(info.node());
        if (const std::string zone_before = zone_key(info.node()); zone_before != zone) {
            // As upstream's snapshot, `order` sees this when a node comes or goes.
            state_->node_order.remove(zone_before, name);
            state_->node_order.add(zone, name);
        }
    }
    state_->put_node(info, std::move(node));
    state_->begin_generation(info);
    state_->take_images(info);
    state_->layout_changed();
}

void Snapshot::remove_node(const std::string& name) {
    const auto entry = state_->infos.find(name);
    if (entry == state_->infos.end() || !entry->second->has_node()) {
        return;
    }
    NodeInfo& info = *entry->second;
    state_->drop_images(info.node());
    state_->node_order.remove(zone_key(info.node()), name);
    state_->order_changed();
    info.set_images({});
    state_->put_node(info, {});
    state_->layout_changed();
    state_->drop_if_empty(name);
}

void Snapshot::State::place(NodeInfo& info, PodPointer pod, SharedDemand demand) {
    if (demand.identity() == nullptr) {
        demand = demand_of(*pod);
    }
    term_demands.take(pod, demand);
    PlacedPod placed{std::move(pod), std::move(demand)};
    const bool lasts = !placed.pod->metadata.deletionTimestamp;
    const CountedGroup& group = count(info, placed, 1);
    info.add_pod(std::move(placed));
    begin_generation(info);
    if (info.has_node()) {
        note_change(info, {.amount = 1, .amount_lasting = lasts ? 1 : 0, .group = &group});
    }
}

void Snapshot::State::take_off(NodeInfo& info, const Pod& pod) {
    const PlacedPod taken = info.remove_pod(pod);
    if (!taken.pod) {
        return;
    }
    term_demands.drop(taken.demand);
    count(info, taken, -1);
    begin_generation(info);
    if (info.has_node()) {
        pods_changed(info, taken, -1);
    }
}

void Snapshot::add_pod(PodPointer pod, const std::string& node, SharedDemand demand) {
    state_->place(state_->info_of(node), std::move(pod), std::move(demand));
}

void Snapshot::add_pod(PodPointer pod, const NodeInfo& node, SharedDemand demand) {
    // The node is this snapshot's own, which lends it out to be looked at.
    state_->place(const_cast<NodeInfo&>(node), std::move(pod), std::move(demand));
}

void Snapshot::remove_pod(const Pod& pod, const std::string& node) {
    if (NodeInfo* const info = state_->find(pod, node)) {
        state_->take_off(*info, pod);
        state_->drop_if_empty(node);
    }
}

void Snapshot::update_pod(const PodPointer& before, PodPointer after, const std::string& node) {
    if (NodeInfo* const info = state_->find(*after, node)) {
        state_->refresh(*info, before, std::move(after));
    } else if (takes_otherwise(*before, *after)) {
        add_pod(std::move(after), node);
    }
}

void Snapshot::update_pod(const PodPointer& before, PodPointer after, const NodeInfo& node) {
    state_->refresh(const_cast<NodeInfo&>(node), before, std::move(after));
}

void Snapshot::State::refresh(NodeInfo& info, const PodPointer& before, PodPointer after) {
    if (takes_otherwise(*before, *after)) {
        take_off(info, *before);
        place(info, std::move(after), {});
        return;
    }
    const PlacedPod replaced = info.refresh_pod(before, after);
    if (replaced.pod == nullptr) {
        return;
    }
    const bool recounted =
        replaced.pod->metadata.labels != after->metadata.labels ||
        replaced.pod->metadata.deletionTimestamp != after->metadata.deletionTimestamp;
    const PlacedPod placed{std::move(after), replaced.demand};
    if (recounted) {
        count(info, placed, 1);
        count(info, replaced, -1);
    }
    if (!info.has_node()) {
        return;
    }
    begin_generation(info);
    if (recounted) {
        pods_changed(info, replaced, -1);
        pods_changed(info, placed, 1);
    }
}

void Snapshot::count_pods(
    const std::optional<RequiredLabel>& required,
    const std::function<bool(const PodGroup&)>& wanted,
    const std::function<void(const NodeInfo& node, std::int32_t pods)>& take) const {
    static_cast<void>(nodes());
    if (!state_->counts_pods) {
        state_->counts_pods = true;
        state_->count_all();
    }
    state_->groups.for_each(required, [&](const CountedGroup& group) {
        if (group.pods.empty() || !wanted(group)) {
            return;
        }
        for (const auto& [number, pods] : group.pods) {
            const NodeInfo& node = *state_->numbered[number];
            if (node.has_node()) {
                take(node, pods);
            }
        }
    });
}

std::span<const SharedDemand> Snapshot::demands_with_terms() const {
    return state_->term_demands.demands();
}

std::uint64_t Snapshot::terms_version() const {
    return state_->term_demands.version();
}

void Snapshot::nominate(PodPointer pod, const std::string& node) {
    withdraw_nomination(*pod);
    SharedDemand demand = demand_of(*pod);
    state_->nominated_nodes.insert_or_assign(pod_identity(*pod), node);
    state_->nominations[node].push_back({pod, std::move(demand)});
    state_->nomination_changed(node, *pod);
}

void Snapshot::withdraw_nomination(const Pod& pod) {
    if (state_->nominations.empty()) {
        return;
    }
    const auto known = state_->nominated_nodes.find(pod_identity(pod));
    if (known == state_->nominated_nodes.end()) {
        return;
    }
    const auto entry = state_->nominations.find(known->second);
    std::erase_if(entry->second, [&](const PlacedPod& placed) {
        return pod_identity(*placed.pod) == known->first;
    });
    if (entry->second.empty()) {
        state_->nominations.erase(entry);
    }
    state_->nomination_changed(known->second, pod);
    state_->nominated_nodes.erase(known);
}

const std::string* Snapshot::nomination_of(const Pod& pod) const {
    const auto known = state_->nominated_nodes.find(pod_identity(pod));
    return known == state_->nominated_nodes.end() ? nullptr : &known->second;
}

std::span<const PlacedPod> Snapshot::nominated(std::string_view node) const {
    const auto entry = state_->nominations.find(node);
    return entry == state_->nominations.end() ? std::span<const PlacedPod>{} : entry->second;
}

bool Snapshot::has_nominations() const {
    return !state_->nominations.empty();
}

std::uint64_t Snapshot::version() const {
    return state_->version;
}

std::uint64_t Snapshot::layout_version() const {
    return state_->layout_version;
}

bool Snapshot::keeps_node_changes(std::uint64_t since) const {
    return since >= state_->node_changes_dropped;
}

std::span<const std::uint32_t> Snapshot::nodes_changed_since(std::uint64_t version) const {
    return std::span{state_->node_changes}.subspan(
        static_cast<std::size_t>(version - state_->node_changes_dropped));
}

std::uint64_t Snapshot::pod_changes() const {
    return state_->changes_count();
}

bool Snapshot::keeps_changes(std::uint64_t since) const {
    return since >= state_->changes_dropped;
}

std::span<const PodChange> Snapshot::changed_since(std::uint64_t since) const {
    if (!keeps_changes(since)) {
        return {};
    }
    return std::span{state_->changes}.subspan(
        static_cast<std::size_t>(since - state_->changes_dropped));
}

}  // namespace wavetank::scheduler
