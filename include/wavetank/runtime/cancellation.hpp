#pragma once

/// \file
/// How does work that nobody waits for any more come to an end?
///
/// As `std::stop_source` and its kin, less the threads: a `StopSource` belongs to whoever may call
/// work off, its tokens travel down to the work. A coroutine that sleeps or waits when its token
/// fires resumes with `Cancelled`, which unwinds it to its `Gate`; nothing on the way needs code.

#include <wavetank/runtime/callback.hpp>

#include <exception>

namespace wavetank::runtime {

class StopListener;
class StopSource;

/// Thrown into a coroutine that is called off. Only a `Gate` catches it.
class Cancelled : public std::exception {
public:
    [[nodiscard]] const char* what() const noexcept override;
};

/// Asks whether a source has been stopped. The default token never is.
/// Lifetime: must not be used after its source is gone.
class StopToken {
public:
    StopToken() = default;

    [[nodiscard]] bool stop_requested() const;

private:
    friend class StopListener;
    friend class StopSource;
    explicit StopToken(StopSource* source) : source_{source} {}

    StopSource* source_ = nullptr;
};

/// Something to be told, once, when a source stops. Derive from it; it stops listening as it goes.
class StopListener {
public:
    StopListener(const StopListener&) = delete;
    StopListener& operator=(const StopListener&) = delete;

protected:
    StopListener() = default;
    ~StopListener();

    /// Listens to `token` in place of what it listened to; in vain if that has stopped already.
    void listen(StopToken token);

    /// Listens no longer.
    void unlisten();

private:
    friend class StopSource;
    virtual void on_stop() = 0;

    StopSource* source_ = nullptr;
    StopListener* previous_ = nullptr;
    StopListener* next_ = nullptr;
};

/// Calls off the work that holds its tokens.
class StopSource final : private StopListener {
public:
    StopSource() = default;

    /// Stops when `parent` does, too.
    explicit StopSource(StopToken parent);
    ~StopSource();

    /// Tells all listeners, in the order in which they began to listen. A second call does nothing.
    void request_stop();

    [[nodiscard]] bool stop_requested() const {
        return stopped_;
    }
    [[nodiscard]] StopToken token() {
        return StopToken{this};
    }

private:
    friend class StopListener;
    void on_stop() override;
    void add(StopListener& listener);
    void remove(StopListener& listener);

    StopListener* first_ = nullptr;
    StopListener* last_ = nullptr;
    bool stopped_ = false;
};

/// Calls a function when a source stops; at once if it has stopped already.
class StopCallback final : private StopListener {
public:
    StopCallback(StopToken token, Callback callback);

private:
    void on_stop() override;

    Callback callback_;
};

inline bool StopToken::stop_requested() const {
    return source_ != nullptr && source_->stop_requested();
}

}  // namespace wavetank::runtime
