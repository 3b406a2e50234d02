#pragma once

/// \file
/// How long may a request take, by what it says itself? As Envoy's router reads and writes it.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>

#include <optional>

namespace wavetank::mesh {

/// What the headers of a request say of its time.
struct RequestTimeout {
    /// x-envoy-upstream-rq-timeout-ms: in place of what its route says; 0: any time.
    std::optional<Duration> upstream_rq{};
    /// grpc-timeout, of gRPC: the same, but if the route has a limit, that is the most (Istio sets
    /// `max_grpc_timeout` so). 0: none is said.
    std::optional<Duration> grpc{};

    [[nodiscard]] bool any() const {
        return upstream_rq || grpc;
    }
    /// Returns what counts where the route says `timeout`; 0: any time.
    [[nodiscard]] Duration over(Duration timeout) const;
};

/// Takes what says so out of the headers of a request, as its client's proxy does; what is left of
/// its time, whoever gets it is told anew.
[[nodiscard]] RequestTimeout take_timeout(Headers& headers);

/// Tells whoever gets a request how long its client waits: x-envoy-expected-rq-timeout-ms and, if
/// it is gRPC, grpc-timeout. At least a millisecond, for 0 would be any time.
void set_expected_timeout(Headers& headers, Duration expected);

}  // namespace wavetank::mesh
