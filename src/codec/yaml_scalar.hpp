#pragma once

/// \file
/// What a YAML scalar means to Kubernetes: sigs.k8s.io/yaml's reading of YAML 1.1, then JSON.

#include <wavetank/codec/document.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank::codec {

/// The type that Go gives a resolved scalar; keys of different types are different keys.
enum class ScalarType : std::uint8_t { Null, Boolean, Integer, Float, Text };

struct Scalar {
    ScalarType type = ScalarType::Text;
    bool boolean = false;
    double number = 0;  ///< Float
    std::string text;   ///< Text; Integer: its decimal digits
};

/// Resolves a plain scalar without a tag: `yes` is true, `017` is 15, `1:30` stays text.
[[nodiscard]] Scalar resolve_plain(std::string_view text);

/// A scalar as it stands in a text.
struct ScalarToken {
    std::string_view text;
    std::string_view tag;  ///< "?" plain, "!" quoted, else the full tag
};

/// Resolves any scalar.
/// Errors: `BadRequest`, if the tag and the text do not agree.
[[nodiscard]] Result<Scalar> resolve(const ScalarToken& token);

/// Puts a value into `node`. Errors: `BadRequest` for what JSON cannot express.
[[nodiscard]] Result<> store_scalar(Scalar scalar, Node& node);

/// Returns a mapping key as text, as sigs.k8s.io/yaml turns it into JSON's.
/// Errors: `BadRequest` for null.
[[nodiscard]] Result<std::string> key_text(const Scalar& scalar);

}  // namespace wavetank::codec
