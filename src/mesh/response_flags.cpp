#include <wavetank/mesh/response_flags.hpp>

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace wavetank::mesh {
namespace {

// By flag.
constexpr std::string_view flag_names[] = {"DI", "FI", "RL", "NR",  "NC", "URX", "UO", "UH",
                                           "UF", "UC", "UR", "UPE", "UT", "SI",  "DC"};
static_assert(std::size(flag_names) ==
              static_cast<std::size_t>(ResponseFlag::DownstreamConnectionTermination) + 1);

}  // namespace

std::string ResponseFlags::text() const {
    std::string text;
    for (std::size_t i = 0; i < std::size(flag_names); ++i) {
        if ((bits_ >> i & 1U) != 0) {
            text += (text.empty() ? "" : ",") + std::string{flag_names[i]};
        }
    }
    return text.empty() ? "-" : text;
}

ResponseFlag flag_of(ResetReason reason) {
    switch (reason) {
        case ResetReason::ConnectionFailure:
        case ResetReason::ConnectionTimeout:
            return ResponseFlag::UpstreamConnectionFailure;
        case ResetReason::ConnectionTermination:
            return ResponseFlag::UpstreamConnectionTermination;
        case ResetReason::LocalReset:
            return ResponseFlag::UpstreamRequestTimeout;
        case ResetReason::Overflow:
            return ResponseFlag::UpstreamOverflow;
        case ResetReason::ProtocolError:
            return ResponseFlag::UpstreamProtocolError;
        case ResetReason::RemoteReset:
        case ResetReason::RemoteRefusedStreamReset:
            break;
    }
    return ResponseFlag::UpstreamRemoteReset;
}

ResponseFlags flags_of(RetryStatus decided) {
    if (decided == RetryStatus::NoRetryLimitExceeded) {
        return ResponseFlag::UpstreamRetryLimitExceeded;
    }
    return decided == RetryStatus::NoOverflow ? ResponseFlag::UpstreamOverflow : ResponseFlags{};
}

}  // namespace wavetank::mesh
