#include <wavetank/mesh/policies/ipvs_persistence.hpp>

#include <algorithm>
#include <chrono>

namespace wavetank::mesh {
namespace {

// For how long a template stays that controls connections still.
constexpr Duration expire_later = std::chrono::seconds{60};

// For how long IPVS remembers a TCP connection that has ended.
constexpr Duration time_wait = std::chrono::seconds{120};

}  // namespace

bool IpvsPersistence::has_expired(Template& bound, TimePoint now) {
    while (bound.due <= now) {
        const bool has_connections =
            bound.open > 0 || (bound.last_closed && *bound.last_closed + time_wait > bound.due);
        if (!has_connections) {
            return true;
        }
        bound.timeout = expire_later;
        bound.due += expire_later;
    }
    return false;
}

std::optional<std::size_t> IpvsPersistence::bound(std::uint64_t client,
                                                  std::span<const std::uint32_t> endpoints,
                                                  TimePoint now) {
    const auto found = templates_.find(client);
    if (found == templates_.end()) {
        return std::nullopt;
    }
    const auto place = std::ranges::find(endpoints, found->second.endpoint);
    if (place == endpoints.end() || has_expired(found->second, now)) {
        templates_.erase(found);
        return std::nullopt;
    }
    return static_cast<std::size_t>(place - endpoints.begin());
}

void IpvsPersistence::opened(std::uint64_t client, std::uint32_t endpoint, TimePoint now) {
    const auto [place, is_new] =
        templates_.try_emplace(client, Template{.endpoint = endpoint, .timeout = timeout_});
    Template& bound = place->second;
    bound.due = now + bound.timeout;
    ++bound.open;
}

void IpvsPersistence::closed(std::uint64_t client, std::uint32_t endpoint, TimePoint now) {
    const auto found = templates_.find(client);
    if (found == templates_.end() || found->second.endpoint != endpoint ||
        found->second.open == 0) {
        return;
    }
    --found->second.open;
    found->second.last_closed = std::max(found->second.last_closed.value_or(now), now);
}

}  // namespace wavetank::mesh
