#include "serve/api/model_card.h"
#include "serve/support/api_fixture.h"

namespace hearth::serve {
namespace {

class ModelsTest : public ApiTest {
protected:
    ModelsTest() {
        addOpenAi(router, context);
        engine->info.context = 2048;
    }
    std::shared_ptr<FakeExchange> get(const std::string& path) {
        const auto exchange = begin(Method::Get, path);
        EXPECT_TRUE(exchange->over);
        return exchange;
    }
};

TEST_F(ModelsTest, ListsCards) {
    const Json list = json(*get("/v1/models"));
    EXPECT_EQ(list["object"], "list");
    const Json& card = list["data"][0];
    EXPECT_EQ(card["id"], "tiny");
    EXPECT_EQ(card["object"], "model");
    EXPECT_EQ(card["context_length"], 2048);
    EXPECT_TRUE(card["permission"].is_array());
    EXPECT_EQ(card["type"], "llm");
    EXPECT_EQ(card["capabilities"], Json::array({"completion", "tools"}));
    pool->loading = true;
    EXPECT_EQ(json(*get("/models"))["data"][0]["context_length"], 4096);
}

TEST(UtcText, HasMicroseconds) {
    EXPECT_EQ(utcText(std::chrono::system_clock::time_point(std::chrono::microseconds(1))),
              "1970-01-01T00:00:00.000001Z");
}

TEST_F(ModelsTest, TellsWhatThinksAndWhatEmbeds) {
    engine->info.chatTemplate = "<think></think>";
    EXPECT_EQ(json(*get("/v1/models/tiny"))["capabilities"].back(), "thinking");
    PoolModelStatus encoder;
    encoder.model.kind = ModelKind::Encoder;
    EXPECT_EQ(openAiCard(encoder)["type"], "embeddings");
    EXPECT_EQ(openAiCard(encoder)["capabilities"], Json::array({"embedding"}));
}

TEST_F(ModelsTest, AnswersAnthropicsClientsInTheirShape) {
    headers = {{"anthropic-version", "2023-06-01"}};
    const Json list = json(*get("/v1/models"));
    EXPECT_EQ(list["has_more"], false);
    EXPECT_EQ(list["first_id"], "tiny");
    EXPECT_EQ(list["last_id"], list["data"].back()["id"]);
    EXPECT_EQ(list["data"][0]["type"], "model");
    EXPECT_EQ(list["data"][0]["display_name"], "tiny");
    EXPECT_EQ(list["data"][0]["created_at"].get<std::string>().back(), 'Z');
    EXPECT_EQ(json(*get("/v1/models/tiny"))["type"], "model");
    EXPECT_EQ(json(*get("/v1/models/none"))["error"]["type"], "not_found_error");
    query = {{"after_id", "tiny"}};
    const Json after = json(*get("/v1/models"));
    for (const Json& card : after["data"])
        EXPECT_NE(card["id"], "tiny");
    pool->others = {"second", "third"};
    const auto page = [this](std::map<std::string, std::string, std::less<>> asked) {
        query = std::move(asked);
        return json(*get("/v1/models"));
    };
    const Json first = page({{"limit", "2"}});
    EXPECT_EQ(first["data"].size(), 2U);
    EXPECT_EQ(first["last_id"], "second");
    EXPECT_EQ(first["has_more"], true);
    const Json last = page({{"limit", "2"}, {"after_id", "second"}});
    EXPECT_EQ(last["first_id"], "third");
    EXPECT_EQ(last["has_more"], false);
    const Json before = page({{"limit", "1"}, {"before_id", "third"}});
    EXPECT_EQ(before["first_id"], "second");
    EXPECT_EQ(before["has_more"], true);
    for (const char* limit : {"0", "x", "-1", "1001"}) {
        query = {{"limit", limit}};
        EXPECT_EQ(get("/v1/models")->status, 400) << limit;
    }
}

TEST_F(ModelsTest, FindsOne) {
    EXPECT_EQ(json(*get("/v1/models/tiny"))["id"], "tiny");
    const auto missing = get("/v1/models/org/name");
    EXPECT_EQ(missing->status, 404);
    EXPECT_EQ(json(*missing)["error"]["code"], "model_not_found");
    EXPECT_EQ(json(*missing)["error"]["message"],
              "The model `org/name` does not exist. There is `tiny`.");
}

} // namespace
} // namespace hearth::serve
