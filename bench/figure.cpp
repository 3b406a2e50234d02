#include "bench/figure.hpp"

#include <ctime>

namespace wavetank::bench {

void report(benchmark::State& state, const Figure& figure) {
    state.SetLabel(figure.unit);
    state.counters["value"] = figure.value;
    state.counters["reference"] = figure.reference;
    state.counters["target"] = figure.target;
    state.counters["ratio_target"] = figure.ratio_target;
}

double cpu_time() {
    std::timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace wavetank::bench
