#include "fidelity/scheduler/cluster.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/api/unstructured.hpp>
#include <wavetank/scheduler/configuration.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace wavetank::fidelity {
namespace {

using api::corev1::Node;
using api::corev1::Pod;

const boost::json::array& list_in(const boost::json::object& object, std::string_view member) {
    static const boost::json::array none;
    const auto* list = object.if_contains(member);
    return list == nullptr ? none : list->as_array();
}

// Rows are [name, template index, node, start].
void add_pods(scheduler::Snapshot& snapshot, const boost::json::object& cluster) {
    std::vector<api::Pointer<const Pod>> templates;
    for (const auto& json : list_in(cluster, "podTemplates")) {
        templates.push_back(stored_object<Pod>(json));
    }
    for (const auto& json : list_in(cluster, "pods")) {
        const auto& row = json.as_array();
        auto pod = api::make_object<Pod>(*templates.at(row.at(1).to_number<std::size_t>()));
        pod->metadata.name = std::string{row.at(0).as_string()};
        pod->metadata.uid = pod->metadata.namespace_ + "." + pod->metadata.name;
        pod->spec.nodeName = std::string{row.at(2).as_string()};
        pod->status.phase = "Running";
        pod->status.edit().startTime = api::Time{
            default_wall_epoch + std::chrono::seconds{row.at(3).to_number<std::int64_t>()}};
        const std::string node = pod->spec.nodeName;
        snapshot.add_pod(std::move(pod), node);
    }
}

template <class T>
void store_all(store::Store& store, const boost::json::object& cluster, std::string_view member) {
    for (const auto& json : list_in(cluster, member)) {
        static_cast<void>(store.create(T{*stored_object<T>(json)}).value());
    }
}

void store_unmodelled(store::Store& store, const boost::json::object& cluster,
                      std::string_view member, const api::GroupVersionKind& gvk) {
    for (const auto& json : list_in(cluster, member)) {
        api::Unstructured object{.gvk = gvk, .content = json.as_object()};
        const auto& metadata = json.at("metadata");
        object.metadata.name = std::string{metadata.at("name").as_string()};
        object.metadata.namespace_ = std::string{metadata.at("namespace").as_string()};
        object.content.erase("metadata");
        static_cast<void>(store.create(std::move(object)).value());
    }
}

}  // namespace

void fill_store(store::Store& store, const boost::json::object& cluster) {
    store_all<api::corev1::Namespace>(store, cluster, "namespaces");
    store_all<api::corev1::Service>(store, cluster, "services");
    store_all<api::policyv1::PodDisruptionBudget>(store, cluster, "pdbs");
    store_all<api::appsv1::ReplicaSet>(store, cluster, "replicaSets");
    store_unmodelled(store, cluster, "replicationControllers", {"", "v1", "ReplicationController"});
    store_all<api::appsv1::StatefulSet>(store, cluster, "statefulSets");
}

void fill_snapshot(scheduler::Snapshot& snapshot, const boost::json::object& cluster) {
    for (const auto& json : list_in(cluster, "nodes")) {
        snapshot.set_node(stored_object<Node>(json));
    }
    add_pods(snapshot, cluster);
    for (const auto& json : list_in(cluster, "nominatedPods")) {
        auto pod = stored_object<Pod>(json);
        const std::string node = *pod->status->nominatedNodeName;
        snapshot.nominate(std::move(pod), node);
    }
}

scheduler::Profile profile_of(const boost::json::object& test_case,
                              const scheduler::PluginContext& context) {
    scheduler::ProfileOptions options;
    if (const auto* config = test_case.if_contains("config"); config != nullptr) {
        auto reading = scheduler::read_configuration(config->as_object());
        if (!reading.errors.empty()) {
            throw_exception_from_error(reading.errors.front(), nullptr);
        }
        options = std::move(reading.configuration.profiles.front());
    }
    return scheduler::Profile::make(std::move(options), scheduler::PluginRegistry::defaults(),
                                    context)
        .value();
}

}  // namespace wavetank::fidelity
