#pragma once

/// \file
/// Which node should this pod run on? The decision itself, apart from queue, cache and binding.

#include <wavetank/base/random.hpp>
#include <wavetank/scheduler/decision.hpp>
#include <wavetank/scheduler/profile.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace wavetank::scheduler {

class ClassTable;
class PodClass;
struct ClassChoice;
struct SearchRange;

/// Which of several best nodes is taken. Upstream's choice depends on the order in which its
/// threads finish; every node with the highest score is right.
enum class TieBreak : std::uint8_t {
    Random,  ///< any, with equal chances
    First,   ///< the one that was looked at first
    Name,    ///< the smallest name
};

/// Whether answers for one pod serve the others of its template.
enum class FastPath : std::uint8_t { On, Off };

struct AlgorithmOptions {
    /// How many of the nodes must be found feasible before the search ends; 0: the adaptive rule of
    /// kube-scheduler. A percentage of the profile goes first.
    std::int32_t percentage_of_nodes_to_score = 0;
    TieBreak tie_break = TieBreak::Random;
    FastPath fast_path = FastPath::On;
    bool keep_scores = false;  ///< in the decision; turns the fast path off
};

/// Returns how many feasible nodes end the search among `nodes`. Of fewer than 100 nodes it is all;
/// of more, the percentage, where 0 stands for 50 - nodes/125 but no less than 5; never below 100.
[[nodiscard]] std::size_t feasible_nodes_wanted(std::size_t nodes, std::int32_t percentage);

/// Makes kube-scheduler's decision (`schedulePod`), one pod at a time.
///
/// Determinism: of the randomness only ties use some, and each at most one draw. Nodes are looked
/// at one after the other, as upstream's with parallelism 1.
/// Lifetime: `profile` must outlive it.
class Algorithm {
public:
    Algorithm(const Profile& profile, Random random, AlgorithmOptions options = {});
    ~Algorithm();
    Algorithm(const Algorithm&) = delete;
    Algorithm& operator=(const Algorithm&) = delete;

    /// Chooses a node for `pod`, which is not in `snapshot`. Without PostFilter: see `post_filter`.
    [[nodiscard]] Decision schedule(const api::corev1::Pod& pod, const Snapshot& snapshot);

    /// Asks the PostFilter plugins to make room for a pod that no node could take, and notes in the
    /// diagnosis what they say. Without such plugins the pod's nomination is withdrawn.
    /// Requires: `decision` is that of `schedule` for this pod and snapshot, and a rejection.
    [[nodiscard]] PostFilterAnswer post_filter(Decision& decision, const api::corev1::Pod& pod,
                                               const Snapshot& snapshot) const;

    /// Returns where in the order of nodes the next search starts.
    [[nodiscard]] std::size_t next_start() const {
        return next_start_;
    }
    /// Lets the next search start elsewhere: all profiles of a scheduler go round together.
    void set_next_start(std::size_t start) {
        next_start_ = start;
    }

private:
    struct Search;

    [[nodiscard]] bool choose_by_class(Search& search);
    void choose_by_plugins(Search& search);
    void reject_by_class(Search& search, PodClass& pod_class, std::size_t start);
    [[nodiscard]] Status run_pre_filter(Search& search) const;
    [[nodiscard]] Status find_feasible(Search& search,
                                       std::span<const NodeInfo* const> nodes) const;
    [[nodiscard]] bool try_nominated_node(Search& search) const;
    static void note_nominated_node(Search& search);
    [[nodiscard]] Status search_all(Search& search);
    [[nodiscard]] Status choose(Search& search);
    // `node_at(i)` is the node of `totals[i]`.
    template <class NodeAt>
    [[nodiscard]] std::size_t pick(std::span<const std::int64_t> totals, NodeAt node_at);
    [[nodiscard]] std::size_t pick_by_class(std::span<const NodeInfo* const> nodes,
                                            const PodClass& pod_class, const SearchRange& range,
                                            const ClassChoice& choice);

    const Profile& profile_;
    Random random_;
    AlgorithmOptions options_;
    std::unique_ptr<ClassTable> classes_;  // null: the fast path is off
    std::size_t next_start_ = 0;
};

}  // namespace wavetank::scheduler
