#include "serve/api/form.h"
#include "serve/api/sampling_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace hearth::serve {
namespace {

struct Inner {
    std::string role;
    std::optional<std::string> content;
};

struct Body : SamplingFields {
    std::string model;
    std::vector<Inner> messages;
    std::int32_t n = 1;
    bool stream = false;
    std::string format = "float";
    std::string kind = "plain"; ///< Read from an object.
};

const Form<Inner>& innerForm() {
    static const Form<Inner> form = Form<Inner>("Inner")
                                        .required("role", &Inner::role, text(1), "Who.")
                                        .field("content", &Inner::content, text(), "What.");
    return form;
}

const Form<Body>& bodyForm() {
    static const Form<Body> form = [] {
        Form<Body> body("Body");
        body.field("model", &Body::model, text(), "Which.")
            .required("messages", &Body::messages, list(object(innerForm()), 1), "Turns.")
            .field("n", &Body::n, integer(1, 128), "How many.")
            .field("stream", &Body::stream, boolean(), "")
            .field("format", &Body::format, word({"float", "base64"}), "")
            .field("kind", &Body::kind,
                   object(innerForm()).map([](const Inner& inner) { return inner.role; }), "");
        addSamplingFields(body);
        return body;
    }();
    return form;
}

std::string body(const std::string& more) {
    return R"({"messages":[{"role":"user","content":"Hi"}],)" + more + "}";
}

/// "param: type" of each field that is wrong.
std::vector<std::string> wrong(const std::string& text) {
    const auto read = bodyForm().read(text);
    if (read)
        return {"nothing"};
    EXPECT_EQ(read.error().status, 422);
    std::vector<std::string> result;
    for (const FieldError& field : read.error().fields)
        result.push_back(locationText(field.location) + ": " + field.type);
    return result;
}

using testing::ElementsAre;

TEST(Form, ReadsFieldsAndKeepsDefaults) {
    const auto read = bodyForm().read(
        body(R"("n":3.0,"temperature":0.5,"stop":"x","logit_bias":{"7":-100},"unknown":[{}],
                "seed":null,"model":null)"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->n, 3);
    EXPECT_EQ(read->temperature, 0.5);
    EXPECT_EQ(read->stop, std::vector<std::string>{"x"});
    EXPECT_EQ(read->logitBias.at(0).token, 7);
    EXPECT_FALSE(read->seed);
    EXPECT_EQ(read->format, "float");
    EXPECT_EQ(read->messages.at(0).content, "Hi");
}

TEST(Form, SaysTheSameAsJsonSchema) {
    const Json schema = bodyForm().schema();
    EXPECT_EQ(schema["required"], Json::array({"messages"}));
    EXPECT_EQ(schema["properties"]["n"]["default"], 1);
    EXPECT_EQ(schema["properties"]["n"]["maximum"], 128);
    EXPECT_EQ(schema["properties"]["format"]["enum"], Json::array({"float", "base64"}));
    EXPECT_EQ(schema["properties"]["messages"]["items"]["required"], Json::array({"role"}));
    EXPECT_EQ(schema["properties"]["stop"]["anyOf"].size(), 2U);
    EXPECT_FALSE(schema["properties"]["kind"].contains("default"));
}

TEST(Form, ListsEveryWrongFieldAsFastApiDoes) {
    const auto read = bodyForm().read(R"({"messages":[{"content":5}],"n":"two"})");
    ASSERT_FALSE(read);
    const Json answer = Json::parse(openAiErrorBody(read.error()));
    EXPECT_EQ(answer["error"]["type"], "invalid_request_error");
    EXPECT_EQ(answer["error"]["param"], "messages[0].role");
    EXPECT_EQ(answer["detail"], Json::parse(R"([
        {"loc":["body","messages",0,"role"],"msg":"Field required","type":"missing"},
        {"loc":["body","messages",0,"content"],"msg":"Input should be a valid string",
         "type":"string_type"},
        {"loc":["body","n"],"msg":"Input should be a valid integer","type":"int_type"}])"));
}

TEST(Form, fault_033_malformed_json) {
    const std::string deep(100000, '[');
    for (const std::string& text : {std::string(), std::string("{"), std::string("[1,"), deep,
                                    std::string("{\"messages\":") + deep}) {
        const auto read = bodyForm().read(text);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().status, 400);
        EXPECT_EQ(read.error().code, "invalid_json");
    }
    EXPECT_EQ(bodyForm().read("[]").error().status, 422);
    EXPECT_EQ(bodyForm().read("null").error().status, 422);
}

TEST(Form, fault_033_duplicate_keys) {
    const auto read = bodyForm().read(body(R"("n":"x","n":2)"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->n, 2);
}

TEST(Form, fault_033_a_million_members) {
    std::string members;
    for (int i = 0; i < 1000000; ++i)
        members += fmt::format("{}\"a{}\":1", i == 0 ? "" : ",", i);
    EXPECT_EQ(bodyForm().read("{" + members + "}").error().code, "invalid_json");
    std::string lists;
    for (int i = 0; i < 2000000; ++i)
        lists += "[],";
    EXPECT_EQ(bodyForm().read("[" + lists + "[]]").error().code, "invalid_json");
}

TEST(Form, fault_034_invalid_text) {
    for (const char* bad : {"\xFF", "\xC3", "\xED\xA0\x80", R"(\ud800)", R"(\udc00x)", "\x01"}) {
        const auto read = bodyForm().read(
            fmt::format(R"({{"messages":[{{"role":"user","content":"{}"}}]}})", bad));
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().status, 400);
    }
    std::string raw = R"({"messages":[{"role":"user","content":"a_b"}]})";
    raw[raw.find('_')] = '\0';
    EXPECT_EQ(bodyForm().read(raw).error().status, 400);
    const auto escaped =
        bodyForm().read(R"({"messages":[{"role":"user","content":"a\u0000b\ud83d\ude00"}]})");
    ASSERT_TRUE(escaped);
    EXPECT_EQ(*escaped->messages[0].content, std::string("a\0b\xF0\x9F\x98\x80", 7));
}

TEST(Form, fault_035_wrong_type_for_every_field) {
    const Json schema = bodyForm().schema();
    for (const auto& [name, property] : schema["properties"].items())
        for (const char* value : {"5", "1.5", "true", "\"x\"", "[[]]", "{\"a\":{}}"}) {
            const auto read =
                bodyForm().read(name == "messages" ? fmt::format(R"({{"messages":{}}})", value)
                                                   : body(fmt::format("\"{}\":{}", name, value)));
            if (read)
                continue;
            EXPECT_EQ(read.error().status, 422);
            ASSERT_FALSE(read.error().fields.empty());
            EXPECT_EQ(std::get<std::string>(read.error().fields[0].location.at(0)), name);
        }
    EXPECT_THAT(wrong(body(R"("n":"1","temperature":true,"stream":1,"model":7,"stop":9,
        "logit_bias":[],"seed":1.5,"format":2,"stop_token_ids":["a"])")),
                ElementsAre("model: string_type", "n: int_type", "stream: bool_type",
                            "format: literal_error", "temperature: float_type", "seed: int_type",
                            "logit_bias: dict_type", "stop: union_type",
                            "stop_token_ids[0]: int_type"));
}

TEST(Form, fault_036_numbers_out_of_range) {
    for (const char* value : {"NaN", "Infinity", "-Infinity", "1e400", "-1e400"})
        EXPECT_EQ(bodyForm().read(body(fmt::format("\"temperature\":{}", value))).error().status,
                  400)
            << value;
    EXPECT_THAT(wrong(body(R"("n":-1,"temperature":-0.1,"top_p":0,"top_k":1e300,"min_p":2,
        "repetition_penalty":0,"presence_penalty":-3,"frequency_penalty":1e308,
        "seed":99999999999999999999)")),
                ElementsAre("n: greater_than_equal", "temperature: greater_than_equal",
                            "top_p: greater_than", "top_k: less_than_equal",
                            "min_p: less_than_equal", "repetition_penalty: greater_than",
                            "presence_penalty: greater_than_equal",
                            "frequency_penalty: less_than_equal", "seed: less_than_equal"));
}

TEST(Form, fault_037_stops_and_biases) {
    std::string stops;
    for (int i = 0; i < 10000; ++i)
        stops += i == 0 ? "\"a\"" : ",\"a\"";
    EXPECT_THAT(wrong(body("\"stop\":[" + stops + "]")), ElementsAre("stop: too_long"));
    EXPECT_THAT(wrong(body(R"("stop":"")")), ElementsAre("stop: string_too_short"));
    EXPECT_THAT(wrong(body(R"("stop":["a",""])")), ElementsAre("stop[1]: string_too_short"));
    EXPECT_THAT(wrong(body(R"("logit_bias":{"x":1,"-5":1,"4294967296":2,"3":101})")),
                ElementsAre("logit_bias.x: int_parsing", "logit_bias.-5: int_parsing",
                            "logit_bias.4294967296: int_parsing", "logit_bias.3: less_than_equal"));
}

TEST(Form, fault_039_a_million_choices) {
    EXPECT_THAT(wrong(body("\"n\":1000000")), ElementsAre("n: less_than_equal"));
}

} // namespace
} // namespace hearth::serve
