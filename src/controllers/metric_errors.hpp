#pragma once

/// \file
/// What users read when a metric could not be had, in upstream's words.

#include <wavetank/api/metav1.hpp>
#include <wavetank/base/error.hpp>

#include <string>

namespace wavetank::controllers {

/// Writes a selector as Go prints a pointer to one, which shows in messages; "nil" for null.
[[nodiscard]] std::string go_text(const api::metav1::LabelSelector* selector);

[[nodiscard]] Error resource_metric_error(const std::string& resource, const std::string& why);
[[nodiscard]] Error pods_metric_error(const std::string& metric, const std::string& why);
/// `object` is kind, namespace and name: "Service ns/svc".
[[nodiscard]] Error object_metric_error(const std::string& metric, const std::string& object,
                                        const std::string& why);
[[nodiscard]] Error external_metric_error(const std::string& metric,
                                          const std::string& in_namespace,
                                          const api::metav1::LabelSelector* selector,
                                          const std::string& why);

}  // namespace wavetank::controllers
