#pragma once

/// \file
/// What the data plane keeps: of requests, services, replicas, proxies and loads.

#include "sim/dataplane/active_counts.hpp"
#include "sim/dataplane/chain.hpp"
#include "sim/dataplane/promise_line.hpp"
#include "sim/dataplane/ring.hpp"
#include "sim/workload/arrival_times.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/fault.hpp>
#include <wavetank/mesh/http_filter.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/mesh/route_policy.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/runtime/event_queue.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim::dataplane {

/// The names are `DataPlane::Engine`'s, who alone works on them; numbers such as `replica` or
/// `edge` are places in its lists.
struct EngineParts {
    // An event's key: kind, place in the order of its kind, slot of what it is about.
    static constexpr int slot_bits = 24;
    static constexpr int stable_bits = 37;
    static constexpr std::size_t records_max = std::size_t{1} << slot_bits;

    // Of what happens after all events of a moment.
    static constexpr std::uint64_t last_key = ~std::uint64_t{0};

    // Calls below calls. Services that call each other in a circle would never come to an end.
    static constexpr std::uint8_t depth_max = 64;

    using Chain = dataplane::Chain;
    using Path = dataplane::Path;
    using Stop = dataplane::Stop;
    using Stops = dataplane::Stops;
    using Promise = dataplane::Promise;
    using Draft = dataplane::Draft;
    using Drafts = dataplane::Drafts;
    static constexpr std::uint32_t none = dataplane::none;
    static constexpr std::uint32_t no_answer = none - 1;  // to a connection that is being made

    // Later than any sum of two long waits.
    static constexpr TimePoint never{Duration{std::int64_t{1} << 61}};

    // What happens at one time happens in this order; sources are not in the queue and come last.
    enum class Kind : std::uint8_t {
        Answer,
        Departure,
        Sharing,
        Arrival,
        Connect,
        Timer,
        Limit,
        Send
    };

    // Where a request is.
    enum class Phase : std::uint8_t {
        Free,      // the record is nobody's
        OnTheWay,  // to its replica
        InLine,    // for its beginning
        ForCpu,    // in line for one, or at it; its departure may be known
        Waiting,   // without a CPU
        Calling,   // for answers
        InCode,
        OnTheWayBack,
    };

    // Its size is what a request costs in memory, besides its promise.
    struct alignas(32) Record {
        TimePoint due = TimePoint::max();  // of its pending event; max: there is none
        std::uint64_t place = 0;           // in the order of its events at one time, and its slot
        TimePoint sent;
        DrawKey draws;
        std::uint64_t drawn = 0;  // the state of what the service draws, after the work
        Duration work{};
        // The record that waits for its answer, the user, or the exchange that it is an attempt of;
        // none: nobody waits.
        std::uint32_t parent = none;
        std::uint32_t edge = none;  // none: it is no request, but a computation of code
        std::uint32_t replica = none;
        std::uint32_t message = 0;
        std::uint32_t open_calls = 0;
        std::uint16_t status = 200;
        std::uint16_t group = 0;  // of calls, the next one
        Phase phase = Phase::Free;
        std::uint8_t priority = 0;
        bool is_computed = false;     // its departure is a promise
        std::uint8_t depth = 0;       // calls above it
        std::uint8_t losses = 0;      // of the message that is on its way: it will be sent again
        bool is_attempt : 1 = false;  // of an exchange
        // The attempt is the first and all that there is of its exchange: who waits is that one's.
        bool is_simple : 1 = false;
        std::optional<mesh::ResetReason> reset{};  // why there is no answer of the replica itself
    };
    static_assert(sizeof(Record) == 96);

    // Who wants a request to be sent.
    struct Origin {
        std::uint32_t parent = none;
        std::uint32_t message = 0;
        std::uint8_t priority = 0;
        std::uint8_t depth = 0;
        bool is_attempt = false;  // `parent` is an exchange
        bool is_simple = false;   // or there is none yet, and `parent` is who waits
    };

    struct Split;

    // A request to a service with a policy, as its client sees it: one attempt after the other.
    // Where nothing but time limits and retries may matter, it begins as the record of its first
    // attempt, and mostly ends so: then it is made when that one fails or has had its time.
    struct alignas(64) ExchangeHead {
        const mesh::RoutePolicy* policy = nullptr;  // null: it is nobody's
        TimePoint deadline = TimePoint::max();
        TimePoint timer = TimePoint::max();  // when the attempt has had its time, or the pause
        std::uint64_t place = 0;             // in the order of its events at one time
        TimePoint sent;
        DrawKey draws;
        Origin origin;
        std::uint32_t client = none;    // the edge of who asks
        std::uint32_t edge = none;      // that by which it goes: often the same
        std::uint32_t attempt = none;   // its record; none: there is a pause
        std::uint32_t upstream = none;  // of the attempt, if its hosts are looked after
        std::uint32_t host = none;      // to which it has or wants a connection
        mesh::ConnectionId connection = none;
        std::uint32_t dialed = none;   // to which a connection of its own is being made
        std::uint32_t message = none;  // whose path and headers code gets; none: those sent
        const Split* split = nullptr;  // by which it goes, if by any
        std::uint16_t answer = 0;      // of the proxy itself; 0: a replica shall answer
        mesh::ResponseFlags flags{};   // so far
        bool is_retry = false;         // the attempt that is under way or comes
        bool is_vain = false;          // nobody waits
        bool is_mirror = false;        // nobody ever waited
        bool is_delayed = false;       // on purpose, before it goes anywhere
        bool is_mirrored = false;      // its copies are on their way
        bool is_check = false;         // of the health of `host`: nobody asked for it
    };

    // An attempt that has had its time, and goes on beside the next one.
    struct Hedge {
        std::uint32_t attempt = none;
        std::uint32_t upstream = none;
        std::uint32_t host = none;
        mesh::ConnectionId connection = none;
    };

    struct Exchange : ExchangeHead {
        bool has_past = false;                      // any of the following is set
        std::optional<mesh::RetryState> retries{};  // from the first failure on
        std::vector<std::uint32_t> tried{};         // replicas, if they are to be passed over
        std::optional<mesh::FaultFilter::Injected> injected{};
        mesh::RequestTimeout timeout{};  // as the request itself says
        std::vector<Hedge> hedges{};
        bool is_overdue = false;            // the attempt has had its time, but no other may follow
        std::uint32_t filter_chain = none;  // hears of its end
        TimePoint passed_filters_at{};
    };

    // Timers of one length: they are over in the order in which they began, so that one of them at
    // most is planned, and is among the events only when it is about to happen: a queue with one
    // event far away sorts those that are near as badly as if they were all one. Most are in vain.
    struct Timers {
        Duration length{};
        dataplane::Ring<runtime::Event> pending{};  // in order; of some, the exchange has ended
        std::optional<runtime::Event> planned{};
        bool is_among_events = false;
    };

    struct Call {
        std::uint32_t callee;  // index in `callees`
        std::uint32_t number;  // among all calls of the program
        double probability;
        std::uint32_t repeat;
        std::uint32_t message;
    };

    // One of the services that take the requests to another.
    struct Share {
        std::uint32_t service = none;
        std::uint64_t up_to = 0;  // the weights so far
        mesh::RoutePolicy policy;
        std::uint16_t status = 0;      // the proxy's answer; 0: the service takes them
        std::uint32_t message = none;  // to code, if the route changes it
    };

    // A service that gets copies.
    struct Mirror {
        std::uint32_t service = none;
        mesh::FractionalPercent fraction{};
        mesh::RoutePolicy policy;
    };

    struct Split {
        std::vector<Share> shares;   // none: the proxy answers
        std::uint16_t status = 503;  // with that
        mesh::ResponseFlags flags{};
        std::uint32_t message = none;  // of that answer, to code
        std::vector<Mirror> mirrors{};
        std::unique_ptr<mesh::FaultFilter> fault{};  // of all clients, for it has no limits
        std::vector<mesh::HttpFilter> filters{};
        mesh::RoutePolicy of_answers{};  // where there are no shares
    };

    // A balancer and the endpoints that it has seen.
    struct Policy {
        std::unique_ptr<mesh::LoadBalancer> balancer;
        std::uint64_t version = 0;
    };

    // The proxies that share the load, and where all of a service's clients are.
    struct LocalCluster {
        mesh::ClusterLoadAssignment proxies;
        mesh::Locality local;
    };

    struct Service {
        std::string name;
        std::vector<std::uint32_t> endpoints;  // replicas
        bool has_direct = false;               // of one at least, requests need no record
        std::uint32_t program = none;          // of all endpoints; none: of each its own
        std::uint32_t route_of_code = none;    // of all callers
        const mesh::RoutePolicy* route_policy = nullptr;
        bool has_simple_policy = false;        // nothing but time limits and retries
        const Split* split = nullptr;          // where its requests go instead
        std::uint32_t route_of_splits = none;  // of all whose requests come by a split
        // Apart, for exchanges keep a hand on them.
        std::unique_ptr<mesh::UpstreamCounters> counters =
            std::make_unique<mesh::UpstreamCounters>();
        // For balancers other than `least_request_`:
        mesh::ClusterLoadAssignment hosts{};  // if they want to know them
        std::uint64_t version = 0;            // of the endpoints
        std::vector<std::uint32_t> places{};  // of replicas among them, if that is asked; or none
        std::vector<std::uint32_t> edges{};   // to it
        std::unique_ptr<LocalCluster> local_cluster{};
        std::unique_ptr<Policy> shared_policy{};  // of all clients, if it has no memory
    };

    struct Program {
        DeclaredProgram declared;
        std::vector<std::uint32_t> callees;  // services, distinct; a replica's edges are so ordered
        std::vector<std::uint32_t> routes;   // to them
        std::vector<std::vector<Call>> groups;
        bool is_leaf = false;         // there is nothing but the work
        bool has_slots = false;       // `concurrency` counts whole requests
        bool has_wait = false;        // without a CPU, after the work
        bool has_filters = false;     // in the proxies of its replicas
        bool forwards = false;        // headers of some requests
        bool meets_requests = false;  // one of the two
        bool is_plain = false;        // work in turn, then one call at most
    };

    // Where calls go that hand on what one kind of request says.
    struct Forwarding {
        struct Call {
            std::uint32_t service = none;
            std::uint32_t route = none;
            std::uint32_t message = 0;
        };
        std::string name;
        std::vector<Call> calls{};  // by number
    };

    // Computations whose pace changes as others come and go: they share CPUs, a quota or a node.
    // All times in nanoseconds as of `updated`.
    struct Sharing {
        struct Job {
            double finish = 0;  // progress at which it is done
            std::uint64_t stable = 0;
            std::uint32_t record = none;
        };
        enum class Next : std::uint8_t { Finish, Throttle, Refill };

        double progress = 0;  // work of each job that was here all the time
        double granted = 0;   // CPUs that the jobs have
        double used = 0;      // CPU time
        double quota_left = 0;
        std::uint32_t demand = 0;  // CPUs that they want
        bool is_throttled = false;
        Next next = Next::Finish;
        TimePoint updated;
        TimePoint period_end;
        TimePoint due = TimePoint::max();  // of what is next
        Duration throttled{};
        std::vector<Job> jobs;  // a heap, first to finish at the front
    };

    // A request mostly finds a replica out of the cache: chains need the first line alone, others
    // whose departures are computed the first two.
    struct alignas(64) Replica {
        TimePoint free_at{};  // of its one CPU, if departures are computed and it has one
        Duration used{};      // CPU time; without what the line and `sharing` have to tell
        double speed = 1;
        std::uint64_t taken = 0;  // requests that have come, so far
        std::uint32_t index = 0;
        std::uint32_t program = 0;
        std::uint32_t edges = 0;   // in `edge_of_callee_`, the first
        std::uint32_t coming = 0;  // records on their way to it, where there may be chains
        bool is_computed = false;  // departures are known at arrival
        bool is_direct = false;    // a load's requests need no record
        bool is_plain = false;     // nor do those of chains
        bool is_alive = true;
        std::uint32_t cpus = 1;
        std::uint32_t present = 0;  // requests that are not in `line` alone
        std::uint32_t tickets = 0;
        dataplane::PromiseLine line;
        std::unique_ptr<Sharing> sharing;
        double error_rate = 0;
        std::uint32_t places = none;           // for CPUs and in line for them; none: any number
        std::uint32_t in_hand = 0;             // requests that have begun, if slots are counted
        TimePoint updated{};                   // of `used`
        std::vector<std::uint32_t> running;    // records at a CPU, if departures are events
        dataplane::Ring<std::uint32_t> queue;  // records in line for a CPU, the same
        dataplane::Ring<std::uint32_t> line_for_slots;
        double quota = 0;  // nanoseconds; 0: there is none
        std::uint32_t node = none;
        std::uint32_t site = 0;  // 0: on no node; else its node and 1
        std::uint32_t weight = 1;
        std::string name;
    };

    struct Node {
        double cpus = 1;
        std::vector<std::uint32_t> members;  // replicas
        std::uint64_t threads = 0;           // CPUs that they could want at once
        std::uint64_t demand = 0;            // CPUs that they want, if it can be too much
        bool is_tight = false;               // they could want more than there are
        bool is_full = false;                // they do
    };

    // The callers of a service from one service or load, summed up.
    struct Route {
        mesh::ServiceStats stats;
        std::uint32_t service = 0;
    };

    // Whose proxy an edge is, and who is told of an answer: a user, a record, or code.
    enum class Owner : std::uint8_t { Load, Replica, Caller };

    // One client's proxy for one service. There may be ten thousands, and each request finds its
    // own out of the cache: a pick looks at the first cache line and what it counts, mostly at the
    // second alone.
    struct alignas(64) Edge {
        Random random{0};
        std::uint32_t service = 0;
        std::uint32_t counted = 0;  // in `active`, of all endpoints
        std::uint32_t load = none;  // if it is one's
        Owner owner = Owner::Replica;
        bool has_route_policy = false;  // its service, or a split; or deadlines are passed on
        bool passes_deadline = false;   // of requests that its owner has in hand
        std::uint32_t attempts = 0;     // of exchanges, in flight
        std::uint32_t retries = 0;      // from their pause on
        std::uint32_t route = 0;
        std::uint32_t site = 0;  // of the client
        dataplane::ActiveCounts active;
        std::unique_ptr<Policy> policy;  // unless all balance by `least_request_`, or share one

        [[gnu::always_inline]] void begin_at(std::uint32_t replica) {
            active.increase(replica);
            ++counted;
        }
        [[gnu::always_inline]] void end_at(std::uint32_t replica) {
            active.decrease(replica);
            --counted;
        }
    };

    // Where a load sends requests of one class.
    struct Lane {
        std::uint32_t edge = none;
        std::uint32_t message = 0;
        std::uint8_t priority = 0;
        std::uint32_t index = 0;  // among those of the load
        double up_to = 1;  // the part of the requests that are of this class or one before it
    };

    // What a load's requests did, reckoned apart from its figures, modulo 2^64 (checks.cpp).
    struct Balance {
        std::uint64_t begun = 0;      // the sum of the times at which they were sent
        std::uint64_t ended = 0;      // and were answered
        std::uint64_t latencies = 0;  // as they were noted
    };

    struct LoadState {
        std::unique_ptr<ArrivalTimes> arrivals;  // null: users
        TimePoint next = TimePoint::max();
        std::uint64_t key = 0;  // of what its requests draw
        std::uint64_t sent = 0;
        Balance balance;
        std::unique_ptr<Drafts> drafts = std::make_unique<Drafts>();
        std::uint64_t drafted_from = 0;  // the first request
        std::uint32_t drafted_for = none;
        std::unique_ptr<dataplane::Path> path{};  // if its requests are chains
        Lane lane;                                // of all its requests, unless there are several
        bool has_sessions = false;
        bool has_users = false;          // who come again and again, in sessions or for good
        std::vector<double> keys_up_to;  // the part that has this key or one before
        std::vector<std::vector<std::uint64_t>> hashes;  // of requests, by lane and key
        // What its requests say to policies that hash, by lane: headers, that of the key last.
        std::vector<std::vector<std::pair<std::string, std::string>>> headers;
        std::string key_start;  // of that one's value; the number follows
        std::vector<Lane> lanes;
        Distribution think{};
        SessionLength session;
        TimePoint end = TimePoint::max();  // of users that stay
        std::uint32_t sessions = 0;
        std::uint32_t users = 0;
    };

    // A client that is code.
    struct Caller {
        std::string name;
        std::uint32_t replica = none;
        std::uint32_t site = 0;
        std::vector<std::uint32_t> edges;  // so far
    };

    struct User {
        std::uint32_t load = 0;
        std::uint32_t number = 0;  // within it
        std::uint32_t sent = 0;
        std::uint32_t left = none;  // requests until they leave; none: they stay
        TimePoint sent_at;
    };

    // A request at a server, for balancers that hear of it.
    struct Visit {
        TimePoint arrived;
        std::uint32_t requests = 0;  // that were there when it came
        mesh::ServerReport report;   // as it left
    };
};

}  // namespace wavetank::sim::dataplane
