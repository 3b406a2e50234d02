#include <wavetank/mesh/circuit_breakers.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>

namespace wavetank::mesh {

std::uint32_t Thresholds::retry_limit(std::uint32_t requests_active) const {
    if (!retry_budget) {
        return max_retries;
    }
    const auto share =
        static_cast<std::uint32_t>(retry_budget->budget_percent / 100.0 * requests_active);
    return std::max(share, retry_budget->min_retry_concurrency);
}

ResourceManager::ResourceManager(const Thresholds& thresholds) : thresholds_(thresholds) {}

bool ResourceManager::can_create(Resource resource) const {
    return count(resource) < max(resource);
}

void ResourceManager::note_retry_wanted() {
    has_used_budget_ = has_used_budget_ || has_budget(Resource::Retries);
}

void ResourceManager::increase(Resource resource) {
    ++counts_[index_of(resource)];
    note(resource);
}

void ResourceManager::decrease(Resource resource) {
    WAVETANK_ASSERT(count(resource) > 0);
    --counts_[index_of(resource)];
    note(resource);
}

// The gauge looks at the fixed limit, of retries with a budget, too.
void ResourceManager::note(Resource resource) {
    open_[index_of(resource)] = count(resource) >= fixed_max(resource);
    has_used_budget_ = has_used_budget_ || has_budget(resource);
}

std::uint64_t ResourceManager::fixed_max(Resource resource) const {
    switch (resource) {
        case Resource::Connections:
            return thresholds_.max_connections;
        case Resource::PendingRequests:
            return thresholds_.max_pending_requests;
        case Resource::Requests:
            return thresholds_.max_requests;
        case Resource::Retries:
            return thresholds_.max_retries;
        case Resource::ConnectionPools:
            break;
    }
    return thresholds_.max_connection_pools;
}

std::uint64_t ResourceManager::max(Resource resource) const {
    if (resource != Resource::Retries) {
        return fixed_max(resource);
    }
    const std::uint64_t active = count(Resource::Requests) + count(Resource::PendingRequests);
    return thresholds_.retry_limit(static_cast<std::uint32_t>(active));
}

std::uint64_t ResourceManager::remaining(Resource resource) const {
    if (!thresholds_.track_remaining || (has_budget(resource) && has_used_budget_)) {
        return 0;
    }
    const std::uint64_t most = fixed_max(resource);
    return most - std::min(most, count(resource));
}

}  // namespace wavetank::mesh
