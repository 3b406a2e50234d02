#pragma once

/// \file
/// How does a Service get its families, addresses and node ports, and give them back?

#include "registry/rules.hpp"

#include <wavetank/api/corev1/service.hpp>
#include <wavetank/base/result.hpp>

namespace wavetank::registry {

/// Chooses families and reserves what the service needs beyond `old` (null on creation), and
/// releases what it no longer needs. With a dry run, nothing stays reserved.
/// Errors: `Invalid`, before validation proper, as upstream.
[[nodiscard]] Result<> allocate_service(Cluster& cluster, api::corev1::Service& service,
                                        const api::corev1::Service* old, DryRun dry_run);

/// Puts back addresses and ports that an update left out, and clears those that its new type has
/// no use for (`normalizeClusterIPs`, `patchAllocatedValues`, `dropTypeDependentFields`).
void adopt_allocated_values(api::corev1::Service& next, const api::corev1::Service& old);

/// Gives back all that the service has.
void release_service(Cluster& cluster, const api::corev1::Service& service);

/// Checks addresses and families against each other (`ValidateServiceClusterIPsRelatedFields`).
[[nodiscard]] FieldErrors validate_service_addresses(const api::corev1::Service& service);

/// Tells whether the service has no address of its own ("None").
[[nodiscard]] bool is_headless(const api::corev1::Service& service);

/// Tells whether it needs a port for the health checks of load balancers.
[[nodiscard]] bool needs_health_check(const api::corev1::Service& service);

}  // namespace wavetank::registry
