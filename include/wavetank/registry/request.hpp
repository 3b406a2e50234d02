#pragma once

/// \file
/// A request to the Kubernetes API and its answer, as values.

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace wavetank::registry {

/// What arrives, with nothing of HTTP but the words.
struct ApiRequest {
    std::string method = "GET";  ///< GET, POST, PUT, PATCH or DELETE
    std::string target;          ///< path and query: "/api/v1/pods?limit=500"
    std::string content_type = "application/json";
    std::string accept = "application/json";
    std::string body;
};

/// What goes back: an object, a list or a `Status`.
struct ApiResponse {
    int code = 200;
    boost::json::object body;
    std::vector<std::string> warnings;  ///< the texts of `Warning: 299` headers
};

}  // namespace wavetank::registry
