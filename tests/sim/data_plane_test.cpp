#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"
#include "support/scripted_code.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

bool same(const mesh::ServiceStats& left, const mesh::ServiceStats& right) {
    if (left.requests() != right.requests() || left.errors() != right.errors() ||
        left.window_length() != right.window_length() ||
        left.windows().size() != right.windows().size()) {
        return false;
    }
    for (std::size_t i = 0; i < left.windows().size(); ++i) {
        const auto& one = left.windows()[i];
        const auto& other = right.windows()[i];
        if (one.requests != other.requests || one.errors != other.errors ||
            !(one.latency == other.latency)) {
            return false;
        }
    }
    return true;
}

// A network of services at random, to which things happen at random: the same ones for one seed,
// however departures are found.
class RandomFleet {
public:
    RandomFleet(std::uint64_t seed, bool computes_departures)
        : random_(seed), plane_(options(seed, computes_departures)) {
        nodes_ = {plane_.add_node(2), plane_.add_node(6.5)};
        const std::uint64_t services = 1 + random_.below(4);
        for (std::uint64_t i = 0; i < services; ++i) {
            add_service();
        }
        add_loads();
    }

    void run() {
        for (int step = 0; step < 60; ++step) {
            code_.run_until(plane_, plane_.now() + 10ms * (1 + random_.below(20)));
            disturb();
        }
        code_.run_until(plane_, plane_.now() + 100ms);
    }

    [[nodiscard]] const DataPlane& plane() const {
        return plane_;
    }
    [[nodiscard]] const std::vector<ServiceId>& services() const {
        return services_;
    }
    [[nodiscard]] const std::vector<ReplicaId>& replicas() const {
        return replicas_;
    }
    [[nodiscard]] const std::vector<LoadId>& loads() const {
        return loads_;
    }
    // How many targets each load has.
    [[nodiscard]] const std::vector<std::size_t>& targets() const {
        return targets_;
    }

private:
    DataPlaneOptions options(std::uint64_t seed, bool computes_departures) {
        const std::vector<std::string> balancers{"LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"};
        DataPlaneOptions made{.random = Random{seed},
                              .computes_departures = computes_departures,
                              .checks = true,
                              .code = &code_,
                              .load_balancer = balancers[random_.below(balancers.size())]};
        if (random_.below(2) == 0) {
            made.network = some_duration();
        }
        made.has_links = random_.below(3) == 0;
        has_links_ = made.has_links;
        return made;
    }

    // Constants of whole milliseconds make for many things at one time.
    Distribution some_duration() {
        const Duration mean = 1ms * (1 + random_.below(3));
        switch (random_.below(3)) {
            case 0:
                return Distribution::constant(mean);
            case 1:
                return Distribution::exponential(mean);
            default:
                return Distribution::uniform(0ms, 2 * mean);
        }
    }

    void add_service() {
        DeclaredProgram program{.work = some_duration()};
        if (random_.below(4) == 0) {
            program.wait = some_duration();
        }
        if (random_.below(4) == 0) {
            program.error_rate = 0.1;
        }
        if (random_.below(4) == 0) {
            program.concurrency = 1 + static_cast<std::uint32_t>(random_.below(3));
        }
        if (random_.below(3) == 0) {
            program.queue_limit = static_cast<std::uint32_t>(random_.below(4));
        }
        program.is_code = random_.below(4) == 0;
        if (program.is_code && random_.below(2) == 0) {
            program.work = Distribution{};
        }
        are_code_.push_back(program.is_code);
        for (const ServiceId callee : services_) {
            if (random_.below(2) == 0) {
                program.calls.push_back(
                    {{.service = callee,
                      .probability = random_.below(2) == 0 ? 1 : 0.5,
                      .repeat = 1 + static_cast<std::uint32_t>(random_.below(2))}});
            }
        }
        services_.push_back(plane_.add_service("s" + std::to_string(services_.size())));
        programs_.push_back(plane_.add_program(std::move(program)));
        endpoints_.emplace_back();
        const std::uint64_t replicas = 1 + random_.below(4);
        for (std::uint64_t i = 0; i < replicas; ++i) {
            add_replica(services_.size() - 1);
        }
    }

    void add_replica(std::size_t service) {
        const std::string name = "r" + std::to_string(replicas_.size());
        ReplicaSize size{.cpus = 1 + static_cast<std::uint32_t>(random_.below(3)),
                         .speed = random_.below(2) == 0 ? 1 : 0.5};
        if (random_.below(4) == 0) {
            size.quota = 20ms * (1 + random_.below(8));
        }
        if (random_.below(2) == 0) {
            size.node = nodes_[random_.below(nodes_.size())];
            size.weight = 1 + static_cast<std::uint32_t>(random_.below(3));
        }
        const ReplicaId replica = plane_.add_replica(programs_[service], name, size);
        if (are_code_[service]) {
            const auto last = services_.begin() + static_cast<std::ptrdiff_t>(service);
            code_.add(plane_, replica, name, {services_.begin(), last});
        }
        replicas_.push_back(replica);
        endpoints_[service].push_back(replica);
        plane_.set_endpoints(services_[service], endpoints_[service]);
    }

    void withdraw(ReplicaId replica) {
        for (std::size_t service = 0; service < services_.size(); ++service) {
            std::erase(endpoints_[service], replica);
            plane_.set_endpoints(services_[service], endpoints_[service]);
        }
    }

    void add_loads() {
        for (const ServiceId service : services_) {
            Load load{.name = "load" + std::to_string(loads_.size()),
                      .requests_per_second = 250,
                      .arrivals = random_.below(2) == 0 ? Arrivals::Constant : Arrivals::Poisson};
            switch (random_.below(5)) {
                case 0:
                    load.users = Users{.count = 5, .think = some_duration()};
                    break;
                case 1:
                    load.requests_per_second = 100;
                    load.session =
                        Session{.requests = SessionLength::geometric(3), .think = some_duration()};
                    break;
                case 2:
                    load.bursts = {{.requests_per_second = 100, .stay = 200ms},
                                   {.requests_per_second = 1000, .stay = 50ms}};
                    break;
                default:
                    break;
            }
            std::vector<LoadTarget> targets{{.service = service}};
            if (random_.below(3) == 0) {
                targets.push_back({.service = services_.front(), .name = "other", .weight = 0.5});
            }
            loads_.push_back(plane_.add_load(targets, load));
            targets_.push_back(targets.size());
        }
    }

    void disturb() {
        const ReplicaId replica = replicas_[random_.below(replicas_.size())];
        if (has_links_) {
            set_some_link();
        }
        switch (random_.below(6)) {
            case 0:
                plane_.crash(replica);
                code_.end(replica);
                if (random_.below(2) == 0) {
                    withdraw(replica);
                }
                break;
            case 1:
                withdraw(replica);
                break;
            case 2:
                plane_.set_speed(replica, 0.25 * static_cast<double>(1 + random_.below(8)));
                break;
            default:
                add_replica(random_.below(services_.size()));
                break;
        }
    }

    void set_some_link() {
        const auto some_place = [this]() -> std::optional<NodeId> {
            const std::uint64_t place = random_.below(nodes_.size() + 1);
            return place < nodes_.size() ? std::optional{nodes_[place]} : std::nullopt;
        };
        const auto from = some_place();
        const auto to = some_place();
        Link link{.latency = some_duration()};
        link.loss = random_.below(3) == 0 ? 0.2 : 0;
        link.is_cut = random_.below(6) == 0;
        plane_.set_link(from, to, link);
    }

    Random random_;
    bool has_links_ = false;
    test::ScriptedCode code_;
    DataPlane plane_;
    std::vector<NodeId> nodes_;
    std::vector<ServiceId> services_;
    std::vector<ProgramId> programs_;                // of each service
    std::vector<bool> are_code_;                     // the same
    std::vector<std::vector<ReplicaId>> endpoints_;  // the same
    std::vector<ReplicaId> replicas_;
    std::vector<LoadId> loads_;
    std::vector<std::size_t> targets_;  // of each load, how many
};

TEST(DataPlane, FindsTheSameDeparturesWithAndWithoutEvents) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        RandomFleet computed{seed, true};
        RandomFleet by_events{seed, false};

        computed.run();
        by_events.run();

        for (std::size_t i = 0; i < computed.loads().size(); ++i) {
            for (std::size_t target = 0; target < computed.targets()[i]; ++target) {
                ASSERT_TRUE(same(computed.plane().load_stats(computed.loads()[i], target),
                                 by_events.plane().load_stats(by_events.loads()[i], target)))
                    << "seed " << seed << ", load " << i << ", target " << target;
            }
            ASSERT_EQ(computed.plane().users_active(computed.loads()[i]),
                      by_events.plane().users_active(by_events.loads()[i]));
        }
        for (std::size_t i = 0; i < computed.services().size(); ++i) {
            ASSERT_TRUE(same(computed.plane().service_stats(computed.services()[i]),
                             by_events.plane().service_stats(by_events.services()[i])))
                << "seed " << seed << ", service " << i;
        }
        for (std::size_t i = 0; i < computed.replicas().size(); ++i) {
            ASSERT_EQ(computed.plane().cpu_use(computed.replicas()[i]),
                      by_events.plane().cpu_use(by_events.replicas()[i]))
                << "seed " << seed << ", replica " << i;
        }
    }
}

// A plane with one service, and a load by the clock: a request each ten milliseconds.
class DataPlaneTest : public testing::Test {
protected:
    void serve(DeclaredProgram program) {
        service_ = plane_.add_service("web");
        replica_ = plane_.add_replica(plane_.add_program(std::move(program)), "web/0");
        plane_.set_endpoints(service_, std::array{replica_});
        load_ = plane_.add_load(service_, {.name = "load",
                                           .requests_per_second = 100,
                                           .duration = 1s,
                                           .arrivals = Arrivals::Constant});
    }

    [[nodiscard]] const mesh::ServiceStats& stats() const {
        return plane_.load_stats(load_);
    }

    DataPlane plane_{{.random = Random{1}}};
    ServiceId service_{};
    ReplicaId replica_{};
    LoadId load_{};
};

TEST_F(DataPlaneTest, CountsARequestWhenItIsAnswered) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{10ms});
    EXPECT_EQ(plane_.requests_sent(load_), 1U);
    EXPECT_EQ(plane_.requests_in_flight(load_), 1U);
    EXPECT_EQ(plane_.requests_at(replica_), 1U);

    plane_.run_until(TimePoint{14ms});
    EXPECT_EQ(plane_.requests_in_flight(load_), 0U);
    EXPECT_EQ(stats().latency().max(), 4ms);
    EXPECT_EQ(plane_.cpu_use(replica_).used, 4ms);
}

TEST_F(DataPlaneTest, AnswersWithAnErrorWhatACrashEnds) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.crash(replica_);
    plane_.run_until(TimePoint{20ms});

    EXPECT_EQ(stats().requests(), 2U);
    EXPECT_EQ(stats().errors(), 2U);  // one was cut off, one found nobody there
    EXPECT_EQ(stats().latency().max(), 2ms);
}

TEST_F(DataPlaneTest, LetsAWithdrawnReplicaFinish) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.set_endpoints(service_, {});
    plane_.run_until(TimePoint{20ms});

    EXPECT_EQ(stats().requests(), 2U);
    EXPECT_EQ(stats().errors(), 1U);
}

TEST_F(DataPlaneTest, SlowsDownWhatIsAtACpu) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.set_speed(replica_, 0.5);
    plane_.run_until(TimePoint{19ms});

    EXPECT_EQ(stats().latency().max(), 6ms);
}

TEST_F(DataPlaneTest, TakesUpWhatALongStallHasLeft) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.set_speed(replica_, 1e-7);
    plane_.run_until(TimePoint{10s});
    EXPECT_EQ(plane_.requests_at(replica_), 99U);
    plane_.set_speed(replica_, 1);
    plane_.run_until(TimePoint{11s});

    EXPECT_EQ(plane_.requests_in_flight(load_), 0U);
    // Two milliseconds were left of its four, and a microsecond was done meanwhile.
    EXPECT_EQ(stats().latency().max() / 1us, 9'991'999);
}

TEST_F(DataPlaneTest, StandsStillWhenTheQuotaIsUsedUp) {
    const ServiceId service =
        test::serve(plane_, "web", {.work = Distribution::constant(80ms)}, 1, {.quota = 50ms});
    load_ = plane_.add_load(service, {.name = "load", .users = Users{}});

    plane_.run_until(TimePoint{310ms});

    // 50 ms, a pause of 50, and 30; then 20, a pause of 50, 50, another pause, and the last 10.
    EXPECT_EQ(stats().requests(), 2U);
    EXPECT_EQ(stats().latency().max(), 180ms);
    EXPECT_EQ(plane_.cpu_use(ReplicaId{0}), (CpuUse{.used = 160ms, .throttled = 150ms}));
}

TEST_F(DataPlaneTest, UsesAQuotaUpTheSoonerTheMoreCpusItHas) {
    const ServiceId service = test::serve(plane_, "web", {.work = Distribution::constant(40ms)}, 1,
                                          {.cpus = 4, .quota = 100ms});
    load_ = plane_.add_load(service, {.name = "load", .users = Users{.count = 4}});

    plane_.run_until(TimePoint{120ms});

    // Four CPUs for 25 ms, a pause of 75, and the other 15.
    EXPECT_EQ(stats().requests(), 4U);
    EXPECT_EQ(stats().latency().max(), 115ms);
    EXPECT_EQ(plane_.cpu_use(ReplicaId{0}), (CpuUse{.used = 180ms, .throttled = 75ms}));
}

// A service on one node, and a load from outside, over a link of 1 ms each way.
class LinkTest : public testing::Test {
protected:
    LinkTest() {
        const ProgramId program = plane_.add_program({.work = Distribution::constant(2ms)});
        const ReplicaId replica = plane_.add_replica(program, "web/0", {.node = node_});
        plane_.set_endpoints(service_, std::array{replica});
        set({});
    }

    void set(Link link) {
        link.latency = Distribution::constant(1ms);
        plane_.set_link(std::nullopt, node_, link);
        plane_.set_link(node_, std::nullopt, link);
    }

    DataPlane plane_{{.has_links = true}};
    NodeId node_ = plane_.add_node(8);
    ServiceId service_ = plane_.add_service("web");
};

TEST_F(LinkTest, SendsAgainWhatACutHasSwallowed) {
    const LoadId load = plane_.add_load(service_, {.name = "load", .users = Users{}});
    plane_.run_until(TimePoint{10ms});
    set({.is_cut = true});
    plane_.run_until(TimePoint{1s});
    set({});
    plane_.run_until(TimePoint{2s});

    // What leaves at 11 ms is sent again after 200, 400 and 800 ms. Before: 0, 4 and 8 ms, of which
    // the last was at its work.
    EXPECT_EQ(plane_.load_stats(load).windows().at(0).requests, 2U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 3ms + 200ms + 400ms + 800ms + 1ms);
}

TEST_F(LinkTest, LosesItsPartOfTheMessages) {
    set({.loss = 0.1});
    const LoadId load = plane_.add_load(service_, {.name = "load",
                                                   .requests_per_second = 100,
                                                   .duration = 100s,
                                                   .arrivals = Arrivals::Constant});
    plane_.run_until(TimePoint{200s});

    const metrics::Histogram latency = plane_.load_stats(load).latency();
    EXPECT_NEAR(static_cast<double>(latency.count()), 10'000, 1);
    // Each of two messages, 1 / (1 - p) times; the pauses add up to 200 ms p / (1 - 2 p) for each.
    const double mean = static_cast<double>(latency.mean() / 1us) / 1000;
    EXPECT_NEAR(mean, 4 + 2 * 200 * 0.1 / (1 - 2 * 0.1), 5);
    EXPECT_EQ(latency.percentile(0.5) / 1ms, 4);
}

TEST_F(DataPlaneTest, DividesAFullNodeByWeight) {
    const NodeId node = plane_.add_node(2);
    const ProgramId program = plane_.add_program({.work = Distribution::constant(100ms)});
    std::vector<ReplicaId> replicas;
    for (const std::uint32_t weight : {1U, 3U, 4U}) {
        replicas.push_back(plane_.add_replica(program, "r" + std::to_string(weight),
                                              {.node = node, .weight = weight}));
        const ServiceId service = plane_.add_service("s" + std::to_string(weight));
        plane_.set_endpoints(service, std::array{replicas.back()});
        plane_.add_load(service,
                        {.name = "l" + std::to_string(weight), .users = Users{.count = 2}});
    }

    plane_.run_until(TimePoint{10s});

    // Eight parts of two CPUs: the heaviest needs but one CPU of its own, so the other one is for
    // the others, three to one.
    EXPECT_EQ(plane_.cpu_use(replicas[0]).used / 1ms, 2500);
    EXPECT_EQ(plane_.cpu_use(replicas[1]).used / 1ms, 7500);
    EXPECT_EQ(plane_.cpu_use(replicas[2]).used / 1ms, 10'000);
}

TEST_F(DataPlaneTest, KeepsAWholeRequestInHand) {
    serve({.work = Distribution::constant(1ms),
           .wait = Distribution::constant(20ms),
           .concurrency = 1,
           .queue_limit = 1});

    plane_.run_until(TimePoint{2s});

    // One request in 21 ms, where two come.
    EXPECT_NEAR(static_cast<double>(stats().errors()), 100 - 1000.0 / 21, 3);
}

TEST_F(DataPlaneTest, EndsCallsThatGoInACircle) {
    const ServiceId other = plane_.add_service("other");
    const ServiceId one = plane_.add_service("one");
    const ReplicaId first =
        plane_.add_replica(plane_.add_program({.calls = {{{.service = other}}}}), "one/0");
    const ReplicaId second =
        plane_.add_replica(plane_.add_program({.calls = {{{.service = one}}}}), "other/0");
    plane_.set_endpoints(one, std::array{first});
    plane_.set_endpoints(other, std::array{second});
    load_ = plane_.add_load(one, {.name = "load", .requests_per_second = 100});

    plane_.run_until(TimePoint{1s});

    EXPECT_GT(stats().requests(), 50U);
    EXPECT_EQ(stats().errors(), stats().requests());
    EXPECT_EQ(plane_.requests_in_flight(load_), 0U);
}

TEST_F(DataPlaneTest, LetsTimePassForUsersWhomNobodyAnswers) {
    const ServiceId nobody = plane_.add_service("nobody");
    load_ = plane_.add_load(nobody, {.name = "users", .users = Users{.count = 2}});

    plane_.run_until(TimePoint{100ms});

    EXPECT_EQ(stats().requests(), 202U);
    EXPECT_EQ(stats().errors(), 202U);
}

TEST_F(DataPlaneTest, ServesTheClassOfHigherPriorityFirst) {
    const ServiceId line = test::serve(
        plane_, "line", {.work = Distribution::constant(4ms), .discipline = Discipline::Priority});
    load_ = plane_.add_load(std::array{LoadTarget{.service = line, .name = "low"},
                                       LoadTarget{.service = line, .name = "high", .priority = 1}},
                            {.name = "mix", .times = std::vector<Duration>(20, 1ms)});

    plane_.run_until(TimePoint{1s});

    const auto& low = plane_.load_stats(load_, 0);
    const auto& high = plane_.load_stats(load_, 1);
    EXPECT_EQ(low.requests() + high.requests(), 20U);
    EXPECT_EQ(low.latency().max(), 80ms);
    // All of them, but for a low one that may have been first.
    EXPECT_LE(high.latency().max(), 4ms * (high.requests() + 1));
}

TEST_F(DataPlaneTest, LetsUsersOfASessionLeaveAfterTheirLastAnswer) {
    const ServiceId slow = test::serve(plane_, "slow", {.wait = Distribution::constant(10ms)});
    load_ = plane_.add_load(slow, {.name = "visitors",
                                   .times = {0ms, 5ms},
                                   .session = Session{.requests = SessionLength::uniform(3, 3),
                                                      .think = Distribution::constant(20ms)}});

    plane_.run_until(TimePoint{69ms});
    EXPECT_EQ(plane_.users_active(load_), 2U);
    plane_.run_until(TimePoint{70ms});
    EXPECT_EQ(plane_.users_active(load_), 1U);
    plane_.run_until(TimePoint{1s});
    EXPECT_EQ(plane_.users_active(load_), 0U);
    EXPECT_EQ(stats().requests(), 6U);
    EXPECT_EQ(stats().latency().max(), 10ms);
}

TEST_F(DataPlaneTest, LetsUsersComeOneByOneAndGoWhenTheirTimeIsUp) {
    const ServiceId service = test::serve(plane_, "quick", {});
    load_ = plane_.add_load(
        service,
        {.name = "users",
         .start = TimePoint{1s},
         .duration = 10s,
         .users = Users{.count = 4, .think = Distribution::constant(1s), .per_second = 0.5}});

    plane_.run_until(TimePoint{1min});

    // They send a second after they come (2, 4, 6 and 8 s) and each second until 11 s.
    EXPECT_EQ(stats().requests(), 10U + 8U + 6U + 4U);
    EXPECT_EQ(plane_.users_active(load_), 0U);
}

TEST_F(DataPlaneTest, FailsARequestWithItsCall) {
    const ServiceId broken =
        test::serve(plane_, "broken", {.work = Distribution::constant(1ms), .error_rate = 1});
    const ServiceId after = test::serve(plane_, "after", {});
    serve({.work = Distribution::constant(1ms),
           .calls = {{{.service = broken, .repeat = 2}}, {{.service = after}}}});

    plane_.run_until(TimePoint{2s});

    EXPECT_GT(stats().requests(), 0U);
    EXPECT_EQ(stats().errors(), stats().requests());
    EXPECT_EQ(plane_.service_stats(broken).requests(), 2 * stats().requests());
    EXPECT_EQ(plane_.service_stats(after).requests(), 0U);
    EXPECT_EQ(stats().latency().max(), 3ms);  // the two calls share one CPU
}

}  // namespace
}  // namespace wavetank::sim
