#include <wavetank/codec/manifest.hpp>

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace wavetank::codec {
namespace {

namespace fs = std::filesystem;

SourcePosition position_of(const Node& node, const std::string& file) {
    return {file, node.line, node.column};
}

std::string text_of(const Node& mapping, std::string_view name) {
    const Node* member = mapping.find(name);
    return member != nullptr && member->kind == NodeKind::String ? member->text : std::string{};
}

// Takes the documents of one file apart into objects.
class ManifestReader {
public:
    explicit ManifestReader(const std::string& file) : file_{file} {}

    void read(std::string_view text) {
        for (StreamPart& part : parse_stream(text, file_)) {
            if (!part.document) {
                manifest_.errors.push_back(part.document.error());
            } else if (!part.empty) {
                part_ = &*part.document;
                object(std::move(part.document->root), part.document->duplicates);
            }
        }
    }

    [[nodiscard]] Manifest take() {
        return std::move(manifest_);
    }

private:
    void fail(const Node& node, std::string message) {
        manifest_.errors.push_back({.reason = Reason::BadRequest,
                                    .message = std::move(message),
                                    .where = position_of(node, file_)});
    }

    // A list is any kind that ends in "List" and has items, as kubectl has it.
    static Node* items_of(Node& root, std::string_view kind) {
        if (!kind.ends_with("List")) {
            return nullptr;
        }
        const auto found = std::ranges::find_if(root.children, [](const Node& child) {
            return !child.superseded && child.key == "items" && child.kind == NodeKind::Sequence;
        });
        return found != root.children.end() ? &*found : nullptr;
    }

    void object(Node root, std::vector<DuplicateKey> duplicates) {
        if (root.kind != NodeKind::Mapping) {
            return fail(root, "an object is expected here, with apiVersion, kind and metadata");
        }
        const std::string api_version = text_of(root, "apiVersion");
        const std::string kind = text_of(root, "kind");
        if (api_version.empty()) {
            fail(root, "Object 'apiVersion' is missing" + said_of(kind));
        }
        if (kind.empty()) {
            fail(root, "Object 'Kind' is missing");
        }
        if (api_version.empty() || kind.empty()) {
            return;
        }
        if (Node* items = items_of(root, kind)) {
            for (Node& item : items->children) {
                complete(item, api_version, kind);
                object(std::move(item), {});
            }
            if (!duplicates.empty()) {
                list_duplicates(std::move(duplicates));
            }
            return;
        }
        add(std::move(root), std::move(duplicates), api::GroupVersionKind::from(api_version, kind));
    }

    static std::string said_of(const std::string& kind) {
        return kind.empty() ? "" : " from the " + kind;
    }

    // The items of a PodList need not repeat what they are.
    static void complete(Node& item, const std::string& api_version, const std::string& list_kind) {
        if (item.kind != NodeKind::Mapping || list_kind == "List") {
            return;
        }
        const std::string kind = list_kind.substr(0, list_kind.size() - std::string{"List"}.size());
        const auto complete_with = [&](std::string_view key, const std::string& text) {
            if (item.find(key) == nullptr) {
                Node& added = item.children.emplace_back();
                added.kind = NodeKind::String;
                added.key = key;
                added.text = text;
                added.line = added.key_line = item.line;
                added.column = added.key_column = item.column;
            }
        };
        complete_with("apiVersion", api_version);
        complete_with("kind", kind);
    }

    // Which item a duplicate belongs to is told by the lines: the last one that starts before it.
    void list_duplicates(std::vector<DuplicateKey> duplicates) {
        for (DuplicateKey& duplicate : duplicates) {
            manifest_.errors.push_back({.reason = Reason::BadRequest,
                                        .message = "key " + duplicate.key + " already set in map",
                                        .where = {file_, duplicate.line, duplicate.column}});
        }
    }

    void add(Node root, std::vector<DuplicateKey> duplicates, api::GroupVersionKind gvk) {
        ManifestObject made{.gvk = std::move(gvk), .where = position_of(root, file_)};
        if (const Node* metadata = root.find("metadata")) {
            made.name = text_of(*metadata, "name");
            made.generate_name = text_of(*metadata, "generateName");
            made.namespace_ = text_of(*metadata, "namespace");
        }
        made.document = std::make_shared<const Document>(
            Document{file_, part_->format, std::move(root), std::move(duplicates)});
        manifest_.objects.push_back(std::move(made));
    }

    const std::string& file_;
    const Document* part_ = nullptr;  // the document at hand
    Manifest manifest_;
};

// Takes the first step off a path ("ports", "[0]" or "[app]") and returns what it leads to; null if
// there is nothing.
const Node* next_in(const Node& node, std::string_view& path) {
    const bool bracket = path.starts_with('[');
    const std::size_t end =
        std::min(bracket ? path.find(']') : path.find_first_of(".["), path.size());
    const std::string_view step = path.substr(bracket ? 1 : 0, end - (bracket ? 1 : 0));
    path.remove_prefix(bracket ? std::min(end + 1, path.size()) : end);
    path.remove_prefix(path.starts_with('.') ? 1 : 0);
    if (node.kind != NodeKind::Sequence) {
        return node.find(step);
    }
    std::size_t index = 0;
    const auto [rest, failure] = std::from_chars(step.data(), step.data() + step.size(), index);
    const bool is_index = failure == std::errc{} && rest == step.data() + step.size();
    return is_index && index < node.children.size() ? &node.children[index] : nullptr;
}

bool is_manifest_file(const fs::path& path) {
    constexpr std::array<std::string_view, 3> endings{".yaml", ".yml", ".json"};
    return std::ranges::find(endings, path.extension().string()) != endings.end();
}

Error cannot_read(const std::string& path, const std::error_code& failure) {
    const bool absent = failure == std::errc::no_such_file_or_directory;
    return {.reason = Reason::NotFound,
            .message = "the path \"" + path + "\" " +
                       (absent ? "does not exist" : "cannot be read: " + failure.message())};
}

Error no_manifests(const std::string& path, const ManifestOptions& options) {
    return {
        .reason = Reason::NotFound,
        .message = "there is no manifest in \"" + path + "\": names end in .yaml, .yml or .json" +
                   (options.recursion == Recursion::No ? "; -R reads the folders in it, too" : "")};
}

// Lists the files of a folder that kubectl would read, sorted by path.
std::vector<std::string> files_of(const fs::path& folder, const ManifestOptions& options,
                                  std::error_code& failure) {
    std::vector<std::string> files;
    std::vector<fs::path> folders;
    for (fs::directory_iterator entry{folder, failure}, end; !failure && entry != end;
         entry.increment(failure)) {
        std::error_code ignored;
        if (entry->is_directory(ignored)) {
            folders.push_back(entry->path());
        } else if (is_manifest_file(entry->path())) {
            files.push_back(entry->path().string());
        }
    }
    if (options.recursion == Recursion::Yes) {
        for (const fs::path& inner : folders) {
            if (failure || fs::is_symlink(inner)) {
                continue;  // a link may lead back
            }
            std::ranges::move(files_of(inner, options, failure), std::back_inserter(files));
        }
    }
    std::ranges::sort(files);
    return files;
}

// "-" is standard input.
void read_file(const std::string& path, Manifest& manifest) {
    std::ifstream file;
    if (path != "-") {
        errno = 0;
        file.open(path, std::ios::binary);
        if (!file) {
            manifest.errors.push_back(cannot_read(path, {errno, std::generic_category()}));
            return;
        }
    }
    std::istream& stream = path == "-" ? std::cin : file;
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    manifest.append(read_manifest_text(text, path));
}

}  // namespace

SourcePosition ManifestObject::where_is(std::string_view field) const {
    const Node* node = &document->root;
    SourcePosition place = where;
    while (const Node* inner = next_in(*node, field)) {
        node = inner;
        place = {where.file, node->key_line > 0 ? node->key_line : node->line,
                 node->key_line > 0 ? node->key_column : node->column};
    }
    return place;
}

boost::json::object ManifestObject::json() const {
    return to_value(document->root).as_object();
}

void Manifest::append(Manifest other) {
    std::ranges::move(other.objects, std::back_inserter(objects));
    std::ranges::move(other.errors, std::back_inserter(errors));
}

Manifest read_manifest_text(std::string_view text, const std::string& file) {
    ManifestReader reader{file};
    reader.read(text);
    return reader.take();
}

Manifest read_manifest_files(const std::vector<std::string>& paths,
                             const ManifestOptions& options) {
    Manifest manifest;
    for (const std::string& path : paths) {
        std::error_code failure;
        if (!fs::is_directory(path, failure)) {
            read_file(path, manifest);
            continue;
        }
        failure.clear();
        const std::vector<std::string> files = files_of(path, options, failure);
        for (const std::string& file : files) {
            read_file(file, manifest);
        }
        if (failure) {
            manifest.errors.push_back(cannot_read(path, failure));
        } else if (files.empty()) {
            manifest.errors.push_back(no_manifests(path, options));
        }
    }
    return manifest;
}

Diagnostics check_manifest(const Manifest& manifest, Mode mode) {
    Diagnostics diagnostics;
    for (const ManifestObject& object : manifest.objects) {
        bool decoded = false;
        boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, api::ModelledKinds>>(
            [&](auto identity) {
                using T = typename decltype(identity)::type;
                if (object.gvk == api::kind_info<T>.gvk()) {
                    decoded = true;
                    (void)object.decode_as<T>(mode, diagnostics);
                }
            });
        if (!decoded) {
            (void)unstructured_from(*object.document, mode, diagnostics);
        }
    }
    return diagnostics;
}

}  // namespace wavetank::codec
