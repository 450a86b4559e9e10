#include "serve/tgi/tgi_tokens.h"

namespace hearth::serve {

Json TgiTokens::token(const TokenInfo& info, bool isEnd) {
    return {{"id", info.chosen.token},
            {"text", m_text.feed(info.chosen.text)},
            {"logprob", info.chosen.logprob},
            {"special", isEnd}};
}

Json TgiTokens::top(const TokenInfo& info) {
    Json all = Json::array();
    for (const TokenProbability& token : info.top)
        all.push_back({{"id", token.token},
                       {"text", token.text},
                       {"logprob", token.logprob},
                       {"special", false}});
    return all;
}

const char* tgiReason(FinishReason reason) {
    switch (reason) {
    case FinishReason::Stop:
        return "eos_token";
    case FinishReason::StopString:
        return "stop_sequence";
    default:
        return "length";
    }
}

Json tgiSeed(const TgiParameters& parameters, const RequestStatistics& statistics) {
    return parameters.samples() ? Json(statistics.seed) : Json(nullptr);
}

} // namespace hearth::serve
