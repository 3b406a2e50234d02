#include "registry/pod/paths.hpp"

namespace wavetank::registry {

FieldErrors validate_no_backsteps(std::string_view file, const Path& path) {
    std::string_view rest = file;
    while (true) {
        const std::size_t slash = rest.find('/');
        if (rest.substr(0, slash) == "..") {
            return {api::invalid_value(path, file, "must not contain '..'")};
        }
        if (slash == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(slash + 1);
    }
}

FieldErrors validate_descending_path(std::string_view file, const Path& path) {
    FieldErrors errors;
    if (file.starts_with('/')) {
        errors.push_back(api::invalid_value(path, file, "must be a relative path"));
    }
    append(errors, validate_no_backsteps(file, path));
    return errors;
}

FieldErrors validate_unreserved_path(std::string_view file, const Path& path) {
    FieldErrors errors = validate_descending_path(file, path);
    if (file.starts_with("..") && !file.starts_with("../")) {
        errors.push_back(api::invalid_value(path, file, "must not start with '..'"));
    }
    return errors;
}

}  // namespace wavetank::registry
