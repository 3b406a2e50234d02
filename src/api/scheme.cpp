#include <wavetank/api/scheme.hpp>

namespace wavetank::api {

GroupVersionKind GroupVersionKind::from(std::string_view api_version, std::string_view kind) {
    const std::size_t slash = api_version.find('/');
    if (slash == std::string_view::npos) {
        return {"", std::string{api_version}, std::string{kind}};
    }
    return {std::string{api_version.substr(0, slash)}, std::string{api_version.substr(slash + 1)},
            std::string{kind}};
}

std::string GroupVersionKind::api_version() const {
    return group.empty() ? version : group + "/" + version;
}

}  // namespace wavetank::api
