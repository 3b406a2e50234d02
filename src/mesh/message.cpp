#include <wavetank/mesh/message.hpp>

#include <string_view>
#include <utility>

namespace wavetank::mesh {
namespace {

// Makes the header where it stays; a list of headers would be copied.
Response response(int status, std::string_view content_type, std::string&& body) {
    Response made{.status = status, .body = std::move(body)};
    made.headers.emplace_hint(made.headers.end(), std::string_view{"content-type"}, content_type);
    return made;
}

}  // namespace

Request Request::post_json(std::string path, std::string body) {
    return {.method = "POST",
            .path = std::move(path),
            .headers = {{"content-type", "application/json"}},
            .body = std::move(body)};
}

Response Response::text(std::string body) {
    return response(200, "text/plain", std::move(body));
}

Response Response::json(std::string body) {
    return response(200, "application/json", std::move(body));
}

Response Response::error(int status, std::string message) {
    return response(status, "text/plain", std::move(message));
}

}  // namespace wavetank::mesh
