#pragma once

/// \file
/// A Deployment's conditions, and what can be read from its status.

#include <wavetank/api/appsv1/deployment.hpp>

#include <string>
#include <string_view>

namespace wavetank::controllers {

/// Returns the condition of that type; null if there is none.
[[nodiscard]] const api::appsv1::DeploymentCondition* find_condition(
    const api::appsv1::DeploymentStatus& status, std::string_view type);

/// Sets a condition, unless one of the same status and reason is there. The transition time stays
/// if the status does.
void set_condition(api::appsv1::DeploymentStatus& status,
                   api::appsv1::DeploymentCondition condition);

void remove_condition(api::appsv1::DeploymentStatus& status, std::string_view type);

/// Tells whether all wanted replicas are updated and available, and no others are left.
[[nodiscard]] bool is_complete(const api::appsv1::Deployment& deployment,
                               const api::appsv1::DeploymentStatus& status);

/// Tells whether `status` is better than the Deployment's own.
[[nodiscard]] bool is_progressing(const api::appsv1::Deployment& deployment,
                                  const api::appsv1::DeploymentStatus& status);

/// Tells whether progress was last seen longer ago than the deadline allows.
[[nodiscard]] bool has_timed_out(const api::appsv1::Deployment& deployment,
                                 const api::appsv1::DeploymentStatus& status, WallTime now);

}  // namespace wavetank::controllers
