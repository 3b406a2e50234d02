#pragma once

/// \file
/// Which resources are there, beyond those of containers (pkg/apis/core/helper)?

#include "registry/field_error.hpp"

#include <wavetank/api/quantity.hpp>

#include <string>
#include <string_view>

namespace wavetank::registry {

/// Tells whether it is a resource of some vendor (`IsExtendedResourceName`).
[[nodiscard]] bool is_extended_resource(std::string_view resource);

/// Tells whether it counts objects.
[[nodiscard]] bool is_counted_resource(std::string_view resource);

/// Tells whether a ResourceQuota counts it by itself, or as memory in huge pages.
[[nodiscard]] bool is_quota_resource(std::string_view resource);

/// Tells whether amounts of it are whole numbers.
[[nodiscard]] bool is_integer_resource(std::string_view resource);

/// Checks the name of any resource (`validateResourceName`).
[[nodiscard]] FieldErrors validate_resource_name(const std::string& name, const Path& path);

/// Checks an amount: not negative, and whole where it must be (`ValidateResourceQuantityValue`).
[[nodiscard]] FieldErrors validate_resource_amount(std::string_view resource,
                                                   const api::Quantity& amount, const Path& path);

}  // namespace wavetank::registry
