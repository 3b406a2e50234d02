#pragma once

/// \file
/// Which objects do these files describe?
///
/// A manifest is read as kubectl reads `-f`: files or folders, YAML or JSON, many documents a
/// file, lists taken apart. The text of every object is kept as it was, so that exporting it loses
/// nothing, and is decoded into a struct only on demand.

#include <wavetank/api/scheme.hpp>
#include <wavetank/codec/document.hpp>
#include <wavetank/codec/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::codec {

/// One object as a file has it.
struct ManifestObject {
    api::GroupVersionKind gvk;
    std::string name;                          ///< empty if it has a generateName, or none
    std::string generate_name;                 ///< metadata.generateName
    std::string namespace_;                    ///< empty: not given
    SourcePosition where;                      ///< of its first field
    std::shared_ptr<const Document> document;  ///< the object alone; shared, never null

    /// Returns where a field stands, given its path as errors have it ("spec.ports[0].port"); of a
    /// field that is not there, where the nearest one around it does.
    [[nodiscard]] SourcePosition where_is(std::string_view field) const;

    /// Returns the original JSON.
    [[nodiscard]] boost::json::object json() const;

    /// Decodes it into a T; complaints are added to `diagnostics`.
    template <class T>
    [[nodiscard]] T decode_as(Mode mode, Diagnostics& diagnostics) const {
        return from_document<T>(*document, mode, diagnostics);
    }
};

/// The objects of some files, in the order in which they stand there, and all that was wrong.
struct Manifest {
    std::vector<ManifestObject> objects;
    std::vector<Error> errors;  ///< each with file, line and column where they are known

    /// Appends what another one holds.
    void append(Manifest other);
};

/// Reads a text. `file` is what errors call it ("-" for standard input).
///
/// Errors: in the result. A document that is not well-formed, is no object or does not say its
/// apiVersion and kind is an error and does not hide the ones after it.
[[nodiscard]] Manifest read_manifest_text(std::string_view text, const std::string& file);

/// Whether folders within a folder are read, too (kubectl's `-R`).
enum class Recursion : std::uint8_t { No, Yes };

struct ManifestOptions {
    Recursion recursion = Recursion::No;
};

/// Reads files ("-" is standard input), and of folders all files that end in .yaml, .yml or .json,
/// in order of their names. The same file named twice is read twice.
///
/// Errors: in the result, as for texts; further a path that cannot be read, and a folder without
/// such files.
[[nodiscard]] Manifest read_manifest_files(const std::vector<std::string>& paths,
                                           const ManifestOptions& options = {});

/// Decodes every object whose kind has a struct, and finds what the strict form minds in the
/// others. Returns all complaints in the order of the files.
[[nodiscard]] Diagnostics check_manifest(const Manifest& manifest, Mode mode = Mode::Strict);

}  // namespace wavetank::codec
