#include <wavetank/runtime/timing_wheel.hpp>

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;

TEST(TimingWheel, ExpiresInTheOrderOfTimeAndArming) {
    TimingWheel wheel;
    wheel.arm(TimePoint{2s}, 3);
    wheel.arm(TimePoint{1s}, 1);
    wheel.arm(TimePoint{1s}, 2);

    EXPECT_EQ(wheel.next_time(), TimePoint{1s});
    EXPECT_EQ(wheel.expire(TimePoint{999'999'999ns}), std::nullopt);
    EXPECT_EQ(wheel.expire(TimePoint{5s}), (Expiry{TimePoint{1s}, 1}));
    EXPECT_EQ(wheel.expire(TimePoint{5s}), (Expiry{TimePoint{1s}, 2}));
    EXPECT_EQ(wheel.expire(TimePoint{5s}), (Expiry{TimePoint{2s}, 3}));
    EXPECT_EQ(wheel.expire(TimePoint::max()), std::nullopt);
    EXPECT_EQ(wheel.next_time(), std::nullopt);
}

TEST(TimingWheel, ForgetsWhatIsCancelledEvenIfItIsDue) {
    TimingWheel wheel;
    const WheelTimer due = wheel.arm(TimePoint{10ns}, 1);
    const WheelTimer later = wheel.arm(TimePoint{1h}, 2);
    wheel.arm(TimePoint{20ns}, 3);
    wheel.cancel(due);
    wheel.cancel(later);
    wheel.arm(TimePoint{15ns}, 4);  // takes the place of one of them

    EXPECT_EQ(wheel.size(), 2U);
    EXPECT_EQ(wheel.expire(TimePoint{1min}), (Expiry{TimePoint{15ns}, 4}));
    EXPECT_EQ(wheel.expire(TimePoint{1min}), (Expiry{TimePoint{20ns}, 3}));
    EXPECT_EQ(wheel.expire(TimePoint::max()), std::nullopt);
}

TEST(TimingWheel, ReachesTheEndOfTime) {
    TimingWheel wheel;
    wheel.arm(TimePoint::max(), 1);

    EXPECT_EQ(wheel.expire(TimePoint{24h}), std::nullopt);
    EXPECT_EQ(wheel.next_time(), TimePoint::max());
    EXPECT_EQ(wheel.expire(TimePoint::max()), (Expiry{TimePoint::max(), 1}));
}

// Arms, cancels and expires at random beside an ordered map, over delays of 1 ns to 12 days.
TEST(TimingWheel, AgreesWithAnOrderedMap) {
    Random random{4};
    TimingWheel wheel;
    std::map<std::pair<TimePoint, std::uint64_t>, WheelTimer> model;
    std::vector<std::pair<TimePoint, std::uint64_t>> armed;
    TimePoint now{};
    std::uint64_t payload = 0;
    for (int step = 0; step < 50'000; ++step) {
        const auto delay = Duration{static_cast<Duration::rep>(random.next() >> 14)} /  // 2^50 ns
                           (Duration::rep{1} << random.below(50));
        switch (random.below(4)) {
            case 0:
            case 1: {
                const auto entry = std::pair{now + delay, ++payload};
                model.emplace(entry, wheel.arm(entry.first, entry.second));
                armed.push_back(entry);
                break;
            }
            case 2: {
                const auto found =
                    armed.empty() ? model.end() : model.find(armed[random.below(armed.size())]);
                if (found != model.end()) {
                    wheel.cancel(found->second);
                    model.erase(found);
                }
                break;
            }
            default: {
                now += delay / 8;
                const std::optional<TimePoint> next = wheel.next_time();
                ASSERT_EQ(next.has_value(), !model.empty());
                while (!model.empty() && model.begin()->first.first <= now) {
                    const auto [time, expected] = model.begin()->first;
                    ASSERT_EQ(wheel.next_time(), time);
                    ASSERT_EQ(wheel.expire(now), (Expiry{time, expected}));
                    model.erase(model.begin());
                }
                ASSERT_EQ(wheel.expire(now), std::nullopt);
            }
        }
        ASSERT_EQ(wheel.size(), model.size());
    }
}

}  // namespace
}  // namespace wavetank::runtime
