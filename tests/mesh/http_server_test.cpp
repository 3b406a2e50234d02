#include <wavetank/mesh/http_server.hpp>

#include "support/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A server that answers with what it was asked, unless told to keep the requests waiting.
class HttpServerTest : public testing::Test {
protected:
    HttpServer& serve(HttpServerOptions options = {}) {
        server_ = HttpServer::listen(runtime_, std::move(options),
                                     [this](Request request, runtime::Promise<Response> answer) {
                                         take(std::move(request), std::move(answer));
                                     })
                      .value();
        return *server_;
    }

    HttpClient connect() {
        return HttpClient{runtime_, server_->port()};
    }

    void take(Request request, runtime::Promise<Response> answer) {
        const std::string text = request.method + " " + request.path + " " + request.body + "!";
        requests_.push_back(std::move(request));
        if (keeps_waiting_) {
            waiting_.push_back(std::move(answer));
        } else {
            answer.set(Response::text(text));
        }
    }

    void run_until_waiting(std::size_t count) {
        while (waiting_.size() < count && runtime_.step()) {
        }
    }

    runtime::AsioRuntime runtime_;
    std::vector<Request> requests_;
    std::vector<runtime::Promise<Response>> waiting_;
    bool keeps_waiting_ = false;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithWhatTheHandlerSays) {
    serve();
    HttpClient client = connect();

    const std::string answer = client.ask("GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-Y: 1\r\n\r\n", "!");

    EXPECT_EQ(answer,
              "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 12\r\n\r\n"
              "GET /a?b=c !");
    EXPECT_EQ(requests_.at(0).headers, (Headers{{"host", "x"}, {"x-y", "1"}}));
    EXPECT_EQ(server_->address(), "127.0.0.1:" + std::to_string(server_->port()));
}

TEST_F(HttpServerTest, KeepsTheConnectionForTheNextRequest) {
    serve();
    HttpClient client = connect();

    EXPECT_THAT(client.ask("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", "!"),
                EndsWith("POST /1 ab!"));
    EXPECT_THAT(client.ask("POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n",
                           "!"),
                EndsWith("POST /2 cde!"));
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInTurn) {
    serve();
    HttpClient client = connect();

    client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HT");
    EXPECT_THAT(client.receive_until("GET /2 !"), HasSubstr("GET /1 !HTTP/1.1 200 OK"));
    client.send("TP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_THAT(client.receive_until("!"), EndsWith("GET /3 !"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
    serve();
    HttpClient client = connect();

    EXPECT_EQ(client.ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n"),
              "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 7\r\n\r\n");
    EXPECT_EQ(requests_.at(0).method, "GET");
}

TEST_F(HttpServerTest, ClosesTheConnectionsOfOldClientsAndOfThoseThatAskForIt) {
    serve();

    HttpClient old = connect();
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.receive_all(), HasSubstr("connection: close\r\n\r\nGET / !"));
    HttpClient polite = connect();
    polite.send("BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(polite.receive_all(), EndsWith("BREW /pot !"));
}

TEST_F(HttpServerTest, SendsTheGoAheadToAClientThatWaitsForIt) {
    serve();
    HttpClient client = connect();

    EXPECT_EQ(client.ask("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                         "Expect: 100-continue\r\n\r\n",
                         "\r\n\r\n"),
              "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_THAT(client.ask("ab", "!"), EndsWith("PUT / ab!"));
}

struct Refusal {
    std::string request;
    std::string answer;
};

TEST_F(HttpServerTest, RefusesWhatIsNoRequestOrTooLong) {
    serve({.body_limit = 4, .header_limit = 64});
    const std::vector<Refusal> refusals{
        {"nonsense\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/2.7\r\nHost: x\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
         "HTTP/1.1 4"},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde", "HTTP/1.1 413 "},
        {"GET /" + std::string(80, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 431 "},
    };
    for (const Refusal& refusal : refusals) {
        HttpClient client = connect();
        const std::string answer = client.ask(refusal.request, "at no time");
        EXPECT_THAT(answer, StartsWith(refusal.answer)) << refusal.request;
        EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
    }
    EXPECT_TRUE(requests_.empty());
}

TEST_F(HttpServerTest, AnswersWith503WhenTheHandlerForgetsTo) {
    serve();
    keeps_waiting_ = true;
    HttpClient client = connect();

    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run_until_waiting(1);
    waiting_.clear();

    EXPECT_THAT(client.receive_until("nobody answered"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(HttpServerTest, LeavesHeadersOutThatWouldBreakTheMessage) {
    serve();
    keeps_waiting_ = true;
    HttpClient client = connect();

    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run_until_waiting(1);
    waiting_.at(0).set({.headers = {{"a", "b\r\nc: d"}, {"content-length", "9"}}, .body = "!"});

    EXPECT_EQ(client.receive_until("!"), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n!");
}

TEST_F(HttpServerTest, LetsClientsWaitThatAreTooMany) {
    serve({.connections_limit = 1});
    std::optional<HttpClient> first{std::in_place, runtime_, server_->port()};
    HttpClient second = connect();

    EXPECT_THAT(first->ask("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", "!"), EndsWith("GET /1 !"));
    second.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(server_->connections(), 1U);
    first.reset();

    EXPECT_THAT(second.receive_until("!"), EndsWith("GET /2 !"));
}

TEST_F(HttpServerTest, ClosesConnectionsThatSayNothing) {
    serve({.idle_timeout = 10ms});
    HttpClient client = connect();

    EXPECT_EQ(client.receive_all(), "");
    while (server_->connections() > 0 && runtime_.step()) {
    }
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(HttpServerTest, DrainsByAnsweringWhatItHasTaken) {
    serve();
    keeps_waiting_ = true;
    HttpClient idle = connect();
    HttpClient busy = connect();
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run_until_waiting(1);

    server_->drain(10s);
    EXPECT_EQ(idle.receive_all(), "");
    EXPECT_FALSE(connect().connected());
    waiting_.at(0).set(Response::text("late"));
    runtime_.run();

    EXPECT_THAT(busy.receive_all(), HasSubstr("connection: close\r\n\r\nlate"));
    EXPECT_EQ(runtime_.pending(), 0U);
}

TEST_F(HttpServerTest, DrainsNoLongerThanItMay) {
    serve();
    keeps_waiting_ = true;
    HttpClient busy = connect();
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run_until_waiting(1);

    server_->drain(5ms);
    runtime_.run();

    EXPECT_EQ(busy.receive_all(), "");
    EXPECT_FALSE(waiting_.at(0).awaited());
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
    HttpServer& first = serve();
    const auto listen = [this](HttpServerOptions options) {
        return HttpServer::listen(runtime_, std::move(options), {}).error();
    };

    EXPECT_EQ(listen({.address = "nowhere"}).message, "\"nowhere\" is no IP address");
    EXPECT_EQ(listen({.port = first.port()}).message,
              "cannot listen at " + first.address() + ": Address already in use");
}

}  // namespace
}  // namespace wavetank::mesh
