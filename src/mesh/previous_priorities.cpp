#include <wavetank/mesh/previous_priorities.hpp>

namespace wavetank::mesh {

PriorityLoad PreviousPriorities::load_of(std::span<const Host> hosts,
                                         std::span<const HostSet> host_sets,
                                         const PriorityLoad& original) {
    if (attempted_.size() < update_frequency_) {
        return original;
    }
    if (attempted_.size() % update_frequency_ == 0) {
        excluded_.resize(host_sets.size(), false);
        for (const std::uint32_t priority : attempted_) {
            if (priority < excluded_.size()) {
                excluded_[priority] = true;
            }
        }
        auto load = priority_load_without(hosts, host_sets, excluded_);
        if (!load) {
            excluded_.assign(host_sets.size(), false);
            attempted_.clear();
            load = priority_load_without(hosts, host_sets, excluded_);
        }
        if (!load) {
            return original;
        }
        load_ = *load;
        load_.in_panic = original.in_panic;
    }
    return load_;
}

}  // namespace wavetank::mesh
