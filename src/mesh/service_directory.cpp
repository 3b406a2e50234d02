#include <wavetank/mesh/service_directory.hpp>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace wavetank::mesh {
namespace {

using api::corev1::Service;
using api::corev1::ServicePort;
using api::discoveryv1::EndpointSlice;

constexpr std::string_view service_label = "kubernetes.io/service-name";

// The Service that a slice belongs to; an empty name if it says none.
store::Key service_of(const EndpointSlice& slice) {
    const auto label = slice.metadata.labels->find(std::string{service_label});
    return {slice.metadata.namespace_,
            label == slice.metadata.labels->end() ? std::string{} : label->second};
}

const ServicePort* find_port(const Service& service, std::int32_t port) {
    for (const ServicePort& candidate : service.spec.ports) {
        if (candidate.port == port) {
            return &candidate;
        }
    }
    return nullptr;
}

// Cuts "a.b.svc.cluster.local" into name and namespace; empty if it is not of that form.
store::Key split_host(std::string_view host, const std::string& in_namespace) {
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) {
        return {in_namespace, std::string{host}};
    }
    std::string_view rest = host.substr(dot + 1);
    const std::size_t second = rest.find('.');
    const std::string_view tail =
        second == std::string_view::npos ? std::string_view{} : rest.substr(second + 1);
    if (!tail.empty() && tail != "svc" && tail != "svc.cluster.local") {
        return {};
    }
    return {std::string{rest.substr(0, second)}, std::string{host.substr(0, dot)}};
}

struct Candidates {
    std::vector<Endpoint> ready;
    std::vector<Endpoint> terminating;
    std::vector<Endpoint> unready;
    std::vector<ListedEndpoint> listed;
    bool keeps_listed = false;
};

// An absent condition counts as true, an absent `terminating` as false.
ListedEndpoint listed_as(const api::discoveryv1::Endpoint& entry, std::int32_t port) {
    ListedEndpoint listed{.address = entry.addresses.front(),
                          .port = port,
                          .node = entry.nodeName.value_or(""),
                          .is_ready = entry->conditions.ready.value_or(true),
                          .is_serving = entry->conditions.serving.value_or(true),
                          .is_terminating = entry->conditions.terminating.value_or(false)};
    if (entry.targetRef) {
        listed.pod = {(*entry.targetRef)->namespace_, entry.targetRef->name};
    }
    if (entry->hints) {
        for (const auto& zone : entry->hints->forZones) {
            listed.zone_hints.push_back(zone.name);
        }
        for (const auto& node : entry->hints->forNodes) {
            listed.node_hints.push_back(node.name);
        }
    }
    return listed;
}

void collect(const EndpointSlice& slice, const std::string& port_name, Candidates& candidates) {
    const auto port = std::find_if(slice.ports.begin(), slice.ports.end(), [&](const auto& entry) {
        return entry.name.value_or("") == port_name && entry.port.has_value();
    });
    if (port == slice.ports.end()) {
        return;
    }
    for (const auto& shared : slice.endpoints) {
        const api::discoveryv1::Endpoint& entry = *shared;
        if (entry.addresses.empty()) {
            continue;
        }
        Endpoint endpoint{.address = entry.addresses.front(),
                          .port = *port->port,
                          .node = entry.nodeName.value_or(""),
                          .zone = entry->zone.value_or("")};
        if (entry.targetRef) {
            endpoint.pod = {(*entry.targetRef)->namespace_, entry.targetRef->name};
        }
        if (candidates.keeps_listed) {
            candidates.listed.push_back(listed_as(entry, *port->port));
        }
        if (entry->conditions.ready.value_or(true)) {
            candidates.ready.push_back(std::move(endpoint));
        } else if (entry->conditions.serving.value_or(true) &&
                   entry->conditions.terminating.value_or(false)) {
            candidates.terminating.push_back(std::move(endpoint));
        } else if (!entry->conditions.terminating.value_or(false)) {
            candidates.unready.push_back(std::move(endpoint));
        }
    }
}

}  // namespace

Authority parse_authority(std::string_view url, std::string& path) {
    if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
    }
    const std::size_t slash = std::min(url.find('/'), url.size());
    path = slash == url.size() ? "/" : std::string{url.substr(slash)};
    const std::string_view authority = url.substr(0, slash);
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    Authority parsed{.host = std::string{authority.substr(0, colon)}};
    if (colon < authority.size()) {
        std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(),
                        parsed.port);
    }
    return parsed;
}

ServiceDirectory::ServiceDirectory(store::Store& store) {
    service_watch_ =
        store.watch<Service>([this](const ServiceEvent& event) { hear_or_hold(event); });
    slice_watch_ =
        store.watch<EndpointSlice>([this](const SliceEvent& event) { hear_or_hold(event); });
    for (auto& service : store.list<Service>()) {
        services_.emplace(store::key_of(*service), service);
    }
    for (auto& slice : store.list<EndpointSlice>()) {
        slices_of_service_[service_of(*slice)].emplace(slice->metadata.name, slice);
    }
}

template <class Event>
void ServiceDirectory::hear_or_hold(const Event& event) {
    if (holds_changes_) {
        waiting_.emplace_back(event);
    } else {
        hear(event);
    }
}

void ServiceDirectory::hear(const ServiceEvent& event) {
    const store::Key key = store::key_of(*event.object);
    stale_.insert(key);
    if (event.type == store::EventType::Deleted) {
        services_.erase(key);
    } else {
        services_.insert_or_assign(key, event.object);
    }
}

void ServiceDirectory::hear(const SliceEvent& event) {
    const store::Key service = service_of(*event.object);
    stale_.insert(service);
    if (event.previous != nullptr && service_of(*event.previous) != service) {
        stale_.insert(service_of(*event.previous));
        slices_of_service_[service_of(*event.previous)].erase(event.object->metadata.name);
    }
    auto& slices = slices_of_service_[service];
    if (event.type == store::EventType::Deleted) {
        slices.erase(event.object->metadata.name);
    } else {
        slices.insert_or_assign(event.object->metadata.name, event.object);
    }
}

void ServiceDirectory::take_in(std::uint64_t version) {
    const auto is_later = [&](const auto& event) { return event.version > version; };
    while (!waiting_.empty() && !std::visit(is_later, waiting_.front())) {
        std::visit([this](const auto& event) { hear(event); }, waiting_.front());
        waiting_.pop_front();
    }
}

const Cluster* ServiceDirectory::resolve(const Authority& authority,
                                         const std::string& in_namespace) {
    refresh();
    const ClusterKey key{split_host(authority.host, in_namespace), authority.port};
    auto& cluster = clusters_[key];
    if (cluster == nullptr) {
        const auto service = services_.find(key.service);
        if (service == services_.end() || find_port(*service->second, key.port) == nullptr) {
            clusters_.erase(key);
            return nullptr;
        }
        cluster = std::make_unique<Cluster>();
        cluster->name = to_string(key.service) + ":" + std::to_string(key.port);
        cluster->service = key.service;
        cluster->port = key.port;
        rebuild(*cluster);
    }
    return cluster.get();
}

std::vector<const Cluster*> ServiceDirectory::clusters() const {
    std::vector<const Cluster*> all;
    for (const auto& [key, cluster] : clusters_) {
        all.push_back(cluster.get());
    }
    return all;
}

void ServiceDirectory::refresh() {
    if (stale_.empty()) {
        return;
    }
    for (const auto& [key, cluster] : clusters_) {
        if (stale_.contains(key.service)) {
            rebuild(*cluster);
        }
    }
    stale_.clear();
}

void ServiceDirectory::rebuild(Cluster& cluster) {
    Candidates candidates{.keeps_listed = keeps_listed_};
    const auto service = services_.find(cluster.service);
    const ServicePort* port =
        service != services_.end() ? find_port(*service->second, cluster.port) : nullptr;
    if (port != nullptr) {
        for (const auto& [name, slice] : slices_of_service_[cluster.service]) {
            collect(*slice, port->name, candidates);
        }
    }
    auto& chosen = candidates.ready.empty() ? candidates.terminating : candidates.ready;
    for (auto* const listed : {&chosen, &candidates.unready}) {
        std::ranges::sort(*listed, {}, [](const Endpoint& endpoint) {
            return std::tie(endpoint.address, endpoint.port);
        });
    }
    std::ranges::sort(candidates.listed, {}, [](const ListedEndpoint& endpoint) {
        return std::tie(endpoint.address, endpoint.port);
    });
    if (chosen != cluster.endpoints || candidates.unready != cluster.unready ||
        candidates.listed != cluster.listed || cluster.version == 0) {
        cluster.endpoints = std::move(chosen);
        cluster.unready = std::move(candidates.unready);
        cluster.listed = std::move(candidates.listed);
        cluster.version = next_version_++;
    }
}

}  // namespace wavetank::mesh
