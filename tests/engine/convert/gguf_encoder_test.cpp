#include "convert/gguf_encoder.h"

#include "convert/gguf_notes.h"
#include "engine/convert/convert_support.h"

using namespace hearth;
using namespace hearth::test;

using kernels::Activation;

TEST(GgufEncoder, RefusesWhatReadersWouldComputeOtherwise) {
    auto encoder = describeEncoder(openModel(fixturePath("bert")));
    ASSERT_TRUE(encoder);
    EXPECT_TRUE(checkGgufEncoder(*encoder, "m"));
    for (const Activation other : {Activation::GeluTanh, Activation::Relu, Activation::Silu}) {
        encoder->activation = other;
        const auto refused = checkGgufEncoder(*encoder, "m");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
        EXPECT_EQ(refused.error().field, "hidden_act");
    }
    const auto model = describeEncoderDecoder(openModel(fixturePath("t5")));
    ASSERT_TRUE(model);
    EXPECT_TRUE(checkGgufEncoder(*model, "m"));
    const auto fieldOf = [&](auto change) {
        EncoderDecoderSpec changed = *model;
        change(changed);
        const auto refused = checkGgufEncoder(changed, "m");
        EXPECT_FALSE(refused);
        return refused ? std::string() : refused.error().field;
    };
    EXPECT_EQ(fieldOf([](auto& spec) { spec.activation = Activation::Silu; }), "feed_forward_proj");
    EXPECT_EQ(fieldOf([](auto& spec) { spec.encoder.layer.gate.clear(); }), "feed_forward_proj");
    EXPECT_EQ(fieldOf([](auto& spec) { spec.encoderBuckets.maxDistance = 40; }),
              "relative_attention_max_distance");
    EXPECT_EQ(fieldOf([](auto& spec) { spec.headScale = 0.7F; }), "head scale");
}

// Files don't say whether the hidden state is scaled: it goes with the tied head.
TEST(GgufEncoder, ATiedHeadThatIsNotScaledIsWrittenOut) {
    const Checkpoint checkpoint = openModel(fixturePath("t5"));
    auto model = describeEncoderDecoder(checkpoint);
    ASSERT_TRUE(model);
    const auto hasHead = [&] {
        for (const GgufTensorJob& job : ggufTensors(*model, checkpoint))
            if (job.request.name == "output.weight")
                return true;
        return false;
    };
    model->tiedHead = true;
    model->headScale = 1.0F;
    EXPECT_TRUE(hasHead());
    EXPECT_TRUE(ggufNotes(*model).empty());
    model->headScale = 0.125F;
    EXPECT_FALSE(hasHead());
    EXPECT_EQ(ggufNotes(*model).size(), 1U);
    model->decoderLayers = model->encoderLayers + 1;
    EXPECT_EQ(ggufNotes(*model).size(), 2U);
}
