#pragma once

/// \file
/// What a replica's own proxy keeps: the filters that requests pass before they come in.

#include "sim/dataplane/engine.hpp"

#include <wavetank/mesh/http_filter.hpp>

#include <memory>
#include <vector>

namespace wavetank::sim {

struct DataPlane::Engine::Door {
    std::vector<std::unique_ptr<mesh::HttpFilterState>> filters;
    mesh::HttpFilterChain chain;  // of them
};

}  // namespace wavetank::sim
