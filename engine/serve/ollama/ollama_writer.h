#pragma once

#include "serve/api/generation_writer.h"
#include "serve/http/exchange.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hearth::serve {

enum class OllamaShape : std::uint8_t { Chat, Generate };

/// One request between its plan and its answer.
struct OllamaTurn {
    OllamaShape shape = OllamaShape::Chat;
    std::string model; ///< As the client calls it.
    bool stream = true;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    double loadSeconds = 0.0; ///< This and the next are the plan's.
    std::vector<std::int32_t> promptTokens; ///< Of /api/generate, for its "context".
    std::function<void()> over; ///< The reply is there; called before the answer ends.
};

/// An object of JSON, or a line of it for each piece; the last one has counts and durations.
[[nodiscard]] std::unique_ptr<GenerationWriter>
makeOllamaWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<OllamaTurn> turn);

/// The answer where a model was only loaded or unloaded ("load", "unload").
[[nodiscard]] HttpResponse ollamaLoadedResponse(const OllamaTurn& turn, const char* reason);

} // namespace hearth::serve
