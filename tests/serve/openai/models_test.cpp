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
    pool->loading = true;
    EXPECT_EQ(json(*get("/models"))["data"][0]["context_length"], 4096);
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
