#include "engine/runtime/encoder_support.h"

#include <atomic>
#include <thread>

using namespace hearth;
using namespace hearth::test;

namespace {

/// The limit for float32: see tests/data/models.
constexpr double kEncoderTolerance = 1e-3;

LoadOptions onCpu() {
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    options.kvType = KvType::F32;
    options.promptLogits = true;
    return options;
}

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from))
        text.replace(at, from.size(), to);
}

std::string bertGgufName(std::string name) {
    for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
             {"bert.", ""},
             {"embeddings.word_embeddings", "token_embd"},
             {"embeddings.position_embeddings", "position_embd"},
             {"embeddings.token_type_embeddings", "token_types"},
             {"embeddings.LayerNorm", "token_embd_norm"},
             {"encoder.layer.", "blk."},
             {"attention.self.query", "attn_q"},
             {"attention.self.key", "attn_k"},
             {"attention.self.value", "attn_v"},
             {"attention.output.dense", "attn_output"},
             {"attention.output.LayerNorm", "attn_output_norm"},
             {"intermediate.dense", "ffn_up"},
             {"output.dense", "ffn_down"},
             {"output.LayerNorm", "layer_output_norm"},
             {"gamma", "weight"},
             {"beta", "bias"}})
        replaceAll(name, from, to);
    return name;
}

GgufBuilder bertKeys(const nlohmann::json& config) {
    const auto number = [&](const char* key) { return config[key].get<std::uint32_t>(); };
    GgufBuilder keys;
    keys.add("general.architecture", std::string("bert"))
        .add("bert.block_count", number("num_hidden_layers"))
        .add("bert.embedding_length", number("hidden_size"))
        .add("bert.feed_forward_length", number("intermediate_size"))
        .add("bert.attention.head_count", number("num_attention_heads"))
        .add("bert.context_length", number("max_position_embeddings"))
        .add("bert.attention.layer_norm_epsilon", 1e-12F);
    return keys;
}

std::string t5GgufName(std::string name) {
    const bool isDecoder = name.starts_with("decoder");
    for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
             {"shared", "token_embd"},
             {"lm_head", "output"},
             {"encoder.", "enc."},
             {"decoder.", "dec."},
             {"block.", "blk."},
             {"final_layer_norm", "output_norm"},
             {"layer.0.layer_norm", "attn_norm"},
             {"layer.0.SelfAttention.relative_attention_bias", "attn_rel_b"},
             {"layer.0.SelfAttention.", "attn_"},
             {"layer.1.EncDecAttention.", "cross_attn_"},
             {isDecoder ? "layer.1.layer_norm" : "-", "cross_attn_norm"},
             {"layer.1.layer_norm", "ffn_norm"},
             {"layer.2.layer_norm", "ffn_norm"},
             {"layer.1.DenseReluDense.", "ffn_"},
             {"layer.2.DenseReluDense.", "ffn_"},
             {"ffn_wi_0", "ffn_gate"},
             {"ffn_wi_1", "ffn_up"},
             {"ffn_wi", "ffn_up"},
             {"ffn_wo", "ffn_down"}})
        replaceAll(name, from, to);
    return name;
}

GgufBuilder t5Keys(const nlohmann::json& config) {
    const auto number = [&](const char* key) { return config[key].get<std::uint32_t>(); };
    GgufBuilder keys;
    keys.add("general.architecture", std::string("t5"))
        .add("t5.block_count", number("num_layers"))
        .add("t5.decoder_block_count", number("num_decoder_layers"))
        .add("t5.embedding_length", number("d_model"))
        .add("t5.feed_forward_length", number("d_ff"))
        .add("t5.attention.head_count", number("num_heads"))
        .add("t5.attention.key_length", number("d_kv"))
        .add("t5.attention.value_length", number("d_kv"))
        .add("t5.attention.layer_norm_rms_epsilon", 1e-6F)
        .add("t5.attention.relative_buckets_count", std::uint32_t(32))
        .add("t5.decoder_start_token_id", std::uint32_t(0));
    return keys;
}

class Encoder : public testing::TestWithParam<const char*> {};
class EncoderDecoder : public testing::TestWithParam<const char*> {};

std::string nameOf(const testing::TestParamInfo<const char*>& test) { return test.param; }

} // namespace

TEST_P(Encoder, StatesAndMeansAreTheReference) {
    const EncoderReference reference(GetParam());
    EngineHarness harness;
    EXPECT_LE(embeddingError(harness.host(), reference, reference.path(), onCpu()),
              kEncoderTolerance);
}

INSTANTIATE_TEST_SUITE_P(Models, Encoder,
                         testing::Values("bert", "bert_odd", "xlm_roberta_odd", "distilbert_odd",
                                         "t5", "t5_untied", "t5_first", "umt5_odd"),
                         nameOf);

TEST_P(EncoderDecoder, LogitsAreTheReferenceAtAnyChunk) {
    const EncoderReference reference(GetParam());
    EngineHarness harness;
    for (const std::int32_t stepTokens : {512, 3}) {
        LoadOptions options = onCpu();
        options.stepTokens = stepTokens;
        options.maxBatchSize = std::min(stepTokens, 8);
        EXPECT_LE(logitsError(harness.host(), reference, reference.path(), options),
                  kEncoderTolerance);
    }
}

TEST_P(EncoderDecoder, GreedyTokensAreTheReference) {
    const EncoderReference reference(GetParam());
    if (!reference.has("greedy_0"))
        GTEST_SKIP() << "the fixture has none";
    EngineHarness harness;
    const auto engine = harness.host().load(reference.path(), "model", onCpu());
    ASSERT_TRUE(engine) << engine.error().message();
    EXPECT_EQ((*engine)->model().kind, ModelKind::EncoderDecoder);
    std::vector<Request> requests;
    const auto prompts = reference.lists("prompt_");
    for (const auto& prompt : prompts)
        requests.push_back(greedy(prompt, 16));
    const auto replies = runTogether(**engine, std::move(requests));
    for (std::size_t k = 0; k < prompts.size(); ++k)
        EXPECT_EQ(replies[k]->tokens, reference.tokens("greedy_" + std::to_string(k)));
}

INSTANTIATE_TEST_SUITE_P(Models, EncoderDecoder,
                         testing::Values("t5", "t5_untied", "t5_first", "umt5_odd"), nameOf);

TEST(EncoderGguf, BertIsTheFolder) {
    EncoderReference reference("bert_odd");
    EngineHarness harness;
    GgufBuilder keys = bertKeys(reference.config());
    keys.add("bert.pooling_type", std::uint32_t(1));
    const std::string path = reference.writeGguf(std::move(keys), bertGgufName);
    EXPECT_LE(embeddingError(harness.host(), reference, path, onCpu()), kEncoderTolerance);
}

TEST(EncoderGguf, T5IsTheFolder) {
    for (const char* name : {"t5_untied", "t5_first"}) {
        EncoderReference reference(name);
        EngineHarness harness;
        const std::string path = reference.writeGguf(t5Keys(reference.config()), t5GgufName);
        EXPECT_LE(embeddingError(harness.host(), reference, path, onCpu()), kEncoderTolerance);
        EXPECT_LE(logitsError(harness.host(), reference, path, onCpu()), kEncoderTolerance);
    }
}

TEST(Embedder, PoolsAsTheFolderSaysOrTheCaller) {
    EncoderReference reference("xlm_roberta_odd");
    EngineHarness harness;
    TemporaryFolder& folder = reference.folder();
    std::filesystem::create_directory(folder.path() / "1_Pooling");
    folder.write("modules.json",
                 R"([{"path": "", "type": "sentence_transformers.models.Transformer"},
                     {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                     {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])");
    folder.write("1_Pooling/config.json",
                 R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})");
    EmbedderOptions options;
    options.load = onCpu();
    const auto prompts = reference.lists("prompt_");
    const auto first = [&](const EmbedderOptions& chosen) {
        const auto embedder = harness.host().openEmbedder(reference.path(), "e", chosen);
        EXPECT_TRUE(embedder) << embedder.error().message();
        return (*embedder)->embedTokens(prompts)->back();
    };
    const auto row = [](const Embedding& of, std::size_t index) {
        const std::size_t width = of.values.size();
        return std::vector<float>(of.hidden.begin() + std::ptrdiff_t(index * width),
                                  of.hidden.begin() + std::ptrdiff_t((index + 1) * width));
    };
    const Embedding cls = first(options);
    const std::vector<float> state = row(cls, 0);
    double length = 0.0;
    for (const float value : state)
        length += double(value) * double(value);
    for (std::size_t i = 0; i < state.size(); ++i)
        EXPECT_NEAR(cls.values[i], double(state[i]) / std::sqrt(length), 1e-6);
    options.normalise = false;
    EXPECT_EQ(first(options).values, state);
    options.pooling = Pooling::Last;
    const Embedding last = first(options);
    EXPECT_EQ(last.values, row(last, std::size_t(last.tokens) - 1));
    // A pooling that we lack is named, and stands back for the caller's.
    folder.write("1_Pooling/config.json", R"({"pooling_mode_max_tokens": true})");
    EXPECT_EQ(first(options).values, last.values);
    options.pooling.reset();
    const auto refused = harness.host().openEmbedder(reference.path(), "e", options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(refused.error().field, "pooling_mode_max_tokens");
}

TEST(Embedder, ManyTextsOfAnyLengthEqualOneByOne) {
    const EncoderReference reference("bert_odd");
    EngineHarness harness;
    EmbedderOptions options;
    options.load = onCpu();
    options.load.stepTokens = 150; // Several steps, some of many texts.
    const auto embedder = harness.host().openEmbedder(reference.path(), "e", options);
    ASSERT_TRUE(embedder) << embedder.error().message();
    std::vector<std::vector<std::int32_t>> texts;
    for (std::uint32_t i = 0; i < 90; ++i)
        texts.push_back(somePrompt(1 + (i * 37) % 129, i + 1));
    const auto together = (*embedder)->embedTokens(texts);
    ASSERT_TRUE(together) << together.error().message();
    for (std::size_t i = 0; i < texts.size(); i += 7) {
        const auto alone = (*embedder)->embedTokens({&texts[i], 1});
        ASSERT_TRUE(alone);
        EXPECT_EQ(alone->front().values, (*together)[i].values) << i;
    }
}

TEST(Embedder, DecodersGiveTheirLastStates) {
    EngineHarness harness;
    TemporaryFolder folder;
    const auto path = folder.write("tiny.gguf", tinyGguf(TinyModel{}).build());
    EmbedderOptions options;
    options.load = onCpu();
    options.pooling = Pooling::Last;
    const auto embedder = harness.host().openEmbedder(path.string(), "e", options);
    ASSERT_TRUE(embedder) << embedder.error().message();
    EXPECT_EQ((*embedder)->model().kind, ModelKind::Decoder);
    // Causal: what follows changes nothing before.
    const std::vector<std::vector<std::int32_t>> texts{somePrompt(30), somePrompt(9)};
    const auto states = (*embedder)->embedTokens(texts);
    ASSERT_TRUE(states);
    const Embedding& whole = (*states)[0];
    const std::size_t width = whole.values.size();
    const std::vector<std::vector<std::int32_t>> part{{texts[0].begin(), texts[0].begin() + 12}};
    const auto shorter = (*embedder)->embedTokens(part);
    ASSERT_TRUE(shorter);
    for (std::size_t i = 0; i < width; ++i)
        EXPECT_NEAR(shorter->front().values[i], whole.hidden[11 * width + i], 1e-5);
}

TEST(Embedder, RefusesWhatItCannotTake) {
    const EncoderReference reference("bert_odd");
    EngineHarness harness;
    EmbedderOptions options;
    options.load = onCpu();
    const auto embedder = harness.host().openEmbedder(reference.path(), "e", options);
    ASSERT_TRUE(embedder);
    const auto errorOf = [&](std::vector<std::int32_t> text) {
        const std::vector<std::vector<std::int32_t>> texts{{5}, std::move(text)};
        const auto got = (*embedder)->embedTokens(texts);
        EXPECT_FALSE(got);
        EXPECT_EQ(got.error().field, "text 1");
        return got.error();
    };
    EXPECT_EQ(errorOf({}).code, ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf({1003}).code, ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf({-1}).code, ErrorCode::InvalidArgument);
    const Error tooLong = errorOf(std::vector<std::int32_t>(132, 7));
    EXPECT_EQ(tooLong.code, ErrorCode::ContextExceeded);
    EXPECT_EQ(tooLong.needed, 132U);
    EXPECT_EQ(tooLong.available, 131U);
    std::stop_source stop;
    stop.request_stop();
    const std::vector<std::vector<std::int32_t>> one{{5}};
    EXPECT_EQ((*embedder)->embedTokens(one, stop.get_token()).error().code, ErrorCode::Cancelled);
    // No tokenizer: tokens run, texts name what is missing.
    const std::vector<std::string> text{"hello"};
    EXPECT_EQ((*embedder)->embed(text).error().code, ErrorCode::Unsupported);
    // And no text comes of it.
    const auto engine = harness.host().load(reference.path(), "b", onCpu());
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code, ErrorCode::Unsupported);
    EXPECT_NE(engine.error().detail.find("makes embeddings, not text"), std::string::npos);
}

TEST(Embedder, CallsFromSeveralThreadsTakeTurns) {
    const EncoderReference reference("xlm_roberta_odd");
    EngineHarness harness;
    EmbedderOptions options;
    options.load = onCpu();
    const auto embedder = harness.host().openEmbedder(reference.path(), "e", options);
    ASSERT_TRUE(embedder);
    const auto prompts = reference.lists("prompt_");
    const auto wanted = (*embedder)->embedTokens(prompts);
    ASSERT_TRUE(wanted);
    std::vector<std::jthread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i) {
                const auto got = (*embedder)->embedTokens(prompts);
                if (!got || got->back().values != wanted->back().values)
                    ++wrong;
            }
        });
    threads.clear();
    EXPECT_EQ(wrong, 0);
}

TEST(EncoderDecoderEngine, ManyRequestsEqualOneByOneAndASmallPoolPreempts) {
    const EncoderReference reference("t5_first");
    EngineHarness harness;
    LoadOptions options = onCpu();
    const auto engine = harness.host().load(reference.path(), "model", options);
    ASSERT_TRUE(engine) << engine.error().message();
    const auto request = [](std::uint32_t i) {
        return greedy(somePrompt(3 + (i * 29) % 90, i + 1), 40);
    };
    std::vector<std::vector<std::int32_t>> alone;
    std::vector<Request> many;
    for (std::uint32_t i = 0; i < 12; ++i) {
        alone.push_back(run(**engine, request(i))->tokens);
        many.push_back(request(i));
    }
    const auto together = runTogether(**engine, many);
    for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_EQ(together[i]->tokens, alone[i]) << i;
    // Eight texts of one block each fit a pool of eight, but not the three of every reply.
    for (std::uint32_t i = 0; i < 12; ++i) {
        many[i] = greedy(somePrompt(3 + i, i + 1), 40);
        alone[i] = run(**engine, many[i])->tokens;
    }
    const std::uint64_t block = (*engine)->model().kvBytesPerToken * 16;
    harness.host().unload("model");
    options.cacheFraction = 8.5 * double(block) / double(harness.host().memoryBudget());
    const auto small = harness.host().load(reference.path(), "small", options);
    ASSERT_TRUE(small) << small.error().message();
    const auto squeezed = runTogether(**small, many);
    for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_EQ(squeezed[i]->tokens, alone[i]) << i;
    EXPECT_GT((*small)->statistics().preemptions, 0U);
}

TEST(EncoderDecoderEngine, RefusesTextsBeyondTheContextAndWrongTokens) {
    const EncoderReference reference("t5_first");
    EngineHarness harness;
    LoadOptions options = onCpu();
    options.contextTokens = 20;
    const auto engine = harness.host().load(reference.path(), "model", options);
    ASSERT_TRUE(engine) << engine.error().message();
    const auto tooLong = run(**engine, greedy(somePrompt(21), 4));
    ASSERT_TRUE(tooLong->failed);
    EXPECT_EQ(tooLong->failed->code, ErrorCode::ContextExceeded);
    EXPECT_EQ(tooLong->failed->needed, 21U);
    EXPECT_EQ(run(**engine, greedy({}, 4))->failed->code, ErrorCode::InvalidArgument);
    Request wrong = greedy(somePrompt(3), 4);
    wrong.decoderTokens = {67};
    EXPECT_EQ((*engine)->submit(wrong, [](RequestId, Event) {}).error().field, "decoder tokens");
    const auto decoder = harness.loadTiny();
    wrong.decoderTokens = {1};
    EXPECT_EQ(decoder->submit(wrong, [](RequestId, Event) {}).error().field, "decoder tokens");
}

TEST(EncoderDecoderEngine, CancelEndsARequest) {
    const EncoderReference reference("t5_first");
    EngineHarness harness;
    const auto engine = harness.host().load(reference.path(), "model", onCpu());
    ASSERT_TRUE(engine) << engine.error().message();
    Recorder reply;
    const auto id = (*engine)->submit(greedy(somePrompt(30), 400), reply.handler());
    ASSERT_TRUE(id);
    reply.waitForTokens(2);
    (*engine)->cancel(*id);
    ASSERT_TRUE(reply.wait());
    EXPECT_EQ(reply.finished->reason, FinishReason::Cancelled);
    EXPECT_LT(reply.tokens.size(), 400U);
}
