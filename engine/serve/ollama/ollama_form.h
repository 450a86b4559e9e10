#pragma once

#include "hearth/engine.h"
#include "hearth/request.h"
#include "serve/api/form.h"
#include "serve/api/reply_format.h"
#include "serve/ollama/ollama_duration.h"

#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// Ollama's "options" that an engine can follow; others are ignored, as Ollama does. What is
/// absent is as the model's makers suggest, else Ollama's own number.
struct OllamaOptions {
    std::optional<double> temperature;   ///< 0.8
    std::optional<std::int32_t> topK;    ///< 40
    std::optional<double> topP;          ///< 0.9
    std::optional<double> minP;          ///< 0
    std::optional<double> repeatPenalty; ///< 1
    double presencePenalty = 0.0;
    double frequencyPenalty = 0.0;
    std::optional<std::int64_t> seed;
    std::int32_t predict = -1; ///< Tokens; 0 and below: to the end.
    /// What a model was loaded with stays: only a prompt that this would have held, and the model
    /// does not, is refused instead of cut.
    std::int32_t context = 0;
    std::vector<std::string> stop;
};

/// What /api/chat and /api/generate take.
struct OllamaBody {
    std::string model;
    bool stream = true;
    OllamaOptions options;
    Constraint format;
    std::optional<bool> think;
    std::optional<KeepAlive> keepAlive;
    // Of /api/chat.
    std::vector<Message> messages;
    std::vector<Tool> tools;
    // Of /api/generate.
    std::string prompt;
    std::string suffix;
    std::string system;
    bool raw = false;
    std::vector<std::int32_t> context;
    std::optional<Json> images;
    bool truncate = true; ///< Drop the oldest messages of what is too long.
};

const Form<OllamaBody>& ollamaChatForm();
const Form<OllamaBody>& ollamaGenerateForm();

/// The request but for its prompt, as `model` suggests and its context allows.
[[nodiscard]] Request ollamaRequest(const OllamaBody& body, const ModelInfo& model);

} // namespace hearth::serve
