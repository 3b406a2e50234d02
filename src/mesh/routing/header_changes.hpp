#pragma once

/// \file
/// Headers as proxies treat them: looked up without regard to case, changed as routes say.

#include <wavetank/mesh/route_table.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::mesh {

[[nodiscard]] std::string in_lower_case(std::string_view text);
[[nodiscard]] bool same_header(std::string_view one, std::string_view other);

/// Returns the values of a header of a request, in order; pseudo-headers and `host` included.
[[nodiscard]] std::vector<std::string_view> header_values(const RouteRequest& request,
                                                          std::string_view name);

void remove_header(HeaderList& headers, std::string_view name);

/// Replaces all headers of the name by one, which stands last, as Envoy's `setCopy`.
void set_header(HeaderList& headers, std::string_view name, std::string value);

/// Applies one level's changes, as Envoy's `HeaderParser::evaluateHeaders`: removals, then values
/// that are all made from what was there before, those that overwrite first. `request` is what
/// %REQ()% refers to.
void change_headers(HeaderList& headers, std::span<const HeaderValueOption> to_add,
                    std::span<const std::string> to_remove, const RouteRequest& request);

/// The same for a request: what is removed of it, %REQ()% does not find.
void change_request_headers(RouteRequest& request, const HeaderMutations& changes);

/// Applies changes one after the other. `request` is what %REQ()% refers to.
void change_headers(HeaderList& headers, std::span<const HeaderMutation> changes,
                    const RouteRequest& request);

/// Returns a value with its variables filled in; what is not understood makes it empty.
[[nodiscard]] std::string filled_in(std::string_view format, const RouteRequest& request);

/// Returns what is wrong with a value's variables; empty if they are understood.
[[nodiscard]] std::string problem_of_format(std::string_view format);

}  // namespace wavetank::mesh
