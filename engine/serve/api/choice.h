#pragma once

#include "hearth/event.h"
#include "serve/api/generation_writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// Divides a reply's text into content, reasoning and calls of tools. Of one choice.
class OutputParser {
public:
    virtual ~OutputParser() = default;
    /// Adds what `text` brings to `delta`; may hold some of it back.
    virtual void feed(std::string_view text, ChoiceDelta& delta) = 0;
    /// The reply is over: adds what was held back.
    virtual void finish(ChoiceDelta& delta) = 0;
};

/// One choice of a generation on its way from events to deltas. Used on one executor.
class Choice {
public:
    /// `parser` may be null: all text is content.
    Choice(std::int32_t index, std::unique_ptr<OutputParser> parser)
        : m_index(index)
        , m_parser(std::move(parser)) {}

    /// Tells the probability of the token that ends the turn, too.
    void keepEndToken() { m_keepsEndToken = true; }

    /// Adds an event to what `delta` has already.
    void take(TextEvent event, ChoiceDelta& delta);
    /// Likewise of what was held back, and says how the choice ended.
    [[nodiscard]] ChoiceEnd finish(const FinishedEvent& event, ChoiceDelta& delta);

    [[nodiscard]] std::int32_t reasoningTokens() const { return m_reasoningTokens; }

private:
    std::int32_t m_index;
    std::unique_ptr<OutputParser> m_parser;
    std::vector<TokenInfo> m_held; ///< Of tokens whose text is not out yet: maybe an end of turn.
    std::int32_t m_reasoningTokens = 0;
    bool m_calledTools = false;
    bool m_keepsEndToken = false;
};

} // namespace hearth::serve
