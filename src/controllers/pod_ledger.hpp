#pragma once

/// \file
/// How many pods does each ReplicaSet have, without counting them anew?
///
/// A ReplicaSet of 5,000 pods hears of each of them several times. The ledger keeps the counts that
/// its status needs up to date with every event, so that a sync costs the same for any size. Pods
/// are listed only to be deleted, and looked at one by one only if their labels differ from those
/// of the template.

#include "controllers/owners.hpp"
#include "controllers/pods.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/store/watch.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// Counts of a ReplicaSet's pods.
struct PodCounts {
    std::int32_t active = 0;
    std::int32_t ready = 0;  ///< of the active ones
    std::int32_t terminating = 0;
    std::map<api::Time, std::int32_t> ready_times;  ///< when the ready ones became so, if they say

    /// Returns how many have been ready for `seconds` at `now`.
    [[nodiscard]] std::int32_t available(std::int32_t seconds, WallTime now) const;

    /// Returns when the next ready one will have been so for `seconds`; nothing if none will.
    [[nodiscard]] std::optional<Duration> next_available(std::int32_t seconds, WallTime now) const;

    /// Counts one pod, or takes it out again with a weight of -1.
    void count(const api::corev1::Pod& pod, std::int32_t weight);
};

/// The pods of every ReplicaSet, by the UID of their controller.
class PodLedger {
public:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const {
            return std::hash<std::string_view>{}(name);
        }
        std::size_t operator()(const PodPointer& pod) const {
            return (*this)(pod->metadata.name);
        }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const PodPointer& left, const PodPointer& right) const {
            return left->metadata.name == right->metadata.name;
        }
        bool operator()(std::string_view left, const PodPointer& right) const {
            return left == right->metadata.name;
        }
        bool operator()(const PodPointer& left, std::string_view right) const {
            return left->metadata.name == right;
        }
    };

    /// What is known of one ReplicaSet's pods.
    ///
    /// 1. `counts` covers the pods that bear exactly the template's labels, and so match the
    ///    selector and are fully labelled.
    /// 2. `odd` holds the names of the others that are not terminal.
    struct Owned {
        boost::unordered_flat_set<PodPointer, Hash, Equal> pods;
        PodCounts counts;
        std::set<std::string> odd;
        api::Shared<api::StringMap> template_labels;
    };

    /// Notes a change of a pod.
    void apply(const store::WatchEvent<api::corev1::Pod>& event);

    /// Notes the labels of a ReplicaSet's template.
    void set_template(const std::string& uid, const api::Shared<api::StringMap>& labels);

    /// Forgets a ReplicaSet that is gone, unless it has pods left.
    void forget(const std::string& uid);

    /// Returns a ReplicaSet's pods; null if there never were any.
    [[nodiscard]] const Owned* find(const std::string& uid) const;

    /// Returns the names of the pods in a namespace that nobody controls.
    [[nodiscard]] const std::set<std::string>& orphans(const std::string& in_namespace) const;

    /// Returns a ReplicaSet's pods, oldest first.
    [[nodiscard]] std::vector<PodPointer> list(const std::string& uid) const;

private:
    bool replace(const api::corev1::Pod& before, const PodPointer& pod);
    void add(const PodPointer& pod);
    void remove(const api::corev1::Pod& pod);

    boost::unordered_flat_map<std::string, std::unique_ptr<Owned>> owned_;
    std::map<std::string, std::set<std::string>> orphans_;
};

}  // namespace wavetank::controllers
