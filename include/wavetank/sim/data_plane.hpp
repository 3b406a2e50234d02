#pragma once

/// \file
/// Requests through declared services: the hot path of a simulation, usable alone.
///
/// A declared program has no code. What a request costs where it is served, and whom it calls from
/// there, are distributions; so a request is a small record, and where it waits in a line that
/// nobody may jump, its departure is computed when it arrives and needs no event at all.

#include <wavetank/base/distribution.hpp>
#include <wavetank/base/random.hpp>
#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/mesh/request_timeout.hpp>
#include <wavetank/mesh/route_policy.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/sim/declared_program.hpp>
#include <wavetank/sim/ejection.hpp>
#include <wavetank/sim/service_route.hpp>
#include <wavetank/sim/workload.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wavetank::sim {

enum class ProgramId : std::uint32_t {};
enum class ReplicaId : std::uint32_t {};
enum class LoadId : std::uint32_t {};
enum class CallerId : std::uint32_t {};
enum class NodeId : std::uint32_t {};

/// Where nodes are that the network does not tell apart.
enum class PlaceId : std::uint32_t {};

/// Names a request to code until it is answered or its replica has ended.
enum class RequestId : std::uint32_t {};

/// A service that gets a part of a load's requests: one of its classes.
struct LoadTarget {
    ServiceId service{};
    std::string name{};         ///< of the class; empty if it is the only one
    double weight = 1;          ///< above 0
    std::uint8_t priority = 0;  ///< under `Discipline::Priority`, the highest goes first
    std::uint32_t message = 0;  ///< what `CodeHost` knows its requests by
    /// For balancing by hashes: those of its requests, by the number of the load's key; of one
    /// alone, if it has no keys. Empty: they have none.
    std::vector<std::uint64_t> hashes{};
    std::optional<mesh::Headers> headers{};  ///< for policies that hash; default: the load's
    std::optional<NodeId> node{};            ///< where it is sent; unset: outside of all nodes
};

/// One replica's share of a machine.
struct ReplicaSize {
    std::uint32_t cpus = 1;  ///< computations side by side
    double speed = 1;        ///< work that a second of CPU time gets done
    /// CPU time in each `quota_period` from its start on; once it is used up, all computations
    /// stand still to the end of the period (Linux's CFS bandwidth control). Unset: any amount.
    std::optional<Duration> quota{};
    std::optional<NodeId> node{};  ///< unset: a machine of its own
    /// When the replicas of a node want more CPUs than it has, each gets a part of them by its
    /// weight; what one does not need is for the others (cpu.shares). Requires: > 0.
    std::uint32_t weight = 1;
};

inline constexpr Duration quota_period = std::chrono::milliseconds{100};

/// What a replica's CPUs did, since its start.
struct CpuUse {
    Duration used{};       ///< CPU time: that of one CPU for as long as it was busy
    Duration throttled{};  ///< time that computations stood still because the quota was used up

    bool operator==(const CpuUse&) const = default;
};

/// A request that has come to code.
struct CodeRequest {
    RequestId id{};
    ReplicaId replica{};
    DrawKey draws;
    std::uint32_t message = 0;  ///< of the load, the call or the caller that sent it
    std::optional<std::uint32_t> as_changed{};  ///< the message of the share by which it came
    std::optional<Duration> expected{};  ///< how long its client was to wait, when it was sent
    bool is_only = false;  ///< no other request of the same call was or will be served
};

/// The world outside: programs that are code. Its members are called while a data plane is at
/// work; they take note, and do nothing to it before it has returned.
class CodeHost {
public:
    virtual ~CodeHost() = default;

    /// Takes a request, to `answer` it by its id.
    virtual void serve(const CodeRequest& request) = 0;

    /// Hears what became of a `call` or, with 200, of a `compute`; 503 if its replica ended.
    virtual void done(std::uint32_t message, std::uint16_t status) = 0;

    /// Hears, before that, that a replica's answer to a `call` comes by the share with this
    /// message, or is that of a route without shares.
    virtual void comes_by(std::uint32_t /*message*/, std::uint32_t /*of_share*/) {}

    /// Hears that requests of a `call` may come even when it is `done`: of attempts that its client
    /// has given up, and of copies. They may until it has been released as often as it was held.
    virtual void hold(std::uint32_t /*message*/) {}
    virtual void release(std::uint32_t /*message*/) {}

    /// Hears, before it is `done`, whose answer to a `call` has come to its client; nothing: none
    /// of code. Of several attempts, the one that is heard of last counts.
    virtual void comes_from(std::uint32_t /*message*/, std::optional<RequestId> /*of*/) {}
};

/// What messages meet on their way from one place to another.
struct Link {
    Distribution latency{};
    Distribution delay{};  ///< besides
    /// Part of the messages that get lost, below 1. Each is sent again after 200 ms, then after
    /// twice as long as the time before, up to two minutes; after 15 times, a quarter of an hour,
    /// the request is answered with 503 (Linux's TCP).
    double loss = 0;
    bool is_cut = false;  ///< all messages get lost
    /// Bits a second of each pair of nodes, each way; 0: any number. Messages go through it one
    /// after the other, in the order in which they were sent; one that gets lost takes no time.
    double bandwidth = 0;

    bool operator==(const Link&) const = default;
};

/// Returns whether the library was built for debugging.
[[nodiscard]] bool checks_by_default();

struct DataPlaneOptions {
    Random random{1};
    Distribution network{};  ///< one way, for each message
    bool has_links = false;  ///< links may be set; an event more for each request
    /// Whether departures are computed where they can be. Off, every arrival and departure is an
    /// event; the results are the same to the bit, unless what waits in line takes no time at all.
    bool computes_departures = true;
    /// Whether it is asserted, each second of the run, that no request is lost, none counted twice,
    /// and Little's law holds. Cost: that of looking at all requests in flight. Default: in builds
    /// for debugging.
    bool checks = checks_by_default();
    CodeHost* code = nullptr;  ///< needed if there is any; outlives the data plane
    std::string load_balancer = "LEAST_REQUEST";
    mesh::BalancerRegistry balancers = mesh::BalancerRegistry::defaults();
};

/// A network of services under load, in virtual time. Services are declared; those that are code
/// have a `CodeHost`, and their requests, calls and computations go through here all the same.
///
/// Each class of a load, each caller and each replica that calls others has a proxy of its own for
/// each service it calls, which balances by the requests that it itself has in flight.
///
/// Determinism: what a request brings with it (class, work, wait, errors, calls) is drawn by its
/// own key, never by who serves it. What happens in the same nanosecond goes by kind (answers,
/// departures, shared CPUs, arrivals, then whatever the caller does between two runs) and by the
/// request's key; where all messages take equally long, requests arrive as they were sent.
/// Cost: see `mesh/` in bench/README.md. Memory: 96 bytes for a request in flight and hop, 64 more
/// while it has a CPU or is in line for one; beyond 2^24 of them more are refused with 503. One
/// whose services call one another in a row, at most four, takes 128 bytes, and counts as four.
class DataPlane {
public:
    explicit DataPlane(DataPlaneOptions options = {});
    ~DataPlane();
    DataPlane(const DataPlane&) = delete;
    DataPlane& operator=(const DataPlane&) = delete;

    /// Adds a name that can be called, with nobody behind it yet.
    ServiceId add_service(std::string name);

    /// Sets how all clients send requests to a service from now on. Without a policy a request is
    /// one attempt, which may take as long as it will. An attempt that its client gives up goes on
    /// where it is, and its answer is lost.
    void set_route_policy(ServiceId service, const std::optional<mesh::RoutePolicy>& policy);

    /// Lets other services take the requests to this one from now on; each request draws by its own
    /// key to whom it goes, retries and all. Their figures count for both. What is under way stays
    /// where it is. With nothing, the service takes them itself again. Requires: not all weights
    /// are 0. Routes of the services that take them do not matter; of their policies, what is about
    /// hosts does: how they are picked, who is left out, connections.
    void set_route(ServiceId service, const std::optional<ServiceRoute>& route);

    /// Adds a program. Requires: the services that it calls were added before.
    ProgramId add_program(DeclaredProgram program);

    /// Lets a program hand on, with its calls, what requests of a kind say, from the next request
    /// on. Requires: there are as many calls as the program has; their services were added before.
    void set_forwarded(ProgramId program, const RequestKind& kind, ForwardedCalls calls);

    /// Adds a machine that replicas share. Requires: cpus > 0.
    NodeId add_node(double cpus);

    /// The place of all that is on no node.
    static constexpr PlaceId outside{0};

    /// Adds a place; its links, and those to it, are at first as `options.network` says.
    PlaceId add_place();

    /// Moves a node to a place, from `outside` at first.
    void set_place(NodeId node, PlaceId place);

    /// Sets what messages meet from now on between places, one way. Between two nodes of one place,
    /// it is the place's link to itself. Requires: `options.has_links`.
    void set_link(PlaceId from, PlaceId to, const Link& link);
    /// Sets the same for messages that stay on one node of a place.
    void set_local_link(PlaceId place, const Link& link);

    /// Starts a replica of a program. It gets requests as soon as it is an endpoint. What its
    /// proxies draw goes by its name.
    ReplicaId add_replica(ProgramId program, const std::string& name, ReplicaSize size = {});

    /// Says which replicas are behind a service. One that no longer is finishes what it has.
    /// `hosts` are what balancers know of them, in the same order; without, they go by the names of
    /// the replicas.
    void set_endpoints(ServiceId service, std::span<const ReplicaId> replicas,
                       mesh::ClusterLoadAssignment hosts = {});

    /// Tells the proxies of a service's clients where they all are, and which other proxies share
    /// their load (Envoy's local cluster): balancers of policies are aware of zones then.
    void set_local_cluster(ServiceId service, const mesh::ClusterLoadAssignment& proxies,
                           const mesh::Locality& local);

    /// Ends a replica at once: its requests are answered with 503, as are later ones.
    void crash(ReplicaId replica);

    /// Changes how fast a replica's CPUs are from now on, for what they are at, too.
    /// Requires: speed > 0.
    void set_speed(ReplicaId replica, double speed);

    /// Sets the part of the requests that a replica fails from now on, in place of what its program
    /// says; with nothing, that counts again.
    void set_error_rate(ReplicaId replica, std::optional<double> rate);

    /// Adds requests to services, to each target its part by weight; of the load, the targets,
    /// classes, priority and what its requests say do not matter. A user who need not think and
    /// whose answer took no time waits a millisecond. When 2^24 users are there, the first request
    /// of a further session is answered with 503, and that was the session. Requires: there is a
    /// target; there are at most 2^24 users that stay.
    LoadId add_load(std::span<const LoadTarget> targets, const Load& load);

    /// Adds requests to one service.
    LoadId add_load(ServiceId service, const Load& load, std::uint8_t priority = 0);

    /// Adds the code in a replica as a client. What its proxies draw goes by its name.
    CallerId add_caller(ReplicaId replica, const std::string& name);

    /// Sends a caller's request now; `CodeHost` hears of its answer, perhaps within this call.
    void call(CallerId caller, ServiceId service, const DrawKey& draws, std::uint32_t message,
              const mesh::RequestTimeout& timeout = {});

    /// Lets code in a replica use one of its CPUs; `CodeHost` hears when it is done. Requires:
    /// work > 0.
    void compute(ReplicaId replica, Duration work, const DrawKey& draws, std::uint32_t message);

    /// Answers a request to code now. Requires: its replica has not ended.
    void answer(RequestId request, std::uint16_t status);

    /// Returns when something is due, if nothing is done to it before; `TimePoint::max()`: never.
    /// Requests that code does not see may end unnoticed before.
    [[nodiscard]] TimePoint next_time();

    /// Lets everything happen up to and including `time`. Requires: it is not in the past.
    void run_until(TimePoint time);

    [[nodiscard]] TimePoint now() const;

    /// Returns what a load's users saw of one of its targets, in the order in which they were
    /// given. Requires: there is such a target.
    [[nodiscard]] const mesh::ServiceStats& load_stats(LoadId load, std::size_t target = 0) const;
    /// Returns what all callers of a service saw, from all proxies together.
    [[nodiscard]] mesh::ServiceStats service_stats(ServiceId service) const;

    /// Returns what the proxies of all its clients did, as long as there was a policy.
    [[nodiscard]] mesh::UpstreamCounters upstream_counters(ServiceId service) const;
    /// Returns the replicas that were ejected from a service, in the order of their first ejection.
    [[nodiscard]] std::vector<Ejection> ejections(ServiceId service) const;

    /// Returns how many requests a replica has in hand or in line.
    [[nodiscard]] std::size_t requests_at(ReplicaId replica) const;
    /// Returns how many requests have come to a replica that was alive, so far.
    [[nodiscard]] std::uint64_t requests_taken(ReplicaId replica) const;
    [[nodiscard]] CpuUse cpu_use(ReplicaId replica) const;
    /// Returns how many requests a load has sent, and how many of them are still on their way.
    [[nodiscard]] std::uint64_t requests_sent(LoadId load) const;
    [[nodiscard]] std::uint64_t requests_in_flight(LoadId load) const;
    /// Returns how many users a load has now: those that stay, or the sessions that go on.
    [[nodiscard]] std::uint64_t users_active(LoadId load) const;

private:
    class Engine;
    std::unique_ptr<Engine> engine_;
};

}  // namespace wavetank::sim
