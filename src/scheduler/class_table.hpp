#pragma once

/// \file
/// Which pods are of one template, and what is held for it?

#include "scheduler/pod_class.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace wavetank::scheduler {

/// Whether the first pod of a class, which need not have a second, is worth making it.
enum class FirstPod : std::uint8_t {
    MakesClass,  ///< if all nodes are to be asked anyway, or others are likely to follow
    IsNoted,
};

/// The classes of the pods that were seen of late.
class ClassTable {
public:
    explicit ClassTable(const Profile& profile) : profile_(profile) {}

    /// Returns the class of `pod`, at the snapshot's version; null if there is none, or if its
    /// answers cannot be held.
    [[nodiscard]] PodClass* find(const api::corev1::Pod& pod, const Snapshot& snapshot,
                                 FirstPod first = FirstPod::IsNoted);

private:
    struct Entry {
        std::unique_ptr<PodClass> pod_class;
        std::uint64_t used = 0;  // number of the last search for it
    };

    [[nodiscard]] std::unique_ptr<PodClass> make_class(const api::corev1::Pod& pod,
                                                       const Snapshot& snapshot);
    void share_totals(PodClass& pod_class);
    [[nodiscard]] std::shared_ptr<const KindLayout> layout_of(PodClass& pod_class,
                                                              const Snapshot& snapshot);
    void make_room(std::size_t nodes);

    const Profile& profile_;
    std::uint64_t classes_made_ = 0;
    std::uint64_t searches_ = 0;
    std::vector<std::weak_ptr<FigureTotals>> totals_;  // of classes, where they can be shared
    // Where the nodes are when none has pods that count, by what `LaidOutAnswers` says.
    std::vector<std::pair<std::weak_ptr<const void>, std::shared_ptr<const KindLayout>>> layouts_;
    std::unordered_map<const void*, Entry>
        classes_;                                // by spec; walked for the one used longest ago
    std::unordered_set<const void*> seen_once_;  // the same; never walked
};

/// Tells whether nothing of the profile forbids to hold answers.
[[nodiscard]] bool allows_classes(const Profile& profile);

}  // namespace wavetank::scheduler
