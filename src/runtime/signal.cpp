#include <wavetank/runtime/signal.hpp>

namespace wavetank::runtime {

Signal::~Signal() {
    while (first_ != nullptr) {
        remove(*first_);
    }
}

Signal::Wait Signal::wait() {
    return Wait{*this};
}

void Signal::notify_all() {
    while (notify_one()) {
    }
}

bool Signal::notify_one() {
    while (first_ != nullptr) {
        Wait& wait = *first_;
        remove(wait);
        if (wait.waiter_.waiting()) {  // else it is called off and about to resume
            wait.waiter_.wake();
            return true;
        }
    }
    return false;
}

void Signal::remove(Wait& wait) {
    (wait.previous_ == nullptr ? first_ : wait.previous_->next_) = wait.next_;
    (wait.next_ == nullptr ? last_ : wait.next_->previous_) = wait.previous_;
    wait.previous_ = nullptr;
    wait.next_ = nullptr;
    wait.queued_ = false;
}

Signal::Wait::~Wait() {
    if (queued_) {
        signal_->remove(*this);
    }
}

bool Signal::Wait::enqueue() {
    previous_ = signal_->last_;
    (signal_->last_ == nullptr ? signal_->first_ : signal_->last_->next_) = this;
    signal_->last_ = this;
    queued_ = true;
    return true;
}

}  // namespace wavetank::runtime
