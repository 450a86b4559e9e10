#pragma once

#include "hearth/event.h"
#include "hearth/request.h"
#include "hearth/result.h"
#include "text/stop_matcher.h"
#include "text/tokenizer.h"
#include "text/utf8_stream.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// The reply of one request as text: turns drawn tokens into whole characters, holds back what may
/// be part of a stop string, and knows when the reply is over. `tokenizer` must outlive it.
class Completion {
public:
    /// `endTokens`: the model's own ends of a turn. `maxTokens` ≥ 1.
    /// Errors: those of StopMatcher::create().
    static Result<Completion> create(const Tokenizer& tokenizer, const Request& request,
                                     const std::vector<std::int32_t>& endTokens,
                                     std::int32_t maxTokens);

    struct Output {
        std::string text;
        std::optional<FinishReason> finished;
    };
    /// Takes the next token. Once finished, all text is out and nothing more may be pushed.
    [[nodiscard]] Output push(std::int32_t token);
    /// Ends the reply from outside (cancelled): the text held back.
    [[nodiscard]] std::string finish();

private:
    Completion(const Tokenizer& tokenizer, StopMatcher stops, std::vector<std::int32_t> endTokens,
               std::vector<std::int32_t> visible, std::int32_t maxTokens);

    const Tokenizer* m_tokenizer;
    StopMatcher m_stops;
    Utf8Stream m_utf8;
    std::vector<std::int32_t> m_endTokens; ///< Sorted.
    std::vector<std::int32_t> m_visible;   ///< Special tokens that stand for their names; sorted.
    std::int32_t m_remaining;
};

} // namespace hearth
