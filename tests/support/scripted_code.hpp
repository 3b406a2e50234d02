#pragma once

/// \file
/// Code for a data plane, without coroutines.

#include <wavetank/sim/data_plane.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace wavetank::test {

/// Programs each of whose requests computes, then perhaps calls a service, then answers: how long,
/// whether and with what goes by the request's own draws.
class ScriptedCode final : public sim::CodeHost {
public:
    /// Makes a replica code. `callees`: the services that it may call.
    void add(sim::DataPlane& plane, sim::ReplicaId replica, const std::string& name,
             std::vector<sim::ServiceId> callees) {
        programs_[replica] = {.caller = plane.add_caller(replica, name),
                              .callees = std::move(callees)};
    }

    /// Forgets a replica that has crashed.
    void end(sim::ReplicaId replica) {
        programs_.erase(replica);
    }

    void serve(const sim::CodeRequest& request) override {
        ready_.push_back(static_cast<std::uint32_t>(taken_.size()));
        taken_.push_back({.request = request, .random = CounterRandom{request.draws}});
    }

    void done(std::uint32_t message, std::uint16_t status) override {
        taken_[message].status = status;
        ready_.push_back(message);
    }

    /// Lets everything happen up to and including `time`, here and there.
    void run_until(sim::DataPlane& plane, TimePoint time) {
        for (;;) {
            plane.run_until(std::min(std::max(plane.next_time(), plane.now()), time));
            while (!ready_.empty()) {
                const std::vector<std::uint32_t> ready = std::exchange(ready_, {});
                for (const std::uint32_t number : ready) {
                    go_on(plane, number);
                }
            }
            if (plane.now() == time && plane.next_time() > time) {
                return;
            }
        }
    }

private:
    struct Program {
        sim::CallerId caller{};
        std::vector<sim::ServiceId> callees;
    };
    struct Taken {
        sim::CodeRequest request;
        CounterRandom random;
        std::uint16_t status = 200;
        int step = 0;
    };

    void go_on(sim::DataPlane& plane, std::uint32_t number) {
        Taken& taken = taken_[number];
        const auto program = programs_.find(taken.request.replica);
        if (program == programs_.end()) {
            return;
        }
        DrawKey draws = taken.request.draws;
        draws.call_site = static_cast<std::uint32_t>(mix_bits(
            (std::uint64_t{draws.call_site} << 8) + 1U + static_cast<std::uint64_t>(taken.step)));
        switch (taken.step++) {
            case 0: {
                const Duration work = std::chrono::microseconds{500 * taken.random.below(5)};
                if (work > Duration::zero()) {
                    plane.compute(taken.request.replica, work, draws, number);
                    return;
                }
                ++taken.step;
                [[fallthrough]];
            }
            case 1: {
                const auto& callees = program->second.callees;
                if (const auto choice = taken.random.below(callees.size() + 1);
                    choice < callees.size()) {
                    taken.step = 2;
                    plane.call(program->second.caller, callees[choice], draws, number);
                    return;
                }
                [[fallthrough]];
            }
            default:
                plane.answer(taken.request.id, taken.status);
        }
    }

    std::map<sim::ReplicaId, Program> programs_;
    std::vector<Taken> taken_;
    std::vector<std::uint32_t> ready_;
};

}  // namespace wavetank::test
