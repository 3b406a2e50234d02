#include <wavetank/actor/context.hpp>

#include "actor/context_state.hpp"

#include <wavetank/runtime/sleep.hpp>

#include <utility>

namespace wavetank::actor {

Task<mesh::Response> Context::call(std::string url, mesh::Request request) {
    request.draws = state_->next_site();
    mesh::Response response =
        co_await state_->replica.host_.call(std::move(url), std::move(request));
    co_return response;
}

Task<mesh::Response> Context::get(std::string url) {
    return call(std::move(url), {});
}

Task<mesh::Response> Context::post(std::string url, std::string json) {
    return call(std::move(url), mesh::Request::post_json("/", std::move(json)));
}

Task<> Context::compute(Duration time) {
    if (time > Duration::zero()) {
        co_await state_->replica.host_.compute(time, state_->next_site());
    }
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
