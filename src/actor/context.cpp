#include <wavetank/actor/context.hpp>

#include "actor/context_state.hpp"

#include <wavetank/runtime/sleep.hpp>

#include <utility>

namespace wavetank::actor {

Task<mesh::Response> Context::call(std::string url, mesh::Request request) {
    // A call site is named by its place in the call graph, so that the callee's draws depend on
    // which call this is and not on who happened to be called before.
    request.draws = state_->draws;
    request.draws.call_site = static_cast<std::uint32_t>(
        mix_bits((std::uint64_t{state_->draws.call_site} << 32) + ++state_->calls_made));
    mesh::Response response =
        co_await state_->replica.proxy_.call(std::move(url), std::move(request));
    co_return response;
}

Task<mesh::Response> Context::get(std::string url) {
    return call(std::move(url), {});
}

Task<mesh::Response> Context::post(std::string url, std::string json) {
    return call(std::move(url), mesh::Request::post_json("/", std::move(json)));
}

Task<> Context::compute(Duration time) {
    const TimePoint done = state_->replica.reserve_cpu(time);
    co_await runtime::sleep_until(state_->replica.executor_, done);
}

Task<> Context::sleep(Duration time) {
    co_await runtime::sleep_for(state_->replica.executor_, time);
}

CounterRandom& Context::random() {
    return state_->random;
}

const runtime::Clock& Context::clock() const {
    return state_->replica.executor_.clock();
}

}  // namespace wavetank::actor
