#include "sim/cluster/network_rules.hpp"

#include <wavetank/api/selector.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

// Services of no work, one on each of several nodes of two zones, asked from outside.
class NetworkRulesTest : public testing::Test {
protected:
    NetworkRulesTest() {
        const ProgramId program = plane_.add_program({});
        for (const char* name : {"a1", "a2", "b1"}) {
            const NodeId node = plane_.add_node(8);
            rules_.add_node(plane_, node,
                            {{"kubernetes.io/hostname", name},
                             {"topology.kubernetes.io/zone", std::string{name, 1}}});
            const ServiceId service = plane_.add_service(name);
            plane_.set_endpoints(service,
                                 std::array{plane_.add_replica(program, name, {.node = node})});
            services_.push_back(service);
        }
    }

    // Milliseconds until a request to each node is answered.
    std::vector<std::int64_t> ways() {
        std::vector<std::int64_t> all;
        for (const ServiceId service : services_) {
            const LoadId load =
                plane_.add_load(service, {.name = "load-" + std::to_string(loads_++),
                                          .requests_per_second = 1,
                                          .start = plane_.now(),
                                          .duration = 1s,
                                          .arrivals = Arrivals::Constant});
            plane_.run_until(plane_.now() + 10s);
            all.push_back(plane_.load_stats(load).latency().max() / 1ms);
        }
        return all;
    }

    static PlannedLink link_to(const std::string& label, const std::string& value) {
        PlannedLink link{.delay = Distribution::constant(50ms)};
        link.to = api::Selector::parse(label + "=" + value).value();
        return link;
    }

    DataPlane plane_{{.has_links = true}};
    NetworkRules rules_{{}, Distribution::constant(1ms)};
    std::vector<ServiceId> services_;
    int loads_ = 0;
};

TEST_F(NetworkRulesTest, TellNodesApartAsLongAsSomethingIsWrong) {
    const std::vector<std::int64_t> well{2, 2, 2};
    EXPECT_EQ(ways(), well);

    const PlannedLink zone = link_to("topology.kubernetes.io/zone", "a");
    rules_.begin(plane_, zone);
    EXPECT_EQ(ways(), (std::vector<std::int64_t>{102, 102, 2}));

    const PlannedLink node = link_to("kubernetes.io/hostname", "b1");
    rules_.begin(plane_, node);
    rules_.end(plane_, zone);
    EXPECT_EQ(ways(), (std::vector<std::int64_t>{2, 2, 102}));

    rules_.end(plane_, node);
    EXPECT_EQ(ways(), well);
}

}  // namespace
}  // namespace wavetank::sim
