#pragma once

#include "hearth/model_library.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth {

/// Whose folder a model was found in.
enum class ModelOrigin : std::uint8_t {
    HuggingFace,
    LmStudio,
    Ollama,
    Jan,
    Gpt4All,
    LlamaCpp,
};

struct SearchPlace {
    ModelOrigin origin = ModelOrigin::HuggingFace;
    std::filesystem::path folder;
};

/// Where other programs keep their models, by this user's environment; the folders may not exist.
[[nodiscard]] std::vector<SearchPlace> searchPlaces();

/// A model of another program. It is used where it lies; ModelLibrary::add() takes path and name.
struct FoundModel {
    LibraryModel model; ///< `name`: as that program calls it; `problem` if Hearth can't run it.
    ModelOrigin origin = ModelOrigin::HuggingFace;
};

/// Looks through the places: read only, a few levels deep, some seconds at most, each folder and
/// file once however it is linked. Usable models first, larger before smaller.
[[nodiscard]] std::vector<FoundModel> findModels(const std::vector<SearchPlace>& places,
                                                 const std::stop_token& stop = {});

} // namespace hearth
