#include <wavetank/services/random_number.hpp>

#include "services/connect.hpp"
#include "services/random_number.pb.h"

#include <wavetank/base/assert.hpp>

#include <string>
#include <utility>

namespace wavetank::services {
namespace {

using actor::Context;
using mesh::Request;
using mesh::Response;

constexpr std::string_view draw_path = "/wavetank.random.v1.RandomNumberService/Draw";

std::int64_t draw(Context& context, std::int64_t low, std::int64_t high) {
    // The width wraps to 0 for the whole range of 64 bits, where every bit pattern is wanted.
    const std::uint64_t width =
        static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    const std::uint64_t offset =
        width == 0 ? context.random().next() : context.random().below(width);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

Task<Response> serve(Context context, Request request, RandomNumberOptions options) {
    const Duration work = options.work.sample(context.random());
    co_await context.compute(work);
    if (request.method == "GET") {
        co_return Response::text(std::to_string(draw(context, options.low, options.high)));
    }
    random::v1::DrawRequest input;
    Response refused = read_connect_call(request, draw_path, input);
    if (refused.status != 0) {
        co_return refused;
    }
    const std::int64_t low = input.has_low() ? input.low() : options.low;
    const std::int64_t high = input.has_high() ? input.high() : options.high;
    if (low > high) {
        co_return connect_error(ConnectCode::InvalidArgument, "low must not be above high");
    }
    random::v1::DrawResponse output;
    output.set_number(draw(context, low, high));
    co_return write_connect_answer(request, output);
}

}  // namespace

actor::Handler random_number(RandomNumberOptions options) {
    WAVETANK_ASSERT(options.low <= options.high);
    return [options](Context context, Request request) {
        return serve(std::move(context), std::move(request), options);
    };
}

}  // namespace wavetank::services
