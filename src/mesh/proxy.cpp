#include <wavetank/mesh/proxy.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::mesh {

// A cluster as this client sees it. `requests_active[i]` belongs to `endpoints[i]`, which is the
// cluster's list at `version`.
struct Proxy::Target {
    const Cluster* cluster = nullptr;
    ServiceStats* stats = nullptr;
    std::unique_ptr<LoadBalancer> balancer;
    std::vector<Endpoint> endpoints;
    std::vector<std::uint32_t> requests_active;
    std::uint64_t version = 0;

    // Takes over a changed list; endpoints that stay keep their requests in flight.
    void update() {
        if (version == cluster->version) {
            return;
        }
        std::vector<std::uint32_t> counts(cluster->endpoints.size(), 0);
        for (std::size_t index = 0; index < counts.size(); ++index) {
            const auto known = find(cluster->endpoints[index]);
            if (known != endpoints.end()) {
                counts[index] =
                    requests_active[static_cast<std::size_t>(known - endpoints.begin())];
            }
        }
        endpoints = cluster->endpoints;
        requests_active = std::move(counts);
        version = cluster->version;
        balancer->on_endpoints_changed(EndpointSet{requests_active});
    }

    [[nodiscard]] std::vector<Endpoint>::const_iterator find(const Endpoint& endpoint) const {
        return std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& candidate) {
            return candidate.pod == endpoint.pod && candidate.address == endpoint.address &&
                   candidate.port == endpoint.port;
        });
    }

    // Notes that a request to `endpoint` ended; nothing if the endpoint has gone meanwhile.
    void release(const Endpoint& endpoint) {
        const auto found = find(endpoint);
        if (found == endpoints.end()) {
            return;
        }
        auto& active = requests_active[static_cast<std::size_t>(found - endpoints.begin())];
        active -= active > 0 ? 1 : 0;
    }
};

Proxy::Proxy(MeshContext& context, std::string in_namespace, Random random)
    : context_(context), namespace_(std::move(in_namespace)), random_(random) {}

Proxy::~Proxy() = default;

Proxy::Target* Proxy::find_target(const std::string& url, std::string& path) {
    const Authority authority = parse_authority(url, path);
    const std::string name = authority.host + ":" + std::to_string(authority.port);
    const auto known = targets_.find(name);
    if (known != targets_.end()) {
        static_cast<void>(context_.directory.resolve(authority, namespace_));
        return known->second.get();
    }
    const Cluster* cluster = context_.directory.resolve(authority, namespace_);
    if (cluster == nullptr) {
        return nullptr;
    }
    auto target = std::make_unique<Target>();
    target->cluster = cluster;
    target->stats = &context_.stats.of(cluster->name);
    target->balancer = context_.balancers.make(context_.policy);
    WAVETANK_ASSERT(target->balancer != nullptr);
    return (targets_[name] = std::move(target)).get();
}

Task<Response> Proxy::call(std::string url, Request request) {
    Target* target = find_target(url, request.path);
    if (target == nullptr) {
        co_return Response::error(503, "no such service: " + url);
    }
    target->update();
    const TimePoint start = context_.executor.clock().now();
    const auto picked = target->balancer->pick(EndpointSet{target->requests_active}, {}, random_);
    if (!picked) {
        target->stats->record(start, 503, Duration::zero());
        co_return Response::error(503, "no healthy upstream");
    }
    ++target->requests_active[*picked];
    const Endpoint endpoint = target->endpoints[*picked];

    runtime::Future<Response> answer{context_.executor};
    context_.transport.send(endpoint, std::move(request), answer.promise());
    Response response = co_await answer;

    target->release(endpoint);
    const TimePoint end = context_.executor.clock().now();
    target->stats->record(end, response.status, end - start);
    co_return response;
}

}  // namespace wavetank::mesh
