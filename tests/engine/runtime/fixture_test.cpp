#include "engine/runtime/engine_harness.h"
#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace hearth;
using namespace hearth::test;

namespace {

/// The limit for float32: see tests/data/models.
constexpr double kTolerance = 1e-3;

template<typename T>
std::vector<T> values(const SafetensorsFile& file, const std::string& name) {
    const SafetensorsTensor* tensor = file.findTensor(name);
    EXPECT_NE(tensor, nullptr) << name;
    std::vector<T> out(tensor->data.size() / sizeof(T));
    std::memcpy(out.data(), tensor->data.data(), tensor->data.size());
    return out;
}

std::vector<std::int32_t> narrow(const std::vector<std::int64_t>& wide) {
    return {wide.begin(), wide.end()};
}

struct Case {
    const char* model;
    std::int32_t stepTokens;
    bool together;
};

class Fixture : public testing::TestWithParam<Case> {
protected:
    static Request request(const std::vector<std::int32_t>& prompt) {
        Request request = greedy(prompt, 32);
        request.promptLogits = true;
        request.usePrefixCache = false;
        return request;
    }
    static void compare(const Recorder& reply, const SafetensorsFile& reference, int k) {
        const auto wanted = values<float>(reference, "logits_" + std::to_string(k));
        std::vector<float> got;
        for (const LogitsEvent& event : reply.logits) {
            ASSERT_EQ(std::size_t(event.first) * 512, got.size());
            got.insert(got.end(), event.logits.begin(), event.logits.end());
        }
        ASSERT_EQ(got.size(), wanted.size());
        double largest = 0.0;
        double difference = 0.0;
        for (std::size_t i = 0; i < got.size(); ++i) {
            largest = std::max(largest, std::fabs(double(wanted[i])));
            difference = std::max(difference, std::fabs(double(wanted[i]) - double(got[i])));
        }
        EXPECT_LE(difference / largest, kTolerance);
        EXPECT_EQ(reply.tokens,
                  narrow(values<std::int64_t>(reference, "greedy_" + std::to_string(k))));
    }
};

} // namespace

TEST_P(Fixture, LogitsAndGreedyTokensAreTheReference) {
    const auto folder = std::filesystem::path(HEARTH_TEST_DATA) / "models" / GetParam().model;
    const auto reference = SafetensorsFile::open(folder / "reference.safetensors");
    ASSERT_TRUE(reference);
    EngineHarness harness;
    LoadOptions options;
    options.kvType = KvType::F32;
    options.promptLogits = true;
    options.stepTokens = GetParam().stepTokens;
    const auto engine = harness.host().load(folder.string(), "fixture", options);
    ASSERT_TRUE(engine) << engine.error().message();
    std::vector<std::unique_ptr<Recorder>> replies;
    for (int k = 0; k < 3; ++k) {
        replies.push_back(std::make_unique<Recorder>());
        const auto prompt =
            narrow(values<std::int64_t>(*reference, "prompt_" + std::to_string(k)));
        ASSERT_TRUE((*engine)->submit(request(prompt), replies.back()->handler()));
        if (!GetParam().together) {
            ASSERT_TRUE(replies.back()->wait());
        }
    }
    for (int k = 0; k < 3; ++k) {
        ASSERT_TRUE(replies[std::size_t(k)]->wait());
        ASSERT_FALSE(replies[std::size_t(k)]->failed);
        compare(*replies[std::size_t(k)], *reference, k);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Models, Fixture,
    testing::Values(Case{"llama", 512, true}, Case{"llama", 512, false}, Case{"llama", 7, true},
                    Case{"llama", 7, false}, Case{"llama3_rope", 512, true},
                    Case{"llama3_rope", 7, true}, Case{"llama_yarn", 512, true},
                    Case{"llama_yarn", 7, true}, Case{"llama_linear", 512, true},
                    Case{"llama_linear", 7, true}, Case{"qwen2", 512, true},
                    Case{"qwen2", 512, false}, Case{"qwen2", 7, true}, Case{"qwen2", 7, false}),
    [](const testing::TestParamInfo<Case>& test) {
        return std::string(test.param.model) + "_step" + std::to_string(test.param.stepTokens) +
               (test.param.together ? "_together" : "_alone");
    });
