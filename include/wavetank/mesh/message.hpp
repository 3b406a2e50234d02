#pragma once

/// \file
/// What services say to each other: HTTP-shaped requests and responses, as values.

#include <wavetank/base/random.hpp>

#include <map>
#include <string>

namespace wavetank::mesh {

/// Header fields by lower-case name.
using Headers = std::map<std::string, std::string>;

/// A request on its way to a service.
struct Request {
    std::string method = "GET";
    std::string path = "/";
    Headers headers{};
    std::string body{};
    DrawKey draws{};  ///< whose randomness this request brings with it

    /// Makes a POST of a JSON text.
    [[nodiscard]] static Request post_json(std::string path, std::string body);
};

/// What came back. Failures on the way are responses, too: 503 for a refused connection, 504 for
/// a timeout, so a caller branches on one thing alone.
struct Response {
    int status = 200;
    Headers headers{};
    std::string body{};

    [[nodiscard]] bool ok() const {
        return status >= 200 && status < 300;
    }

    [[nodiscard]] static Response text(std::string body);
    [[nodiscard]] static Response json(std::string body);
    /// Makes an answer with a status and a line that explains it.
    [[nodiscard]] static Response error(int status, std::string message);
};

}  // namespace wavetank::mesh
