#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// How a model marks the reasoning in front of its answer.
struct ReasoningSyntax {
    std::string begin; ///< `<think>`; empty: the model marks none.
    std::string end;   ///< `</think>`
    bool isOpen = false; ///< The prompt itself ended with `begin`: the reply starts inside.
};

/// By the chat template's text and the end of the prompt that it rendered.
[[nodiscard]] ReasoningSyntax detectReasoning(std::string_view templateText,
                                              std::string_view renderedPrompt);

/// The markers, where they are special tokens: Request::visibleSpecials.
[[nodiscard]] std::vector<std::string> reasoningMarkers(const ReasoningSyntax& syntax);

struct ReasoningOutput {
    std::string reasoning;
    std::string content;
};

/// Splits a reply that arrives in pieces into reasoning and answer. Reasoning is only what comes
/// first: a marker further on is plain text. Line feeds behind the markers go. What may become a
/// marker is held back. For one stream and one thread.
class ReasoningSplitter {
public:
    explicit ReasoningSplitter(ReasoningSyntax syntax);

    [[nodiscard]] ReasoningOutput feed(std::string_view text);
    /// At the end of the reply: what was held back.
    [[nodiscard]] ReasoningOutput finish();

private:
    enum class Place : std::uint8_t { Start, Reasoning, Gap, Answer };

    void run(ReasoningOutput& output, bool isEnd);
    /// True if something was taken and more may be.
    bool step(ReasoningOutput& output, bool isEnd);

    ReasoningSyntax m_syntax;
    Place m_place = Place::Start;
    std::string m_pending;
    bool m_skipsLineFeeds = false; ///< Nothing of the reasoning came out.
};

} // namespace hearth
