#include <wavetank/actor/replica.hpp>

#include "actor/context_state.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

namespace wavetank::actor {
namespace {

// Takes memory from the pool of coroutines' frames, which has some for each size at hand.
template <class Value>
struct FrameAllocator {
    using value_type = Value;

    FrameAllocator() = default;
    template <class Other>
    FrameAllocator(const FrameAllocator<Other>& /*other*/) {
    }  // NOLINT(google-explicit-constructor)

    [[nodiscard]] Value* allocate(std::size_t count) {
        return static_cast<Value*>(runtime::CoroutinePromise::operator new(count * sizeof(Value)));
    }
    void deallocate(Value* memory, std::size_t count) {
        runtime::CoroutinePromise::operator delete(memory, count * sizeof(Value));
    }
    bool operator==(const FrameAllocator&) const = default;
};

}  // namespace

Replica::Replica(runtime::Executor& executor, Host& host, Handler handler)
    : executor_(executor), host_(host), handler_(std::move(handler)), gate_(executor) {}

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
            if (to.awaited()) {
                to.set(mesh::Response::error(503, "connection reset by peer"));
            }
        }
    } const hangup{*to};
    try {
        to->set(co_await begin(std::move(request)));
    } catch (const runtime::Cancelled&) {
        throw;
    } catch (...) {
        to->set(answer_to_exception());
    }
}

Task<mesh::Response> Replica::begin(mesh::Request&& request) {
    Context context{std::allocate_shared<Context::State>(FrameAllocator<Context::State>{}, *this,
                                                         request.draws)};
    return handler_(std::move(context), std::move(request));
}

mesh::Response Replica::answer_to_exception() {
    try {
        throw;
    } catch (const std::exception& failure) {
        return mesh::Response::error(500, failure.what());
    } catch (...) {
        return mesh::Response::error(500, "the handler failed");
    }
}

}  // namespace wavetank::actor
