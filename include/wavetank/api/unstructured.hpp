#pragma once

/// \file
/// An object of a kind that Wavetank does not model: kept whole, passed on unharmed.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <boost/json.hpp>

namespace wavetank::api {

/// Any Kubernetes object. `content` holds every field but apiVersion, kind and metadata.
struct Unstructured {
    GroupVersionKind gvk;
    metav1::ObjectMeta metadata{};
    boost::json::object content{};

    bool operator==(const Unstructured&) const = default;
};

}  // namespace wavetank::api
