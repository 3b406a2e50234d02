// Each loop is compiled twice, once for wide registers. The arithmetic is that of IEEE 754, lane by
// lane: no result depends on which of the two runs.

#include <wavetank/base/many_draws.hpp>

#ifdef __x86_64__
#define WAVETANK_WIDE [[gnu::target("avx512f,avx512dq,avx512vl")]]
#else
#define WAVETANK_WIDE
#endif

namespace wavetank {
namespace {

[[gnu::always_inline]] inline void make_exponential_each(const ManyBits& bits, ManyValues& values) {
    for (std::size_t i = 0; i < draws_at_once; ++i) {
        values[i] = exponential_of(bits[i]);
    }
}

WAVETANK_WIDE void make_exponential_wide(const ManyBits& bits, ManyValues& values) {
    make_exponential_each(bits, values);
}

bool has_wide_registers() {
#ifdef __x86_64__
    static const bool has = __builtin_cpu_supports("avx512f") != 0 &&
                            __builtin_cpu_supports("avx512dq") != 0 &&
                            __builtin_cpu_supports("avx512vl") != 0;
    return has;
#else
    return false;
#endif
}

}  // namespace

void make_exponential(const ManyBits& bits, ManyValues& values) {
    has_wide_registers() ? make_exponential_wide(bits, values)
                         : make_exponential_each(bits, values);
}

inline void CounterRandoms::begin_each(const DrawKey& first) {
    for (std::size_t i = 0; i < draws_at_once; ++i) {
        DrawKey key = first;
        key.request += i;
        hashes_[i] = CounterRandom::hash_of(key);
        states_[i] = hashes_[i];
        increments_[i] = CounterRandom::increment_of(hashes_[i]);
    }
}

WAVETANK_WIDE void CounterRandoms::begin_wide(const DrawKey& first) {
    begin_each(first);
}

void CounterRandoms::begin(const DrawKey& first) {
    has_wide_registers() ? begin_wide(first) : begin_each(first);
}

inline void CounterRandoms::exponential_each(ManyValues& values) {
    for (std::size_t i = 0; i < draws_at_once; ++i) {
        states_[i] += increments_[i];
        values[i] = exponential_of(mix_bits(states_[i]));
    }
}

WAVETANK_WIDE void CounterRandoms::exponential_wide(ManyValues& values) {
    exponential_each(values);
}

void CounterRandoms::exponential(ManyValues& values) {
    has_wide_registers() ? exponential_wide(values) : exponential_each(values);
}

}  // namespace wavetank
