#pragma once

/// \file
/// How long the things take that nodes do, and which of them are done at all.

#include <wavetank/base/distribution.hpp>
#include <wavetank/node/image_source.hpp>
#include <wavetank/runtime/token_bucket.hpp>

#include <cstdint>
#include <optional>

namespace wavetank::node {

/// Whether kubelets report what they do as Events.
enum class EventReporting : std::uint8_t { Off, On };

/// Whether nodes refresh their status every five minutes.
enum class Heartbeats : std::uint8_t { Off, On };

/// Whether nodes renew a Lease every ten seconds, by which others see that they are alive.
enum class Leases : std::uint8_t { Off, On };

/// What images a node has when it joins.
enum class ImageStock : std::uint8_t { Empty, Complete };

/// Whether a node fetches one image at a time (the kubelet's `serializeImagePulls`).
enum class PullOrder : std::uint8_t { Serial, Parallel };

/// How nodes fetch images. Each takes a draw of `image_pull` until its first byte arrives.
struct ImagePulls {
    std::int64_t bytes_per_second = 0;  ///< of each node, shared by its pulls; 0: no limit
    PullOrder order = PullOrder::Serial;
    std::int32_t parallel_max = 0;  ///< the kubelet's `maxParallelImagePulls`; 0: any number
};

/// When nodes are short of something, and what they do first: the kubelet's defaults on Linux.
/// Images and containers share one file system, of the node's capacity of ephemeral-storage.
struct EvictionRules {
    std::int64_t memory_available = 100LL << 20;  ///< in bytes; below, there is MemoryPressure
    std::int32_t disk_available_percent = 15;     ///< the same for DiskPressure
    std::int64_t processes_max = 32'768;          ///< of a node
    std::int64_t processes_available = 0;         ///< below, there is PIDPressure; 0: never
    std::int32_t image_gc_high_percent = 85;      ///< unused images go if the disk is as full
    std::int32_t image_gc_low_percent = 80;       ///< until it is no fuller than that
};

/// By default all is instant, so that a pod is ready as soon as it is bound.
struct NodeOptions {
    Distribution image_pull{};   ///< fetching an image that the node does not have
    Distribution start_up{};     ///< creating and starting a container
    Distribution readiness{};    ///< from a container's start until it is ready
    Distribution termination{};  ///< the least time from deletion until the containers end
    Distribution init_run{};     ///< the run of an init container
    EventReporting events = EventReporting::On;
    Heartbeats heartbeats = Heartbeats::On;
    Leases leases = Leases::Off;
    ImageStock images = ImageStock::Empty;
    /// Absent: a pull takes a draw of `image_pull`, whatever else is pulled.
    std::optional<ImagePulls> pulls{};
    EvictionRules eviction{};
    /// How often the kubelet looks at containers: what it says of them waits for the next look,
    /// counted from the start of the simulation. Upstream, a second; zero: it sees all at once.
    Duration relist{};
    /// Of the statuses that each kubelet writes of pods; upstream's default is 50 a second, 100 at
    /// once.
    runtime::RateLimit client{};
    const ImageSource* image_source = nullptr;  ///< null: all images exist; must outlive its user
    /// How many images a node lists in its status, the largest first (the kubelet's
    /// `nodeStatusMaxImages`); -1: all. Without an `image_source` it lists none but those that it
    /// joined with: nobody knows their sizes.
    std::int32_t status_images_max = 50;
};

}  // namespace wavetank::node
