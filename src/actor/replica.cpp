#include <wavetank/actor/replica.hpp>

#include "actor/context_state.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace wavetank::actor {

Replica::Replica(runtime::Executor& executor, mesh::MeshContext& mesh, Handler handler,
                 Random random, ReplicaOptions options)
    : executor_(executor),
      handler_(std::move(handler)),
      options_(std::move(options)),
      proxy_(mesh, options_.in_namespace, random),
      cpu_free_at_(options_.cpus),
      gate_(executor) {
    WAVETANK_ASSERT(options_.cpus > 0);
    WAVETANK_ASSERT(options_.cpu_speed > 0);
}

Replica::~Replica() = default;

void Replica::serve(mesh::Request request, runtime::Promise<mesh::Response> answer) {
    gate_.spawn(answer_one(std::move(request),
                           std::make_shared<runtime::Promise<mesh::Response>>(std::move(answer))));
}

Task<> Replica::answer_one(mesh::Request request,
                           std::shared_ptr<runtime::Promise<mesh::Response>> to) {
    // Answers with 503 if the replica goes before the handler is done.
    struct Hangup {
        runtime::Promise<mesh::Response>& to;
        ~Hangup() {
            to.set(mesh::Response::error(503, "connection reset by peer"));
        }
    } const hangup{*to};

    mesh::Response response;
    try {
        Context context{std::make_shared<Context::State>(*this, request.draws)};
        response = co_await handler_(std::move(context), std::move(request));
    } catch (const runtime::Cancelled&) {
        throw;
    } catch (const std::exception& failure) {
        response = mesh::Response::error(500, failure.what());
    } catch (...) {
        response = mesh::Response::error(500, "the handler failed");
    }
    to->set(std::move(response));
}

void Replica::slow_down(double factor) {
    WAVETANK_ASSERT(factor > 0);
    slow_down_ = factor;
}

TimePoint Replica::reserve_cpu(Duration time) {
    auto& free_at = *std::min_element(cpu_free_at_.begin(), cpu_free_at_.end());
    const auto busy = Duration{static_cast<Duration::rep>(static_cast<double>(time.count()) *
                                                          slow_down_ / options_.cpu_speed)};
    free_at = std::max(free_at, executor_.clock().now()) + busy;
    cpu_used_ += time;
    return free_at;
}

}  // namespace wavetank::actor
