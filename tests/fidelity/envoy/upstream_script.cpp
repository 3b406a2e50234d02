#include "fidelity/envoy/upstream_script.hpp"

#include "fidelity/envoy/proxy_config.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using std::chrono::milliseconds;

Duration milliseconds_in(const object& from, std::string_view member) {
    return milliseconds{static_cast<std::int64_t>(number_or(from, member, 0))};
}

}  // namespace

Reach reach_of(const std::string& address) {
    if (address.starts_with("127.0.4.")) {
        return Reach::Refuses;
    }
    return address.starts_with("127.0.5.") ? Reach::NeverAnswers : Reach::Accepts;
}

ServerAction read_action(const object& from) {
    using Kind = ServerAction::Kind;
    only_members(from, "attempts",
                 {"status", "delay_ms", "headers", "hang", "reset", "rst_stream", "close",
                  "conn_close", "conn_close_silent", "then_ms", "stall"});
    ServerAction action{
        .delay = milliseconds_in(from, "delay_ms"),
        .status = static_cast<std::uint16_t>(number_or(from, "status", 200)),
        .says_close = flag_in(from, "conn_close"),
        .closes_silently = flag_in(from, "conn_close_silent"),
        .then = milliseconds_in(from, "then_ms"),
    };
    if (const value* headers = from.if_contains("headers")) {
        action.headers = headers_in(*headers);
    }
    if (from.contains("hang")) {
        action.kind = Kind::Hang;
    } else if (const value* code = from.if_contains("rst_stream")) {
        constexpr int protocol_error = 1;
        constexpr int refused_stream = 7;
        action.kind = Kind::ResetStream;
        const int given = code->to_number<int>();
        action.reset = given == protocol_error   ? mesh::ResetReason::ProtocolError
                       : given == refused_stream ? mesh::ResetReason::RemoteRefusedStreamReset
                                                 : mesh::ResetReason::RemoteReset;
    } else if (const value* reset = from.if_contains("reset")) {
        action.kind =
            reset->as_string() == "before_headers" ? Kind::EndConnection : Kind::AnswerInPart;
    } else if (from.contains("stall")) {
        action.kind = Kind::Stall;
    } else if (const value* close = from.if_contains("close")) {
        if (close->as_string() != "before_headers") {
            throw NotModelled{"close " + std::string{close->as_string()}};
        }
        action.kind = Kind::EndConnection;
    }
    return action;
}

UpstreamScript::UpstreamScript(object script) : script_(std::move(script)) {
    only_members(script_, "script", {"attempts", "hosts", "requests"});
    if (!object_or_empty(script_, "requests").empty()) {
        throw NotModelled{"upstream.script.requests"};
    }
}

ServerAction UpstreamScript::next(const std::string& host, std::uint32_t attempt) {
    const std::size_t arrived = arrived_[host]++;
    const object hosts = object_or_empty(script_, "hosts");
    const value* own = hosts.if_contains(host);
    const value* common = script_.if_contains("attempts");
    const value* listed = own == nullptr ? common : own;
    if (listed == nullptr) {
        return {};
    }
    const array& actions = listed->as_array();
    const std::size_t place = own == nullptr ? attempt : arrived;
    return read_action(actions.at(std::min(place, actions.size() - 1)).as_object());
}

}  // namespace wavetank::fidelity
