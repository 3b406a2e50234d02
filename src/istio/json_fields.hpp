#pragma once

/// \file
/// Fields of objects that are kept as JSON, read as protobuf reads them: what is absent has its
/// zero value, and where a message is absent so are its fields.

#include <wavetank/base/time.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::istio {

namespace json = boost::json;

/// Labels of a proxy or an endpoint; also annotations.
using Labels = std::map<std::string, std::string, std::less<>>;

/// Returns the field; null if it is absent, or JSON null, or an empty list (which protobuf cannot
/// tell from an absent one), or there is no message.
[[nodiscard]] const json::value* field(const json::object* message, std::string_view name);
[[nodiscard]] const json::object* message_in(const json::object* message, std::string_view name);
[[nodiscard]] const json::array* list_in(const json::object* message, std::string_view name);

/// Returns the messages of a list; none if it is absent.
[[nodiscard]] std::vector<const json::object*> messages_in(const json::object* message,
                                                           std::string_view name);
[[nodiscard]] std::vector<std::string> texts_in(const json::object* message, std::string_view name);
[[nodiscard]] std::string text_in(const json::object* message, std::string_view name);
[[nodiscard]] bool flag_in(const json::object* message, std::string_view name);
[[nodiscard]] double number_in(const json::object* message, std::string_view name);
[[nodiscard]] std::int64_t integer_in(const json::object* message, std::string_view name);
[[nodiscard]] std::optional<Duration> duration_in(const json::object* message,
                                                  std::string_view name);

/// Reads a map of texts.
[[nodiscard]] Labels labels_in(const json::object* message, std::string_view name);

/// Writes a duration as proto JSON does: "10s", "0.250s", "0.000100s".
[[nodiscard]] std::string proto_duration(Duration duration);

/// Puts the field's duration into proto JSON, if there is one.
void copy_duration(const json::object* from, std::string_view name, json::object& to,
                   std::string_view as);

/// Tells whether every one of `some` is in `all`, with its value.
[[nodiscard]] bool is_subset(const Labels& some, const Labels& all);

/// Returns the label's value; empty if there is none.
[[nodiscard]] const std::string& label_of(const Labels& labels, std::string_view name);

/// Splits at a character; an empty text gives one empty part.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] bool equal_fold(std::string_view one, std::string_view other);

/// Returns a number as whole if it is: as the other side of a comparison has it.
[[nodiscard]] json::value proto_number(double number);

}  // namespace wavetank::istio
