#include <wavetank/sim/compare.hpp>

#include "sim/compare/journal.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace wavetank::sim {
namespace {

/// One run to be done.
struct Job {
    std::size_t variant = 0;
    std::uint64_t seed = 0;
};

/// What the threads share.
class Work {
public:
    Work(const std::function<Result<void>(Simulation&)>& prepare,
         const std::vector<Variant>& variants, const CompareOptions& options,
         CompareJournal& journal)
        : prepare_{prepare}, variants_{variants}, options_{options}, journal_{journal} {
        // Seed after seed, so that what is done when it is interrupted makes whole pairs.
        for (std::size_t i = 0; i < options.seeds; ++i) {
            for (std::size_t variant = 0; variant < variants.size(); ++variant) {
                const std::uint64_t seed = options.seed_first + i;
                ++all_;
                if (journal.find(variants[variant].name, seed)) {
                    ++done_;
                } else {
                    jobs_.push_back({variant, seed});
                }
            }
        }
    }

    void run() {
        observe();
        const std::size_t wanted =
            options_.threads > 0 ? options_.threads
                                 : std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < std::min(wanted, jobs_.size()); ++i) {
            threads.emplace_back([this] { take_jobs(); });
        }
        take_jobs();
    }

    [[nodiscard]] const std::optional<Error>& error() const {
        return error_;
    }

private:
    void take_jobs() {
        while (!options_.stop.stop_requested() && !failed_) {
            const std::size_t index = next_++;
            if (index >= jobs_.size()) {
                return;
            }
            const Job& job = jobs_[index];
            const auto figures = figures_of_job(job);
            const std::lock_guard lock{mutex_};
            if (!figures) {
                // Of several errors, that of the first job: the same in each run.
                if (!error_ || index < error_of_) {
                    error_ = figures.error();
                    error_of_ = index;
                }
                failed_ = true;
                return;
            }
            journal_.add(variants_[job.variant].name, job.seed, *figures);
            ++done_;
            observe();
        }
    }

    [[nodiscard]] Result<RunFigures> figures_of_job(const Job& job) const {
        Simulation simulation{{.seed = job.seed, .duration = options_.duration}};
        if (auto prepared = prepare_(simulation); !prepared) {
            return prepared.error();
        }
        if (auto applied = variants_[job.variant].apply(simulation); !applied) {
            return applied.error();
        }
        return figures_of(simulation.run());
    }

    void observe() const {
        if (options_.observe) {
            options_.observe(done_, all_);
        }
    }

    const std::function<Result<void>(Simulation&)>& prepare_;
    const std::vector<Variant>& variants_;
    const CompareOptions& options_;
    std::vector<Job> jobs_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;  // for all below
    CompareJournal& journal_;
    std::size_t done_ = 0;
    std::size_t all_ = 0;
    std::optional<Error> error_;
    std::size_t error_of_ = 0;
};

std::string fingerprint_of(const std::vector<Variant>& variants, const CompareOptions& options) {
    std::string text = options.duration ? to_string(*options.duration) : "as the base says";
    for (const Variant& variant : variants) {
        text += "\n" + variant.name + "\n" + variant.fingerprint;
    }
    // FNV-1a: a journal of something else is a mistake, no attack.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (int shift = 60; shift >= 0; shift -= 4) {
        result += digits[hash >> static_cast<unsigned>(shift) & 15U];
    }
    return result;
}

}  // namespace

RunFigures figures_of(const Report& report) {
    const auto seconds = [](Duration duration) {
        return std::chrono::duration<double>(duration).count();
    };
    RunFigures figures{.p50 = seconds(report.overall.p50), .p99 = seconds(report.overall.p99)};
    const std::uint64_t finished = report.requests_total - report.requests_unfinished;
    if (finished > 0) {
        figures.errors =
            static_cast<double>(report.requests_failed) / static_cast<double>(finished);
    }
    for (const WorkloadReport& workload : report.workloads) {
        if (workload.kind != "Deployment") {
            continue;
        }
        for (std::size_t i = 0; i < workload.replicas.size(); ++i) {
            const ReplicaSample& sample = workload.replicas[i];
            const TimePoint end = i + 1 < workload.replicas.size() ? workload.replicas[i + 1].time
                                                                   : TimePoint{report.duration};
            figures.replica_hours += sample.desired * seconds(end - sample.time) / 3600;
            figures.scalings += i > 0 && workload.replicas[i - 1].desired != sample.desired ? 1 : 0;
        }
    }
    return figures;
}

Result<Comparison> compare(const std::function<Result<void>(Simulation&)>& prepare,
                           const std::vector<Variant>& variants, const CompareOptions& options) {
    auto journal = CompareJournal::open(options.journal, fingerprint_of(variants, options));
    if (!journal) {
        return journal.error();
    }
    Work work{prepare, variants, options, *journal};
    work.run();
    if (work.error()) {
        return *work.error();
    }
    Comparison comparison{.seed_first = options.seed_first};
    for (const Variant& variant : variants) {
        comparison.variants.push_back({.name = variant.name});
    }
    for (std::size_t i = 0; i < options.seeds; ++i) {
        std::vector<RunFigures> row;
        for (const Variant& variant : variants) {
            if (const auto run = journal->find(variant.name, options.seed_first + i)) {
                row.push_back(*run);
            }
        }
        if (row.size() < variants.size()) {
            comparison.interrupted = true;
            break;
        }
        for (std::size_t variant = 0; variant < row.size(); ++variant) {
            comparison.variants[variant].runs.push_back(row[variant]);
        }
    }
    return comparison;
}

}  // namespace wavetank::sim
