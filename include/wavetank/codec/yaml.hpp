#pragma once

/// \file
/// JSON values as YAML text, in the form in which kubectl prints them.
///
/// Reading YAML is `parse_yaml` and `parse_stream` in document.hpp.

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace wavetank::codec {

/// Writes a value as YAML, as sigs.k8s.io/yaml does: sorted keys (numbers in them by value), list
/// items not indented under their key, texts of several lines as literal blocks where that is
/// exact, and quotes only where YAML 1.1 would read something else. Ends with a line break.
///
/// Departs from upstream in never folding long lines. Requires: texts are UTF-8.
[[nodiscard]] std::string to_yaml(const boost::json::value& value);

/// Tells whether `left` comes before `right` among YAML keys: letters after everything else, and
/// runs of digits by value ("a9" before "a10").
[[nodiscard]] bool yaml_key_less(std::string_view left, std::string_view right);

}  // namespace wavetank::codec
