#include "serve/lmdeploy/interactive_support.h"

namespace hearth::test {

namespace {

using serve::Json;

class Encode : public Interactive {
protected:
    Json encode(const Json& body) {
        const auto exchange = m_tiny.post("/v1/encode", body.dump());
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return Json::parse(exchange->body);
    }
};

TEST_F(Encode, OneTextOrAList) {
    EXPECT_EQ(encode({{"input", "Hi"}}), Json({{"input_ids", {72, 105}}, {"length", 2}}));
    EXPECT_EQ(encode({{"input", {"Hi", "", "!"}}}),
              Json({{"input_ids", {{72, 105}, Json::array(), {33}}}, {"length", {2, 0, 1}}}));
}

TEST_F(Encode, WithTheTemplate) {
    EXPECT_EQ(encode({{"input", "!"}, {"do_preprocess", true}}),
              Json({{"input_ids", {256, 33, 259, 257}}, {"length", 4}}));
}

TEST_F(Encode, RefusesWhatItCannotRead) {
    EXPECT_EQ(m_tiny.post("/v1/encode", R"({"input":7})")->status, 422);
    EXPECT_EQ(m_tiny.post("/v1/encode", "{}")->status, 422);
    EXPECT_EQ(m_tiny.post("/v1/encode", R"({"input":"x","model":"../x"})")->status, 404);
}

} // namespace

} // namespace hearth::test
