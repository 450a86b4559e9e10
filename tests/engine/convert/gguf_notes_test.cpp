#include "convert/gguf_notes.h"
#include "engine/convert/convert_support.h"

using namespace hearth;
using namespace hearth::test;

namespace {

/// The notes on a fixture, as one text.
std::string notesOf(const std::string& fixture) {
    const auto decoder = describeModel(openModel(fixturePath(fixture)));
    EXPECT_TRUE(decoder) << decoder.error().message();
    const auto architecture = ggufArchitectureOf(*decoder, fixture);
    EXPECT_TRUE(architecture) << architecture.error().message();
    std::string all;
    for (const std::string& note : ggufNotes(*architecture, *decoder))
        all += note + "\n";
    return all;
}

} // namespace

TEST(GgufNotes, NameWhatLlamaCppDoesOtherwise) {
    const std::pair<const char*, const char*> wanted[] = {
        {"mistral", "ignores the sliding window of "},
        {"qwen2_window", "ignores the sliding window of "},
        {"gpt_oss", "rounds the ends of yarn's ramp"},
        {"phi3_longrope", "longrope's factors"},
        {"baichuan2", "Baichuan models of 32 layers"},
        {"glm", "not as wide together"},
        {"deepseek_v2_lite", "26 or 27 layers"},
        {"deepseek_v2_groups", "groups of experts"},
    };
    for (const auto& [fixture, part] : wanted)
        EXPECT_NE(notesOf(fixture).find(part), std::string::npos) << fixture;
}

TEST(GgufNotes, AreNotMadeOfModelsThatLlamaCppComputesAlike) {
    for (const char* fixture : {"llama", "llama_yarn", "gemma2", "gemma3_text", "qwen2_moe",
                                "deepseek_v3", "chatglm", "mixtral", "phi3"})
        EXPECT_EQ(notesOf(fixture), "") << fixture;
}
