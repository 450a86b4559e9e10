#pragma once

#include "hearth/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// A model on disk.
struct LibraryModel {
    std::string name;         ///< Unique in the library; what a person types.
    std::string path;         ///< GGUF file or model folder.
    std::string architecture;
    std::string quantisation;
    std::string license;
    std::uint64_t bytes = 0;
    std::uint64_t parameters = 0;
    std::int32_t trainedContext = 0; ///< Tokens.
    bool hasChatTemplate = false;
    bool isStarter = false; ///< The small model that comes with Hearth, "for trying".
    std::string problem;    ///< Why it can't be loaded, as a sentence; empty if it can.
};

/// The models that a person has: those in the library's own folder (DATA_DIR/models) and paths
/// that were added in place. Models are only described, never loaded or copied. Not thread-safe.
class ModelLibrary {
public:
    /// `dataDirectory`: empty = $XDG_DATA_HOME/hearth, made if it does not exist.
    static Result<ModelLibrary> open(const std::string& dataDirectory = {});

    [[nodiscard]] const std::string& dataDirectory() const { return m_dataDirectory; }
    [[nodiscard]] std::string modelsDirectory() const;
    [[nodiscard]] const std::vector<LibraryModel>& models() const { return m_models; }

    /// Looks at the folders again.
    Result<void> scan();
    /// Remembers a file or folder that stays where it is.
    Result<LibraryModel> add(const std::string& path);
    /// Forgets an added path; a model in the library's own folder is deleted from disk.
    Result<void> remove(std::string_view name);
    /// A model by its name in the library, or by its path. "starter" is the starter model.
    [[nodiscard]] Result<LibraryModel> resolve(std::string_view nameOrPath) const;
    /// Puts the starter model into the library from a local GGUF file, whose SHA-256 must be the
    /// pinned one (resources/catalogue/starter.json).
    Result<LibraryModel> installStarter(const std::string& file);

private:
    explicit ModelLibrary(std::string dataDirectory) : m_dataDirectory(std::move(dataDirectory)) {}
    Result<void> readAddedPaths();
    Result<void> writeAddedPaths() const;

    std::string m_dataDirectory;
    std::vector<std::string> m_addedPaths;
    std::vector<LibraryModel> m_models;
};

} // namespace hearth
