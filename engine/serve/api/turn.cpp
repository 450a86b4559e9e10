#include "serve/api/turn.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hearth::serve {

namespace {

ChatPrompt promptOf(std::vector<Message> before, const TextOrMessages& turn) {
    ChatPrompt prompt;
    prompt.messages = std::move(before);
    if (turn.messages.empty())
        prompt.messages.push_back({"user", turn.text, {}});
    prompt.messages.insert(prompt.messages.end(), turn.messages.begin(), turn.messages.end());
    if (!turn.messages.empty() && turn.messages.back().role == "assistant") {
        prompt.replyPrefix = std::move(prompt.messages.back().content);
        prompt.messages.pop_back();
    }
    return prompt;
}

/// The turn behind a reply that is `reply`.
Result<std::vector<std::int32_t>> behindReply(const Engine& engine, const char* reply,
                                              const TextOrMessages& turn) {
    return engine.tokenize(promptOf({{"user", "?", {}}, {"assistant", reply, {}}}, turn));
}

} // namespace

Result<std::vector<std::int32_t>> turnTokens(const Engine& engine,
                                             const std::vector<std::int32_t>& history,
                                             const TextOrMessages& turn) {
    if (history.empty())
        return engine.tokenize(promptOf({}, turn));
    // What two different replies have in common at the end is what comes behind any of them.
    HEARTH_TRY_ASSIGN(const std::vector<std::int32_t> one, behindReply(engine, "0", turn));
    HEARTH_TRY_ASSIGN(const std::vector<std::int32_t> other, behindReply(engine, "q", turn));
    const auto [start, otherStart] =
        std::mismatch(one.rbegin(), one.rend(), other.rbegin(), other.rend());
    std::vector<std::int32_t> tokens(start.base(), one.end());
    // A reply that the model ended itself holds the token of its end already.
    if (!tokens.empty() && tokens.front() == history.back())
        tokens.erase(tokens.begin());
    return tokens;
}

} // namespace hearth::serve
