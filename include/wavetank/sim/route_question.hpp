#pragma once

/// \file
/// What would a request meet on its way?

#include <wavetank/mesh/message.hpp>

#include <map>
#include <string>

namespace wavetank::sim {

/// A request to ask about, and whose it is.
struct RouteQuestion {
    std::string url{};                            ///< "web/path" or "http://web.default:80/path"
    mesh::Request request{};                      ///< its method and headers count
    std::string in_namespace = "default";         ///< of the client
    std::map<std::string, std::string> labels{};  ///< of the client's pod
};

}  // namespace wavetank::sim
