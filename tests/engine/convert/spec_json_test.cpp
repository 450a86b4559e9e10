#include "engine/convert/convert_support.h"
#include "models/decoder_spec_check.h"
#include "models/model_spec_json.h"

using namespace hearth;
using namespace hearth::test;

namespace {

nlohmann::json specJsonOf(const char* fixture) {
    const auto decoder = describeModel(openModel(fixturePath(fixture)));
    EXPECT_TRUE(decoder);
    return toJson(*decoder);
}

Error errorOf(const nlohmann::json& json) {
    auto decoder = decoderFromJson(json, "w/workspace.json");
    if (decoder) {
        const auto checked = checkSpecLists(*decoder, "w/workspace.json");
        EXPECT_FALSE(checked);
        return checked ? Error{} : checked.error();
    }
    return decoder.error();
}

} // namespace

TEST(SpecJson, ComesBackAsItWas) {
    for (const char* fixture : {"llama", "llama_yarn", "gemma3_text", "internlm2", "gpt2"}) {
        const nlohmann::json json = specJsonOf(fixture);
        // Through text, as in a file.
        const auto again = decoderFromJson(nlohmann::json::parse(json.dump()), "w");
        ASSERT_TRUE(again) << again.error().message();
        EXPECT_EQ(toJson(*again), json) << fixture;
        EXPECT_TRUE(checkSpecLists(*again, "w"));
    }
}

TEST(SpecJson, AbsentKeysAreDefaultsAndUnknownOnesRefused) {
    nlohmann::json json = specJsonOf("llama");
    json.erase("final_softcap");
    ASSERT_TRUE(decoderFromJson(json, "w"));
    json["hyper_drive"] = 1;
    const Error error = errorOf(json);
    EXPECT_EQ(error.code, ErrorCode::Unsupported);
    EXPECT_EQ(error.path, "w/workspace.json");
}

TEST(SpecJson, WrongValuesNameTheirKey) {
    const auto with = [](auto change) {
        nlohmann::json json = specJsonOf("llama");
        change(json);
        return errorOf(json);
    };
    EXPECT_EQ(with([](auto& json) { json["heads"] = "four"; }).field, "decoder.heads");
    EXPECT_EQ(with([](auto& json) { json["heads"] = 4.5; }).field, "decoder.heads");
    EXPECT_EQ(with([](auto& json) { json["layers"] = 1e30; }).field, "decoder.layers");
    EXPECT_EQ(with([](auto& json) { json["norm"]["epsilon"] = nullptr; }).field,
              "decoder.norm.epsilon");
    EXPECT_EQ(with([](auto& json) { json["activation"] = "swosh"; }).detail, "swosh");
    EXPECT_EQ(with([](auto& json) { json["forms"] = nlohmann::json::array(); }).field, "forms");
    EXPECT_EQ(with([](auto& json) { json["form_of_layer"] = {0, 7}; }).field, "form_of_layer");
    EXPECT_EQ(with([](auto& json) { json["names"]["embedding"] = "x{:99999}"; }).field,
              "names.embedding");
    EXPECT_EQ(with([](auto& json) { json["names"]["layer"]["query"][0]["count"] = -1; }).field,
              "names.query");
    EXPECT_EQ(errorOf(nlohmann::json::array()).field, "decoder");
}

TEST(SpecJson, EncodersComeBackAsTheyWere) {
    const auto bert = describeEncoder(openModel(fixturePath("bert")));
    ASSERT_TRUE(bert);
    nlohmann::json json = nlohmann::json::parse(toJson(*bert).dump());
    const auto encoder = encoderFromJson(json, "w");
    ASSERT_TRUE(encoder) << encoder.error().message();
    EXPECT_EQ(toJson(*encoder), json);
    EXPECT_TRUE(checkSpecLists(*encoder, "w"));
    json["names"]["layer"]["up"][0]["name"] = "{:9}";
    EXPECT_EQ(checkSpecLists(*encoderFromJson(json, "w"), "w").error().field, "names.up");
    json["heads"] = "four";
    EXPECT_EQ(encoderFromJson(json, "w").error().field, "encoder.heads");

    const auto t5 = describeEncoderDecoder(openModel(fixturePath("t5")));
    ASSERT_TRUE(t5);
    json = nlohmann::json::parse(toJson(*t5).dump());
    const auto model = encoderDecoderFromJson(json, "w");
    ASSERT_TRUE(model) << model.error().message();
    EXPECT_EQ(toJson(*model), json);
    EXPECT_TRUE(checkSpecLists(*model, "w"));
    json["decoder"]["cross_key"][0]["step"] = 0;
    EXPECT_EQ(checkSpecLists(*encoderDecoderFromJson(json, "w"), "w").error().field,
              "names.cross_key");
    json["encoder_buckets"]["buckets"] = 1.5;
    EXPECT_EQ(encoderDecoderFromJson(json, "w").error().field,
              "encoder_decoder.encoder_buckets.buckets");
}
