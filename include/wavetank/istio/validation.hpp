#pragma once

/// \file
/// What would Istio's webhook say of an object? The rules of `pkg/config/validation`, in its words.

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace wavetank::istio {

/// What was found in one object. An object with an `error` does not get into the cluster.
struct Finding {
    std::string kind{};  ///< empty if the object cannot be read at all
    std::string name{};
    std::string namespace_{};
    std::string warning{};
    std::string error{};
};

/// Checks a VirtualService or a DestinationRule; other kinds pass. Nothing: it is clean.
/// Only what the webhook looks at: the schema of the custom resource may refuse more.
[[nodiscard]] std::optional<Finding> validate(const boost::json::object& object);

}  // namespace wavetank::istio
