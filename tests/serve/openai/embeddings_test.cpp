#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

#include <cstring>

namespace hearth::serve {
namespace {

/// A text's vector is {length, 1, 0, 0}.
class LengthEmbedder final : public Embedder {
public:
    [[nodiscard]] const ModelInfo& model() const override { return m_info; }
    [[nodiscard]] Pooling pooling() const override { return Pooling::Mean; }
    [[nodiscard]] bool normalises() const override { return false; }
    Result<std::vector<Embedding>> embed(std::span<const std::string> texts, TooLong,
                                         const std::stop_token&) override {
        std::vector<Embedding> result;
        for (const std::string& text : texts) {
            if (text.size() > 100) {
                Error error;
                error.code = ErrorCode::ContextExceeded;
                error.needed = text.size();
                error.available = 100;
                return fail(error);
            }
            result.push_back({{float(text.size()), 1.0F, 0.0F, 0.0F}, int(text.size()), {}});
        }
        return result;
    }
    Result<std::vector<Embedding>> embedTokens(std::span<const std::vector<std::int32_t>> texts,
                                               const std::stop_token&) override {
        std::vector<Embedding> result;
        for (const auto& text : texts)
            result.push_back({{float(text.size()), 0.0F, 0.0F, 0.0F}, int(text.size()), {}});
        return result;
    }

private:
    ModelInfo m_info;
};

class EmbeddingsTest : public ApiTest {
protected:
    EmbeddingsTest() {
        addOpenAi(router, context);
        pool->embedder = std::make_shared<LengthEmbedder>();
    }
    std::shared_ptr<FakeExchange> embed(const std::string& fields) {
        return post("/v1/embeddings", "{\"model\":\"tiny\"," + fields + "}");
    }
};

TEST_F(EmbeddingsTest, GivesFloatsAndBase64) {
    const Json floats = json(*embed(R"("input":["abc","d"])"));
    const Json& first = floats["data"][0]["embedding"];
    ASSERT_EQ(first.size(), 4U);
    EXPECT_NEAR(first[0].get<double>(), 3.0 / std::sqrt(10.0), 1e-6); // of length 1
    EXPECT_NEAR(first[1].get<double>(), 1.0 / std::sqrt(10.0), 1e-6);
    EXPECT_EQ(first[2], 0.0);
    EXPECT_EQ(floats["data"][1]["index"], 1);
    EXPECT_EQ(floats["usage"]["prompt_tokens"], 4);
    const Json text = json(*embed(R"("input":"abc","encoding_format":"base64")"));
    EXPECT_EQ(text["data"][0]["embedding"], "6dxyP5vooT4AAAAAAAAAAA==");
}

TEST_F(EmbeddingsTest, TakesTokensAndDimensions) {
    EXPECT_EQ(json(*embed(R"("input":[[1,2],[3]])"))["data"][0]["embedding"].size(), 4U);
    const Json cut = json(*embed(R"("input":"abc","dimensions":2)"));
    ASSERT_EQ(cut["data"][0]["embedding"].size(), 2U);
    EXPECT_NEAR(cut["data"][0]["embedding"][0].get<double>(), 3.0 / std::sqrt(10.0), 1e-6);
    EXPECT_EQ(embed(R"("input":"abc","dimensions":5)")->status, 400);
}

TEST_F(EmbeddingsTest, fault_038_texts_longer_than_the_context) {
    const auto exchange = embed("\"input\":\"" + std::string(101, 'a') + "\"");
    EXPECT_EQ(exchange->status, 400);
    EXPECT_EQ(json(*exchange)["error"]["n_ctx"], 100);
    EXPECT_EQ(embed("\"input\":\"" + std::string(100, 'a') + "\"")->status, 200);
}

} // namespace
} // namespace hearth::serve
