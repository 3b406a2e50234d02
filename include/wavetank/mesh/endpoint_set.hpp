#pragma once

/// \file
/// The endpoints that a balancer chooses from, as one client sees them.

#include <wavetank/base/assert.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace wavetank::mesh {

/// A view of the usable endpoints of a cluster: indices with facts about each.
/// Lifetime: borrows the client's own counters.
class EndpointSet {
public:
    /// `requests_active[i]` are this client's requests in flight at endpoint i.
    explicit EndpointSet(std::span<const std::uint32_t> requests_active)
        : requests_active_(requests_active) {}

    [[nodiscard]] std::size_t size() const {
        return requests_active_.size();
    }
    [[nodiscard]] bool empty() const {
        return requests_active_.empty();
    }
    /// Requires: index < size().
    [[nodiscard]] std::uint32_t requests_active(std::size_t index) const {
        WAVETANK_ASSERT(index < requests_active_.size());
        return requests_active_[index];
    }

private:
    std::span<const std::uint32_t> requests_active_;
};

}  // namespace wavetank::mesh
