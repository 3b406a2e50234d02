#pragma once

/// \file
/// How long the things take that nodes do, and which of them are done at all.

#include <wavetank/base/distribution.hpp>
#include <wavetank/node/image_source.hpp>

#include <cstdint>

namespace wavetank::node {

/// Whether kubelets report what they do as Events.
enum class EventReporting : std::uint8_t { Off, On };

/// Whether nodes refresh their status every five minutes.
enum class Heartbeats : std::uint8_t { Off, On };

/// Whether nodes renew a Lease every ten seconds, by which others see that they are alive.
enum class Leases : std::uint8_t { Off, On };

/// What images a node has when it joins.
enum class ImageStock : std::uint8_t { Empty, Complete };

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
    const ImageSource* image_source = nullptr;  ///< null: all images exist; must outlive its user
};

}  // namespace wavetank::node
