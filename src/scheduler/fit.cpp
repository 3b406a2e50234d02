#include <wavetank/scheduler/fit.hpp>

#include "scheduler/store_snapshot.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/scheduler/algorithm.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::appsv1::ReplicaSet;
using api::corev1::Pod;

// The pods of one owner, or one pod.
struct SpecPods {
    PodPointer one;
    std::map<std::string, std::size_t> on_nodes;
    std::size_t pending = 0;
};

const api::metav1::OwnerReference* controller_of(const api::metav1::ObjectMeta& metadata) {
    const auto& owners = *metadata.ownerReferences;
    const auto found = std::ranges::find_if(
        owners, [](const auto& owner) { return owner.controller.value_or(false); });
    return found == owners.end() ? nullptr : &*found;
}

std::string lowered(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text;
}

// "default/deployment/web": a ReplicaSet's pods are its Deployment's.
std::string spec_name(const store::Store& store, const Pod& pod) {
    const std::string& space = pod.metadata.namespace_;
    const auto* owner = controller_of(pod.metadata);
    if (owner == nullptr) {
        return space + "/pod/" + pod.metadata.name;
    }
    if (owner->kind == "ReplicaSet") {
        const auto set = store.get<ReplicaSet>({space, owner->name});
        if (const auto* above = set == nullptr ? nullptr : controller_of(set->metadata)) {
            return space + "/" + lowered(above->kind) + "/" + above->name;
        }
    }
    return space + "/" + lowered(owner->kind) + "/" + owner->name;
}

std::map<std::string, SpecPods> specs_of(const store::Store& store,
                                         const SchedulerConfiguration& configuration) {
    std::map<std::string, SpecPods> specs;
    for (const auto& pod : store.list<Pod>()) {
        if (has_ended(*pod) || pod->metadata.deletionTimestamp ||
            configuration.profile_for(pod->spec->schedulerName) == nullptr) {
            continue;
        }
        SpecPods& spec = specs[spec_name(store, *pod)];
        spec.one = pod;
        if (pod->spec.nodeName.empty()) {
            ++spec.pending;
        } else {
            ++spec.on_nodes[pod->spec.nodeName];
        }
    }
    return specs;
}

std::string amount_text(std::string_view resource, std::int64_t amount) {
    if (resource == "cpu") {
        return api::Quantity::of_milli(amount).to_string();
    }
    constexpr std::int64_t kibi = 1024;
    std::string_view suffix;
    if (resource == "memory" || resource == "ephemeral-storage") {
        for (const std::string_view next : {"Ki", "Mi", "Gi", "Ti"}) {
            if (amount == 0 || amount % kibi != 0) {
                break;
            }
            amount /= kibi;
            suffix = next;
        }
    }
    return std::to_string(amount) + std::string{suffix};
}

// Puts pods of one spec on nodes of a snapshot until none fits, and takes them off again.
class MorePods {
public:
    MorePods(Snapshot& snapshot, const Profile& profile)
        : snapshot_(snapshot),
          profile_(profile),
          algorithm_(profile_, Random{0}, {.tie_break = TieBreak::Name}) {}

    void place(const Pod& like, std::size_t most, SpecFit& fit);

private:
    void explain_end(const Decision& decision, const Pod& pod, SpecFit& fit) const;
    void note_amounts(const Pod& pod, Shortage& shortage) const;

    Snapshot& snapshot_;
    const Profile& profile_;
    Algorithm algorithm_;
};

void MorePods::place(const Pod& like, std::size_t most, SpecFit& fit) {
    Pod pod = like;
    pod.spec.nodeName.clear();
    pod.metadata.uid.clear();
    pod.status = {};
    std::map<std::string, std::size_t> more;
    std::vector<std::pair<PodPointer, std::string>> placed;
    while (true) {
        // No API server takes such a name, so it is no other pod's.
        pod.metadata.name = like.metadata.name + " " + std::to_string(fit.more + 1);
        Decision decision = algorithm_.schedule(pod, snapshot_);
        if (decision.node == nullptr) {
            explain_end(decision, pod, fit);
            break;
        }
        if (fit.more == most) {
            fit.is_limited = true;
            break;
        }
        ++fit.more;
        ++more[decision.node->name()];
        placed.emplace_back(api::make_object<const Pod>(pod), decision.node->name());
        snapshot_.add_pod(placed.back().first, *decision.node, std::move(decision.demand));
    }
    for (const auto& [one, node] : placed) {
        snapshot_.remove_pod(*one, node);
    }
    for (const auto& [node, count] : more) {
        const auto known = std::ranges::find(fit.nodes, node, &NodeShare::node);
        if (known == fit.nodes.end()) {
            fit.nodes.push_back({.node = node, .more = count});
        } else {
            known->more = count;
        }
    }
    std::ranges::sort(fit.nodes, {}, &NodeShare::node);
}

// Of a resource that is short: what the pod asks for, and the node that comes closest.
void MorePods::note_amounts(const Pod& pod, Shortage& shortage) const {
    constexpr std::string_view insufficient = "Insufficient ";
    if (!shortage.reason.starts_with(insufficient)) {
        return;
    }
    const std::string resource = shortage.reason.substr(insufficient.size());
    shortage.asked = amount_text(resource, demand_of(pod).requested.of(resource).value_or(0));
    std::optional<std::int64_t> most;
    for (const std::string& name : shortage.nodes) {
        const NodeInfo& node = *snapshot_.find(name);
        const std::int64_t left =
            node.allocatable().of(resource).value_or(0) - node.requested().of(resource).value_or(0);
        if (!most || left > *most) {
            most = left;
            shortage.most_left_node = name;
        }
    }
    shortage.most_left = amount_text(resource, most.value_or(0));
}

void MorePods::explain_end(const Decision& decision, const Pod& pod, SpecFit& fit) const {
    const Diagnosis& diagnosis = decision.diagnosis;
    fit.message = decision.status.rejected() && diagnosis.nodes_all > 0 ? diagnosis.message()
                                                                        : decision.status.message();
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> nodes;
    std::set<std::string, std::less<>> seen;
    const auto note = [&](const std::string& node, const Status& status) {
        seen.insert(node);
        for (const std::string& reason : status.reasons) {
            nodes[{reason, status.plugin}].push_back(node);
        }
    };
    for (const RejectedNode& rejected : diagnosis.rejected) {
        note(rejected.node->name(), *rejected.status);
    }
    for (const NodeInfo* node : snapshot_.nodes()) {
        if (!diagnosis.absent.ok() && !seen.contains(node->name())) {
            note(node->name(), diagnosis.absent);
        }
    }
    for (auto& [why, names] : nodes) {
        std::ranges::sort(names);
        Shortage shortage{.plugin = why.second, .reason = why.first, .nodes = std::move(names)};
        note_amounts(pod, shortage);
        fit.shortages.push_back(std::move(shortage));
    }
    std::ranges::stable_sort(fit.shortages, [](const Shortage& left, const Shortage& right) {
        return left.nodes.size() > right.nodes.size();
    });
}

std::string list_of(const std::vector<std::string>& names) {
    constexpr std::size_t listed = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), listed); ++i) {
        text += (text.empty() ? "" : ", ") + names[i];
    }
    return names.size() > listed ? text + " and " + std::to_string(names.size() - listed) + " more"
                                 : text;
}

void print_spec(std::ostream& out, const SpecFit& spec) {
    fmt::print(out, "\n{}\n", spec.name);
    for (const NodeShare& share : spec.nodes) {
        fmt::print(out, "  {:<32}{:>6} placed{:>8} more\n", share.node, share.placed, share.more);
    }
    if (spec.is_limited) {
        fmt::print(out, "  more than {} were not tried\n", spec.more);
        return;
    }
    fmt::print(out, "  then: {}\n", spec.message);
    for (const Shortage& shortage : spec.shortages) {
        fmt::print(out, "    {}: {}\n", shortage.reason, list_of(shortage.nodes));
        if (!shortage.asked.empty()) {
            fmt::print(out, "      asked for: {}; the most left: {} on {}\n", shortage.asked,
                       shortage.most_left, shortage.most_left_node);
        }
    }
}

}  // namespace

Result<FitReport> fit(store::Store& store, const FitOptions& options) {
    Snapshot snapshot;
    fill_from(store, nullptr, snapshot);
    std::map<std::string, std::unique_ptr<Profile>> profiles;
    std::map<std::string, std::unique_ptr<MorePods>> makers;
    for (const ProfileOptions& profile : options.configuration.profiles) {
        auto made = Profile::make(profile, PluginRegistry::defaults(),
                                  {.snapshot = &snapshot, .store = &store});
        if (!made) {
            return made.error();
        }
        made->options.percentage_of_nodes_to_score = 100;
        auto& slot = profiles[profile.scheduler_name];
        slot = std::make_unique<Profile>(std::move(*made));
        makers[profile.scheduler_name] = std::make_unique<MorePods>(snapshot, *slot);
    }
    FitReport report;
    for (const auto& [name, pods] : specs_of(store, options.configuration)) {
        SpecFit& spec = report.specs.emplace_back();
        spec.name = name;
        spec.pending = pods.pending;
        for (const auto& [node, count] : pods.on_nodes) {
            spec.placed += count;
            spec.nodes.push_back({.node = node, .placed = count});
        }
        const ProfileOptions* const profile =
            options.configuration.profile_for(pods.one->spec->schedulerName);
        makers.at(profile->scheduler_name)->place(*pods.one, options.more_max, spec);
    }
    return report;
}

boost::json::object to_json(const FitReport& report) {
    boost::json::array specs;
    for (const SpecFit& spec : report.specs) {
        boost::json::array nodes;
        for (const NodeShare& share : spec.nodes) {
            nodes.push_back(boost::json::object{
                {"node", share.node}, {"placed", share.placed}, {"more", share.more}});
        }
        boost::json::array shortages;
        for (const Shortage& shortage : spec.shortages) {
            boost::json::object entry{{"plugin", shortage.plugin}, {"reason", shortage.reason}};
            entry["nodes"] = boost::json::array(shortage.nodes.begin(), shortage.nodes.end());
            if (!shortage.asked.empty()) {
                entry["asked"] = shortage.asked;
                entry["mostLeft"] = shortage.most_left;
                entry["mostLeftNode"] = shortage.most_left_node;
            }
            shortages.push_back(std::move(entry));
        }
        specs.push_back(boost::json::object{{"name", spec.name},
                                            {"placed", spec.placed},
                                            {"pending", spec.pending},
                                            {"more", spec.more},
                                            {"limited", spec.is_limited},
                                            {"nodes", std::move(nodes)},
                                            {"message", spec.message},
                                            {"shortages", std::move(shortages)}});
    }
    return {{"specs", std::move(specs)}};
}

std::ostream& operator<<(std::ostream& out, const FitReport& report) {
    fmt::print(out, "{:<48}{:>8}{:>10}{:>10}\n", "PODS OF", "PLACED", "PENDING", "MORE FIT");
    for (const SpecFit& spec : report.specs) {
        const std::string more = std::to_string(spec.more) + (spec.is_limited ? "+" : "");
        fmt::print(out, "{:<48}{:>8}{:>10}{:>10}\n", spec.name, spec.placed, spec.pending, more);
    }
    for (const SpecFit& spec : report.specs) {
        print_spec(out, spec);
    }
    return out;
}

}  // namespace wavetank::scheduler
