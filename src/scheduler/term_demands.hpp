#pragma once

/// \file
/// What do placed pods take that have terms on other pods?

#include <wavetank/scheduler/node_info.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace wavetank::scheduler {

/// One demand for all pods of a spec and namespace, so that few sets of terms are compared.
class TermDemands {
public:
    /// Notes a pod with its demand, which becomes that of its likes. Demands without terms are
    /// left alone, here and in `drop`.
    void take(const PodPointer& pod, SharedDemand& demand);
    /// Requires: a pod has been taken with this demand, and not been dropped.
    void drop(const SharedDemand& demand);

    /// Returns the demands in order of their first pods' arrival.
    [[nodiscard]] std::span<const SharedDemand> demands() const {
        return demands_;
    }
    /// Counts the changes of that list.
    [[nodiscard]] std::uint64_t version() const {
        return version_;
    }

private:
    std::vector<SharedDemand> demands_;
    // For each the number of its pods and one of them, which keeps the identity of its spec from
    // being reused.
    std::vector<std::pair<PodPointer, std::size_t>> pods_;
    std::uint64_t version_ = 0;
};

}  // namespace wavetank::scheduler
