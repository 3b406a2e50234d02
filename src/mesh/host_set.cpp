#include <wavetank/mesh/host_set.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace wavetank::mesh {
namespace {

// Sorts the hosts of one priority once their healths are known.
class HostSetSorter {
public:
    HostSetSorter(std::span<const Host> hosts, const std::optional<Locality>& local)
        : hosts_(hosts), local_(local) {}

    void sort(HostSet& set, const std::map<Locality, std::uint32_t>& weights) const {
        for (const std::uint32_t index : set.hosts) {
            const LbEndpoint& endpoint = hosts_[index].endpoint;
            const Health health = health_of(endpoint);
            if (health == Health::Healthy) {
                set.healthy_hosts.push_back(index);
            } else if (health == Health::Degraded) {
                set.degraded_hosts.push_back(index);
            }
            if (is_excluded(endpoint)) {
                set.excluded_hosts.push_back(index);
            }
        }
        sort_localities(set, weights);
    }

private:
    void sort_localities(HostSet& set, const std::map<Locality, std::uint32_t>& weights) const {
        std::map<Locality, std::vector<std::uint32_t>> by_locality;
        for (const std::uint32_t index : set.hosts) {
            by_locality[hosts_[index].locality].push_back(index);
        }
        const bool has_local = local_ && by_locality.contains(*local_);
        const auto add = [&](const Locality& locality, std::vector<std::uint32_t>& members) {
            set.hosts_per_locality.localities.push_back(std::move(members));
            const auto weight = weights.find(locality);
            set.locality_weights.push_back(weight == weights.end() ? 0 : weight->second);
        };
        if (has_local) {
            add(*local_, by_locality.at(*local_));
        }
        for (auto& [locality, members] : by_locality) {
            if (!has_local || locality != *local_) {
                add(locality, members);
            }
        }
        set.hosts_per_locality.has_local_locality = has_local;
        set.healthy_hosts_per_locality = part(set, [&](const LbEndpoint& endpoint) {
            return health_of(endpoint) == Health::Healthy;
        });
        set.degraded_hosts_per_locality = part(set, [&](const LbEndpoint& endpoint) {
            return health_of(endpoint) == Health::Degraded;
        });
        set.excluded_hosts_per_locality =
            part(set, [&](const LbEndpoint& endpoint) { return is_excluded(endpoint); });
    }

    template <class Predicate>
    [[nodiscard]] HostsPerLocality part(const HostSet& set, Predicate belongs) const {
        HostsPerLocality result{.localities = {},
                                .has_local_locality = set.hosts_per_locality.has_local_locality};
        for (const auto& locality : set.hosts_per_locality.localities) {
            auto& members = result.localities.emplace_back();
            std::ranges::copy_if(locality, std::back_inserter(members), [&](std::uint32_t index) {
                return belongs(hosts_[index].endpoint);
            });
        }
        return result;
    }

    std::span<const Host> hosts_;
    const std::optional<Locality>& local_;
};

std::vector<std::uint32_t> members_among(const std::vector<std::uint32_t>& hosts,
                                         const std::vector<bool>& is_member) {
    std::vector<std::uint32_t> members;
    std::ranges::copy_if(hosts, std::back_inserter(members),
                         [&](std::uint32_t index) { return is_member[index]; });
    return members;
}

HostsPerLocality members_among(const HostsPerLocality& hosts, const std::vector<bool>& is_member) {
    HostsPerLocality result{.localities = {}, .has_local_locality = hosts.has_local_locality};
    for (const auto& locality : hosts.localities) {
        result.localities.push_back(members_among(locality, is_member));
    }
    return result;
}

// Envoy reckons in single precision here.
std::vector<std::uint32_t> scaled_weights(const HostSet& before, const HostSet& after) {
    std::vector<std::uint32_t> weights(before.locality_weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::size_t all = before.hosts_per_locality.localities[i].size();
        const std::size_t left = after.hosts_per_locality.localities[i].size();
        if (all > 0) {
            weights[i] = static_cast<std::uint32_t>(std::round(
                static_cast<float>(before.locality_weights[i] * left) / static_cast<float>(all)));
        }
    }
    return weights;
}

}  // namespace

PrioritySet make_priority_set(const ClusterLoadAssignment& assignment,
                              const std::optional<Locality>& local) {
    PrioritySet made;
    std::vector<std::map<Locality, std::uint32_t>> weights;
    made.hosts.reserve(assignment.size());
    const auto set_of = [&](std::uint32_t priority) -> HostSet& {
        while (made.host_sets.size() <= priority) {
            made.host_sets.push_back(
                {.priority = static_cast<std::uint32_t>(made.host_sets.size()),
                 .overprovisioning_factor = assignment.policy.overprovisioning_factor,
                 .weighted_priority_health = assignment.policy.weighted_priority_health});
            weights.emplace_back();
        }
        return made.host_sets[priority];
    };
    static_cast<void>(set_of(0));
    for (const LocalityLbEndpoints& listed : assignment.endpoints) {
        HostSet& set = set_of(listed.priority);
        if (listed.load_balancing_weight) {
            weights[listed.priority][listed.locality] = *listed.load_balancing_weight;
        }
        for (const LbEndpoint& endpoint : listed.lb_endpoints) {
            set.hosts.push_back(static_cast<std::uint32_t>(made.hosts.size()));
            made.hosts.push_back({.endpoint = endpoint,
                                  .address = address_of(endpoint),
                                  .locality = listed.locality,
                                  .priority = listed.priority});
        }
    }
    const HostSetSorter sorter{made.hosts, local};
    for (HostSet& set : made.host_sets) {
        sorter.sort(set, weights[set.priority]);
    }
    return made;
}

std::vector<HostSet> filtered(std::span<const HostSet> host_sets,
                              const std::vector<bool>& is_member, SubsetLocalityWeights weights) {
    std::vector<HostSet> result;
    for (const HostSet& set : host_sets) {
        HostSet& left = result.emplace_back(HostSet{
            .priority = set.priority,
            .hosts = members_among(set.hosts, is_member),
            .healthy_hosts = members_among(set.healthy_hosts, is_member),
            .degraded_hosts = members_among(set.degraded_hosts, is_member),
            .excluded_hosts = members_among(set.excluded_hosts, is_member),
            .hosts_per_locality = members_among(set.hosts_per_locality, is_member),
            .healthy_hosts_per_locality = members_among(set.healthy_hosts_per_locality, is_member),
            .degraded_hosts_per_locality =
                members_among(set.degraded_hosts_per_locality, is_member),
            .excluded_hosts_per_locality =
                members_among(set.excluded_hosts_per_locality, is_member),
            .overprovisioning_factor = set.overprovisioning_factor,
            .weighted_priority_health = set.weighted_priority_health});
        if (weights == SubsetLocalityWeights::Keep) {
            left.locality_weights = set.locality_weights;
        } else if (weights == SubsetLocalityWeights::Scaled) {
            left.locality_weights = scaled_weights(set, left);
        }
    }
    return result;
}

}  // namespace wavetank::mesh
