#include "sim/cluster/fleet.hpp"

#include "sim/cluster/own_kinds.hpp"

#include <algorithm>
#include <cmath>

namespace wavetank::sim {
namespace {

using api::corev1::Pod;
using api::corev1::Service;
using api::discoveryv1::EndpointSlice;

double amount(const api::ResourceList& resources, const std::string& name) {
    const auto found = resources.find(name);
    return found == resources.end() ? 0 : static_cast<double>(found->second.milli_value()) / 1000;
}

// Takes out one such number, if there is one.
void take_out(std::vector<double>& numbers, double number) {
    if (const auto found = std::ranges::find(numbers, number); found != numbers.end()) {
        numbers.erase(found);
    }
}

// What there is at rest and what comes with requests, so little that the sum of what all replicas
// of a node have is still an integer.
std::int64_t with_requests(double at_rest, std::int64_t of_each, std::uint64_t requests) {
    constexpr double most = 0x1p50;
    const double all = at_rest + static_cast<double>(of_each) * static_cast<double>(requests);
    return static_cast<std::int64_t>(std::min(all, most));
}

/// Tells whether the containers of a pod have something to do, and then are done.
bool is_of_job(const Pod& pod) {
    return std::ranges::any_of(*pod.metadata.ownerReferences, [](const auto& owner) {
        return owner.controller.value_or(false) && owner.kind == "Job";
    });
}

}  // namespace

Fleet::Fleet(store::Store& store, mesh::ServiceDirectory& directory, runtime::Executor& executor,
             DataPlaneOptions plane, FleetOptions options, ProgramOf program_of)
    : store_(store),
      executor_(executor),
      directory_(directory),
      random_(plane.random),
      coded_(
          executor, plane_,
          [this](const std::string& url, const std::string& in_namespace,
                 const mesh::Request& request) {
              return target_of(url, {.namespace_ = in_namespace}, request);
          },
          options.kube_proxy ? CodedReplicas::Proxies::Absent : CodedReplicas::Proxies::Present),
      network_(options.links ? std::optional<NetworkRules>{std::in_place, std::move(*options.links),
                                                           plane.network}
                             : std::nullopt),
      kube_proxy_(options.kube_proxy),
      propagation_(executor, options.timing, kube_proxy_ ? ToldBy::KubeProxy : ToldBy::Istiod,
                   [this](std::uint64_t version) { tell(version); }),
      plane_(executor,
             [&] {
                 plane.code = &coded_;
                 return std::move(plane);
             }()),
      program_of_(std::move(program_of)) {
    if (!options.hash_policy.empty()) {
        hasher_ = mesh::RequestHasher::make(std::move(options.hash_policy)).value();
    }
    if (options.mesh) {
        mesh_.emplace(store, *options.mesh);
    }
    if (kube_proxy_) {
        directory_.keep_listed();
    }
    directory_.hold_changes();
    services_ = store.watch<Service>([this](const auto& event) {
        have_services_changed_ = true;
        propagation_.changed(event.version);
    });
    slices_ = store.watch<EndpointSlice>(
        [this](const auto& event) { propagation_.changed(event.version); });
    pods_ = store.watch<Pod>([this](const store::WatchEvent<Pod>& event) {
        if (event.type != store::EventType::Deleted) {
            return;
        }
        if (const auto found = processes_.find(store::key_of(*event.object));
            found != processes_.end()) {
            std::ranges::for_each(found->second, [this](Process& process) { end(process); });
            processes_.erase(found);
        }
    });
}

Result<void> Fleet::start(const node::ContainerStart& start) {
    const store::Key pod = store::key_of(start.pod);
    const std::string name = to_string(pod) + "/" + start.container.name;
    Program program = program_of_(start.container.image);
    const ProgramId declared = declare(start.container.image, program, start.pod);
    Process process{.container = start.container.name, .started = executor_.clock().now()};
    for (const auto& port : start.container.ports) {
        process.ports.push_back(port.containerPort);
    }
    process.cpus_requested = amount(start.container.resources.requests, "cpu");
    process.memory_limit =
        static_cast<std::int64_t>(amount(start.container.resources.limits, "memory"));
    process.model = program.model;
    const ReplicaSize size = size_of(start, program.model);
    process.replica =
        plane_.act([&](DataPlane& plane) { return plane.add_replica(declared, name, size); });
    if (program.model != nullptr && program.model->warm_up > Duration::zero()) {
        warm_up(pod, process, *program.model);
    }
    if (callers_.contains(declared)) {
        caller_of_replica_.emplace(process.replica, declared);
    }
    if (program.code) {
        coded_.start(process.replica, name, pod.namespace_, std::move(program.code));
    }
    if (is_of_job(start.pod)) {
        run_job(start, program.model, process.replica);
    }
    auto& processes = processes_[pod];
    const auto before = std::ranges::find(processes, process.container, &Process::container);
    if (before == processes.end()) {
        processes.push_back(std::move(process));
        return {};
    }
    last_uses_.push_back(use_of(pod, *before));
    const ReplicaId gone = std::exchange(*before, std::move(process)).replica;
    replace(gone, before->replica);
    return {};
}

// It takes as long as its work would on a CPU of its own.
void Fleet::run_job(const node::ContainerStart& start, const PlannedModel* model,
                    ReplicaId replica) {
    const store::Key pod = store::key_of(start.pod);
    const std::string& container = start.container.name;
    Duration length{};
    node::ExitOfContainer how;
    if (model != nullptr) {
        Random stream = random_.fork("job/" + to_string(pod) + "/" + container + "/" +
                                     std::to_string(static_cast<std::uint64_t>(replica)));
        length = model->program.work.sample(stream) + model->program.wait.sample(stream);
        how.code = stream.uniform() < model->program.error_rate ? 1 : 0;
    }
    executor_.schedule_after(length, [this, pod, container, replica, how] {
        bool runs = false;
        for_each(pod, [&](const Process& process) {
            runs = runs || (process.replica == replica && !process.has_ended);
        });
        if (runs && exit_) {
            exit_(pod, container, how);
        }
    });
}

// Puts a container that was started anew in the place of the one before: the address is the same.
void Fleet::replace(ReplicaId before, ReplicaId after) {
    for (auto& [key, target] : targets_) {
        if (std::ranges::find(target.endpoints, before) != target.endpoints.end()) {
            std::ranges::replace(target.endpoints, before, after);
            set_endpoints(target);
        }
    }
    tell_callers();
}

template <class Action>
void Fleet::for_each(const store::Key& pod, Action action) {
    if (const auto found = processes_.find(pod); found != processes_.end()) {
        std::ranges::for_each(found->second, action);
    }
}

void Fleet::warm_up(const store::Key& pod, Process& process, const PlannedModel& model) {
    const double factor = model.warm_up_factor;
    process.slow_downs.push_back(factor);
    apply_slow_downs(process);
    executor_.schedule_after(model.warm_up, [this, pod, replica = process.replica, factor] {
        for_each(pod, [&](Process& warm) {
            if (warm.replica == replica) {
                take_out(warm.slow_downs, factor);
                apply_slow_downs(warm);
            }
        });
    });
}

void Fleet::drain(const store::Key& /*pod*/, const std::string& /*container*/) {}

void Fleet::stop(const store::Key& pod, const std::string& container) {
    const auto found = processes_.find(pod);
    if (found == processes_.end()) {
        return;
    }
    for (Process& process : found->second) {
        if (process.container == container) {
            end(process);
        }
    }
}

void Fleet::end(Process& process) {
    if (!process.has_ended) {
        process.has_ended = true;
        plane_.act([&](DataPlane& plane) { plane.crash(process.replica); });
        coded_.stop(process.replica);
    }
}

bool Fleet::idle(const store::Key& pod, const std::string& container) const {
    const auto found = processes_.find(pod);
    return found == processes_.end() ||
           std::ranges::all_of(found->second, [&](const Process& process) {
               return process.container != container ||
                      plane_.at_present().requests_at(process.replica) == 0;
           });
}

void Fleet::apply_slow_downs(const Process& process) {
    double factor = 1;
    for (const double each : process.slow_downs) {
        factor *= each;
    }
    plane_.act([&](DataPlane& plane) { plane.set_speed(process.replica, 1 / factor); });
}

void Fleet::begin_slow_down(const store::Key& pod, double factor) {
    for_each(pod, [&](Process& process) {
        process.slow_downs.push_back(factor);
        apply_slow_downs(process);
        tell_health(pod, process);
    });
}

void Fleet::end_slow_down(const store::Key& pod, double factor) {
    for_each(pod, [&](Process& process) {
        take_out(process.slow_downs, factor);
        apply_slow_downs(process);
        tell_health(pod, process);
    });
}

bool Fleet::is_hung(const Process& process) {
    return std::ranges::any_of(process.slow_downs,
                               [](double factor) { return factor >= slow_down_max; });
}

void Fleet::tell_health(const store::Key& pod, const Process& process) const {
    if (health_changed_) {
        health_changed_(
            pod, process.container,
            is_hung(process) ? node::ContainerHealth::Hanging : node::ContainerHealth::Healthy);
    }
}

bool Fleet::hangs(const store::Key& pod) const {
    const auto found = processes_.find(pod);
    return found != processes_.end() && std::ranges::any_of(found->second, is_hung);
}

void Fleet::apply_errors(const Process& process) {
    std::optional<double> rate;
    for (const double each : process.error_rates) {
        rate = std::max(rate.value_or(each), each);
    }
    plane_.act([&](DataPlane& plane) { plane.set_error_rate(process.replica, rate); });
}

void Fleet::begin_errors(const store::Key& pod, double rate) {
    for_each(pod, [&](Process& process) {
        process.error_rates.push_back(rate);
        apply_errors(process);
    });
}

void Fleet::end_errors(const store::Key& pod, double rate) {
    for_each(pod, [&](Process& process) {
        take_out(process.error_rates, rate);
        apply_errors(process);
    });
}

void Fleet::settle_leak(Process& process) const {
    process.leaked = leaked_by(process);
    process.leaks_since = executor_.clock().now();
}

void Fleet::begin_leak(const store::Key& pod, double bytes_per_second) {
    for_each(pod, [&](Process& process) {
        settle_leak(process);
        process.leaks.push_back(bytes_per_second);
    });
}

void Fleet::end_leak(const store::Key& pod, double bytes_per_second) {
    for_each(pod, [&](Process& process) {
        settle_leak(process);
        take_out(process.leaks, bytes_per_second);
    });
}

double Fleet::leaked_by(const Process& process) const {
    const Duration passed = executor_.clock().now() - process.leaks_since;
    double rate = 0;
    for (const double each : process.leaks) {
        rate += each;
    }
    return process.leaked + rate * std::chrono::duration<double>(passed).count();
}

std::vector<std::string> Fleet::running(const store::Key& pod) const {
    std::vector<std::string> names;
    if (const auto found = processes_.find(pod); found != processes_.end()) {
        for (const Process& process : found->second) {
            if (!process.has_ended) {
                names.push_back(process.container);
            }
        }
    }
    return names;
}

void Fleet::begin_link(const PlannedLink& link) {
    plane_.act([&](DataPlane& plane) { network_->begin(plane, link); });
}

void Fleet::end_link(const PlannedLink& link) {
    plane_.act([&](DataPlane& plane) { network_->end(plane, link); });
}

void Fleet::begin_endpoint_stall() {
    ++endpoint_stalls_;
}

bool Fleet::end_endpoint_stall() {
    --endpoint_stalls_;
    refresh_targets();
    return endpoint_stalls_ == 0;
}

std::vector<ContainerUse> Fleet::usage() {
    std::vector<ContainerUse> uses = std::exchange(last_uses_, {});
    for (const auto& [pod, processes] : processes_) {
        for (const Process& process : processes) {
            uses.push_back(use_of(pod, process));
        }
    }
    return uses;
}

ContainerUse Fleet::use_of(const store::Key& pod, const Process& process) const {
    static const PlannedModel unknown{};
    const PlannedModel& model = process.model != nullptr ? *process.model : unknown;
    const DataPlane& plane = plane_.at_present();
    const CpuUse cpu = plane.cpu_use(process.replica);
    const std::uint64_t taken = plane.requests_taken(process.replica);
    const std::uint64_t active = plane.requests_at(process.replica);
    return {.pod = pod,
            .container = process.container,
            .instance = static_cast<std::uint64_t>(process.replica),
            .cpus_requested = process.cpus_requested,
            .is_running = !process.has_ended,
            .cpu = cpu.used,
            .throttled = cpu.throttled,
            .memory = with_requests(static_cast<double>(model.memory) + leaked_by(process),
                                    model.memory_per_request, active),
            .memory_limit = process.memory_limit,
            .disk = with_requests(static_cast<double>(model.disk), model.disk_per_request, taken),
            .processes = with_requests(static_cast<double>(model.processes),
                                       model.processes_per_request, active),
            .started = process.started,
            .requests = taken,
            .requests_active = active};
}

// The kubelet turns a limit into a quota of at least a millisecond, and a request into shares of at
// least two (MilliCPUToQuota, MilliCPUToShares).
ReplicaSize Fleet::size_of(const node::ContainerStart& start, const PlannedModel* model) {
    constexpr double cpus_max = 1e6;
    const double limit = std::min(amount(start.container.resources.limits, "cpu"), cpus_max);
    const double request = std::min(amount(start.container.resources.requests, "cpu"), cpus_max);
    ReplicaSize size;
    size.cpus = static_cast<std::uint32_t>(std::max(1.0, std::ceil(limit)));
    if (model != nullptr) {
        size.cpus = model->threads.value_or(size.cpus);
    }
    if (limit > 0) {
        size.quota = std::max(Duration{std::chrono::milliseconds{1}},
                              Duration{std::llround(limit * 1e3) * quota_period.count() / 1000});
    }
    size.weight = static_cast<std::uint32_t>(std::max(2.0, std::floor(request * 1024)));
    size.node = node_of(start.pod.spec.nodeName);
    return size;
}

// None if its size is not known.
std::optional<NodeId> Fleet::node_of(const std::string& name) {
    const auto [place, is_new] = nodes_.try_emplace(name);
    if (is_new) {
        const auto node = store_.get<api::corev1::Node>({.name = name});
        const double cpus = node == nullptr ? 0 : amount(node->status.capacity, "cpu");
        if (cpus > 0) {
            place->second = plane_.act([&](DataPlane& plane) {
                const NodeId id = plane.add_node(cpus);
                if (network_) {
                    network_->add_node(plane, id, *node->metadata.labels);
                }
                return id;
            });
        }
    }
    return place->second;
}

void Fleet::add_load(const Load& load) {
    PlacedLoad placed{.name = load.name};
    std::vector<LoadTarget> targets;
    const istio::Proxy client = client_of(load);
    const std::optional<NodeId> origin = origin_of(load);
    const auto add = [&](const std::string& url, mesh::Request request, LoadTarget target) {
        static_cast<void>(mesh::parse_authority(url, request.path));
        placed.classes.push_back(target.name);
        target.service = target_of(url, client, request);
        target.hashes = hashes_of(load, request);
        target.headers = request.headers;
        target.node = origin;
        target.message = coded_.keep(std::move(request));
        targets.push_back(std::move(target));
    };
    for (const RequestClass& one : load.classes) {
        add(one.target, one.request.value_or(load.request),
            {.name = one.name, .weight = one.weight, .priority = one.priority});
    }
    if (targets.empty()) {
        add(load.target, load.request, {.priority = load.priority});
    }
    placed.id = plane_.act([&](DataPlane& plane) { return plane.add_load(targets, load); });
    loads_.push_back(std::move(placed));
}

std::vector<Fleet::LoadFigures> Fleet::loads() const {
    const DataPlane& plane = plane_.at_present();
    std::vector<LoadFigures> figures;
    for (const PlacedLoad& load : loads_) {
        auto& made = figures.emplace_back(LoadFigures{load.name, plane.requests_sent(load.id), {}});
        for (std::size_t i = 0; i < load.classes.size(); ++i) {
            made.classes.push_back({load.classes[i], plane.load_stats(load.id, i)});
        }
    }
    return figures;
}

// Lets clients know the cluster as it was at that version.
void Fleet::tell(std::uint64_t version) {
    directory_.take_in(version);
    if (mesh_ && std::exchange(have_services_changed_, false)) {
        mesh_->services_changed();
        local_clusters_.clear();
    }
    refresh_targets();
}

void Fleet::refresh_targets() {
    for (auto& [key, target] : targets_) {
        refresh(target);
    }
    tell_callers();
}

void Fleet::refresh(Target& target) {
    std::string path;
    if (const auto* found =
            directory_.resolve(mesh::parse_authority(target.url, path), target.in_namespace)) {
        target.cluster = found;
    }
    if (!target.client.workload.empty()) {
        tell_local_cluster(target);
    }
    if (mesh_ && target.cluster != nullptr && !target.is_taker &&
        target.routes_version != mesh_->version()) {
        route(target);
    }
    if (kube_proxy_ && target.cluster != nullptr) {
        ask_kube_proxy(target);
        return;
    }
    if (target.cluster == nullptr || target.version == target.cluster->version ||
        (endpoint_stalls_ > 0 && target.version != 0)) {
        return;
    }
    target.version = target.cluster->version;
    target.endpoints.clear();
    target.hosts = {};
    if (target.goes_by_place) {
        assign_by_place(target);
        return;
    }
    for (const mesh::Endpoint& endpoint : target.cluster->endpoints) {
        if (const Process* process =
                is_behind(endpoint, target.labels) ? find(endpoint) : nullptr) {
            target.endpoints.push_back(process->replica);
            auto& localities = target.hosts.endpoints;
            if (localities.empty() || localities.back().locality.zone != endpoint.zone) {
                localities.push_back({.locality = {.zone = endpoint.zone}});
            }
            localities.back().lb_endpoints.push_back(
                {.address = endpoint.address,
                 .port_value = static_cast<std::uint32_t>(endpoint.port)});
        }
    }
    set_endpoints(target);
}

void Fleet::set_endpoints(const Target& target) {
    plane_.act([&](DataPlane& plane) {
        plane.set_endpoints(target.service, target.endpoints, target.hosts);
    });
    note_programs(target);
}

// Of a load without keys, all requests have the same.
std::vector<std::uint64_t> Fleet::hashes_of(const Load& load, const mesh::Request& request) const {
    if (!hasher_) {
        return {};
    }
    std::vector<std::uint64_t> hashes;
    std::vector<std::pair<std::string, std::string>> headers(request.headers.begin(),
                                                             request.headers.end());
    const RequestKeys keys = load.keys.value_or(RequestKeys{});
    const std::string start = keys.header.empty() ? keys.cookie + "=key-" : "key-";
    if (load.keys) {
        headers.emplace_back(keys.header.empty() ? "cookie" : keys.header, "");
    }
    for (std::uint32_t key = 1; key <= keys.count; ++key) {
        if (load.keys) {
            headers.back().second = start + std::to_string(key);
        }
        if (const auto hash = hasher_->hash({.headers = headers, .path = request.path}).hash) {
            hashes.push_back(*hash);
        }
    }
    return hashes;
}

const Fleet::Process* Fleet::find(const mesh::Endpoint& endpoint) const {
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
