#include <wavetank/runtime/cancellation.hpp>

#include <utility>

namespace wavetank::runtime {

const char* Cancelled::what() const noexcept {
    return "cancelled";
}

StopListener::~StopListener() {
    unlisten();
}

void StopListener::listen(StopToken token) {
    unlisten();
    if (token.source_ != nullptr && !token.source_->stopped_) {
        token.source_->add(*this);
    }
}

void StopListener::unlisten() {
    if (source_ != nullptr) {
        source_->remove(*this);
    }
}

StopSource::StopSource(StopToken parent) : stopped_{parent.stop_requested()} {
    listen(parent);
}

StopSource::~StopSource() {
    while (first_ != nullptr) {
        remove(*first_);
    }
}

void StopSource::request_stop() {
    stopped_ = true;
    while (first_ != nullptr) {
        StopListener& listener = *first_;
        remove(listener);
        listener.on_stop();
    }
}

void StopSource::on_stop() {
    request_stop();
}

void StopSource::add(StopListener& listener) {
    listener.source_ = this;
    listener.previous_ = last_;
    (last_ == nullptr ? first_ : last_->next_) = &listener;
    last_ = &listener;
}

void StopSource::remove(StopListener& listener) {
    (listener.previous_ == nullptr ? first_ : listener.previous_->next_) = listener.next_;
    (listener.next_ == nullptr ? last_ : listener.next_->previous_) = listener.previous_;
    listener.source_ = nullptr;
    listener.previous_ = nullptr;
    listener.next_ = nullptr;
}

StopCallback::StopCallback(StopToken token, Callback callback) : callback_{std::move(callback)} {
    if (token.stop_requested()) {
        callback_();
    } else {
        listen(token);
    }
}

void StopCallback::on_stop() {
    callback_();
}

}  // namespace wavetank::runtime
