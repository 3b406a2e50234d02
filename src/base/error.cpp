#include <wavetank/base/error.hpp>

#include <array>
#include <ostream>
#include <stdexcept>

namespace wavetank {
namespace {

struct ReasonFacts {
    std::string_view name;
    int status;
};

// In the order of the enumerators; codes as in apimachinery's `api/errors`.
constexpr std::array<ReasonFacts, 19> reason_facts{{
    {"", 500},
    {"Unauthorized", 401},
    {"Forbidden", 403},
    {"NotFound", 404},
    {"AlreadyExists", 409},
    {"Conflict", 409},
    {"Gone", 410},
    {"Invalid", 422},
    {"ServerTimeout", 500},
    {"Timeout", 504},
    {"TooManyRequests", 429},
    {"BadRequest", 400},
    {"MethodNotAllowed", 405},
    {"NotAcceptable", 406},
    {"RequestEntityTooLarge", 413},
    {"UnsupportedMediaType", 415},
    {"InternalError", 500},
    {"Expired", 410},
    {"ServiceUnavailable", 503},
}};

const ReasonFacts& facts_of(Reason reason) {
    return reason_facts.at(static_cast<std::size_t>(reason));
}

}  // namespace

std::string_view to_string(Reason reason) {
    return facts_of(reason).name;
}

int http_status(Reason reason) {
    return facts_of(reason).status;
}

std::string to_string(const Error& error) {
    std::string text = error.where.file;
    if (error.where.line > 0) {
        text += (text.empty() ? "line " : ":") + std::to_string(error.where.line);
        if (error.where.column > 0) {
            text += ":" + std::to_string(error.where.column);
        }
    }
    if (!text.empty()) {
        text += ": ";
    }
    return text + error.message;
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
    return out << to_string(error);
}

void throw_exception_from_error(const Error& error, const void* /*location*/) {
    throw std::runtime_error(to_string(error));
}

}  // namespace wavetank
