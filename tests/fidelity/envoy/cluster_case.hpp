#pragma once

/// \file
/// Clusters of recorded Envoy cases: the configuration in proto JSON, and a proxy that picks.

#include "fidelity/fidelity.hpp"

#include <wavetank/mesh/cluster_balancer.hpp>
#include <wavetank/mesh/hash_policy.hpp>
#include <wavetank/mesh/host.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fidelity {

/// Thrown for what a case asks for and nobody models; the case counts as skipped.
class NotModelled : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws `NotModelled` if `object` has a member that is not among `known`.
void only_members(const boost::json::object& object, std::string_view where,
                  std::initializer_list<std::string_view> known);

/// Reads a number, which proto JSON may write as text or within an object (`value`,
/// `default_value`).
[[nodiscard]] double number_of(const boost::json::value& value);

/// Reads the member as a number if there is one.
[[nodiscard]] double number_or(const boost::json::object& object, std::string_view member,
                               double otherwise);

[[nodiscard]] mesh::ClusterLbConfig read_lb_config(const boost::json::object& cluster);

/// Reads `localities`, and `policy` if there is one.
[[nodiscard]] mesh::ClusterLoadAssignment read_assignment(const boost::json::object& cluster);
[[nodiscard]] std::vector<mesh::HashPolicy> read_hash_policies(const boost::json::array& policies);

/// Replays with `replay`; what is not modelled becomes a skipped case.
[[nodiscard]] Outcome unless_not_modelled(const std::function<Outcome()>& replay);

/// One proxy in front of a cluster. Hosts are known by their place in the case's `expect.hosts`.
class CaseProxy {
public:
    CaseProxy(const boost::json::object& config, const boost::json::array& hosts,
              std::uint64_t seed);

    /// Takes another list of hosts.
    void update(mesh::ClusterLoadAssignment assignment, TimePoint now);

    /// Picks; -1 if there is no host.
    [[nodiscard]] int pick(mesh::PickContext context);

    /// Sets how many requests a host of `expect.hosts` has in flight.
    void set_requests(std::size_t host, std::uint32_t requests);
    void add_request(int host);

    /// Returns the host's place in the list that the proxy has.
    [[nodiscard]] std::optional<std::size_t> place_of(int host) const;
    [[nodiscard]] int host_at(std::size_t place) const {
        return hosts_[place];
    }
    [[nodiscard]] const mesh::ClusterLoadAssignment& assignment() const {
        return assignment_;
    }
    [[nodiscard]] const mesh::ClusterBalancer& balancer() const {
        return *balancer_;
    }

    /// Returns Envoy's counters since the last call of this, the zero ones left out.
    [[nodiscard]] std::map<std::string, std::uint64_t> counters();

private:
    [[nodiscard]] mesh::EndpointSet endpoints() const {
        return mesh::EndpointSet{requests_, &assignment_};
    }

    std::map<std::string, int> index_of_host_;
    Random random_;
    mesh::ClusterLoadAssignment assignment_;
    std::vector<int> hosts_;  // by place
    std::vector<std::uint32_t> requests_;
    std::optional<mesh::ClusterBalancer> balancer_;
    mesh::LbStats counted_;
    std::uint64_t none_healthy_ = 0;
};

}  // namespace wavetank::fidelity
