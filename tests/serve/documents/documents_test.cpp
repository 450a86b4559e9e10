#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

namespace hearth::serve {
namespace {

class DocumentsTest : public ApiTest {
protected:
    DocumentsTest() {
        addDocuments(router, context);
        addOpenAi(router, context);
    }
    std::shared_ptr<FakeExchange> get(const std::string& path) {
        const auto exchange = begin(Method::Get, path);
        EXPECT_TRUE(exchange->over);
        return exchange;
    }
};

TEST_F(DocumentsTest, DescribesEveryRoute) {
    const Json document = json(*get("/openapi.json"));
    EXPECT_EQ(document["openapi"], "3.1.0");
    const Json& chat = document["paths"]["/v1/chat/completions"]["post"];
    EXPECT_EQ(chat["requestBody"]["content"]["application/json"]["schema"]["$ref"],
              "#/components/schemas/ChatCompletionRequest");
    EXPECT_EQ(
        document["components"]["schemas"]["ChatCompletionRequest"]["properties"]["n"]["maximum"],
        128);
    EXPECT_TRUE(chat["responses"].contains("422"));
    EXPECT_EQ(document["paths"]["/v1/models/{id}"]["get"]["parameters"][0]["name"], "id");
}

TEST_F(DocumentsTest, ServesThePageUnderAStrictPolicy) {
    const auto page = get("/");
    EXPECT_EQ(page->contentType, "text/html; charset=utf-8");
    EXPECT_THAT(page->body, testing::HasSubstr("<title>Hearth</title>"));
    ASSERT_FALSE(page->headers.empty());
    EXPECT_EQ(page->headers[0].name, "content-security-policy");
    EXPECT_THAT(page->headers[0].value, testing::HasSubstr("default-src 'none'"));
}

} // namespace
} // namespace hearth::serve
