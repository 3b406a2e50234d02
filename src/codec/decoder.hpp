#pragma once

/// \file
/// Walks a source and a type's table side by side. See decode.cpp for its two uses.

#include "codec/field_path.hpp"
#include "codec/source.hpp"
#include "codec/time_text.hpp"

#include <wavetank/codec/json.hpp>

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wavetank::codec {

/// Decodes one value. Goes on after a mistake, leaving that field as it was.
template <class Source>
class Decoder {
public:
    using Item = typename Source::Item;

    Decoder(const DecodeOptions& options, std::string_view file, Diagnostics& diagnostics)
        : options_{options}, file_{file}, diagnostics_{diagnostics} {}

    void run(const api::TypeInfo& type, void* out, const Item& item) {
        if (options_.kind == nullptr || Source::kind(item) != NodeKind::Mapping) {
            value(type, out, item);
            return;
        }
        Source::each_member(item, [&](std::string_view key, const Item& child) {
            if (key != "apiVersion" && key != "kind") {
                member(type, out, key, child);
            } else if (Source::kind(child) != NodeKind::String &&
                       Source::kind(child) != NodeKind::Null) {
                path_.enter_field(type.name, key);
                mismatch("string", child);
                path_.leave();
            }
        });
    }

    /// Decodes the members that `type` has, without duplicates, and hands `rest` the others.
    template <class Rest>
    void run_loosely(const api::TypeInfo& type, void* out, const Item& item, Rest rest) {
        if (Source::kind(item) != NodeKind::Mapping) {
            mismatch("map[string]interface {}", item);
            return;
        }
        Source::each_member(item, [&](std::string_view key, const Item& child) {
            if (Source::superseded(child)) {
                return;
            }
            if (const api::FieldInfo* field = type.find(key)) {
                path_.enter_field(type.name, field->name);
                value(field->type(), field->member(out), child);
                path_.leave();
            } else {
                rest(key, child);
            }
        });
    }

private:
    // A field and the object that holds it, which an inlined field may be.
    struct Target {
        const api::FieldInfo* field = nullptr;
        void* owner = nullptr;
    };

    void value(const api::TypeInfo& type, void* out, const Item& item) {
        using api::TypeKind;
        if (type.kind == TypeKind::Json) {
            *static_cast<boost::json::value*>(out) = Source::value(item);
            return;
        }
        if (Source::kind(item) == NodeKind::Null) {
            return;  // as absent
        }
        switch (type.kind) {
            case TypeKind::Boolean:
                return boolean(static_cast<bool*>(out), item);
            case TypeKind::Int32:
                return integer(static_cast<std::int32_t*>(out), "int32", item);
            case TypeKind::Int64:
                return integer(static_cast<std::int64_t*>(out), "int64", item);
            case TypeKind::String:
                return string(static_cast<std::string*>(out), item);
            case TypeKind::Text:
                return text(static_cast<api::Text*>(out), item);
            case TypeKind::Printed:
                return printed(type, out, item);
            case TypeKind::Quantity:
                return quantity(static_cast<api::Quantity*>(out), item);
            case TypeKind::IntOrString:
                return int_or_string(static_cast<api::IntOrString*>(out), item);
            case TypeKind::Time:
                return time(static_cast<api::Time*>(out), item);
            case TypeKind::MicroTime:
                return time(static_cast<api::MicroTime*>(out), item);
            case TypeKind::Object:
                return object(type, out, item);
            case TypeKind::List:
                return list(type, out, item);
            case TypeKind::Map:
                return map(type, out, item);
            case TypeKind::Optional:
            case TypeKind::Shared:
                return value(type.element(), type.edit(out), item);
            case TypeKind::Json:
                return;
        }
    }

    void boolean(bool* out, const Item& item) {
        if (Source::kind(item) != NodeKind::Boolean) {
            return mismatch("bool", item);
        }
        *out = Source::boolean(item);
    }

    template <class Integer>
    void integer(Integer* out, std::string_view go_type, const Item& item) {
        if (Source::kind(item) != NodeKind::Number) {
            return mismatch(go_type, item);
        }
        const auto number = Source::integer(item);
        if (!number || *number < std::numeric_limits<Integer>::min() ||
            *number > std::numeric_limits<Integer>::max()) {
            return wrong_type(
                "json: cannot unmarshal number " + Source::literal(item) + path_.go_target(go_type),
                item);
        }
        *out = static_cast<Integer>(*number);
    }

    void text(api::Text* out, const Item& item) {
        std::string read;
        string(&read, item);
        *out = read;
    }

    void printed(const api::TypeInfo& type, void* out, const Item& item) {
        std::string read;
        string(&read, item);
        type.parse(out, read);
    }

    void string(std::string* out, const Item& item) {
        if (Source::kind(item) != NodeKind::String) {
            return mismatch("string", item);
        }
        *out = Source::text(item);
    }

    // What Go's own decoders of a type say; they do not know which field they are for.
    void quantity(api::Quantity* out, const Item& item) {
        const NodeKind kind = Source::kind(item);
        const std::string text = kind == NodeKind::String   ? std::string{Source::text(item)}
                                 : kind == NodeKind::Number ? Source::literal(item)
                                                            : "{}";
        Result<api::Quantity> parsed = api::Quantity::parse(text);
        if (!parsed) {
            return wrong_type(parsed.error().message, item);
        }
        *out = std::move(*parsed);
    }

    void int_or_string(api::IntOrString* out, const Item& item) {
        const NodeKind kind = Source::kind(item);
        if (kind == NodeKind::String) {
            *out = api::IntOrString{std::string{Source::text(item)}};
            return;
        }
        const auto number = kind == NodeKind::Number ? Source::integer(item) : std::nullopt;
        if (!number || *number < std::numeric_limits<std::int32_t>::min() ||
            *number > std::numeric_limits<std::int32_t>::max()) {
            return wrong_type("json: cannot unmarshal " + word_for(kind) +
                                  (kind == NodeKind::Number ? " " + Source::literal(item) : "") +
                                  " into Go value of type int32",
                              item);
        }
        *out = api::IntOrString{static_cast<std::int32_t>(*number)};
    }

    template <class Moment>
    void time(Moment* out, const Item& item) {
        if (Source::kind(item) != NodeKind::String) {
            return wrong_type("json: cannot unmarshal " + word_for(Source::kind(item)) +
                                  " into Go value of type string",
                              item);
        }
        constexpr TimeForm form =
            std::is_same_v<Moment, api::MicroTime> ? TimeForm::Microseconds : TimeForm::Seconds;
        if (const auto problem = time_problem(Source::text(item), form)) {
            return wrong_type(*problem, item);
        }
        const Result<WallTime> parsed = parse_rfc3339(Source::text(item));
        if (!parsed) {
            return wrong_type(parsed.error().message, item);
        }
        *out = Moment{*parsed};
    }

    void list(const api::TypeInfo& type, void* out, const Item& item) {
        if (Source::kind(item) != NodeKind::Sequence) {
            return mismatch(go_type_name(type), item);
        }
        type.clear(out);
        const api::TypeInfo& element = type.element();
        std::size_t index = 0;
        Source::each_element(item, [&](const Item& child) {
            path_.enter_index(index++);
            value(element, type.append(out), child);
            path_.leave();
        });
    }

    void map(const api::TypeInfo& type, void* out, const Item& item) {
        if (Source::kind(item) != NodeKind::Mapping) {
            return mismatch(go_type_name(type), item);
        }
        type.clear(out);
        const api::TypeInfo& element = type.element();
        Source::each_member(item, [&](std::string_view key, const Item& child) {
            report_duplicate(key, child);
            path_.enter_key(key);
            if (!Source::superseded(child)) {
                value(element, type.slot(out, std::string{key}), child);
            }
            path_.leave();
        });
    }

    void object(const api::TypeInfo& type, void* out, const Item& item) {
        if (Source::kind(item) != NodeKind::Mapping) {
            return mismatch(go_type_name(type), item);
        }
        Source::each_member(
            item, [&](std::string_view key, const Item& child) { member(type, out, key, child); });
    }

    void member(const api::TypeInfo& type, void* out, std::string_view key, const Item& child) {
        report_duplicate(key, child);
        if (Source::superseded(child)) {
            return;
        }
        if (const Target target = find(type, out, key); target.field != nullptr) {
            path_.enter_field(type.name, target.field->name);
            value(target.field->type(), target.field->member(target.owner), child);
            path_.leave();
            return;
        }
        strict(Complaint::UnknownField, key, child);
        if (options_.unknown_fields == UnknownFields::Keep) {
            if (api::Unmodelled* rest = rest_of(type, out)) {
                (rest->has_value() ? **rest : rest->emplace())
                    .insert_or_assign(key, Source::value(child));
            }
        }
    }

    static const api::TypeInfo& struct_of(const api::FieldInfo& inlined) {
        const api::TypeInfo& type = inlined.type();
        return type.kind == api::TypeKind::Object ? type : type.element();
    }

    static void* struct_in(const api::FieldInfo& inlined, void* owner) {
        const api::TypeInfo& type = inlined.type();
        void* member = inlined.member(owner);
        return type.kind == api::TypeKind::Object ? member : type.edit(member);
    }

    static Target find(const api::TypeInfo& type, void* owner, std::string_view name) {
        if (const api::FieldInfo* field = type.find(name)) {
            return {field, owner};
        }
        for (const api::FieldInfo& field : type.fields) {
            if (!field.facts.inlined) {
                continue;
            }
            if (const api::FieldInfo* found = struct_of(field).find(name)) {
                return {found, struct_in(field, owner)};
            }
        }
        return {};
    }

    // A struct without a rest of its own leaves it to the struct inlined in it.
    static api::Unmodelled* rest_of(const api::TypeInfo& type, void* owner) {
        if (type.unmodelled != nullptr) {
            return &type.unmodelled(owner);
        }
        for (const api::FieldInfo& field : type.fields) {
            if (field.facts.inlined && struct_of(field).unmodelled != nullptr) {
                return &struct_of(field).unmodelled(struct_in(field, owner));
            }
        }
        return nullptr;
    }

    static std::string word_for(NodeKind kind) {
        constexpr std::string_view words[] = {"null",   "bool",  "number",
                                              "string", "array", "object"};
        return std::string{words[static_cast<std::size_t>(kind)]};
    }

    void mismatch(std::string_view go_type, const Item& item) {
        wrong_type(
            "json: cannot unmarshal " + word_for(Source::kind(item)) + path_.go_target(go_type),
            item);
    }

    void wrong_type(std::string message, const Item& item) {
        report(Severity::Error, Complaint::WrongType, path_.text(), std::move(message),
               Source::place(item));
    }

    // YAML's duplicates come from the document itself, before anything else.
    void report_duplicate(std::string_view key, const Item& child) {
        if (Source::repeats(child)) {
            strict(Complaint::Duplicate, key, child);
        }
    }

    void strict(Complaint complaint, std::string_view key, const Item& child) {
        if (options_.mode == Mode::Lenient) {
            return;
        }
        const std::string field = path_.text_with(key);
        report(options_.mode == Mode::Strict ? Severity::Error : Severity::Warning, complaint,
               field,
               (complaint == Complaint::UnknownField ? "unknown field \"" : "duplicate field \"") +
                   field + "\"",
               Source::key_place(child));
    }

    void report(Severity severity, Complaint complaint, std::string field, std::string message,
                Place place) {
        diagnostics_.items.push_back({severity,
                                      complaint,
                                      std::move(field),
                                      std::move(message),
                                      {std::string{file_}, place.line, place.column}});
    }

    const DecodeOptions& options_;
    std::string_view file_;
    Diagnostics& diagnostics_;
    FieldPath path_;
};

}  // namespace wavetank::codec
