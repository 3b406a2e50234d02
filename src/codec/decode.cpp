#include "codec/decoder.hpp"

#include <wavetank/codec/json.hpp>

namespace wavetank::codec {

/// The part of any object that is described.
struct Metadata {
    api::metav1::ObjectMeta metadata{};

    bool operator==(const Metadata&) const = default;
};
BOOST_DESCRIBE_STRUCT(Metadata, (), (metadata))

}  // namespace wavetank::codec

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<codec::Metadata> = "Unstructured";

}  // namespace wavetank::api

namespace wavetank::codec {
namespace {

void report_yaml_duplicates(const Document& source, Mode mode, Diagnostics& diagnostics) {
    if (mode == Mode::Lenient) {
        return;
    }
    for (const DuplicateKey& duplicate : source.duplicates) {
        diagnostics.items.push_back({mode == Mode::Strict ? Severity::Error : Severity::Warning,
                                     Complaint::DuplicateKey,
                                     {},
                                     "key " + duplicate.key + " already set in map",
                                     {source.file, duplicate.line, duplicate.column}});
    }
}

void report_json_duplicates(const Node& node, const std::string& path, const Document& source,
                            Severity severity, Diagnostics& diagnostics) {
    std::size_t index = 0;
    for (const Node& child : node.children) {
        const std::string below = node.kind == NodeKind::Sequence
                                      ? path + '[' + std::to_string(index) + ']'
                                      : (path.empty() ? "" : path + '.') + child.key;
        ++index;
        if (child.repeats) {
            diagnostics.items.push_back({severity,
                                         Complaint::Duplicate,
                                         below,
                                         "duplicate field \"" + below + '"',
                                         {source.file, child.key_line, child.key_column}});
        }
        report_json_duplicates(child, below, source, severity, diagnostics);
    }
}

void append_metadata(boost::json::object& result, const api::metav1::ObjectMeta& metadata) {
    result.emplace("metadata", encode(api::type_info<api::metav1::ObjectMeta>(), &metadata));
}

template <class Source>
api::Unstructured unstructured(const typename Source::Item& item, Decoder<Source> decoder) {
    api::Unstructured object{};
    std::string api_version;
    std::string kind;
    Metadata described{};
    decoder.run_loosely(api::type_info<Metadata>(), &described, item,
                        [&](std::string_view key, const auto& child) {
                            if (key != "apiVersion" && key != "kind") {
                                object.content.insert_or_assign(key, Source::value(child));
                            } else if (Source::kind(child) == NodeKind::String) {
                                (key == "kind" ? kind : api_version) = Source::text(child);
                            }
                        });
    object.gvk = api::GroupVersionKind::from(api_version, kind);
    object.metadata = std::move(described.metadata);
    return object;
}

}  // namespace

void decode(const api::TypeInfo& type, void* out, const boost::json::value& source,
            const DecodeOptions& options, Diagnostics& diagnostics) {
    Decoder<ValueSource>{options, {}, diagnostics}.run(type, out, source);
}

void decode(const api::TypeInfo& type, void* out, const Document& source,
            const DecodeOptions& options, Diagnostics& diagnostics) {
    if (source.format == DocumentFormat::Json) {
        return Decoder<NodeSource>{options, source.file, diagnostics}.run(type, out, source.root);
    }
    report_yaml_duplicates(source, options.mode, diagnostics);
    Decoder<NodeSource>{options, source.file, diagnostics}.run(type, out, source.root);
}

void check_duplicates(const Document& source, Mode mode, Diagnostics& diagnostics) {
    if (mode == Mode::Lenient) {
        return;
    }
    if (source.format == DocumentFormat::Yaml) {
        report_yaml_duplicates(source, mode, diagnostics);
        return;
    }
    report_json_duplicates(source.root, "", source,
                           mode == Mode::Strict ? Severity::Error : Severity::Warning, diagnostics);
}

boost::json::value to_json(const api::Unstructured& object) {
    boost::json::object result;
    result.emplace("apiVersion", object.gvk.api_version());
    result.emplace("kind", object.gvk.kind);
    append_metadata(result, object.metadata);
    for (const auto& [key, value] : object.content) {
        result.emplace(key, value);
    }
    return result;
}

api::Unstructured unstructured_from(const boost::json::value& source, Mode mode,
                                    Diagnostics& diagnostics) {
    const DecodeOptions options{.mode = mode};
    return unstructured<ValueSource>(source, Decoder<ValueSource>{options, {}, diagnostics});
}

api::Unstructured unstructured_from(const Document& source, Mode mode, Diagnostics& diagnostics) {
    check_duplicates(source, mode, diagnostics);
    const DecodeOptions options{.mode = mode};
    return unstructured<NodeSource>(source.root,
                                    Decoder<NodeSource>{options, source.file, diagnostics});
}

}  // namespace wavetank::codec
