#include "controllers/endpointslice.hpp"

#include "controllers/owners.hpp"
#include "controllers/pods.hpp"

#include <wavetank/api/names.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::StringMap;

// Slices that somebody else has written are looked at a second later, as upstream.
constexpr Duration slice_change_delay = std::chrono::seconds{1};
// The matches of more label sets than this are found anew.
constexpr std::size_t matches_max = 4096;

bool matches(const StringMap& selector, const StringMap& labels) {
    return std::ranges::all_of(selector, [&](const auto& term) {
        const auto found = labels.find(term.first);
        return found != labels.end() && found->second == term.second;
    });
}

std::string label_of(const api::metav1::ObjectMeta& metadata, const char* key) {
    const auto found = metadata.labels->find(key);
    return found == metadata.labels->end() ? "" : found->second;
}

bool has_endpoints(const api::corev1::Service& service) {
    return !service.spec.selector.empty() && service.spec.type != "ExternalName";
}

bool is_owned_by(const api::discoveryv1::EndpointSlice& slice,
                 const api::corev1::Service& service) {
    return std::ranges::any_of(*slice.metadata.ownerReferences, [&](const auto& owner) {
        return owner.uid == service.metadata.uid && owner.kind == "Service" &&
               owner.apiVersion == "v1";
    });
}

/// Joins messages as upstream's aggregates do.
std::string joined_problems(const std::vector<std::string>& problems) {
    if (problems.size() == 1) {
        return problems.front();
    }
    std::string text;
    for (const std::string& problem : problems) {
        text += (text.empty() ? "[" : ", ") + problem;
    }
    return text + "]";
}

}  // namespace

EndpointSliceController::EndpointSliceController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()) {
    services_ = store_.watch<Service>([this](const auto& event) { on_service(event); });
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    nodes_ = store_.watch<Node>([this](const auto& event) { on_node(event); });
    slices_ = store_.watch<EndpointSlice>([this](const auto& event) { on_slice(event); });
    for (auto& node : store_.list<Node>()) {
        on_node({store::EventType::Added, node, nullptr, 0});
    }
    for (auto& slice : store_.list<EndpointSlice>()) {
        on_slice({store::EventType::Added, slice, nullptr, 0});
    }
    for (auto& service : store_.list<Service>()) {
        on_service({store::EventType::Added, service, nullptr, 0});
    }
}

// What a watcher writes while it is told of a change, others are told of before that change: what
// is remembered is the present object, whatever the event says.
void EndpointSliceController::on_service(const store::WatchEvent<Service>& event) {
    const store::Key key = store::key_of(*event.object);
    const auto service = store_.get<Service>(key);
    if (service == nullptr) {
        states_.erase(key);
    } else {
        State& state = states_[key];
        state.service = service;
        state.all_changed = true;
    }
    if (event.type != store::EventType::Modified ||
        event.previous->spec.selector != event.object->spec.selector ||
        has_endpoints(*event.previous) != has_endpoints(*event.object)) {
        matches_.clear();
        selectors_.clear();
    }
    context_.queue.add(key);
}

void EndpointSliceController::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    if (!belongs_in_endpoints(pod) &&
        (event.previous == nullptr || !belongs_in_endpoints(*event.previous))) {
        return;
    }
    if (event.previous == nullptr || event.type == store::EventType::Deleted) {
        touch(pod, Wake::Yes);
        return;
    }
    const Pod& before = *event.previous;
    if (endpoint_changed(before, pod)) {
        if (!(before.metadata.labels == pod.metadata.labels)) {
            touch(before, Wake::Yes);
        }
        touch(pod, Wake::Yes);
    } else if (is_terminal(before) != is_terminal(pod) ||
               before.spec.nodeName != pod.spec.nodeName) {
        touch(pod, Wake::No);  // upstream sees this at the next sync only
    }
}

/// Notes a pod as changed with the Services that its labels belong to.
void EndpointSliceController::touch(const Pod& pod, Wake wake) {
    for (const store::Key& key : services_of(pod)) {
        states_[key].changed.insert(pod.metadata.name);
        if (wake == Wake::Yes) {
            context_.queue.add(key);
        }
    }
}

const std::vector<store::Key>& EndpointSliceController::services_of(const Pod& pod) {
    if (matches_.size() > matches_max) {
        matches_.clear();
    }
    const auto [entry, fresh] = matches_.try_emplace(pod.metadata.labels.identity());
    Match& match = entry->second;
    if (fresh || match.in_namespace != pod.metadata.namespace_) {
        match.labels = pod.metadata.labels;
        match.in_namespace = pod.metadata.namespace_;
        match.services.clear();
        const Selectors& selectors = selectors_in(match.in_namespace);
        for (const std::size_t number : selectors.index.matches(*match.labels)) {
            match.services.push_back(selectors.services[number]);
        }
    }
    return match.services;
}

const EndpointSliceController::Selectors& EndpointSliceController::selectors_in(
    const std::string& space) {
    const auto [entry, fresh] = selectors_.try_emplace(space);
    Selectors& selectors = entry->second;
    for (auto state = states_.lower_bound({space, ""});
         fresh && state != states_.end() && state->first.namespace_ == space; ++state) {
        const auto& service = state->second.service;
        if (service != nullptr && has_endpoints(*service)) {
            selectors.index.add(service->spec.selector, selectors.services.size());
            selectors.services.push_back(state->first);
        }
    }
    return selectors;
}

/// Zones come from nodes; a change shows at a Service's next sync.
void EndpointSliceController::on_node(const store::WatchEvent<Node>& event) {
    constexpr const char* zone = "topology.kubernetes.io/zone";
    if (event.type == store::EventType::Modified &&
        label_of(event.previous->metadata, zone) == label_of(event.object->metadata, zone)) {
        return;
    }
    const api::Text& name = event.object->metadata.name;
    const auto node = store_.get<Node>(store::key_of(*event.object));
    if (node == nullptr) {
        zones_.erase(name);
    } else {
        zones_.insert_or_assign(name, api::Text{label_of(node->metadata, zone)});
    }
    for (auto& [key, state] : states_) {
        state.all_changed = true;
    }
}

void EndpointSliceController::on_slice(const store::WatchEvent<EndpointSlice>& event) {
    const EndpointSlice& slice = *event.object;
    const auto key_of = [](const EndpointSlice& of) {
        return store::Key{of.metadata.namespace_, label_of(of.metadata, service_name_label)};
    };
    const bool present = event.type != store::EventType::Deleted &&
                         !slice.metadata.deletionTimestamp &&
                         label_of(slice.metadata, managed_by_label) == slice_manager;
    const store::Key key = key_of(slice);
    if (event.previous != nullptr && key_of(*event.previous) != key) {
        note_change(key_of(*event.previous), event.object, Presence::Gone);
    }
    note_change(key, event.object, present ? Presence::Here : Presence::Gone);
}

/// Takes note that a slice of a Service is there, or no longer.
void EndpointSliceController::note_change(const store::Key& service, const SlicePointer& slice,
                                          Presence presence) {
    const auto state = states_.find(service);
    if (state == states_.end()) {
        return;
    }
    const api::Text& name = slice->metadata.name;
    if (presence == Presence::Here) {
        note_slice(state->second, slice);
    } else if (state->second.slices.contains(name)) {
        forget_slice(state->second, name);
    } else {
        return;
    }
    if (!writing_) {
        state->second.all_changed = true;
        context_.queue.add_after(service, slice_change_delay);
    }
}

void EndpointSliceController::note_slice(State& state, const SlicePointer& slice) {
    KnownSlice& known = state.slices[slice->metadata.name];
    if (known.slice == nullptr || known.slice->ports != slice->ports) {
        known.ports = port_key(slice->ports);
    }
    state.places.replace(known, slice);
}

void EndpointSliceController::forget_slice(State& state, const std::string& name) {
    const auto entry = state.slices.find(name);
    state.places.forget(entry->second);
    state.slices.erase(entry);
}

/// Lists pods and slices anew, and takes all of them for changed.
void EndpointSliceController::refresh(const Service& service, State& state) {
    state.places.clear();
    state.slices.clear();
    for (const SlicePointer& slice : store_.select<EndpointSlice>([&](const EndpointSlice& it) {
             return it.metadata.namespace_ == service.metadata.namespace_ &&
                    label_of(it.metadata, service_name_label) == service.metadata.name &&
                    label_of(it.metadata, managed_by_label) == slice_manager &&
                    !it.metadata.deletionTimestamp;
         })) {
        note_slice(state, slice);
        for (const auto& endpoint : slice->endpoints) {
            state.changed.insert(pod_of(*endpoint));
        }
    }
    for (const auto& pod : store_.select<Pod>([&](const Pod& it) {
             return it.metadata.namespace_ == service.metadata.namespace_ &&
                    belongs_in_endpoints(it) && matches(service.spec.selector, *it.metadata.labels);
         })) {
        state.changed.insert(pod->metadata.name);
    }
}

/// Returns the Service's slices of a type; those with changed pods are marked.
std::vector<const KnownSlice*> EndpointSliceController::suspects_marked(const Service& service,
                                                                        const std::string& type,
                                                                        State& state) const {
    for (auto& [name, known] : state.slices) {
        known.suspect = state.all_changed;
    }
    for (const api::Text& pod : state.changed) {
        if (KnownSlice* const slice = state.places.find(pod)) {
            slice->suspect = true;
        }
    }
    std::vector<const KnownSlice*> result;
    for (const auto& [name, known] : state.slices) {
        if (known.slice->addressType == type && is_owned_by(*known.slice, service)) {
            result.push_back(&known);
        }
    }
    return result;
}

Reconciler::Outcome EndpointSliceController::reconcile(const store::Key& key) {
    const auto service = store_.get<Service>(key);
    if (service == nullptr || !has_endpoints(*service)) {
        return Outcome::Done;
    }
    const auto result = sync(*service, states_[key]);
    if (!result) {
        context_.events.warning(*service, "FailedToUpdateEndpointSlices",
                                "Error updating Endpoint Slices for Service " +
                                    store::to_string(key) + ": " + result.error().message);
        return Outcome::Retry;
    }
    return Outcome::Done;
}

Result<> EndpointSliceController::sync(const Service& service, State& state) {
    if (state.all_changed) {
        refresh(service, state);
    }
    std::vector<std::string> problems;
    const std::vector<std::string> types = address_types(service);
    SlicePlan plan;
    for (const std::string& type : types) {
        SlicePlan part =
            plan_slices(suspects_marked(service, type, state), fresh_slice(service, type),
                        changes(service, state, type, problems));
        std::ranges::move(part.create, std::back_inserter(plan.create));
        std::ranges::move(part.update, std::back_inserter(plan.update));
        std::ranges::move(part.remove, std::back_inserter(plan.remove));
    }
    for (const auto& [name, known] : state.slices) {
        if (std::ranges::count(types, known.slice->addressType) == 0 ||
            !is_owned_by(*known.slice, service)) {
            plan.remove.push_back(known.slice);
        }
    }
    state.all_changed = false;
    writing_ = true;
    auto written = write(service, plan);
    writing_ = false;
    if (!written) {
        state.all_changed = true;
        problems.push_back(written.error().message);
    }
    if (problems.empty()) {
        state.changed = {};  // its memory, too: a roll-out needs much of it, and seldom
        return {};
    }
    return Error{.reason = Reason::InternalError, .message = joined_problems(problems)};
}

/// Returns what the changed pods' endpoints are to be.
std::vector<ChangedEndpoint> EndpointSliceController::changes(const Service& service,
                                                              const State& state,
                                                              const std::string& address_type,
                                                              std::vector<std::string>& problems) {
    std::vector<api::Text> changed(state.changed.begin(), state.changed.end());
    std::ranges::sort(changed);
    std::vector<ChangedEndpoint> result;
    result.reserve(changed.size());
    const void* body = nullptr;  // pods of one template have the same ports
    std::shared_ptr<const PortSet> ports;
    for (const api::Text& name : changed) {
        ChangedEndpoint& change = result.emplace_back(ChangedEndpoint{.pod = name});
        const auto pod = store_.get<Pod>({service.metadata.namespace_, change.pod});
        if (pod == nullptr || !belongs_in_endpoints(*pod) ||
            !matches(service.spec.selector, *pod->metadata.labels)) {
            continue;
        }
        const auto zone = zones_.find(pod->spec.nodeName);
        const bool has_node = zone != zones_.end();
        if (!has_node && !service.spec.publishNotReadyAddresses) {
            problems.push_back("skipping Pod " + change.pod + " for Service " +
                               store::to_string(store::key_of(service)) + ": Node " +
                               pod->spec.nodeName + " Not Found");
            continue;
        }
        change.endpoint =
            endpoints_.make(service, *pod, has_node ? zone->second : api::Text{}, address_type);
        if (change.endpoint.addresses.empty()) {
            continue;
        }
        if (ports == nullptr || pod->spec.body.identity() != body) {
            body = pod->spec.body.identity();
            auto found = endpoint_ports(service, *pod);
            std::string key = port_key(found);
            ports = std::make_shared<const PortSet>(PortSet{std::move(found), std::move(key)});
        }
        change.ports = ports;
    }
    return result;
}

api::discoveryv1::EndpointSlice EndpointSliceController::fresh_slice(
    const Service& service, const std::string& type) const {
    EndpointSlice slice;
    std::string prefix = service.metadata.name + "-";
    if (!api::check_name_as_dns_subdomain(prefix, api::NameForm::Prefix).empty()) {
        prefix = service.metadata.name;
    }
    slice.metadata.generateName = prefix;
    slice.metadata.namespace_ = service.metadata.namespace_;
    slice.metadata.labels = slice_labels(service);
    slice.metadata.ownerReferences = std::vector{controller_reference(service)};
    slice.addressType = type;
    return slice;
}

Result<> EndpointSliceController::write(const Service& service, SlicePlan& plan) {
    const std::string of_service = store::to_string(store::key_of(service)) + ": ";
    if (!service.metadata.deletionTimestamp) {
        for (EndpointSlice& slice : plan.create) {
            const auto created = context_.registry.create(std::move(slice));
            if (!created) {
                const auto& causes = created.error().causes;
                if (std::ranges::count(causes, "NamespaceTerminating", &Cause::reason) > 0) {
                    return {};
                }
                return Error{.reason = created.error().reason,
                             .message = "failed to create EndpointSlice for Service " + of_service +
                                        created.error().message};
            }
        }
    }
    for (EndpointSlice& slice : plan.update) {
        const std::string name = slice.metadata.name;
        const auto updated = context_.registry.update(std::move(slice));
        if (!updated) {
            return Error{.reason = updated.error().reason,
                         .message = "failed to update " + name + " EndpointSlice for Service " +
                                    of_service + updated.error().message};
        }
    }
    for (const SlicePointer& slice : plan.remove) {
        const auto removed = context_.registry.remove<EndpointSlice>(store::key_of(*slice));
        if (!removed && removed.error().reason != Reason::NotFound) {
            return Error{.reason = removed.error().reason,
                         .message = "failed to delete " + slice->metadata.name +
                                    " EndpointSlice for Service " + of_service +
                                    removed.error().message};
        }
    }
    return {};
}

}  // namespace wavetank::controllers
