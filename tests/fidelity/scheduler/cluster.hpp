#pragma once

/// \file
/// The clusters that recorded cases of the scheduler describe, as objects.

#include <wavetank/codec/json.hpp>
#include <wavetank/scheduler/profile.hpp>
#include <wavetank/scheduler/snapshot.hpp>
#include <wavetank/store/store.hpp>

#include <boost/json.hpp>

#include <memory>
#include <string>

namespace wavetank::fidelity {

/// Reads an object as the API server stores it; its UID is namespace, dot, name. Throws for bad
/// JSON, which is a failure of the case.
template <class T>
[[nodiscard]] api::Pointer<const T> stored_object(const boost::json::value& json) {
    auto object = api::make_object<T>(codec::from_json<T>(json).value());
    object->metadata.uid = object->metadata.namespace_ + "." + object->metadata.name;
    return object;
}

/// Puts the nodes, the assigned pods and the nominated ones of a case into a snapshot.
void fill_snapshot(scheduler::Snapshot& snapshot, const boost::json::object& cluster);

/// Puts what plugins look up beside the snapshot into a store: namespaces, Services, controllers,
/// budgets.
void fill_store(store::Store& store, const boost::json::object& cluster);

/// Makes the profile of a case's `config`, kube-scheduler's default one if there is none.
[[nodiscard]] scheduler::Profile profile_of(const boost::json::object& test_case,
                                            const scheduler::PluginContext& context);

}  // namespace wavetank::fidelity
