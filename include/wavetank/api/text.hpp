#pragma once

/// \file
/// Names, UIDs and addresses that very many objects repeat, at the price of one word each.
///
/// A pod's name stands in its object, in the Endpoint that points at it and in what controllers
/// know of it. With a `std::string` each, the copies take more memory than the pod.

#include <wavetank/base/reference_count.hpp>
#include <wavetank/base/slab.hpp>

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wavetank::api {

class Text;

/// What a `Text` can be made from, or compared with, without being one.
template <class T>
concept TextLike =
    std::convertible_to<const T&, std::string_view> && !std::same_as<std::remove_cvref_t<T>, Text>;

/// An immutable text of eight bytes: up to seven characters stand in it, longer ones on the heap,
/// where all copies share them. Reads like a `std::string`; to change it, assign another.
///
/// Lifetime: views of it, and its iterators, last until it is moved, assigned to or destroyed.
/// Threads: copies in different threads are independent.
class Text {
public:
    static constexpr std::size_t npos = std::string_view::npos;

    Text() = default;
    template <TextLike From>
    Text(const From& from) : Text(std::string_view{from}, Exactly{}) {}
    Text(const Text& other) noexcept : bits_(other.bits_) {
        retain();
    }
    Text(Text&& other) noexcept : bits_(std::exchange(other.bits_, 0)) {}
    Text& operator=(const Text& other) noexcept {
        Text copy{other};
        std::swap(bits_, copy.bits_);
        return *this;
    }
    Text& operator=(Text&& other) noexcept {
        std::swap(bits_, other.bits_);
        return *this;
    }
    ~Text() {
        release();
    }

    [[nodiscard]] std::string_view view() const {
        return is_short() ? short_view() : long_view();
    }
    operator std::string_view() const {
        return view();
    }
    [[nodiscard]] std::string str() const {
        return std::string{view()};
    }
    operator std::string() const {
        return str();
    }

    [[nodiscard]] bool empty() const {
        return bits_ == 0;
    }
    [[nodiscard]] std::size_t size() const {
        return view().size();
    }
    [[nodiscard]] const char* data() const {
        return view().data();
    }
    [[nodiscard]] const char* begin() const {
        return data();
    }
    [[nodiscard]] const char* end() const {
        return data() + size();
    }
    /// Requires: the text is not empty, for both.
    [[nodiscard]] char front() const {
        return view().front();
    }
    [[nodiscard]] char back() const {
        return view().back();
    }
    [[nodiscard]] bool starts_with(std::string_view head) const {
        return view().starts_with(head);
    }
    [[nodiscard]] bool ends_with(std::string_view tail) const {
        return view().ends_with(tail);
    }
    [[nodiscard]] std::size_t find(std::string_view part, std::size_t from = 0) const {
        return view().find(part, from);
    }
    [[nodiscard]] std::size_t find(char part, std::size_t from = 0) const {
        return view().find(part, from);
    }
    [[nodiscard]] std::size_t rfind(char part, std::size_t from = npos) const {
        return view().rfind(part, from);
    }
    /// Requires: `from` is at most the size.
    [[nodiscard]] std::string substr(std::size_t from, std::size_t count = npos) const {
        return std::string{view().substr(from, count)};
    }
    void clear() {
        *this = Text{};
    }

    friend bool operator==(const Text& left, const Text& right) {
        return left.bits_ == right.bits_ ||
               (!left.is_short() && !right.is_short() && left.long_view() == right.long_view());
    }
    friend std::strong_ordering operator<=>(const Text& left, const Text& right) {
        return left.view() <=> right.view();
    }
    template <TextLike Other>
    friend bool operator==(const Text& left, const Other& right) {
        return left.view() == std::string_view{right};
    }
    template <TextLike Other>
    friend std::strong_ordering operator<=>(const Text& left, const Other& right) {
        return left.view() <=> std::string_view{right};
    }

    friend std::string operator+(const Text& left, const Text& right) {
        return joined(left.view(), right.view());
    }
    friend std::string operator+(std::string&& left, const Text& right) {
        return std::move(left.append(right.view()));
    }
    template <TextLike Other>
    friend std::string operator+(const Text& left, const Other& right) {
        return joined(left.view(), std::string_view{right});
    }
    template <TextLike Other>
    friend std::string operator+(const Other& left, const Text& right) {
        return joined(std::string_view{left}, right.view());
    }
    friend std::string operator+(const Text& left, char right) {
        return joined(left.view(), {&right, 1});
    }
    friend std::string operator+(char left, const Text& right) {
        return joined({&left, 1}, right.view());
    }
    friend std::ostream& operator<<(std::ostream& out, const Text& text) {
        return out << text.view();
    }

private:
    // 1. Empty: 0. Short: the first byte is twice the size plus one, and the characters follow;
    //    the rest is 0. Long: the address of a block, which is even. Absent: 1.
    // 2. A text of up to seven characters is never long, so that unequal words of which one is
    //    short mean unequal texts.
    // 3. Odd words own nothing, so that `Address` and `Uid` may keep others than these here.
    struct Block {
        ReferenceCount references;
        std::uint32_t size;
    };
    struct Exactly {};
    struct Absent {};
    struct Word {
        std::uint64_t odd;
    };
    friend class OptionalText;
    friend class Address;
    friend class Uid;
    static constexpr std::size_t short_max = 7;

    Text(std::string_view text, Exactly /*tag*/);
    explicit Text(Absent /*tag*/) : bits_(1) {}
    explicit Text(Word word) : bits_(word.odd) {}

    [[nodiscard]] bool is_absent() const {
        return bits_ == 1;
    }

    [[nodiscard]] bool is_short() const {
        return bits_ == 0 || (bits_ & 1U) != 0;
    }
    [[nodiscard]] std::string_view short_view() const {
        const char* bytes = reinterpret_cast<const char*>(&bits_);
        return {bytes + 1, static_cast<std::size_t>((bits_ & 0xffU) >> 1U)};
    }
    [[nodiscard]] Block* block() const {
        return reinterpret_cast<Block*>(bits_);
    }
    [[nodiscard]] std::string_view long_view() const {
        return {reinterpret_cast<const char*>(block() + 1), block()->size};
    }
    void retain() const {
        if (!is_short()) {
            block()->references.add();
        }
    }
    void release() {
        if (!is_short() && block()->references.drop()) {
            slab_free(block(), sizeof(Block) + block()->size);
        }
    }
    static std::string joined(std::string_view left, std::string_view right);

    std::uint64_t bits_ = 0;
};

/// An optional text of eight bytes, for which absent and empty are two things. One that was moved
/// from is there and empty, as a `std::optional<std::string>` would be.
class OptionalText {
public:
    OptionalText() = default;
    OptionalText(std::nullopt_t /*absent*/) {}
    OptionalText(Text text) : text_(std::move(text)) {}
    template <TextLike From>
    OptionalText(const From& from) : text_(from) {}

    [[nodiscard]] bool has_value() const {
        return !text_.is_absent();
    }
    explicit operator bool() const {
        return has_value();
    }
    /// Requires: `has_value()`, for all three.
    [[nodiscard]] const Text& operator*() const {
        return text_;
    }
    [[nodiscard]] Text& operator*() {
        return text_;
    }
    [[nodiscard]] const Text* operator->() const {
        return &text_;
    }
    /// Returns the text, or `otherwise` if there is none.
    [[nodiscard]] std::string value_or(std::string_view otherwise) const {
        return std::string{has_value() ? text_.view() : otherwise};
    }
    /// Makes it an empty text, and returns that.
    Text& emplace() {
        return text_ = Text{};
    }
    void reset() {
        text_ = Text{Text::Absent{}};
    }
    bool operator==(const OptionalText&) const = default;

private:
    Text text_{Text::Absent{}};
};

}  // namespace wavetank::api

// What a `Text` and a `std::string` are compared as in algorithms.
template <template <class> class TextQualifier, template <class> class StringQualifier>
struct std::basic_common_reference<wavetank::api::Text, std::string, TextQualifier,
                                   StringQualifier> {
    using type = std::string_view;
};
template <template <class> class StringQualifier, template <class> class TextQualifier>
struct std::basic_common_reference<std::string, wavetank::api::Text, StringQualifier,
                                   TextQualifier> {
    using type = std::string_view;
};
template <>
struct std::hash<wavetank::api::Text> {
    std::size_t operator()(const wavetank::api::Text& text) const noexcept {
        return std::hash<std::string_view>{}(text.view());
    }
};
