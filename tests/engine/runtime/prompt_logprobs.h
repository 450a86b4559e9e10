#pragma once

#include "engine/runtime/fixture_support.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace hearth::test {

/// What came of the tokens of a prompt, which have to come in order and each once.
inline std::vector<TokenInfo> promptTokensOf(const Recorder& reply) {
    std::vector<TokenInfo> all;
    for (const PromptLogprobsEvent& event : reply.promptLogprobs) {
        EXPECT_EQ(std::size_t(event.first), all.size());
        all.insert(all.end(), event.tokens.begin(), event.tokens.end());
    }
    return all;
}

/// Compares logprobs and the `top` likeliest tokens of prompt k with the log-softmax of the
/// reference's logits. `tolerance` is absolute.
inline void expectReference(const std::vector<TokenInfo>& tokens, const ReferenceModel& model,
                            int k, std::size_t top, double tolerance) {
    const std::vector<std::int32_t> prompt = model.prompt(k);
    const std::vector<float> logits = model.logits(k);
    const std::size_t columns = model.vocabulary();
    ASSERT_EQ(tokens.size(), prompt.size());
    EXPECT_EQ(tokens[0].chosen.token, prompt[0]);
    EXPECT_TRUE(tokens[0].top.empty());
    for (std::size_t i = 1; i < prompt.size(); ++i) {
        const std::vector<float> row(logits.begin() + std::ptrdiff_t((i - 1) * columns),
                                     logits.begin() + std::ptrdiff_t(i * columns));
        double sum = 0.0;
        for (const float logit : row)
            sum += std::exp(double(logit));
        const auto logprob = [&](std::int32_t token) {
            return double(row[std::size_t(token)]) - std::log(sum);
        };
        EXPECT_EQ(tokens[i].chosen.token, prompt[i]);
        EXPECT_NEAR(tokens[i].chosen.logprob, logprob(prompt[i]), tolerance) << i;
        ASSERT_EQ(tokens[i].top.size(), top);
        std::vector<float> sorted = row;
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        for (std::size_t rank = 0; rank < top; ++rank) {
            const TokenProbability& entry = tokens[i].top[rank];
            EXPECT_NEAR(entry.logprob, logprob(entry.token), tolerance);
            EXPECT_NEAR(entry.logprob, double(sorted[rank]) - std::log(sum), tolerance);
        }
    }
}

} // namespace hearth::test
