#pragma once

/// \file
/// What went wrong, in terms a caller can map and a person can act on.
///
/// `Reason` has the values of Kubernetes' `StatusReason`, so the API server turns an `Error` into a
/// `Status` without a table of its own, and every layer below it speaks the same language.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank {

/// Kubernetes' `metav1.StatusReason`.
enum class Reason : std::uint8_t {
    Unknown,
    Unauthorized,
    Forbidden,
    NotFound,
    AlreadyExists,
    Conflict,
    Gone,
    Invalid,
    ServerTimeout,
    Timeout,
    TooManyRequests,
    BadRequest,
    MethodNotAllowed,
    NotAcceptable,
    RequestEntityTooLarge,
    UnsupportedMediaType,
    InternalError,
    Expired,
    ServiceUnavailable,
};

/// Returns the name as Kubernetes writes it: "AlreadyExists"; empty for `Unknown`.
[[nodiscard]] std::string_view to_string(Reason reason);

/// Returns the HTTP status code that kube-apiserver answers for `reason`.
[[nodiscard]] int http_status(Reason reason);

/// One failed rule of an `Invalid` object (Kubernetes' `metav1.StatusCause`).
struct Cause {
    std::string reason;   ///< "FieldValueInvalid", "FieldValueRequired", ...
    std::string message;  ///< "Invalid value: -1: must be greater than or equal to 0"
    std::string field;    ///< "spec.replicas"

    bool operator==(const Cause&) const = default;
};

/// Where in an input a problem stands. Line and column count from 1; 0 means not known.
struct SourcePosition {
    std::string file;
    int line = 0;
    int column = 0;

    bool operator==(const SourcePosition&) const = default;
};

/// The object that a failure is about (Kubernetes' `metav1.StatusDetails`). Empty: not known.
struct Subject {
    std::string group;
    std::string kind;  ///< a kind ("Pod") or a resource ("pods"), as kube-apiserver has it
    std::string name;
    std::string uid;

    bool operator==(const Subject&) const = default;
};

/// A failure with a reason to branch on and a message to read.
struct Error {
    Reason reason = Reason::Unknown;
    std::string message;        ///< what, which object, what was allowed
    std::vector<Cause> causes;  ///< every failed rule, where there are several
    SourcePosition where;       ///< for input that came from a file
    Subject subject;
    int code = 0;  ///< an HTTP status that departs from `http_status(reason)`; 0: it does not

    bool operator==(const Error&) const = default;
};

/// Writes "file:line:column: message", leaving out what is not known.
[[nodiscard]] std::string to_string(const Error& error);
std::ostream& operator<<(std::ostream& out, const Error& error);

/// Throws `std::runtime_error`; what `Result::value()` does when it holds an error.
[[noreturn]] void throw_exception_from_error(const Error& error, const void* location);

}  // namespace wavetank
