#pragma once

/// \file
/// Which images are there to be pulled?

#include <wavetank/base/result.hpp>

#include <string>

namespace wavetank::node {

/// Where nodes pull images from. Without one, every image exists.
class ImageSource {
public:
    virtual ~ImageSource() = default;

    /// Tells whether `image` can be pulled.
    /// Errors: anything; its message goes into the pod's events and status.
    [[nodiscard]] virtual Result<void> pull(const std::string& image) const = 0;
};

}  // namespace wavetank::node
