#include <wavetank/runtime/signal.hpp>

#include <wavetank/runtime/gate.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace wavetank::runtime {
namespace {

using testing::ElementsAre;

Task<> wait(Signal* signal, std::vector<int>* woken, int name) {
    co_await signal->wait();
    woken->push_back(name);
}

TEST(Signal, WakesInTheOrderOfArrival) {
    VirtualRuntime runtime;
    Signal signal{runtime};
    std::vector<int> woken;
    Gate gate{runtime};
    for (int name = 1; name <= 3; ++name) {
        gate.spawn(wait(&signal, &woken, name));
    }
    runtime.run();

    EXPECT_TRUE(signal.notify_one());
    runtime.run();
    EXPECT_THAT(woken, ElementsAre(1));
    signal.notify_all();
    runtime.run();
    EXPECT_THAT(woken, ElementsAre(1, 2, 3));
    EXPECT_FALSE(signal.notify_one());
}

TEST(Signal, PassesOverThoseWhoAreCalledOff) {
    VirtualRuntime runtime;
    Signal signal{runtime};
    std::vector<int> woken;
    Gate hasty{runtime};
    Gate patient{runtime};
    hasty.spawn(wait(&signal, &woken, 1));
    patient.spawn(wait(&signal, &woken, 2));
    runtime.run();
    hasty.request_stop();

    EXPECT_TRUE(signal.notify_one());
    runtime.run();
    EXPECT_THAT(woken, ElementsAre(2));
    EXPECT_EQ(hasty.size(), 0U);
}

TEST(Signal, IsOutlivedByTasksThatWaitForIt) {
    VirtualRuntime runtime;
    std::vector<int> woken;
    Gate gate{runtime};
    {
        Signal signal{runtime};
        gate.spawn(wait(&signal, &woken, 1));
        runtime.run();
    }
    gate.request_stop();
    runtime.run();

    EXPECT_EQ(gate.size(), 0U);
    EXPECT_TRUE(woken.empty());
}

}  // namespace
}  // namespace wavetank::runtime
