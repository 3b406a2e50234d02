#pragma once

/// \file
/// How is an error, or a success without an object, told to a client?

#include "registry/errors.hpp"

#include <wavetank/base/error.hpp>
#include <wavetank/registry/request.hpp>

#include <boost/json.hpp>

#include <string>

namespace wavetank::registry {

/// Returns the `Status` object of a failure.
[[nodiscard]] boost::json::object status_of(const Error& error);

/// Returns the answer to a request that failed.
[[nodiscard]] ApiResponse failure(const Error& error);

/// Returns the `Status` object of a success, about that object.
[[nodiscard]] boost::json::object success_status(const Resource& resource, const std::string& name,
                                                 const std::string& uid);

}  // namespace wavetank::registry
