#include <wavetank/services/front_end.hpp>

#include <string>
#include <utility>

namespace wavetank::services {
namespace {

using actor::Context;
using mesh::Request;
using mesh::Response;

Task<Response> serve(Context context, [[maybe_unused]] Request request, FrontEndOptions options) {
    const Duration work = options.work.sample(context.random());
    co_await context.compute(work);
    const Response first = co_await context.get(options.random_number_url + "/");
    const Response second = co_await context.get(options.random_number_url + "/");
    if (!first.ok() || !second.ok()) {
        co_return Response::error(502, "no random number to be had");
    }
    const Response sum =
        co_await context.get(options.adder_url + "/?a=" + first.body + "&b=" + second.body);
    if (!sum.ok()) {
        co_return Response::error(502, "the numbers could not be added");
    }
    co_return Response::json("{\"first\":" + first.body + ",\"second\":" + second.body +
                             ",\"sum\":" + sum.body + "}");
}

}  // namespace

actor::Handler front_end(FrontEndOptions options) {
    return [options = std::move(options)](Context context, Request request) {
        return serve(std::move(context), std::move(request), options);
    };
}

}  // namespace wavetank::services
