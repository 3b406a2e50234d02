#include <wavetank/services/adder.hpp>

#include "services/adder.pb.h"
#include "services/connect.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace wavetank::services {
namespace {

using actor::Context;
using mesh::Request;
using mesh::Response;

constexpr std::string_view add_path = "/wavetank.adder.v1.AdderService/Add";
constexpr std::string_view overflow_text = "the sum does not fit in 64 bits";

std::optional<std::int64_t> add(std::int64_t augend, std::int64_t addend) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(augend, addend, &sum)) {
        return std::nullopt;
    }
    return sum;
}

std::optional<std::int64_t> parse_integer(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

Response answer_get(const Request& request) {
    const auto augend = parse_integer(query_parameter(request.path, "a"));
    const auto addend = parse_integer(query_parameter(request.path, "b"));
    if (!augend || !addend) {
        return Response::error(400, "ask for /?a=1&b=2 with two 64-bit integers");
    }
    const auto sum = add(*augend, *addend);
    return sum ? Response::text(std::to_string(*sum))
               : Response::error(400, std::string{overflow_text});
}

Task<Response> serve(Context context, Request request, AdderOptions options) {
    const Duration work = options.work.sample(context.random());
    co_await context.compute(work);
    if (request.method == "GET") {
        co_return answer_get(request);
    }
    adder::v1::AddRequest input;
    Response refused = read_connect_call(request, add_path, input);
    if (refused.status != 0) {
        co_return refused;
    }
    const auto sum = add(input.augend(), input.addend());
    if (!sum) {
        co_return connect_error(ConnectCode::OutOfRange, overflow_text);
    }
    adder::v1::AddResponse output;
    output.set_sum(*sum);
    co_return write_connect_answer(request, output);
}

}  // namespace

actor::Handler adder(AdderOptions options) {
    return [options](Context context, Request request) {
        return serve(std::move(context), std::move(request), options);
    };
}

}  // namespace wavetank::services
