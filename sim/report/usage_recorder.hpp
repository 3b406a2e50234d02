#pragma once

/// \file
/// What containers used, noted during a run.

#include <wavetank/sim/report.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {

/// What one container has used since its start.
struct ContainerUse {
    store::Key pod;
    std::string container;
    std::uint64_t instance = 0;  ///< another one after each restart
    double cpus_requested = 0;
    bool is_running = true;
    Duration cpu{};                 ///< CPU time
    Duration throttled{};           ///< time it stood still because its quota was used up
    std::int64_t memory = 0;        ///< bytes at present
    std::int64_t memory_limit = 0;  ///< bytes; 0: there is none
    std::int64_t disk = 0;          ///< bytes that it has written
    std::int64_t processes = 0;     ///< at present
    TimePoint started{};
    std::uint64_t requests = 0;         ///< that have come, since its start
    std::uint64_t requests_active = 0;  ///< that it has at present
};

/// Sums up samples by workload and container name, in at most 120 windows of equal length: it
/// doubles whenever there would be more.
class UsageRecorder {
public:
    static constexpr Duration first_window = std::chrono::seconds{1};

    /// Lifetime: `store` outlives it.
    explicit UsageRecorder(store::Store& store) : store_(store) {}

    /// Notes what has been used up to `now`. Requires: it is called `first_window` after the run's
    /// start, and that long after the last call.
    void sample(TimePoint now, const std::vector<ContainerUse>& containers);

    void fill(Report& report) const;

private:
    struct Window {
        double cpu = 0;        // seconds, as all below
        double requested = 0;  // CPUs, times seconds
        double throttled = 0;
        double containers = 0;
        double memory = 0;  // bytes, times seconds

        void add(const Window& other);
    };
    using SeriesKey = std::pair<std::string, std::string>;  // workload, container

    [[nodiscard]] const std::string& workload_of(const store::Key& pod);
    void halve();

    store::Store& store_;
    std::map<SeriesKey, std::vector<Window>> series_;
    std::map<std::uint64_t, std::pair<Duration, Duration>> before_;  // by instance: CPU, throttled
    std::map<store::Key, std::string> workloads_;
    Duration window_ = first_window;
};

}  // namespace wavetank::sim
