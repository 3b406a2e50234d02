#include <wavetank/scheduler/status.hpp>

#include <utility>

namespace wavetank::scheduler {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::Success:
            return "Success";
        case Code::Error:
            return "Error";
        case Code::Unschedulable:
            return "Unschedulable";
        case Code::UnschedulableAndUnresolvable:
            return "UnschedulableAndUnresolvable";
        case Code::Wait:
            return "Wait";
        case Code::Skip:
            return "Skip";
        case Code::Pending:
            return "Pending";
    }
    return {};
}

Status Status::skip() {
    return {.code = Code::Skip};
}

Status Status::error(std::string reason) {
    return {.code = Code::Error, .reasons = {std::move(reason)}};
}

Status Status::unschedulable(std::string reason) {
    return {.code = Code::Unschedulable, .reasons = {std::move(reason)}};
}

Status Status::unresolvable(std::string reason) {
    return {.code = Code::UnschedulableAndUnresolvable, .reasons = {std::move(reason)}};
}

bool Status::rejected() const {
    return code == Code::Unschedulable || code == Code::UnschedulableAndUnresolvable ||
           code == Code::Pending;
}

std::string Status::message() const {
    std::string text;
    for (const std::string& reason : reasons) {
        text += text.empty() ? reason : ", " + reason;
    }
    return text;
}

}  // namespace wavetank::scheduler
