#include "serve/support/tiny_pool.h"

#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>

namespace hearth::test {

namespace {

constexpr const char* kTemplate =
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}";

/// The characters that stand for the bytes in vocabularies of GPT-2's kind.
std::vector<std::string> byteTokens() {
    std::vector<std::string> tokens;
    int others = 0;
    for (int byte = 0; byte < 256; ++byte) {
        const bool prints = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
        const int point = prints ? byte : 256 + others++;
        if (point < 0x80)
            tokens.emplace_back(1, char(point));
        else
            tokens.push_back({char(0xC0 | (point >> 6)), char(0x80 | (point & 0x3F))});
    }
    return tokens;
}

std::string tinyModelFile(std::uint32_t seed) {
    TinyModel model;
    model.vocabulary = 260;
    model.context = 2048;
    model.seed = seed;
    std::vector<std::string> tokens = byteTokens();
    std::vector<std::int32_t> types(256, 1);
    for (const char* special : {"<|user|>", "<|assistant|>", "<|system|>", "<|end|>"}) {
        tokens.emplace_back(special);
        types.push_back(3);
    }
    return tinyGguf(model)
        .add("tokenizer.ggml.model", "gpt2")
        .add("tokenizer.ggml.pre", "gpt-2")
        .add("tokenizer.ggml.tokens", tokens)
        .add("tokenizer.ggml.token_type", types)
        .add("tokenizer.ggml.merges", std::vector<std::string>{})
        .add("tokenizer.ggml.eos_token_id", std::uint32_t{259})
        .add("tokenizer.chat_template", kTemplate)
        .build();
}

} // namespace

TinyPool::TinyPool(const std::vector<std::string>& names) {
    std::vector<PoolModel> models;
    for (const std::string& name : names) {
        PoolModel model;
        model.name = name;
        model.path = m_folder
                         .write(name + ".gguf", tinyModelFile(std::uint32_t(models.size()) + 1))
                         .string();
        model.architecture = "llama";
        model.quantisation = "F32";
        model.trainedContext = 2048;
        model.bytes = 1000;
        models.push_back(std::move(model));
    }
    start(std::move(models));
}

TinyPool::TinyPool(Starter) {
    PoolModel model;
    model.name = "starter";
    model.path = std::getenv("HEARTH_STARTER_MODEL");
    start({model});
}

TinyPool::~TinyPool() {
    context->models->close(); // threads that have just answered may still hold it
}

bool TinyPool::hasStarter() {
    return std::getenv("HEARTH_STARTER_MODEL") != nullptr;
}

void TinyPool::start(std::vector<PoolModel> models) {
    HostOptions options;
    options.threads = 2;
    options.memoryBudgetBytes = std::uint64_t{2} << 30;
    auto host = createHost(options);
    EXPECT_TRUE(host);
    m_host = *std::move(host);
    context = std::make_shared<serve::Context>();
    PoolOptions pool;
    pool.load.device = DeviceChoice::Cpu;
    context->models = ModelPool::create(*m_host, std::move(models), pool);
}

std::shared_ptr<serve::FakeExchange> TinyPool::begin(serve::Method method, const std::string& path,
                                                     const std::string& body) {
    serve::HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    const serve::Router::Match match = router.match(method, path);
    request.parameters = match.parameters;
    auto exchange = serve::FakeExchange::with(std::move(request));
    if (match.route == nullptr)
        ADD_FAILURE() << "no route for " << path;
    else
        match.route->handler(exchange);
    return exchange;
}

std::shared_ptr<serve::FakeExchange> TinyPool::ask(serve::Method method, const std::string& path,
                                                   const std::string& body) {
    auto exchange = begin(method, path, body);
    EXPECT_TRUE(exchange->waitForEnd()) << path;
    return exchange;
}

} // namespace hearth::test
