#pragma once

/// \file
/// What does the body of a request say, and what is wrong with it before any rule of a kind?

#include "registry/route.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/codec/json.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/registry/request.hpp>

#include <string>
#include <vector>

namespace wavetank::registry {

/// Reads the text of a body as JSON or YAML.
/// Errors: `BadRequest` in the words of kube-apiserver; `UnsupportedMediaType`.
[[nodiscard]] Result<codec::Document> parse_body(const ApiRequest& request,
                                                 const api::KindInfo& expected);

/// Refuses an object that says it is of another kind.
[[nodiscard]] Result<> check_kind(const boost::json::value& object, const api::KindInfo& expected,
                                  std::string_view body);

/// Returns what the request wants done about unknown fields.
/// Errors: `BadRequest`, if it says something else.
[[nodiscard]] Result<codec::Mode> field_validation_of(const Route& route);

/// Returns the decoder's errors as kube-apiserver words them.
[[nodiscard]] Error decoding_error(const codec::Diagnostics& diagnostics,
                                   const api::KindInfo& expected);
[[nodiscard]] Error decoding_error(Error error, const api::KindInfo& expected);

/// Decodes an object of a kind that the store keeps as JSON; through its struct, if it has one.
/// Errors: `BadRequest`, for what the struct cannot say of its fields.
[[nodiscard]] Result<api::Unstructured> read_unstructured(const codec::Document& source,
                                                          const api::KindInfo& kind,
                                                          codec::Mode mode,
                                                          codec::Diagnostics& diagnostics);
[[nodiscard]] Result<api::Unstructured> read_unstructured(const boost::json::value& source,
                                                          const api::KindInfo& kind,
                                                          codec::Mode mode,
                                                          codec::Diagnostics& diagnostics);

/// Decodes a document or a value into a T, and keeps the warnings.
template <class T, class Source>
[[nodiscard]] Result<T> decode_object(const Source& source, const api::KindInfo& kind,
                                      codec::Mode mode, std::vector<std::string>& warnings) {
    codec::Diagnostics diagnostics;
    T object{};
    if constexpr (std::is_same_v<T, api::Unstructured>) {
        auto read = read_unstructured(source, kind, mode, diagnostics);
        if (!read) {
            return read.error();
        }
        object = std::move(*read);
    } else {
        codec::decode(api::type_info<T>(), &object, source,
                      {.mode = mode,
                       .unknown_fields = codec::UnknownFields::Drop,
                       .kind = &api::kind_info<T>},
                      diagnostics);
    }
    if (diagnostics.has_errors()) {
        return decoding_error(diagnostics, kind);
    }
    for (std::string& warning : diagnostics.warnings()) {
        warnings.push_back(std::move(warning));
    }
    return object;
}

/// Refuses a resourceVersion that is no number.
[[nodiscard]] Result<> check_version(const std::string& version);

/// Reads the options of a deletion from the body and the query.
/// Errors: `BadRequest`.
[[nodiscard]] Result<DeleteOptions> delete_options_of(const ApiRequest& request,
                                                      const Route& route);

/// Tells whether the request only asks what would happen, in its query or its body.
/// Errors: `BadRequest`, if it says something else.
[[nodiscard]] Result<bool> wants_dry_run(const ApiRequest& request, const Route& route);

/// Changes `object` as the patch says: JSON patch, merge patch, or, if there is a `type`, strategic
/// merge patch.
/// Errors: `UnsupportedMediaType`, `BadRequest`, `Invalid` or `InternalError`.
[[nodiscard]] Result<boost::json::value> apply_patch(const ApiRequest& request,
                                                     const api::TypeInfo* type,
                                                     const boost::json::value& object);

}  // namespace wavetank::registry
