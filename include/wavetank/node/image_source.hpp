#pragma once

/// \file
/// Which images are there to be pulled?

#include <wavetank/base/result.hpp>

#include <cstdint>
#include <string>

namespace wavetank::node {

/// The size in bytes of an image of which nobody knows one.
inline constexpr std::int64_t image_size_default = 1'000'000;

/// Where nodes pull images from. Without one, every image exists.
class ImageSource {
public:
    virtual ~ImageSource() = default;

    /// Tells whether `image` can be pulled.
    /// Errors: anything; its message goes into the pod's events and status.
    [[nodiscard]] virtual Result<void> pull(const std::string& image) const = 0;

    /// Returns the size of `image` in bytes; by default a million. A node that lists it in its
    /// status knows better.
    [[nodiscard]] virtual std::int64_t size(const std::string& image) const;
};

}  // namespace wavetank::node
