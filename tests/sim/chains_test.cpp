#include <wavetank/sim/data_plane.hpp>

#include "support/rounds.hpp"
#include "support/same_stats.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using test::same;

// Services in a row, each of which calls the next, under loads at random, to which things happen at
// random: the same ones for one seed, with every arrival and answer an event or with what is known
// of them ahead.
class RandomChains {
public:
    RandomChains(std::uint64_t seed, bool computes_departures)
        : random_(seed),
          plane_({.random = Random{seed},
                  .network = Distribution::constant(50us * (1 + random_.below(40))),
                  .computes_departures = computes_departures,
                  .checks = true}) {
        is_plain_ = random_.below(2) == 0;
        const std::uint64_t services = 1 + random_.below(5);
        for (std::uint64_t i = 0; i < services; ++i) {
            add_service();
        }
        while (random_.below(2) == 0) {
            set_policy(services_[random_.below(services)]);
        }
        add_load(services_.back());
        while (random_.below(2) == 0) {
            add_load(services_[random_.below(services)]);
        }
    }

    // Goes on for a while, long or very short, and lets something happen, or nothing.
    void step() {
        plane_.run_until(plane_.now() +
                         10us * (1 + random_.below(random_.below(3) == 0 ? 5000U : 50U)));
        const ReplicaId replica = replicas_[random_.below(replicas_.size())];
        const std::uint64_t service = random_.below(services_.size());
        switch (random_.below(is_plain_ ? 16 : 8)) {
            case 0:
                plane_.set_speed(replica, 0.25 * static_cast<double>(1 + random_.below(8)));
                break;
            case 1:
                plane_.set_error_rate(replica, random_.below(2) == 0 ? 0.1 : 0);
                break;
            case 2:
                plane_.crash(replica);
                break;
            case 3:
                add_replica(service);
                break;
            case 4:
                if (endpoints_[service].size() > 1) {
                    endpoints_[service].pop_back();
                }
                plane_.set_endpoints(services_[service], endpoints_[service]);
                break;
            case 5:
                set_policy(services_[service]);
                break;
            default:
                break;
        }
    }

    // Whether all that can be asked is the same for both; what is asked changes nothing.
    [[nodiscard]] bool is_like(const RandomChains& other, bool with_replicas) const {
        bool is_same = true;
        for (const ServiceId service : services_) {
            is_same = is_same &&
                      same(plane_.service_stats(service), other.plane_.service_stats(service)) &&
                      plane_.upstream_counters(service) == other.plane_.upstream_counters(service);
        }
        for (const LoadId load : loads_) {
            is_same =
                is_same && plane_.requests_in_flight(load) == other.plane_.requests_in_flight(load);
        }
        for (std::size_t i = 0; i < replicas_.size() && with_replicas; ++i) {
            const ReplicaId replica = replicas_[i];
            is_same = is_same && plane_.requests_at(replica) == other.plane_.requests_at(replica) &&
                      plane_.requests_taken(replica) == other.plane_.requests_taken(replica) &&
                      plane_.cpu_use(replica) == other.plane_.cpu_use(replica);
        }
        return is_same;
    }

private:
    // Whole milliseconds, which are also the time between requests, make for many things at once.
    Distribution some_work() {
        switch (random_.below(4)) {
            case 0:
                return Distribution::constant(1ms * random_.below(3));
            case 1:
                return Distribution::uniform(1us, 2ms);
            default:
                return Distribution::exponential(1ms);
        }
    }

    void add_service() {
        DeclaredProgram program{.work = some_work()};
        if (!services_.empty()) {
            program.calls = {{{.service = services_.back()}}};
        }
        if (!is_plain_ && random_.below(6) == 0) {
            program.queue_limit = 3;
        }
        services_.push_back(plane_.add_service("s" + std::to_string(services_.size())));
        programs_.push_back(plane_.add_program(std::move(program)));
        endpoints_.emplace_back();
        for (std::uint64_t i = 0, replicas = 1 + random_.below(8); i < replicas; ++i) {
            add_replica(services_.size() - 1);
        }
    }

    void add_replica(std::size_t service) {
        const bool is_other = !is_plain_ && random_.below(8) == 0;
        replicas_.push_back(
            plane_.add_replica(programs_[service], "r" + std::to_string(replicas_.size()),
                               {.cpus = is_other ? 2U : 1U, .speed = is_other ? 0.5 : 1}));
        endpoints_[service].push_back(replicas_.back());
        plane_.set_endpoints(services_[service], endpoints_[service]);
    }

    void add_load(ServiceId service) {
        const bool is_even = random_.below(3) == 0;
        loads_.push_back(plane_.add_load(
            service, {.name = "load" + std::to_string(loads_.size()),
                      .requests_per_second =
                          is_even ? 1000 : 300.0 * static_cast<double>(1 + random_.below(8)),
                      .arrivals = is_even ? Arrivals::Constant : Arrivals::Poisson}));
    }

    void set_policy(ServiceId service) {
        if (random_.below(2) == 0) {
            plane_.set_route_policy(service, std::nullopt);
            return;
        }
        mesh::RoutePolicy policy{.timeout = 1ms * random_.below(15),
                                 .retry_policy = {.retry_on = "5xx"}};
        if (random_.below(2) == 0) {
            policy.retry_policy.per_try_timeout = 1ms * (1 + random_.below(10));
        }
        if (random_.below(2) == 0) {
            policy.thresholds.max_requests = static_cast<std::uint32_t>(random_.below(12));
        }
        if (random_.below(3) == 0) {
            policy.thresholds.retry_budget = mesh::RetryBudget{};
        }
        plane_.set_route_policy(service, policy);
    }

    Random random_;
    DataPlane plane_;
    bool is_plain_ = false;
    std::vector<ServiceId> services_;
    std::vector<ProgramId> programs_;                // of each service
    std::vector<std::vector<ReplicaId>> endpoints_;  // the same
    std::vector<ReplicaId> replicas_;
    std::vector<LoadId> loads_;
};

TEST(RandomChains, TellTheSameAsEvents) {
    for (std::uint64_t seed = 0; seed < test::rounds(300); ++seed) {
        RandomChains chains{seed, true};
        RandomChains events{seed, false};

        for (int step = 0; step < 40; ++step) {
            chains.step();
            events.step();
            // To ask replicas is something that happens, too: not each time.
            ASSERT_TRUE(chains.is_like(events, step % 8 == 7))
                << "seed " << seed << ", step " << step;
        }
    }
}

// A request takes 1 ms there, 1 ms of work, 1 ms there, 2 ms of work, and 1 ms back twice.
TEST(Chains, AnswerInTimeAndNoSooner) {
    for (const bool computes_departures : {true, false}) {
        DataPlane plane{{.random = Random{1},
                         .network = Distribution::constant(1ms),
                         .computes_departures = computes_departures}};
        const ServiceId back = plane.add_service("back");
        const ServiceId front = plane.add_service("front");
        const ProgramId leaf = plane.add_program({.work = Distribution::constant(2ms)});
        const ProgramId caller = plane.add_program(
            {.work = Distribution::constant(1ms), .calls = {{{.service = back}}}});
        plane.set_endpoints(back, std::vector{plane.add_replica(leaf, "back")});
        plane.set_endpoints(front, std::vector{plane.add_replica(caller, "front")});
        const LoadId load = plane.add_load(
            front, {.name = "load", .requests_per_second = 100, .arrivals = Arrivals::Constant});
        plane.run_until(TimePoint{15ms});  // after the first, before the second
        ASSERT_EQ(plane.requests_sent(load), 1U);
        const auto answered = [&](ServiceId service, TimePoint time) {
            plane.run_until(time);
            return plane.service_stats(service).requests();
        };

        plane.run_until(TimePoint{20ms});
        const auto before = plane.service_stats(back).requests();
        EXPECT_EQ(answered(back, TimePoint{26ms - 1ns}), before);
        EXPECT_EQ(answered(back, TimePoint{26ms}), before + 1);
        EXPECT_EQ(answered(front, TimePoint{27ms - 1ns}), 1U);
        EXPECT_EQ(answered(front, TimePoint{27ms}), 2U);
        EXPECT_EQ(plane.load_stats(load, 0).latency().max(), 7ms);
    }
}

}  // namespace
}  // namespace wavetank::sim
