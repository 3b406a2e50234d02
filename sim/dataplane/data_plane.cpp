#include <wavetank/sim/data_plane.hpp>

#include "sim/dataplane/engine.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::sim {

DataPlane::Engine::Engine(DataPlaneOptions options)
    : options_(std::move(options)),
      has_network_(options_.network != Distribution{}),
      has_random_network_(options_.network.kind() != Distribution::Kind::Constant) {
    WAVETANK_ASSERT(options_.balancers.make(options_.load_balancer) != nullptr);
}

LoadId DataPlane::Engine::add_load(ServiceId service, const Load& load, std::uint8_t priority,
                                   std::uint32_t message) {
    const auto index = static_cast<std::uint32_t>(loads_.size());
    const Random random = options_.random.fork("load/" + load.name);
    LoadState& state = loads_.emplace_back();
    state.key = random.fork("draws").key();
    state.priority = priority;
    state.message = message;
    state.edge = make_edge({.service = static_cast<std::uint32_t>(service),
                            .route = add_route(static_cast<std::uint32_t>(service)),
                            .owner = Owner::Load,
                            .load = index},
                           "load/" + load.name);
    if (!load.users) {
        state.arrivals = std::make_unique<ArrivalTimes>(load, random.fork("arrivals"));
        do {
            state.next = state.arrivals->next().value_or(TimePoint::max());
        } while (state.next < now_);
        return LoadId{index};
    }
    state.think = load.users->think;
    for (std::uint32_t i = 0; i < load.users->count; ++i) {
        users_.push_back({.load = index, .number = i});
        let_think(static_cast<std::uint32_t>(users_.size() - 1), std::max(load.start, now_));
    }
    return LoadId{index};
}

CallerId DataPlane::Engine::add_caller(const std::string& name) {
    callers_.push_back({.name = name, .edges = {}});
    return CallerId{static_cast<std::uint32_t>(callers_.size() - 1)};
}

TimePoint DataPlane::Engine::next_time() {
    TimePoint next = events_.empty() ? TimePoint::max() : events_.front().time;
    for (const LoadState& load : loads_) {
        next = std::min(next, load.next);
    }
    return next;
}

const mesh::ServiceStats& DataPlane::Engine::load_stats(LoadId load) const {
    return routes_[edges_[loads_[static_cast<std::uint32_t>(load)].edge].route]->stats;
}

mesh::ServiceStats DataPlane::Engine::service_stats(ServiceId service) const {
    mesh::ServiceStats sum;
    for (const auto& route : routes_) {
        if (route->service == static_cast<std::uint32_t>(service)) {
            sum.merge(route->stats);
        }
    }
    return sum;
}

std::size_t DataPlane::Engine::requests_at(ReplicaId id) const {
    const Replica& replica = replicas_[static_cast<std::uint32_t>(id)];
    return replica.present +
           (programs_[replica.program].is_leaf ? replica.line.size() : std::size_t{0});
}

std::uint64_t DataPlane::Engine::requests_sent(LoadId load) const {
    return loads_[static_cast<std::uint32_t>(load)].sent;
}

DataPlane::DataPlane(DataPlaneOptions options)
    : engine_(std::make_unique<Engine>(std::move(options))) {}

DataPlane::~DataPlane() = default;

ServiceId DataPlane::add_service(std::string name) {
    return engine_->add_service(std::move(name));
}

ProgramId DataPlane::add_program(DeclaredProgram program) {
    return engine_->add_program(std::move(program));
}

NodeId DataPlane::add_node(double cpus) {
    return engine_->add_node(cpus);
}

ReplicaId DataPlane::add_replica(ProgramId program, const std::string& name, ReplicaSize size) {
    return engine_->add_replica(program, name, size);
}

void DataPlane::set_endpoints(ServiceId service, std::span<const ReplicaId> replicas) {
    engine_->set_endpoints(service, replicas);
}

void DataPlane::crash(ReplicaId replica) {
    engine_->crash(static_cast<std::uint32_t>(replica));
}

void DataPlane::set_speed(ReplicaId replica, double speed) {
    engine_->set_speed(static_cast<std::uint32_t>(replica), speed);
}

void DataPlane::set_error_rate(ReplicaId replica, std::optional<double> rate) {
    engine_->set_error_rate(static_cast<std::uint32_t>(replica), rate);
}

LoadId DataPlane::add_load(ServiceId service, const Load& load, std::uint8_t priority,
                           std::uint32_t message) {
    return engine_->add_load(service, load, priority, message);
}

CallerId DataPlane::add_caller(const std::string& name) {
    return engine_->add_caller(name);
}

void DataPlane::call(CallerId caller, ServiceId service, const DrawKey& draws,
                     std::uint32_t message) {
    engine_->call(static_cast<std::uint32_t>(caller), static_cast<std::uint32_t>(service), draws,
                  message);
}

void DataPlane::compute(ReplicaId replica, Duration work, const DrawKey& draws,
                        std::uint32_t message) {
    engine_->compute(static_cast<std::uint32_t>(replica), work, draws, message);
}

void DataPlane::answer(RequestId request, std::uint16_t status) {
    engine_->answer_of_code(static_cast<std::uint32_t>(request), status);
}

TimePoint DataPlane::next_time() {
    return engine_->next_time();
}

void DataPlane::run_until(TimePoint time) {
    engine_->run_until(time);
}

TimePoint DataPlane::now() const {
    return engine_->now();
}

const mesh::ServiceStats& DataPlane::load_stats(LoadId load) const {
    return engine_->load_stats(load);
}

mesh::ServiceStats DataPlane::service_stats(ServiceId service) const {
    return engine_->service_stats(service);
}

std::size_t DataPlane::requests_at(ReplicaId replica) const {
    return engine_->requests_at(replica);
}

CpuUse DataPlane::cpu_use(ReplicaId replica) const {
    return engine_->cpu_use(replica);
}

std::uint64_t DataPlane::requests_sent(LoadId load) const {
    return engine_->requests_sent(load);
}

std::uint64_t DataPlane::requests_in_flight(LoadId load) const {
    return engine_->requests_sent(load) - engine_->load_stats(load).requests();
}

}  // namespace wavetank::sim
