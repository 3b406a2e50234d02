#pragma once

/// \file
/// How does a service without code, which is only declared, answer real requests?
///
/// By the rules of the data plane, but as a handler: what a ServiceModel says can then be measured
/// behind real proxies and compared with what was simulated.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/signal.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Reads what a ServiceModel in some manifests says of `image`, which may be empty if there is only
/// one. As `wavetank run`, it takes the last of several, and that of the repository if there is
/// none of the tag. Errors: all that is wrong with the manifests; `NotFound`, naming the images
/// that there are; `Invalid` if the program calls others or serves in another order than that of
/// arrival.
[[nodiscard]] Result<DeclaredProgram> read_declared_program(
    const std::vector<std::string>& paths, const std::string& image,
    codec::Recursion recursion = codec::Recursion::No);

/// One replica of a declared program.
///
/// Work holds one of the replica's CPUs for its time, and that is all it does: it sleeps, and
/// leaves the machine to others. A late timer delays an answer but not the next computation.
class DeclaredService {
public:
    /// Requires: the program calls nobody and serves first come first served; `cpus` are those of
    /// the replica that it runs on. Lifetime: `executor` outlives it.
    DeclaredService(runtime::Executor& executor, DeclaredProgram program, std::uint32_t cpus = 1);
    DeclaredService(const DeclaredService&) = delete;
    DeclaredService& operator=(const DeclaredService&) = delete;

    /// Returns what serves with this. Its answers say in `server-timing` what they took, less the
    /// queues. Lifetime: this outlives it and its requests.
    [[nodiscard]] actor::Handler handler();

private:
    class Place;

    Task<mesh::Response> answer(actor::Context context);
    Task<> compute(actor::Context context, Duration work);

    DeclaredProgram program_;
    std::size_t at_cpus_most_ = std::numeric_limits<std::size_t>::max();
    std::size_t at_cpus_ = 0;  // at a CPU or in line for one
    std::size_t in_hand_ = 0;
    std::size_t waiting_ = 0;  // for their beginning
    runtime::Signal place_free_;
};

}  // namespace wavetank::sim
