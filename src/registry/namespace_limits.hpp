#pragma once

/// \file
/// In which namespaces are there ResourceQuotas and LimitRanges? Most clusters have none, and then
/// nothing needs to be looked up.

#include "registry/shared_memo.hpp"

#include <wavetank/api/corev1/limit_range.hpp>
#include <wavetank/api/corev1/pod.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wavetank::registry {

/// The LimitRanges of one namespace, and what they make of pods.
struct NamespaceRanges {
    using Body = api::corev1::PodSpecBody;

    /// A body with its defaults, and the annotation that says which; empty: none.
    struct Defaulted {
        api::Shared<Body> body;
        std::string annotation;
    };

    std::vector<api::corev1::LimitRange> ranges{};  ///< by name
    SharedMemo<Body, Defaulted> defaulted{};        ///< by the incoming body
    SharedMemo<Body, bool> fitting{};               ///< bodies that keep to the ranges
};

/// Where there are any.
struct NamespaceLimits {
    std::map<std::string, std::set<std::string>> quotas{};  ///< names by namespace
    /// Nothing: to be read from the store again.
    std::map<std::string, std::optional<NamespaceRanges>> ranges{};
};

}  // namespace wavetank::registry
