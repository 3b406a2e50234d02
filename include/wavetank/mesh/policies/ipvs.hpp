#pragma once

/// \file
/// The schedulers of Linux's IPVS, as kube-proxy's mode of that name uses them.

#include <wavetank/mesh/load_balancer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wavetank::mesh {

enum class IpvsScheduler : std::uint8_t {
    RoundRobin,             ///< rr: the next one in the list
    LeastConnection,        ///< lc: the fewest connections
    ShortestExpectedDelay,  ///< sed: the lowest (connections + 1) / weight
    NeverQueue,             ///< nq: the first without a connection, else sed
    DestinationHashing,     ///< dh: by the address that is called
    SourceHashing,          ///< sh: by the address of the client
};

/// Picks as IPVS does; of equal ones the first in the list. A server whose weight is 0 gets
/// nothing: kube-proxy sets it so while it terminates. Requests in flight stand for active
/// connections; there are no inactive ones.
///
/// Hashing takes `PickContext::hash` as an IPv4 address, and without one, that of the loopback.
/// Each of its 256 places belongs to one server, in turn (sh: so many in a row as it weighs); a
/// place whose server has weight 0 is nobody's.
class Ipvs final : public LoadBalancer {
public:
    explicit Ipvs(IpvsScheduler scheduler) : scheduler_(scheduler) {}

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;
    [[nodiscard]] BalancerNeeds needs() const override;

private:
    [[nodiscard]] std::optional<std::size_t> next_in_list();
    [[nodiscard]] std::optional<std::size_t> least_connections(const EndpointSet& endpoints) const;
    [[nodiscard]] std::optional<std::size_t> shortest_delay(const EndpointSet& endpoints) const;
    [[nodiscard]] std::optional<std::size_t> hashed(const PickContext& context) const;
    void learn(const EndpointSet& endpoints);

    IpvsScheduler scheduler_;
    std::vector<std::uint32_t> weights_;
    std::vector<std::size_t> places_;  // of the hash table
    std::size_t next_ = 0;             // of the list
};

}  // namespace wavetank::mesh
