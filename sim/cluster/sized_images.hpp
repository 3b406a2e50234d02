#pragma once

/// \file
/// How large are images?

#include <wavetank/node/image_name.hpp>
#include <wavetank/node/image_source.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace wavetank::sim {

/// Images of which some sizes are known. All exist.
class SizedImages final : public node::ImageSource {
public:
    /// In bytes, by name. Of "web" and "web:latest", which are the same, the former counts.
    explicit SizedImages(const std::map<std::string, std::int64_t>& sizes) {
        for (const auto& [name, size] : sizes) {
            sizes_.emplace(node::listed_name(name), size);
        }
    }

    [[nodiscard]] Result<void> pull(const std::string& /*image*/) const override {
        return {};
    }
    [[nodiscard]] std::int64_t size(const std::string& image) const override {
        const auto found = sizes_.find(node::listed_name(image));
        return found != sizes_.end() ? found->second : node::image_size_default;
    }

private:
    std::map<std::string, std::int64_t> sizes_;  // by the names by which nodes list them
};

}  // namespace wavetank::sim
