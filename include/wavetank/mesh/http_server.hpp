#pragma once

/// \file
/// How do real clients reach a handler? Over HTTP/1.1, on a socket.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/runtime/asio_runtime.hpp>
#include <wavetank/runtime/future.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace wavetank::mesh {

struct HttpServerOptions {
    std::string address = "127.0.0.1";                ///< an IP address of this machine
    std::uint16_t port = 0;                           ///< 0: any that is free
    std::size_t body_limit = std::size_t{1} << 20;    ///< a longer body is answered with 413
    std::size_t header_limit = std::size_t{1} << 14;  ///< a longer header is answered with 431
    std::size_t connections_limit = 1024;  ///< further clients wait until one of them leaves
    Duration idle_timeout = std::chrono::seconds{60};  ///< for a whole request, or for an answer
};

/// Serves HTTP/1.1 on one listening socket.
///
/// Connections are kept alive; requests of one connection are answered in turn. HEAD reaches the
/// handler as GET and is answered without the body. Malformed requests are answered with 400 and
/// never reach the handler.
/// Threads: the one that runs the runtime.
class HttpServer {
public:
    /// Takes a request; the promise's value goes to the client, 503 if it goes without one.
    using Handler = std::function<void(Request, runtime::Promise<Response>)>;

    /// Begins to listen.
    /// Errors: `BadRequest` if the address is none, `ServiceUnavailable` if it is not to be had.
    /// Lifetime: `runtime` outlives the server.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(runtime::AsioRuntime& runtime,
                                                                    HttpServerOptions options,
                                                                    Handler handler);

    /// Closes all connections. Handlers that have not answered find nobody to answer to.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Returns the address that it listens at, "127.0.0.1:8080" or "[::1]:8080".
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::uint16_t port() const;

    /// Closes the listener and the idle connections at once, the others when they have their
    /// answer, and those that are left after `limit` in any case. A second call does nothing.
    void drain(Duration limit);

    [[nodiscard]] std::size_t connections() const;

private:
    class Session;
    struct State;
    explicit HttpServer(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace wavetank::mesh
