#include <wavetank/actor/program_registry.hpp>

#include <utility>

namespace wavetank::actor {

std::string_view image_repository(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const std::size_t colon = image.rfind(':');
    const std::size_t slash = image.rfind('/');
    const bool tagged =
        colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
    return tagged ? image.substr(0, colon) : image;
}

void ProgramRegistry::add(std::string image, Handler handler) {
    programs_.insert_or_assign(std::move(image), std::move(handler));
}

const Handler* ProgramRegistry::find(std::string_view image) const {
    auto found = programs_.find(image);
    if (found == programs_.end()) {
        found = programs_.find(image_repository(image));
    }
    return found == programs_.end() ? nullptr : &found->second;
}

std::vector<std::string> ProgramRegistry::images() const {
    std::vector<std::string> images;
    for (const auto& [image, handler] : programs_) {
        images.push_back(image);
    }
    return images;
}

}  // namespace wavetank::actor
