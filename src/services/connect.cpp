#include "services/connect.hpp"

#include <boost/json.hpp>

#include <google/protobuf/util/json_util.h>

namespace wavetank::services {
namespace {

using mesh::Request;
using mesh::Response;

bool is_binary(const Request& request) {
    const auto type = request.headers.find("content-type");
    return type != request.headers.end() && type->second == "application/proto";
}

bool is_json(const Request& request) {
    const auto type = request.headers.find("content-type");
    return type != request.headers.end() && type->second.starts_with("application/json");
}

struct CodeFacts {
    std::string_view name;
    int status;
};

// connectrpc.com, "Error codes".
CodeFacts facts_of(ConnectCode code) {
    switch (code) {
        case ConnectCode::InvalidArgument:
            return {"invalid_argument", 400};
        case ConnectCode::OutOfRange:
            return {"out_of_range", 400};
        case ConnectCode::Internal:
            break;
    }
    return {"internal", 500};
}

}  // namespace

Response connect_error(ConnectCode code, std::string_view message) {
    const CodeFacts facts = facts_of(code);
    Response response = Response::json(
        boost::json::serialize(boost::json::object{{"code", facts.name}, {"message", message}}));
    response.status = facts.status;
    return response;
}

Response read_connect_call(const Request& request, std::string_view path,
                           google::protobuf::Message& input) {
    if (request.path.substr(0, request.path.find('?')) != path) {
        return Response::error(404, "no such method: " + request.path);
    }
    if (request.method != "POST") {
        return Response::error(405, "use POST");
    }
    if (is_binary(request)) {
        if (!input.ParseFromString(request.body)) {
            return connect_error(ConnectCode::InvalidArgument, "the body is no such message");
        }
        return {.status = 0};
    }
    if (!is_json(request)) {
        return Response::error(415, "use application/json or application/proto");
    }
    const auto status = google::protobuf::util::JsonStringToMessage(request.body, &input);
    if (!status.ok()) {
        return connect_error(ConnectCode::InvalidArgument, std::string{status.message()});
    }
    return {.status = 0};
}

Response write_connect_answer(const Request& request, const google::protobuf::Message& output) {
    if (is_binary(request)) {
        Response response{.headers = {{"content-type", "application/proto"}}};
        response.body = output.SerializeAsString();
        return response;
    }
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(output, &text, options).ok()) {
        return connect_error(ConnectCode::Internal, "the answer has no JSON form");
    }
    return Response::json(std::move(text));
}

std::string query_parameter(std::string_view path, std::string_view name) {
    const std::size_t mark = path.find('?');
    std::string_view rest = mark == std::string_view::npos ? "" : path.substr(mark + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
            return std::string{pair.substr(equals + 1)};
        }
    }
    return {};
}

}  // namespace wavetank::services
