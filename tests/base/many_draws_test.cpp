#include <wavetank/base/distribution.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace wavetank {
namespace {

TEST(ManyDraws, AreThoseOfOneGeneratorEach) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const DrawKey first{.workload = mix_bits(seed), .request = seed * 1000, .call_site = 7};
        CounterRandoms randoms;
        randoms.begin(first);
        ManyValues values{};
        std::array<ManyValues, 3> rounds{};
        for (ManyValues& round : rounds) {
            randoms.exponential(values);
            round = values;
        }
        for (std::size_t i = 0; i < draws_at_once; ++i) {
            DrawKey key = first;
            key.request += i;
            CounterRandom random{key};
            ASSERT_EQ(randoms.hash(i), random.hash());
            for (const ManyValues& round : rounds) {
                ASSERT_EQ(round[i], random.exponential());
            }
            CounterRandom next = randoms.at(i);
            ASSERT_EQ(next.next(), random.next());
            randoms.set(i, next);
            next = randoms.at(i);
            ASSERT_EQ(next.next(), random.next());
        }
    }
}

TEST(ManyDraws, MakeOfBitsWhatOneDrawDoes) {
    Random random{1};
    for (int round = 0; round < 1000; ++round) {
        ManyBits bits{};
        for (std::uint64_t& word : bits) {
            word = random.next() >> random.below(64);
        }
        bits.front() = 0;
        bits.back() = ~std::uint64_t{0};
        ManyValues values{};
        make_exponential(bits, values);
        for (std::size_t i = 0; i < draws_at_once; ++i) {
            ASSERT_EQ(values[i], exponential_of(bits[i]));
        }
    }
}

TEST(ManyDraws, SampleEveryKindOfDistribution) {
    for (const char* text : {"5ms", "uniform(1ms,3ms)", "exponential(5ms)", "lognormal(5ms, 0.5)",
                             "gamma(5ms, 3)", "mixture(9 1ms, 1 exponential(20ms))"}) {
        const Distribution distribution = Distribution::parse(text).value();
        CounterRandoms randoms;
        randoms.begin({.workload = 3});
        std::array<Duration, draws_at_once> samples{};
        distribution.sample_each(randoms, samples);
        for (std::size_t i = 0; i < draws_at_once; ++i) {
            CounterRandom random{{.workload = 3, .request = i}};
            EXPECT_EQ(samples[i], distribution.sample(random)) << text;
            EXPECT_EQ(randoms.at(i).hash(), random.hash()) << text;
        }
    }
}

}  // namespace
}  // namespace wavetank
