#pragma once

/// \file
/// Are the arguments of a plugin right? kube-scheduler's rules for each of its own.

#include <wavetank/base/error.hpp>

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// Checks the arguments that a configuration gives to a plugin; those of plugins that are not
/// kube-scheduler's are left to them. `place` is where the entry stands, as
/// "profiles[0].pluginConfig[1]".
[[nodiscard]] std::vector<Error> check_plugin_args(std::string_view plugin,
                                                   const boost::json::value& args,
                                                   const std::string& place);

}  // namespace wavetank::scheduler
