#pragma once

#include "hearth/engine.h"
#include "serve/api/form.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// What the reply has to spell.
struct TgiGrammar {
    bool isRegex = false; ///< Else a JSON schema.
    std::string value;
};

/// TGI's "parameters", defaults as its own.
struct TgiParameters {
    std::int32_t bestOf = 1;
    bool decoderInputDetails = false;
    bool details = false;
    bool doSample = false;
    std::optional<std::int32_t> maxNewTokens;
    std::optional<double> repetitionPenalty;
    std::optional<double> frequencyPenalty;
    bool returnFullText = false;
    std::optional<std::int64_t> seed;
    std::vector<std::string> stop;
    std::optional<double> temperature;
    std::optional<std::int32_t> topK;
    std::int32_t topTokens = 0;
    std::optional<double> topP;
    std::optional<double> typicalP;
    std::optional<std::int32_t> truncate;
    bool watermark = false;
    std::optional<TgiGrammar> grammar;

    [[nodiscard]] bool samples() const {
        return doSample || temperature || topK || topP;
    }
};

struct TgiBody {
    std::string model;
    std::string inputs;
    TgiParameters parameters;
    bool stream = false;
};

inline constexpr std::int32_t kTgiMaxBestOf = 16;
inline constexpr std::int32_t kTgiMaxStops = 64;
inline constexpr std::int32_t kTgiDefaultNewTokens = 100;

const Form<TgiBody>& tgiForm();

} // namespace hearth::serve
