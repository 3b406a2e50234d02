#pragma once

/// \file
/// Load-balancing policies: given these endpoints, which one takes this request?
///
/// A policy owns no connection and reads no clock, and its only randomness is the stream it is
/// handed, so equal inputs give equal picks. That makes one as easy to pin down in a five-line
/// test as to sweep over a million requests.

#include <wavetank/base/random.hpp>
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

namespace wavetank::mesh {

/// What a policy may know about the request itself.
struct PickContext {
    std::optional<std::uint64_t> hash;  ///< set when the route asks for consistent hashing
};

/// Chooses the endpoint for each request of one client.
///
/// Threads: confined to the proxy that owns it; no member is safe to call concurrently.
class LoadBalancer {
public:
    virtual ~LoadBalancer() = default;

    /// Chooses an endpoint. Called once per attempt, so a retry is a fresh pick.
    ///
    /// Returns an index into `endpoints`, or nothing if and only if `endpoints` is empty.
    /// Lifetime: `endpoints` and `context` are borrowed for the call.
    /// Determinism: only `random` breaks ties, never an address or a container's order.
    /// Cost: the hot path of every simulated request; must not allocate.
    [[nodiscard]] virtual std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                          const PickContext& context,
                                                          Random& random) = 0;

    /// Announces a new endpoint set before the first `pick` that sees it. Policies that
    /// precompute (ring hash, Maglev) rebuild their tables here; the others ignore it.
    virtual void on_endpoints_changed([[maybe_unused]] const EndpointSet& endpoints) {}
};

/// Balancers by name. A value of one simulation: start from `defaults()`, then `add()`.
class BalancerRegistry {
public:
    using Factory = std::function<std::unique_ptr<LoadBalancer>()>;

    /// Returns ROUND_ROBIN, RANDOM and LEAST_REQUEST, Envoy's names for them.
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
