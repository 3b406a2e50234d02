#include "istio/problems.hpp"

#include <fmt/format.h>

namespace wavetank::istio {

void ErrorList::append(const ErrorList& others) {
    if (others.empty()) {
        return;
    }
    if (empty()) {
        *this = others;
        return;
    }
    items_.insert(items_.end(), others.items_.begin(), others.items_.end());
    is_list_ = true;
}

void ErrorList::append_listed(std::string error) {
    items_.push_back(std::move(error));
    is_list_ = true;
}

std::string ErrorList::text() const {
    if (!is_list_) {
        return empty() ? std::string{} : items_.front();
    }
    std::string text = items_.size() == 1 ? std::string{"1 error occurred:"}
                                          : std::to_string(items_.size()) + " errors occurred:";
    for (const std::string& item : items_) {
        text += "\n\t* " + item;
    }
    return text + "\n\n";
}

std::string go_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
            case '\\':
                quoted += {'\\', c};
                break;
            case '\n':
                quoted += "\\n";
                break;
            case '\t':
                quoted += "\\t";
                break;
            case '\r':
                quoted += "\\r";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                    quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
                } else {
                    quoted += c;
                }
        }
    }
    return quoted + "\"";
}

// Go writes exponents from 1e21 on, fmt from 1e16.
std::string go_number(double number) {
    std::string shortest = fmt::format("{}", number);
    const bool is_whole = number >= 1e16 && number < 1e21;
    return is_whole ? fmt::format("{:.0f}", number) : shortest;
}

std::string go_fixed(double number) {
    return fmt::format("{:.6f}", number);
}

}  // namespace wavetank::istio
