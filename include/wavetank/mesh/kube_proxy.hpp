#pragma once

/// \file
/// Where does kube-proxy on a node send a connection to a Service? The endpoints that it may use
/// there, and the one that it picks.
///
/// It follows pkg/proxy of Kubernetes 1.37, whose iptables and nftables modes agree on all of this.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/store/key.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::mesh {

/// An endpoint of a Service's port, as an EndpointSlice lists it.
struct ListedEndpoint {
    std::string address{};
    std::int32_t port = 0;
    store::Key pod{};
    std::string node{};      ///< on which it runs; may be empty
    bool is_ready = true;    ///< and does not terminate, or is published all the same
    bool is_serving = true;  ///< ready, whether it terminates or not
    bool is_terminating = false;
    std::vector<std::string> zone_hints{};  ///< `hints.forZones`
    std::vector<std::string> node_hints{};  ///< `hints.forNodes`

    bool operator==(const ListedEndpoint&) const = default;
};

/// What a Service says of the traffic to one of its ports.
struct ServiceTraffic {
    bool is_internal_local = false;  ///< `internalTrafficPolicy: Local`
    bool is_external_local = false;  ///< `externalTrafficPolicy: Local`
    /// Whether it can be reached by more than its cluster IP: a node's port, a load balancer.
    bool is_externally_accessible = false;
};

/// The node where kube-proxy is.
struct ProxyNode {
    std::string name{};
    std::string zone{};  ///< its label topology.kubernetes.io/zone; may be empty
};

/// By which hints endpoints are used, if by any.
enum class TopologyMode : std::uint8_t { None, PreferSameNode, PreferSameZone };

/// The endpoints that may be used on a node, as places in the list that was given.
struct UsableEndpoints {
    std::vector<std::size_t> cluster{};  ///< by the policy Cluster; empty if it is never asked
    std::vector<std::size_t> local{};    ///< by the policy Local; the same
    bool has_any = false;  ///< whether traffic from anywhere in the cluster would find one
    TopologyMode topology_mode = TopologyMode::None;
};

/// Sorts endpoints as `CategorizeEndpoints` does: ready ones, by hints if all of those have some
/// and one at least is for this node or zone; where none is ready, those that terminate and still
/// serve.
[[nodiscard]] UsableEndpoints usable_endpoints(std::span<const ListedEndpoint> endpoints,
                                               const ServiceTraffic& traffic,
                                               const ProxyNode& node);

/// What becomes of a connection that has nowhere to go.
enum class NoEndpoint : std::uint8_t {
    Rejected,  ///< the Service has none: the client hears at once
    Dropped,   ///< there are some, but not for this node: nobody ever answers
};

/// The endpoints for one kind of traffic on a node.
struct TrafficEndpoints {
    std::vector<std::size_t> endpoints{};  ///< places in the list that was given
    NoEndpoint if_none = NoEndpoint::Rejected;
};

/// Returns the endpoints for connections to the Service's cluster IP.
[[nodiscard]] TrafficEndpoints internal_traffic(std::span<const ListedEndpoint> endpoints,
                                                const ServiceTraffic& traffic,
                                                const ProxyNode& node);

/// Returns the endpoints for connections from outside that have come to this node. Those of pods
/// of the cluster go by the policy Cluster in any case.
[[nodiscard]] TrafficEndpoints external_traffic(std::span<const ListedEndpoint> endpoints,
                                                const ServiceTraffic& traffic,
                                                const ProxyNode& node);

/// Remembers to which endpoint each client went last (`sessionAffinity: ClientIP`), as the kernel's
/// `recent` match does: each endpoint knows its clients, and the first endpoint, in the order of
/// the rules, that has seen one within the time takes it.
class SessionAffinity {
public:
    /// Requires: timeout > 0.
    explicit SessionAffinity(Duration timeout) : timeout_(timeout) {}

    /// Picks for a new connection of a client among endpoints by name: the one that it is bound to,
    /// or one at random. Returns a place in `endpoints`. Requires: there is one.
    [[nodiscard]] std::size_t pick(std::uint64_t client, std::span<const std::uint32_t> endpoints,
                                   TimePoint now, Random& random);

    /// Returns the one that a client is bound to, if there is one.
    [[nodiscard]] std::optional<std::size_t> bound(std::uint64_t client,
                                                   std::span<const std::uint32_t> endpoints,
                                                   TimePoint now) const;
    /// Notes that a connection of a client went to an endpoint.
    void note(std::uint64_t client, std::uint32_t endpoint, TimePoint now);

private:
    Duration timeout_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, TimePoint> last_seen_;
};

}  // namespace wavetank::mesh
