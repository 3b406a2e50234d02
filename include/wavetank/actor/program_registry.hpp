#pragma once

/// \file
/// Which program is inside a container image?

#include <wavetank/actor/handler.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::actor {

/// Returns "registry:5000/name" of "registry:5000/name:tag@digest".
[[nodiscard]] std::string_view image_repository(std::string_view image);

/// Handlers by container image. A value of one simulation.
class ProgramRegistry {
public:
    /// Registers `handler` under `image`, or replaces the one that is there.
    void add(std::string image, Handler handler);

    /// Returns the program of exactly that image, else of the image without its tag or digest;
    /// null if there is none.
    [[nodiscard]] const Handler* find(std::string_view image) const;

    /// Returns all images in alphabetical order.
    [[nodiscard]] std::vector<std::string> images() const;

private:
    std::map<std::string, Handler, std::less<>> programs_;
};

}  // namespace wavetank::actor
