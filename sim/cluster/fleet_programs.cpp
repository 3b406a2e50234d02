// The programs of pods in the data plane, and what of the requests to them their calls hand on: so
// that routes that go by headers find them deeper in a call graph.

#include "sim/cluster/fleet.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

// Tells the numbers of messages from those of services.
constexpr std::uint32_t message_bit = 0x80000000;

// Some headers of tracing are another for each request; what each says has services of its own. So
// many kinds of requests to one program hand on what they say, and others that come later nothing.
constexpr std::size_t kinds_max = 256;

// The headers of tracing that Istio's documentation asks programs to hand on.
bool is_of_tracing(std::string_view name) {
    constexpr std::string_view names[] = {
        "x-request-id",      "b3",  "traceparent",           "tracestate",
        "x-ot-span-context", "sw8", "x-cloud-trace-context", "grpc-trace-bin"};
    return std::ranges::find(names, name) != std::end(names) || name.starts_with("x-b3-") ||
           name.starts_with("x-datadog-");
}

}  // namespace

// A program's calls mean other Services in another namespace, and may go elsewhere if it is
// another client.
ProgramId Fleet::declare(const std::string& image, const Program& program, const Pod& pod) {
    const istio::Proxy client = client_in(pod);
    const std::vector<mesh::HttpFilter> filters = filters_of(pod, client);
    std::pair<std::string, std::string> who{image, client_name(client)};
    for (const mesh::HttpFilter& filter : filters) {
        who.second += "\n" + filter.name;
    }
    const auto known = programs_.find(who);
    if (known != programs_.end()) {
        return known->second;
    }
    DeclaredProgram declared;
    if (program.model != nullptr) {
        declared = program.model->program;
        for (const auto& step : program.model->calls) {
            auto& group = declared.calls.emplace_back();
            for (const PlannedCall& call : step) {
                mesh::Request request;
                static_cast<void>(mesh::parse_authority(call.url, request.path));
                group.push_back({.service = target_of(call.url, client, request),
                                 .probability = call.probability,
                                 .repeat = call.repeat,
                                 .message = coded_.keep(std::move(request))});
            }
        }
    }
    declared.is_code = program.code != nullptr;
    declared.filters = filters;
    const ProgramId id =
        plane_.act([&](DataPlane& plane) { return plane.add_program(std::move(declared)); });
    programs_.emplace(who, id);
    if (mesh_ && program.model != nullptr && !program.model->calls.empty()) {
        callers_.emplace(id, DeclaredCaller{.model = program.model, .client = client});
    }
    return id;
}

// Notes that requests which say this come to a target: those to a service, or with a message.
void Fleet::note_said(Target& target, std::uint32_t said, const mesh::Headers& headers) {
    if (!headers.empty() && target.said.insert(said).second) {
        said_.try_emplace(said, headers);
        note_programs(target);
    }
}

// The same for a service that takes requests to another, perhaps as a route has changed them.
void Fleet::note_taken(Target& taker, const Target& called, const MeshCluster& cluster,
                       std::optional<std::uint32_t> message) {
    if (message) {
        note_said(taker, *message | message_bit,
                  cluster.changed ? cluster.changed->headers : called.request.headers);
    } else if (!called.request.headers.empty()) {
        note_said(taker, static_cast<std::uint32_t>(called.service), called.request.headers);
    }
}

// Looks for programs behind a target that have not heard yet what is said to them.
void Fleet::note_programs(const Target& target) {
    for (const std::uint32_t said : target.said) {
        for (const ReplicaId replica : target.endpoints) {
            const auto program = caller_of_replica_.find(replica);
            if (program != caller_of_replica_.end() &&
                told_callers_.emplace(program->second, said).second) {
                to_tell_.emplace_back(program->second, said);
            }
        }
    }
}

// Tells them; where their calls go then, others may hear.
void Fleet::tell_callers() {
    if (std::exchange(is_telling_, true)) {
        return;
    }
    while (!to_tell_.empty()) {
        const auto [program, said] = to_tell_.front();
        to_tell_.pop_front();
        hand_on(program, said);
    }
    is_telling_ = false;
}

void Fleet::hand_on(ProgramId program, std::uint32_t said) {
    DeclaredCaller& caller = callers_.at(program);
    const std::vector<std::string>& named = caller.model->forward_headers;
    mesh::Headers headers = said_.at(said);
    std::erase_if(headers, [&](const auto& header) {
        return !is_of_tracing(header.first) &&
               std::ranges::find(named, header.first) == named.end();
    });
    if (headers.empty() || caller.kinds == kinds_max) {
        return;
    }
    ++caller.kinds;
    ForwardedCalls calls;
    for (const auto& [name, value] : headers) {
        calls.name += "\n" + name + ": " + value;
    }
    for (const auto& step : caller.model->calls) {
        for (const PlannedCall& call : step) {
            mesh::Request request{.headers = headers};
            static_cast<void>(mesh::parse_authority(call.url, request.path));
            const auto [place, is_new] =
                changed_messages_.try_emplace("\ncall " + request.path + calls.name);
            if (is_new) {
                place->second = coded_.keep(request);
            }
            calls.calls.push_back(
                {.service = target_of(call.url, caller.client, request), .message = place->second});
        }
    }
    const bool is_changed = (said & message_bit) != 0;
    const RequestKind kind{
        .service = ServiceId{is_changed ? 0 : said},
        .message = is_changed ? std::optional{said & ~message_bit} : std::nullopt};
    plane_.act([&](DataPlane& plane) { plane.set_forwarded(program, kind, std::move(calls)); });
}

}  // namespace wavetank::sim
