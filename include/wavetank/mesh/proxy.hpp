#pragma once

/// \file
/// The way out of a client: which endpoint takes a call, and what became of it.

#include <wavetank/base/random.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/mesh/transport.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/task.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::mesh {

/// What all proxies of one mesh have in common. Lifetime: outlives its proxies.
struct MeshContext {
    runtime::Executor& executor;
    ServiceDirectory& directory;
    Transport& transport;
    StatsRegistry& stats;
    const BalancerRegistry& balancers;
    std::string policy = "LEAST_REQUEST";  ///< for all clusters
};

/// Sends the requests of one client, as its sidecar would.
///
/// A balancer's view is its own: it counts only the requests that this proxy has in flight.
/// Determinism: picks draw from `random` alone.
class Proxy {
public:
    /// Requires: `context.policy` is known to `context.balancers`.
    Proxy(MeshContext& context, std::string in_namespace, Random random);
    ~Proxy();
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

    /// Sends `request` to the service that `url` names; the path of the URL replaces the
    /// request's. An unknown host or a service without endpoints is answered with 503.
    [[nodiscard]] Task<Response> call(std::string url, Request request);

private:
    struct Target;

    Target* find_target(const std::string& url, std::string& path);

    MeshContext& context_;
    std::string namespace_;
    Random random_;
    std::map<std::string, std::unique_ptr<Target>, std::less<>> targets_;
};

}  // namespace wavetank::mesh
