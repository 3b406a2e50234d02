#pragma once

/// \file
/// Where does this request go? Envoy's router: virtual host, route, cluster, and what becomes of
/// the request and of its answer on the way.

#include <wavetank/base/result.hpp>
#include <wavetank/mesh/route_configuration.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::mesh {

/// Header fields in their order; names may be repeated and are compared without regard to case.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A request as a router sees it.
struct RouteRequest {
    std::string method = "GET";
    std::string scheme = "http";
    std::string authority{};
    std::string path = "/";  ///< with its query
    HeaderList headers{};    ///< less what is above

    bool operator==(const RouteRequest&) const = default;
};

/// A copy of a request, for a cluster of its own.
struct MirroredRequest {
    std::string cluster{};
    RouteRequest request{};
};

/// What becomes of a request.
struct RouteDecision {
    const VirtualHost* virtual_host = nullptr;  ///< null: none has this host
    const Route* route = nullptr;               ///< null: none fits; the answer is a 404
    const ClusterWeight* cluster_weight =
        nullptr;             ///< the one that was picked, if there is a choice
    std::string cluster{};   ///< empty: it is answered here, or the header that names it is missing
    RouteRequest request{};  ///< as it goes to the cluster
    std::vector<MirroredRequest> mirrors{};

    // The answer, of one that is given here.
    std::uint32_t status = 0;  ///< 0: it is sent on
    std::string body{};
    std::string location{};
    std::string_view response_flags = "-";
    std::string_view response_code_details{};

    /// Returns what is done with it; null if it is answered here.
    [[nodiscard]] const RouteAction* action() const {
        return route == nullptr ? nullptr : std::get_if<RouteAction>(&route->action);
    }
};

/// What is done to the headers of answers that come by a route.
struct ResponseChanges {
    std::vector<HeaderMutations> levels{};  ///< in the order in which they count
    RouteRequest request{};                 ///< what %REQ()% refers to

    /// Changes the headers of an answer.
    void apply(HeaderList& headers) const;

    bool operator==(const ResponseChanges&) const = default;
};

/// A route configuration that is ready for use.
///
/// Lifetime: what decisions point to lives as long as the table, which may be moved.
class RouteTable {
public:
    /// Prepares it. Errors: `Invalid` for what Envoy refuses: a pattern that is no RE2, a domain
    /// that is there twice, weights that sum to 0.
    [[nodiscard]] static Result<RouteTable> make(RouteConfiguration configuration);

    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;
    ~RouteTable();

    /// Decides. `random` is the request's one draw: runtime fractions, the choice among clusters
    /// and mirrors all take it, each by its remainder, as in Envoy.
    [[nodiscard]] RouteDecision route(const RouteRequest& request, std::uint64_t random) const;

    /// Returns the virtual host of an authority; null if there is none.
    [[nodiscard]] const VirtualHost* virtual_host_of(std::string_view authority) const;

    /// Changes the headers of an answer, as the route says that was decided on.
    void finalize_response(const RouteDecision& decision, HeaderList& headers) const;

    /// Returns the same for later; nothing if the route changes nothing.
    [[nodiscard]] std::optional<ResponseChanges> response_changes(
        const RouteDecision& decision) const;

    [[nodiscard]] const RouteConfiguration& configuration() const;

private:
    struct State;
    explicit RouteTable(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

/// Returns what a proxy answers if the cluster of a decision does not exist. `request` is as it
/// came, for it is rewritten only after its cluster is found.
[[nodiscard]] RouteDecision cluster_not_found(RouteDecision decision, const RouteRequest& request);

/// What a connection manager does to a path before anything else.
struct PathNormalization {
    bool normalize_path = false;  ///< RFC 3986: dot segments, escapes of unreserved characters
    bool merge_slashes = false;
};

/// Returns the path to go on with; nothing if the request is answered with 400
/// (`path_normalization_failed`): it has a fragment, or climbs above the root.
[[nodiscard]] std::optional<std::string> normalized_path(std::string_view path,
                                                         const PathNormalization& options);

}  // namespace wavetank::mesh
