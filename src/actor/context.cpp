#include <wavetank/actor/context.hpp>

#include "actor/context_state.hpp"

#include <wavetank/runtime/sleep.hpp>

#include <optional>
#include <utility>

namespace wavetank::actor {
namespace {

// What a task needs it holds itself, so that a handler may give a task away and end.

Task<> nothing() {
    co_return;
}

Task<> sleep_on(runtime::Executor& executor, Duration time) {
    co_await runtime::sleep_for(executor, time);
}

}  // namespace

Task<mesh::Response> Context::call(const std::string& url, mesh::Request request) {
    request.draws = state_->next_site();
    return state_->host().call(url, std::move(request));
}

Task<mesh::Response> Context::get(const std::string& url) {
    return state_->host().get(url, state_->next_site());
}

Task<mesh::Response> Context::post(const std::string& url, std::string json) {
    return call(url, mesh::Request::post_json("/", std::move(json)));
}

Task<> Context::compute(Duration time) {
    return time > Duration::zero() ? state_->host().compute(time, state_->next_site()) : nothing();
}

Task<> Context::sleep(Duration time) {
    return sleep_on(state_->executor(), time);
}

CounterRandom& Context::random() {
    std::optional<CounterRandom>& random = state_->random;
    return random ? *random : random.emplace(state_->draws);
}

const runtime::Clock& Context::clock() const {
    return state_->executor().clock();
}

}  // namespace wavetank::actor
