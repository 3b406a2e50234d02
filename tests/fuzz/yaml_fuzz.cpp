#include "fuzz/targets.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/codec/yaml.hpp>

namespace wavetank::fuzz {
namespace {

// One round may turn -0.0 into 0; from then on nothing may change.
void check_yaml_round_trip(const codec::Node& root) {
    const auto first = codec::parse_yaml(codec::to_yaml(codec::to_value(root)));
    WAVETANK_ASSERT(first.has_value());
    const std::string text = codec::to_yaml(codec::to_value(first->root));
    const auto second = codec::parse_yaml(text);
    WAVETANK_ASSERT(second.has_value());
    WAVETANK_ASSERT(codec::to_yaml(codec::to_value(second->root)) == text);
}

template <class T>
void check_object_round_trip(const codec::Document& document) {
    codec::Diagnostics diagnostics;
    const T object = codec::from_document<T>(document, codec::Mode::Warn, diagnostics);
    const boost::json::value written = codec::to_json(object);
    const auto again = codec::from_json<T>(written, codec::Mode::Lenient);
    WAVETANK_ASSERT(again.has_value());
    WAVETANK_ASSERT(codec::to_json(*again) == written);
}

}  // namespace

void try_yaml(std::string_view input) {
    for (const codec::StreamPart& part : codec::parse_stream(input)) {
        if (part.document) {
            check_yaml_round_trip(part.document->root);
        } else {
            WAVETANK_ASSERT(!part.document.error().message.empty());
        }
    }
    const codec::Manifest manifest = codec::read_manifest_text(input, "-");
    (void)codec::check_manifest(manifest);
    for (const codec::ManifestObject& object : manifest.objects) {
        check_object_round_trip<api::corev1::Pod>(*object.document);
        check_object_round_trip<api::appsv1::Deployment>(*object.document);
    }
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_yaml)
