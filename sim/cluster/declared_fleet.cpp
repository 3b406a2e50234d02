#include "sim/cluster/declared_fleet.hpp"

#include <wavetank/api/selector.hpp>

#include <algorithm>
#include <cmath>

namespace wavetank::sim {
namespace {

using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using api::corev1::Pod;
using api::corev1::Service;
using api::discoveryv1::EndpointSlice;

std::string text_of(const mesh::Authority& authority) {
    return authority.host + ":" + std::to_string(authority.port);
}

}  // namespace

ReplicaSize size_of(const api::corev1::Container& container) {
    ReplicaSize size;
    if (const auto limit = container.resources.limits.find("cpu");
        limit != container.resources.limits.end()) {
        const double cpus =
            std::max(0.001, static_cast<double>(limit->second.milli_value()) / 1000);
        size.cpus = static_cast<std::uint32_t>(std::max(1.0, std::ceil(cpus)));
        size.speed = cpus / size.cpus;
    }
    return size;
}

DeclaredFleet::DeclaredFleet(store::Store& store, mesh::ServiceDirectory& directory,
                             const runtime::Clock& clock, DataPlaneOptions options,
                             ModelOf model_of)
    : store_(store),
      directory_(directory),
      clock_(clock),
      plane_(std::move(options)),
      model_of_(std::move(model_of)) {
    services_ = store.watch<Service>([this](const auto& /*event*/) { refresh_targets(); });
    slices_ = store.watch<EndpointSlice>([this](const auto& /*event*/) { refresh_targets(); });
    pods_ = store.watch<Pod>([this](const store::WatchEvent<Pod>& event) {
        if (event.type == store::EventType::Deleted) {
            processes_.erase(store::key_of(*event.object));
        }
    });
}

void DeclaredFleet::catch_up() {
    plane_.run_until(clock_.now());
}

void DeclaredFleet::start(const node::ContainerStart& start) {
    const PlannedModel* const model = model_of_(start.container.image);
    if (model == nullptr) {
        return;
    }
    catch_up();
    const store::Key pod = store::key_of(start.pod);
    Process process{.container = start.container.name};
    for (const auto& port : start.container.ports) {
        process.ports.push_back(port.containerPort);
    }
    const ReplicaSize size = size_of(start.container);
    process.speed = size.speed;
    process.replica = plane_.add_replica(program_of(*model, pod.namespace_),
                                         to_string(pod) + "/" + start.container.name, size);
    auto& processes = processes_[pod];
    const auto before = std::ranges::find(processes, process.container, &Process::container);
    if (before == processes.end()) {
        processes.push_back(std::move(process));
        return;
    }
    *before = std::move(process);
    for (auto& [key, target] : targets_) {
        target.version = 0;  // the address may be an endpoint still
    }
    refresh_targets();
}

void DeclaredFleet::stop(const store::Key& pod, const std::string& container) {
    const auto found = processes_.find(pod);
    if (found == processes_.end()) {
        return;
    }
    catch_up();
    for (const Process& process : found->second) {
        if (process.container == container) {
            plane_.crash(process.replica);
        }
    }
}

bool DeclaredFleet::idle(const store::Key& pod, const std::string& container) {
    const auto found = processes_.find(pod);
    if (found == processes_.end()) {
        return true;
    }
    catch_up();
    return std::ranges::all_of(found->second, [&](const Process& process) {
        return process.container != container || plane_.requests_at(process.replica) == 0;
    });
}

void DeclaredFleet::slow_down(const store::Key& pod, double factor) {
    const auto found = processes_.find(pod);
    if (found != processes_.end()) {
        catch_up();
        for (const Process& process : found->second) {
            plane_.set_speed(process.replica, process.speed / factor);
        }
    }
}

bool DeclaredFleet::serves(const std::string& url) {
    std::string path;
    const mesh::Cluster* const cluster =
        directory_.resolve(mesh::parse_authority(url, path), "default");
    const auto service = cluster == nullptr ? nullptr : store_.get<Service>(cluster->service);
    if (service == nullptr || service->spec.selector.empty()) {
        return false;
    }
    const api::Selector selector = api::Selector::from(service->spec.selector);
    bool found = false;
    bool all_declared = true;
    const auto look_at = [&](const api::StringMap& labels, const auto& containers) {
        if (!selector.matches(labels)) {
            return;
        }
        for (const auto& container : containers) {
            found = true;
            all_declared = all_declared && model_of_(container.image) != nullptr;
        }
    };
    const std::string& in_namespace = cluster->service.namespace_;
    for (const auto& deployment : store_.list<Deployment>(in_namespace)) {
        const auto& pod = deployment->spec.template_;
        look_at(*pod.metadata.labels, pod.spec->containers);
    }
    for (const auto& replica_set : store_.list<ReplicaSet>(in_namespace)) {
        const auto& pod = replica_set->spec.template_;
        look_at(*pod.metadata.labels, pod.spec->containers);
    }
    for (const auto& pod : store_.list<Pod>(in_namespace)) {
        look_at(*pod->metadata.labels, pod->spec->containers);
    }
    return found && all_declared;
}

void DeclaredFleet::add_load(const Load& load) {
    catch_up();
    PlacedLoad placed{.name = load.name};
    std::vector<LoadTarget> targets;
    for (const RequestClass& one : load.classes) {
        placed.classes.push_back(one.name);
        targets.push_back({.service = target_of(one.target, "default"),
                           .name = one.name,
                           .weight = one.weight,
                           .priority = one.priority});
    }
    if (targets.empty()) {
        placed.classes.emplace_back();
        targets.push_back(
            {.service = target_of(load.target, "default"), .priority = load.priority});
    }
    placed.id = plane_.add_load(targets, load);
    loads_.push_back(std::move(placed));
}

std::vector<DeclaredFleet::LoadFigures> DeclaredFleet::loads() const {
    std::vector<LoadFigures> figures;
    for (const PlacedLoad& load : loads_) {
        auto& made =
            figures.emplace_back(LoadFigures{load.name, plane_.requests_sent(load.id), {}});
        for (std::size_t i = 0; i < load.classes.size(); ++i) {
            made.classes.push_back({load.classes[i], plane_.load_stats(load.id, i)});
        }
    }
    return figures;
}

std::map<std::string, mesh::ServiceStats> DeclaredFleet::services() const {
    std::map<std::string, mesh::ServiceStats> figures;
    for (const auto& [key, target] : targets_) {
        const std::string& name = target.cluster != nullptr ? target.cluster->name : key.first;
        figures[name].merge(plane_.service_stats(target.service));
    }
    return figures;
}

ServiceId DeclaredFleet::target_of(const std::string& url, const std::string& in_namespace) {
    std::string path;
    const mesh::Authority authority = mesh::parse_authority(url, path);
    const auto [place, is_new] = targets_.try_emplace({text_of(authority), in_namespace});
    Target& target = place->second;
    if (is_new) {
        target.service = plane_.add_service(place->first.first);
        target.in_namespace = in_namespace;
        target.url = url;
        refresh(target);
    }
    return target.service;
}

// A program's calls mean other Services in another namespace.
ProgramId DeclaredFleet::program_of(const PlannedModel& model, const std::string& in_namespace) {
    const auto known = programs_.find({model.image, in_namespace});
    if (known != programs_.end()) {
        return known->second;
    }
    DeclaredProgram program = model.program;
    for (const auto& step : model.calls) {
        auto& group = program.calls.emplace_back();
        for (const PlannedCall& call : step) {
            group.push_back({.service = target_of(call.url, in_namespace),
                             .probability = call.probability,
                             .repeat = call.repeat});
        }
    }
    const ProgramId id = plane_.add_program(std::move(program));
    programs_.emplace(std::pair{model.image, in_namespace}, id);
    return id;
}

void DeclaredFleet::refresh_targets() {
    for (auto& [key, target] : targets_) {
        refresh(target);
    }
}

void DeclaredFleet::refresh(Target& target) {
    std::string path;
    if (const auto* found =
            directory_.resolve(mesh::parse_authority(target.url, path), target.in_namespace)) {
        target.cluster = found;
    }
    if (target.cluster == nullptr || target.version == target.cluster->version) {
        return;
    }
    target.version = target.cluster->version;
    std::vector<ReplicaId> endpoints;
    for (const mesh::Endpoint& endpoint : target.cluster->endpoints) {
        if (const Process* process = find(endpoint)) {
            endpoints.push_back(process->replica);
        } else {
            out_of_reach_.insert(target.cluster->name);
        }
    }
    catch_up();
    plane_.set_endpoints(target.service, endpoints);
}

const DeclaredFleet::Process* DeclaredFleet::find(const mesh::Endpoint& endpoint) const {
    const auto found = processes_.find(endpoint.pod);
    if (found == processes_.end()) {
        return nullptr;
    }
    const auto listens = std::ranges::find_if(found->second, [&](const Process& process) {
        return std::ranges::find(process.ports, endpoint.port) != process.ports.end();
    });
    // Ports of a container are informative: the first one listens on all that nobody claims.
    return listens != found->second.end() ? &*listens : &found->second.front();
}

}  // namespace wavetank::sim
