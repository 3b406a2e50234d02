#pragma once

/// \file
/// What is wrong with one field of an object, in the words of kube-apiserver.
///
/// Messages are those of apimachinery's `field.Error` without the field: "Invalid value: -1: must
/// be greater than or equal to 0".

#include <wavetank/base/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api {

/// The failed rules of an object, in the order in which upstream reports them.
using FieldErrors = std::vector<Cause>;

/// Returns the text in double quotes with Go's escapes (`%q`).
[[nodiscard]] std::string quoted(std::string_view text);

/// Returns the text as Go's JSON encoder writes it, with <, > and & escaped.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// Reports a malformed value, which is quoted.
[[nodiscard]] Cause invalid_value(std::string_view field, std::string_view value,
                                  std::string_view detail);

/// Reports a malformed value that is printed as given: a number, a boolean or JSON.
[[nodiscard]] Cause invalid_literal(std::string_view field, std::string_view literal,
                                    std::string_view detail);
[[nodiscard]] Cause invalid_value(std::string_view field, std::int64_t value,
                                  std::string_view detail);
[[nodiscard]] Cause required_value(std::string_view field, std::string_view detail);
[[nodiscard]] Cause duplicate_value(std::string_view field, std::string_view value);
[[nodiscard]] Cause not_found_value(std::string_view field, std::string_view value);
[[nodiscard]] Cause forbidden_value(std::string_view field, std::string_view detail);

/// Reports a value that is none of `supported`.
[[nodiscard]] Cause unsupported_value(std::string_view field, std::string_view value,
                                      const std::vector<std::string>& supported);

/// Reports a value of more than `length_max` bytes.
[[nodiscard]] Cause too_long_value(std::string_view field, std::int64_t length_max);

/// Reports a list of `count` items where `count_max` are allowed.
[[nodiscard]] Cause too_many_values(std::string_view field, std::int64_t count,
                                    std::int64_t count_max);

/// Returns the field and the message: "spec.replicas: Invalid value: ...".
[[nodiscard]] std::string to_string(const Cause& cause);

/// Joins the texts as upstream's `ErrorList.ToAggregate`: equal ones once, several in brackets.
[[nodiscard]] std::string aggregate_text(const FieldErrors& causes);

}  // namespace wavetank::api
