#include <wavetank/mesh/kube_proxy.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

bool serves_its_last(const ListedEndpoint& endpoint) {
    return endpoint.is_serving && endpoint.is_terminating;
}

bool is_hinted(const std::vector<std::string>& hints, const std::string& name) {
    return std::ranges::find(hints, name) != hints.end();
}

// The places of those that fit.
template <class Fits>
std::vector<std::size_t> places_of(std::span<const ListedEndpoint> endpoints, Fits fits) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        if (fits(endpoints[i])) {
            places.push_back(i);
        }
    }
    return places;
}

// Hints count only if every endpoint that is ready has some, and one of them is for this place.
TopologyMode mode_by_hints(std::span<const ListedEndpoint> endpoints, const ProxyNode& node) {
    bool has_ready = false;
    bool is_for_node = false;
    bool is_for_zone = false;
    bool have_all_node_hints = true;
    bool have_all_zone_hints = true;
    for (const ListedEndpoint& endpoint : endpoints) {
        if (!endpoint.is_ready) {
            continue;
        }
        has_ready = true;
        have_all_node_hints = have_all_node_hints && !endpoint.node_hints.empty();
        have_all_zone_hints = have_all_zone_hints && !endpoint.zone_hints.empty();
        is_for_node = is_for_node || is_hinted(endpoint.node_hints, node.name);
        is_for_zone = is_for_zone || is_hinted(endpoint.zone_hints, node.zone);
    }
    if (!has_ready) {
        return TopologyMode::None;
    }
    if (have_all_node_hints && is_for_node) {
        return TopologyMode::PreferSameNode;
    }
    return have_all_zone_hints && is_for_zone ? TopologyMode::PreferSameZone : TopologyMode::None;
}

bool is_for(const ListedEndpoint& endpoint, TopologyMode mode, const ProxyNode& node) {
    switch (mode) {
        case TopologyMode::None:
            return true;
        case TopologyMode::PreferSameNode:
            return is_hinted(endpoint.node_hints, node.name);
        case TopologyMode::PreferSameZone:
            return is_hinted(endpoint.zone_hints, node.zone);
    }
    return true;
}

void add_of_cluster(std::span<const ListedEndpoint> endpoints, const ProxyNode& node,
                    UsableEndpoints& usable) {
    usable.topology_mode = mode_by_hints(endpoints, node);
    usable.cluster = places_of(endpoints, [&](const ListedEndpoint& endpoint) {
        return endpoint.is_ready && is_for(endpoint, usable.topology_mode, node);
    });
    if (usable.cluster.empty()) {
        usable.cluster = places_of(endpoints, serves_its_last);
    }
    usable.has_any = !usable.cluster.empty();
}

void add_of_node(std::span<const ListedEndpoint> endpoints, const ProxyNode& node,
                 UsableEndpoints& usable) {
    const auto is_here = [&](const ListedEndpoint& endpoint) {
        return !node.name.empty() && endpoint.node == node.name;
    };
    usable.has_any =
        usable.has_any || std::ranges::any_of(endpoints, [](const ListedEndpoint& endpoint) {
            return endpoint.is_ready || serves_its_last(endpoint);
        });
    usable.local = places_of(endpoints, [&](const ListedEndpoint& endpoint) {
        return is_here(endpoint) && endpoint.is_ready;
    });
    if (usable.local.empty()) {
        usable.local = places_of(endpoints, [&](const ListedEndpoint& endpoint) {
            return is_here(endpoint) && serves_its_last(endpoint);
        });
    }
}

TrafficEndpoints traffic_of(const UsableEndpoints& usable, const std::vector<std::size_t>& these) {
    return {.endpoints = these,
            .if_none = usable.has_any ? NoEndpoint::Dropped : NoEndpoint::Rejected};
}

}  // namespace

UsableEndpoints usable_endpoints(std::span<const ListedEndpoint> endpoints,
                                 const ServiceTraffic& traffic, const ProxyNode& node) {
    UsableEndpoints usable;
    if (!traffic.is_internal_local || traffic.is_externally_accessible) {
        add_of_cluster(endpoints, node, usable);
    }
    if (traffic.is_internal_local ||
        (traffic.is_external_local && traffic.is_externally_accessible)) {
        add_of_node(endpoints, node, usable);
    }
    return usable;
}

TrafficEndpoints internal_traffic(std::span<const ListedEndpoint> endpoints,
                                  const ServiceTraffic& traffic, const ProxyNode& node) {
    const UsableEndpoints usable = usable_endpoints(endpoints, traffic, node);
    return traffic_of(usable, traffic.is_internal_local ? usable.local : usable.cluster);
}

TrafficEndpoints external_traffic(std::span<const ListedEndpoint> endpoints,
                                  const ServiceTraffic& traffic, const ProxyNode& node) {
    const UsableEndpoints usable = usable_endpoints(endpoints, traffic, node);
    return traffic_of(usable, traffic.is_external_local ? usable.local : usable.cluster);
}

std::optional<std::size_t> SessionAffinity::bound(std::uint64_t client,
                                                  std::span<const std::uint32_t> endpoints,
                                                  TimePoint now) const {
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const auto seen = last_seen_.find({client, endpoints[i]});
        if (seen != last_seen_.end() && now - seen->second <= timeout_) {
            return i;
        }
    }
    return std::nullopt;
}

void SessionAffinity::note(std::uint64_t client, std::uint32_t endpoint, TimePoint now) {
    last_seen_[{client, endpoint}] = now;
}

std::size_t SessionAffinity::pick(std::uint64_t client, std::span<const std::uint32_t> endpoints,
                                  TimePoint now, Random& random) {
    WAVETANK_ASSERT(!endpoints.empty());
    const auto known = bound(client, endpoints, now);
    const std::size_t picked =
        known ? *known : static_cast<std::size_t>(random.below(endpoints.size()));
    note(client, endpoints[picked], now);
    return picked;
}

}  // namespace wavetank::mesh
