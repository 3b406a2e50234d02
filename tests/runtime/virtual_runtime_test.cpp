#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(VirtualRuntime, RunsCallsInTheOrderOfTimeAndSequence) {
    VirtualRuntime runtime;
    std::vector<int> order;
    runtime.schedule(TimePoint{2ms}, [&] { order.push_back(3); });
    runtime.schedule(TimePoint{1ms}, [&] {
        order.push_back(1);
        runtime.post([&] { order.push_back(4); });
        runtime.schedule(TimePoint{0ms}, [&] { order.push_back(5); });
    });
    runtime.schedule(TimePoint{1ms}, [&] { order.push_back(2); });

    EXPECT_TRUE(runtime.run());
    EXPECT_THAT(order, ElementsAre(1, 2, 4, 5, 3));
    EXPECT_EQ(runtime.now(), TimePoint{2ms});
    EXPECT_EQ(runtime.events_run(), 5U);
}

TEST(VirtualRuntime, CancelsWhatHasNotRunAndOnlyThat) {
    VirtualRuntime runtime;
    int runs = 0;
    const TimerId kept = runtime.schedule(TimePoint{1ms}, [&] { ++runs; });
    const TimerId cancelled = runtime.schedule(TimePoint{1ms}, [&] { runs += 10; });
    const TimerId posted = runtime.post([&] { runs += 100; });

    EXPECT_TRUE(runtime.cancel(cancelled));
    EXPECT_TRUE(runtime.cancel(posted));
    EXPECT_FALSE(runtime.cancel(cancelled));
    EXPECT_FALSE(runtime.cancel(TimerId::None));
    EXPECT_EQ(runtime.pending(), 1U);

    // The slots of the cancelled calls are used again; their old names must stay dead.
    runtime.schedule(TimePoint{2ms}, [&] { runs += 1000; });
    EXPECT_FALSE(runtime.cancel(cancelled));
    EXPECT_TRUE(runtime.run());
    EXPECT_EQ(runs, 1001);
    EXPECT_FALSE(runtime.cancel(kept));
}

TEST(VirtualRuntime, RunsUntilATimeAndStandsThere) {
    VirtualRuntime runtime;
    std::vector<int> order;
    runtime.schedule(TimePoint{1s}, [&] { order.push_back(1); });
    runtime.schedule(TimePoint{2s}, [&] { order.push_back(2); });

    EXPECT_TRUE(runtime.run_until(TimePoint{1s}));
    EXPECT_THAT(order, ElementsAre(1));
    EXPECT_TRUE(runtime.run_until(TimePoint{1500ms}));
    EXPECT_EQ(runtime.now(), TimePoint{1500ms});
    EXPECT_EQ(runtime.next_time(), TimePoint{2s});
    EXPECT_TRUE(runtime.step());
    EXPECT_FALSE(runtime.step());
    EXPECT_EQ(runtime.next_time(), TimePoint::max());
}

TEST(VirtualRuntime, StopsWhenAsked) {
    VirtualRuntime runtime;
    std::stop_source stop;
    runtime.schedule(TimePoint{1s}, [&] { stop.request_stop(); });
    runtime.schedule(TimePoint{2s}, [] {});

    EXPECT_FALSE(runtime.run_until(TimePoint{3s}, stop.get_token()));
    EXPECT_EQ(runtime.now(), TimePoint{1s});
    EXPECT_EQ(runtime.pending(), 1U);
}

TEST(VirtualRuntime, TellsCivilTimeFromItsEpoch) {
    VirtualRuntime runtime;
    runtime.run_until(TimePoint{90s});

    EXPECT_EQ(to_rfc3339(runtime.wall()), "2026-01-01T00:01:30Z");
    EXPECT_EQ(runtime.time_at(default_wall_epoch + 5s), TimePoint{5s});
}

TEST(VirtualRuntime, DestroysPendingCallsThatCancelEachOther) {
    struct Canceller {
        VirtualRuntime* runtime;
        TimerId other = TimerId::None;
        ~Canceller() {
            runtime->cancel(other);
        }
    };
    VirtualRuntime runtime;
    auto first = std::make_unique<Canceller>(&runtime);
    auto second = std::make_unique<Canceller>(&runtime);
    Canceller& borrowed = *first;
    second->other = runtime.schedule(TimePoint{1s}, [held = std::move(first)] {});
    borrowed.other = runtime.schedule(TimePoint{2s}, [held = std::move(second)] {});

    EXPECT_EQ(runtime.pending(), 2U);
}

// Writes its name down when it runs.
class Note final : public Wakeup {
public:
    Note(std::string name, std::string& notes) : name_{std::move(name)}, notes_{&notes} {}

    [[nodiscard]] bool waits() const {
        return is_posted();
    }

private:
    void run() override {
        *notes_ += name_;
    }

    std::string name_;
    std::string* notes_;
};

TEST(VirtualRuntime, WakesInTurnWithWhatElseIsDue) {
    VirtualRuntime runtime;
    std::string notes;
    Note first{"1", notes};
    Note second{"3", notes};
    runtime.schedule(TimePoint{1s}, [&] {
        runtime.wake(first);
        runtime.post([&] { notes += "2"; });
        runtime.wake(second);
        runtime.post([&] { runtime.wake(first); });
        EXPECT_EQ(runtime.pending(), 6U);
    });
    runtime.schedule(TimePoint{1s}, [&] { notes += "0"; });
    runtime.schedule(TimePoint{2s}, [&] { notes += "4"; });

    EXPECT_TRUE(runtime.run_until(TimePoint{1s}));
    EXPECT_EQ(notes, "01231");
    EXPECT_EQ(runtime.events_run(), 7U);
    EXPECT_TRUE(runtime.run());
    EXPECT_EQ(notes, "012314");
}

TEST(VirtualRuntime, WakesNobodyWhoWasWithdrawn) {
    VirtualRuntime runtime;
    std::string notes;
    Note first{"1", notes};
    Note second{"2", notes};
    runtime.wake(first);
    runtime.wake(second);
    runtime.withdraw(first);
    runtime.withdraw(first);

    EXPECT_FALSE(first.waits());
    EXPECT_EQ(runtime.pending(), 1U);
    EXPECT_TRUE(runtime.run());
    EXPECT_EQ(notes, "2");
    runtime.wake(first);
    EXPECT_TRUE(runtime.step());
    EXPECT_FALSE(runtime.step());
    EXPECT_EQ(notes, "21");
}

TEST(VirtualRuntime, FindsWhoIsWithdrawnBehindManyThatHaveRun) {
    VirtualRuntime runtime;
    std::string notes;
    Note left{"left", notes};
    int runs = 0;
    for (int i = 0; i < 20'000; ++i) {
        runtime.post([&] { ++runs; });
    }
    runtime.wake(left);
    for (int i = 0; i < 15'000; ++i) {
        EXPECT_TRUE(runtime.step());
    }
    runtime.withdraw(left);

    EXPECT_TRUE(runtime.run());
    EXPECT_EQ(runs, 20'000);
    EXPECT_EQ(notes, "");
}

TEST(VirtualRuntime, KeepsItsMemorySmallWhileTwoChainsShareAMoment) {
    VirtualRuntime runtime;
    int left = 100'000;
    struct Chain {
        VirtualRuntime* runtime;
        int* left;
        void operator()() const {
            if (--*left > 0) {
                runtime->post(*this);
            }
        }
    };
    runtime.post(Chain{&runtime, &left});
    runtime.post(Chain{&runtime, &left});

    EXPECT_TRUE(runtime.run());
    EXPECT_EQ(runtime.now(), TimePoint{});
    EXPECT_EQ(runtime.events_run(), 100'001U);
}

}  // namespace
}  // namespace wavetank::runtime
