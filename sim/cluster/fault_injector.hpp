#pragma once

/// \file
/// Lets things go wrong when they are planned to, and tells when they are well again.

#include "sim/cluster/cluster.hpp"
#include "sim/cluster/plan.hpp"
#include "sim/report/recorder.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/runtime/executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace wavetank::sim {

/// The faults of one run.
///
/// Determinism: each draws from a stream of its own name.
class FaultInjector {
public:
    /// Lifetime: the references outlive it.
    FaultInjector(runtime::Executor& executor, Cluster& cluster, Recorder& recorder,
                  const Random& random);

    void plan(const PlannedFault& fault);

private:
    struct Fault {
        PlannedFault planned;
        Random random;
        bool found_nobody = false;  // once at least, and said so
    };

    /// What a node's trouble has befallen.
    struct StruckNode {
        std::string node;
        std::vector<store::Key> pods;
    };

    void begin(Fault& fault);
    void begin_on_nodes(Fault& fault);
    void strike_all(Fault& fault, const std::vector<store::Key>& nodes,
                    std::optional<Duration> duration);
    void end_on_nodes(const Fault& fault, const std::vector<StruckNode>& struck);
    [[nodiscard]] StruckNode strike(const std::string& node, NodeTrouble trouble);
    void end(const Fault& fault, const std::vector<store::Key>& pods);
    void befall(const PlannedFault& fault, const store::Key& pod);
    void leave(const PlannedFault& fault, const store::Key& pod);
    void watch_recovery(const std::string& name, std::vector<store::Key> pods, TimePoint since);
    [[nodiscard]] std::vector<store::Key> choose(Fault& fault) const;
    [[nodiscard]] std::vector<store::Key> choose_nodes(Fault& fault) const;
    static void choose_some(Fault& fault, std::vector<store::Key>& all);

    runtime::Executor& executor_;
    Cluster& cluster_;
    Recorder& recorder_;
    Random random_;
    std::vector<std::unique_ptr<Fault>> faults_;
};

}  // namespace wavetank::sim
