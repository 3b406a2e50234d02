#include <wavetank/mesh/message.hpp>

#include <utility>

namespace wavetank::mesh {

Request Request::post_json(std::string path, std::string body) {
    return {.method = "POST",
            .path = std::move(path),
            .headers = {{"content-type", "application/json"}},
            .body = std::move(body)};
}

Response Response::text(std::string body) {
    return {.headers = {{"content-type", "text/plain"}}, .body = std::move(body)};
}

Response Response::json(std::string body) {
    return {.headers = {{"content-type", "application/json"}}, .body = std::move(body)};
}

Response Response::error(int status, std::string message) {
    return {
        .status = status, .headers = {{"content-type", "text/plain"}}, .body = std::move(message)};
}

}  // namespace wavetank::mesh
