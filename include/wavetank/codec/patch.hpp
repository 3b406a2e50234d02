#pragma once

/// \file
/// What becomes of an object when a patch is applied to it?
///
/// The three ways in which `kubectl patch` states a change. Objects and patches are JSON; the
/// strategic one asks the object's type which lists merge by which key.

#include <wavetank/api/type_info.hpp>
#include <wavetank/base/result.hpp>

#include <boost/json.hpp>

namespace wavetank::codec {

/// Applies a JSON Patch (RFC 6902), with evanphx/json-patch's negative indices.
///
/// Errors: `BadRequest` if `patch` is no list of operations, `Invalid` if one of them fails;
/// nothing is half applied.
[[nodiscard]] Result<boost::json::value> apply_json_patch(boost::json::value document,
                                                          const boost::json::value& patch);

/// Applies a JSON Merge Patch (RFC 7396).
[[nodiscard]] boost::json::value apply_merge_patch(boost::json::value document,
                                                   const boost::json::value& patch);

/// Applies a strategic merge patch to an object of that type, with the directives `$patch`,
/// `$retainKeys`, `$setElementOrder/...` and `$deleteFromPrimitiveList/...`. Fields that the type
/// does not have are merged as maps, and their lists replaced.
///
/// Errors: `InternalError` with upstream's words for what kube-apiserver answers 500 to: unknown
/// directives, elements without their merge key, an order that does not match.
[[nodiscard]] Result<boost::json::value> apply_strategic_patch(boost::json::value document,
                                                               const boost::json::value& patch,
                                                               const api::TypeInfo& type);

}  // namespace wavetank::codec
