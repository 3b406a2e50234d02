#pragma once

/// \file
/// Objects of `api/` from and to JSON.
///
/// The work is done once, over `api::TypeInfo`; the templates only name the table. Decoding never
/// stops at the first mistake and always leaves an object behind, so all mistakes are reported.

#include <wavetank/api/scheme.hpp>
#include <wavetank/api/unstructured.hpp>
#include <wavetank/codec/diagnostics.hpp>
#include <wavetank/codec/document.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace wavetank::codec {

/// What becomes of unknown and duplicate fields (Kubernetes' fieldValidation).
enum class Mode : std::uint8_t {
    Strict,   ///< they are errors
    Warn,     ///< they are warnings
    Lenient,  ///< nobody minds
};

/// Whether unknown fields are kept in the object's rest, as an export wants it, or dropped, as
/// kube-apiserver does.
enum class UnknownFields : std::uint8_t { Keep, Drop };

struct DecodeOptions {
    Mode mode = Mode::Strict;
    UnknownFields unknown_fields = UnknownFields::Keep;
    const api::KindInfo* kind = nullptr;  ///< set: the root may have apiVersion and kind
};

/// Decodes into the object at `out`, of that type. What JSON does not mention stays as it is.
void decode(const api::TypeInfo& type, void* out, const boost::json::value& source,
            const DecodeOptions& options, Diagnostics& diagnostics);
void decode(const api::TypeInfo& type, void* out, const Document& source,
            const DecodeOptions& options, Diagnostics& diagnostics);

/// Reports what the strict form minds in a document of a kind without a struct.
void check_duplicates(const Document& source, Mode mode, Diagnostics& diagnostics);

/// Encodes the object at `object`, of that type, without apiVersion and kind.
[[nodiscard]] boost::json::value encode(const api::TypeInfo& type, const void* object);

/// Names T's kind for the decoder; null for a struct that is no kind.
template <class T>
[[nodiscard]] constexpr const api::KindInfo* kind_of() {
    return api::kind_info<T>.kind.empty() ? nullptr : &api::kind_info<T>;
}

/// Encodes an object as `encode` does. apiVersion and kind come first if T is a kind.
template <class T>
[[nodiscard]] boost::json::value to_json(const T& object) {
    if constexpr (api::kind_info<T>.kind.empty()) {
        return encode(api::type_info<T>(), &object);
    } else {
        boost::json::object result;
        result.emplace("apiVersion", api::kind_info<T>.gvk().api_version());
        result.emplace("kind", api::kind_info<T>.kind);
        boost::json::value fields = encode(api::type_info<T>(), &object);
        for (auto& [key, value] : fields.as_object()) {
            result.emplace(key, std::move(value));
        }
        return result;
    }
}

/// Decodes a value; the errors are in `diagnostics`, and the object is what could be read.
template <class T>
[[nodiscard]] T from_json(const boost::json::value& source, Mode mode, Diagnostics& diagnostics) {
    T object{};
    decode(api::type_info<T>(), &object, source, {.mode = mode, .kind = kind_of<T>()}, diagnostics);
    return object;
}

/// Decodes a value. Errors: `BadRequest`, all of them in one; warnings are lost.
template <class T>
[[nodiscard]] Result<T> from_json(const boost::json::value& source, Mode mode = Mode::Strict) {
    Diagnostics diagnostics;
    T object = from_json<T>(source, mode, diagnostics);
    if (diagnostics.has_errors()) {
        return diagnostics.to_error();
    }
    return object;
}

/// Decodes a document; as `from_json`, and with the positions.
template <class T>
[[nodiscard]] T from_document(const Document& source, Mode mode, Diagnostics& diagnostics) {
    T object{};
    decode(api::type_info<T>(), &object, source, {.mode = mode, .kind = kind_of<T>()}, diagnostics);
    return object;
}

/// Encodes an object without a struct: apiVersion, kind, metadata, then the rest.
[[nodiscard]] boost::json::value to_json(const api::Unstructured& object);

/// Decodes an object without a struct: only its metadata is looked at.
[[nodiscard]] api::Unstructured unstructured_from(const boost::json::value& source, Mode mode,
                                                  Diagnostics& diagnostics);
[[nodiscard]] api::Unstructured unstructured_from(const Document& source, Mode mode,
                                                  Diagnostics& diagnostics);

/// How a JSON text looks.
struct JsonStyle {
    int indent = 0;           ///< spaces a level; 0: one line, no spaces
    bool sorted_keys = true;  ///< else in the order of the object
};

/// Writes JSON. Doubles are the shortest that read back the same, whole ones without a point, as
/// Go has them; what is not finite becomes null.
[[nodiscard]] std::string to_text(const boost::json::value& value, const JsonStyle& style = {});

}  // namespace wavetank::codec
