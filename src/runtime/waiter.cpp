#include <wavetank/runtime/waiter.hpp>

#include <utility>

namespace wavetank::runtime {

Waiter::~Waiter() {
    if (timer_ != TimerId::None) {
        executor_->cancel(timer_);
    }
    if (is_posted()) {
        executor_->withdraw(*this);
    }
}

bool Waiter::suspend(std::coroutine_handle<> coroutine, StopToken token) {
    if (token.stop_requested()) {
        cancelled_ = true;
        return false;
    }
    coroutine_ = coroutine;
    waiting_ = true;
    listen(token);
    return true;
}

void Waiter::wake_at(TimePoint time) {
    WAVETANK_ASSERT(waiting_ && timer_ == TimerId::None);
    timer_ = executor_->schedule(time, [this] { run(); });
}

void Waiter::wake() {
    if (waiting_) {
        waiting_ = false;
        unlisten();
        if (timer_ != TimerId::None) {
            executor_->cancel(std::exchange(timer_, TimerId::None));
        }
        executor_->wake(*this);
    }
}

void Waiter::finish() const {
    if (cancelled_) {
        throw Cancelled{};
    }
}

void Waiter::on_stop() {
    cancelled_ = true;
    wake();
}

// The coroutine destroys its waiter as it goes on, so that is the last thing to happen here.
void Waiter::run() {
    timer_ = TimerId::None;
    waiting_ = false;
    unlisten();
    coroutine_.resume();
}

}  // namespace wavetank::runtime
