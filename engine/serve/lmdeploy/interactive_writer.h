#pragma once

#include "serve/api/generation_writer.h"
#include "serve/http/exchange.h"
#include "serve/lmdeploy/session_store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hearth::serve {

/// One request of a session between its plan and its answer.
struct InteractiveTurn {
    std::shared_ptr<SessionStore::Use> use;
    std::string modelPath;
    std::vector<std::int32_t> tokens; ///< History and input; what is generated is added.
    std::int32_t historyTokens = 0;
    std::int32_t inputTokens = 0;
    bool interactive = false;
};

// Codes of plans that end a turn without generating; the writer makes an answer of them.
inline constexpr const char* kSessionFull = "session_full"; ///< Reply "", finish_reason "length".
inline constexpr const char* kPromptTaken = "prompt_taken"; ///< request_output_len was 0.

/// {"text","tokens","input_tokens","history_tokens","finish_reason"}
[[nodiscard]] std::string interactiveAnswer(std::string_view text, std::int32_t tokens,
                                            std::int64_t input, std::int64_t history,
                                            const char* finishReason);

/// Answers in one piece, or by lines of JSON, each with the text that is new.
[[nodiscard]] std::unique_ptr<GenerationWriter>
makeInteractiveWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<InteractiveTurn> turn,
                      bool stream);

} // namespace hearth::serve
