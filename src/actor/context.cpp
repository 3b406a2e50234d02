#include <wavetank/actor/context.hpp>

#include "actor/context_state.hpp"

#include <wavetank/runtime/sleep.hpp>

#include <utility>

namespace wavetank::actor {
namespace {

// What a task needs it holds itself, so that a handler may give a task away and end.

Task<mesh::Response> call_for(std::shared_ptr<Context::State> state, std::string url,
                              mesh::Request request) {
    request.draws = state->next_site();
    mesh::Response response = co_await state->host().call(std::move(url), std::move(request));
    co_return response;
}

Task<> compute_for(std::shared_ptr<Context::State> state, Duration time) {
    if (time > Duration::zero()) {
        co_await state->host().compute(time, state->next_site());
    }
}

Task<> sleep_for(std::shared_ptr<Context::State> state, Duration time) {
    co_await runtime::sleep_for(state->executor(), time);
}

}  // namespace

Task<mesh::Response> Context::call(std::string url, mesh::Request request) {
    return call_for(state_, std::move(url), std::move(request));
}

Task<mesh::Response> Context::get(std::string url) {
    return call(std::move(url), {});
}

Task<mesh::Response> Context::post(std::string url, std::string json) {
    return call(std::move(url), mesh::Request::post_json("/", std::move(json)));
}

Task<> Context::compute(Duration time) {
    return compute_for(state_, time);
}

Task<> Context::sleep(Duration time) {
    return sleep_for(state_, time);
}

CounterRandom& Context::random() {
    return state_->random;
}

const runtime::Clock& Context::clock() const {
    return state_->executor().clock();
}

}  // namespace wavetank::actor
