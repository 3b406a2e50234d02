#pragma once

/// \file
/// How does the same handler that was simulated answer real clients, and tell a cluster how it is?

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/mesh/http_server.hpp>
#include <wavetank/runtime/asio_runtime.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace wavetank::sim {

struct ServiceServerOptions {
    mesh::HttpServerOptions http{};
    std::uint64_t seed = 1;  ///< of what the handler draws; a program that serves takes a fresh one
    std::uint32_t cpus = 1;  ///< computations side by side
};

/// Serves one handler over HTTP, beside what probes and scrapers ask for: `GET /healthz`, `/readyz`
/// (503 once it drains) and `/metrics` (Prometheus' text format).
///
/// Calls that the handler makes are answered with 503: nothing is behind it.
class ServiceServer {
public:
    /// Begins to listen. Errors: those of `mesh::HttpServer::listen`.
    /// Lifetime: `runtime` outlives the server.
    [[nodiscard]] static Result<std::unique_ptr<ServiceServer>> listen(
        runtime::AsioRuntime& runtime, actor::Handler handler, ServiceServerOptions options = {});
    ~ServiceServer();
    ServiceServer(const ServiceServer&) = delete;
    ServiceServer& operator=(const ServiceServer&) = delete;

    /// Returns the address that it listens at, "127.0.0.1:8080".
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::uint16_t port() const;

    /// Takes no new clients, answers the requests in flight, for `limit` at most, then closes.
    void drain(Duration limit);

    /// Returns how many requests the handler has answered.
    [[nodiscard]] std::uint64_t requests_answered() const;

private:
    struct State;
    explicit ServiceServer(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace wavetank::sim
