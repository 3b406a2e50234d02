#pragma once

/// \file
/// How full a node is and would be, resource by resource: what the scores of resources go by.

#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/node_info.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>

namespace wavetank::scheduler::plugins {

/// A resource that counts in a score.
struct WeightedResource {
    std::string name;
    std::int64_t weight = 1;
};

/// Reads the `resources` of a plugin's arguments; cpu and memory alike if there are none.
/// Errors: `Invalid`, for an entry without a name.
[[nodiscard]] Result<std::vector<WeightedResource>> weighted_resources(
    const boost::json::object& args);

/// One resource of one node; capacity 0: it does not count here.
struct Usage {
    std::int64_t capacity = 0;
    std::int64_t before = 0;  ///< what pods on the node ask for
    std::int64_t after = 0;   ///< with the incoming pod
    std::int64_t weight = 1;
};

using Usages = boost::container::small_vector<Usage, 4>;

/// What a pod asks for of cpu and memory, where nothing else counts.
struct CpuAndMemory {
    std::int64_t milli_cpu = 0;
    std::int64_t memory = 0;
    std::int64_t weight_of_cpu = 1;
    std::int64_t weight_of_memory = 1;

    friend bool operator==(const CpuAndMemory&, const CpuAndMemory&) = default;
};

/// Which requests of the pods on a node count.
enum class Counted : std::uint8_t {
    Requested,  ///< the real ones
    NonZero,    ///< with defaults for containers that name no cpu or memory
};

/// What a pod asks for of each of some resources.
class PodUsage {
public:
    PodUsage(const api::ResourceList& requests, const std::vector<WeightedResource>& resources);

    /// Tells whether it asks for nothing of them.
    [[nodiscard]] bool empty() const;

    /// Returns the resources that count on `node`; scalars only if the pod asks for them.
    [[nodiscard]] Usages on(const NodeInfo& node, Counted counted) const;

    /// Returns the amounts of cpu and memory if these are what counts, which the figures of a node
    /// have; else nothing.
    [[nodiscard]] std::optional<CpuAndMemory> cpu_and_memory() const;

private:
    enum class Kind : std::uint8_t { Cpu, Memory, EphemeralStorage, Scalar, Unknown };
    struct Entry {
        Kind kind = Kind::Unknown;
        std::string name;
        std::int64_t amount = 0;
        std::int64_t weight = 1;
    };

    std::vector<Entry> entries_;
};

}  // namespace wavetank::scheduler::plugins
