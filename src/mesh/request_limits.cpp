#include <wavetank/mesh/request_limits.hpp>

namespace wavetank::mesh {

std::optional<std::uint16_t> RequestLimits::refusal(const Headers& headers,
                                                    std::uint64_t body_bytes) const {
    constexpr std::uint64_t kibibyte = 1024;
    std::uint64_t header_bytes = 0;
    for (const auto& [name, value] : headers) {
        header_bytes += name.size() + value.size();
    }
    if (header_bytes > max_request_headers_kb * kibibyte) {
        return std::uint16_t{431};
    }
    if (max_request_bytes && body_bytes > *max_request_bytes) {
        return std::uint16_t{413};
    }
    return std::nullopt;
}

}  // namespace wavetank::mesh
