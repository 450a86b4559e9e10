#pragma once

#include "hearth/model_kind.h"
#include "hearth/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// How a model came into the library, and so what removing it does.
enum class ModelPlace : std::uint8_t {
    Own,    ///< In the library's folder: removing deletes it.
    Added,  ///< Added by itself: removing forgets it, the file stays.
    Folder, ///< In a folder that was added: it goes with the folder.
    None,   ///< Not in the library.
};

/// A model on disk.
struct LibraryModel {
    std::string name;         ///< Unique in the library; what a person types.
    std::string path;         ///< GGUF file or model folder.
    std::string architecture;
    ModelKind kind = ModelKind::Decoder;
    std::string quantisation;
    std::string license;
    std::uint64_t bytes = 0;
    std::uint64_t parameters = 0;
    std::uint64_t kvBytesPerToken = 0; ///< Keys and values in 16 bits.
    std::int32_t trainedContext = 0; ///< Tokens.
    ModelPlace place = ModelPlace::None;
    bool hasChatTemplate = false;
    std::string standInTemplate; ///< Of a decoder without its own: a named template or "ChatML".
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
    /// Remembers a file or folder that stays where it is; `name`: what to call it, empty: as its
    /// file.
    Result<LibraryModel> add(const std::string& path, const std::string& name = {});
    /// Forgets an added path; a model in the library's own folder is deleted from disk.
    Result<void> remove(std::string_view name);
    /// Folders that are looked through for models besides modelsDirectory().
    [[nodiscard]] std::vector<std::string> folders() const;
    /// Remembers a folder, models in it or not.
    Result<void> addFolder(const std::string& path);
    /// Forgets it with the models in it, which stay on disk.
    Result<void> removeFolder(const std::string& path);
    /// A model by its name in the library, or by its path. "starter" is the starter model.
    [[nodiscard]] Result<LibraryModel> resolve(std::string_view nameOrPath) const;

private:
    explicit ModelLibrary(std::string dataDirectory) : m_dataDirectory(std::move(dataDirectory)) {}
    struct Entry {
        std::string path;
        std::string name; ///< Empty: as its file.
    };

    Result<void> readAdded();
    Result<void> writeAdded() const;
    /// Adds the entry unless it is there, and writes; takes it back where that fails.
    Result<void> remember(Entry entry);
    [[nodiscard]] LibraryModel describe(const std::string& path, const std::string& name) const;

    std::string m_dataDirectory;
    std::vector<Entry> m_added;
    std::vector<LibraryModel> m_models;
};

} // namespace hearth
