#pragma once

/// \file
/// Load-balancing policies: given these endpoints, which one takes this request?
///
/// A policy owns no connection and reads no clock, and its only randomness is the stream it is
/// handed, so equal inputs give equal picks. That makes one as easy to pin down in a five-line
/// test as to sweep over a million requests.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/endpoint_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::json {
class object;
}

namespace wavetank::mesh {

struct PriorityLoad;

/// What a retry's host predicates say of the endpoint that was picked.
class RetryHostPredicate {
public:
    /// Returns whether another one shall be picked in place of endpoint `index`.
    [[nodiscard]] virtual bool refuses(std::size_t index) const = 0;

protected:
    ~RetryHostPredicate() = default;
};

/// What a policy may know about the request itself. Lifetime: borrowed for a call.
struct PickContext {
    std::optional<std::uint64_t> hash{};  ///< set when the route asks for consistent hashing
    TimePoint now{};
    /// What the route asks of an endpoint's metadata; null: nothing.
    const boost::json::object* metadata_match = nullptr;
    const RetryHostPredicate* retry_host_predicate = nullptr;  ///< of a retry, if it has any
    /// How often it is picked anew when the predicate refuses; then the last one is taken.
    std::uint32_t host_selection_retry_max_attempts = 1;
    const PriorityLoad* priority_load = nullptr;  ///< in place of the balancer's own
};

/// How a request ended.
struct RequestOutcome {
    std::size_t index = 0;  ///< of the endpoint that answered
    TimePoint now{};
    Duration latency{};  ///< since it was sent
    std::uint16_t status = 200;
    ServerReport report{};  ///< what the server said along with its answer
};

/// What a policy wants to know. A data plane that learns that it wants less does less.
struct BalancerNeeds {
    bool requests_active = true;  ///< `EndpointSet::requests_active`
    bool hash = false;            ///< `PickContext::hash`
    bool hosts = false;           ///< `EndpointSet::hosts`
    bool probe = false;           ///< `EndpointSet::probe`
    bool outcomes = false;        ///< `on_outcome`
    bool idleness = false;        ///< `on_idle`, `on_busy`
    /// Whether it keeps in mind what it picked or heard. If not, and the endpoints are the same,
    /// clients may share one.
    bool memory = true;
};

/// Chooses the endpoint for each request of one client.
///
/// Threads: confined to the proxy that owns it; no member is safe to call concurrently.
class LoadBalancer {
public:
    virtual ~LoadBalancer() = default;

    /// Chooses an endpoint. Called once per attempt, so a retry is a fresh pick.
    ///
    /// Returns an index into `endpoints`, or nothing if there is none that may be picked: the
    /// request fails with 503.
    /// Lifetime: `endpoints` and `context` are borrowed for the call.
    /// Determinism: only `random` breaks ties, never an address or a container's order.
    /// Cost: the hot path of every simulated request; must not allocate.
    [[nodiscard]] virtual std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                          const PickContext& context,
                                                          Random& random) = 0;

    /// Announces a new endpoint set before the first `pick` that sees it. Policies that
    /// precompute (ring hash, Maglev) rebuild their tables here; the others ignore it.
    virtual void on_endpoints_changed([[maybe_unused]] const EndpointSet& endpoints,
                                      [[maybe_unused]] TimePoint now,
                                      [[maybe_unused]] Random& random) {}

    /// Says what the policy wants to know.
    [[nodiscard]] virtual BalancerNeeds needs() const {
        return {};
    }

    /// Tells that a request which this client sent has ended.
    virtual void on_outcome([[maybe_unused]] const RequestOutcome& outcome) {}

    /// Tells that a server with nothing to do offers itself to this client, and that it no longer
    /// does, as a request came to it.
    virtual void on_idle([[maybe_unused]] std::size_t index) {}
    virtual void on_busy([[maybe_unused]] std::size_t index) {}
};

/// Balancers by name. A value of one simulation: start from `defaults()`, then `add()`.
class BalancerRegistry {
public:
    using Factory = std::function<std::unique_ptr<LoadBalancer>()>;

    /// Returns all policies of `mesh/policies`, with the settings that they have by default:
    /// ROUND_ROBIN, RANDOM, LEAST_REQUEST, RING_HASH, MAGLEV, PEAK_EWMA and
    /// CLIENT_SIDE_WEIGHTED_ROUND_ROBIN as Envoy calls them, PREQUAL, C3, JOIN_IDLE_QUEUE, and
    /// IPVS_ with RR, LC, SED, NQ, DH and SH.
    [[nodiscard]] static BalancerRegistry defaults();

    /// Adds a policy, or replaces the one of that name.
    void add(std::string name, Factory factory);

    /// Makes a balancer for one client; null if there is no policy of that name.
    [[nodiscard]] std::unique_ptr<LoadBalancer> make(std::string_view name) const;

    /// Returns all names in alphabetical order.
    [[nodiscard]] std::vector<std::string> names() const;

private:
    std::map<std::string, Factory, std::less<>> factories_;
};

}  // namespace wavetank::mesh
