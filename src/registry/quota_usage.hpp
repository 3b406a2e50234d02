#pragma once

/// \file
/// How much of a ResourceQuota does one object use (pkg/quota/v1/evaluator/core)?

#include "registry/cluster.hpp"
#include "registry/errors.hpp"

#include <wavetank/api/corev1/resource_quota.hpp>
#include <wavetank/api/corev1/service.hpp>
#include <wavetank/api/unstructured.hpp>
#include <wavetank/base/result.hpp>

#include <string>
#include <vector>

namespace wavetank::registry {

/// An object as quotas see it.
struct QuotaSubject {
    Resource resource{};
    std::string namespace_{};
    std::string name{};
    api::ResourceList usage{};
    const api::corev1::Pod* pod = nullptr;  ///< set for pods, which scopes look at
};

[[nodiscard]] QuotaSubject quota_subject(const Resource& resource,
                                         const api::metav1::ObjectMeta& metadata);
[[nodiscard]] QuotaSubject quota_subject(const api::corev1::Pod& pod, api::Time now);
[[nodiscard]] QuotaSubject quota_subject(const api::corev1::Service& service);
[[nodiscard]] QuotaSubject quota_subject(const api::Unstructured& object);

/// Returns those of `resources` that objects of a kind, which usage has the names of, may use.
[[nodiscard]] std::vector<std::string> matching_resources(const QuotaSubject& subject,
                                                          const api::ResourceList& resources);

/// Tells whether all scopes of the quota fit the object.
[[nodiscard]] bool scopes_match(const api::corev1::ResourceQuotaSpec& spec,
                                const QuotaSubject& subject);

/// Writes "cpu=1,memory=1Gi".
[[nodiscard]] std::string amounts_text(const api::ResourceList& amounts);

/// Lets the ResourceQuotas of a namespace refuse an object, or charges them for it. `before` is
/// what it was charged until now; empty for a new one.
/// Errors: `Forbidden`: 'pods "x" is forbidden: exceeded quota: q, requested: ...'.
[[nodiscard]] Result<> charge_quotas(Cluster& cluster, const QuotaSubject& subject,
                                     const api::ResourceList& before, bool dry_run);

}  // namespace wavetank::registry
