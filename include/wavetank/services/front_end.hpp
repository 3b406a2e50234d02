#pragma once

/// \file
/// A front end for the tutorial's two services: asks for two random numbers and has them added.

#include <wavetank/actor/handler.hpp>
#include <wavetank/base/distribution.hpp>

#include <string>

namespace wavetank::services {

struct FrontEndOptions {
    std::string random_number_url = "http://random-number-service-svc";
    std::string adder_url = "http://addition-service-svc";
    Distribution work{};  ///< CPU time of a request
};

/// Returns a handler that answers any GET with a JSON object of the two numbers and their sum, or
/// with 502 if a call failed.
[[nodiscard]] actor::Handler front_end(FrontEndOptions options = {});

}  // namespace wavetank::services
