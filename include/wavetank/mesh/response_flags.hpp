#pragma once

/// \file
/// Why was an answer not simply that of a server? Envoy's %RESPONSE_FLAGS%.

#include <wavetank/mesh/retry_policy.hpp>

#include <compare>
#include <cstdint>
#include <string>

namespace wavetank::mesh {

/// One of them; listed in the order in which Envoy comes to set them, and so writes them.
enum class ResponseFlag : std::uint8_t {
    DelayInjected,                    ///< DI
    FaultInjected,                    ///< FI
    RateLimited,                      ///< RL
    NoRouteFound,                     ///< NR
    NoClusterFound,                   ///< NC
    UpstreamRetryLimitExceeded,       ///< URX
    UpstreamOverflow,                 ///< UO
    NoHealthyUpstream,                ///< UH
    UpstreamConnectionFailure,        ///< UF
    UpstreamConnectionTermination,    ///< UC
    UpstreamRemoteReset,              ///< UR
    UpstreamProtocolError,            ///< UPE
    UpstreamRequestTimeout,           ///< UT
    StreamIdleTimeout,                ///< SI
    DownstreamConnectionTermination,  ///< DC
};

/// Those of one answer.
class ResponseFlags {
public:
    constexpr ResponseFlags() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): one of them is a set of them
    constexpr ResponseFlags(ResponseFlag flag)
        : bits_(static_cast<std::uint16_t>(1U << static_cast<unsigned>(flag))) {}

    constexpr ResponseFlags& operator|=(ResponseFlags others) {
        bits_ = static_cast<std::uint16_t>(bits_ | others.bits_);
        return *this;
    }
    [[nodiscard]] constexpr bool any() const {
        return bits_ != 0;
    }

    /// Returns them as an access log has them: "URX,UF"; "-" if there are none.
    [[nodiscard]] std::string text() const;

    constexpr auto operator<=>(const ResponseFlags&) const = default;

private:
    std::uint16_t bits_ = 0;
};

/// Returns the flag of a request that ends with an attempt that was reset. That the proxy itself
/// resets one means that its time is up.
[[nodiscard]] ResponseFlag flag_of(ResetReason reason);

/// Returns the flags of what was decided about another attempt.
[[nodiscard]] ResponseFlags flags_of(RetryStatus decided);

}  // namespace wavetank::mesh
