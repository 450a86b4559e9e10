#include "serve/api/event_stream.h"
#include "serve/api/generation.h"
#include "serve/api/json_text.h"
#include "serve/api/whole_writer.h"
#include "serve/support/fake_exchange.h"
#include "serve/support/scripted_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::serve {
namespace {

using testing::HasSubstr;

/// Writes "0:text|" of deltas, or all replies at once.
class PlainStream final : public GenerationWriter {
public:
    explicit PlainStream(std::shared_ptr<Exchange> exchange)
        : m_stream(std::move(exchange)) {}
    [[nodiscard]] bool streams() const override { return true; }
    void open() override { m_stream.open(); }
    void keepAlive(std::string_view text) override { m_stream.comment(text); }
    void delta(ChoiceDelta delta) override {
        m_stream.data(std::to_string(delta.choice) + "=" + delta.text);
    }
    void choiceEnded(const ChoiceEnd& end) override {
        m_stream.data("end " + std::to_string(end.choice));
    }
    void ended(const GenerationUsage&) override { m_stream.end(); }
    void failed(const ApiError& error) override {
        m_stream.data(openAiErrorBody(error));
        m_stream.end();
    }
    void flush() override { m_stream.flush(); }

private:
    EventStream m_stream;
};

class PlainWhole final : public WholeWriter {
public:
    explicit PlainWhole(std::shared_ptr<Exchange> exchange)
        : m_exchange(std::move(exchange)) {}
    void failed(const ApiError& error) override { m_exchange->respond(openAiErrorResponse(error)); }

protected:
    void whole(std::vector<ChoiceResult>& choices, const GenerationUsage& usage) override {
        HttpResponse response;
        for (const ChoiceResult& choice : choices)
            response.body += choice.text + "|";
        response.body +=
            std::to_string(usage.promptTokens) + "+" + std::to_string(usage.completionTokens);
        m_exchange->respond(std::move(response));
    }

private:
    std::shared_ptr<Exchange> m_exchange;
};

class GenerationTest : public testing::Test {
protected:
    static GenerationPlan plan(std::int32_t choices = 1, std::size_t prompts = 1) {
        GenerationPlan plan;
        plan.choices = choices;
        for (std::size_t i = 0; i < prompts; ++i) {
            Request request;
            request.prompt = TextPrompt{"Say it"};
            plan.prompts.push_back(std::move(request));
        }
        return plan;
    }
    template<typename Writer>
    std::shared_ptr<Generation> start(GenerationPlan what, const std::string& model = "tiny") {
        return Generation::start(
            exchange, pool, model, [what](const std::shared_ptr<ModelLease>&) { return what; },
            std::make_unique<Writer>(exchange));
    }

    std::shared_ptr<ScriptedEngine> engine = std::make_shared<ScriptedEngine>();
    std::shared_ptr<ScriptedPool> pool = std::make_shared<ScriptedPool>(engine);
    std::shared_ptr<FakeExchange> exchange = FakeExchange::post("/v1/x", "{}");
};

TEST_F(GenerationTest, CarriesRepliesToTheWriter) {
    start<PlainWhole>(plan());
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_EQ(exchange->body, "Hello, world!|6+4");
    EXPECT_EQ(exchange->lastNote.completionTokens, 4);
    EXPECT_EQ(exchange->lastNote.model, "tiny");
    EXPECT_EQ(pool->leases(), 0);
}

TEST_F(GenerationTest, SubmitsSiblingsOnceThePromptIsComputed) {
    engine->manual = true;
    start<PlainStream>(plan(3, 2));
    exchange->run();
    ASSERT_EQ(engine->count(), 2U);
    engine->sendText(0, "a");
    exchange->run();
    ASSERT_EQ(engine->count(), 4U);
    for (std::size_t i = 0; i < 4; ++i)
        engine->finish(i);
    exchange->run();
    ASSERT_EQ(engine->count(), 6U);
    EXPECT_FALSE(exchange->over);
    engine->finish(4);
    engine->finish(5);
    exchange->run();
    EXPECT_TRUE(exchange->over);
    EXPECT_THAT(exchange->body, HasSubstr("data: 0=a\n\n"));
}

TEST_F(GenerationTest, ManyChoicesTakeTurns) {
    engine->manual = true;
    start<PlainWhole>(plan(1, 200));
    exchange->run();
    EXPECT_EQ(engine->count(), std::size_t(Generation::kMaxAtOnce));
    for (std::size_t i = 0; i < 200; ++i) {
        ASSERT_LT(i, engine->count());
        engine->sendText(i, std::to_string(i));
        engine->finish(i);
        exchange->run();
    }
    ASSERT_TRUE(exchange->over);
    EXPECT_THAT(exchange->body, HasSubstr("198|199|"));
}

TEST_F(GenerationTest, KeepsTheBestCandidates) {
    engine->manual = true;
    GenerationPlan what = plan(2);
    what.candidates = 4;
    what.showProbabilities = false;
    what.prompts[0].sampling.logprobs = 0;
    start<PlainWhole>(what);
    exchange->run();
    const std::vector<float> logprobs{-2.0F, -0.1F, -1.0F, -0.2F};
    for (std::size_t i = 0; i < logprobs.size(); ++i) {
        TokenInfo info;
        info.chosen.logprob = logprobs[i];
        engine->send(i, TextEvent{std::to_string(i), {1}, {info}});
        exchange->run();
        ASSERT_EQ(engine->count(), 4U);
    }
    for (std::size_t i = 0; i < logprobs.size(); ++i)
        engine->finish(i);
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_EQ(exchange->body, "1|3|0+0");
}

TEST_F(GenerationTest, AnswersHeadersWhileAModelLoads) {
    pool->loading = true;
    start<PlainStream>(plan());
    exchange->run();
    EXPECT_FALSE(exchange->streamed);
    exchange->fireTimers();
    EXPECT_TRUE(exchange->streamed);
    EXPECT_THAT(exchange->body, HasSubstr(": loading tiny\n\n"));
    pool->finishLoading();
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_THAT(exchange->body, HasSubstr("data: 0=Hello, world!"));
}

TEST_F(GenerationTest, GivesErrorsTheirStatusBeforeTheStreamBegins) {
    Error error;
    error.code = ErrorCode::QueueFull;
    engine->refusal = error;
    start<PlainWhole>(plan());
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_EQ(exchange->status, 429);
    ASSERT_EQ(exchange->headers.size(), 1U);
    EXPECT_EQ(exchange->headers[0].name, "retry-after");
}

TEST_F(GenerationTest, fault_038_prompt_longer_than_the_context) {
    Error error;
    error.code = ErrorCode::ContextExceeded;
    error.needed = 5000;
    error.available = 4096;
    engine->manual = true;
    start<PlainWhole>(plan());
    exchange->run();
    engine->send(0, FailedEvent{error});
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_EQ(exchange->status, 400);
    const Json answer = Json::parse(exchange->body);
    EXPECT_EQ(answer["error"]["code"], "context_length_exceeded");
    EXPECT_EQ(answer["error"]["n_prompt_tokens"], 5000);
    EXPECT_EQ(answer["error"]["n_ctx"], 4096);
}

TEST_F(GenerationTest, UnknownModelsAre404) {
    start<PlainWhole>(plan(), "other");
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_EQ(exchange->status, 404);
    EXPECT_THAT(exchange->body, HasSubstr("The model `other` does not exist."));
}

TEST_F(GenerationTest, TellsErrorsInMidStream) {
    Error error;
    error.code = ErrorCode::NonFiniteLogits;
    engine->failure = error;
    start<PlainStream>(plan());
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_THAT(exchange->body, HasSubstr("data: 0=Hello,\n\n"));
    EXPECT_THAT(exchange->body, HasSubstr("data: {\"error\":{"));
    EXPECT_EQ(exchange->answers, 1);
}

TEST_F(GenerationTest, fault_045_hanging_up_cancels_only_its_own) {
    engine->manual = true;
    start<PlainStream>(plan(2));
    const auto other = FakeExchange::post("/v1/x", "{}");
    Generation::start(
        other, pool, "tiny",
        [](const std::shared_ptr<ModelLease>&) { return GenerationTest::plan(); },
        std::make_unique<PlainStream>(other));
    exchange->run();
    other->run();
    engine->sendText(0, "a");
    exchange->run();
    ASSERT_EQ(engine->count(), 3U);
    exchange->hangUp();
    EXPECT_TRUE(engine->at(0).cancelled);
    EXPECT_FALSE(engine->at(1).cancelled);
    EXPECT_TRUE(engine->at(2).cancelled);
    EXPECT_EQ(pool->leases(), 1);
    other->hangUp();
    EXPECT_EQ(pool->leases(), 0);
}

TEST_F(GenerationTest, HangingUpWhileAModelLoadsSubmitsNothing) {
    pool->loading = true;
    start<PlainStream>(plan());
    exchange->hangUp();
    pool->finishLoading();
    exchange->run();
    EXPECT_EQ(engine->count(), 0U);
    EXPECT_EQ(pool->leases(), 0);
}

TEST_F(GenerationTest, fault_064_unloading_ends_streams_with_an_error) {
    engine->manual = true;
    start<PlainStream>(plan());
    exchange->run();
    engine->sendText(0, "a");
    engine->finish(0, FinishReason::Cancelled);
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_THAT(exchange->body, HasSubstr("data: 0=a\n\n"));
    EXPECT_THAT(exchange->body, HasSubstr("model_unloaded"));
}

TEST_F(GenerationTest, CancelEndsRepliesWhereTheyAre) {
    engine->manual = true;
    const auto generation = start<PlainWhole>(plan());
    exchange->run();
    engine->sendText(0, "abc");
    generation->cancel();
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_THAT(exchange->body, HasSubstr("abc|"));
}

} // namespace
} // namespace hearth::serve
