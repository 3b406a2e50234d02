#pragma once

/// \file
/// A client for tests of servers: one connection over loopback, driven by the server's own thread.

#include <wavetank/runtime/asio_runtime.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank::test {

/// One connection. The kernel completes connecting and sending, so it needs no thread: while it
/// waits for an answer, it lets the runtime work.
class HttpClient {
public:
    HttpClient(runtime::AsioRuntime& runtime, std::uint16_t port)
        : runtime_{runtime}, socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~HttpClient() {
        ::close(socket_);
    }
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    [[nodiscard]] bool connected() const {
        return connected_;
    }

    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t count =
                ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count > 0) {
                text.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno != EAGAIN || !runtime_.step()) {
                return;
            }
        }
    }

    /// Sends `text` and returns the answers up to and with the first body that ends in `end`.
    [[nodiscard]] std::string ask(std::string_view text, std::string_view end) {
        send(text);
        return receive_until(end);
    }

    /// Receives until what has come ends in `end`, or the server closes.
    [[nodiscard]] std::string receive_until(std::string_view end) {
        std::string all;
        while (!all.ends_with(end) && receive(all)) {
        }
        return all;
    }

    /// Receives until the server closes.
    [[nodiscard]] std::string receive_all() {
        std::string all;
        while (receive(all)) {
        }
        return all;
    }

private:
    bool receive(std::string& all) {
        char chunk[4096];
        for (;;) {
            const ssize_t count = ::recv(socket_, chunk, sizeof chunk, MSG_DONTWAIT);
            if (count > 0) {
                all.append(chunk, static_cast<std::size_t>(count));
                return true;
            }
            if (count == 0 || errno != EAGAIN || !runtime_.step()) {
                return false;
            }
        }
    }

    runtime::AsioRuntime& runtime_;
    int socket_;
    bool connected_ = false;
};

}  // namespace wavetank::test
