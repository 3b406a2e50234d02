#pragma once

/// \file
/// Reads proto JSON member by member, and knows in the end which members nobody asked for.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::mesh {

/// One object. The first problem of a whole document is kept; what cannot be read has its default.
class ProtoReader {
public:
    ProtoReader(const boost::json::object& object, std::string path, std::optional<Error>& problem)
        : object_(object), path_(std::move(path)), problem_(problem) {}

    [[nodiscard]] bool has(std::string_view member) const {
        return object_.contains(member);
    }

    [[nodiscard]] std::string text(std::string_view member, std::string otherwise = {});
    [[nodiscard]] bool flag(std::string_view member);
    [[nodiscard]] bool flag_or_true(std::string_view member);
    /// Reads a number, which may be written as text or within an object (`value`).
    [[nodiscard]] std::optional<double> number(std::string_view member);
    template <class T>
    [[nodiscard]] T integer(std::string_view member, T otherwise) {
        const auto found = number(member);
        return found ? static_cast<T>(*found) : otherwise;
    }
    [[nodiscard]] std::optional<Duration> duration(std::string_view member);
    [[nodiscard]] std::vector<std::string> texts(std::string_view member);
    [[nodiscard]] boost::json::object as_it_stands(std::string_view member);
    [[nodiscard]] boost::json::array as_list(std::string_view member);

    /// Calls `read` with the reader of an object, if it is there.
    template <class Read>
    bool object(std::string_view member, Read read) {
        const boost::json::value* found = find(member);
        if (found == nullptr) {
            return false;
        }
        if (!found->is_object()) {
            wrong(member, "an object is expected");
            return false;
        }
        ProtoReader inner{found->get_object(), below(member), problem_};
        read(inner);
        inner.finish();
        return true;
    }

    /// Calls `read` for each object of a list.
    template <class Read>
    void list(std::string_view member, Read read) {
        const boost::json::value* found = find(member);
        if (found == nullptr) {
            return;
        }
        if (!found->is_array()) {
            wrong(member, "a list is expected");
            return;
        }
        std::size_t index = 0;
        for (const boost::json::value& each : found->get_array()) {
            const std::string at = below(member) + "[" + std::to_string(index++) + "]";
            if (!each.is_object()) {
                refuse(at, "an object is expected");
                continue;
            }
            ProtoReader inner{each.get_object(), at, problem_};
            read(inner);
            inner.finish();
        }
    }

    /// Passes over members that have no bearing here.
    void ignore(std::initializer_list<std::string_view> members);

    void wrong(std::string_view member, std::string_view why) {
        refuse(below(member), why);
    }

    /// Finds fault with members that nobody asked for.
    void finish();

private:
    [[nodiscard]] const boost::json::value* find(std::string_view member);
    [[nodiscard]] std::string below(std::string_view member) const {
        return path_.empty() ? std::string{member} : path_ + "." + std::string{member};
    }
    void refuse(const std::string& at, std::string_view why);

    const boost::json::object& object_;
    std::string path_;
    std::optional<Error>& problem_;
    std::vector<std::string_view> known_;
};

}  // namespace wavetank::mesh
