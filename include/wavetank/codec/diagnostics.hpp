#pragma once

/// \file
/// Everything that is wrong with one object's text, each with its field and its place.

#include <wavetank/base/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::codec {

enum class Severity : std::uint8_t { Error, Warning };

enum class Complaint : std::uint8_t {
    WrongType,     ///< a value that the field cannot hold; Go stops here, strict or not
    DuplicateKey,  ///< in YAML, where the text names a line
    Duplicate,     ///< a field that JSON sets twice
    UnknownField,
};

/// One complaint, in the words of kube-apiserver.
struct Diagnostic {
    Severity severity = Severity::Error;
    Complaint complaint = Complaint::WrongType;
    std::string field;    ///< "spec.containers[0].ports[1].containerPort"
    std::string message;  ///< `unknown field "spec.replicaz"`
    SourcePosition where;

    bool operator==(const Diagnostic&) const = default;
};

/// All complaints about one object, in the order in which they were found.
struct Diagnostics {
    std::vector<Diagnostic> items;

    [[nodiscard]] bool has_errors() const;

    /// Returns the errors as one `BadRequest` with the message that kube-apiserver gives after
    /// "X cannot be handled as a Y: ": the first wrong type, else all strict errors. Each error is
    /// also a cause. Requires: `has_errors()`.
    [[nodiscard]] Error to_error() const;

    /// Returns the texts of the warnings.
    [[nodiscard]] std::vector<std::string> warnings() const;
};

/// Writes "file:line:column: message", leaving out what is not known.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

}  // namespace wavetank::codec
