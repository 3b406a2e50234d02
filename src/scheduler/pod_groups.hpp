#pragma once

/// \file
/// Which nodes have how many pods of a group, and which groups have a label?

#include <wavetank/scheduler/snapshot.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace wavetank::scheduler {

/// A group with its pods that are not being deleted, by the number of their node: so many classes
/// of pods can be counted without a look at each pod of the cluster.
struct CountedGroup : PodGroup {
    boost::unordered_flat_map<std::uint32_t, std::int32_t> pods{};  ///< walked to be summed up
};

/// The groups of the pods of a cluster. Pods whose labels were replaced by equal ones may be in a
/// group of their own.
class PodGroups {
public:
    /// Returns the group of such pods; null if there is none yet.
    [[nodiscard]] CountedGroup* find(const api::corev1::Pod& pod,
                                     const std::shared_ptr<const PodTerms>& terms);
    /// Adds one. Requires: there is none. Lifetime: until `clear`.
    CountedGroup& add(const api::corev1::Pod& pod, const std::shared_ptr<const PodTerms>& terms);

    void clear();
    [[nodiscard]] std::size_t size() const {
        return groups_.size();
    }

    /// Calls `look` with the groups that have a label, or with all, in no order. Cost: a call each;
    /// the first time that a key is required, all are looked at.
    void for_each(const std::optional<RequiredLabel>& required,
                  const std::function<void(const CountedGroup&)>& look);

private:
    using ByValue = std::unordered_map<std::string, std::vector<const CountedGroup*>>;

    [[nodiscard]] ByValue& with_label(std::string_view key);

    std::unordered_multimap<const void*, CountedGroup> groups_;  // by identity of the labels
    std::map<std::string, ByValue, std::less<>> by_label_;  // by key, for those that were required
};

}  // namespace wavetank::scheduler
