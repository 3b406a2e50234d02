#pragma once

/// \file
/// Which addresses stand behind a service's port right now?

#include <wavetank/mesh/kube_proxy.hpp>
#include <wavetank/store/key.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::mesh {

/// One address that may take requests.
struct Endpoint {
    std::string address;  ///< the pod's IP
    std::int32_t port = 0;
    store::Key pod;
    std::string node;
    std::string zone;

    bool operator==(const Endpoint&) const = default;
};

/// All usable endpoints of one port of one Service (Envoy's cluster). `endpoints` are ordered by
/// address; whoever holds per-endpoint state compares `version` to see that they changed.
struct Cluster {
    std::string name;  ///< "default/random-number-service-svc:80"
    store::Key service;
    std::int32_t port = 0;  ///< the Service's port
    std::vector<Endpoint> endpoints;
    std::vector<Endpoint> unready;  ///< listed, but for no request now; the same order
    /// All that are listed, in the same order, if the directory keeps them.
    std::vector<ListedEndpoint> listed;
    std::uint64_t version = 0;
};

}  // namespace wavetank::mesh
