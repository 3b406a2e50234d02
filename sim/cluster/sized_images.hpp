#pragma once

/// \file
/// How large are images?

#include <wavetank/node/image_source.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace wavetank::sim {

/// Images of which some sizes are known. All exist.
class SizedImages final : public node::ImageSource {
public:
    explicit SizedImages(std::map<std::string, std::int64_t> sizes) : sizes_(std::move(sizes)) {}

    [[nodiscard]] Result<void> pull(const std::string& /*image*/) const override {
        return {};
    }
    [[nodiscard]] std::int64_t size(const std::string& image) const override {
        const auto found = sizes_.find(image);
        return found != sizes_.end() ? found->second : node::image_size_default;
    }

private:
    std::map<std::string, std::int64_t> sizes_;  // in bytes
};

}  // namespace wavetank::sim
