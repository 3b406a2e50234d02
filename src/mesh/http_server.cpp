#include <wavetank/mesh/http_server.hpp>

#include <wavetank/runtime/gate.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace wavetank::mesh {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t read_size = std::size_t{1} << 14;

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

// "http://host/path", which clients send to proxies, names the same as "/path".
std::string path_of(std::string_view target) {
    if (const std::size_t scheme = target.find("://");
        scheme != std::string_view::npos && !target.starts_with('/')) {
        const std::size_t slash = target.find('/', scheme + 3);
        return slash == std::string_view::npos ? "/" : std::string{target.substr(slash)};
    }
    return std::string{target};
}

Request to_request(Parser::value_type message) {
    Request request{.method = std::string{message.method_string()},
                    .path = path_of(message.target())};
    if (request.method == "HEAD") {
        request.method = "GET";
    }
    for (const auto& field : message) {
        auto& value = request.headers[lower_case(field.name_string())];
        value += (value.empty() ? "" : ", ") + std::string{field.value()};
    }
    request.body = std::move(message.body());
    return request;
}

// A handler's text must not be able to end a header line.
bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

enum class Ending : std::uint8_t { KeepAlive, Close };

struct AnswerForm {
    Ending ending = Ending::KeepAlive;
    bool is_head = false;
    unsigned version = 11;
};

std::string to_text(const Response& response, AnswerForm form) {
    const bool bodiless = response.status == 204 || response.status == 304;
    const auto known = http::int_to_status(static_cast<unsigned>(response.status));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    text += (known == http::status::unknown ? "" : std::string{http::obsolete_reason(known)});
    text += "\r\n";
    for (const auto& [name, value] : response.headers) {
        if (is_one_line(name) && is_one_line(value) && name != "content-length" &&
            name != "connection" && name != "transfer-encoding") {
            text += name + ": " + value + "\r\n";
        }
    }
    if (!bodiless) {
        text += "content-length: " + std::to_string(response.body.size()) + "\r\n";
    }
    if (form.ending == Ending::Close) {
        text += "connection: close\r\n";
    } else if (form.version < 11) {
        text += "connection: keep-alive\r\n";
    }
    text += "\r\n";
    return bodiless || form.is_head ? text : text + response.body;
}

Response refusal(const error_code& error) {
    if (error == http::error::body_limit) {
        return Response::error(413, "the body is too long");
    }
    if (error == http::error::header_limit) {
        return Response::error(431, "the header is too long");
    }
    return Response::error(400, "no valid request: " + error.message());
}

std::string to_text(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(endpoint.port());
}

}  // namespace

// What the server and its connections share. Operations in flight hold their connection and that
// holds this, so it ends with the last of them, be that after the server.
struct HttpServer::State : std::enable_shared_from_this<State> {
    State(runtime::AsioRuntime& on, HttpServerOptions given, Handler to)
        : runtime{on},
          options{std::move(given)},
          handler{std::move(to)},
          acceptor{runtime.io_context()} {
        gate.emplace(runtime);
    }

    [[nodiscard]] Result<> open();
    void accept();
    void take(tcp::socket socket);
    void drain(Duration limit);
    void remove(std::uint64_t session);
    void close();

    runtime::AsioRuntime& runtime;
    HttpServerOptions options;
    Handler handler;
    tcp::acceptor acceptor;
    tcp::endpoint endpoint;
    std::map<std::uint64_t, Session*> sessions;  // by the order of their coming
    std::uint64_t sessions_taken = 0;
    std::optional<runtime::Gate> gate;  // of the requests in flight; none once closed
    runtime::TimerId drain_end = runtime::TimerId::None;
    bool accepting = false;
    bool draining = false;
};

// One connection: reads a request, has it answered, writes the answer, and again.
class HttpServer::Session : public std::enable_shared_from_this<Session> {
public:
    Session(std::shared_ptr<State> server, std::uint64_t number, tcp::socket socket)
        : server_{std::move(server)},
          number_{number},
          socket_{std::move(socket)},
          timer_{server_->runtime.io_context()} {}

    ~Session() {
        server_->remove(number_);
    }

    void begin_request() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(server_->options.header_limit));
        parser_->body_limit(server_->options.body_limit);
        continue_sent_ = false;
        idle_ = true;
        if (server_->draining && buffer_.empty()) {
            close();
            return;
        }
        set_timeout();
        parse();
    }

    void close_if_idle() {
        if (idle_) {
            close();
        }
    }

    void close() {
        error_code ignored;
        timer_.cancel();
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
        socket_.close(ignored);
    }

private:
    void set_timeout() {
        timer_.expires_after(server_->options.idle_timeout);
        timer_.async_wait([self = weak_from_this()](const error_code& error) {
            const auto session = self.lock();
            if (!error && session != nullptr) {
                session->close();
            }
        });
    }

    void read() {
        const std::size_t held = buffer_.size();
        buffer_.resize(held + read_size);
        socket_.async_read_some(
            asio::buffer(buffer_.data() + held, read_size),
            [self = shared_from_this(), held](const error_code& error, std::size_t count) {
                self->buffer_.resize(held + count);
                error ? self->close() : self->parse();
            });
    }

    void parse() {
        error_code error;
        while (!buffer_.empty() && !parser_->is_done() && !error) {
            idle_ = false;
            const std::size_t used = parser_->put(asio::buffer(buffer_), error);
            buffer_.erase(0, used);
        }
        if (parser_->is_done() && !error) {
            answer();
        } else if (error && error != http::error::need_more) {
            write(refusal(error), {.ending = Ending::Close});
        } else if (wants_go_ahead()) {
            go_ahead();
        } else {
            read();
        }
    }

    // A client that sends "expect: 100-continue" keeps the body back until it is asked for it.
    bool wants_go_ahead() const {
        return parser_->is_header_done() && !continue_sent_ &&
               lower_case(parser_->get()[http::field::expect]) == "100-continue";
    }

    void go_ahead() {
        continue_sent_ = true;
        output_ = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(
            socket_, asio::buffer(output_),
            [self = shared_from_this()](const error_code& error, std::size_t /*count*/) {
                error ? self->close() : self->read();
            });
    }

    void answer() {
        timer_.cancel();
        const bool keep_alive = parser_->keep_alive();
        auto message = parser_->release();
        const AnswerForm form{.ending = keep_alive ? Ending::KeepAlive : Ending::Close,
                              .is_head = message.method() == http::verb::head,
                              .version = message.version()};
        if (form.version >= 11 && message.find(http::field::host) == message.end()) {
            write(Response::error(400, "no valid request: it names no host"),
                  {.ending = Ending::Close});
        } else if (server_->gate) {
            server_->gate->spawn(handle(shared_from_this(), to_request(std::move(message)), form));
        }
    }

    static Task<> handle(std::shared_ptr<Session> self, Request request, AnswerForm form) {
        Response response = Response::error(503, "nobody answered");
        try {
            runtime::Future<Response> future{self->server_->runtime};
            self->server_->handler(std::move(request), future.promise());
            response = co_await future;
        } catch (const runtime::Cancelled&) {
            response.status = 503;
        }
        self->write(std::move(response), form);
    }

    void write(Response response, AnswerForm form) {
        if (server_->draining) {
            form.ending = Ending::Close;
        }
        output_ = to_text(response, form);
        set_timeout();
        asio::async_write(socket_, asio::buffer(output_),
                          [self = shared_from_this(), ending = form.ending](const error_code& error,
                                                                            std::size_t /*count*/) {
                              if (error || ending == Ending::Close) {
                                  self->end();
                              } else {
                                  self->begin_request();
                              }
                          });
    }

    // Sends the end and reads what is still coming, lest the client lose the answer to a reset.
    void end() {
        error_code error;
        socket_.shutdown(tcp::socket::shutdown_send, error);
        error || server_->draining ? close() : discard();
    }

    void discard() {
        idle_ = true;
        buffer_.resize(read_size);
        socket_.async_read_some(
            asio::buffer(buffer_),
            [self = shared_from_this()](const error_code& error, std::size_t /*count*/) {
                error ? self->close() : self->discard();
            });
    }

    std::shared_ptr<State> server_;
    std::uint64_t number_;
    tcp::socket socket_;
    asio::steady_timer timer_;
    std::optional<Parser> parser_;
    std::string buffer_;  // what has come and is not parsed yet
    std::string output_;
    bool continue_sent_ = false;
    bool idle_ = true;  // nothing of a request has come
};

Result<> HttpServer::State::open() {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(options.address, error);
    if (error) {
        return Error{.reason = Reason::BadRequest,
                     .message = "\"" + options.address + "\" is no IP address"};
    }
    const tcp::endpoint wanted{address, options.port};
    acceptor.open(wanted.protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    }
    if (!error) {
        acceptor.bind(wanted, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (!error) {
        endpoint = acceptor.local_endpoint(error);
    }
    if (error) {
        return Error{.reason = Reason::ServiceUnavailable,
                     .message = "cannot listen at " + to_text(wanted) + ": " + error.message()};
    }
    accept();
    return {};
}

void HttpServer::State::accept() {
    if (accepting || draining || sessions.size() >= options.connections_limit) {
        return;
    }
    accepting = true;
    acceptor.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
        self->accepting = false;
        if (self->draining) {
            return;
        }
        if (!error) {
            self->take(std::move(socket));
            self->accept();
        } else {  // out of descriptors, say: what is there may end soon
            self->runtime.schedule_after(std::chrono::milliseconds{100},
                                         [self] { self->accept(); });
        }
    });
}

void HttpServer::State::take(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    const std::uint64_t number = ++sessions_taken;
    const auto session = std::make_shared<Session>(shared_from_this(), number, std::move(socket));
    sessions.emplace(number, session.get());
    session->begin_request();
}

void HttpServer::State::drain(Duration limit) {
    if (draining) {
        return;
    }
    draining = true;
    error_code ignored;
    acceptor.close(ignored);
    const auto present = sessions;
    for (const auto& [number, session] : present) {
        session->close_if_idle();
    }
    if (!sessions.empty()) {
        drain_end = runtime.schedule_after(limit, [self = shared_from_this()] { self->close(); });
    }
}

void HttpServer::State::remove(std::uint64_t session) {
    sessions.erase(session);
    if (sessions.empty() && drain_end != runtime::TimerId::None) {
        runtime.cancel(std::exchange(drain_end, runtime::TimerId::None));
    } else if (gate) {
        accept();
    }
}

void HttpServer::State::close() {
    draining = true;
    error_code ignored;
    acceptor.close(ignored);
    const auto present = sessions;
    for (const auto& [number, session] : present) {
        session->close();
    }
    gate.reset();
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_{std::move(state)} {}

HttpServer::~HttpServer() {
    state_->runtime.cancel(std::exchange(state_->drain_end, runtime::TimerId::None));
    state_->close();
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(runtime::AsioRuntime& runtime,
                                                       HttpServerOptions options, Handler handler) {
    auto state = std::make_shared<State>(runtime, std::move(options), std::move(handler));
    if (const auto opened = state->open(); !opened) {
        return opened.error();
    }
    return std::unique_ptr<HttpServer>{new HttpServer{std::move(state)}};
}

std::string HttpServer::address() const {
    return to_text(state_->endpoint);
}

std::uint16_t HttpServer::port() const {
    return state_->endpoint.port();
}

void HttpServer::drain(Duration limit) {
    state_->drain(limit);
}

std::size_t HttpServer::connections() const {
    return state_->sessions.size();
}

}  // namespace wavetank::mesh
