#include "engine/runtime/engine_harness.h"

#include "runtime/local_host.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace hearth::test {

namespace {

constexpr auto kPatience = std::chrono::seconds(30);

bool isLast(const Event& event) {
    return std::holds_alternative<FinishedEvent>(event) ||
           std::holds_alternative<FailedEvent>(event);
}

} // namespace

EventHandler Recorder::handler() {
    return [this](RequestId /*id*/, Event event) { take(std::move(event)); };
}

void Recorder::take(Event event) {
    {
        const std::scoped_lock lock(m_mutex);
        if (lastEvents > 0)
            ++eventsBehindTheLast;
        if (isLast(event))
            ++lastEvents;
        if (auto* textEvent = std::get_if<TextEvent>(&event)) {
            text += textEvent->text;
            tokens.insert(tokens.end(), textEvent->tokens.begin(), textEvent->tokens.end());
            probabilities.insert(probabilities.end(), textEvent->probabilities.begin(),
                                 textEvent->probabilities.end());
        } else if (auto* logitsEvent = std::get_if<LogitsEvent>(&event)) {
            logits.push_back(std::move(*logitsEvent));
        } else if (auto* promptEvent = std::get_if<PromptLogprobsEvent>(&event)) {
            promptLogprobs.push_back(std::move(*promptEvent));
        } else if (const auto* end = std::get_if<FinishedEvent>(&event)) {
            finished = *end;
        } else if (auto* failure = std::get_if<FailedEvent>(&event)) {
            failed = std::move(failure->error);
        }
        // Under the lock: the test may destroy this object as soon as it sees the last event.
        m_changed.notify_all();
    }
}

bool Recorder::wait() {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, kPatience, [this] { return lastEvents > 0; });
}

void Recorder::waitForTokens(std::size_t count) {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, kPatience,
                       [&] { return lastEvents > 0 || tokens.size() >= count; });
}

EngineHarness::EngineHarness(const HostOptions& options)
    : EngineHarness(options, kernels::CudaPlugin::load) {}

EngineHarness::EngineHarness(CudaLoader loadCuda)
    : EngineHarness(defaultHost(), std::move(loadCuda)) {}

EngineHarness::EngineHarness(const HostOptions& options, CudaLoader loadCuda) {
    auto host = createHost(options, std::move(loadCuda));
    EXPECT_TRUE(host);
    m_host = *std::move(host);
}

HostOptions EngineHarness::defaultHost() {
    HostOptions options;
    options.threads = 2;
    options.memoryBudgetBytes = std::uint64_t{1} << 30;
    return options;
}

Result<std::shared_ptr<Engine>> EngineHarness::load(const GgufBuilder& builder,
                                                    const LoadOptions& options,
                                                    const std::string& name) {
    return m_host->load(m_folder.write(name + ".gguf", builder.build()).string(), name, options);
}

std::shared_ptr<Engine> EngineHarness::loadTiny(const LoadOptions& options) {
    auto engine = load(tinyGguf({}), options);
    EXPECT_TRUE(engine) << engine.error().message();
    return *std::move(engine);
}

GgufBuilder byteTokenizerGguf(const std::string& chatTemplate, TinyModel model) {
    model.vocabulary = 260;
    GgufBuilder builder = tinyGguf(model);
    std::vector<std::string> tokens;
    std::vector<std::int32_t> types;
    int moved = 0;
    for (int byte = 0; byte < 256; ++byte) {
        const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) ||
                               byte >= 0xae;
        const int code = printable ? byte : 256 + moved++;
        std::string text;
        if (code < 0x80) {
            text = char(code);
        } else {
            text = char(0xc0 | code >> 6);
            text += char(0x80 | (code & 0x3f));
        }
        tokens.push_back(text);
        types.push_back(1);
    }
    for (const char* special : {"<|user|>", "<|assistant|>", "<|system|>", "<|end|>"}) {
        tokens.emplace_back(special);
        types.push_back(3);
    }
    builder.add("tokenizer.ggml.model", "gpt2")
        .add("tokenizer.ggml.pre", "gpt-2")
        .add("tokenizer.ggml.tokens", tokens)
        .add("tokenizer.ggml.token_type", types)
        .add("tokenizer.ggml.merges", std::vector<std::string>{})
        .add("tokenizer.ggml.eos_token_id", std::uint32_t{259});
    if (!chatTemplate.empty())
        builder.add("tokenizer.chat_template", chatTemplate);
    return builder;
}

Request greedy(std::vector<std::int32_t> prompt, std::int32_t count) {
    Request request;
    request.prompt = TokenPrompt{std::move(prompt)};
    request.sampling.temperature = 0.0F;
    request.maxTokens = count;
    request.ignoreEos = true;
    return request;
}

std::vector<std::int32_t> somePrompt(std::size_t length, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::int32_t> pick(0, 63);
    std::vector<std::int32_t> tokens(length);
    for (std::int32_t& token : tokens)
        token = pick(random);
    return tokens;
}

std::unique_ptr<Recorder> run(Engine& engine, Request request) {
    auto recorder = std::make_unique<Recorder>();
    const auto id = engine.submit(std::move(request), recorder->handler());
    EXPECT_TRUE(id) << id.error().message();
    EXPECT_TRUE(recorder->wait());
    return recorder;
}

} // namespace hearth::test
