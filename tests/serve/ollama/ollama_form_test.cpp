#include "serve/ollama/ollama_form.h"

#include <gtest/gtest.h>

namespace hearth::serve {
namespace {

SamplingOptions sampling(const std::string& options, const SuggestedSampling& suggested) {
    const Outcome<OllamaBody> body =
        ollamaGenerateForm().read(R"({"model":"m","prompt":"a","options":)" + options + "}");
    EXPECT_TRUE(body);
    ModelInfo model;
    model.suggestedSampling = suggested;
    return ollamaRequest(*body, model).sampling;
}

TEST(OllamaForm, WhatTheModelSuggestsStandsInForAbsentOptions) {
    const SamplingOptions own = sampling("{}", {});
    EXPECT_FLOAT_EQ(own.temperature, 0.8F);
    EXPECT_EQ(own.topK, 40);
    EXPECT_FLOAT_EQ(own.topP, 0.9F);
    EXPECT_FLOAT_EQ(own.repetitionPenalty, 1.0F);
    const SuggestedSampling suggested{0.6F, 0.95F, 20, 0.05F, 1.05F};
    const SamplingOptions advised = sampling("{}", suggested);
    EXPECT_FLOAT_EQ(advised.temperature, 0.6F);
    EXPECT_EQ(advised.topK, 20);
    EXPECT_FLOAT_EQ(advised.topP, 0.95F);
    EXPECT_FLOAT_EQ(advised.minP, 0.05F);
    EXPECT_FLOAT_EQ(advised.repetitionPenalty, 1.05F);
    const SamplingOptions asked = sampling(
        R"({"temperature":0,"top_k":0,"top_p":0.5,"min_p":0,"repeat_penalty":1})", suggested);
    EXPECT_FLOAT_EQ(asked.temperature, 0.0F);
    EXPECT_EQ(asked.topK, 0);
    EXPECT_FLOAT_EQ(asked.topP, 0.5F);
    EXPECT_FLOAT_EQ(asked.minP, 0.0F);
    EXPECT_FLOAT_EQ(asked.repetitionPenalty, 1.0F);
}

} // namespace
} // namespace hearth::serve
