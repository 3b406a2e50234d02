#pragma once

/// \file
/// What happens to requests, one event after the other.
///
/// A request is a `Record`, unless it needs none: one that a load sends over no network to a
/// service that calls nobody, in whose line nobody is overtaken, is a `Promise` and no more; where
/// all messages take equally long and services call one another in a row, it is a `Chain`.
/// Everything at one nanosecond has a place in an order that does not depend on which of the two it
/// is.

#include "sim/dataplane/attempt.hpp"
#include "sim/dataplane/engine_parts.hpp"
#include "sim/dataplane/ring.hpp"
#include "sim/dataplane/server_reports.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/mesh/policies/least_request.hpp>
#include <wavetank/mesh/priority_load.hpp>
#include <wavetank/mesh/route_policy.hpp>
#include <wavetank/runtime/event_queue.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wavetank::sim {

class DataPlane::Engine : dataplane::EngineParts {
public:
    explicit Engine(DataPlaneOptions options);
    ~Engine();

    // To be called before replicas are asked: of those, one knows more than what has happened.
    void leave_chains();
    // The same before anything changes: ways along which requests go may not be there any more.
    void make_ready() {
        leave_chains();
        chains_.are_paths_known = false;
    }
    ServiceId add_service(std::string name);
    void set_route_policy(std::uint32_t service, const std::optional<mesh::RoutePolicy>& policy);
    void set_route(std::uint32_t service, const std::optional<ServiceRoute>& route);
    ProgramId add_program(DeclaredProgram declared);
    void set_forwarded(std::uint32_t program, const RequestKind& kind, ForwardedCalls calls);
    NodeId add_node(double cpus);
    PlaceId add_place();
    void set_place(std::uint32_t node, std::uint32_t place);
    void set_link(std::uint32_t from, std::uint32_t to, const Link& link);
    void set_local_link(std::uint32_t place, const Link& link);
    ReplicaId add_replica(ProgramId program, const std::string& name, ReplicaSize size);
    void set_endpoints(ServiceId service, std::span<const ReplicaId> replicas,
                       mesh::ClusterLoadAssignment hosts);
    void set_local_cluster(std::uint32_t service, LocalCluster local);
    void crash(std::uint32_t index);
    void set_speed(std::uint32_t index, double speed);
    void set_error_rate(std::uint32_t index, std::optional<double> rate);
    LoadId add_load(std::span<const LoadTarget> targets, const Load& load);
    CallerId add_caller(ReplicaId replica, const std::string& name);
    void call(std::uint32_t caller, std::uint32_t service, const DrawKey& draws,
              std::uint32_t message, const mesh::RequestTimeout& timeout);
    void compute(std::uint32_t replica, Duration work, const DrawKey& draws, std::uint32_t message);
    void answer_of_code(std::uint32_t slot, std::uint16_t status);
    [[nodiscard]] TimePoint next_time();
    void run_until(TimePoint time);

    [[nodiscard]] TimePoint now() const {
        return now_;
    }
    [[nodiscard]] const mesh::ServiceStats& load_stats(LoadId load, std::size_t target) const;
    [[nodiscard]] mesh::ServiceStats service_stats(ServiceId service) const;
    [[nodiscard]] mesh::UpstreamCounters upstream_counters(std::uint32_t service);
    [[nodiscard]] std::vector<Ejection> ejections(std::uint32_t service);
    [[nodiscard]] std::size_t requests_at(ReplicaId replica) const;
    [[nodiscard]] std::uint64_t requests_taken(ReplicaId replica) const {
        return replicas_[static_cast<std::uint32_t>(replica)].taken;
    }
    [[nodiscard]] CpuUse cpu_use(ReplicaId replica) const;
    [[nodiscard]] std::uint64_t requests_sent(LoadId load) const;
    [[nodiscard]] std::uint64_t requests_in_flight(LoadId load) const;
    [[nodiscard]] std::uint64_t users_active(LoadId load) const;

private:
    // What a client keeps of the hosts of a service whose policy asks for it: upstream.hpp
    struct Upstream;

    // What a client's proxy knows of hosts that it checks: upstream.hpp
    struct HealthWatch;
    // The filters of one replica's own proxy: door.hpp
    struct Door;

    // The connections of the clients behind one edge, if they have no proxy: kube_client.hpp
    struct KubeClient;
    struct IdleConnection;

    // The endpoints of one edge as its balancer sees them: hot_path.hpp
    struct View;

    // What a policy may ask about the endpoints of an edge.
    struct Asked;

    // loop: events.cpp
    [[nodiscard]] static std::uint64_t place_of(std::uint64_t stable, std::uint32_t slot) {
        return stable >> (64 - stable_bits) << slot_bits | slot;
    }
    [[nodiscard]] static std::uint64_t key_of(Kind kind, std::uint64_t place) {
        return static_cast<std::uint64_t>(kind) << (slot_bits + stable_bits) | place;
    }
    [[nodiscard]] static Kind kind_of(std::uint64_t key) {
        return static_cast<Kind>(key >> (slot_bits + stable_bits));
    }
    [[nodiscard]] static std::uint32_t slot_of(std::uint64_t key) {
        return static_cast<std::uint32_t>(key & ((std::uint64_t{1} << slot_bits) - 1));
    }
    void schedule(std::uint32_t slot, Kind kind, TimePoint time);
    void dispatch(const runtime::Event& event);
    void dispatch_other(const runtime::Event& event);
    void deliver(std::uint32_t slot, Kind kind, Duration time);
    [[nodiscard]] TimePoint next_event_time();
    [[nodiscard]] bool dispatch_next(TimePoint limit);
    void fetch_ahead();
    void fetch_choices(const Edge& edge) const;
    void fetch_ahead_of_messages() const;
    void fetch_record(const runtime::Event& event) const;
    void fetch_replica(const runtime::Event& event) const;
    void fetch_line(const runtime::Event& event) const;
    [[nodiscard]] static bool is_of_record(const runtime::Event& event);
    // requests: engine.cpp
    void fire(std::uint32_t load);
    void start_of_load(LoadState& load, const Lane& lane, std::uint32_t picked,
                       const DrawKey& draws);
    [[nodiscard]] const Lane& lane_of(const LoadState& load, std::uint64_t number) const {
        return load.lanes.empty() ? load.lane : draw_lane(load, number);
    }
    [[nodiscard]] static const Lane& draw_lane(const LoadState& load, std::uint64_t number);
    void begin_session(std::uint32_t load);
    void leave(std::uint32_t user);
    void let_think(std::uint32_t user, TimePoint from);
    void send_of_user(std::uint32_t user);
    [[nodiscard]] const dataplane::AwaitedAnswers* settle_answers(const Edge& edge);
    [[nodiscard]] std::uint32_t pick_beside_chains(Edge& edge);
    [[nodiscard]] std::uint32_t pick(Edge& edge, const DrawKey& draws);
    [[nodiscard]] bool is_too_much();
    void send(std::uint32_t edge_index, const DrawKey& draws, const Origin& origin);
    void send_to(std::uint32_t edge_index, std::uint32_t picked, const DrawKey& draws,
                 const Origin& origin);
    void start(std::uint32_t edge_index, std::uint32_t picked, const DrawKey& draws,
               const Origin& origin, const Draft& draft);
    void set_off(std::uint32_t slot);
    void start_directly(LoadState& load, const Lane& lane, Replica& replica);
    // Of which program the replica is, mostly without a look at it.
    [[nodiscard]] std::uint32_t program_of(const Edge& edge, std::uint32_t replica) const {
        const std::uint32_t common = services_[edge.service].program;
        return common != none ? common : replicas_[replica].program;
    }
    [[nodiscard]] Draft draft_of(const DrawKey& draws, std::uint32_t program) const;
    [[nodiscard]] Draft next_draft(LoadState& load, std::uint32_t program) const;
    void make_drafts(LoadState& load, std::uint32_t program) const;
    [[nodiscard]] static double draw_uniform(Record& record);
    void arrive(std::uint32_t slot);
    void leave_cpu(std::uint32_t slot);
    void end_work(std::uint32_t slot);
    void call_next(std::uint32_t slot);
    // Tells the draws of a call from those of others; `number`: in its group, from 1.
    [[nodiscard]] static std::uint32_t site_of_call(std::uint32_t caller, std::uint32_t group,
                                                    std::uint32_t number);
    void end_script(std::uint32_t slot);
    void finish(std::uint32_t slot);
    void answer(std::uint32_t slot);
    void answer_to(const Edge& edge, const Origin& origin, std::uint16_t status);
    // requests without records that go from one service to the next: chains.cpp
    struct ChainView;
    struct Leaving;
    void find_paths();
    void count_coming();
    [[nodiscard]] std::optional<Stops> stops_of(const LoadState& load) const;
    void make_drafts(Path& path, const LoadState& load) const;
    [[nodiscard]] TimePoint begin_of_sent(const Replica& replica) const;
    [[nodiscard]] static bool is_foreseen(const Replica& replica, TimePoint begun, Duration time);
    [[nodiscard]] bool has_chain() const;
    [[nodiscard]] bool may_have_chains(const Service& service) const;
    static void note_policy(Stop& stop, const Service& service);
    [[nodiscard]] bool is_in_time(const Chain& chain, const Path& path, TimePoint due);
    static void count(Edge& edge, std::uint32_t replica, const Stop& stop);
    void fire_chain(LoadState& load, const DrawKey& draws);
    [[nodiscard]] bool begin_chain(LoadState& load, std::uint32_t picked);
    void go_on(std::uint32_t index, const Path& path, Replica& replica, TimePoint due,
               Duration time, std::uint64_t hash);
    void depart_chains(TimePoint limit);
    void call_next_of_chain(std::uint32_t index);
    void end_chain(std::uint32_t index, const Path& path);
    void note_answer(const Chain& chain, const Path& path, std::size_t stop, TimePoint time);
    [[nodiscard]] TimePoint answer_time(const Chain& chain, std::size_t stop) const;
    void note_answers(TimePoint limit);
    void settle_counted();
    using Limits = std::vector<std::pair<Duration, runtime::Event>>;  // by length
    [[nodiscard]] std::uint32_t make_records_of(const Chain& chain, std::size_t stops,
                                                Limits& limits);
    void arm_all(Limits& limits);
    void leave_chain(std::uint32_t index, std::optional<std::uint32_t> picked);
    void fetch_next_chain() const;
    void fetch_chains() const;
    void fetch_replicas_of(const Edge& edge) const;
    void note_plain(Replica& replica) const;
    void leave_at_rest(const Chain& chain, Leaving& leaving);
    void put_on_the_way(Leaving& leaving);
    void put_in_lines(Leaving& leaving);
    // where requests go, and what is done to them before: route.cpp
    [[nodiscard]] static const Share* draw_share(const Split& split, const DrawKey& draws);
    [[nodiscard]] std::uint32_t edge_by_split(std::uint32_t client, std::uint32_t service);
    void mark_edges(std::uint32_t service);
    void keep_hasher(const mesh::RoutePolicy& policy);
    void begin_split(std::uint32_t index);
    void inject_faults(std::uint32_t index);
    void end_delay(std::uint32_t index);
    void mirror(std::uint32_t index);
    // what proxies do to requests besides: filters.cpp
    [[nodiscard]] std::uint64_t proxy_of(std::uint32_t edge) const;
    [[nodiscard]] std::uint32_t filter_chain_of(const Exchange& exchange);
    [[nodiscard]] mesh::HttpFilterState* filter_state_of(std::uint64_t proxy,
                                                         const mesh::HttpFilter& filter,
                                                         const Random& random);
    void pass_filters(std::uint32_t index);
    void end_filters(const Exchange& exchange, std::uint16_t status);
    [[nodiscard]] bool comes_in(std::uint32_t slot);
    void go_out(std::uint32_t slot);
    void forget_entry(std::uint32_t slot);
    // calls that hand on what requests say: forwarding.cpp
    void let_go(std::uint32_t slot);
    void note_forwarding(std::uint32_t slot);
    [[nodiscard]] const Forwarding* forwarding_of(std::uint32_t slot) const;
    [[nodiscard]] std::uint32_t edge_to(std::uint32_t replica, const Forwarding& forwarding,
                                        const Forwarding::Call& call);
    // attempts beside one another: hedging.cpp
    void hedge(std::uint32_t index);
    void end_one_of_several(std::uint32_t slot);
    [[nodiscard]] static bool others_may_answer(const Exchange& exchange);
    void end_hedges(std::uint32_t index);
    void tell_who_answers(std::uint32_t slot) const;
    void forget_answer(const Exchange& exchange) const;
    void refuse(std::uint32_t index, mesh::ResponseFlags why);
    void end_all(std::uint32_t index, std::uint16_t status);
    void abandon(const Exchange& exchange, std::uint32_t slot);
    void release_connection_of(std::uint32_t index, const Hedge& hedge, mesh::StreamEnd end);
    // exchanges: exchange.cpp
    void begin_exchange(std::uint32_t edge, const DrawKey& draws, const Origin& origin);
    [[nodiscard]] std::uint32_t new_exchange(std::uint32_t edge, const DrawKey& draws,
                                             const Origin& origin, std::uint64_t hash);
    void begin_simple(std::uint32_t edge, const DrawKey& draws, const Origin& origin);
    void begin_simple_at(std::uint32_t edge, std::uint32_t picked, const DrawKey& draws,
                         const Origin& origin);
    [[nodiscard]] std::uint32_t make_exchange_of(std::uint32_t slot);
    void make_exchanges_of(std::uint32_t service);
    static void note_tried(Exchange& exchange, std::uint32_t replica);
    void set_out(std::uint32_t index);
    [[nodiscard]] bool inherit_deadline(Exchange& exchange);
    [[nodiscard]] TimePoint deadline_of(const Record& record) const;
    void call_in_time(std::uint32_t edge, const DrawKey& draws, const Origin& origin,
                      const mesh::RequestTimeout& timeout);
    void limit_by_request(Exchange& exchange);
    [[nodiscard]] std::optional<Duration> expected_time_of(const Record& record) const;
    void try_once(std::uint32_t index);
    [[nodiscard]] std::uint32_t pick_for(const Exchange& exchange);
    void end_attempt(std::uint32_t slot);
    void give_up(Exchange& exchange);
    // While an exchange or an attempt may bring what code says.
    void hold(std::uint32_t edge, std::uint32_t message) const {
        if (edges_[edge].owner == Owner::Caller) {
            options_.code->hold(message);
        }
    }
    void release(std::uint32_t edge, std::uint32_t message) const {
        if (edges_[edge].owner == Owner::Caller) {
            options_.code->release(message);
        }
    }
    void free_attempt(std::uint32_t slot);
    void decide(std::uint32_t index, std::uint16_t status, std::optional<mesh::ResetReason> reset,
                std::uint32_t attempts);
    void pause(std::uint32_t index);
    [[nodiscard]] bool is_in_vain(const runtime::Event& timer) const;
    [[nodiscard]] Timers& timers_of(Duration length);
    void arm(std::uint64_t key, Duration length);
    void plan(Timers& timers, const runtime::Event& timer);
    void plan_next(Timers& timers);
    void plan_timers();
    void note_timer(const runtime::Event& timer);
    void on_timer(std::uint32_t index, std::uint64_t key);
    void on_limit(std::uint32_t slot, std::uint64_t key);
    void end_time(std::uint32_t index);
    void end_exchange(std::uint32_t index, std::uint16_t status);
    void forget_callers(const std::vector<bool>& ended);
    void begin_attempt(std::uint32_t index, std::uint32_t picked);
    void note_end_of_attempt(std::uint32_t upstream, const Record& record);
    // hosts that are left out, and connections: upstream.cpp
    [[nodiscard]] std::uint32_t upstream_of(std::uint32_t edge);
    [[nodiscard]] std::uint32_t known_upstream_of(const Edge& edge) const;
    [[nodiscard]] bool has_connection_pool(std::uint32_t upstream) const;
    [[nodiscard]] std::uint32_t pick_upstream(Upstream& upstream, const Exchange& exchange);
    [[nodiscard]] std::uint32_t pick_by_policy_of(Upstream& upstream, const DrawKey& draws);
    // clients without proxies: kube_proxy.cpp
    [[nodiscard]] KubeClient& kube_client_of(const Exchange& exchange);
    void send_over_connection(std::uint32_t index);
    [[nodiscard]] std::uint32_t idle_connection(const Exchange& exchange);
    void end_idle(KubeClient& client, std::uint64_t behind, Duration keep_alive,
                  mesh::UpstreamCounters& counters) const;
    [[nodiscard]] bool has_ipvs() const {
        return options_.load_balancer.starts_with("IPVS_");
    }
    void note_connection_end(const Exchange& exchange, std::uint32_t replica);
    [[nodiscard]] std::size_t end_dead(KubeClient& client, std::uint64_t behind) const;
    void end_all_idle(std::uint32_t service);
    [[nodiscard]] std::uint32_t pick_by_kube_proxy(const Exchange& exchange);
    void dial(std::uint32_t index);
    void end_dialing(std::uint32_t index);
    void stop_dialing(Exchange& exchange);
    void use_connection(std::uint32_t index, std::uint32_t replica);
    void keep_connection(const Exchange& exchange, const Record& record);
    [[nodiscard]] std::uint64_t client_behind(const Exchange& exchange) const;
    // hosts that are checked: health.cpp
    void begin_checks(Upstream& upstream, std::uint32_t index);
    void answer_past_check(HealthWatch& watch, std::uint32_t host, TimePoint time);
    void check_endpoints(Upstream& upstream);
    void let_leave(Upstream& upstream, std::uint32_t host);
    [[nodiscard]] bool may_stay(const Upstream& upstream, std::uint32_t host) const;
    void gather_members(Upstream& upstream);
    void members_changed(std::uint32_t index);
    void end_checks(Upstream& upstream);
    void end_checks_by(std::uint32_t replica);
    void on_check_event(const dataplane::Connecting& event);
    void look_at_checks(std::uint32_t upstream);
    void plan_checks(std::uint32_t upstream);
    void note_health(std::uint32_t index);
    void send_check(std::uint32_t upstream, std::uint32_t host);
    void dial_check(std::uint32_t upstream, std::uint32_t host, const DrawKey& draws);
    void end_check(std::uint32_t slot);
    void give_up_check(HealthWatch& watch, std::uint32_t host);
    [[nodiscard]] bool is_left_out(const Upstream& upstream, std::uint32_t replica) const;
    [[nodiscard]] std::uint8_t health_flags_of(const Upstream& upstream,
                                               std::uint32_t replica) const;
    void push_connecting(const dataplane::Connecting& event, TimePoint time, std::uint64_t stable);
    // balancers of policies: cluster_picks.cpp
    void give_cluster(Upstream& upstream);
    void learn_cluster_hosts(Upstream& upstream, TimePoint time);
    [[nodiscard]] std::uint32_t pick_of_cluster(Upstream& upstream, const Exchange& exchange);
    [[nodiscard]] std::optional<mesh::PriorityLoad> load_of_retry(const Upstream& upstream,
                                                                  const Exchange& exchange) const;
    [[nodiscard]] std::optional<std::uint64_t> hash_for(const Exchange& exchange) const;
    [[nodiscard]] static std::uint64_t client_of(const DrawKey& draws, const LoadState& load);
    void catch_up(Upstream& upstream);
    void note_ejections(Upstream& upstream, TimePoint time);
    void learn_hosts(Upstream& upstream, TimePoint time);
    void note_result(std::uint32_t upstream, std::uint32_t replica,
                     const dataplane::AttemptResult& result);
    void note_upstream_endpoints(std::uint32_t service);
    void retire_upstreams(std::uint32_t service);
    void end_connections_to(std::uint32_t replica);
    void want_connection(std::uint32_t index, std::uint32_t picked);
    void drain_pool(std::uint32_t upstream, std::uint32_t replica);
    void connect(dataplane::Connecting connecting);
    void look_after_connections(std::uint32_t upstream);
    [[nodiscard]] std::optional<Duration> handshake(const DrawKey& draws, std::uint32_t from,
                                                    std::uint32_t to) const;
    void on_connection(std::uint32_t slot);
    void fail_waiting(std::uint32_t index, mesh::PoolFailureReason reason);
    void release_connection(std::uint32_t index, mesh::StreamEnd end);
    [[nodiscard]] std::uint32_t attempts_at(const Edge& edge);
    [[nodiscard]] std::uint32_t attempts_of(const Exchange& exchange);

    [[nodiscard]] bool has_record() const {
        return first_free_ != none ||
               records_.size() + dataplane::stops_max * chains_.count() < records_max;
    }
    [[nodiscard]] std::uint32_t new_record(const DrawKey& draws, const Draft& draft);
    void free_record(std::uint32_t slot);
    [[nodiscard]] std::uint32_t edge_to(std::uint32_t replica, std::size_t callee);
    [[nodiscard]] std::uint32_t edge_of(Caller& caller, std::uint32_t service);
    [[nodiscard]] std::uint32_t make_edge(Edge edge, const std::string& client);
    [[nodiscard]] std::uint32_t add_route(std::uint32_t service);
    // Where a message goes: to the replica, or back to the client.
    enum class Leg : std::uint8_t { There, Back };
    [[nodiscard]] Duration network(const DrawKey& draws, Leg leg) const {
        return has_random_network_ ? draw_network(draws, leg) : constant_network_;
    }
    [[nodiscard]] Duration draw_network(const DrawKey& draws, Leg leg) const;
    [[nodiscard]] std::uint16_t index_of(const Link& link);
    [[nodiscard]] const Link& link_between(std::uint32_t from, std::uint32_t to) const;
    // Returns how long a message takes; if it gets lost, how long until it is sent again.
    [[nodiscard]] Duration message(std::uint32_t slot, Leg leg) {
        return options_.has_links ? message_over_link(slot, leg)
                                  : network(records_[slot].draws, leg);
    }
    [[nodiscard]] Duration message_over_link(std::uint32_t slot, Leg leg);
    [[nodiscard]] Duration transmission(const Record& record, Leg leg, double bandwidth);
    void send_again(std::uint32_t slot);

    void note_sent(LoadState& load) const {
        ++load.sent;
        if (options_.checks) [[unlikely]] {
            load.balance.begun += static_cast<std::uint64_t>(now_.time_since_epoch().count());
        }
    }
    [[gnu::always_inline]] void note_end(const Edge& edge, TimePoint time, std::uint16_t status,
                                         Duration latency) {
        routes_[edge.route]->stats.record(time, status, latency);
        if (options_.checks && edge.owner == Owner::Load) [[unlikely]] {
            note_balance(loads_[edge.load].balance, time, latency);
        }
    }
    static void note_balance(Balance& balance, TimePoint time, Duration latency) {
        balance.ended += static_cast<std::uint64_t>(time.time_since_epoch().count());
        balance.latencies += static_cast<std::uint64_t>(latency.count());
    }
    // what proxies say of answers that are not simply a server's: response_flags.cpp
    void note_flags(const Edge& edge, mesh::ResponseFlags flags) {
        routes_[edge.route]->stats.note_flags(flags);
    }
    void note_refused(const Edge& edge, std::uint32_t picked);
    void note_reset(const Record& record);
    void note_flags(const Exchange& exchange);
    void note_gone_client(Exchange& exchange);
    struct InFlight;
    InFlight count_in_flight() const;  // checks.cpp
    void check() const;

    // balancers other than the one that is always at hand: balancing.cpp
    [[nodiscard]] bool watches_requests() const {
        return needs_.outcomes || needs_.probe || needs_.idleness;
    }
    void learn_keys(LoadState& state, std::span<const LoadTarget> targets, const Load& load) const;
    [[nodiscard]] std::optional<std::uint64_t> hash_of(const DrawKey& draws) const;
    [[nodiscard]] static std::size_t key_of(const LoadState& load, const DrawKey& draws);
    void give_policy(std::uint32_t edge);
    void note_endpoints(Service& service, mesh::ClusterLoadAssignment hosts);
    [[nodiscard]] Policy& policy_of(Edge& edge);
    void refresh(Policy& policy, Edge& edge);
    [[nodiscard]] std::uint32_t pick_by_policy(Edge& edge, const DrawKey& draws);
    void note_start(std::uint32_t slot);
    void note_arrival(std::uint32_t slot);
    void note_departure(std::uint32_t slot);
    void note_outcome(Edge& edge, std::uint32_t slot);
    void offer(std::uint32_t replica);
    void offer_all(const Service& service);
    void withdraw(std::uint32_t replica);
    [[nodiscard]] std::uint32_t requests_now(std::uint32_t replica);

    // replicas: replica.cpp
    // A CPU that all but stands still may be at something for ages; sums of that must not overflow.
    [[nodiscard]] static Duration at_most_ages(double nanoseconds);
    [[nodiscard]] static Duration time_for(Duration work, double speed);
    [[nodiscard]] static Duration rescaled(Duration left, double before, double after);
    void settle(Replica& replica) {
        if (first_due_[replica.index] <= now_) {
            keep_promises(replica);
        }
    }
    void keep_promises(Replica& replica);
    void note_first_due(Replica& replica);
    [[nodiscard]] bool is_past(const Promise& promise) const;
    [[nodiscard]] std::uint64_t departure_key(const Promise& promise) const;
    [[nodiscard]] bool is_later(const Promise& left, const Promise& right) const;
    [[nodiscard]] Promise& promise_cpu(Replica& replica, Duration work);
    void put_last_in_line(Replica& replica);
    void begin(std::uint32_t slot);
    void take_cpu(std::uint32_t slot);
    void put_in_line(dataplane::Ring<std::uint32_t>& line, std::uint32_t slot,
                     Discipline discipline) const;
    [[nodiscard]] static std::uint32_t take_next(dataplane::Ring<std::uint32_t>& line,
                                                 Discipline discipline) {
        if (line.empty()) {
            return none;
        }
        const bool last = discipline == Discipline::Lifo;
        const std::uint32_t slot = last ? line.back() : line.front();
        last ? line.pop_back() : line.pop_front();
        return slot;
    }
    void release_slot(Replica& replica) {
        if (programs_[replica.program].has_slots) {
            let_next_in(replica);
        }
    }
    void let_next_in(Replica& replica);
    void plan_departure(std::uint32_t slot, TimePoint off_cpu);
    void fail_at(std::uint32_t slot, std::uint16_t status);

    // CPUs that are shared: sharing.cpp
    void note_use(Replica& replica) const {
        replica.used +=
            (now_ - replica.updated) * static_cast<Duration::rep>(replica.running.size());
        replica.updated = now_;
    }
    void start_sharing(Replica& replica);
    void add_to_node(Replica& replica);
    void leave_node(Replica& replica);
    void become_shared(Replica& replica);
    [[nodiscard]] std::uint32_t take_back(const Promise& promise, const Replica& replica);
    void add_job(Replica& replica, std::uint32_t slot, Duration work);
    void share(std::uint32_t slot);
    void advance(Replica& replica) const;
    void grant(Replica& replica);
    void grant_all(Node& node);
    void plan_sharing(Replica& replica);
    void on_sharing(std::uint32_t index);
    void end_jobs(Replica& replica);

    DataPlaneOptions options_;
    std::optional<mesh::LeastRequest> least_request_;  // if proxies balance so
    mesh::BalancerNeeds needs_;                        // of the policy
    dataplane::ServerReports server_reports_;          // if it hears of requests
    std::vector<Visit> visits_;                        // the same; by record
    std::vector<std::uint32_t> offered_to_;  // edges, by replica, if idle ones offer themselves
    Random idle_random_{0};
    bool has_network_;
    bool has_random_network_;
    Duration constant_network_;  // the same for all messages, if it is not random
    bool has_equal_messages_;    // they all take that long
    TimePoint now_{};
    TimePoint limit_{};  // the end of the run; answers up to then are noted as they are known
    TimePoint next_check_{};
    std::uint64_t now_key_ = 0;  // of the event that is happening
    runtime::EventQueue events_;
    std::size_t known_ahead_ = 0;  // of the queue's events, at the last one
    // Arrivals and answers, in order, where all messages take equally long: the latest is the last,
    // but for others of its nanosecond. Elsewhere they are in `events_`.
    dataplane::Ring<runtime::Event> messages_;
    dataplane::Chains chains_;
    std::vector<Record> records_;
    std::uint32_t first_free_ = none;  // record; each names the next as its `parent`
    std::vector<Exchange> exchanges_;
    std::vector<std::uint32_t> free_exchanges_;
    std::vector<Timers> timers_;        // by length
    TimePoint timers_planned_until_{};  // those that are over by then are among the events
    std::vector<std::unique_ptr<const mesh::RoutePolicy>> policies_;  // all that ever were
    std::vector<std::unique_ptr<const Split>> splits_;                // the same
    // Of requests to services without one that have a deadline all the same.
    mesh::RoutePolicy no_policy_{
        .timeout = {}, .retry_policy = {.num_retries = 0}, .thresholds = {.max_requests = none}};
    std::map<const mesh::RoutePolicy*, mesh::RequestHasher> hashers_;  // looked up alone
    // By the edge of a client and the service that takes its requests.
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> edges_by_split_;
    // By program and what requests say; what is handed on for each record that has come in.
    boost::unordered_flat_map<std::uint64_t, std::unique_ptr<Forwarding>> forwarding_;
    std::vector<const Forwarding*> forwarded_;
    // By replica and the service that is called.
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> edges_by_forwarding_;
    std::vector<std::unique_ptr<Upstream>> upstreams_;       // the same
    std::vector<std::uint32_t> upstream_of_edge_;            // the latest; none: not used yet
    std::vector<std::unique_ptr<KubeClient>> kube_clients_;  // by edge
    // Filters of clients' proxies, by proxy and name, all that ever were; chains of them, by the
    // edge of a client and the route.
    std::map<std::pair<std::uint64_t, std::string>,
             std::vector<std::unique_ptr<mesh::HttpFilterState>>>
        filter_states_;
    std::vector<std::unique_ptr<mesh::HttpFilterChain>> filter_chains_;
    std::map<std::pair<std::uint32_t, const Split*>, std::uint32_t> filter_chain_of_route_;
    std::vector<std::unique_ptr<Door>> doors_;  // by replica
    std::vector<TimePoint> came_in_at_;         // by record; `never`: it has not, or is out
    std::vector<dataplane::Connecting> connecting_;
    std::vector<std::uint32_t> free_connecting_;
    std::vector<Service> services_;
    std::vector<Program> programs_;
    std::vector<Node> nodes_;
    // Of no node, and of each; places know their links.
    std::vector<std::uint32_t> place_of_site_{0};
    std::vector<Link> links_;                          // distinct ones
    std::vector<std::vector<std::uint16_t>> link_of_;  // by places, from and to
    std::vector<std::uint16_t> local_link_of_;         // by place, within a node
    // By nodes, from and to: when what was sent over a link with a bandwidth will be on its way.
    boost::unordered_flat_map<std::uint64_t, TimePoint> wire_free_at_;
    std::vector<Replica> replicas_;
    std::vector<TimePoint> first_due_;           // of each replica's line; max if it is empty
    std::vector<std::uint32_t> edge_of_callee_;  // of each replica, by callee; none: not used yet
    std::vector<Edge> edges_;
    std::vector<std::unique_ptr<Route>> routes_;  // whose figures others look at
    std::vector<LoadState> loads_;
    std::vector<User> users_;
    std::vector<Caller> callers_;
    std::vector<std::uint32_t> free_users_;
    std::deque<std::uint32_t> to_begin_;  // records that have got their place in a replica
    TimePoint busy_at_{};                 // when the latest sends were
    std::uint32_t sends_at_once_ = 0;     // so many
};

}  // namespace wavetank::sim
