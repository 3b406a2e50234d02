#include <wavetank/mesh/policies/join_idle_queue.hpp>

namespace wavetank::mesh {

std::optional<std::size_t> JoinIdleQueue::pick(const EndpointSet& endpoints,
                                               const PickContext& /*context*/, Random& random) {
    if (endpoints.empty()) {
        return std::nullopt;
    }
    if (idle_.empty()) {
        return random.below(endpoints.size());
    }
    const std::size_t first = idle_.front();
    idle_.pop_front();
    return first;
}

void JoinIdleQueue::on_endpoints_changed(const EndpointSet& /*endpoints*/, TimePoint /*now*/,
                                         Random& /*random*/) {
    idle_.clear();
}

void JoinIdleQueue::on_idle(std::size_t index) {
    idle_.push_back(index);
}

void JoinIdleQueue::on_busy(std::size_t index) {
    std::erase(idle_, index);
}

}  // namespace wavetank::mesh
