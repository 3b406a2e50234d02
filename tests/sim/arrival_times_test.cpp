#include "sim/workload/arrival_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Duration> arrivals(const Load& load, Duration until, std::uint64_t seed = 1) {
    ArrivalTimes times{load, Random{seed}};
    std::vector<Duration> all;
    for (auto time = times.next(); time <= TimePoint{until}; time = times.next()) {
        all.push_back(time.time_since_epoch());
    }
    return all;
}

struct Estimate {
    double mean = 0;
    double error = 0;
};

Estimate estimate(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    double sum = 0;
    double squares = 0;
    for (const double value : values) {
        sum += value;
    }
    for (const double value : values) {
        squares += (value - sum / count) * (value - sum / count);
    }
    return {sum / count, std::sqrt(squares / (count - 1) / count)};
}

// Fischer and Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook" (1993). With
// rates l1 and l2, and states that are left at rates s1 and s2, the long-run rate is
// (l1 s2 + l2 s1) / (s1 + s2), and counts over a time t have the index of dispersion
// 1 + 2 s1 s2 (l1 - l2)^2 / ((s1 + s2)^2 (l1 s2 + l2 s1)) (1 - (1 - exp(-(s1 + s2) t)) / ((s1 + s2)
// t)).
TEST(ArrivalTimes, BurstsHaveTheRateAndTheDispersionOfAMarkovModulatedPoissonProcess) {
    constexpr double quiet = 20;
    constexpr double busy = 200;
    constexpr double leaves_quiet = 1 / 0.9;
    constexpr double leaves_busy = 1 / 0.1;
    constexpr double both = leaves_quiet + leaves_busy;
    constexpr double weighted = quiet * leaves_busy + busy * leaves_quiet;
    constexpr int batches = 32;
    constexpr int windows = 4000;  // of a second, in a batch
    const double dispersion = 1 + 2 * leaves_quiet * leaves_busy * (quiet - busy) * (quiet - busy) /
                                      (both * both * weighted) * (1 - (1 - std::exp(-both)) / both);

    ArrivalTimes times{{.bursts = {{.requests_per_second = quiet, .stay = 900ms},
                                   {.requests_per_second = busy, .stay = 100ms}}},
                       Random{3}};
    TimePoint next = times.next();
    TimePoint window{};
    const auto count_next = [&] {
        double count = 0;
        for (window += 1s; next <= window; next = times.next()) {
            ++count;
        }
        return count;
    };
    for (int warm_up = 0; warm_up < 100; ++warm_up) {
        (void)count_next();
    }
    std::vector<double> rates;
    std::vector<double> dispersions;
    for (int batch = 0; batch < batches; ++batch) {
        std::vector<double> counts(windows);
        double sum = 0;
        for (double& count : counts) {
            count = count_next();
            sum += count;
        }
        const double mean = sum / windows;
        double squares = 0;
        for (const double count : counts) {
            squares += (count - mean) * (count - mean);
        }
        rates.push_back(mean);
        dispersions.push_back(squares / (windows - 1) / mean);
    }

    const Estimate rate = estimate(rates);
    EXPECT_LT(rate.error, 0.01 * rate.mean);
    EXPECT_NEAR(rate.mean, weighted / both, 3 * rate.error);
    const Estimate found = estimate(dispersions);
    EXPECT_LT(found.error, 0.02 * found.mean);
    EXPECT_NEAR(found.mean, dispersion, 3 * found.error);
}

TEST(ArrivalTimes, BurstsStayAsLongWhateverTheirRates) {
    const auto silences = [](double rate) {
        const auto times = arrivals({.arrivals = Arrivals::Constant,
                                     .bursts = {{.requests_per_second = rate, .stay = 2s},
                                                {.requests_per_second = 0, .stay = 60s}}},
                                    10min);
        std::vector<double> ends;
        for (std::size_t i = 1; i < times.size(); ++i) {
            if (times[i] - times[i - 1] > 100ms) {
                ends.push_back(std::chrono::duration<double>(times[i]).count());
            }
        }
        return ends;
    };

    const auto one = silences(1000);
    const auto other = silences(4000);

    ASSERT_GT(one.size(), 3U);
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_NEAR(one[i], other[i], 0.001);  // a gap of the slower one
    }
}

TEST(ArrivalTimes, BurstsAreTheSameUnderTheSameSeed) {
    const Load load{.bursts = {{.requests_per_second = 100, .stay = 1s},
                               {.requests_per_second = 10, .stay = 1s}}};

    EXPECT_EQ(arrivals(load, 20s), arrivals(load, 20s));
    EXPECT_NE(arrivals(load, 20s), arrivals(load, 20s, 2));
}

TEST(ArrivalTimes, BurstsThatBringNobodyEnd) {
    EXPECT_THAT(arrivals({.bursts = {{.requests_per_second = 0, .stay = 1s}}}, 10s), IsEmpty());
    EXPECT_THAT(arrivals({.bursts = {{.requests_per_second = 5, .stay = 0s}}}, 10s), IsEmpty());
}

TEST(ArrivalTimes, GivenTimesAreKeptToTheNanosecond) {
    const Load load{.start = TimePoint{1s}, .times = {0ns, 1ns, 1ns, 2500ms}};

    EXPECT_THAT(arrivals(load, 10s), ElementsAre(1s, 1s + 1ns, 1s + 1ns, 3500ms));
}

TEST(ArrivalTimes, ADurationEndsEveryKindOfLoad) {
    const std::vector<Load> loads{
        {.requests_per_second = 1},
        {.stages = {{.duration = 1min, .from = 1, .to = 1}}},
        {.stages = {{.duration = 1s, .from = 1, .to = 1}}, .repeats = true},
        {.bursts = {{.requests_per_second = 1, .stay = 1h}}},
        {.times = {1s, 2s, 3s, 4s, 5s}},
    };
    for (Load load : loads) {
        load.arrivals = Arrivals::Constant;
        load.start = TimePoint{10s};
        load.duration = 3s;

        EXPECT_THAT(arrivals(load, 1min), ElementsAre(11s, 12s, 13s));
    }
}

}  // namespace
}  // namespace wavetank::sim
