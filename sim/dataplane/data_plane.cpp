#include <wavetank/sim/data_plane.hpp>

#include "sim/dataplane/door.hpp"
#include "sim/dataplane/engine.hpp"
#include "sim/dataplane/kube_client.hpp"
#include "sim/dataplane/upstream.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace wavetank::sim {

DataPlane::Engine::Engine(DataPlaneOptions options)
    : options_(std::move(options)),
      has_network_(options_.has_links || options_.network != Distribution{}),
      has_random_network_(options_.network.kind() != Distribution::Kind::Constant),
      constant_network_(options_.network.mean()),
      has_equal_messages_(!options_.has_links && !has_random_network_) {
    const auto balancer = options_.balancers.make(options_.load_balancer);
    WAVETANK_ASSERT(balancer != nullptr);
    if (const auto* known = dynamic_cast<mesh::LeastRequest*>(balancer.get())) {
        least_request_ = *known;
    }
    needs_ = balancer->needs();
    chains_.are_possible = options_.computes_departures && has_network_ && has_equal_messages_ &&
                           least_request_ && !watches_requests();
    links_.emplace_back(Link{.latency = options_.network});
    add_place();
}

DataPlane::Engine::~Engine() = default;

LoadId DataPlane::Engine::add_load(std::span<const LoadTarget> targets, const Load& load) {
    WAVETANK_ASSERT(!targets.empty());
    const auto index = static_cast<std::uint32_t>(loads_.size());
    const Random random = options_.random.fork("load/" + load.name);
    chains_.are_paths_known = false;
    LoadState& state = loads_.emplace_back();
    state.key = random.fork("draws").key();
    double weights = 0;
    for (const LoadTarget& target : targets) {
        WAVETANK_ASSERT(target.weight > 0);
        weights += target.weight;
    }
    double up_to = 0;
    for (const LoadTarget& target : targets) {
        const auto service = static_cast<std::uint32_t>(target.service);
        const std::string client =
            "load/" + load.name + (target.name.empty() ? "" : "/" + target.name);
        const std::uint32_t site =
            target.node ? static_cast<std::uint32_t>(*target.node) + 1 : std::uint32_t{0};
        up_to += target.weight / weights;
        state.lanes.push_back({.edge = make_edge({.service = service,
                                                  .load = index,
                                                  .owner = Owner::Load,
                                                  .route = add_route(service),
                                                  .site = site},
                                                 client),
                               .message = target.message,
                               .priority = target.priority,
                               .index = static_cast<std::uint32_t>(state.lanes.size()),
                               .up_to = up_to});
    }
    learn_keys(state, targets, load);
    state.lane = state.lanes.front();
    if (targets.size() == 1) {
        state.lanes.clear();
    }
    if (!load.users) {
        if (load.session) {
            state.has_sessions = true;
            state.session = load.session->requests;
            state.think = load.session->think;
        }
        state.arrivals = std::make_unique<ArrivalTimes>(load, random.fork("arrivals"));
        do {
            state.next = state.arrivals->next();
        } while (state.next < now_);
        return LoadId{index};
    }
    state.think = load.users->think;
    state.users = load.users->count;
    state.end = end_of(load);
    const TimePoint start = std::min(load.start, state.end);
    for (std::uint32_t i = 0; i < load.users->count; ++i) {
        users_.push_back({.load = index, .number = i});
        const double seconds = load.users->per_second > 0 ? i / load.users->per_second : 0;
        const auto later = Duration{static_cast<Duration::rep>(std::min(seconds * 1e9, 1e18))};
        let_think(static_cast<std::uint32_t>(users_.size() - 1), std::max(start + later, now_));
    }
    return LoadId{index};
}

CallerId DataPlane::Engine::add_caller(ReplicaId replica, const std::string& name) {
    callers_.push_back({.name = name,
                        .replica = static_cast<std::uint32_t>(replica),
                        .site = replicas_[static_cast<std::uint32_t>(replica)].site,
                        .edges = {}});
    return CallerId{static_cast<std::uint32_t>(callers_.size() - 1)};
}

TimePoint DataPlane::Engine::next_time() {
    TimePoint next = next_event_time();
    for (const LoadState& load : loads_) {
        next = std::min(next, load.next);
    }
    return next;
}

const mesh::ServiceStats& DataPlane::Engine::load_stats(LoadId id, std::size_t target) const {
    const LoadState& load = loads_[static_cast<std::uint32_t>(id)];
    WAVETANK_ASSERT(target < std::max(load.lanes.size(), std::size_t{1}));
    const Lane& lane = load.lanes.empty() ? load.lane : load.lanes[target];
    return routes_[edges_[lane.edge].route]->stats;
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

std::uint64_t DataPlane::Engine::requests_in_flight(LoadId id) const {
    const LoadState& load = loads_[static_cast<std::uint32_t>(id)];
    std::uint64_t answered = 0;
    for (std::size_t i = 0; i < std::max(load.lanes.size(), std::size_t{1}); ++i) {
        answered += load_stats(id, i).requests();
    }
    return load.sent - answered;
}

std::uint64_t DataPlane::Engine::users_active(LoadId load) const {
    return loads_[static_cast<std::uint32_t>(load)].users;
}

DataPlane::DataPlane(DataPlaneOptions options)
    : engine_(std::make_unique<Engine>(std::move(options))) {}

DataPlane::~DataPlane() = default;

ServiceId DataPlane::add_service(std::string name) {
    return engine_->add_service(std::move(name));
}

void DataPlane::set_route_policy(ServiceId service,
                                 const std::optional<mesh::RoutePolicy>& policy) {
    engine_->make_ready();
    engine_->set_route_policy(static_cast<std::uint32_t>(service), policy);
}

void DataPlane::set_route(ServiceId service, const std::optional<ServiceRoute>& route) {
    engine_->make_ready();
    engine_->set_route(static_cast<std::uint32_t>(service), route);
}

ProgramId DataPlane::add_program(DeclaredProgram program) {
    return engine_->add_program(std::move(program));
}

void DataPlane::set_forwarded(ProgramId program, const RequestKind& kind, ForwardedCalls calls) {
    engine_->make_ready();
    engine_->set_forwarded(static_cast<std::uint32_t>(program), kind, std::move(calls));
}

NodeId DataPlane::add_node(double cpus) {
    return engine_->add_node(cpus);
}

PlaceId DataPlane::add_place() {
    return engine_->add_place();
}

void DataPlane::set_place(NodeId node, PlaceId place) {
    engine_->set_place(static_cast<std::uint32_t>(node), static_cast<std::uint32_t>(place));
}

void DataPlane::set_link(PlaceId from, PlaceId to, const Link& link) {
    engine_->set_link(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), link);
}

void DataPlane::set_local_link(PlaceId place, const Link& link) {
    engine_->set_local_link(static_cast<std::uint32_t>(place), link);
}

ReplicaId DataPlane::add_replica(ProgramId program, const std::string& name, ReplicaSize size) {
    engine_->make_ready();
    return engine_->add_replica(program, name, size);
}

void DataPlane::set_endpoints(ServiceId service, std::span<const ReplicaId> replicas,
                              mesh::ClusterLoadAssignment hosts) {
    engine_->make_ready();
    engine_->set_endpoints(service, replicas, std::move(hosts));
}

void DataPlane::set_local_cluster(ServiceId service, const mesh::ClusterLoadAssignment& proxies,
                                  const mesh::Locality& local) {
    engine_->set_local_cluster(static_cast<std::uint32_t>(service),
                               {.proxies = proxies, .local = local});
}

void DataPlane::crash(ReplicaId replica) {
    engine_->make_ready();
    engine_->crash(static_cast<std::uint32_t>(replica));
}

void DataPlane::set_speed(ReplicaId replica, double speed) {
    engine_->make_ready();
    engine_->set_speed(static_cast<std::uint32_t>(replica), speed);
}

void DataPlane::set_error_rate(ReplicaId replica, std::optional<double> rate) {
    engine_->make_ready();
    engine_->set_error_rate(static_cast<std::uint32_t>(replica), rate);
}

LoadId DataPlane::add_load(std::span<const LoadTarget> targets, const Load& load) {
    return engine_->add_load(targets, load);
}

LoadId DataPlane::add_load(ServiceId service, const Load& load, std::uint8_t priority) {
    return engine_->add_load(std::array{LoadTarget{.service = service, .priority = priority}},
                             load);
}

CallerId DataPlane::add_caller(ReplicaId replica, const std::string& name) {
    return engine_->add_caller(replica, name);
}

void DataPlane::call(CallerId caller, ServiceId service, const DrawKey& draws,
                     std::uint32_t message, const mesh::RequestTimeout& timeout) {
    engine_->call(static_cast<std::uint32_t>(caller), static_cast<std::uint32_t>(service), draws,
                  message, timeout);
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

const mesh::ServiceStats& DataPlane::load_stats(LoadId load, std::size_t target) const {
    return engine_->load_stats(load, target);
}

mesh::ServiceStats DataPlane::service_stats(ServiceId service) const {
    return engine_->service_stats(service);
}

mesh::UpstreamCounters DataPlane::upstream_counters(ServiceId service) const {
    return engine_->upstream_counters(static_cast<std::uint32_t>(service));
}

std::vector<Ejection> DataPlane::ejections(ServiceId service) const {
    return engine_->ejections(static_cast<std::uint32_t>(service));
}

std::size_t DataPlane::requests_at(ReplicaId replica) const {
    engine_->leave_chains();
    return engine_->requests_at(replica);
}

std::uint64_t DataPlane::requests_taken(ReplicaId replica) const {
    engine_->leave_chains();
    return engine_->requests_taken(replica);
}

CpuUse DataPlane::cpu_use(ReplicaId replica) const {
    engine_->leave_chains();
    return engine_->cpu_use(replica);
}

std::uint64_t DataPlane::requests_sent(LoadId load) const {
    return engine_->requests_sent(load);
}

std::uint64_t DataPlane::requests_in_flight(LoadId load) const {
    return engine_->requests_in_flight(load);
}

std::uint64_t DataPlane::users_active(LoadId load) const {
    return engine_->users_active(load);
}

}  // namespace wavetank::sim
