#pragma once

/// \file
/// The Connect protocol's rules for unary calls: `POST /package.Service/Method`, body in JSON or
/// binary Protobuf, errors as JSON with a code.

#include <wavetank/mesh/message.hpp>

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace wavetank::services {

/// Connect's error codes that these services use, each with its HTTP status.
enum class ConnectCode : std::uint8_t { InvalidArgument, OutOfRange, Internal };

/// Returns the error answer of the protocol.
[[nodiscard]] mesh::Response connect_error(ConnectCode code, std::string_view message);

/// Reads the message out of a call of `path`. Returns an empty response (status 0) when `input`
/// is filled, else the answer to send: 404, 405, 415 or invalid_argument.
[[nodiscard]] mesh::Response read_connect_call(const mesh::Request& request, std::string_view path,
                                               google::protobuf::Message& input);

/// Answers with `output` in the format in which `request` came.
[[nodiscard]] mesh::Response write_connect_answer(const mesh::Request& request,
                                                  const google::protobuf::Message& output);

/// Returns the value of a parameter in the query of `path`, still as text; empty if absent.
[[nodiscard]] std::string query_parameter(std::string_view path, std::string_view name);

}  // namespace wavetank::services
