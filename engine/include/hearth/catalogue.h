#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace hearth {

/// What a recommended model was made for.
enum class ModelLanguages : std::uint8_t {
    English,
    European,        ///< English and other European languages.
    ManyWithChinese, ///< Some thirty, Chinese and English best.
};

/// A model that Hearth recommends: one GGUF file on the hub, of an architecture that the engine
/// runs. From resources/catalogue/models.json.
struct CatalogueModel {
    std::string_view name;  ///< a short name that stays.
    std::string_view title; ///< For people.
    std::string_view repository; ///< "ORG/NAME" on the hub.
    std::string_view file;
    std::string_view quantisation;
    std::uint64_t approximateBytes = 0; ///< The hub tells the exact figure when it is downloaded.
    std::uint64_t parameters = 0;
    std::int32_t layers = 0;
    std::uint64_t kvBytesPerToken = 0; ///< Keys and values in 16 bits.
    std::int32_t trainedContext = 0;   ///< Tokens.
    std::string_view license;
    ModelLanguages languages = ModelLanguages::English;
};

/// From the weakest to the strongest.
[[nodiscard]] std::span<const CatalogueModel> catalogue();

} // namespace hearth
